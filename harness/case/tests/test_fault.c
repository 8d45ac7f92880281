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
    assert_int_equal(fault_find_kind("power-los"), FAULT_KIND_COUNT);
}

static void every_word_parses_to_itself(void **state)
{
    static const char *const rows[] = {"kill",
                                       "kill-after",
                                       "torn:0",
                                       "torn:128",
                                       "short:1",
                                       "eio",
                                       "eio:on",
                                       "eio:2",
                                       "enospc",
                                       "enospc:on",
                                       "enospc:4294967295",
                                       "pod-kill:0",
                                       "pod-kill:10",
                                       "sync-lie",
                                       "sync-eio:clean",
                                       "sync-eio:revert",
                                       "sync-eio:late",
                                       "power-loss:all:-",
                                       "power-loss:btrfs:k3d2",
                                       "power-loss:all:k300d12t310.0f"};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct fault fault;
        struct err err = ERR_INIT;
        char text[FAULT_TEXT_SIZE_BYTES];
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
        {"kill-after-all-this-and-much-more", "unknown fault"},
        {"sync-lie:1", "takes no argument"},
        {"sync-eio", "'sync-eio' needs a kind: clean, revert or late"},
        {"sync-eio:", "expected clean, revert or late"},
        {"sync-eio:clena", "expected clean, revert or late; did you mean 'clean'?"},
        {"sync-eio:on", "expected clean, revert or late"},
        {"power-loss", "needs a model and what it keeps, as in 'power-loss:all:k3d2'"},
        {"power-loss:ext4", "needs a model and what it keeps, as in 'power-loss:ext4:k3d2'"},
        {"power-loss:ext3:k1", "'power-loss:ext3:k1': unknown model 'ext3'; did you mean 'ext4'?"},
        {"power-loss:all:k1k1", "alternate"},
        {"power-los:all:k1", "did you mean 'power-loss'?"},
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
    test_ok(fault_parse_word("sync-eio", &fault, &arg_given, &err), err);
    assert_false(arg_given);
    test_ok(fault_parse_word("sync-eio:late", &fault, &arg_given, &err), err);
    assert_true(arg_given);
    assert_int_equal(fault.arg, FAULT_SYNC_LATE);
    test_ok(fault_parse_word("power-loss", &fault, &arg_given, &err), err);
    assert_false(arg_given);
    test_ok(fault_parse_word("power-loss:xfs", &fault, &arg_given, &err), err);
    assert_true(arg_given);
    assert_int_equal(fault.loss.model, LOSS_MODEL_XFS);
    assert_false(fault.loss.has_choice);
}

static void a_word_of_any_length_is_read_or_refused(void **state)
{
    struct fault fault;
    struct err err = ERR_INIT;
    char text[2 * FAULT_TEXT_SIZE_BYTES] = "power-loss:btrfs:";
    char printed[FAULT_TEXT_SIZE_BYTES];
    (void)state;
    for (int i = 0; i < LOSS_ITEMS_MAX / 2; i++) {
        strcat(text, "k1d1");
    }
    strcat(text, "t509.7ft511.7f");
    test_ok(fault_parse(text, &fault, &err), err);
    assert_int_equal(fault_print(&fault, printed, sizeof(printed)), strlen(text));
    assert_string_equal(printed, text);
    strcat(text, "01234567890123456789012345678901234567890123456789");
    test_code(fault_parse(text, &fault, &err), ERR_USAGE);
    test_contains(err.text, "too long");
}

static void every_kind_says_what_stands_behind_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FAULT_KIND_COUNT; i++) {
        enum fault_kind kind = (enum fault_kind)i;
        test_row(fault_kind_name(kind));
        bool has_argument = fault_kind_argument(kind)[0] != '\0';
        bool takes_any = fault_kind_takes_arg(kind) || kind == FAULT_EIO || kind == FAULT_ENOSPC;
        assert_int_equal(has_argument, takes_any);
    }
    for (unsigned sync = 0; sync < FAULT_SYNC_COUNT; sync++) {
        test_contains(fault_kind_argument(FAULT_SYNC_EIO), fault_sync_name((enum fault_sync)sync));
        assert_true(strlen(fault_sync_help((enum fault_sync)sync)) > 0);
    }
}

/* DESIGN's table of the fault model, operation by operation. */
static void applies_to_the_operations_of_the_model(void **state)
{
    static const struct {
        enum point_op op;
        const char *kinds;
    } rows[] = {
        {POINT_OP_CREATE, "kill kill-after eio enospc pod-kill power-loss "},
        {POINT_OP_OPEN, "eio "},
        {POINT_OP_READ, "short eio "},
        {POINT_OP_WRITE, "kill kill-after torn short eio enospc pod-kill power-loss "},
        {POINT_OP_SYNC, "kill kill-after eio pod-kill power-loss sync-eio sync-lie "},
        {POINT_OP_TRUNCATE, "kill kill-after eio enospc pod-kill power-loss "},
        {POINT_OP_RENAME, "kill kill-after eio enospc pod-kill power-loss "},
        {POINT_OP_UNLINK, "kill kill-after eio pod-kill power-loss "},
        {POINT_OP_MKDIR, "kill kill-after eio enospc pod-kill power-loss "},
        {POINT_OP_SYNC_DIR, "kill kill-after eio pod-kill power-loss sync-eio sync-lie "},
        {POINT_OP_LIST, "eio "},
        {POINT_OP_SIZE, "eio "},
        {POINT_OP_LOCK, "kill kill-after eio pod-kill power-loss "},
        {POINT_OP_SEEK, "eio "},
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

static void a_power_loss_ends_a_round_and_a_failed_sync_does_not(void **state)
{
    (void)state;
    assert_true(fault_kills(FAULT_POWER_LOSS));
    assert_false(fault_kills(FAULT_SYNC_EIO));
    assert_false(fault_kills(FAULT_SYNC_LIE));
}

static void what_needs_a_memory_disk_is_explored(void **state)
{
    char explored[128] = "";
    (void)state;
    for (unsigned kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        if (fault_is_explored((enum fault_kind)kind)) {
            strcat(explored, fault_kind_name((enum fault_kind)kind));
            strcat(explored, " ");
        }
    }
    assert_string_equal(explored, "power-loss sync-eio sync-lie ");
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
        cmocka_unit_test(a_word_of_any_length_is_read_or_refused),
        cmocka_unit_test(every_kind_says_what_stands_behind_it),
        cmocka_unit_test(kills_whatever_ends_in_sigkill),
        cmocka_unit_test(a_power_loss_ends_a_round_and_a_failed_sync_does_not),
        cmocka_unit_test(what_needs_a_memory_disk_is_explored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
