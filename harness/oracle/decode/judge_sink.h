/* Where the judges put what they find: the report of a case, or fsck's callback. */
#ifndef HARNESS_ORACLE_DECODE_JUDGE_SINK_H
#define HARNESS_ORACLE_DECODE_JUDGE_SINK_H

#include "harness/case/property.h"

#include <stdbool.h>
#include <stdint.h>

/* One violation. `file` and `text` are valid during the call only. */
struct judge_finding {
    enum property property;
    bool is_repairable; /* an unclean stop leaves it and recovery is bound to repair it */
    const char *file;
    uint64_t offset; /* bytes in `file` */
    const char *text;
};

struct judge_sink {
    void *arg;
    void (*add)(void *arg, const struct judge_finding *finding);
};

/* Formats the text and hands the finding on. `where` holds everything but the text. */
void judge_sink_add(const struct judge_sink *sink, const struct judge_finding *where,
                    const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
