/* Tells every listener of a set that wants to know. */
#include "harness/case/listener.h"

#include <stddef.h>

#define TELL(set, callback, ...)                                                \
    for (uint32_t i = 0; (set) != NULL && i < (set)->count; i++) {              \
        if ((set)->listeners[i].callback != NULL) {                             \
            (set)->listeners[i].callback((set)->listeners[i].arg, __VA_ARGS__); \
        }                                                                       \
    }

void listener_campaign_began(const struct listener_set *set, uint32_t scenario_count, uint64_t seed,
                             uint32_t workers)
{
    TELL(set, campaign_began, scenario_count, seed, workers)
}

void listener_stores_placed(const struct listener_set *set, const struct campaign_stores *stores)
{
    TELL(set, stores_placed, stores)
}

void listener_scenario_began(const struct listener_set *set,
                             const struct campaign_scenario *scenario)
{
    TELL(set, scenario_began, scenario)
}

void listener_scenario_grew(const struct listener_set *set,
                            const struct campaign_scenario *scenario)
{
    TELL(set, scenario_grew, scenario)
}

void listener_case_ended(const struct listener_set *set, const struct campaign_scenario *scenario,
                         const struct campaign_case *ended, const char *token)
{
    TELL(set, case_ended, scenario, ended, token)
}

void listener_scenario_ended(const struct listener_set *set,
                             const struct campaign_scenario *scenario)
{
    TELL(set, scenario_ended, scenario)
}

void listener_campaign_ended(const struct listener_set *set, const struct campaign_summary *summary)
{
    TELL(set, campaign_ended, summary)
}
