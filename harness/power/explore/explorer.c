/* Fork, explore, blame (explorer.h). */
#include "harness/power/explore/explorer.h"

#include "harness/base/process.h"
#include "harness/power/explore/explore.h"
#include "harness/power/explore/explore_kinds.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

/* A job that loses so many processes is given up. */
#define DEATHS_MAX 8u
/* The time in which a trace must be made, before any image is in flight. */
#define REHEARSE_TIMEOUTS 3
#define HEAP_KEPT_BYTES   (16 << 20)

struct explorer {
    const struct rehearse_options *options;
    uint32_t timeout_ms;
    struct explore_result *found; /* shared with the process that explores */
    struct explore_result total;
};

int explorer_new(const struct rehearse_options *options, uint32_t timeout_ms,
                 struct explorer **ret_explorer, struct err *err)
{
    struct explorer *explorer = calloc(1, sizeof(*explorer));
    if (explorer == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    explorer->options = options;
    explorer->timeout_ms = timeout_ms;
    explorer->found = mmap(NULL, sizeof(*explorer->found), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (explorer->found == MAP_FAILED) {
        free(explorer);
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret_explorer = explorer;
    return 0;
}

struct explorer *explorer_free(struct explorer *explorer)
{
    if (explorer != NULL) {
        (void)munmap(explorer->found, sizeof(*explorer->found));
        free(explorer);
    }
    return NULL;
}

static _Noreturn void be_explorer(struct explorer *explorer, const struct explore_job *job,
                                  const struct plan *plan)
{
    struct err err = ERR_INIT;
    struct explore *explore = NULL;
    /* Image after image takes and gives back the same memory: none of it to the kernel. */
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_KEPT_BYTES);
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_KEPT_BYTES);
    int r = explore_new(explorer->options, &explore, &err);
    if (r == 0) {
        r = explore_run(explore, job, plan, explorer->found, &err);
    }
    if (r < 0) {
        (void)snprintf(explorer->found->broken, sizeof(explorer->found->broken), "%s", err.text);
    }
#ifdef KILLPOINT_FREE_AT_EXIT
    explore_free(explore);
#endif
    _exit(0);
}

static pid_t start(struct explorer *explorer, const struct explore_job *job,
                   const struct plan *plan)
{
    pid_t pid = process_fork(1);
    if (pid != 0) {
        return pid;
    }
    be_explorer(explorer, job, plan);
}

/* How far a process has come: it has time as long as it goes from image to image. */
struct progress {
    const struct explore_result *found;
    uint64_t generated; /* when it was last looked at */
    uint32_t idle;      /* so often nothing had come since */
};

static bool goes_on(void *arg)
{
    struct progress *progress = arg;
    uint64_t now = progress->found->counts.generated;
    uint32_t allowed = progress->found->in_flight != 0 ? 1 : REHEARSE_TIMEOUTS;
    progress->idle = now != progress->generated ? 0 : progress->idle + 1;
    progress->generated = now;
    return progress->idle < allowed;
}

static struct process_end await(const struct explorer *explorer, pid_t pid)
{
    struct progress progress = {.found = explorer->found, .generated = UINT64_MAX};
    return process_watch(pid, (int)explorer->timeout_ms, goes_on, &progress);
}

/* Adds the failures and judgements of a process that died to those of the ones before. */
static void add_up(struct explore_result *total, const struct explore_result *found)
{
    struct campaign_explore *counts = &total->counts;
    counts->judged += found->counts.judged;
    counts->reused += found->counts.reused;
    counts->rechecked += found->counts.rechecked;
    counts->digest += found->counts.digest;
    counts->duration_us += found->counts.duration_us;
    counts->peak_bytes = counts->peak_bytes > found->counts.peak_bytes ? counts->peak_bytes
                                                                       : found->counts.peak_bytes;
    total->violated |= found->violated;
    total->failed += found->failed;
    total->failed_unlike += found->failed_unlike;
    for (size_t i = 0; i < EXPLORE_RECOVERED_BITS / 64; i++) {
        total->recovered[i] |= found->recovered[i];
    }
    for (uint32_t i = 0; i < found->failure_count; i++) {
        uint32_t at = explore_kinds_add(total, &found->failures[i], found->failed_lost[i],
                                        found->failed_counts[i]);
        if (at != EXPLORE_KINDS_COUNTED) {
            memcpy(total->failed_plans[at], found->failed_plans[i], PLAN_TEXT_SIZE_BYTES);
        }
    }
    if (total->first_failed == 0) {
        total->first_failed = found->first_failed;
        total->first_failed_us = found->first_failed_us;
    }
    if (total->broken[0] == '\0') {
        memcpy(total->broken, found->broken, sizeof(total->broken));
    }
}

/* What a process that came to the end knows of the whole job. */
static void take_whole(struct explore_result *total, const struct explore_result *found)
{
    total->position_count = found->position_count;
    total->counts.traces = found->counts.traces;
    total->counts.positions = found->counts.positions;
    total->counts.capped = found->counts.capped;
    total->counts.overflowed = found->counts.overflowed;
    total->counts.generated = found->counts.generated;
    total->counts.distinct = found->counts.distinct;
    total->counts.effective = found->counts.effective;
    total->counts.legal = found->counts.legal;
    total->crashed_hash = found->crashed_hash;
    total->next_count = found->next_count;
    memcpy(total->next, found->next, sizeof(total->next));
}

/* What a process that did not end well tells of the store; `when`: what else there is to say. */
static void blame_store(struct explore_result *total, const struct process_end *end,
                        const char *when, const char *plan)
{
    struct ending ending = {0};
    char how[PROCESS_TEXT_SIZE_BYTES];
    char text[256];
    process_describe(end, how);
    if (end->is_late) {
        (void)snprintf(text, sizeof(text), "%sthe store hung on this image", when);
    } else {
        (void)snprintf(text, sizeof(text), "%sthe store %s on this image: %s", when,
                       end->signal != 0 ? "died" : "ended its process", how);
    }
    ending_fail(&ending, end->is_late ? OUTCOME_HUNG : OUTCOME_CRASHED, 0, text);
    total->failed++;
    uint32_t at = explore_kinds_add(total, &ending, 0, 1);
    if (at != EXPLORE_KINDS_COUNTED) {
        memcpy(total->failed_plans[at], plan, PLAN_TEXT_SIZE_BYTES);
    }
}

/* The image in flight once more, alone: whether it dies again, and what its plan is. */
static int blame(struct explorer *explorer, const struct explore_job *job, const struct plan *plan,
                 const struct process_end *end, uint64_t number)
{
    struct explore_job alone = *job;
    struct explore_result *total = &explorer->total;
    alone.skip_until = number - 1;
    alone.only = true;
    pid_t pid = start(explorer, &alone, plan);
    if (pid < 0) {
        return -EAGAIN;
    }
    struct process_end again = await(explorer, pid);
    if (process_is_well(&again) || explorer->found->in_flight != number) {
        (void)snprintf(total->broken, sizeof(total->broken),
                       "image %" PRIu64 " of a job ended its process, but not when judged alone",
                       number);
        return ERR_BROKEN;
    }
    total->counts.judged++;
    blame_store(total, end, "", explorer->found->in_flight_plan);
    return 0;
}

/* A process died before any image was in flight: the trace itself kills the store. */
static void blame_trace(struct explorer *explorer, const struct plan *plan,
                        const struct process_end *end)
{
    char text[PLAN_TEXT_SIZE_BYTES];
    (void)plan_print(plan, &points_engine, text, sizeof(text));
    blame_store(&explorer->total, end, "while the trace was recorded, with no power loss: ", text);
}

int explorer_run(struct explorer *explorer, const struct explore_job *job, const struct plan *plan,
                 const struct explore_result **ret_result, struct err *err)
{
    struct explore_job rest = *job;
    struct explore_result *total = &explorer->total;
    memset(total, 0, sizeof(*total));
    *ret_result = total;
    for (uint32_t deaths = 0; deaths < DEATHS_MAX; deaths++) {
        memset(explorer->found, 0, sizeof(*explorer->found));
        pid_t pid = start(explorer, &rest, plan);
        if (pid < 0) {
            return err_set(err, -EAGAIN, "no process could be started: %s", strerror(errno));
        }
        struct process_end end = await(explorer, pid);
        add_up(total, explorer->found);
        take_whole(total, explorer->found);
        if (process_is_well(&end)) {
            return 0;
        }
        uint64_t number = explorer->found->in_flight;
        if (number == 0) {
            blame_trace(explorer, plan, &end);
            return 0;
        }
        int r = blame(explorer, job, plan, &end, number);
        if (r < 0) {
            return r == ERR_BROKEN ? 0 : err_set(err, r, "no process could be started");
        }
        rest.skip_until = number;
        if (job->failed_max != 0 && total->failed >= job->failed_max) {
            return 0;
        }
    }
    (void)snprintf(total->broken, sizeof(total->broken),
                   "a job was given up after %u images that ended their process", DEATHS_MAX);
    return 0;
}
