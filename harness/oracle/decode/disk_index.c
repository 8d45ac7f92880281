/* Units of the index list against the entries (docs/FORMAT.md, "DLedger"). */
#include "harness/oracle/decode/disk_index.h"

#include "harness/oracle/decode/disk_grow.h"
#include "harness/oracle/decode/disk_log.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT        DISK_INDEX_UNIT_SIZE_BYTES
#define ENTRY_MAGIC 1u
#define ENTRIES_MAX (INT64_C(1) << 57)

void disk_index_done(struct disk_index *index)
{
    free(index->starts);
    memset(index, 0, sizeof *index);
}

/* A row has 20-digit names alone; RocketMQ ignores other names, and so do all readers here. */
static int add_name(void *arg, const char *name, bool is_dir)
{
    struct disk_index *index = arg;
    uint64_t start = 0;
    if (is_dir || !disk_log_parse_name(name, &start)) {
        return 0;
    }
    int r = disk_grow((void **)&index->starts, &index->file_capacity, index->file_count + 1u,
                      sizeof *index->starts);
    if (r == 0) {
        index->starts[index->file_count++] = start;
    }
    return r;
}

int disk_index_list(struct disk_index *index, const struct view *view, const char *base,
                    struct err *err)
{
    index->directory[0] = '\0';
    index->file_count = 0;
    index->window_size_bytes = 0;
    index->wrong_count = 0;
    index->has_stale_units = false;
    index->has_outdated = false;
    if (base == NULL) {
        return 0;
    }
    snprintf(index->directory, sizeof index->directory, "%s/index", base);
    int r = view->list(view->arg, index->directory, add_name, index);
    if (r < 0 && r != -ENOENT) {
        return err_set(err, r, "list '%s'", index->directory);
    }
    return 0;
}

/* The file whose name says that it holds the byte; file_count when none can. */
static uint32_t find_file(const struct disk_index *index, uint64_t at)
{
    uint32_t low = 0;
    uint32_t high = index->file_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (index->starts[middle] <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? index->file_count : low - 1;
}

static void file_path(const struct disk_index *index, uint32_t file,
                      char path[DISK_LOG_PATH_SIZE_BYTES])
{
    snprintf(path, DISK_LOG_PATH_SIZE_BYTES, "%s/%020" PRIu64, index->directory,
             file < index->file_count ? index->starts[file] : 0);
}

int64_t disk_index_file_size(const struct disk_index *index, const struct view *view)
{
    int64_t size = 0;
    for (uint32_t i = 0; i < index->file_count; i++) {
        char path[DISK_LOG_PATH_SIZE_BYTES];
        file_path(index, i, path);
        size = view->size(view->arg, path);
        if (size != (int64_t)DISK_INDEX_FILE_SIZE_BYTES) {
            break;
        }
    }
    return size;
}

/* Brings logical byte `at` into the window. How many bytes of its file stand there from it on: 0
 * when no file has it; or the view's error. */
static int64_t fill_window(struct disk_index *index, const struct view *view, uint64_t at)
{
    if (at >= index->window_at && at - index->window_at < index->window_size_bytes) {
        return index->window_size_bytes - (int64_t)(at - index->window_at);
    }
    uint32_t file = find_file(index, at);
    if (file == index->file_count) {
        return 0;
    }
    uint64_t size = DISK_INDEX_WINDOW_SIZE_BYTES;
    if (file + 1 < index->file_count && index->starts[file + 1] - at < size) {
        size = index->starts[file + 1] - at;
    }
    char path[DISK_LOG_PATH_SIZE_BYTES];
    file_path(index, file, path);
    index->window_size_bytes = 0;
    int64_t n = view->read(view->arg, path, at - index->starts[file], index->window, (size_t)size);
    if (n > 0) {
        index->window_at = at;
        index->window_size_bytes = (uint32_t)n;
    }
    return n;
}

/* The unit at logical byte `at`. 1: it is at `*ret_unit`; 0: no file has it; or the view's error.
 */
static int read_unit(struct disk_index *index, const struct view *view, uint64_t at,
                     const uint8_t **ret_unit)
{
    int64_t n = fill_window(index, view, at);
    if (n < (int64_t)UNIT) {
        return n < 0 ? (int)n : 0;
    }
    *ret_unit = index->window + (at - index->window_at);
    return 1;
}

/* The unit that DLedger writes for the entry around the record: position and size are the
 * entry's, whose header stands 48 bytes before the record. */
static void encode(const struct disk_record *record, uint8_t unit[UNIT])
{
    bytes_put_be32(unit, ENTRY_MAGIC);
    bytes_put_be64(unit + 4, record->offset - DISK_LOG_ENTRY_SIZE_BYTES);
    bytes_put_be32(unit + 12, record->size_bytes + DISK_LOG_ENTRY_SIZE_BYTES);
    bytes_put_be64(unit + 16, (uint64_t)record->entry_index);
    bytes_put_be64(unit + 24, (uint64_t)record->entry_term);
}

/* A record with an impossible index has no unit anywhere and counts as wrong; the bound keeps
 * the multiplication below from wrapping around to another entry's place. */
int disk_index_compare(struct disk_index *index, const struct view *view,
                       const struct disk_record *record)
{
    if (index->directory[0] == '\0') {
        return 0;
    }
    uint8_t right[UNIT];
    const uint8_t *found = NULL;
    int r = 0;
    if (record->entry_index >= 0 && record->entry_index < ENTRIES_MAX) {
        r = read_unit(index, view, (uint64_t)record->entry_index * UNIT, &found);
    }
    if (r < 0) {
        return r;
    }
    encode(record, right);
    if (found != NULL && memcmp(found, right, UNIT) == 0) {
        return 0;
    }
    if (index->wrong_count++ == 0) {
        index->wrong = *record;
        index->is_wrong_absent = found == NULL;
        if (found != NULL) {
            memcpy(index->wrong_unit, found, UNIT);
        }
    }
    return 0;
}

/* The first byte of one file, from logical byte `at` on, that is not zero. What a file has past the
 * place where the next one begins is nobody's. 1, 0 or the view's error. */
static int find_stale(struct disk_index *index, const struct view *view, uint32_t file, uint64_t at)
{
    uint64_t start = index->starts[file];
    uint64_t position = at > start ? at - start : 0;
    char path[DISK_LOG_PATH_SIZE_BYTES];
    file_path(index, file, path);
    int r = disk_log_find_byte(view, path, &position);
    bool is_past = file + 1 < index->file_count && position >= index->starts[file + 1] - start;
    if (r <= 0 || is_past) {
        return r < 0 ? r : 0;
    }
    index->has_stale_units = true;
    index->stale_at = start + position;
    return 1;
}

/* A restart that cuts entries must zero their units, too: the next entry is put over the first
 * alone, and what stays behind it would be believed after another crash. Nobody knows how far
 * earlier lives had come, so all that is no hole is looked at, whatever the engine looked at. */
int disk_index_look_at_tail(struct disk_index *index, const struct view *view, int64_t last_entry)
{
    if (index->directory[0] == '\0' || index->file_count == 0 || last_entry < -1 ||
        last_entry >= ENTRIES_MAX) {
        return 0;
    }
    index->end = (uint64_t)(last_entry + 1) * UNIT;
    uint32_t file = find_file(index, index->end);
    file = file == index->file_count ? 0 : file;
    for (; file < index->file_count; file++) {
        int r = find_stale(index, view, file, index->end);
        if (r != 0) {
            return r < 0 ? r : 0;
        }
    }
    return 0;
}

int disk_index_look_at_head(struct disk_index *index, const struct view *view, uint64_t limit)
{
    const uint8_t *unit = NULL;
    if (index->file_count < 2 || index->starts[1] < UNIT) {
        return 0;
    }
    int r = read_unit(index, view, index->starts[1] - UNIT, &unit);
    if (r <= 0) {
        return r;
    }
    index->last_entry_at = bytes_get_be64(unit + 4);
    index->has_outdated = bytes_get_be32(unit) == ENTRY_MAGIC && index->last_entry_at < limit;
    return 0;
}

uint64_t disk_index_stale_path(const struct disk_index *index, char path[DISK_LOG_PATH_SIZE_BYTES])
{
    uint32_t file = find_file(index, index->stale_at);
    file_path(index, file, path);
    return file < index->file_count ? index->stale_at - index->starts[file] : index->stale_at;
}

/* One line stands for all: a list that was not rebuilt is wrong from some entry on to its end. */
void disk_index_report(const struct disk_index *index, const struct disk_sink *sink)
{
    if (index->wrong_count == 0) {
        return;
    }
    const struct disk_record *wrong = &index->wrong;
    const uint8_t *unit = index->wrong_unit;
    uint64_t at = wrong->entry_index < ENTRIES_MAX ? (uint64_t)wrong->entry_index * UNIT : 0;
    uint32_t file = find_file(index, at);
    char path[DISK_LOG_PATH_SIZE_BYTES];
    char found[128] = "none";
    file_path(index, file, path);
    if (!index->is_wrong_absent) {
        snprintf(found, sizeof found,
                 "magic %" PRIu32 ", pos %" PRIu64 ", size %" PRIu32 ", index %" PRId64
                 ", term %" PRId64,
                 bytes_get_be32(unit), bytes_get_be64(unit + 4), bytes_get_be32(unit + 12),
                 (int64_t)bytes_get_be64(unit + 16), (int64_t)bytes_get_be64(unit + 24));
    }
    const struct disk_finding where = {.mechanism = MECHANISM_INDEX_UNEQUAL,
                                       .repair = DISK_REPAIR_INDEX,
                                       .place = wrong->offset,
                                       .file = path,
                                       .offset = file < index->file_count ? at - index->starts[file]
                                                                          : at};
    disk_sink_add(sink, &where,
                  "%" PRIu64 " index units differ from those rebuilt from the entries, first that "
                  "of entry %" PRId64 ", expected pos %" PRIu64 ", size %" PRIu32 ", term %" PRId64
                  ", found %s",
                  index->wrong_count, wrong->entry_index, wrong->offset - DISK_LOG_ENTRY_SIZE_BYTES,
                  wrong->size_bytes + DISK_LOG_ENTRY_SIZE_BYTES, wrong->entry_term, found);
}
