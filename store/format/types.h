/* The words of the store's public face that its own rooms need too: options, statuses, a message.
 * store/store.h says what is done with them. */
#ifndef STORE_FORMAT_TYPES_H
#define STORE_FORMAT_TYPES_H

#include "store/disk/env.h"
#include "store/disk/quirk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_TOPIC_SIZE_BYTES_MAX      255
#define STORE_BODY_SIZE_BYTES_MAX       (4u * 1024 * 1024)
#define STORE_PROPERTIES_SIZE_BYTES_MAX 32767

enum store_mode { STORE_MODE_COMMITLOG, STORE_MODE_DLEDGER };
enum store_flush { STORE_FLUSH_SYNC, STORE_FLUSH_ASYNC };
enum store_services { STORE_SERVICES_MANUAL, STORE_SERVICES_THREADS };

/* X(id, "name"): RocketMQ's put statuses. */
#define STORE_PUT_STATUS_MAP(X)                               \
    X(OK, "PUT_OK")                                           \
    X(FLUSH_DISK_TIMEOUT, "FLUSH_DISK_TIMEOUT")               \
    X(CREATE_MAPPED_FILE_FAILED, "CREATE_MAPPED_FILE_FAILED") \
    X(MESSAGE_ILLEGAL, "MESSAGE_ILLEGAL")                     \
    X(PROPERTIES_SIZE_EXCEEDED, "PROPERTIES_SIZE_EXCEEDED")   \
    X(SERVICE_NOT_AVAILABLE, "SERVICE_NOT_AVAILABLE")         \
    X(UNKNOWN_ERROR, "UNKNOWN_ERROR")

enum store_put_status {
#define X(id, name) STORE_PUT_##id,
    STORE_PUT_STATUS_MAP(X)
#undef X
        STORE_PUT_STATUS_COUNT
};

/* X(id, "name"): the services, each one step at a time. */
#define STORE_SERVICE_MAP(X)      \
    X(LOG_FLUSH, "log-flush")     \
    X(DISPATCH, "dispatch")       \
    X(QUEUE_FLUSH, "queue-flush") \
    X(CHECKPOINT, "checkpoint")   \
    X(OFFSETS, "offsets")         \
    X(PREALLOCATE, "preallocate") \
    X(RETENTION, "retention")

enum store_service {
#define X(id, name) STORE_SERVICE_##id,
    STORE_SERVICE_MAP(X)
#undef X
        STORE_SERVICE_COUNT
};

/* "PUT_OK", "log-flush"; "?" of a number that is none, since a damaged file may hold any. */
const char *types_put_status_name(enum store_put_status status);
/* "log-flush": the name in traces and scenarios; "?" for no service. */
const char *types_service_name(enum store_service service);

struct store_options {
    enum store_mode mode;
    enum store_flush flush;
    enum store_services services;
    uint64_t log_file_size_bytes; /* >= 1024; RocketMQ: 1 GiB */
    uint32_t queue_file_units;    /* >= 2; RocketMQ: 300000 */
    uint32_t index_file_units;    /* DLedger index units a file; RocketMQ: 5 * 1024 * 1024 */
    bool message_v2;              /* V2 records whatever the topic's length */
    struct quirk_set quirks;
};

/* A message as a producer hands it over; nothing is kept after store_put() returns.
 * `properties` is RocketMQ's encoded string (name 0x01 value 0x02 ...), without __CRC32#.
 * The body is stored as it is; `sys_flag` says whether it is compressed. */
struct store_message {
    const char *topic;
    int32_t queue_id;
    int32_t flag;
    int32_t sys_flag;
    int64_t born_timestamp_ms;
    struct env_host born_host;
    int32_t reconsume_times;
    int64_t prepared_transaction_offset;
    const void *body;
    size_t body_size_bytes;
    const char *properties;
    size_t properties_size_bytes;
    bool wait; /* false: acknowledged when appended, even in sync mode */
};

struct store_put_result {
    enum store_put_status status;
    int64_t queue_offset; /* valid when appended; else -1 */
    uint64_t physical_offset;
    uint32_t size_bytes; /* of the record */
    int64_t store_timestamp_ms;
};

/* A record as store_get() serves it; `record` is the whole encoded record, owned by the store
 * and valid until the next call of the same thread. */
struct store_record {
    const uint8_t *record;
    uint32_t size_bytes;
    uint64_t physical_offset;
    int64_t tags_code;
};

/* Called exactly once a put, from within store_put(), store_step(), store_close() or a service
 * thread. It must not call the store. */
typedef void (*store_put_done)(void *arg, const struct store_put_result *result);

#endif
