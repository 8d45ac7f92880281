/* What is done to whole directories. */
#include "harness/power/disk/dir_tree.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>

#define GIB (UINT64_C(1) << 30)

static uint64_t hash_of(int dir_fd)
{
    uint64_t hash = 0;

    assert_int_equal(dir_tree_hash(dir_fd, &hash), 0);
    return hash;
}

static void fill(int dir_fd)
{
    diskstate_write(dir_fd, "a", "first", 5);
    diskstate_write(dir_fd, "b", "", 0);
    diskstate_write(dir_fd, "dir-2/x", "x", 1);
    diskstate_write(dir_fd, "dir/y/z", "deep", 4);
    diskstate_mkdir(dir_fd, "empty");
    diskstate_write(dir_fd, "lock", "lock", 4);
}

static void hashes_names_sizes_and_bytes(void **state)
{
    struct tmpdir dir;
    struct tmpdir same;
    uint64_t hash = 0;

    (void)state;
    tmpdir_make(&dir);
    tmpdir_make(&same);
    fill(dir.fd);
    fill(same.fd);
    hash = hash_of(dir.fd);
    assert_true(hash == hash_of(same.fd));
    diskstate_flip_bit(same.fd, "lock", 3, 0);
    assert_true(hash != hash_of(same.fd));
    diskstate_flip_bit(same.fd, "lock", 3, 0);
    diskstate_truncate(same.fd, "b", 1);
    assert_true(hash != hash_of(same.fd));
    diskstate_truncate(same.fd, "b", 0);
    assert_true(hash == hash_of(same.fd));
    assert_int_equal(renameat(same.fd, "b", same.fd, "c"), 0);
    assert_true(hash != hash_of(same.fd));
    assert_int_equal(renameat(same.fd, "c", same.fd, "b"), 0);
    assert_int_equal(unlinkat(same.fd, "empty", AT_REMOVEDIR), 0);
    assert_true(hash != hash_of(same.fd));
    diskstate_write(same.fd, "empty", "", 0);
    assert_true(hash != hash_of(same.fd));
    tmpdir_remove(&dir);
    tmpdir_remove(&same);
}

static double seconds_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void skips_the_holes_of_large_files(void **state)
{
    struct tmpdir dir;
    struct tmpdir copy;
    struct stat status;
    struct err err = ERR_INIT;
    double start = 0;
    uint64_t hash = 0;

    (void)state;
    tmpdir_make(&dir);
    tmpdir_make(&copy);
    diskstate_write(dir.fd, "log", "head", 4);
    diskstate_truncate(dir.fd, "log", GIB);
    diskstate_overwrite(dir.fd, "log", GIB - 10, "tail", 4);
    diskstate_overwrite(dir.fd, "log", 123456789, "middle", 6);
    start = seconds_now();
    hash = hash_of(dir.fd);
    test_ok(dir_tree_copy(dir.fd, copy.path, &err), err);
    assert_true(seconds_now() - start < 0.5);
    assert_true(hash == hash_of(copy.fd));
    assert_int_equal(fstatat(copy.fd, "log", &status, 0), 0);
    assert_int_equal(status.st_size, GIB);
    assert_true(status.st_blocks < 1024);
    /* Written zeros are what a hole is. */
    diskstate_zero_fill(copy.fd, "log", 1 << 20, 1 << 20);
    assert_true(hash == hash_of(copy.fd));
    diskstate_flip_bit(copy.fd, "log", GIB - 1, 7);
    assert_true(hash != hash_of(copy.fd));
    tmpdir_remove(&dir);
    tmpdir_remove(&copy);
}

static void copies_trees(void **state)
{
    struct tmpdir dir;
    struct tmpdir above;
    struct err err = ERR_INIT;
    char path[TMPDIR_PATH_SIZE_BYTES + 16];
    int fd = -1;

    (void)state;
    tmpdir_make(&dir);
    tmpdir_make(&above);
    fill(dir.fd);
    (void)snprintf(path, sizeof(path), "%s/kept", above.path);
    test_ok(dir_tree_copy(dir.fd, path, &err), err);
    fd = openat(above.fd, "kept", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(hash_of(fd) == hash_of(dir.fd));
    (void)close(fd);
    (void)snprintf(path, sizeof(path), "%s/no/such", above.path);
    test_code(dir_tree_copy(dir.fd, path, &err), -ENOENT);
    test_contains(err.text, "no/such");
    tmpdir_remove(&dir);
    tmpdir_remove(&above);
}

static void removes_subtrees_and_follows_no_link(void **state)
{
    struct tmpdir dir;
    struct tmpdir other;
    struct err err = ERR_INIT;

    (void)state;
    tmpdir_make(&dir);
    tmpdir_make(&other);
    fill(dir.fd);
    diskstate_write(other.fd, "precious", "x", 1);
    assert_int_equal(symlinkat(other.path, dir.fd, "dir/link"), 0);
    test_ok(dir_tree_remove(dir.fd, "dir/y/z", &err), err);
    assert_true(diskstate_exists(dir.fd, "dir/y"));
    test_ok(dir_tree_remove(dir.fd, "dir", &err), err);
    assert_false(diskstate_exists(dir.fd, "dir"));
    assert_true(diskstate_exists(dir.fd, "dir-2/x"));
    test_ok(dir_tree_remove(dir.fd, "none/at/all", &err), err);
    test_ok(dir_tree_remove(dir.fd, "a/below", &err), err);
    test_ok(dir_tree_remove(dir.fd, "", &err), err);
    assert_true(hash_of(dir.fd) == 0);
    assert_true(diskstate_exists(other.fd, "precious"));
    tmpdir_remove(&dir);
    tmpdir_remove(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_names_sizes_and_bytes),
        cmocka_unit_test(skips_the_holes_of_large_files),
        cmocka_unit_test(copies_trees),
        cmocka_unit_test(removes_subtrees_and_follows_no_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
