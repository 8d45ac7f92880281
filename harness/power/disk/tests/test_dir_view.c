/* The directory view. */
#include "harness/power/disk/dir_view.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_sizes_and_reads),
        cmocka_unit_test(looks_afresh_when_asked_for_a_size),
        cmocka_unit_test(follows_names_again_after_a_reset),
        cmocka_unit_test(reads_more_files_than_it_keeps_open),
        cmocka_unit_test(lists_more_names_than_one_buffer_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
