/* Encodes stores for tests (storemaker.h). */
#include "harness/testkit/storemaker.h"

#include "harness/testkit/diskstate.h"
#include "store/base/bytes.h"
#include "store/base/crc32.h"
#include "store/base/ensure.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_SIZE_BYTES  20u
#define ENTRY_SIZE_BYTES 48u
#define INDEX_SIZE_BYTES 32u
#define CRC_SIZE_BYTES   STOREMAKER_RECORD_CRC_BYTES

void storemaker_init(struct storemaker *maker)
{
    maker->file_count = 0;
    maker->queue_count = 0;
    maker->log_end = maker->log_start;
    maker->entry_index = 0;
    maker->current_term = 0;
}

void storemaker_clear(struct storemaker *maker)
{
    for (size_t i = 0; i < maker->file_count; i++) {
        free(maker->files[i].data);
    }
    storemaker_init(maker);
}

void storemaker_done(struct storemaker *maker)
{
    storemaker_clear(maker);
}

struct storemaker_file *storemaker_find(struct storemaker *maker, const char *path)
{
    for (size_t i = 0; i < maker->file_count; i++) {
        if (strcmp(maker->files[i].path, path) == 0) {
            return &maker->files[i];
        }
    }
    return NULL;
}

struct storemaker_file *storemaker_make(struct storemaker *maker, const char *path,
                                        size_t size_bytes)
{
    struct storemaker_file *file = storemaker_find(maker, path);
    if (file == NULL) {
        ENSURE(maker->file_count < STOREMAKER_FILES_MAX);
        file = &maker->files[maker->file_count++];
        snprintf(file->path, sizeof file->path, "%s", path);
        file->data = calloc(1, size_bytes + 1);
        file->size_bytes = size_bytes;
        ENSURE(file->data != NULL);
    }
    return file;
}

void storemaker_write(struct storemaker *maker, const char *path, const void *data,
                      size_t size_bytes)
{
    storemaker_remove(maker, path);
    memcpy(storemaker_make(maker, path, size_bytes)->data, data, size_bytes);
}

void storemaker_remove(struct storemaker *maker, const char *path)
{
    struct storemaker_file *file = storemaker_find(maker, path);
    if (file != NULL) {
        free(file->data);
        *file = maker->files[--maker->file_count];
    }
}

void storemaker_remove_under(struct storemaker *maker, const char *prefix)
{
    size_t i = 0;
    while (i < maker->file_count) {
        if (strncmp(maker->files[i].path, prefix, strlen(prefix)) == 0) {
            free(maker->files[i].data);
            maker->files[i] = maker->files[--maker->file_count];
        } else {
            i++;
        }
    }
}

static struct storemaker_file *log_file(struct storemaker *maker, uint64_t offset)
{
    char path[STOREMAKER_PATH_SIZE_BYTES];
    snprintf(path, sizeof path, "%s/%020" PRIu64,
             maker->is_dledger ? "dledger-n0/data" : "commitlog",
             offset - offset % maker->log_file_size_bytes);
    return storemaker_make(maker, path, (size_t)maker->log_file_size_bytes);
}

uint8_t *storemaker_record_at(struct storemaker *maker, uint64_t offset)
{
    return log_file(maker, offset)->data + offset % maker->log_file_size_bytes;
}

static struct storemaker_queue *find_queue(struct storemaker *maker, const char *topic,
                                           int32_t queue_id)
{
    for (size_t i = 0; i < maker->queue_count; i++) {
        if (maker->queues[i].queue_id == queue_id && strcmp(maker->queues[i].topic, topic) == 0) {
            return &maker->queues[i];
        }
    }
    ENSURE(maker->queue_count < STOREMAKER_QUEUES_MAX);
    struct storemaker_queue *queue = &maker->queues[maker->queue_count++];
    snprintf(queue->topic, sizeof queue->topic, "%s", topic);
    queue->queue_id = queue_id;
    queue->next = 0;
    return queue;
}

uint8_t *storemaker_unit_at(struct storemaker *maker, const char *topic, int32_t queue_id,
                            uint64_t index)
{
    char path[STOREMAKER_PATH_SIZE_BYTES];
    uint64_t first = index - index % maker->queue_file_units;
    snprintf(path, sizeof path, "consumequeue/%s/%" PRId32 "/%020" PRIu64, topic, queue_id,
             first * UNIT_SIZE_BYTES);
    struct storemaker_file *file =
        storemaker_make(maker, path, (size_t)maker->queue_file_units * UNIT_SIZE_BYTES);
    return file->data + (index - first) * UNIT_SIZE_BYTES;
}

void storemaker_put_unit(struct storemaker *maker, const char *topic, int32_t queue_id,
                         uint64_t index, const struct storemaker_record *record, int64_t tags_code)
{
    uint8_t *unit = storemaker_unit_at(maker, topic, queue_id, index);
    bytes_put_be64(unit, record->offset);
    bytes_put_be32(unit + 8, record->size_bytes);
    bytes_put_be64(unit + 12, (uint64_t)tags_code);
}

/* Where body and properties of an encoded record stand. */
static void find_parts(const uint8_t *record, uint32_t *ret_body_at, uint32_t *ret_body_size)
{
    uint32_t sys_flag = bytes_get_be32(record + 36);
    uint32_t at = 84;
    at += (sys_flag & 0x10) != 0 ? 12 : 0;
    at += (sys_flag & 0x20) != 0 ? 12 : 0;
    *ret_body_size = bytes_get_be32(record + at);
    *ret_body_at = at + 4;
}

void storemaker_seal(struct storemaker *maker, uint64_t offset)
{
    uint8_t *record = storemaker_record_at(maker, offset);
    uint32_t size = bytes_get_be32(record);
    uint32_t body_at = 0;
    uint32_t body_size = 0;
    find_parts(record, &body_at, &body_size);
    bytes_put_be32(record + 8,
                   body_size == 0 ? 0 : crc32_of(record + body_at, body_size) & 0x7FFFFFFF);
    if (!maker->with_crc) {
        return;
    }
    uint8_t *at = record + size - CRC_SIZE_BYTES;
    uint32_t crc = crc32_of(record, size - CRC_SIZE_BYTES) & 0x7FFFFFFF;
    memcpy(at, "__CRC32#\001", 9);
    for (int i = 0; i < 10; i++) {
        at[9 + i] = (uint8_t)('0' + crc % 10);
        crc /= 10;
    }
    at[19] = 2;
}

static uint8_t *put_host(uint8_t *at, const uint8_t *address, uint8_t size, int32_t port)
{
    memcpy(at, address, size);
    bytes_put_be32(at + size, (uint32_t)port);
    return at + size + 4;
}

static uint32_t record_size(const struct storemaker *maker,
                            const struct storemaker_message *message)
{
    size_t size =
        91 + message->body_size_bytes + strlen(message->topic) + message->properties_size_bytes;
    size += message->born_address_size == 16 ? 12 : 0;
    size += message->is_store_v6 ? 12 : 0;
    size += message->is_v2 ? 1u : 0u;
    if (maker->with_crc) {
        const uint8_t *properties = message->properties;
        size_t properties_size = message->properties_size_bytes;
        size += CRC_SIZE_BYTES;
        size += properties_size > 0 && properties[properties_size - 1] != 2 ? 1u : 0u;
    }
    return (uint32_t)size;
}

static void encode_tail(const struct storemaker *maker, const struct storemaker_message *message,
                        uint8_t *at)
{
    size_t topic_size = strlen(message->topic);
    size_t properties_size = message->properties_size_bytes;
    const uint8_t *properties = message->properties;
    bytes_put_be32(at, (uint32_t)message->body_size_bytes);
    at += 4;
    if (message->body_size_bytes > 0) {
        memcpy(at, message->body, message->body_size_bytes);
    }
    at += message->body_size_bytes;
    if (message->is_v2) {
        bytes_put_be16(at, (uint16_t)topic_size);
        at += 2;
    } else {
        *at++ = (uint8_t)topic_size;
    }
    memcpy(at, message->topic, topic_size);
    at += topic_size;
    bool is_separated = properties_size == 0 || properties[properties_size - 1] == 2;
    size_t written =
        properties_size + (maker->with_crc ? CRC_SIZE_BYTES + (is_separated ? 0u : 1u) : 0u);
    bytes_put_be16(at, (uint16_t)written);
    at += 2;
    if (properties_size > 0) {
        memcpy(at, properties, properties_size);
    }
    if (maker->with_crc && !is_separated) {
        at[properties_size] = 2;
    }
}

static void encode(const struct storemaker *maker, const struct storemaker_message *message,
                   const struct storemaker_record *place, uint8_t *record)
{
    static const uint8_t local[16] = {127, 0, 0, 1};
    bool is_born_v6 = message->born_address_size == 16;
    int32_t hosts = (is_born_v6 ? 0x10 : 0) | (message->is_store_v6 ? 0x20 : 0);
    bytes_put_be32(record, place->size_bytes);
    bytes_put_be32(record + 4, message->is_v2 ? 0xDAA320ABu : 0xDAA320A7u);
    bytes_put_be32(record + 12, (uint32_t)message->queue_id);
    bytes_put_be32(record + 16, (uint32_t)message->flag);
    bytes_put_be64(record + 20, (uint64_t)place->queue_offset);
    bytes_put_be64(record + 28, place->offset);
    bytes_put_be32(record + 36, (uint32_t)(message->sys_flag | hosts));
    bytes_put_be64(record + 40, (uint64_t)message->born_timestamp_ms);
    uint8_t *at =
        put_host(record + 48, message->born_address != NULL ? message->born_address : local,
                 is_born_v6 ? 16 : 4, message->born_port);
    bytes_put_be64(at, (uint64_t)message->store_timestamp_ms);
    at = put_host(at + 8, local, message->is_store_v6 ? 16 : 4, 10911);
    bytes_put_be32(at, (uint32_t)message->reconsume_times);
    bytes_put_be64(at + 4, (uint64_t)message->prepared_transaction_offset);
    encode_tail(maker, message, at + 12);
}

/* Ends the file when `size_bytes` and a blank do not fit. */
static void roll(struct storemaker *maker, uint32_t size_bytes)
{
    uint64_t rest = maker->log_file_size_bytes - maker->log_end % maker->log_file_size_bytes;
    ENSURE(size_bytes + 8 <= maker->log_file_size_bytes);
    if (size_bytes + 8 > rest) {
        uint8_t *at = storemaker_record_at(maker, maker->log_end);
        bytes_put_be32(at, maker->is_dledger ? 0xFFFFFFFFu : (uint32_t)rest);
        bytes_put_be32(at + 4, maker->is_dledger ? (uint32_t)rest : 0xCBD43194u);
        maker->log_end += rest;
    }
}

uint8_t *storemaker_index_at(struct storemaker *maker, int64_t entry_index)
{
    char path[STOREMAKER_PATH_SIZE_BYTES];
    uint64_t index = (uint64_t)entry_index;
    uint64_t first = index - index % maker->queue_file_units;
    snprintf(path, sizeof path, "dledger-n0/index/%020" PRIu64, first * INDEX_SIZE_BYTES);
    struct storemaker_file *file =
        storemaker_make(maker, path, (size_t)maker->queue_file_units * INDEX_SIZE_BYTES);
    return file->data + (index - first) * INDEX_SIZE_BYTES;
}

void storemaker_set_term(struct storemaker *maker, int64_t term)
{
    char text[96];
    int size = snprintf(text, sizeof text, "currTerm=%" PRId64 "\nvoteLeader=n0\n", term);
    storemaker_write(maker, "dledger-n0/currterm", text, (size_t)size);
    maker->current_term = term;
}

static void put_index(struct storemaker *maker, uint32_t entry_size, int64_t term)
{
    uint8_t *at = storemaker_index_at(maker, maker->entry_index);
    bytes_put_be32(at, 1);
    bytes_put_be64(at + 4, maker->log_end);
    bytes_put_be32(at + 12, entry_size);
    bytes_put_be64(at + 16, (uint64_t)maker->entry_index);
    bytes_put_be64(at + 24, (uint64_t)term);
    if (term > maker->current_term) {
        storemaker_set_term(maker, term);
    }
}

static void put_entry(struct storemaker *maker, uint32_t body_size, int64_t term)
{
    put_index(maker, ENTRY_SIZE_BYTES + body_size, term);
    uint8_t *at = storemaker_record_at(maker, maker->log_end);
    bytes_put_be32(at, 1);
    bytes_put_be32(at + 4, ENTRY_SIZE_BYTES + body_size);
    bytes_put_be64(at + 8, (uint64_t)maker->entry_index++);
    bytes_put_be64(at + 16, (uint64_t)term);
    bytes_put_be64(at + 24, maker->log_end);
    bytes_put_be32(at + 44, body_size);
    maker->log_end += ENTRY_SIZE_BYTES;
}

struct storemaker_record storemaker_put(struct storemaker *maker,
                                        const struct storemaker_message *message)
{
    struct storemaker_queue *queue = find_queue(maker, message->topic, message->queue_id);
    struct storemaker_record place = {.size_bytes = record_size(maker, message)};
    roll(maker, place.size_bytes + (maker->is_dledger ? ENTRY_SIZE_BYTES : 0));
    if (maker->is_dledger) {
        put_entry(maker, place.size_bytes, message->entry_term == 0 ? 1 : message->entry_term);
    }
    place.offset = maker->log_end;
    place.queue_offset = message->queue_offset < 0 ? queue->next : message->queue_offset;
    encode(maker, message, &place, storemaker_record_at(maker, place.offset));
    storemaker_seal(maker, place.offset);
    maker->log_end += place.size_bytes;
    bool is_indexed = (message->sys_flag & 0xC) == 0 || (message->sys_flag & 0xC) == 0x8;
    if (is_indexed) {
        queue->next = place.queue_offset + 1;
    }
    if (is_indexed && !message->without_unit) {
        storemaker_put_unit(maker, message->topic, message->queue_id, (uint64_t)place.queue_offset,
                            &place, message->tags_code);
    }
    return place;
}

static uint64_t fnv(uint64_t hash, const void *data, size_t size_bytes)
{
    const uint8_t *at = data;
    while (size_bytes-- > 0) {
        hash = (hash ^ *at++) * UINT64_C(1099511628211);
    }
    return hash;
}

void storemaker_mark(struct storemaker *maker, uint64_t offset, int64_t next_index)
{
    uint8_t page[4096] = {0};
    uint64_t sum = 0;
    uint32_t count = 0;
    for (size_t i = 0; i < maker->queue_count; i++) {
        struct storemaker_queue *queue = &maker->queues[i];
        uint64_t units = 0;
        for (int64_t k = 0; k < queue->next; k++) {
            const uint8_t *unit =
                storemaker_unit_at(maker, queue->topic, queue->queue_id, (uint64_t)k);
            if (bytes_get_be32(unit + 8) != 0 && bytes_get_be64(unit) < offset) {
                units = (uint64_t)k + 1;
            }
        }
        if (units > 0) {
            uint8_t tail[12];
            bytes_put_be32(tail, (uint32_t)queue->queue_id);
            bytes_put_be64(tail + 4, units);
            sum += fnv(fnv(UINT64_C(14695981039346656037), queue->topic, strlen(queue->topic)),
                       tail, sizeof tail);
            count++;
        }
    }
    memcpy(page + 64, "KPMK", 4);
    bytes_put_be32(page + 68, 2);
    bytes_put_be64(page + 72, offset);
    bytes_put_be32(page + 80, count);
    bytes_put_be32(page + 84, maker->with_crc ? 1 : 0);
    bytes_put_be64(page + 88, sum);
    bytes_put_be64(page + 96, (uint64_t)next_index);
    bytes_put_be64(page + 104, (uint64_t)(maker->current_term > 1 ? maker->current_term : 1));
    bytes_put_be32(page + 112, crc32_of(page, sizeof page));
    storemaker_write(maker, "checkpoint", page, sizeof page);
}

void storemaker_save(const struct storemaker *maker, int dir_fd)
{
    for (size_t i = 0; i < maker->file_count; i++) {
        const struct storemaker_file *file = &maker->files[i];
        diskstate_write(dir_fd, file->path, file->data, file->size_bytes);
    }
}

struct entry {
    char name[256];
    bool is_dir;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    return strcmp(left->name, right->name);
}

/* The names below `path`, each once, sorted. */
static size_t collect(const struct storemaker *maker, const char *path, struct entry *entries)
{
    size_t length = strlen(path);
    size_t count = 0;
    for (size_t i = 0; i < maker->file_count; i++) {
        const char *rest = maker->files[i].path;
        if (length > 0 && (strncmp(rest, path, length) != 0 || rest[length] != '/')) {
            continue;
        }
        rest += length > 0 ? length + 1 : 0;
        size_t size = strcspn(rest, "/");
        struct entry *entry = &entries[count];
        snprintf(entry->name, sizeof entry->name, "%.*s", (int)size, rest);
        entry->is_dir = rest[size] == '/';
        size_t seen = 0;
        while (seen < count && strcmp(entries[seen].name, entry->name) != 0) {
            seen++;
        }
        count += seen == count;
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    return count;
}

/* What a call of the view returns at once: 0, it goes on. */
static int fails(const struct storemaker *maker, const char *call, const char *path)
{
    const struct storemaker_fault *fault = &maker->fault;
    bool is_meant = fault->call != NULL && strcmp(fault->call, call) == 0 &&
                    strncmp(path, fault->path, strlen(fault->path)) == 0;
    return is_meant ? fault->error : 0;
}

static int view_list(void *arg, const char *path,
                     int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg)
{
    int failed = fails(arg, "list", path);
    if (failed < 0) {
        return failed;
    }
    struct entry *entries = calloc(STOREMAKER_FILES_MAX, sizeof *entries);
    ENSURE(entries != NULL);
    size_t count = collect(arg, path, entries);
    int r = count == 0 && path[0] != '\0' ? -ENOENT : 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        r = each(each_arg, entries[i].name, entries[i].is_dir);
    }
    free(entries);
    return r;
}

static int64_t view_size(void *arg, const char *path)
{
    const struct storemaker_file *file = storemaker_find(arg, path);
    int failed = fails(arg, "size", path);
    if (failed < 0) {
        return failed;
    }
    return file == NULL ? -ENOENT : (int64_t)file->size_bytes;
}

static int64_t view_read(void *arg, const char *path, uint64_t offset, void *data,
                         size_t size_bytes)
{
    struct storemaker *maker = arg;
    const struct storemaker_file *file = storemaker_find(maker, path);
    int failed = fails(maker, "read", path);
    if (failed < 0) {
        return failed;
    }
    if (file == NULL) {
        return -ENOENT;
    }
    maker->read_count++;
    if (offset >= file->size_bytes) {
        return 0;
    }
    size_t rest = file->size_bytes - (size_t)offset;
    size_t size = size_bytes < rest ? size_bytes : rest;
    memcpy(data, file->data + offset, size);
    maker->read_bytes += size;
    return (int64_t)size;
}

static int view_pages(void *arg, const char *path, uint64_t *hashes, size_t count)
{
    const struct storemaker_file *file = storemaker_find(arg, path);
    if (file == NULL) {
        return -ENOENT;
    }
    for (size_t i = 0; i < count; i++) {
        size_t rest = file->size_bytes - i * VIEW_PAGE_SIZE_BYTES;
        hashes[i] = fnv(UINT64_C(14695981039346656037), file->data + i * VIEW_PAGE_SIZE_BYTES,
                        rest < VIEW_PAGE_SIZE_BYTES ? rest : VIEW_PAGE_SIZE_BYTES);
    }
    return 0;
}

struct view storemaker_view(struct storemaker *maker)
{
    return (struct view){.arg = maker, .list = view_list, .size = view_size, .read = view_read};
}

struct view storemaker_paged_view(struct storemaker *maker)
{
    struct view view = storemaker_view(maker);
    view.pages = view_pages;
    return view;
}
