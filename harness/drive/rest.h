/* A store at rest after the crash, and all that is known of it: what the restart protocol starts
 * from.  Whoever ran the case can hand it out right before the restart under test, and take one
 * that was handed out elsewhere in place of a run. */
#ifndef HARNESS_DRIVE_REST_H
#define HARNESS_DRIVE_REST_H

#include "harness/oracle/rules/ledger.h"
#include "harness/power/disk/place.h"

/* Borrows all that it points at. */
struct rest {
    struct place place; /* the store; the plan's steps after the crash are done */
    const struct ledger *ledger;
    int64_t now_ms;
    uint64_t events;
    uint32_t round;     /* the last that ran, from 0 */
    uint32_t next_step; /* of the workload */
    /* As in rehearse_state.h; UINT64_MAX and false: every acknowledgement that is not waived. */
    uint64_t promised_end;
    bool is_lied;
    bool is_kill;
    /* What trace_file_pack() makes of the recording; NULL: there is none. */
    const uint8_t *trace;
    size_t trace_size_bytes;
};

/* Called in the process that ran the case, or in one that it forked: memory of its own is lost with
 * that.  0, or negative: then the case ends with that error. */
struct rest_taker {
    int (*take)(void *arg, const struct rest *rest, struct err *err);
    void *arg;
};

#endif
