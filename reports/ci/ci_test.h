/* A campaign as tests, for the formats that know nothing else: one a scenario's cell (all hits of a
 * point with one fault), one for the images of an exploration, one for the scenario as a whole.  A
 * test is a cell and not a case: a million cases would make a document that no server opens. */
#ifndef REPORTS_CI_CI_TEST_H
#define REPORTS_CI_CI_TEST_H

#include "reports/collect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CI_TEST_SUITE_SIZE_BYTES (CAMPAIGN_NAME_SIZE_BYTES + 320)

/* A harness that broke outranks a store that failed: then the failures say nothing. */
enum ci_test_state { CI_TEST_PASSED, CI_TEST_FAILED, CI_TEST_BROKEN, CI_TEST_SKIPPED };

/* Texts are valid until the next one is told; they may hold any bytes. */
struct ci_test {
    const char *name;    /* "commitlog/append x torn"; no two of a scenario are the same */
    const char *message; /* of what did not pass: what happened, in a line; else "" */
    const char *type;    /* of what failed or broke: "violated", "hung", ...; else "" */
    const char *command; /* what shows it again, behind the program's name; "" when nothing does */
    const char *detail;  /* lines; "" */
    const char *capsule; /* the file that holds it; "" */
    uint64_t duration_us;
    enum ci_test_state state;
};

/* Tells `take` each test of a scenario, in the order in which they were first met. `summary` knows
 * the causes, and so the capsules. */
void ci_test_each(const struct collect_scenario *seen, const struct campaign_summary *summary,
                  void (*take)(void *arg, const struct ci_test *test), void *arg);

/* The scenario's name and, where another has the same one, its seed and switches: no two are alike.
 * Returns `name`. */
const char *ci_test_suite(const struct collect *collect, uint32_t index,
                          char name[CI_TEST_SUITE_SIZE_BYTES]);

/* Copies `text` without what XML 1.0 and UTF-8 forbid: control characters, broken sequences,
 * surrogates, U+FFFE, U+FFFF become '?'.  Never longer than `text`; the caller frees it.  NULL: no
 * memory. */
char *ci_test_clean(const char *text);

#endif
