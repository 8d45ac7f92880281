/* Walks a log's records in order, over damage where that is asked for, to what looks like the end.
 */
#include "harness/oracle/decode/disk_log_scan.h"

#include "harness/oracle/decode/disk_log_list.h"
#include "harness/oracle/decode/disk_log_step.h"
#include "store/base/bytes.h"

#include <inttypes.h>
#include <string.h>

struct scan {
    struct disk_log_input input;
    const struct disk_log_visitor *visitor;
    bool has_ended; /* nothing valid since end_file and end_offset */
    bool is_over;   /* and nothing behind it counts */
};

/* Finds the first valid record at or after `from`: 1, 0 or an error. */
static int find_next(struct scan *scan, uint32_t index, uint64_t from, uint64_t *ret_position)
{
    struct disk_log *log = scan->input.log;
    const uint32_t lead = 4 + (disk_log_has_entries(log, index) ? DISK_LOG_ENTRY_SIZE_BYTES : 0);
    uint64_t position = from + lead;
    struct disk_log_step step = {0};
    log->entry_index = -1;
    log->entry_term = -1;
    char path[DISK_LOG_PATH_SIZE_BYTES];
    disk_log_path(log, index, path);
    for (;;) {
        const uint8_t *at = NULL;
        /* No magic begins in a hole: a sparse file of many GiB is not read. */
        int64_t next = view_next(scan->input.view, path, position);
        position = next > 0 && (uint64_t)next > position ? (uint64_t)next : position;
        int64_t n = disk_log_need(&scan->input, index, position, 4, &at);
        if (n < 4) {
            return n < 0 ? (int)n : 0;
        }
        const uint8_t *magic = memchr(at, 0xDA, (size_t)n - 3);
        if (magic == NULL) {
            position += (uint64_t)n - 3;
            continue;
        }
        position += (uint64_t)(magic - at);
        uint32_t value = bytes_get_be32(magic);
        if (value == DISK_RECORD_MAGIC_V1 || value == DISK_RECORD_MAGIC_V2) {
            int r = disk_log_step_take(&scan->input, index, position - lead, &step);
            if (r < 0 || step.kind == DISK_LOG_STEP_RECORD) {
                *ret_position = position - lead;
                return r < 0 ? r : 1;
            }
        }
        position++;
    }
}

/* Whether the log goes on behind it; a visitor that does not ask for damage wants all records
 * there are. */
static bool report_damage(struct scan *scan, const struct disk_log_damage *damage)
{
    return scan->visitor->damage == NULL || scan->visitor->damage(scan->visitor->arg, damage);
}

/* The end is noted where the first thing stands that is no record, not where the search for
 * another one gave up. */
static void set_end(struct scan *scan, uint32_t index, uint64_t position, const char *why)
{
    struct disk_log *log = scan->input.log;
    log->end_file = index;
    log->end_offset = log->files[index].start + position;
    log->end_why = why;
    scan->has_ended = true;
}

/* Nothing valid at `*position`. 1: go on at `*position`, behind damage; 0: the log may end here. */
static int resume(struct scan *scan, uint32_t index, uint64_t *position, const char *why)
{
    struct disk_log *log = scan->input.log;
    if (log->is_resuming) {
        uint64_t next = 0;
        int r = find_next(scan, index, *position + 1, &next);
        if (r < 0) {
            return r;
        }
        if (r > 0) {
            const struct disk_log_damage damage = {index, *position,
                                                   log->files[index].start + *position,
                                                   log->files[index].start + next, why};
            if (report_damage(scan, &damage)) {
                *position = next;
                return 1;
            }
            scan->is_over = true;
        }
    }
    set_end(scan, index, *position, why);
    return 0;
}

/* Hands a record on and remembers its entry. */
static int deliver(struct scan *scan, uint32_t index, uint64_t position, struct disk_log_step *step)
{
    struct disk_log *log = scan->input.log;
    log->entry_index = step->record.entry_index;
    log->entry_term = step->record.entry_term;
    if (step->kind == DISK_LOG_STEP_SKIP) {
        log->is_scanned = false;
        const struct disk_log_damage damage = {
            index, position, log->files[index].start + position,
            log->files[index].start + position + step->size_bytes, step->why};
        (void)report_damage(scan, &damage);
        return 0;
    }
    if (log->keep) {
        int r = disk_log_list_keep(log, &step->record);
        if (r < 0) {
            return r;
        }
    }
    return scan->visitor->record(scan->visitor->arg, &step->record, step->bytes);
}

/* The records of the scan before, which is what this one would find. */
static int deliver_again(struct disk_log *log, const struct disk_log_visitor *visitor)
{
    for (uint32_t i = 0; i < log->now.count; i++) {
        struct disk_record record = log->now.records[i];
        int r = visitor->record(visitor->arg, &record, log->bytes + record.bytes_at);
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

/* Hands on the records from `*position` on that the scan before found and that nothing touched: a
 * plain record stands for itself alone. */
static int deliver_untouched(struct scan *scan, uint32_t index, uint64_t *position)
{
    struct disk_log *log = scan->input.log;
    while (log->is_patched && !log->is_dledger) {
        const struct disk_record *before =
            disk_log_list_known(log, log->files[index].start + *position, NULL, 0);
        if (before == NULL) {
            break;
        }
        struct disk_record record = *before;
        int r = disk_log_list_keep(log, &record);
        if (r < 0) {
            return r;
        }
        r = scan->visitor->record(scan->visitor->arg, &record, log->bytes + record.bytes_at);
        if (r != 0) {
            return r;
        }
        *position += record.size_bytes;
    }
    return 0;
}

/* 0: the file is through, or the log may have ended in it (has_ended). */
static int scan_file(struct scan *scan, uint32_t index, uint64_t position)
{
    struct disk_log *log = scan->input.log;
    for (;;) {
        int r = deliver_untouched(scan, index, &position);
        if (r != 0) {
            return r;
        }
        struct disk_log_step step = {0};
        r = disk_log_step_take(&scan->input, index, position, &step);
        if (r < 0) {
            return r;
        }
        if (step.kind == DISK_LOG_STEP_FILE_END) {
            if (step.is_blank && scan->visitor->blank != NULL) {
                scan->visitor->blank(scan->visitor->arg, index, position, step.blank_size_bytes);
            }
            log->end_offset = log->files[index].start + log->files[index].size_bytes;
            return 0;
        }
        if (step.kind == DISK_LOG_STEP_NOTHING) {
            r = resume(scan, index, &position, step.why);
            if (r <= 0) {
                return r;
            }
            continue;
        }
        r = deliver(scan, index, position, &step);
        if (r != 0) {
            return r;
        }
        position += step.size_bytes;
    }
}

/* After what looked like the end: does the log go on in this file? */
static int scan_after_end(struct scan *scan, uint32_t index)
{
    struct disk_log *log = scan->input.log;
    uint64_t position = 0;
    int r = find_next(scan, index, 0, &position);
    if (r <= 0) {
        return r;
    }
    const struct disk_log_file *file = &log->files[log->end_file];
    const struct disk_log_damage damage = {log->end_file, log->end_offset - file->start,
                                           log->end_offset, log->files[index].start + position,
                                           log->end_why};
    if (!report_damage(scan, &damage)) {
        scan->is_over = true;
        return 0;
    }
    scan->has_ended = false;
    log->end_why = NULL;
    return scan_file(scan, index, position);
}

/* What was not loaded of the file in which the log ends, a large one, is looked at on the disk. */
static int look_at_tail(const struct disk_log_input *input)
{
    struct disk_log *log = input->log;
    log->is_tail_zero = true;
    if (log->end_why == NULL || !log->keep || log->end_file >= log->file_count) {
        return 0;
    }
    const struct disk_log_file *file = &log->files[log->end_file];
    uint64_t position = log->end_offset - file->start;
    if (position < file->loaded_bytes) {
        log->is_tail_zero = bytes_is_zero(log->bytes + file->bytes_at + position,
                                          (size_t)(file->loaded_bytes - position));
        position = file->loaded_bytes;
    }
    if (!log->is_tail_zero || position >= file->size_bytes) {
        return 0;
    }
    char path[DISK_LOG_PATH_SIZE_BYTES];
    disk_log_path(log, log->end_file, path);
    int r = disk_log_find_byte(input->view, path, &position);
    log->is_tail_zero = r == 0;
    return r < 0 ? err_set(input->err, r, "read '%s' at %" PRIu64, path, position) : 0;
}

/* What would make the same bytes scan otherwise; records found in another manner are of no use. */
static struct disk_log_manner manner_of(const struct disk_log *log)
{
    return (struct disk_log_manner){.file_size_bytes = log->file_size_bytes,
                                    .is_dledger = log->is_dledger,
                                    .is_lenient = log->is_lenient,
                                    .is_resuming = log->is_resuming};
}

/* With is_resuming a missing file is no end: the next one is scanned on its own, its first entry
 * following none. Without it the log ends before the hole, as recovery has it. */
int disk_log_scan(struct disk_log *log, const struct view *view,
                  const struct disk_log_visitor *visitor, struct err *err)
{
    if (log->is_unchanged) {
        log->is_unchanged = false;
        return deliver_again(log, visitor);
    }
    struct scan scan = {{log, view, err}, visitor, false, false};
    log->is_scanned = log->keep && !log->is_resuming && visitor->blank == NULL;
    log->scanned_as = manner_of(log);
    log->entry_index = -1;
    log->entry_term = -1;
    log->end_why = NULL;
    log->end_offset = log->min_offset;
    for (uint32_t i = 0; i < log->file_count; i++) {
        bool is_hole =
            i > 0 && log->files[i].start != log->files[i - 1].start + log->file_size_bytes;
        if (is_hole && !log->is_resuming) {
            log->end_why = "a file is missing";
            log->end_file = i - 1;
            break;
        }
        if (is_hole) {
            log->entry_index = -1;
        }
        int r = scan.has_ended ? scan_after_end(&scan, i) : scan_file(&scan, i, 0);
        if (r != 0) {
            log->is_scanned = false;
            return r;
        }
        if (scan.has_ended && (scan.is_over || !log->is_resuming)) {
            break;
        }
    }
    return look_at_tail(&scan.input);
}
