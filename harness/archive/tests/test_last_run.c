/* Which run was the last, and what failed in it. */
#include "harness/archive/last_run.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <sys/stat.h>

struct fixture {
    struct tmpdir dir;
    struct last_run *run;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->run = calloc(1, sizeof(*fixture->run));
    assert_non_null(fixture->run);
    tmpdir_make(&fixture->dir);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    tmpdir_remove(&fixture->dir);
    free(fixture->run);
    free(fixture);
    return 0;
}

static void put(const struct fixture *fixture, const char *run, const char *name, const char *text)
{
    char path[TMPDIR_PATH_SIZE_BYTES + 128];
    (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir.path, run);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof(path), "%s/%s/%s", fixture->dir.path, run, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

#define LINE(token, role, outcome, passed, path)                            \
    "{\"token\":\"" token "\",\"role\":\"" role "\",\"outcome\":\"" outcome \
    "\",\"passed\":" passed ",\"path\":\"" path "\"}\n"

static void there_may_be_none(void **state)
{
    struct fixture *fixture = *state;
    char path[TMPDIR_PATH_SIZE_BYTES + 16];
    test_ok(last_run_read(fixture->dir.path, fixture->run, &fixture->err), fixture->err);
    assert_string_equal(fixture->run->path, "");
    (void)snprintf(path, sizeof(path), "%s/runs", fixture->dir.path);
    test_ok(last_run_read(path, fixture->run, &fixture->err), fixture->err);
    assert_string_equal(fixture->run->path, "");
}

/* The newest was killed: nobody can say what failed in it. */
static void the_newest_that_has_ended_is_read(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "2026-11-22T020001Z-aaaaaa", "run.json", "{\"seed\":\"1\"}");
    put(fixture, "2026-11-22T020001Z-aaaaaa", "results.jsonl",
        LINE("old.000001@1:", "fault", "violated", "false", "old.yaml"));
    put(fixture, "2026-11-23T020001Z-aaaaaa", "run.json",
        "{\"seed\":\"c0ffee\",\"totals\":{\"interrupted\":true,\"failed\":7},"
        "\"unexpected\":[{\"name\":\"vacuous\",\"path\":\"v.yaml\"},{\"name\":\"b\"}]}");
    put(fixture, "2026-11-23T020001Z-aaaaaa", "results.jsonl",
        LINE("a.000001@c0ffee:x", "fault", "intact", "true", "a.yaml")
            LINE("b.000002@c0ffee:y", "fault", "violated", "false", "dir/b.yaml")
                LINE("c.000003@c0ffee:", "trace", "skipped", "false", "c.yaml")
                    LINE("canary.000004@c0ffee:", "canary", "violated", "false", "canary")
                        LINE("d.000005@c0ffee@fixed:z", "control", "violated", "false", ""));
    put(fixture, "2026-11-24T020001Z-aaaaaa", "results.jsonl.tmp", "");
    put(fixture, "latest", "run.json", "{}");
    test_ok(last_run_read(fixture->dir.path, fixture->run, &fixture->err), fixture->err);
    const struct last_run *run = fixture->run;
    test_contains(run->path, "2026-11-23");
    assert_true(run->is_interrupted);
    assert_int_equal(run->seed, 0xc0ffee);
    assert_int_equal(run->failed, 7); /* not each has a line */
    assert_int_equal(run->scenario_count, 3);
    assert_string_equal(run->scenarios[0], "vacuous");
    assert_string_equal(run->paths[0], "v.yaml");
    assert_string_equal(run->scenarios[1], "b");
    assert_string_equal(run->paths[1], "dir/b.yaml");
    assert_string_equal(run->scenarios[2], "d");
    assert_string_equal(run->paths[2], "");
    assert_int_equal(run->token_count, 2);
    assert_string_equal(run->tokens[0], "b.000002@c0ffee:y");
    assert_false(run->is_control[0]);
    assert_true(run->is_control[1]);
}

/* Thousands may fail of one cause: a few tell whether it is mended. */
static void of_each_scenario_a_few_are_kept(void **state)
{
    static const char line[] = LINE("many.000001@1:x", "fault", "violated", "false", "m.yaml");
    struct fixture *fixture = *state;
    char text[100 * sizeof(line)] = "";
    for (size_t i = 0, used = 0; i < 100; i++, used += sizeof(line) - 1) {
        memcpy(text + used, line, sizeof(line));
    }
    put(fixture, "2026-11-22T020001Z-aaaaaa", "run.json", "{}");
    put(fixture, "2026-11-22T020001Z-aaaaaa", "results.jsonl", text);
    test_ok(last_run_read(fixture->dir.path, fixture->run, &fixture->err), fixture->err);
    assert_int_equal(fixture->run->scenario_count, 1);
    assert_int_equal(fixture->run->token_count, LAST_RUN_TOKENS_PER_SCENARIO);
}

static void damage_is_said_with_its_line(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "2026-11-22T020001Z-aaaaaa", "run.json", "{}");
    test_code(last_run_read(fixture->dir.path, fixture->run, &fixture->err), -ENOENT);
    put(fixture, "2026-11-22T020001Z-aaaaaa", "results.jsonl", "{}\n{\"passed\":false,\n");
    test_code(last_run_read(fixture->dir.path, fixture->run, &fixture->err), ERR_CORRUPT);
    test_contains(fixture->err.text, "results.jsonl:2");
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(there_may_be_none),
        ROW(the_newest_that_has_ended_is_read),
        ROW(of_each_scenario_a_few_are_kept),
        ROW(damage_is_said_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
