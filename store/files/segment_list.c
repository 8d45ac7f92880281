/* A row of fixed-size files: see segment_list.h. */
#include "store/files/segment_list.h"

#include "store/base/bytes.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"
#include "store/base/text.h"
#include "store/files/segment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RECOVERY_FILE_COUNT 3u

/* By hand: names are made at every operation on a file that is not open. */
static void path_of(const struct segment_list *list, uint64_t start, char *ret_path)
{
    size_t length = strlen(list->dir);
    ENSURE(length + SEGMENT_LIST_NAME_DIGITS + 2 <= DISK_PATH_SIZE_BYTES);
    memcpy(ret_path, list->dir, length);
    ret_path[length++] = '/';
    for (size_t i = SEGMENT_LIST_NAME_DIGITS; i > 0; i--) {
        ret_path[length + i - 1] = (char)('0' + start % 10);
        start /= 10;
    }
    ret_path[length + SEGMENT_LIST_NAME_DIGITS] = '\0';
}

int segment_list_new(const struct segment_list_options *options, struct segment_list **ret_list)
{
    ENSURE(options->file_size_bytes > 0);
    ENSURE(strlen(options->dir) < sizeof((*ret_list)->dir) - SEGMENT_LIST_NAME_DIGITS - 2);
    struct segment_list *list = calloc(1, sizeof(*list));
    if (list == NULL) {
        return -ENOMEM;
    }
    list->options = *options;
    (void)text_add(list->dir, sizeof(list->dir), 0, options->dir);
    list->options.dir = list->dir;
    *ret_list = list;
    return 0;
}

struct segment_list *segment_list_free(struct segment_list *list)
{
    if (list != NULL) {
        for (size_t i = 0; i < list->count; i++) {
            disk_close(list->segments[i].file);
        }
        free(list->segments);
        free(list);
    }
    return NULL;
}

/* A place at `at` for a new file; NULL without memory, and nothing has moved then. */
static struct segment *insert(struct segment_list *list, size_t at)
{
    if (grow_array((void **)&list->segments, list->count, &list->capacity,
                   sizeof(*list->segments)) < 0) {
        return NULL;
    }
    struct segment *segment = &list->segments[at];
    memmove(segment + 1, segment, (list->count - at) * sizeof(*segment));
    list->count++;
    *segment = (struct segment){0};
    return segment;
}

static void forget(struct segment_list *list, size_t at)
{
    disk_close(list->segments[at].file);
    list->count--;
    memmove(&list->segments[at], &list->segments[at + 1],
            (list->count - at) * sizeof(*list->segments));
}

/* Whether `name` is a file name of the list: 20 digits that fit. */
static bool parse_name(const char *name, uint64_t *ret_start)
{
    if (strlen(name) != SEGMENT_LIST_NAME_DIGITS ||
        strspn(name, "0123456789") != SEGMENT_LIST_NAME_DIGITS ||
        strcmp(name, "09223372036854775807") > 0) {
        return false;
    }
    *ret_start = strtoull(name, NULL, 10);
    return true;
}

static int check_size(const struct segment_list *list, const char *path, uint64_t start,
                      uint64_t size_bytes, struct err *err)
{
    uint64_t expected = list->options.file_size_bytes;
    if (size_bytes != expected) {
        return err_set(err, ERR_CORRUPT,
                       "file '%s' has %" PRIu64 " bytes where the store's files have %" PRIu64,
                       path, size_bytes, expected);
    }
    if (expected == 0 || start % expected != 0) {
        return err_set(err, ERR_CORRUPT,
                       "file '%s' does not begin at a multiple of the file size %" PRIu64, path,
                       expected);
    }
    return 0;
}

/* Takes one file of the directory into the list. `is_last`: no file comes after it. Creating a file
 * and giving it its size are two steps, so a crash leaves a last file of length 0; RocketMQ refused
 * to start over one (issue #6904). It is removed here, and made again when it is needed. In the
 * middle of the row it stays as a hole that the list's owner can see: bytes behind it are not to be
 * had in order. */
static int load_file(struct segment_list *list, uint64_t start, bool is_last, struct err *err)
{
    char path[DISK_PATH_SIZE_BYTES];
    path_of(list, start, path);
    uint64_t size_bytes = 0;
    int r = disk_size(list->options.disk, list->options.points->size, path, &size_bytes, err);
    if (r < 0) {
        return r;
    }
    bool is_short = list->options.is_derived && size_bytes < list->options.file_size_bytes;
    bool is_empty = (size_bytes == 0 || is_short) && !list->options.zero_length_fatal;
    if (is_empty && is_last) {
        r = disk_unlink(list->options.disk, list->options.points->cut_file, path, err);
        if (r == 0) {
            list->dir_seq++;
            event_emit(list->options.sink, EVENT_ZERO_LENGTH_FILE, start, "removed '%s'", path);
        }
        return r;
    }
    if (!is_empty) {
        r = check_size(list, path, start, size_bytes, err);
        if (r < 0) {
            return r;
        }
    }
    struct segment *segment = insert(list, list->count);
    if (segment == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    segment->start = start;
    segment->is_empty = is_empty;
    return 0;
}

/* Names come in ascending order, and 20 digits sort like numbers. Each file is loaded one step
 * late, when it is known whether another one follows. */
static int load_names(struct segment_list *list, const struct disk_list *names, struct err *err)
{
    bool has_next = false;
    uint64_t next = 0;
    for (size_t i = 0; i < names->count; i++) {
        uint64_t start = 0;
        if (names->entries[i].is_dir || !parse_name(names->entries[i].name, &start)) {
            continue;
        }
        if (has_next) {
            int r = load_file(list, next, false, err);
            if (r < 0) {
                return r;
            }
        }
        next = start;
        has_next = true;
    }
    return has_next ? load_file(list, next, true, err) : 0;
}

int segment_list_load(struct segment_list *list, struct err *err)
{
    struct disk_list names = {0};
    int r = disk_list(list->options.disk, list->options.points->list, list->dir, &names, err);
    if (r == 0) {
        r = load_names(list, &names, err);
    } else if (r == -ENOENT) {
        r = 0;
    }
    disk_list_done(&names);
    list->end = segment_list_limit(list);
    return r;
}

int segment_list_open(const struct segment_list_options *options, struct segment_list **ret_list,
                      struct err *err)
{
    struct segment_list *list = NULL;
    int r = segment_list_new(options, &list);
    if (r < 0) {
        return err_set(err, r, "out of memory");
    }
    r = segment_list_load(list, err);
    if (r < 0) {
        segment_list_free(list);
        return r;
    }
    *ret_list = list;
    return 0;
}

size_t segment_list_count(const struct segment_list *list)
{
    return list->count;
}

uint64_t segment_list_file_size(const struct segment_list *list)
{
    return list->options.file_size_bytes;
}

const char *segment_list_dir(const struct segment_list *list)
{
    return list->dir;
}

uint64_t segment_list_start(const struct segment_list *list, size_t at)
{
    ENSURE(at < list->count);
    return list->segments[at].start;
}

size_t segment_list_recovery_start(const struct segment_list *list)
{
    return list->count > RECOVERY_FILE_COUNT ? list->count - RECOVERY_FILE_COUNT : 0;
}

uint64_t segment_list_min(const struct segment_list *list)
{
    return list->count == 0 ? 0 : list->segments[0].start;
}

uint64_t segment_list_limit(const struct segment_list *list)
{
    return list->count == 0 ? 0
                            : list->segments[list->count - 1].start + list->options.file_size_bytes;
}

uint64_t segment_list_end(const struct segment_list *list)
{
    return list->end;
}

/* An end that moves back leaves garbage behind it, up to where the end was: the next append zeroes
 * that far first. An end that moves past it leaves none. */
void segment_list_set_end(struct segment_list *list, uint64_t end)
{
    if (end < list->end && list->garbage_end < list->end) {
        list->garbage_end = list->end;
    }
    list->end = end;
    if (list->garbage_end <= end) {
        list->garbage_end = 0;
    }
}

int64_t segment_list_find(const struct segment_list *list, uint64_t offset)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->segments[middle].start <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || offset - list->segments[low - 1].start >= list->options.file_size_bytes) {
        return -1;
    }
    return (int64_t)low - 1;
}

uint64_t segment_list_hole(const struct segment_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        uint64_t due = i == 0 ? list->segments[0].start
                              : list->segments[i - 1].start + list->options.file_size_bytes;
        if (list->segments[i].start != due || list->segments[i].is_empty) {
            return due;
        }
    }
    return UINT64_MAX;
}

void segment_list_suspect(struct segment_list *list, uint64_t offset)
{
    list->suspect_from = offset;
}

/* The open file that holds [offset, offset + size_bytes). No item crosses the end of its file, so a
 * size that does came from damaged bytes: it is an error here and never reaches the disk. */
static int touch(struct segment_list *list, uint64_t offset, size_t size_bytes,
                 struct segment **ret_segment, struct err *err)
{
    int64_t at = segment_list_find(list, offset);
    if (at < 0 || list->segments[at].is_empty) {
        return err_set(err, -ENODATA, "'%s' has no file for offset %" PRIu64, list->dir, offset);
    }
    struct segment *segment = &list->segments[at];
    if (size_bytes > segment->start + list->options.file_size_bytes - offset) {
        return err_set(err, -ENODATA, "'%s': %zu bytes at %" PRIu64 " pass the end of the file",
                       list->dir, size_bytes, offset);
    }
    if (segment->file == NULL) {
        char path[DISK_PATH_SIZE_BYTES];
        path_of(list, segment->start, path);
        int r =
            disk_open(list->options.disk, list->options.points->open, path, &segment->file, err);
        if (r < 0) {
            return r;
        }
    }
    *ret_segment = segment;
    return 0;
}

int segment_list_read(struct segment_list *list, uint64_t offset, void *data, size_t size_bytes,
                      struct err *err)
{
    struct segment *segment = NULL;
    int r = touch(list, offset, size_bytes, &segment, err);
    if (r < 0) {
        return r;
    }
    return disk_read(segment->file, list->options.points->read, offset - segment->start, data,
                     size_bytes, err);
}

int segment_list_next_data(struct segment_list *list, uint64_t offset, uint64_t *ret_next_offset,
                           struct err *err)
{
    struct segment *segment = NULL;
    uint64_t next = 0;
    int r = touch(list, offset, 1, &segment, err);
    if (r < 0) {
        return r;
    }
    r = disk_next_data(segment->file, list->options.points->seek, offset - segment->start, &next,
                       err);
    *ret_next_offset = segment->start + next;
    return r;
}

/* Makes the entries of the directory durable before another change of them. Of several entries that
 * were never synced a power loss may keep any, so the list could come back with a file missing
 * between two that are there. */
static int settle_dir(struct segment_list *list, struct err *err)
{
    if (!list->options.dir_sync || list->dir_seq == list->dir_done_seq) {
        return 0;
    }
    uint64_t dir_seq = list->dir_seq;
    int r = sync_batch_dir(list->options.disk, list->options.points->sync_dir, list->dir,
                           list->options.second_sync, err);
    if (r < 0) {
        list->has_sync_failed = true;
        return r;
    }
    list->dir_done_seq = dir_seq;
    return 0;
}

/* Creates the file that begins at `start` and gives it its full size.  A file of length 0 that a
 * failed or killed attempt left is taken over. */
static int make_file(struct segment_list *list, uint64_t start, struct disk_file **ret_file,
                     struct err *err)
{
    char path[DISK_PATH_SIZE_BYTES];
    path_of(list, start, path);
    struct disk_file *file = NULL;
    int r = disk_create(list->options.disk, list->options.points->create, path, &file, err);
    if (r < 0) {
        return r;
    }
    list->dir_seq++;
    r = disk_truncate(file, list->options.points->extend, list->options.file_size_bytes, err);
    if (r < 0) {
        disk_close(file);
        return r;
    }
    *ret_file = file;
    return 0;
}

/* A list that is derived is spared the sync of the directory: where its files do not lead up to the
 * log, healing drops them. The new file counts as written from the start: its size, too, must be
 * synced. */
int segment_list_ensure(struct segment_list *list, uint64_t offset, struct err *err)
{
    int64_t found = segment_list_find(list, offset);
    if (found >= 0 && !list->segments[found].is_empty) {
        return 0;
    }
    uint64_t start = offset - offset % list->options.file_size_bytes;
    struct disk_file *file = NULL;
    int r = list->count > 0 && !list->options.is_derived ? settle_dir(list, err) : 0;
    if (r == 0) {
        r = make_file(list, start, &file, err);
    }
    if (r < 0) {
        return r;
    }
    size_t at = 0;
    while (at < list->count && list->segments[at].start < start) {
        at++;
    }
    struct segment *segment = found >= 0 ? &list->segments[found] : insert(list, at);
    if (segment == NULL) {
        disk_close(file);
        return err_set(err, -ENOMEM, "out of memory");
    }
    disk_close(segment->file);
    segment->start = start;
    segment->file = file;
    segment->is_empty = false;
    segment->seq.written++;
    return 1;
}

int segment_list_write(struct segment_list *list, enum point point, uint64_t offset,
                       const void *data, size_t size_bytes, struct err *err)
{
    struct segment *segment = NULL;
    int r = touch(list, offset, size_bytes, &segment, err);
    if (r < 0) {
        return r;
    }
    segment->seq.written++;
    return disk_write(segment->file, point, offset - segment->start, data, size_bytes, err);
}

void segment_list_trust_tail(struct segment_list *list)
{
    list->garbage_end = 0;
}

bool segment_list_is_tail_dirty(const struct segment_list *list)
{
    return list->garbage_end != 0;
}

/* A file that is gone already is as good as unlinked: an earlier attempt may have failed after the
 * fact, and repeating a recovery must not fail for it. */
static int unlink_file(struct segment_list *list, size_t at, enum point point, struct err *err)
{
    char path[DISK_PATH_SIZE_BYTES];
    path_of(list, list->segments[at].start, path);
    int r = disk_unlink(list->options.disk, point, path, err);
    if (r < 0 && r != -ENOENT) {
        return r;
    }
    forget(list, at);
    list->dir_seq++;
    return 0;
}

/* The last file goes first. A crash between two unlinks then leaves a row without a hole, and the
 * next recovery goes on where this one stopped. The file in which the end lies stays, and so does a
 * spare one that begins at the end, unless it is empty. */
int segment_list_cut_files(struct segment_list *list, struct err *err)
{
    int cut = 0;
    while (list->count > 0) {
        const struct segment *last = &list->segments[list->count - 1];
        if (last->start < list->end || (last->start == list->end && !last->is_empty)) {
            break;
        }
        int r = unlink_file(list, list->count - 1, list->options.points->cut_file, err);
        if (r < 0) {
            return r;
        }
        cut++;
    }
    return cut;
}

int segment_list_cut_last(struct segment_list *list, struct err *err)
{
    ENSURE(list->count > 0);
    int r = unlink_file(list, list->count - 1, list->options.points->cut_file, err);
    if (r == 0 && list->end > segment_list_limit(list)) {
        list->end = segment_list_limit(list);
        list->garbage_end = 0;
    }
    return r;
}

int segment_list_expire_first(struct segment_list *list, struct err *err)
{
    ENSURE(list->count > 0);
    int r = settle_dir(list, err);
    return r < 0 ? r : unlink_file(list, 0, list->options.points->expire, err);
}

/* The directory comes first: where a file's sync leaves its name out (posix), a power loss between
 * the two would take records whose sync has returned. */
int segment_list_collect(struct segment_list *list, uint64_t offset, struct sync_batch *batch)
{
    if (list->options.dir_sync && list->dir_seq != list->dir_done_seq) {
        struct sync_batch_item item = {.owner = list, .write_seq = list->dir_seq};
        int r = sync_batch_add_dir(batch, list->options.points->sync_dir, list->dir, &item);
        if (r < 0) {
            return r;
        }
    }
    for (size_t i = 0; i < list->count; i++) {
        struct segment *segment = &list->segments[i];
        /* A list whose sync is to be confirmed has files that one sync covers: with the guard
         * second-sync that one may have lied, and they are synced again. */
        bool is_due = batch->is_confirming ? sync_seq_is_unconfirmed(&segment->seq)
                                           : sync_seq_is_dirty(&segment->seq);
        if (!is_due || segment->is_empty || segment->start >= offset) {
            continue;
        }
        struct segment *opened = NULL;
        int r = touch(list, segment->start, 1, &opened, NULL);
        if (r < 0) {
            return r;
        }
        struct sync_batch_item item = {.file = segment->file,
                                       .point = list->options.points->sync,
                                       .owner = list,
                                       .start = segment->start,
                                       .write_seq = segment->seq.written};
        r = sync_batch_add_file(batch, &item);
        if (r < 0 || batch->is_one_file) {
            return r;
        }
    }
    return 0;
}

/* The file may have been closed and made anew since the batch was gathered: what the sync covered
 * then is not what stands there now. The start and the handle together tell. */
void segment_list_synced_item(struct segment_list *list, const struct sync_batch_item *item)
{
    if (item->file == NULL) {
        list->dir_done_seq = item->write_seq;
        return;
    }
    int64_t at = segment_list_find(list, item->start);
    if (at >= 0 && list->segments[at].file == item->file) {
        sync_seq_done(&list->segments[at].seq, item->write_seq);
    }
}

void segment_list_synced(struct segment_list *list, const struct sync_batch *batch)
{
    for (size_t i = 0; i < batch->done_count; i++) {
        ENSURE(batch->items[i].owner == list);
        segment_list_synced_item(list, &batch->items[i]);
    }
}

bool segment_list_is_dirty(const struct segment_list *list)
{
    if (list->options.dir_sync && list->dir_seq != list->dir_done_seq) {
        return true;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (sync_seq_is_dirty(&list->segments[i].seq)) {
            return true;
        }
    }
    return false;
}

bool segment_list_has_sync_failed(const struct segment_list *list)
{
    return list->has_sync_failed;
}

int segment_list_sync(struct segment_list *list, struct err *err)
{
    struct sync_batch batch;
    sync_batch_init(&batch, list->options.disk);
    batch.is_dir_twice = list->options.second_sync;
    int r = segment_list_collect(list, UINT64_MAX, &batch);
    if (r == 0) {
        r = sync_batch_run(&batch, err);
    }
    segment_list_synced(list, &batch);
    sync_batch_done(&batch);
    return r;
}
