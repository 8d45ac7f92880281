/* A scenario in words, as a row of a word table: for `list scenarios` and `explain SCENARIO`. */
#ifndef HARNESS_CLI_COMMANDS_SCENARIO_ROW_H
#define HARNESS_CLI_COMMANDS_SCENARIO_ROW_H

#include "harness/scenario/scenario_data.h"

#include <jansson.h>

/* A new object: name, mode, flush, expect, file, summary. */
json_t *scenario_row_short(const struct scenario *scenario);
/* A new object that says more: what it is for, what it plants and strikes, how it is run.
 * `command`: how this program is called. */
json_t *scenario_row_long(const struct scenario *scenario, const char *command);

#endif
