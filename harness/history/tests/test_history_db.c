/* A history is opened whatever its file is: damaged, foreign, empty, used by others. */
#include "harness/history/history_db.h"
#include "harness/history/history_sql.h"
#include "harness/history/history_write.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/wait.h>

static void path_of(const struct tmpdir *tmp, char path[TMPDIR_PATH_SIZE_BYTES + 64])
{
    (void)snprintf(path, TMPDIR_PATH_SIZE_BYTES + 64, "%s/" HISTORY_DB_NAME, tmp->path);
}

/* A run with one scenario, written as a call of `run` does. */
static int write_one(struct history_db *db, const char *id, struct err *err)
{
    json_t *report = json_pack("{s{si}s[{sssb si}]s[]}", "totals", "causes", 0, "scenarios", "name",
                               "plain", "ended", 1, "run", 7, "causes");
    int r = history_db_begin(db, err);

    assert_non_null(report);
    if (r == 0) {
        r = history_write_run(db, id, report, NULL, err);
        r = r < 0 ? r : history_db_commit(db, err);
    }
    history_db_rollback(db);
    json_decref(report);
    return r;
}

static int64_t count_runs(struct history_db *db)
{
    int64_t count = -1;

    assert_int_equal(
        history_sql_number(history_db_handle(db), "SELECT count(*) FROM run", -1, &count, NULL), 0);
    return count;
}

static struct history_db *open_at(const struct tmpdir *tmp)
{
    struct history_db *db = NULL;
    struct err err = ERR_INIT;

    if (history_db_open(tmp->path, &db, &err) < 0) {
        fail_msg("%s", err.text);
    }
    return db;
}

static unsigned count_aside(const struct tmpdir *tmp)
{
    unsigned count = 0;
    DIR *dir = opendir(tmp->path);
    struct dirent *entry;

    while ((entry = readdir(dir)) != NULL) {
        count += strstr(entry->d_name, ".damaged-") != NULL &&
                 strstr(entry->d_name, "-wal") == NULL && strstr(entry->d_name, "-shm") == NULL;
    }
    (void)closedir(dir);
    return count;
}

static void a_run_is_there_when_it_is_opened_again(void **state)
{
    struct tmpdir tmp;
    char id[] = "2026-11-27T020000Z-000001";

    (void)state;
    tmpdir_make(&tmp);
    struct history_db *db = open_at(&tmp);
    assert_true(history_db_has_log(db));
    assert_string_equal(history_db_note(db), "");
    assert_int_equal(write_one(db, id, NULL), 0);
    assert_int_equal(write_one(db, id, NULL), 0); /* twice is once */
    db = history_db_close(db);
    db = open_at(&tmp);
    assert_int_equal(count_runs(db), 1);
    db = history_db_close(db);
    assert_int_equal(count_aside(&tmp), 0);
    tmpdir_remove(&tmp);
}

/* Each way in which a file can be broken: it is moved aside, said, and a new one begun. */
static void a_damaged_file_is_moved_aside(void **state)
{
    static const char *const ways[] = {"cut", "head", "middle", "text", "tables"};
    struct tmpdir tmp;
    char path[TMPDIR_PATH_SIZE_BYTES + 64];

    (void)state;
    tmpdir_make(&tmp);
    path_of(&tmp, path);
    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct history_db *db = open_at(&tmp);
        char junk[3000];

        assert_int_equal(write_one(db, "2026-11-27T020000Z-000001", NULL), 0);
        if (i == 4) {
            assert_int_equal(history_sql_exec(history_db_handle(db), "DROP TABLE bench", NULL), 0);
        }
        db = history_db_close(db);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        struct stat status;
        assert_int_equal(fstat(fd, &status), 0);
        memset(junk, 0x5a, sizeof(junk));
        if (i == 0) {
            assert_int_equal(ftruncate(fd, status.st_size / 2 + 100), 0);
        } else if (i == 1) {
            assert_int_equal(pwrite(fd, junk, 100, 0), 100);
        } else if (i == 2) {
            for (off_t at = 4096; at + 4096 <= status.st_size; at += 4096) {
                assert_int_equal(pwrite(fd, junk, 3000, at + 8), 3000);
            }
        } else if (i == 3) {
            assert_int_equal(ftruncate(fd, 0), 0);
            assert_int_equal(pwrite(fd, "this is a letter", 16, 0), 16);
        }
        (void)close(fd);
        db = open_at(&tmp);
        if (strstr(history_db_note(db), "damaged") == NULL || count_runs(db) != 0) {
            fail_msg("%s: '%s'", ways[i], history_db_note(db));
        }
        assert_int_equal(write_one(db, "2026-11-27T020000Z-000002", NULL), 0);
        db = history_db_close(db);
        assert_int_equal(count_aside(&tmp), i + 1);
    }
    tmpdir_remove(&tmp);
}

static void an_emptied_file_is_said(void **state)
{
    struct tmpdir tmp;
    char path[TMPDIR_PATH_SIZE_BYTES + 64];

    (void)state;
    tmpdir_make(&tmp);
    path_of(&tmp, path);
    struct history_db *db = history_db_close(open_at(&tmp));
    assert_int_equal(truncate(path, 0), 0);
    db = open_at(&tmp);
    assert_non_null(strstr(history_db_note(db), "was empty"));
    db = history_db_close(db);
    tmpdir_remove(&tmp);
}

static void what_is_not_ours_stays_as_it_is(void **state)
{
    static const char *const marks[] = {"PRAGMA application_id = 77", "PRAGMA user_version = 2"};
    static const char *const texts[] = {"another program", "later program"};
    struct tmpdir tmp;
    struct err err = ERR_INIT;
    struct history_db *none = NULL;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        tmpdir_make(&tmp);
        struct history_db *db = open_at(&tmp);
        assert_int_equal(history_sql_exec(history_db_handle(db), marks[i], NULL), 0);
        db = history_db_close(db);
        assert_int_equal(history_db_open(tmp.path, &none, &err), ERR_USAGE);
        assert_non_null(strstr(err.text, texts[i]));
        assert_int_equal(count_aside(&tmp), 0);
        tmpdir_remove(&tmp);
    }
    assert_true(history_db_open("/nowhere/at/all", &none, &err) < 0);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
}

static pid_t begin_writer(const struct tmpdir *tmp, unsigned number, unsigned count)
{
    pid_t pid = fork();

    if (pid == 0) {
        for (unsigned i = 0; i < count; i++) {
            struct history_db *db = NULL;
            struct err err = ERR_INIT;
            char id[64];

            (void)snprintf(id, sizeof(id), "2026-11-27T02%02u00Z-%06x", number, i);
            if (history_db_open(tmp->path, &db, &err) < 0 || write_one(db, id, &err) < 0) {
                (void)fprintf(stderr, "writer %u: %s\n", number, err.text);
                _exit(1);
            }
            db = history_db_close(db);
        }
        _exit(0);
    }
    assert_true(pid > 0);
    return pid;
}

static void four_write_at_once(void **state)
{
    struct tmpdir tmp;
    pid_t pids[4];

    (void)state;
    tmpdir_make(&tmp);
    for (unsigned i = 0; i < 4; i++) {
        pids[i] = begin_writer(&tmp, i, 15);
    }
    for (unsigned i = 0; i < 4; i++) {
        int status = 0;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    struct history_db *db = open_at(&tmp);
    assert_int_equal(count_runs(db), 60);
    assert_string_equal(history_db_note(db), "");
    db = history_db_close(db);
    assert_int_equal(count_aside(&tmp), 0);
    tmpdir_remove(&tmp);
}

/* Whatever it was doing, what is there is whole. */
static void a_killed_writer_leaves_it_whole(void **state)
{
    struct tmpdir tmp;
    int64_t before = 0;

    (void)state;
    tmpdir_make(&tmp);
    for (unsigned i = 0; i < 100; i++) {
        pid_t pid = begin_writer(&tmp, i % 60, 1000);

        (void)usleep(500 + i * 397 % 20000);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        struct history_db *db = open_at(&tmp);
        int64_t count = count_runs(db);
        assert_string_equal(history_db_note(db), "");
        assert_true(count >= before);
        before = count;
        db = history_db_close(db);
    }
    assert_true(before > 0);
    assert_int_equal(count_aside(&tmp), 0);
    tmpdir_remove(&tmp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_there_when_it_is_opened_again),
        cmocka_unit_test(a_damaged_file_is_moved_aside),
        cmocka_unit_test(an_emptied_file_is_said),
        cmocka_unit_test(what_is_not_ours_stays_as_it_is),
        cmocka_unit_test(four_write_at_once),
        cmocka_unit_test(a_killed_writer_leaves_it_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
