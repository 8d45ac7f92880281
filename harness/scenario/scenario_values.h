/* How the value of one key of a scenario is read: numbers, words, lists of words. */
#ifndef HARNESS_SCENARIO_SCENARIO_VALUES_H
#define HARNESS_SCENARIO_SCENARIO_VALUES_H

#include "harness/scenario/scenario_data.h"
#include "harness/scenario/yaml_reader.h"

/* What is being filled in. */
struct scenario_values_context {
    const struct yaml_reader *reader;
    struct scenario *scenario;
    struct scenario_phase *phase; /* within phases */
    struct scenario_fault *fault; /* within faults */
    uint32_t planted;             /* defects: applied when the profile is known too */
    uint32_t planted_bare;
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

/* Each reads `node` and returns 0 or ERR_USAGE with its place. */
#define SCENARIO_VALUES_READER(name)                                                             \
    int scenario_values_##name(struct scenario_values_context *context, const yaml_node_t *node, \
                               const struct scenario_values_target *target)

SCENARIO_VALUES_READER(count);    /* uint32_t */
SCENARIO_VALUES_READER(size);     /* uint64_t */
SCENARIO_VALUES_READER(duration); /* int64_t, not negative */
SCENARIO_VALUES_READER(flag);     /* bool */
SCENARIO_VALUES_READER(word);     /* an enum: its place in `words` */

SCENARIO_VALUES_READER(name);
SCENARIO_VALUES_READER(summary);
SCENARIO_VALUES_READER(start);
SCENARIO_VALUES_READER(target_name);
SCENARIO_VALUES_READER(seed);
SCENARIO_VALUES_READER(defects);
SCENARIO_VALUES_READER(guards_off);
SCENARIO_VALUES_READER(body);
SCENARIO_VALUES_READER(tags);
SCENARIO_VALUES_READER(compress);
SCENARIO_VALUES_READER(point);
SCENARIO_VALUES_READER(fault_words);
SCENARIO_VALUES_READER(when);
SCENARIO_VALUES_READER(before);
SCENARIO_VALUES_READER(plan);
SCENARIO_VALUES_READER(events);     /* uint64_t, bits */
SCENARIO_VALUES_READER(properties); /* uint32_t, bits */

/* The scalar's text; NULL with the error set when `node` is none. */
const char *scenario_values_text(struct scenario_values_context *context, const yaml_node_t *node);
/* Whether `node` is a list, with the error set when not. 0 or ERR_USAGE. */
int scenario_values_need_list(struct scenario_values_context *context, const yaml_node_t *node);

#endif
