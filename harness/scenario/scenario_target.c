/* A program is seen from outside: it has no switches of ours, says nothing of its inside, has a
 * clock and a disk of its own, and runs its services by itself. */
#include "harness/scenario/scenario_target.h"

#include "harness/scenario/scenario_options.h"

#include <inttypes.h>
#include <string.h>

/* A key that does not fit, and why. */
struct misfit {
    const char *section; /* NULL: the root */
    const char *key;
    const char *why;
};

#define EXPLORED_TEXT                                                                       \
    "fault row %" PRIu32 " loses power or fails a sync: that is explored with the engine, " \
    "the target is '%s'"

#define IMPOSSIBLE_TEXT \
    "fault row %" PRIu32 ": none of its faults can happen at '%s' of the target '%s'"

#define NO_QUIRKS "has no profile, defects or guards"

/* What the adapter round the real RocketMQ tells (docs/ROCKETMQ.md); another program tells none. */
#define REAL_EVENTS                                                                  \
    (UINT64_C(1) << EVENT_OPENED | UINT64_C(1) << EVENT_CLOSED |                     \
     UINT64_C(1) << EVENT_RECOVERY_NORMAL | UINT64_C(1) << EVENT_RECOVERY_ABNORMAL | \
     UINT64_C(1) << EVENT_LEDGER_CHECKPOINT)

/* `told`: the events that it may ask for. */
static bool is_store_misfit(const struct scenario *scenario, bool is_real, uint64_t told,
                            struct misfit *ret_misfit)
{
    uint64_t untold = (scenario->reached | scenario->forbid) & ~told;
    struct quirk_set fixed = quirk_of_profile(QUIRK_PROFILE_FIXED);
    const struct {
        bool is_so;
        struct misfit misfit;
    } rows[] = {
        {scenario->profile != QUIRK_PROFILE_FIXED, {"store", "profile", NO_QUIRKS}},
        {scenario->store.quirks.defects != fixed.defects, {"store", "defects", NO_QUIRKS}},
        {scenario->store.quirks.guards != fixed.guards, {"store", "guards_off", NO_QUIRKS}},
        {untold != 0,
         {NULL, (scenario->reached & untold) != 0 ? "reached" : "forbid_events",
          is_real ? "tells few events (docs/ROCKETMQ.md)" : "tells no events"}},
        {is_real && scenario->store.message_v2,
         {"store", "message_v2", "takes V2 for topics of more than 127 bytes only"}},
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

static bool is_workload_misfit(const struct scenario *scenario, bool has_offsets,
                               struct misfit *ret_misfit)
{
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        enum scenario_phase_kind kind = scenario->phases[i].kind;
        if (kind == SCENARIO_PHASE_HOLD || kind == SCENARIO_PHASE_TRUNCATE ||
            kind == SCENARIO_PHASE_EXPIRE) {
            *ret_misfit =
                (struct misfit){"workload", "phases", "is not asked to hold, truncate or expire"};
            return true;
        }
        if (kind == SCENARIO_PHASE_COMMIT_OFFSETS && !has_offsets) {
            *ret_misfit = (struct misfit){"workload", "phases", "has no consumers' offsets"};
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

/* Keeps of a row what can strike such a target; false when that is nothing. */
static bool take_row(struct scenario_fault *row, const struct points *points, uint32_t *left_out)
{
    struct scenario_fault kept = *row;
    kept.fault_count = 0;
    kept.kinds = 0;
    for (uint32_t i = 0; i < row->fault_count; i++) {
        if (fault_is_explored(row->faults[i].kind)) {
            continue;
        }
        kept.arg_given[kept.fault_count] = row->arg_given[i];
        kept.faults[kept.fault_count++] = row->faults[i];
        kept.kinds |= UINT32_C(1) << row->faults[i].kind;
    }
    bool is_kept = kept.fault_count > 0 && scenario_fault_is_possible(&kept, points);
    *left_out += row->fault_count - (is_kept ? kept.fault_count : 0);
    if (is_kept) {
        memset(row->faults, 0, sizeof(row->faults));
        *row = kept;
    }
    return is_kept;
}

static int adapt_faults(struct scenario *scenario, const char *target, struct err *err)
{
    const struct points *points = points_of(target);
    struct scenario_fault first = scenario->faults[0];
    uint32_t count = 0;
    uint32_t unfit = 0;
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        struct scenario_fault row = scenario->faults[i];
        if (take_row(&row, points, &unfit)) {
            scenario->faults[count++] = row;
        }
    }
    if (count == 0 && scenario->fault_count > 0) {
        return fault_is_explored(first.faults[0].kind)
                   ? err_set(err, ERR_USAGE, EXPLORED_TEXT, UINT32_C(1), target)
                   : err_set(err, ERR_USAGE, IMPOSSIBLE_TEXT, UINT32_C(1), first.point, target);
    }
    scenario->fault_count = count;
    scenario->unfit.faults = unfit;
    scenario->is_explored = false;
    scenario->models = 0;
    return 0;
}

/* The real RocketMQ's store has no consumers' offsets: its broker has. */
static void adapt_to_real(struct scenario *scenario)
{
    uint64_t untold = (scenario->reached | scenario->forbid) & ~REAL_EVENTS;
    uint32_t count = 0;
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        if (scenario->phases[i].kind != SCENARIO_PHASE_COMMIT_OFFSETS) {
            scenario->phases[count++] = scenario->phases[i];
        }
    }
    scenario->unfit.phases = scenario->phase_count - count;
    scenario->phase_count = count;
    scenario->unfit.events = (uint32_t)__builtin_popcountll(untold);
    scenario->reached &= REAL_EVENTS;
    scenario->forbid &= REAL_EVENTS;
}

int scenario_target_adapt(struct scenario *scenario, const char *target, struct err *err)
{
    const struct points *points = points_of(target);
    for (uint32_t i = 0; points == &points_engine && i < scenario->fault_count; i++) {
        if (!scenario_fault_is_possible(&scenario->faults[i], points)) {
            return err_set(err, ERR_USAGE, IMPOSSIBLE_TEXT, i + 1, scenario->faults[i].point,
                           target);
        }
    }
    int r = points == &points_engine ? 0 : adapt_faults(scenario, target, err);
    if (r == 0 && points == &points_real) {
        adapt_to_real(scenario);
    }
    return r;
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

int scenario_target_check(const struct scenario *scenario, const char *target,
                          const struct yaml_reader *reader, struct err *err)
{
    struct misfit misfit = {"store", "services", "runs its services by itself, in threads"};
    /* What the file itself says is wrong; of another target's scenario, it is left out. */
    bool is_real = points_of(target) == &points_real;
    uint64_t told = is_real ? REAL_EVENTS : 0;
    if (is_manual(scenario, reader) ||
        is_store_misfit(scenario, is_real, is_real && reader == NULL ? UINT64_MAX : told,
                        &misfit) ||
        is_workload_misfit(scenario, !is_real || reader == NULL, &misfit)) {
        return reader == NULL
                   ? err_set(err, ERR_USAGE, MISFIT_TEXT, misfit.key, target, misfit.why)
                   : yaml_reader_error(reader,
                                       yaml_reader_place(reader, misfit.section, misfit.key), err,
                                       MISFIT_TEXT, misfit.key, target, misfit.why);
    }
    uint32_t row = reader == NULL ? scenario->fault_count : explored_row(scenario);
    if (row == scenario->fault_count) {
        return 0;
    }
    const yaml_node_t *place = yaml_reader_place(reader, NULL, "faults");
    return yaml_reader_error(reader, yaml_reader_item(reader, place, row), err, EXPLORED_TEXT,
                             row + 1, target);
}
