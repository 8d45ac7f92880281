/* The names of a campaign's enums. */
#include "harness/case/campaign.h"

#include "store/base/ensure.h"

const char *campaign_role_name(enum campaign_role role)
{
    static const char *const names[] = {"trace", "fault", "beyond", "control", "canary"};
    ENSURE((unsigned)role < CAMPAIGN_ROLE_COUNT);
    return names[role];
}
