/* A program is seen from outside: it has no switches of ours, says nothing of its inside, has a
 * clock and a disk of its own, and runs its services by itself. */
#include "harness/scenario/scenario_target.h"

#include "harness/scenario/scenario_options.h"

#include <inttypes.h>

/* A key that does not fit, and why. */
struct misfit {
    const char *section; /* NULL: the root */
    const char *key;
    const char *why;
};

#define NO_QUIRKS "has no profile, defects or guards"

static bool is_store_misfit(const struct scenario *scenario, struct misfit *ret_misfit)
{
    struct quirk_set fixed = quirk_of_profile(QUIRK_PROFILE_FIXED);
    const struct {
        bool is_so;
        struct misfit misfit;
    } rows[] = {
        {scenario->profile != QUIRK_PROFILE_FIXED, {"store", "profile", NO_QUIRKS}},
        {scenario->store.quirks.defects != fixed.defects, {"store", "defects", NO_QUIRKS}},
        {scenario->store.quirks.guards != fixed.guards, {"store", "guards_off", NO_QUIRKS}},
        {(scenario->reached | scenario->forbid) != 0,
         {NULL, scenario->reached != 0 ? "reached" : "forbid_events", "tells no events"}},
        {scenario->depth > 1, {NULL, "depth", "has no points in its restart"}},
        {scenario->base[0] != '\0', {NULL, "base", "begins with a store of its own"}},
        {scenario->tmpfs_size_bytes != 0, {NULL, "disk_size", "has a directory without a bound"}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].is_so) {
            *ret_misfit = rows[i].misfit;
            return true;
        }
    }
    return false;
}

static bool is_workload_misfit(const struct scenario *scenario, struct misfit *ret_misfit)
{
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        enum scenario_phase_kind kind = scenario->phases[i].kind;
        if (kind == SCENARIO_PHASE_HOLD || kind == SCENARIO_PHASE_TRUNCATE ||
            kind == SCENARIO_PHASE_EXPIRE) {
            *ret_misfit =
                (struct misfit){"workload", "phases", "is not asked to hold, truncate or expire"};
            return true;
        }
    }
    for (uint32_t i = 0; i < scenario->before_count; i++) {
        if (scenario->before[i].kind == PLAN_BEFORE_CLOCK_JUMP ||
            scenario->before[i].kind == PLAN_BEFORE_COPY) {
            *ret_misfit =
                (struct misfit){NULL, "before", "has a clock of its own and no recording"};
            return true;
        }
    }
    return false;
}

/* What is written is wrong; what is not is understood. */
static bool is_manual(const struct scenario *scenario, const struct yaml_reader *reader)
{
    return reader != NULL && scenario->store.services == STORE_SERVICES_MANUAL &&
           yaml_reader_has(reader, "store", "services");
}

/* The first row with a fault that only the memory disk can do, on which only the engine runs; or
 * fault_count. */
static uint32_t explored_row(const struct scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        for (uint32_t k = 0; k < scenario->faults[i].fault_count; k++) {
            if (fault_is_explored(scenario->faults[i].faults[k].kind)) {
                return i;
            }
        }
    }
    return scenario->fault_count;
}

#define MISFIT_TEXT "'%s' is for the engine: the target '%s' %s"
#define EXPLORED_TEXT                                                                       \
    "fault row %" PRIu32 " loses power or fails a sync: that is explored with the engine, " \
    "the target is '%s'"

int scenario_target_check(const struct scenario *scenario, const char *target,
                          const struct yaml_reader *reader, struct err *err)
{
    struct misfit misfit = {"store", "services", "runs its services by itself, in threads"};
    if (is_manual(scenario, reader) || is_store_misfit(scenario, &misfit) ||
        is_workload_misfit(scenario, &misfit)) {
        return reader == NULL
                   ? err_set(err, ERR_USAGE, MISFIT_TEXT, misfit.key, target, misfit.why)
                   : yaml_reader_error(reader,
                                       yaml_reader_place(reader, misfit.section, misfit.key), err,
                                       MISFIT_TEXT, misfit.key, target, misfit.why);
    }
    uint32_t row = explored_row(scenario);
    if (row == scenario->fault_count) {
        return 0;
    }
    if (reader == NULL) {
        return err_set(err, ERR_USAGE, EXPLORED_TEXT, row + 1, target);
    }
    const yaml_node_t *place = yaml_reader_place(reader, NULL, "faults");
    return yaml_reader_error(reader, yaml_reader_item(reader, place, row), err, EXPLORED_TEXT,
                             row + 1, target);
}
