/* One image judged in this process: the restart protocol over it, with what can be reused from
 * image to image. */
#ifndef HARNESS_POWER_EXPLORE_EXPLORE_JUDGE_H
#define HARNESS_POWER_EXPLORE_EXPLORE_JUDGE_H

#include "harness/case/campaign.h"
#include "harness/power/disk/place.h"
#include "harness/power/rehearse/rehearse.h"

struct explore_judge;

struct explore_verdict {
    enum outcome outcome;
    uint32_t violated;
    uint32_t recovered; /* CRC of the recovered state, as `idempotent` compares it */
    uint32_t found_count;
    bool is_reused;    /* from step 3 on by an equal recovered store (protocol_memo.h) */
    bool is_rechecked; /* run in full all the same, and agrees */
    uint64_t digest;   /* of all above and the detail: equal images have equal ones */
    char detail[CAMPAIGN_DETAIL_SIZE_BYTES];
};

int explore_judge_new(const struct rehearse_options *options, struct explore_judge **ret_judge,
                      struct err *err);
struct explore_judge *explore_judge_free(struct explore_judge *judge);
/* Forgets what was judged.  `is_blind`: reuses unsoundly from now on, to be found out. */
void explore_judge_begin(struct explore_judge *judge, bool is_blind);

/* Recovers, restarts and judges the image, which is changed by it.  `in_full`: nothing is left out
 * for what was judged before.  Returns 0 with the verdict, or
 * negative with the reason in its detail when the harness itself failed. */
int explore_judge_run(struct explore_judge *judge, const struct rehearse_state *state,
                      const struct ledger *ledger, struct image *image, bool in_full,
                      struct explore_verdict *ret_verdict);
/* The same in full, over any place. */
int explore_judge_place(struct explore_judge *judge, const struct rehearse_state *state,
                        const struct ledger *ledger, const struct place *place,
                        struct explore_verdict *ret_verdict);

/* Property order-durable over a whole trace: the number of violations. */
uint32_t explore_judge_order(const struct rehearsal *rehearsal,
                             struct explore_verdict *ret_verdict);
/* Puts bytes into an image that nobody ever wrote; false when no file of it has room for them. */
bool explore_judge_break(struct image *image);

#endif
