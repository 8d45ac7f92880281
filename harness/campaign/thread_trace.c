/* Traces of threads runs (thread_trace.h). */
#include "harness/campaign/thread_trace.h"

#include "harness/power/trace/trace_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

int thread_trace_open(struct thread_trace *trace, bool is_threaded)
{
    *trace = (struct thread_trace){.fd = -1};
    if (!is_threaded) {
        return 0;
    }
    trace->fd = memfd_create("trace", MFD_CLOEXEC);
    return trace->fd < 0 ? -errno : 0;
}

void thread_trace_close(struct thread_trace *trace)
{
    if (trace->fd >= 0) {
        (void)close(trace->fd);
    }
    trace->fd = -1;
}

/* Workers open what this process has; no file of any disk is needed. */
void thread_trace_name(const struct thread_trace *trace, char *path, size_t path_size_bytes)
{
    path[0] = '\0';
    if (trace->fd >= 0) {
        (void)snprintf(path, path_size_bytes, "/proc/%ld/fd/%d", (long)getpid(), trace->fd);
    }
}

static void save(struct thread_trace *trace, const char *dir, const char *scenario, uint64_t seed)
{
    char from[64];
    struct trace *recorded = trace_new(NULL);
    (void)snprintf(trace->kept, sizeof(trace->kept), "%s/%s-%" PRIx64 ".trace", dir, scenario,
                   seed);
    thread_trace_name(trace, from, sizeof(from));
    if (recorded == NULL || ((trace_file_load(recorded, from, NULL) < 0 ||
                              trace_file_save(recorded, trace->kept, NULL) < 0) &&
                             access(trace->kept, F_OK) != 0)) {
        trace->kept[0] = '\0';
    }
    trace_free(recorded);
}

void thread_trace_note(struct thread_trace *trace, const char *dir, const char *scenario,
                       uint64_t seed, struct ending *failure)
{
    char line[640];
    if (trace->fd < 0) {
        return;
    }
    if (dir != NULL && trace->kept[0] == '\0') {
        save(trace, dir, scenario, seed);
    }
    int length = trace->kept[0] == '\0'
                     ? snprintf(line, sizeof(line), "the trace of this threads run was not kept\n")
                     : snprintf(line, sizeof(line), "a threads run: replay it with --trace %s\n",
                                trace->kept);
    size_t used = strlen(failure->detail);
    size_t room = sizeof(failure->detail) - (size_t)length - 2;
    used = used < room ? used : room;
    (void)snprintf(failure->detail + used, sizeof(failure->detail) - used, "%s%s",
                   used > 0 && failure->detail[used - 1] != '\n' ? "\n" : "", line);
}
