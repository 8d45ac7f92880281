/* Tests of store/disk/quirk_defect.c: the table of the defects. */
#include "harness/testkit/test.h"
#include "store/disk/quirk.h"

/* What the incident was, and what became of it, release by release. */
static void each_release_has_what_its_classes_say(void **state)
{
    (void)state;
    static const struct {
        enum quirk_defect defect;
        bool has[4];
    } rows[] = {{QUIRK_DEFECT_DLEDGER_DUP_INFO, {false, true, false, false}},
                {QUIRK_DEFECT_DLEDGER_MESSAGE_SIZE, {false, true, true, true}},
                {QUIRK_DEFECT_DLEDGER_NO_REDISPATCH, {true, false, false, false}},
                {QUIRK_DEFECT_CHECKPOINT_AHEAD, {true, true, true, false}},
                {QUIRK_DEFECT_LOGICS_OFFSET_AHEAD, {false, false, false, true}},
                {QUIRK_DEFECT_ZERO_LENGTH_FATAL, {true, false, false, false}},
                {QUIRK_DEFECT_EMPTY_QUEUE_FILE_FATAL, {false, true, true, false}},
                {QUIRK_DEFECT_DISPATCH_BEFORE_FLUSH, {true, true, false, false}},
                {QUIRK_DEFECT_OFFSETS_DELETE_RENAME, {true, false, false, false}},
                {QUIRK_DEFECT_OFFSETS_IN_PLACE, {false, true, true, false}},
                {QUIRK_DEFECT_SYNC_ERROR_IGNORED, {true, true, true, false}},
                {QUIRK_DEFECT_SYNC_RETRY_BELIEVED, {false, false, false, true}},
                {QUIRK_DEFECT_CUT_RECORDS_RETURN, {true, true, true, true}}};
    static const enum quirk_profile profiles[] = {
        QUIRK_PROFILE_ROCKETMQ_4_9_7, QUIRK_PROFILE_ROCKETMQ_5_2_0, QUIRK_PROFILE_ROCKETMQ_5_3_3,
        QUIRK_PROFILE_ROCKETMQ_5_5_1};
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        for (size_t k = 0; k < TEST_COUNT(profiles); k++) {
            struct quirk_set set = quirk_of_profile(profiles[k]);
            assert_int_equal(quirk_has_defect(&set, rows[i].defect), rows[i].has[k]);
        }
    }
}

static void every_row_says_all_that_is_shown(void **state)
{
    (void)state;
    for (unsigned i = 0; i < QUIRK_DEFECT_COUNT; i++) {
        const struct quirk_defect_row *row = quirk_defect_row((enum quirk_defect)i);
        assert_true(strlen(row->issue) > 0 && strlen(row->with_guards) > 0);
        /* A release that has it is held to a class. */
        assert_int_equal(row->profiles != 0, strlen(row->source) > 0);
        assert_true(strlen(row->faults) > 0 && strlen(row->properties) > 0);
        /* Models are named where, and only where, a power loss shows it. */
        assert_int_equal(strstr(row->faults, "power-loss") != NULL, strlen(row->models) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_release_has_what_its_classes_say),
        cmocka_unit_test(every_row_says_all_that_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
