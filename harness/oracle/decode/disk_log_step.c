/* What stands at a position of a log: a plain record, or a DLedger entry around one
 * (docs/FORMAT.md, "Message record", "DLedger"). */
#include "harness/oracle/decode/disk_log_step.h"

#include "harness/oracle/decode/disk_log_list.h"
#include "store/base/bytes.h"

#define ENTRY_MAGIC       1u
#define ENTRY_MAGIC_BLANK 0xFFFFFFFFu
#define BLANK_SIZE_BYTES  8u

/* disk_record_parse() of what stands at `offset`, which depends on its bytes alone. */
static enum disk_record_kind parse(struct disk_log *log, uint64_t offset, const uint8_t *at,
                                   size_t remaining_bytes, struct disk_log_step *step)
{
    const struct disk_record *before =
        log->keep ? disk_log_list_known(log, offset, at, remaining_bytes) : NULL;
    if (before == NULL) {
        return disk_record_parse(at, remaining_bytes, &step->record, &step->why);
    }
    step->record = *before;
    return DISK_RECORD_WHOLE;
}

/* Says where the record stands that was parsed at `at`, and refuses one that does not fill the
 * `size_bytes` that it is to have. */
static void take_record(const struct disk_log *log, uint32_t index, uint64_t position,
                        const uint8_t *at, uint32_t size_bytes, struct disk_log_step *step)
{
    struct disk_record *record = &step->record;
    record->offset = log->files[index].start + position;
    record->file = index;
    record->bytes_at = (uint64_t)(at - log->bytes);
    step->bytes = at;
    step->why = record->size_bytes != size_bytes ? "the entry is larger than its record"
                                                 : disk_log_refuse(log, record);
    step->kind = step->why == NULL ? DISK_LOG_STEP_RECORD : DISK_LOG_STEP_NOTHING;
}

/* `at` and the `n` bytes there are those of disk_log_step_take(). */
static int step_plain(const struct disk_log_input *input, uint32_t index, uint64_t position,
                      const uint8_t *at, int64_t n, struct disk_log_step *step)
{
    struct disk_log *log = input->log;
    uint32_t size = bytes_get_be32(at);
    if (size >= DISK_RECORD_SIZE_BYTES_MIN && size <= DISK_RECORD_SIZE_BYTES_MAX) {
        n = disk_log_need(input, index, position, size, &at);
        if (n < 0) {
            return (int)n;
        }
    }
    enum disk_record_kind kind =
        parse(log, log->files[index].start + position, at, (size_t)n, step);
    step->record.entry_index = -1;
    step->record.entry_term = -1;
    if (kind == DISK_RECORD_BLANK) {
        step->is_blank = true;
        step->blank_size_bytes = size;
        return 0;
    }
    step->kind = DISK_LOG_STEP_NOTHING;
    if (kind == DISK_RECORD_WHOLE) {
        step->size_bytes = size;
        take_record(log, index, position, at, size, step);
    }
    return 0;
}

/* NULL when `at` is the header of the entry at `offset`. */
static const char *refuse_entry(const uint8_t *at, uint64_t offset, int64_t index, int64_t term)
{
    uint32_t size = bytes_get_be32(at + 4);
    int64_t entry_index = (int64_t)bytes_get_be64(at + 8);
    if (bytes_get_be32(at) != ENTRY_MAGIC) {
        return "no entry magic";
    }
    if (size < DISK_LOG_ENTRY_SIZE_BYTES + DISK_RECORD_SIZE_BYTES_MIN ||
        size > DISK_LOG_ENTRY_SIZE_BYTES + DISK_RECORD_SIZE_BYTES_MAX ||
        bytes_get_be32(at + 44) != size - DISK_LOG_ENTRY_SIZE_BYTES) {
        return "the entry's sizes are impossible";
    }
    if (bytes_get_be64(at + 24) != offset) {
        return "the entry says that it stands elsewhere";
    }
    if (entry_index < 0 || (index >= 0 && entry_index != index + 1)) {
        return "the entry's index does not follow the one before";
    }
    if ((int64_t)bytes_get_be64(at + 16) < term) {
        return "the entry's term is lower than the one before";
    }
    return NULL;
}

/* Without a record CRC DLedger itself never looks into an entry: a damaged body is not the end when
 * another entry follows. */
static int try_skip(const struct disk_log_input *input, uint32_t index, uint64_t position,
                    struct disk_log_step *step)
{
    const uint8_t *at = NULL;
    uint64_t next = position + step->size_bytes;
    int64_t n = disk_log_need(input, index, next, DISK_LOG_ENTRY_SIZE_BYTES, &at);
    if (n < 0) {
        return (int)n;
    }
    if (n >= DISK_LOG_ENTRY_SIZE_BYTES &&
        refuse_entry(at, input->log->files[index].start + next, step->record.entry_index,
                     step->record.entry_term) == NULL) {
        step->kind = DISK_LOG_STEP_SKIP;
    }
    return 0;
}

static int step_body(const struct disk_log_input *input, uint32_t index, uint64_t position,
                     struct disk_log_step *step)
{
    struct disk_log *log = input->log;
    const uint8_t *at = NULL;
    int64_t n = disk_log_need(input, index, position, step->size_bytes, &at);
    if (n < 0) {
        return (int)n;
    }
    if ((uint64_t)n < step->size_bytes) {
        step->why = "the entry does not fit in its file";
        return 0;
    }
    const uint8_t *body = at + DISK_LOG_ENTRY_SIZE_BYTES;
    uint64_t body_position = position + DISK_LOG_ENTRY_SIZE_BYTES;
    uint32_t body_size = bytes_get_be32(at + 44);
    enum disk_record_kind kind =
        parse(log, log->files[index].start + body_position, body, body_size, step);
    step->record.entry_index = (int64_t)bytes_get_be64(at + 8);
    step->record.entry_term = (int64_t)bytes_get_be64(at + 16);
    if (kind == DISK_RECORD_WHOLE) {
        take_record(log, index, body_position, body, body_size, step);
    }
    return step->kind != DISK_LOG_STEP_RECORD && log->is_lenient
               ? try_skip(input, index, position, step)
               : 0;
}

static int step_dledger(const struct disk_log_input *input, uint32_t index, uint64_t position,
                        const uint8_t *at, int64_t n, struct disk_log_step *step)
{
    struct disk_log *log = input->log;
    uint32_t size = bytes_get_be32(at + 4);
    if (bytes_get_be32(at) == ENTRY_MAGIC_BLANK) {
        step->is_blank = true;
        step->blank_size_bytes = size;
        return 0;
    }
    step->kind = DISK_LOG_STEP_NOTHING;
    if (bytes_is_zero(at, BLANK_SIZE_BYTES)) {
        step->why = "zeros";
        return 0;
    }
    step->why = n < DISK_LOG_ENTRY_SIZE_BYTES ? "cut short"
                                              : refuse_entry(at, log->files[index].start + position,
                                                             log->entry_index, log->entry_term);
    if (step->why != NULL) {
        return 0;
    }
    step->size_bytes = size;
    return step_body(input, index, position, step);
}

int disk_log_step_take(const struct disk_log_input *input, uint32_t index, uint64_t position,
                       struct disk_log_step *step)
{
    bool is_dledger = disk_log_has_entries(input->log, index);
    const uint8_t *at = NULL;
    step->is_blank = false;
    step->why = NULL;
    step->kind = DISK_LOG_STEP_FILE_END;
    int64_t n = disk_log_need(input, index, position,
                              is_dledger ? DISK_LOG_ENTRY_SIZE_BYTES : BLANK_SIZE_BYTES, &at);
    if (n < (int64_t)BLANK_SIZE_BYTES) {
        return n < 0 ? (int)n : 0;
    }
    return is_dledger ? step_dledger(input, index, position, at, n, step)
                      : step_plain(input, index, position, at, n, step);
}
