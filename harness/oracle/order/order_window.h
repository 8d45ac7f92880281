/* `loss-window`: how long a byte of the log may be written and not durable, which is what a power
 * loss may take of an asynchronous store.  By virtual time, on any run of services that are
 * stepped.
 *
 * The window is the period of the flush service, and one step of the scheduler: 500 ms; 10 ms in
 * DLedger, and in sync mode, where it bounds puts with WAIT=false.  Of a `rocketmq-*` profile in
 * async mode RocketMQ's own: 10 s between two thorough flushes and 500 ms until the next look, or 1
 * s once four whole pages are dirty, and 500 ms for each roll between (flushCommitLogLeastPages,
 * flushCommitLogThoroughInterval, flushIntervalCommitLog; a flush ends at the end of a file). */
#ifndef HARNESS_ORACLE_ORDER_ORDER_WINDOW_H
#define HARNESS_ORACLE_ORDER_ORDER_WINDOW_H

#include "harness/oracle/order/order_files.h"
#include "store/disk/quirk.h"

#define ORDER_WINDOW_ROLLS_MAX 16u

struct order_window {
    int64_t window_ms;
    bool is_by_pages; /* RocketMQ's: four whole pages make it shorter */
    bool is_open;     /* recovery has ended */
    bool is_over;     /* a sync or a cut failed, or a byte was overdue: no more in this round */
    uint64_t end;     /* of what whole appends have written; past it nothing is a record */
    int64_t since_ms; /* nothing counts as written before: the opening, the end of a hold */
    int64_t rolls_ms[ORDER_WINDOW_ROLLS_MAX]; /* when the last files were begun */
    uint32_t roll_count;                      /* of all */
    int64_t nothing_ms;                       /* nothing is overdue up to then */
};

/* A byte that is not durable in time. */
struct order_overdue {
    const struct order_file *file;
    const struct order_span *span;
    int64_t age_ms;
    int64_t window_ms;
};

/* `profile` may be any; `options`: mode and flush. */
void order_window_init(struct order_window *window, const struct store_options *options,
                       enum quirk_profile profile);
/* A round begins: nothing is judged before the store is open. */
void order_window_round(struct order_window *window);
/* The store is open: what an earlier round left in the cache counts as written now. */
void order_window_opened(struct order_window *window, struct order_files *files);
/* The flush service rests until then. */
void order_window_held(struct order_window *window, int64_t until_ms);
/* An operation on the log ended. */
void order_window_ended(struct order_window *window, const struct disk_call *op, int64_t result,
                        int64_t now_ms);
/* Whether a byte is overdue at files->now_ms: the first by its offset, once a round.  False without
 * a look while nothing can be. */
bool order_window_find(struct order_window *window, const struct order_files *files,
                       struct order_overdue *ret_overdue);

#endif
