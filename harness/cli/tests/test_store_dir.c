/* A store whose log lies elsewhere, in one directory or several; and who else is at it. */
#include "harness/cli/store_dir.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/wait.h>

static void write_file(int dir_fd, const char *path, const char *text)
{
    int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

/* store/ without a log, and files of it in a/ and b/; the working directory is there. */
static int make_tree(void **state)
{
    static const char *const dirs[] = {"store", "store/abc", "store/dledger-n0", "store/zz", "a",
                                       "b",     "kept",      "kept/crashed"};
    struct tmpdir *tmp = malloc(sizeof(*tmp));

    assert_non_null(tmp);
    tmpdir_make(tmp);
    for (size_t i = 0; i < TEST_COUNT(dirs); i++) {
        assert_int_equal(mkdirat(tmp->fd, dirs[i], 0777), 0);
    }
    write_file(tmp->fd, "a/0", "a0");
    write_file(tmp->fd, "b/1", "b11");
    write_file(tmp->fd, "a/2", "a222");
    write_file(tmp->fd, "store/lock", "lock");
    assert_int_equal(fchdir(tmp->fd), 0);
    *state = tmp;
    return 0;
}

static int remove_tree(void **state)
{
    assert_int_equal(chdir("/"), 0);
    tmpdir_remove(*state);
    free(*state);
    return 0;
}

static int add_name(void *arg, const char *name, bool is_dir)
{
    char *names = arg;

    (void)strcat(strcat(names, name), is_dir ? "/ " : " ");
    return 0;
}

static void assert_names(const struct store_dir *dir, const char *path, const char *expected)
{
    char names[256] = "";

    assert_int_equal(dir->view.list(dir->view.arg, path, add_name, names), 0);
    assert_string_equal(names, expected);
}

static void finds_a_log_in_several_directories(void **state)
{
    static const struct store_dir_paths ways[] = {
        {.commitlog = {"a,b"}, .commitlog_count = 1},
        {.commitlog = {"b:a"}, .commitlog_count = 1},
        {.commitlog = {"a", "b"}, .commitlog_count = 2},
    };
    struct err err = ERR_INIT;
    struct store_dir dir;
    char text[8] = "";

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(ways); i++) {
        assert_int_equal(store_dir_open(&dir, "store", &ways[i], NULL, &err), 0);
        assert_names(&dir, "", "abc/ commitlog/ dledger-n0/ lock zz/ ");
        assert_names(&dir, "commitlog", "0 1 2 ");
        assert_int_equal(dir.view.size(dir.view.arg, "commitlog/1"), 3);
        assert_int_equal(dir.view.read(dir.view.arg, "commitlog/2", 1, text, sizeof(text)), 3);
        assert_memory_equal(text, "222", 3);
        assert_int_equal(dir.view.size(dir.view.arg, "commitlog/3"), -ENOENT);
        assert_int_equal(dir.view.size(dir.view.arg, "lock"), 4);
        assert_int_equal(dir.view.next(dir.view.arg, "commitlog/2", 1), 1);
        store_dir_close(&dir);
    }
}

static void finds_the_data_of_dledger_elsewhere(void **state)
{
    const struct store_dir_paths paths = {.dledger = "a"};
    struct err err = ERR_INIT;
    struct store_dir dir;

    (void)state;
    assert_int_equal(store_dir_open(&dir, "store", &paths, NULL, &err), 0);
    assert_names(&dir, "", "abc/ dledger-n0/ lock zz/ ");
    assert_names(&dir, "dledger-n0/data", "0 2 ");
    assert_int_equal(dir.view.size(dir.view.arg, "dledger-n0/data/2"), 4);
    assert_int_equal(dir.view.size(dir.view.arg, "dledger-n0/index/2"), -ENOENT);
    store_dir_close(&dir);
}

static void refuses_a_directory_that_is_none(void **state)
{
    const struct store_dir_paths paths = {.commitlog = {"a,c"}, .commitlog_count = 1};
    struct store_dir_paths taken = {.commitlog_count = 0};
    struct err err = ERR_INIT;
    struct store_dir dir;

    (void)state;
    test_code(store_dir_open(&dir, "nowhere", NULL, NULL, &err), ERR_USAGE);
    test_code(store_dir_open(&dir, "store", &paths, NULL, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "log directory 'c'"));
    test_code(store_dir_take_commitlog(&taken, "", &err), ERR_USAGE);
    for (uint32_t i = 0; i < STORE_DIR_MOUNTS_MAX; i++) {
        test_code(store_dir_take_commitlog(&taken, "a", &err), 0);
    }
    test_code(store_dir_take_commitlog(&taken, "a", &err), ERR_USAGE);
}

/* Another process, for one's own lock is none. */
static void tells_who_holds_it_and_what_changed(void **state)
{
    struct err err = ERR_INIT;
    struct store_dir dir;
    const char *first = NULL;
    int ready[2];
    int pid = 0;
    char byte = 0;
    pid_t child = 0;

    (void)state;
    assert_int_equal(store_dir_open(&dir, "store", NULL, NULL, &err), 0);
    assert_false(store_dir_is_held(&dir, &pid));
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
        int fd = open("store/lock", O_RDWR | O_CLOEXEC);
        int r = fcntl(fd, F_SETLK, &lock);

        (void)write(ready[1], r == 0 ? "1" : "0", 1);
        (void)pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, '1');
    assert_true(store_dir_is_held(&dir, &pid));
    assert_int_equal(pid, child);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    (void)close(ready[0]);
    (void)close(ready[1]);

    assert_int_equal(dir.view.size(dir.view.arg, "lock"), 4);
    assert_int_equal(store_dir_changed(&dir, &first), 0);
    write_file(dir.fd, "lock", "locked");
    assert_int_equal(store_dir_changed(&dir, &first), 1);
    assert_string_equal(first, "lock");
    store_dir_close(&dir);
}

static void says_what_was_meant_and_why_it_failed(void **state)
{
    struct err err = ERR_INIT;
    struct store_dir dir;

    (void)state;
    assert_int_equal(store_dir_open(&dir, "kept", NULL, NULL, &err), 0);
    (void)err_set(&err, -ENOENT, "not a store");
    test_code(store_dir_fail(&dir, -ENOENT, "fsck", "kept", &err), ERR_USAGE);
    assert_string_equal(err.text, "fsck 'kept': not a store; did you mean kept/crashed?");
    (void)err_set(&err, -EACCES, "list 'x'");
    test_code(store_dir_fail(&dir, -EACCES, "fsck", "kept", &err), -EACCES);
    assert_string_equal(err.text, "fsck 'kept': list 'x': Permission denied");
    store_dir_close(&dir);
    assert_int_equal(store_dir_open(&dir, "a", NULL, NULL, &err), 0);
    (void)err_set(&err, -ENOENT, "not a store");
    test_code(store_dir_fail(&dir, -ENOENT, "dump", "a", &err), ERR_USAGE);
    assert_string_equal(err.text, "dump 'a': not a store");
    store_dir_close(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_a_log_in_several_directories, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(finds_the_data_of_dledger_elsewhere, make_tree,
                                        remove_tree),
        cmocka_unit_test_setup_teardown(refuses_a_directory_that_is_none, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(tells_who_holds_it_and_what_changed, make_tree,
                                        remove_tree),
        cmocka_unit_test_setup_teardown(says_what_was_meant_and_why_it_failed, make_tree,
                                        remove_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
