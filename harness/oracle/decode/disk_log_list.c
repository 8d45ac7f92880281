/* Lists a log's files and finds out what is as it was at the scan before.
 *
 * An exploration judges thousands of stores that differ in a page or two: what is known again needs
 * no reading, no parsing and no CRC. */
#include "harness/oracle/decode/disk_log_list.h"

#include "harness/oracle/decode/disk_grow.h"

#include <errno.h>
#include <string.h>

/* Names come in ascending order, and twenty digits sort as the numbers do, so the files are in a
 * row as they come. */
static int add_name(void *arg, const char *name, bool is_dir)
{
    struct disk_log *log = arg;
    uint64_t start = 0;
    if (is_dir || !disk_log_parse_name(name, &start)) {
        return 0;
    }
    int r = disk_grow((void **)&log->files, &log->file_capacity, log->file_count + 1u,
                      sizeof *log->files);
    if (r == 0) {
        log->files[log->file_count++] = (struct disk_log_file){.start = start};
    }
    return r;
}

/* What the last scan parsed becomes what the next one compares with.  Its bytes go with it when
 * they are to be read anew; patched, they stay the log's. */
static void turn_over(struct disk_log *log, bool with_bytes)
{
    struct disk_log_parsed last = log->now;
    last.bytes = log->before.bytes;
    last.bytes_capacity = log->before.bytes_capacity;
    if (with_bytes) {
        last.bytes = log->bytes;
        last.bytes_capacity = log->bytes_capacity;
        log->bytes = log->before.bytes;
        log->bytes_capacity = log->before.bytes_capacity;
    }
    log->now = log->before;
    log->now.count = 0;
    log->before = last;
    log->before_at = 0;
}

/* The lists change places with their memory, so that a case allocates nothing. */
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

/* The last page of a file may be short; it has a hash all the same. */
static size_t pages_of(const struct disk_log_file *file)
{
    return (size_t)((file->size_bytes + VIEW_PAGE_SIZE_BYTES - 1) / VIEW_PAGE_SIZE_BYTES);
}

/* Asks for the hashes of a file's pages. */
static int list_pages(struct disk_log *log, const struct view *view, const char *path,
                      struct disk_log_file *file)
{
    file->pages_at = SIZE_MAX;
    if (!log->keep || view->pages == NULL || file->size_bytes > DISK_LOG_CHUNK_SIZE_BYTES) {
        return 0;
    }
    size_t count = pages_of(file);
    int r = disk_grow((void **)&log->page_hashes, &log->page_capacity, log->page_count + count,
                      sizeof *log->page_hashes);
    if (r < 0) {
        return r;
    }
    if (view->pages(view->arg, path, log->page_hashes + log->page_count, count) == 0) {
        file->pages_at = log->page_count;
        log->page_count += count;
    }
    return 0;
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
            /* Nothing was parsed from these bytes, and no file is held any more. */
            log->now.count = 0;
            for (uint32_t held = 0; held <= i; held++) {
                log->files[held].loaded_bytes = 0;
            }
            return r;
        }
        is_unchanged = is_unchanged && r == 0;
    }
    log->is_unchanged = is_unchanged;
    log->is_patched = !is_unchanged;
    return 0;
}

/* Sizes are asked for one by one since `list` gives none. Large files get no hashes: they are
 * fsck's, which reads once. */
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
    log->has_empty_file = log->file_count > 0 && log->files[log->file_count - 1].size_bytes == 0;
    log->file_count -= log->has_empty_file;
    return 0;
}

/* Three ways on from here: nothing differs and the last scan is delivered again; some pages
 * differ, are read into the old bytes, and records that touch them are parsed again; or all is
 * read anew and compared with what was, record by record. */
int disk_log_list(struct disk_log *log, const struct view *view, struct err *err)
{
    swap_files(log);
    swap_pages(log);
    int r = list_files(log, view, err);
    log->is_unchanged = false;
    log->is_patched = false;
    if (r == 0 && is_as_scanned(log) && patch(log, view) == 0) {
        if (log->is_patched) {
            turn_over(log, false);
        }
    } else {
        if (log->keep) {
            turn_over(log, true);
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

int disk_log_list_old(struct disk_log *log, const struct view *view, uint32_t *ret_ignored_count,
                      struct err *err)
{
    struct disk_log old = {.directory = DISK_LOG_PLAIN_DIRECTORY};
    uint32_t count = 0;
    *ret_ignored_count = 0;
    int r = list_files(&old, view, err);
    if (r < 0 || log->file_count == 0) {
        goto out;
    }
    while (count < old.file_count && old.files[count].start < log->files[0].start) {
        old.files[count++].is_old = true;
    }
    *ret_ignored_count = old.file_count - count;
    /* A file without a byte stays behind the last one. */
    size_t kept = (size_t)log->file_count + log->has_empty_file;
    r = disk_grow((void **)&log->files, &log->file_capacity, count + kept, sizeof *log->files);
    if (r < 0) {
        err_set(err, r, "list '%s'", old.directory);
        goto out;
    }
    memmove(log->files + count, log->files, kept * sizeof *log->files);
    if (count > 0) {
        memcpy(log->files, old.files, count * sizeof *log->files);
    }
    log->file_count += count;
    log->old_count = count;
    log->min_offset = log->files[0].start;
out:
    disk_log_done(&old);
    return r;
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

const struct disk_record *disk_log_list_known(struct disk_log *log, uint64_t offset,
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

int disk_log_list_keep(struct disk_log *log, const struct disk_record *record)
{
    struct disk_log_parsed *now = &log->now;
    int r =
        disk_grow((void **)&now->records, &now->capacity, now->count + 1u, sizeof *now->records);
    if (r == 0) {
        now->records[now->count++] = *record;
    }
    return r;
}
