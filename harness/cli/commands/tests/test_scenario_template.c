/* Whatever is asked for, what is written is a scenario that is right, and says what was asked. */
#include "harness/cli/commands/scenario_template.h"
#include "harness/scenario/scenario.h"
#include "harness/testkit/test.h"

#include <stdlib.h>
#include <string.h>

/* The caller frees it. */
static char *written(const struct scenario_template *wanted)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    assert_int_equal(scenario_template_write(wanted, stream), 0);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void read_back(const struct scenario_template *wanted, struct scenario *scenario)
{
    struct err err = ERR_INIT;
    char *text = written(wanted);

    test_ok(scenario_lint(text, strlen(text), "first.yaml", scenario, &err), err);
    free(text);
}

static void each_kind_is_right(void **state)
{
    struct scenario *scenario = calloc(1, sizeof(*scenario));

    (void)state;
    assert_non_null(scenario);
    for (unsigned i = 0; i < 8; i++) {
        const struct scenario_template wanted = {
            .name = "first",
            .mode = (i & 1) != 0 ? STORE_MODE_DLEDGER : STORE_MODE_COMMITLOG,
            .flush = (i & 2) != 0 ? STORE_FLUSH_ASYNC : STORE_FLUSH_SYNC,
            .is_power = (i & 4) != 0};

        read_back(&wanted, scenario);
        assert_string_equal(scenario->name, "first");
        assert_int_equal(scenario->store.mode, wanted.mode);
        assert_int_equal(scenario->store.flush, wanted.flush);
        assert_int_equal(scenario->is_explored, wanted.is_power);
        assert_int_equal(scenario->expect, 0);
    }
    free(scenario);
}

static void program_gets_what_a_program_has(void **state)
{
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    const struct scenario_template wanted = {.name = "first", .target = "program:example"};

    (void)state;
    assert_non_null(scenario);
    read_back(&wanted, scenario);
    assert_string_equal(scenario->target, "program:example");
    free(scenario);
}

static void comments_are_those_of_the_table_and_fit_a_screen(void **state)
{
    const struct scenario_template wanted = {.name = "first"};
    char *text = written(&wanted);

    (void)state;
    test_contains(text, "\n  # Plain log or DLedger log. (commitlog, dledger) Default: commitlog\n"
                        "  mode: commitlog\n");
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        assert_in_range(strcspn(line, "\n"), 0, 100);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_right),
        cmocka_unit_test(program_gets_what_a_program_has),
        cmocka_unit_test(comments_are_those_of_the_table_and_fit_a_screen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
