/* Figures of a bench: what counts is the ratio to a floor. */
#include "harness/gate/ratios.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <string.h>

static int read_text(const char *text, struct ratios *figures, struct err *err)
{
    struct tmpdir dir;
    char path[TMPDIR_PATH_SIZE_BYTES + 16];
    tmpdir_make(&dir);
    (void)snprintf(path, sizeof(path), "%s/b.json", dir.path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
    int r = ratios_read(path, figures, err);
    tmpdir_remove(&dir);
    return r;
}

static void takes_what_has_a_ratio(void **state)
{
    struct ratios figures;
    struct err err = ERR_INIT;
    (void)state;
    test_ok(read_text("{\"figures\": [{\"name\": \"a\", \"ratio\": 2.5, \"better\": \"less\"},"
                      "{\"name\": \"clock\", \"ratio\": 0, \"better\": \"less\"},"
                      "{\"name\": \"b\", \"ratio\": 0.5, \"better\": \"more\"}]}",
                      &figures, &err),
            err);
    assert_int_equal(figures.count, 2);
    assert_non_null(ratios_find(&figures, "a"));
    assert_false(ratios_find(&figures, "a")->is_more_better);
    assert_true(ratios_find(&figures, "b")->is_more_better);
    assert_null(ratios_find(&figures, "clock"));
}

static void refuses_what_is_none(void **state)
{
    static const char *const wrong[] = {
        "", "{\"figures\": []}", "{\"figures\": [{\"name\": \"a\", \"ratio\": 2.5}]}",
        "{\"figures\": [{\"name\": \"a\", \"better\": \"less\"}]}", "[1]"};
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct ratios figures;
        struct err err = ERR_INIT;
        test_row(wrong[i]);
        test_code(read_text(wrong[i], &figures, &err), ERR_CORRUPT);
        test_contains(err.text, "b.json");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_has_a_ratio),
        cmocka_unit_test(refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
