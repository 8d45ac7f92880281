/* Rounds in this process, on the memory disk, recorded; and what a plan makes of them. */
#include "harness/power/rehearse/rehearse.h"

#include "harness/drive/driver.h"
#include "harness/drive/watch.h"
#include "harness/drive/weave.h"
#include "harness/power/persist/persist.h"
#include "harness/power/rehearse/rehearse_parts.h"
#include "harness/power/trace/trace_file.h"
#include "store/base/ensure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More rounds than any workload has. */
#define ROUNDS_MAX 256

#define SYNC_TAKES_US 3000

/* The innermost observer of a round's disk. */
struct recorder {
    struct rehearsal *rehearsal;
    struct disk_observer trace;
    struct replica replica;
    _Atomic uint32_t hits[POINT_COUNT];
};

static int64_t trace_now_ms(void *arg)
{
    const struct shared *shared = arg;
    return atomic_load(&shared->now_ms);
}

struct rehearsal *rehearse_free(struct rehearsal *rehearsal)
{
    if (rehearsal == NULL) {
        return NULL;
    }
    if (rehearsal->has_promise) {
        promise_done(&rehearsal->promise);
    }
    image_free(rehearsal->base);
    image_free(rehearsal->cached);
    order_free(rehearsal->order);
    trace_free(rehearsal->trace);
    free(rehearsal->start.ledger);
    free(rehearsal->now.ledger);
    shared_unmap(rehearsal->shared, rehearsal->message_capacity);
    free(rehearsal);
    return NULL;
}

int rehearse_new(const struct rehearse_options *options, struct rehearsal **ret_rehearsal,
                 struct err *err)
{
    struct rehearsal *rehearsal = calloc(1, sizeof(*rehearsal));
    if (rehearsal == NULL) {
        return err_set(err, -ENOMEM, "out of memory for a rehearsal");
    }
    rehearsal->options = *options;
    rehearsal->message_capacity = options->workload->message_count + WORKLOAD_PROBES;
    int r = shared_map(rehearsal->message_capacity, &rehearsal->shared, err);
    if (r < 0) {
        free(rehearsal);
        return r;
    }
    const struct trace_options trace = {.now_ms = trace_now_ms, .now_arg = rehearsal->shared};
    rehearsal->trace = trace_new(&trace);
    rehearsal->start.ledger = calloc(1, rehearse_ledger_size_bytes(rehearsal));
    rehearsal->now.ledger = calloc(1, rehearse_ledger_size_bytes(rehearsal));
    rehearsal->base = image_new();
    rehearsal->order = order_new(&options->scenario->store);
    if (rehearsal->trace == NULL || rehearsal->order == NULL || rehearsal->start.ledger == NULL ||
        rehearsal->now.ledger == NULL || rehearsal->base == NULL) {
        rehearse_free(rehearsal);
        return err_set(err, -ENOMEM, "out of memory for a rehearsal");
    }
    *ret_rehearsal = rehearsal;
    return 0;
}

const struct trace *rehearse_trace(const struct rehearsal *rehearsal)
{
    return rehearsal->trace;
}

struct image *rehearse_base(const struct rehearsal *rehearsal)
{
    return rehearsal->base;
}

uint32_t rehearse_first_round(const struct rehearsal *rehearsal)
{
    return rehearsal->first_round;
}

size_t rehearse_first_done(const struct rehearsal *rehearsal)
{
    return rehearsal->first_done;
}

struct recording rehearse_recording(struct rehearsal *rehearsal)
{
    return (struct recording){
        .trace = rehearsal->trace,
        .base = rehearsal->base,
        .sync = rehearse_sync,
        .sync_arg = rehearsal,
    };
}

size_t rehearse_ledger_size_bytes(const struct rehearsal *rehearsal)
{
    return ledger_size_bytes(rehearsal->message_capacity);
}

int rehearse_plan(const struct rehearsal *rehearsal, size_t done, const struct fault *fault,
                  struct plan *ret_plan)
{
    struct trace_entry entry;
    if (done >= trace_done_count(rehearsal->trace)) {
        return -ERANGE;
    }
    trace_get(rehearsal->trace, trace_done_index(rehearsal->trace, done), &entry);
    if (entry.round >= PLAN_ROUNDS_MAX) {
        return -ERANGE;
    }
    *ret_plan = rehearsal->plan;
    struct plan_round *round = &ret_plan->rounds[entry.round];
    if (round->hit_count >= PLAN_HITS_MAX) {
        return -ERANGE;
    }
    round->hits[round->hit_count++] = (struct plan_hit){entry.point, entry.hit, *fault};
    if (ret_plan->round_count <= entry.round) {
        ret_plan->round_count = entry.round + 1;
    }
    return 0;
}

/* The process dies by it, or the machine. */
static bool is_death(const struct fault *fault)
{
    return fault_kills(fault->kind) || fault->kind == FAULT_POWER_LOSS;
}

/* One round. */

static bool is_threads(const struct rehearsal *rehearsal)
{
    return rehearsal->options.scenario->store.services == STORE_SERVICES_THREADS;
}

static void record_begin(void *arg, const struct disk_call *call)
{
    struct recorder *recorder = arg;
    atomic_fetch_add(&recorder->hits[call->point], 1);
    recorder->trace.begin(recorder->trace.arg, call);
    if (call->op == POINT_OP_SYNC && is_threads(recorder->rehearsal)) {
        /* As long as on a disk: what other threads do meanwhile is what such a run is for. */
        (void)usleep(SYNC_TAKES_US);
    }
    replica_begin(&recorder->replica, call, call->op, call->path);
}

static void record_end(void *arg, const struct disk_call *call, int64_t result)
{
    struct recorder *recorder = arg;
    const struct rehearsal *rehearsal = recorder->rehearsal;
    const struct fault *fault = NULL;
    enum recording_sync sync = RECORDING_SYNC_GOOD;
    recorder->trace.end(recorder->trace.arg, call, result);
    if (call->op == POINT_OP_SYNC) {
        /* Its own hit: syncs of one point do not overlap. */
        sync = rehearse_sync_planned(rehearsal, rehearsal->shared->round, call->point,
                                     atomic_load(&recorder->hits[call->point]), &fault);
    }
    replica_end(&recorder->replica, call, call->op, call->path, result, sync);
    if (fault != NULL && fault->kind == FAULT_SYNC_EIO && fault->arg == FAULT_SYNC_LATE) {
        image_fail_sync(rehearsal->cached, call->path);
    }
}

/* What libfiu does of a round; deaths come from the recording, lies from the memory disk. */
static void arm_faults(struct rehearsal *rehearsal, uint32_t round)
{
    struct plan_round armed;
    memset(&armed, 0, sizeof(armed));
    if (round < rehearsal->plan.round_count) {
        const struct plan_round *planned = &rehearsal->plan.rounds[round];
        for (uint32_t i = 0; i < planned->hit_count; i++) {
            if (!is_death(&planned->hits[i].fault)) {
                armed.hits[armed.hit_count++] = planned->hits[i];
            }
        }
    }
    arm_round(&rehearsal->shared->arm, &armed);
}

static enum shared_exit drive(struct rehearsal *rehearsal, struct driver *driver, struct disk *disk,
                              struct err *err)
{
    if (driver_open(driver, disk, err) < 0) {
        return SHARED_EXIT_OPEN_FAILED;
    }
    if (!rehearsal->is_over) {
        return driver_run(driver, err);
    }
    int r = driver_settle(driver, err);
    enum shared_exit failed = r == -ETIMEDOUT ? SHARED_EXIT_HUNG : SHARED_EXIT_BROKEN;
    return r < 0 ? failed : SHARED_EXIT_DONE;
}

static int open_disk(struct rehearsal *rehearsal, const struct disk_observer *observer,
                     struct disk **ret_disk)
{
    bool faults = rehearsal->shared->arm.fault_count > 0;
    return is_threads(rehearsal) ? image_disk_locked(rehearsal->cached, faults, observer, ret_disk)
                                 : image_disk(rehearsal->cached, faults, observer, ret_disk);
}

/* The store's life in a round, to its end. */
static int live_round(struct rehearsal *rehearsal, enum shared_exit *ret_exit, struct err *err)
{
    struct shared *shared = rehearsal->shared;
    const struct rehearse_options *options = &rehearsal->options;
    struct recorder recorder = {.rehearsal = rehearsal,
                                .trace = trace_observer(rehearsal->trace, NULL)};
    struct watch watch = {.ledger = shared->ledger,
                          .enospc_seen = &shared->enospc_seen,
                          .next = {&recorder, record_begin, record_end}};
    struct driver driver;
    struct weave weave;
    struct disk *disk = NULL;
    int r = driver_init(&driver, options->scenario, options->workload, options->seed, shared);
    weave_init(&weave, &driver, options->interleaving, options->preemptions);
    weave.inner = watch_observer(&watch);
    if (r == 0) {
        struct disk_observer observer =
            options->preemptions > 0 ? weave_observer(&weave) : weave.inner;
        r = open_disk(rehearsal, &observer, &disk);
    }
    if (r == 0) {
        replica_init(&recorder.replica, rehearsal->cached, rehearse_sync_tracks_reverts(rehearsal));
        driver.journal = rehearsal->trace;
        arm_set_active(&shared->arm, true);
        *ret_exit = drive(rehearsal, &driver, disk, err);
        arm_set_active(&shared->arm, false);
    }
    driver_done(&driver);
    disk_free(disk);
    r = r < 0 ? r : recorder.replica.status;
    r = r < 0 ? r : trace_status(rehearsal->trace);
    replica_done(&recorder.replica);
    return r < 0 ? err_set(err, r, "record a round: %s", err_name(r)) : 0;
}

/* What comes of the plan's hits. */

/* The entry of a hit of the round that was recorded last; -1: it was not reached. */
static int64_t find_hit(const struct rehearsal *rehearsal, uint32_t round,
                        const struct plan_hit *hit)
{
    struct trace_entry entry;
    for (size_t i = trace_count(rehearsal->trace); i > 0; i--) {
        trace_get(rehearsal->trace, i - 1, &entry);
        if (entry.round != round) {
            break;
        }
        if (!entry.is_note && entry.point == hit->point && entry.hit == hit->hit) {
            return (int64_t)i - 1;
        }
    }
    return -1;
}

/* The ended operation of an entry; trace_done_count() when it never ended. */
static size_t find_done(const struct trace *trace, size_t index)
{
    for (size_t n = trace_done_count(trace); n > 0; n--) {
        if (trace_done_index(trace, n - 1) == index) {
            return n - 1;
        }
    }
    return trace_done_count(trace);
}

static int refuse_hit(const struct plan_hit *hit, uint32_t round, struct err *err)
{
    return err_set(err, ERR_USAGE, "%s:%u is not reached in round %u", point_name(hit->point),
                   hit->hit, round + 1);
}

/* Finds every hit of the round, and the death among them (NULL: none).  None may come after it. */
static int check_hits(struct rehearsal *rehearsal, uint32_t round,
                      const struct plan_hit **ret_death, size_t *ret_index, struct err *err)
{
    const struct plan_round *planned = &rehearsal->plan.rounds[round];
    int64_t last = -1;
    const struct plan_hit *last_hit = NULL;
    *ret_death = NULL;
    for (uint32_t i = 0; i < planned->hit_count; i++) {
        const struct plan_hit *hit = &planned->hits[i];
        int64_t index = find_hit(rehearsal, round, hit);
        if (index < 0) {
            return refuse_hit(hit, round, err);
        }
        if (is_death(&hit->fault) && (*ret_death == NULL || index < (int64_t)*ret_index)) {
            *ret_death = hit;
            *ret_index = (size_t)index;
        }
        if (index >= last) {
            last = index;
            last_hit = hit;
        }
    }
    if (*ret_death != NULL && last > (int64_t)*ret_index) {
        return refuse_hit(last_hit, round, err);
    }
    if (*ret_death == NULL && last >= 0) {
        rehearsal->first_done = find_done(rehearsal->trace, (size_t)last);
    }
    return 0;
}

void rehearse_rebase(struct rehearsal *rehearsal, struct image *image, uint32_t round)
{
    struct shared *shared = rehearsal->shared;
    image_free(rehearsal->base);
    rehearsal->base = image;
    trace_clear(rehearsal->trace);
    rehearsal->first_round = round;
    rehearsal->first_done = 0;
    rehearsal->start.state = (struct journal_state){
        .now_ms = atomic_load(&shared->now_ms),
        .events = atomic_load(&shared->events),
        .round = round,
        .next_step = atomic_load(&shared->next_step),
    };
    memcpy(rehearsal->start.ledger, shared->ledger, rehearse_ledger_size_bytes(rehearsal));
    rehearse_state_reset(rehearsal);
}

static int lose_power_at(struct rehearsal *rehearsal, const struct loss *loss, size_t done,
                         struct image **ret_image, struct err *err)
{
    const struct recording recording = rehearse_recording(rehearsal);
    struct persist *persist = NULL;
    int r = persist_new(&recording, loss->model, &persist, err);
    if (r == 0) {
        r = persist_seek(persist, done, err);
    }
    if (r == 0 && (loss->item_count != persist_item_count(persist) ||
                   !persist_loss_is_legal(persist, loss))) {
        r = err_set(err, ERR_USAGE,
                    "the power loss is not one that the model '%s' allows there: %u of %u items",
                    loss_model_name(loss->model), loss->item_count, persist_item_count(persist));
    }
    if (r == 0) {
        r = persist_loss_image(persist, loss, ret_image, err);
    }
    persist_free(persist);
    return r;
}

static int lose_power(struct rehearsal *rehearsal, const struct plan_hit *hit, size_t index,
                      uint32_t round, struct err *err)
{
    size_t done = find_done(rehearsal->trace, index);
    struct rehearse_state state = {0};
    struct image *image = NULL;
    int r = lose_power_at(rehearsal, &hit->fault.loss, done, &image, err);
    if (r == 0) {
        r = rehearse_state(rehearsal, done, &state, NULL, err);
    }
    if (r == 0) {
        r = rehearse_state_take(rehearsal, done, err);
    }
    if (r < 0) {
        image_free(image);
        return r;
    }
    rehearse_state_waive(rehearsal, rehearsal->shared->ledger, state.promised_end, state.is_lied);
    rehearse_rebase(rehearsal, image, round + 1);
    return 0;
}

/* The round ends there: the next goes on from what the recording has up to it. */
static int die(struct rehearsal *rehearsal, const struct plan_hit *hit, size_t index,
               uint32_t round, struct err *err)
{
    struct trace *trace = rehearsal->trace;
    int r = 0;
    if (hit->fault.kind == FAULT_POWER_LOSS) {
        r = lose_power(rehearsal, hit, index, round, err);
    } else if (hit->fault.kind == FAULT_KILL) {
        trace_cut(trace, index);
    } else {
        trace_cut_after(trace, index, hit->fault.kind == FAULT_TORN ? hit->fault.arg : UINT64_MAX);
    }
    if (r < 0) {
        return r;
    }
    rehearse_state_reset(rehearsal);
    rehearsal->first_done = trace_done_count(trace);
    rehearsal->cached = image_free(rehearsal->cached);
    r = rehearse_state_image(rehearsal, trace_done_count(trace), &rehearsal->cached, err);
    return r < 0 ? r : rehearse_state_take(rehearsal, trace_done_count(trace), err);
}

/* All rounds. */

enum next { NEXT_ROUND, NEXT_END };

static int judge_exit(struct rehearsal *rehearsal, uint32_t round, enum shared_exit exit,
                      enum next *ret_next, struct err *err)
{
    bool is_planned = round + 1 < rehearsal->plan.round_count;
    *ret_next = NEXT_ROUND;
    switch (exit) {
    case SHARED_EXIT_HUNG:
        return -ETIMEDOUT;
    case SHARED_EXIT_BROKEN:
        return ERR_BROKEN;
    case SHARED_EXIT_OPEN_FAILED:
        /* Excused by an error that was injected; else nothing opens it any more. */
        if (!arm_has_errno_fired(&rehearsal->shared->arm)) {
            *ret_next = NEXT_END;
            return is_planned ? err_wrap(err, ERR_USAGE, "round %u does not open", round + 1) : 0;
        }
        return 0;
    case SHARED_EXIT_DONE:
        if (rehearsal->is_over && !is_planned) {
            *ret_next = NEXT_END;
        }
        rehearsal->is_over = true;
        return 0;
    case SHARED_EXIT_RESTART:
    case SHARED_EXIT_TERMINATED:
        break;
    }
    return 0;
}

static int run_round(struct rehearsal *rehearsal, uint32_t round, enum next *ret_next,
                     struct err *err)
{
    struct shared *shared = rehearsal->shared;
    const struct plan_hit *death = NULL;
    enum shared_exit exit = SHARED_EXIT_BROKEN;
    size_t index = 0;
    int r = rehearse_before(rehearsal, round, err);
    if (r < 0) {
        return r;
    }
    rehearsal->round_done = trace_done_count(rehearsal->trace);
    shared->round = round;
    shared->ledger->round = round;
    ledger_begin_round(shared->ledger);
    trace_note(rehearsal->trace, TRACE_NOTE_ROUND, round, 0);
    arm_faults(rehearsal, round);
    r = live_round(rehearsal, &exit, err);
    if (r == 0 && round < rehearsal->plan.round_count) {
        r = check_hits(rehearsal, round, &death, &index, err);
    }
    if (r < 0) {
        return r;
    }
    if (death != NULL) {
        *ret_next = NEXT_ROUND;
        return die(rehearsal, death, index, round, err);
    }
    return judge_exit(rehearsal, round, exit, ret_next, err);
}

static void forget(struct rehearsal *rehearsal)
{
    struct shared *shared = rehearsal->shared;
    atomic_store(&shared->now_ms, rehearsal->options.scenario->start_ms);
    atomic_store(&shared->events, 0);
    atomic_store(&shared->next_step, 0);
    atomic_store(&shared->enospc_seen, 0);
    atomic_store(&shared->arm.enospc_injected, 0);
    shared->round = 0;
    ledger_reset(shared->ledger, rehearsal->options.scenario, rehearsal->message_capacity,
                 rehearsal->options.seed);
    rehearsal->is_over = false;
    rehearsal->is_at_rest = false;
    rehearsal->round_done = 0;
}

static bool needs_libfiu(const struct plan *plan)
{
    for (uint32_t r = 0; r < plan->round_count; r++) {
        for (uint32_t i = 0; i < plan->rounds[r].hit_count; i++) {
            if (!is_death(&plan->rounds[r].hits[i].fault)) {
                return true;
            }
        }
    }
    return false;
}

/* What ends a process in ways that a recording does not have. */
static int check_plan(const struct plan *plan, struct err *err)
{
    for (uint32_t r = 0; r < plan->round_count; r++) {
        for (uint32_t i = 0; i < plan->rounds[r].hit_count; i++) {
            const struct fault *fault = &plan->rounds[r].hits[i].fault;
            if (fault->kind == FAULT_POD_KILL ||
                (fault->kind == FAULT_POWER_LOSS && !fault->loss.has_choice)) {
                return err_set(err, ERR_USAGE, "'%s' cannot be rehearsed",
                               fault_kind_name(fault->kind));
            }
        }
    }
    return 0;
}

static int come_to_rest(struct rehearsal *rehearsal, uint32_t round, struct err *err)
{
    int r = rehearse_before(rehearsal, round, err);
    struct image *image = r < 0 ? NULL : image_clone(rehearsal->cached);
    if (r == 0 && image == NULL) {
        r = err_set(err, -ENOMEM, "out of memory for an image");
    }
    if (r == 0) {
        rehearse_rebase(rehearsal, image, round);
        rehearsal->is_at_rest = true;
    }
    return r;
}

static int run_rounds(struct rehearsal *rehearsal, struct err *err)
{
    enum next next = NEXT_ROUND;
    for (uint32_t round = 0; round < ROUNDS_MAX; round++) {
        if (round == rehearsal->rest_round) {
            return come_to_rest(rehearsal, round, err);
        }
        int r = run_round(rehearsal, round, &next, err);
        if (r == 0 && next == NEXT_END && rehearsal->rest_round != UINT32_MAX) {
            r = err_set(err, ERR_USAGE, "round %u is never begun", rehearsal->rest_round + 1);
        }
        if (r < 0 || next == NEXT_END) {
            return r < 0 ? err_wrap(err, r, "rehearse") : 0;
        }
    }
    return err_set(err, -ETIMEDOUT, "rehearse: more than %u rounds", ROUNDS_MAX);
}

/* Numbers beside a note are indexes here, and may come from a damaged file. */
static bool is_note_valid(const struct rehearsal *rehearsal, const struct trace_entry *entry)
{
    const int64_t *values = entry->values;
    int64_t limit = INT64_MAX;
    switch (entry->note) {
    case TRACE_NOTE_ACKED:
        if (values[1] < 0 || values[1] >= STORE_PUT_STATUS_COUNT) {
            return false;
        }
        limit = rehearsal->options.workload->message_count;
        break;
    case TRACE_NOTE_SENT:
    case TRACE_NOTE_CUT:
        limit = rehearsal->options.workload->message_count;
        break;
    case TRACE_NOTE_COMMITTED:
    case TRACE_NOTE_CUT_MAX:
    case TRACE_NOTE_MAX:
        limit = rehearsal->start.ledger->queue_count;
        break;
    case TRACE_NOTE_EVENT:
        limit = EVENT_COUNT;
        break;
    case TRACE_NOTE_ROUND:
        limit = ROUNDS_MAX;
        break;
    case TRACE_NOTE_STEP:
        limit = (int64_t)rehearsal->options.workload->step_count + 1;
        break;
    case TRACE_NOTE_OPENED:
    case TRACE_NOTE_CLOSED:
    case TRACE_NOTE_PERSISTED:
    case TRACE_NOTE_EXPIRY:
    case TRACE_NOTE_TAMPERED:
    case TRACE_NOTE_CLOCK:
    case TRACE_NOTE_COUNT:
        return true;
    }
    return values[0] >= 0 && values[0] < limit;
}

static int check_notes(const struct rehearsal *rehearsal, struct err *err)
{
    for (size_t i = 0; i < trace_count(rehearsal->trace); i++) {
        struct trace_entry entry;
        trace_get(rehearsal->trace, i, &entry);
        if (entry.is_note && !is_note_valid(rehearsal, &entry)) {
            return err_set(err, ERR_CORRUPT,
                           "entry %zu of the trace ('%s' %lld) is not of this scenario", i,
                           trace_note_name(entry.note), (long long)entry.values[0]);
        }
    }
    return 0;
}

int rehearse_adopt(struct rehearsal *rehearsal, const struct trace *trace, struct err *err)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    struct image *empty = image_new();
    if (empty == NULL) {
        return err_set(err, -ENOMEM, "out of memory for a rehearsal");
    }
    memset(&rehearsal->plan, 0, sizeof(rehearsal->plan));
    forget(rehearsal);
    rehearse_rebase(rehearsal, empty, 0);
    int r = trace_file_pack(trace, &data, &size_bytes, err);
    if (r == 0) {
        r = trace_file_unpack(rehearsal->trace, data, size_bytes, err);
    }
    free(data);
    if (r == 0) {
        r = check_notes(rehearsal, err);
    }
    if (r < 0) {
        trace_clear(rehearsal->trace);
    }
    return r;
}

static int run_plan(struct rehearsal *rehearsal, const struct plan *plan, uint32_t rest_round,
                    struct err *err)
{
    struct arm_registration *registration = NULL;
    struct image *empty = image_new();
    int r = check_plan(plan, err);
    rehearsal->cached = image_free(rehearsal->cached);
    rehearsal->cached = image_new();
    if (r < 0 || empty == NULL || rehearsal->cached == NULL) {
        image_free(empty);
        return r < 0 ? r : err_set(err, -ENOMEM, "out of memory for a rehearsal");
    }
    rehearsal->plan = *plan;
    rehearsal->rest_round = rest_round;
    forget(rehearsal);
    rehearse_rebase(rehearsal, empty, 0);
    if (needs_libfiu(plan)) {
        r = arm_register(&rehearsal->shared->arm, &registration, err);
    }
    if (r == 0) {
        r = run_rounds(rehearsal, err);
    }
    arm_unregister(registration);
    rehearse_state_reset(rehearsal);
    return r;
}

int rehearse_run(struct rehearsal *rehearsal, const struct plan *plan, struct err *err)
{
    return run_plan(rehearsal, plan, UINT32_MAX, err);
}

int rehearse_rest(struct rehearsal *rehearsal, const struct plan *plan, uint32_t round,
                  struct err *err)
{
    return run_plan(rehearsal, plan, round, err);
}
