/* One round on the memory disk, recorded: the innermost observer of its disk writes the trace, and
 * follows what a failed sync would take back. */
#include "harness/drive/round.h"
#include "harness/power/rehearse/rehearsal.h"

#include <string.h>
#include <unistd.h>

#define SYNC_TAKES_US 3000

/* The innermost observer of a round's disk. */
struct recorder {
    struct rehearsal *rehearsal;
    struct disk_observer trace;
    struct replica replica;
    _Atomic uint32_t hits[POINT_COUNT];
};

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
    const struct disk_fault *fault = NULL;
    enum recording_sync sync = RECORDING_SYNC_GOOD;
    recorder->trace.end(recorder->trace.arg, call, result);
    if (call->op == POINT_OP_SYNC) {
        /* Its own hit: syncs of one point do not overlap. */
        fault = rehearse_sync_fault(rehearsal, rehearsal->shared->round, call->point,
                                    atomic_load(&recorder->hits[call->point]));
        sync = rehearse_sync_how(rehearsal, fault, call->point);
    }
    replica_end(&recorder->replica, call, call->op, call->path, result, sync);
    if (fault != NULL && fault->fails_next) {
        image_fail_sync(rehearsal->cached, call->path);
    }
}

/* What libfiu does of a round; deaths come from the recording, lies from the memory disk. */
static void choose_armed(const struct rehearsal *rehearsal, uint32_t round,
                         struct plan_round *ret_armed)
{
    memset(ret_armed, 0, sizeof(*ret_armed));
    if (round < rehearsal->plan.round_count) {
        const struct plan_round *planned = &rehearsal->plan.rounds[round];
        for (uint32_t i = 0; i < planned->hit_count; i++) {
            if (!rehearsal_is_death(&planned->hits[i].fault)) {
                ret_armed->hits[ret_armed->hit_count++] = planned->hits[i];
            }
        }
    }
}

int rehearse_round(struct rehearsal *rehearsal, uint32_t round, enum shared_exit *ret_exit,
                   struct err *err)
{
    const struct rehearse_options *options = &rehearsal->options;
    struct recorder recorder = {.rehearsal = rehearsal,
                                .trace = trace_observer(rehearsal->trace, NULL)};
    const struct disk_observer inner = {&recorder, record_begin, record_end};
    const struct round driven = {.scenario = options->scenario,
                                 .workload = options->workload,
                                 .seed = options->seed,
                                 .shared = rehearsal->shared,
                                 .inner = &inner,
                                 .journal = rehearsal->trace,
                                 .preemptions = options->preemptions,
                                 .interleaving = options->interleaving,
                                 .is_over = rehearsal->is_over};
    struct plan_round armed;
    choose_armed(rehearsal, round, &armed);
    round_begin(rehearsal->shared, round, &armed);
    const struct place place = {.image = rehearsal->cached,
                                .dir_fd = -1,
                                .has_faults = armed.hit_count > 0,
                                .is_shared = is_threads(rehearsal)};
    replica_init(&recorder.replica, rehearsal->cached, rehearse_sync_tracks_reverts(rehearsal));
    int r = round_run(&driven, &place, ret_exit, err);
    if (r < 0) {
        goto out;
    }
    r = recorder.replica.status;
    if (r < 0) {
        goto out;
    }
    r = trace_status(rehearsal->trace);
out:
    replica_done(&recorder.replica);
    return r < 0 ? err_set(err, r, "record a round: %s", err_name(r)) : 0;
}
