/* A cursor in each queue goes with the log. */
#include "harness/oracle/foreign/batch_queue.h"

#include "harness/oracle/decode/disk_grow.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT              "batchconsumequeue"
#define UNIT              BATCH_QUEUE_UNIT_SIZE_BYTES
#define WINDOW_UNITS      256u
#define NO_COMPACTED      0xFFFFFFFFu
#define NUMBER_DIGITS_MAX 18u
#define WHAT_SIZE_BYTES   192
#define NAME_SIZE_BYTES   256

struct batch_file {
    uint64_t start;
    uint64_t size_bytes;
};

struct batch_queue {
    char topic[NAME_SIZE_BYTES];
    int32_t queue_id;
    struct batch_file *files;
    size_t capacity;
    uint32_t file_count;
    uint64_t first; /* index of the first unit that a file has */
    uint64_t cursor;
    uint64_t max;      /* behind the last unit that is not zero */
    int64_t next_base; /* -1: no record yet */
    bool is_found;     /* the unit at the cursor is that of the record sought last */
    uint8_t *window;
    uint64_t window_index;
    uint32_t window_count;
};

struct batch_unit {
    uint64_t offset;
    uint32_t size_bytes;
    int64_t tags_code;
    int64_t store_timestamp_ms;
    int64_t base;
    uint16_t number;
};

void batch_queue_done(struct batch_queues *queues)
{
    for (uint32_t i = 0; i < queues->count; i++) {
        free(queues->queues[i].files);
        free(queues->queues[i].window);
    }
    free(queues->queues);
    memset(queues, 0, sizeof *queues);
}

/* Whether a queue is of the topic: less than 0 when its topic comes before it, as views sort. */
static int compare_topic(const struct batch_queue *queue, const char *topic, uint32_t topic_size)
{
    size_t size = strlen(queue->topic);
    int order = memcmp(queue->topic, topic, size < topic_size ? size : topic_size);
    return order != 0 ? order : (size > topic_size) - (size < topic_size);
}

/* The first listed queue of the topic; listed_count when there is none: views list in order. */
static uint32_t find_topic(const struct batch_queues *queues, const char *topic,
                           uint32_t topic_size)
{
    uint32_t low = 0;
    uint32_t high = queues->listed_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_topic(&queues->queues[middle], topic, topic_size) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool is_there =
        low < queues->listed_count && compare_topic(&queues->queues[low], topic, topic_size) == 0;
    return is_there ? low : queues->listed_count;
}

/* Behind those of its topic, which stand together, come the few that records alone name. */
static struct batch_queue *find(const struct batch_queues *queues, const char *topic,
                                uint32_t topic_size, int32_t queue_id)
{
    for (uint32_t i = find_topic(queues, topic, topic_size); i < queues->count; i++) {
        struct batch_queue *queue = &queues->queues[i];
        bool is_topic = compare_topic(queue, topic, topic_size) == 0;
        if (is_topic && queue->queue_id == queue_id) {
            return queue;
        }
        if (!is_topic && i < queues->listed_count) {
            i = queues->listed_count - 1;
        }
    }
    return NULL;
}

/* NULL: no memory. */
static struct batch_queue *add(struct batch_queues *queues, const char *topic, uint32_t topic_size,
                               int32_t queue_id)
{
    if (disk_grow((void **)&queues->queues, &queues->capacity, queues->count + 1u,
                  sizeof *queues->queues) < 0) {
        return NULL;
    }
    struct batch_queue *queue = &queues->queues[queues->count++];
    *queue = (struct batch_queue){.queue_id = queue_id, .next_base = -1};
    snprintf(queue->topic, sizeof queue->topic, "%.*s", (int)topic_size, topic);
    return queue;
}

/* Gathers the directories in one: topics, or the ids of a topic's queues. */
struct gather {
    char *names;
    size_t size_bytes;
    size_t capacity;
};

static int gather_dir(void *arg, const char *name, bool is_dir)
{
    struct gather *gather = arg;
    size_t length = strlen(name) + 1;
    if (!is_dir || length > NAME_SIZE_BYTES) {
        return 0;
    }
    int r = disk_grow((void **)&gather->names, &gather->capacity, gather->size_bytes + length, 1);
    if (r == 0) {
        memcpy(gather->names + gather->size_bytes, name, length);
        gather->size_bytes += length;
    }
    return r;
}

static int gather(const struct view *view, const char *path, struct gather *names, struct err *err)
{
    names->size_bytes = 0;
    int r = view->list(view->arg, path, gather_dir, names);
    return r < 0 && r != -ENOENT ? err_set(err, r, "list '%s'", path) : 0;
}

static int add_file(void *arg, const char *name, bool is_dir)
{
    struct batch_queue *queue = arg;
    uint64_t start = 0;
    if (is_dir || !disk_log_parse_name(name, &start)) {
        return 0;
    }
    int r = disk_grow((void **)&queue->files, &queue->capacity, queue->file_count + 1u,
                      sizeof *queue->files);
    if (r == 0) {
        queue->files[queue->file_count++] = (struct batch_file){.start = start};
    }
    return r;
}

static void file_path(const struct batch_queue *queue, uint32_t file,
                      char path[BATCH_QUEUE_PATH_SIZE_BYTES])
{
    snprintf(path, BATCH_QUEUE_PATH_SIZE_BYTES, ROOT "/%s/%" PRId32 "/%020" PRIu64, queue->topic,
             queue->queue_id, file < queue->file_count ? queue->files[file].start : 0);
}

/* The file that has byte `at` of the row; file_count: none. */
static uint32_t file_of(const struct batch_queue *queue, uint64_t at)
{
    uint32_t file = queue->file_count;
    while (file > 0 && queue->files[file - 1].start > at) {
        file--;
    }
    return file == 0 || at - queue->files[file - 1].start >= queue->files[file - 1].size_bytes
               ? queue->file_count
               : file - 1;
}

/* Unit `index` in the window; zeros where no file has it.  0 or the view's error. */
static int read_unit(const struct batch_queues *queues, struct batch_queue *queue, uint64_t index,
                     const uint8_t **ret_unit)
{
    if (queue->window == NULL) {
        queue->window = malloc(WINDOW_UNITS * UNIT);
        if (queue->window == NULL) {
            return -ENOMEM;
        }
    }
    if (index < queue->window_index || index - queue->window_index >= queue->window_count) {
        uint32_t file = file_of(queue, index * UNIT);
        memset(queue->window, 0, WINDOW_UNITS * UNIT);
        queue->window_index = index;
        queue->window_count = 1;
        if (file < queue->file_count) {
            char path[BATCH_QUEUE_PATH_SIZE_BYTES];
            uint64_t position = index * UNIT - queue->files[file].start;
            file_path(queue, file, path);
            int64_t n = queues->view->read(queues->view->arg, path, position, queue->window,
                                           WINDOW_UNITS * UNIT);
            if (n < 0) {
                return (int)n;
            }
            queue->window_count = n >= (int64_t)UNIT ? (uint32_t)(n / UNIT) : 1;
        }
    }
    *ret_unit = queue->window + (index - queue->window_index) * UNIT;
    return 0;
}

/* From the back, as files are allocated ahead and zero. */
static int find_max(const struct batch_queues *queues, struct batch_queue *queue)
{
    uint8_t chunk[WINDOW_UNITS * UNIT];
    for (uint32_t file = queue->file_count; file > 0; file--) {
        char path[BATCH_QUEUE_PATH_SIZE_BYTES];
        file_path(queue, file - 1, path);
        uint64_t units = queue->files[file - 1].size_bytes / UNIT;
        while (units > 0) {
            uint64_t from = units > WINDOW_UNITS ? units - WINDOW_UNITS : 0;
            int64_t n = queues->view->read(queues->view->arg, path, from * UNIT, chunk,
                                           (size_t)((units - from) * UNIT));
            if (n < 0) {
                return (int)n;
            }
            units = from + (uint64_t)n / UNIT < units ? from + (uint64_t)n / UNIT : units;
            while (units > from && bytes_is_zero(chunk + (units - 1 - from) * UNIT, UNIT)) {
                units--;
            }
            if (units > from) {
                queue->max = queue->files[file - 1].start / UNIT + units;
                return 0;
            }
        }
    }
    queue->max = queue->first;
    return 0;
}

static int list_queue(struct batch_queues *queues, const char *topic, int32_t queue_id,
                      const char *path, struct err *err)
{
    struct batch_queue *queue = add(queues, topic, (uint32_t)strlen(topic), queue_id);
    if (queue == NULL) {
        return err_set(err, -ENOMEM, "list '%s'", path);
    }
    int r = queues->view->list(queues->view->arg, path, add_file, queue);
    for (uint32_t i = 0; r == 0 && i < queue->file_count; i++) {
        char file[BATCH_QUEUE_PATH_SIZE_BYTES];
        file_path(queue, i, file);
        int64_t size = queues->view->size(queues->view->arg, file);
        if (size < 0) {
            return err_set(err, (int)size, "size of '%s'", file);
        }
        queue->files[i].size_bytes = (uint64_t)size;
    }
    if (r == 0) {
        queue->first = queue->file_count > 0 ? queue->files[0].start / UNIT : 0;
        queue->cursor = queue->first;
        r = find_max(queues, queue);
    }
    return r < 0 ? err_set(err, r, "read '%s'", path) : 0;
}

static int list_topic(struct batch_queues *queues, const char *topic, struct err *err)
{
    struct gather ids = {NULL, 0, 0};
    char path[BATCH_QUEUE_PATH_SIZE_BYTES];
    snprintf(path, sizeof path, ROOT "/%s", topic);
    int r = gather(queues->view, path, &ids, err);
    for (size_t at = 0; r == 0 && at < ids.size_bytes; at += strlen(ids.names + at) + 1) {
        int32_t queue_id = 0;
        if (disk_queue_parse_id(ids.names + at, &queue_id)) {
            snprintf(path, sizeof path, ROOT "/%s/%s", topic, ids.names + at);
            r = list_queue(queues, topic, queue_id, path, err);
        }
    }
    free(ids.names);
    return r;
}

static struct disk_finding at_unit(const struct batch_queue *queue, enum mechanism mechanism,
                                   uint64_t index, char path[BATCH_QUEUE_PATH_SIZE_BYTES])
{
    uint32_t file = file_of(queue, index * UNIT);
    file = file == queue->file_count && file > 0 ? file - 1 : file;
    file_path(queue, file, path);
    uint64_t start = file < queue->file_count ? queue->files[file].start : 0;
    return (struct disk_finding){
        .mechanism = mechanism, .file = path, .offset = index * UNIT - start};
}

/* All files but the last decide, which a crash may leave short. */
static void judge_files(const struct batch_queues *queues)
{
    uint64_t expected = 0;
    for (uint32_t i = 0; i < queues->count; i++) {
        const struct batch_queue *queue = &queues->queues[i];
        for (uint32_t n = 0; n < queue->file_count; n++) {
            expected =
                queue->files[n].size_bytes > expected ? queue->files[n].size_bytes : expected;
        }
    }
    for (uint32_t i = 0; i < queues->count; i++) {
        const struct batch_queue *queue = &queues->queues[i];
        for (uint32_t n = 0; n < queue->file_count; n++) {
            char path[BATCH_QUEUE_PATH_SIZE_BYTES];
            file_path(queue, n, path);
            struct disk_finding where = {.mechanism = MECHANISM_FILE_SIZE, .file = path};
            if (queue->files[n].size_bytes != expected) {
                disk_sink_add(queues->sink, &where,
                              "the file has the wrong size, expected %" PRIu64 ", found %" PRIu64,
                              expected, queue->files[n].size_bytes);
            }
            if (n > 0 && queue->files[n].start != queue->files[n - 1].start + expected) {
                where.mechanism = MECHANISM_FILE_MISSING;
                disk_sink_add(queues->sink, &where,
                              "a file is missing before it, expected one at %" PRIu64,
                              queue->files[n - 1].start + expected);
            }
        }
    }
}

int batch_queue_list(struct batch_queues *queues, struct err *err)
{
    struct gather topics = {NULL, 0, 0};
    int r = gather(queues->view, ROOT, &topics, err);
    for (size_t at = 0; r == 0 && at < topics.size_bytes; at += strlen(topics.names + at) + 1) {
        r = list_topic(queues, topics.names + at, err);
    }
    free(topics.names);
    queues->listed_count = queues->count;
    if (r == 0) {
        judge_files(queues);
    }
    return r;
}

static int64_t number_property(const struct disk_record *record, const uint8_t *bytes,
                               const char *name)
{
    uint32_t size = 0;
    const char *text = disk_record_property(record, bytes, name, &size);
    int64_t value = 0;
    if (text == NULL || size == 0 || size > NUMBER_DIGITS_MAX) {
        return -1;
    }
    for (uint32_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* INNER_BASE is given to a record by its batch queue alone. */
bool batch_queue_has(const struct batch_queues *queues, const struct disk_record *record,
                     const uint8_t *bytes)
{
    const char *topic = (const char *)(bytes + record->topic_at);
    if (find_topic(queues, topic, record->topic_size_bytes) < queues->listed_count) {
        return true;
    }
    return record->is_unjudged && record->topic_size_bytes < NAME_SIZE_BYTES &&
           number_property(record, bytes, "INNER_BASE") >= 0 &&
           number_property(record, bytes, "INNER_NUM") > 0;
}

static void decode(const uint8_t *bytes, struct batch_unit *ret_unit)
{
    ret_unit->offset = bytes_get_be64(bytes);
    ret_unit->size_bytes = bytes_get_be32(bytes + 8);
    ret_unit->tags_code = (int64_t)bytes_get_be64(bytes + 12);
    ret_unit->store_timestamp_ms = (int64_t)bytes_get_be64(bytes + 20);
    ret_unit->base = (int64_t)bytes_get_be64(bytes + 28);
    ret_unit->number = bytes_get_be16(bytes + 36);
}

/* What the record's unit must be; a record without numbers of its own counts for one message. */
static void expect(const struct disk_record *record, const uint8_t *bytes,
                   struct batch_unit *ret_unit)
{
    int64_t base = number_property(record, bytes, "INNER_BASE");
    int64_t number = number_property(record, bytes, "INNER_NUM");
    bool is_inner = base >= 0 && number > 0 && number <= INT16_MAX;
    *ret_unit = (struct batch_unit){.offset = record->offset,
                                    .size_bytes = record->size_bytes,
                                    .tags_code = record->tags_code,
                                    .store_timestamp_ms = record->store_timestamp_ms,
                                    .base = is_inner ? base : record->queue_offset,
                                    .number = is_inner ? (uint16_t)number : 1};
}

static void describe(const struct batch_queue *queue, const struct batch_unit *unit,
                     char what[WHAT_SIZE_BYTES])
{
    snprintf(what, WHAT_SIZE_BYTES,
             "the record at %" PRIu64 " (topic %.64s, queue %" PRId32 ", %" PRIu16
             " messages from %" PRId64 " on)",
             unit->offset, queue->topic, queue->queue_id, unit->number, unit->base);
}

static void judge_order(const struct batch_queues *queues, struct batch_queue *queue,
                        const struct disk_record *record, const struct batch_unit *unit)
{
    int64_t next = queue->next_base;
    if (next >= 0 && unit->base != next && !(unit->base > next && queues->is_gapped)) {
        char what[WHAT_SIZE_BYTES];
        char path[DISK_LOG_PATH_SIZE_BYTES];
        describe(queue, unit, what);
        disk_log_path(queues->log, record->file, path);
        const struct disk_finding where = {
            .mechanism = unit->base > next ? MECHANISM_OFFSET_GAP : MECHANISM_OFFSET_TWICE,
            .file = path,
            .offset = record->offset - queues->log->files[record->file].start};
        disk_sink_add(queues->sink, &where,
                      "the offsets of a batch %s, expected %" PRId64 ", found %s",
                      unit->base > next ? "leave some out" : "are not unique", next, what);
    }
    int64_t end = 0;
    if (!__builtin_add_overflow(unit->base, (int64_t)unit->number, &end) && end > next) {
        queue->next_base = end;
    }
}

/* A unit that no record came for; one of a record that has expired is none's concern. */
static void judge_alone(const struct batch_queues *queues, const struct batch_queue *queue,
                        uint64_t index, const struct batch_unit *unit)
{
    if (unit->offset < queues->log->min_offset && unit->size_bytes > 0) {
        return;
    }
    char path[BATCH_QUEUE_PATH_SIZE_BYTES];
    struct disk_finding where = at_unit(queue, MECHANISM_UNIT_DANGLING, index, path);
    if (queues->log_end != 0 && unit->offset >= queues->log_end && unit->size_bytes > 0) {
        where.repair = DISK_REPAIR_CUT;
        where.place = unit->offset;
    }
    disk_sink_add(queues->sink, &where,
                  "batch unit %" PRIu64 " of topic %.64s queue %" PRId32
                  " points at no record of its queue, expected one at %" PRIu64 " (%" PRIu32
                  " bytes), found none",
                  index, queue->topic, queue->queue_id, unit->offset, unit->size_bytes);
}

static void judge_fields(const struct batch_queues *queues, const struct batch_queue *queue,
                         const uint8_t *found, const struct batch_unit *right)
{
    struct batch_unit unit;
    decode(found, &unit);
    const struct {
        const char *name;
        int64_t expected;
        int64_t found;
    } fields[] = {
        {"size", right->size_bytes, unit.size_bytes},
        {"tags hash", right->tags_code, unit.tags_code},
        {"store time", right->store_timestamp_ms, unit.store_timestamp_ms},
        {"base", right->base, unit.base},
        {"number", right->number, unit.number},
        {"compacted offset", (int32_t)NO_COMPACTED, (int32_t)bytes_get_be32(found + 38)},
        {"reserved field", 0, (int32_t)bytes_get_be32(found + 42)},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].expected != fields[i].found) {
            char what[WHAT_SIZE_BYTES];
            char path[BATCH_QUEUE_PATH_SIZE_BYTES];
            describe(queue, right, what);
            const struct disk_finding where =
                at_unit(queue, MECHANISM_UNIT_ALTERED, queue->cursor, path);
            disk_sink_add(queues->sink, &where,
                          "batch unit %" PRIu64 " has the wrong %s, expected %" PRId64
                          ", found %" PRId64 ": %s",
                          queue->cursor, fields[i].name, fields[i].expected, fields[i].found, what);
            return;
        }
    }
}

/* A queue that has ended lags behind the log, which the next start mends. */
static void judge_missing(const struct batch_queues *queues, const struct batch_queue *queue,
                          const struct batch_unit *right)
{
    char what[WHAT_SIZE_BYTES];
    char path[BATCH_QUEUE_PATH_SIZE_BYTES];
    describe(queue, right, what);
    struct disk_finding where = at_unit(queue, MECHANISM_UNIT_MISSING, queue->cursor, path);
    where.repair = queue->cursor >= queue->max ? DISK_REPAIR_ADD : DISK_REPAIR_NONE;
    where.place = right->offset;
    disk_sink_add(queues->sink, &where, "no batch unit for %s, expected it at unit %" PRIu64 "%s",
                  what, queue->cursor,
                  queue->cursor >= queue->max ? ", found a queue that ends there" : "");
}

/* The record's queue, which it may be the first to name; NULL: no memory. */
static struct batch_queue *queue_of(struct batch_queues *queues, const struct disk_record *record,
                                    const uint8_t *bytes)
{
    const char *topic = (const char *)(bytes + record->topic_at);
    struct batch_queue *queue = find(queues, topic, record->topic_size_bytes, record->queue_id);
    return queue != NULL ? queue : add(queues, topic, record->topic_size_bytes, record->queue_id);
}

int batch_queue_seek(struct batch_queues *queues, const struct disk_record *record,
                     const uint8_t *bytes)
{
    struct batch_queue *queue = queue_of(queues, record, bytes);
    struct batch_unit right;
    if (queue == NULL) {
        return -ENOMEM;
    }
    expect(record, bytes, &right);
    judge_order(queues, queue, record, &right);
    queue->is_found = false;
    for (; queue->cursor < queue->max; queue->cursor++) {
        const uint8_t *found = NULL;
        struct batch_unit unit;
        int r = read_unit(queues, queue, queue->cursor, &found);
        if (r < 0) {
            return r;
        }
        decode(found, &unit);
        queue->is_found = unit.offset == record->offset && unit.size_bytes > 0;
        if (queue->is_found || unit.offset > record->offset) {
            break;
        }
        judge_alone(queues, queue, queue->cursor, &unit);
    }
    return queue->is_found;
}

int batch_queue_record(struct batch_queues *queues, const struct disk_record *record,
                       const uint8_t *bytes)
{
    struct batch_queue *queue = queue_of(queues, record, bytes);
    const uint8_t *found = NULL;
    struct batch_unit right;
    if (queue == NULL) {
        return -ENOMEM;
    }
    expect(record, bytes, &right);
    if (!queue->is_found) {
        judge_missing(queues, queue, &right);
        return 0;
    }
    int r = read_unit(queues, queue, queue->cursor, &found);
    if (r < 0) {
        return r;
    }
    judge_fields(queues, queue, found, &right);
    queues->unit_count++;
    queue->cursor++;
    return 0;
}

int batch_queue_end(struct batch_queues *queues, uint64_t log_end)
{
    queues->log_end = log_end;
    for (uint32_t i = 0; i < queues->count; i++) {
        struct batch_queue *queue = &queues->queues[i];
        for (; queue->cursor < queue->max; queue->cursor++) {
            const uint8_t *found = NULL;
            struct batch_unit unit;
            int r = read_unit(queues, queue, queue->cursor, &found);
            if (r < 0) {
                return r;
            }
            decode(found, &unit);
            judge_alone(queues, queue, queue->cursor, &unit);
        }
    }
    return 0;
}
