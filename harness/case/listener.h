/* Who is told of a campaign while it runs: the terminal, the archive. Every callback may be NULL.
 * Nothing a listener does can change an outcome: it gets constant structs. */
#ifndef HARNESS_CASE_LISTENER_H
#define HARNESS_CASE_LISTENER_H

#include "harness/case/campaign.h"

/* Calls come from one thread, in the order of the campaign: began, stores placed, then for each
 * scenario began, grew and cases in any mixture, ended; at last the summary. The structs are the
 * supervisor's and change after the call: copy what is kept. */
struct listener {
    void *arg;
    void (*campaign_began)(void *arg, uint32_t scenario_count, uint64_t seed, uint32_t workers);
    /* Once, before the first scenario; not of a dry run, which has no stores. */
    void (*stores_placed)(void *arg, const struct campaign_stores *stores);
    /* Once its trace is known: how many cases are planned. */
    void (*scenario_began)(void *arg, const struct campaign_scenario *scenario);
    /* More cases became known (depth 2). */
    void (*scenario_grew)(void *arg, const struct campaign_scenario *scenario);
    /* `token` replays the case. */
    void (*case_ended)(void *arg, const struct campaign_scenario *scenario,
                       const struct campaign_case *ended, const char *token);
    void (*scenario_ended)(void *arg, const struct campaign_scenario *scenario);
    void (*campaign_ended)(void *arg, const struct campaign_summary *summary);
};

#define LISTENERS_MAX 5

/* Several listeners told in order. */
struct listener_set {
    struct listener listeners[LISTENERS_MAX];
    uint32_t count;
};

/* Each tells all listeners of the set (NULL: nobody listens) that have the callback. */
void listener_campaign_began(const struct listener_set *set, uint32_t scenario_count, uint64_t seed,
                             uint32_t workers);
void listener_stores_placed(const struct listener_set *set, const struct campaign_stores *stores);
void listener_scenario_began(const struct listener_set *set,
                             const struct campaign_scenario *scenario);
void listener_scenario_grew(const struct listener_set *set,
                            const struct campaign_scenario *scenario);
void listener_case_ended(const struct listener_set *set, const struct campaign_scenario *scenario,
                         const struct campaign_case *ended, const char *token);
void listener_scenario_ended(const struct listener_set *set,
                             const struct campaign_scenario *scenario);
void listener_campaign_ended(const struct listener_set *set,
                             const struct campaign_summary *summary);

#endif
