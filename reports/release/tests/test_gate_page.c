/* The page and the lines of a gate: what must stand there, and that nobody's text breaks a table.
 */
#include "harness/gate/policy_file.h"
#include "harness/gate/tests/sample_report.h"
#include "reports/release/gate_page.h"
#include "reports/release/gate_text.h"

#include <stdlib.h>
#include <string.h>

static const char policy_text[] =
    "name: a|store\nsummary: For *all*.\nrun: { revision: clean }\n"
    "scenarios: { must_run: [ plain-sync ] }\n"
    "least: { scenarios: 2, cases: 1000, images: 700 }\n"
    "coverage: { points: 100%, writes: 100%, reads: 100% }\n"
    "left_out: { most: 50, allow: [ { reason: capped, most: 50 } ] }\n"
    "known:\n"
    "  - { cause: " SAMPLE_CAUSE ", issue: https://tracker/7, owner: ann, expires: 2027-01-31 }\n";

/* The page, and behind it the lines of the screen. */
static char *write_both(bool is_failed, bool is_dirty)
{
    char *text = NULL;
    size_t size = 0;
    json_t *report = sample_report();
    json_t *run = sample_run();
    struct err err = ERR_INIT;
    struct evidence evidence;
    struct verdict verdict = {.rows = NULL};
    struct policy *policy = calloc(1, sizeof(*policy));
    const struct evidence_source source = {"night|1", "runs/night-1", report, run};
    if (is_failed) {
        sample_fail(report);
    }
    json_object_set_new(json_object_get(report, "identity"), "dirty", json_boolean(is_dirty));
    test_ok(policy_file_parse(policy_text, strlen(policy_text), "p.yaml", policy, &err), err);
    test_ok(evidence_read(&source, &evidence, &err), err);
    const struct gate_case asked = {policy, &evidence, NULL, NULL, SAMPLE_NOW_S};
    gate_judge(&asked, &verdict);
    FILE *stream = open_memstream(&text, &size);
    test_ok(gate_page_write(stream, &asked, &verdict, "0.2.0", &err), err);
    (void)fputs("---screen\n", stream);
    gate_text_write(stream, &asked, &verdict, false, false);
    assert_int_equal(fclose(stream), 0);
    verdict_done(&verdict);
    evidence_done(&evidence);
    free(policy);
    json_decref(report);
    json_decref(run);
    return text;
}

static void tells_a_release_with_a_known_cause(void **state)
{
    char *text = write_both(true, false);
    (void)state;
    test_contains(text, "# a\\|store: may ship\n\n**may ship: ");
    test_contains(text, "; 1 known cause occurred**\n\nFor \\*all\\*.\n");
    assert_null(strstr(text, "## Why not"));
    test_contains(text, "| run | night\\|1 |\n| began | 2026-11-28 22:00 UTC |\n");
    test_contains(text, "| commit | 0123456789abcdef0123456789abcdef01234567 |\n");
    test_contains(text, "| writes killed | 100.00 % | 100.00 %, ");
    test_contains(text, "| " SAMPLE_CAUSE " | record-lost in the log | <https://tracker/7> | ann | "
                        "2027-01-31 | 12 cases, new |\n");
    test_contains(text, "| capped | 40 | crash position | 1 | past the bound |\n");
    test_contains(text, "Judged by the policy p.yaml on 2026-11-28, with killpoint 0.2.0.\n");
    test_contains(text,
                  "---screen\nGATE      a|store: run night|1, by p.yaml\nKNOWN     " SAMPLE_CAUSE
                  " record-lost in the log, 12 cases: https://tracker/7, owner ann, until "
                  "2027-01-31\ngate: may ship: ");
    free(text);
}

static void tells_why_not(void **state)
{
    char *text = write_both(false, true);
    (void)state;
    test_contains(text, "# a\\|store: must not ship\n\n**must not ship: 2 reasons, ");
    test_contains(text, "## Why not\n\n* **revision**: sources were changed");
    test_contains(text, "| **does not hold** |\n");
    test_contains(text, "| did not occur |\n");
    test_contains(text, "\nFAIL      revision: sources were changed against commit");
    test_contains(text, "\nFAIL      known: known cause " SAMPLE_CAUSE " no longer occurs");
    test_contains(text, "\ngate: must not ship: 2 reasons, ");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_a_release_with_a_known_cause),
        cmocka_unit_test(tells_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
