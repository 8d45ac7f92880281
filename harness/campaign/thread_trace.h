/* The trace of a run that cannot be repeated, since threads were in it: recorded by the first job
 * of its exploration for all the others, and kept where something failed. */
#ifndef HARNESS_CAMPAIGN_THREAD_TRACE_H
#define HARNESS_CAMPAIGN_THREAD_TRACE_H

#include "harness/case/ending.h"

#include <stddef.h>
#include <stdint.h>

struct thread_trace {
    int fd;         /* in memory; -1: the run has no threads, and can be recorded again */
    char kept[512]; /* the file that it was kept in, or "" */
};

/* The caller closes it.  0 or -errno. */
int thread_trace_open(struct thread_trace *trace, bool is_threaded);
void thread_trace_close(struct thread_trace *trace);
/* The path by which workers reach it while this process lives; "" without threads. */
void thread_trace_name(const struct thread_trace *trace, char *path, size_t path_size_bytes);
/* Keeps it in `dir` (NULL: nowhere), once, and says so in the detail of the failure.  What came
 * from a journal was recorded by another process, which has left its trace there already. */
void thread_trace_note(struct thread_trace *trace, const char *dir, const char *scenario,
                       uint64_t seed, struct ending *failure);

#endif
