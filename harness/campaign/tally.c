/* Numbers of a campaign. */
#include "harness/campaign/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Per (round, point), one byte a hit of the trace: whether a case struck it. */
struct tally {
    const struct scenario *scenario;
    struct campaign_scenario *result;
    uint8_t *struck[PLAN_ROUNDS_MAX][POINTS_MAX];
    uint32_t counts[PLAN_ROUNDS_MAX][POINTS_MAX];
};

struct tally *tally_free(struct tally *tally)
{
    if (tally != NULL) {
        for (uint32_t r = 0; r < PLAN_ROUNDS_MAX; r++) {
            for (uint32_t p = 0; p < POINTS_MAX; p++) {
                free(tally->struck[r][p]);
            }
        }
        free(tally);
    }
    return NULL;
}

/* Whether the scenario asks for a kill at every hit of every point: what it can be complete
 * against. Not so threads, of which no two runs have the same hits, a kept plan, which is one case,
 * and what is only explored. */
static bool is_complete(const struct scenario *scenario)
{
    if (scenario_is_threaded(scenario) || scenario->has_plan) {
        return false;
    }
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *row = &scenario->faults[i];
        if ((row->kinds >> FAULT_KILL & 1) != 0 && strcmp(row->point, "*") == 0 &&
            row->when_first == 1 && row->when_last == UINT32_MAX && row->when_step == 1) {
            return true;
        }
    }
    return false;
}

struct tally *tally_new(const struct scenario *scenario, const struct hits *hits,
                        struct campaign_scenario *scenario_result)
{
    struct tally *tally = calloc(1, sizeof(*tally));
    if (tally == NULL) {
        return NULL;
    }
    tally->scenario = scenario;
    tally->result = scenario_result;
    memcpy(tally->counts, hits->counts, sizeof(tally->counts));
    if (!is_complete(scenario)) {
        memset(tally->counts, 0, sizeof(tally->counts));
    }
    for (uint32_t r = 0; r < PLAN_ROUNDS_MAX; r++) {
        for (uint32_t p = 0; p < POINTS_MAX; p++) {
            scenario_result->coverage[p].hits += tally->counts[r][p];
            if (tally->counts[r][p] == 0) {
                continue;
            }
            tally->struck[r][p] = calloc(tally->counts[r][p], 1);
            if (tally->struck[r][p] == NULL) {
                return tally_free(tally);
            }
        }
    }
    return tally;
}

static bool is_within_expectation(const struct scenario *scenario,
                                  const struct campaign_case *ended)
{
    return ended->end.violated != 0 &&
           (ended->end.violated & ~(scenario->expect | scenario->also)) == 0 &&
           scenario->expect != 0;
}

bool tally_passes(const struct scenario *scenario, const struct campaign_case *ended)
{
    switch (ended->end.outcome) {
    case OUTCOME_INTACT:
        return true;
    case OUTCOME_VIOLATED:
    case OUTCOME_REFUSED:
        return ended->role != CAMPAIGN_ROLE_CONTROL && is_within_expectation(scenario, ended);
    case OUTCOME_HUNG:
    case OUTCOME_CRASHED:
    case OUTCOME_NOT_FIRED:
    case OUTCOME_HARNESS_BROKEN:
    case OUTCOME_SKIPPED:
    case OUTCOME_COUNT:
        break;
    }
    return false;
}

/* Which planned fault a case stands for: the last, and its place in the trace when the rounds
 * before it were undisturbed. */
static void strike(struct tally *tally, const struct campaign_case *ended)
{
    uint32_t disturbed = 0;
    for (uint32_t r = 0; r < ended->plan.round_count; r++) {
        const struct plan_round *round = &ended->plan.rounds[r];
        for (uint32_t i = 0; i < round->hit_count; i++) {
            const struct plan_hit *hit = &round->hits[i];
            struct campaign_coverage *coverage = &tally->result->coverage[hit->point];
            bool fired = ended->fired_count > disturbed;
            coverage->planned++;
            coverage->fired += fired ? 1 : 0;
            coverage->kills += fired && fault_kills(hit->fault.kind) ? 1 : 0;
            coverage->checked += fired && ended->end.checked ? 1 : 0;
            bool counts = points_is_mutating(tally->scenario->points, hit->point)
                              ? hit->fault.kind == FAULT_KILL
                              : hit->fault.kind == FAULT_EIO;
            if (fired && ended->end.checked && counts && disturbed == 0 &&
                hit->hit <= tally->counts[r][hit->point]) {
                tally->struck[r][hit->point][hit->hit - 1] = 1;
            }
            disturbed++;
        }
    }
}

static void note_violation(struct tally *tally, const struct campaign_case *ended)
{
    int last = plan_last_faulted_round(&ended->plan);
    tally->result->violated |= ended->end.violated;
    if (last >= 0 && ended->end.violated != 0) {
        const struct plan_round *round = &ended->plan.rounds[last];
        struct campaign_coverage *coverage =
            &tally->result->coverage[round->hits[round->hit_count - 1].point];
        coverage->violations++;
        coverage->image_violations += ended->is_image ? 1 : 0;
    }
}

void tally_case(struct tally *tally, struct campaign_case *ended, uint64_t like_count)
{
    struct campaign_scenario *result = tally->result;
    ended->passed = tally_passes(tally->scenario, ended);
    uint64_t count = like_count + 1;
    result->run += count;
    result->outcomes[ended->end.outcome] += count;
    if (ended->end.outcome == OUTCOME_SKIPPED) {
        result->skipped += count;
    } else if (ended->passed) {
        result->passed += count;
    } else {
        result->failed += count;
    }
    for (uint32_t p = 0; p < POINTS_MAX; p++) {
        result->coverage[p].reached += (ended->reached[p / 64] >> (p % 64)) & 1;
    }
    if (ended->role == CAMPAIGN_ROLE_CONTROL) {
        return;
    }
    result->reached |= ended->events;
    /* What is violated without any fault is no proof that faults find it. */
    if (ended->role == CAMPAIGN_ROLE_FAULT) {
        note_violation(tally, ended);
    }
    /* Of the images only those that fail come here: as planned faults they would be a ratio of
     * nothing. */
    if (ended->role == CAMPAIGN_ROLE_FAULT && !ended->is_image) {
        strike(tally, ended);
    }
}

void tally_finish(struct tally *tally)
{
    const struct points *points = tally->scenario->points;
    for (uint32_t p = 0; p < points->count; p++) {
        uint64_t struck = 0;
        for (uint32_t r = 0; r < PLAN_ROUNDS_MAX; r++) {
            for (uint32_t i = 0; i < tally->counts[r][p]; i++) {
                struck += tally->struck[r][p][i];
            }
        }
        if (points_is_mutating(points, p)) {
            tally->result->coverage[p].killed = struck;
        } else {
            tally->result->coverage[p].failed = struck;
        }
    }
}

static void add_coverage(struct campaign_summary *summary, const struct campaign_scenario *scenario)
{
    const struct points *own = points_of(scenario->target);
    const struct points *points = points_of_sum(summary->points, own);
    if (points != summary->points) {
        memset(summary->coverage, 0, sizeof(summary->coverage));
        summary->points = points;
    }
    for (uint32_t p = 0; own == points && p < points->count; p++) {
        struct campaign_coverage *total = &summary->coverage[p];
        const struct campaign_coverage *one = &scenario->coverage[p];
        total->hits += one->hits;
        total->reached += one->reached;
        total->killed += one->killed;
        total->failed += one->failed;
        total->kills += one->kills;
        total->planned += one->planned;
        total->fired += one->fired;
        total->checked += one->checked;
        total->violations += one->violations;
        total->image_violations += one->image_violations;
    }
}

/* What stands first in the detail of the case, on one line. */
static void describe_canary(const struct ending *end, char text[CAMPAIGN_CANARY_SIZE_BYTES])
{
    int length = (int)strcspn(end->detail, "\n");
    (void)snprintf(text, CAMPAIGN_CANARY_SIZE_BYTES, "%s%s%s%.*s",
                   end->acked_count == 0 ? "no put was acknowledged; " : "",
                   outcome_name(end->outcome), length > 0 ? ": " : "", length, end->detail);
}

void tally_canary(struct campaign_summary *summary, const struct campaign_case *ended)
{
    const struct ending *end = &ended->end;
    bool is_struck = ended->fired_count > 0;
    summary->canary_caught = is_struck && (end->violated & PROPERTY_BIT(ACKED_SURVIVES)) != 0;
    summary->canary_run = is_struck && end->checked;
    if (summary->canary_run) {
        return;
    }
    describe_canary(end, summary->canary_text);
    if (end->outcome == OUTCOME_HARNESS_BROKEN || end->outcome == OUTCOME_NOT_FIRED) {
        summary->harness_broken = true;
    } else {
        summary->canary_failed = true;
    }
}

/* No two runs of threads are the same: their images would make the digest of a suite another each
 * night, and nobody would look at it. */
static void add_explored(struct campaign_summary *summary, const struct campaign_scenario *scenario)
{
    struct campaign_explore part = scenario->explore;
    part.digest = scenario->is_threaded ? 0 : part.digest;
    campaign_explore_add(&summary->explore, &part);
}

void tally_scenario(struct campaign_summary *summary, const struct campaign_scenario *scenario)
{
    summary->passed += scenario->passed;
    summary->failed += scenario->failed;
    summary->skipped += scenario->skipped;
    add_coverage(summary, scenario);
    add_explored(summary, scenario);
    left_out_merge(&summary->left_out, &scenario->left_out);
}
