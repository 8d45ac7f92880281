/* A rehearsal up to the crash, and the protocol over what it left (explore_replay.h). */
#include "harness/campaign/explore_replay.h"

#include "harness/base/monotonic.h"
#include "harness/base/process.h"
#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/dir_view.h"
#include "harness/power/disk/scratch.h"
#include "harness/power/explore/explore_judge.h"
#include "harness/power/trace/trace_file.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

/* What the process that replays leaves. */
struct answer {
    _Atomic uint32_t is_complete;
    int r;
    struct ending end;
    struct err err;
};

struct replay {
    const struct explore_replay_options *options;
    const struct plan *plan;
    bool has_loss;       /* it ends with a power loss */
    uint32_t rest_round; /* before which what is judged lies there; UINT32_MAX: no store is */
    struct answer *answer;
    struct scratch *scratch;
    struct rehearsal *rehearsal;
    struct explore_judge *judge;
    struct ledger *ledger;
    struct rehearse_state state;
    struct image *image; /* what is restarted; the rehearsal's, or what was given */
    /* For a taker: the whole run, packed before what is at rest is made of another. */
    uint8_t *trace;
    size_t trace_size_bytes;
};

/* Where the case ends: at rest, or with the last fault when that is a death. */
static void find_end(struct replay *replay)
{
    const struct plan *plan = replay->plan;
    int last = plan_last_faulted_round(plan);
    replay->rest_round = UINT32_MAX;
    if (plan_ends_at_rest(plan)) {
        replay->rest_round = plan->round_count - 1;
    } else if (last >= 0) {
        const struct plan_round *round = &plan->rounds[last];
        enum fault_kind kind = round->hits[round->hit_count - 1].fault.kind;
        replay->has_loss = kind == FAULT_POWER_LOSS;
        if (replay->has_loss || fault_kills(kind)) {
            replay->rest_round = (uint32_t)last + 1;
        }
    }
}

/* The plan that is recorded to the end of the workload: without the power loss that ends it. */
static struct plan plan_to_record(const struct replay *replay)
{
    struct plan plan = *replay->plan;
    if (replay->has_loss) {
        struct plan_round *round = &plan.rounds[replay->rest_round - 1];
        memset(&round->hits[--round->hit_count], 0, sizeof(round->hits[0]));
        plan.round_count = replay->rest_round;
    }
    return plan;
}

/* Keeps the recording for who is handed the rest. */
static int pack(struct replay *replay, const struct trace *trace, struct err *err)
{
    if (replay->options->taker == NULL || replay->trace != NULL) {
        return 0;
    }
    return trace_file_pack(trace, &replay->trace, &replay->trace_size_bytes, err);
}

/* A saved trace in place of a run: no store is rehearsed, what the trace says is judged. */
static int take_saved(struct replay *replay, struct err *err)
{
    const struct plan plan = plan_to_record(replay);
    bool is_more = replay->rest_round != UINT32_MAX && !replay->has_loss;
    if (is_more || plan_last_faulted_round(&plan) >= 0) {
        return err_set(err, ERR_USAGE, "--trace: the token wants more than one run can have");
    }
    struct trace *trace = trace_new(NULL);
    if (trace == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = trace_file_load(trace, replay->options->trace_path, err);
    if (r < 0) {
        goto out;
    }
    r = pack(replay, trace, err);
    if (r == 0) {
        r = replay->has_loss ? rehearse_rest_of(replay->rehearsal, trace, replay->plan, err)
                             : rehearse_adopt(replay->rehearsal, trace, err);
    }
out:
    trace_free(trace);
    return r;
}

/* The whole run, saved when that is wanted. */
static int record(struct replay *replay, struct err *err)
{
    const struct plan plan = plan_to_record(replay);
    const char *save_path = replay->options->save_path;
    int r = rehearse_run(replay->rehearsal, &plan, err);
    if (r < 0) {
        return r;
    }
    r = pack(replay, rehearse_trace(replay->rehearsal), err);
    if (r < 0 || save_path == NULL) {
        return r;
    }
    return trace_file_save(rehearse_trace(replay->rehearsal), save_path, err);
}

static int judge_files(struct replay *replay, const struct place *place, struct err *err)
{
    struct ending *end = &replay->answer->end;
    const char *keep_dir = replay->options->keep_dir;
    uint64_t crashed_hash = 0;
    int r = image_store(replay->image, place->dir_fd, err);
    if (r < 0) {
        return r;
    }
    r = dir_tree_keep(place->dir_fd, keep_dir, "crashed", &crashed_hash);
    if (r < 0) {
        return r;
    }
    r = explore_judge_place(replay->judge, &replay->state, replay->ledger, place, end);
    if (r < 0) {
        return r;
    }
    end->crashed_hash = crashed_hash;
    end->sent_count =
        ledger_count_sent(replay->ledger, replay->options->rehearse.workload->message_count);
    end->acked_count =
        ledger_count_acked(replay->ledger, replay->options->rehearse.workload->message_count);
    return dir_tree_keep(place->dir_fd, keep_dir, "recovered", &end->recovered_hash);
}

/* Files and image are to end the same. */
static int judge_memory(struct replay *replay, struct err *err)
{
    struct ending *end = &replay->answer->end;
    struct ending memory;
    struct image *image = image_clone(replay->image);
    if (image == NULL) {
        return err_set(err, -ENOMEM, "out of memory for an image");
    }
    int r = explore_judge_run(replay->judge, &replay->state, replay->ledger, image, true, &memory);
    image_free(image);
    if (r < 0) {
        return r;
    }
    if (explore_judge_digest(&memory) != explore_judge_digest(end)) {
        enum outcome on_files = end->outcome;
        end->outcome = OUTCOME_HARNESS_BROKEN;
        (void)snprintf(end->detail, sizeof(end->detail),
                       "the image is judged otherwise in memory (%s) than on files (%s)\n%.1400s",
                       outcome_name(memory.outcome), outcome_name(on_files), memory.detail);
    }
    return 0;
}

/* What was handed out elsewhere, as if it had been rehearsed here. */
static void take_given(struct replay *replay)
{
    const struct rest *given = replay->options->given;
    replay->image = given->place.image;
    replay->state = (struct rehearse_state){.now_ms = given->now_ms,
                                            .events = given->events,
                                            .round = given->round,
                                            .next_step = given->next_step,
                                            .promised_end = given->promised_end,
                                            .is_lied = given->is_lied,
                                            .is_kill = given->is_kill};
    memcpy(replay->ledger, given->ledger, ledger_size_bytes(given->ledger->message_capacity));
}

static int hand_out(struct replay *replay, struct err *err)
{
    const struct rest_taker *taker = replay->options->taker;
    if (taker == NULL) {
        return 0;
    }
    const struct rest rest = {.place = {.image = replay->image, .dir_fd = -1},
                              .ledger = replay->ledger,
                              .now_ms = replay->state.now_ms,
                              .events = replay->state.events,
                              .round = replay->state.round,
                              .next_step = replay->state.next_step,
                              .promised_end = replay->state.promised_end,
                              .is_lied = replay->state.is_lied,
                              .is_kill = replay->state.is_kill,
                              .trace = replay->trace,
                              .trace_size_bytes = replay->trace_size_bytes};
    return taker->take(taker->arg, &rest, err);
}

/* The image that is restarted, and what is known of it. */
static int take_rest(struct replay *replay, struct err *err)
{
    if (replay->options->given != NULL) {
        take_given(replay);
        return 0;
    }
    replay->image = rehearse_base(replay->rehearsal);
    int r = rehearse_state(replay->rehearsal, 0, &replay->state, replay->ledger, err);
    return r < 0 ? r : hand_out(replay, err);
}

/* A run to its end has no restart: who wants a store gets the one that it stopped with. */
static int hand_out_end(struct replay *replay, struct err *err)
{
    size_t done = trace_done_count(rehearse_trace(replay->rehearsal));
    if (replay->options->taker == NULL) {
        return 0;
    }
    int r = rehearse_state_image(replay->rehearsal, done, &replay->image, err);
    if (r < 0) {
        return r;
    }
    r = rehearse_state(replay->rehearsal, done, &replay->state, replay->ledger, err);
    if (r == 0) {
        r = hand_out(replay, err);
    }
    replay->image = image_free(replay->image);
    return r;
}

/* The store at rest after the crash. */
static int judge_rest(struct replay *replay, struct err *err)
{
    struct place place = {.dir_fd = -1, .keep_dir = replay->options->keep_dir};
    int r = take_rest(replay, err);
    if (r < 0) {
        return r;
    }
    r = scratch_make(replay->scratch, &place.dir_fd, err);
    if (r < 0) {
        return r;
    }
    place.dir_view = dir_view_new(place.dir_fd);
    r = place.dir_view == NULL ? -ENOMEM : judge_files(replay, &place, err);
    dir_view_free(place.dir_view);
    scratch_drop(replay->scratch, place.dir_fd);
    if (r < 0) {
        return r;
    }
    return judge_memory(replay, err);
}

static int rehearse(struct replay *replay, struct err *err)
{
    const struct explore_replay_options *options = replay->options;
    bool is_judged = replay->rest_round != UINT32_MAX;
    if (options->given != NULL) {
        return 0;
    }
    if (options->trace_path != NULL) {
        return take_saved(replay, err);
    }
    if (options->rehearse.scenario->store.services == STORE_SERVICES_THREADS) {
        return err_set(err, ERR_USAGE,
                       "a threads run is not repeated: name the trace that was kept, by --trace");
    }
    if (!is_judged || options->save_path != NULL || options->taker != NULL) {
        int r = record(replay, err);
        if (r < 0 || !is_judged) {
            return r;
        }
    }
    return rehearse_rest(replay->rehearsal, replay->plan, replay->rest_round, err);
}

/* A plan also names its own trace, which goes on after its last fault: of an image that is intact,
 * that is what the token was made for. */
static int judge_trace(struct replay *replay, struct err *err)
{
    const struct explore_replay_options *options = replay->options;
    if (options->given != NULL || (replay->has_loss && options->trace_path != NULL)) {
        return 0; /* one store, or one recorded run: nothing goes on from there */
    }
    if (replay->rest_round != UINT32_MAX) {
        int r = replay->has_loss ? rehearse_run(replay->rehearsal, replay->plan, err)
                                 : record(replay, err);
        if (r < 0) {
            return r;
        }
    }
    (void)explore_judge_order(replay->rehearsal, &replay->answer->end);
    return 0;
}

static int run(struct replay *replay, struct err *err)
{
    struct ending *end = &replay->answer->end;
    int r = rehearse(replay, err);
    if (r < 0) {
        return r;
    }
    if (replay->rest_round != UINT32_MAX) {
        r = judge_rest(replay, err);
        if (r < 0) {
            return r;
        }
    }
    if (replay->rest_round == UINT32_MAX) {
        r = hand_out_end(replay, err);
        if (r < 0) {
            return r;
        }
    }
    return end->outcome == OUTCOME_INTACT ? judge_trace(replay, err) : 0;
}

static int prepare(struct replay *replay, struct err *err)
{
    const struct rehearse_options *options = &replay->options->rehearse;
    int r = rehearse_new(options, &replay->rehearsal, err);
    if (r < 0) {
        return r;
    }
    r = explore_judge_new(options, &replay->judge, err);
    if (r < 0) {
        return r;
    }
    if (replay->options->given != NULL && replay->options->given->ledger->message_capacity !=
                                              options->workload->message_count + WORKLOAD_PROBES) {
        return err_set(err, ERR_USAGE, "the ledger is of another workload");
    }
    replay->ledger = malloc(rehearse_ledger_size_bytes(replay->rehearsal));
    return replay->ledger == NULL ? err_set(err, -ENOMEM, "out of memory") : 0;
}

static _Noreturn void be_replay(struct replay *replay)
{
    struct answer *answer = replay->answer;
    answer->r = prepare(replay, &answer->err);
    if (answer->r == 0) {
        answer->r = run(replay, &answer->err);
    }
    free(replay->trace);
    explore_judge_free(replay->judge);
    rehearse_free(replay->rehearsal);
    free(replay->ledger);
    atomic_store(&answer->is_complete, 1);
    _exit(0);
}

/* Runs it in a process of its own: an engine that dies or hangs is a finding. */
static int run_child(struct replay *replay, struct ending *end, struct err *err)
{
    struct answer *answer = replay->answer;
    char how[PROCESS_TEXT_SIZE_BYTES];
    char text[PROCESS_TEXT_SIZE_BYTES + 32];
    pid_t pid = process_fork(1);
    if (pid == 0) {
        be_replay(replay);
    }
    if (pid < 0) {
        (void)snprintf(text, sizeof(text), "no process could be started: %s", strerror(errno));
        ending_fail(end, OUTCOME_HARNESS_BROKEN, 0, text);
        return 0;
    }
    struct process_end how_it_ended = process_wait(pid, (int)replay->options->timeout_ms);
    if (atomic_load(&answer->is_complete) != 0) {
        *end = answer->end;
        end->checked = answer->r == 0;
        return answer->r < 0 ? err_set(err, answer->r, "%s", answer->err.text) : 0;
    }
    process_describe(&how_it_ended, how);
    (void)snprintf(text, sizeof(text), "the store died: %s", how);
    if (how_it_ended.is_late) {
        ending_fail(end, OUTCOME_HUNG, 0, "");
    } else {
        ending_fail(end, OUTCOME_CRASHED, how_it_ended.signal, text);
    }
    return 0;
}

int explore_replay_run(const struct explore_replay_options *options, const struct plan *plan,
                       struct campaign_case *ret_case, struct err *err)
{
    struct replay replay = {.options = options, .plan = plan};
    struct scratch_options scratch = {options->dir, 0};
    int64_t start_us = monotonic_us();
    memset(ret_case, 0, sizeof(*ret_case));
    ret_case->role = CAMPAIGN_ROLE_FAULT;
    ret_case->plan = *plan;
    ret_case->hit_count = plan_hit_count(plan);
    find_end(&replay);
    if (options->given != NULL) {
        replay.rest_round = options->given->round + 1;
    }
    replay.answer = mmap(NULL, sizeof(*replay.answer), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (replay.answer == MAP_FAILED) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = scratch_open(&scratch, &replay.scratch, err);
    if (r == 0) {
        r = run_child(&replay, &ret_case->end, err);
    }
    if (ret_case->end.checked) {
        ret_case->fired_count = ret_case->hit_count;
        ret_case->armed_count = ret_case->hit_count;
    }
    scratch_close(replay.scratch);
    (void)munmap(replay.answer, sizeof(*replay.answer));
    ret_case->duration_us = (uint64_t)(monotonic_us() - start_us);
    return r;
}
