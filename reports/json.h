/* The campaign as one JSON document: schema_version first, then totals, scenarios, causes, and
 * long lists with one object a line, so that grep and diff work on them. */
#ifndef REPORTS_JSON_H
#define REPORTS_JSON_H

#include "reports/collect.h"
#include "store/base/err.h"

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

/* Grows by one whenever a field changes its meaning or goes; new fields do not count. */
#define JSON_SCHEMA_VERSION 3

/* Writes the whole document to `stream` and flushes it: an object with the keys schema_version,
 * version, seed, totals, canary, audit, coverage, scenarios, cells, failures, causes.  `cells`
 * are the cases aggregated by (scenario, role, point, fault); `failures` the first failing cases
 * with their tokens.  Every case on its own is in the archive's results.jsonl.
 * 0, -ENOMEM or -errno of the stream. */
int json_write(FILE *stream, const struct collect *collect, const struct campaign_summary *summary,
               struct err *err);

/* The names of the properties whose bits are set, as a new array. */
json_t *json_properties(uint32_t bits);

#endif
