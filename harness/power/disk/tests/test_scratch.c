/* Scratch places: fresh and empty, and nothing stays behind whoever is killed. */
#include "harness/power/disk/scratch.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NOBODY_ID 65534

static unsigned entry_count(const char *path)
{
    DIR *dir = opendir(path);
    unsigned count = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL) {
        count++;
    }
    (void)closedir(dir);
    return count - 2;
}

/* The reaper works when all are gone; gives it five seconds. */
static void assert_gets_empty(const char *path)
{
    for (int i = 0; i < 500 && entry_count(path) > 0; i++) {
        (void)usleep(10000);
    }
    assert_int_equal(entry_count(path), 0);
}

/* Makes, fills, and drops a few directories of the scratch. */
static void use(struct scratch *scratch)
{
    struct err err = ERR_INIT;
    int dir_fds[3];

    for (size_t i = 0; i < TEST_COUNT(dir_fds); i++) {
        test_ok(scratch_make(scratch, &dir_fds[i], &err), err);
        assert_false(diskstate_exists(dir_fds[i], "commitlog"));
        diskstate_write(dir_fds[i], "commitlog/0", "x", 1);
        diskstate_write(dir_fds[i], "consumequeue/topic/0/1", "y", 1);
    }
    for (size_t i = 0; i < TEST_COUNT(dir_fds); i++) {
        assert_true(diskstate_exists(dir_fds[i], "commitlog/0"));
        scratch_drop(scratch, dir_fds[i]);
    }
}

static void gives_fresh_directories_on_a_detached_tmpfs(void **state)
{
    struct scratch_options options = {.size_bytes = 1 << 20};
    struct scratch *scratch = NULL;
    struct err err = ERR_INIT;
    static uint8_t data[2 << 20];
    int dir_fd = -1;
    int fd = -1;

    (void)state;
    test_ok(scratch_open(&options, &scratch, &err), err);
    if (scratch_kind(scratch) == SCRATCH_DIRECTORY) {
        (void)scratch_close(scratch);
        skip();
    }
    assert_null(scratch_path(scratch));
    use(scratch);
    test_ok(scratch_make(scratch, &dir_fd, &err), err);
    fd = openat(dir_fd, "full", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    assert_true(write(fd, data, sizeof(data)) <= 1 << 20);
    assert_true(write(fd, data, sizeof(data)) < 0);
    assert_int_equal(errno, ENOSPC);
    (void)close(fd);
    scratch_drop(scratch, dir_fd);
    assert_null(scratch_close(scratch));
}

static void works_in_forked_children(void **state)
{
    struct scratch_options options = {0};
    struct scratch *scratch = NULL;
    struct err err = ERR_INIT;
    int dir_fd = -1;
    int status = 0;
    pid_t child = 0;

    (void)state;
    test_ok(scratch_open(&options, &scratch, &err), err);
    test_ok(scratch_make(scratch, &dir_fd, &err), err);
    child = fork();
    if (child == 0) {
        diskstate_write(dir_fd, "from-child", "x", 1);
        use(scratch);
        (void)scratch_close(scratch);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(diskstate_exists(dir_fd, "from-child"));
    use(scratch);
    scratch_drop(scratch, dir_fd);
    (void)scratch_close(scratch);
}

static void keeps_to_the_directory_that_was_asked_for(void **state)
{
    struct scratch_options options = {0};
    struct scratch *scratch = NULL;
    struct err err = ERR_INIT;
    struct tmpdir dir;
    int dir_fd = -1;

    (void)state;
    tmpdir_make(&dir);
    options.dir = dir.path;
    test_ok(scratch_open(&options, &scratch, &err), err);
    assert_int_equal(scratch_kind(scratch), SCRATCH_DIRECTORY);
    assert_string_equal(scratch_kind_name(scratch_kind(scratch)), "directory");
    assert_string_equal(scratch_place(scratch), dir.path);
    assert_false(scratch_is_fallback(scratch));
    assert_int_equal(entry_count(dir.path), 1);
    assert_int_equal(strncmp(scratch_path(scratch), dir.path, strlen(dir.path)), 0);
    use(scratch);
    assert_int_equal(entry_count(scratch_path(scratch)), 0);
    test_ok(scratch_make(scratch, &dir_fd, &err), err);
    diskstate_write(dir_fd, "left/behind", "x", 1);
    (void)close(dir_fd);
    (void)scratch_close(scratch);
    assert_int_equal(entry_count(dir.path), 0);
    tmpdir_remove(&dir);
}

/* A chain of processes, each with a directory of its own, all waiting to be killed. */
_Noreturn static void wait_in_a_tree(struct scratch *scratch, int ready_fd, size_t count)
{
    struct err err = ERR_INIT;
    int dir_fd = -1;
    pid_t pid = 0;

    for (; count > 0 && pid == 0; count--) {
        pid_t own = getpid();

        if (scratch_make(scratch, &dir_fd, &err) < 0) {
            _exit(1);
        }
        diskstate_write(dir_fd, "commitlog/0", "x", 1);
        if (write(ready_fd, &own, sizeof(own)) != (ssize_t)sizeof(own)) {
            _exit(2);
        }
        pid = count > 1 ? fork() : 0;
    }
    for (;;) {
        (void)pause();
    }
}

static void leaves_nothing_when_the_whole_tree_is_killed(void **state)
{
    struct scratch_options options = {0};
    struct tmpdir dir;
    int ends[2];
    pid_t pids[3];
    pid_t child = 0;

    (void)state;
    tmpdir_make(&dir);
    options.dir = dir.path;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    if (child == 0) {
        struct scratch *scratch = NULL;

        if (scratch_open(&options, &scratch, NULL) < 0) {
            _exit(1);
        }
        wait_in_a_tree(scratch, ends[1], TEST_COUNT(pids));
    }
    for (size_t i = 0; i < TEST_COUNT(pids); i++) {
        assert_int_equal(read(ends[0], &pids[i], sizeof(pids[i])), sizeof(pids[i]));
    }
    assert_int_equal(entry_count(dir.path), 1);
    /* The parent first: while one child lives, the directory stays. */
    assert_int_equal(kill(pids[0], SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    (void)usleep(50000);
    assert_int_equal(entry_count(dir.path), 1);
    assert_int_equal(kill(pids[2], SIGKILL), 0);
    assert_int_equal(kill(pids[1], SIGKILL), 0);
    assert_gets_empty(dir.path);
    (void)close(ends[0]);
    (void)close(ends[1]);
    tmpdir_remove(&dir);
}

static void says_what_is_wrong_with_the_directory(void **state)
{
    struct scratch_options options = {.dir = "/nowhere/at/all"};
    struct scratch *scratch = NULL;
    struct err err = ERR_INIT;
    struct tmpdir dir;
    char file[TMPDIR_PATH_SIZE_BYTES + 16];

    (void)state;
    test_code(scratch_open(&options, &scratch, &err), -ENOENT);
    test_contains(err.text, "'/nowhere/at/all'");
    tmpdir_make(&dir);
    diskstate_write(dir.fd, "file", "x", 1);
    (void)snprintf(file, sizeof(file), "%s/file", dir.path);
    options.dir = file;
    test_code(scratch_open(&options, &scratch, &err), -ENOTDIR);
    assert_int_equal(entry_count(dir.path), 1);
    tmpdir_remove(&dir);
}

/* As an ordinary user: no detached tmpfs without a namespace, and no writing where one may not. */
static int run_as_nobody(const char *dir)
{
    struct scratch_options options = {.dir = dir};
    struct scratch *scratch = NULL;
    struct err err = ERR_INIT;
    int dir_fd = -1;
    int result = 0;

    if (setgid(NOBODY_ID) < 0 || setuid(NOBODY_ID) < 0) {
        return 1;
    }
    if (scratch_open(&options, &scratch, &err) != -EACCES) {
        return 2;
    }
    options.dir = NULL;
    if (scratch_open(&options, &scratch, &err) < 0 || scratch_make(scratch, &dir_fd, &err) < 0) {
        return 3;
    }
    result = scratch_kind(scratch) == SCRATCH_TMPFS ? 4 : 0;
    diskstate_write(dir_fd, "commitlog/0", "x", 1);
    scratch_drop(scratch, dir_fd);
    (void)scratch_close(scratch);
    return result;
}

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    (void)close(fd);
    return is_written;
}

/* A user for whom no further user namespace may be made, as in many containers; /dev/shm is its
 * own, with so much room. */
static bool become_confined(const char *memory_options)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
    char uid_map[32];
    char gid_map[32];
    (void)snprintf(uid_map, sizeof(uid_map), "0 %u 1", (unsigned)geteuid());
    (void)snprintf(gid_map, sizeof(gid_map), "0 %u 1", (unsigned)getegid());
    memset(none, 0, sizeof(none));
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_text("/proc/self/uid_map", uid_map) &&
           write_text("/proc/self/setgroups", "deny") &&
           write_text("/proc/self/gid_map", gid_map) &&
           mount("tmpfs", "/dev/shm", "tmpfs", 0, memory_options) == 0 &&
           write_text("/proc/sys/user/max_user_namespaces", "0") &&
           syscall(SYS_capset, &header, none) == 0;
}

/* In a child: 0 when the place is as expected, 77 when the machine does not let us find out. */
static int fall_back(const char *memory_options, const char *temporary, const char *wanted)
{
    struct scratch_options options = {.dir = NULL};
    struct scratch *scratch = NULL;
    struct err err = ERR_INIT;
    int result = 0;
    if (!become_confined(memory_options)) {
        return 77;
    }
    (void)setenv("TMPDIR", temporary, 1);
    if (scratch_open(&options, &scratch, &err) < 0 || !scratch_is_fallback(scratch) ||
        strstr(scratch_place(scratch), wanted) == NULL) {
        (void)fprintf(stderr, "%s\n", scratch == NULL ? err.text : scratch_place(scratch));
        result = 1;
    } else {
        use(scratch);
    }
    (void)scratch_close(scratch);
    return result;
}

static int fall_back_in_child(const char *memory_options, const char *temporary, const char *wanted)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(fall_back(memory_options, temporary, wanted));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void falls_back_to_memory_before_a_disk(void **state)
{
    struct tmpdir dir;
    char wanted[TMPDIR_PATH_SIZE_BYTES + 80];
    (void)state;
    tmpdir_make(&dir);
    if (fall_back_in_child("size=40m", dir.path, "/dev/shm (no user namespaces)") == 77) {
        tmpdir_remove(&dir);
        skip();
    }
    assert_int_equal(fall_back_in_child("size=40m", dir.path, "/dev/shm (no user namespaces)"), 0);
    (void)snprintf(wanted, sizeof(wanted), "%s (no user namespaces; /dev/shm has 1 MiB free)",
                   dir.path);
    assert_int_equal(fall_back_in_child("size=1m", dir.path, wanted), 0);
    (void)snprintf(wanted, sizeof(wanted), "%s (no user namespaces; /dev/shm: Permission denied)",
                   dir.path);
    assert_int_equal(fall_back_in_child("size=40m,mode=0555", dir.path, wanted), 0);
    assert_int_equal(entry_count(dir.path), 0);
    tmpdir_remove(&dir);
}

static void works_without_privileges(void **state)
{
    struct tmpdir dir;
    int status = 0;
    pid_t child = 0;

    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    tmpdir_make(&dir);
    assert_int_equal(fchmod(dir.fd, 0755), 0);
    child = fork();
    if (child == 0) {
        _exit(run_as_nobody(dir.path));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    tmpdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_fresh_directories_on_a_detached_tmpfs),
        cmocka_unit_test(works_in_forked_children),
        cmocka_unit_test(keeps_to_the_directory_that_was_asked_for),
        cmocka_unit_test(leaves_nothing_when_the_whole_tree_is_killed),
        cmocka_unit_test(says_what_is_wrong_with_the_directory),
        cmocka_unit_test(works_without_privileges),
        cmocka_unit_test(falls_back_to_memory_before_a_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
