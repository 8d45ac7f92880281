/* Where the judges put what they find: the report of a case, or fsck's callback. */
#ifndef HARNESS_ORACLE_DECODE_DISK_SINK_H
#define HARNESS_ORACLE_DECODE_DISK_SINK_H

#include "harness/case/property.h"

#include <stdbool.h>
#include <stdint.h>

/* One violation. `file` and `text` are valid during the call only. */
struct disk_finding {
    enum property property;
    bool is_repairable; /* an unclean stop leaves it and recovery is bound to repair it */
    const char *file;
    uint64_t offset; /* bytes in `file` */
    const char *text;
};

struct disk_sink {
    void *arg;
    void (*add)(void *arg, const struct disk_finding *finding);
};

/* Formats the text and hands the finding on. `where` holds everything but the text. */
void disk_sink_add(const struct disk_sink *sink, const struct disk_finding *where,
                   const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
