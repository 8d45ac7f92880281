/* The restart protocol of the oracle (docs/PROPERTIES.md): what is done with a crashed store.
 *
 * 1 read it; 2 open it and step until no service has work; 3 judge files, reads and ledger; 4 stop
 * as killed, open again, compare; 5 put three messages, stop cleanly, open, judge again. */
#ifndef HARNESS_DRIVE_PROTOCOL_H
#define HARNESS_DRIVE_PROTOCOL_H

#include "harness/drive/driver.h"
#include "harness/drive/protocol_memo.h"
#include "harness/power/disk/place.h"

/* What a run of the protocol can take over from the one before: decoders, buffers, open files. */
struct protocol_memory;

/* What the oracle compares with is made ahead, for processes that fork and judge in the child; the
 * scenario's base is read.  0, -ENOMEM, or what judge_base_begin_with() says of the base. */
int protocol_memory_new(const struct scenario *scenario, const struct workload *workload,
                        uint64_t seed, struct protocol_memory **ret_memory, struct err *err);
/* Frees all that was kept, its driver and readings included; a store that is still open is left
 * as by a kill. NULL is none; returns NULL. */
struct protocol_memory *protocol_memory_free(struct protocol_memory *memory);

struct protocol {
    const struct scenario *scenario;
    const struct workload *workload;
    uint64_t seed;
    struct shared *shared;
    struct place place; /* a directory needs no dir_view: the memory has one */
    struct protocol_memory *memory;
    /* Of one workload and seed, `services: manual`, on images only; NULL: every run is in full. */
    struct protocol_memo *memo;
    bool is_memo_blind; /* its key leaves out the log: the self-test, to be found out */
    const struct disk_observer *outer; /* an audit, or a recording, of every restart; or NULL */
    /* Where its rounds are noted, each opening being one, and what changes the ledger; or NULL. */
    struct trace *journal;
    /* The power failed: of what an acknowledgement promises, only what lies below `promised_end`
     * is owed where it was given before a sync (judge.h). */
    bool is_power_loss;
    uint64_t promised_end;
    bool is_lied; /* a sync lied: that holds for every acknowledgement */
    /* In a directory and with stepped services: a second process tries to open the store, too. */
    bool is_contested;
};

/* Runs it; what it found is in shared->ending, beside what a round before it found.  Returns 0, or
 * negative when the harness itself failed.  A store that does not open is a finding.  On an image
 * no fault is asked for and no hit counted. */
int protocol_run(const struct protocol *protocol, struct err *err);

#endif
