/* How the value of one key of a scenario is read: numbers, words, lists of words. */
#ifndef HARNESS_SCENARIO_SCENARIO_VALUES_H
#define HARNESS_SCENARIO_SCENARIO_VALUES_H

#include "harness/scenario/scenario_data.h"
#include "harness/scenario/yaml_reader.h"

/* What is being filled in.  Readers of values share it; `phase`, `fault` and `list` say where in
 * the file the walk is. */
struct scenario_values_context {
    const struct yaml_reader *reader;
    struct scenario *scenario;
    struct scenario_phase *phase; /* within phases */
    struct scenario_fault *fault; /* within faults */
    const yaml_node_t *list;      /* within a list of scalars */
    uint64_t planted;             /* defects: applied when the profile is known too */
    uint64_t planted_bare;
    uint32_t guards_off;
    struct err *err;
};

/* Where a value goes and what it may be. */
struct scenario_values_target {
    void *at;
    uint64_t min;
    uint64_t max;
    const char *const *words;
    size_t word_count;
};

/* The shape of all of them.  Of a scalar, or an item of a list of such, `node` is its place and
 * `text` what it says; of any other value `text` is NULL.  What is read lands at `target` or in the
 * context's structs.  0 or ERR_USAGE with the place. */
#define SCENARIO_VALUES_READER(name)                          \
    int name(struct scenario_values_context *context,         \
             __attribute__((unused)) const yaml_node_t *node, \
             __attribute__((unused)) const char *text,        \
             __attribute__((unused)) const struct scenario_values_target *target)

SCENARIO_VALUES_READER(scenario_values_count);    /* uint32_t */
SCENARIO_VALUES_READER(scenario_values_size);     /* uint64_t */
SCENARIO_VALUES_READER(scenario_values_duration); /* int64_t, not negative */
SCENARIO_VALUES_READER(scenario_values_flag);     /* bool */
SCENARIO_VALUES_READER(scenario_values_word);     /* an enum: its place in `words` */

SCENARIO_VALUES_READER(scenario_values_name);
SCENARIO_VALUES_READER(scenario_values_summary);
SCENARIO_VALUES_READER(scenario_values_start);
SCENARIO_VALUES_READER(scenario_values_base);
SCENARIO_VALUES_READER(scenario_values_topics); /* of any shape: a number, or names */
SCENARIO_VALUES_READER(scenario_values_target_name);
SCENARIO_VALUES_READER(scenario_values_seed);
SCENARIO_VALUES_READER(scenario_values_body);
SCENARIO_VALUES_READER(scenario_values_compress);
SCENARIO_VALUES_READER(scenario_values_point);
SCENARIO_VALUES_READER(scenario_values_when);

/* Called for each item of a list, `context->list`; what they read is added up. */
SCENARIO_VALUES_READER(scenario_values_defect);
SCENARIO_VALUES_READER(scenario_values_guard_off);
SCENARIO_VALUES_READER(scenario_values_tag);
SCENARIO_VALUES_READER(scenario_values_fault_word);
SCENARIO_VALUES_READER(scenario_values_before);
SCENARIO_VALUES_READER(scenario_values_plan_round);
SCENARIO_VALUES_READER(scenario_values_event);    /* uint64_t, bits */
SCENARIO_VALUES_READER(scenario_values_property); /* uint32_t, bits */

/* The scalar's text, which lives as long as the document; NULL with the error set when `node` is
 * none. */
const char *scenario_values_text(struct scenario_values_context *context, const yaml_node_t *node);

#endif
