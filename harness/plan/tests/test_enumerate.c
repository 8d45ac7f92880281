/* Cases out of fault rows and hits. */
#include "harness/plan/enumerate.h"
#include "harness/testkit/test.h"

#define HEAD "name: n\nworkload: { phases: [ { put: 3 }, { restart: kill }, { put: 1 } ] }\n"

struct fixture {
    struct scenario scenario;
    struct hits hits;
    struct enumerate_list list;
    struct enumerate_item item;
};

/* A trace of two rounds: three appends with their syncs, then a read and an append. */
static void fill_hits(struct hits *hits)
{
    static const uint8_t record[100];
    static const struct {
        uint32_t round;
        uint32_t point;
        uint32_t size_bytes;
    } rows[] = {
        {0, POINT_COMMITLOG_OPEN, 0},     {0, POINT_COMMITLOG_APPEND, 100},
        {0, POINT_COMMITLOG_SYNC, 0},     {0, POINT_COMMITLOG_APPEND, 100},
        {0, POINT_COMMITLOG_SYNC, 0},     {0, POINT_COMMITLOG_APPEND, 100},
        {0, POINT_COMMITLOG_SYNC, 0},     {1, POINT_COMMITLOG_READ, 64},
        {1, POINT_COMMITLOG_APPEND, 100},
    };
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct disk_call call = {.point = rows[i].point,
                                 .op = point_op(rows[i].point),
                                 .path = "x",
                                 .data = record,
                                 .size_bytes = rows[i].size_bytes};
        assert_int_equal(hits_add(hits, rows[i].round, &call), 0);
    }
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    hits_init(&f->hits);
    fill_hits(&f->hits);
    enumerate_init(&f->list, &points_engine);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hits_done(&f->hits);
    enumerate_done(&f->list);
    free(f);
    return 0;
}

/* The scenario HEAD plus `rest`, enumerated anew; returns what enumerate_make does. */
static int enumerate(struct fixture *f, const char *rest, struct err *err)
{
    char text[1024];
    snprintf(text, sizeof(text), HEAD "%s", rest);
    test_ok(scenario_parse(text, strlen(text), "n.yaml", &f->scenario, err), *err);
    enumerate_done(&f->list);
    return enumerate_make(&f->scenario, &f->hits, &f->list, err);
}

static const char *text_of(struct fixture *f, size_t index)
{
    static char text[PLAN_TEXT_SIZE_BYTES];
    enumerate_get(&f->list, index, &f->item);
    plan_print(&f->item.plan, &points_engine, text, sizeof(text));
    return text;
}

/* How many entries of `role`; asserts that BEYOND come last. */
static size_t count_role(struct fixture *f, enum campaign_role role)
{
    size_t count = 0;
    for (size_t i = 0; i < f->list.count; i++) {
        count += f->list.entries[i].role == role;
    }
    return count;
}

static void every_hit_in_range_gets_the_fault(void **state)
{
    static const struct {
        const char *when;
        size_t count;
    } rows[] = {{"1..", 4}, {"2", 1}, {"2..3", 2}, {"1..+2", 3}, {"1..2", 3}};
    struct fixture *f = *state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        char rest[256];
        struct err err = ERR_INIT;
        test_row(rows[i].when);
        snprintf(rest, sizeof(rest),
                 "faults: [ { point: commitlog/append, fault: kill, when: %s } ]\n", rows[i].when);
        test_ok(enumerate(f, rest, &err), err);
        assert_int_equal(count_role(f, CAMPAIGN_ROLE_FAULT), rows[i].count);
    }
}

static void a_hit_of_a_later_round_stands_behind_empty_rounds(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(enumerate(f, "faults: [ { point: \"commitlog/*\", fault: [eio] } ]\n", &err), err);
    assert_string_equal(text_of(f, 0), "commitlog/open:1=eio");
    assert_string_equal(text_of(f, 1), "commitlog/append:1=eio");
    assert_string_equal(text_of(f, 7), "+commitlog/read:1=eio");
    assert_string_equal(text_of(f, 8), "+commitlog/append:1=eio");
    assert_int_equal(count_role(f, CAMPAIGN_ROLE_FAULT), 9);
}

static void steps_stand_before_the_second_round(void **state)
{
    struct fixture *f = *state;
    struct plan trace;
    char text[PLAN_TEXT_SIZE_BYTES];
    struct err err = ERR_INIT;
    test_ok(enumerate(f,
                      "before: [\"remove:consumequeue\"]\n"
                      "faults: [ { point: \"commitlog/*\", fault: [eio], when: 1 } ]\n",
                      &err),
            err);
    assert_string_equal(text_of(f, 1), "commitlog/append:1=eio+remove:consumequeue");
    assert_string_equal(text_of(f, 3), "+remove:consumequeue,commitlog/read:1=eio");
    enumerate_trace(&f->scenario, &trace);
    plan_print(&trace, &points_engine, text, sizeof(text));
    assert_string_equal(text, "+remove:consumequeue");
    test_ok(enumerate(f,
                      "before: [\"copy:1-2.0\", \"rot:checkpoint@1.z\"]\n"
                      "faults: [ { point: \"*\", fault: power-loss } ]\n",
                      &err),
            err);
    enumerate_trace(&f->scenario, &trace);
    plan_print(&trace, &points_engine, text, sizeof(text));
    assert_string_equal(text, "+rot:checkpoint@1.z");
}

static void words_that_do_not_apply_are_left_out(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(
        enumerate(f, "faults: [ { point: \"*\", fault: [kill, enospc, \"short:7\"] } ]\n", &err),
        err);
    /* kill: 4 appends, 3 syncs; enospc: 4 appends; short: 4 appends, 1 read. */
    assert_int_equal(count_role(f, CAMPAIGN_ROLE_FAULT), 7 + 4 + 5);
}

static void torn_and_short_without_a_length_take_all(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(enumerate(f, "faults: [ { point: commitlog/append, fault: torn, when: 3 } ]\n", &err),
            err);
    size_t torn_count = 0;
    for (size_t i = 0; i < f->hits.entry_count; i++) {
        if (f->hits.entries[i].point == POINT_COMMITLOG_APPEND && f->hits.entries[i].hit == 3) {
            torn_count = f->hits.entries[i].torn_count;
        }
    }
    assert_int_equal(count_role(f, CAMPAIGN_ROLE_FAULT), torn_count);
    test_ok(enumerate(f, "faults: [ { point: commitlog/read, fault: short } ]\n", &err), err);
    assert_int_equal(count_role(f, CAMPAIGN_ROLE_FAULT), 3);
    assert_string_equal(text_of(f, 0), "+commitlog/read:1=short:1");
    assert_string_equal(text_of(f, 1), "+commitlog/read:1=short:32");
    assert_string_equal(text_of(f, 2), "+commitlog/read:1=short:63");
}

static void a_length_past_the_write_is_left_out(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(enumerate(f, "faults: [ { point: \"commitlog/*\", fault: \"short:64\" } ]\n", &err),
            err);
    assert_int_equal(count_role(f, CAMPAIGN_ROLE_FAULT), 4);
}

static void pod_kill_without_a_number_takes_a_few(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(enumerate(f, "faults: [ { point: commitlog/sync, fault: pod-kill, when: 2 } ]\n", &err),
            err);
    assert_int_equal(count_role(f, CAMPAIGN_ROLE_FAULT), 4);
    assert_string_equal(text_of(f, 3), "commitlog/sync:2=pod-kill:10");
}

static void the_hit_after_the_last_must_not_fire(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(enumerate(f, "faults: [ { point: commitlog/sync, fault: kill } ]\n", &err), err);
    /* Per round and point hit at all. */
    assert_int_equal(count_role(f, CAMPAIGN_ROLE_BEYOND), 5);
    assert_string_equal(text_of(f, 3), "commitlog/open:2=eio");
    assert_string_equal(text_of(f, 4), "commitlog/append:4=kill");
    assert_string_equal(text_of(f, 5), "commitlog/sync:4=kill");
    assert_string_equal(text_of(f, 6), "+commitlog/read:2=eio");
    assert_string_equal(text_of(f, 7), "+commitlog/append:2=kill");
    assert_int_equal(f->item.role, CAMPAIGN_ROLE_BEYOND);
}

static void equal_plans_are_kept_once(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(enumerate(f,
                      "faults: [ { point: commitlog/sync, fault: kill }, { point: \"*\", fault: "
                      "kill }, { point: commitlog/append, fault: [kill, kill] } ]\n",
                      &err),
            err);
    assert_int_equal(count_role(f, CAMPAIGN_ROLE_FAULT), 7);
}

static void a_row_that_plans_nothing_is_noted(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(enumerate(f,
                      "faults: [ { point: commitlog/sync, fault: kill }, { point: "
                      "commitlog/append, fault: kill, when: 4.. } ]\n",
                      &err),
            err);
    assert_int_equal(f->list.idle_row, 2);
    assert_int_equal(count_role(f, CAMPAIGN_ROLE_FAULT), 3);
    test_ok(enumerate(f, "faults: [ { point: commitlog/sync, fault: kill } ]\n", &err), err);
    assert_int_equal(f->list.idle_row, 0);
}

static void what_is_explored_has_no_live_case(void **state)
{
    static const struct {
        const char *rest;
        size_t count;
        bool is_live;
    } rows[] = {
        {"faults: [ { point: commitlog/sync, fault: kill } ]\n", 3, true},
        {"faults: [ { point: commitlog/sync, fault: [kill, power-loss] } ]\n", 3, true},
        {"faults: [ { point: commitlog/sync, fault: kill }, { point: \"*\", fault: power-loss } ]\n",
         3, true},
        /* A write's fault is left out at a sync, as ever. */
        {"faults: [ { point: commitlog/sync, fault: kill },\n"
         "          { point: commitlog/sync, fault: [torn, \"power-loss:xfs\"] } ]\n",
         3, true},
        {"faults: [ { point: \"*\", fault: power-loss } ]\n", 0, false},
        {"faults: [ { point: \"*\", fault: [power-loss, sync-eio, sync-lie] } ]\n"
         "explore: { sync_faults: 1 }\n",
         0, false},
        {"plan: [\"commitlog/append:1=power-loss:all:d1\"]\n", 0, false},
        {"plan: [\"commitlog/append:1=kill\"]\n", 1, true},
        {"", 0, true},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct err err = ERR_INIT;
        test_row(rows[i].rest);
        test_ok(enumerate(f, rows[i].rest, &err), err);
        assert_int_equal(count_role(f, CAMPAIGN_ROLE_FAULT), rows[i].count);
        assert_int_equal(enumerate_is_live(&f->scenario), rows[i].is_live);
        assert_int_equal(f->list.count > rows[i].count, rows[i].is_live && !f->scenario.has_plan);
        for (size_t j = 0; j < f->list.count; j++) {
            assert_null(strstr(enumerate_text(&f->list, j), "power-loss"));
        }
    }
}

static void a_live_fault_beside_a_power_loss_must_still_happen(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(enumerate(f,
                      "faults: [ { point: commitlog/append, fault: [kill, power-loss], when: "
                      "4.. } ]\n",
                      &err),
            err);
    assert_int_equal(f->list.idle_row, 1);
}

static void a_given_plan_is_the_only_case(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(enumerate(f, "plan: [\"commitlog/append:2=torn:5\", \"commitlog/read:1=eio\"]\n", &err),
            err);
    assert_int_equal(f->list.count, 1);
    assert_string_equal(text_of(f, 0), "commitlog/append:2=torn:5+commitlog/read:1=eio");
}

static void threads_plan_the_first_hits_only(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    for (int i = 0; i < 6; i++) {
        struct disk_call call = {.point = POINT_COMMITLOG_SYNC, .op = POINT_OP_SYNC, .path = "x"};
        assert_int_equal(hits_add(&f->hits, 0, &call), 0);
    }
    test_ok(enumerate(f,
                      "store: { services: threads }\n"
                      "faults: [ { point: commitlog/sync, fault: kill } ]\n",
                      &err),
            err);
    /* 80 % of nine. */
    assert_int_equal(f->list.count, 7);
    assert_int_equal(count_role(f, CAMPAIGN_ROLE_BEYOND), 0);
    hits_clear(&f->hits);
    fill_hits(&f->hits);
}

static void depth_two_kills_at_every_mutating_hit_of_the_recovery(void **state)
{
    struct fixture *f = *state;
    struct plan first;
    struct err err = ERR_INIT;
    uint32_t counts[POINT_COUNT] = {0};
    counts[POINT_COMMITLOG_READ] = 9;
    counts[POINT_QUEUE_HEAL] = 2;
    counts[POINT_ABORT_SYNC] = 1;
    test_ok(enumerate(f, "plan: [\"\"]\n", &err), err);
    enumerate_done(&f->list);
    test_ok(plan_parse("commitlog/append:2=kill+remove:consumequeue", &points_engine, &first, &err),
            err);
    assert_int_equal(enumerate_second(&f->scenario, &first, counts, &f->list), 3);
    assert_int_equal(enumerate_second(&f->scenario, &first, counts, &f->list), 0);
    assert_string_equal(text_of(f, 0),
                        "commitlog/append:2=kill+remove:consumequeue,abort/sync:1=kill");
    assert_string_equal(text_of(f, 2),
                        "commitlog/append:2=kill+remove:consumequeue,queue/heal:2=kill");
    test_ok(plan_parse("+++++++commitlog/append:2=kill", &points_engine, &first, &err), err);
    assert_int_equal(enumerate_second(&f->scenario, &first, counts, &f->list), 0);
}

static void a_sample_is_decided_by_its_seed_and_keeps_the_order(void **state)
{
    struct fixture *f = *state;
    struct enumerate_list other;
    struct plan plan;
    struct err err = ERR_INIT;
    enumerate_done(&f->list);
    enumerate_init(&other, &points_engine);
    for (int i = 1; i <= 1000; i++) {
        char text[64];
        snprintf(text, sizeof(text), "queue/append:%d=kill", i);
        test_ok(plan_parse(text, &points_engine, &plan, &err), err);
        assert_int_equal(enumerate_add(&f->list, &plan, CAMPAIGN_ROLE_FAULT), 1);
        assert_int_equal(enumerate_add(&other, &plan, CAMPAIGN_ROLE_FAULT), 1);
    }
    enumerate_sample(&f->list, 7, 50, 200);
    enumerate_sample(&other, 7, 50, 200);
    assert_int_equal(f->list.count, 200);
    uint32_t before = 0;
    for (size_t i = 0; i < 200; i++) {
        struct enumerate_item item;
        enumerate_get(&f->list, i, &f->item);
        enumerate_get(&other, i, &item);
        assert_memory_equal(&item.plan, &f->item.plan, sizeof(item.plan));
        assert_int_equal(item.role, f->item.role);
        assert_true(item.plan.rounds[0].hits[0].hit > before);
        before = item.plan.rounds[0].hits[0].hit;
    }
    /* Its members are known still, the others can come again. */
    enumerate_get(&f->list, 0, &f->item);
    assert_int_equal(enumerate_add(&f->list, &f->item.plan, CAMPAIGN_ROLE_FAULT), 0);
    enumerate_get(&f->list, 49, &f->item);
    assert_int_equal(f->item.plan.rounds[0].hits[0].hit, 50);
    enumerate_sample(&other, 7, 0, 500);
    assert_int_equal(other.count, 200);
    enumerate_done(&other);
}

static void an_early_stop_has_seen_every_point(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    bool seen[POINT_COUNT] = {false};
    test_ok(enumerate(f, "faults: [ { point: \"*\", fault: [torn, kill] } ]\n", &err), err);
    size_t count = f->list.count;
    assert_int_equal(enumerate_shuffle(&f->list, 3), 0);
    assert_int_equal(f->list.count, count);
    /* Groups: append torn, append kill, sync kill; beyond: append, sync, read. */
    for (size_t i = 0; i < 6; i++) {
        enumerate_get(&f->list, i, &f->item);
        int last = plan_last_faulted_round(&f->item.plan);
        seen[f->item.plan.rounds[last].hits[0].point] = true;
    }
    assert_true(seen[POINT_COMMITLOG_APPEND] && seen[POINT_COMMITLOG_SYNC] &&
                seen[POINT_COMMITLOG_READ]);
    for (size_t i = 0; i < count; i++) {
        enumerate_get(&f->list, i, &f->item);
        assert_int_equal(enumerate_add(&f->list, &f->item.plan, CAMPAIGN_ROLE_FAULT), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_hit_in_range_gets_the_fault),
        cmocka_unit_test(a_hit_of_a_later_round_stands_behind_empty_rounds),
        cmocka_unit_test(steps_stand_before_the_second_round),
        cmocka_unit_test(words_that_do_not_apply_are_left_out),
        cmocka_unit_test(torn_and_short_without_a_length_take_all),
        cmocka_unit_test(a_length_past_the_write_is_left_out),
        cmocka_unit_test(pod_kill_without_a_number_takes_a_few),
        cmocka_unit_test(the_hit_after_the_last_must_not_fire),
        cmocka_unit_test(equal_plans_are_kept_once),
        cmocka_unit_test(a_row_that_plans_nothing_is_noted),
        cmocka_unit_test(what_is_explored_has_no_live_case),
        cmocka_unit_test(a_live_fault_beside_a_power_loss_must_still_happen),
        cmocka_unit_test(a_given_plan_is_the_only_case),
        cmocka_unit_test(threads_plan_the_first_hits_only),
        cmocka_unit_test(depth_two_kills_at_every_mutating_hit_of_the_recovery),
        cmocka_unit_test(a_sample_is_decided_by_its_seed_and_keeps_the_order),
        cmocka_unit_test(an_early_stop_has_seen_every_point),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
