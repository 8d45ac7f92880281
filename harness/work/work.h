/* Cases and jobs, asked for by a campaign: answered by what is known of them from journals, else by
 * workers, whose answers are kept.  An answer is a pure function of what is asked (of threads it is
 * one that was), so who goes on after a kill, or makes one run of several, asks the same again. */
#ifndef HARNESS_WORK_WORK_H
#define HARNESS_WORK_WORK_H

#include "harness/work/pool.h"
#include "harness/work/work_journal.h"

#include <signal.h>

struct work;

struct work_options {
    const char *worker_path;
    uint32_t jobs;
    struct work_journal *journal;      /* where answers of workers are kept; NULL: nowhere */
    struct work_journal *const *known; /* what is answered without a worker */
    uint32_t known_count;
    bool is_known_only; /* there is no worker: what no journal knows is an error */
    /* Not 0: what is stopped may have ended a case, which is not kept then.  May be NULL. */
    const volatile sig_atomic_t *interrupted;
};

/* Starts the workers.  The journals must outlive it. */
int work_open(const struct work_options *options, struct work **ret_work, struct err *err);
struct work *work_close(struct work *work);

/* As pool_load(); `is_woven`: by threads, so that no two runs of it are the same. */
int work_load(struct work *work, const struct wire_scenario *scenario, const char *text,
              bool is_woven, struct campaign_stores *ret_stores, struct err *err);
bool work_has_room(const struct work *work);
uint32_t work_in_flight(const struct work *work);
/* As pool_submit(); -ENOENT when there is no worker and no journal knows it. */
int work_submit(struct work *work, const struct wire_case *asked, const char *plan_text);
/* As pool_next().  What an audit found is in words in the detail. */
int work_next(struct work *work, int timeout_ms, struct pool_result *result);

/* How many journals have the answer to a canary: 1 but for several runs. */
uint32_t work_canary_count(const struct work *work);
/* The time of the run: of what is known, as it was when it was run. */
uint64_t work_clock_us(const struct work *work);
/* Tells the journal that a scenario has ended, so long after it began.  Returns that time; of
 * several runs, what all of them needed for it. */
uint64_t work_end(struct work *work, const char *name, uint64_t seed, uint64_t duration_us);
/* Tells the journal that all has ended.  Returns the time of the run; of several, of the longest.
 */
uint64_t work_end_all(struct work *work);
/* What the last -ENOENT was about, for people. */
const char *work_missing(const struct work *work);

#endif
