/* The names of a campaign's enums. */
#include "harness/case/campaign.h"

#include "store/base/ensure.h"

/* A count that is in the struct alone would be added up nowhere and missing from every report: the
 * sum of a campaign would be less than its parts, and no test would say so.  Two fields are added
 * by hand, peak and digest. */
#define X(name) COUNT_##name,
enum { CAMPAIGN_EXPLORE_MAP(X) COUNT_COUNT };
#undef X
_Static_assert(sizeof(struct campaign_explore) == (COUNT_COUNT + 2) * sizeof(uint64_t),
               "a count is in the struct and not in the map");

/* Digests are summed, not chained: workers end in any order, and the sum must not tell in which.
 * Peaks of processes are no sum: two workers need not be at theirs together. */
void campaign_explore_add(struct campaign_explore *sum, const struct campaign_explore *part)
{
#define X(name) sum->name += part->name;
    CAMPAIGN_EXPLORE_MAP(X)
#undef X
    sum->digest += part->digest;
    sum->peak_bytes = part->peak_bytes > sum->peak_bytes ? part->peak_bytes : sum->peak_bytes;
}

const char *campaign_role_name(enum campaign_role role)
{
    static const char *const names[] = {"trace", "fault", "beyond", "control", "canary"};
    ENSURE((unsigned)role < CAMPAIGN_ROLE_COUNT);
    return names[role];
}

const char *campaign_state_name(enum campaign_state state)
{
    static const char *const names[] = {
#define X(id, name) name,
        CAMPAIGN_STATE_MAP(X)
#undef X
    };
    ENSURE((unsigned)state < CAMPAIGN_STATE_COUNT);
    return names[state];
}
