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
#include "harness/oracle/rules/judge.h"
#include "harness/power/rehearse/rehearse_options.h"
#include "harness/power/rehearse/rehearse_state.h"
#include "harness/power/trace/recording.h"

int rehearse_new(const struct rehearse_options *options, struct rehearsal **ret_rehearsal,
                 struct err *err);
struct rehearsal *rehearse_free(struct rehearsal *rehearsal);

/* Runs the plan's rounds from the beginning; then, until the workload is over, further rounds
 * without faults, and one that only restarts.  Reusable: forgets the run before.
 * Returns 0; ERR_USAGE when a planned hit was not reached (-ENOENT: a power loss's), or its image
 * is not legal; -ETIMEDOUT when a service has work for ever; -ENOMEM.  `err` says where. */
int rehearse_run(struct rehearsal *rehearsal, const struct plan *plan, struct err *err);
/* The same, but only until the store is at rest before `round` and the plan's steps there are done:
 * what they leave is the base, all of it durable, with nothing recorded since, and the state at 0
 * is what is known of it: every acknowledgement that is not waived is owed.  Right after a power
 * loss the base is its image, and the state is that of the moment when the power failed.
 * ERR_USAGE too when the workload ends before. */
int rehearse_rest(struct rehearsal *rehearsal, const struct plan *plan, uint32_t round,
                  struct err *err);
/* The same, right after the plan's last fault, which strikes a trace that was recorded elsewhere
 * (rehearse_adopt).  The plan has no other. */
int rehearse_rest_of(struct rehearsal *rehearsal, const struct trace *trace,
                     const struct plan *plan, struct err *err);
/* A copy of a trace recorded elsewhere (threads, a saved file) in place of a run: from the
 * scenario's base, with the notes of harness/power/trace/journal.h.  0, ERR_CORRUPT or -ENOMEM. */
int rehearse_adopt(struct rehearsal *rehearsal, const struct trace *trace, struct err *err);

/* The recording since the last power loss (or the beginning): what images are made of. */
const struct trace *rehearse_trace(const struct rehearsal *rehearsal);
struct image *rehearse_base(const struct rehearsal *rehearsal);
/* The first round that is recorded in it, from 0, and the first ended operation that the plan's
 * last fault has not yet touched: positions before it are another plan's. */
uint32_t rehearse_first_round(const struct rehearsal *rehearsal);
size_t rehearse_first_done(const struct rehearsal *rehearsal);
/* The recording, as a model sees it. */
struct recording rehearse_recording(struct rehearsal *rehearsal);
/* Property order-durable over all of it.  A lie of the plan counts as a good sync. */
uint32_t rehearse_order(const struct rehearsal *rehearsal, struct judge_report *report);
/* The same over recordings that follow each other: the last goes on where the one before it ended,
 * any other begins on a disk of which all is durable. */
uint32_t rehearse_order_of(const struct rehearsal *rehearsal, const struct trace *const *traces,
                           uint32_t count, struct judge_report *report);
/* The first entry of them that broke the rule which `mechanism` is called after; false: none did.
 */
bool rehearse_order_first(const struct rehearsal *rehearsal, const struct trace *const *traces,
                          uint32_t count, enum mechanism mechanism, uint32_t *ret_trace,
                          size_t *ret_entry);
/* Why that was not all of it (order_is_full); NULL: it was. */
const char *rehearse_order_gap(const struct rehearsal *rehearsal);

/* Room for the ledger of rehearse_state(). */
size_t rehearse_ledger_size_bytes(const struct rehearsal *rehearsal);

/* Virtual steps that the token of a power loss here needs before its own hit: the plan that was
 * run, with the hit of the `done`-th operation in its round.  0, or -ERANGE when there is no room.
 */
int rehearse_plan(const struct rehearsal *rehearsal, size_t done, const struct fault *fault,
                  struct plan *ret_plan);

#endif
