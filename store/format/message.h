/* The message record of the log: encode, parse, check.  Pure: no I/O, no allocation but the
 * caller's buffer.  Format: docs/FORMAT.md, "Message record" (RocketMQ CommitLog, MessageDecoder).
 */
#ifndef STORE_FORMAT_MESSAGE_H
#define STORE_FORMAT_MESSAGE_H

#include "store/base/buffer.h"
#include "store/format/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_MAGIC_V1         0xDAA320A7u
#define MESSAGE_MAGIC_V2         0xDAA320ABu
#define MESSAGE_MAGIC_BLANK      0xCBD43194u
#define MESSAGE_BLANK_SIZE_BYTES 8
#define MESSAGE_SIZE_BYTES_MIN   91
#define MESSAGE_SIZE_BYTES_MAX   (STORE_BODY_SIZE_BYTES_MAX + 65536)
#define MESSAGE_CRC_SIZE_BYTES   20 /* "__CRC32#" 0x01, ten digits, 0x02 */

/* Names the queues besides its own that have a unit of a record: message_queues.h. */
#define MESSAGE_PROPERTY_MULTI_DISPATCH "INNER_MULTI_DISPATCH"

#define MESSAGE_SYSFLAG_COMPRESSED       0x1
#define MESSAGE_SYSFLAG_TRANSACTION_MASK 0xC
#define MESSAGE_SYSFLAG_PREPARED         0x4
#define MESSAGE_SYSFLAG_COMMIT           0x8
#define MESSAGE_SYSFLAG_ROLLBACK         0xC
#define MESSAGE_SYSFLAG_BORN_V6          0x10
#define MESSAGE_SYSFLAG_STORE_V6         0x20
#define MESSAGE_SYSFLAG_INNER_BATCH      0x80
#define MESSAGE_SYSFLAG_LZ4              0x100

/* A record in memory; pointers lie within the parsed bytes. */
struct message_view {
    const uint8_t *record;
    uint32_t size_bytes;
    bool is_v2;
    uint32_t body_crc;
    int32_t queue_id;
    int32_t flag;
    int64_t queue_offset;
    uint64_t physical_offset; /* as stored in the record */
    int32_t sys_flag;
    int64_t born_timestamp_ms;
    int64_t store_timestamp_ms;
    int32_t reconsume_times;
    int64_t prepared_transaction_offset;
    const uint8_t *body;
    uint32_t body_size_bytes;
    const char *topic; /* not NUL-terminated */
    uint32_t topic_size_bytes;
    const char *properties;
    uint32_t properties_size_bytes;
};

/* What stands at a place of the log. */
enum message_kind {
    MESSAGE_RECORD,
    MESSAGE_BLANK,   /* end of this file */
    MESSAGE_BROKEN,  /* no record, or cut short */
    MESSAGE_MISMATCH /* TOTALSIZE disagrees with the lengths inside */
};

/* How parse checks; everything off is the run-time reader of RocketMQ. */
struct message_check {
    bool body_crc;
    bool property_crc;         /* verify __CRC32# where present */
    bool require_property_crc; /* a record without it is broken */
    bool properties_parse;     /* properties must parse to their last byte */
    bool multi_slack;          /* but for what #8350 left behind those of a multi-dispatch record */
    bool dup_info;             /* DUP_INFO must be "a_b": RocketMQ's trap of issue #8032 */
};

/* Encodes into `record` (cleared first) with place fields zero; `store_host` as in env.
 * v2: int16 topic length.  with_crc: reserves the __CRC32# property (a 0x02 is put before it when
 * the user's properties do not end in one).  Returns 0, -EMSGSIZE (body over 4 MiB, topic over its
 * length field, record too large), -E2BIG (properties, CRC included, over 32767) or -ENOMEM. */
int message_encode(const struct store_message *message, const struct env_host *store_host, bool v2,
                   bool with_crc, struct buffer *record);
/* Patches the place into an encoded record and, last, its property CRC. */
void message_set_place(uint8_t *record, uint32_t size_bytes, int64_t queue_offset,
                       uint64_t physical_offset, int64_t store_timestamp_ms, bool with_crc);

/* Parses what stands at `at`; never reads past `remaining_bytes`. `ret_view` is valid for RECORD;
 * for BLANK its size_bytes is the blank's length field. */
enum message_kind message_parse(const uint8_t *at, size_t remaining_bytes,
                                const struct message_check *check, struct message_view *ret_view);

/* Writes RocketMQ's filler record: its length, which reaches to the end of the file, and the blank
 * magic. */
void message_put_blank(uint8_t at[MESSAGE_BLANK_SIZE_BYTES], uint32_t size_bytes);

/* Finds a property's value; NULL when absent. */
const char *message_property(const struct message_view *view, const char *name,
                             uint32_t *ret_size_bytes);
/* Whether it carries a __CRC32#, right or not. */
bool message_has_crc(const struct message_view *view);
/* Whether consume queues have a unit for it: transaction none or commit, and no inner batch, whose
 * unit is in a batch queue. */
bool message_is_indexable(const struct message_view *view);

/* Offsets, ascending, at which a field of the record begins or ends, 0 and the size left out.
 * Returns how many; at most `max` are written. Works on any whole record. */
size_t message_boundaries(const uint8_t *record, size_t size_bytes, uint32_t *ret_offsets,
                          size_t max);

#endif
