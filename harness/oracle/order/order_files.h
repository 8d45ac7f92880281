/* What of a store's files and directory entries a power loss could still take, as the operations of
 * a run show it.  All memory lies in the struct itself, at a fixed place: it can be shared with
 * forked processes and survives their kill. */
#ifndef HARNESS_ORACLE_ORDER_ORDER_FILES_H
#define HARNESS_ORACLE_ORDER_ORDER_FILES_H

#include "harness/oracle/order/order.h"
#include "store/disk/disk.h"

#include <stdbool.h>
#include <stdint.h>

#define ORDER_FILES_MAX   4096u
#define ORDER_SPANS_MAX   32768u
#define ORDER_BUCKETS     1024u
#define ORDER_FLIGHTS_MAX 64u

#define ORDER_IN_FLIGHT UINT64_MAX
#define ORDER_NO_UNIT   UINT64_MAX

enum order_class { ORDER_LOG, ORDER_QUEUE, ORDER_REST, ORDER_CLASS_COUNT };
enum order_kind { ORDER_DATA, ORDER_ZEROS, ORDER_SIZE };

/* Bytes that were written and not synced. */
struct order_span {
    struct order_span *next;
    uint64_t from; /* of the file */
    uint64_t to;
    uint64_t ended;       /* when the write did; ORDER_IN_FLIGHT before */
    uint64_t lowest_unit; /* queue: the lowest physical offset in it */
    int64_t since_ms;     /* virtual time when its first byte was written, and its last */
    int64_t until_ms;
    enum order_kind kind;
    bool is_failed; /* a sync of it failed: no later one counts until it is written again */
};

struct order_file {
    struct order_file *next_in_bucket;
    struct order_file *dirty_next; /* of its class: has spans, or an entry that is not durable */
    struct order_file **dirty_link;
    struct order_file *parent; /* NULL: the root */
    struct order_span *spans;
    uint64_t hash;
    uint64_t start;       /* log: offset of the first byte, by the name */
    uint64_t entry_ended; /* when its name was made or taken away; 0: durable */
    uint64_t lowest_unit; /* queue: of all units written to it (a directory: under it) */
    uint64_t last_unit;   /* queue: of the last one, for a write that was cut inside it */
    enum order_class class;
    bool is_dir;
    bool exists;
    bool is_expired;     /* unlinked by retention */
    bool has_data;       /* something was written to it since it was made */
    uint32_t sync_count; /* in flight */
    char path[DISK_PATH_SIZE_BYTES];
};

/* An operation between its begin and its end. */
struct order_flight {
    const void *id;
    uint32_t point;
    enum point_op op;
    bool is_first; /* the file was not known before */
    struct order_file *file;
    struct order_file *target; /* of a rename */
    struct order_span *span;
    uint64_t began;
};

struct order_files {
    struct order_file *buckets[ORDER_BUCKETS];
    struct order_file *dirty[ORDER_CLASS_COUNT];
    struct order_file *free_files;
    struct order_span *free_spans;
    uint64_t sequence;
    int64_t now_ms;      /* virtual; the caller's to set */
    uint32_t file_count; /* ever used */
    uint32_t span_count;
    uint32_t flight_count;
    bool is_full; /* more was going on than there is room for: what follows is not judged */
    struct order_flight flights[ORDER_FLIGHTS_MAX];
    struct order_file files[ORDER_FILES_MAX];
    struct order_span spans[ORDER_SPANS_MAX];
};

/* Forgets all files, spans and flights: what is there from now on counts as durable. Zeroed
 * memory is cleared memory. The nodes themselves are not wiped, so pages that no run touched are
 * never made. */
void order_files_clear(struct order_files *files);
/* The process is gone: nothing is in flight any more, its writes may have happened. */
void order_files_round(struct order_files *files);

/* The node of `path`; NULL when it was never touched. */
struct order_file *order_files_find(const struct order_files *files, const char *path);
/* The offset at which a file of log or queue begins, by the 20 digits of its name; 0 without them.
 */
uint64_t order_files_start(const char *path);
/* Notes the beginning of a mutating operation; NULL when there is no room left. */
struct order_flight *order_files_begin(struct order_files *files, const void *id,
                                       const struct disk_call *op);
/* Applies the operation that began with `op`.  Returns false when none did. */
bool order_files_end(struct order_files *files, const void *id, int64_t result, bool is_void);

#endif
