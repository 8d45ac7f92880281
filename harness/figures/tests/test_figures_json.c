/* Figures as tables: as many values a row as there are columns, and nothing that is no text. */
#include "harness/figures/figures_disk.h"
#include "harness/figures/figures_json.h"
#include "harness/reenact/tests/fixture.h"

static struct fixture fixture;
static struct figures figures;

static void check_table(const json_t *table)
{
    size_t index;
    const json_t *row;
    size_t columns = json_array_size(json_object_get(table, "columns"));
    assert_true(columns > 0);
    json_array_foreach(json_object_get(table, "rows"), index, row)
    {
        assert_int_equal(json_array_size(row), columns);
    }
}

static void rows_are_as_long_as_their_heads(void **state)
{
    static const char *const tables[] = {"ops", "notes", "strikes", "crashes", "messages"};
    (void)state;
    memset(&figures, 0, sizeof(figures));
    fixture_run(&fixture, "plain-sync", NULL, "commitlog/append:4=kill");
    figures_take(fixture.reenact, &figures);
    figures_disk_add(fixture.reenact, "crashed", fixture.reenact->crashed, &figures);
    figures_disk_messages(fixture.reenact, &figures);
    figures.crash_count = 1;
    json_t *json = figures_json(&figures);
    assert_non_null(json);
    for (size_t i = 0; i < TEST_COUNT(tables); i++) {
        check_table(json_object_get(json, tables[i]));
    }
    json_t *stage = json_array_get(json_object_get(json, "stages"), 0);
    check_table(json_object_get(stage, "records"));
    check_table(json_object_get(stage, "units"));
    assert_int_equal(json_array_size(json_object_get(json_object_get(json, "ops"), "rows")),
                     figures.op_count);
    json_decref(json);
    fixture_done(&fixture);
}

static void bytes_that_are_no_text_do_not_spoil_it(void **state)
{
    (void)state;
    memset(&figures, 0, sizeof(figures));
    figures.is_there = true;
    figures.file_count = 1;
    (void)snprintf(figures.files[0], FIGURES_NAME_BYTES, "consumequeue/\xff\xfe");
    json_t *json = figures_json(&figures);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "files"), 0)), "?");
    json_decref(json);
}

static void without_figures_it_is_null(void **state)
{
    (void)state;
    memset(&figures, 0, sizeof(figures));
    json_t *json = figures_json(&figures);
    assert_true(json_is_null(json));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_as_long_as_their_heads),
        cmocka_unit_test(bytes_that_are_no_text_do_not_spoil_it),
        cmocka_unit_test(without_figures_it_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
