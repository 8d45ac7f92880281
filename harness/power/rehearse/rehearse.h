/* A run on the memory disk, recorded: the rounds of a plan in this process, with all that an image
 * of its disk is judged by.
 *
 * A plan's kill ends a round: the recording is cut there, and the next round goes on from the
 * cached layer.  A power loss starts anew from its image, all durable.  Errno faults are libfiu's;
 * failed and lying syncs are the memory disk's.  A round past the workload's last opens the store,
 * lets it settle and ends as killed. Nothing is killed and nothing lies on a real disk. */
#ifndef HARNESS_POWER_REHEARSE_REHEARSE_H
#define HARNESS_POWER_REHEARSE_REHEARSE_H

#include "harness/case/plan.h"
#include "harness/drive/shared.h"
#include "harness/power/disk/image.h"
#include "harness/power/persist/persist.h"
#include "harness/power/trace/trace.h"

struct rehearsal;

struct rehearse_options {
    const struct scenario *scenario;
    const struct workload *workload;
    uint64_t seed;
    /* Services run inside each other's disk calls (manual only): so many preemptions, chosen by
     * this seed; 0: none. */
    uint32_t preemptions;
    uint64_t interleaving;
};

int rehearse_new(const struct rehearse_options *options, struct rehearsal **ret_rehearsal,
                 struct err *err);
struct rehearsal *rehearse_free(struct rehearsal *rehearsal);

/* Runs the plan's rounds from the beginning; then, until the workload is over, further rounds
 * without faults, and one that only restarts.  Reusable: forgets the run before.
 * Returns 0; ERR_USAGE when a planned hit was not reached, or its image is not legal; -ETIMEDOUT
 * when a service has work for ever; -ENOMEM.  `err` says where. */
int rehearse_run(struct rehearsal *rehearsal, const struct plan *plan, struct err *err);
/* The same, but only until the store is at rest before `round` and the plan's steps there are done:
 * what they leave is the base, all of it durable, with nothing recorded since, and the state at 0
 * is what is known of it: every acknowledgement that is not waived is owed.  ERR_USAGE too when the
 * workload ends before. */
int rehearse_rest(struct rehearsal *rehearsal, const struct plan *plan, uint32_t round,
                  struct err *err);
/* A copy of a trace recorded elsewhere (threads, a saved file) in place of a run: from an empty
 * disk, with the notes of harness/power/trace/journal.h.  0, ERR_CORRUPT or -ENOMEM. */
int rehearse_adopt(struct rehearsal *rehearsal, const struct trace *trace, struct err *err);

/* The recording since the last power loss (or the beginning): what images are made of. */
const struct trace *rehearse_trace(const struct rehearsal *rehearsal);
struct image *rehearse_base(const struct rehearsal *rehearsal);
/* The first round that is recorded in it, from 0, and the first ended operation that the plan's
 * last fault has not yet touched: positions before it are another plan's. */
uint32_t rehearse_first_round(const struct rehearsal *rehearsal);
size_t rehearse_first_done(const struct rehearsal *rehearsal);
/* For persist_options: failed and lying syncs, and switches skip/POINT. */
enum recording_sync rehearse_sync(void *rehearsal, const struct trace_entry *entry);
/* The recording, as a model sees it. */
struct recording rehearse_recording(struct rehearsal *rehearsal);
/* Property order-durable over all of it.  A lie of the plan counts as a good sync. */
uint32_t rehearse_order(const struct rehearsal *rehearsal, struct judge_report *report);
/* Whether that was not all of it (order_is_full). */
bool rehearse_order_is_full(const struct rehearsal *rehearsal);

/* What the harness knew at a moment. */
struct rehearse_state {
    int64_t now_ms;
    uint64_t events;
    uint32_t round;     /* in which the power fails */
    uint32_t next_step; /* of the workload: after the one in flight */
    /* docs/PROPERTIES.md, section on acknowledgements: what is synced of the log, without gaps. */
    uint64_t promised_end;
    bool is_lied;  /* a sync lied or came late: promised_end bounds every acknowledgement */
    uint64_t hash; /* of the ledger and all above: what decides an outcome besides the disk */
};

/* The state just before the end of the `done`-th ended operation; `ledger` (NULL: not wanted) is
 * filled, room for rehearse_ledger_size_bytes(). */
int rehearse_state(struct rehearsal *rehearsal, size_t done, struct rehearse_state *ret_state,
                   struct ledger *ledger, struct err *err);
size_t rehearse_ledger_size_bytes(const struct rehearsal *rehearsal);

/* Virtual steps that the token of a power loss here needs before its own hit: the plan that was
 * run, with the hit of the `done`-th operation in its round.  0, or -ERANGE when there is no room.
 */
int rehearse_plan(const struct rehearsal *rehearsal, size_t done, const struct fault *fault,
                  struct plan *ret_plan);

#endif
