/* What is asked of a policy. */
#include "harness/gate/policy.h"

#include <string.h>

const struct policy_known *policy_find_known(const struct policy *policy, const char *cause)
{
    for (uint32_t i = 0; i < policy->known_count; i++) {
        if (strcmp(policy->known[i].cause, cause) == 0) {
            return &policy->known[i];
        }
    }
    return NULL;
}

const char *policy_day(time_t when, char text[16])
{
    struct tm utc;
    if (gmtime_r(&when, &utc) == NULL || strftime(text, 16, "%Y-%m-%d", &utc) == 0) {
        text[0] = '\0';
    }
    return text;
}
