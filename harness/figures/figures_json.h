/* Figures as JSON, for `why --json` and the page of a run. */
#ifndef HARNESS_FIGURES_FIGURES_JSON_H
#define HARNESS_FIGURES_FIGURES_JSON_H

#include "harness/figures/figures.h"

#include <jansson.h>

/* Null when there are none. The caller owns the reference; NULL when out of memory.  Lists of
 * operations, records and units are arrays of numbers, whose columns `columns` names. */
json_t *figures_json(const struct figures *figures);

#endif
