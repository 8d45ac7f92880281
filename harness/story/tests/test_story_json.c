/* A story as a document, with and without figures. */
#include "harness/story/story_json.h"
#include "harness/testkit/test.h"

static struct story story;
static struct figures figures;

static void sections_are_lists_of_rows(void **state)
{
    (void)state;
    memset(&story, 0, sizeof(story));
    story.mechanism = MECHANISM_RECORD_LOST;
    (void)snprintf(story.source.at.file, sizeof(story.source.at.file), "store/store.c");
    story.source.at.line = 7;
    page_add(&story.page, PAGE_WRONG, 0, "one");
    page_add(&story.page, PAGE_WRONG, 0, "\xff");
    json_t *json = story_json("a token", &story, NULL);
    assert_non_null(json);
    const json_t *rows = json_object_get(json_object_get(json, "sections"), "WRONG");
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(json_string_value(json_array_get(rows, 0)), "one");
    assert_true(json_is_null(json_array_get(rows, 1)));
    const json_t *start = json_object_get(json, "start");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(start, "at"), "line")), 7);
    assert_true(json_is_null(json_object_get(start, "caller")));
    assert_string_equal(json_string_value(json_object_get(json, "mechanism")),
                        mechanism_name(MECHANISM_RECORD_LOST));
    assert_true(json_is_null(json_object_get(json, "figures")));
    json_decref(json);
}

static void figures_go_with_it(void **state)
{
    (void)state;
    memset(&story, 0, sizeof(story));
    story.mechanism = MECHANISM_COUNT;
    figures.is_there = true;
    json_t *json = story_json("a token", &story, &figures);
    assert_non_null(json);
    assert_true(json_is_null(json_object_get(json, "mechanism")));
    assert_true(json_is_object(json_object_get(json_object_get(json, "figures"), "ops")));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_are_lists_of_rows),
        cmocka_unit_test(figures_go_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
