/* Runs that are not all shards of one suite, each once, are refused with one line. */
#include "harness/cli/nights/shard_runs.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/stat.h>

#define SHARDS 3

struct stage {
    struct tmpdir tmp;
    char paths[SHARDS][TMPDIR_PATH_SIZE_BYTES + 64];
    char *words[SHARDS + 1];
    struct shard_runs runs;
    struct err err;
};

/* `key`: what this one has of its own; NULL: nothing. */
static void make_run(struct stage *stage, int place, int shard, const char *key, bool is_ended)
{
    char path[sizeof(stage->paths[0])];
    struct work_journal *journal = NULL;
    (void)snprintf(path, sizeof(path), "%s/2026-11-22T02000%dZ-00000%d", stage->tmp.path, place,
                   place);
    memcpy(stage->paths[place], path, sizeof(path));
    (void)mkdir(path, 0700);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)unlinkat(fd, WORK_JOURNAL_FILE_NAME, 0);
    json_t *head =
        json_pack("{sssbsssisissssso}", "revision", "1", "dirty", 0, "suite", "s", "shards", SHARDS,
                  "shard", shard, "weights", "w", "seed", "5eed", "options", json_object());
    if (key != NULL) {
        (void)json_object_set_new(head, key, json_string("other"));
    }
    test_ok(work_journal_create(fd, head, &journal, &stage->err), stage->err);
    if (is_ended) {
        (void)work_journal_put_end(journal, json_pack("{sssi}", "end", "", "t", 9));
    }
    (void)work_journal_close(journal);
    json_decref(head);
    (void)close(fd);
    stage->words[place] = stage->paths[place];
}

static void stage_make(struct stage *stage)
{
    memset(stage, 0, sizeof(*stage));
    tmpdir_make(&stage->tmp);
    for (int i = 0; i < SHARDS; i++) {
        make_run(stage, i, SHARDS - i, NULL, true);
    }
}

static void refused(struct stage *stage, int count, const char *why)
{
    stage->err = (struct err)ERR_INIT;
    test_code(shard_runs_open(&stage->runs, stage->tmp.path, stage->words, count, &stage->err),
              ERR_USAGE);
    test_contains(stage->err.text, why);
    assert_null(strchr(stage->err.text, '\n'));
}

static void all_of_one_suite_are_taken_in_order(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage);
    test_ok(shard_runs_open(&stage.runs, stage.tmp.path, stage.words, SHARDS, &stage.err),
            stage.err);
    assert_int_equal(stage.runs.count, SHARDS);
    assert_string_equal(stage.runs.runs[0].path, stage.paths[SHARDS - 1]);
    assert_string_equal(json_string_value(json_object_get(shard_runs_head(&stage.runs), "suite")),
                        "s");
    shard_runs_close(&stage.runs);
    tmpdir_remove(&stage.tmp);
}

static void one_left_out_or_twice_is_told(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage);
    refused(&stage, 2, "shard 1/3 is missing");
    refused(&stage, 0, "which runs");
    make_run(&stage, 1, 1, NULL, true);
    refused(&stage, SHARDS, "both shard 1/3");
    stage.words[1] = stage.words[0];
    refused(&stage, 2, "both shard 3/3");
    make_run(&stage, 1, 2, NULL, true);
    make_run(&stage, 2, 1, NULL, false);
    refused(&stage, SHARDS, "did not come to its end");
    tmpdir_remove(&stage.tmp);
}

static void one_of_another_suite_is_told(void **state)
{
    static const struct {
        const char *key;
        const char *words;
    } keys[] = {{"revision", "revision"},
                {"suite", "suite"},
                {"weights", "weights"},
                {"seed", "seed"},
                {"options", "options"}};
    (void)state;
    struct stage stage;
    stage_make(&stage);
    for (size_t i = 0; i < TEST_COUNT(keys); i++) {
        make_run(&stage, 1, 2, keys[i].key, true);
        refused(&stage, SHARDS, keys[i].words);
    }
    tmpdir_remove(&stage.tmp);
}

static void what_is_no_shard_is_told(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage);
    make_run(&stage, 1, 2, "shards", true);
    refused(&stage, SHARDS, "is no shard");
    int fd = open(stage.paths[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(unlinkat(fd, WORK_JOURNAL_FILE_NAME, 0), 0);
    (void)close(fd);
    refused(&stage, SHARDS, "is no shard");
    tmpdir_remove(&stage.tmp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_one_suite_are_taken_in_order),
        cmocka_unit_test(one_left_out_or_twice_is_told),
        cmocka_unit_test(one_of_another_suite_is_told),
        cmocka_unit_test(what_is_no_shard_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
