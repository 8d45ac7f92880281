/* Restart, judge, restart again, go on, judge again. */
#include "harness/run/protocol.h"

#include "harness/run/dir_view.h"
#include "harness/run/watch.h"
#include "store/disk_posix.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One run of the protocol, in a process of its own. */
struct session {
    const struct protocol *protocol;
    struct shared_verdict *verdict;
    struct judge_context context;
    struct judge_state *crashed;
    struct judge_state *recovered; /* the caller's */
    struct judge_state *again;     /* the memory of `crashed`, which ends with the first open */
    struct dir_view *dir_view;
    struct driver driver;
    struct disk *disk;
    struct watch watch;
};

static int read_state(struct session *session, struct judge_state *state, struct err *err)
{
    dir_view_reset(session->dir_view, session->protocol->dir_fd);
    struct view view = dir_view_view(session->dir_view);
    int r = judge_read(state, &view, &session->protocol->scenario->store, err);
    return r < 0 ? err_wrap(err, r, "read the store") : 0;
}

static int make_disk(struct session *session, struct err *err)
{
    struct ledger *ledger = session->protocol->shared->ledger;
    session->watch = (struct watch){ledger,
                                    &session->protocol->shared->enospc_seen,
                                    NULL,
                                    &session->verdict->report,
                                    {NULL, NULL, NULL}};
    if (session->protocol->outer != NULL) {
        session->watch.next = *session->protocol->outer;
    }
    struct disk_observer observer = watch_observer(&session->watch);
    int r = disk_posix_new(session->protocol->dir_fd, true, &observer, &session->disk);
    return r < 0 ? err_set(err, r, "open the directory of the case") : 0;
}

/* Opens the store; not opening is a finding, and the protocol ends there. */
static bool open_store(struct session *session, const char *when)
{
    struct err err = ERR_INIT;
    struct driver *driver = &session->driver;
    int r = driver_open(driver, session->disk, &err);
    if (r < 0) {
        driver->store = NULL;
        judge_report_add(&session->verdict->report, PROPERTY_STARTS, "", 0,
                         "%s: the store does not open: %s", when, err.text);
        return false;
    }
    session->verdict->opened++;
    return true;
}

static void close_as_killed(struct session *session)
{
    if (session->driver.store != NULL) {
        (void)store_close(session->driver.store, false, NULL);
        session->driver.store = NULL;
    }
}

/* Step 2 with the hits of recovery counted, and writes below the mark watched. */
static bool open_first(struct session *session)
{
    struct shared *shared = session->protocol->shared;
    arm_round(&shared->arm, NULL);
    arm_set_active(&shared->arm, true);
    session->watch.crashed = judge_mark(session->crashed) == UINT64_MAX ? NULL : session->crashed;
    bool opened = open_store(session, "after the crash");
    session->watch.crashed = NULL;
    for (uint32_t i = 0; i < POINT_COUNT; i++) {
        session->verdict->recovery_hits[i] = atomic_load(&shared->arm.hits[i]);
    }
    return opened;
}

static int judge_now(struct session *session, struct judge_state *state, struct err *err)
{
    int r = driver_settle(&session->driver, err);
    if (r < 0) {
        return r;
    }
    r = read_state(session, state, err);
    if (r < 0) {
        return r;
    }
    judge_check(&session->context, state, &session->verdict->report);
    judge_reads(state, session->driver.store, &session->verdict->report);
    return 0;
}

/* Step 4: a second restart without traffic. */
static int judge_idempotent(struct session *session, struct err *err)
{
    close_as_killed(session);
    if (!open_store(session, "second restart")) {
        return 0;
    }
    int r = driver_settle(&session->driver, err);
    if (r < 0) {
        return r;
    }
    r = read_state(session, session->again, err);
    if (r < 0) {
        return r;
    }
    judge_same(session->recovered, session->again, &session->verdict->report);
    return 0;
}

static void judge_probe(struct session *session, uint32_t index, int64_t max_before)
{
    struct judge_report *report = &session->verdict->report;
    const struct ledger_message *message = &session->protocol->shared->ledger->messages[index];
    if (atomic_load(&message->done_seq) == 0 || message->status != STORE_PUT_OK) {
        judge_report_add(report, PROPERTY_STARTS, "", 0,
                         "a put after the restart was answered %s, expected PUT_OK",
                         atomic_load(&message->done_seq) == 0
                             ? "not at all"
                             : store_put_status_name((enum store_put_status)message->status));
        return;
    }
    if (message->queue_offset != max_before) {
        judge_report_add(report, PROPERTY_BOUNDS, "", 0,
                         "the next queueOffset given out is %" PRId64 ", expected max %" PRId64,
                         message->queue_offset, max_before);
    }
}

/* Step 5: the store must go on. */
static int put_probes(struct session *session, struct err *err)
{
    const struct protocol *protocol = session->protocol;
    for (uint32_t i = 0; i < WORKLOAD_PROBES; i++) {
        uint32_t index = protocol->workload->message_count + i;
        struct workload_message *message = &session->driver.message;
        if (workload_message_make(protocol->scenario, protocol->workload, protocol->seed, index,
                                  message) < 0) {
            return err_set(err, ERR_BROKEN, "out of memory for a probe message");
        }
        int64_t max = store_max_offset(session->driver.store, message->message.topic,
                                       message->message.queue_id);
        int r = driver_put(&session->driver, index, err);
        if (r == 0) {
            r = driver_settle(&session->driver, err);
        }
        if (r == 0) {
            r = driver_drain(&session->driver, err);
        }
        if (r < 0) {
            return r;
        }
        judge_probe(session, index, max);
    }
    return 0;
}

static int judge_going_on(struct session *session, struct err *err)
{
    int r = put_probes(session, err);
    if (r < 0) {
        return r;
    }
    struct err stop_err = ERR_INIT;
    struct store *store = session->driver.store;
    session->driver.store = NULL;
    if (store_close(store, true, &stop_err) < 0) {
        judge_report_add(&session->verdict->report, PROPERTY_STARTS, "", 0,
                         "a clean stop after the restart failed: %s", stop_err.text);
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
            judge_report_add(&session->verdict->report, PROPERTY_LOG_CLEAN, "", 0,
                             "the store logged '%s': %s", event_name((enum event)i),
                             event_help((enum event)i));
        }
    }
}

static int run_steps(struct session *session, struct err *err)
{
    struct shared_verdict *verdict = session->verdict;
    verdict->step = 1;
    int r = read_state(session, session->crashed, err);
    if (r < 0) {
        return r;
    }
    session->context.is_crashed = true;
    judge_check(&session->context, session->crashed, &verdict->report);
    session->context.is_crashed = false;
    verdict->step = 2;
    if (!open_first(session)) {
        return 0;
    }
    verdict->step = 3;
    r = judge_now(session, session->recovered, err);
    if (r < 0) {
        return r;
    }
    verdict->found_count = judge_record_count(session->recovered);
    verdict->step = 4;
    r = judge_idempotent(session, err);
    if (r < 0 || session->driver.store == NULL) {
        return r;
    }
    verdict->step = 5;
    return judge_going_on(session, err);
}

static void session_done(struct session *session)
{
    driver_done(&session->driver);
    session->disk = disk_free(session->disk);
    session->dir_view = dir_view_free(session->dir_view);
    session->crashed = judge_state_free(session->crashed);
}

static int session_init(struct session *session, const struct protocol *protocol, struct err *err)
{
    memset(session, 0, sizeof(*session));
    session->protocol = protocol;
    session->verdict = &protocol->shared->verdict;
    session->context = (struct judge_context){
        .scenario = protocol->scenario,
        .workload = protocol->workload,
        .ledger = protocol->shared->ledger,
        .seed = protocol->seed,
    };
    int r = driver_init(&session->driver, protocol->scenario, protocol->workload, protocol->seed,
                        protocol->shared);
    session->dir_view = dir_view_new(protocol->dir_fd);
    session->recovered = protocol->judge;
    session->crashed = judge_state_new_beside(session->recovered);
    session->again = session->crashed;
    if (r < 0 || session->dir_view == NULL || session->crashed == NULL) {
        return err_set(err, -ENOMEM, "out of memory for the restart protocol");
    }
    return make_disk(session, err);
}

int protocol_run(const struct protocol *protocol, struct err *err)
{
    struct session session;
    judge_report_clear(&protocol->shared->verdict.report);
    int r = session_init(&session, protocol, err);
    if (r == 0) {
        r = run_steps(&session, err);
    }
    if (r == 0) {
        judge_events(&session);
        atomic_store(&session.verdict->is_complete, 1);
    }
    session_done(&session);
    return r;
}
