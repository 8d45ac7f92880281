/* One consume queue: see consume_queue.h. */
#include "store/queue/consume_queue.h"

#include "store/base/text.h"
#include "store/queue/consume_queue_files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define UNIT CONSUME_QUEUE_UNIT_SIZE_BYTES

static const struct segment_list_points points = {
    .list = POINT_QUEUE_LIST,
    .open = POINT_QUEUE_OPEN,
    .size = POINT_QUEUE_SIZE,
    .read = POINT_QUEUE_READ,
    .seek = POINT_QUEUE_SEEK,
    .create = POINT_QUEUE_CREATE,
    .extend = POINT_QUEUE_EXTEND,
    .append = POINT_QUEUE_APPEND,
    .sync = POINT_QUEUE_SYNC,
    .sync_dir = POINT_QUEUE_SYNC_DIR,
    .rewrite = POINT_QUEUE_REWRITE,
    .zero_tail = POINT_QUEUE_CUT_TAIL,
    .cut_file = POINT_QUEUE_CUT_FILE,
    .expire = POINT_QUEUE_EXPIRE,
};

const struct segment_list_points *consume_queue_points(void)
{
    return &points;
}

int consume_queue_new(const struct consume_queue_options *options, const char *topic,
                      int32_t queue_id, struct consume_queue **ret_queue)
{
    size_t size = strlen(topic) + 1;
    struct consume_queue *queue = calloc(1, sizeof(*queue) + size);
    if (queue == NULL) {
        return -ENOMEM;
    }
    memcpy(queue->topic, topic, size);
    queue->options = options;
    queue->queue_id = queue_id;
    queue->max_physic = -1;
    char dir[DISK_PATH_SIZE_BYTES];
    size_t length = text_add(dir, sizeof(dir), 0, "consumequeue/");
    length = text_add(dir, sizeof(dir), length, topic);
    length = text_add(dir, sizeof(dir), length, "/");
    (void)text_add_number(dir, sizeof(dir), length, queue_id);
    struct segment_list_options files = {
        .disk = options->disk,
        .sink = options->sink,
        .dir = dir,
        .file_size_bytes = (uint64_t)options->file_units * UNIT,
        .points = &points,
        .is_derived = true,
        .dir_sync = options->dir_sync,
        .tail_zero = options->tail_zero,
        .second_sync = options->second_sync,
        .zero_length_fatal = options->zero_length_fatal,
    };
    int r = segment_list_new(&files, &queue->files);
    if (r < 0) {
        return consume_queue_free(queue), r;
    }
    *ret_queue = queue;
    return 0;
}

int consume_queue_load(const struct consume_queue_options *options, const char *topic,
                       int32_t queue_id, struct consume_queue **ret_queue, struct err *err)
{
    struct consume_queue *queue = NULL;
    int r = consume_queue_new(options, topic, queue_id, &queue);
    if (r < 0) {
        return err_set(err, r, "out of memory");
    }
    r = segment_list_load(queue->files, err);
    if (r < 0) {
        consume_queue_free(queue);
        return r;
    }
    queue->has_dir = true;
    queue->is_begun = consume_queue_has_files(queue);
    *ret_queue = queue;
    return 0;
}

struct consume_queue *consume_queue_free(struct consume_queue *queue)
{
    if (queue != NULL) {
        segment_list_free(queue->files);
        free(queue->heal);
        free(queue);
    }
    return NULL;
}

const char *consume_queue_topic(const struct consume_queue *queue)
{
    return queue->topic;
}

int32_t consume_queue_id(const struct consume_queue *queue)
{
    return queue->queue_id;
}

int64_t consume_queue_max(const struct consume_queue *queue)
{
    return (int64_t)(segment_list_end(queue->files) / UNIT);
}

int64_t consume_queue_min(const struct consume_queue *queue)
{
    int64_t max = consume_queue_max(queue);
    return queue->min < max ? queue->min : max;
}

int64_t consume_queue_first(const struct consume_queue *queue)
{
    return (int64_t)(segment_list_min(queue->files) / UNIT);
}

bool consume_queue_has_units(const struct consume_queue *queue)
{
    return consume_queue_max(queue) > consume_queue_first(queue);
}

bool consume_queue_has_files(const struct consume_queue *queue)
{
    return segment_list_count(queue->files) > 0;
}

int64_t consume_queue_max_physic(const struct consume_queue *queue)
{
    return queue->max_physic;
}

int64_t consume_queue_next_offset(const struct consume_queue *queue)
{
    return queue->next_offset;
}

void consume_queue_set_next_offset(struct consume_queue *queue, int64_t offset)
{
    queue->next_offset = offset;
}

void consume_queue_set_max(struct consume_queue *queue, int64_t index)
{
    segment_list_set_end(queue->files, (uint64_t)index * UNIT);
}

bool consume_queue_has_dir(const struct consume_queue *queue)
{
    return queue->has_dir;
}

void consume_queue_set_has_dir(struct consume_queue *queue)
{
    queue->has_dir = true;
}

struct segment_list *consume_queue_segments(const struct consume_queue *queue)
{
    return queue->files;
}

int consume_queue_read(struct consume_queue *queue, int64_t index,
                       struct consume_queue_unit *ret_unit, struct err *err)
{
    return consume_queue_files_read(queue, index, ret_unit, err);
}

/* The search stops at a hole in the row of files: a unit behind it may be of another life, and
 * nothing that leads up to it is there to tell. */
int consume_queue_units_below(struct consume_queue *queue, uint64_t physical_offset,
                              int64_t *ret_index, struct err *err)
{
    uint64_t hole = segment_list_hole(queue->files);
    uint64_t limit = segment_list_limit(queue->files);
    return consume_queue_files_search(queue, consume_queue_first(queue),
                                      (int64_t)((hole < limit ? hole : limit) / UNIT),
                                      physical_offset, ret_index, err);
}

/* The defect empty-queue-file-fatal: RocketMQ reads the unit before the end, in the last file. */
static int probe_last_unit(struct consume_queue *queue, struct err *err)
{
    size_t count = segment_list_count(queue->files);
    uint64_t end = segment_list_end(queue->files);
    if (queue->options->empty_file_fatal && count > 0 && end > 0 &&
        segment_list_start(queue->files, count - 1) == end) {
        return err_set(err, ERR_CORRUPT, "%s: position -%d of the file at %" PRIu64,
                       segment_list_dir(queue->files), UNIT, end);
    }
    return 0;
}

int consume_queue_correct_min(struct consume_queue *queue, uint64_t log_min, struct err *err)
{
    int64_t first = consume_queue_first(queue);
    int64_t max = consume_queue_max(queue);
    struct consume_queue_unit unit;
    int64_t min = first;
    int r = probe_last_unit(queue, err);
    if (r < 0) {
        return r;
    }
    if (max > first) {
        /* Whatever begins below 1 is a pre-blank unit, but for the record at 0 itself. */
        r = consume_queue_files_read(queue, first, &unit, err);
        if (r < 0) {
            return r;
        }
        if (consume_queue_unit_is_below(&unit, log_min) || consume_queue_unit_is_pre_blank(&unit)) {
            r = consume_queue_files_search(queue, first, max, log_min > 0 ? log_min : 1, &min, err);
            if (r < 0) {
                return r;
            }
        }
    }
    queue->min = min;
    return 0;
}

/* The unit's end is remembered only when it is written: by max_physic a record that is dispatched
 * twice is known. */
static int append_unit(struct consume_queue *queue, const struct consume_queue_unit *unit,
                       struct err *err)
{
    uint8_t at[UNIT];
    consume_queue_unit_encode(unit, at);
    int r = segment_list_append(queue->files, at, sizeof(at), err);
    if (r == 0) {
        queue->max_physic = unit->physical_offset + unit->size_bytes;
        queue->is_begun = true;
    }
    return r;
}

/* A queue's first unit of this life when it has no file: a file for it, filled up to it, since a
 * queue whose first records have expired does not begin at a file's first unit. The defect flush-
 * lookup-from-zero: RocketMQ looked for the file to flush from offset 0 on, found none in a queue
 * that begins later, and never synced it. */
static int begin_files(struct consume_queue *queue, int64_t index, struct err *err)
{
    int r = consume_queue_files_ensure(queue, index, err);
    if (r < 0) {
        return r;
    }
    r = consume_queue_files_pre_blank(queue, index, err);
    if (r == 0) {
        queue->min = index;
        queue->is_flush_lost =
            queue->options->flush_lookup_from_zero && segment_list_min(queue->files) > 0;
    }
    return r;
}

/* RocketMQ's rule believes the order of the calls more than the index: a record that ends at or
 * below max_physic was dispatched before, an index other than 0 below the end is taken for a
 * repetition (unless the defect dispatch-no-expect is planted), and anything else goes to the end.
 * */
int consume_queue_put(struct consume_queue *queue, const struct consume_queue_unit *unit,
                      int64_t index, struct err *err)
{
    int64_t physic_end = unit->physical_offset + unit->size_bytes;
    if (physic_end <= queue->max_physic) {
        return 0; /* dispatched before */
    }
    int r = 0;
    if (!queue->is_begun) {
        r = begin_files(queue, index, err);
    } else {
        r = consume_queue_files_ensure(queue, consume_queue_max(queue), err);
    }
    if (r < 0) {
        return r;
    }
    if (index != 0 && index < consume_queue_max(queue) && !queue->options->no_expect) {
        return 0;
    }
    /* index > max: RocketMQ logs that the order may be wrong and appends all the same. */
    return append_unit(queue, unit, err);
}

/* The record says where its unit belongs, and there it goes. Should the queue stand elsewhere, the
 * event tells, and the hole or the unit that was there is the log's business: it is the log that is
 * true. */
int consume_queue_put_exact(struct consume_queue *queue, const struct consume_queue_unit *unit,
                            int64_t index, struct err *err)
{
    int r = 0;
    if (!queue->is_begun || !consume_queue_has_units(queue)) {
        r = begin_files(queue, index, err);
    } else {
        r = consume_queue_files_ensure(queue, index, err);
    }
    if (r < 0) {
        return r;
    }
    int64_t max = consume_queue_max(queue);
    if (index == max) {
        return append_unit(queue, unit, err);
    }
    event_emit(queue->options->sink, EVENT_SERVICE_FAILED, (uint64_t)index,
               "%s: unit %" PRId64 " where %" PRId64 " is next, continuing",
               segment_list_dir(queue->files), index, max);
    if (index > max) {
        consume_queue_set_max(queue, index);
        return append_unit(queue, unit, err);
    }
    uint8_t at[UNIT];
    consume_queue_unit_encode(unit, at);
    return segment_list_write(queue->files, points.append, (uint64_t)index * UNIT, at, UNIT, err);
}

int consume_queue_clean_tail(struct consume_queue *queue, struct err *err)
{
    int64_t r = segment_list_zero_past_end(queue->files, err);
    return r < 0 ? (int)r : 0;
}

/* Units are searched by their offsets, which grow with the index. The event and the zeroing come
 * only when units go: the tail of a queue that stays whole is not read at all. */
int consume_queue_cut(struct consume_queue *queue, uint64_t physical_offset, struct err *err)
{
    int64_t end = 0;
    int64_t max = consume_queue_max(queue);
    int r = consume_queue_files_search(queue, consume_queue_first(queue), max, physical_offset,
                                       &end, err);
    if (r < 0 || end == max) {
        return r;
    }
    consume_queue_set_max(queue, end);
    queue->max_physic = (int64_t)physical_offset;
    event_emit(queue->options->sink, EVENT_QUEUE_CUT, (uint64_t)end, "%s: from unit %" PRId64,
               segment_list_dir(queue->files), end);
    return consume_queue_clean_tail(queue, err);
}

void consume_queue_suspect(struct consume_queue *queue, int64_t index)
{
    segment_list_suspect(queue->files, (uint64_t)index * UNIT);
}

/* The last unit of the first file tells for all of it. A second file that begins beyond the end
 * holds nothing yet; the first one is then the only thing that says where the queue stands, and
 * stays. */
int consume_queue_expire_one(struct consume_queue *queue, uint64_t log_min, struct err *err)
{
    if (segment_list_count(queue->files) < 2) {
        return 0;
    }
    struct consume_queue_unit unit;
    int64_t next = (int64_t)(segment_list_start(queue->files, 1) / UNIT);
    int r = consume_queue_files_read(queue, next - 1, &unit, err);
    if (r < 0 || (uint64_t)unit.physical_offset >= log_min ||
        segment_list_start(queue->files, 1) > segment_list_end(queue->files)) {
        return r;
    }
    r = segment_list_expire_first(queue->files, err);
    if (r < 0) {
        return r;
    }
    event_emit(queue->options->sink, EVENT_QUEUE_EXPIRED, (uint64_t)next, "%s: below unit %" PRId64,
               segment_list_dir(queue->files), next);
    return 1;
}

int consume_queue_collect(struct consume_queue *queue, struct sync_batch *batch)
{
    return queue->is_flush_lost ? 0 : segment_list_collect(queue->files, UINT64_MAX, batch);
}

bool consume_queue_is_dirty(const struct consume_queue *queue)
{
    return !queue->is_flush_lost && segment_list_is_dirty(queue->files);
}
