/* Two reports side by side. */
#include "harness/history/history_diff.h"
#include "harness/testkit/test.h"

#include <string.h>

static json_t *parse(const char *text)
{
    json_error_t where;
    json_t *json = json_loads(text, 0, &where);

    if (json == NULL) {
        fail_msg("%d: %s", where.line, where.text);
    }
    return json;
}

static const char before_text[] =
    "{\"totals\": {\"causes\": 3}, \"identity\": {\"worker_hash\": \"a\"},"
    " \"coverage\": {\"log/put\": {\"hits\": 3}, \"log/get\": {\"reached\": 1}},"
    " \"scenarios\": ["
    "  {\"name\": \"one\", \"ended\": true, \"run\": 9, \"as_expected\": true, \"duration_us\": 1000000},"
    "  {\"name\": \"two\", \"ended\": true, \"run\": 9, \"as_expected\": false},"
    "  {\"name\": \"old\", \"ended\": true, \"run\": 9, \"as_expected\": false}],"
    " \"causes\": ["
    "  {\"fingerprint\": \"aaa\", \"text\": \"stays\", \"scenarios\": [\"one\"], \"simplest\": {\"token\": \"t\"}},"
    "  {\"fingerprint\": \"bbb\", \"text\": \"goes\", \"scenarios\": [\"two\"], \"simplest\": {\"token\": \"t\"}},"
    "  {\"fingerprint\": \"ccc\", \"text\": \"hides\", \"scenarios\": [\"old\"], \"simplest\": {\"token\": \"t\"}}]}";

static const char after_text[] =
    "{\"totals\": {\"causes\": 2}, \"identity\": {\"worker_hash\": \"%s\"},"
    " \"coverage\": {\"log/put\": {\"hits\": 3}, \"log/get\": {\"reached\": 0}},"
    " \"scenarios\": ["
    "  {\"name\": \"one\", \"ended\": true, \"run\": 9, \"as_expected\": false, \"duration_us\": 2500000},"
    "  {\"name\": \"two\", \"ended\": true, \"run\": 9, \"as_expected\": true},"
    "  {\"name\": \"new\", \"ended\": true, \"run\": 9, \"as_expected\": true}],"
    " \"causes\": ["
    "  {\"fingerprint\": \"aaa\", \"text\": \"stays\", \"scenarios\": [\"one\"], \"simplest\": {\"token\": \"t\"}},"
    "  {\"fingerprint\": \"ddd\", \"text\": \"comes\", \"scenarios\": [\"one\"], \"cases\": 4,"
    "   \"scenario_count\": 1, \"simplest\": {\"token\": \"u\"}}]}";

static void assert_list(const json_t *diff, const char *list, const char *key, const char *expected)
{
    const json_t *rows = json_object_get(diff, list);
    char text[256] = "";

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *word = json_string_value(key == NULL ? row : json_object_get(row, key));

        (void)strcat(strcat(text, i == 0 ? "" : " "), word == NULL ? "?" : word);
    }
    if (strcmp(text, expected) != 0) {
        fail_msg("%s: '%s', expected '%s'", list, text, expected);
    }
}

static void each_difference_is_in_its_list(void **state)
{
    char text[sizeof(after_text) + 8];
    json_t *before = parse(before_text);
    json_t *diff = NULL;

    (void)state;
    (void)snprintf(text, sizeof(text), after_text, "b");
    json_t *after = parse(text);
    assert_int_equal(history_diff(before, after, &diff, NULL), 0);
    assert_list(diff, "new", "text", "comes");
    assert_list(diff, "new", "token", "u");
    assert_list(diff, "ongoing", "text", "stays");
    assert_list(diff, "resolved", "text", "goes");
    assert_list(diff, "rare", "text", "");
    assert_list(diff, "not_covered", "text", "hides");
    assert_list(diff, "scenarios_added", NULL, "new");
    assert_list(diff, "scenarios_gone", NULL, "old");
    assert_list(diff, "scenarios_failing", NULL, "one");
    assert_list(diff, "scenarios_mended", NULL, "two");
    assert_list(diff, "points_unreached", NULL, "log/get");
    assert_list(diff, "slower", "name", "one");
    json_decref(diff);
    json_decref(after);
    json_decref(before);
}

/* Nothing was mended: the same program had it once and once not. */
static void what_one_program_has_once_is_rare(void **state)
{
    char text[sizeof(after_text) + 8];
    json_t *before = parse(before_text);
    json_t *diff = NULL;

    (void)state;
    (void)snprintf(text, sizeof(text), after_text, "a");
    json_t *after = parse(text);
    assert_int_equal(history_diff(before, after, &diff, NULL), 0);
    assert_list(diff, "rare", "text", "goes");
    assert_list(diff, "resolved", "text", "");
    json_decref(diff);
    json_decref(after);
    json_decref(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_difference_is_in_its_list),
        cmocka_unit_test(what_one_program_has_once_is_rare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
