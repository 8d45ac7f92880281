/* Observer of one store's disk operations. */
#include "harness/drive/watch.h"

#include "harness/base/limits.h"

#include <errno.h>

/* The ledger and order-durable are told before the operation runs: a kill inside it must leave
 * it noted as begun. */
static void on_begin(void *arg, const struct disk_call *call)
{
    struct watch *watch = arg;
    if (point_is_log_sync(call->point)) {
        ledger_note_sync_began(watch->ledger);
    }
    order_clock(watch->order, atomic_load(watch->now_ms));
    /* The disk hands the same call to begin and end, so it is the operation's identity. */
    order_begin(watch->order, call, call);
    if (watch->next.begin != NULL) {
        watch->next.begin(watch->next.arg, call);
    }
}

/* In the opposite order of the begins: what `next` does stays between the watch's begin and end. */
static void on_end(void *arg, const struct disk_call *call, int64_t result)
{
    struct watch *watch = arg;
    if (watch->next.end != NULL) {
        watch->next.end(watch->next.arg, call, result);
    }
    order_end(watch->order, call, call, result, scenario_skips(watch->scenario, call->point));
    if (result == -ENOSPC) {
        atomic_fetch_add(watch->enospc_seen, 1);
    }
    if (result < 0 && limits_is_denial((int)-result)) {
        atomic_store(watch->denied, (int32_t)-result);
    }
    if (point_is_log_sync(call->point)) {
        ledger_note_sync_ended(watch->ledger, result);
    }
    if (watch->crashed != NULL && call->op == POINT_OP_WRITE && result > 0 &&
        judge_is_below_mark(watch->crashed, call->path, call->offset)) {
        judge_report_add(watch->report, MECHANISM_REWRITTEN_BELOW_MARK, call->path, call->offset,
                         "recovery rewrote %llu bytes below the durable mark",
                         (unsigned long long)result);
    }
}

struct disk_observer watch_observer(struct watch *watch)
{
    return (struct disk_observer){watch, on_begin, on_end};
}
