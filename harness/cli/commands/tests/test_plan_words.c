/* Plans as sentences. */
#include "harness/cli/commands/plan_words.h"
#include "harness/testkit/test.h"

static void check(const char *plan_text, const char *const *lines, size_t count)
{
    struct plan plan;
    struct err err = ERR_INIT;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    test_ok(plan_parse(plan_text, &points_engine, &plan, &err), err);
    plan_words_print(file, &plan, &points_engine, "  ");
    (void)fclose(file);
    test_row(plan_text);
    size_t found = 0;
    for (const char *c = text; *c != '\0'; c++) {
        found += *c == '\n' ? 1 : 0;
    }
    assert_int_equal(found, count);
    for (size_t i = 0; i < count; i++) {
        test_contains(text, lines[i]);
    }
    free(text);
}

static void every_fault_has_its_sentence(void **state)
{
    static const struct {
        const char *plan;
        const char *line;
    } rows[] = {
        {"", "  no fault: the run itself shows it"},
        {"commitlog/append:1=kill",
         "  round 1: commitlog/append for the 1st time is about to begin when the process is killed"},
        {"commitlog/append:2=kill-after", "for the 2nd time has just ended when"},
        {"commitlog/append:3=torn:12", "for the 3rd time writes its first 12 bytes when"},
        {"commitlog/append:11=short:12", "for the 11th time does 12 bytes and says so"},
        {"commitlog/sync:21=eio", "for the 21st time fails with EIO\n"},
        {"commitlog/sync:4=eio:on", "fails with EIO, as does all after it in this round"},
        {"commitlog/append:4=enospc:3", "fails with ENOSPC, as do the next 2 such operations"},
        {"commitlog/append:4=pod-kill:7", "SIGTERM comes; SIGKILL follows 7 disk operations later"},
        {"commitlog/append:4=power-loss:ext4:k3d2t3.0f",
         "of 5 un-synced effects 2 did not reach the disk, 1 in part (model ext4)"},
        {"commitlog/sync:4=sync-eio:late", "fails with EIO (ext4 data=journal"},
        {"commitlog/sync:4=sync-lie", "says that all is durable, and nothing is"},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        check(rows[i].plan, &rows[i].line, 1);
    }
}

static void rounds_and_steps_come_in_order(void **state)
{
    static const char *const lines[] = {
        "  round 1: commitlog/append for the 1st time is about",
        "  before round 2: the clock jumps by -1h\n",
        "  before round 2: consumequeue/topic-0/0 is removed by hand",
        "  before round 3: byte 12 of commitlog/00000000000000000000 decays: one of its bits",
        "  before round 4: byte 12 of commitlog/00000000000000000000 decays: its sector",
        "  before round 5: a copy is opened that was made while operations 3 to 9",
    };
    (void)state;
    check("commitlog/append:1=kill+clock-jump:-1h,remove:consumequeue/topic-0/0+"
          "rot:commitlog/00000000000000000000@12.5+rot:commitlog/00000000000000000000@12.z+"
          "copy:3-9.1",
          lines, TEST_COUNT(lines));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_has_its_sentence),
        cmocka_unit_test(rounds_and_steps_come_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
