/* Struct in, words out. */
#include "harness/cli/commands/scenario_row.h"

#include "reports/json.h"

#include <string.h>

static void set(json_t *row, const char *key, const char *value)
{
    (void)json_object_set_new(row, key, json_string(value));
}

/* "intact", or the properties that must be violated. */
static json_t *expectation(const struct scenario *scenario)
{
    return scenario->expect == 0 ? json_pack("[s]", "intact") : json_properties(scenario->expect);
}

json_t *scenario_row_short(const struct scenario *scenario)
{
    json_t *row = json_object();

    set(row, "name", scenario->name);
    set(row, "mode", scenario->store.mode == STORE_MODE_DLEDGER ? "dledger" : "commitlog");
    set(row, "flush", scenario->store.flush == STORE_FLUSH_SYNC ? "sync" : "async");
    (void)json_object_set_new(row, "expect", expectation(scenario));
    set(row, "file", scenario->path);
    set(row, "summary", scenario->summary);
    return row;
}

/* What its store has or lacks beyond the profile `fixed`. */
static json_t *planted(const struct scenario *scenario)
{
    struct quirk_set fixed = quirk_of_profile(QUIRK_PROFILE_FIXED);
    json_t *words = json_array();
    char text[80];

    if (scenario->profile != QUIRK_PROFILE_FIXED) {
        (void)snprintf(text, sizeof(text), "profile %s",
                       quirk_profile_row(scenario->profile)->name);
        (void)json_array_append_new(words, json_string(text));
    }
    for (int i = 0; i < QUIRK_DEFECT_COUNT; i++) {
        if (quirk_has_defect(&scenario->store.quirks, (enum quirk_defect)i)) {
            const char *name = quirk_defect_row((enum quirk_defect)i)->name;
            (void)json_array_append_new(words, json_string(name));
        }
    }
    for (int i = 0; i < QUIRK_GUARD_COUNT; i++) {
        enum quirk_guard guard = (enum quirk_guard)i;
        if (quirk_has_guard(&fixed, guard) && !quirk_has_guard(&scenario->store.quirks, guard)) {
            (void)snprintf(text, sizeof(text), "no-%s", quirk_guard_row(guard)->name);
            (void)json_array_append_new(words, json_string(text));
        }
    }
    return words;
}

/* "*:kill,torn" for each row of `faults:`. */
static json_t *struck(const struct scenario *scenario)
{
    json_t *words = json_array();
    char text[256];

    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *fault = &scenario->faults[i];
        size_t used = (size_t)snprintf(text, sizeof(text), "%s", fault->point);

        for (int k = 0; k < FAULT_KIND_COUNT && used < sizeof(text); k++) {
            if ((fault->kinds & (UINT32_C(1) << k)) != 0) {
                used += (size_t)snprintf(text + used, sizeof(text) - used, "%c%s",
                                         strchr(text, ':') == NULL ? ':' : ',',
                                         fault_kind_name((enum fault_kind)k));
            }
        }
        (void)json_array_append_new(words, json_string(text));
    }
    return words;
}

json_t *scenario_row_long(const struct scenario *scenario, const char *command)
{
    json_t *row = scenario_row_short(scenario);
    char text[sizeof(scenario->name) + 1100];

    if (strcmp(scenario->target, "engine") != 0) {
        set(row, "target", scenario->target);
    }
    (void)json_object_set_new(row, "plants", planted(scenario));
    (void)json_object_set_new(row, "faults", struck(scenario));
    set(row, "cases",
        scenario->has_plan      ? "the one of its plan"
        : scenario->is_explored ? "live, and explored on a disk in memory"
                                : "live, in processes");
    (void)snprintf(text, sizeof(text), "%.1024s run %s", command, scenario->name);
    set(row, "run it", text);
    return row;
}
