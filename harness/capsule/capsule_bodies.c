/* Record after record through the files of the log (capsule_bodies.h). */
#include "harness/capsule/capsule_bodies.h"

#include "harness/oracle/decode/disk_log.h"
#include "harness/oracle/decode/disk_record.h"
#include "harness/power/disk/image_tree.h"
#include "store/base/bytes.h"
#include "store/base/crc32.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CRC_MASK      0x7FFFFFFFu
#define AT_BODY_CRC   8u
#define NAME_END      0x01
#define PROPERTY_END  0x02
#define ENTRY_MAGIC   1u
#define FILLER_SEEDED 'x' /* the seed makes the byte that stood here */
#define FILLER        'y' /* nobody can say what stood here */
#define FILLER_OTHER  'z' /* the same, where the seed would make FILLER */

struct walk {
    const struct capsule_bodies_seed *seed;
    struct capsule_manifest_removed *removed;
    bool is_restore;
    struct workload_message message; /* as the seed makes it */
    uint8_t *data;                   /* of one file */
    uint64_t size_bytes;
    uint64_t changed_bytes;
};

/* Bytes of a record, and what they ought to be. */
struct span {
    uint8_t *at;
    size_t size_bytes;
    const uint8_t *expected; /* NULL: not known */
    size_t expected_size_bytes;
    bool is_sound; /* all of them were written: a zero is a byte as any other */
};

/* The byte's filler, or what the seed puts back. */
static uint8_t exchange(const struct walk *walk, const struct span *span, size_t i)
{
    uint8_t byte = span->at[i];
    bool is_expected = i < span->expected_size_bytes;
    uint8_t expected = is_expected ? span->expected[i] : 0;
    if (walk->is_restore) {
        return is_expected && byte == FILLER_SEEDED ? expected : byte;
    }
    if (is_expected && byte == expected) {
        return FILLER_SEEDED;
    }
    if (byte == 0 && !span->is_sound) {
        return 0; /* was never written, and is to look so */
    }
    return is_expected && expected == FILLER ? FILLER_OTHER : FILLER;
}

/* How many bytes nobody can put back. */
static uint64_t exchange_all(struct walk *walk, const struct span *span)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < span->size_bytes; i++) {
        uint8_t byte = exchange(walk, span, i);
        lost += byte != span->at[i] && byte != FILLER_SEEDED ? 1 : 0;
        walk->changed_bytes += byte != span->at[i] ? 1 : 0;
        span->at[i] = byte;
    }
    return lost;
}

/* RocketMQ's own words, of which none is a user's. */
static bool is_system(const uint8_t *name, size_t size_bytes)
{
    static const char *const names[] = {"TAGS",
                                        "WAIT",
                                        "DELAY",
                                        "RETRY_TOPIC",
                                        "REAL_TOPIC",
                                        "REAL_QID",
                                        "TRAN_MSG",
                                        "PGROUP",
                                        "MIN_OFFSET",
                                        "MAX_OFFSET",
                                        "TRACE_ON",
                                        "MSG_REGION",
                                        "UNIQ_KEY",
                                        "RECONSUME_TIME",
                                        "TRANSFER_FLAG",
                                        "MQ2_FLAG",
                                        "CLUSTER",
                                        "DUP_INFO",
                                        "INNER_NUM",
                                        "CORRECTION_FLAG",
                                        "INNER_BASE",
                                        "INSTANCE_ID",
                                        "__CRC32#",
                                        "TIMER_DELAY_MS",
                                        "TIMER_DELIVER_MS",
                                        "TIMER_OUT_MS",
                                        "TIMER_ROLL_TIMES",
                                        "TIMER_ENQUEUE_MS",
                                        "TIMER_DEQUEUE_MS",
                                        "TIMER_DEL_UNIQKEY",
                                        "TIMER_DELAY_SEC",
                                        "INNER_MULTI_DISPATCH",
                                        "INNER_MULTI_QUEUE_OFFSET",
                                        "ORIGIN_MESSAGE_ID",
                                        "MAX_RECONSUME_TIMES",
                                        "CONSUME_START_TIME",
                                        "EXTEND_UNIQ_INFO"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == size_bytes && memcmp(names[i], name, size_bytes) == 0) {
            return true;
        }
    }
    return false;
}

/* The value that the seed gives a property of this name; NULL: none. */
static const uint8_t *seeded_value(const struct walk *walk, const uint8_t *name, size_t name_size,
                                   size_t *ret_size_bytes)
{
    const uint8_t *at = walk->message.properties.data;
    const uint8_t *end = at + walk->message.properties.size_bytes;
    while (at != NULL && at < end) {
        const uint8_t *piece_end = memchr(at, PROPERTY_END, (size_t)(end - at));
        piece_end = piece_end == NULL ? end : piece_end;
        if ((size_t)(piece_end - at) > name_size && memcmp(at, name, name_size) == 0 &&
            at[name_size] == NAME_END) {
            *ret_size_bytes = (size_t)(piece_end - at) - name_size - 1;
            return at + name_size + 1;
        }
        at = piece_end + 1;
    }
    return NULL;
}

static void exchange_property(struct walk *walk, uint8_t *piece, size_t size_bytes, bool is_seeded,
                              bool is_sound)
{
    uint8_t *name_end = memchr(piece, NAME_END, size_bytes);
    size_t name_size = name_end == NULL ? 0 : (size_t)(name_end - piece);
    if (name_end != NULL && is_system(piece, name_size)) {
        return;
    }
    /* A piece without a name is torn: all of it may be somebody's. */
    struct span span = {.at = name_end == NULL ? piece : name_end + 1, .is_sound = is_sound};
    span.size_bytes = size_bytes - (size_t)(span.at - piece);
    if (is_seeded && name_end != NULL) {
        span.expected = seeded_value(walk, piece, name_size, &span.expected_size_bytes);
    }
    if (span.size_bytes > 0) {
        walk->removed->values += walk->is_restore ? 0 : 1;
        (void)exchange_all(walk, &span);
    }
}

static void exchange_properties(struct walk *walk, uint8_t *bytes, const struct disk_record *record,
                                bool is_seeded, bool is_sound)
{
    uint8_t *at = bytes + record->properties_at;
    uint8_t *end = at + disk_record_user_properties_size(record);
    while (at < end) {
        uint8_t *piece_end = memchr(at, PROPERTY_END, (size_t)(end - at));
        piece_end = piece_end == NULL ? end : piece_end;
        exchange_property(walk, at, (size_t)(piece_end - at), is_seeded, is_sound);
        at = piece_end + 1;
    }
}

/* The message that the record says it is, made again; false: it is none of the workload's. */
static bool make_expected(struct walk *walk, const struct disk_record *record)
{
    const struct capsule_bodies_seed *seed = walk->seed;
    uint32_t index = (uint32_t)record->flag - 1;
    return seed->scenario != NULL && record->flag > 0 &&
           index < seed->workload->message_count + WORKLOAD_PROBES &&
           workload_message_make(seed->scenario, seed->workload, seed->seed, index,
                                 &walk->message) == 0;
}

/* Least significant digit first, as check_crc() of disk_record.c reads them. */
static void put_property_crc(uint8_t *bytes, const struct disk_record *record)
{
    uint32_t covered = record->size_bytes - DISK_RECORD_CRC_SIZE_BYTES;
    uint32_t value = crc32_of(bytes, covered) & CRC_MASK;
    for (uint32_t i = 0; i < 10; i++, value /= 10) {
        bytes[covered + 9 + i] = (uint8_t)('0' + value % 10);
    }
}

/* `is_sound`: its checksums are right, and stay so. */
static void exchange_record(struct walk *walk, uint8_t *bytes, const struct disk_record *record,
                            bool is_sound)
{
    bool is_seeded = make_expected(walk, record);
    struct span body = {
        .at = bytes + record->body_at, .size_bytes = record->body_size_bytes, .is_sound = is_sound};
    if (is_seeded) {
        body.expected = walk->message.body.data;
        body.expected_size_bytes = walk->message.body.size_bytes;
    }
    uint64_t lost = exchange_all(walk, &body);
    exchange_properties(walk, bytes, record, is_seeded, is_sound);
    if (!walk->is_restore) {
        walk->removed->bodies++;
        walk->removed->body_bytes += record->body_size_bytes;
        walk->removed->seeded += lost == 0 ? 1 : 0;
    }
    if (is_sound && record->body_size_bytes > 0) {
        bytes_put_be32(bytes + AT_BODY_CRC,
                       crc32_of(bytes + record->body_at, record->body_size_bytes) & CRC_MASK);
    }
    if (is_sound && record->crc == DISK_RECORD_CRC_OK) {
        put_property_crc(bytes, record);
    }
}

/* A record at `at`, whole or with its fields at least: how many bytes it takes; 0: there is none.
 */
static uint64_t take_record(struct walk *walk, uint64_t at)
{
    struct disk_record record = {.size_bytes = 0};
    const char *why = NULL;
    uint8_t *bytes = walk->data + at;
    uint64_t remaining = walk->size_bytes - at;
    if (remaining < 8) {
        return 0;
    }
    enum disk_record_kind kind = disk_record_parse(bytes, (size_t)remaining, &record, &why);
    if (kind == DISK_RECORD_BLANK) {
        return 8;
    }
    /* Its fields are read before its body's checksum. */
    bool has_fields = kind == DISK_RECORD_WHOLE || record.properties_at != 0;
    if (!has_fields || (uint64_t)record.properties_at + record.properties_size_bytes > remaining) {
        return 0;
    }
    if (kind != DISK_RECORD_WHOLE) {
        record.crc = DISK_RECORD_CRC_ABSENT; /* was not looked for */
    }
    exchange_record(walk, bytes, &record, kind == DISK_RECORD_WHOLE);
    return record.size_bytes;
}

/* Headers of DLedger's entries stand before the records; the last of a file says that it is full.
 */
static uint64_t entry_size(const struct walk *walk, uint64_t at)
{
    uint64_t remaining = walk->size_bytes - at;
    if (remaining < DISK_LOG_ENTRY_SIZE_BYTES) {
        return 0;
    }
    uint32_t magic = bytes_get_be32(walk->data + at);
    if (magic == UINT32_MAX) {
        return 8;
    }
    bool is_entry = magic == ENTRY_MAGIC && remaining >= DISK_LOG_ENTRY_SIZE_BYTES + 8;
    uint32_t inner = is_entry ? bytes_get_be32(walk->data + at + DISK_LOG_ENTRY_SIZE_BYTES + 4) : 0;
    return inner == DISK_RECORD_MAGIC_V1 || inner == DISK_RECORD_MAGIC_V2
               ? DISK_LOG_ENTRY_SIZE_BYTES
               : 0;
}

/* What is no record's is nobody knows whose. */
static void exchange_loose(struct walk *walk, uint64_t at)
{
    if (walk->is_restore || walk->data[at] == FILLER) {
        return;
    }
    walk->data[at] = FILLER;
    walk->changed_bytes++;
    walk->removed->loose_bytes++;
}

/* A record begins with its size, whose first byte is 0: only what stands behind tells it from a
 * byte that was never written. */
static bool is_no_record(const struct walk *walk, uint64_t at)
{
    if (walk->data[at] != 0) {
        return false;
    }
    if (walk->size_bytes - at < 8) {
        return true;
    }
    uint32_t magic = bytes_get_be32(walk->data + at + 4);
    return magic != DISK_RECORD_MAGIC_V1 && magic != DISK_RECORD_MAGIC_V2 &&
           magic != DISK_RECORD_MAGIC_BLANK;
}

static void walk_log(struct walk *walk, bool is_dledger, const struct image_content *content)
{
    uint64_t at = 0;
    while (at < walk->size_bytes) {
        if (is_no_record(walk, at)) {
            uint64_t next = image_content_next_data(content, at + 1);
            uint64_t entry = is_dledger ? entry_size(walk, at) : 0;
            at = entry > 0 ? at + entry : next;
            continue;
        }
        uint64_t size = take_record(walk, at);
        if (size == 0 && is_dledger) {
            size = entry_size(walk, at);
        }
        if (size == 0) {
            exchange_loose(walk, at);
            size = 1;
        }
        at += size;
    }
}

static void walk_unknown(struct walk *walk, const struct image_content *content)
{
    for (uint64_t at = 0; at < walk->size_bytes; at++) {
        if (walk->data[at] != 0) {
            exchange_loose(walk, at);
        } else {
            at = image_content_next_data(content, at + 1) - 1;
        }
    }
}

static bool is_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0;
}

/* dledger-NODE/data/...: what follows the node; NULL: not below such a directory. */
static const char *below_node(const char *path)
{
    const char *slash = is_below(path, "dledger-") ? strchr(path, '/') : NULL;
    return slash == NULL ? NULL : slash + 1;
}

/* Without messages: numbers, names, hashes. */
static bool is_plain(const char *path)
{
    static const char *const files[] = {"checkpoint", "abort", "lock"};
    static const char *const directories[] = {"config/", "consumequeue", "batchconsumequeue",
                                              "index/"};
    const char *below = below_node(path);
    if (below != NULL) {
        return !is_below(below, "data/");
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strcmp(path, files[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        if (is_below(path, directories[i])) {
            return true;
        }
    }
    return false;
}

static int walk_file(struct walk *walk, struct image *image, const struct image_entry *entry)
{
    struct image_content *content = image->files[entry->file].content;
    const char *path = entry->name->path;
    const char *below = below_node(path);
    walk->size_bytes = content->size_bytes;
    walk->changed_bytes = 0;
    if (walk->size_bytes == 0 || is_plain(path)) {
        return 0;
    }
    /* Pages that are holes are never touched. */
    walk->data = calloc(1, (size_t)walk->size_bytes);
    if (walk->data == NULL) {
        return -ENOMEM;
    }
    for (uint64_t at = image_content_next_data(content, 0); at < walk->size_bytes;
         at = image_content_next_data(content, at + VIEW_PAGE_SIZE_BYTES)) {
        at = at / VIEW_PAGE_SIZE_BYTES * VIEW_PAGE_SIZE_BYTES;
        uint64_t left = walk->size_bytes - at;
        (void)image_content_read(content, at, walk->data + at,
                                 left < VIEW_PAGE_SIZE_BYTES ? (size_t)left : VIEW_PAGE_SIZE_BYTES);
    }
    if (below != NULL || is_below(path, "commitlog/")) {
        walk_log(walk, below != NULL, content);
    } else {
        walk_unknown(walk, content);
    }
    return 0;
}

/* Page by page, so that holes stay holes. */
static int put_back(const struct walk *walk, struct image_file *file)
{
    struct image_content *content = NULL;
    if (walk->data == NULL) {
        return 0;
    }
    if (image_tree_own_content(file, &content) < 0) {
        return -ENOMEM;
    }
    for (uint64_t at = image_content_next_data(content, 0); at < walk->size_bytes;
         at = image_content_next_data(content, at + VIEW_PAGE_SIZE_BYTES)) {
        at = at / VIEW_PAGE_SIZE_BYTES * VIEW_PAGE_SIZE_BYTES;
        uint64_t left = walk->size_bytes - at;
        size_t size = left < VIEW_PAGE_SIZE_BYTES ? (size_t)left : VIEW_PAGE_SIZE_BYTES;
        if (image_content_write(content, at, walk->data + at, size) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

static int walk_all(struct walk *walk, struct image *image, struct err *err)
{
    int r = 0;
    workload_message_init(&walk->message);
    for (uint32_t i = 0; r == 0 && i < image->entry_count; i++) {
        const struct image_entry *entry = &image->entries[i];
        if (image_tree_is_dir(entry)) {
            continue;
        }
        walk->data = NULL;
        r = walk_file(walk, image, entry);
        if (r == 0) {
            r = put_back(walk, &image->files[entry->file]);
        }
        free(walk->data);
    }
    workload_message_done(&walk->message);
    return r < 0 ? err_set(err, r, "no memory to take bodies out of a store") : 0;
}

int capsule_bodies_remove(struct image *image, const struct capsule_bodies_seed *seed,
                          struct capsule_manifest_removed *removed, struct err *err)
{
    struct walk walk = {.seed = seed, .removed = removed};
    removed->is_any = true;
    return walk_all(&walk, image, err);
}

int capsule_bodies_restore(struct image *image, const struct capsule_bodies_seed *seed,
                           struct err *err)
{
    struct capsule_manifest_removed unused = {.is_any = true};
    struct walk walk = {.seed = seed, .removed = &unused, .is_restore = true};
    return walk_all(&walk, image, err);
}
