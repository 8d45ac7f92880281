/* Hit counts in, cases out: every plan that a scenario's fault rows ask for.
 *
 * A list keeps each plan as the text of a token, a tenth of the struct, so that a hundred thousand
 * cases fit; equal plans are kept once. */
#ifndef HARNESS_PLAN_ENUMERATE_H
#define HARNESS_PLAN_ENUMERATE_H

#include "harness/case/campaign.h"
#include "harness/plan/hits.h"
#include "harness/scenario/scenario.h"

#include <stddef.h>
#include <stdint.h>

/* One case to run. */
struct enumerate_item {
    struct plan plan;
    enum campaign_role role; /* FAULT or BEYOND */
};

struct enumerate_entry {
    size_t text_offset; /* in the list's text */
    enum campaign_role role;
};

struct enumerate_list {
    const struct points *points; /* of the plans */
    struct enumerate_entry *entries;
    size_t count;
    size_t capacity;
    char *text; /* the plans, each ended by a NUL */
    size_t text_size_bytes;
    size_t text_capacity_bytes;
    uint32_t *slots; /* hash table over the texts: entry index + 1, 0 is free */
    size_t slot_count;
    uint64_t late_count; /* hits that may not come again, times their faults: not planned */
    uint32_t idle_row;   /* the first fault row, from 1, whose live faults plan nothing; 0: none */
};

/* An empty list of plans over this table, which must outlive it. No memory yet. */
void enumerate_init(struct enumerate_list *list, const struct points *points);
/* Frees everything; the list is empty and may be used again. */
void enumerate_done(struct enumerate_list *list);
/* Entry `index` (< count) as a plan again. */
void enumerate_get(const struct enumerate_list *list, size_t index,
                   struct enumerate_item *ret_item);
/* The plan of entry `index` as the list keeps it; valid until the list changes. */
const char *enumerate_text(const struct enumerate_list *list, size_t index);
/* Adds a plan unless the list has it.  Returns 1 when added, 0 when not, or -ENOMEM. */
int enumerate_add(struct enumerate_list *list, const struct plan *plan, enum campaign_role role);

/* The plan of the trace run: no fault, one round for each of the workload, and the scenario's
 * `before:` steps before the second round when there is one (hot copies left out: no real file is
 * copied). */
void enumerate_trace(const struct scenario *scenario, struct plan *ret_plan);
/* Adds the scenario's steps of `before:` to a plan of none.  They stand before the second round,
 * which makes one if there is none.  Hot copies are left to the explorer. */
void enumerate_before(const struct scenario *scenario, struct plan *plan);

/* Adds all depth-1 cases to `list`: for every fault row, matching point and hit within `when:`,
 * each fault that applies to the point's operation (torn and short without N at each of their
 * lengths, pod-kill without N at a few); then, per point and round, the hit after the last, which
 * must not fire (role BEYOND).  A hit of round r is planned behind r
 * empty rounds; the scenario's `before:` steps stand before the second round.  With `plan:` exactly
 * that plan.  With service threads only the first 80 % of the hits, and no BEYOND.  Faults that are
 * explored (fault_is_explored) are left out; when a scenario has no others, or its plan has one, it
 * has no case here but its trace.
 *
 * A row with live faults that plans nothing is noted in the list: its scenario is vacuous.
 * Returns 0 or -ENOMEM. */
int enumerate_make(const struct scenario *scenario, const struct hits *hits,
                   struct enumerate_list *list, struct err *err);

/* Whether the scenario has cases on real files besides its trace. */
bool enumerate_is_live(const struct scenario *scenario);

/* Adds the depth-2 cases that follow `first`, whose last faulted round ends by a kill: a kill at
 * every mutating hit of the round after it, of which `counts` says how often each point was hit.
 * Returns how many were added, or -ENOMEM.  A plan that has no room for a round adds none. */
int enumerate_second(const struct scenario *scenario, const struct plan *first,
                     const uint32_t counts[POINTS_MAX], struct enumerate_list *list);

/* Keeps at most `count_max` entries, in their order: the first `first_count` and, of the others, a
 * sample that only `seed` decides. */
void enumerate_sample(struct enumerate_list *list, uint64_t seed, size_t first_count,
                      size_t count_max);
/* Orders the entries so that an early stop has seen all points: first the first case of every
 * (point, fault kind), in an order that only `seed` decides, then the second of each, ... */
int enumerate_shuffle(struct enumerate_list *list, uint64_t seed);

#endif
