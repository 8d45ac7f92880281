/* Fork, strike, fork, judge. */
#include "harness/live/live.h"

#include "harness/base/limits.h"
#include "harness/base/monotonic.h"
#include "harness/drive/protocol.h"
#include "harness/live/canary.h"
#include "harness/live/rounds.h"
#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/dir_view.h"
#include "harness/target/target_program.h"
#include "harness/target/targets.h"
#include "store/base/crc32.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than the children of an ordinary case allocate. */
#define HEAP_SPARE_SIZE_BYTES (1 << 20)

/* A virtual machine starts and stops in seconds where an engine needs none. */
#define REAL_TIMEOUT_FACTOR 6

/* In memory, and with a name: that of POSIX shared memory. */
#define PROGRAM_STORES_DIR "/dev/shm"

struct live {
    struct live_options options;
    struct scratch *scratch;
    struct shared *shared;
    struct arm_registration *registration;
    struct protocol_memory *memory;
    struct image *base; /* what the first round of a case finds */
    uint32_t message_capacity;
};

/* Does once what every child would do again: asks the processor what it can (in a virtual machine
 * that is a trap of tens of microseconds) and gets a heap that need neither grow nor shrink. */
static void warm_up(void)
{
    (void)crc32_of("x", 1);
    (void)mallopt(M_MMAP_THRESHOLD, 2 * HEAP_SPARE_SIZE_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, 64 * HEAP_SPARE_SIZE_BYTES);
    void *spare = malloc(HEAP_SPARE_SIZE_BYTES);
    if (spare != NULL) {
        explicit_bzero(spare, 1); /* a pair of malloc and free alone may be optimised away */
    }
    free(spare);
}

/* Whether its disk calls go through our disk: then they can be recorded, audited and judged. */
static bool is_watched(const struct scenario *scenario)
{
    return (targets_of(scenario)->can & TARGET_CAN_WATCH) != 0;
}

/* A program needs a place with a name, and must be there. */
static int open_scratch(struct live *live, struct err *err)
{
    const struct live_options *options = &live->options;
    struct scratch_options scratch = {options->dir, options->scenario->tmpfs_size_bytes};
    char path[TARGET_PROGRAM_PATH_SIZE_BYTES];
    if (!is_watched(options->scenario)) {
        int r = target_program_find(options->scenario->target, path, err);
        if (r < 0) {
            return ERR_REFUSED;
        }
        scratch.dir = options->dir == NULL ? PROGRAM_STORES_DIR : options->dir;
    }
    return scratch_open(&scratch, &live->scratch, err);
}

static int prepare(struct live *live, struct err *err)
{
    const struct live_options *options = &live->options;
    int r = shared_map(live->message_capacity, &live->shared, err);
    if (r < 0) {
        return r;
    }
    r = arm_register(&live->shared->arm, &live->registration, err);
    if (r < 0) {
        return r;
    }
    r = open_scratch(live, err);
    if (r < 0) {
        return r;
    }
    if (is_watched(options->scenario)) {
        live->shared->order = order_new(&options->scenario->store, options->scenario->profile);
        if (live->shared->order == NULL) {
            return err_set(err, -ENOMEM, "out of memory");
        }
    }
    r = image_unpack(options->scenario->base, &live->base, err);
    if (r < 0) {
        return r;
    }
    return protocol_memory_new(options->scenario, options->workload, options->seed, &live->memory,
                               err);
}

int live_open(const struct live_options *options, struct live **ret_live, struct err *err)
{
    struct live *live = calloc(1, sizeof(*live));
    if (live == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    live->options = *options;
    if (options->scenario->points == &points_real) {
        live->options.timeout_ms *= REAL_TIMEOUT_FACTOR;
    }
    live->message_capacity = options->workload->message_count + WORKLOAD_PROBES;
    int r = prepare(live, err);
    if (r < 0) {
        live_close(live);
        return r;
    }
    shared_catch_crashes(live->shared);
    warm_up();
    *ret_live = live;
    return 0;
}

struct live *live_close(struct live *live)
{
    if (live != NULL) {
        live->scratch = scratch_close(live->scratch);
        live->memory = protocol_memory_free(live->memory);
        live->base = image_free(live->base);
        live->registration = arm_unregister(live->registration);
        if (live->shared != NULL) {
            live->shared->order = order_free(live->shared->order);
        }
        live->shared = shared_unmap(live->shared, live->message_capacity);
        free(live);
    }
    return NULL;
}

void live_stores(const struct live *live, struct campaign_stores *ret_stores)
{
    memset(ret_stores, 0, sizeof(*ret_stores));
    (void)snprintf(ret_stores->place, sizeof(ret_stores->place), "%s",
                   scratch_place(live->scratch));
    ret_stores->is_fallback = scratch_is_fallback(live->scratch);
    (void)scratch_file_system(live->scratch, ret_stores->file_system,
                              sizeof(ret_stores->file_system));
}

/* Says how many findings are not in the text. */
static void add_untold(const struct judge_report *report, struct ending *ending)
{
    uint32_t told = 0;
    size_t used = strlen(ending->detail);
    for (uint32_t i = 0; i < PROPERTY_COUNT; i++) {
        told += report->told[i];
    }
    if (told < report->line_count) {
        (void)snprintf(ending->detail + used, sizeof(ending->detail) - used,
                       "and %" PRIu32 " more of the same properties\n", report->line_count - told);
    }
}

/* Where the engine was when it crashed. */
static void add_stack(const struct shared *shared, struct ending *ending)
{
    size_t used = strlen(ending->detail);
    for (uint32_t i = 0; i < shared->crash_frame_count && used < sizeof(ending->detail); i++) {
        int length = snprintf(ending->detail + used, sizeof(ending->detail) - used, "%s0x%" PRIx64,
                              i == 0 ? "\nstack " : " ", shared->crash_stack[i]);
        used += length < 0 ? sizeof(ending->detail) : (size_t)length;
    }
}

/* A fault that did not fire proves nothing; one beyond the last hit must not fire. */
static void judge_firing(const struct live *live, struct campaign_case *ended)
{
    bool beyond = ended->role == CAMPAIGN_ROLE_BEYOND;
    if (beyond && ended->fired_count != 0) {
        ending_fail(&ended->end, OUTCOME_HARNESS_BROKEN, 0,
                    "a fault planned beyond the last hit fired: the trace is not repeatable");
        return;
    }
    if (beyond || ended->role == CAMPAIGN_ROLE_CANARY || ended->fired_count == ended->hit_count) {
        return;
    }
    if (scenario_is_threaded(live->options.scenario)) {
        ending_fail(&ended->end, OUTCOME_SKIPPED, 0,
                    "the fault was not reached in this run of the threads");
    } else {
        ending_fail(&ended->end, OUTCOME_NOT_FIRED, 0,
                    "a planned fault was never reached, or was to cut a write that is no longer");
    }
}

/* Hashes the store, and copies it for a person to look at.  What cannot be kept is an error: the
 * case is then no proof of anything. */
static int keep_or_hash(const struct live_request *request, int dir_fd, const char *name,
                        uint64_t *ret_hash)
{
    bool is_wanted = request->want_hashes || request->keep_dir != NULL;
    return is_wanted ? dir_tree_keep(dir_fd, request->keep_dir, name, ret_hash) : 0;
}

/* A disk that is really full, and not by the scenario's wish, tells nothing about the store. */
static bool is_own_disk_full(const struct live *live)
{
    return live->options.scenario->tmpfs_size_bytes == 0 &&
           atomic_load(&live->shared->enospc_seen) >
               atomic_load(&live->shared->arm.enospc_injected);
}

/* What the machine denied the harness itself, as an errno; 0: nothing.  The store cannot be blamed
 * for it, nor for having met it well. */
static int32_t own_trouble(const struct live *live, int32_t noted)
{
    int32_t denied = atomic_load(&live->shared->denied);
    if (noted == 0 && denied == 0 && limits_is_denial(-live->shared->round_err.code)) {
        denied = -live->shared->round_err.code;
    }
    noted = noted != 0 ? noted : denied;
    return noted == 0 && is_own_disk_full(live) ? ENOSPC : noted;
}

/* The restart, and what stands before and after it for a person to look at.  False when it did not
 * come to its end. */
static bool judge(struct live *live, struct rounds *rounds)
{
    const struct live_request *request = rounds->request;
    struct ending *ending = &live->shared->ending;
    bool has_detail = ending->detail[0] != '\0';
    int r = keep_or_hash(request, rounds->dir_fd, "crashed", &ending->crashed_hash);
    if (request->role == CAMPAIGN_ROLE_CANARY &&
        canary_strike(live->shared->ledger, live->options.scenario, rounds->dir_fd) == 0) {
        rounds->ended->fired_count++;
        order_forget(live->shared->order);
    }
    if (r == 0) {
        r = scratch_grow(live->scratch, rounds->dir_fd);
    }
    bool is_judged = rounds_judge(rounds);
    if (r == 0) {
        r = keep_or_hash(request, rounds->dir_fd, "recovered", &ending->recovered_hash);
    }
    if (r < 0) {
        char text[128];
        (void)snprintf(text, sizeof(text), "the store could not be kept: %s", strerror(-r));
        ending_fail(ending, OUTCOME_HARNESS_BROKEN, 0, text);
        return false;
    }
    if (is_judged && !has_detail) {
        add_untold(&live->shared->restart.report, ending);
    }
    return is_judged;
}

static void run_in(struct live *live, const struct live_request *request, int dir_fd,
                   struct campaign_case *ended)
{
    struct rounds rounds = {
        .options = &live->options,
        .request = request,
        .shared = live->shared,
        .memory = live->memory,
        .dir_fd = dir_fd,
        .ended = ended,
    };
    struct ending *ending = &live->shared->ending;
    bool goes_on = rounds_run(&rounds);
    uint64_t noted = ending->mechanisms;
    ending->sent_count =
        ledger_count_sent(live->shared->ledger, live->options.workload->message_count);
    ending->acked_count =
        ledger_count_acked(live->shared->ledger, live->options.workload->message_count);
    bool is_judged = goes_on && judge(live, &rounds);
    if (!goes_on) {
        (void)rounds_hand_out(&rounds);
    }
    ended->events = atomic_load(&live->shared->events);
    ended->trouble = own_trouble(live, ended->trouble);
    if (ended->trouble != 0) {
        char text[LIMITS_TEXT_SIZE_BYTES];
        ending_fail(ending, OUTCOME_HARNESS_BROKEN, 0, limits_explain(ended->trouble, text));
        is_judged = false;
    }
    if (is_judged && ending->violated == 0 && order_is_full(live->shared->order)) {
        /* Not to have looked must never read as having found nothing. */
        ending_fail(ending, OUTCOME_HARNESS_BROKEN, 0, ORDER_FULL_TEXT);
    }
    if (!is_judged) {
        /* What a restart found that did not come to its end is no finding. */
        ending->mechanisms = noted;
        ending->violated = mechanism_violated(noted);
        ending->found_count = 0;
        ending->checked = false;
        if (ending->outcome == OUTCOME_CRASHED) {
            add_stack(live->shared, ending);
        }
    }
    ended->end = *ending;
    if (is_judged) {
        judge_firing(live, ended);
    }
}

int live_run(struct live *live, const struct live_request *request, struct campaign_case *ret_case,
             struct err *err)
{
    memset(ret_case, 0, sizeof(*ret_case));
    ret_case->role = request->role;
    ret_case->plan = *request->plan;
    ret_case->hit_count = plan_hit_count(request->plan);
    int64_t start_us = monotonic_us();
    int dir_fd = -1;
    int r = scratch_make(live->scratch, &dir_fd, err);
    if (r < 0) {
        return err_wrap(err, r, "make a directory for the case");
    }
    r = image_store(live->base, dir_fd, err);
    if (r < 0) {
        scratch_drop(live->scratch, dir_fd);
        return r;
    }
    shared_reset(live->shared, live->options.scenario, live->message_capacity, live->options.seed);
    live->shared->timeout_ms = live->options.timeout_ms;
    live->shared->arm.stop_before_fault = request->stop_before_fault ? 1 : 0;
    struct live_request possible = *request;
    if (!is_watched(live->options.scenario)) {
        possible.take_trace = NULL;
        possible.audit = NULL;
    }
    run_in(live, &possible, dir_fd, ret_case);
    scratch_drop(live->scratch, dir_fd);
    ret_case->duration_us = (uint64_t)(monotonic_us() - start_us);
    return 0;
}
