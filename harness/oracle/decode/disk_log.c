/* Walks a log as docs/FORMAT.md describes it ("Message record", "DLedger"). */
#include "harness/oracle/decode/disk_log.h"

#include "harness/oracle/decode/disk_grow.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE_BYTES     (UINT64_C(16) << 20)
#define KEPT_SIZE_BYTES_MAX  (UINT64_C(2) << 30)
#define START_MAX            (UINT64_C(1) << 62)
#define NAME_DIGITS          20
#define ENTRY_MAGIC          1u
#define ENTRY_MAGIC_BLANK    0xFFFFFFFFu
#define BLANK_SIZE_BYTES     8u
#define PROBE_SIZE_BYTES_MIN 4096u

struct scan {
    struct disk_log *log;
    const struct view *view;
    const struct disk_log_visitor *visitor;
    struct err *err;
    bool has_ended; /* nothing valid since end_file and end_offset */
    bool is_over;   /* and nothing behind it counts */
};

enum step_kind {
    STEP_RECORD,
    STEP_SKIP, /* a damaged record with a sound entry header around it */
    STEP_FILE_END,
    STEP_NOTHING
};

/* What stands at a position. */
struct step {
    enum step_kind kind;
    uint64_t size_bytes; /* to the next one */
    struct disk_record record;
    const uint8_t *bytes;
    const char *why;
    bool is_blank;
    uint32_t blank_size_bytes;
};

void disk_log_init(struct disk_log *log)
{
    memset(log, 0, sizeof *log);
}

void disk_log_done(struct disk_log *log)
{
    free(log->files);
    free(log->bytes);
    free(log->last_files);
    free(log->page_hashes);
    free(log->last_page_hashes);
    free(log->before.bytes);
    free(log->before.records);
    free(log->now.records);
    free(log->probe);
    memset(log, 0, sizeof *log);
}

bool disk_log_parse_name(const char *name, uint64_t *ret_start)
{
    uint64_t start = 0;
    size_t length = 0;
    for (; name[length] != '\0'; length++) {
        if (length >= NAME_DIGITS || name[length] < '0' || name[length] > '9') {
            return false;
        }
        if (start > START_MAX / 10) {
            return false;
        }
        start = start * 10 + (uint64_t)(name[length] - '0');
    }
    *ret_start = start;
    return length == NAME_DIGITS;
}

char *disk_log_put_name(char *at, uint64_t start)
{
    for (size_t i = NAME_DIGITS; i > 0; i--) {
        at[i - 1] = (char)('0' + start % 10);
        start /= 10;
    }
    at[NAME_DIGITS] = '\0';
    return at + NAME_DIGITS;
}

void disk_log_path(const struct disk_log *log, uint32_t file, char path[DISK_LOG_PATH_SIZE_BYTES])
{
    size_t length = strlen(log->directory);
    memcpy(path, log->directory, length);
    path[length] = '/';
    (void)disk_log_put_name(path + length + 1, file < log->file_count ? log->files[file].start : 0);
}

uint32_t disk_log_find_file(const struct disk_log *log, uint64_t offset)
{
    uint32_t low = 0;
    uint32_t high = log->file_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (log->files[middle].start <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || offset - log->files[low - 1].start >= log->files[low - 1].size_bytes) {
        return log->file_count;
    }
    return low - 1;
}

static int add_name(void *arg, const char *name, bool is_dir)
{
    struct disk_log *log = arg;
    uint64_t start = 0;
    if (is_dir || !disk_log_parse_name(name, &start)) {
        return 0;
    }
    struct disk_log_file *files =
        disk_grow(log->files, &log->file_capacity, log->file_count + 1u, sizeof *files);
    if (files == NULL) {
        return -ENOMEM;
    }
    log->files = files;
    files[log->file_count++] = (struct disk_log_file){.start = start};
    return 0;
}

/* What was read and parsed last becomes what the next scan compares with. */
static void turn_over(struct disk_log *log)
{
    struct disk_log_parsed last = log->now;
    last.bytes = log->bytes;
    last.bytes_capacity = log->bytes_capacity;
    log->now = log->before;
    log->now.count = 0;
    log->bytes = log->before.bytes;
    log->bytes_capacity = log->before.bytes_capacity;
    log->before = last;
    log->before_at = 0;
}

static void swap_files(struct disk_log *log)
{
    struct disk_log_file *files = log->files;
    size_t capacity = log->file_capacity;
    log->files = log->last_files;
    log->file_capacity = log->last_file_capacity;
    log->last_files = files;
    log->last_file_capacity = capacity;
    log->last_file_count = log->file_count;
    log->file_count = 0;
}

static struct disk_log_manner manner_of(const struct disk_log *log)
{
    return (struct disk_log_manner){.file_size_bytes = log->file_size_bytes,
                                    .is_dledger = log->is_dledger,
                                    .is_lenient = log->is_lenient,
                                    .is_resuming = log->is_resuming};
}

/* Whether the last scan can be gone on from: it was whole, and of files as large at such places. */
static bool is_as_scanned(const struct disk_log *log)
{
    const struct disk_log_manner *as = &log->scanned_as;
    if (!log->keep || !log->is_scanned || log->file_count != log->last_file_count ||
        as->file_size_bytes != log->file_size_bytes || as->is_dledger != log->is_dledger ||
        as->is_lenient != log->is_lenient || as->is_resuming != log->is_resuming) {
        return false;
    }
    for (uint32_t i = 0; i < log->file_count; i++) {
        const struct disk_log_file *is = &log->files[i];
        const struct disk_log_file *was = &log->last_files[i];
        if (is->start != was->start || is->size_bytes != was->size_bytes ||
            is->pages_at == SIZE_MAX || is->pages_at != was->pages_at ||
            (was->loaded_bytes != 0 && was->loaded_bytes != was->size_bytes)) {
            return false;
        }
    }
    return true;
}

static size_t pages_of(const struct disk_log_file *file)
{
    return (size_t)((file->size_bytes + VIEW_PAGE_SIZE_BYTES - 1) / VIEW_PAGE_SIZE_BYTES);
}

/* Asks for the hashes of a file's pages. */
static int list_pages(struct disk_log *log, const struct view *view, const char *path,
                      struct disk_log_file *file)
{
    file->pages_at = SIZE_MAX;
    if (!log->keep || view->pages == NULL || file->size_bytes > CHUNK_SIZE_BYTES) {
        return 0;
    }
    size_t count = pages_of(file);
    uint64_t *hashes =
        disk_grow(log->page_hashes, &log->page_capacity, log->page_count + count, sizeof *hashes);
    if (hashes == NULL) {
        return -ENOMEM;
    }
    log->page_hashes = hashes;
    if (view->pages(view->arg, path, hashes + log->page_count, count) == 0) {
        file->pages_at = log->page_count;
        log->page_count += count;
    }
    return 0;
}

static void swap_pages(struct disk_log *log)
{
    uint64_t *hashes = log->page_hashes;
    size_t capacity = log->page_capacity;
    log->page_hashes = log->last_page_hashes;
    log->page_capacity = log->last_page_capacity;
    log->last_page_hashes = hashes;
    log->last_page_capacity = capacity;
    log->page_count = 0;
}

/* Reads again the pages of a file that differ, and marks them: 1 when there are any. */
static int patch_file(struct disk_log *log, const struct view *view, uint32_t index)
{
    const struct disk_log_file *file = &log->files[index];
    int patched = 0;
    char path[DISK_LOG_PATH_SIZE_BYTES];
    disk_log_path(log, index, path);
    for (size_t i = 0; i < pages_of(file); i++) {
        uint64_t *hash = &log->page_hashes[file->pages_at + i];
        bool is_same = (*hash | 1) == (log->last_page_hashes[file->pages_at + i] | 1);
        *hash = is_same ? *hash & ~UINT64_C(1) : *hash | 1;
        if (is_same) {
            continue;
        }
        patched = 1;
        uint64_t position = (uint64_t)i * VIEW_PAGE_SIZE_BYTES;
        uint64_t rest = file->size_bytes - position;
        size_t size = rest < VIEW_PAGE_SIZE_BYTES ? (size_t)rest : VIEW_PAGE_SIZE_BYTES;
        if (file->loaded_bytes != 0 &&
            view->read(view->arg, path, position, log->bytes + file->bytes_at + position, size) !=
                (int64_t)size) {
            return -EIO;
        }
    }
    return patched;
}

/* Makes the bytes of the last scan those of this one.  Negative: they must be read anew. */
static int patch(struct disk_log *log, const struct view *view)
{
    bool is_unchanged = true;
    for (uint32_t i = 0; i < log->file_count; i++) {
        log->files[i].bytes_at = log->last_files[i].bytes_at;
        log->files[i].loaded_bytes = log->last_files[i].loaded_bytes;
        int r = patch_file(log, view, i);
        if (r < 0) {
            log->now.count = 0; /* not parsed from these bytes any more */
            return r;
        }
        is_unchanged = is_unchanged && r == 0;
    }
    log->is_unchanged = is_unchanged;
    log->is_patched = !is_unchanged;
    return 0;
}

static int list_files(struct disk_log *log, const struct view *view, struct err *err)
{
    int r = view->list(view->arg, log->directory, add_name, log);
    if (r == -ENOENT) {
        return 0;
    }
    if (r < 0) {
        return err_set(err, r, "list '%s'", log->directory);
    }
    for (uint32_t i = 0; i < log->file_count; i++) {
        char path[DISK_LOG_PATH_SIZE_BYTES];
        disk_log_path(log, i, path);
        int64_t size = view->size(view->arg, path);
        if (size < 0) {
            return err_set(err, (int)size, "size of '%s'", path);
        }
        log->files[i].size_bytes = (uint64_t)size;
        if (list_pages(log, view, path, &log->files[i]) < 0) {
            return err_set(err, -ENOMEM, "list '%s'", log->directory);
        }
    }
    /* An empty last file is what a kill between create and extend leaves. */
    if (log->file_count > 0 && log->files[log->file_count - 1].size_bytes == 0) {
        log->file_count--;
    }
    return 0;
}

/* What the last scan parsed, for the next one to compare with; its bytes stay where they are. */
static void turn_over_records(struct disk_log *log)
{
    struct disk_log_parsed now = log->now;
    struct disk_record *records = log->before.records;
    size_t capacity = log->before.capacity;
    log->before.records = now.records;
    log->before.capacity = now.capacity;
    log->before.count = now.count;
    log->before_at = 0;
    log->now.records = records;
    log->now.capacity = capacity;
    log->now.count = 0;
}

int disk_log_list(struct disk_log *log, const struct view *view, struct err *err)
{
    swap_files(log);
    swap_pages(log);
    int r = list_files(log, view, err);
    log->is_unchanged = false;
    log->is_patched = false;
    if (r == 0 && is_as_scanned(log) && patch(log, view) == 0) {
        if (log->is_patched) {
            turn_over_records(log);
        }
    } else {
        if (log->keep) {
            turn_over(log);
        }
        log->bytes_size = 0;
        log->window_file = UINT32_MAX;
    }
    if (!log->is_unchanged) {
        log->is_scanned = false;
        log->end_offset = 0;
        log->end_why = NULL;
        log->min_offset = r == 0 && log->file_count > 0 ? log->files[0].start : 0;
    }
    return r;
}

static int64_t read_bytes(struct scan *scan, uint32_t index, uint64_t position, uint8_t *at,
                          size_t size_bytes)
{
    char path[DISK_LOG_PATH_SIZE_BYTES];
    disk_log_path(scan->log, index, path);
    int64_t n = scan->view->read(scan->view->arg, path, position, at, size_bytes);
    if (n < 0) {
        err_set(scan->err, (int)n, "read '%s' at %" PRIu64, path, position);
    }
    return n;
}

/* keep: loads whole chunks until `end` of the file is there. */
static int load_kept(struct scan *scan, uint32_t index, uint64_t end)
{
    struct disk_log *log = scan->log;
    struct disk_log_file *file = &log->files[index];
    if (file->loaded_bytes == 0) {
        file->bytes_at = log->bytes_size;
    }
    while (file->loaded_bytes < end && file->loaded_bytes < file->size_bytes) {
        uint64_t rest = file->size_bytes - file->loaded_bytes;
        uint32_t chunk = (uint32_t)(rest < CHUNK_SIZE_BYTES ? rest : CHUNK_SIZE_BYTES);
        if (log->bytes_size + chunk > KEPT_SIZE_BYTES_MAX) {
            return err_set(scan->err, -EFBIG, "the log is too large to be judged in memory");
        }
        uint8_t *bytes = disk_grow(log->bytes, &log->bytes_capacity, log->bytes_size + chunk, 1);
        if (bytes == NULL) {
            return err_set(scan->err, -ENOMEM, "read '%s'", log->directory);
        }
        log->bytes = bytes;
        int64_t n =
            read_bytes(scan, index, file->loaded_bytes, log->bytes + log->bytes_size, chunk);
        if (n < 0) {
            return (int)n;
        }
        log->bytes_size += (size_t)n;
        file->loaded_bytes += (uint64_t)n;
        if ((uint64_t)n < chunk) {
            file->size_bytes = file->loaded_bytes;
        }
    }
    return 0;
}

static int load_window(struct scan *scan, uint32_t index, uint64_t position)
{
    struct disk_log *log = scan->log;
    uint64_t rest = log->files[index].size_bytes - position;
    uint32_t chunk = (uint32_t)(rest < CHUNK_SIZE_BYTES ? rest : CHUNK_SIZE_BYTES);
    uint8_t *bytes = disk_grow(log->bytes, &log->bytes_capacity, chunk, 1);
    if (bytes == NULL) {
        return err_set(scan->err, -ENOMEM, "read '%s'", log->directory);
    }
    log->bytes = bytes;
    int64_t n = read_bytes(scan, index, position, log->bytes, chunk);
    if (n < 0) {
        return (int)n;
    }
    log->window_file = index;
    log->window_start = position;
    log->bytes_size = (size_t)n;
    return 0;
}

/* Makes `size_bytes` from `position` on readable at `*ret_at`, as far as the file has them, and
 * returns how many there are: perhaps more. */
static int64_t need(struct scan *scan, uint32_t index, uint64_t position, uint64_t size_bytes,
                    const uint8_t **ret_at)
{
    struct disk_log *log = scan->log;
    const struct disk_log_file *file = &log->files[index];
    if (position >= file->size_bytes) {
        return 0;
    }
    uint64_t rest = file->size_bytes - position;
    uint64_t end = position + (size_bytes < rest ? size_bytes : rest);
    if (log->keep) {
        int r = load_kept(scan, index, end);
        if (r < 0) {
            return r;
        }
        *ret_at = log->bytes + file->bytes_at + position;
        return file->loaded_bytes > position ? (int64_t)(file->loaded_bytes - position) : 0;
    }
    if (log->window_file != index || position < log->window_start ||
        end > log->window_start + log->bytes_size) {
        int r = load_window(scan, index, position);
        if (r < 0) {
            return r;
        }
    }
    uint64_t into = position - log->window_start;
    *ret_at = log->bytes + into;
    return (int64_t)(log->bytes_size - into);
}

/* Whether none of the bytes was read anew since the scan before. */
static bool is_untouched(const struct disk_log *log, const struct disk_record *record)
{
    const struct disk_log_file *file = &log->files[record->file];
    uint64_t position = record->offset - file->start;
    uint64_t last = (position + record->size_bytes - 1) / VIEW_PAGE_SIZE_BYTES;
    for (uint64_t i = position / VIEW_PAGE_SIZE_BYTES; i <= last; i++) {
        if ((log->page_hashes[file->pages_at + i] & 1) != 0) {
            return false;
        }
    }
    return true;
}

/* The record that stood there at the scan before, when its bytes are the same. */
static const struct disk_record *find_before(struct disk_log *log, uint64_t offset,
                                             const uint8_t *at, size_t remaining_bytes)
{
    const struct disk_log_parsed *before = &log->before;
    while (log->before_at < before->count && before->records[log->before_at].offset < offset) {
        log->before_at++;
    }
    const struct disk_record *record = &before->records[log->before_at];
    if (log->before_at == before->count || record->offset != offset) {
        return NULL;
    }
    if (log->is_patched) {
        return is_untouched(log, record) ? record : NULL;
    }
    bool is_same = record->size_bytes <= remaining_bytes &&
                   memcmp(at, before->bytes + record->bytes_at, record->size_bytes) == 0;
    return is_same ? record : NULL;
}

/* disk_record_parse() of what stands at `offset`, which depends on its bytes alone. */
static enum disk_record_kind parse(struct disk_log *log, uint64_t offset, const uint8_t *at,
                                   size_t remaining_bytes, struct step *step)
{
    const struct disk_record *before =
        log->keep ? find_before(log, offset, at, remaining_bytes) : NULL;
    if (before == NULL) {
        return disk_record_parse(at, remaining_bytes, &step->record, &step->why);
    }
    step->record = *before;
    return DISK_RECORD_WHOLE;
}

/* Keeps a valid record for the next scan. */
static int keep_parsed(struct disk_log *log, const struct disk_record *record)
{
    struct disk_log_parsed *now = &log->now;
    struct disk_record *records =
        disk_grow(now->records, &now->capacity, now->count + 1u, sizeof *records);
    if (records == NULL) {
        return -ENOMEM;
    }
    now->records = records;
    records[now->count++] = *record;
    return 0;
}

/* A record that parsed: is it this place's, and is it whole? NULL when it is. */
static const char *refuse_record(const struct disk_log *log, const struct disk_record *record)
{
    if (record->stored_offset != record->offset) {
        return "it says that it stands elsewhere";
    }
    if (log->is_lenient) {
        return NULL;
    }
    if (record->crc == DISK_RECORD_CRC_BAD) {
        return "the record's CRC does not match";
    }
    if (record->crc == DISK_RECORD_CRC_ABSENT && !record->are_properties_whole) {
        return "its properties are damaged";
    }
    return NULL;
}

static int step_plain(struct scan *scan, uint32_t index, uint64_t position, struct step *step)
{
    struct disk_log *log = scan->log;
    const uint8_t *at = NULL;
    int64_t n = need(scan, index, position, BLANK_SIZE_BYTES, &at);
    step->kind = STEP_FILE_END;
    if (n < (int64_t)BLANK_SIZE_BYTES) {
        return n < 0 ? (int)n : 0;
    }
    uint32_t size = bytes_get_be32(at);
    if (size >= DISK_RECORD_SIZE_BYTES_MIN && size <= DISK_RECORD_SIZE_BYTES_MAX) {
        n = need(scan, index, position, size, &at);
        if (n < 0) {
            return (int)n;
        }
    }
    enum disk_record_kind kind =
        parse(log, log->files[index].start + position, at, (size_t)n, step);
    if (kind == DISK_RECORD_BLANK) {
        step->is_blank = true;
        step->blank_size_bytes = size;
        return 0;
    }
    step->kind = STEP_NOTHING;
    if (kind != DISK_RECORD_WHOLE) {
        return 0;
    }
    step->record.offset = log->files[index].start + position;
    step->record.file = index;
    step->record.bytes_at = (uint64_t)(at - log->bytes);
    step->size_bytes = size;
    step->bytes = at;
    step->why = refuse_record(log, &step->record);
    step->kind = step->why == NULL ? STEP_RECORD : STEP_NOTHING;
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
static int try_skip(struct scan *scan, uint32_t index, uint64_t position, struct step *step)
{
    const uint8_t *at = NULL;
    uint64_t next = position + step->size_bytes;
    int64_t n = need(scan, index, next, DISK_LOG_ENTRY_SIZE_BYTES, &at);
    if (n < 0) {
        return (int)n;
    }
    if (n >= DISK_LOG_ENTRY_SIZE_BYTES &&
        refuse_entry(at, scan->log->files[index].start + next, step->record.entry_index,
                     step->record.entry_term) == NULL) {
        step->kind = STEP_SKIP;
    }
    return 0;
}

static int step_body(struct scan *scan, uint32_t index, uint64_t position, struct step *step)
{
    struct disk_log *log = scan->log;
    const uint8_t *at = NULL;
    int64_t n = need(scan, index, position, step->size_bytes, &at);
    if (n < 0) {
        return (int)n;
    }
    if ((uint64_t)n < step->size_bytes) {
        step->why = "the entry does not fit in its file";
        return 0;
    }
    struct disk_record *record = &step->record;
    int64_t entry_index = (int64_t)bytes_get_be64(at + 8);
    int64_t entry_term = (int64_t)bytes_get_be64(at + 16);
    uint32_t body_size = bytes_get_be32(at + 44);
    enum disk_record_kind kind =
        parse(log, log->files[index].start + position + DISK_LOG_ENTRY_SIZE_BYTES,
              at + DISK_LOG_ENTRY_SIZE_BYTES, body_size, step);
    record->entry_index = entry_index;
    record->entry_term = entry_term;
    if (kind == DISK_RECORD_WHOLE) {
        record->offset = log->files[index].start + position + DISK_LOG_ENTRY_SIZE_BYTES;
        record->file = index;
        record->bytes_at = (uint64_t)(at - log->bytes) + DISK_LOG_ENTRY_SIZE_BYTES;
        step->bytes = at + DISK_LOG_ENTRY_SIZE_BYTES;
        step->why = record->size_bytes != body_size ? "the entry is larger than its record"
                                                    : refuse_record(log, record);
        step->kind = step->why == NULL ? STEP_RECORD : STEP_NOTHING;
    }
    return step->kind != STEP_RECORD && log->is_lenient ? try_skip(scan, index, position, step) : 0;
}

static int step_dledger(struct scan *scan, uint32_t index, uint64_t position, struct step *step)
{
    struct disk_log *log = scan->log;
    const uint8_t *at = NULL;
    int64_t n = need(scan, index, position, DISK_LOG_ENTRY_SIZE_BYTES, &at);
    step->kind = STEP_FILE_END;
    if (n < (int64_t)BLANK_SIZE_BYTES) {
        return n < 0 ? (int)n : 0;
    }
    uint32_t size = bytes_get_be32(at + 4);
    if (bytes_get_be32(at) == ENTRY_MAGIC_BLANK) {
        step->is_blank = true;
        step->blank_size_bytes = size;
        return 0;
    }
    step->kind = STEP_NOTHING;
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
    return step_body(scan, index, position, step);
}

static int take_step(struct scan *scan, uint32_t index, uint64_t position, struct step *step)
{
    step->is_blank = false;
    step->why = NULL;
    return scan->log->is_dledger ? step_dledger(scan, index, position, step)
                                 : step_plain(scan, index, position, step);
}

/* Finds the first valid record at or after `from`: 1, 0 or an error. */
static int find_next(struct scan *scan, uint32_t index, uint64_t from, uint64_t *ret_position)
{
    struct disk_log *log = scan->log;
    const uint32_t lead = 4 + (log->is_dledger ? DISK_LOG_ENTRY_SIZE_BYTES : 0);
    uint64_t position = from + lead;
    struct step step = {0};
    log->entry_index = -1;
    log->entry_term = -1;
    for (;;) {
        const uint8_t *at = NULL;
        int64_t n = need(scan, index, position, 4, &at);
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
            int r = take_step(scan, index, position - lead, &step);
            if (r < 0 || step.kind == STEP_RECORD) {
                *ret_position = position - lead;
                return r < 0 ? r : 1;
            }
        }
        position++;
    }
}

static bool report_damage(struct scan *scan, const struct disk_log_damage *damage)
{
    return scan->visitor->damage == NULL || scan->visitor->damage(scan->visitor->arg, damage);
}

static void set_end(struct scan *scan, uint32_t index, uint64_t position, const char *why)
{
    struct disk_log *log = scan->log;
    log->end_file = index;
    log->end_offset = log->files[index].start + position;
    log->end_why = why;
    scan->has_ended = true;
}

/* Nothing valid at `*position`. 1: go on at `*position`, behind damage; 0: the log may end here. */
static int resume(struct scan *scan, uint32_t index, uint64_t *position, const char *why)
{
    struct disk_log *log = scan->log;
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
static int deliver(struct scan *scan, uint32_t index, uint64_t position, struct step *step)
{
    struct disk_log *log = scan->log;
    log->entry_index = step->record.entry_index;
    log->entry_term = step->record.entry_term;
    if (step->kind == STEP_SKIP) {
        log->is_scanned = false;
        const struct disk_log_damage damage = {
            index, position, log->files[index].start + position,
            log->files[index].start + position + step->size_bytes, step->why};
        (void)report_damage(scan, &damage);
        return 0;
    }
    int r = log->keep ? keep_parsed(log, &step->record) : 0;
    return r < 0 ? r : scan->visitor->record(scan->visitor->arg, &step->record, step->bytes);
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
    struct disk_log *log = scan->log;
    while (log->is_patched && !log->is_dledger) {
        const struct disk_record *before =
            find_before(log, log->files[index].start + *position, NULL, 0);
        if (before == NULL) {
            break;
        }
        struct disk_record record = *before;
        int r = keep_parsed(log, &record);
        r = r < 0
                ? r
                : scan->visitor->record(scan->visitor->arg, &record, log->bytes + record.bytes_at);
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
    struct disk_log *log = scan->log;
    for (;;) {
        int r = deliver_untouched(scan, index, &position);
        if (r != 0) {
            return r;
        }
        struct step step = {0};
        r = take_step(scan, index, position, &step);
        if (r < 0) {
            return r;
        }
        if (step.kind == STEP_FILE_END) {
            if (step.is_blank && scan->visitor->blank != NULL) {
                scan->visitor->blank(scan->visitor->arg, index, position, step.blank_size_bytes);
            }
            log->end_offset = log->files[index].start + log->files[index].size_bytes;
            return 0;
        }
        if (step.kind == STEP_NOTHING) {
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
    struct disk_log *log = scan->log;
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

static void look_at_tail(struct disk_log *log)
{
    log->is_tail_zero = true;
    if (log->end_why != NULL && log->keep && log->end_file < log->file_count) {
        const struct disk_log_file *file = &log->files[log->end_file];
        uint64_t position = log->end_offset - file->start;
        if (position < file->loaded_bytes) {
            log->is_tail_zero = bytes_is_zero(log->bytes + file->bytes_at + position,
                                              (size_t)(file->loaded_bytes - position));
        }
    }
}

int disk_log_scan(struct disk_log *log, const struct view *view,
                  const struct disk_log_visitor *visitor, struct err *err)
{
    if (log->is_unchanged) {
        log->is_unchanged = false;
        return deliver_again(log, visitor);
    }
    struct scan scan = {log, view, visitor, err, false, false};
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
    look_at_tail(log);
    return 0;
}

/* Reads up to `size_bytes` at `offset` into the probe. */
static int64_t read_probe(struct disk_log *log, const struct view *view, uint64_t offset,
                          uint64_t size_bytes)
{
    uint32_t index = disk_log_find_file(log, offset);
    if (index == log->file_count) {
        return 0;
    }
    uint64_t position = offset - log->files[index].start;
    uint64_t rest = log->files[index].size_bytes - position;
    size_t wanted = (size_t)(size_bytes < rest ? size_bytes : rest);
    uint8_t *probe = disk_grow(log->probe, &log->probe_capacity, wanted, 1);
    if (probe == NULL) {
        return -ENOMEM;
    }
    log->probe = probe;
    char path[DISK_LOG_PATH_SIZE_BYTES];
    disk_log_path(log, index, path);
    return view->read(view->arg, path, position, probe, wanted);
}

int disk_log_read_at(struct disk_log *log, const struct view *view, uint64_t offset,
                     struct disk_record *ret_record, const uint8_t **ret_bytes)
{
    int64_t n = read_probe(log, view, offset, PROBE_SIZE_BYTES_MIN);
    if (n < 8) {
        return n < 0 ? (int)n : 0;
    }
    uint32_t size = bytes_get_be32(log->probe);
    if (size > n && size <= DISK_RECORD_SIZE_BYTES_MAX) {
        n = read_probe(log, view, offset, size);
        if (n < 0) {
            return (int)n;
        }
    }
    const char *why = NULL;
    if (disk_record_parse(log->probe, (size_t)n, ret_record, &why) != DISK_RECORD_WHOLE) {
        return 0;
    }
    ret_record->offset = offset;
    ret_record->file = disk_log_find_file(log, offset);
    *ret_bytes = log->probe;
    return refuse_record(log, ret_record) == NULL ? 1 : 0;
}
