/* The worker processes of a campaign: started, fed, and replaced when one dies. */
#ifndef HARNESS_WORK_POOL_H
#define HARNESS_WORK_POOL_H

#include "harness/work/wire.h"

struct pool;

struct pool_result {
    struct campaign_case ended;
    struct hits hits; /* of a trace; empty otherwise */
    struct audit_report audit;
    bool has_audit;
    struct explore_result explored;
    bool has_explored;
};

/* Starts `jobs` workers. They die with this process, whoever kills it. */
int pool_open(const char *worker_path, uint32_t jobs, struct pool **ret_pool, struct err *err);
struct pool *pool_close(struct pool *pool);

/* Gives every worker the scenario (`text`: the YAML).  No case may be in flight.
 * `*ret_stores` (may be NULL): where stores lie.  With the worker's own words ERR_USAGE when the
 * scenario is at fault, ERR_REFUSED when its program is missing, else what the machine says:
 * ERR_BROKEN or -errno. */
int pool_load(struct pool *pool, const struct wire_scenario *scenario, const char *text,
              struct campaign_stores *ret_stores, struct err *err);

bool pool_has_room(const struct pool *pool);
uint32_t pool_in_flight(const struct pool *pool);
/* There must be room. */
int pool_submit(struct pool *pool, const struct wire_case *asked, const char *plan_text);
/* Waits for a result: 1 with `*result` filled (its hits and audit are cleared first), 0 when the
 * time is over, negative when no worker can be had.  A worker that dies gives its cases back as
 * harness-broken and is replaced. */
int pool_next(struct pool *pool, int timeout_ms, struct pool_result *result);

#endif
