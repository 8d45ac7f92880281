/* Options in, values and errors out. */
#include "harness/cli/options.h"
#include "harness/testkit/test.h"

struct taken {
    char seed[32];
    bool is_quiet;
};

static int take_seed(void *seed, const char *value, struct err *err)
{
    if (strcmp(value, "bad") == 0) {
        return err_set(err, ERR_USAGE, "bad seed");
    }
    (void)snprintf(seed, sizeof(((struct taken *)0)->seed), "%s", value);
    return 0;
}

static const struct options_row rows[] = {
    {'s', "seed", "HEX", "the seed", OPTIONS_TAKEN(struct taken, seed, take_seed)},
    {'q', "quiet", NULL, "say less", OPTIONS_FLAG(struct taken, is_quiet)},
};

static const char *const examples[] = {"run this", "run that", "run all", NULL};

static const struct options_command command = {
    .name = "run",
    .operands = "[SCENARIO...]",
    .summary = "Runs.",
    .examples = examples,
    .rows = rows,
    .row_count = 2,
};

/* Parses up to five words after "run". */
static int parsed(const char *const words[5], struct taken *taken, char ret_operand[64],
                  struct err *err)
{
    char copies[6][64] = {"run"};
    char *argv[7] = {copies[0]};
    struct options_words parsed_words;
    int argc = 1;
    int r;

    memset(taken, 0, sizeof(*taken));
    for (int i = 0; i < 5 && words[i] != NULL; i++) {
        (void)snprintf(copies[argc], sizeof(copies[argc]), "%s", words[i]);
        argv[argc] = copies[argc];
        argc++;
    }
    parsed_words = (struct options_words){argc, argv, argc};
    r = options_parse(&command, &parsed_words, taken, err);
    (void)snprintf(ret_operand, 64, "%s",
                   r == 0 && parsed_words.operand < argc ? argv[parsed_words.operand] : "");
    return r;
}

static void options_may_stand_anywhere_among_the_operands(void **state)
{
    const char *const words[5] = {"rolling-sync", "--seed", "5eed", "-q", NULL};
    struct taken taken;
    struct err err = ERR_INIT;
    char operand[64];

    (void)state;
    test_ok(parsed(words, &taken, operand, &err), err);
    assert_string_equal(taken.seed, "5eed");
    assert_true(taken.is_quiet);
    assert_string_equal(operand, "rolling-sync");
}

static void mistakes_are_usage_errors_that_say_what_to_do(void **state)
{
    static const struct {
        const char *name;
        const char *words[5];
        const char *says;
    } table[] = {
        {"mistyped", {"--sede", "1"}, "unknown option '--sede'; did you mean '--seed'?"},
        {"mistyped with value", {"--quite=1"}, "unknown option '--quite'; did you mean '--quiet'?"},
        {"value for a flag", {"--quiet=1"}, "option '--quiet' takes no value"},
        {"far off", {"--frobnicate"}, "unknown option '--frobnicate'"},
        {"unknown letter", {"-z"}, "unknown option '-z'"},
        {"no value", {"--seed"}, "option '--seed' needs a value (HEX)"},
        {"no value, letter", {"-s"}, "option '--seed' needs a value (HEX)"},
        {"refused by the command", {"--seed", "bad"}, "bad seed"},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(table); i++) {
        struct taken taken;
        struct err err = ERR_INIT;
        char operand[64];

        test_row(table[i].name);
        test_code(parsed(table[i].words, &taken, operand, &err), ERR_USAGE);
        test_contains(err.text, table[i].says);
    }
}

/* Every kind of value, in the width of its member, and what is not given stays. */
static void values_go_into_the_members_of_the_rows(void **state)
{
    struct values {
        bool is_loud;
        const char *text;
        uint32_t small;
        uint64_t large;
        uint64_t hex;
        uint32_t short_ms;
        uint64_t long_ms;
        uint32_t untouched;
    } values = {.untouched = 7};
    static const struct options_row all[] = {
        {0, "loud", NULL, "", OPTIONS_FLAG(struct values, is_loud)},
        {0, "text", "T", "", OPTIONS_TEXT(struct values, text)},
        {0, "small", "N", "", OPTIONS_COUNT(struct values, small, 1, 9)},
        {0, "large", "N", "", OPTIONS_COUNT(struct values, large, 0, UINT64_MAX)},
        {0, "hex", "HEX", "", OPTIONS_HEX(struct values, hex)},
        {0, "short", "S", "", OPTIONS_SECONDS(struct values, short_ms)},
        {0, "long", "S", "", OPTIONS_SECONDS(struct values, long_ms)},
        {0, "untouched", "N", "", OPTIONS_COUNT(struct values, untouched, 0, 9)},
    };
    const struct options_command many = {
        .name = "many", .operands = "", .examples = examples, .rows = all, .row_count = 8};
    char texts[][32] = {
        "many",       "--loud",     "--text=t",  "--small=9", "--large=18446744073709551615",
        "--hex=feed", "--short=2s", "--long=3m", "--small=10"};
    char *argv[10] = {NULL};
    struct options_words words = {8, argv, 0};
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(texts); i++) {
        argv[i] = texts[i];
    }
    test_ok(options_parse(&many, &words, &values, &err), err);
    assert_true(values.is_loud);
    assert_string_equal(values.text, "t");
    assert_int_equal(values.small, 9);
    assert_true(values.large == UINT64_MAX);
    assert_int_equal(values.hex, 0xfeed);
    assert_int_equal(values.short_ms, 2000);
    assert_int_equal(values.long_ms, 180000);
    assert_int_equal(values.untouched, 7);
    words.argc = 9;
    test_code(options_parse(&many, &words, &values, &err), ERR_USAGE);
    test_contains(err.text, "option '--small': '10'");
}

static void a_command_takes_the_operands_that_it_says(void **state)
{
    const struct options_command one = {
        .name = "dump", .operands = "DIR", .one = "one store", .examples = examples};
    const struct options_command none = {.name = "bench", .operands = "", .examples = examples};
    char texts[][8] = {"it", "a", "b"};
    char *argv[] = {texts[0], texts[1], texts[2], NULL};
    struct options_words words = {2, argv, 0};
    struct err err = ERR_INIT;

    (void)state;
    test_ok(options_parse(&one, &words, NULL, &err), err);
    test_code(options_parse(&none, &words, NULL, &err), ERR_USAGE);
    test_contains(err.text, "bench takes no 'a' (killpoint bench --help)");
    words.argc = 3;
    test_code(options_parse(&one, &words, NULL, &err), ERR_USAGE);
    test_contains(err.text, "dump takes one store (killpoint dump --help)");
}

static void help_leads_with_the_examples(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    const char *example;

    (void)state;
    options_help(&command, stream);
    (void)fclose(stream);
    example = strstr(text, "killpoint run this");
    assert_non_null(example);
    assert_true(example < strstr(text, "Usage: killpoint run [OPTION...] [SCENARIO...]"));
    test_contains(text, "-s, --seed HEX");
    test_contains(text, "--help");
    free(text);
}

static void seeds_are_hexadecimal_with_or_without_a_prefix(void **state)
{
    struct err err = ERR_INIT;
    uint64_t value = 0;

    (void)state;
    test_ok(options_hex("seed", "5eed", &value, &err), err);
    assert_int_equal(value, 0x5eed);
    test_ok(options_hex("seed", "0xffffffffffffffff", &value, &err), err);
    assert_true(value == UINT64_MAX);
    test_code(options_hex("seed", "0x", &value, &err), ERR_USAGE);
    test_code(options_hex("seed", "seed", &value, &err), ERR_USAGE);
    test_contains(err.text, "'--seed': 'seed'");
    test_code(options_hex("seed", "10000000000000000", &value, &err), ERR_USAGE);
}

static void counts_are_bounded(void **state)
{
    struct err err = ERR_INIT;
    uint64_t value = 0;

    (void)state;
    test_ok(options_count("jobs", "4", 1, 1024, &value, &err), err);
    assert_int_equal(value, 4);
    test_code(options_count("jobs", "0", 1, 1024, &value, &err), ERR_USAGE);
    test_code(options_count("jobs", "1025", 1, 1024, &value, &err), ERR_USAGE);
    test_code(options_count("jobs", "-1", 1, 1024, &value, &err), ERR_USAGE);
    test_code(options_count("jobs", "4x", 1, 1024, &value, &err), ERR_USAGE);
    test_contains(err.text, "from 1 to 1024");
    assert_int_equal(value, 4);
}

static void seconds_take_fractions_and_units(void **state)
{
    struct err err = ERR_INIT;
    uint32_t ms = 0;

    (void)state;
    test_ok(options_seconds("timeout", "1.5", 86400, &ms, &err), err);
    assert_int_equal(ms, 1500);
    test_ok(options_seconds("timeout", "200ms", 86400, &ms, &err), err);
    assert_int_equal(ms, 200);
    test_ok(options_seconds("timeout", "2m", 86400, &ms, &err), err);
    assert_int_equal(ms, 120000);
    test_ok(options_seconds("budget", "1h30m", 2 * 86400, &ms, &err), err);
    assert_int_equal(ms, 5400000);
    test_ok(options_seconds("budget", "2d", 2 * 86400, &ms, &err), err);
    assert_int_equal(ms, 172800000);
    test_code(options_seconds("budget", "2d1ms", 2 * 86400, &ms, &err), ERR_USAGE);
    test_contains(err.text, "option '--budget': '2d1ms' is not a time up to 2 days, as in 45s, 1h");
    test_code(options_seconds("timeout", "1h30", 86400, &ms, &err), ERR_USAGE);
    test_code(options_seconds("timeout", "m", 86400, &ms, &err), ERR_USAGE);
    test_code(options_seconds("timeout", "1dd", 86400, &ms, &err), ERR_USAGE);
    test_code(options_seconds("timeout", "0", 86400, &ms, &err), ERR_USAGE);
    test_code(options_seconds("timeout", "-1s", 86400, &ms, &err), ERR_USAGE);
    test_code(options_seconds("timeout", "1.2.3", 86400, &ms, &err), ERR_USAGE);
    test_code(options_seconds("timeout", "nan", 86400, &ms, &err), ERR_USAGE);
    test_code(options_seconds("timeout", "1e9", 86400, &ms, &err), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_stand_anywhere_among_the_operands),
        cmocka_unit_test(mistakes_are_usage_errors_that_say_what_to_do),
        cmocka_unit_test(values_go_into_the_members_of_the_rows),
        cmocka_unit_test(a_command_takes_the_operands_that_it_says),
        cmocka_unit_test(help_leads_with_the_examples),
        cmocka_unit_test(seeds_are_hexadecimal_with_or_without_a_prefix),
        cmocka_unit_test(counts_are_bounded),
        cmocka_unit_test(seconds_take_fractions_and_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
