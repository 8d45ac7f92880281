/* All consume queues: see queue_store.h. */
#include "store/queue/queue_store.h"

#include "store/base/bytes.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"
#include "store/base/text.h"
#include "store/format/types.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The parents of a queue's directory: consumequeue/ itself, and its topic's. */
struct slot {
    struct consume_queue *queue;
    uint64_t parent_seq; /* when its directory was made; 0: its entry is durable */
};

struct queue_store {
    struct consume_queue_options options;
    struct slot *slots;
    uint32_t count;
    uint32_t capacity;
    uint64_t seq; /* grows with each new directory */
    uint64_t root_done_seq;
};

/* Orders by the bytes of the topic and then by the id's value. The topic asked for has no NUL at
 * its end: a queue's topic that only begins with it comes later. */
static int compare(const struct consume_queue *queue, const char *topic, size_t size,
                   int32_t queue_id)
{
    int order = strncmp(consume_queue_topic(queue), topic, size);
    if (order == 0 && consume_queue_topic(queue)[size] != '\0') {
        order = 1;
    }
    if (order == 0) {
        int32_t id = consume_queue_id(queue);
        order = id < queue_id ? -1 : id > queue_id;
    }
    return order;
}

/* Where the queue is (1) or belongs (0). */
static bool locate(const struct queue_store *store, const char *topic, size_t size,
                   int32_t queue_id, size_t *ret_at)
{
    size_t low = 0;
    size_t high = store->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(store->slots[middle].queue, topic, size, queue_id);
        if (order == 0) {
            *ret_at = middle;
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_at = low;
    return false;
}

static int insert(struct queue_store *store, size_t at, struct consume_queue *queue)
{
    int r =
        grow_array((void **)&store->slots, store->count, &store->capacity, sizeof(*store->slots));
    if (r < 0) {
        return r;
    }
    memmove(&store->slots[at + 1], &store->slots[at], (store->count - at) * sizeof(*store->slots));
    store->slots[at] = (struct slot){.queue = queue};
    store->count++;
    return 0;
}

bool queue_store_is_topic(const char *topic, size_t size_bytes)
{
    bool is_dots = (size_bytes == 1 && topic[0] == '.') ||
                   (size_bytes == 2 && topic[0] == '.' && topic[1] == '.');
    return size_bytes > 0 && size_bytes <= STORE_TOPIC_SIZE_BYTES_MAX && !is_dots &&
           memchr(topic, '/', size_bytes) == NULL && memchr(topic, '\0', size_bytes) == NULL;
}

/* A queue id as a directory name: RocketMQ skips what is no integer. "007" and "+7" are none here,
 * so that no two directories are the same queue. */
static bool parse_id(const char *name, int32_t *ret_id)
{
    char *end = NULL;
    errno = 0;
    long long id = strtoll(name, &end, 10);
    char again[16];
    if (errno != 0 || *end != '\0' || id < 0 || id > INT32_MAX) {
        return false;
    }
    (void)text_add_number(again, sizeof(again), 0, id);
    *ret_id = (int32_t)id;
    return strcmp(again, name) == 0;
}

static void topic_path(const char *topic, char ret_path[DISK_PATH_SIZE_BYTES])
{
    size_t length = text_add(ret_path, DISK_PATH_SIZE_BYTES, 0, QUEUE_STORE_DIR "/");
    (void)text_add(ret_path, DISK_PATH_SIZE_BYTES, length, topic);
}

static int load_topic(struct queue_store *store, const char *topic, struct err *err)
{
    char dir[DISK_PATH_SIZE_BYTES];
    struct disk_list names = {0};
    topic_path(topic, dir);
    int r = disk_list(store->options.disk, consume_queue_points()->list, dir, &names, err);
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        int32_t id = 0;
        struct consume_queue *queue = NULL;
        if (!names.entries[i].is_dir || !parse_id(names.entries[i].name, &id)) {
            continue;
        }
        r = consume_queue_load(&store->options, topic, id, &queue, err);
        if (r == 0) {
            size_t at = 0;
            /* A directory cannot list a name twice, and parse_id takes each id in one spelling
             * only. */
            bool is_known = locate(store, topic, strlen(topic), id, &at);
            ENSURE(!is_known);
            r = insert(store, at, queue);
            if (r < 0) {
                consume_queue_free(queue);
                err_set(err, r, "out of memory");
            }
        }
    }
    disk_list_done(&names);
    return r;
}

int queue_store_open(const struct consume_queue_options *options, struct queue_store **ret_store,
                     struct err *err)
{
    struct queue_store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    store->options = *options;
    struct disk_list names = {0};
    int r = disk_list(options->disk, consume_queue_points()->list, QUEUE_STORE_DIR, &names, err);
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        if (names.entries[i].is_dir &&
            strlen(names.entries[i].name) <= STORE_TOPIC_SIZE_BYTES_MAX) {
            r = load_topic(store, names.entries[i].name, err);
        }
    }
    disk_list_done(&names);
    if (r == -ENOENT) {
        r = 0;
    }
    if (r < 0) {
        queue_store_free(store);
        return r;
    }
    *ret_store = store;
    return 0;
}

struct queue_store *queue_store_free(struct queue_store *store)
{
    if (store != NULL) {
        for (size_t i = 0; i < store->count; i++) {
            consume_queue_free(store->slots[i].queue);
        }
        free(store->slots);
        free(store);
    }
    return NULL;
}

size_t queue_store_count(const struct queue_store *store)
{
    return store->count;
}

struct consume_queue *queue_store_at(const struct queue_store *store, size_t at)
{
    ENSURE(at < store->count);
    return store->slots[at].queue;
}

struct consume_queue *queue_store_find(const struct queue_store *store, const char *topic,
                                       size_t topic_size_bytes, int32_t queue_id)
{
    size_t at = 0;
    return locate(store, topic, topic_size_bytes, queue_id, &at) ? store->slots[at].queue : NULL;
}

int queue_store_get(struct queue_store *store, const char *topic, size_t topic_size_bytes,
                    int32_t queue_id, struct consume_queue **ret_queue)
{
    size_t at = 0;
    if (locate(store, topic, topic_size_bytes, queue_id, &at)) {
        *ret_queue = store->slots[at].queue;
        return 0;
    }
    char name[STORE_TOPIC_SIZE_BYTES_MAX + 1];
    ENSURE(topic_size_bytes < sizeof(name));
    memcpy(name, topic, topic_size_bytes);
    name[topic_size_bytes] = '\0';
    struct consume_queue *queue = NULL;
    int r = consume_queue_new(&store->options, name, queue_id, &queue);
    if (r == 0) {
        r = insert(store, at, queue);
    }
    if (r < 0) {
        consume_queue_free(queue);
        return r;
    }
    *ret_queue = queue;
    return 0;
}

/* The topic's directory may be there already, made for another queue. Neither entry is durable
 * before the next round of syncs; a queue that a power loss takes whole is made again from the log.
 * */
int queue_store_ensure_dir(struct queue_store *store, struct consume_queue *queue, struct err *err)
{
    if (consume_queue_has_dir(queue)) {
        return 0;
    }
    char path[DISK_PATH_SIZE_BYTES];
    const char *dir = segment_list_dir(consume_queue_segments(queue));
    snprintf(path, sizeof(path), "%.*s", (int)(strrchr(dir, '/') - dir), dir);
    const char *dirs[] = {path, dir};
    for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
        int r = disk_mkdir(store->options.disk, POINT_QUEUE_MKDIR, dirs[i], err);
        if (r < 0) {
            return r;
        }
    }
    size_t at = 0;
    const char *topic = consume_queue_topic(queue);
    bool is_known = locate(store, topic, strlen(topic), consume_queue_id(queue), &at);
    ENSURE(is_known);
    store->slots[at].parent_seq = ++store->seq;
    consume_queue_set_has_dir(queue);
    return 0;
}

int64_t queue_store_max_physic(const struct queue_store *store)
{
    int64_t max = -1;
    for (size_t i = 0; i < store->count; i++) {
        int64_t physic = consume_queue_max_physic(store->slots[i].queue);
        max = physic > max ? physic : max;
    }
    return max;
}

/* FNV-1a of 64 bits. It need not withstand malice, only tell a set of queues from one that lost a
 * file. */
static uint64_t fnv1a(uint64_t hash, const void *data, size_t size_bytes)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < size_bytes; i++) {
        hash = (hash ^ at[i]) * UINT64_C(0x100000001B3);
    }
    return hash;
}

void queue_store_add_to_sum(struct queue_store_sum *sum, const struct consume_queue *queue,
                            int64_t units)
{
    uint8_t numbers[12];
    bytes_put_be32(numbers, (uint32_t)consume_queue_id(queue));
    bytes_put_be64(numbers + 4, (uint64_t)units);
    const char *topic = consume_queue_topic(queue);
    uint64_t hash = fnv1a(UINT64_C(0xCBF29CE484222325), topic, strlen(topic));
    sum->hash += fnv1a(hash, numbers, sizeof(numbers));
    sum->queue_count++;
}

void queue_store_sum_now(const struct queue_store *store, struct queue_store_sum *ret_sum)
{
    *ret_sum = (struct queue_store_sum){0};
    for (size_t i = 0; i < store->count; i++) {
        if (consume_queue_has_units(store->slots[i].queue)) {
            queue_store_add_to_sum(ret_sum, store->slots[i].queue,
                                   consume_queue_max(store->slots[i].queue));
        }
    }
}

int queue_store_sum_below(struct queue_store *store, uint64_t physical_offset, bool is_ended,
                          struct queue_store_sum *ret_sum, struct err *err)
{
    *ret_sum = (struct queue_store_sum){0};
    for (size_t i = 0; i < store->count; i++) {
        struct consume_queue *queue = store->slots[i].queue;
        int64_t units = 0;
        int r = consume_queue_units_below(queue, physical_offset, &units, err);
        if (r < 0) {
            return r;
        }
        if (is_ended) {
            consume_queue_set_max(queue, units);
        }
        if (units > consume_queue_first(queue)) {
            queue_store_add_to_sum(ret_sum, queue, units);
        }
    }
    return 0;
}

int queue_store_last_below(struct queue_store *store, uint64_t physical_offset, int64_t *ret_record,
                           struct err *err)
{
    *ret_record = -1;
    for (size_t i = 0; i < store->count; i++) {
        struct consume_queue *queue = store->slots[i].queue;
        struct consume_queue_unit unit;
        int64_t units = 0;
        int r = consume_queue_units_below(queue, physical_offset, &units, err);
        if (r < 0) {
            return r;
        }
        if (units <= consume_queue_first(queue)) {
            continue;
        }
        r = consume_queue_read(queue, units - 1, &unit, err);
        if (r < 0) {
            return r;
        }
        if (!consume_queue_unit_is_pre_blank(&unit) && unit.physical_offset > *ret_record) {
            *ret_record = unit.physical_offset;
        }
    }
    return 0;
}

/* Adds the topic directory of slot `at`, once for all queues of the topic: they stand side by side,
 * so the last directory in the batch is the one to compare with. */
static int collect_topic_dir(struct queue_store *store, size_t at, struct sync_batch *batch)
{
    const struct consume_queue *queue = store->slots[at].queue;
    char path[DISK_PATH_SIZE_BYTES];
    topic_path(consume_queue_topic(queue), path);
    for (size_t i = batch->count; i > 0; i--) {
        const struct sync_batch_item *item = &batch->items[i - 1];
        if (item->is_parent) {
            if (strcmp(item->dir, path) == 0) {
                return 0;
            }
            break;
        }
    }
    struct sync_batch_item item = {.owner = store, .write_seq = store->seq, .is_parent = true};
    return sync_batch_add_dir(batch, consume_queue_points()->sync_dir, path, &item);
}

/* A directory is synced before what it holds: should the round fail in between, files without a
 * name are missing and nothing else is, and the mark has not moved. A queue whose directory's entry
 * is durable adds nothing but its dirty files. */
int queue_store_collect(struct queue_store *store, struct sync_batch *batch)
{
    int r = 0;
    bool dir_sync = store->options.dir_sync;
    if (dir_sync && store->seq != store->root_done_seq) {
        struct sync_batch_item item = {.owner = store, .write_seq = store->seq, .is_parent = true};
        r = sync_batch_add_dir(batch, consume_queue_points()->sync_dir, QUEUE_STORE_DIR, &item);
    }
    for (size_t i = 0; r == 0 && i < store->count; i++) {
        if (dir_sync && store->slots[i].parent_seq != 0) {
            r = collect_topic_dir(store, i, batch);
        }
        if (r == 0) {
            r = consume_queue_collect(store->slots[i].queue, batch);
        }
    }
    return r;
}

/* Takes note of a directory that is synced now. Queues whose directory was made after the batch was
 * gathered keep their number: the sync may have come too early for them. */
static void parent_synced(struct queue_store *store, const struct sync_batch_item *item)
{
    const char *topic = strchr(item->dir, '/');
    if (topic == NULL) {
        store->root_done_seq = item->write_seq;
        return;
    }
    topic++;
    size_t at = 0;
    (void)locate(store, topic, strlen(topic), 0, &at);
    for (; at < store->count && strcmp(consume_queue_topic(store->slots[at].queue), topic) == 0;
         at++) {
        if (store->slots[at].parent_seq <= item->write_seq) {
            store->slots[at].parent_seq = 0;
        }
    }
}

void queue_store_synced(struct queue_store *store, const struct sync_batch *batch)
{
    for (size_t i = 0; i < batch->done_count; i++) {
        const struct sync_batch_item *item = &batch->items[i];
        if (item->is_parent) {
            parent_synced(store, item);
        } else {
            segment_list_synced_item(item->owner, item);
        }
    }
}

bool queue_store_is_dirty(const struct queue_store *store)
{
    bool is_dirty = store->options.dir_sync && store->seq != store->root_done_seq;
    for (size_t i = 0; !is_dirty && i < store->count; i++) {
        is_dirty = consume_queue_is_dirty(store->slots[i].queue);
    }
    return is_dirty;
}

/* Writes again what is not known to be durable; every directory counts as that. */
static int rewrite_all(struct queue_store *store, struct err *err)
{
    store->seq++;
    for (size_t i = 0; i < store->count; i++) {
        if (!consume_queue_has_dir(store->slots[i].queue)) {
            continue;
        }
        store->slots[i].parent_seq = store->seq;
        int r = segment_list_rewrite(consume_queue_segments(store->slots[i].queue), err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* The bytes are written before any sync begins: one round of syncs covers all queues. What was
 * synced counts even when the round failed, and the start is refused then. */
int queue_store_rewrite(struct queue_store *store, struct err *err)
{
    int r = rewrite_all(store, err);
    if (r < 0) {
        return r;
    }
    struct sync_batch batch;
    sync_batch_init(&batch, store->options.disk);
    batch.is_dir_twice = store->options.second_sync;
    r = queue_store_collect(store, &batch);
    if (r < 0) {
        err_set(err, r, "gather what is to be synced");
    } else {
        r = sync_batch_run(&batch, err);
    }
    queue_store_synced(store, &batch);
    sync_batch_done(&batch);
    return r;
}
