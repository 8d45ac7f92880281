/* Each checks the other: kills on real files against what the memory disk says they leave.
 *
 * A seeded sample of kill cases is run live, and the trace of the same plan is rehearsed: names and
 * bytes right after the kill must be the same.  A difference is the harness's own error. */
#include "harness/campaign/scenario_run.h"
#include "harness/scenario/prng.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Kills compared in each scenario, when none are asked for. */
#define CROSS_DEFAULT 8u
/* One in so many is followed by a kill of the recovery. */
#define SECOND_EVERY 4u
#define CROSS_STREAM UINT64_C(0xc405)

struct pair {
    struct plan plan;
    bool is_waiting;  /* for what the present phase does */
    bool is_compared; /* the live case came to its crash */
    uint64_t live_hash;
    uint64_t image_hash;
    char broken[ERR_TEXT_SIZE_BYTES];   /* why it could not be compared, or "" */
    uint32_t recovery_hits[POINTS_MAX]; /* of the round after the kill */
};

struct cross {
    struct scenario_run *run;
    struct prng prng;
    struct pair *pairs;
    uint32_t count;
    bool is_live; /* the phase: live cases, or their images */
};

static bool is_eligible(const struct scenario *scenario)
{
    return scenario->is_explored && scenario->store.services == STORE_SERVICES_MANUAL &&
           scenario->tmpfs_size_bytes == 0;
}

/* The scenario's share of what was asked for in all. */
static uint32_t count_wanted(const struct scenario_run *run)
{
    const struct supervisor_options *options = run->sweep->options;
    uint64_t eligible = 0;
    uint64_t place = 0;
    if (!is_eligible(&run->scenario)) {
        return 0;
    }
    if (options->cross_check == 0) {
        return CROSS_DEFAULT;
    }
    for (uint32_t i = 0; i < options->scenario_count; i++) {
        place = &options->scenarios[i] == run->sweep->scenario ? eligible : place;
        eligible += is_eligible(&options->scenarios[i]) ? 1 : 0;
    }
    if (eligible == 0) {
        return 0;
    }
    uint64_t share = options->cross_check / eligible;
    share += place < options->cross_check % eligible ? 1 : 0;
    return share < UINT32_MAX ? (uint32_t)share : UINT32_MAX;
}

/* Ends by a kill, and has nothing that only one of the two worlds can do. */
static bool is_comparable(const struct plan *plan)
{
    int last = plan_last_faulted_round(plan);
    bool is_killed = false;
    for (uint32_t r = 0; r < plan->round_count; r++) {
        const struct plan_round *round = &plan->rounds[r];
        for (uint32_t i = 0; i < round->hit_count; i++) {
            enum fault_kind kind = round->hits[i].fault.kind;
            if (kind == FAULT_POD_KILL || fault_is_explored(kind)) {
                return false;
            }
            is_killed |= (int)r == last && fault_kills(kind);
        }
    }
    return is_killed && !plan_is_explored(plan);
}

/* A place among the pairs for the `seen`-th candidate: each is as likely to stay; NULL: none. */
static struct pair *draw(struct cross *cross, uint32_t wanted, uint64_t seen)
{
    uint64_t place = seen < wanted ? seen : prng_below(&cross->prng, seen + 1);
    if (place >= wanted) {
        return NULL;
    }
    cross->count = seen < wanted ? (uint32_t)seen + 1 : wanted;
    return &cross->pairs[place];
}

static void draw_cases(struct cross *cross, uint32_t wanted)
{
    const struct enumerate_list *list = &cross->run->list;
    uint64_t seen = 0;
    /* Not of what followed from other cases: a shard has only some of that. */
    for (size_t i = 0; i < cross->run->base_count; i++) {
        struct enumerate_item item;
        enumerate_get(list, i, &item);
        if (item.role == CAMPAIGN_ROLE_FAULT && is_comparable(&item.plan)) {
            struct pair *pair = draw(cross, wanted, seen++);
            if (pair != NULL) {
                pair->plan = item.plan;
            }
        }
    }
}

/* A kill just before, just after, or in the middle of the operation. */
static void plan_kill(struct cross *cross, const struct hits_entry *entry, struct plan *plan)
{
    const struct hits *hits = &cross->run->hits;
    struct plan_round *round = &plan->rounds[entry->round];
    struct plan_hit *hit = &round->hits[0];
    uint64_t kind = prng_below(&cross->prng, entry->torn_count > 0 ? 3 : 2);
    enumerate_trace(&cross->run->scenario, plan);
    plan->round_count = entry->round + 1;
    memset(round + 1, 0, (PLAN_ROUNDS_MAX - 1 - entry->round) * sizeof(*round));
    round->hit_count = 1;
    hit->point = entry->point;
    hit->hit = entry->hit;
    hit->fault.kind = kind == 0 ? FAULT_KILL : FAULT_KILL_AFTER;
    if (kind == 2) {
        hit->fault.kind = FAULT_TORN;
        hit->fault.arg =
            hits->torn[entry->torn_first + (uint32_t)prng_below(&cross->prng, entry->torn_count)];
    }
}

/* The scenario has no kills of its own: some are made for the comparison alone. */
static void draw_hits(struct cross *cross, uint32_t wanted)
{
    const struct hits *hits = &cross->run->hits;
    uint64_t seen = 0;
    for (size_t i = 0; i < hits->entry_count; i++) {
        const struct hits_entry *entry = &hits->entries[i];
        if (point_is_mutating(entry->point) && entry->round < PLAN_ROUNDS_MAX) {
            struct pair *pair = draw(cross, wanted, seen++);
            if (pair != NULL) {
                plan_kill(cross, entry, &pair->plan);
            }
        }
    }
}

/* The two worlds, one phase each. */

static int submit(const struct cross *cross, uint32_t index)
{
    const struct pair *pair = &cross->pairs[index];
    struct wire_case asked;
    char text[PLAN_TEXT_SIZE_BYTES];
    memset(&asked, 0, sizeof(asked));
    asked.id = index;
    asked.role = CAMPAIGN_ROLE_FAULT;
    asked.want_hashes = cross->is_live;
    asked.want_hits = cross->is_live;
    asked.is_explored = !cross->is_live;
    asked.job.want_hash = true;
    asked.job.break_image = cross->run->sweep->options->break_image;
    (void)plan_print(&pair->plan, cross->run->scenario.points, text, sizeof(text));
    return work_submit(cross->run->sweep->work, &asked, text);
}

static void take_live(struct pair *pair, const struct campaign_case *ended)
{
    int last = plan_last_faulted_round(&pair->plan);
    pair->is_compared = ended->end.outcome == OUTCOME_INTACT ||
                        ended->end.outcome == OUTCOME_VIOLATED ||
                        ended->end.outcome == OUTCOME_REFUSED;
    pair->live_hash = ended->end.crashed_hash;
    if (ended->end.outcome == OUTCOME_HARNESS_BROKEN || ended->end.outcome == OUTCOME_NOT_FIRED) {
        (void)snprintf(pair->broken, sizeof(pair->broken), "on real files: %.400s",
                       ended->end.detail);
    }
    if (last >= 0 && last + 1 < PLAN_ROUNDS_MAX) {
        memcpy(pair->recovery_hits, ended->hits[last + 1], sizeof(pair->recovery_hits));
    }
}

static void take_image(struct pair *pair, const struct pool_result *ended)
{
    const char *why = ended->has_explored ? ended->explored.broken : ended->ended.end.detail;
    pair->image_hash = ended->has_explored ? ended->explored.crashed_hash : 0;
    if (!ended->has_explored || why[0] != '\0' || ended->explored.failed > 0) {
        (void)snprintf(pair->broken, sizeof(pair->broken), "on the memory disk: %.400s",
                       why[0] != '\0' ? why : ended->explored.failures[0].detail);
    }
}

static int take(struct cross *cross)
{
    struct scenario_run *run = cross->run;
    int r = work_next(run->sweep->work, SCENARIO_RUN_POLL_MS, run->ended);
    if (r <= 0) {
        return r;
    }
    struct pair *pair = &cross->pairs[run->ended->ended.id];
    if (run->ended->ended.trouble != 0) {
        return -run->ended->ended.trouble;
    }
    pair->is_waiting = false;
    if (cross->is_live) {
        take_live(pair, &run->ended->ended);
    } else {
        take_image(pair, run->ended);
    }
    return 0;
}

/* Runs all that wait. */
static int run_phase(struct cross *cross, bool is_live)
{
    struct work *work = cross->run->sweep->work;
    uint32_t next = 0;
    int r = 0;
    cross->is_live = is_live;
    while (r >= 0 && !supervisor_is_hurried(cross->run->sweep->options) &&
           (next < cross->count || work_in_flight(work) > 0)) {
        if (supervisor_must_stop(cross->run->sweep->options)) {
            next = cross->count;
        }
        for (; r >= 0 && next < cross->count && work_has_room(work); next++) {
            r = cross->pairs[next].is_waiting ? submit(cross, next) : 0;
        }
        if (r >= 0 && work_in_flight(work) > 0) {
            r = take(cross);
        }
    }
    return r;
}

/* A kill in the recovery from the first one; false when there is no room or nothing to strike. */
static bool add_second(struct cross *cross, struct pair *pair)
{
    int last = plan_last_faulted_round(&pair->plan);
    struct enumerate_list list;
    struct enumerate_item item;
    bool is_added = false;
    if (last < 0 || !pair->is_compared) {
        return false;
    }
    enumerate_init(&list, cross->run->scenario.points);
    int count = enumerate_second(&cross->run->scenario, &pair->plan, pair->recovery_hits, &list);
    if (count > 0) {
        enumerate_get(&list, (size_t)prng_below(&cross->prng, (uint64_t)count), &item);
        pair->plan = item.plan;
        is_added = true;
    }
    enumerate_done(&list);
    return is_added;
}

static int run_pairs(struct cross *cross)
{
    for (uint32_t i = 0; i < cross->count; i++) {
        cross->pairs[i].is_waiting = true;
    }
    int r = run_phase(cross, true);
    for (uint32_t i = 0; r >= 0 && i < cross->count; i += SECOND_EVERY) {
        cross->pairs[i].is_waiting = add_second(cross, &cross->pairs[i]);
    }
    if (r >= 0) {
        r = run_phase(cross, true);
    }
    for (uint32_t i = 0; i < cross->count; i++) {
        cross->pairs[i].is_waiting = cross->pairs[i].is_compared;
    }
    return r < 0 ? r : run_phase(cross, false);
}

/* What they say of each other. */

static void book_broken(struct scenario_run *run, const struct pair *pair, const char *why)
{
    struct campaign_case *ended = &run->ended->ended;
    memset(ended, 0, sizeof(*ended));
    ended->id = run->result.run;
    ended->role = CAMPAIGN_ROLE_FAULT;
    ending_fail(&ended->end, OUTCOME_HARNESS_BROKEN, 0, why);
    ended->plan = pair->plan;
    run->ended->has_audit = false;
    run->result.enumerated++;
    run->result.planned++;
    scenario_run_book(run, "", 0);
}

static void compare(struct scenario_run *run, const struct pair *pair)
{
    char text[PLAN_TEXT_SIZE_BYTES];
    char why[ENDING_DETAIL_SIZE_BYTES];
    (void)plan_print(&pair->plan, run->scenario.points, text, sizeof(text));
    if (pair->broken[0] != '\0') {
        (void)snprintf(why, sizeof(why), "a kill could not be compared: %s\n%s", pair->broken,
                       text);
        book_broken(run, pair, why);
        return;
    }
    if (!pair->is_compared || pair->is_waiting) {
        return;
    }
    if (pair->live_hash != pair->image_hash) {
        (void)snprintf(why, sizeof(why),
                       "the files that a kill left (%016" PRIx64
                       ") are not the image that was rehearsed (%016" PRIx64 ")\n%s",
                       pair->live_hash, pair->image_hash, text);
        book_broken(run, pair, why);
        return;
    }
    run->result.explore.cross++;
}

int sweep_cross(struct scenario_run *run)
{
    struct cross cross = {.run = run};
    uint32_t wanted = count_wanted(run);
    if (wanted == 0 || supervisor_must_stop(run->sweep->options)) {
        return 0;
    }
    cross.pairs = calloc(wanted, sizeof(*cross.pairs));
    if (cross.pairs == NULL) {
        return -ENOMEM;
    }
    prng_init(&cross.prng, run->sweep->seed, CROSS_STREAM);
    draw_cases(&cross, wanted);
    if (cross.count == 0) {
        draw_hits(&cross, wanted);
    }
    int r = run_pairs(&cross);
    for (uint32_t i = 0; r >= 0 && i < cross.count; i++) {
        compare(run, &cross.pairs[i]);
    }
    free(cross.pairs);
    return r < 0 ? r : 0;
}
