/* Fault rows times hits: the cases of a scenario. */
#include "harness/plan/enumerate.h"

#include "harness/scenario/prng.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Hits of a threads scenario vary from run to run: only the first of them are planned. */
#define THREADS_PERCENT 80
#define SHUFFLE_STREAM  UINT64_C(0x5AFF1E)
#define SAMPLE_STREAM   UINT64_C(0x5A3B1E)

/* What the enumeration of one scenario passes down. */
struct context {
    const struct scenario *scenario;
    const struct hits *hits;
    struct enumerate_list *list;
    uint64_t planned; /* by the row at hand, equal plans included */
};

void enumerate_init(struct enumerate_list *list, const struct points *points)
{
    memset(list, 0, sizeof(*list));
    list->points = points;
}

void enumerate_done(struct enumerate_list *list)
{
    free(list->entries);
    free(list->text);
    free(list->slots);
    enumerate_init(list, list->points);
}

const char *enumerate_text(const struct enumerate_list *list, size_t index)
{
    ENSURE(index < list->count);
    return list->text + list->entries[index].text_offset;
}

void enumerate_get(const struct enumerate_list *list, size_t index, struct enumerate_item *ret_item)
{
    int r = plan_parse(enumerate_text(list, index), list->points, &ret_item->plan, NULL);
    /* The list holds only what plan_print wrote. */
    ENSURE(r == 0);
    ret_item->role = list->entries[index].role;
}

/* FNV-1a */
static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
    }
    return hash;
}

/* The slot of `text`, or the free one where it would go. Linear probing in a table of a power of
 * two that is at most half full: there is always a free slot to end at. */
static uint32_t *find_slot(const struct enumerate_list *list, const char *text)
{
    size_t at = (size_t)hash_text(text) & (list->slot_count - 1);
    while (list->slots[at] != 0 && strcmp(enumerate_text(list, list->slots[at] - 1), text) != 0) {
        at = (at + 1) & (list->slot_count - 1);
    }
    return &list->slots[at];
}

/* Entries have moved or gone: the table is made anew, which is cheaper than a deletion in it. */
static void fill_slots(struct enumerate_list *list)
{
    if (list->slot_count == 0) {
        return;
    }
    memset(list->slots, 0, list->slot_count * sizeof(list->slots[0]));
    for (size_t i = 0; i < list->count; i++) {
        *find_slot(list, enumerate_text(list, i)) = (uint32_t)i + 1;
    }
}

/* Keeps the table at most half full. The old table is freed only when there is a new one: on
 * failure the list is what it was. */
static int grow_slots(struct enumerate_list *list)
{
    if ((list->count + 1) * 2 <= list->slot_count) {
        return 0;
    }
    size_t slot_count = list->slot_count == 0 ? 1024 : list->slot_count * 2;
    uint32_t *slots = malloc(slot_count * sizeof(slots[0]));
    if (slots == NULL) {
        return -ENOMEM;
    }
    free(list->slots);
    list->slots = slots;
    list->slot_count = slot_count;
    fill_slots(list);
    return 0;
}

/* Room is made before the list changes. A plan fits its text, since every parser and planner holds
 * it against PLAN_TEXT_SIZE_BYTES. */
int enumerate_add(struct enumerate_list *list, const struct plan *plan, enum campaign_role role)
{
    char text[PLAN_TEXT_SIZE_BYTES];
    int size = plan_print(plan, list->points, text, sizeof(text));
    ENSURE(size >= 0 && (size_t)size < sizeof(text));
    if (list->count == UINT32_MAX - 1 || grow_slots(list) < 0 ||
        grow_room((void **)&list->entries, list->count, 1, &list->capacity,
                  sizeof(list->entries[0])) < 0 ||
        grow_room((void **)&list->text, list->text_size_bytes, (size_t)size + 1,
                  &list->text_capacity_bytes, 1) < 0) {
        return -ENOMEM;
    }
    uint32_t *slot = find_slot(list, text);
    if (*slot != 0) {
        return 0;
    }
    memcpy(list->text + list->text_size_bytes, text, (size_t)size + 1);
    list->entries[list->count].text_offset = list->text_size_bytes;
    list->entries[list->count].role = role;
    list->text_size_bytes += (size_t)size + 1;
    *slot = (uint32_t)++list->count;
    return 1;
}

void enumerate_before(const struct scenario *scenario, struct plan *plan)
{
    struct plan_round *round = &plan->rounds[1];
    for (uint32_t i = 0; i < scenario->before_count; i++) {
        if (scenario->before[i].kind != PLAN_BEFORE_COPY) {
            round->before[round->before_count++] = scenario->before[i];
        }
    }
    if (round->before_count > 0 && plan->round_count < 2) {
        plan->round_count = 2;
    }
}

void enumerate_trace(const struct scenario *scenario, struct plan *ret_plan)
{
    memset(ret_plan, 0, sizeof(*ret_plan));
    ret_plan->round_count = scenario_round_count(scenario);
    if (ret_plan->round_count > 1) {
        enumerate_before(scenario, ret_plan);
    }
}

/* Rounds before the fault's are empty: the store lives through them as the trace did. */
static int add_case(struct context *context, const struct hits_entry *entry,
                    const struct fault *fault, enum campaign_role role)
{
    struct plan plan;
    memset(&plan, 0, sizeof(plan));
    plan.round_count = entry->round + 1;
    struct plan_round *round = &plan.rounds[entry->round];
    round->hit_count = 1;
    round->hits[0].point = entry->point;
    round->hits[0].hit = entry->hit;
    round->hits[0].fault = *fault;
    enumerate_before(context->scenario, &plan);
    int r = enumerate_add(context->list, &plan, role);
    context->planned += r >= 0 ? 1 : 0;
    return r < 0 ? r : 0;
}

/* The fault with its argument set to `arg`. */
static int add_with_arg(struct context *context, const struct hits_entry *entry,
                        const struct fault *fault, uint64_t arg)
{
    struct fault with = *fault;
    with.arg = arg;
    return add_case(context, entry, &with, CAMPAIGN_ROLE_FAULT);
}

/* The fault with each of these arguments. */
static int add_with_args(struct context *context, const struct hits_entry *entry,
                         const struct fault *fault, const uint64_t *args, size_t arg_count)
{
    int r = 0;
    for (size_t i = 0; i < arg_count && r == 0; i++) {
        r = add_with_arg(context, entry, fault, args[i]);
    }
    return r;
}

/* The lengths were found while the write was traced, when its bytes were at hand (hits.h). */
static int add_every_torn(struct context *context, const struct hits_entry *entry,
                          const struct fault *fault)
{
    int r = 0;
    for (uint32_t i = 0; i < entry->torn_count && r == 0; i++) {
        r = add_with_arg(context, entry, fault, context->hits->torn[entry->torn_first + i]);
    }
    return r;
}

/* The first byte, a half, all but the last: equal ones are dropped by the list. */
static int add_every_short(struct context *context, const struct hits_entry *entry,
                           const struct fault *fault)
{
    if (entry->size_bytes < 2) {
        return 0;
    }
    const uint64_t args[] = {1, entry->size_bytes / 2, entry->size_bytes - 1};
    return add_with_args(context, entry, fault, args, sizeof(args) / sizeof(args[0]));
}

/* At once, within the first operations of the stop, and when it is nearly over. */
static int add_every_grace(struct context *context, const struct hits_entry *entry,
                           const struct fault *fault)
{
    static const uint64_t args[] = {0, 1, 3, 10};
    return add_with_args(context, entry, fault, args, sizeof(args) / sizeof(args[0]));
}

/* One word of a row at one hit. A given length that is not within the write would be a case that
 * cannot tear it. */
static int add_fault(struct context *context, const struct hits_entry *entry,
                     const struct fault *fault, bool arg_given)
{
    bool cuts = fault->kind == FAULT_TORN || fault->kind == FAULT_SHORT;
    if (fault_is_explored(fault->kind) ||
        !points_takes(context->list->points, entry->point, fault->kind) ||
        (cuts && arg_given && fault->arg >= entry->size_bytes)) {
        return 0;
    }
    if (arg_given || !fault_kind_takes_arg(fault->kind)) {
        return add_case(context, entry, fault, CAMPAIGN_ROLE_FAULT);
    }
    if (fault->kind == FAULT_TORN) {
        return add_every_torn(context, entry, fault);
    }
    if (fault->kind == FAULT_SHORT) {
        return add_every_short(context, entry, fault);
    }
    return add_every_grace(context, entry, fault);
}

bool enumerate_is_live(const struct scenario *scenario)
{
    if (!scenario->is_explored) {
        return true;
    }
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        if (scenario_fault_is_live(&scenario->faults[i], scenario->points)) {
            return true;
        }
    }
    return false;
}

/* With threads the last hits of a trace may not come in another run: a case planned there would be
 * `not-fired` without a fault of the store's. */
static bool is_late(const struct context *context, const struct hits_entry *entry)
{
    uint64_t count = context->hits->counts[entry->round][entry->point];
    return scenario_is_threaded(context->scenario) &&
           (uint64_t)entry->hit * 100 > count * THREADS_PERCENT;
}

/* How many of the row's faults the point takes. */
static uint32_t count_takers(const struct context *context, const struct scenario_fault *row,
                             const struct hits_entry *entry)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < row->fault_count; i++) {
        enum fault_kind kind = row->faults[i].kind;
        count +=
            !fault_is_explored(kind) && points_takes(context->list->points, entry->point, kind);
    }
    return count;
}

/* By hit, then by fault: the order of cases is that of the trace, until it is shuffled. */
static int add_row(struct context *context, const struct scenario_fault *row)
{
    context->planned = 0;
    for (size_t i = 0; i < context->hits->entry_count; i++) {
        const struct hits_entry *entry = &context->hits->entries[i];
        if (!scenario_fault_strikes(row, context->list->points, entry->point, entry->hit)) {
            continue;
        }
        if (is_late(context, entry)) {
            context->list->late_count += count_takers(context, row, entry);
            continue;
        }
        for (uint32_t j = 0; j < row->fault_count; j++) {
            int r = add_fault(context, entry, &row->faults[j], row->arg_given[j]);
            if (r < 0) {
                return r;
            }
        }
    }
    return 0;
}

/* The hit after the last of every point, by a fault that would be seen. If it fires, the run had
 * more hits than its trace: it is not deterministic, and every hit number of every case means
 * something else than was planned. */
static int add_beyond(struct context *context)
{
    const struct points *points = context->list->points;
    for (uint32_t round = 0; round < context->hits->round_count; round++) {
        for (uint32_t point = 0; point < points->count; point++) {
            uint32_t count = context->hits->counts[round][point];
            if (count == 0) {
                continue;
            }
            struct hits_entry entry = {.round = round, .point = point, .hit = count + 1};
            struct fault fault;
            memset(&fault, 0, sizeof(fault));
            fault.kind = points_is_mutating(points, point) ? FAULT_KILL : FAULT_EIO;
            int r = add_case(context, &entry, &fault, CAMPAIGN_ROLE_BEYOND);
            if (r < 0) {
                return r;
            }
        }
    }
    return 0;
}

/* A row that plans nothing is noted, or a misspelt range would look like a scenario that passes,
 * and so would an engine that no longer comes to the point. */
int enumerate_make(const struct scenario *scenario, const struct hits *hits,
                   struct enumerate_list *list, struct err *err)
{
    struct context context = {scenario, hits, list, 0};
    if (!enumerate_is_live(scenario)) {
        return 0;
    }
    if (scenario->has_plan) {
        int r = enumerate_add(list, &scenario->plan, CAMPAIGN_ROLE_FAULT);
        return r < 0 ? err_set(err, r, "scenario '%s': out of memory", scenario->name) : 0;
    }
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        int r = add_row(&context, &scenario->faults[i]);
        if (r < 0) {
            return err_set(err, r, "scenario '%s': out of memory", scenario->name);
        }
        if (context.planned == 0 && list->idle_row == 0 &&
            scenario_fault_is_live(&scenario->faults[i], scenario->points)) {
            list->idle_row = i + 1;
        }
    }
    int r = scenario_is_threaded(scenario) ? 0 : add_beyond(&context);
    return r < 0 ? err_set(err, r, "scenario '%s': out of memory", scenario->name) : 0;
}

/* The hits of the recovery are known only when the first case has run, and differ from case to
 * case: so its counts, not the trace's, bound the second kill. */
int enumerate_second(const struct scenario *scenario, const struct plan *first,
                     const uint32_t counts[POINTS_MAX], struct enumerate_list *list)
{
    int added = 0;
    int last = plan_last_faulted_round(first);
    if (last < 0 || last + 1 >= PLAN_ROUNDS_MAX) {
        return 0;
    }
    struct plan plan = *first;
    struct plan_round *round = &plan.rounds[last + 1];
    if (plan.round_count < (uint32_t)last + 2) {
        plan.round_count = (uint32_t)last + 2;
    }
    round->hit_count = 1;
    for (uint32_t point = 0; point < list->points->count; point++) {
        uint32_t count = points_is_mutating(list->points, point) ? counts[point] : 0;
        if (scenario_is_threaded(scenario)) {
            count = (uint32_t)((uint64_t)count * THREADS_PERCENT / 100);
        }
        for (uint32_t hit = 1; hit <= count; hit++) {
            memset(&round->hits[0], 0, sizeof(round->hits[0]));
            round->hits[0].point = point;
            round->hits[0].hit = hit;
            round->hits[0].fault.kind = FAULT_KILL;
            int r = enumerate_add(list, &plan, CAMPAIGN_ROLE_FAULT);
            if (r < 0) {
                return r;
            }
            added += r;
        }
    }
    return added;
}

void enumerate_sample(struct enumerate_list *list, uint64_t seed, size_t first_count,
                      size_t count_max)
{
    struct prng prng;
    size_t kept = first_count < count_max ? first_count : count_max;
    size_t count = list->count;
    prng_init(&prng, seed, SAMPLE_STREAM);
    if (count <= count_max) {
        return;
    }
    /* Selection sampling: each entry with the chance that is left for it. */
    for (size_t i = kept; i < count; i++) {
        if (prng_below(&prng, count - i) < count_max - kept) {
            list->entries[kept++] = list->entries[i];
        }
    }
    list->count = kept;
    fill_slots(list);
}

/* What an entry stands for in the order of running. By the last fault alone: a case of depth 2
 * stands for its second kill. */
static size_t group_of(const struct enumerate_item *item)
{
    int last = plan_last_faulted_round(&item->plan);
    size_t role = item->role == CAMPAIGN_ROLE_BEYOND ? 1 : 0;
    if (last < 0) {
        return role;
    }
    const struct plan_hit *hit = &item->plan.rounds[last].hits[0];
    return ((size_t)hit->point * FAULT_KIND_COUNT + (size_t)hit->fault.kind) * 2 + role;
}

/* An entry with its place in the order: first by rank, within a rank as the seed has shuffled
 * them. */
struct ranked {
    struct enumerate_entry entry;
    uint32_t rank; /* how many of its group stand before it */
    uint32_t place;
};

/* The place makes the order total, so qsort's own choice among equals cannot show. */
static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    return a->place < b->place ? -1 : a->place > b->place;
}

int enumerate_shuffle(struct enumerate_list *list, uint64_t seed)
{
    int r = -ENOMEM;
    struct prng prng;
    struct enumerate_item *item = malloc(sizeof(*item));
    struct ranked *ranked = calloc(list->count + 1, sizeof(*ranked));
    uint32_t *counts = calloc((size_t)POINTS_MAX * FAULT_KIND_COUNT * 2, sizeof(*counts));
    if (item == NULL || ranked == NULL || counts == NULL) {
        goto out;
    }
    prng_init(&prng, seed, SHUFFLE_STREAM);
    for (size_t i = list->count; i > 1; i--) {
        size_t other = (size_t)prng_below(&prng, i);
        struct enumerate_entry entry = list->entries[i - 1];
        list->entries[i - 1] = list->entries[other];
        list->entries[other] = entry;
    }
    for (size_t i = 0; i < list->count; i++) {
        enumerate_get(list, i, item);
        ranked[i].entry = list->entries[i];
        ranked[i].rank = counts[group_of(item)]++;
        ranked[i].place = (uint32_t)i;
    }
    qsort(ranked, list->count, sizeof(*ranked), compare_ranked);
    for (size_t i = 0; i < list->count; i++) {
        list->entries[i] = ranked[i].entry;
    }
    fill_slots(list);
    r = 0;
out:
    free(counts);
    free(ranked);
    free(item);
    return r;
}
