/* The fault words. */
#include "harness/case/fault.h"
#include "harness/testkit/test.h"

static void every_kind_is_found_by_its_name(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        assert_int_equal(fault_find_kind(fault_kind_name((enum fault_kind)kind)), kind);
        assert_true(strlen(fault_kind_help((enum fault_kind)kind)) > 0);
    }
    assert_int_equal(fault_find_kind("power-loss"), FAULT_KIND_COUNT);
}

static void every_word_parses_to_itself(void **state)
{
    static const char *const rows[] = {
        "kill",       "kill-after", "torn:0", "torn:128",  "short:1",           "eio",
        "eio:on",     "eio:2",      "enospc", "enospc:on", "enospc:4294967295", "pod-kill:0",
        "pod-kill:10"};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct fault fault;
        struct err err = ERR_INIT;
        char text[64];
        test_row(rows[i]);
        test_ok(fault_parse(rows[i], &fault, &err), err);
        assert_int_equal(fault_print(&fault, text, sizeof(text)), strlen(rows[i]));
        assert_string_equal(text, rows[i]);
    }
}

static void once_and_one_time_are_the_same_fault(void **state)
{
    struct fault plain;
    struct fault once;
    struct fault one;
    struct err err = ERR_INIT;
    (void)state;
    test_ok(fault_parse("eio", &plain, &err), err);
    test_ok(fault_parse("eio:once", &once, &err), err);
    test_ok(fault_parse("eio:1", &one, &err), err);
    assert_memory_equal(&plain, &once, sizeof(plain));
    assert_memory_equal(&plain, &one, sizeof(plain));
}

static void refuses_words_outside_the_model(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"tron:8", "did you mean 'torn'?"},
        {"torn", "needs a number"},
        {"torn:", "expected a number"},
        {"torn:-1", "expected a number"},
        {"torn:4294967296", "expected a number"},
        {"short:0", "at least one byte"},
        {"kill:3", "takes no argument"},
        {"eio:0", "from 1"},
        {"eio:off", "expected 'once', 'on'"},
        {"", "unknown fault"},
        {"pod-kill", "needs a number"},
        {"kill-after-all-this-and-much-more-than-any-word-may-have-in-the-model", "too long"},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct fault fault;
        struct err err = ERR_INIT;
        test_row(rows[i].text);
        test_code(fault_parse(rows[i].text, &fault, &err), ERR_USAGE);
        test_contains(err.text, rows[i].message);
    }
}

static void a_word_of_a_scenario_may_leave_its_number_out(void **state)
{
    struct fault fault;
    struct err err = ERR_INIT;
    bool arg_given = true;
    (void)state;
    test_ok(fault_parse_word("torn", &fault, &arg_given, &err), err);
    assert_false(arg_given);
    test_ok(fault_parse_word("torn:5", &fault, &arg_given, &err), err);
    assert_true(arg_given);
    assert_int_equal(fault.arg, 5);
}

/* DESIGN's table of the fault model, operation by operation. */
static void applies_to_the_operations_of_the_model(void **state)
{
    static const struct {
        enum point_op op;
        const char *kinds;
    } rows[] = {
        {POINT_OP_CREATE, "kill kill-after eio enospc pod-kill "},
        {POINT_OP_OPEN, "eio "},
        {POINT_OP_READ, "short eio "},
        {POINT_OP_WRITE, "kill kill-after torn short eio enospc pod-kill "},
        {POINT_OP_SYNC, "kill kill-after eio pod-kill "},
        {POINT_OP_TRUNCATE, "kill kill-after eio enospc pod-kill "},
        {POINT_OP_RENAME, "kill kill-after eio enospc pod-kill "},
        {POINT_OP_UNLINK, "kill kill-after eio pod-kill "},
        {POINT_OP_MKDIR, "kill kill-after eio enospc pod-kill "},
        {POINT_OP_SYNC_DIR, "kill kill-after eio pod-kill "},
        {POINT_OP_LIST, "eio "},
        {POINT_OP_SIZE, "eio "},
        {POINT_OP_LOCK, "kill kill-after eio pod-kill "},
    };
    (void)state;
    assert_int_equal(TEST_COUNT(rows), POINT_OP_COUNT);
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        char kinds[128] = "";
        for (unsigned kind = 0; kind < FAULT_KIND_COUNT; kind++) {
            if (fault_applies((enum fault_kind)kind, rows[i].op)) {
                strcat(kinds, fault_kind_name((enum fault_kind)kind));
                strcat(kinds, " ");
            }
        }
        test_row(point_op_name(rows[i].op));
        assert_string_equal(kinds, rows[i].kinds);
    }
}

static void kills_whatever_ends_in_sigkill(void **state)
{
    (void)state;
    assert_true(fault_kills(FAULT_KILL));
    assert_true(fault_kills(FAULT_KILL_AFTER));
    assert_true(fault_kills(FAULT_TORN));
    assert_true(fault_kills(FAULT_POD_KILL));
    assert_false(fault_kills(FAULT_SHORT));
    assert_false(fault_kills(FAULT_EIO));
    assert_false(fault_kills(FAULT_ENOSPC));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_found_by_its_name),
        cmocka_unit_test(every_word_parses_to_itself),
        cmocka_unit_test(once_and_one_time_are_the_same_fault),
        cmocka_unit_test(refuses_words_outside_the_model),
        cmocka_unit_test(a_word_of_a_scenario_may_leave_its_number_out),
        cmocka_unit_test(applies_to_the_operations_of_the_model),
        cmocka_unit_test(kills_whatever_ends_in_sigkill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
