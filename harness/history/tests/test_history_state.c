/* What a cause is by the runs that cover it. */
#include "harness/history/history_state.h"
#include "harness/testkit/test.h"

#include <string.h>

/* A letter a run: upper case saw it, lower case did not; the letter is the program, x of which
 * nothing is known. */
static struct history_state state_of(const char *letters)
{
    struct history_state_run runs[64];
    static char programs[64][2];
    size_t count = strlen(letters);

    for (size_t i = 0; i < count; i++) {
        char lower = (char)(letters[i] | 0x20);

        programs[i][0] = lower == 'x' ? '\0' : lower;
        runs[i] = (struct history_state_run){letters[i] < 'a', programs[i]};
    }
    return history_state_of(runs, count);
}

static void states_follow_from_the_runs_that_cover(void **state)
{
    static const struct {
        const char *runs;
        enum campaign_state state;
        uint32_t since, seen, covered;
    } rows[] = {
        {"", CAMPAIGN_STATE_NONE, 0, 0, 0},
        {"A", CAMPAIGN_STATE_NEW, 0, 1, 1},
        {"AB", CAMPAIGN_STATE_ONGOING, 0, 2, 2},
        {"AA", CAMPAIGN_STATE_ONGOING, 0, 2, 2},
        {"ABc", CAMPAIGN_STATE_RESOLVED, 0, 2, 3},
        {"ABcd", CAMPAIGN_STATE_RESOLVED, 0, 2, 4},
        /* Mended and broken again is news; once it stays, it is ongoing since then. */
        {"AbC", CAMPAIGN_STATE_NEW, 2, 1, 1},
        {"AbCD", CAMPAIGN_STATE_ONGOING, 2, 2, 2},
        {"AbCd", CAMPAIGN_STATE_RESOLVED, 2, 1, 2},
        /* Twice is not. */
        {"AbCdE", CAMPAIGN_STATE_RARE, 0, 3, 5},
        {"AbCdEf", CAMPAIGN_STATE_RARE, 0, 3, 6},
        /* The same program has it and has it not: nothing was mended. */
        {"Aa", CAMPAIGN_STATE_RARE, 0, 1, 2},
        {"AaA", CAMPAIGN_STATE_RARE, 0, 2, 3},
        {"ABb", CAMPAIGN_STATE_RARE, 0, 2, 3},
        /* Of two that are not known nobody can say that they are the same. */
        {"Xx", CAMPAIGN_STATE_RESOLVED, 0, 1, 2},
        {"XxX", CAMPAIGN_STATE_NEW, 2, 1, 1},
        /* What is beyond the window is forgotten. */
        {"AbCdEfghijklmnopqrstuvwyzb", CAMPAIGN_STATE_RESOLVED, 0, 0, 0},
        {"AfghijklmnopqrstuvwyzbcdeghA", CAMPAIGN_STATE_NEW, 27, 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct history_state got = state_of(rows[i].runs);

        if (got.state != rows[i].state || got.since != rows[i].since || got.seen != rows[i].seen ||
            got.covered != rows[i].covered) {
            fail_msg("%s: %s since %u, %u of %u", rows[i].runs, campaign_state_name(got.state),
                     got.since, got.seen, got.covered);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_follow_from_the_runs_that_cover),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
