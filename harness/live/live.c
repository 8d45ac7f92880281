/* Fork, strike, fork, judge. */
#include "harness/live/live.h"

#include "harness/base/monotonic.h"
#include "harness/drive/protocol.h"
#include "harness/live/canary.h"
#include "harness/live/rounds.h"
#include "harness/power/disk/dir_tree.h"
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

struct live {
    struct live_options options;
    struct scratch *scratch;
    struct shared *shared;
    struct arm_registration *registration;
    struct protocol_memory *memory;
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

int live_open(const struct live_options *options, struct live **ret_live, struct err *err)
{
    struct live *live = calloc(1, sizeof(*live));
    if (live == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    live->options = *options;
    live->message_capacity = options->workload->message_count + WORKLOAD_PROBES;
    int r = shared_map(live->message_capacity, &live->shared, err);
    if (r == 0) {
        r = arm_register(&live->shared->arm, &live->registration, err);
    }
    if (r == 0) {
        struct scratch_options scratch = {options->dir, options->scenario->tmpfs_size_bytes};
        r = scratch_open(&scratch, &live->scratch, err);
    }
    if (r == 0) {
        live->shared->order = order_new(&options->scenario->store);
        r = live->shared->order == NULL ? err_set(err, -ENOMEM, "out of memory") : 0;
    }
    if (r == 0) {
        r = protocol_memory_new(options->scenario, options->workload, options->seed, &live->memory);
        r = r < 0 ? err_set(err, r, "out of memory for the oracle") : 0;
    }
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
        live->registration = arm_unregister(live->registration);
        if (live->shared != NULL) {
            live->shared->order = order_free(live->shared->order);
        }
        live->shared = shared_unmap(live->shared, live->message_capacity);
        free(live);
    }
    return NULL;
}

const char *live_place(const struct live *live)
{
    return scratch_kind_name(scratch_kind(live->scratch));
}

static void reset_shared(struct live *live)
{
    struct shared *shared = live->shared;
    atomic_store(&shared->now_ms, live->options.scenario->start_ms);
    atomic_store(&shared->events, 0);
    atomic_store(&shared->enospc_seen, 0);
    atomic_store(&shared->arm.enospc_injected, 0);
    atomic_store(&shared->next_step, 0);
    shared->round = 0;
    shared->round_err.code = 0;
    shared->round_err.text[0] = '\0';
    atomic_store(&shared->crash_signal, 0);
    shared->crash_frame_count = 0;
    atomic_store(&shared->verdict.is_complete, 0);
    shared->verdict.step = 0;
    shared->verdict.opened = 0;
    shared->verdict.found_count = 0;
    memset(shared->verdict.recovery_hits, 0, sizeof(shared->verdict.recovery_hits));
    judge_report_clear(&shared->verdict.report);
    order_clear(shared->order);
    arm_round(&shared->arm, NULL);
    ledger_reset(shared->ledger, live->options.scenario, live->message_capacity,
                 live->options.seed);
}

static void set_detail(struct campaign_case *ended, const char *text)
{
    (void)snprintf(ended->detail, sizeof(ended->detail), "%s", text);
}

/* Says how many findings are not in the text. */
static void add_untold(const struct judge_report *report, struct campaign_case *ended)
{
    uint32_t told = 0;
    size_t used = strlen(ended->detail);
    for (uint32_t i = 0; i < PROPERTY_COUNT; i++) {
        told += report->told[i];
    }
    if (told < report->line_count) {
        (void)snprintf(ended->detail + used, sizeof(ended->detail) - used,
                       "and %" PRIu32 " more of the same properties\n", report->line_count - told);
    }
}

/* What the restart found, as an outcome. */
static void take_verdict(struct live *live, struct campaign_case *ended)
{
    struct shared_verdict *verdict = &live->shared->verdict;
    (void)order_report(live->shared->order, &verdict->report);
    ended->checked = atomic_load(&verdict->is_complete) != 0 && verdict->step == 5;
    ended->found_count = verdict->found_count;
    ended->violated |= verdict->report.violated;
    if (ended->detail[0] == '\0') {
        set_detail(ended, verdict->report.text);
        add_untold(&verdict->report, ended);
    }
    if (ended->violated == 0 && order_is_full(live->shared->order)) {
        /* Not to have looked must never read as having found nothing. */
        ended->outcome = OUTCOME_HARNESS_BROKEN;
        set_detail(ended, ORDER_FULL_TEXT);
        return;
    }
    if (ended->violated == 0) {
        ended->outcome = OUTCOME_INTACT;
        return;
    }
    bool refused = (ended->violated & PROPERTY_BIT(STARTS)) != 0 && verdict->opened == 0;
    ended->outcome = refused ? OUTCOME_REFUSED : OUTCOME_VIOLATED;
    ended->checked = true;
}

static void take_failure(struct live *live, const struct rounds_end *end,
                         struct campaign_case *ended)
{
    const struct shared *shared = live->shared;
    int used = snprintf(ended->detail, sizeof(ended->detail), "%s", end->text);
    ended->outcome = end->outcome;
    ended->signal = end->signal;
    for (uint32_t i = 0; end->outcome == OUTCOME_CRASHED && i < shared->crash_frame_count; i++) {
        if (used < 0 || (size_t)used >= sizeof(ended->detail)) {
            break;
        }
        used += snprintf(ended->detail + used, sizeof(ended->detail) - (size_t)used, "%s0x%" PRIx64,
                         i == 0 ? "\nstack " : " ", shared->crash_stack[i]);
    }
}

/* A fault that did not fire proves nothing; one beyond the last hit must not fire. */
static void judge_firing(const struct live *live, struct campaign_case *ended)
{
    bool beyond = ended->role == CAMPAIGN_ROLE_BEYOND;
    if (beyond && ended->fired_count != 0) {
        ended->outcome = OUTCOME_HARNESS_BROKEN;
        set_detail(ended, "a fault planned beyond the last hit fired: the trace is not repeatable");
        return;
    }
    if (beyond || ended->fired_count == ended->hit_count) {
        return;
    }
    if (live->options.scenario->store.services == STORE_SERVICES_THREADS) {
        ended->outcome = OUTCOME_SKIPPED;
        set_detail(ended, "the fault was not reached in this run of the threads");
    } else {
        ended->outcome = OUTCOME_NOT_FIRED;
        set_detail(ended, "a planned fault was never reached");
    }
}

/* Hashes the store, and copies it for a person to look at.  What cannot be kept is an error: the
 * case is then no proof of anything. */
static int keep_or_hash(const struct live_request *request, int dir_fd, const char *name,
                        uint64_t *ret_hash)
{
    int r = 0;
    if (request->want_hashes || request->keep_dir != NULL) {
        r = dir_tree_hash(dir_fd, ret_hash);
    }
    if (r == 0 && request->keep_dir != NULL) {
        char path[1024];
        (void)snprintf(path, sizeof(path), "%s/%s", request->keep_dir, name);
        r = dir_tree_copy(dir_fd, path, NULL);
    }
    return r;
}

/* A disk that is really full, and not by the scenario's wish, tells nothing about the store. */
static bool is_own_disk_full(const struct live *live)
{
    return live->options.scenario->tmpfs_size_bytes == 0 &&
           atomic_load(&live->shared->enospc_seen) >
               atomic_load(&live->shared->arm.enospc_injected);
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
    struct rounds_end end = {OUTCOME_INTACT, 0, {0}};
    rounds_run(&rounds, &end);
    ended->acked_count =
        ledger_count_acked(live->shared->ledger, live->options.workload->message_count);
    if (end.outcome == OUTCOME_INTACT) {
        int r = keep_or_hash(request, dir_fd, "crashed", &ended->crashed_hash);
        if (request->role == CAMPAIGN_ROLE_CANARY) {
            canary_strike(live->shared->ledger, live->options.scenario, dir_fd);
            order_forget(live->shared->order);
        }
        r = r < 0 ? r : scratch_grow(live->scratch, dir_fd);
        rounds_judge(&rounds, &end);
        r = r < 0 ? r : keep_or_hash(request, dir_fd, "recovered", &ended->recovered_hash);
        if (r < 0) {
            end.outcome = OUTCOME_HARNESS_BROKEN;
            (void)snprintf(end.text, sizeof(end.text), "the store could not be kept: %s",
                           strerror(-r));
        }
    }
    ended->events = atomic_load(&live->shared->events);
    if (is_own_disk_full(live)) {
        end.outcome = OUTCOME_HARNESS_BROKEN;
        ended->disk_full = true;
        (void)snprintf(end.text, sizeof(end.text), "no room is left where the stores lie");
    }
    if (end.outcome == OUTCOME_INTACT) {
        take_verdict(live, ended);
        judge_firing(live, ended);
    } else {
        take_failure(live, &end, ended);
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
    reset_shared(live);
    live->shared->arm.stop_before_fault = request->stop_before_fault ? 1 : 0;
    run_in(live, request, dir_fd, ret_case);
    scratch_drop(live->scratch, dir_fd);
    ret_case->duration_us = (uint64_t)(monotonic_us() - start_us);
    return 0;
}
