/* One consume queue: see consume_queue.h. */
#include "store/queue/consume_queue.h"

#include "store/base/bytes.h"
#include "store/base/ensure.h"
#include "store/base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT          CONSUME_QUEUE_UNIT_SIZE_BYTES
#define BLOCK_UNITS   204 /* a page's worth */
#define RECOVER_FILES 3

static const struct segment_list_points points = {
    .list = POINT_QUEUE_LIST,
    .open = POINT_QUEUE_OPEN,
    .size = POINT_QUEUE_SIZE,
    .read = POINT_QUEUE_READ,
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

/* A run of units in memory: [first, first + count). */
struct block {
    int64_t first;
    int64_t count;
    uint8_t units[BLOCK_UNITS * UNIT];
};

struct heal {
    int64_t next;         /* index the next record should have; -1: not known */
    bool has_units;       /* the scan met a record of this queue */
    struct block found;   /* as on disk */
    struct block pending; /* to be appended in one write */
};

struct consume_queue {
    const struct consume_queue_options *options;
    struct segment_list *files;
    struct heal *heal; /* only while healing */
    int64_t max_physic;
    int64_t min;
    int64_t next_offset;
    int32_t queue_id;
    bool has_dir;
    bool is_begun;      /* its first file is filled up to its first unit */
    bool is_flush_lost; /* defect flush-lookup-from-zero: no sync of this life does anything */
    char topic[];
};

static void put_unit(const struct consume_queue_unit *unit, uint8_t *at)
{
    bytes_put_be64(at, (uint64_t)unit->physical_offset);
    bytes_put_be32(at + 8, (uint32_t)unit->size_bytes);
    bytes_put_be64(at + 12, (uint64_t)unit->tags_code);
}

static void get_unit(const uint8_t *at, struct consume_queue_unit *ret_unit)
{
    ret_unit->physical_offset = (int64_t)bytes_get_be64(at);
    ret_unit->size_bytes = (int32_t)bytes_get_be32(at + 8);
    ret_unit->tags_code = (int64_t)bytes_get_be64(at + 12);
}

static bool is_pre_blank(const struct consume_queue_unit *unit)
{
    return unit->physical_offset == 0 && unit->size_bytes == CONSUME_QUEUE_PRE_BLANK_SIZE_BYTES &&
           unit->tags_code == 0;
}

static bool is_valid(const struct consume_queue_unit *unit)
{
    return unit->physical_offset >= 0 && unit->size_bytes > 0;
}

static bool is_below(const struct consume_queue_unit *unit, uint64_t physical_offset)
{
    return is_valid(unit) && (uint64_t)unit->physical_offset < physical_offset;
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

const char *consume_queue_dir(const struct consume_queue *queue)
{
    return segment_list_dir(queue->files);
}

/* Reading */

int consume_queue_read(struct consume_queue *queue, int64_t index,
                       struct consume_queue_unit *ret_unit, struct err *err)
{
    uint8_t at[UNIT];
    int r = segment_list_read(queue->files, (uint64_t)index * UNIT, at, sizeof(at), err);
    if (r < 0) {
        return r;
    }
    get_unit(at, ret_unit);
    return 0;
}

/* Units from `index` to at most the end of its file. */
static int read_block(struct consume_queue *queue, int64_t index, struct block *block,
                      struct err *err)
{
    int64_t left = (int64_t)queue->options->file_units - index % queue->options->file_units;
    int64_t count = left < BLOCK_UNITS ? left : BLOCK_UNITS;
    block->count = 0;
    int r = segment_list_read(queue->files, (uint64_t)index * UNIT, block->units,
                              (size_t)count * UNIT, err);
    if (r == 0) {
        block->first = index;
        block->count = count;
    }
    return r;
}

static bool is_in(const struct block *block, int64_t index)
{
    return index >= block->first && index - block->first < block->count;
}

/* The unit at `index`, by way of `block`. */
static int read_by_block(struct consume_queue *queue, int64_t index, struct block *block,
                         struct consume_queue_unit *ret_unit, struct err *err)
{
    if (!is_in(block, index)) {
        int r = read_block(queue, index, block, err);
        if (r < 0) {
            return r;
        }
    }
    get_unit(block->units + (index - block->first) * UNIT, ret_unit);
    return 0;
}

/* Index of the first unit in [low, high) that is not below `offset`; below ones come first. */
static int search(struct consume_queue *queue, int64_t low, int64_t high, uint64_t offset,
                  int64_t *ret_index, struct err *err)
{
    struct block block = {.count = 0};
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        /* Few enough to be read at once, when they lie in one file. */
        if (high - low <= BLOCK_UNITS && !is_in(&block, low)) {
            int r = read_block(queue, low, &block, err);
            if (r < 0) {
                return r;
            }
        }
        struct consume_queue_unit unit = {0};
        int r = 0;
        if (is_in(&block, middle)) {
            get_unit(block.units + (middle - block.first) * UNIT, &unit);
        } else {
            r = consume_queue_read(queue, middle, &unit, err);
        }
        if (r < 0) {
            return r;
        }
        if (is_below(&unit, offset)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_index = low;
    return 0;
}

int consume_queue_units_below(struct consume_queue *queue, uint64_t physical_offset,
                              int64_t *ret_index, struct err *err)
{
    uint64_t hole = segment_list_hole(queue->files);
    uint64_t limit = segment_list_limit(queue->files);
    return search(queue, consume_queue_first(queue),
                  (int64_t)((hole < limit ? hole : limit) / UNIT), physical_offset, ret_index, err);
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
        r = consume_queue_read(queue, first, &unit, err);
        if (r < 0) {
            return r;
        }
        if (is_below(&unit, log_min) || is_pre_blank(&unit)) {
            r = search(queue, first, max, log_min > 0 ? log_min : 1, &min, err);
            if (r < 0) {
                return r;
            }
        }
    }
    queue->min = min;
    return 0;
}

/* Writing */

/* Starts a file for `index` and fills its units before that with pre-blank ones. */
static int pre_blank(struct consume_queue *queue, int64_t index, struct err *err)
{
    int64_t first = index - index % queue->options->file_units;
    static const struct consume_queue_unit blank = {0, CONSUME_QUEUE_PRE_BLANK_SIZE_BYTES, 0};
    uint8_t at[UNIT];
    put_unit(&blank, at);
    if (first < index) {
        event_emit(queue->options->sink, EVENT_PRE_BLANK, (uint64_t)index,
                   "%s: units %" PRId64 " to %" PRId64, segment_list_dir(queue->files), first,
                   index - 1);
    }
    for (int64_t i = first; i < index; i++) {
        int r = segment_list_write(queue->files, POINT_QUEUE_PRE_BLANK, (uint64_t)i * UNIT, at,
                                   UNIT, err);
        if (r < 0) {
            return r;
        }
    }
    consume_queue_set_max(queue, index);
    return 0;
}

/* Makes sure that the file for `index` exists. Returns 1 when it was made. */
static int ensure_file(struct consume_queue *queue, int64_t index, struct err *err)
{
    bool is_roll = consume_queue_has_files(queue);
    int r = segment_list_ensure(queue->files, (uint64_t)index * UNIT, err);
    if (r > 0 && is_roll) {
        event_emit(queue->options->sink, EVENT_QUEUE_ROLLED, (uint64_t)index, "%s at unit %" PRId64,
                   segment_list_dir(queue->files), index);
    }
    return r;
}

static int append_unit(struct consume_queue *queue, const struct consume_queue_unit *unit,
                       struct err *err)
{
    uint8_t at[UNIT];
    put_unit(unit, at);
    int r = segment_list_append(queue->files, at, sizeof(at), err);
    if (r == 0) {
        queue->max_physic = unit->physical_offset + unit->size_bytes;
        queue->is_begun = true;
    }
    return r;
}

/* A queue's first unit of this life when it has no file: a file for it, filled up to it. */
static int begin_files(struct consume_queue *queue, int64_t index, struct err *err)
{
    int r = ensure_file(queue, index, err);
    if (r < 0) {
        return r;
    }
    r = pre_blank(queue, index, err);
    if (r == 0) {
        queue->min = index;
        queue->is_flush_lost =
            queue->options->flush_lookup_from_zero && segment_list_min(queue->files) > 0;
    }
    return r;
}

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
        r = ensure_file(queue, consume_queue_max(queue), err);
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

int consume_queue_put_exact(struct consume_queue *queue, const struct consume_queue_unit *unit,
                            int64_t index, struct err *err)
{
    int r = 0;
    if (!queue->is_begun || !consume_queue_has_units(queue)) {
        r = begin_files(queue, index, err);
    } else {
        r = ensure_file(queue, index, err);
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
    put_unit(unit, at);
    return segment_list_write(queue->files, points.append, (uint64_t)index * UNIT, at, UNIT, err);
}

/* RocketMQ's recovery */

/* Counts the valid units of one file; takes note of the last one's end.  A failed read counts as an
 * invalid unit when errors are ends. */
static int count_valid(struct consume_queue *queue, int64_t first, int64_t *ret_count,
                       struct err *err)
{
    struct block block = {.count = 0};
    int64_t count = 0;
    for (; count < (int64_t)queue->options->file_units; count++) {
        struct consume_queue_unit unit;
        int r = read_by_block(queue, first + count, &block, &unit, err);
        if (r < 0 && !queue->options->is_error_end) {
            return r;
        }
        if (r < 0 || !is_valid(&unit)) {
            break;
        }
        if (!is_pre_blank(&unit) || queue->options->pre_blank_max_physic) {
            queue->max_physic = unit.physical_offset + unit.size_bytes;
        }
    }
    *ret_count = count;
    return 0;
}

int consume_queue_recover(struct consume_queue *queue, struct err *err)
{
    size_t files = segment_list_count(queue->files);
    size_t at = files > RECOVER_FILES ? files - RECOVER_FILES : 0;
    int64_t end = consume_queue_first(queue);
    uint64_t hole = segment_list_hole(queue->files);
    for (; at < files; at++) {
        int64_t count = 0;
        int64_t first = (int64_t)(segment_list_start(queue->files, at) / UNIT);
        if (segment_list_start(queue->files, at) >= hole) {
            end = (int64_t)(hole / UNIT);
            break;
        }
        int r = count_valid(queue, first, &count, err);
        if (r < 0) {
            return r;
        }
        end = first + count;
        if (count < (int64_t)queue->options->file_units) {
            break;
        }
    }
    if (queue->options->no_expect) {
        queue->max_physic = -1;
    }
    consume_queue_set_max(queue, end);
    int cut = segment_list_cut_files(queue->files, err);
    return cut < 0 ? cut : 0;
}

/* Finds the new end in the last file.  Returns 1 when the whole file lies at or past `offset`. */
static int cut_in_last_file(struct consume_queue *queue, uint64_t offset, int64_t *ret_end,
                            struct err *err)
{
    struct block block = {.count = 0};
    size_t last = segment_list_count(queue->files) - 1;
    int64_t first = (int64_t)(segment_list_start(queue->files, last) / UNIT);
    int64_t count = 0;
    for (; count < (int64_t)queue->options->file_units; count++) {
        struct consume_queue_unit unit;
        int r = read_by_block(queue, first + count, &block, &unit, err);
        if (r < 0) {
            return r;
        }
        bool is_past = (int64_t)offset <= unit.physical_offset;
        /* RocketMQ does not ask whether the first unit of the file is one. */
        bool is_none = !is_valid(&unit) && !(count == 0 && queue->options->zero_unit_accepted);
        if (count == 0 && (is_past || is_none)) {
            return 1;
        }
        if (is_past || is_none) {
            break;
        }
        if (!is_pre_blank(&unit) || queue->options->pre_blank_max_physic) {
            queue->max_physic = unit.physical_offset + unit.size_bytes;
        }
    }
    *ret_end = first + count;
    return 0;
}

int consume_queue_truncate_dirty(struct consume_queue *queue, uint64_t physical_offset,
                                 struct err *err)
{
    int64_t before = consume_queue_max(queue);
    queue->max_physic = (int64_t)physical_offset;
    while (consume_queue_has_files(queue)) {
        size_t last = segment_list_count(queue->files) - 1;
        int64_t end = (int64_t)(segment_list_start(queue->files, last) / UNIT);
        int r = cut_in_last_file(queue, physical_offset, &end, err);
        if (r < 0) {
            return r;
        }
        if (r == 0) {
            consume_queue_set_max(queue, end);
            break;
        }
        r = segment_list_cut_last(queue->files, err);
        if (r < 0) {
            return r;
        }
    }
    queue->is_begun = consume_queue_has_files(queue);
    if (consume_queue_max(queue) < before) {
        event_emit(queue->options->sink, EVENT_QUEUE_CUT, (uint64_t)consume_queue_max(queue),
                   "%s: %" PRId64 " units become %" PRId64, segment_list_dir(queue->files), before,
                   consume_queue_max(queue));
    }
    return 0;
}

/* Healing */

int consume_queue_heal_begin(struct consume_queue *queue, int64_t known, struct err *err)
{
    queue->heal = malloc(sizeof(*queue->heal));
    if (queue->heal == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    queue->heal->next = -1;
    queue->heal->has_units = false;
    queue->heal->found.first = 0;
    queue->heal->found.count = 0;
    queue->heal->pending.first = 0;
    queue->heal->pending.count = 0;
    if (known >= 0 && known > consume_queue_first(queue)) {
        queue->heal->next = known;
        queue->heal->has_units = true;
        consume_queue_set_max(queue, known);
    }
    return 0;
}

/* Appends the pending run. */
static int flush_pending(struct consume_queue *queue, struct err *err)
{
    struct block *pending = &queue->heal->pending;
    if (pending->count == 0) {
        return 0;
    }
    int r = ensure_file(queue, pending->first, err);
    if (r < 0) {
        return r;
    }
    event_emit(queue->options->sink, EVENT_DISPATCH_BEHIND, (uint64_t)pending->first,
               "%s: %" PRId64 " units from %" PRId64, segment_list_dir(queue->files),
               pending->count, pending->first);
    /* Not as an append: what stands behind may be sound and is judged by itself. */
    r = segment_list_write(queue->files, points.append, (uint64_t)pending->first * UNIT,
                           pending->units, (size_t)pending->count * UNIT, err);
    if (r == 0) {
        pending->count = 0;
    }
    return r;
}

/* Whether the units before `index` in its file are all pre-blank or of expired records. */
static int is_head_sound(struct consume_queue *queue, int64_t index, uint64_t below,
                         bool *ret_is_sound, struct err *err)
{
    struct block block = {.count = 0};
    *ret_is_sound = true;
    for (int64_t i = index - index % queue->options->file_units; i < index; i++) {
        struct consume_queue_unit unit;
        int r = read_by_block(queue, i, &block, &unit, err);
        if (r < 0) {
            return r;
        }
        if (!is_below(&unit, below) && !is_pre_blank(&unit)) {
            *ret_is_sound = false;
            break;
        }
    }
    return 0;
}

/* Drops all files: they cannot be what leads up to the units to come. */
static int drop_files(struct consume_queue *queue, struct err *err)
{
    int r = 0;
    if (consume_queue_has_files(queue)) {
        event_emit(queue->options->sink, EVENT_QUEUE_CUT, 0, "%s: files do not lead up to the log",
                   segment_list_dir(queue->files));
    }
    while (r == 0 && consume_queue_has_files(queue)) {
        r = segment_list_cut_last(queue->files, err);
    }
    return r;
}

/* The first record of a queue of which nothing is known fixes the queue's position. */
static int position(struct consume_queue *queue, const struct consume_queue_unit *unit,
                    int64_t index, struct err *err)
{
    int64_t first = index - index % queue->options->file_units;
    uint64_t at = (uint64_t)first * UNIT;
    bool is_sound = false;
    int r = 0;
    if (segment_list_find(queue->files, at) >= 0 && segment_list_hole(queue->files) > at) {
        r = is_head_sound(queue, index, (uint64_t)unit->physical_offset, &is_sound, err);
    } else if (!consume_queue_has_files(queue) || segment_list_limit(queue->files) != at ||
               segment_list_hole(queue->files) != UINT64_MAX) {
        r = drop_files(queue, err);
    }
    if (r < 0) {
        return r;
    }
    if (is_sound) {
        consume_queue_set_max(queue, index);
        return 0;
    }
    r = ensure_file(queue, index, err);
    return r < 0 ? r : pre_blank(queue, index, err);
}

/* What stands at `index` on disk: zeros when there is no such unit. */
static int found_unit(struct consume_queue *queue, int64_t index, const uint8_t **ret_at,
                      struct err *err)
{
    static const uint8_t none[UNIT];
    struct block *found = &queue->heal->found;
    *ret_at = none;
    int64_t file = segment_list_find(queue->files, (uint64_t)index * UNIT);
    if (!is_in(found, index)) {
        if (file < 0 || (uint64_t)index * UNIT >= segment_list_hole(queue->files)) {
            return 0;
        }
        int r = read_block(queue, index, found, err);
        if (r < 0) {
            return r;
        }
    }
    *ret_at = found->units + (index - found->first) * UNIT;
    return 0;
}

static int add_pending(struct consume_queue *queue, int64_t index, const uint8_t *at,
                       struct err *err)
{
    struct block *pending = &queue->heal->pending;
    bool follows = pending->count > 0 && pending->count < BLOCK_UNITS &&
                   index == pending->first + pending->count &&
                   index % queue->options->file_units != 0;
    if (!follows) {
        int r = flush_pending(queue, err);
        if (r < 0) {
            return r;
        }
        pending->first = index;
    }
    memcpy(pending->units + pending->count * UNIT, at, UNIT);
    pending->count++;
    return 0;
}

int consume_queue_heal_unit(struct consume_queue *queue, const struct consume_queue_unit *unit,
                            int64_t index, struct err *err)
{
    struct heal *heal = queue->heal;
    if (!heal->has_units) {
        int r = position(queue, unit, index, err);
        if (r < 0) {
            return r;
        }
        heal->next = index;
        heal->has_units = true;
        heal->found.count = 0;
    }
    uint8_t at[UNIT];
    const uint8_t *found = NULL;
    put_unit(unit, at);
    int r = found_unit(queue, index, &found, err);
    if (r < 0) {
        return r;
    }
    if (memcmp(found, at, UNIT) != 0) {
        if (index >= heal->next && bytes_is_zero(found, UNIT)) {
            r = add_pending(queue, index, at, err);
        } else {
            r = flush_pending(queue, err);
            if (r == 0) {
                event_emit(queue->options->sink, EVENT_QUEUE_HEALED, (uint64_t)index,
                           "%s: unit %" PRId64, segment_list_dir(queue->files), index);
                r = segment_list_write(queue->files, POINT_QUEUE_HEAL, (uint64_t)index * UNIT, at,
                                       UNIT, err);
            }
        }
    }
    heal->next = index + 1 > heal->next ? index + 1 : heal->next;
    queue->max_physic = unit->physical_offset + unit->size_bytes;
    return r;
}

/* Whether a unit that is not zero stands at `index`. */
static int has_stale_unit(struct consume_queue *queue, int64_t index, bool *ret_has,
                          struct err *err)
{
    *ret_has = false;
    if (segment_list_find(queue->files, (uint64_t)index * UNIT) < 0) {
        return 0;
    }
    const uint8_t *at = NULL;
    int r = found_unit(queue, index, &at, err);
    if (r == 0) {
        *ret_has = !bytes_is_zero(at, UNIT);
    }
    return r;
}

int consume_queue_heal_finish(struct consume_queue *queue, uint64_t log_min, struct err *err)
{
    struct heal *heal = queue->heal;
    int r = flush_pending(queue, err);
    int64_t end = heal->next;
    if (r == 0 && !heal->has_units && log_min == 0 && consume_queue_first(queue) > 0) {
        /* Nothing ever expired: the first files were lost, and all units with the log. */
        r = drop_files(queue, err);
    }
    if (r == 0 && !heal->has_units) {
        r = consume_queue_units_below(queue, log_min, &end, err);
    }
    bool has_stale = false;
    if (r == 0) {
        consume_queue_set_max(queue, end);
        r = has_stale_unit(queue, end, &has_stale, err);
    }
    if (has_stale) {
        event_emit(queue->options->sink, EVENT_QUEUE_CUT, (uint64_t)end, "%s: from unit %" PRId64,
                   segment_list_dir(queue->files), end);
    }
    queue->is_begun = consume_queue_has_files(queue);
    free(queue->heal);
    queue->heal = NULL;
    return r;
}

/* Tails, expiry, syncs */

int consume_queue_clean_tail(struct consume_queue *queue, struct err *err)
{
    int r = segment_list_cut_files(queue->files, err);
    if (r >= 0 && queue->options->tail_zero) {
        int64_t zeroed = segment_list_zero_tail(queue->files, err);
        r = zeroed < 0 ? (int)zeroed : 0;
    }
    return r < 0 ? r : 0;
}

int consume_queue_clean_dirty_tail(struct consume_queue *queue, struct err *err)
{
    return segment_list_is_tail_dirty(queue->files) ? consume_queue_clean_tail(queue, err) : 0;
}

int consume_queue_cut(struct consume_queue *queue, uint64_t physical_offset, struct err *err)
{
    int64_t end = 0;
    int64_t max = consume_queue_max(queue);
    int r = search(queue, consume_queue_first(queue), max, physical_offset, &end, err);
    if (r < 0 || end == max) {
        return r;
    }
    consume_queue_set_max(queue, end);
    queue->max_physic = (int64_t)physical_offset;
    event_emit(queue->options->sink, EVENT_QUEUE_CUT, (uint64_t)end, "%s: from unit %" PRId64,
               segment_list_dir(queue->files), end);
    return consume_queue_clean_tail(queue, err);
}

void consume_queue_trust_tail(struct consume_queue *queue)
{
    segment_list_trust_tail(queue->files);
}

void consume_queue_suspect(struct consume_queue *queue, int64_t index)
{
    segment_list_suspect(queue->files, (uint64_t)index * UNIT);
}

int consume_queue_rewrite(struct consume_queue *queue, struct err *err)
{
    return segment_list_rewrite(queue->files, err);
}

int consume_queue_expire_one(struct consume_queue *queue, uint64_t log_min, struct err *err)
{
    if (segment_list_count(queue->files) < 2) {
        return 0;
    }
    struct consume_queue_unit unit;
    int64_t next = (int64_t)(segment_list_start(queue->files, 1) / UNIT);
    int r = consume_queue_read(queue, next - 1, &unit, err);
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
