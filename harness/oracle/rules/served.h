/* What an open store serves, as the oracle asks for it: whoever runs the store answers. */
#ifndef HARNESS_ORACLE_RULES_SERVED_H
#define HARNESS_ORACLE_RULES_SERVED_H

#include "store/base/err.h"
#include "store/format/types.h"

#include <stdint.h>

/* A queue's first readable and next free offset; 0 and 0 for an unknown queue. */
struct served_range {
    int64_t min;
    int64_t max;
};

struct served {
    void *arg;
    /* Valid until the next call.  Negative: it does not serve the record. */
    int (*get)(void *arg, const char *topic, int32_t queue_id, int64_t queue_offset,
               struct store_record *ret_record, struct err *err);
    /* Negative: it does not answer. */
    int (*offsets)(void *arg, const char *topic, int32_t queue_id, struct served_range *ret_range,
                   struct err *err);
};

#endif
