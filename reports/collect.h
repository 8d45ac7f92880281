/* What a campaign did, gathered while it runs, for the writers that need the whole of it at the
 * end (JUnit, JSON).  A listener; it holds counters per (scenario, role, point, fault kind) and
 * the first failures word for word, so its size does not grow with the number of cases. */
#ifndef REPORTS_COLLECT_H
#define REPORTS_COLLECT_H

#include "harness/case/listener.h"

#include <stdbool.h>
#include <stdint.h>

struct collect;

/* Failures kept word for word per campaign, and of one scenario beside the first of each cell and
 * property; the rest is counted. */
#define COLLECT_FAILURES_MAX          1000
#define COLLECT_SCENARIO_FAILURES_MAX 20

/* A case that did not end as its scenario allows. */
struct collect_failure {
    enum campaign_role role;
    enum outcome outcome;
    uint64_t mechanisms; /* bit per enum mechanism */
    uint32_t violated;   /* bit per enum property */
    uint32_t point;      /* of the last fault; POINTS_NONE: none */
    enum fault_kind kind;
    char *token;
    char *detail;
};

/* All cases of a scenario that have the same role and the same last fault. */
struct collect_cell {
    enum campaign_role role;
    uint32_t point;       /* POINTS_NONE: no fault */
    enum fault_kind kind; /* FAULT_KIND_COUNT: no fault */
    uint64_t cases;
    uint64_t passed;
    uint64_t failed;  /* a property, a hang, a crash, a wrong refusal */
    uint64_t broken;  /* the harness: harness-broken, not-fired */
    uint64_t skipped; /* outcome `skipped` */
    uint64_t outcomes[OUTCOME_COUNT];
    uint64_t duration_us;
    int32_t first_failure; /* index into the scenario's failures, or -1 */
};

struct collect_scenario {
    struct campaign_scenario scenario; /* as last heard of */
    bool has_ended;
    struct collect_cell *cells;
    uint32_t cell_count;
    struct collect_failure *failures;
    uint32_t failure_count;
    char *caught_token; /* the first case that violated what the scenario expects; NULL: none */
    uint64_t done;      /* cases ended, whatever their role and outcome */
    uint64_t failed;    /* of them not as the scenario allows */
};

/* NULL when there is no memory. */
struct collect *collect_new(void);
/* Frees it and all that it gave out; NULL is nothing to do. Returns NULL. */
struct collect *collect_free(struct collect *collect);
/* What is to be told of the campaign, before any listener that reads the model; valid until
 * collect_free(). */
struct listener collect_listener(struct collect *collect);

/* The campaign's seed; a later pass has the next ones. */
uint64_t collect_seed(const struct collect *collect);
/* Scenarios that have begun: one a pass, target and set of switches. */
uint32_t collect_scenario_count(const struct collect *collect);
/* In the order in which they began.  Valid until the next event. */
const struct collect_scenario *collect_scenario_at(const struct collect *collect, uint32_t index);
/* The scenario that `scenario` speaks of: same name, and same seed or still running (a control
 * runs under its scenario's name).  NULL when there is none. */
const struct collect_scenario *collect_find(const struct collect *collect,
                                            const struct campaign_scenario *scenario);
/* Whether another scenario of the campaign has the same name (another seed, other switches). */
bool collect_is_name_shared(const struct collect *collect, uint32_t index);
/* Something was not remembered for want of memory: the reports are incomplete. */
bool collect_is_incomplete(const struct collect *collect);
/* Failures beyond COLLECT_FAILURES_MAX or COLLECT_SCENARIO_FAILURES_MAX: counted in their cells,
 * their words are gone. */
uint64_t collect_failures_dropped(const struct collect *collect);

/* What was tried per point, over all scenarios of the table that it returns (points_of_sum).
 * `hits`, `killed` and `failed` leave out scenarios that expect a violation: they stop at the first
 * catch, so their ratios say nothing. */
const struct points *collect_coverage(const struct collect *collect,
                                      struct campaign_coverage ret_rows[POINTS_MAX]);

/* The last fault of a plan.  False when there is none; then POINTS_NONE, FAULT_KIND_COUNT. */
bool collect_last_fault(const struct plan *plan, uint32_t *ret_point, enum fault_kind *ret_kind);
/* "commitlog/append x torn", "control: commitlog/append x torn", "trace". As snprintf. */
int collect_cell_print(const struct collect_scenario *seen, const struct collect_cell *cell,
                       char *text, size_t text_size_bytes);
/* "acked-survives, queue-true" of property bits; "" for none.  As snprintf, never longer than
 * fits. */
void collect_properties_print(uint32_t violated, char *text, size_t text_size_bytes);
/* Whether the outcome speaks against the harness and not against the store. */
bool collect_is_broken(enum outcome outcome);

#endif
