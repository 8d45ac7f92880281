/* Two runs side by side. */
#ifndef HARNESS_HISTORY_HISTORY_DIFF_H
#define HARNESS_HISTORY_HISTORY_DIFF_H

#include "store/base/err.h"

#include <jansson.h>

/* What `after` has that `before`, both reports of `run --json`, had not, by the rules that the
 * history goes by: objects of causes in the lists `new`, `ongoing`, `resolved`, `rare` (one and the
 * same program has it in one run only) and `not_covered`; names in `scenarios_added` and `_gone`,
 * `scenarios_failing` and `_mended`; `points_unreached`; `slower`, with both times.  The caller
 * owns it.  0, -ENOMEM, or ERR_USAGE for what is no report. */
int history_diff(const json_t *before, const json_t *after, json_t **ret_diff, struct err *err);

#endif
