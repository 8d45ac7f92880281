/* Nearest words. */
#include "harness/base/suggest.h"
#include "harness/testkit/test.h"

static const char *const words[] = {"kill", "kill-after", "torn", "short", "segment"};

static void finds_the_word_with_one_letter_missing(void **state)
{
    (void)state;
    assert_string_equal(suggest_nearest("segmnt", words, 5), "segment");
}

static void counts_swapped_neighbours_once(void **state)
{
    (void)state;
    assert_string_equal(suggest_nearest("tron", words, 5), "torn");
}

static void suggests_nothing_for_a_word_that_is_far_off(void **state)
{
    (void)state;
    assert_null(suggest_nearest("power-loss", words, 5));
    assert_null(suggest_nearest("", words, 5));
}

static void suggests_nothing_for_a_word_of_hostile_length(void **state)
{
    char word[4096];
    (void)state;
    memset(word, 'k', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    assert_null(suggest_nearest(word, words, 5));
}

static void phrases_the_suggestion_or_nothing(void **state)
{
    char text[64];
    (void)state;
    assert_string_equal(suggest_phrase("kil", words, 5, text, sizeof(text)),
                        "; did you mean 'kill'?");
    assert_string_equal(suggest_phrase("zzzz", words, 5, text, sizeof(text)), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_word_with_one_letter_missing),
        cmocka_unit_test(counts_swapped_neighbours_once),
        cmocka_unit_test(suggests_nothing_for_a_word_that_is_far_off),
        cmocka_unit_test(suggests_nothing_for_a_word_of_hostile_length),
        cmocka_unit_test(phrases_the_suggestion_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
