/* Fault rows: the pattern of points, the range of hits. */
#include "harness/scenario/scenario_fault.h"

#include <stddef.h>
#include <string.h>

/* '*' in `pattern` stands for any characters. Only the last star is gone back to: a shorter match
 * of an earlier one can never help, so that no pattern takes more than the product of both
 * lengths. */
static bool matches(const char *pattern, const char *name)
{
    const char *star = NULL;
    const char *retry = NULL;
    while (*name != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            retry = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star + 1;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

bool scenario_fault_matches(const struct scenario_fault *fault, const struct points *points,
                            uint32_t point)
{
    return matches(fault->point, points_name(points, point));
}

/* The step counts from the first hit of the range: "3..+2" is 3, 5, 7. */
bool scenario_fault_strikes(const struct scenario_fault *fault, const struct points *points,
                            uint32_t point, uint32_t hit)
{
    return hit >= fault->when_first && hit <= fault->when_last &&
           (hit - fault->when_first) % fault->when_step == 0 &&
           scenario_fault_matches(fault, points, point);
}

/* Whether a fault of the row can happen at one of its points; of the explored ones only where they
 * count. */
static bool can_happen(const struct scenario_fault *fault, const struct points *points,
                       bool with_explored)
{
    for (uint32_t point = 0; point < points->count; point++) {
        for (uint32_t i = 0; i < fault->fault_count; i++) {
            enum fault_kind kind = fault->faults[i].kind;
            if ((with_explored || !fault_is_explored(kind)) && points_takes(points, point, kind) &&
                scenario_fault_matches(fault, points, point)) {
                return true;
            }
        }
    }
    return false;
}

bool scenario_fault_is_possible(const struct scenario_fault *fault, const struct points *points)
{
    return can_happen(fault, points, true);
}

bool scenario_fault_is_of_mode(const struct scenario_fault *fault, const struct points *points,
                               enum store_mode mode)
{
    static const char *const plain[] = {"commitlog/", NULL};
    static const char *const dledger[] = {"dledger", "currterm/", NULL};
    const char *const *others = mode == STORE_MODE_DLEDGER ? plain : dledger;
    for (uint32_t point = 0; point < points->count; point++) {
        bool is_other = false;
        for (size_t i = 0; others[i] != NULL; i++) {
            is_other =
                is_other || strncmp(points_name(points, point), others[i], strlen(others[i])) == 0;
        }
        if (!is_other && scenario_fault_matches(fault, points, point)) {
            return true;
        }
    }
    return false;
}

bool scenario_fault_is_live(const struct scenario_fault *fault, const struct points *points)
{
    return can_happen(fault, points, false);
}
