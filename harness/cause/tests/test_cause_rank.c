/* Of two failing cases the simpler one. */
#include "harness/cause/cause_rank.h"
#include "harness/testkit/test.h"

static struct cause_rank rank_of(const struct campaign_scenario *scenario, const char *plan,
                                 uint32_t acked_count)
{
    static struct campaign_case ended;
    struct err err = ERR_INIT;
    memset(&ended, 0, sizeof(ended));
    test_ok(plan_parse(plan, &points_engine, &ended.plan, &err), err);
    ended.fired_count = plan_hit_count(&ended.plan);
    ended.end.sent_count = acked_count;
    return cause_rank_of(scenario, &ended, plan);
}

/* Each row is simpler than the next. */
static void fewer_rounds_faults_messages_and_items_are_simpler(void **state)
{
    (void)state;
    static struct campaign_scenario plain;
    static const struct {
        const char *plan;
        uint32_t acked_count;
    } rows[] = {
        {"", 9},
        {"commitlog/append:1=kill", 2},
        {"commitlog/append:1=kill", 3},
        {"commitlog/append:1=power-loss:all:k3d1", 3},
        {"commitlog/append:1=power-loss:all:k2d2", 3},
        {"commitlog/append:10=power-loss:all:k2d2", 3},
        {"commitlog/append:1=eio,commitlog/append:2=kill", 0},
        {"commitlog/append:1=kill+commitlog/append:2=kill", 0},
    };
    for (size_t i = 1; i < TEST_COUNT(rows); i++) {
        struct cause_rank one = rank_of(&plain, rows[i - 1].plan, rows[i - 1].acked_count);
        struct cause_rank other = rank_of(&plain, rows[i].plan, rows[i].acked_count);
        if (!cause_rank_is_less(&one, &other) || cause_rank_is_less(&other, &one)) {
            fail_msg("'%s' is not simpler than '%s'", rows[i - 1].plan, rows[i].plan);
        }
        assert_false(cause_rank_is_less(&one, &one));
    }
}

/* What cannot be run again, or has a defect of its own in it, explains the least. */
static void a_plain_scenario_that_repeats_itself_comes_first(void **state)
{
    (void)state;
    static struct campaign_scenario plain;
    static struct campaign_scenario defect = {.expect = 1};
    static struct campaign_scenario threads = {.is_threaded = true};
    struct cause_rank ranks[] = {rank_of(&plain, "commitlog/append:1=kill", 9),
                                 rank_of(&defect, "commitlog/append:1=kill", 2),
                                 rank_of(&threads, "", 0)};
    assert_true(cause_rank_is_less(&ranks[0], &ranks[1]));
    assert_true(cause_rank_is_less(&ranks[1], &ranks[2]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fewer_rounds_faults_messages_and_items_are_simpler),
        cmocka_unit_test(a_plain_scenario_that_repeats_itself_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
