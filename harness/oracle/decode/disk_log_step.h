/* What stands at a position of a log. */
#ifndef HARNESS_ORACLE_DECODE_DISK_LOG_STEP_H
#define HARNESS_ORACLE_DECODE_DISK_LOG_STEP_H

#include "harness/oracle/decode/disk_log.h"

enum disk_log_step_kind {
    DISK_LOG_STEP_RECORD,
    DISK_LOG_STEP_SKIP, /* a damaged record with a sound entry header around it */
    DISK_LOG_STEP_FILE_END,
    DISK_LOG_STEP_NOTHING
};

struct disk_log_step {
    enum disk_log_step_kind kind;
    uint64_t size_bytes; /* to the next one */
    struct disk_record record;
    const uint8_t *bytes;
    const char *why; /* there is no record here */
    bool is_blank;
    uint32_t blank_size_bytes;
};

/* Looks at `position` of a file, where the entry after log->entry_index and entry_term is expected.
 * 0 or the view's error; `step` is reused from call to call. */
int disk_log_step_take(const struct disk_log_input *input, uint32_t index, uint64_t position,
                       struct disk_log_step *step);

#endif
