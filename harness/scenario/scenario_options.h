/* The keys of a scenario file, in one table: how each is read, its range, its default, and what it
 * means.  The parser, `explain` and the documentation use the same rows. */
#ifndef HARNESS_SCENARIO_SCENARIO_OPTIONS_H
#define HARNESS_SCENARIO_SCENARIO_OPTIONS_H

#include "harness/scenario/scenario_data.h"
#include "harness/yaml/yaml_table.h"

/* The mappings of a file. A key belongs to one of them, and the same word in two is two keys. */
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

/* Reads a whole file into `scenario`, which must hold the defaults and be zero elsewhere: a key
 * that the file leaves out leaves its field as it is.  Each value is checked by itself; what
 * several keys mean together is scenario_parse's affair.  0 or ERR_USAGE with the place. */
int scenario_options_read(const struct yaml_reader *reader, struct scenario *scenario,
                          struct err *err);

/* How many keys there are, in all sections. */
size_t scenario_options_count(void);
/* The key at `index` (below the count), in the order of the documentation; its texts are static. */
void scenario_options_row(size_t index, struct yaml_table_option *ret_row);
/* What a file says for the value `index` of a key that is one of a few words; a static string. */
const char *scenario_options_word(enum scenario_options_section section, const char *key,
                                  uint32_t index);
/* "store", "phases[]"; "" for the root. */
const char *scenario_options_section_name(enum scenario_options_section section);

#endif
