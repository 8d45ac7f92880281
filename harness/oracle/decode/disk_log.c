/* The bytes of a log: which file holds an offset, and what stands there, held whole or seen through
 * a window (docs/FORMAT.md, "Message record"). */
#include "harness/oracle/decode/disk_log.h"

#include "harness/oracle/decode/disk_grow.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_SIZE_BYTES_MAX    (UINT64_C(2) << 30)
#define LARGE_CHUNK_SIZE_BYTES (UINT64_C(64) << 10)
#define START_MAX              (UINT64_C(1) << 62)
#define NAME_DIGITS            20
#define PROBE_SIZE_BYTES_MIN   4096u

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

/* The bound keeps a name of twenty nines from overflowing an offset; no store is that long. */
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

bool disk_log_has_entries(const struct disk_log *log, uint32_t file)
{
    return log->is_dledger && !log->files[file].is_old;
}

void disk_log_path(const struct disk_log *log, uint32_t file, char path[DISK_LOG_PATH_SIZE_BYTES])
{
    bool is_listed = file < log->file_count + log->has_empty_file;
    const char *directory =
        is_listed && log->files[file].is_old ? DISK_LOG_PLAIN_DIRECTORY : log->directory;
    size_t length = strlen(directory);
    memcpy(path, directory, length);
    path[length] = '/';
    (void)disk_log_put_name(path + length + 1, is_listed ? log->files[file].start : 0);
}

/* The last file that begins at or before the offset is the only one that can hold it. A short
 * file, or a hole in the row, holds nothing there. */
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

int disk_log_find_byte(const struct view *view, const char *path, uint64_t *position)
{
    uint8_t bytes[VIEW_PAGE_SIZE_BYTES];
    for (;;) {
        int64_t next = view_next(view, path, *position);
        if (next < 0) {
            return (int)next;
        }
        size_t size = sizeof bytes - (size_t)((uint64_t)next % sizeof bytes);
        int64_t n = view->read(view->arg, path, (uint64_t)next, bytes, size);
        if (n <= 0) {
            return (int)n;
        }
        *position = (uint64_t)(next + n);
        if (!bytes_is_zero(bytes, (size_t)n)) {
            size_t at = 0;
            while (bytes[at] == 0) {
                at++;
            }
            *position = (uint64_t)next + at;
            return 1;
        }
    }
}

/* Reads from one file and says in `err` what and where it was; fewer bytes than asked for mean
 * that the file ends. */
static int64_t read_bytes(const struct disk_log_input *input, uint32_t index, uint64_t position,
                          uint8_t *at, size_t size_bytes)
{
    char path[DISK_LOG_PATH_SIZE_BYTES];
    disk_log_path(input->log, index, path);
    int64_t n = input->view->read(input->view->arg, path, position, at, size_bytes);
    if (n < 0) {
        err_set(input->err, (int)n, "read '%s' at %" PRIu64, path, position);
    }
    return n;
}

/* keep: loads whole chunks until `end` of the file is there.  A file whose pages are known by their
 * hashes (disk_log_list.c) is loaded whole; a larger one, RocketMQ's of 1 GiB, is mostly hole. */
static int load_kept(const struct disk_log_input *input, uint32_t index, uint64_t end)
{
    struct disk_log *log = input->log;
    struct disk_log_file *file = &log->files[index];
    if (file->loaded_bytes == 0) {
        file->bytes_at = log->bytes_size;
    }
    while (file->loaded_bytes < end && file->loaded_bytes < file->size_bytes) {
        uint64_t rest = file->size_bytes - file->loaded_bytes;
        uint64_t most = file->size_bytes > DISK_LOG_CHUNK_SIZE_BYTES ? LARGE_CHUNK_SIZE_BYTES
                                                                     : DISK_LOG_CHUNK_SIZE_BYTES;
        uint32_t chunk = (uint32_t)(rest < most ? rest : most);
        if (log->bytes_size + chunk > KEPT_SIZE_BYTES_MAX) {
            return err_set(input->err, -EFBIG, "the log is too large to be judged in memory");
        }
        if (disk_grow((void **)&log->bytes, &log->bytes_capacity, log->bytes_size + chunk, 1) < 0) {
            return err_set(input->err, -ENOMEM, "read '%s'", log->directory);
        }
        int64_t n =
            read_bytes(input, index, file->loaded_bytes, log->bytes + log->bytes_size, chunk);
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

/* Without keep: the chunk that begins at `position`. It holds nothing in front of that, since a
 * scan goes forward. */
static int load_window(const struct disk_log_input *input, uint32_t index, uint64_t position)
{
    struct disk_log *log = input->log;
    uint64_t rest = log->files[index].size_bytes - position;
    uint32_t chunk =
        (uint32_t)(rest < DISK_LOG_CHUNK_SIZE_BYTES ? rest : DISK_LOG_CHUNK_SIZE_BYTES);
    if (disk_grow((void **)&log->bytes, &log->bytes_capacity, chunk, 1) < 0) {
        return err_set(input->err, -ENOMEM, "read '%s'", log->directory);
    }
    int64_t n = read_bytes(input, index, position, log->bytes, chunk);
    if (n < 0) {
        return (int)n;
    }
    log->window_file = index;
    log->window_start = position;
    log->bytes_size = (size_t)n;
    return 0;
}

int64_t disk_log_need(const struct disk_log_input *input, uint32_t index, uint64_t position,
                      uint64_t size_bytes, const uint8_t **ret_at)
{
    struct disk_log *log = input->log;
    const struct disk_log_file *file = &log->files[index];
    if (position >= file->size_bytes) {
        return 0;
    }
    uint64_t rest = file->size_bytes - position;
    uint64_t end = position + (size_bytes < rest ? size_bytes : rest);
    if (log->keep) {
        int r = load_kept(input, index, end);
        if (r < 0) {
            return r;
        }
        *ret_at = log->bytes + file->bytes_at + position;
        return file->loaded_bytes > position ? (int64_t)(file->loaded_bytes - position) : 0;
    }
    if (log->window_file != index || position < log->window_start ||
        end > log->window_start + log->bytes_size) {
        int r = load_window(input, index, position);
        if (r < 0) {
            return r;
        }
    }
    uint64_t into = position - log->window_start;
    *ret_at = log->bytes + into;
    return (int64_t)(log->bytes_size - into);
}

const char *disk_log_refuse(const struct disk_log *log, const struct disk_record *record)
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
    if (record->crc == DISK_RECORD_CRC_ABSENT && !record->are_properties_whole &&
        !(record->has_slack && log->takes_slack)) {
        return "its properties are damaged";
    }
    return NULL;
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
    int r = disk_grow((void **)&log->probe, &log->probe_capacity, wanted, 1);
    if (r < 0) {
        return r;
    }
    char path[DISK_LOG_PATH_SIZE_BYTES];
    disk_log_path(log, index, path);
    return view->read(view->arg, path, position, log->probe, wanted);
}

/* The first probe takes most records whole; a larger one is read again with the size that it
 * says, if that is possible at all. */
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
    return disk_log_refuse(log, ret_record) == NULL ? 1 : 0;
}
