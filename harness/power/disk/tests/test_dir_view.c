/* The directory view, and what is done to whole directories. */
#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/dir_view.h"
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

/* Appends "name/" or "name " to a text. */
static int add_name(void *arg, const char *name, bool is_dir)
{
    char *text = arg;

    (void)strcat(strcat(text, name), is_dir ? "/ " : " ");
    return 0;
}

static int stop_at_b(void *arg, const char *name, bool is_dir)
{
    (void)arg;
    (void)is_dir;
    return strcmp(name, "b") == 0 ? 7 : 0;
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

static void lists_sizes_and_reads(void **state)
{
    struct tmpdir dir;
    struct dir_view *dir_view = NULL;
    struct view view;
    char text[256] = "";
    char data[16] = "";

    (void)state;
    tmpdir_make(&dir);
    fill(dir.fd);
    dir_view = dir_view_new(dir.fd);
    view = dir_view_view(dir_view);
    assert_int_equal(view.list(view.arg, "", add_name, text), 0);
    assert_string_equal(text, "a b dir/ dir-2/ empty/ lock ");
    assert_int_equal(view.list(view.arg, "", stop_at_b, NULL), 7);
    text[0] = '\0';
    assert_int_equal(view.list(view.arg, "dir/y", add_name, text), 0);
    assert_string_equal(text, "z ");
    assert_int_equal(view.list(view.arg, "none", add_name, text), -ENOENT);
    assert_int_equal(view.list(view.arg, "a", add_name, text), -ENOTDIR);
    assert_int_equal(view.size(view.arg, "a"), 5);
    assert_int_equal(view.size(view.arg, "none"), -ENOENT);
    assert_int_equal(view.size(view.arg, "dir"), -EISDIR);
    assert_int_equal(view.read(view.arg, "a", 1, data, 3), 3);
    assert_string_equal(data, "irs");
    assert_int_equal(view.read(view.arg, "dir/y/z", 2, data, sizeof(data)), 2);
    assert_int_equal(view.read(view.arg, "dir/y/z", 4, data, sizeof(data)), 0);
    assert_int_equal(view.read(view.arg, "none", 0, data, 1), -ENOENT);
    (void)dir_view_free(dir_view);
    tmpdir_remove(&dir);
}

static void looks_afresh_when_asked_for_a_size(void **state)
{
    struct tmpdir dir;
    struct dir_view *dir_view = NULL;
    struct view view;
    char data[4] = "";

    (void)state;
    tmpdir_make(&dir);
    diskstate_write(dir.fd, "a", "old", 3);
    dir_view = dir_view_new(dir.fd);
    view = dir_view_view(dir_view);
    assert_int_equal(view.read(view.arg, "a", 0, data, 3), 3);
    diskstate_write(dir.fd, "tmp", "newer", 5);
    assert_int_equal(renameat(dir.fd, "tmp", dir.fd, "a"), 0);
    assert_int_equal(view.size(view.arg, "a"), 5);
    assert_int_equal(view.read(view.arg, "a", 0, data, 3), 3);
    assert_string_equal(data, "new");
    (void)dir_view_free(dir_view);
    tmpdir_remove(&dir);
}

static void follows_names_again_after_a_reset(void **state)
{
    struct tmpdir dir;
    struct dir_view *dir_view = NULL;
    struct view view;
    char data[4] = "";

    (void)state;
    tmpdir_make(&dir);
    diskstate_write(dir.fd, "a", "old", 3);
    diskstate_write(dir.fd, "gone", "old", 3);
    dir_view = dir_view_new(dir.fd);
    view = dir_view_view(dir_view);
    assert_int_equal(view.read(view.arg, "a", 0, data, 3), 3);
    assert_int_equal(view.read(view.arg, "gone", 0, data, 3), 3);
    diskstate_write(dir.fd, "tmp", "new", 3);
    assert_int_equal(renameat(dir.fd, "tmp", dir.fd, "a"), 0);
    assert_int_equal(unlinkat(dir.fd, "gone", 0), 0);
    dir_view_reset(dir_view, dir.fd);
    assert_int_equal(view.read(view.arg, "a", 0, data, 3), 3);
    assert_string_equal(data, "new");
    assert_int_equal(view.read(view.arg, "gone", 0, data, 3), -ENOENT);
    (void)dir_view_free(dir_view);
    tmpdir_remove(&dir);
}

static void reads_more_files_than_it_keeps_open(void **state)
{
    struct tmpdir dir;
    struct dir_view *dir_view = NULL;
    struct view view;

    (void)state;
    tmpdir_make(&dir);
    dir_view = dir_view_new(dir.fd);
    view = dir_view_view(dir_view);
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < 100; i++) {
            char name[16];
            char data[16] = "";

            (void)snprintf(name, sizeof(name), "%d", i);
            if (turn == 0) {
                diskstate_write(dir.fd, name, name, strlen(name));
            }
            assert_int_equal(view.size(view.arg, name), strlen(name));
            assert_int_equal(view.read(view.arg, name, 0, data, sizeof(data)), strlen(name));
            assert_string_equal(data, name);
        }
        dir_view_reset(dir_view, dir.fd);
    }
    (void)dir_view_free(dir_view);
    tmpdir_remove(&dir);
}

static void lists_more_names_than_one_buffer_holds(void **state)
{
    struct tmpdir dir;
    struct dir_view *dir_view = NULL;
    struct view view;
    static char text[65536];
    size_t count = 0;

    (void)state;
    tmpdir_make(&dir);
    for (int i = 999; i >= 0; i--) {
        char name[64];

        (void)snprintf(name, sizeof(name), "%020d-padding-padding", i);
        diskstate_write(dir.fd, name, "", 0);
    }
    dir_view = dir_view_new(dir.fd);
    view = dir_view_view(dir_view);
    assert_int_equal(view.list(view.arg, "", add_name, text), 0);
    for (const char *at = text; *at != '\0'; at = strchr(at, ' ') + 1) {
        assert_int_equal(strtoul(at, NULL, 10), count);
        count++;
    }
    assert_int_equal(count, 1000);
    (void)dir_view_free(dir_view);
    tmpdir_remove(&dir);
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
        cmocka_unit_test(lists_sizes_and_reads),
        cmocka_unit_test(looks_afresh_when_asked_for_a_size),
        cmocka_unit_test(follows_names_again_after_a_reset),
        cmocka_unit_test(reads_more_files_than_it_keeps_open),
        cmocka_unit_test(lists_more_names_than_one_buffer_holds),
        cmocka_unit_test(hashes_names_sizes_and_bytes),
        cmocka_unit_test(skips_the_holes_of_large_files),
        cmocka_unit_test(copies_trees),
        cmocka_unit_test(removes_subtrees_and_follows_no_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
