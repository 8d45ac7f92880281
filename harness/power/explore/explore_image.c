/* One image after the other: made, dropped when an equal one was there, checked and judged. */
#include "harness/base/monotonic.h"
#include "harness/power/explore/exploration.h"
#include "harness/power/explore/explore_kinds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Of what is not checked every time, one in so many is. */
#define SAMPLE_EVERY 100u

uint64_t explore_image_mix(uint64_t a, uint64_t b)
{
    uint64_t words[2] = {a, b};
    return XXH3_64bits(words, sizeof(words));
}

int explore_image_broken(struct explore *explore, const char *why)
{
    if (explore->result->broken[0] == '\0') {
        (void)snprintf(explore->result->broken, sizeof(explore->result->broken), "%.511s", why);
    }
    return ERR_BROKEN;
}

/* The plan of one image: what was rehearsed, and a power loss here. */
static int plan_of(const struct explore *explore, const struct loss *loss, struct plan *ret_plan)
{
    struct fault fault;
    memset(&fault, 0, sizeof(fault));
    fault.kind = FAULT_POWER_LOSS;
    fault.loss = *loss;
    int r = rehearse_plan(explore->rehearsal, explore->done, &fault, ret_plan);
    if (r == 0) {
        /* Nothing of the plan comes after it. */
        ret_plan->round_count = (uint32_t)plan_last_faulted_round(ret_plan) + 1;
    }
    return r;
}

/* `loss` NULL: the image is what the plan itself leaves. */
static int plan_text(const struct explore *explore, const struct loss *loss, char *text,
                     size_t text_size_bytes)
{
    struct plan plan = explore->plan;
    int r = loss == NULL ? 0 : plan_of(explore, loss, &plan);
    if (r < 0) {
        return r;
    }
    int length = plan_print(&plan, &points_engine, text, text_size_bytes);
    return length < 0 || (size_t)length >= text_size_bytes ? -ERANGE : 0;
}

/* The image that a choice leaves, as this job's own check wants to see it. */
static int make_image(struct explore *explore, const struct loss *loss, struct image **ret_image)
{
    struct err err = ERR_INIT;
    int r = persist_loss_image(explore->persist, loss, ret_image, &err);
    if (r < 0) {
        return r == -ENOMEM ? r : explore_image_broken(explore, err.text);
    }
    explore->result->counts.generated++;
    if (explore->job->break_image && !explore->is_broken) {
        explore->is_broken = explore_judge_break(*ret_image);
    }
    return 0;
}

static int check_legal(struct explore *explore, struct image *image, uint64_t hash,
                       const struct loss *loss)
{
    struct err err = ERR_INIT;
#ifdef NDEBUG
    bool is_due = explore_image_mix(hash, explore->options.seed) % SAMPLE_EVERY == 0 ||
                  explore->job->break_image;
#else
    bool is_due = true;
    (void)hash;
#endif
    if (!is_due) {
        return 0;
    }
    int r = legal_check(explore->legal, explore->done, image, &err);
    if (r == -ENOMEM) {
        return r;
    }
    if (r < 0) {
        char text[PLAN_TEXT_SIZE_BYTES];
        int known = plan_text(explore, loss, text, sizeof(text));
        (void)err_wrap(&err, r, "illegal image %.300s", known < 0 ? "" : text);
        return explore_image_broken(explore, err.text);
    }
    explore->result->counts.legal++;
    return 0;
}

/* Remembers the images of lowest rank: a sample that only the seed decides. */
static void offer_next(struct explore *explore, uint64_t hash, const struct loss *loss)
{
    struct explore_result *result = explore->result;
    uint64_t rank = explore_image_mix(hash, ~explore->options.seed);
    uint32_t wanted =
        explore->job->nested < EXPLORE_NEXT_MAX ? explore->job->nested : EXPLORE_NEXT_MAX;
    uint32_t at = result->next_count;
    if (wanted == 0) {
        return;
    }
    if (at == wanted) {
        at = 0;
        for (uint32_t i = 1; i < wanted; i++) {
            at = explore->next_rank[i] > explore->next_rank[at] ? i : at;
        }
        if (explore->next_rank[at] <= rank) {
            return;
        }
    }
    if (plan_text(explore, loss, result->next[at], sizeof(result->next[at])) == 0) {
        explore->next_rank[at] = rank;
        result->next_count += at == result->next_count ? 1 : 0;
    }
}

void explore_image_failed(struct explore *explore, const struct loss *loss,
                          const struct ending *ending)
{
    struct explore_result *result = explore->result;
    uint32_t fresh = ending->violated & ~result->violated;
    result->failed++;
    result->violated |= ending->violated;
    if (fresh != 0) {
        result->first_failed = result->counts.judged;
        result->first_failed_us = (uint64_t)(monotonic_us() - explore->start_us);
    }
    uint32_t at = explore_kinds_add(result, ending, explore_kinds_lost(loss), 1);
    if (at == EXPLORE_KINDS_COUNTED) {
        return;
    }
    char *plan = result->failed_plans[at];
    if (plan_text(explore, loss, plan, PLAN_TEXT_SIZE_BYTES) < 0) {
        (void)plan_print(&explore->plan, &points_engine, plan, PLAN_TEXT_SIZE_BYTES);
    }
}

static void count_judged(struct explore *explore, uint64_t hash, const struct loss *loss,
                         const struct ending *ending)
{
    struct explore_result *result = explore->result;
    uint64_t bit = explore_image_mix(ending->recovered_crc, 1) % EXPLORE_RECOVERED_BITS;
    result->counts.judged++;
    result->recovered[bit / 64] |= UINT64_C(1) << (bit % 64);
    result->counts.digest += explore_image_mix(explore_image_mix(hash, explore->state.hash),
                                               explore_judge_digest(ending));
    if (ending->outcome != OUTCOME_INTACT) {
        explore_image_failed(explore, loss, ending);
    }
}

static int judge_image(struct explore *explore, struct image *image, uint64_t hash,
                       const struct loss *loss)
{
    struct ending ending;
    struct campaign_explore *counts = &explore->result->counts;
    int r =
        explore_judge_run(explore->judge, &explore->state, explore->ledger, image,
                          explore->job->in_full || explore->job->kind != EXPLORE_LOSSES, &ending);
    if (r < 0) {
        return r == -ENOMEM ? r : explore_image_broken(explore, ending.detail);
    }
    counts->reused += ending.is_reused ? 1 : 0;
    counts->rechecked += ending.is_rechecked ? 1 : 0;
    count_judged(explore, hash, loss, &ending);
    return 0;
}

int explore_image_take(struct explore *explore, struct image *image, const struct loss *loss)
{
    struct explore_result *result = explore->result;
    uint64_t hash = image_hash(image);
    int r = number_set_add(explore->seen, explore_image_mix(hash, explore->state.hash));
    if (r == 1) {
        result->counts.distinct++;
        result->counts.effective += hash != explore->cached_hash ? 1 : 0;
        r = loss == NULL ? 0 : check_legal(explore, image, hash, loss);
        if (r == 0 && explore->number > explore->job->skip_until) {
            if (explore->job->only) {
                (void)plan_text(explore, loss, result->in_flight_plan,
                                sizeof(result->in_flight_plan));
            }
            result->in_flight = explore->number;
            r = judge_image(explore, image, hash, loss);
            result->in_flight = 0;
        }
        if (loss != NULL) {
            offer_next(explore, hash, loss);
        }
    }
    image_free(image);
    return r < 0 ? r : 0;
}

int explore_image_of(struct explore *explore, const struct loss *loss)
{
    struct image *image = NULL;
    explore->number++;
    int r = make_image(explore, loss, &image);
    return r < 0 ? r : explore_image_take(explore, image, loss);
}

bool explore_image_is_over(const struct explore *explore)
{
    const struct explore_job *job = explore->job;
    return (job->failed_max != 0 && explore->result->failed >= job->failed_max) ||
           (job->only && explore->number > job->skip_until);
}
