/* Children: made, watched, and read when they are gone. */
#include "harness/live/rounds.h"

#include "harness/base/process.h"
#include "harness/drive/protocol.h"
#include "harness/drive/round.h"
#include "harness/power/trace/trace.h"
#include "harness/power/trace/trace_file.h"
#include "harness/target/targets.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/wait.h>

/* A round of a program ends, however slow each of its answers is. */
#define PROGRAM_ANSWERS_MAX 20

enum child_kind { CHILD_ROUND, CHILD_PROTOCOL };

/* What one child is told. */
struct child {
    enum child_kind kind;
    struct audit *audit; /* NULL: not audited */
    int trace_fd;        /* where it leaves its packed trace; -1: it records none */
};

static void ignore_signal(int signal_number)
{
    (void)signal_number;
}

/* Leaves the trace in memory that outlives the process. */
static int save_trace(const struct trace *trace, int fd, struct err *err)
{
    int r = trace_status(trace);
    if (r < 0) {
        return err_set(err, ERR_BROKEN, "the trace could not be kept: %s", err_name(r));
    }
    return trace_file_leave(trace, fd, err);
}

static enum shared_exit run_store(struct rounds *rounds, const struct child *child,
                                  struct trace *trace, struct err *err)
{
    const struct place place = {.dir_fd = rounds->dir_fd};
    struct disk_observer recording;
    struct disk_observer audit;
    struct round round = {.scenario = rounds->options->scenario,
                          .workload = rounds->options->workload,
                          .seed = rounds->options->seed,
                          .shared = rounds->shared,
                          .journal = trace,
                          .ends_with_process = true};
    enum shared_exit exit = SHARED_EXIT_BROKEN;
    if (trace != NULL) {
        recording = trace_observer(trace, NULL);
        round.inner = &recording;
    }
    if (child->audit != NULL) {
        audit = audit_observer(child->audit, round.inner);
        round.inner = &audit;
    }
    return round_run(&round, &place, &exit, err) < 0 ? SHARED_EXIT_BROKEN : exit;
}

static _Noreturn void be_round(struct rounds *rounds, const struct child *child)
{
    struct err *err = &rounds->shared->round_err;
    struct trace *trace = NULL;
    enum shared_exit exit = SHARED_EXIT_BROKEN;
    if (child->trace_fd >= 0) {
        const struct trace_options options = {.data_bytes_max = SHARED_TAPE_SIZE_BYTES,
                                              .now_ms = shared_trace_ms,
                                              .now_arg = rounds->shared};
        trace = trace_new(&options);
    }
    if (child->audit == NULL || audit_install(child->audit, rounds->dir_fd, err) == 0) {
        exit = run_store(rounds, child, trace, err);
    }
    if (trace != NULL && save_trace(trace, child->trace_fd, err) < 0) {
        exit = SHARED_EXIT_BROKEN;
    }
    _exit((int)exit);
}

/* Once a scenario, in its run without faults.  Threads write meanwhile, so nobody could say who
 * changed a file; and an audit would hold what the second process does for the store's. */
static bool is_contested(const struct rounds *rounds, const struct child *child)
{
    return rounds->request->role == CAMPAIGN_ROLE_TRACE && child->audit == NULL &&
           (targets_of(rounds->options->scenario)->can & TARGET_CAN_WATCH) != 0 &&
           !scenario_is_threaded(rounds->options->scenario);
}

static _Noreturn void be_protocol(struct rounds *rounds, const struct child *child)
{
    struct err *err = &rounds->shared->round_err;
    struct disk_observer outer = {NULL, NULL, NULL};
    struct protocol protocol = {
        .scenario = rounds->options->scenario,
        .workload = rounds->options->workload,
        .seed = rounds->options->seed,
        .shared = rounds->shared,
        .place = {.dir_fd = rounds->dir_fd, .keep_dir = rounds->request->keep_dir},
        .memory = rounds->memory,
        .is_contested = is_contested(rounds, child),
    };
    if (child->audit != NULL) {
        if (audit_install(child->audit, rounds->dir_fd, err) < 0) {
            _exit(SHARED_EXIT_BROKEN);
        }
        outer = audit_observer(child->audit, NULL);
        protocol.outer = &outer;
    }
    int r = protocol_run(&protocol, err);
    _exit((int)(r < 0 ? shared_exit_of(r) : SHARED_EXIT_DONE));
}

static pid_t start_child(struct rounds *rounds, const struct child *child)
{
    pid_t pid = process_fork(SHARED_EXIT_BROKEN);
    if (pid != 0) {
        return pid;
    }
    (void)signal(SIGTERM, ignore_signal);
    if (child->kind == CHILD_ROUND) {
        be_round(rounds, child);
    }
    be_protocol(rounds, child);
}

/* With a debugger in mind: the child stops itself just before the fault. */
static void wait_stop(const struct rounds *rounds, pid_t pid)
{
    int status = 0;
    if (rounds->request->on_stop == NULL) {
        return;
    }
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    (void)waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOWAIT);
    if (info.si_code == CLD_STOPPED && waitpid(pid, &status, WUNTRACED) == pid) {
        rounds->request->on_stop(rounds->request->on_stop_arg, pid);
        (void)kill(pid, SIGCONT);
    }
}

struct serve {
    struct audit *audit;
    pid_t child;
};

static void *serve_audit(void *arg)
{
    const struct serve *serve = arg;
    audit_serve(serve->audit, serve->child);
    return NULL;
}

static void add_audit(struct audit_report *total, const struct audit_report *one)
{
    total->load_base = one->load_base;
    total->matched_count += one->matched_count;
    total->unannounced_count += one->unannounced_count;
    total->unperformed_count += one->unperformed_count;
    if (total->unperformed[0] == '\0') {
        memcpy(total->unperformed, one->unperformed, sizeof(total->unperformed));
    }
    for (uint32_t i = 0; i < one->effect_count && total->effect_count < AUDIT_EFFECTS_MAX; i++) {
        total->effects[total->effect_count++] = one->effects[i];
    }
    if (one->status < 0) {
        total->status = one->status;
        memcpy(total->broken, one->broken, sizeof(total->broken));
    }
}

/* What is under test in a process of its own has this time for each answer, and says so better. */
static int time_limit_ms(const struct rounds *rounds)
{
    if (rounds->request->on_stop != NULL) {
        return -1;
    }
    uint32_t answers =
        points_is_program(rounds->options->scenario->points) ? PROGRAM_ANSWERS_MAX : 1;
    return (int)(rounds->options->timeout_ms * answers);
}

/* Runs a child to its end; false when it could not be run. */
static bool run_child(struct rounds *rounds, struct child *child, struct process_end *ret_end)
{
    struct err err = ERR_INIT;
    struct audit_report report;
    if (rounds->request->audit != NULL && audit_begin(&child->audit, &err) < 0) {
        return false;
    }
    pid_t pid = start_child(rounds, child);
    if (pid < 0) {
        rounds->ended->trouble = errno;
        if (child->audit != NULL) {
            child->audit = audit_end(child->audit, NULL);
        }
        return false;
    }
    pthread_t thread;
    struct serve serve = {child->audit, pid};
    bool served = child->audit != NULL && pthread_create(&thread, NULL, serve_audit, &serve) == 0;
    wait_stop(rounds, pid);
    *ret_end = process_wait(pid, time_limit_ms(rounds));
    if (served) {
        (void)pthread_join(thread, NULL);
        memset(&report, 0, sizeof(report));
        child->audit = audit_end(child->audit, &report);
        add_audit(rounds->request->audit, &report);
    }
    return true;
}

/* Settles the case. */
static void fail(struct rounds *rounds, enum outcome outcome, int32_t signal, const char *text)
{
    ending_fail(&rounds->shared->ending, outcome, signal, text);
}

/* Whether the process died by a kill that the plan sent. */
static bool was_killed_by_plan(const struct rounds *rounds)
{
    const struct arm *arm = &rounds->shared->arm;
    for (uint32_t i = 0; i < arm->fault_count; i++) {
        if (atomic_load(&arm->faults[i].fired) != 0 &&
            fault_kills(arm->faults[i].planned.fault.kind)) {
            return true;
        }
    }
    return false;
}

/* What the exit code of a process says; false when that settles the case. */
static bool goes_on_after(struct rounds *rounds, int code)
{
    char text[128];
    switch (code) {
    case SHARED_EXIT_DONE:
    case SHARED_EXIT_RESTART:
    case SHARED_EXIT_TERMINATED:
    case SHARED_EXIT_OPEN_FAILED:
        return true;
    case SHARED_EXIT_HUNG:
        fail(rounds, OUTCOME_HUNG, 0, rounds->shared->round_err.text);
        return false;
    case SHARED_EXIT_DIED:
        fail(rounds, OUTCOME_CRASHED, atomic_load(&rounds->shared->crash_signal),
             rounds->shared->round_err.text);
        return false;
    case SHARED_EXIT_BROKEN:
        fail(rounds, OUTCOME_HARNESS_BROKEN, 0, rounds->shared->round_err.text);
        return false;
    default:
        (void)snprintf(text, sizeof(text), "the engine ended its process by exit(%d)", code);
        fail(rounds, OUTCOME_CRASHED, 0, text);
        return false;
    }
}

/* Runs a child; false when its end settles the case.  `*ret_code` is its exit, or -1 when the
 * plan's kill struck. */
static bool run_to_end(struct rounds *rounds, struct child *child, int *ret_code)
{
    struct process_end end;
    char how[PROCESS_TEXT_SIZE_BYTES];
    char text[PROCESS_TEXT_SIZE_BYTES + 32];
    *ret_code = -1;
    if (!run_child(rounds, child, &end)) {
        fail(rounds, OUTCOME_HARNESS_BROKEN, 0, "no process could be started");
        return false;
    }
    if (end.is_late) {
        fail(rounds, OUTCOME_HUNG, 0, "the store process did not end within its time limit");
        return false;
    }
    if (end.signal == 0) {
        *ret_code = end.code;
        return goes_on_after(rounds, end.code);
    }
    if (end.signal == SIGKILL && was_killed_by_plan(rounds)) {
        return true;
    }
    rounds->ended->trouble = end.signal == SIGXCPU ? ETIME : 0;
    process_describe(&end, how);
    (void)snprintf(text, sizeof(text), "the store process died by %s", how);
    fail(rounds, OUTCOME_CRASHED, end.signal, text);
    return false;
}

/* False when a step was not possible: then the case is another than planned. */
static bool apply_before(struct rounds *rounds, uint32_t round)
{
    const struct plan *plan = rounds->request->plan;
    const struct place place = {.dir_fd = rounds->dir_fd};
    uint32_t count = round < plan->round_count ? plan->rounds[round].before_count : 0;
    for (uint32_t i = 0; i < count; i++) {
        struct err err = ERR_INIT;
        int r = round_before(rounds->shared, &place, &plan->rounds[round].before[i], &err);
        if (r < 0) {
            fail(rounds, r == ERR_USAGE ? OUTCOME_NOT_FIRED : OUTCOME_HARNESS_BROKEN, 0, err.text);
            return false;
        }
    }
    return true;
}

static void note_reached(struct rounds *rounds)
{
    for (uint32_t i = 0; i < POINTS_MAX; i++) {
        if (atomic_load(&rounds->shared->arm.hits[i]) != 0) {
            rounds->ended->reached[i / 64] |= UINT64_C(1) << (i % 64);
        }
    }
}

static void take_hits(struct rounds *rounds, uint32_t round)
{
    for (uint32_t i = 0; i < POINTS_MAX; i++) {
        rounds->ended->hits[round][i] = atomic_load(&rounds->shared->arm.hits[i]);
    }
    note_reached(rounds);
}

/* Hands on the trace that a round left. */
static int read_trace(struct rounds *rounds, int fd, uint32_t round)
{
    char path[32];
    struct trace *trace = trace_new(NULL);
    if (trace == NULL) {
        return -ENOMEM;
    }
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int r = trace_file_load(trace, path, NULL);
    if (r == 0) {
        r = rounds->request->take_trace(rounds->request->take_trace_arg, round, trace);
    }
    trace_free(trace);
    return r;
}

/* Runs round `round`; false when its end settles the case.  `*ret_code` is its exit, or -1 when it
 * was killed. */
static bool run_round(struct rounds *rounds, uint32_t round, int *ret_code)
{
    const struct plan *plan = rounds->request->plan;
    struct child child = {CHILD_ROUND, NULL, -1};
    if (!apply_before(rounds, round)) {
        return false;
    }
    round_begin(rounds->shared, round, round < plan->round_count ? &plan->rounds[round] : NULL);
    if (rounds->request->take_trace != NULL) {
        child.trace_fd = memfd_create("trace", MFD_CLOEXEC);
    }
    bool goes_on = run_to_end(rounds, &child, ret_code);
    rounds->ended->armed_count += rounds->shared->arm.fault_count;
    rounds->ended->fired_count += arm_fired_count(&rounds->shared->arm);
    take_hits(rounds, round);
    rounds->ended->round_count = round + 1;
    if (child.trace_fd >= 0) {
        if (goes_on && *ret_code >= 0 && read_trace(rounds, child.trace_fd, round) < 0) {
            fail(rounds, OUTCOME_HARNESS_BROKEN, 0, "the trace of a round is damaged");
            goes_on = false;
        }
        (void)close(child.trace_fd);
    }
    return goes_on;
}

/* A store that refuses to open with no injected error in force is a finding of `starts`. */
static void note_refusal(struct rounds *rounds)
{
    struct ending *ending = &rounds->shared->ending;
    /* Files that decayed may be refused. */
    if (arm_has_errno_fired(&rounds->shared->arm) ||
        atomic_load(&rounds->shared->ledger->was_rotten) != 0) {
        return;
    }
    ending->mechanisms |= MECHANISM_BIT(OPEN_REFUSED);
    ending->violated |= PROPERTY_BIT(STARTS);
    (void)snprintf(ending->detail, sizeof(ending->detail),
                   "starts round %u: the store does not open: %s\n", rounds->shared->round + 1,
                   rounds->shared->round_err.text);
}

bool rounds_run(struct rounds *rounds)
{
    int last = plan_last_faulted_round(rounds->request->plan);
    for (uint32_t round = 0; round < PLAN_ROUNDS_MAX; round++) {
        int code = -1;
        if (!run_round(rounds, round, &code)) {
            return false;
        }
        if (code == SHARED_EXIT_OPEN_FAILED) {
            note_refusal(rounds);
        }
        if (code == SHARED_EXIT_DONE || rounds->shared->ending.violated != 0 ||
            (int)round == last) {
            break;
        }
    }
    return true;
}

bool rounds_hand_out(struct rounds *rounds)
{
    const struct rest_taker *taker = rounds->request->taker;
    const struct shared *shared = rounds->shared;
    if (taker == NULL) {
        return true;
    }
    struct rest rest = {.place = {.dir_fd = rounds->dir_fd},
                        .ledger = shared->ledger,
                        .now_ms = atomic_load(&shared->now_ms),
                        .events = atomic_load(&shared->events),
                        .round =
                            rounds->ended->round_count == 0 ? 0 : rounds->ended->round_count - 1,
                        .next_step = atomic_load(&shared->next_step),
                        .promised_end = UINT64_MAX,
                        .is_kill = true};
    struct err err = ERR_INIT;
    rest.place.dir_view = dir_view_new(rounds->dir_fd);
    int r = rest.place.dir_view == NULL ? -ENOMEM : taker->take(taker->arg, &rest, &err);
    dir_view_free(rest.place.dir_view);
    if (r < 0) {
        fail(rounds, OUTCOME_HARNESS_BROKEN, 0, err.text[0] == '\0' ? err_name(r) : err.text);
    }
    return r >= 0;
}

bool rounds_judge(struct rounds *rounds)
{
    struct child child = {CHILD_PROTOCOL, NULL, -1};
    int code = -1;
    if (!apply_before(rounds, rounds->ended->round_count)) {
        return false;
    }
    rounds->shared->round = rounds->ended->round_count;
    arm_round(&rounds->shared->arm, NULL);
    ledger_begin_round(rounds->shared->ledger);
    if (!rounds_hand_out(rounds)) {
        return false;
    }
    bool goes_on = run_to_end(rounds, &child, &code);
    if (goes_on && atomic_load(&rounds->shared->restart.is_complete) == 0) {
        fail(rounds, OUTCOME_HARNESS_BROKEN, 0, "the restart protocol did not come to its end");
        goes_on = false;
    }
    note_reached(rounds);
    if (rounds->ended->round_count < PLAN_ROUNDS_MAX) {
        memcpy(rounds->ended->hits[rounds->ended->round_count],
               rounds->shared->restart.recovery_hits,
               sizeof(rounds->shared->restart.recovery_hits));
    }
    return goes_on;
}
