/* Stores that nothing runs on: decayed ones, and hot copies. */
#include "harness/power/disk/rot_places.h"
#include "harness/power/explore/exploration.h"
#include "harness/scenario/prng.h"

#include <errno.h>
#include <string.h>

#define COPY_STREAM UINT64_C(0xc0b7)

/* The store as the plan's last steps leave it, judged as any image. */
static int take_rest(struct explore *explore, const struct plan *plan, struct err *err)
{
    explore->rehearsed[0] = '?';
    explore->rehearsed[1] = '\0';
    explore->plan = *plan;
    explore->number++;
    int r = rehearse_rest(explore->rehearsal, plan, plan->round_count - 1, err);
    if (r < 0) {
        return r;
    }
    r = rehearse_state(explore->rehearsal, 0, &explore->state, explore->ledger, err);
    if (r < 0) {
        return r;
    }
    struct image *image = image_clone(rehearse_base(explore->rehearsal));
    if (image == NULL) {
        return -ENOMEM;
    }
    explore->result->counts.generated++;
    return explore_image_take(explore, image, NULL);
}

/* The round in which a step is to be the only one; NULL: the plan has no room for it. */
static struct plan_before *add_step(struct plan *plan, uint32_t round)
{
    if (round >= PLAN_ROUNDS_MAX || plan->rounds[round].before_count == PLAN_BEFORE_MAX) {
        return NULL;
    }
    plan->round_count = round + 1;
    return &plan->rounds[round].before[plan->rounds[round].before_count++];
}

int explore_rest_rots(struct explore *explore, const struct plan *plan, struct err *err)
{
    const struct explore_job *job = explore->job;
    int r = rehearse_rest(explore->rehearsal, plan, plan->round_count, err);
    struct image *image = r < 0 ? NULL : image_clone(rehearse_base(explore->rehearsal));
    struct rot_places *places = image == NULL ? NULL : rot_places_new(image);
    if (r == 0 && places == NULL) {
        r = -ENOMEM;
    }
    explore->cached_hash = image == NULL ? 0 : image_hash(image);
    for (uint32_t i = job->from; r == 0 && i < job->upto && !explore_image_is_over(explore); i++) {
        struct plan rotten = *plan;
        struct plan_before *step = add_step(&rotten, plan->round_count);
        if (step == NULL) {
            r = err_set(err, ERR_USAGE, "no round is left for 'rot'");
        } else if (rot_places_pick(places, explore->options.seed, i, step)) {
            r = take_rest(explore, &rotten, err);
        }
    }
    rot_places_free(places);
    image_free(image);
    return r;
}

/* Operations of each round that ended; of those before a plan's last steps nothing is known. */
static void count_rounds(const struct explore *explore, uint32_t counts[PLAN_ROUNDS_MAX])
{
    const struct trace *trace = rehearse_trace(explore->rehearsal);
    memset(counts, 0, PLAN_ROUNDS_MAX * sizeof(counts[0]));
    for (size_t n = 0; n < trace_done_count(trace); n++) {
        struct trace_entry entry;
        trace_get(trace, trace_done_index(trace, n), &entry);
        counts[entry.round] += entry.round < PLAN_ROUNDS_MAX ? 1 : 0;
    }
}

/* Draws a copy of what one of the workload's rounds does; false: there is no such round. */
static bool pick_copy(const struct explore *explore, const struct plan *plan,
                      const uint32_t counts[PLAN_ROUNDS_MAX], uint64_t number,
                      struct plan *ret_plan)
{
    struct prng prng;
    uint64_t total = 0;
    uint32_t round = 0;
    *ret_plan = *plan;
    for (uint32_t i = 0; i < plan->round_count && i + 1 < PLAN_ROUNDS_MAX; i++) {
        total += plan->rounds[i + 1].before_count == 0 ? counts[i] : 0;
    }
    if (total == 0) {
        return false;
    }
    prng_init(&prng, explore_image_mix(explore->options.seed, number), COPY_STREAM);
    uint64_t at = prng_below(&prng, total);
    for (; plan->rounds[round + 1].before_count > 0 || at >= counts[round]; round++) {
        at -= plan->rounds[round + 1].before_count > 0 ? 0 : counts[round];
    }
    struct plan_before *step = add_step(ret_plan, round + 1);
    if (step == NULL) {
        return false;
    }
    step->kind = PLAN_BEFORE_COPY;
    step->from_count = (uint32_t)at;
    step->upto_count = (uint32_t)(at + prng_below(&prng, counts[round] - at + 1));
    step->order = (uint32_t)(number % 4 < 2 ? number % 4 : 2 + prng_below(&prng, 1u << 16));
    return true;
}

int explore_rest_copies(struct explore *explore, const struct plan *plan, struct err *err)
{
    const struct explore_job *job = explore->job;
    uint32_t counts[PLAN_ROUNDS_MAX];
    struct plan copied;
    int r = explore_record(explore, plan, err);
    if (r < 0) {
        return r;
    }
    count_rounds(explore, counts);
    explore->cached_hash = 0;
    for (uint32_t i = job->from; r == 0 && i < job->upto && !explore_image_is_over(explore); i++) {
        if (pick_copy(explore, plan, counts, i, &copied)) {
            r = take_rest(explore, &copied, err);
        }
    }
    return r;
}
