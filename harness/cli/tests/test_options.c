/* Options in, values and errors out. */
#include "harness/cli/options.h"
#include "harness/testkit/test.h"

enum { OPTION_SEED = 1, OPTION_QUIET };

static const struct options_row rows[] = {
    {OPTION_SEED, 's', "seed", "HEX", "the seed"},
    {OPTION_QUIET, 'q', "quiet", NULL, "say less"},
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

struct taken {
    char seed[32];
    unsigned quiet;
};

static int take(void *arg, int id, const char *value, struct err *err)
{
    struct taken *taken = arg;

    if (id == OPTION_SEED && strcmp(value, "bad") == 0) {
        return err_set(err, ERR_USAGE, "bad seed");
    }
    if (id == OPTION_SEED) {
        (void)snprintf(taken->seed, sizeof(taken->seed), "%s", value);
    }
    taken->quiet += id == OPTION_QUIET;
    return 0;
}

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
    r = options_parse(&command, &parsed_words, take, taken, err);
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
    assert_int_equal(taken.quiet, 1);
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
    test_ok(options_seconds("timeout", "1.5", &ms, &err), err);
    assert_int_equal(ms, 1500);
    test_ok(options_seconds("timeout", "200ms", &ms, &err), err);
    assert_int_equal(ms, 200);
    test_ok(options_seconds("timeout", "2m", &ms, &err), err);
    assert_int_equal(ms, 120000);
    test_code(options_seconds("timeout", "0", &ms, &err), ERR_USAGE);
    test_code(options_seconds("timeout", "-1s", &ms, &err), ERR_USAGE);
    test_code(options_seconds("timeout", "1.2.3", &ms, &err), ERR_USAGE);
    test_code(options_seconds("timeout", "nan", &ms, &err), ERR_USAGE);
    test_code(options_seconds("timeout", "1e9", &ms, &err), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_stand_anywhere_among_the_operands),
        cmocka_unit_test(mistakes_are_usage_errors_that_say_what_to_do),
        cmocka_unit_test(help_leads_with_the_examples),
        cmocka_unit_test(seeds_are_hexadecimal_with_or_without_a_prefix),
        cmocka_unit_test(counts_are_bounded),
        cmocka_unit_test(seconds_take_fractions_and_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
