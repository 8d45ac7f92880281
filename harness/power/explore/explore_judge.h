/* One image judged in this process: the restart protocol over it, with what can be reused from
 * image to image. */
#ifndef HARNESS_POWER_EXPLORE_EXPLORE_JUDGE_H
#define HARNESS_POWER_EXPLORE_EXPLORE_JUDGE_H

#include "harness/case/ending.h"
#include "harness/power/disk/place.h"
#include "harness/power/rehearse/rehearse.h"

struct explore_judge;

int explore_judge_new(const struct rehearse_options *options, struct explore_judge **ret_judge,
                      struct err *err);
struct explore_judge *explore_judge_free(struct explore_judge *judge);
/* Forgets what was judged.  `is_blind`: reuses unsoundly from now on, to be found out. */
void explore_judge_begin(struct explore_judge *judge, bool is_blind);

/* From now on every restart is told to `outer` and noted in `journal` (protocol.h); both may be
 * NULL, and must outlive the judge's next runs. */
void explore_judge_watch(struct explore_judge *judge, const struct disk_observer *outer,
                         struct trace *journal);

/* What the restart that is under way, or the last one, has found so far. */
const struct judge_report *explore_judge_report(const struct explore_judge *judge);
/* The step of the protocol that it has come to (protocol.h). */
uint32_t explore_judge_step(const struct explore_judge *judge);

/* Recovers, restarts and judges the image, which is changed by it.  `in_full`: nothing is left out
 * for what was judged before.  Returns 0, or negative with the
 * reason in the detail when the harness itself failed. */
int explore_judge_run(struct explore_judge *judge, const struct rehearse_state *state,
                      const struct ledger *ledger, struct image *image, bool in_full,
                      struct ending *ret_ending);
/* The same in full, over any place. */
int explore_judge_place(struct explore_judge *judge, const struct rehearse_state *state,
                        const struct ledger *ledger, const struct place *place,
                        struct ending *ret_ending);

/* Of what decides that two ended the same: equal images have equal ones. */
uint64_t explore_judge_digest(const struct ending *ending);

/* Property order-durable over a whole trace: the number of violations. */
uint32_t explore_judge_order(const struct rehearsal *rehearsal, struct ending *ret_ending);
/* Puts bytes into an image that nobody ever wrote; false when no file of it has room for them. */
bool explore_judge_break(struct image *image);

#endif
