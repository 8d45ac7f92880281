/* The ledger as it was at any moment of a recorded run, made again from the trace: everything that
 * changes it is noted there (driver.h, `journal`), or follows from an operation (the syncs of the
 * log, which watch.h tells it of). */
#ifndef HARNESS_POWER_TRACE_JOURNAL_H
#define HARNESS_POWER_TRACE_JOURNAL_H

#include "harness/oracle/rules/ledger.h"
#include "harness/power/trace/trace.h"

/* What was known when the recording began, and then as far as journal_seek() went. */
struct journal_state {
    int64_t now_ms;
    uint64_t events;
    uint32_t round;
    uint32_t next_step;
};

/* A place in a trace; all 0: its beginning. */
struct journal {
    struct trace_cursor cursor;
    uint64_t sequence; /* everything before it has been applied */
};

/* Applies what happened before `sequence` to what stands in `state` and `ledger`.  Forward only. */
void journal_seek(struct journal *journal, const struct trace *trace, uint64_t sequence,
                  struct journal_state *state, struct ledger *ledger);
/* The moment just before the end of the `done`-th ended operation; past the last: the end. */
uint64_t journal_sequence(const struct trace *trace, size_t done);

/* Applies one note, or the begin of one operation. */
void journal_apply(struct ledger *ledger, const struct trace_entry *entry);

#endif
