/* What is synced of the log at each moment of a trace (docs/PROPERTIES.md, on acknowledgements):
 * every byte below the end of the promise was written by an operation that ended before a sync of
 * its file began, which returned 0 and did not lie. */
#ifndef HARNESS_POWER_TRACE_PROMISE_H
#define HARNESS_POWER_TRACE_PROMISE_H

#include "harness/power/trace/recording.h"
#include "harness/power/trace/trace.h"

/* Bytes of the log that no sync covers yet. */
struct promise_range {
    const char *path; /* the trace's */
    uint64_t from;    /* physical offset of the first */
    uint64_t end_sequence;
};

struct promise {
    const struct trace *trace;
    uint64_t *changed_from; /* by ended operation: the first byte of the log that it changed */
    struct promise_range *ranges;
    uint32_t range_count;
    uint32_t range_capacity;
    size_t done;
};

/* Reads all of the trace.  A write of what already stands there takes nothing back, so each is
 * compared with the disk it met.  0, or what the replay says. */
int promise_init(struct promise *promise, const struct recording *recording, bool is_tracked,
                 struct err *err);
void promise_done(struct promise *promise);
/* To the moment just before the end of the `done`-th ended operation.  Forward only.  `is_lie`
 * says whether a sync that returned 0 is not to be believed.  0 or -ENOMEM. */
int promise_seek(struct promise *promise, size_t done,
                 bool (*is_lie)(void *arg, const struct trace_entry *entry), void *arg);
/* The end; UINT64_MAX: everything written is synced. */
uint64_t promise_end(const struct promise *promise);

#endif
