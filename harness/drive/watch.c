/* Observer of one store's disk operations. */
#include "harness/drive/watch.h"

#include <errno.h>

/* The call is the operation's identity: the disk hands the same one to begin and end. */
static struct order_op op_of(const struct disk_call *call)
{
    return (struct order_op){.id = call,
                             .point = call->point,
                             .op = call->op,
                             .path = call->path,
                             .target = call->target,
                             .offset = call->offset,
                             .data = call->data,
                             .size_bytes = call->size_bytes};
}

/* The ledger and order-durable are told before the operation runs: a kill inside it must leave
 * it noted as begun. */
static void on_begin(void *arg, const struct disk_call *call)
{
    struct watch *watch = arg;
    if (point_is_log_sync(call->point)) {
        ledger_note_sync_began(watch->ledger);
    }
    if (watch->order != NULL) {
        struct order_op op = op_of(call);
        order_begin(watch->order, &op);
    }
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
    if (watch->order != NULL) {
        struct order_op op = op_of(call);
        order_end(watch->order, &op, result, false);
    }
    if (result == -ENOSPC) {
        atomic_fetch_add(watch->enospc_seen, 1);
    }
    if (point_is_log_sync(call->point)) {
        ledger_note_sync_ended(watch->ledger, result);
    }
    if (watch->crashed != NULL && call->op == POINT_OP_WRITE && result > 0 &&
        judge_is_below_mark(watch->crashed, call->path, call->offset)) {
        judge_report_add(watch->report, PROPERTY_BOUNDED_RECOVERY, call->path, call->offset,
                         "recovery rewrote %llu bytes below the durable mark",
                         (unsigned long long)result);
    }
}

struct disk_observer watch_observer(struct watch *watch)
{
    return (struct disk_observer){watch, on_begin, on_end};
}
