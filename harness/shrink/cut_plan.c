/* Shrinking a plan (cut_plan.h). */
#include "harness/shrink/cut_plan.h"

#include "harness/shrink/delta.h"
#include "harness/shrink/images.h"

#include <string.h>

#define ELEMENTS_MAX (PLAN_ROUNDS_MAX * (PLAN_HITS_MAX + PLAN_BEFORE_MAX))
#define BOUND        256u

/* A plan as its steps and faults, each of which may be left out. */
struct parts {
    struct trial *trial;
    struct candidate *candidate;
    const struct plan *whole;
};

static uint32_t part_count(const struct plan *plan)
{
    uint32_t count = 0;
    for (uint32_t r = 0; r < plan->round_count; r++) {
        count += plan->rounds[r].before_count + plan->rounds[r].hit_count;
    }
    return count;
}

/* The parts of `whole` that are kept; rounds keep their numbers. */
static void select_parts(const struct plan *whole, const bool *kept, struct plan *ret_plan)
{
    memset(ret_plan, 0, sizeof(*ret_plan));
    for (uint32_t r = 0; r < whole->round_count; r++) {
        const struct plan_round *from = &whole->rounds[r];
        struct plan_round *to = &ret_plan->rounds[r];
        for (uint32_t i = 0; i < from->before_count; i++) {
            if (*kept++) {
                to->before[to->before_count++] = from->before[i];
            }
        }
        for (uint32_t i = 0; i < from->hit_count; i++) {
            if (*kept++) {
                to->hits[to->hit_count++] = from->hits[i];
            }
        }
        if (to->before_count + to->hit_count > 0) {
            ret_plan->round_count = r + 1;
        }
    }
}

static bool fails_with_parts(void *arg, const bool *kept, size_t count)
{
    struct parts *parts = arg;
    (void)count;
    select_parts(parts->whole, kept, &parts->candidate->token.plan);
    return trial_fails(parts->trial, parts->candidate);
}

static bool leave_out_parts(struct trial *trial, struct candidate *candidate)
{
    const struct plan whole = candidate->token.plan;
    struct parts parts = {trial, candidate, &whole};
    bool kept[ELEMENTS_MAX];
    uint32_t count = part_count(&whole);
    memset(kept, 1, sizeof(kept));
    size_t left = delta_minimize(kept, count, fails_with_parts, &parts);
    select_parts(&whole, kept, &candidate->token.plan);
    return left < count;
}

/* Runs the candidate with another plan, which it keeps when it fails. */
static bool take_plan(struct trial *trial, struct candidate *candidate, const struct plan *plan)
{
    const struct plan before = candidate->token.plan;
    candidate->token.plan = *plan;
    if (trial_fails(trial, candidate)) {
        return true;
    }
    candidate->token.plan = before;
    return false;
}

/* A whole round with its faults, whether or not the workload has one: what lies in later rounds
 * moves one forward, where the same hit may come in a round that goes on for longer. */
static bool leave_out_rounds(struct trial *trial, struct candidate *candidate)
{
    bool is_less = false;
    for (uint32_t r = candidate->token.plan.round_count; r-- > 0;) {
        struct plan plan = candidate->token.plan;
        if (r >= plan.round_count) {
            continue; /* it went with a later one */
        }
        memmove(&plan.rounds[r], &plan.rounds[r + 1],
                (plan.round_count - r - 1) * sizeof(plan.rounds[0]));
        memset(&plan.rounds[--plan.round_count], 0, sizeof(plan.rounds[0]));
        is_less |= take_plan(trial, candidate, &plan);
    }
    return is_less;
}

/* The milder faults that could have done it, the mildest first: a kill for whatever ends the
 * process, once for what lasts.  Returns how many there are. */
static uint32_t milder(const struct fault *fault, struct fault ret_faults[2])
{
    uint32_t count = 0;
    memset(ret_faults, 0, 2 * sizeof(*ret_faults));
    if (fault_kills(fault->kind) && fault->kind != FAULT_KILL) {
        ret_faults[count++].kind = FAULT_KILL;
        if (fault->kind != FAULT_KILL_AFTER) {
            ret_faults[count++].kind = FAULT_KILL_AFTER;
        }
    } else if (fault_can_last(fault->kind) && fault->lasting != FAULT_ONCE) {
        ret_faults[count++].kind = fault->kind;
    }
    return count;
}

static bool make_milder(struct trial *trial, struct candidate *candidate)
{
    bool is_less = false;
    for (uint32_t r = candidate->token.plan.round_count; r-- > 0;) {
        for (uint32_t i = candidate->token.plan.rounds[r].hit_count; i-- > 0;) {
            struct plan plan = candidate->token.plan;
            struct fault faults[2];
            uint32_t count = milder(&plan.rounds[r].hits[i].fault, faults);
            bool is_milder = false;
            for (uint32_t k = 0; k < count && !is_milder; k++) {
                plan.rounds[r].hits[i].fault = faults[k];
                is_milder = take_plan(trial, candidate, &plan);
            }
            is_less |= is_milder;
        }
    }
    return is_less;
}

bool cut_plan_faults(struct trial *trial, struct candidate *candidate)
{
    bool is_less = leave_out_parts(trial, candidate);
    is_less |= leave_out_rounds(trial, candidate);
    is_less |= make_milder(trial, candidate);
    return is_less;
}

/* One number of the plan. */
struct number {
    struct trial *trial;
    struct candidate *candidate;
    uint32_t round;
    uint32_t slot;
    bool is_hit; /* else the fault's argument */
};

static void set_number(const struct number *number, struct plan *plan, uint64_t value)
{
    struct plan_hit *hit = &plan->rounds[number->round].hits[number->slot];
    if (number->is_hit) {
        hit->hit = (uint32_t)value;
    } else if (hit->fault.lasting == FAULT_TIMES) {
        hit->fault.times = (uint32_t)value;
    } else {
        hit->fault.arg = value;
    }
}

static bool fails_with_number(void *arg, uint64_t value)
{
    struct number *number = arg;
    struct plan plan = number->candidate->token.plan;
    set_number(number, &plan, value);
    return take_plan(number->trial, number->candidate, &plan);
}

static bool bring_down(struct number *number, uint64_t least, uint64_t value)
{
    return value > least && delta_least(least, value, fails_with_number, number) < value;
}

static bool bring_down_hit(struct trial *trial, struct candidate *candidate, uint32_t round,
                           uint32_t slot)
{
    const struct plan_hit hit = candidate->token.plan.rounds[round].hits[slot];
    struct number number = {trial, candidate, round, slot, true};
    if (hit.fault.kind == FAULT_POWER_LOSS) {
        return false; /* another position has other items */
    }
    bool is_less = bring_down(&number, 1, hit.hit);
    number.is_hit = false;
    if (hit.fault.lasting == FAULT_TIMES) {
        is_less |= bring_down(&number, 2, hit.fault.times);
    } else if (fault_kind_takes_arg(hit.fault.kind) && hit.fault.kind != FAULT_SYNC_EIO) {
        is_less |= bring_down(&number, 1, hit.fault.arg);
    }
    return is_less;
}

/* The fewest lost items; of models that need as many the mildest, since what ordinary file systems
 * do convinces more than what only the standard allows.  None stronger than it was. */
static bool find_loss(struct trial *trial, struct candidate *candidate)
{
    static const enum loss_model mildest[] = {LOSS_MODEL_EXT4, LOSS_MODEL_XFS, LOSS_MODEL_BTRFS,
                                              LOSS_MODEL_ALL, LOSS_MODEL_POSIX};
    const struct plan before = candidate->token.plan;
    const struct plan_round *last = &before.rounds[plan_last_faulted_round(&before)];
    enum loss_model model = last->hits[last->hit_count - 1].fault.loss.model;
    struct images_options options = {.is_fewest = true, .bound = BOUND, .any_point = true};
    struct plan best = before;
    uint32_t dropped = candidate_size(candidate).dropped + 1; /* milder is less, too */
    for (size_t i = 0; i < sizeof(mildest) / sizeof(mildest[0]); i++) {
        options.model = mildest[i];
        candidate->token.plan = before;
        if (images_find(trial, candidate, &options) &&
            candidate_size(candidate).dropped < dropped && trial_fails(trial, candidate)) {
            best = candidate->token.plan;
            dropped = candidate_size(candidate).dropped;
        }
        if (mildest[i] == model) {
            break;
        }
    }
    candidate->token.plan = best;
    /* The same bytes again are no progress. */
    return memcmp((const uint8_t *)&best, (const uint8_t *)&before, sizeof(best)) != 0;
}

bool cut_plan_numbers(struct trial *trial, struct candidate *candidate)
{
    bool is_less = false;
    for (uint32_t r = 0; r < candidate->token.plan.round_count; r++) {
        for (uint32_t i = 0; i < candidate->token.plan.rounds[r].hit_count; i++) {
            is_less |= bring_down_hit(trial, candidate, r, i);
        }
    }
    if (images_is_for(&candidate->token.plan)) {
        is_less |= find_loss(trial, candidate);
    }
    return is_less;
}

bool cut_plan_switches(struct trial *trial, struct candidate *candidate)
{
    struct token *token = &candidate->token;
    bool is_less = false;
    for (uint32_t i = token->switch_count; i-- > 0;) {
        const struct token before = *token;
        memmove(token->switches[i], token->switches[i + 1],
                (token->switch_count - i - 1) * sizeof(token->switches[0]));
        memset(token->switches[--token->switch_count], 0, sizeof(token->switches[0]));
        if (trial_fails(trial, candidate)) {
            is_less = true;
        } else {
            *token = before;
        }
    }
    return is_less;
}
