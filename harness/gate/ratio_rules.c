/* Costs against the last release's. */
#include "harness/gate/ratio_rules.h"

#include <stdio.h>

/* How many times as bad: of a cost the quotient, of a share its inverse. */
static double times_worse(const struct ratio *base, const struct ratio *now)
{
    return base->is_more_better ? base->ratio / now->ratio : now->ratio / base->ratio;
}

static void compare(const struct policy *policy, const struct ratio *base, const struct ratios *now,
                    struct verdict *verdict)
{
    char wanted[VERDICT_CELL_SIZE_BYTES];
    char found[VERDICT_CELL_SIZE_BYTES];
    const struct verdict_asked asked = {"bench", wanted, found};
    const struct ratio *figure = ratios_find(now, base->name);
    double most = 1 + (double)policy->bench_worse / (100 * POLICY_PERCENT);
    (void)snprintf(wanted, sizeof(wanted), "%.60s: %.2f of its floor, at most %.2f times as bad",
                   base->name, base->ratio, most);
    if (figure == NULL) {
        (void)snprintf(found, sizeof(found), "missing");
        verdict_fail(verdict, &asked,
                     "'%s' was measured for the last release and is missing now: measure it, "
                     "or make a new base",
                     base->name);
        return;
    }
    double times = times_worse(base, figure);
    (void)snprintf(found, sizeof(found), "%.2f, %.2f times as bad", figure->ratio, times);
    if (times > most) {
        verdict_fail(verdict, &asked,
                     "'%s': %.2f of its floor, was %.2f: %.2f times as bad, the policy "
                     "allows %.2f: measure again on a quiet machine, then find what became slower",
                     base->name, figure->ratio, base->ratio, times, most);
    } else {
        verdict_hold(verdict, &asked);
    }
}

void ratio_rules_compare(const struct policy *policy, const struct ratios *base,
                         const struct ratios *now, struct verdict *verdict)
{
    const struct verdict_asked asked = {"bench", policy->bench_path, "not given"};
    if (base == NULL) {
        return;
    }
    if (now == NULL) {
        verdict_fail(verdict, &asked,
                     "the policy asks for bench figures: killpoint bench --json FILE, then gate "
                     "--bench FILE");
        return;
    }
    for (uint32_t i = 0; i < base->count; i++) {
        compare(policy, &base->rows[i], now, verdict);
    }
}
