/* From a plan to real files (explore_replay.h). */
#include "harness/campaign/explore_replay.h"

#include "harness/base/monotonic.h"
#include "harness/base/process.h"
#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/dir_view.h"
#include "harness/power/disk/scratch.h"
#include "harness/power/explore/explore_judge.h"
#include "harness/power/persist/persist.h"
#include "harness/power/trace/trace_file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/wait.h>

/* What the process that judges leaves. */
struct findings {
    _Atomic uint32_t is_complete;
    int result;
    uint64_t crashed_hash;
    uint64_t recovered_hash;
    uint32_t acked_count;
    bool is_image;                  /* else the trace was judged */
    struct explore_verdict verdict; /* of the files */
    struct explore_verdict memory;  /* of the image */
    struct err err;
};

struct replay {
    const struct explore_replay_options *options;
    struct plan prefix;   /* what is rehearsed */
    struct plan_hit loss; /* the power loss at its end */
    uint32_t loss_round;
    bool has_loss;
    bool is_killed; /* it ends with a process crash */
    bool is_rest;   /* what the plan's last steps leave is judged, and nothing runs after them */
    struct findings *findings;
    struct scratch *scratch;
    struct rehearsal *rehearsal;
    struct explore_judge *judge;
    struct ledger *ledger;
    struct rehearse_state state;
};

bool explore_replay_is_for(const struct scenario *scenario, const struct plan *plan)
{
    for (uint32_t i = 0; i < POINT_COUNT; i++) {
        if (scenario_skips(scenario, (enum point)i)) {
            return true;
        }
    }
    return scenario->weave != 0 || plan_is_explored(plan);
}

/* Whether the plan ends with a hot copy or decay, on which nothing runs. */
static bool ends_at_rest(const struct plan *plan)
{
    const struct plan_round *round = &plan->rounds[plan->round_count - 1];
    for (uint32_t i = 0; i < round->before_count && round->hit_count == 0; i++) {
        if (round->before[i].kind == PLAN_BEFORE_COPY || round->before[i].kind == PLAN_BEFORE_ROT) {
            return true;
        }
    }
    return false;
}

/* Takes the power loss of the last faulted round off the plan. */
static void split(struct replay *replay, const struct plan *plan)
{
    int last = plan_last_faulted_round(plan);
    replay->prefix = *plan;
    replay->is_rest = plan->round_count > 0 && ends_at_rest(plan);
    if (last < 0) {
        return;
    }
    struct plan_round *round = &replay->prefix.rounds[last];
    struct plan_hit *hit = &round->hits[round->hit_count - 1];
    if (hit->fault.kind != FAULT_POWER_LOSS) {
        replay->is_killed = fault_kills(hit->fault.kind) && !replay->is_rest;
        return;
    }
    replay->has_loss = true;
    replay->loss = *hit;
    replay->loss_round = (uint32_t)last;
    memset(hit, 0, sizeof(*hit));
    round->hit_count--;
    replay->prefix.round_count = (uint32_t)last + 1;
}

/* The ended operation that the power loss strikes. */
static int find_done(const struct replay *replay, size_t *ret_done, struct err *err)
{
    const struct trace *trace = rehearse_trace(replay->rehearsal);
    for (size_t n = rehearse_first_done(replay->rehearsal); n < trace_done_count(trace); n++) {
        struct trace_entry entry;
        trace_get(trace, trace_done_index(trace, n), &entry);
        if (entry.round == replay->loss_round && entry.point == replay->loss.point &&
            entry.hit == replay->loss.hit) {
            *ret_done = n;
            return 0;
        }
    }
    return err_set(err, -ENOENT, "%s:%u of round %u is not reached", point_name(replay->loss.point),
                   replay->loss.hit, replay->loss_round + 1);
}

static int build_rest(struct replay *replay, struct image **ret_image, struct err *err)
{
    const struct plan *plan = &replay->prefix;
    int r = rehearse_rest(replay->rehearsal, plan, plan->round_count - 1, err);
    r = r < 0 ? r : rehearse_state(replay->rehearsal, 0, &replay->state, replay->ledger, err);
    if (r < 0) {
        return r;
    }
    *ret_image = image_clone(rehearse_base(replay->rehearsal));
    return *ret_image == NULL ? err_set(err, -ENOMEM, "out of memory for an image") : 0;
}

/* After a power loss, a failed sync or under a switch a process crash: the page cache survives. */
static int build_killed(struct replay *replay, struct image **ret_image, struct err *err)
{
    const struct recording recording = rehearse_recording(replay->rehearsal);
    struct persist *persist = NULL;
    size_t done = rehearse_first_done(replay->rehearsal);
    int r = persist_new(&recording, LOSS_MODEL_ALL, &persist, err);
    r = r < 0 ? r : persist_seek(persist, done, err);
    r = r < 0 ? r : persist_cached(persist, ret_image, err);
    r = r < 0 ? r : rehearse_state(replay->rehearsal, done, &replay->state, replay->ledger, err);
    replay->state.promised_end = UINT64_MAX;
    persist_free(persist);
    return r;
}

/* A plan that was altered, or made by another version, is the caller's error. */
static int check_loss(const struct replay *replay, const struct persist *persist, struct err *err)
{
    const struct loss *loss = &replay->loss.fault.loss;
    return persist_loss_is_legal(persist, loss)
               ? 0
               : err_set(err, ERR_USAGE,
                         "the power loss is not one that the model '%s' allows at %s:%u: it names "
                         "%u items, here are %u",
                         loss_model_name(loss->model), point_name(replay->loss.point),
                         replay->loss.hit, (unsigned)loss->item_count, persist_item_count(persist));
}

static int build(struct replay *replay, struct image **ret_image, struct err *err)
{
    if (replay->is_killed) {
        return build_killed(replay, ret_image, err);
    }
    const struct recording recording = rehearse_recording(replay->rehearsal);
    struct persist *persist = NULL;
    size_t done = 0;
    int r = find_done(replay, &done, err);
    r = r < 0 ? r : persist_new(&recording, replay->loss.fault.loss.model, &persist, err);
    r = r < 0 ? r : persist_seek(persist, done, err);
    r = r < 0 ? r : check_loss(replay, persist, err);
    r = r < 0 ? r : persist_loss_image(persist, &replay->loss.fault.loss, ret_image, err);
    r = r < 0 ? r : rehearse_state(replay->rehearsal, done, &replay->state, replay->ledger, err);
    persist_free(persist);
    return r;
}

static int keep(const struct replay *replay, int dir_fd, const char *name, uint64_t *ret_hash)
{
    int r = dir_tree_hash(dir_fd, ret_hash);
    if (r == 0 && replay->options->keep_dir != NULL) {
        char path[1024];
        (void)snprintf(path, sizeof(path), "%s/%s", replay->options->keep_dir, name);
        r = dir_tree_copy(dir_fd, path, NULL);
    }
    return r;
}

static int judge_files(struct replay *replay, const struct image *image, struct err *err)
{
    struct findings *findings = replay->findings;
    struct place place = {.dir_fd = -1};
    int r = scratch_make(replay->scratch, &place.dir_fd, err);
    if (r < 0) {
        return r;
    }
    place.dir_view = dir_view_new(place.dir_fd);
    r = place.dir_view == NULL ? -ENOMEM : image_store(image, place.dir_fd, err);
    r = r < 0 ? r : keep(replay, place.dir_fd, "crashed", &findings->crashed_hash);
    r = r < 0 ? r
              : explore_judge_place(replay->judge, &replay->state, replay->ledger, &place,
                                    &findings->verdict);
    r = r < 0 ? r : keep(replay, place.dir_fd, "recovered", &findings->recovered_hash);
    dir_view_free(place.dir_view);
    scratch_drop(replay->scratch, place.dir_fd);
    return r;
}

static int judge_image(struct replay *replay, struct err *err)
{
    struct findings *findings = replay->findings;
    struct image *image = NULL;
    int r = replay->is_rest ? build_rest(replay, &image, err) : build(replay, &image, err);
    if (r < 0) {
        return r;
    }
    findings->is_image = true;
    findings->acked_count =
        ledger_count_acked(replay->ledger, replay->options->rehearse.workload->message_count);
    r = judge_files(replay, image, err);
    r = r < 0 ? r
              : explore_judge_run(replay->judge, &replay->state, replay->ledger, image, true,
                                  &findings->memory);
    image_free(image);
    return r;
}

/* The recording that the image is made of.  Threads never run the same way twice. */
static int record(struct replay *replay, struct err *err)
{
    const struct explore_replay_options *options = replay->options;
    bool is_threads = options->rehearse.scenario->store.services == STORE_SERVICES_THREADS;
    if (options->trace_path == NULL && is_threads) {
        return err_set(err, ERR_USAGE,
                       "a threads run is not repeated: name the trace that was kept, by --trace");
    }
    if (options->trace_path == NULL) {
        int r = rehearse_run(replay->rehearsal, &replay->prefix, err);
        bool is_saved = r == 0 && options->save_path != NULL;
        return is_saved
                   ? trace_file_save(rehearse_trace(replay->rehearsal), options->save_path, err)
                   : r;
    }
    if (plan_last_faulted_round(&replay->prefix) >= 0 || replay->is_rest) {
        return err_set(err, ERR_USAGE, "--trace: the token wants more than one run can have");
    }
    struct trace *trace = trace_new(NULL);
    int r = trace == NULL ? err_set(err, -ENOMEM, "out of memory")
                          : trace_file_load(trace, options->trace_path, err);
    r = r < 0 ? r : rehearse_adopt(replay->rehearsal, trace, err);
    trace_free(trace);
    return r;
}

static int run(struct replay *replay, struct err *err)
{
    const struct rehearse_options *options = &replay->options->rehearse;
    struct explore_verdict *verdict = &replay->findings->verdict;
    int r = rehearse_new(options, &replay->rehearsal, err);
    r = r < 0 ? r : explore_judge_new(options, &replay->judge, err);
    if (r < 0) {
        return r;
    }
    replay->ledger = malloc(rehearse_ledger_size_bytes(replay->rehearsal));
    if (replay->ledger == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    verdict->outcome = OUTCOME_INTACT;
    if (!replay->is_rest) {
        r = record(replay, err);
    }
    if (r == 0 && (replay->has_loss || replay->is_killed || replay->is_rest)) {
        r = judge_image(replay, err);
    }
    if (r < 0 || replay->has_loss || verdict->outcome != OUTCOME_INTACT) {
        return r;
    }
    /* A plan without a power loss also names its own trace; a store at rest has had none yet. */
    r = replay->is_rest ? record(replay, err) : 0;
    if (r == 0) {
        (void)explore_judge_order(replay->rehearsal, verdict);
    }
    return r;
}

static _Noreturn void be_replay(struct replay *replay)
{
    struct findings *findings = replay->findings;
    findings->result = run(replay, &findings->err);
    explore_judge_free(replay->judge);
    rehearse_free(replay->rehearsal);
    free(replay->ledger);
    atomic_store(&findings->is_complete, 1);
    _exit(0);
}

/* Runs it in a process of its own: an engine that dies or hangs is a finding. */
static void run_child(struct replay *replay, struct campaign_case *ended)
{
    pid_t pid = process_fork(1);
    int status = 0;
    if (pid == 0) {
        be_replay(replay);
    }
    if (pid < 0) {
        ended->outcome = OUTCOME_HARNESS_BROKEN;
        (void)snprintf(ended->detail, sizeof(ended->detail), "no process could be started: %s",
                       strerror(errno));
        return;
    }
    if (!process_wait(pid, (int)replay->options->timeout_ms, &status)) {
        ended->outcome = OUTCOME_HUNG;
    }
    if (WIFSIGNALED(status) && ended->outcome != OUTCOME_HUNG) {
        ended->outcome = OUTCOME_CRASHED;
        ended->signal = WTERMSIG(status);
        (void)snprintf(ended->detail, sizeof(ended->detail), "the store died: signal %d (%s)",
                       ended->signal, strsignal(ended->signal));
    }
}

static void take(const struct replay *replay, struct campaign_case *ended)
{
    const struct findings *findings = replay->findings;
    const struct explore_verdict *verdict = &findings->verdict;
    ended->outcome = verdict->outcome;
    ended->violated = verdict->violated;
    ended->found_count = verdict->found_count;
    ended->acked_count = findings->acked_count;
    ended->crashed_hash = findings->crashed_hash;
    ended->recovered_hash = findings->recovered_hash;
    ended->checked = true;
    ended->fired_count = ended->hit_count;
    ended->armed_count = ended->hit_count;
    (void)snprintf(ended->detail, sizeof(ended->detail), "%s", verdict->detail);
    bool is_of_image = findings->is_image && verdict->violated != PROPERTY_BIT(ORDER_DURABLE);
    if (is_of_image && findings->memory.digest != verdict->digest) {
        ended->outcome = OUTCOME_HARNESS_BROKEN;
        (void)snprintf(ended->detail, sizeof(ended->detail),
                       "the image is judged otherwise in memory (%s) than on files (%s)\n%.1400s",
                       outcome_name(findings->memory.outcome), outcome_name(verdict->outcome),
                       findings->memory.detail);
    }
}

static int prepare(struct replay *replay, const struct plan *plan, struct err *err)
{
    struct scratch_options options = {replay->options->dir, 0};
    split(replay, plan);
    replay->findings = mmap(NULL, sizeof(*replay->findings), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (replay->findings == MAP_FAILED) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    return scratch_open(&options, &replay->scratch, err);
}

int explore_replay_run(const struct explore_replay_options *options, const struct plan *plan,
                       struct campaign_case *ret_case, struct err *err)
{
    struct replay replay = {.options = options};
    int64_t start_us = monotonic_us();
    memset(ret_case, 0, sizeof(*ret_case));
    ret_case->role = CAMPAIGN_ROLE_FAULT;
    ret_case->plan = *plan;
    ret_case->hit_count = plan_hit_count(plan);
    int r = prepare(&replay, plan, err);
    if (r == 0) {
        run_child(&replay, ret_case);
        if (atomic_load(&replay.findings->is_complete) != 0) {
            r = replay.findings->result;
            if (r == 0) {
                take(&replay, ret_case);
            } else if (err != NULL) {
                *err = replay.findings->err;
            }
        }
    }
    scratch_close(replay.scratch);
    if (replay.findings != NULL && replay.findings != MAP_FAILED) {
        (void)munmap(replay.findings, sizeof(*replay.findings));
    }
    ret_case->duration_us = (uint64_t)(monotonic_us() - start_us);
    return r;
}
