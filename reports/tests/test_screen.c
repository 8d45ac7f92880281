/* Nothing is wider than the screen, and nothing is lost for that. */
#include "harness/testkit/test.h"
#include "reports/screen.h"

struct sheet {
    struct screen screen;
    char *text;
    size_t size;
};

static void sheet_open(struct sheet *sheet, unsigned width)
{
    memset(sheet, 0, sizeof(*sheet));
    sheet->screen.stream = open_memstream(&sheet->text, &sheet->size);
    assert_non_null(sheet->screen.stream);
    sheet->screen.width = width;
    sheet->screen.command = "./run.sh";
}

static void sheet_close(struct sheet *sheet)
{
    (void)fclose(sheet->screen.stream);
    free(sheet->text);
}

static void short_paragraph_is_one_line_behind_its_label(void **state)
{
    struct sheet sheet;

    (void)state;
    sheet_open(&sheet, 60);
    screen_line(&sheet.screen, PAINT_GOOD, "PASSED", "%d of %d", 3, 4);
    (void)fflush(sheet.screen.stream);
    assert_string_equal(sheet.text, "PASSED    3 of 4\n");
    sheet_close(&sheet);
}

static void long_paragraph_is_wrapped_at_words_and_indented(void **state)
{
    struct sheet sheet;

    (void)state;
    sheet_open(&sheet, 40);
    screen_begin(&sheet.screen, PAINT_PLAIN, "LEFT OUT");
    screen_say(&sheet.screen, "one two three four five");
    screen_say(&sheet.screen, ", six seven");
    screen_say(&sheet.screen, " eight\nnine");
    screen_end(&sheet.screen);
    (void)fflush(sheet.screen.stream);
    assert_string_equal(sheet.text, "LEFT OUT  one two three four five, six\n"
                                    "          seven eight\n"
                                    "          nine\n");
    sheet_close(&sheet);
}

static void figure_and_its_unit_stay_together(void **state)
{
    struct sheet sheet;

    (void)state;
    sheet_open(&sheet, 40);
    screen_line(&sheet.screen, PAINT_PLAIN, "TIME", "one two three four sixteen %s and 3 sheep",
                "4.3 s");
    (void)fflush(sheet.screen.stream);
    assert_string_equal(sheet.text, "TIME      one two three four sixteen\n"
                                    "          4.3 s and 3 sheep\n");
    sheet_close(&sheet);
}

/* It is copied, so a line that is too long is the smaller evil. */
static void word_longer_than_the_screen_stays_whole(void **state)
{
    char word[300];
    struct sheet sheet;

    (void)state;
    memset(word, 'x', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    sheet_open(&sheet, 40);
    screen_line(&sheet.screen, PAINT_PLAIN, "FILE", "at %s end", word);
    (void)fflush(sheet.screen.stream);
    test_contains(sheet.text, "FILE      at\n          xxx");
    test_contains(sheet.text, word);
    test_contains(sheet.text, "x\n          end\n");
    sheet_close(&sheet);
}

static void colour_takes_no_column(void **state)
{
    struct sheet sheet;

    (void)state;
    sheet_open(&sheet, 40);
    sheet.screen.is_coloured = true;
    screen_line(&sheet.screen, PAINT_GOOD, "OK", "a b");
    (void)fflush(sheet.screen.stream);
    assert_string_equal(sheet.text, "\033[32mOK\033[0m        a b\n");
    sheet_close(&sheet);
}

static void cell(const void *arg, uint32_t row, uint32_t column, char text[SCREEN_CELL_SIZE_BYTES])
{
    static const char *const names[] = {"alpha", "", "gamma"};

    (void)arg;
    if (column == 0) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%s", names[row]);
    } else if (column < 4 || row == 2) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%u", row * 1000 + column);
    }
}

static const char *const heads[] = {"name", "first", "second", "third", "note"};
static const struct screen_table table = {heads, 5, 3, cell, NULL};

static void table_has_its_columns_side_by_side_where_they_fit(void **state)
{
    struct sheet sheet;

    (void)state;
    sheet_open(&sheet, 80);
    screen_table(&sheet.screen, &table);
    (void)fflush(sheet.screen.stream);
    assert_string_equal(sheet.text, "  name   first  second  third  note\n"
                                    "  alpha      1       2      3\n"
                                    "  gamma   2001    2002   2003  2004\n");
    sheet_close(&sheet);
}

static void table_that_is_too_wide_goes_on_below(void **state)
{
    struct sheet sheet;

    (void)state;
    sheet_open(&sheet, 24);
    screen_table(&sheet.screen, &table);
    (void)fflush(sheet.screen.stream);
    assert_string_equal(sheet.text, "  name   first  second\n"
                                    "  alpha      1       2\n"
                                    "  gamma   2001    2002\n"
                                    "  name   third  note\n"
                                    "  alpha      3\n"
                                    "  gamma   2003  2004\n");
    sheet_close(&sheet);
}

static void table_without_a_row_is_not_there(void **state)
{
    const struct screen_table empty = {heads, 5, 0, cell, NULL};
    struct sheet sheet;

    (void)state;
    sheet_open(&sheet, 80);
    screen_table(&sheet.screen, &empty);
    (void)fflush(sheet.screen.stream);
    assert_string_equal(sheet.text, "");
    sheet_close(&sheet);
}

static void width_is_of_the_environment_or_100(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    (void)setenv("COLUMNS", "72", 1);
    assert_int_equal(screen_width(file), 72);
    (void)setenv("COLUMNS", "7", 1);
    assert_int_equal(screen_width(file), SCREEN_WIDTH_LEAST);
    (void)setenv("COLUMNS", "wide", 1);
    assert_int_equal(screen_width(file), SCREEN_WIDTH_DEFAULT);
    (void)unsetenv("COLUMNS");
    assert_int_equal(screen_width(file), SCREEN_WIDTH_DEFAULT);
    (void)fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_paragraph_is_one_line_behind_its_label),
        cmocka_unit_test(long_paragraph_is_wrapped_at_words_and_indented),
        cmocka_unit_test(figure_and_its_unit_stay_together),
        cmocka_unit_test(word_longer_than_the_screen_stays_whole),
        cmocka_unit_test(colour_takes_no_column),
        cmocka_unit_test(table_has_its_columns_side_by_side_where_they_fit),
        cmocka_unit_test(table_that_is_too_wide_goes_on_below),
        cmocka_unit_test(table_without_a_row_is_not_there),
        cmocka_unit_test(width_is_of_the_environment_or_100),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
