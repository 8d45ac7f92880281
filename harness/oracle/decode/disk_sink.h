/* Where the judges put what they find: the report of a case, or fsck's callback. */
#ifndef HARNESS_ORACLE_DECODE_DISK_SINK_H
#define HARNESS_ORACLE_DECODE_DISK_SINK_H

#include "harness/case/mechanism.h"

#include <stdbool.h>
#include <stdint.h>

/* What it takes to mend what was found after an unclean stop. Who does that differs from version
 * to version of RocketMQ; Killpoint's own recovery does all of them. */
enum disk_repair {
    DISK_REPAIR_NONE, /* nobody mends it */
    DISK_REPAIR_ADD,  /* dispatching the record at `place`, behind whose queue's end its unit is */
    DISK_REPAIR_TORN, /* a queue's last unit, torn before its size: no recovery counts it */
    DISK_REPAIR_REWRITE, /* a queue's last unit, torn behind its size: RocketMQ takes it for whole
                          */
    DISK_REPAIR_CUT,     /* cutting a queue at a unit that points at `place`, past the log's end */
    DISK_REPAIR_TAIL,    /* cutting the log at `place` */
    DISK_REPAIR_INDEX,   /* writing the DLedger index again from the entry at `place` on */
    DISK_REPAIR_FILE,    /* removing a last file without a byte */
    DISK_REPAIR_KEYS     /* removing an IndexFile, by which no queue is read */
};

/* One violation. `file` and `text` are valid during the call only. */
struct disk_finding {
    enum mechanism mechanism; /* the property follows from it */
    enum disk_repair repair;
    uint64_t place; /* a physical offset, as `repair` says */
    const char *file;
    uint64_t offset; /* bytes in `file` */
    const char *text;
    bool is_name; /* of the file: not its bytes, but its entry in the directory */
};

struct disk_sink {
    void *arg;
    void (*add)(void *arg, const struct disk_finding *finding);
};

/* Formats the text and hands the finding on. `where` holds everything but the text. */
void disk_sink_add(const struct disk_sink *sink, const struct disk_finding *where,
                   const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
