/* Delta debugging over toys: what matters is known. */
#include "harness/shrink/delta.h"
#include "harness/testkit/test.h"

/* Fails when all of `needed` are there, or all of `instead`. */
struct toy {
    const size_t *needed;
    size_t needed_count;
    const size_t *instead;
    size_t instead_count;
    uint32_t tried;
    uint32_t tries_max; /* then it gives up */
};

static bool has_all(const bool *kept, const size_t *elements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!kept[elements[i]]) {
            return false;
        }
    }
    return true;
}

static bool toy_fails(void *arg, const bool *kept, size_t count)
{
    struct toy *toy = arg;
    (void)count;
    if (toy->tries_max != 0 && toy->tried >= toy->tries_max) {
        return false;
    }
    toy->tried++;
    return has_all(kept, toy->needed, toy->needed_count) ||
           (toy->instead != NULL && has_all(kept, toy->instead, toy->instead_count));
}

static size_t run(struct toy *toy, bool *kept, size_t count)
{
    memset(kept, 1, count * sizeof(*kept));
    return delta_minimize(kept, count, toy_fails, toy);
}

static void finds_what_is_needed(void **state)
{
    static const size_t rows[][4] = {
        {0, 1, 2, 3}, {0, 7, 8, 511}, {500, 501, 502, 503}, {3, 90, 91, 400}};
    bool kept[DELTA_ELEMENTS_MAX];
    (void)state;
    for (size_t row = 0; row < TEST_COUNT(rows); row++) {
        for (size_t needed = 0; needed <= 4; needed++) {
            struct toy toy = {.needed = rows[row], .needed_count = needed};
            assert_int_equal(run(&toy, kept, DELTA_ELEMENTS_MAX), needed);
            assert_true(has_all(kept, rows[row], needed));
            /* Far fewer than one by one. */
            assert_in_range(toy.tried, 1, 160);
        }
    }
}

static void nothing_at_all_is_tried_first(void **state)
{
    struct toy toy = {0};
    bool kept[64];
    (void)state;
    assert_int_equal(run(&toy, kept, 64), 0);
    assert_int_equal(toy.tried, 1);
    assert_int_equal(run(&toy, kept, 0), 0);
}

/* Of two reasons one is left, and of that everything. */
static void is_minimal_where_there_are_two_ways(void **state)
{
    static const size_t one[] = {1, 30};
    static const size_t other[] = {2, 5, 40};
    struct toy toy = {one, 2, other, 3, 0, 0};
    bool kept[50];
    (void)state;
    size_t left = run(&toy, kept, 50);
    assert_true((left == 2 && has_all(kept, one, 2)) || (left == 3 && has_all(kept, other, 3)));
}

/* Only what was there at the beginning is ever kept. */
static void leaves_out_what_was_out(void **state)
{
    static const size_t needed[] = {4};
    struct toy toy = {.needed = needed, .needed_count = 1};
    bool kept[10] = {[2] = true, [4] = true, [9] = true};
    (void)state;
    assert_int_equal(delta_minimize(kept, 10, toy_fails, &toy), 1);
    assert_true(kept[4] && !kept[2] && !kept[9]);
}

/* A test that gave up leaves something that fails. */
static void a_test_may_give_up(void **state)
{
    static const size_t needed[] = {4, 77};
    bool kept[100];
    (void)state;
    for (uint32_t tries_max = 1; tries_max < 40; tries_max++) {
        struct toy toy = {.needed = needed, .needed_count = 2, .tries_max = tries_max};
        assert_true(run(&toy, kept, 100) >= 2);
        assert_true(has_all(kept, needed, 2));
    }
}

struct number {
    uint64_t threshold;
    uint32_t tried;
};

static bool number_fails(void *arg, uint64_t number)
{
    struct number *toy = arg;
    toy->tried++;
    return number >= toy->threshold;
}

static void finds_the_least_number(void **state)
{
    (void)state;
    for (uint64_t number = 1; number < 200; number++) {
        for (uint64_t threshold = 0; threshold <= number; threshold++) {
            struct number toy = {.threshold = threshold};
            uint64_t least = delta_least(1, number, number_fails, &toy);
            assert_int_equal(least, threshold < 1 ? 1 : threshold);
            assert_in_range(toy.tried, 0, 18);
        }
    }
}

/* What is not monotone still ends with a number that fails. */
static bool odd_fails(void *arg, uint64_t number)
{
    (void)arg;
    return number % 7 == 3;
}

static void ends_with_one_that_fails(void **state)
{
    (void)state;
    for (uint64_t number = 3; number < 400; number += 7) {
        assert_int_equal(delta_least(0, number, odd_fails, NULL) % 7, 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_needed),
        cmocka_unit_test(nothing_at_all_is_tried_first),
        cmocka_unit_test(is_minimal_where_there_are_two_ways),
        cmocka_unit_test(leaves_out_what_was_out),
        cmocka_unit_test(a_test_may_give_up),
        cmocka_unit_test(finds_the_least_number),
        cmocka_unit_test(ends_with_one_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
