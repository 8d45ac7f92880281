/* The document's own rows: each word once, its meaning without markup. */
#include "harness/cli/words/glossary.h"
#include "harness/testkit/test.h"

struct seen {
    unsigned count;
    unsigned stop_at;
    struct glossary_word words[256];
};

static bool note(void *arg, const struct glossary_word *word)
{
    struct seen *seen = arg;
    assert_true(seen->count < TEST_COUNT(seen->words));
    seen->words[seen->count++] = *word;
    return seen->count != seen->stop_at;
}

static const char *meaning_of(const struct seen *seen, const char *name)
{
    for (unsigned i = 0; i < seen->count; i++) {
        if (strcmp(seen->words[i].name, name) == 0) {
            return seen->words[i].meaning;
        }
    }
    fail_msg("no word '%s'", name);
    return "";
}

static void each_row_is_read_without_its_markup(void **state)
{
    struct seen *seen = calloc(1, sizeof(*seen));
    (void)state;
    assert_non_null(seen);
    glossary_each(note, seen);
    assert_true(seen->count > 60);
    assert_string_equal(seen->words[0].name, "target");
    assert_string_equal(meaning_of(seen, "case"), "scenario + seed + plan");
    /* Two words of one row. */
    assert_string_equal(meaning_of(seen, "reused"), meaning_of(seen, "pruned"));
    test_contains(meaning_of(seen, "property"), "one thing that must hold after a restart (PROP");
    free(seen);
}

static void each_word_is_there_once_and_whole(void **state)
{
    struct seen *seen = calloc(1, sizeof(*seen));
    (void)state;
    assert_non_null(seen);
    glossary_each(note, seen);
    for (unsigned i = 0; i < seen->count; i++) {
        const struct glossary_word *word = &seen->words[i];
        test_row(word->name);
        assert_true(strlen(word->name) > 0 && strlen(word->name) < sizeof(word->name) - 1);
        assert_true(strlen(word->meaning) > 10);
        assert_true(strlen(word->meaning) < sizeof(word->meaning) - 1);
        assert_null(strpbrk(word->meaning, "`|"));
        assert_ptr_equal(meaning_of(seen, word->name), word->meaning);
    }
    free(seen);
}

static void stops_when_told(void **state)
{
    struct seen *seen = calloc(1, sizeof(*seen));
    (void)state;
    assert_non_null(seen);
    seen->stop_at = 3;
    glossary_each(note, seen);
    assert_int_equal(seen->count, 3);
    free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_read_without_its_markup),
        cmocka_unit_test(each_word_is_there_once_and_whole),
        cmocka_unit_test(stops_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
