/* Reads consumequeue/ (docs/FORMAT.md, "ConsumeQueue").  One file of more than 600 lines, since
 * names, files and units lie in arrays that listing, looking up and reading all grow. */
#include "harness/oracle/decode/disk_queue.h"

#include "harness/oracle/decode/disk_grow.h"
#include "harness/oracle/decode/disk_log.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT                "consumequeue"
#define WINDOW_UNITS        1024u
#define KEPT_SIZE_BYTES_MAX (UINT64_C(2) << 30)
#define READ_SIZE_BYTES     (UINT64_C(16) << 10) /* at once, between two looks for a hole */
#define UNIT                DISK_QUEUE_UNIT_SIZE_BYTES
#define PATH_SIZE_BYTES     (2 * DISK_QUEUE_PATH_SIZE_BYTES) /* of a file, whatever is found */
#define ID_DIGITS_MAX       10

static const uint8_t zero_unit[UNIT];

/* A queue's window must not outlive a listing: its array entry is used again by another queue. */
static void forget_windows(struct disk_queues *queues)
{
    for (uint32_t i = 0; i < queues->queue_count; i++) {
        free(queues->queues[i].window);
        queues->queues[i].window = NULL;
    }
}

void disk_queue_done(struct disk_queues *queues)
{
    forget_windows(queues);
    free(queues->queues);
    free(queues->files);
    free(queues->names);
    free(queues->bytes);
    free(queues->hash);
    memset(queues, 0, sizeof *queues);
}

const char *disk_queue_topic(const struct disk_queues *queues, const struct disk_queue *queue)
{
    return queues->names + queue->topic_at;
}

/* FNV-1a of topic and queue id; only the table here uses it. */
static uint64_t hash_name(const char *topic, uint32_t size_bytes, int32_t queue_id)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (uint32_t i = 0; i < size_bytes; i++) {
        hash = (hash ^ (uint8_t)topic[i]) * UINT64_C(0x100000001B3);
    }
    return (hash ^ (uint32_t)queue_id) * UINT64_C(0x100000001B3);
}

static void link_queue(struct disk_queues *queues, uint32_t index)
{
    struct disk_queue *queue = &queues->queues[index];
    uint64_t hash =
        hash_name(disk_queue_topic(queues, queue), queue->topic_size_bytes, queue->queue_id);
    uint32_t *slot = &queues->hash[hash & (queues->hash_size - 1)];
    queue->next_hash = *slot;
    *slot = index + 1;
}

/* Keeps at most one queue a slot on average; the chains are relinked from scratch, which is
 * rare. */
static int grow_hash(struct disk_queues *queues)
{
    if (queues->hash != NULL && queues->queue_count < queues->hash_size) {
        return 0;
    }
    size_t size = queues->hash_size == 0 ? 64 : queues->hash_size * 2;
    uint32_t *hash = calloc(size, sizeof *hash);
    if (hash == NULL) {
        return -ENOMEM;
    }
    free(queues->hash);
    queues->hash = hash;
    queues->hash_size = size;
    for (uint32_t i = 0; i < queues->queue_count; i++) {
        link_queue(queues, i);
    }
    return 0;
}

/* Keeps a copy of a name, NUL-terminated; SIZE_MAX: no memory. */
static size_t add_text(struct disk_queues *queues, const char *text, size_t size_bytes)
{
    size_t at = queues->names_size;
    if (disk_grow((void **)&queues->names, &queues->names_capacity, at + size_bytes + 1, 1) < 0) {
        return SIZE_MAX;
    }
    memcpy(queues->names + at, text, size_bytes);
    queues->names[at + size_bytes] = '\0';
    queues->names_size += size_bytes + 1;
    return at;
}

/* A queue that the log alone knows is added too, without files: its units are missing, and that
 * is to be found out. */
static uint32_t add_queue(struct disk_queues *queues, const char *topic, uint32_t size_bytes,
                          int32_t queue_id)
{
    size_t topic_at = SIZE_MAX;
    if (disk_grow((void **)&queues->queues, &queues->queue_capacity, queues->queue_count + 1u,
                  sizeof *queues->queues) == 0) {
        topic_at = add_text(queues, topic, size_bytes);
    }
    if (topic_at == SIZE_MAX || grow_hash(queues) < 0) {
        return UINT32_MAX;
    }
    uint32_t index = queues->queue_count++;
    queues->queues[index] = (struct disk_queue){.topic_at = topic_at,
                                                .topic_size_bytes = size_bytes,
                                                .queue_id = queue_id,
                                                .last_queue_offset = -1};
    link_queue(queues, index);
    return index;
}

static bool is_queue(const struct disk_queues *queues, uint32_t index, const char *topic,
                     uint32_t size_bytes, int32_t queue_id)
{
    const struct disk_queue *queue = &queues->queues[index];
    return queue->queue_id == queue_id && queue->topic_size_bytes == size_bytes &&
           memcmp(disk_queue_topic(queues, queue), topic, size_bytes) == 0;
}

uint32_t disk_queue_lookup(const struct disk_queues *queues, const char *topic,
                           uint32_t topic_size_bytes, int32_t queue_id)
{
    if (queues->last_found < queues->queue_count &&
        is_queue(queues, queues->last_found, topic, topic_size_bytes, queue_id)) {
        return queues->last_found;
    }
    if (queues->hash == NULL) {
        return UINT32_MAX;
    }
    uint64_t hash = hash_name(topic, topic_size_bytes, queue_id);
    uint64_t next = queues->hash[hash & (queues->hash_size - 1)];
    while (next != 0) {
        if (is_queue(queues, (uint32_t)(next - 1), topic, topic_size_bytes, queue_id)) {
            return (uint32_t)(next - 1);
        }
        next = queues->queues[next - 1].next_hash;
    }
    return UINT32_MAX;
}

uint32_t disk_queue_find(struct disk_queues *queues, const char *topic, uint32_t topic_size_bytes,
                         int32_t queue_id)
{
    uint32_t found = disk_queue_lookup(queues, topic, topic_size_bytes, queue_id);
    if (found == UINT32_MAX) {
        found = add_queue(queues, topic, topic_size_bytes, queue_id);
    }
    queues->last_found = found;
    return found;
}

/* Appends a piece, cut to what fits, and returns the new length.  Paths are made for every image
 * that is judged: by hand, as printf would cost more than what they are made for. */
static size_t put(char *text, size_t size_bytes, size_t length, const char *piece)
{
    size_t piece_bytes = strlen(piece);
    piece_bytes = piece_bytes < size_bytes - length ? piece_bytes : size_bytes - length - 1;
    memcpy(text + length, piece, piece_bytes);
    text[length + piece_bytes] = '\0';
    return length + piece_bytes;
}

static size_t put_topic(char path[PATH_SIZE_BYTES], const char *topic)
{
    return put(path, PATH_SIZE_BYTES, put(path, PATH_SIZE_BYTES, 0, ROOT "/"), topic);
}

/* A queue's directory below its topic's, and the slash behind it. */
static size_t put_id(char path[PATH_SIZE_BYTES], size_t length, int32_t queue_id)
{
    char digits[ID_DIGITS_MAX + 2] = {0};
    size_t at = ID_DIGITS_MAX;
    digits[at] = '/';
    do {
        digits[--at] = (char)('0' + queue_id % 10);
        queue_id /= 10;
    } while (queue_id > 0);
    length = put(path, PATH_SIZE_BYTES, length, "/");
    return put(path, PATH_SIZE_BYTES, length, digits + at);
}

/* Gathers directory names: each NUL-terminated, in `names`. */
struct gather {
    struct disk_queues *queues;
    uint32_t count;
};

static int gather_dir(void *arg, const char *name, bool is_dir)
{
    struct gather *gather = arg;
    if (!is_dir) {
        return 0;
    }
    gather->count++;
    return add_text(gather->queues, name, strlen(name)) == SIZE_MAX ? -ENOMEM : 0;
}

/* Copies the gathered name that stands at `*mark`, and steps over it: `names` may move. */
static void take_name(const struct disk_queues *queues, size_t *mark,
                      char name[DISK_QUEUE_TOPIC_SIZE_BYTES])
{
    const char *text = queues->names + *mark;
    (void)put(name, DISK_QUEUE_TOPIC_SIZE_BYTES, 0, text);
    *mark += strlen(text) + 1;
}

static int add_file(void *arg, const char *name, bool is_dir)
{
    struct disk_queues *queues = arg;
    uint64_t start = 0;
    if (is_dir || !disk_log_parse_name(name, &start)) {
        return 0;
    }
    int r = disk_grow((void **)&queues->files, &queues->file_capacity, queues->file_count + 1u,
                      sizeof *queues->files);
    if (r == 0) {
        queues->files[queues->file_count++] = (struct disk_queue_file){.start = start};
    }
    return r;
}

bool disk_queue_parse_id(const char *name, int32_t *ret_id)
{
    int64_t value = 0;
    size_t length = strlen(name);
    if (length == 0 || length > 10 || (length > 1 && name[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (name[i] < '0' || name[i] > '9') {
            return false;
        }
        value = value * 10 + (name[i] - '0');
    }
    *ret_id = (int32_t)value;
    return value <= INT32_MAX;
}

/* The files of one queue, with sizes. An empty last file is what a kill between create and
 * extend leaves, and is removed by whoever loads the row: it is not the queue's. */
static int list_files(struct disk_queues *queues, const char *topic, int32_t queue_id,
                      const char *path, struct err *err)
{
    uint32_t file_at = queues->file_count;
    int r = queues->view->list(queues->view->arg, path, add_file, queues);
    if (r < 0) {
        return r == -ENOENT ? 0 : err_set(err, r, "list '%s'", path);
    }
    for (uint32_t i = file_at; i < queues->file_count; i++) {
        char file_path[2 * DISK_QUEUE_PATH_SIZE_BYTES];
        size_t length = strlen(path);
        memcpy(file_path, path, length);
        file_path[length] = '/';
        (void)disk_log_put_name(file_path + length + 1, queues->files[i].start);
        int64_t size = queues->view->size(queues->view->arg, file_path);
        if (size < 0) {
            return err_set(err, (int)size, "size of '%s'", file_path);
        }
        queues->files[i].size_bytes = (uint64_t)size;
    }
    if (queues->file_count > file_at && queues->files[queues->file_count - 1].size_bytes == 0) {
        queues->file_count--;
    }
    uint32_t index = disk_queue_find(queues, topic, (uint32_t)strlen(topic), queue_id);
    if (index == UINT32_MAX) {
        return err_set(err, -ENOMEM, "list '%s'", path);
    }
    struct disk_queue *queue = &queues->queues[index];
    queue->has_files = true;
    queue->file_at = file_at;
    queue->file_count = queues->file_count - file_at;
    return 0;
}

/* Names are gathered first and read again from `names`: a listing may not be nested, and adding
 * a queue may move them. */
static int list_topic(struct disk_queues *queues, const char *topic, struct err *err)
{
    char path[PATH_SIZE_BYTES];
    size_t base = put_topic(path, topic);
    size_t mark = queues->names_size;
    struct gather gather = {queues, 0};
    int r = queues->view->list(queues->view->arg, path, gather_dir, &gather);
    if (r < 0 && r != -ENOENT) {
        return err_set(err, r, "list '%s'", path);
    }
    for (uint32_t i = 0; i < gather.count; i++) {
        char name[DISK_QUEUE_TOPIC_SIZE_BYTES];
        int32_t queue_id = 0;
        take_name(queues, &mark, name);
        if (!disk_queue_parse_id(name, &queue_id)) {
            continue;
        }
        (void)put(path, sizeof path, put(path, sizeof path, base, "/"), name);
        r = list_files(queues, topic, queue_id, path, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static void clear(struct disk_queues *queues)
{
    forget_windows(queues);
    queues->queue_count = 0;
    queues->listed_count = 0;
    queues->file_count = 0;
    queues->names_size = 0;
    queues->bytes_size = 0;
    queues->last_found = UINT32_MAX;
    if (queues->hash != NULL) {
        memset(queues->hash, 0, queues->hash_size * sizeof *queues->hash);
    }
}

int disk_queue_list(struct disk_queues *queues, const struct view *view, struct err *err)
{
    clear(queues);
    queues->view = view;
    struct gather gather = {queues, 0};
    int r = view->list(view->arg, ROOT, gather_dir, &gather);
    if (r < 0 && r != -ENOENT) {
        return err_set(err, r, "list '%s'", ROOT);
    }
    size_t mark = 0;
    for (uint32_t i = 0; i < gather.count; i++) {
        char topic[DISK_QUEUE_TOPIC_SIZE_BYTES];
        take_name(queues, &mark, topic);
        r = list_topic(queues, topic, err);
        if (r < 0) {
            return r;
        }
    }
    queues->listed_count = queues->queue_count;
    return 0;
}

/* The files that are in a row; those behind a hole are not read. */
static void check_row(const struct disk_queues *queues, struct disk_queue *queue)
{
    const struct disk_queue_file *files = queues->files + queue->file_at;
    for (uint32_t i = 1; i < queue->file_count; i++) {
        if (files[i].start != files[i - 1].start + queues->file_size_bytes) {
            queue->is_hole = true;
            queue->file_count = i;
            return;
        }
    }
}

uint64_t disk_queue_path(const struct disk_queues *queues, const struct disk_queue *queue,
                         uint64_t index, char path[DISK_QUEUE_PATH_SIZE_BYTES])
{
    uint64_t size = queues->file_size_bytes < UNIT ? UNIT : queues->file_size_bytes;
    uint64_t position = index * UNIT;
    uint64_t start = position - position % size;
    snprintf(path, DISK_QUEUE_PATH_SIZE_BYTES, ROOT "/%.255s/%" PRId32 "/%020" PRIu64,
             disk_queue_topic(queues, queue), queue->queue_id, start);
    return position - start;
}

void disk_queue_decode(const uint8_t bytes[DISK_QUEUE_UNIT_SIZE_BYTES],
                       struct disk_queue_unit *ret_unit)
{
    ret_unit->offset = bytes_get_be64(bytes);
    ret_unit->size_bytes = bytes_get_be32(bytes + 8);
    ret_unit->tags_code = (int64_t)bytes_get_be64(bytes + 12);
    ret_unit->is_zero =
        ret_unit->offset == 0 && ret_unit->size_bytes == 0 && ret_unit->tags_code == 0;
    ret_unit->is_pre_blank = ret_unit->offset == 0 &&
                             ret_unit->size_bytes == DISK_QUEUE_PRE_BLANK_SIZE &&
                             ret_unit->tags_code == 0;
}

static void put_file(const struct disk_queues *queues, const struct disk_queue *queue,
                     const struct disk_queue_file *file, char path[PATH_SIZE_BYTES])
{
    size_t length = put_topic(path, disk_queue_topic(queues, queue));
    length = put_id(path, length, queue->queue_id);
    (void)disk_log_put_name(path + length, file->start);
}

/* The end of what a file holds of its row; bytes beyond the row's file size are nobody's. */
static uint64_t end_of(const struct disk_queues *queues, const struct disk_queue_file *file)
{
    uint64_t size = queues->file_size_bytes;
    return file->start + (file->size_bytes < size ? file->size_bytes : size);
}

/* Reads units [index, index + count) into `at`; what no file has stays zero. */
static int read_units(struct disk_queues *queues, const struct disk_queue *queue, uint64_t index,
                      uint32_t count, uint8_t *at)
{
    uint64_t position = index * UNIT;
    uint64_t end = position + (uint64_t)count * UNIT;
    memset(at, 0, (size_t)(end - position));
    for (uint32_t i = 0; i < queue->file_count; i++) {
        const struct disk_queue_file *file = &queues->files[queue->file_at + i];
        uint64_t file_end = end_of(queues, file);
        uint64_t from = position > file->start ? position : file->start;
        uint64_t to = end < file_end ? end : file_end;
        if (from >= to) {
            continue;
        }
        char path[PATH_SIZE_BYTES];
        put_file(queues, queue, file, path);
        int64_t n = queues->view->read(queues->view->arg, path, from - file->start,
                                       at + (from - position), (size_t)(to - from));
        if (n < 0) {
            return (int)n;
        }
    }
    return 0;
}

const uint8_t *disk_queue_bytes(struct disk_queues *queues, struct disk_queue *queue,
                                uint64_t index)
{
    if (index < queue->first_index || index >= queue->max_index) {
        return zero_unit;
    }
    if (queues->keep) {
        return queues->bytes + queue->bytes_at + (size_t)(index - queue->first_index) * UNIT;
    }
    if (queue->window == NULL || index < queue->window_index ||
        index >= queue->window_index + queue->window_count) {
        if (queue->window == NULL) {
            queue->window = malloc((size_t)WINDOW_UNITS * UNIT);
            if (queue->window == NULL) {
                return zero_unit;
            }
        }
        /* Walked backwards, the window ends at the unit, not begins. */
        bool is_backwards = queue->window_count > 0 && index < queue->window_index;
        uint64_t before = is_backwards ? WINDOW_UNITS - 1 : 0;
        before = before < index - queue->first_index ? before : index - queue->first_index;
        queue->window_index = index - before;
        queue->window_count = WINDOW_UNITS;
        if (read_units(queues, queue, index - before, WINDOW_UNITS, queue->window) < 0) {
            return zero_unit;
        }
    }
    return queue->window + (size_t)(index - queue->window_index) * UNIT;
}

/* One past the last non-zero unit of [index, index + count) at `at`; 0: all are zero. */
static uint64_t trim_zeros(const uint8_t *at, uint64_t index, uint64_t count)
{
    while (count > 0 && memcmp(at + (size_t)(count - 1) * UNIT, zero_unit, UNIT) == 0) {
        count--;
    }
    return count == 0 ? 0 : index + count;
}

/* The queue's kept bytes reach up to byte `end` of its row now; those that are new are zero. */
static int keep_up_to(struct disk_queues *queues, const struct disk_queue *queue, uint64_t end)
{
    uint64_t size = queue->bytes_at + (end - queue->first_index * UNIT);
    if (size > KEPT_SIZE_BYTES_MAX) {
        return -EFBIG;
    }
    int r = disk_grow((void **)&queues->bytes, &queues->bytes_capacity, (size_t)size, 1);
    if (r < 0) {
        return r;
    }
    memset(queues->bytes + queues->bytes_size, 0, (size_t)size - queues->bytes_size);
    queues->bytes_size = (size_t)size;
    return 0;
}

/* Keeps what a file has below byte `limit` of its row.  RocketMQ allocates 6 MB ahead for a queue
 * of ten units: holes are passed over, and behind the last data nothing is kept. */
static int keep_file(struct disk_queues *queues, const struct disk_queue *queue,
                     const struct disk_queue_file *file, uint64_t limit)
{
    char path[PATH_SIZE_BYTES];
    uint64_t end = end_of(queues, file);
    end = end < limit ? end : limit;
    put_file(queues, queue, file, path);
    for (uint64_t from = file->start; from < end;) {
        int64_t next = (int64_t)(from - file->start);
        if (end - from > READ_SIZE_BYTES) {
            next = view_next(queues->view, path, (uint64_t)next);
        }
        if (next < 0 || file->start + (uint64_t)next >= end) {
            return next < 0 ? (int)next : 0;
        }
        from = file->start + (uint64_t)next;
        uint64_t to = end - from < READ_SIZE_BYTES ? end : from + READ_SIZE_BYTES;
        int r = keep_up_to(queues, queue, (to + UNIT - 1) / UNIT * UNIT);
        if (r < 0) {
            return r;
        }
        uint8_t *at = queues->bytes + queue->bytes_at + (from - queue->first_index * UNIT);
        int64_t n = queues->view->read(queues->view->arg, path, from - file->start, at,
                                       (size_t)(to - from));
        if (n < 0) {
            return (int)n;
        }
        from = to;
    }
    return 0;
}

/* All units of a case's queue stay in memory: judges look at them in any order. */
static int load_kept(struct disk_queues *queues, struct disk_queue *queue, uint64_t end_index)
{
    queue->bytes_at = queues->bytes_size;
    for (uint32_t i = 0; i < queue->file_count; i++) {
        int r = keep_file(queues, queue, &queues->files[queue->file_at + i], end_index * UNIT);
        if (r < 0) {
            return r;
        }
    }
    uint64_t count = (queues->bytes_size - queue->bytes_at) / UNIT;
    uint64_t last = trim_zeros(queues->bytes + queue->bytes_at, queue->first_index, count);
    queue->max_index = last > queue->first_index ? last : queue->first_index;
    return 0;
}

/* Looks for the last unit from the end, a window at a time. */
static int find_max(struct disk_queues *queues, struct disk_queue *queue, uint64_t end_index)
{
    uint64_t index = end_index;
    queue->max_index = end_index;
    queue->window_count = 0;
    while (index > queue->first_index) {
        uint64_t count = index - queue->first_index;
        count = count < WINDOW_UNITS ? count : WINDOW_UNITS;
        index -= count;
        uint8_t units[WINDOW_UNITS * UNIT];
        int r = read_units(queues, queue, index, (uint32_t)count, units);
        if (r < 0) {
            return r;
        }
        uint64_t last = trim_zeros(units, index, count);
        if (last != 0) {
            queue->max_index = last;
            return 0;
        }
    }
    queue->max_index = queue->first_index;
    return 0;
}

/* Units of expired records stay in front until their whole file goes; the queue begins behind
 * them. */
static void find_min(struct disk_queues *queues, struct disk_queue *queue, uint64_t log_min)
{
    uint64_t index = queue->first_index;
    for (; index < queue->max_index; index++) {
        struct disk_queue_unit unit;
        disk_queue_decode(disk_queue_bytes(queues, queue, index), &unit);
        if (!unit.is_pre_blank && (unit.is_zero || unit.offset >= log_min)) {
            break;
        }
    }
    queue->min_index = index;
}

/* Where the units end is found from the back: files are allocated ahead and zero, and a unit in
 * the middle may be zero too, which is a finding and not the end. */
int disk_queue_load(struct disk_queues *queues, uint64_t log_min, struct err *err)
{
    for (uint32_t i = 0; i < queues->queue_count; i++) {
        struct disk_queue *queue = &queues->queues[i];
        check_row(queues, queue);
        if (queue->file_count == 0) {
            continue;
        }
        const struct disk_queue_file *files = queues->files + queue->file_at;
        queue->first_index = files[0].start / UNIT;
        uint64_t end_index = end_of(queues, &files[queue->file_count - 1]) / UNIT;
        int r =
            queues->keep ? load_kept(queues, queue, end_index) : find_max(queues, queue, end_index);
        if (r < 0) {
            return err_set(err, r, "read the queue '%s' %" PRId32, disk_queue_topic(queues, queue),
                           queue->queue_id);
        }
        find_min(queues, queue, log_min);
        queue->counted_end = queue->max_index;
    }
    return 0;
}

/* From the back, since a mark is near the end. Zero units are passed over: they are of no
 * record. */
uint64_t disk_queue_units_below(struct disk_queues *queues, struct disk_queue *queue,
                                uint64_t offset)
{
    for (uint64_t index = queue->max_index; index > queue->first_index; index--) {
        struct disk_queue_unit unit;
        disk_queue_decode(disk_queue_bytes(queues, queue, index - 1), &unit);
        if (!unit.is_zero && unit.offset < offset) {
            return index;
        }
    }
    return 0;
}
