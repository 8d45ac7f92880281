/* Which run a word names, and what is said when it names none. */
#include "harness/archive/run_file.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <unistd.h>

#include <sys/stat.h>

#define REPORT "{\"schema_version\":3,\"totals\":{\"failed\":2},\"causes\":[]}"
#define FIRST  "2026-11-22T020001Z-aaaaaa"
#define SECOND "2026-11-23T020001Z-ab0000"
#define KILLED "2026-11-24T020001Z-cccccc"

struct fixture {
    struct tmpdir dir;
    struct run_file file;
    struct err err;
};

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

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char link[TMPDIR_PATH_SIZE_BYTES + 16];

    assert_non_null(fixture);
    tmpdir_make(&fixture->dir);
    put(fixture, FIRST, "run.json", "{\"state\":\"complete\"}");
    put(fixture, FIRST, "report.json", REPORT);
    put(fixture, SECOND, "run.json", "{\"state\":\"complete\"}");
    put(fixture, SECOND, "report.json", REPORT);
    put(fixture, KILLED, "run.json", "{\"state\":\"killed\"}");
    (void)snprintf(link, sizeof(link), "%s/latest", fixture->dir.path);
    assert_int_equal(symlink(SECOND, link), 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    run_file_done(&fixture->file);
    tmpdir_remove(&fixture->dir);
    free(fixture);
    return 0;
}

static int open_run(struct fixture *fixture, const char *word)
{
    run_file_done(&fixture->file);
    return run_file_open(fixture->dir.path, word, &fixture->file, &fixture->err);
}

static void every_name_of_a_run_finds_it(void **state)
{
    static const struct {
        const char *word, *id;
    } names[] = {{FIRST, FIRST},     {"2026-11-22", FIRST}, {"aaaaaa", FIRST}, {"aaa", FIRST},
                 {"latest", SECOND}, {"ab", SECOND},        {SECOND, SECOND}};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        test_ok(open_run(fixture, names[i].word), fixture->err);
        assert_string_equal(fixture->file.id, names[i].id);
        assert_non_null(fixture->file.run);
        assert_int_equal(json_integer_value(json_object_get(
                             json_object_get(fixture->file.report, "totals"), "failed")),
                         2);
    }
}

static void a_path_finds_a_directory_and_a_lone_report(void **state)
{
    struct fixture *fixture = *state;
    char path[TMPDIR_PATH_SIZE_BYTES + 64];

    (void)snprintf(path, sizeof(path), "%s/" FIRST "//", fixture->dir.path);
    test_ok(open_run(fixture, path), fixture->err);
    assert_string_equal(fixture->file.id, FIRST);
    put(fixture, ".", "night.json", REPORT);
    (void)snprintf(path, sizeof(path), "%s/night.json", fixture->dir.path);
    test_ok(open_run(fixture, path), fixture->err);
    assert_string_equal(fixture->file.id, "");
    assert_null(fixture->file.run);
}

static void what_names_no_run_is_said(void **state)
{
    static const struct {
        const char *word, *says;
    } wrong[] = {{"2026", "3 runs in "},
                 {"a", "2 runs in "},
                 {"2027", "the newest is " KILLED},
                 {"", "3 runs in "},
                 {"last", "has no report (state: killed)"},
                 {"no/such", "is not a directory of a run"}};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(open_run(fixture, wrong[i].word), ERR_USAGE);
        assert_non_null(strstr(fixture->err.text, wrong[i].says));
    }
    assert_int_equal(run_file_open("/nonexistent", "x", &fixture->file, &fixture->err), ERR_USAGE);
    assert_non_null(strstr(fixture->err.text, "which has none"));
    assert_int_equal(run_file_open("/nonexistent", "latest", &fixture->file, &fixture->err),
                     ERR_USAGE);
    assert_int_equal(open_run(fixture, fixture->dir.path), ERR_USAGE);
    assert_non_null(strstr(fixture->err.text, "is not the directory of a run that has ended"));
}

static void a_damaged_report_is_said_with_its_line(void **state)
{
    struct fixture *fixture = *state;

    put(fixture, FIRST, "report.json", "{\n\"schema_version\": 3,\n\"totals\"");
    assert_int_equal(open_run(fixture, FIRST), ERR_CORRUPT);
    assert_non_null(strstr(fixture->err.text, FIRST "/report.json:3: "));
    put(fixture, FIRST, "report.json", "[]");
    assert_int_equal(open_run(fixture, FIRST), ERR_CORRUPT);
    assert_non_null(strstr(fixture->err.text, "not a report of `run --json`"));
    put(fixture, FIRST, "report.json", "{\"schema_version\":2,\"totals\":{},\"causes\":[]}");
    assert_int_equal(open_run(fixture, FIRST), ERR_CORRUPT);
    assert_non_null(strstr(fixture->err.text, "schema_version 2, but 3 is needed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_name_of_a_run_finds_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_path_finds_a_directory_and_a_lone_report, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_names_no_run_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_report_is_said_with_its_line, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
