/* The oracle: reads a store with its own decoder (disk_reader) and says which properties do not
 * hold, against the ledger.  It collects; it does not stop at the first. */
#ifndef HARNESS_ORACLE_RULES_JUDGE_H
#define HARNESS_ORACLE_RULES_JUDGE_H

#include "harness/case/mechanism.h"
#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/decode/view.h"
#include "harness/oracle/rules/ledger.h"
#include "harness/oracle/rules/served.h"
#include "harness/scenario/workload.h"
#include "store/format/types.h"

/* A store as read from its files: records of L, units of Q, mark, committed offsets. Opaque;
 * reusable from case to case without allocating again. */
struct judge_state;

#define JUDGE_REPORT_SIZE_BYTES 3072

/* What was found. Lines are "PROPERTY FILE@OFFSET: what is wrong, expected and found". */
struct judge_report {
    uint64_t mechanisms; /* bit per enum mechanism */
    uint64_t first;      /* of them those that were there at the first mark with any */
    uint32_t violated;   /* bit per enum property: those of the mechanisms */
    uint32_t ignored;    /* properties that are not judged: nothing is noted of them */
    /* Per mechanism of the set where it showed first, as in struct ending. */
    uint8_t places[MECHANISM_COUNT];
    uint32_t line_count;
    uint32_t text_size_bytes;
    uint8_t told[PROPERTY_COUNT]; /* lines of it in the text: no property crowds out another */
    char text[JUDGE_REPORT_SIZE_BYTES]; /* the first lines of each; the count goes on */
};

/* Makes it empty, with no property ignored. */
void judge_report_clear(struct judge_report *report);
/* Notes what is wrong at `offset` bytes of `file` (any text that says where), and formats one line
 * about it, which begins with the property of the mechanism. One whose property is ignored is
 * passed over; when the text is full, or has lines enough of the property, the line is only
 * counted. */
void judge_report_add(struct judge_report *report, enum mechanism mechanism, const char *file,
                      uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* A step of the judgement is over: if nothing was found before it, what it has found broke first,
 * and what is found later in the same store may come of that. */
void judge_report_mark(struct judge_report *report);

/* A sink that adds to `report`, which must outlive it. */
struct disk_sink judge_report_sink(struct judge_report *report);

/* One that is empty, with a cache of its own for the messages that records are compared with.
 * The caller frees it. NULL when out of memory. */
struct judge_state *judge_state_new(void);
/* One that compares with the messages that `first` has made; `first` must outlive it. */
struct judge_state *judge_state_new_beside(struct judge_state *first);
/* Frees it, and the cache of messages if it is its own. NULL is none; returns NULL. */
struct judge_state *judge_state_free(struct judge_state *state);

/* Reads the store in `view`. Damage in the store is a finding of judge_check, not an error here.
 * 0, -ENOMEM, or the view's own error. */
int judge_read(struct judge_state *state, const struct view *view,
               const struct store_options *options, struct err *err);

/* All records of the store in `view` are another's, who was there before the first round: each must
 * stay where and as it is, whatever the ledger says.  Known to all states beside `first`.  0,
 * -ENOMEM, ERR_USAGE when the scenario begins before the last of them, or the view's error. */
int judge_base_begin_with(struct judge_state *first, const struct view *view,
                          const struct scenario *scenario, struct err *err);

struct judge_context {
    const struct scenario *scenario;
    const struct workload *workload;
    struct ledger *ledger; /* gone_after is written by judge_check */
    uint64_t seed;
    /* The power failed: an acknowledged record that ends past `promised_end` may be gone, if it was
     * acknowledged before any sync: in asynchronous mode, or put with `wait: false`.  Not bounded:
     * every PUT_OK is promised. */
    bool is_promise_bounded;
    uint64_t promised_end;
    bool is_lied;    /* a sync lied or came late: that bounds every record */
    bool is_crashed; /* the store as the crash left it: only what must hold even then */
};

/* Makes ahead of judge_check() what depends on scenario, workload and seed alone, for processes
 * that fork and judge in the child.  The context needs no ledger.  0 or -ENOMEM. */
int judge_prepare(const struct judge_context *context, struct judge_state *state);
/* Checks everything that files and ledger show: acked-survives, queue-true, queue-complete,
 * offsets-unique, nothing-invented, no-resurrection, bounds, consumer-offset, rebuild-equal,
 * no-ack-after-failed-sync. Counts the restart in the ledger when not is_crashed. */
void judge_check(const struct judge_context *context, const struct judge_state *state,
                 struct judge_report *report);
/* Whether `message` is answered before any sync, as its phase and the mode have it. */
bool judge_promise_is_early(const struct judge_context *context, uint32_t message);
/* Whether the answer to `message` promises that its record survives what the context says
 * (docs/PROPERTIES.md, on acknowledgements). */
bool judge_promise_is_owed(const struct judge_context *context, uint32_t message);
/* `idempotent`: L's records with offsets; per queue min, max, units; committed and next offsets. */
void judge_same(const struct judge_state *before, const struct judge_state *after,
                struct judge_report *report);
/* Whether `after` is `before` and `added` records behind it, with nothing else that judge_check()
 * looks at changed: what it finds in one it finds in the other. */
bool judge_same_is_extended(const struct judge_state *before, const struct judge_state *after,
                            uint32_t added);
/* `reads-agree` and `bounds`: what the open store serves against the files. */
void judge_reads(const struct judge_state *state, const struct served *store,
                 struct judge_report *report);

/* `reads-agree` of a store with a file that decayed: it may refuse, but what it serves must be what
 * was sent, whatever the files hold. */
void judge_rot_reads(const struct judge_context *context, const struct judge_state *state,
                     const struct served *store, struct judge_report *report);
/* What a store is judged by after a file of it has decayed (docs/PROPERTIES.md). */
#define JUDGE_ROTTEN_PROPERTIES \
    (PROPERTY_BIT(STARTS) | PROPERTY_BIT(NOTHING_INVENTED) | PROPERTY_BIT(READS_AGREE))

/* The durable mark of the crashed store: the physical offset, or UINT64_MAX when there is no
 * valid mark that matches the queues. And per queue file path, whether a write at `offset` is below
 * it. */
uint64_t judge_mark(const struct judge_state *state);
/* `bounded-recovery`: whether a write of recovery to `path` at `offset` touches what lies below the
 * valid mark of `crashed`. */
bool judge_is_below_mark(const struct judge_state *crashed, const char *path, uint64_t offset);

/* How many records L has: what the last reading found before the log's end. */
uint32_t judge_record_count(const struct judge_state *state);
/* XXH-free, cheap: CRC of the state as `idempotent` compares it. */
uint32_t judge_state_crc(const struct judge_state *state);

#endif
