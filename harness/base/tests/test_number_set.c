/* The set of numbers: new ones once, the same again after it grew, none after it was emptied. */
#include "harness/base/number_set.h"
#include "harness/testkit/test.h"

/* Past the first table, and past several doublings of it. */
#define MANY 40000u

static void a_number_is_new_once(void **state)
{
    static const uint64_t numbers[] = {1, 2, 4096, 4097, 8192, UINT64_MAX, UINT64_MAX - 1};
    struct number_set *set = number_set_new();

    (void)state;
    assert_non_null(set);
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < TEST_COUNT(numbers); i++) {
            assert_int_equal(number_set_add(set, numbers[i]), round == 0 ? 1 : 0);
        }
    }
    assert_int_equal(number_set_add(set, 3), 1);
    assert_null(number_set_free(set));
}

/* Zero marks a free place of the table, and is a number all the same. */
static void zero_is_a_number(void **state)
{
    struct number_set *set = number_set_new();

    (void)state;
    assert_int_equal(number_set_add(set, 1), 1);
    assert_int_equal(number_set_add(set, 0), 1);
    assert_int_equal(number_set_add(set, 0), 0);
    number_set_clear(set);
    assert_int_equal(number_set_add(set, 0), 1);
    assert_int_equal(number_set_add(set, 1), 1);
    number_set_free(set);
}

static uint64_t spread(uint64_t number)
{
    number = (number ^ number >> 31) * UINT64_C(0x9e3779b97f4a7c15);
    return number ^ number >> 29;
}

static void add_many(struct number_set *set, unsigned from, unsigned upto, int expected)
{
    for (unsigned i = from; i < upto; i++) {
        if (number_set_add(set, spread(i)) != expected) {
            fail_msg("number %u of %u", i, upto);
        }
    }
}

static void all_are_there_after_it_grew(void **state)
{
    struct number_set *set = number_set_new();

    (void)state;
    for (unsigned upto = 1; upto <= MANY; upto *= 2) {
        add_many(set, upto / 2, upto, 1);
        add_many(set, 0, upto, 0);
    }
    add_many(set, MANY, 2 * MANY, 1);
    number_set_free(set);
}

/* All would like the same place, in the first table and in those after it. */
static void equal_places_do_not_hide_each_other(void **state)
{
    struct number_set *set = number_set_new();

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        for (uint64_t i = 1; i <= 3000; i++) {
            assert_int_equal(number_set_add(set, i << 20), round == 0 ? 1 : 0);
        }
    }
    assert_int_equal(number_set_add(set, UINT64_C(3001) << 20), 1);
    number_set_free(set);
}

static void emptied_it_is_as_new(void **state)
{
    struct number_set *set = number_set_new();

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        add_many(set, 0, MANY / 4, 1);
        add_many(set, 0, MANY / 4, 0);
        number_set_clear(set);
    }
    add_many(set, MANY / 4, MANY / 2, 1);
    number_set_free(set);
}

static void nothing_can_be_freed(void **state)
{
    (void)state;
    assert_null(number_set_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_new_once),
        cmocka_unit_test(zero_is_a_number),
        cmocka_unit_test(all_are_there_after_it_grew),
        cmocka_unit_test(equal_places_do_not_hide_each_other),
        cmocka_unit_test(emptied_it_is_as_new),
        cmocka_unit_test(nothing_can_be_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
