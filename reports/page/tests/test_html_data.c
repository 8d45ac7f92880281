/* A report made small: sums stay, what is cut is counted, stories go before the page is too large.
 */
#include "harness/testkit/test.h"
#include "reports/page/html_data.h"
#include "reports/page/html_page.h"

static json_t *cell(const char *scenario, const char *point, int failed)
{
    return json_pack("{ss ss ss ss si si si si s{si si}}", "scenario", scenario, "point", point,
                     "fault", "kill", "role", "fault", "cases", 3, "failed", failed, "broken", 0,
                     "skipped", 0, "outcomes", "intact", 3 - failed, "violated", failed);
}

static json_t *data_of(json_t *report)
{
    const struct html_data_input input = {
        .report = report, .name = "night", .command = "killpoint", .base = ""};
    json_t *data = html_data_new(&input);
    assert_non_null(data);
    return data;
}

static json_int_t cut(const json_t *data, const char *what)
{
    return json_integer_value(json_object_get(json_object_get(data, "cut"), what));
}

static void cells_keep_their_counts_without_zeros(void **state)
{
    (void)state;
    json_t *report =
        json_pack("{s[oo]}", "cells", cell("a", "log/append", 0), cell("b", "log/append", 2));
    json_t *data = data_of(report);
    const json_t *cells = json_object_get(data, "cells");
    const json_t *row = json_array_get(json_object_get(cells, "rows"), 1);
    assert_int_equal(json_array_size(json_object_get(cells, "points")), 1);
    assert_int_equal(json_array_size(json_object_get(cells, "scenarios")), 2);
    assert_int_equal(json_integer_value(json_array_get(row, 0)), 1);
    assert_int_equal(json_integer_value(json_array_get(row, 5)), 2);
    row = json_array_get(json_object_get(cells, "rows"), 0);
    assert_null(json_object_get(json_array_get(row, 8), "violated"));
    json_decref(data);
    json_decref(report);
}

static void too_many_cells_become_sums(void **state)
{
    char name[32];
    (void)state;
    json_t *cells = json_array();
    for (int i = 0; i < HTML_DATA_CELLS_MAX + 2; i++) {
        (void)snprintf(name, sizeof(name), "scenario-%d", i);
        (void)json_array_append_new(cells, cell(name, i % 2 == 0 ? "log/append" : "log/sync", 1));
    }
    json_t *report = json_pack("{so}", "cells", cells);
    json_t *data = data_of(report);
    const json_t *rows = json_object_get(json_object_get(data, "cells"), "rows");
    assert_int_equal(json_array_size(rows), 2);
    const json_t *row = json_array_get(rows, 0);
    assert_int_equal(json_integer_value(json_array_get(row, 4)), 3 * (HTML_DATA_CELLS_MAX / 2 + 1));
    assert_int_equal(json_integer_value(json_array_get(row, 5)), HTML_DATA_CELLS_MAX / 2 + 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(row, 8), "violated")),
                     HTML_DATA_CELLS_MAX / 2 + 1);
    json_decref(data);
    json_decref(report);
}

static void what_failed_is_the_last_to_be_cut(void **state)
{
    (void)state;
    json_t *scenarios = json_array();
    for (int i = 0; i < HTML_DATA_SCENARIOS_MAX + 7; i++) {
        (void)json_array_append_new(scenarios,
                                    json_pack("{ss sb}", "name", "fine", "as_expected", 1));
    }
    (void)json_array_append_new(scenarios, json_pack("{ss sb}", "name", "bad", "as_expected", 0));
    json_t *report = json_pack("{so}", "scenarios", scenarios);
    json_t *data = data_of(report);
    const json_t *rows = json_object_get(data, "scenarios");
    assert_int_equal(json_array_size(rows), HTML_DATA_SCENARIOS_MAX);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "name")), "bad");
    assert_int_equal(cut(data, "scenarios"), 8);
    json_decref(data);
    json_decref(report);
}

static void images_that_were_to_fail_stand_apart(void **state)
{
    (void)state;
    json_t *report = json_pack("{s[{s{s{si}}} {s[s] s{s{si}}} {s[] s{s{si} s{si}}}]}", "scenarios",
                               "coverage", "log/put", "image_violations", 3, "expect", "starts",
                               "coverage", "log/put", "image_violations", 5, "expect", "coverage",
                               "log/put", "image_violations", 4, "log/sync", "image_violations", 0);
    assert_non_null(report);
    json_t *data = data_of(report);
    const json_t *images = json_object_get(data, "images");
    const json_t *failed = json_object_get(images, "failed");
    assert_int_equal(json_integer_value(json_object_get(failed, "log/put")), 7);
    assert_int_equal(json_object_size(failed), 1);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(images, "wanted"), "log/put")), 5);
    json_decref(data);
    json_decref(report);
}

static json_t *why_of(size_t size_bytes)
{
    char *text = malloc(size_bytes + 1);
    assert_non_null(text);
    memset(text, 'x', size_bytes);
    text[size_bytes] = '\0';
    json_t *why = json_pack("{s{s[s]} ss}", "sections", "IN SHORT", "why", "figures", text);
    free(text);
    return why;
}

static void stories_go_before_the_page_is_too_large(void **state)
{
    char *page = NULL;
    size_t size = 0;
    struct err err = ERR_INIT;
    (void)state;
    json_t *report = json_object();
    json_t *data = data_of(report);
    for (size_t i = 0; i < 20; i++) {
        json_t *why = why_of((size_t)400 << 10);
        html_data_add_why(data, i, why);
        assert_true(json_is_string(json_object_get(why, "figures")));
        json_decref(why);
    }
    assert_true(cut(data, "figures") > 5 && cut(data, "figures") < 20);
    assert_int_equal(json_object_size(json_object_get(data, "whys")), 20);
    FILE *stream = open_memstream(&page, &size);
    test_ok(html_page_write(stream, data, &err), err);
    (void)fclose(stream);
    free(page);
    json_decref(data);
    json_decref(report);
}

static void a_report_without_anything_is_data_too(void **state)
{
    (void)state;
    json_t *report = json_object();
    json_t *data = data_of(report);
    assert_int_equal(json_array_size(json_object_get(data, "scenarios")), 0);
    assert_int_equal(json_array_size(json_object_get(data, "failures")), 0);
    assert_true(json_is_null(json_object_get(data, "trend")));
    json_decref(data);
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_keep_their_counts_without_zeros),
        cmocka_unit_test(too_many_cells_become_sums),
        cmocka_unit_test(what_failed_is_the_last_to_be_cut),
        cmocka_unit_test(images_that_were_to_fail_stand_apart),
        cmocka_unit_test(stories_go_before_the_page_is_too_large),
        cmocka_unit_test(a_report_without_anything_is_data_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
