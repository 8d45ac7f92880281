/* Ratios of what there was, and no others; no row that nothing reached. */
#include "harness/testkit/test.h"
#include "reports/coverage_text.h"

static char *written(void (*write)(struct screen *, const struct points *,
                                   const struct campaign_coverage *),
                     const struct campaign_coverage *rows)
{
    struct screen screen = {.width = 100};
    char *text = NULL;
    size_t size = 0;

    screen.stream = open_memstream(&text, &size);
    assert_non_null(screen.stream);
    write(&screen, &points_engine, rows);
    (void)fclose(screen.stream);
    return text;
}

static void table(struct screen *screen, const struct points *points,
                  const struct campaign_coverage *rows)
{
    coverage_text_table(screen, points, rows);
}

static void part(struct screen *screen, const struct points *points,
                 const struct campaign_coverage *rows)
{
    coverage_text_unreached(screen, points, rows, false);
}

static void whole(struct screen *screen, const struct points *points,
                  const struct campaign_coverage *rows)
{
    coverage_text_unreached(screen, points, rows, true);
}

static void line_says_all_or_how_many(void **state)
{
    struct campaign_coverage rows[POINTS_MAX] = {0};
    char *text;

    (void)state;
    rows[POINT_COMMITLOG_APPEND] = (struct campaign_coverage){
        .hits = 1040, .killed = 1040, .planned = 80, .fired = 80, .checked = 79};
    rows[POINT_COMMITLOG_READ] = (struct campaign_coverage){.hits = 4, .failed = 3};
    text = written(coverage_text_line, rows);
    test_contains(text, "COVERAGE  2 of ");
    test_contains(text, " points, all 1,040 writes killed, 3 of 4 reads failed, 79 of 80 faults");
    free(text);
}

/* One that expects a violation stops at its first catch: its hits are not in the sum. */
static void line_has_no_ratio_of_nothing(void **state)
{
    struct campaign_coverage rows[POINTS_MAX] = {0};
    char *text;

    (void)state;
    rows[POINT_QUEUE_APPEND] =
        (struct campaign_coverage){.reached = 1, .planned = 1, .fired = 1, .checked = 1};
    text = written(coverage_text_line, rows);
    test_contains(text, " points, 1 fault judged\n");
    free(text);
    rows[POINT_QUEUE_APPEND] = (struct campaign_coverage){.reached = 1};
    text = written(coverage_text_line, rows);
    assert_string_equal(text, "");
    free(text);
}

static void table_has_the_points_that_were_reached(void **state)
{
    struct campaign_coverage rows[POINTS_MAX] = {0};
    char *text;

    (void)state;
    rows[POINT_COMMITLOG_APPEND] = (struct campaign_coverage){.hits = 40,
                                                              .killed = 39,
                                                              .planned = 80,
                                                              .fired = 80,
                                                              .checked = 80,
                                                              .violations = 9,
                                                              .image_violations = 7};
    rows[POINT_COMMITLOG_READ] = (struct campaign_coverage){.hits = 3};
    rows[POINT_QUEUE_HEAL] = (struct campaign_coverage){.reached = 5};
    text = written(table, rows);
    assert_string_equal(
        text,
        "  LIVE CASES        hits     struck          planned  fired  judged  violated\n"
        "  commitlog/read       3   0 failed   0.0 %                                     never "
        "failed\n"
        "  commitlog/append    40  39 killed  97.5 %       80     80      80         2\n"
        "  queue/heal                                                                   in "
        "recoveries\n");
    free(text);
}

/* A plain store has none of DLedger's points, and need not be told each. */
static void owner_of_whom_nothing_was_reached_is_named_once(void **state)
{
    struct campaign_coverage rows[POINTS_MAX] = {0};
    char *text;

    (void)state;
    for (uint32_t i = 0; i < points_engine.count; i++) {
        rows[i].reached = strncmp(points_name(&points_engine, i), "dledger/", 8) != 0;
    }
    rows[POINT_QUEUE_HEAL].reached = 0;
    text = written(part, rows);
    assert_string_equal(text, "unreached dledger/*, queue/heal\n");
    free(text);
    text = written(whole, rows);
    test_contains(text, "UNREACHED dledger/list, dledger/open");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_says_all_or_how_many),
        cmocka_unit_test(line_has_no_ratio_of_nothing),
        cmocka_unit_test(table_has_the_points_that_were_reached),
        cmocka_unit_test(owner_of_whom_nothing_was_reached_is_named_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
