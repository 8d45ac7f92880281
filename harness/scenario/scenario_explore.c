/* Explored scenarios: what follows from their rows, and what does not go together. */
#include "harness/scenario/scenario_explore.h"

#include "harness/scenario/scenario_options.h"

#define ALL_MODELS ((UINT32_C(1) << LOSS_MODEL_COUNT) - 1)

static bool is_failed_sync(enum fault_kind kind)
{
    return kind == FAULT_SYNC_EIO || kind == FAULT_SYNC_LIE;
}

static void add_model(struct scenario *scenario, const struct fault *fault, bool is_one)
{
    if (fault->kind == FAULT_POWER_LOSS) {
        scenario->is_explored = true;
        scenario->models |= is_one ? UINT32_C(1) << fault->loss.model : ALL_MODELS;
    }
}

static void find_models(struct scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *row = &scenario->faults[i];
        for (uint32_t j = 0; j < row->fault_count; j++) {
            add_model(scenario, &row->faults[j], row->arg_given[j]);
        }
    }
    for (uint32_t i = 0; i < scenario->plan.round_count; i++) {
        const struct plan_round *round = &scenario->plan.rounds[i];
        for (uint32_t j = 0; j < round->hit_count; j++) {
            add_model(scenario, &round->hits[j].fault, true);
        }
    }
}

/* The first row with a failed or lying sync, or fault_count. */
static uint32_t find_sync_row(const struct scenario *scenario, enum fault_kind *ret_kind)
{
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        for (uint32_t j = 0; j < scenario->faults[i].fault_count; j++) {
            if (is_failed_sync(scenario->faults[i].faults[j].kind)) {
                *ret_kind = scenario->faults[i].faults[j].kind;
                return i;
            }
        }
    }
    return scenario->fault_count;
}

/* The first step that is a hot copy, or before_count. */
static uint32_t find_copy(const struct scenario *scenario)
{
    uint32_t i = 0;
    while (i < scenario->before_count && scenario->before[i].kind != PLAN_BEFORE_COPY) {
        i++;
    }
    return i;
}

static const yaml_node_t *item_of(const struct yaml_reader *reader, const char *key, uint32_t index)
{
    return yaml_reader_item(reader, yaml_reader_place(reader, NULL, key), index);
}

/* Without a power loss nothing runs on the memory disk. */
static int check_live(const struct yaml_reader *reader, const struct scenario *scenario,
                      struct err *err)
{
    enum fault_kind kind = FAULT_SYNC_EIO;
    uint32_t row = find_sync_row(scenario, &kind);
    if (yaml_reader_has(reader, NULL, "explore")) {
        return yaml_reader_error(reader, yaml_reader_place(reader, NULL, "explore"), err,
                                 "'explore' needs a fault row with 'power-loss'");
    }
    if (row < scenario->fault_count) {
        return yaml_reader_error(reader, item_of(reader, "faults", row), err,
                                 "'%s' shows only when power is lost after it: add a fault row "
                                 "with 'power-loss'",
                                 fault_kind_name(kind));
    }
    uint32_t copy = find_copy(scenario);
    if (copy < scenario->before_count) {
        return yaml_reader_error(reader, item_of(reader, "before", copy), err,
                                 "a hot copy is made of a trace: it needs a fault row with "
                                 "'power-loss'");
    }
    if (plan_is_explored(&scenario->plan)) {
        return yaml_reader_error(reader, yaml_reader_place(reader, NULL, "plan"), err,
                                 "failed syncs and hot copies need a 'power-loss' in the plan");
    }
    return 0;
}

/* A live case would go on without the copy. */
static int check_copy(const struct yaml_reader *reader, const struct scenario *scenario,
                      struct err *err)
{
    if (find_copy(scenario) == scenario->before_count) {
        return 0;
    }
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        for (uint32_t j = 0; j < scenario->faults[i].fault_count; j++) {
            enum fault_kind kind = scenario->faults[i].faults[j].kind;
            if (!fault_is_explored(kind)) {
                return yaml_reader_error(reader, item_of(reader, "faults", i), err,
                                         "a hot copy is not made of real files: '%s' cannot follow "
                                         "it",
                                         fault_kind_name(kind));
            }
        }
    }
    return 0;
}

/* Rows and counts of failed syncs come together, or neither would do anything. */
static int check_sync_faults(const struct yaml_reader *reader, const struct scenario *scenario,
                             struct err *err)
{
    enum fault_kind kind = FAULT_SYNC_EIO;
    uint32_t row = find_sync_row(scenario, &kind);
    if (row < scenario->fault_count && scenario->explore.sync_faults == 0) {
        return yaml_reader_error(reader, item_of(reader, "faults", row), err,
                                 "'%s' is tried in as many traces as 'explore: { sync_faults: N }' "
                                 "says, which is 0",
                                 fault_kind_name(kind));
    }
    if (row == scenario->fault_count && scenario->explore.sync_faults > 0) {
        return yaml_reader_error(reader, yaml_reader_place(reader, "explore", "sync_faults"), err,
                                 "no fault row has 'sync-eio' or 'sync-lie'");
    }
    return 0;
}

/* A threads run is recorded once: what changes how it goes on cannot be planned into it. */
static int check_threads(const struct yaml_reader *reader, struct scenario *scenario,
                         struct err *err)
{
    enum fault_kind kind = FAULT_SYNC_EIO;
    uint32_t row = find_sync_row(scenario, &kind);
    if (scenario->store.services != STORE_SERVICES_THREADS) {
        return 0;
    }
    if (row < scenario->fault_count) {
        return yaml_reader_error(reader, item_of(reader, "faults", row), err,
                                 "'%s' needs 'services: manual': with threads only 'power-loss' is "
                                 "explored",
                                 fault_kind_name(kind));
    }
    if (!yaml_reader_has(reader, "explore", "kills")) {
        scenario->explore.kills = 0;
    }
    if (!yaml_reader_has(reader, "explore", "nested")) {
        scenario->explore.nested = 0;
    }
    if (scenario->explore.nested > 0) {
        return yaml_reader_error(reader, yaml_reader_place(reader, "explore", "nested"), err,
                                 "'nested' needs 'services: manual': the recovery of a threads run "
                                 "is not repeated exactly");
    }
    if (scenario->explore.rot > 0 || scenario->explore.copies > 0) {
        const char *key = scenario->explore.rot > 0 ? "rot" : "copies";
        return yaml_reader_error(reader, yaml_reader_place(reader, "explore", key), err,
                                 "'%s' needs 'services: manual': each is made of a run of its own",
                                 key);
    }
    if (scenario->explore.kills > 0) {
        return yaml_reader_error(reader, yaml_reader_place(reader, "explore", "kills"), err,
                                 "'kills' needs 'services: manual': a threads run is not repeated "
                                 "exactly");
    }
    if (scenario->explore.interleavings > 0) {
        return yaml_reader_error(reader, yaml_reader_place(reader, "explore", "interleavings"), err,
                                 "'interleavings' needs 'services: manual': threads interleave as "
                                 "they will");
    }
    return 0;
}

int scenario_explore_settle(const struct yaml_reader *reader, struct scenario *scenario,
                            struct err *err)
{
    find_models(scenario);
    if (!scenario->is_explored) {
        return check_live(reader, scenario, err);
    }
    int r = check_threads(reader, scenario, err);
    if (r == 0) {
        r = check_copy(reader, scenario, err);
    }
    return r < 0 ? r : check_sync_faults(reader, scenario, err);
}
