/* Which run directories go, which stay, and what becomes of these. */
#include "harness/archive/keep_runs.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

static void name_of(unsigned number, char name[64])
{
    (void)snprintf(name, 64, "2026-11-%02uT020000Z-abcdef", number);
}

static void touch(const struct tmpdir *tmp, const char *path)
{
    int fd = openat(tmp->fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{}\n", 3), 3);
    (void)close(fd);
}

static void make_run(const struct tmpdir *tmp, unsigned number)
{
    static const char *const files[] = {"run.json", "report.json", "results.jsonl"};
    char name[64];
    char path[128];

    name_of(number, name);
    assert_int_equal(mkdirat(tmp->fd, name, 0777), 0);
    (void)snprintf(path, sizeof(path), "%s/causes", name);
    assert_int_equal(mkdirat(tmp->fd, path, 0777), 0);
    (void)snprintf(path, sizeof(path), "%s/causes/TOKEN", name);
    touch(tmp, path);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", name, files[i]);
        touch(tmp, path);
    }
}

static bool is_there(const struct tmpdir *tmp, unsigned number, const char *file)
{
    char name[64];
    char path[128];

    name_of(number, name);
    (void)snprintf(path, sizeof(path), "%s/%s", name, file);
    return faccessat(tmp->fd, path, F_OK, 0) == 0;
}

static void the_newest_stay_and_are_packed(void **state)
{
    struct keep_runs_done done;
    struct tmpdir tmp;
    char own[64];
    char name[64];

    (void)state;
    tmpdir_make(&tmp);
    for (unsigned i = 1; i <= 8; i++) {
        make_run(&tmp, i);
    }
    name_of(1, name);
    assert_int_equal(symlinkat(name, tmp.fd, "latest"), 0);
    name_of(2, name); /* a run is writing it */
    int lock = openat(tmp.fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    assert_int_equal(mkdirat(tmp.fd, "2026-notes", 0777), 0);
    assert_int_equal(mkdirat(tmp.fd, ".removed-2025-11-01T020000Z-abcdef", 0777), 0);
    name_of(3, name); /* what a link leads to is not the run's */
    assert_int_equal(symlinkat("/etc", lock, "etc"), 0);
    name_of(8, own);
    assert_int_equal(keep_runs(tmp.path, 3, own, &done, NULL), 0);
    assert_int_equal(done.removed, 3); /* 3, 4, 5 */
    assert_int_equal(done.packed, 3);  /* 1, 6, 7 */
    for (unsigned i = 1; i <= 8; i++) {
        bool is_gone = i >= 3 && i <= 5;
        bool is_packed = i == 1 || i == 6 || i == 7;

        if (is_there(&tmp, i, "report.json") == is_gone ||
            is_there(&tmp, i, "results.jsonl.lz4") != is_packed ||
            is_there(&tmp, i, "results.jsonl") != (!is_gone && !is_packed)) {
            fail_msg("run %u", i);
        }
    }
    assert_int_equal(faccessat(tmp.fd, "2026-notes", F_OK, 0), 0);
    assert_int_equal(faccessat(tmp.fd, ".removed-2025-11-01T020000Z-abcdef", F_OK, 0), -1);
    assert_int_equal(access("/etc/passwd", F_OK), 0);
    (void)close(lock); /* the run has ended: next time it goes */
    assert_int_equal(keep_runs(tmp.path, 3, own, &done, NULL), 0);
    assert_int_equal(done.removed, 1);
    assert_int_equal(done.packed, 0);
    assert_false(is_there(&tmp, 2, "report.json"));
    tmpdir_remove(&tmp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_newest_stay_and_are_packed)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
