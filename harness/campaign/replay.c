/* Runs a token's case in this process, as often as asked. */
#include "harness/campaign/replay.h"

#include "harness/base/process.h"
#include "harness/base/stack.h"
#include "harness/campaign/explore_replay.h"
#include "harness/campaign/tally.h"
#include "harness/live/live.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#define TIMEOUT_MS_DEFAULT 10000u

/* gdb in the foreground, on the process that waits just before its fault. */
static void start_gdb(void *arg, pid_t pid)
{
    (void)arg;
    char number[16];
    char dir[PATH_MAX] = "";
    (void)snprintf(number, sizeof(number), "%d", (int)pid);
    (void)fprintf(stderr,
                  "stopped just before the fault: process %s, in the frame of its fault point; "
                  "gdb follows ('up': the engine; 'c': the fault strikes)\n",
                  number);
    pid_t gdb = process_fork(127);
    if (gdb == 0) {
        /* Sources are named from where the program was built, which is where it lies. */
        ssize_t length = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
        char *slash = length < 0 ? NULL : strrchr(dir, '/');
        *(slash == NULL ? dir : slash) = '\0';
        /* It says nothing of libraries; and the stop that we wait for is not one to stop at again.
         */
        (void)execlp("gdb", "gdb", "-q", "-iex", "set print symbol-loading off", "-iex",
                     "set debuginfod enabled off", "-d", dir, "-iex", "set pagination off", "-p",
                     number, "-ex", "handle SIGSTOP nostop noprint nopass", "-ex",
                     "frame function faultpoint_check", (char *)NULL);
        _exit(127);
    }
    if (gdb > 0) {
        (void)process_reap(gdb);
    }
}

/* Before the case runs: it would run to its end without the debugger. */
static int check_gdb(struct err *err)
{
    pid_t pid = process_fork(127);
    if (pid == 0) {
        int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        (void)dup2(fd, STDIN_FILENO);
        (void)dup2(fd, STDOUT_FILENO);
        (void)execlp("gdb", "gdb", "-nx", "-batch", (char *)NULL);
        _exit(127);
    }
    struct process_end end = process_reap(pid);
    if (pid < 0 || !process_is_well(&end)) {
        return err_set(err, ERR_USAGE, "--gdb: gdb cannot be started; is it installed?");
    }
    return 0;
}

/* A program has a clock of its own, and so other bytes each time: there it is how the case ended.
 */
static bool is_same(const struct scenario *scenario, const struct ending *a, const struct ending *b)
{
    if (points_is_program(scenario->points)) {
        return a->outcome == b->outcome && a->violated == b->violated;
    }
    return a->outcome == b->outcome && a->violated == b->violated &&
           a->crashed_hash == b->crashed_hash && a->recovered_hash == b->recovered_hash &&
           (a->outcome == OUTCOME_CRASHED || strcmp(a->detail, b->detail) == 0);
}

/* What the case runs in: processes and real files, or what only the memory disk can make. */
struct stage {
    const struct replay_options *options;
    struct live *live; /* NULL: the memory disk */
    struct explore_replay_options explored;
};

/* Whether the explorer may have made a trace of the plan, which goes on after its kills: it has the
 * same token as the case on real files, and only order-durable looks at it. */
static bool has_trace(const struct scenario *scenario, const struct plan *plan)
{
    for (uint32_t r = 0; r < plan->round_count; r++) {
        for (uint32_t i = 0; i < plan->rounds[r].hit_count; i++) {
            if (plan->rounds[r].hits[i].fault.kind != FAULT_KILL) {
                return false;
            }
        }
    }
    return scenario->is_explored && !scenario_is_threaded(scenario) && plan_hit_count(plan) > 0;
}

/* Of a live case that is intact: whether its trace is. */
static int run_trace(struct stage *stage, struct campaign_case *ended, struct err *err)
{
    struct campaign_case traced;
    struct explore_replay_options explored = stage->explored;
    explored.keep_dir = NULL;
    explored.taker = NULL;
    int r = explore_replay_run(&explored, &stage->options->token->plan, &traced, err);
    if (r == 0 && (traced.end.violated & PROPERTY_BIT(ORDER_DURABLE)) != 0) {
        traced.end.crashed_hash = ended->end.crashed_hash;
        traced.end.recovered_hash = ended->end.recovered_hash;
        ended->end = traced.end;
    }
    return r;
}

static int run_once(struct stage *stage, bool is_first, struct campaign_case *ret_case,
                    struct err *err)
{
    const struct replay_options *options = stage->options;
    const char *keep_dir = is_first ? options->keep_dir : NULL;
    stage->explored.keep_dir = keep_dir;
    stage->explored.taker = is_first ? options->taker : NULL;
    if (stage->live == NULL) {
        return explore_replay_run(&stage->explored, &options->token->plan, ret_case, err);
    }
    struct live_request request = {
        .plan = &options->token->plan,
        .role = CAMPAIGN_ROLE_FAULT,
        .want_hashes = true,
        .stop_before_fault = options->gdb,
        .on_stop = options->gdb ? start_gdb : NULL,
        .keep_dir = keep_dir,
        .taker = stage->explored.taker,
    };
    int r = live_run(stage->live, &request, ret_case, err);
    bool is_traced = r == 0 && ret_case->end.outcome == OUTCOME_INTACT &&
                     has_trace(options->scenario, &options->token->plan);
    return is_traced ? run_trace(stage, ret_case, err) : r;
}

static int run_times(struct stage *stage, struct campaign_case *ret_case, uint32_t *ret_identical,
                     struct err *err)
{
    uint32_t times = stage->options->times == 0 ? 1 : stage->options->times;
    struct campaign_case ended;
    *ret_identical = 0;
    for (uint32_t i = 0; i < times; i++) {
        int r = run_once(stage, i == 0, &ended, err);
        if (r < 0) {
            return r;
        }
        if (i == 0 && stage->live != NULL && ended.end.outcome == OUTCOME_CRASHED) {
            stack_name(ended.end.detail, sizeof(ended.end.detail), "/proc/self/exe");
        }
        ended.passed = tally_passes(stage->options->scenario, &ended);
        if (i == 0) {
            *ret_case = ended;
        }
        *ret_identical += is_same(stage->options->scenario, &ret_case->end, &ended.end) ? 1 : 0;
    }
    return 0;
}

/* Two stores in one directory would look like one: what is kept goes into directories of its own.
 */
static int make_keep_dir(const char *keep_dir, struct err *err)
{
    static const char *const names[] = {"crashed", "recovered"};
    if (keep_dir == NULL) {
        return 0;
    }
    if (mkdir(keep_dir, 0777) < 0 && errno != EEXIST) {
        return err_set(err, -errno, "make '%s': %s", keep_dir, strerror(errno));
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[1024];
        (void)snprintf(path, sizeof(path), "%s/%s", keep_dir, names[i]);
        if (access(path, F_OK) == 0) {
            return err_set(err, ERR_USAGE, "'%s' is there already: --keep wants a fresh directory",
                           path);
        }
    }
    return 0;
}

/* Makes ready what the case runs in. */
static int open_stage(struct stage *stage, const struct workload *workload, struct err *err)
{
    const struct replay_options *options = stage->options;
    const struct scenario *scenario = options->scenario;
    uint32_t timeout_ms = options->timeout_ms == 0 ? TIMEOUT_MS_DEFAULT : options->timeout_ms;
    stage->explored = (struct explore_replay_options){
        .rehearse = {.scenario = scenario,
                     .workload = workload,
                     .seed = options->token->seed,
                     .preemptions = scenario->weave == 0 ? 0 : scenario->explore.preemptions,
                     .interleaving = scenario->weave},
        .dir = options->dir,
        .timeout_ms = timeout_ms,
        .save_path = options->save_path,
        .trace_path = options->trace_path,
    };
    if (options->trace_path == NULL && options->save_path == NULL &&
        !scenario_is_rehearsed(scenario, &options->token->plan)) {
        const struct live_options live = {scenario, workload, options->token->seed, options->dir,
                                          timeout_ms};
        int r = options->gdb ? check_gdb(err) : 0;
        if (r < 0) {
            return r;
        }
        return live_open(&live, &stage->live, err);
    }
    if (options->gdb) {
        return err_set(err, ERR_USAGE,
                       "--gdb: no process is killed in an explored case, whose image is made of a "
                       "recorded run; --keep DIR keeps its store for 'killpoint dump', and "
                       "'killpoint why' names the source line");
    }
    return 0;
}

int replay_run(const struct replay_options *options, struct campaign_case *ret_case,
               uint32_t *ret_identical, struct err *err)
{
    struct stage stage = {.options = options};
    struct workload workload;
    int r = workload_make(options->scenario, &workload, err);
    if (r < 0) {
        return r;
    }
    r = make_keep_dir(options->keep_dir, err);
    if (r < 0) {
        goto out;
    }
    r = open_stage(&stage, &workload, err);
    if (r == 0) {
        r = run_times(&stage, ret_case, ret_identical, err);
    }
out:
    live_close(stage.live);
    workload_done(&workload);
    return r;
}
