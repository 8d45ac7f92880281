/* The parts of one open store and the positions they share.  The services (flusher, dispatcher,
 * checkpointer, retention) and recovery work on it; store.c owns the lock, the threads and the API.
 * Nothing here locks. */
#ifndef STORE_SERVICE_ENGINE_H
#define STORE_SERVICE_ENGINE_H

#include "store/format/types.h"
#include "store/log/checkpoint.h"
#include "store/log/dledger_log.h"
#include "store/queue/consumer_offsets.h"
#include "store/queue/queue_store.h"

#include <stdbool.h>
#include <stdint.h>

/* A put that waits for its record to be synced. */
struct engine_waiter {
    uint64_t end; /* of its item in the log */
    store_put_done done;
    void *arg;
    struct store_put_result result;
};

/* Waiters in the order of the log. */
struct engine_waiters {
    struct engine_waiter *items;
    uint32_t count;
    uint32_t capacity;
};

/* What retention has still to do. */
struct engine_retention {
    int64_t reserved_ms; /* -1: nothing expires */
    uint64_t queues_min; /* the log's min that the queues were last expired for */
    uint64_t index_min;  /* the same for the DLedger index */
    uint64_t idle_end;   /* the log's last file when nothing was found to do; 0: look again */
    int64_t idle_until_ms;
};

struct engine {
    struct store_options options;
    struct disk *disk;
    const struct env *env;
    struct event_sink sink;

    struct disk_file *lock;
    struct record_log *log;
    struct dledger_log *dledger; /* NULL in the plain mode */
    struct queue_store *queues;
    struct checkpoint *checkpoint;
    struct consumer_offsets *offsets;
    struct buffer record; /* the one being put */
    struct buffer entry;  /* DLedger: the same with its header in front */

    uint64_t flushed;         /* the log is synced up to here */
    uint64_t dispatched;      /* the queues know the log up to here */
    int64_t dispatched_index; /* DLedger index of the last entry below, or -1 */
    int64_t dispatched_term;
    uint64_t committed; /* DLedger: end of the last committed entry; UINT64_MAX: of all */
    int64_t committed_index;
    int64_t last_store_ms;       /* of the last record */
    int64_t flushed_store_ms;    /* of the last record known to be synced */
    int64_t dispatched_store_ms; /* of the last record in a queue */
    int64_t queues_store_ms;     /* of the last record whose unit is known to be synced */
    int64_t dispatched_record;   /* where the last record in a queue begins, or -1 */
    int64_t queues_record;       /* where the last record with a synced unit begins, or -1 */
    int64_t confirm_record;      /* RocketMQ: what recovery made confirmPhyOffset, or -1 */

    struct checkpoint_page saved_page;
    bool has_saved_page;
    struct checkpoint_page next_page; /* guard second-sync: to be saved when all is synced again */
    bool has_next_page;
    int64_t dledger_saved_ms; /* when the DLedger checkpoint was last written */
    struct engine_waiters waiters;
    struct engine_retention retention;
    uint64_t preallocate_failed_end; /* no second attempt for the same file */

    bool has_abort;       /* the abort file is there */
    bool is_all_crc;      /* every record of the log carries __CRC32# */
    bool is_fail_stopped; /* out of service: no more puts, no more syncs */
    bool is_mark_frozen;  /* a sync of the queues failed: the mark stays for good */
    bool has_save_failed; /* the last write of checkpoint or offsets failed */
    bool has_offsets_failed;
};

/* Whether a protection is on, or a bug of RocketMQ planted, in this store. */
bool engine_has_guard(const struct engine *engine, enum quirk_guard guard);
bool engine_has_defect(const struct engine *engine, enum quirk_defect defect);
/* Whether a release does it so, for whose profile this store is set. */
bool engine_has_way(const struct engine *engine, enum quirk_way way);
/* The time that records are stamped with; virtual under test. */
int64_t engine_now_ms(const struct engine *engine);
/* End of what may be dispatched and read. */
uint64_t engine_visible_end(const struct engine *engine);
/* Takes the store out of service: a sync of the log failed (guard fail-stop). */
void engine_fail_stop(struct engine *engine, const char *why);
/* Takes it out of service, whatever the guards: what is in memory no longer fits the disk. */
void engine_retire(struct engine *engine, const char *why);
/* Bytes in front of each record in the log. */
uint32_t engine_header_size(const struct engine *engine);

/* Frees all parts; writes nothing. */
void engine_done(struct engine *engine);

#endif
