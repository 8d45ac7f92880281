/* Makes stores in RocketMQ's format in memory, good and bad, for tests of the oracle.
 *
 * An encoder of its own, written from docs/FORMAT.md: it shares nothing with the engine or with the
 * oracle but bytes and crc32. Failures abort. */
#ifndef HARNESS_TESTKIT_STOREMAKER_H
#define HARNESS_TESTKIT_STOREMAKER_H

#include "harness/oracle/decode/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STOREMAKER_FILES_MAX        256
#define STOREMAKER_PATH_SIZE_BYTES  384
#define STOREMAKER_QUEUES_MAX       64
#define STOREMAKER_RECORD_CRC_BYTES 20

struct storemaker_file {
    char path[STOREMAKER_PATH_SIZE_BYTES];
    uint8_t *data;
    size_t size_bytes;
};

struct storemaker_queue {
    char topic[256];
    int32_t queue_id;
    int64_t next;
};

/* A call of the view that fails: "list", "size" or "read" of the paths that begin with `path`. */
struct storemaker_fault {
    const char *call; /* NULL: none */
    const char *path;
    int error;
};

struct storemaker {
    bool is_dledger;
    bool with_crc;
    uint64_t log_file_size_bytes;
    uint32_t queue_file_units;
    uint64_t log_start; /* where the first file starts */
    uint64_t log_end;
    int64_t entry_index;
    int64_t current_term; /* as in currterm */
    struct storemaker_file files[STOREMAKER_FILES_MAX];
    size_t file_count;
    struct storemaker_queue queues[STOREMAKER_QUEUES_MAX];
    size_t queue_count;
    /* Of the view. */
    struct storemaker_fault fault;
    uint32_t read_count;
    uint64_t read_bytes;
};

struct storemaker_message {
    const char *topic;
    int32_t queue_id;
    int32_t flag;
    int32_t sys_flag;
    int64_t queue_offset; /* -1: the queue's next */
    int64_t born_timestamp_ms;
    int64_t store_timestamp_ms;
    const uint8_t *born_address; /* NULL: 127.0.0.1 */
    uint8_t born_address_size;   /* 4 or 16 */
    int32_t born_port;
    bool is_store_v6;
    bool is_v2;
    bool without_unit;
    int32_t reconsume_times;
    int64_t prepared_transaction_offset;
    const void *body;
    size_t body_size_bytes;
    const void *properties;
    size_t properties_size_bytes;
    int64_t tags_code;  /* for its unit */
    int64_t entry_term; /* DLedger; 0: 1 */
};

struct storemaker_record {
    uint64_t offset; /* physical */
    uint32_t size_bytes;
    int64_t queue_offset;
};

/* `maker` has mode, sizes, with_crc and log_start set; the rest becomes empty. */
void storemaker_init(struct storemaker *maker);
void storemaker_done(struct storemaker *maker);
/* Takes all files away, as before the first put. */
void storemaker_clear(struct storemaker *maker);

struct storemaker_record storemaker_put(struct storemaker *maker,
                                        const struct storemaker_message *message);

/* A file, NULL when there is none; `storemaker_make` makes it, of zeros. */
struct storemaker_file *storemaker_find(struct storemaker *maker, const char *path);
struct storemaker_file *storemaker_make(struct storemaker *maker, const char *path,
                                        size_t size_bytes);
void storemaker_write(struct storemaker *maker, const char *path, const void *data,
                      size_t size_bytes);
void storemaker_remove(struct storemaker *maker, const char *path);
void storemaker_remove_under(struct storemaker *maker, const char *prefix);

/* The bytes of a record (20 of a unit) in their file. */
uint8_t *storemaker_record_at(struct storemaker *maker, uint64_t offset);
uint8_t *storemaker_unit_at(struct storemaker *maker, const char *topic, int32_t queue_id,
                            uint64_t index);
void storemaker_put_unit(struct storemaker *maker, const char *topic, int32_t queue_id,
                         uint64_t index, const struct storemaker_record *record, int64_t tags_code);
/* The 32 bytes of a DLedger entry's index unit. */
uint8_t *storemaker_index_at(struct storemaker *maker, int64_t entry_index);
/* Writes currterm. */
void storemaker_set_term(struct storemaker *maker, int64_t term);
/* Makes the CRCs of a changed record right again. */
void storemaker_seal(struct storemaker *maker, uint64_t offset);
/* Writes `checkpoint` with a mark at `offset` over the queues as they are. */
void storemaker_mark(struct storemaker *maker, uint64_t offset, int64_t next_index);

/* Writes all files to a directory, below which nothing of the store may be yet. */
void storemaker_save(const struct storemaker *maker, int dir_fd);

struct view storemaker_view(struct storemaker *maker);
/* The same, with hashes of pages. */
struct view storemaker_paged_view(struct storemaker *maker);

#endif
