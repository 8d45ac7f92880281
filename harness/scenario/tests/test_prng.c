/* Deterministic random numbers. */
#include "harness/scenario/prng.h"
#include "harness/testkit/test.h"

static void the_same_seed_gives_the_same_numbers(void **state)
{
    struct prng left;
    struct prng right;
    (void)state;
    prng_init(&left, 0x5eed, 3);
    prng_init(&right, 0x5eed, 3);
    for (int i = 0; i < 100; i++) {
        assert_true(prng_next(&left) == prng_next(&right));
    }
}

static void streams_of_one_seed_differ(void **state)
{
    struct prng left;
    struct prng right;
    int equal = 0;
    (void)state;
    prng_init(&left, 0, 0);
    prng_init(&right, 0, 1);
    for (int i = 0; i < 100; i++) {
        equal += prng_next(&left) == prng_next(&right);
    }
    assert_int_equal(equal, 0);
}

static void bounds_are_kept_and_all_values_come(void **state)
{
    struct prng prng;
    int seen[7] = {0};
    (void)state;
    prng_init(&prng, 1, 1);
    for (int i = 0; i < 7000; i++) {
        uint64_t value = prng_below(&prng, 7);
        assert_true(value < 7);
        seen[value]++;
    }
    for (int i = 0; i < 7; i++) {
        assert_in_range(seen[i], 800, 1200);
    }
    assert_int_equal(prng_between(&prng, 5, 5), 5);
    assert_int_equal(prng_below(&prng, 1), 0);
}

/* The numbers are part of what a token means: they may never change. */
static void the_numbers_are_fixed_for_ever(void **state)
{
    struct prng prng;
    (void)state;
    prng_init(&prng, 0x5eed, 0);
    assert_true(prng_next(&prng) == UINT64_C(10091762928768241989));
    assert_true(prng_next(&prng) == UINT64_C(10283019389212503703));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_numbers),
        cmocka_unit_test(streams_of_one_seed_differ),
        cmocka_unit_test(bounds_are_kept_and_all_values_come),
        cmocka_unit_test(the_numbers_are_fixed_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
