/* The keys of a policy, in one table: read by harness/yaml, and listed by `list policy-keys`. */
#ifndef HARNESS_GATE_POLICY_OPTIONS_H
#define HARNESS_GATE_POLICY_OPTIONS_H

#include "harness/gate/policy.h"
#include "harness/yaml/yaml_table.h"
#include "store/base/err.h"

enum policy_options_section {
    POLICY_OPTIONS_ROOT,
    POLICY_OPTIONS_RUN,
    POLICY_OPTIONS_SCENARIOS,
    POLICY_OPTIONS_LEAST,
    POLICY_OPTIONS_COVERAGE,
    POLICY_OPTIONS_LEFT_OUT,
    POLICY_OPTIONS_ALLOW,
    POLICY_OPTIONS_BENCH,
    POLICY_OPTIONS_KNOWN,
    POLICY_OPTIONS_SECTION_COUNT
};

/* Reads a whole file into `policy`, which must hold the defaults and be zero elsewhere.
 * 0 or ERR_USAGE with the place. */
int policy_options_read(const struct yaml_reader *reader, struct policy *policy, struct err *err);

/* How many keys there are, in all sections. */
size_t policy_options_count(void);
/* The key at `index` (below the count), in the order of the documentation; its texts are static. */
void policy_options_row(size_t index, struct yaml_table_option *ret_row);
/* "run", "known[]"; "" for the root. */
const char *policy_options_section_name(unsigned section);

#endif
