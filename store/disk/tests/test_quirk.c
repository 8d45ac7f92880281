/* Tests of store/disk/quirk.c. */
#include "harness/testkit/test.h"
#include "store/disk/quirk.h"

static void fixed_has_every_guard_and_no_defect(void **state)
{
    (void)state;
    struct quirk_set set = quirk_of_profile(QUIRK_PROFILE_FIXED);
    for (unsigned guard = 0; guard < QUIRK_GUARD_COUNT; guard++) {
        assert_true(quirk_has_guard(&set, (enum quirk_guard)guard));
    }
    assert_int_equal(set.defects, 0);
}

static void rocketmq_profiles_have_no_guard_and_their_own_defects(void **state)
{
    (void)state;
    struct quirk_set old = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_5_2_0);
    struct quirk_set later = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_5_3_3);
    assert_int_equal(old.guards, 0);
    assert_int_equal(later.guards, 0);
    /* The incident of issue #8032 was fixed in 5.3.0, that of #9084 was not. */
    assert_true(quirk_has_defect(&old, QUIRK_DEFECT_DLEDGER_DUP_INFO));
    assert_false(quirk_has_defect(&later, QUIRK_DEFECT_DLEDGER_DUP_INFO));
    assert_true(quirk_has_defect(&old, QUIRK_DEFECT_DLEDGER_MESSAGE_SIZE));
    assert_true(quirk_has_defect(&later, QUIRK_DEFECT_DLEDGER_MESSAGE_SIZE));
    assert_false(quirk_has_defect(&old, QUIRK_DEFECT_ZERO_LENGTH_FATAL));
}

/* A way comes with a release alone: none of ours has one, whatever is planted. */
static void ways_come_with_releases(void **state)
{
    (void)state;
    struct quirk_set fixed = quirk_of_profile(QUIRK_PROFILE_FIXED);
    struct quirk_set oldest = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_4_9_7);
    struct quirk_set newest = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_5_5_1);
    assert_int_equal(fixed.ways, 0);
    assert_true(quirk_has_way(&oldest, QUIRK_WAY_REPUT_FROM_QUEUES));
    assert_false(quirk_has_way(&newest, QUIRK_WAY_REPUT_FROM_QUEUES));
    assert_true(quirk_has_way(&newest, QUIRK_WAY_LOGICS_BOUND));
    assert_false(quirk_has_way(&newest, QUIRK_WAY_LOGICS_KEPT));
    for (unsigned i = 0; i < QUIRK_WAY_COUNT; i++) {
        const struct quirk_way_row *row = quirk_way_row((enum quirk_way)i);
        assert_true(row->profiles != 0 && strlen(row->source) > 0 && strlen(row->help) > 0);
    }
}

static void planting_a_defect_takes_off_the_guards_of_its_row_only(void **state)
{
    (void)state;
    for (unsigned defect = 0; defect < QUIRK_DEFECT_COUNT; defect++) {
        struct quirk_set set = quirk_of_profile(QUIRK_PROFILE_FIXED);
        uint32_t all_guards = set.guards;
        quirk_plant(&set, (enum quirk_defect)defect, false);
        assert_int_equal(set.defects, UINT64_C(1) << defect);
        assert_int_equal(set.guards,
                         all_guards & ~quirk_defect_row((enum quirk_defect)defect)->guards_off);
    }
}

static void a_bare_defect_leaves_its_guards_on(void **state)
{
    (void)state;
    struct quirk_set set = quirk_of_profile(QUIRK_PROFILE_FIXED);
    uint32_t all_guards = set.guards;
    quirk_plant(&set, QUIRK_DEFECT_DLEDGER_DUP_INFO, true);
    assert_true(quirk_has_defect(&set, QUIRK_DEFECT_DLEDGER_DUP_INFO));
    assert_int_equal(set.guards, all_guards);
}

static void every_row_is_found_by_its_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < QUIRK_GUARD_COUNT; i++) {
        assert_int_equal(quirk_find_guard(quirk_guard_row((enum quirk_guard)i)->name), i);
    }
    for (unsigned i = 0; i < QUIRK_DEFECT_COUNT; i++) {
        const struct quirk_defect_row *row = quirk_defect_row((enum quirk_defect)i);
        assert_int_equal(quirk_find_defect(row->name), i);
    }
    for (unsigned i = 0; i < QUIRK_PROFILE_COUNT; i++) {
        assert_int_equal(quirk_find_profile(quirk_profile_row((enum quirk_profile)i)->name), i);
    }
    assert_int_equal(quirk_find_guard("fixed"), QUIRK_GUARD_COUNT);
    assert_int_equal(quirk_find_defect(""), QUIRK_DEFECT_COUNT);
    assert_int_equal(quirk_find_profile("rocketmq-6"), QUIRK_PROFILE_COUNT);
}

static void rows_say_how_a_guard_is_shown(void **state)
{
    (void)state;
    assert_true(quirk_guard_row(QUIRK_GUARD_QUEUE_HEAL)->is_shown_live);
    assert_false(quirk_guard_row(QUIRK_GUARD_DIR_SYNC)->is_shown_live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_has_every_guard_and_no_defect),
        cmocka_unit_test(rocketmq_profiles_have_no_guard_and_their_own_defects),
        cmocka_unit_test(ways_come_with_releases),
        cmocka_unit_test(planting_a_defect_takes_off_the_guards_of_its_row_only),
        cmocka_unit_test(a_bare_defect_leaves_its_guards_on),
        cmocka_unit_test(every_row_is_found_by_its_name),
        cmocka_unit_test(rows_say_how_a_guard_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
