/* Placing the faults of a plan anew (replan.h). */
#include "harness/shrink/replan.h"

#include "harness/shrink/images.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cases of one candidate: enough for every hit of a small workload. */
#define TRIES_MAX   64u
#define HITS_MAX    64u
#define WEAVES_MAX  8u
#define LENGTHS_MAX 5u
/* Choices of a position, and images, until a candidate counts as intact. */
#define BOUND      64u
#define IMAGES_MAX 1000u

struct replan {
    struct trial *trial;
    struct candidate *candidate;
    struct plan wanted; /* as it was before */
    uint32_t tries;
};

static bool place(struct replan *replan, uint32_t round, uint32_t slot);

/* First where it was, then everywhere. */
static bool find_image(struct replan *replan)
{
    struct images_options options = {.bound = BOUND, .judged_max = IMAGES_MAX};
    const struct plan *plan = &replan->candidate->token.plan;
    const struct plan_round *last = &plan->rounds[plan_last_faulted_round(plan)];
    options.model = last->hits[last->hit_count - 1].fault.loss.model;
    for (int any_point = 0; any_point <= 1; any_point++) {
        options.any_point = any_point != 0;
        if (images_find(replan->trial, replan->candidate, &options)) {
            return trial_fails(replan->trial, replan->candidate);
        }
    }
    return false;
}

/* All faults have their place. */
static bool finish(struct replan *replan)
{
    replan->tries++;
    if (images_is_for(&replan->candidate->token.plan)) {
        return find_image(replan);
    }
    return trial_fails(replan->trial, replan->candidate);
}

/* How often the point is hit in that round when the faults before this one strike; the writes'
 * sizes, which are 0 when they are not known. */
static uint32_t survey(struct replan *replan, uint32_t round, uint32_t slot, uint64_t *sizes)
{
    struct candidate *candidate = replan->candidate;
    const struct plan whole = candidate->token.plan;
    const struct plan_hit *hit = &replan->wanted.rounds[round].hits[slot];
    struct plan *plan = &candidate->token.plan;
    uint32_t count = 0;
    for (uint32_t r = round; r < plan->round_count; r++) {
        uint32_t kept = r == round ? slot : 0;
        memset(&plan->rounds[r].hits[kept], 0,
               (PLAN_HITS_MAX - kept) * sizeof(plan->rounds[r].hits[0]));
        plan->rounds[r].hit_count = kept;
    }
    count = trial_writes(replan->trial, candidate, round, hit->point, sizes, HITS_MAX);
    candidate->token.plan = whole;
    return count;
}

/* The lengths to which a write is torn: the same; as far from its end, which is where the rest of a
 * record keeps its place when its body shrinks; somewhere within. */
static uint32_t lengths(const struct replan *replan, const struct fault *fault, uint64_t size,
                        uint64_t ret_lengths[LENGTHS_MAX])
{
    uint64_t rest = replan->trial->torn_rest_bytes;
    uint64_t wanted[LENGTHS_MAX] = {fault->arg, rest < size ? size - rest : 0, size / 2, size / 4,
                                    size - size / 4};
    uint32_t count = 0;
    for (uint32_t i = 0; i < LENGTHS_MAX; i++) {
        bool is_new = i == 0 || (wanted[i] > 0 && wanted[i] < size);
        for (uint32_t j = 0; j < count; j++) {
            is_new &= ret_lengths[j] != wanted[i];
        }
        if (is_new) {
            ret_lengths[count++] = wanted[i];
        }
    }
    return count;
}

/* The fault at one hit, at each length that it may have; then the faults behind it. */
static bool place_at(struct replan *replan, uint32_t round, uint32_t slot, uint32_t number,
                     uint64_t size)
{
    struct plan_hit *hit = &replan->candidate->token.plan.rounds[round].hits[slot];
    const struct plan_hit *wanted = &replan->wanted.rounds[round].hits[slot];
    uint64_t args[LENGTHS_MAX] = {wanted->fault.arg};
    uint32_t count = 1;
    if (wanted->fault.kind == FAULT_TORN || wanted->fault.kind == FAULT_SHORT) {
        count = lengths(replan, &wanted->fault, size, args);
    }
    for (uint32_t i = 0; i < count && replan->tries < TRIES_MAX; i++) {
        *hit = *wanted;
        hit->hit = number;
        hit->fault.arg = args[i];
        if (place(replan, round, slot + 1)) {
            return true;
        }
    }
    return false;
}

/* The number in the order in which they are tried: as before; as before from the end; 1, 2, ... */
static uint32_t number_of(uint32_t turn, uint32_t before, uint32_t count)
{
    if (turn == 0) {
        return before <= count ? before : count;
    }
    return turn == 1 ? count : turn - 1;
}

/* Tries all hits of the fault's point. Another that strikes in the middle of a round that is over
 * by then is none: numbers are tried once. */
static bool place_hit(struct replan *replan, uint32_t round, uint32_t slot)
{
    uint64_t sizes[HITS_MAX] = {0};
    const struct plan_hit *wanted = &replan->wanted.rounds[round].hits[slot];
    uint32_t count = survey(replan, round, slot, sizes);
    if (count == 0) {
        /* It cannot be counted (explored faults before it): as it was, or earlier. */
        count = wanted->hit < HITS_MAX ? wanted->hit : HITS_MAX;
    }
    uint32_t first = number_of(0, wanted->hit, count);
    for (uint32_t turn = 0; turn < count + 2 && replan->tries < TRIES_MAX; turn++) {
        uint32_t number = number_of(turn, wanted->hit, count);
        bool is_again = (turn > 0 && number == first) || (turn > 1 && number == count);
        if (!is_again && place_at(replan, round, slot, number, sizes[number - 1])) {
            return true;
        }
    }
    return false;
}

/* Places the faults from this one on.  A power loss at the end is found as an image. */
static bool place(struct replan *replan, uint32_t round, uint32_t slot)
{
    const struct plan *wanted = &replan->wanted;
    while (round < wanted->round_count && slot >= wanted->rounds[round].hit_count) {
        round++;
        slot = 0;
    }
    if (round >= wanted->round_count) {
        return finish(replan);
    }
    bool is_last = (int)round == plan_last_faulted_round(wanted) &&
                   slot + 1 == wanted->rounds[round].hit_count;
    if (is_last && images_is_for(wanted)) {
        replan->candidate->token.plan.rounds[round].hits[slot] = wanted->rounds[round].hits[slot];
        return finish(replan);
    }
    return place_hit(replan, round, slot);
}

/* The switch weave/N, or NULL. */
static char *weave_of(struct token *token)
{
    for (uint32_t i = 0; i < token->switch_count; i++) {
        if (strncmp(token->switches[i], "weave/", 6) == 0) {
            return token->switches[i];
        }
    }
    return NULL;
}

bool replan_find(struct trial *trial, struct candidate *candidate)
{
    struct replan replan = {trial, candidate, candidate->token.plan, 0};
    char *weave = weave_of(&candidate->token);
    if (place(&replan, 0, 0)) {
        return true;
    }
    /* Which service runs in which call follows from all steps before: another number, then. */
    for (uint32_t i = 1; weave != NULL && i <= WEAVES_MAX && !trial_is_over(trial); i++) {
        (void)snprintf(weave, TOKEN_SWITCH_SIZE_BYTES, "weave/%" PRIu32, i);
        candidate->token.plan = replan.wanted;
        replan.tries = 0;
        if (place(&replan, 0, 0)) {
            return true;
        }
    }
    return false;
}
