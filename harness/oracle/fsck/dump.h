/* A store as text: files, records, units, checkpoint and mark, committed offsets. */
#ifndef HARNESS_ORACLE_FSCK_DUMP_H
#define HARNESS_ORACLE_FSCK_DUMP_H

#include "harness/oracle/decode/view.h"
#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct dump_filter {
    const char *topic; /* NULL: all */
    int32_t queue_id;  /* -1: all */
    bool has_offset;   /* only the record at, or the unit pointing at, this physical offset */
    uint64_t offset;
    bool without_units;
    bool without_records;
};

/* Called with each line, without its newline. */
struct dump_out {
    void *arg;
    void (*line)(void *arg, const char *line);
};

/* Lists the store in `view`. 0, -ENOENT (no store), -ENOMEM or the view's error. */
int dump_store(const struct view *view, const struct dump_filter *filter,
               const struct dump_out *out, struct err *err);

#endif
