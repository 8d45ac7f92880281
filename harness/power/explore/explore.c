/* One trace, all its images (explore.h). */
#include "harness/base/monotonic.h"
#include "harness/power/explore/explore_parts.h"
#include "harness/power/trace/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/resource.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Of what is not checked every time, one in so many is. */
#define SAMPLE_EVERY 100u

int explore_new(const struct rehearse_options *options, struct explore **ret_explore,
                struct err *err)
{
    struct explore *explore = calloc(1, sizeof(*explore));
    if (explore == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    explore->options = *options;
    explore->rehearsed[0] = '?';
    int r = rehearse_new(options, &explore->rehearsal, err);
    r = r < 0 ? r : explore_judge_new(options, &explore->judge, err);
    if (r == 0) {
        explore->choices = choices_new();
        explore->seen = number_set_new();
        explore->ledger = malloc(rehearse_ledger_size_bytes(explore->rehearsal));
        if (explore->choices == NULL || explore->seen == NULL || explore->ledger == NULL) {
            r = err_set(err, -ENOMEM, "out of memory");
        }
    }
    if (r < 0) {
        explore_free(explore);
        return r;
    }
    *ret_explore = explore;
    return 0;
}

struct explore *explore_free(struct explore *explore)
{
    if (explore != NULL) {
        explore->persist = persist_free(explore->persist);
        explore->legal = legal_free(explore->legal);
        explore->judge = explore_judge_free(explore->judge);
        explore->rehearsal = rehearse_free(explore->rehearsal);
        explore->choices = choices_free(explore->choices);
        explore->seen = number_set_free(explore->seen);
        free(explore->ledger);
        free(explore);
    }
    return NULL;
}

uint64_t explore_mix(uint64_t a, uint64_t b)
{
    uint64_t words[2] = {a, b};
    return XXH3_64bits(words, sizeof(words));
}

static int broken(struct explore *explore, const char *why)
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
    int length = plan_print(&plan, text, text_size_bytes);
    return length < 0 || (size_t)length >= text_size_bytes ? -ERANGE : 0;
}

/* The image that a choice leaves, as this job's own check wants to see it. */
static int make_image(struct explore *explore, const struct loss *loss, struct image **ret_image)
{
    struct err err = ERR_INIT;
    int r = persist_loss_image(explore->persist, loss, ret_image, &err);
    if (r < 0) {
        return r == -ENOMEM ? r : broken(explore, err.text);
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
    bool is_due =
        explore_mix(hash, explore->options.seed) % SAMPLE_EVERY == 0 || explore->job->break_image;
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
        return broken(explore, err.text);
    }
    explore->result->counts.legal++;
    return 0;
}

/* Remembers the images of lowest rank: a sample that only the seed decides. */
static void offer_next(struct explore *explore, uint64_t hash, const struct loss *loss)
{
    struct explore_result *result = explore->result;
    uint64_t rank = explore_mix(hash, ~explore->options.seed);
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

static void keep_failure(struct explore *explore, const struct loss *loss,
                         const struct explore_verdict *verdict)
{
    struct explore_result *result = explore->result;
    uint32_t fresh = verdict->violated & ~result->violated;
    result->failed++;
    result->violated |= verdict->violated;
    if (fresh != 0) {
        result->first_failed = result->counts.judged;
        result->first_failed_us = (uint64_t)(monotonic_us() - explore->start_us);
    }
    bool is_full = result->failure_count == EXPLORE_FAILURES_MAX;
    if (is_full && fresh == 0) {
        return;
    }
    uint32_t at = is_full ? EXPLORE_FAILURES_MAX - 1 : result->failure_count++;
    struct explore_failure *failure = &result->failures[at];
    failure->outcome = verdict->outcome;
    failure->violated = verdict->violated;
    if (plan_text(explore, loss, failure->plan, sizeof(failure->plan)) < 0) {
        (void)plan_print(&explore->plan, failure->plan, sizeof(failure->plan));
    }
    (void)snprintf(failure->detail, sizeof(failure->detail), "%s", verdict->detail);
}

static void count_judged(struct explore *explore, uint64_t hash, const struct loss *loss,
                         const struct explore_verdict *verdict)
{
    struct explore_result *result = explore->result;
    uint64_t bit = explore_mix(verdict->recovered, 1) % EXPLORE_RECOVERED_BITS;
    result->counts.judged++;
    result->recovered[bit / 64] |= UINT64_C(1) << (bit % 64);
    result->counts.digest += explore_mix(explore_mix(hash, explore->state.hash), verdict->digest);
    if (verdict->outcome != OUTCOME_INTACT) {
        keep_failure(explore, loss, verdict);
    }
}

static int judge_image(struct explore *explore, struct image *image, uint64_t hash,
                       const struct loss *loss)
{
    struct explore_verdict verdict;
    struct campaign_explore *counts = &explore->result->counts;
    int r = explore_judge_run(explore->judge, &explore->state, explore->ledger, image,
                              explore->job->kind != EXPLORE_LOSSES, &verdict);
    if (r < 0) {
        return r == -ENOMEM ? r : broken(explore, verdict.detail);
    }
    counts->reused += verdict.is_reused ? 1 : 0;
    counts->rechecked += verdict.is_rechecked ? 1 : 0;
    count_judged(explore, hash, loss, &verdict);
    return 0;
}

int explore_take(struct explore *explore, struct image *image, const struct loss *loss)
{
    struct explore_result *result = explore->result;
    uint64_t hash = image_hash(image);
    int r = number_set_add(explore->seen, explore_mix(hash, explore->state.hash));
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

static int take_loss(struct explore *explore, const struct loss *loss)
{
    struct image *image = NULL;
    explore->number++;
    int r = make_image(explore, loss, &image);
    return r < 0 ? r : explore_take(explore, image, loss);
}

bool explore_is_over(const struct explore *explore)
{
    const struct explore_job *job = explore->job;
    return (job->failed_max != 0 && explore->result->failed >= job->failed_max) ||
           (job->only && explore->number > job->skip_until);
}

/* All losses of one model at the present position. */
static int take_position(struct explore *explore, enum loss_model model)
{
    struct choices_options options = {
        .bound = explore->job->bound,
        .random = explore->job->random,
        .seed = explore_mix(explore->options.seed, explore->done * LOSS_MODEL_COUNT + model),
        .only_in_flight = explore->last_state == explore->state.hash && !explore->was_capped,
    };
    int r = choices_make(explore->choices, explore->persist, &options);
    explore->was_capped = choices_is_capped(explore->choices);
    explore->result->counts.capped += explore->was_capped ? 1 : 0;
    explore->result->counts.overflowed += persist_item_overflow(explore->persist) > 0 ? 1 : 0;
    for (size_t i = 0; r == 0 && i < choices_count(explore->choices); i++) {
        r = take_loss(explore, choices_get(explore->choices, i));
        if (explore_is_over(explore)) {
            break;
        }
    }
    return r;
}

/* Whether a row of the scenario asks for power loss there. */
static bool is_asked(const struct explore *explore, enum point point, uint32_t hit)
{
    const struct scenario *scenario = explore->options.scenario;
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *row = &scenario->faults[i];
        if ((row->kinds >> FAULT_POWER_LOSS & 1) != 0 && scenario_fault_strikes(row, point, hit)) {
            return true;
        }
    }
    return scenario->has_plan;
}

/* Whether the power may fail in the middle of the operation. */
static bool is_position(const struct explore *explore, size_t done, struct trace_entry *ret_entry)
{
    const struct trace *trace = rehearse_trace(explore->rehearsal);
    trace_get(trace, trace_done_index(trace, done), ret_entry);
    return point_is_mutating(ret_entry->point) && ret_entry->result >= 0 &&
           is_asked(explore, ret_entry->point, ret_entry->hit);
}

static int note_cached(struct explore *explore)
{
    struct image *cached = NULL;
    int r = persist_cached(explore->persist, &cached, NULL);
    if (r == 0) {
        explore->cached_hash = image_hash(cached);
        image_free(cached);
    }
    return r;
}

static int walk_positions(struct explore *explore, enum loss_model model, struct err *err)
{
    const struct explore_job *job = explore->job;
    size_t count = trace_done_count(rehearse_trace(explore->rehearsal));
    size_t first = rehearse_first_done(explore->rehearsal);
    uint32_t position = 0;
    int r = 0;
    explore->last_state = 0;
    for (size_t done = first; r == 0 && done < count && position < job->upto; done++) {
        struct trace_entry entry;
        bool is_taken = is_position(explore, done, &entry);
        if (!is_taken || position++ < job->from) {
            if (!is_taken && point_is_mutating(entry.point)) {
                explore->last_state = 0; /* its effects were in flight at no position */
            }
            continue;
        }
        explore->done = done;
        explore->result->counts.positions++;
        r = persist_seek(explore->persist, done, err);
        r = r < 0 ? r
                  : rehearse_state(explore->rehearsal, done, &explore->state, explore->ledger, err);
        r = r < 0 ? r : note_cached(explore);
        r = r < 0 ? r : take_position(explore, model);
        explore->last_state = explore->state.hash;
        if (explore_is_over(explore)) {
            break;
        }
    }
    return r;
}

static int walk_model(struct explore *explore, enum loss_model model, struct err *err)
{
    const struct recording recording = rehearse_recording(explore->rehearsal);
    explore->persist = persist_free(explore->persist);
    explore->legal = legal_free(explore->legal);
    int r = persist_new(&recording, model, &explore->persist, err);
    r = r < 0 ? r : legal_new(&recording, model, &explore->legal, err);
    return r < 0 ? r : walk_positions(explore, model, err);
}

static uint32_t count_positions(const struct explore *explore)
{
    size_t count = trace_done_count(rehearse_trace(explore->rehearsal));
    uint32_t positions = 0;
    struct trace_entry entry;
    for (size_t done = rehearse_first_done(explore->rehearsal); done < count; done++) {
        positions += is_position(explore, done, &entry) ? 1 : 0;
    }
    return positions;
}

/* What the trace itself shows, without any crash. */
static void judge_trace(struct explore *explore)
{
    struct explore_verdict verdict;
    memset(&verdict, 0, sizeof(verdict));
    if (!explore->job->is_first) {
        return;
    }
    explore->result->counts.traces++;
    if (explore_judge_order(explore->rehearsal, &verdict) != 0) {
        keep_failure(explore, NULL, &verdict);
    } else if (rehearse_order_is_full(explore->rehearsal)) {
        (void)broken(explore, ORDER_FULL_TEXT);
    }
}

/* Another job recorded the trace. */
static int adopt_trace(struct explore *explore, const char *path, struct err *err)
{
    struct trace *trace = trace_new(NULL);
    int r = trace == NULL ? -ENOMEM : trace_file_load(trace, path, err);
    r = r < 0 ? r : rehearse_adopt(explore->rehearsal, trace, err);
    trace_free(trace);
    return r;
}

static int leave_trace(const struct explore *explore, const char *path, struct err *err)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    int r = trace_file_pack(rehearse_trace(explore->rehearsal), &data, &size_bytes, err);
    int fd = r < 0 ? -1 : open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (r == 0 && (fd < 0 || write(fd, data, size_bytes) != (ssize_t)size_bytes)) {
        r = err_set(err, ERR_BROKEN, "the trace could not be handed on: %s", strerror(errno));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    free(data);
    return r;
}

static int record(struct explore *explore, const struct plan *plan, struct err *err)
{
    const struct explore_job *job = explore->job;
    if (job->trace_path[0] != '\0' && !job->is_first) {
        return adopt_trace(explore, job->trace_path, err);
    }
    int r = rehearse_run(explore->rehearsal, plan, err);
    return r < 0 || job->trace_path[0] == '\0' ? r : leave_trace(explore, job->trace_path, err);
}

int explore_rehearse(struct explore *explore, const struct plan *plan, struct err *err)
{
    char text[PLAN_TEXT_SIZE_BYTES];
    (void)plan_print(plan, text, sizeof(text));
    if (strcmp(text, explore->rehearsed) == 0) {
        return 0;
    }
    explore->rehearsed[0] = '?';
    explore->rehearsed[1] = '\0';
    int r = record(explore, plan, err);
    if (r == 0) {
        memcpy(explore->rehearsed, text, sizeof(text));
        explore->plan = *plan;
    }
    return r;
}

static void note_peak(struct explore_result *result)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        result->counts.peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
    }
}

/* What a kill leaves: the page cache as it was when the plan's last fault had struck. */
static int hash_crashed(struct explore *explore, struct err *err)
{
    const struct recording recording = rehearse_recording(explore->rehearsal);
    struct image *image = NULL;
    explore->persist = persist_free(explore->persist);
    int r = persist_new(&recording, LOSS_MODEL_ALL, &explore->persist, err);
    r = r < 0 ? r : persist_seek(explore->persist, rehearse_first_done(explore->rehearsal), err);
    r = r < 0 ? r : persist_cached(explore->persist, &image, err);
    if (r == 0) {
        if (explore->job->break_image) {
            (void)explore_judge_break(image);
        }
        explore->result->crashed_hash = image_hash(image);
    }
    image_free(image);
    return r;
}

/* The models of the file systems that do with a failed sync what the plan's does; those that were
 * asked for when none of them does. */
static uint32_t models_of(const struct explore *explore, const struct plan *plan)
{
    static const uint32_t reverting = UINT32_C(1) << LOSS_MODEL_ALL | UINT32_C(1)
                                                                          << LOSS_MODEL_BTRFS;
    uint32_t models = explore->job->models;
    for (uint32_t r = 0; r < plan->round_count; r++) {
        for (uint32_t i = 0; i < plan->rounds[r].hit_count; i++) {
            const struct fault *fault = &plan->rounds[r].hits[i].fault;
            bool is_failed_sync = fault->kind == FAULT_SYNC_EIO;
            if (is_failed_sync && fault->arg == FAULT_SYNC_REVERT && (models & reverting) != 0) {
                models &= reverting;
            } else if (is_failed_sync && fault->arg == FAULT_SYNC_CLEAN &&
                       (models & ~(UINT32_C(1) << LOSS_MODEL_BTRFS)) != 0) {
                models &= ~(UINT32_C(1) << LOSS_MODEL_BTRFS);
            }
        }
    }
    return models;
}

static int run_job(struct explore *explore, const struct plan *plan, struct err *err)
{
    struct explore_result *result = explore->result;
    if (explore->job->kind != EXPLORE_LOSSES) {
        return explore->job->kind == EXPLORE_ROT ? explore_rest_rots(explore, plan, err)
                                                 : explore_rest_copies(explore, plan, err);
    }
    int r = explore_rehearse(explore, plan, err);
    if (r < 0 || explore->job->want_hash) {
        return r < 0 ? r : hash_crashed(explore, err);
    }
    result->position_count = count_positions(explore);
    judge_trace(explore);
    if (explore->job->upto <= explore->job->from) {
        return 0; /* only the trace is wanted */
    }
    uint32_t models = models_of(explore, plan);
    for (uint32_t model = 0; r == 0 && model < LOSS_MODEL_COUNT && !explore_is_over(explore);
         model++) {
        if ((models >> model & 1) != 0) {
            r = walk_model(explore, (enum loss_model)model, err);
        }
    }
    return r;
}

int explore_run(struct explore *explore, const struct explore_job *job, const struct plan *plan,
                struct explore_result *result, struct err *err)
{
    memset(result, 0, sizeof(*result));
    explore->job = job;
    explore->result = result;
    explore->number = 0;
    explore->is_broken = false;
    explore->start_us = monotonic_us();
    number_set_clear(explore->seen);
    struct err failure = ERR_INIT;
    explore_judge_begin(explore->judge, job->break_memo);
    int r = run_job(explore, plan, &failure);
    result->counts.duration_us = (uint64_t)(monotonic_us() - explore->start_us);
    note_peak(result);
    if (r == -ENOMEM) {
        return err_set(err, r, "out of memory");
    }
    if (r < 0) {
        (void)broken(explore, failure.text);
    }
    return 0;
}
