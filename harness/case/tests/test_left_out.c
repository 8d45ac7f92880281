/* What was left out is added up by reason, and never said as less than it is. */
#include "harness/case/left_out.h"
#include "harness/testkit/test.h"

static void nothing_is_no_entry(void **state)
{
    struct left_out list = {0};
    bool is_uncounted = true;

    (void)state;
    left_out_add(&list, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE, 0, "a text");
    assert_int_equal(list.entry_count, 0);
    assert_null(left_out_find(&list, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE));
    assert_int_equal(left_out_count(&list, LEFT_OUT_UNIT_CASE, &is_uncounted), 0);
    assert_false(is_uncounted);
}

static void a_reason_has_one_entry_a_unit(void **state)
{
    struct left_out list = {0};
    bool is_uncounted = false;

    (void)state;
    left_out_add(&list, LEFT_OUT_CAUGHT, LEFT_OUT_UNIT_CASE, 3, "");
    left_out_add(&list, LEFT_OUT_CAUGHT, LEFT_OUT_UNIT_CASE, 4, "later");
    left_out_add_uncounted(&list, LEFT_OUT_CAUGHT, LEFT_OUT_UNIT_IMAGE, "");
    left_out_add(&list, LEFT_OUT_DEPTH, LEFT_OUT_UNIT_CASE, 5, "");
    assert_int_equal(list.entry_count, 3);
    const struct left_out_entry *entry = left_out_find(&list, LEFT_OUT_CAUGHT, LEFT_OUT_UNIT_CASE);
    assert_int_equal(entry->count, 7);
    assert_false(entry->is_uncounted);
    assert_int_equal(entry->scenario_count, 1);
    assert_string_equal(left_out_entry_text(entry), "later");
    assert_int_equal(left_out_count(&list, LEFT_OUT_UNIT_CASE, &is_uncounted), 12);
    assert_false(is_uncounted);
    assert_int_equal(left_out_count(&list, LEFT_OUT_UNIT_IMAGE, &is_uncounted), 0);
    assert_true(is_uncounted);
}

static void sums_count_scenarios_and_drop_texts_that_differ(void **state)
{
    struct left_out sum = {0};

    (void)state;
    for (uint64_t i = 1; i <= 3; i++) {
        struct left_out part = {0};

        left_out_add(&part, LEFT_OUT_HITS, LEFT_OUT_UNIT_CASE, i, i == 3 ? "it hung" : "it died");
        left_out_add(&part, LEFT_OUT_TRACES, LEFT_OUT_UNIT_TRACE, i, "the same");
        if (i == 2) {
            left_out_add_uncounted(&part, LEFT_OUT_HITS, LEFT_OUT_UNIT_CASE, "");
        }
        left_out_merge(&sum, &part);
    }
    assert_int_equal(sum.entry_count, 2);
    assert_int_equal(sum.entries[0].count, 6);
    assert_int_equal(sum.entries[0].scenario_count, 3);
    assert_true(sum.entries[0].is_uncounted);
    assert_string_equal(left_out_entry_text(&sum.entries[0]), left_out_help(LEFT_OUT_HITS));
    assert_string_equal(left_out_entry_text(&sum.entries[1]), "the same");
}

/* Every pair that there can be has its place. */
static void a_list_is_never_full(void **state)
{
    struct left_out list = {0};

    (void)state;
    for (int pass = 0; pass < 2; pass++) {
        for (int r = 0; r < LEFT_OUT_REASON_COUNT; r++) {
            for (int u = 0; u < LEFT_OUT_UNIT_COUNT; u++) {
                left_out_add(&list, (enum left_out_reason)r, (enum left_out_unit)u, 1, "");
            }
        }
    }
    assert_int_equal(list.entry_count, LEFT_OUT_REASON_COUNT * LEFT_OUT_UNIT_COUNT);
    assert_int_equal(list.entries[list.entry_count - 1].count, 2);
}

static void names_are_found_again(void **state)
{
    (void)state;
    for (int r = 0; r < LEFT_OUT_REASON_COUNT; r++) {
        enum left_out_reason reason = (enum left_out_reason)r;

        assert_int_equal(left_out_reason_find(left_out_name(reason)), reason);
        assert_true(strlen(left_out_help(reason)) < LEFT_OUT_TEXT_SIZE_BYTES);
    }
    assert_int_equal(left_out_reason_find("nothing"), LEFT_OUT_REASON_COUNT);
    assert_string_equal(left_out_unit_name(LEFT_OUT_UNIT_PROPERTY, 1), "property");
    assert_string_equal(left_out_unit_name(LEFT_OUT_UNIT_PROPERTY, 0), "properties");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_no_entry),
        cmocka_unit_test(a_reason_has_one_entry_a_unit),
        cmocka_unit_test(sums_count_scenarios_and_drop_texts_that_differ),
        cmocka_unit_test(a_list_is_never_full),
        cmocka_unit_test(names_are_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
