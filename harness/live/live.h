/* Runs one case live: forks a process for each round, lets libfiu strike, forks again for the
 * restart protocol, and says how it ended.
 *
 * The calling process must be lean and single-threaded: it is forked thousands of times a second.
 */
#ifndef HARNESS_LIVE_LIVE_H
#define HARNESS_LIVE_LIVE_H

#include "harness/audit/audit.h"
#include "harness/case/campaign.h"
#include "harness/drive/rest.h"
#include "harness/drive/shared.h"
#include "harness/power/disk/scratch.h"
#include "harness/power/trace/trace.h"

#include <signal.h>

struct live;

struct live_options {
    const struct scenario *scenario;
    const struct workload *workload;
    uint64_t seed;
    const char *dir;     /* stores on a real directory below it; NULL: detached tmpfs */
    uint32_t timeout_ms; /* of a round */
};

struct live_request {
    const struct plan *plan;
    enum campaign_role role;
    bool want_hashes;       /* of the crashed and the recovered store */
    bool stop_before_fault; /* SIGSTOP there; `on_stop` is called by the parent */
    void (*on_stop)(void *arg, pid_t pid);
    void *on_stop_arg;
    const char *keep_dir; /* copies the store as crashed, stopped and recovered there; or NULL */
    /* Neither trace nor audit is made of a target that we do not see inside.
     *
     * A trace run: called with the operations of each round that ended by itself; returns 0 or
     * negative. NULL: nothing is recorded. */
    int (*take_trace)(void *arg, uint32_t round, const struct trace *trace);
    void *take_trace_arg;
    const struct rest_taker *taker; /* is handed what is restarted, or what a crash left; or NULL */
    struct audit_report *audit;     /* audits every round and the first recovery; or NULL */
};

/* Prepares memory, registers the points with libfiu, finds a place for stores.
 * `options` and what it points at must outlive it. */
int live_open(const struct live_options *options, struct live **ret_live, struct err *err);
struct live *live_close(struct live *live);

/* Runs the case. Returns 0 with `*ret_case` filled, also when the outcome is harness-broken;
 * negative only when nothing could be run at all (no room for a store, no process). */
int live_run(struct live *live, const struct live_request *request, struct campaign_case *ret_case,
             struct err *err);

/* Where the stores lie. */
void live_stores(const struct live *live, struct campaign_stores *ret_stores);

#endif
