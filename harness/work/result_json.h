/* What a worker answered, as JSON and back: only what is not 0, so that a case takes a line.
 *
 * A line comes from a file that anybody may have changed: what is read is within the bounds of its
 * struct, or refused. */
#ifndef HARNESS_WORK_RESULT_JSON_H
#define HARNESS_WORK_RESULT_JSON_H

#include "harness/work/pool.h"

#include <jansson.h>

/* The whole result but its id and its plan, which are those of what was asked.  `with_hits`: with
 * the hits per round, which a case of one fault is not asked for.  NULL without memory; the caller
 * owns the reference. */
json_t *result_json_make(const struct pool_result *result, bool with_hits);
/* Fills `result`, whose hits must be initialised; id and plan are 0.  0, -EBADMSG when it is not
 * what result_json_make() makes, or -ENOMEM. */
int result_json_read(const json_t *object, struct pool_result *result);

#endif
