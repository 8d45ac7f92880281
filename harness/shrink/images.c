/* A rehearsal, its positions, and what each may lose (images.h). */
#include "harness/shrink/images.h"

#include "harness/base/monotonic.h"
#include "harness/base/number_set.h"
#include "harness/base/process.h"
#include "harness/power/explore/explore_judge.h"
#include "harness/power/persist/choices.h"
#include "harness/power/rehearse/rehearse.h"
#include "harness/shrink/delta.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

#define RANDOM_CHOICES 8u
#define TIMEOUT_MS_MAX 60000

/* What the process that looks leaves, in shared memory. */
struct found {
    uint64_t judged;
    bool is_found;
    uint32_t dropped;
    struct plan plan;
    bool is_in_flight; /* of a goal that is a death: */
    struct plan in_flight;
};

struct search {
    const struct trial *trial;
    const struct images_options *options;
    const struct plan_hit *wanted; /* the power loss of the plan */
    uint32_t round;                /* and its round */
    struct plan plan;              /* without it */
    struct rehearse_options rehearse;
    struct workload workload;
    struct rehearsal *rehearsal;
    struct explore_judge *judge;
    struct choices *choices;
    struct number_set *seen;
    struct ledger *ledger;
    struct persist *persist;
    struct rehearse_state state;
    size_t done;
    struct found *found;
};

static uint32_t last_round(const struct plan *plan)
{
    int last = plan_last_faulted_round(plan);
    return last < 0 ? 0 : (uint32_t)last;
}

bool images_is_for(const struct plan *plan)
{
    const struct plan_round *round = &plan->rounds[last_round(plan)];
    return round->hit_count > 0 && round->hits[round->hit_count - 1].fault.kind == FAULT_POWER_LOSS;
}

static bool is_over(const struct search *search)
{
    const struct found *found = search->found;
    bool is_enough =
        search->options->judged_max != 0 && found->judged >= search->options->judged_max;
    return is_enough || (found->is_found && !search->options->is_fewest) ||
           monotonic_us() >= search->trial->end_us;
}

static uint32_t count_dropped(const struct loss *loss)
{
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < loss->item_count; i++) {
        dropped += loss_keeps(loss, i) ? 0 : 1;
    }
    return dropped;
}

/* The plan that has this loss here; false when it has no room for it. */
static bool make_plan(const struct search *search, const struct loss *loss, struct plan *ret_plan)
{
    struct fault fault;
    struct err err = ERR_INIT;
    memset(&fault, 0, sizeof(fault));
    fault.kind = FAULT_POWER_LOSS;
    fault.loss = *loss;
    if (rehearse_plan(search->rehearsal, search->done, &fault, ret_plan) < 0) {
        return false;
    }
    ret_plan->round_count = last_round(ret_plan) + 1;
    return plan_check_size(ret_plan, &points_engine, &err) == 0;
}

/* Whether the store fails on this image as it should. It is judged once for each state of what was
 * promised, unless one has failed before: that one may have lost more. */
static bool fails_on(struct search *search, const struct loss *loss, struct image *image)
{
    struct found *found = search->found;
    struct ending ending;
    uint64_t key = image_hash(image) ^ (search->state.hash * UINT64_C(0x9E3779B97F4A7C15));
    if (!found->is_found && number_set_add(search->seen, key) != 1) {
        return false;
    }
    bool is_death = search->trial->goal.mechanism == MECHANISM_COUNT;
    found->is_in_flight = is_death && make_plan(search, loss, &found->in_flight);
    found->judged++;
    int r = explore_judge_run(search->judge, &search->state, search->ledger, image, false, &ending);
    found->is_in_flight = false;
    return r == 0 && goal_holds(&search->trial->goal, &ending);
}

/* One that fails is kept when it loses less than the best so far. */
static bool try_loss(struct search *search, const struct loss *loss)
{
    struct found *found = search->found;
    struct image *image = NULL;
    struct err err = ERR_INIT;
    struct plan plan;
    uint32_t dropped = count_dropped(loss) + loss->tear_count;
    if (!persist_loss_is_legal(search->persist, loss) ||
        persist_loss_image(search->persist, loss, &image, &err) < 0) {
        return false;
    }
    bool fails = fails_on(search, loss, image) && make_plan(search, loss, &plan);
    image_free(image);
    if (fails && (!found->is_found || dropped < found->dropped)) {
        found->plan = plan;
        found->dropped = dropped;
        found->is_found = true;
    }
    return fails;
}

/* The dropped items of a loss, as elements to be minimized. */
struct dropped {
    struct search *search;
    struct loss loss; /* that fails */
    uint16_t items[DELTA_ELEMENTS_MAX];
    size_t count;
};

static bool fails_with(void *arg, const bool *kept, size_t count)
{
    struct dropped *dropped = arg;
    struct search *search = dropped->search;
    struct loss loss = dropped->loss;
    if (monotonic_us() >= search->trial->end_us) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!kept[i]) {
            loss_keep(&loss, dropped->items[i]);
        }
    }
    persist_loss_close(search->persist, false, &loss);
    return try_loss(search, &loss);
}

/* Without its tears when it fails so, too. */
static void minimize(struct search *search, const struct loss *loss)
{
    struct dropped dropped = {.search = search, .loss = *loss};
    bool kept[DELTA_ELEMENTS_MAX];
    struct loss whole = *loss;
    whole.tear_count = 0;
    memset(whole.tears, 0, sizeof(whole.tears));
    if (loss->tear_count > 0 && try_loss(search, &whole)) {
        dropped.loss = whole;
    }
    for (uint32_t i = 0; i < loss->item_count; i++) {
        if (!loss_keeps(loss, i)) {
            kept[dropped.count] = true;
            dropped.items[dropped.count++] = (uint16_t)i;
        }
    }
    (void)delta_minimize(kept, dropped.count, fails_with, &dropped);
}

/* Those that drop little first: what fails by few items is found without the many. */
static void try_choices(struct search *search)
{
    size_t count = choices_count(search->choices);
    for (uint32_t dropped = 0; dropped <= LOSS_ITEMS_MAX && !is_over(search); dropped++) {
        if (search->found->is_found && dropped >= search->found->dropped) {
            return;
        }
        bool is_more = false;
        for (size_t i = 0; i < count && !is_over(search); i++) {
            const struct loss *loss = choices_get(search->choices, i);
            uint32_t lost = count_dropped(loss);
            is_more |= lost > dropped;
            if (lost == dropped && try_loss(search, loss)) {
                minimize(search, loss);
                return;
            }
        }
        if (!is_more) {
            return;
        }
    }
}

static bool is_position(const struct search *search, size_t done)
{
    const struct trace *trace = rehearse_trace(search->rehearsal);
    struct trace_entry entry;
    trace_get(trace, trace_done_index(trace, done), &entry);
    return point_is_mutating((enum point)entry.point) && entry.result >= 0 &&
           entry.round <= search->round &&
           (search->options->any_point || entry.point == search->wanted->point);
}

static int walk(struct search *search, struct err *err)
{
    const struct choices_options choices = {search->options->bound, RANDOM_CHOICES,
                                            search->rehearse.seed, false};
    size_t count = trace_done_count(rehearse_trace(search->rehearsal));
    for (search->done = rehearse_first_done(search->rehearsal);
         search->done < count && !is_over(search); search->done++) {
        if (!is_position(search, search->done)) {
            continue;
        }
        int r = persist_seek(search->persist, search->done, err);
        if (r < 0) {
            return r;
        }
        r = rehearse_state(search->rehearsal, search->done, &search->state, search->ledger, err);
        if (r < 0) {
            return r;
        }
        r = choices_make(search->choices, search->persist, &choices);
        if (r < 0) {
            return r;
        }
        try_choices(search);
    }
    return 0;
}

static int prepare(struct search *search, struct err *err)
{
    int r = workload_make(search->rehearse.scenario, &search->workload, err);
    if (r < 0) {
        return r;
    }
    search->rehearse.workload = &search->workload;
    r = rehearse_new(&search->rehearse, &search->rehearsal, err);
    if (r < 0) {
        return r;
    }
    r = explore_judge_new(&search->rehearse, &search->judge, err);
    if (r < 0) {
        return r;
    }
    explore_judge_begin(search->judge, false);
    search->choices = choices_new();
    search->seen = number_set_new();
    search->ledger = malloc(rehearse_ledger_size_bytes(search->rehearsal));
    bool is_there = search->choices != NULL && search->seen != NULL && search->ledger != NULL;
    return is_there ? 0 : err_set(err, ERR_BROKEN, "out of memory");
}

static int look(struct search *search, struct err *err)
{
    int r = prepare(search, err);
    if (r < 0) {
        return r;
    }
    r = rehearse_run(search->rehearsal, &search->plan, err);
    if (r < 0) {
        return r;
    }
    const struct recording recording = rehearse_recording(search->rehearsal);
    r = persist_new(&recording, search->options->model, &search->persist, err);
    return r < 0 ? r : walk(search, err);
}

/* What it has is given back only for who counts leaks: the process ends. */
static _Noreturn void be_search(struct search *search)
{
    struct err err = ERR_INIT;
    (void)look(search, &err);
#ifdef KILLPOINT_FREE_AT_EXIT
    persist_free(search->persist);
    explore_judge_free(search->judge);
    rehearse_free(search->rehearsal);
    choices_free(search->choices);
    number_set_free(search->seen);
    free(search->ledger);
    workload_done(&search->workload);
#endif
    _exit(0);
}

/* Images are many and the process is one: it has as long as the budget. */
static int time_left_ms(const struct trial *trial)
{
    int64_t left_ms = (trial->end_us - monotonic_us()) / 1000 + trial->options.timeout_ms;
    return left_ms > TIMEOUT_MS_MAX ? TIMEOUT_MS_MAX : (int)left_ms;
}

static bool take(struct trial *trial, struct candidate *candidate, const struct found *found,
                 const struct process_end *end)
{
    trial->count += found->judged;
    if (found->is_found) {
        candidate->token.plan = found->plan;
        return true;
    }
    if (process_is_well(end) || !found->is_in_flight) {
        return false;
    }
    candidate->token.plan = found->in_flight;
    return true;
}

static void cut_loss(struct search *search)
{
    struct plan_round *round = &search->plan.rounds[search->round];
    memset(&round->hits[--round->hit_count], 0, sizeof(round->hits[0]));
    search->plan.round_count = search->round + 1;
}

bool images_find(struct trial *trial, struct candidate *candidate,
                 const struct images_options *options)
{
    const struct plan *plan = &candidate->token.plan;
    struct err err = ERR_INIT;
    if (!images_is_for(plan) || trial_is_over(trial) ||
        candidate_apply(candidate, trial->scenario, &err) < 0) {
        return false;
    }
    uint32_t round = last_round(plan);
    const struct scenario *scenario = trial->scenario;
    struct search search = {
        .trial = trial,
        .options = options,
        .wanted = &plan->rounds[round].hits[plan->rounds[round].hit_count - 1],
        .round = round,
        .plan = *plan,
        .rehearse = {.scenario = scenario,
                     .seed = candidate->token.seed,
                     .preemptions = scenario->weave == 0 ? 0 : scenario->explore.preemptions,
                     .interleaving = scenario->weave},
    };
    cut_loss(&search);
    search.found = mmap(NULL, sizeof(*search.found), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (search.found == MAP_FAILED) {
        return false;
    }
    pid_t pid = process_fork(1);
    if (pid == 0) {
        be_search(&search);
    }
    struct process_end end = {0};
    if (pid > 0) {
        end = process_wait(pid, time_left_ms(trial));
    }
    bool is_found = take(trial, candidate, search.found, &end);
    (void)munmap(search.found, sizeof(*search.found));
    return is_found;
}
