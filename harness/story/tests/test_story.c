/* Which line is to blame for a case, found by running it. */
#include "harness/reenact/blame.h"
#include "harness/story/story.h"
#include "harness/testkit/test.h"

static struct scenario scenario;

static void load(const char *name, const char *const *switches)
{
    char path[512];
    struct err err = ERR_INIT;
    (void)snprintf(path, sizeof(path), "%s/scenarios/%s.yaml", TEST_SOURCE_DIR, name);
    test_ok(scenario_load(path, &scenario, &err), err);
    for (size_t i = 0; switches != NULL && switches[i] != NULL; i++) {
        test_ok(scenario_apply_switch(&scenario, switches[i], &err), err);
    }
}

static struct token token_of(const char *plan)
{
    struct token token;
    struct err err = ERR_INIT;
    memset(&token, 0, sizeof(token));
    token.seed = 0x5eed;
    test_ok(plan_parse(plan, &points_engine, &token.plan, &err), err);
    return token;
}

static struct story_source source_of(const char *plan, enum mechanism mechanism)
{
    struct story_source source;
    struct err err = ERR_INIT;
    const struct token token = token_of(plan);
    test_ok(story_source(&scenario, &token, mechanism, &source, &err), err);
    return source;
}

static void a_cut_queue_is_blamed_on_who_decided_it(void **state)
{
    (void)state;
    load("defects/dledger-dup-info-8032", NULL);
    struct story_source source = source_of("dledger/append:6=kill-after", MECHANISM_UNIT_MISSING);
    assert_string_equal(source.why, blame_help(BLAME_DECIDED));
    assert_string_equal(source.point, "dup-info-check");
    test_contains(source.at.file, "store/recovery/recovery_scan.c");
    assert_true(source.at.line > 0 && source.caller.line > 0);
}

static void an_early_answer_is_blamed_on_who_gave_it(void **state)
{
    static const char *const switches[] = {"skip/commitlog/sync", NULL};
    (void)state;
    load("power-plain-sync", switches);
    struct story_source source = source_of("", MECHANISM_LOG_BEFORE_ACK);
    assert_string_equal(source.why, blame_help(BLAME_ACKED));
    assert_string_equal(source.point, "acked");
    test_contains(source.at.file, "store/service/");
}

/* Rows without what changes with every edit of the store: its lines, and how compilers inline. */
static void print_stable(const struct page *page, FILE *stream)
{
    for (uint32_t i = 0; i < page->row_count; i++) {
        const struct page_row *row = &page->rows[i];
        const char *start = strstr(row->text, " Start at store/");
        bool is_line = strncmp(row->text, "  in ", 5) == 0 || strncmp(row->text, "  from ", 7) == 0;
        if (!is_line) {
            (void)fprintf(stream, "%s: %.*s\n", page_label(row->section),
                          start == NULL ? (int)strlen(row->text) : (int)(start - row->text),
                          row->text);
        }
    }
}

/* The story of issue 8032, word for word.  When it is to change: the test leaves the new one. */
static void the_incident_is_told(void **state)
{
    static const char golden_path[] = TEST_SOURCE_DIR "/harness/story/tests/golden/story_8032.txt";
    static const char made_path[] = TEST_BINARY_DIR "/story_8032.txt";
    static struct story story;
    static char golden[32768];
    static char made[32768];
    (void)state;
    struct err err = ERR_INIT;
    load("defects/dledger-dup-info-8032", NULL);
    const struct token token = token_of("dledger/append:6=kill-after");
    test_ok(story_tell(&scenario, &token, &story, &err), err);
    assert_int_equal(story.mechanism, MECHANISM_UNIT_MISSING);
    assert_false(story.is_cut_short);
    FILE *stream = fmemopen(made, sizeof(made) - 1, "w");
    print_stable(&story.page, stream);
    (void)fclose(stream);
    stream = fopen(golden_path, "r");
    if (stream != NULL) {
        (void)fread(golden, 1, sizeof(golden) - 1, stream);
        (void)fclose(stream);
    }
    if (strcmp(golden, made) != 0) {
        stream = fopen(made_path, "w");
        (void)fputs(made, stream);
        (void)fclose(stream);
        fail_msg("the story is another: diff %s %s", golden_path, made_path);
    }
}

/* The longest lines of all are cut, and a story is read on one screen and a half. */
static void a_story_is_short_and_narrow(void **state)
{
    static struct story story;
    static char text[65536];
    (void)state;
    struct err err = ERR_INIT;
    load("defects/cut-units-return-495", NULL);
    const struct token token = token_of("queue/append:3=power-loss:all:d2k1");
    test_ok(story_tell(&scenario, &token, &story, &err), err);
    FILE *stream = fmemopen(text, sizeof(text) - 1, "w");
    page_print(&story.page, stream, 100);
    (void)fclose(stream);
    uint32_t lines = 0;
    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1) {
        lines++;
        assert_true(strcspn(at, "\n") <= 100);
    }
    assert_true(lines > 30 && lines <= 90);
}

static void an_intact_case_has_nothing_to_blame(void **state)
{
    static struct story story;
    (void)state;
    struct err err = ERR_INIT;
    load("plain-sync", NULL);
    const struct token token = token_of("commitlog/append:3=kill");
    test_ok(story_tell(&scenario, &token, &story, &err), err);
    assert_int_equal(story.mechanism, MECHANISM_COUNT);
    assert_string_equal(story.source.why, "");
}

static void what_cannot_be_run_here_is_refused(void **state)
{
    (void)state;
    struct story_source source;
    struct err err = ERR_INIT;
    load("defects/flush-end-after-sync-threads", NULL);
    const struct token token = token_of("");
    test_code(story_source(&scenario, &token, MECHANISM_LOG_BEFORE_ACK, &source, &err), ERR_USAGE);
    test_contains(err.text, "threads");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_queue_is_blamed_on_who_decided_it),
        cmocka_unit_test(an_early_answer_is_blamed_on_who_gave_it),
        cmocka_unit_test(the_incident_is_told),
        cmocka_unit_test(a_story_is_short_and_narrow),
        cmocka_unit_test(an_intact_case_has_nothing_to_blame),
        cmocka_unit_test(what_cannot_be_run_here_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
