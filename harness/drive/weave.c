/* A seeded choice at every begin and end of a disk call. */
#include "harness/drive/weave.h"

#include <string.h>

/* Of so many calls one is interrupted.  During a sync most is at stake: what is written then is not
 * covered by it. */
#define SYNC_ONE_IN  2
#define OTHER_ONE_IN 8
/* The seed chooses how much rarer that is, by powers of two: else the few interruptions of a trace
 * would all fall upon its first calls. */
#define RARER_COUNT 6

void weave_init(struct weave *weave, struct driver *driver, uint64_t seed, uint32_t preemptions)
{
    memset(weave, 0, sizeof(*weave));
    weave->driver = driver;
    weave->left = preemptions;
    prng_init(&weave->prng, seed, UINT64_C(0x3ea7e) + driver->shared->round);
    weave->rarer = (uint32_t)1 << prng_below(&weave->prng, RARER_COUNT);
}

/* Interruptions do not nest: what runs inside a call goes on to its end. */
static void interrupt_call(struct weave *weave, const struct disk_call *call)
{
    bool is_sync = call->op == POINT_OP_SYNC || call->op == POINT_OP_SYNC_DIR;
    if (weave->left == 0 || weave->driver->is_interrupted ||
        prng_below(&weave->prng, (is_sync ? SYNC_ONE_IN : OTHER_ONE_IN) * weave->rarer) != 0) {
        return;
    }
    weave->left -= driver_interrupt(weave->driver, &weave->prng) ? 1 : 0;
}

static void on_begin(void *arg, const struct disk_call *call)
{
    struct weave *weave = arg;
    weave->inner.begin(weave->inner.arg, call);
    interrupt_call(weave, call);
}

static void on_end(void *arg, const struct disk_call *call, int64_t result)
{
    struct weave *weave = arg;
    weave->inner.end(weave->inner.arg, call, result);
    interrupt_call(weave, call);
}

struct disk_observer weave_observer(struct weave *weave)
{
    return (struct disk_observer){weave, on_begin, on_end};
}
