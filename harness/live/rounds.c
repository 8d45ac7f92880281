/* Children: made, watched, and read when they are gone. */
#include "harness/live/rounds.h"

#include "harness/base/process.h"
#include "harness/drive/protocol.h"
#include "harness/drive/watch.h"
#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/rot.h"
#include "harness/power/trace/trace.h"
#include "harness/power/trace/trace_file.h"
#include "store/disk/disk_posix.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/wait.h>

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

static int64_t trace_now_ms(void *arg)
{
    struct shared *shared = arg;
    return atomic_load(&shared->now_ms);
}

/* Leaves the trace in memory that outlives the process. */
static int save_trace(const struct trace *trace, int fd, struct err *err)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    int r = trace_status(trace);
    if (r < 0) {
        return err_set(err, ERR_BROKEN, "the trace could not be kept: %s", err_name(r));
    }
    r = trace_file_pack(trace, &data, &size_bytes, err);
    if (r == 0 && pwrite(fd, data, size_bytes, 0) != (ssize_t)size_bytes) {
        r = err_set(err, ERR_BROKEN, "the trace could not be handed over");
    }
    free(data);
    return r;
}

/* The whole life of a round's store process, from before store_open to its end. */
static enum shared_exit run_store(struct rounds *rounds, const struct child *child,
                                  struct trace *trace, struct err *err)
{
    struct driver driver;
    struct disk *disk = NULL;
    struct watch watch = {.ledger = rounds->shared->ledger,
                          .enospc_seen = &rounds->shared->enospc_seen,
                          .order = rounds->shared->order};
    if (trace != NULL) {
        watch.next = trace_observer(trace, NULL);
        trace_note(trace, TRACE_NOTE_ROUND, rounds->shared->round, 0);
    }
    if (child->audit != NULL) {
        struct disk_observer inner = watch.next;
        watch.next = audit_observer(child->audit, trace == NULL ? NULL : &inner);
    }
    struct disk_observer observer = watch_observer(&watch);
    enum shared_exit result = SHARED_EXIT_BROKEN;
    if (driver_init(&driver, rounds->options->scenario, rounds->options->workload,
                    rounds->options->seed, rounds->shared) < 0 ||
        disk_posix_new(rounds->dir_fd, true, &observer, &disk) < 0) {
        (void)err_set(err, ERR_BROKEN, "out of memory");
        return result;
    }
    arm_set_active(&rounds->shared->arm, true);
    if (driver_open(&driver, disk, err) < 0) {
        result = SHARED_EXIT_OPEN_FAILED;
    } else {
        result = driver_run(&driver, err);
    }
    arm_set_active(&rounds->shared->arm, false);
    if (result != SHARED_EXIT_RESTART) {
        driver_done(&driver);
        disk_free(disk);
    }
    return result;
}

static _Noreturn void be_round(struct rounds *rounds, const struct child *child)
{
    struct err *err = &rounds->shared->round_err;
    struct trace *trace = NULL;
    enum shared_exit result = SHARED_EXIT_BROKEN;
    if (child->trace_fd >= 0) {
        struct trace_options options = {SHARED_TAPE_SIZE_BYTES, 0, trace_now_ms, rounds->shared};
        trace = trace_new(&options);
    }
    if (child->audit == NULL || audit_install(child->audit, rounds->dir_fd, err) == 0) {
        result = run_store(rounds, child, trace, err);
    }
    if (trace != NULL && save_trace(trace, child->trace_fd, err) < 0) {
        result = SHARED_EXIT_BROKEN;
    }
    _exit((int)result);
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
        .place = {NULL, rounds->dir_fd, NULL},
        .memory = rounds->memory,
    };
    if (child->audit != NULL) {
        if (audit_install(child->audit, rounds->dir_fd, err) < 0) {
            _exit(SHARED_EXIT_BROKEN);
        }
        outer = audit_observer(child->audit, NULL);
        protocol.outer = &outer;
    }
    int r = protocol_run(&protocol, err);
    enum shared_exit failed = r == -ETIMEDOUT ? SHARED_EXIT_HUNG : SHARED_EXIT_BROKEN;
    _exit((int)(r < 0 ? failed : SHARED_EXIT_DONE));
}

static pid_t start_child(struct rounds *rounds, const struct child *child)
{
    pid_t pid = process_fork(SHARED_EXIT_BROKEN);
    if (pid != 0) {
        return pid;
    }
    (void)signal(SIGTERM, ignore_signal);
    (void)signal(SIGINT, SIG_IGN);
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

/* Runs a child to its end.  Returns false when it could not be run. */
static bool run_child(struct rounds *rounds, struct child *child, int *ret_status,
                      bool *ret_in_time)
{
    struct err err = ERR_INIT;
    struct audit_report report;
    if (rounds->request->audit != NULL && audit_begin(&child->audit, &err) < 0) {
        return false;
    }
    pid_t pid = start_child(rounds, child);
    if (pid < 0) {
        if (child->audit != NULL) {
            child->audit = audit_end(child->audit, NULL);
        }
        return false;
    }
    pthread_t thread;
    struct serve serve = {child->audit, pid};
    bool served = child->audit != NULL && pthread_create(&thread, NULL, serve_audit, &serve) == 0;
    wait_stop(rounds, pid);
    int timeout_ms = rounds->request->on_stop != NULL ? -1 : (int)rounds->options->timeout_ms;
    *ret_in_time = process_wait(pid, timeout_ms, ret_status);
    if (served) {
        (void)pthread_join(thread, NULL);
        memset(&report, 0, sizeof(report));
        child->audit = audit_end(child->audit, &report);
        add_audit(rounds->request->audit, &report);
    }
    return true;
}

static void set_end(struct rounds_end *end, enum outcome outcome, int32_t signal_number,
                    const char *text)
{
    end->outcome = outcome;
    end->signal = signal_number;
    (void)snprintf(end->text, sizeof(end->text), "%s", text);
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

/* Reads the exit status of a process that was not killed. */
static int read_exit(const struct rounds *rounds, int code, struct rounds_end *end)
{
    char text[128];
    switch (code) {
    case SHARED_EXIT_DONE:
    case SHARED_EXIT_RESTART:
    case SHARED_EXIT_TERMINATED:
    case SHARED_EXIT_OPEN_FAILED:
        break;
    case SHARED_EXIT_HUNG:
        set_end(end, OUTCOME_HUNG, 0, rounds->shared->round_err.text);
        break;
    case SHARED_EXIT_BROKEN:
        set_end(end, OUTCOME_HARNESS_BROKEN, 0, rounds->shared->round_err.text);
        break;
    default:
        (void)snprintf(text, sizeof(text), "the engine ended its process by exit(%d)", code);
        set_end(end, OUTCOME_CRASHED, 0, text);
        break;
    }
    return code;
}

/* Reads a status; sets `end` when it settles the case.  Returns the exit of a normal end, or -1
 * when the plan's kill struck. */
static int read_status(const struct rounds *rounds, int status, bool in_time,
                       struct rounds_end *end)
{
    char text[128];
    if (!in_time) {
        set_end(end, OUTCOME_HUNG, 0, "the store process did not end within its time limit");
        return -1;
    }
    if (WIFEXITED(status)) {
        return read_exit(rounds, WEXITSTATUS(status), end);
    }
    int signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (signal_number == SIGKILL && was_killed_by_plan(rounds)) {
        return -1;
    }
    (void)snprintf(text, sizeof(text), "the store process died by signal %d (%s)", signal_number,
                   strsignal(signal_number));
    set_end(end, OUTCOME_CRASHED, signal_number, text);
    return -1;
}

/* One step between two rounds.  0 or a negative code. */
static int apply_step(struct rounds *rounds, const struct plan_before *before, struct err *err)
{
    switch (before->kind) {
    case PLAN_BEFORE_CLOCK_JUMP:
        atomic_fetch_add(&rounds->shared->now_ms, before->arg_ms);
        return 0;
    case PLAN_BEFORE_REMOVE:
        ledger_note_tampered(rounds->shared->ledger);
        order_forget(rounds->shared->order);
        (void)dir_tree_remove(rounds->dir_fd, before->path, NULL);
        return 0;
    case PLAN_BEFORE_ROT:
        ledger_note_rotten(rounds->shared->ledger);
        order_forget(rounds->shared->order);
        return rot_file(rounds->dir_fd, before, err);
    case PLAN_BEFORE_COPY:
        break;
    }
    return err_set(err, ERR_CORRUPT, "a hot copy is made of a trace, never of real files");
}

/* False, with `end` set, when a step was not possible: then the case is another than planned. */
static bool apply_before(struct rounds *rounds, uint32_t round, struct rounds_end *end)
{
    const struct plan *plan = rounds->request->plan;
    uint32_t count = round < plan->round_count ? plan->rounds[round].before_count : 0;
    for (uint32_t i = 0; i < count; i++) {
        struct err err = ERR_INIT;
        int r = apply_step(rounds, &plan->rounds[round].before[i], &err);
        if (r < 0) {
            set_end(end, r == ERR_USAGE ? OUTCOME_NOT_FIRED : OUTCOME_HARNESS_BROKEN, 0, err.text);
            return false;
        }
    }
    return true;
}

static void note_reached(struct rounds *rounds)
{
    for (uint32_t i = 0; i < POINT_COUNT; i++) {
        if (atomic_load(&rounds->shared->arm.hits[i]) != 0) {
            rounds->ended->reached[i / 64] |= UINT64_C(1) << (i % 64);
        }
    }
}

static void take_hits(struct rounds *rounds, uint32_t round)
{
    for (uint32_t i = 0; i < POINT_COUNT; i++) {
        rounds->ended->hits[round][i] = atomic_load(&rounds->shared->arm.hits[i]);
    }
    note_reached(rounds);
}

/* Hands on the trace that a round left. */
static int read_trace(struct rounds *rounds, int fd, uint32_t round)
{
    off_t size_bytes = lseek(fd, 0, SEEK_END);
    if (size_bytes <= 0) {
        return ERR_BROKEN;
    }
    void *data = mmap(NULL, (size_t)size_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    struct trace *trace = trace_new(NULL);
    int r = data == MAP_FAILED || trace == NULL
                ? -ENOMEM
                : trace_file_unpack(trace, data, (size_t)size_bytes, NULL);
    if (r == 0) {
        r = rounds->request->take_trace(rounds->request->take_trace_arg, round, trace);
    }
    if (data != MAP_FAILED) {
        (void)munmap(data, (size_t)size_bytes);
    }
    trace_free(trace);
    return r;
}

/* Runs round `round`.  Returns its exit code, or -1 when it was killed or settled the case. */
static int run_round(struct rounds *rounds, uint32_t round, struct rounds_end *end)
{
    const struct plan *plan = rounds->request->plan;
    struct child child = {CHILD_ROUND, NULL, -1};
    int status = 0;
    bool in_time = true;
    if (!apply_before(rounds, round, end)) {
        return -1;
    }
    rounds->shared->round = round;
    rounds->shared->ledger->round = round;
    rounds->shared->round_err.text[0] = '\0';
    arm_round(&rounds->shared->arm, round < plan->round_count ? &plan->rounds[round] : NULL);
    if (rounds->request->take_trace != NULL) {
        child.trace_fd = memfd_create("trace", MFD_CLOEXEC);
    }
    ledger_begin_round(rounds->shared->ledger);
    order_round(rounds->shared->order);
    int code = -1;
    if (!run_child(rounds, &child, &status, &in_time)) {
        set_end(end, OUTCOME_HARNESS_BROKEN, 0, "no process could be started");
    } else {
        code = read_status(rounds, status, in_time, end);
    }
    rounds->ended->armed_count += rounds->shared->arm.fault_count;
    rounds->ended->fired_count += arm_fired_count(&rounds->shared->arm);
    take_hits(rounds, round);
    rounds->ended->round_count = round + 1;
    if (child.trace_fd >= 0) {
        if (end->outcome == OUTCOME_INTACT && code >= 0 &&
            read_trace(rounds, child.trace_fd, round) < 0) {
            set_end(end, OUTCOME_HARNESS_BROKEN, 0, "the trace of a round is damaged");
        }
        (void)close(child.trace_fd);
    }
    return code;
}

/* A store that refuses to open with no injected error in force is a finding of `starts`. */
static void note_refusal(struct rounds *rounds)
{
    struct campaign_case *ended = rounds->ended;
    /* Files that decayed may be refused. */
    if (arm_has_errno_fired(&rounds->shared->arm) ||
        atomic_load(&rounds->shared->ledger->was_rotten) != 0) {
        return;
    }
    ended->violated |= PROPERTY_BIT(STARTS);
    (void)snprintf(ended->detail, sizeof(ended->detail),
                   "starts round %u: the store does not open: %s\n", rounds->shared->round + 1,
                   rounds->shared->round_err.text);
}

void rounds_run(struct rounds *rounds, struct rounds_end *end)
{
    int last = plan_last_faulted_round(rounds->request->plan);
    for (uint32_t round = 0; round < PLAN_ROUNDS_MAX; round++) {
        int code = run_round(rounds, round, end);
        if (end->outcome != OUTCOME_INTACT) {
            return;
        }
        if (code == SHARED_EXIT_OPEN_FAILED) {
            note_refusal(rounds);
        }
        if (code == SHARED_EXIT_DONE || rounds->ended->violated != 0 || (int)round == last) {
            return;
        }
    }
}

void rounds_judge(struct rounds *rounds, struct rounds_end *end)
{
    struct child child = {CHILD_PROTOCOL, NULL, -1};
    int status = 0;
    bool in_time = true;
    if (!apply_before(rounds, rounds->ended->round_count, end)) {
        return;
    }
    rounds->shared->round = rounds->ended->round_count;
    arm_round(&rounds->shared->arm, NULL);
    ledger_begin_round(rounds->shared->ledger);
    if (!run_child(rounds, &child, &status, &in_time)) {
        set_end(end, OUTCOME_HARNESS_BROKEN, 0, "no process could be started");
        return;
    }
    (void)read_status(rounds, status, in_time, end);
    if (end->outcome == OUTCOME_INTACT && atomic_load(&rounds->shared->verdict.is_complete) == 0) {
        set_end(end, OUTCOME_HARNESS_BROKEN, 0, "the restart protocol did not come to its end");
    }
    note_reached(rounds);
    if (rounds->ended->round_count < PLAN_ROUNDS_MAX) {
        memcpy(rounds->ended->hits[rounds->ended->round_count],
               rounds->shared->verdict.recovery_hits,
               sizeof(rounds->shared->verdict.recovery_hits));
    }
}
