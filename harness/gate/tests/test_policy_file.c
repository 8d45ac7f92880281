/* Policies as people write them, and what is said of their mistakes: line, caret, and what to do.
 */
#include "harness/gate/policy_file.h"
#include "harness/gate/policy_options.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <stdlib.h>
#include <string.h>

#define HEAD                                                    \
    "run: { revision: clean }\n"                                \
    "scenarios: { must_run: [ a, b ] }\n"                       \
    "least: { scenarios: 2, cases: 10, images: 5 }\n"           \
    "coverage: { points: 100%, writes: 99.95%, reads: 7.5% }\n" \
    "left_out: { most: 3 }\n"

#define KNOWN "known:\n  - cause: 0123456789ab\n"

static void reads_every_key(void **state)
{
    struct policy *policy = calloc(1, sizeof(*policy));
    struct err err = ERR_INIT;
    char day[16];
    static const char text[] =
        "name: store\nsummary: All of it.\nrun: { revision: 0123abc, age: 36h, audit: false }\n"
        "scenarios: { whole_suite: false, must_run: [ a, b ] }\n"
        "least: { scenarios: 2, cases: 5000000000, images: 5 }\n"
        "coverage: { points: 100%, writes: 99.95%, reads: 7.5% }\n"
        "left_out: { most: 3, allow: [ { reason: capped, most: 2 } ] }\n"
        "bench: { base: old/bench.json, worse: 50% }\n"
        "known:\n"
        "  - cause: 0123456789ab\n"
        "    what: a record is lost\n"
        "    issue: https://tracker/7\n"
        "    owner: ann\n"
        "    expires: 2027-01-31\n"
        "    rare: true\n";
    (void)state;
    test_ok(policy_file_parse(text, strlen(text), "kit/p.yaml", policy, &err), err);
    assert_string_equal(policy->name, "store");
    assert_int_equal(policy->revision, POLICY_REVISION_NAMED);
    assert_string_equal(policy->commit, "0123abc");
    assert_true(policy->age_ms == 36 * 3600 * 1000);
    assert_false(policy->needs_audit || policy->needs_whole_suite);
    assert_int_equal(policy->name_count, 2);
    assert_string_equal(policy->names[1], "b");
    assert_true(policy->cases_least == 5000000000);
    assert_int_equal(policy->points_least, 10000);
    assert_int_equal(policy->writes_least, 9995);
    assert_int_equal(policy->reads_least, 750);
    assert_int_equal(policy->limit_count, 1);
    assert_int_equal(policy->limits[0].reason, LEFT_OUT_CAPPED);
    assert_string_equal(policy->bench_path, "kit/old/bench.json");
    assert_int_equal(policy->bench_worse, 5000);
    assert_int_equal(policy->known_count, 1);
    assert_string_equal(policy->known[0].issue, "https://tracker/7");
    assert_string_equal(policy_day(policy->known[0].expires, day), "2027-01-31");
    assert_true(policy->known[0].is_rare);
    assert_int_equal(policy->known[0].line, 10);
    assert_non_null(policy_find_known(policy, "0123456789ab"));
    assert_null(policy_find_known(policy, "0123456789ac"));
    free(policy);
}

/* What is left out is asked for: only a policy that says so lets less pass. */
static void is_strict_by_default(void **state)
{
    struct policy *policy = calloc(1, sizeof(*policy));
    struct err err = ERR_INIT;
    (void)state;
    test_ok(policy_file_parse(HEAD, strlen(HEAD), "p.yaml", policy, &err), err);
    assert_int_equal(policy->revision, POLICY_REVISION_CLEAN);
    assert_true(policy->needs_audit && policy->needs_whole_suite);
    assert_true(policy->age_ms == 0);
    assert_int_equal(policy->limit_count + policy->known_count, 0);
    assert_string_equal(policy->bench_path, "");
    free(policy);
}

static const struct {
    const char *text;
    const char *says;
} wrongs[] = {
    {"run: { revision: clean }\n", "p.yaml:1:1: error: the key 'scenarios' is missing"},
    {"run: { revison: clean }\n", "p.yaml:1:8: error: unknown key 'revison'; did you mean 'rev"},
    {"run: { revision: HEAD }\n", "p.yaml:1:18: error: expected clean, any, or 7 to 40 hex"},
    {"run: { revision: clean, age: 1 }\n", "p.yaml:1:30: error: expected a duration"},
    {"coverage: { points: 100 }\n", "p.yaml:1:21: error: expected a percentage, as in 100%"},
    {"coverage: { points: 101% }\n", "101% is out of range: 0% to 100%"},
    {"coverage: { points: 9.999% }\n", "expected a percentage"},
    {"coverage: { points: -1% }\n", "expected a percentage"},
    {"scenarios: { must_run: [ a, a ] }\n", "p.yaml:1:29: error: the scenario 'a' is named twice"},
    {"left_out: { most: 1, allow: [ { reason: caped, most: 1 } ] }\n",
     "unknown reason 'caped'; did you mean 'capped'?"},
    {"left_out: { most: 1, allow: [ { reason: cases, most: 1 } ] }\n",
     "p.yaml:1:41: error: a run with 'cases' is not whole"},
    {"left_out: { most: 1, allow: [ { reason: interrupted, most: 1 } ] }\n", "no policy can allow"},
    {"left_out: { most: 1, allow: [ { reason: capped, most: 1 }, { reason: capped, most: 2 } ] }\n",
     "'capped' has a limit already"},
    {"left_out: { most: 1, allow: [ { reason: capped } ] }\n", "the key 'most' is missing"},
    {"bench: { base: x }\n", "the key 'worse' is missing"},
    {"known:\n  - cause: 0123\n", "p.yaml:2:12: error: expected the 12 hex digits of a cause"},
    {KNOWN "    owner: FIXME\n",
     "p.yaml:3:12: error: 'FIXME' stands here since nobody has said yet what is true: fill it in"},
    {KNOWN "    issue: FIXME\n", "p.yaml:3:12: error: 'FIXME' stands here"},
    {KNOWN "    expires: FIXME\n", "p.yaml:3:14: error: 'FIXME' stands here"},
    {KNOWN "    issue: seven\n", "expected a link, as in https://tracker/issue, found 'seven'"},
    {KNOWN "    expires: tomorrow\n", "expected a day, as in 2027-01-31, found 'tomorrow'"},
    {KNOWN "    expires: 2027-02-30\n", "expected a day, as in 2027-01-31, found '2027-02-30'"},
    {KNOWN "    owner: \"\"\n", "expected a line of text"},
    {KNOWN, "p.yaml:2:5: error: the key 'issue' is missing"},
    {KNOWN "    issue: a://b\n    owner: ann\n    expires: 2027-01-31\n"
           "  - { cause: 0123456789ab, issue: a://b, owner: bob, expires: 2027-01-31 }\n",
     "p.yaml:6:5: error: the cause 0123456789ab is listed already"},
};

static void shows_where_a_policy_is_wrong(void **state)
{
    struct policy *policy = calloc(1, sizeof(*policy));
    (void)state;
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        struct err err = ERR_INIT;
        int r = policy_file_parse(wrongs[i].text, strlen(wrongs[i].text), "p.yaml", policy, &err);
        if (r != ERR_USAGE || strstr(err.text, wrongs[i].says) == NULL ||
            strstr(err.text, "^") == NULL) {
            fail_msg("expected …%s…, got %d: %s", wrongs[i].says, r, err.text);
        }
    }
    free(policy);
}

static void loads_a_file(void **state)
{
    struct policy *policy = calloc(1, sizeof(*policy));
    struct err err = ERR_INIT;
    struct tmpdir dir;
    char path[TMPDIR_PATH_SIZE_BYTES + 16];
    (void)state;
    tmpdir_make(&dir);
    (void)snprintf(path, sizeof(path), "%s/p.yaml", dir.path);
    test_code(policy_file_load(path, policy, &err), -ENOENT);
    test_code(policy_file_load(dir.path, policy, &err), ERR_USAGE);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(HEAD "bench: { base: b.json, worse: 1% }\n", file);
    assert_int_equal(fclose(file), 0);
    test_ok(policy_file_load(path, policy, &err), err);
    test_contains(policy->bench_path, "/b.json");
    assert_memory_equal(policy->bench_path, dir.path, strlen(dir.path));
    tmpdir_remove(&dir);
    free(policy);
}

static void says_of_every_key_what_it_means(void **state)
{
    (void)state;
    assert_true(policy_options_count() > 25);
    for (size_t i = 0; i < policy_options_count(); i++) {
        struct yaml_table_option row;
        policy_options_row(i, &row);
        assert_true(row.key[0] != '\0' && row.type[0] != '\0' && row.help[0] != '\0');
        assert_non_null(policy_options_section_name(row.section));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_key),
        cmocka_unit_test(is_strict_by_default),
        cmocka_unit_test(shows_where_a_policy_is_wrong),
        cmocka_unit_test(loads_a_file),
        cmocka_unit_test(says_of_every_key_what_it_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
