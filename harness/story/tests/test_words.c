/* Files and operations in words. */
#include "harness/story/words.h"
#include "harness/testkit/test.h"

static void every_point_has_words(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < POINT_COUNT; i++) {
        const char *effect = strchr(point_name((enum point)i), '/') + 1;
        test_row(point_name((enum point)i));
        assert_true(words_role((enum point)i) < WORDS_ROLE_COUNT);
        assert_true(strlen(words_effect((enum point)i)) > 0);
        /* The name of an effect that no table has would be the operation's. */
        assert_true(strcmp(effect, "write") == 0 || words_effect((enum point)i) != NULL);
    }
}

static void places_are_named(void **state)
{
    static const struct {
        const char *path;
        const char *name;
    } rows[] = {
        {"commitlog/00000000000000000000", "log"},
        {"commitlog/00000000000000065536", "log file 65536"},
        {"dledger-n0/data/00000000000000000000", "log"},
        {"dledger-n0/index/00000000000000000000", "log index"},
        {"consumequeue/topic-0/1/00000000000000000000", "queue topic-0/1"},
        {"consumequeue/topic-0/1/00000000000000001000", "queue topic-0/1 file 1000"},
        {"consumequeue/topic-0", "directory consumequeue/topic-0"},
        {"checkpoint", "mark"},
        {"config/consumerOffset.json", "offsets"},
        {"", "store's directory"},
        {"config/consumerOffset.json.tmp", "offsets (the new file)"},
        {"config/consumerOffset.json.bak", "offsets (its backup)"},
        {"commitlog/0000000000000000000x", "directory commitlog/0000000000000000000x"},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        char text[WORDS_PLACE_SIZE_BYTES];
        words_place(rows[i].path, text);
        assert_string_equal(text, rows[i].name);
    }
}

static void what_is_replaced_has_one_word(void **state)
{
    (void)state;
    assert_string_equal(words_effect(POINT_OFFSETS_WRITE), "replaced");
    assert_string_equal(words_effect(POINT_OFFSETS_RENAME), "replaced");
    assert_string_equal(words_effect(POINT_OFFSETS_READ), "read");
    assert_string_equal(words_effect(POINT_ABORT_UNLINK), "removed");
    assert_string_equal(words_effect(POINT_ABORT_CREATE), "made");
    assert_string_equal(words_effect(POINT_QUEUE_CUT_FILE), "file removed");
}

static void what_was_taken_away_is_named(void **state)
{
    char text[WORDS_PLACE_SIZE_BYTES];
    (void)state;
    words_removal(POINT_QUEUE_CUT_FILE, text);
    assert_string_equal(text, "this deleted the file that held the missing unit");
    words_removal(POINT_QUEUE_CUT_TAIL, text);
    assert_string_equal(text, "this wrote over the missing unit");
    words_removal(POINT_DLEDGER_CHECKPOINT_TRUNCATE, text);
    assert_string_equal(text, "this cut off what is missing");
    assert_string_equal(words_units(1), "unit");
    assert_string_equal(words_units(0), "units");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_point_has_words),
        cmocka_unit_test(places_are_named),
        cmocka_unit_test(what_is_replaced_has_one_word),
        cmocka_unit_test(what_was_taken_away_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
