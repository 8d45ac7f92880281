/* The collected model of a campaign: counters per cell, the first failures word for word. */
#include "reports/collect.h"

#include "store/base/ensure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL_INDEX_SIZE ((size_t)CAMPAIGN_ROLE_COUNT * (POINTS_MAX + 1) * (FAULT_KIND_COUNT + 1))

/* What the readers see, and a table that finds a case's cell at once: cell number + 1, 0 = none. */
struct entry {
    uint32_t kept_violated; /* union of its failures' */
    struct collect_scenario seen;
    uint16_t cell_index[CELL_INDEX_SIZE];
};

struct collect {
    uint64_t seed;
    struct entry **entries;
    uint32_t entry_count;
    uint32_t failure_count;
    uint64_t failures_dropped;
    bool is_incomplete;
};

struct collect *collect_new(void)
{
    return calloc(1, sizeof(struct collect));
}

/* A half-made entry is fine: all its pointers are NULL or its own. */
static struct entry *entry_free(struct entry *entry)
{
    if (entry == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < entry->seen.failure_count; i++) {
        free(entry->seen.failures[i].token);
        free(entry->seen.failures[i].detail);
    }
    free(entry->seen.failures);
    free(entry->seen.cells);
    free(entry->seen.caught_token);
    free(entry);
    return NULL;
}

struct collect *collect_free(struct collect *collect)
{
    if (collect == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < collect->entry_count; i++) {
        entry_free(collect->entries[i]);
    }
    free(collect->entries);
    free(collect);
    return NULL;
}

/* A fault that did not fire is a plan that does not fit the run: the harness has lost its
 * determinism, the store has done nothing wrong. */
bool collect_is_broken(enum outcome outcome)
{
    return outcome == OUTCOME_HARNESS_BROKEN || outcome == OUTCOME_NOT_FIRED;
}

/* The last fault of the last faulted round: with depth 2, the kill within the recovery. By it cases
 * are grouped everywhere. */
bool collect_last_fault(const struct plan *plan, uint32_t *ret_point, enum fault_kind *ret_kind)
{
    int round = plan_last_faulted_round(plan);
    const struct plan_hit *hit;

    *ret_point = POINTS_NONE;
    *ret_kind = FAULT_KIND_COUNT;
    if (round < 0 || plan->rounds[round].hit_count == 0) {
        return false;
    }
    hit = &plan->rounds[round].hits[plan->rounds[round].hit_count - 1];
    *ret_point = hit->point;
    *ret_kind = hit->fault.kind;
    return true;
}

/* One scenario runs at a time: the one of this name that has not ended is meant, whatever seed and
 * switches its control says. */
static bool is_meant(const struct entry *entry, const struct campaign_scenario *scenario)
{
    return strcmp(entry->seen.scenario.name, scenario->name) == 0 &&
           (!entry->seen.has_ended || entry->seen.scenario.seed == scenario->seed);
}

/* Grows an array of `count` elements when `count` is 0 or a power of two. Counts alone decide, so
 * no array needs its capacity kept. */
static void *grown(void *array, uint32_t count, size_t element_size_bytes)
{
    if (count != 0 && (count & (count - 1)) != 0) {
        return array;
    }
    return realloc(array, (count == 0 ? 1 : (size_t)count * 2) * element_size_bytes);
}

/* From the newest on. The newest first: the one that runs now is nearly always the last. */
static struct entry *find_entry(const struct collect *collect,
                                const struct campaign_scenario *scenario)
{
    for (uint32_t i = collect->entry_count; i > 0; i--) {
        if (is_meant(collect->entries[i - 1], scenario)) {
            return collect->entries[i - 1];
        }
    }
    return NULL;
}

/* Finds or makes.  NULL when there is no memory. Want of memory must not end a campaign of hours:
 * it makes the reports incomplete, and they say so. */
static struct entry *entry_of(struct collect *collect, const struct campaign_scenario *scenario)
{
    struct entry *entry = find_entry(collect, scenario);
    struct entry **entries;

    if (entry != NULL) {
        return entry;
    }
    entries = grown(collect->entries, collect->entry_count, sizeof(struct entry *));
    if (entries == NULL) {
        goto out;
    }
    collect->entries = entries;
    entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        goto out;
    }
    entry->seen.scenario = *scenario;
    collect->entries[collect->entry_count++] = entry;
out:
    collect->is_incomplete |= entry == NULL;
    return entry;
}

/* A table gives the cell at once: a scan over cells for each of a million cases would show. */
static struct collect_cell *cell_of(struct entry *entry, const struct campaign_case *ended)
{
    uint32_t point;
    enum fault_kind kind;
    struct collect_cell *cells;
    size_t at;

    (void)collect_last_fault(&ended->plan, &point, &kind);
    ENSURE(ended->role < CAMPAIGN_ROLE_COUNT && point <= POINTS_NONE && kind <= FAULT_KIND_COUNT);
    at = ((size_t)ended->role * (POINTS_MAX + 1) + point) * (FAULT_KIND_COUNT + 1) + kind;
    if (entry->cell_index[at] != 0) {
        return &entry->seen.cells[entry->cell_index[at] - 1];
    }
    cells = grown(entry->seen.cells, entry->seen.cell_count, sizeof(*cells));
    if (cells == NULL) {
        return NULL;
    }
    entry->seen.cells = cells;
    cells += entry->seen.cell_count++;
    *cells = (struct collect_cell){
        .role = ended->role, .point = point, .kind = kind, .first_failure = -1};
    entry->cell_index[at] = (uint16_t)entry->seen.cell_count;
    return cells;
}

/* Returns the failure's index, or -1 when it was not kept. A store that loses everything fails in
 * every case: past the bounds only counters grow. Without that of a scenario the first to fail
 * would leave no room for the words of the others. */
static int32_t keep_failure(struct collect *collect, struct entry *entry, bool is_first_of_cell,
                            const struct campaign_case *ended, const char *token)
{
    bool is_wanted = is_first_of_cell || (ended->end.violated & ~entry->kept_violated) != 0 ||
                     entry->seen.failure_count < COLLECT_SCENARIO_FAILURES_MAX;
    struct collect_failure failure = {.role = ended->role,
                                      .outcome = ended->end.outcome,
                                      .mechanisms = ended->end.mechanisms,
                                      .violated = ended->end.violated};
    struct collect_failure *failures;

    if (!is_wanted || collect->failure_count >= COLLECT_FAILURES_MAX) {
        collect->failures_dropped++;
        return -1;
    }
    (void)collect_last_fault(&ended->plan, &failure.point, &failure.kind);
    failures = grown(entry->seen.failures, entry->seen.failure_count, sizeof(*failures));
    if (failures == NULL) {
        collect->is_incomplete = true;
        return -1;
    }
    entry->seen.failures = failures;
    failure.token = strdup(token);
    failure.detail = strndup(ended->end.detail, sizeof(ended->end.detail) - 1);
    if (failure.token == NULL || failure.detail == NULL) {
        free(failure.token);
        free(failure.detail);
        collect->is_incomplete = true;
        return -1;
    }
    collect->failure_count++;
    entry->kept_violated |= failure.violated;
    failures[entry->seen.failure_count] = failure;
    return (int32_t)entry->seen.failure_count++;
}

/* Each case goes to exactly one of passed, failed, broken and skipped, so that the columns of a
 * cell add up to its cases. */
static void count_case(struct collect *collect, struct entry *entry,
                       const struct campaign_case *ended, const char *token)
{
    struct collect_cell *cell = cell_of(entry, ended);
    int32_t kept;

    if (cell == NULL) {
        collect->is_incomplete = true;
        return;
    }
    entry->seen.done++;
    cell->cases++;
    cell->outcomes[ended->end.outcome]++;
    cell->duration_us += ended->duration_us;
    if (ended->end.outcome == OUTCOME_SKIPPED) {
        cell->skipped++;
        return;
    }
    if (ended->passed) {
        cell->passed++;
        return;
    }
    entry->seen.failed++;
    if (collect_is_broken(ended->end.outcome)) {
        cell->broken++;
    } else {
        cell->failed++;
    }
    kept = keep_failure(collect, entry, cell->first_failure < 0, ended, token);
    if (cell->first_failure < 0) {
        cell->first_failure = kept;
    }
}

static void on_campaign_began(void *arg, uint32_t scenario_count, uint64_t seed, uint32_t workers)
{
    struct collect *collect = arg;

    (void)scenario_count;
    (void)workers;
    collect->seed = seed;
}

/* The struct is copied at every call: a campaign that is interrupted is reported as it was last
 * heard of. */
static void on_scenario(void *arg, const struct campaign_scenario *scenario)
{
    struct entry *entry = entry_of(arg, scenario);

    if (entry != NULL) {
        entry->seen.scenario = *scenario;
    }
}

static void on_scenario_ended(void *arg, const struct campaign_scenario *scenario)
{
    struct entry *entry = entry_of(arg, scenario);

    if (entry != NULL) {
        entry->seen.scenario = *scenario;
        entry->seen.has_ended = true;
    }
}

/* The first case that shows what a defect scenario expects is kept for its replay line. */
static void on_case_ended(void *arg, const struct campaign_scenario *scenario,
                          const struct campaign_case *ended, const char *token)
{
    struct collect *collect = arg;
    struct entry *entry = entry_of(collect, scenario);

    /* The canary is no case: it is a test of the harness, told by the summary. */
    if (entry == NULL || ended->role == CAMPAIGN_ROLE_CANARY) {
        return;
    }
    if (entry->seen.caught_token == NULL && ended->role == CAMPAIGN_ROLE_FAULT &&
        (ended->end.outcome == OUTCOME_VIOLATED || ended->end.outcome == OUTCOME_REFUSED) &&
        ended->passed) {
        entry->seen.caught_token = strdup(token);
    }
    count_case(collect, entry, ended, token);
}

struct listener collect_listener(struct collect *collect)
{
    return (struct listener){.arg = collect,
                             .campaign_began = on_campaign_began,
                             .scenario_began = on_scenario,
                             .scenario_grew = on_scenario,
                             .case_ended = on_case_ended,
                             .scenario_ended = on_scenario_ended};
}

uint64_t collect_seed(const struct collect *collect)
{
    return collect->seed;
}

uint32_t collect_scenario_count(const struct collect *collect)
{
    return collect->entry_count;
}

const struct collect_scenario *collect_scenario_at(const struct collect *collect, uint32_t index)
{
    ENSURE(index < collect->entry_count);
    return &collect->entries[index]->seen;
}

const struct collect_scenario *collect_find(const struct collect *collect,
                                            const struct campaign_scenario *scenario)
{
    const struct entry *entry = find_entry(collect, scenario);

    return entry == NULL ? NULL : &entry->seen;
}

bool collect_is_name_shared(const struct collect *collect, uint32_t index)
{
    const char *name = collect_scenario_at(collect, index)->scenario.name;

    for (uint32_t i = 0; i < collect->entry_count; i++) {
        if (i != index && strcmp(collect->entries[i]->seen.scenario.name, name) == 0) {
            return true;
        }
    }
    return false;
}

bool collect_is_incomplete(const struct collect *collect)
{
    return collect->is_incomplete;
}

uint64_t collect_failures_dropped(const struct collect *collect)
{
    return collect->failures_dropped;
}

/* A ratio of hits over a run that stopped early would be low for no fault of the suite's. */
static void add_coverage(struct campaign_coverage *sum, const struct campaign_coverage *row,
                         bool is_complete)
{
    if (is_complete) {
        sum->hits += row->hits;
        sum->killed += row->killed;
        sum->failed += row->failed;
    }
    sum->reached += row->reached;
    sum->kills += row->kills;
    sum->planned += row->planned;
    sum->fired += row->fired;
    sum->checked += row->checked;
    sum->violations += row->violations;
    sum->image_violations += row->image_violations;
}

/* Indexes of two tables do not mix: scenarios of other targets than the sum's are left out of
 * it. */
const struct points *collect_coverage(const struct collect *collect,
                                      struct campaign_coverage ret_rows[POINTS_MAX])
{
    const struct points *points = NULL;

    memset(ret_rows, 0, POINTS_MAX * sizeof(ret_rows[0]));
    for (uint32_t i = 0; i < collect->entry_count; i++) {
        points = points_of_sum(points, points_of(collect->entries[i]->seen.scenario.target));
    }
    points = points == NULL ? &points_engine : points;
    for (uint32_t i = 0; i < collect->entry_count; i++) {
        const struct campaign_scenario *scenario = &collect->entries[i]->seen.scenario;

        if (points_of(scenario->target) != points) {
            continue;
        }
        for (uint32_t p = 0; p < points->count; p++) {
            add_coverage(&ret_rows[p], &scenario->coverage[p], scenario->expect == 0);
        }
    }
    return points;
}

/* Cases of the plain role need no word: they are nearly all. */
int collect_cell_print(const struct collect_scenario *seen, const struct collect_cell *cell,
                       char *text, size_t text_size_bytes)
{
    const char *role = cell->role == CAMPAIGN_ROLE_FAULT ? "" : campaign_role_name(cell->role);

    if (cell->point == POINTS_NONE) {
        return snprintf(text, text_size_bytes, "%s", *role == '\0' ? "no fault" : role);
    }
    return snprintf(text, text_size_bytes, "%s%s%s x %s", role, *role == '\0' ? "" : ": ",
                    points_name(points_of(seen->scenario.target), cell->point),
                    fault_kind_name(cell->kind));
}

/* What does not fit is left out at a comma, never in the middle of a name. */
void collect_properties_print(uint32_t violated, char *text, size_t text_size_bytes)
{
    size_t used = 0;

    ENSURE(text_size_bytes > 0);
    text[0] = '\0';
    for (uint32_t i = 0; i < PROPERTY_COUNT; i++) {
        const char *name = property_name((enum property)i);
        size_t room = text_size_bytes - used;
        int length;

        if ((violated & (UINT32_C(1) << i)) == 0) {
            continue;
        }
        length = snprintf(text + used, room, "%s%s", used == 0 ? "" : ", ", name);
        if (length < 0 || (size_t)length >= room) {
            text[used] = '\0';
            return;
        }
        used += (size_t)length;
    }
}
