/* The oracle's own decoder of a message record: pure, no I/O, no allocation.
 *
 * Written from docs/FORMAT.md, not from the engine, with which it shares no code: what both
 * got wrong in the same way would be invisible. */
#ifndef HARNESS_ORACLE_DECODE_DISK_RECORD_H
#define HARNESS_ORACLE_DECODE_DISK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_RECORD_MAGIC_V1       0xDAA320A7u
#define DISK_RECORD_MAGIC_V2       0xDAA320ABu
#define DISK_RECORD_MAGIC_BLANK    0xCBD43194u
#define DISK_RECORD_SIZE_BYTES_MIN 91u
#define DISK_RECORD_SIZE_BYTES_MAX (4u * 1024 * 1024 + 65536u)
#define DISK_RECORD_CRC_SIZE_BYTES 20u
/* What multi-dispatch records of 5.2.0 and 5.3.0 have behind their properties. */
#define DISK_RECORD_SLACK_SIZE_BYTES 20u
/* Where delayed messages wait until they are due. */
#define DISK_RECORD_SCHEDULE_TOPIC "SCHEDULE_TOPIC_XXXX"

enum disk_record_kind {
    DISK_RECORD_WHOLE,
    DISK_RECORD_BLANK, /* end of this log file */
    DISK_RECORD_ZERO,  /* nothing was written here */
    DISK_RECORD_BROKEN
};

enum disk_record_crc { DISK_RECORD_CRC_ABSENT, DISK_RECORD_CRC_OK, DISK_RECORD_CRC_BAD };

/* A record; the _at fields count from its first byte. */
struct disk_record {
    uint64_t offset;   /* physical offset at which it stands */
    uint64_t bytes_at; /* where disk_log keeps its bytes, if it keeps them */
    uint64_t stored_offset;
    int64_t queue_offset;
    int64_t born_timestamp_ms;
    int64_t store_timestamp_ms;
    int64_t prepared_transaction_offset;
    int64_t tags_code;   /* as its unit must have it */
    int64_t entry_index; /* DLedger; else -1 */
    int64_t entry_term;
    uint32_t size_bytes;
    uint32_t file;        /* which log file */
    uint32_t queue;       /* which queue of disk_queues */
    uint32_t delay_level; /* of a scheduled message; 0: none */
    int32_t queue_id;
    int32_t flag;
    int32_t sys_flag;
    int32_t reconsume_times;
    uint32_t born_host_at;
    uint32_t born_host_size_bytes; /* address and port: 8 or 20 */
    uint32_t body_at;
    uint32_t body_size_bytes;
    uint32_t topic_at;
    uint32_t topic_size_bytes;
    uint32_t properties_at;
    uint32_t properties_size_bytes;
    enum disk_record_crc crc;
    bool is_v2;
    bool is_indexable;         /* transaction none or commit */
    bool is_unjudged;          /* its unit is in no ConsumeQueue: an inner batch's */
    bool is_multi_dispatch;    /* other queues than its own have a unit of it, too */
    bool has_slack;            /* DISK_RECORD_SLACK_SIZE_BYTES of anything behind the properties */
    bool is_as_sent;           /* a judgement found it equal to the message that it holds */
    bool are_properties_whole; /* the properties parse to their last byte */
};

/* Decodes what stands at `at`, of which `remaining_bytes` may be read.  Checks lengths and body
 * CRC; the property CRC is only reported in `crc`.  Sets everything but offset, bytes_at, file,
 * queue and entry_*; `*ret_why` says what is wrong with a broken one. */
enum disk_record_kind disk_record_parse(const uint8_t *at, size_t remaining_bytes,
                                        struct disk_record *ret_record, const char **ret_why);

/* Finds a property's value; NULL when there is none. */
const char *disk_record_property(const struct disk_record *record, const uint8_t *bytes,
                                 const char *name, uint32_t *ret_size_bytes);

/* Java's String.hashCode() of UTF-8 text, as an unsigned number; goes on from the `hash` of what
 * stands before it (0: nothing). */
uint32_t disk_record_java_hash(uint32_t hash, const void *bytes, size_t size_bytes);

/* The properties' size without the trailing __CRC32#. */
uint32_t disk_record_user_properties_size(const struct disk_record *record);

#endif
