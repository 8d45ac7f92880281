/* The oracle's reader of consumequeue/: every queue, its files and units.
 *
 * A queue's bounds are what its bytes say: max = one past the last unit that is not zero, min =
 * the first unit that is not pre-blank and not below the log's min. */
#ifndef HARNESS_ORACLE_DECODE_DISK_QUEUE_H
#define HARNESS_ORACLE_DECODE_DISK_QUEUE_H

#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/decode/view.h"
#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_QUEUE_UNIT_SIZE_BYTES  20u
#define DISK_QUEUE_PRE_BLANK_SIZE   0x7FFFFFFFu
#define DISK_QUEUE_PATH_SIZE_BYTES  512
#define DISK_QUEUE_TOPIC_SIZE_BYTES 256

struct disk_queue_file {
    uint64_t start; /* its name: bytes */
    uint64_t size_bytes;
};

struct disk_queue {
    size_t topic_at; /* in `names`, NUL-terminated */
    uint32_t topic_size_bytes;
    int32_t queue_id;
    bool has_files;   /* false: only the log knows of it */
    bool is_hole;     /* its files are not in a row; what follows the hole is not read */
    uint32_t file_at; /* in `files` */
    uint32_t file_count;
    uint64_t first_index;
    uint64_t min_index;
    uint64_t max_index;
    uint64_t counted_end; /* units behind it are there, but a recovery does not count them:
                             max_index unless somebody finds out */
    uint64_t next_hash;   /* 1 + the next queue of the same hash, 0: none */

    /* keep: all its units in `bytes`; else a window of its own. */
    size_t bytes_at;
    uint8_t *window;
    uint64_t window_index;
    uint32_t window_count;

    /* Of a judge's walk (judge_queue.h). */
    uint64_t cursor;
    int64_t last_queue_offset; /* -1: none */
    uint64_t untrue_count;
    uint64_t untrue_index;
    enum disk_repair untrue_repair; /* what would mend all of them */
    uint64_t unjudged_count;
    uint64_t record_count;
};

struct disk_queues {
    bool keep;
    uint64_t foreign_end; /* records below it are others': FLAG is theirs, no message's number */
    uint64_t file_size_bytes;
    const struct view *view;
    struct disk_queue *queues;
    size_t queue_capacity;
    uint32_t queue_count;
    uint32_t listed_count; /* those with files come first */
    struct disk_queue_file *files;
    size_t file_capacity;
    uint32_t file_count;
    char *names;
    size_t names_size;
    size_t names_capacity;
    uint8_t *bytes;
    size_t bytes_size;
    size_t bytes_capacity;
    uint32_t *hash; /* 1 + index of the first queue, 0: none */
    size_t hash_size;
    uint32_t last_found;
};

struct disk_queue_unit {
    uint64_t offset;
    uint32_t size_bytes;
    int64_t tags_code;
    bool is_zero;
    bool is_pre_blank;
};

/* Frees queues, units and windows. All zeros holds no queue, and so does what this leaves. */
void disk_queue_done(struct disk_queues *queues);

/* Lists all queues and their files, reading no unit yet. `view` must outlive the use. */
int disk_queue_list(struct disk_queues *queues, const struct view *view, struct err *err);
/* Reads the units (keep) or only what it takes to know the bounds. */
int disk_queue_load(struct disk_queues *queues, uint64_t log_min, struct err *err);

/* The queue of that name; it is added, without files, when there is none. UINT32_MAX: no memory.
 * `topic` need not end in NUL. */
uint32_t disk_queue_find(struct disk_queues *queues, const char *topic, uint32_t topic_size_bytes,
                         int32_t queue_id);
/* The same without adding: UINT32_MAX when there is none. */
uint32_t disk_queue_lookup(const struct disk_queues *queues, const char *topic,
                           uint32_t topic_size_bytes, int32_t queue_id);
/* The queue's topic, NUL-terminated; valid until a queue is added, for the names may move. */
const char *disk_queue_topic(const struct disk_queues *queues, const struct disk_queue *queue);

/* The bytes of a unit between first_index and max_index; zeros where no file has them. Valid until
 * the next call. */
const uint8_t *disk_queue_bytes(struct disk_queues *queues, struct disk_queue *queue,
                                uint64_t index);
/* Takes a unit apart (docs/FORMAT.md, section 3): 8 bytes of physical offset, 4 of size, 8 of
 * tags code. Any bytes are a unit; whether it points at a record is a judge's question. */
void disk_queue_decode(const uint8_t bytes[DISK_QUEUE_UNIT_SIZE_BYTES],
                       struct disk_queue_unit *ret_unit);

/* A queue's number, as its directory is called; false when it is none.  RocketMQ takes "00" for a
 * number, too, but looks for the files of that queue in "0". */
bool disk_queue_parse_id(const char *name, int32_t *ret_id);

/* The path of the file that holds a unit (or would), and the unit's place in it. */
uint64_t disk_queue_path(const struct disk_queues *queues, const struct disk_queue *queue,
                         uint64_t index, char path[DISK_QUEUE_PATH_SIZE_BYTES]);

/* One past the last unit whose record starts below `offset`. */
uint64_t disk_queue_units_below(struct disk_queues *queues, struct disk_queue *queue,
                                uint64_t offset);

#endif
