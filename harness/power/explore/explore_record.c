/* The recording that images are made of: run here, or taken from the job that ran it. */
#include "harness/power/explore/exploration.h"
#include "harness/power/trace/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Another job recorded the trace. */
static int adopt_trace(struct explore *explore, const char *path, struct err *err)
{
    struct trace *trace = trace_new(NULL);
    if (trace == NULL) {
        return -ENOMEM;
    }
    int r = trace_file_load(trace, path, err);
    if (r == 0) {
        r = rehearse_adopt(explore->rehearsal, trace, err);
    }
    trace_free(trace);
    return r;
}

static int leave_trace(const struct explore *explore, const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0) {
        return err_set(err, ERR_BROKEN, "the trace could not be handed on: %s", strerror(errno));
    }
    int r = trace_file_leave(rehearse_trace(explore->rehearsal), fd, err);
    (void)close(fd);
    return r;
}

static int make(struct explore *explore, const struct plan *plan, struct err *err)
{
    const struct explore_job *job = explore->job;
    if (job->trace_path[0] != '\0' && !job->is_first) {
        return adopt_trace(explore, job->trace_path, err);
    }
    int r = rehearse_run(explore->rehearsal, plan, err);
    if (r < 0 || job->trace_path[0] == '\0') {
        return r;
    }
    return leave_trace(explore, job->trace_path, err);
}

int explore_record(struct explore *explore, const struct plan *plan, struct err *err)
{
    char text[PLAN_TEXT_SIZE_BYTES];
    (void)plan_print(plan, &points_engine, text, sizeof(text));
    if (strcmp(text, explore->rehearsed) == 0) {
        return 0;
    }
    explore->rehearsed[0] = '?';
    explore->rehearsed[1] = '\0';
    int r = make(explore, plan, err);
    if (r == 0) {
        memcpy(explore->rehearsed, text, sizeof(text));
        explore->plan = *plan;
    }
    return r;
}
