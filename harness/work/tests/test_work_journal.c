/* Lines written, found again, and cut where a kill has left half of one. */
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "harness/work/work_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/stat.h>

struct stage {
    struct tmpdir tmp;
    char path[TMPDIR_PATH_SIZE_BYTES + 32];
    struct err err;
};

static void stage_make(struct stage *stage)
{
    tmpdir_make(&stage->tmp);
    stage->err = (struct err)ERR_INIT;
    (void)snprintf(stage->path, sizeof(stage->path), "%s/" WORK_JOURNAL_FILE_NAME, stage->tmp.path);
}

static struct work_journal *begin(struct stage *stage)
{
    struct work_journal *journal = NULL;
    json_t *head = json_pack("{ss}", "suite", "abc");
    test_ok(work_journal_create(stage->tmp.fd, head, &journal, &stage->err), stage->err);
    json_decref(head);
    return journal;
}

static struct work_journal *reopen(struct stage *stage, bool is_resumed)
{
    struct work_journal *journal = NULL;
    test_ok(work_journal_open(stage->path, is_resumed, &journal, &stage->err), stage->err);
    return journal;
}

static void put(struct work_journal *journal, uint64_t key, int value)
{
    assert_int_equal(
        work_journal_put(journal, key, json_pack("{sisi}", "t", value * 10, "r", value)), 0);
}

static void end(struct work_journal *journal, const char *name, int t)
{
    assert_int_equal(work_journal_put_end(journal, json_pack("{sssssisi}", "end", name, "seed",
                                                             "5eed", "t", t, "us", 77)),
                     0);
}

static int take(struct work_journal *journal, uint64_t key)
{
    json_t *line = NULL;
    if (work_journal_take(journal, key, &line) < 0) {
        return -1;
    }
    int value = (int)json_integer_value(json_object_get(line, "r"));
    json_decref(line);
    return value;
}

static void append(struct stage *stage, const char *text)
{
    int fd = open(stage->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

static off_t size_of(const struct stage *stage)
{
    struct stat status;
    assert_int_equal(stat(stage->path, &status), 0);
    return status.st_size;
}

static void what_was_put_is_taken_once_each(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage);
    struct work_journal *journal = begin(&stage);
    put(journal, 7, 1);
    put(journal, UINT64_MAX, 2);
    put(journal, 7, 3);
    end(journal, "a", 40);
    end(journal, "", 50);
    assert_int_equal(take(journal, 7), -1); /* only what was there when it was opened */
    (void)work_journal_close(journal);
    journal = reopen(&stage, false);
    assert_string_equal(json_string_value(json_object_get(work_journal_head(journal), "suite")),
                        "abc");
    assert_int_equal(take(journal, 7), 1);
    assert_int_equal(take(journal, UINT64_MAX), 2);
    assert_int_equal(take(journal, 7), 3);
    assert_int_equal(take(journal, 7), -1);
    assert_int_equal(take(journal, 8), -1);
    assert_true(work_journal_is_ended(journal));
    assert_int_equal(work_journal_duration_us(journal), 50);
    assert_int_equal(work_journal_scenario_us(journal, "a", 0x5eed), 77);
    assert_int_equal(work_journal_scenario_us(journal, "a", 1), 0);
    (void)work_journal_close(journal);
    json_t *head = json_object();
    test_code(work_journal_create(stage.tmp.fd, head, &journal, &stage.err), -EEXIST);
    json_decref(head);
    tmpdir_remove(&stage.tmp);
}

/* At each length that a kill can leave. */
static void a_torn_tail_is_cut(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage);
    struct work_journal *journal = begin(&stage);
    put(journal, 1, 1);
    (void)work_journal_flush(journal);
    off_t whole = size_of(&stage);
    put(journal, 2, 2);
    (void)work_journal_close(journal);
    for (off_t size = size_of(&stage) - 1; size > whole; size--) {
        assert_int_equal(truncate(stage.path, size), 0);
        journal = reopen(&stage, false);
        assert_int_equal(take(journal, 1), 1);
        assert_int_equal(take(journal, 2), -1);
        assert_false(work_journal_is_ended(journal));
        (void)work_journal_close(journal);
    }
    journal = reopen(&stage, true);
    assert_int_equal(size_of(&stage), whole);
    assert_int_equal(work_journal_duration_us(journal), 10);
    put(journal, 3, 3);
    (void)work_journal_close(journal);
    journal = reopen(&stage, true);
    assert_int_equal(take(journal, 1), 1);
    assert_int_equal(take(journal, 3), 3);
    (void)work_journal_close(journal);
    tmpdir_remove(&stage.tmp);
}

static void half_a_scenario_of_threads_begins_anew(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage);
    struct work_journal *journal = begin(&stage);
    (void)work_journal_put(journal, 1, json_pack("{sssi}", "load", "threads", "t", 1));
    put(journal, 2, 2);
    end(journal, "whole", 30);
    (void)work_journal_put(journal, 3, json_pack("{sssi}", "load", "threads", "t", 40));
    put(journal, 4, 4);
    (void)work_journal_close(journal);
    journal = reopen(&stage, true);
    assert_int_equal(take(journal, 2), 2);
    assert_int_equal(take(journal, 4), -1);
    (void)work_journal_put(journal, 5, json_pack("{sssi}", "load", "steady", "t", 40));
    put(journal, 6, 6);
    (void)work_journal_close(journal);
    journal = reopen(&stage, true);
    assert_int_equal(take(journal, 4), -1);
    assert_int_equal(take(journal, 6), 6);
    (void)work_journal_close(journal);
    tmpdir_remove(&stage.tmp);
}

static void what_is_no_journal_is_refused(void **state)
{
    static const char *const lines[] = {
        "\n", "{}\n", "[]\n", "\xff\xfe\n", "{\"k\":\"12\",\"r\":1}\n", "{\"journal\":1}\n"};
    (void)state;
    struct work_journal *journal = NULL;
    struct stage stage;
    for (size_t i = 0; i < TEST_COUNT(lines); i++) {
        stage_make(&stage);
        (void)work_journal_close(begin(&stage));
        append(&stage, lines[i]);
        test_code(work_journal_open(stage.path, false, &journal, &stage.err), ERR_CORRUPT);
        test_contains(stage.err.text, stage.path);
        tmpdir_remove(&stage.tmp);
    }
    stage_make(&stage);
    test_code(work_journal_open(stage.path, false, &journal, &stage.err), -ENOENT);
    (void)work_journal_close(begin(&stage));
    assert_int_equal(truncate(stage.path, 3), 0);
    test_code(work_journal_open(stage.path, true, &journal, &stage.err), ERR_CORRUPT);
    test_code(work_journal_open(stage.tmp.path, false, &journal, &stage.err), -EINVAL);
    tmpdir_remove(&stage.tmp);
}

/* A line that has its key and nothing else right is told when it is asked for. */
static void a_damaged_answer_is_told(void **state)
{
    (void)state;
    struct stage stage;
    json_t *line = NULL;
    stage_make(&stage);
    (void)work_journal_close(begin(&stage));
    append(&stage, "{\"k\":\"0000000000000009\",\"t\":1,\"r\":{]\n");
    struct work_journal *journal = reopen(&stage, false);
    assert_int_equal(work_journal_take(journal, 9, &line), -EBADMSG);
    assert_null(line);
    assert_int_equal(work_journal_take(journal, 9, &line), -ENOENT);
    (void)work_journal_close(journal);
    tmpdir_remove(&stage.tmp);
}

static void a_full_disk_is_told_once_at_the_end(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage);
    assert_int_equal(symlink("/dev/full", stage.path), 0);
    struct work_journal *journal = NULL;
    json_t *head = json_object();
    /* A link is no file that was not there: nothing is begun. */
    test_code(work_journal_create(stage.tmp.fd, head, &journal, &stage.err), -EEXIST);
    json_decref(head);
    assert_int_equal(unlink(stage.path), 0);
    journal = begin(&stage);
    assert_int_equal(work_journal_put(journal, 1, NULL), -ENOMEM);
    assert_int_equal(work_journal_put(journal, 2, json_object()), -ENOMEM);
    test_code(work_journal_error(journal, &stage.err), -ENOMEM);
    (void)work_journal_close(journal);
    tmpdir_remove(&stage.tmp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_taken_once_each),
        cmocka_unit_test(a_torn_tail_is_cut),
        cmocka_unit_test(half_a_scenario_of_threads_begins_anew),
        cmocka_unit_test(what_is_no_journal_is_refused),
        cmocka_unit_test(a_damaged_answer_is_told),
        cmocka_unit_test(a_full_disk_is_told_once_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
