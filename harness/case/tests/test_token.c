/* Tokens as text and back. */
#include "harness/case/token.h"
#include "harness/testkit/test.h"

static const char example[] = "dledger-put.3fa9c1@5eed@dledger-dup-info:"
                              "dledger/append:17=torn:12+queue/cut-tail:2=kill";

static void parses_the_example_of_the_documentation(void **state)
{
    struct token token;
    struct err err = ERR_INIT;
    (void)state;
    test_ok(token_parse(example, &token, &err), err);
    assert_string_equal(token.scenario, "dledger-put");
    assert_int_equal(token.hash24, 0x3fa9c1);
    assert_int_equal(token.seed, 0x5eed);
    assert_int_equal(token.switch_count, 1);
    assert_string_equal(token.switches[0], "dledger-dup-info");
    assert_int_equal(token.plan.round_count, 2);
    assert_int_equal(token.plan.rounds[0].hits[0].fault.arg, 12);
}

static void any_token_prints_to_what_it_was_parsed_from(void **state)
{
    static const char *const rows[] = {
        example,
        "a.000000@0:",
        "plain-sync.00000f@ffffffffffffffff:commitlog/append:1=kill",
        "x.abcdef@1@rocketmq-5.2.0@dledger-dup-info.bare@no-queue-heal:+",
        "x.abcdef@1@skip/dledger-checkpoint/sync-dir:commitlog/append:17=kill+queue/heal:2=power-"
        "loss:ext4:k3d2t3.0f",
        "x.abcdef@1:+rot:commitlog/00000000000000000000@1234.z,copy:1-20.1,commitlog/sync:2="
        "sync-eio:late",
        "x.abcdef@1@program/example:put/acknowledged:3=kill+clock/ms:250=pod-kill:10",
        "x.abcdef@1@real-5.2.0:put/acknowledged:3=kill",
        "x.abcdef@1:+remove:consumequeue,clock-jump:-1h,queue/read:3=eio:on",
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct token token;
        struct err err = ERR_INIT;
        char text[TOKEN_TEXT_SIZE_BYTES];
        test_row(rows[i]);
        test_ok(token_parse(rows[i], &token, &err), err);
        assert_int_equal(token_print(&token, text, sizeof(text)), strlen(rows[i]));
        assert_string_equal(text, rows[i]);
    }
}

/* Only characters that no shell interprets. */
static void a_token_needs_no_quotes(void **state)
{
    (void)state;
    assert_int_equal(strspn(example, "abcdefghijklmnopqrstuvwxyz0123456789-.@:/=+,"),
                     strlen(example));
}

/* A ':' ends the switches, so a target is written with a '/'. */
static void a_target_is_the_first_switch_and_the_engine_is_left_out(void **state)
{
    struct token token;
    struct err err = ERR_INIT;
    char text[TOKEN_TEXT_SIZE_BYTES];
    (void)state;
    test_ok(token_parse("a.000001@1@program/p-2@fixed:clock/ms:7=kill", &token, &err), err);
    assert_string_equal(token.target, "program:p-2");
    assert_int_equal(token.switch_count, 1);
    assert_string_equal(token.switches[0], "fixed");
    assert_int_equal(token.plan.rounds[0].hits[0].point, points_find(&points_program, "clock/ms"));
    test_ok(token_parse("a.000001@1@fixed:", &token, &err), err);
    assert_string_equal(token.target, "engine");
    token.target[0] = '\0';
    token_print(&token, text, sizeof(text));
    assert_string_equal(text, "a.000001@1@fixed:");
}

static void refuses_malformed_tokens_with_the_column(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"", "no scenario name"},
        {"plain.3fa9c1@1:commitlog/append:1=kill++", "column 40: nothing follows this '+'"},
        {"Plain.3fa9c1@1:", "column 1: 'Plain' is no scenario name"},
        {"plain@1:", "column 6: expected '.'"},
        {"plain.3fa9c@1:", "column 7: '3fa9c': expected 6 hex digits"},
        {"plain.3fa9c1:", "column 13: expected '@' and the seed"},
        {"plain.3fa9c1@xyz:", "column 14: 'xyz': expected a seed"},
        {"plain.3fa9c1@1", "expected ':' and the plan"},
        {"plain.3fa9c1@1@:", "column 16: '' is no switch"},
        {"plain.3fa9c1@1@a b:", "is no switch"},
        {"plain.3fa9c1@1@a@a@a@a@a@a@a@a@a:", "more than 8 switches"},
        {"plain.3fa9c1@1@program/p@a@a@a@a@a@a@a@a:", "more than 8 switches"},
        {"plain.3fa9c1@1@fixed@program/p:", "column 22: the target 'program/p' stands before all"},
        {"plain.3fa9c1@1@program/p@program/q:", "column 26: the target 'program/q' stands"},
        {"plain.3fa9c1@1@fixed@real-5.2.0:", "column 22: the target 'real-5.2.0' stands"},
        {"plain.3fa9c1@1@program/:", "column 16: 'program:' is no target"},
        {"plain.3fa9c1@1@program/a.b:", "column 16: 'program:a.b' is no target"},
        {"plain.3fa9c1@1@program/p:commitlog/append:1=kill", "unknown point 'commitlog/append'"},
        {"plain.3fa9c1@1@program/p:clock/ms:1=torn:1",
         "column 37: 'torn:1' cannot happen to 'clock/ms', which is a moment"},
        {"plain.3fa9c1@1:clock/ms:1=kill", "column 16: unknown point 'clock/ms'"},
        {"plain.3fa9c1@1:commitlog/append:1=kilt", "column 35: unknown fault 'kilt'"},
        {"plain.3fa9c1@1:commitlog/append:1=kill+x:1=kill", "column 40: unknown point 'x'"},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct token token;
        struct err err = ERR_INIT;
        test_row(rows[i].text);
        test_code(token_parse(rows[i].text, &token, &err), ERR_USAGE);
        test_contains(err.text, rows[i].message);
    }
}

/* The largest of everything: the head of a token has room beside the largest plan. */
static void the_longest_token_fits(void **state)
{
    static char text[TOKEN_TEXT_SIZE_BYTES];
    static char printed[TOKEN_TEXT_SIZE_BYTES];
    static struct token token;
    struct err err = ERR_INIT;
    (void)state;
    memset(text, 'n', TOKEN_NAME_SIZE_BYTES - 1);
    strcat(text, ".abcdef@ffffffffffffffff");
    for (int i = 0; i < TOKEN_SWITCHES_MAX; i++) {
        strcat(text, "@skip/");
        size_t size = strlen(text);
        memset(text + size, 's', TOKEN_SWITCH_SIZE_BYTES - 1 - strlen("skip/"));
    }
    strcat(text, ":");
    size_t head = strlen(text);
    strcat(text, "queue/append:1=power-loss:all:");
    for (int i = 0; i < LOSS_ITEMS_MAX / 2; i++) {
        strcat(text, "k1d1");
    }
    strcat(text, "+");
    for (unsigned i = 0; strlen(text) - head < PLAN_TEXT_SIZE_BYTES - 64; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used,
                 "%sdledger-checkpoint/sync-dir:%u=eio:4294967295",
                 i == 0                   ? ""
                 : i % PLAN_HITS_MAX == 0 ? "+"
                                          : ",",
                 i + 1);
    }
    test_ok(token_parse(text, &token, &err), err);
    assert_int_equal(token_print(&token, printed, sizeof(printed)), strlen(text));
    assert_string_equal(printed, text);
}

static void a_short_buffer_is_never_overrun(void **state)
{
    struct token token;
    struct err err = ERR_INIT;
    (void)state;
    test_ok(token_parse(example, &token, &err), err);
    for (size_t size = 0; size <= strlen(example); size++) {
        char text[128];
        memset(text, '#', sizeof(text));
        assert_int_equal(token_print(&token, text, size), strlen(example));
        for (size_t i = size; i < sizeof(text); i++) {
            assert_int_equal(text[i], '#');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_the_example_of_the_documentation),
        cmocka_unit_test(any_token_prints_to_what_it_was_parsed_from),
        cmocka_unit_test(a_token_needs_no_quotes),
        cmocka_unit_test(a_target_is_the_first_switch_and_the_engine_is_left_out),
        cmocka_unit_test(refuses_malformed_tokens_with_the_column),
        cmocka_unit_test(the_longest_token_fits),
        cmocka_unit_test(a_short_buffer_is_never_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
