/* A suite is shared out whole, evenly, and always the same. */
#include "harness/campaign/split.h"
#include "harness/testkit/test.h"

#define UNITS 40u

static void fill(struct split_unit units[UNITS])
{
    for (uint32_t i = 0; i < UNITS; i++) {
        units[i] = (struct split_unit){1000 + (uint64_t)i * i * 50, i % 3 != 0};
    }
    units[7].weight_us = 0;
    units[10].weight_us = 900000;
    units[10].is_divisible = true;
    units[12].weight_us = 300000;
    units[12].is_divisible = false;
}

static void each_piece_has_one_owner(void **state)
{
    (void)state;
    struct split_unit units[UNITS];
    fill(units);
    for (uint32_t n = 1; n <= 9; n++) {
        struct split *split = NULL;
        assert_int_equal(split_make(units, UNITS, n, &split), 0);
        for (uint32_t u = 0; u < UNITS; u++) {
            uint32_t with_any = 0;
            uint32_t with_all = 0;
            for (uint32_t k = 0; k < n; k++) {
                with_any += split_has_any(split, u, k);
                with_all += split_has_all(split, u, k);
                assert_true(!split_has_all(split, u, k) || split_has_any(split, u, k));
            }
            assert_true(with_any >= 1);
            assert_int_equal(with_all, with_any == 1);
            assert_true(units[u].is_divisible || with_any == 1);
            for (uint64_t piece = 0; piece < 100; piece++) {
                uint32_t owner = split_owner(split, u, piece);
                assert_true(owner < n);
                assert_true(split_has_any(split, u, owner));
            }
        }
        (void)split_free(split);
    }
}

/* Nobody has more than a fair share and the heaviest that cannot be divided. */
static void nobody_has_much_more_than_a_fair_share(void **state)
{
    (void)state;
    struct split_unit units[UNITS];
    fill(units);
    for (uint32_t n = 2; n <= 9; n++) {
        struct split *split = NULL;
        uint64_t sum = 0;
        uint64_t most = 0;
        assert_int_equal(split_make(units, UNITS, n, &split), 0);
        for (uint32_t k = 0; k < n; k++) {
            sum += split_weight_us(split, k);
            most = split_weight_us(split, k) > most ? split_weight_us(split, k) : most;
        }
        uint64_t heaviest = sum / n / 2 > 300000 ? sum / n / 2 : 300000;
        assert_true(most <= sum / n + heaviest);
        (void)split_free(split);
    }
}

static void the_same_units_are_shared_out_alike(void **state)
{
    (void)state;
    struct split_unit units[UNITS];
    struct split *one = NULL;
    struct split *other = NULL;
    fill(units);
    assert_int_equal(split_make(units, UNITS, 4, &one), 0);
    assert_int_equal(split_make(units, UNITS, 4, &other), 0);
    for (uint32_t u = 0; u < UNITS; u++) {
        for (uint64_t piece = 0; piece < 64; piece++) {
            assert_int_equal(split_owner(one, u, piece), split_owner(other, u, piece));
        }
    }
    (void)split_free(one);
    (void)split_free(other);
}

static void few_units_and_many_shards(void **state)
{
    (void)state;
    const struct split_unit whole = {.weight_us = 10, .is_divisible = false};
    const struct split_unit divided = {.weight_us = 10, .is_divisible = true};
    struct split *split = NULL;
    assert_int_equal(split_make(&whole, 1, 5, &split), 0);
    assert_true(split_has_all(split, 0, split_owner(split, 0, 0)));
    (void)split_free(split);
    assert_int_equal(split_make(&divided, 1, 5, &split), 0);
    for (uint32_t k = 0; k < 5; k++) {
        assert_true(split_has_any(split, 0, k));
    }
    (void)split_free(split);
    assert_int_equal(split_make(NULL, 0, 5, &split), 0);
    assert_int_equal(split_weight_us(split, 4), 0);
    assert_null(split_free(split));
    assert_null(split_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_piece_has_one_owner),
        cmocka_unit_test(nobody_has_much_more_than_a_fair_share),
        cmocka_unit_test(the_same_units_are_shared_out_alike),
        cmocka_unit_test(few_units_and_many_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
