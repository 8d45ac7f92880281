/* A scenario to begin with: what a person who writes the first one gets, with a comment a key. */
#ifndef HARNESS_CLI_COMMANDS_SCENARIO_TEMPLATE_H
#define HARNESS_CLI_COMMANDS_SCENARIO_TEMPLATE_H

#include "harness/scenario/scenario_data.h"

#include <stdio.h>

struct scenario_template {
    const char *name;
    const char *target; /* NULL: the engine; else program:NAME, which has kills alone */
    enum store_mode mode;
    enum store_flush flush;
    bool is_power; /* the plug is pulled instead: explored on a disk in memory */
};

/* Writes YAML that scenario_lint() takes in a file of that name.  What a key means, its range and
 * its default are the rows of scenario_options.h.  0, or -EIO when the file takes no more. */
int scenario_template_write(const struct scenario_template *wanted, FILE *file);

#endif
