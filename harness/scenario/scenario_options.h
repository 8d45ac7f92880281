/* The keys of a scenario file, in one table: how each is read, its range, its default, and what it
 * means.  The parser, `explain` and the documentation use the same rows. */
#ifndef HARNESS_SCENARIO_SCENARIO_OPTIONS_H
#define HARNESS_SCENARIO_SCENARIO_OPTIONS_H

#include "harness/scenario/scenario.h"
#include "harness/scenario/yaml_reader.h"

enum scenario_options_section {
    SCENARIO_OPTIONS_ROOT,
    SCENARIO_OPTIONS_STORE,
    SCENARIO_OPTIONS_WORKLOAD,
    SCENARIO_OPTIONS_PHASE,
    SCENARIO_OPTIONS_FAULT,
    SCENARIO_OPTIONS_EXPLORE,
    SCENARIO_OPTIONS_EXPECT,
    SCENARIO_OPTIONS_SECTION_COUNT
};

struct scenario_option {
    enum scenario_options_section section;
    const char *key;
    const char *type;     /* "size", "list of words", ... for people */
    const char *range;    /* for people; "" when the type says it all */
    const char *fallback; /* the default, for people; "" when it is required */
    const char *help;
};

/* Reads a whole file into `scenario`, which must be zero.  Places are checked, sums are not: that
 * is scenario_parse's.  0 or ERR_USAGE. */
int scenario_options_read(const struct yaml_reader *reader, struct scenario *scenario,
                          struct err *err);

size_t scenario_options_count(void);
void scenario_options_row(size_t index, struct scenario_option *ret_row);
/* "store", "phases[]"; "" for the root. */
const char *scenario_options_section_name(enum scenario_options_section section);

#endif
