/* Restart, judge, restart again, go on, judge again. */
#include "harness/drive/protocol.h"

#include "harness/drive/contest.h"
#include "harness/drive/protocol_memory.h"
#include "harness/drive/watch.h"
#include "harness/power/disk/dir_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* One run of the protocol. */
struct session {
    const struct protocol *protocol;
    struct shared_restart *restart;
    struct ending *ending; /* of the case */
    struct judge_context context;
    struct place place;
    struct judge_state *crashed;
    struct judge_state *recovered;
    struct judge_state *again; /* the memory of `crashed`, which ends with the first open */
    struct driver *driver;
    struct disk *disk;
    struct watch watch;
    /* With a memo: */
    uint64_t disk_hash; /* of the recovered store */
    uint64_t key;
    struct protocol_memo_note expected; /* when ending->is_rechecked */
};

static int read_state(struct session *session, struct judge_state *state, struct err *err)
{
    struct view view = place_view(&session->place);
    int r = judge_read(state, &view, &session->protocol->scenario->store, err);
    return r < 0 ? err_wrap(err, r, "read the store") : 0;
}

/* A disk that the watch observes, and after it the audit, if there is one. */
static int make_disk(struct session *session, struct err *err)
{
    struct ledger *ledger = session->protocol->shared->ledger;
    session->watch = (struct watch){.ledger = ledger,
                                    .enospc_seen = &session->protocol->shared->enospc_seen,
                                    .denied = &session->protocol->shared->denied,
                                    .report = &session->restart->report,
                                    .order = session->protocol->shared->order,
                                    .scenario = session->protocol->scenario,
                                    .now_ms = &session->protocol->shared->now_ms};
    if (session->protocol->outer != NULL) {
        session->watch.next = *session->protocol->outer;
    }
    struct disk_observer observer = watch_observer(&session->watch);
    int r = place_disk(&session->place, &observer, &session->disk);
    return r < 0 ? err_set(err, r, "open the place of the case") : 0;
}

static bool is_rotten(const struct session *session)
{
    return atomic_load(&session->protocol->shared->ledger->was_rotten) != 0;
}

/* Opens the store; not opening is a finding, and the protocol ends there.  Of files that decayed a
 * refusal is right, if it says why. */
static bool open_store(struct session *session, const char *when)
{
    struct err err = ERR_INIT;
    struct driver *driver = session->driver;
    order_round(session->protocol->shared->order);
    if (session->protocol->journal != NULL) {
        trace_note(session->protocol->journal, TRACE_NOTE_ROUND,
                   session->protocol->shared->round + session->restart->opened, 0);
    }
    int r = driver_open(driver, &session->place, session->disk, &err);
    if (r < 0) {
        if (is_rotten(session) && err.text[0] != '\0') {
            return false;
        }
        judge_report_add(&session->restart->report, MECHANISM_OPEN_REFUSED, "", 0,
                         "%s: the store does not open: %s", when, err.text);
        return false;
    }
    session->restart->opened++;
    return true;
}

/* Step 2 with the hits of recovery counted, and writes below the mark watched. */
static bool open_first(struct session *session)
{
    struct shared *shared = session->protocol->shared;
    bool is_armed = session->place.image == NULL;
    if (is_armed) {
        arm_round(&shared->arm, NULL);
        arm_set_active(&shared->arm, true);
    }
    session->watch.crashed = judge_mark(session->crashed) == UINT64_MAX ? NULL : session->crashed;
    bool opened = open_store(session, "after the crash");
    session->watch.crashed = NULL;
    for (uint32_t i = 0; is_armed && i < POINTS_MAX; i++) {
        session->restart->recovery_hits[i] = atomic_load(&shared->arm.hits[i]);
    }
    return opened;
}

/* What the open store serves. */
static void judge_served(struct session *session, const struct judge_state *state)
{
    struct judge_report *report = &session->restart->report;
    const struct served served = target_served(&session->driver->target);
    if (is_rotten(session)) {
        judge_rot_reads(&session->context, state, &served, report);
    } else {
        judge_reads(state, &served, report);
    }
}

/* Lets the open store finish its work and reads what it has then. */
static int settle_and_read(struct session *session, struct judge_state *state, struct err *err)
{
    int r = driver_settle(session->driver, err);
    return r < 0 ? r : read_state(session, state, err);
}

/* Files first, then what is served of them: a read that is wrong because the files are is told
 * after its cause. */
static int judge_now(struct session *session, struct judge_state *state, struct err *err)
{
    int r = settle_and_read(session, state, err);
    if (r < 0) {
        return r;
    }
    judge_check(&session->context, state, &session->restart->report);
    judge_served(session, state);
    return 0;
}

/* Reads the recovered store, unless an equal one was read before. */
static int take_recovered(struct session *session, uint64_t hash, struct err *err)
{
    struct protocol_memory *memory = session->protocol->memory;
    struct protocol_kept *kept = protocol_memory_find(memory, hash);
    if (kept->used == 0) {
        if (kept->state == NULL) {
            kept->state = judge_state_new_beside(memory->recovered);
        }
        if (kept->state == NULL) {
            return err_set(err, -ENOMEM, "out of memory for the oracle");
        }
        int r = read_state(session, kept->state, err);
        if (r < 0) {
            return r;
        }
        kept->hash = hash;
    }
    kept->used = ++memory->use_count;
    session->recovered = kept->state;
    return 0;
}

/* Step 3, as far as the files and the ledger show it. */
static int judge_recovered(struct session *session, struct err *err)
{
    struct shared_restart *restart = session->restart;
    int r = driver_settle(session->driver, err);
    if (r < 0) {
        return r;
    }
    if (session->protocol->memo == NULL) {
        r = read_state(session, session->recovered, err);
    } else {
        session->disk_hash = image_hash(session->place.image);
        const struct protocol_memo_subject subject = {
            .scenario = session->protocol->scenario,
            .seed = session->protocol->seed,
            .shared = session->protocol->shared,
            .target = &session->driver->target,
            .image = session->place.image,
            .is_blind = session->protocol->is_memo_blind,
        };
        r = protocol_memo_key(&subject, session->disk_hash, &session->key);
        if (r < 0) {
            return err_set(err, r, "out of memory for the key of a recovered store");
        }
        r = take_recovered(session, session->disk_hash, err);
    }
    if (r < 0) {
        return r;
    }
    judge_check(&session->context, session->recovered, &restart->report);
    session->ending->found_count = judge_record_count(session->recovered);
    return 0;
}

/* Whether the rest can be left out: an equal store was clean to the end, and this one is so far. */
static bool is_known_clean(struct session *session)
{
    struct protocol_memo *memo = session->protocol->memo;
    struct shared_restart *restart = session->restart;
    if (memo == NULL || restart->report.violated != 0 ||
        !protocol_memo_find(memo, session->key, &session->expected)) {
        return false;
    }
    if (protocol_memo_is_due(memo, session->disk_hash)) {
        session->ending->is_rechecked = true;
        return false;
    }
    session->ending->is_reused = true;
    session->ending->recovered_crc = session->expected.recovered_crc;
    restart->step = 5;
    restart->opened = 3;
    atomic_fetch_or(&session->protocol->shared->events, session->expected.events);
    return true;
}

/* Keeps a clean run, or holds it against the one that was kept. */
static int note_run(struct session *session, uint64_t events, struct err *err)
{
    const struct shared_restart *restart = session->restart;
    const struct protocol_memo_note note = {events, session->ending->found_count,
                                            session->ending->recovered_crc};
    bool is_clean = restart->report.violated == 0 && restart->opened == 3 &&
                    judge_same_is_extended(session->recovered, session->again, WORKLOAD_PROBES);
    if (!session->ending->is_rechecked) {
        if (is_clean) {
            protocol_memo_add(session->protocol->memo, session->key, &note);
        }
        return 0;
    }
    bool is_same = is_clean && note.events == session->expected.events &&
                   note.found_count == session->expected.found_count &&
                   note.recovered_crc == session->expected.recovered_crc;
    return is_same ? 0
                   : err_set(err, ERR_BROKEN,
                             "unsound reuse: a recovered store equal to a clean one was judged "
                             "otherwise: %.300s",
                             restart->report.text);
}

static int judge_again(struct session *session, struct err *err)
{
    int r = read_state(session, session->again, err);
    if (r < 0) {
        return r;
    }
    judge_same(session->recovered, session->again, &session->restart->report);
    return 0;
}

/* Step 4: a second restart without traffic.  A target that recovers and closes in one is opened for
 * step 5 afterwards. */
static int judge_idempotent(struct session *session, struct err *err)
{
    struct err refusal = ERR_INIT;
    target_kill(&session->driver->target);
    int r = driver_recover(session->driver, &session->place, &refusal);
    if (r == 0) {
        r = judge_again(session, err);
        if (r == 0) {
            (void)open_store(session, "third restart");
        }
        return r;
    }
    if (r != -ENOSYS) {
        judge_report_add(&session->restart->report, MECHANISM_OPEN_REFUSED, "", 0,
                         "second restart: the store does not recover: %s", refusal.text);
        return 0;
    }
    if (!open_store(session, "second restart")) {
        return 0;
    }
    r = driver_settle(session->driver, err);
    if (r < 0) {
        return r;
    }
    return judge_again(session, err);
}

/* A store that opens and takes no put has not started; an offset that is not the queue's max
 * would leave a hole or be given out twice. */
static void judge_probe(struct session *session, uint32_t index, int64_t max_before)
{
    struct judge_report *report = &session->restart->report;
    const struct ledger_message *message = &session->protocol->shared->ledger->messages[index];
    if (atomic_load(&message->done_seq) == 0 || message->status != STORE_PUT_OK) {
        judge_report_add(report, MECHANISM_PUT_REFUSED, "", 0,
                         "a put after the restart was answered %s, expected PUT_OK",
                         atomic_load(&message->done_seq) == 0
                             ? "not at all"
                             : types_put_status_name((enum store_put_status)message->status));
        return;
    }
    if (message->queue_offset != max_before) {
        judge_report_add(report, MECHANISM_NEXT_OFFSET, "", 0,
                         "the next queueOffset given out is %" PRId64 ", expected max %" PRId64,
                         message->queue_offset, max_before);
    }
}

static int put_probe(struct session *session, uint32_t index, struct err *err)
{
    const struct protocol *protocol = session->protocol;
    struct workload_message *message = &session->driver->message;
    if (workload_message_make(protocol->scenario, protocol->workload, protocol->seed, index,
                              message) < 0) {
        return err_set(err, ERR_BROKEN, "out of memory for a probe message");
    }
    int64_t max = target_max_offset(&session->driver->target, message->message.topic,
                                    message->message.queue_id);
    int r = driver_put(session->driver, index, err);
    if (r < 0) {
        return r;
    }
    r = driver_settle(session->driver, err);
    if (r < 0) {
        return r;
    }
    r = driver_drain(session->driver, err);
    if (r < 0) {
        return r;
    }
    judge_probe(session, index, max);
    return 0;
}

/* Step 5: the store must go on. */
static int put_probes(struct session *session, struct err *err)
{
    for (uint32_t i = 0; i < WORKLOAD_PROBES; i++) {
        int r = put_probe(session, session->protocol->workload->message_count + i, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* For a person to look at, or for another store to open. */
static int keep_stopped(const struct session *session, struct err *err)
{
    const struct place *place = &session->place;
    uint64_t hash = 0;
    if (place->keep_dir == NULL) {
        return 0;
    }
    int r = dir_tree_keep(place->dir_fd, place->keep_dir, "stopped", &hash);
    return r < 0 ? err_set(err, r, "the stopped store could not be kept: %s", strerror(-r)) : 0;
}

static int judge_going_on(struct session *session, struct err *err)
{
    int r = session->protocol->is_contested
                ? contest_judge_store(session->protocol, &session->restart->report, err)
                : 0;
    if (r < 0) {
        return r;
    }
    r = put_probes(session, err);
    if (r < 0) {
        return r;
    }
    struct err stop_err = ERR_INIT;
    if (target_stop(&session->driver->target, &stop_err) < 0) {
        judge_report_add(&session->restart->report, MECHANISM_STOP_FAILED, "", 0,
                         "a clean stop after the restart failed: %s", stop_err.text);
    }
    r = keep_stopped(session, err);
    if (r < 0) {
        return r;
    }
    if (!open_store(session, "after the clean stop")) {
        return 0;
    }
    return judge_now(session, session->again, err);
}

static void judge_events(struct session *session)
{
    uint64_t events = atomic_load(&session->protocol->shared->events);
    uint64_t forbidden = events & session->protocol->scenario->forbid;
    for (uint32_t i = 0; i < EVENT_COUNT; i++) {
        if ((forbidden & (UINT64_C(1) << i)) != 0) {
            judge_report_add(&session->restart->report, MECHANISM_EVENT_FORBIDDEN, "", 0,
                             "the store logged '%s': %s", event_name((enum event)i),
                             event_help((enum event)i));
        }
    }
}

/* Steps 3, from the reads on, to 5. */
static int judge_rest(struct session *session, struct err *err)
{
    struct shared_restart *restart = session->restart;
    judge_served(session, session->recovered);
    judge_report_mark(&restart->report);
    session->ending->recovered_crc = judge_state_crc(session->recovered);
    restart->step = 4;
    int r = judge_idempotent(session, err);
    judge_report_mark(&restart->report);
    if (r < 0 || !target_is_open(&session->driver->target)) {
        return r;
    }
    restart->step = 5;
    return judge_going_on(session, err);
}

static int judge_and_note_rest(struct session *session, struct err *err)
{
    struct shared *shared = session->protocol->shared;
    uint64_t before = atomic_exchange(&shared->events, 0);
    int r = judge_rest(session, err);
    uint64_t events = atomic_fetch_or(&shared->events, before);
    return r < 0 ? r : note_run(session, events, err);
}

static int run_steps(struct session *session, struct err *err)
{
    struct shared_restart *restart = session->restart;
    restart->step = 1;
    int r = read_state(session, session->crashed, err);
    if (r < 0) {
        return r;
    }
    session->context.is_crashed = true;
    judge_check(&session->context, session->crashed, &restart->report);
    session->context.is_crashed = false;
    judge_report_mark(&restart->report);
    restart->step = 2;
    if (!open_first(session)) {
        return 0;
    }
    restart->step = 3;
    r = judge_recovered(session, err);
    judge_report_mark(&restart->report);
    if (r < 0 || is_known_clean(session)) {
        return r;
    }
    return session->protocol->memo == NULL ? judge_rest(session, err)
                                           : judge_and_note_rest(session, err);
}

/* The store is closed as by a kill; buffers stay with the memory. */
static void session_done(struct session *session)
{
    if (session->protocol->memory->has_driver) {
        target_kill(&session->driver->target);
    }
    session->disk = disk_free(session->disk);
}

/* The driver's buffers outlive a run, and its first run makes them. */
static int begin_driver(struct session *session)
{
    const struct protocol *protocol = session->protocol;
    struct protocol_memory *memory = protocol->memory;
    if (memory->has_driver) {
        return driver_begin(&memory->driver, protocol->scenario, protocol->workload, protocol->seed,
                            protocol->shared);
    }
    int r = driver_init(&memory->driver, protocol->scenario, protocol->workload, protocol->seed,
                        protocol->shared);
    memory->has_driver = r == 0;
    return r;
}

/* What a round before has found stays in the ending. */
static void clear(struct shared *shared)
{
    struct shared_restart *restart = &shared->restart;
    atomic_store(&restart->is_complete, 0);
    restart->step = 0;
    restart->opened = 0;
    judge_report_clear(&restart->report);
    shared->ending.found_count = 0;
    shared->ending.recovered_crc = 0;
    shared->ending.is_reused = false;
    shared->ending.is_rechecked = false;
}

static int session_init(struct session *session, const struct protocol *protocol, struct err *err)
{
    memset(session, 0, sizeof(*session));
    session->protocol = protocol;
    session->restart = &protocol->shared->restart;
    session->ending = &protocol->shared->ending;
    session->context = (struct judge_context){
        .scenario = protocol->scenario,
        .workload = protocol->workload,
        .ledger = protocol->shared->ledger,
        .seed = protocol->seed,
        .is_promise_bounded = protocol->is_power_loss,
        .promised_end = protocol->promised_end,
        .is_lied = protocol->is_lied,
    };
    session->place = protocol->place;
    if (session->place.dir_view == NULL) {
        session->place.dir_view = protocol->memory->dir_view;
    }
    session->driver = &protocol->memory->driver;
    session->recovered = protocol->memory->recovered;
    session->crashed = protocol->memory->crashed;
    session->again = session->crashed;
    if (begin_driver(session) < 0) {
        return err_set(err, -ENOMEM, "out of memory for the restart protocol");
    }
    session->driver->scheduler.journal = protocol->journal;
    return make_disk(session, err);
}

/* What was found is how the case ended. */
static void conclude(const struct session *session)
{
    struct shared_restart *restart = session->restart;
    struct judge_report *report = &restart->report;
    judge_report_mark(report);
    if (session->protocol->shared->order != NULL) {
        (void)order_report(session->protocol->shared->order, report);
    }
    ending_judge(session->ending, report->mechanisms, report->first, report->places, report->text,
                 restart->opened > 0);
    session->ending->checked = restart->step == 5 || session->ending->violated != 0;
    atomic_store(&restart->is_complete, 1);
}

/* Events are judged last: the protocol's own restarts log some, too. */
static int run_session(struct session *session, const struct protocol *protocol, struct err *err)
{
    int r = session_init(session, protocol, err);
    if (r < 0) {
        return r;
    }
    r = run_steps(session, err);
    int fate = driver_fate(session->driver, err);
    if (r < 0 || fate < 0) {
        return fate < 0 ? fate : r;
    }
    judge_events(session);
    return 0;
}

int protocol_run(const struct protocol *protocol, struct err *err)
{
    struct session session;
    clear(protocol->shared);
    if (atomic_load(&protocol->shared->ledger->was_rotten) != 0) {
        protocol->shared->restart.report.ignored = ~(uint32_t)JUDGE_ROTTEN_PROPERTIES;
    }
    int r = run_session(&session, protocol, err);
    session_done(&session);
    if (r < 0) {
        return r;
    }
    conclude(&session);
    return 0;
}
