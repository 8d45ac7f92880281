/* Plans as text and back. */
#include "harness/case/plan.h"
#include "harness/testkit/test.h"

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* Few items, so that plans of many rounds fit. */
static void random_loss(uint64_t *random, struct loss *loss)
{
    loss->model = (enum loss_model)(next_random(random) % LOSS_MODEL_COUNT);
    loss->has_choice = true;
    loss->item_count = (uint16_t)(next_random(random) % 12);
    for (uint32_t i = 0; i < loss->item_count; i++) {
        if (next_random(random) % 2 == 0) {
            loss_keep(loss, i);
        } else if (loss->tear_count < LOSS_TEARS_MAX && next_random(random) % 4 == 0) {
            loss->tears[loss->tear_count].item = (uint16_t)i;
            loss->tears[loss->tear_count++].sectors = (uint8_t)(next_random(random) % 254 + 1);
        }
    }
}

static void random_fault(uint64_t *random, enum point_op op, struct fault *fault)
{
    do {
        fault->kind = (enum fault_kind)(next_random(random) % FAULT_KIND_COUNT);
    } while (!fault_applies(fault->kind, op));
    if (fault->kind == FAULT_POWER_LOSS) {
        random_loss(random, &fault->loss);
    } else if (fault->kind == FAULT_SYNC_EIO) {
        fault->arg = next_random(random) % FAULT_SYNC_COUNT;
    } else if (fault_kind_takes_arg(fault->kind)) {
        fault->arg = next_random(random) % 5000 + 1;
    } else if (fault->kind == FAULT_EIO || fault->kind == FAULT_ENOSPC) {
        fault->lasting = (enum fault_lasting)(next_random(random) % 3);
        fault->times = fault->lasting == FAULT_TIMES ? next_random(random) % 9 + 2 : 0;
    }
}

static void random_hit(uint64_t *random, struct plan_hit *hit)
{
    memset(hit, 0, sizeof(*hit));
    hit->point = next_random(random) % POINT_COUNT;
    hit->hit = next_random(random) % 1000 + 1;
    random_fault(random, point_op(hit->point), &hit->fault);
}

static void random_before(uint64_t *random, struct plan_before *before)
{
    before->kind = (enum plan_before_kind)(next_random(random) % 4);
    switch (before->kind) {
    case PLAN_BEFORE_CLOCK_JUMP:
        before->arg_ms = (int64_t)(next_random(random) % 10000000) - 5000000;
        break;
    case PLAN_BEFORE_REMOVE:
        if (next_random(random) % 2 == 0) {
            snprintf(before->path, sizeof(before->path), "consumequeue");
        } else {
            snprintf(before->path, sizeof(before->path), "consumequeue/topic-%u/%u",
                     (unsigned)(next_random(random) % 16), (unsigned)(next_random(random) % 16));
        }
        break;
    case PLAN_BEFORE_ROT:
        snprintf(before->path, sizeof(before->path), "commitlog/%020u",
                 (unsigned)(next_random(random) % 4 * 4096));
        before->offset = next_random(random);
        before->bit = next_random(random) % (PLAN_ROT_SECTOR + 1);
        break;
    case PLAN_BEFORE_COPY:
        before->from_count = next_random(random) % 1000;
        before->upto_count = before->from_count + next_random(random) % 1000;
        before->order = next_random(random) % 5;
        break;
    }
}

/* At most so large that its text fits. */
static void random_plan(uint64_t *random, struct plan *plan)
{
    memset(plan, 0, sizeof(*plan));
    plan->round_count = next_random(random) % PLAN_ROUNDS_MAX + 1;
    for (uint32_t i = 0; i < plan->round_count; i++) {
        struct plan_round *round = &plan->rounds[i];
        round->before_count = next_random(random) % (PLAN_BEFORE_MAX + 1);
        round->hit_count = next_random(random) % 3;
        for (uint32_t j = 0; j < round->before_count; j++) {
            random_before(random, &round->before[j]);
        }
        for (uint32_t j = 0; j < round->hit_count; j++) {
            do { /* two hits of one point may contradict each other */
                random_hit(random, &round->hits[j]);
            } while (j > 0 && round->hits[j].point == round->hits[j - 1].point);
        }
    }
}

static void any_plan_prints_and_parses_to_the_same_bytes(void **state)
{
    uint64_t random = 0x5eed;
    (void)state;
    for (int i = 0; i < 5000; i++) {
        struct plan plan;
        struct plan parsed;
        struct err err = ERR_INIT;
        char text[PLAN_TEXT_SIZE_BYTES];
        random_plan(&random, &plan);
        int size = plan_print(&plan, &points_engine, text, sizeof(text));
        assert_int_equal(size, strlen(text));
        test_ok(plan_parse(text, &points_engine, &parsed, &err), err);
        assert_memory_equal(&plan, &parsed, sizeof(plan));
    }
}

static void two_hits_of_a_point_go_together_when_the_first_does_not_kill_at_once(void **state)
{
    static const char *const rows[] = {
        "commitlog/append:1=eio,commitlog/append:2=kill",
        "commitlog/append:1=pod-kill:9,commitlog/append:2=eio",
        "commitlog/append:1=kill,queue/append:2=kill",
        "commitlog/append:1=kill+commitlog/append:2=kill",
        "commitlog/sync:2=sync-eio:late,commitlog/sync:2=power-loss:all:d1",
        "commitlog/sync:2=sync-lie,commitlog/sync:2=power-loss:all:k1",
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct plan plan;
        struct err err = ERR_INIT;
        test_row(rows[i]);
        test_ok(plan_parse(rows[i], &points_engine, &plan, &err), err);
    }
}

/* Strings near valid ones must never be taken for something they do not say. */
static void a_mutated_text_is_refused_or_prints_to_itself(void **state)
{
    static const char alphabet[] = "+,:=/-0123456789kdilntorexcz@.*";
    uint64_t random = 77;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[128] =
            "rot:queue/0@3.z,copy:9-31.2,commitlog/append:3=torn:12+queue/sync:1=power-loss:"
            "all:k3d2t3.0f";
        struct plan plan;
        struct plan again;
        char printed[PLAN_TEXT_SIZE_BYTES];
        size_t size = strlen(text);
        text[next_random(&random) % size] = alphabet[next_random(&random) % (sizeof(alphabet) - 1)];
        text[next_random(&random) % size] = alphabet[next_random(&random) % (sizeof(alphabet) - 1)];
        if (plan_parse(text, &points_engine, &plan, NULL) == 0) {
            plan_print(&plan, &points_engine, printed, sizeof(printed));
            assert_int_equal(plan_parse(printed, &points_engine, &again, NULL), 0);
            assert_memory_equal(&plan, &again, sizeof(plan));
        }
    }
}

static void empty_text_is_one_round_without_a_fault(void **state)
{
    struct plan plan;
    struct err err = ERR_INIT;
    (void)state;
    test_ok(plan_parse("", &points_engine, &plan, &err), err);
    assert_int_equal(plan.round_count, 1);
    assert_int_equal(plan_last_faulted_round(&plan), -1);
    test_ok(plan_parse("+commitlog/read:3=eio", &points_engine, &plan, &err), err);
    assert_int_equal(plan.round_count, 2);
    assert_int_equal(plan_last_faulted_round(&plan), 1);
}

static void refuses_what_it_cannot_mean_with_the_column(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"commitlog/apend:1=kill", "column 1: unknown point 'commitlog/apend'; did you mean "
                                   "'commitlog/append'?"},
        {"commitlog/append:0=kill", "column 18: '0': expected the number of a hit"},
        {"commitlog/append:1=kil", "column 20: unknown fault 'kil'; did you mean 'kill'?"},
        {"commitlog/append:1=kill,", "column 24: nothing stands after ','"},
        {",commitlog/append:1=kill", "column 1: expected a step or a hit"},
        {"commitlog/append", "expected POINT:N=FAULT"},
        {"commitlog/append:1", "expected POINT:N=FAULT"},
        {"+commitlog/read:2=kill", "column 19: 'kill' cannot happen to 'commitlog/read', which is"},
        {"commitlog/sync:1=torn:4", "cannot happen"},
        {"queue/append:1=kill,remove:consumequeue", "column 21: the step"},
        {"remov:consumequeue", "did you mean 'remove'?"},
        {"remove:commitlog", "expected 'remove:consumequeue'"},
        {"remove:consumequeue/../0", "expected 'remove:consumequeue'"},
        {"remove:consumequeue/topic-0", "expected 'remove:consumequeue'"},
        {"remove:consumequeue/a|b/0", "expected 'remove:consumequeue'"},
        {"clock-jump:1", "expected a duration"},
        {"clock-jump", "expected a duration"},
        {"rott:commitlog/0@1.5", "did you mean 'rot'?"},
        {"rot", "expected a file, an offset and a bit"},
        {"rot:commitlog/0", "expected a file, an offset and a bit"},
        {"rot:commitlog/0@12", "expected a file, an offset and a bit"},
        {"rot:commitlog/0@12.8", "expected a file, an offset and a bit"},
        {"rot:commitlog/0@12.", "expected a file, an offset and a bit"},
        {"rot:commitlog/0@12.33", "expected a file, an offset and a bit"},
        {"rot:commitlog/0@-1.3", "expected a file, an offset and a bit"},
        {"rot:commitlog/0@9999999999999999999999.3", "expected a file, an offset and a bit"},
        {"rot:../etc/passwd@1.3", "expected a file, an offset and a bit"},
        {"rot:/etc/passwd@1.3", "expected a file, an offset and a bit"},
        {"rot:commitlog//0@1.3", "expected a file, an offset and a bit"},
        {"rot:commitlog/@1.3", "expected a file, an offset and a bit"},
        {"rot:@1.3", "expected a file, an offset and a bit"},
        {"rot:config/consumerOffset.json@1.3", "nobody could see this"},
        {"rot:abort@0.1", "nobody could see this"},
        {"copi:1-2.0", "did you mean 'copy'?"},
        {"copy:", "expected the operations"},
        {"copy:1-2", "expected the operations"},
        {"copy:2-1.0", "expected the operations"},
        {"copy:1-2.0.", "expected the operations"},
        {"copy:1-4294967296.0", "expected the operations"},
        {"commitlog/append:1=power-loss:all", "column 20: 'power-loss' needs a model and what"},
        {"commitlog/read:1=power-loss:all:k1", "cannot happen"},
        {"commitlog/append:1=sync-eio:late", "cannot happen"},
        {"commitlog/append:1=power-loss:all:k1d1k0", "column 20: 'power-loss:all:k1d1k0': 'k0'"},
        {"commitlog/append:1=power-loss:all:k1,commitlog/append:2=eio",
         "both cannot happen in one round"},
        {"++++++++", "more than 8 rounds"},
        {"clock-jump:1s,clock-jump:1s,clock-jump:1s,clock-jump:1s,clock-jump:1s",
         "more than 4 steps"},
        {"commitlog/append:1=kill,commitlog/append:2=eio", "both cannot happen in one round"},
        {"commitlog/append:2=eio,commitlog/append:2=enospc", "both cannot happen in one round"},
        {"commitlog/sync:2=sync-eio:late,commitlog/sync:2=kill", "both cannot happen in one round"},
        {"commitlog/sync:2=power-loss:all:d1,commitlog/sync:2=sync-eio:late",
         "both cannot happen in one round"},
        {"commitlog/sync:2=power-loss:all:d1,commitlog/sync:2=power-loss:all:d1",
         "both cannot happen in one round"},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct plan plan;
        struct err err = ERR_INIT;
        test_row(rows[i].text);
        test_code(plan_parse(rows[i].text, &points_engine, &plan, &err), ERR_USAGE);
        test_contains(err.text, rows[i].message);
    }
}

/* A whole choice fits, two of the longest do not: said at once, never cut. */
static void a_plan_that_could_not_be_printed_is_refused(void **state)
{
    static char text[4 * LOSS_TEXT_SIZE_BYTES];
    char printed[PLAN_TEXT_SIZE_BYTES];
    struct plan plan;
    struct plan_round round;
    struct err err = ERR_INIT;
    (void)state;
    strcpy(text, "queue/append:1=power-loss:all:");
    for (int i = 0; i < LOSS_ITEMS_MAX / 2; i++) {
        strcat(text, "k1d1");
    }
    test_ok(plan_parse(text, &points_engine, &plan, &err), err);
    assert_int_equal(plan_print(&plan, &points_engine, printed, sizeof(printed)), strlen(text));
    assert_string_equal(printed, text);
    size_t size = strlen(text);
    text[size] = ',';
    memcpy(text + size + 1, text, size);
    text[size * 2 + 1] = '\0';
    memcpy(text + size + 1, "abort/unlink", 12);
    test_code(plan_round_parse(text, &points_engine, &round, &err), ERR_USAGE);
    test_contains(err.text, "the plan has 2109 characters, at most 2047 fit");
    text[size] = '+';
    test_code(plan_parse(text, &points_engine, &plan, &err), ERR_USAGE);
    test_contains(err.text, "at most 2047 fit");
}

static void power_loss_faults_a_round_and_needs_the_memory_disk(void **state)
{
    static const struct {
        const char *text;
        int last;
        bool is_explored;
    } rows[] = {
        {"", -1, false},
        {"queue/append:1=kill", 0, false},
        {"queue/append:1=kill+commitlog/append:2=power-loss:ext4:d1", 1, true},
        {"commitlog/sync:1=sync-lie+", 0, true},
        {"commitlog/sync:1=sync-eio:clean", 0, true},
        {"+rot:commitlog/0@1.3", -1, false},
        {"+copy:1-2.0", -1, true},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct plan plan;
        struct err err = ERR_INIT;
        test_row(rows[i].text);
        test_ok(plan_parse(rows[i].text, &points_engine, &plan, &err), err);
        assert_int_equal(plan_last_faulted_round(&plan), rows[i].last);
        assert_int_equal(plan_is_explored(&plan), rows[i].is_explored);
    }
}

static void reads_the_steps_of_decay_and_of_a_copy(void **state)
{
    struct plan_before before;
    struct err err = ERR_INIT;
    (void)state;
    test_ok(
        plan_before_parse("rot:consumequeue/topic-0/1/00000000000000000000@1234.5", &before, &err),
        err);
    assert_int_equal(before.kind, PLAN_BEFORE_ROT);
    assert_string_equal(before.path, "consumequeue/topic-0/1/00000000000000000000");
    assert_int_equal(before.offset, 1234);
    assert_int_equal(before.bit, 5);
    test_ok(plan_before_parse("rot:checkpoint@0.z", &before, &err), err);
    assert_int_equal(before.bit, PLAN_ROT_SECTOR);
    test_ok(plan_before_parse("copy:120-310.2", &before, &err), err);
    assert_int_equal(before.kind, PLAN_BEFORE_COPY);
    assert_int_equal(before.from_count, 120);
    assert_int_equal(before.upto_count, 310);
    assert_int_equal(before.order, 2);
}

static void one_round_alone_refuses_a_second(void **state)
{
    struct plan_round round;
    struct err err = ERR_INIT;
    (void)state;
    test_code(plan_round_parse("commitlog/append:1=kill+", &points_engine, &round, &err),
              ERR_USAGE);
    test_contains(err.text, "column 24");
    test_ok(
        plan_round_parse("clock-jump:-1h,commitlog/append:1=kill", &points_engine, &round, &err),
        err);
    assert_int_equal(round.before_count, 1);
    assert_int_equal(round.before[0].arg_ms, -3600000);
    assert_int_equal(round.hit_count, 1);
}

static void only_a_copy_or_decay_without_a_fault_behind_it_ends_at_rest(void **state)
{
    static const struct {
        const char *text;
        bool is_at_rest;
    } rows[] = {
        {"", false},
        {"commitlog/append:1=kill", false},
        {"commitlog/append:1=kill+copy:10-60.1", true},
        {"copy:10-60.1", true},
        {"copy:10-60.1,commitlog/append:1=kill", false},
        {"copy:10-60.1+commitlog/append:1=kill", false},
        {"rot:commitlog/00000000000000000000@1234.5", true},
        {"clock-jump:-1h", false},
    };
    struct plan plan = {0};
    struct err err = ERR_INIT;
    (void)state;
    assert_false(plan_ends_at_rest(&plan));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_ok(plan_parse(rows[i].text, &points_engine, &plan, &err), err);
        assert_int_equal(plan_ends_at_rest(&plan), rows[i].is_at_rest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_plan_prints_and_parses_to_the_same_bytes),
        cmocka_unit_test(two_hits_of_a_point_go_together_when_the_first_does_not_kill_at_once),
        cmocka_unit_test(a_mutated_text_is_refused_or_prints_to_itself),
        cmocka_unit_test(empty_text_is_one_round_without_a_fault),
        cmocka_unit_test(refuses_what_it_cannot_mean_with_the_column),
        cmocka_unit_test(a_plan_that_could_not_be_printed_is_refused),
        cmocka_unit_test(power_loss_faults_a_round_and_needs_the_memory_disk),
        cmocka_unit_test(reads_the_steps_of_decay_and_of_a_copy),
        cmocka_unit_test(one_round_alone_refuses_a_second),
        cmocka_unit_test(only_a_copy_or_decay_without_a_fault_behind_it_ends_at_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
