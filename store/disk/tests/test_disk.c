/* Tests of store/disk/disk.c and store/disk/disk_posix.c: faults through libfiu, what the observer
 * sees and when, and what reaches the files. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk.h"
#include "store/disk/disk_posix.h"
#include "store/disk/faultpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/wait.h>

#ifdef FIU_ENABLE
#    include <fiu-control.h>
#    include <fiu.h>
#endif

#define LOG_SIZE_BYTES 2048

/* A fault in force. */
struct armed {
    struct faultpoint_action action; /* first: libfiu is given a pointer to it */
    unsigned left;                   /* how many hits still fail */
    char name[64];                   /* libfiu's name or pattern; empty: none */
};

/* A disk on a temporary directory, and a log of all that its observer was told. */
struct fixture {
    struct tmpdir dir;
    struct disk *disk;
    char log[LOG_SIZE_BYTES]; /* one word an event, space-separated */
    size_t log_length;
    struct armed armed;
};

static void note(struct fixture *fixture, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct fixture *fixture, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(fixture->log + fixture->log_length,
                           sizeof(fixture->log) - fixture->log_length, format, args);
    va_end(args);
    assert_true(length >= 0 && fixture->log_length + (size_t)length < sizeof(fixture->log));
    fixture->log_length += (size_t)length;
}

static void observe_begin(void *arg, const struct disk_call *call)
{
    struct fixture *fixture = arg;
    note(fixture, "<%s '%s' %llu+%llu", point_op_name(call->op), call->path,
         (unsigned long long)call->offset, (unsigned long long)call->size_bytes);
    if (call->target != NULL) {
        note(fixture, " to '%s'", call->target);
    }
    if (call->data != NULL) {
        note(fixture, " %.*s", (int)call->size_bytes, (const char *)call->data);
    }
}

static void observe_end(void *arg, const struct disk_call *call, int64_t result)
{
    (void)call;
    note(arg, " =%lld>", (long long)result);
}

static void clear_log(struct fixture *fixture)
{
    fixture->log_length = 0;
    fixture->log[0] = '\0';
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    tmpdir_make(&fixture->dir);
    const struct disk_observer observer = {fixture, observe_begin, observe_end};
    assert_int_equal(disk_posix_new(fixture->dir.fd, true, &observer, &fixture->disk), 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
#ifdef FIU_ENABLE
    if (fixture->armed.name[0] != '\0') {
        fiu_disable(fixture->armed.name);
    }
#endif
    disk_free(fixture->disk);
    tmpdir_remove(&fixture->dir);
    free(fixture);
    return 0;
}

static struct disk_file *create_file(struct fixture *fixture, const char *path)
{
    struct err err = ERR_INIT;
    struct disk_file *file = NULL;
    test_ok(disk_create(fixture->disk, POINT_COMMITLOG_CREATE, path, &file, &err), err);
    clear_log(fixture);
    return file;
}

/* Without faults */

static void written_bytes_are_read_back_and_observed(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk_file *file = create_file(fixture, "f");
    assert_string_equal(disk_file_path(file), "f");
    test_ok(disk_write(file, POINT_COMMITLOG_APPEND, 10, "hello", 5, &err), err);
    char data[6] = "";
    test_ok(disk_read(file, POINT_COMMITLOG_READ, 10, data, 5, &err), err);
    assert_string_equal(data, "hello");
    test_ok(disk_sync(file, POINT_COMMITLOG_SYNC, &err), err);
    test_ok(disk_truncate(file, POINT_COMMITLOG_EXTEND, 100, &err), err);
    assert_string_equal(fixture->log, "<write 'f' 10+5 hello =5><read 'f' 10+5 =5>"
                                      "<sync 'f' 0+0 =0><truncate 'f' 0+100 =0>");
    assert_int_equal(diskstate_size(fixture->dir.fd, "f"), 100);
    disk_close(file);
    assert_null(disk_close(NULL));
}

static void directories_and_names_are_made_moved_and_removed(void **state)
{
    struct fixture *fixture = *state;
    struct disk *disk = fixture->disk;
    struct err err = ERR_INIT;
    test_ok(disk_mkdir(disk, POINT_STORE_MKDIR, "d", &err), err);
    assert_int_equal(disk_mkdir(disk, POINT_STORE_MKDIR, "d", &err), 1);
    diskstate_write(fixture->dir.fd, "d/new", "abc", 3);
    diskstate_write(fixture->dir.fd, "d/old", "x", 1);
    test_ok(disk_rename(disk, POINT_OFFSETS_RENAME, "d/new", "d/old", &err), err);
    uint64_t size_bytes = 0;
    test_ok(disk_size(disk, POINT_OFFSETS_SIZE, "d/old", &size_bytes, &err), err);
    assert_int_equal(size_bytes, 3);
    test_ok(disk_sync_dir(disk, POINT_STORE_SYNC_DIR, "d", &err), err);
    test_ok(disk_sync_dir(disk, POINT_STORE_SYNC_DIR, "", &err), err);
    test_ok(disk_unlink(disk, POINT_ABORT_UNLINK, "d/old", &err), err);
    assert_false(diskstate_exists(fixture->dir.fd, "d/old"));
    assert_string_equal(fixture->log,
                        "<mkdir 'd' 0+0 =0><mkdir 'd' 0+0 =-17>"
                        "<rename 'd/new' 0+0 to 'd/old' =0><size 'd/old' 0+0 =0>"
                        "<sync-dir 'd' 0+0 =0><sync-dir '' 0+0 =0><unlink 'd/old' 0+0 =0>");
}

static void a_listing_is_sorted_by_bytes_and_repeatable(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[] = {"B", "a", "b", "%RETRY%g", "\xc3\xbc", "10", "9",
                                        "c", "d", "e", "f",        "g",        "h",  "i"};
    static const char *const sorted[] = {"%RETRY%g", "10", "9", "B", "a", "b", "c",
                                         "d",        "e",  "f", "g", "h", "i", "\xc3\xbc"};
    for (size_t i = 0; i < TEST_COUNT(names); i++) {
        diskstate_write(fixture->dir.fd, names[i], "", 0);
    }
    diskstate_unlink(fixture->dir.fd, "B");
    diskstate_mkdir(fixture->dir.fd, "B");
    struct err err = ERR_INIT;
    for (int round = 0; round < 2; round++) {
        struct disk_list list;
        test_ok(disk_list(fixture->disk, POINT_QUEUE_LIST, "", &list, &err), err);
        assert_int_equal(list.count, TEST_COUNT(sorted));
        for (size_t i = 0; i < list.count; i++) {
            assert_string_equal(list.entries[i].name, sorted[i]);
            assert_int_equal(list.entries[i].is_dir, strcmp(sorted[i], "B") == 0);
        }
        disk_list_done(&list);
        assert_int_equal(list.count, 0);
    }
}

static void what_is_missing_is_enoent_with_operation_and_path(void **state)
{
    struct fixture *fixture = *state;
    struct disk *disk = fixture->disk;
    struct disk_file *file = NULL;
    struct disk_list list;
    uint64_t size_bytes = 77;
    struct err err = ERR_INIT;
    test_code(disk_open(disk, POINT_COMMITLOG_OPEN, "no/file", &file, &err), -ENOENT);
    assert_string_equal(err.text, "open 'no/file': No such file or directory");
    assert_null(file);
    test_code(disk_list(disk, POINT_QUEUE_LIST, "no", &list, &err), -ENOENT);
    assert_string_equal(err.text, "list 'no': No such file or directory");
    test_code(disk_size(disk, POINT_ABORT_SIZE, "abort", &size_bytes, &err), -ENOENT);
    assert_int_equal(size_bytes, 77);
    test_code(disk_unlink(disk, POINT_ABORT_UNLINK, "abort", NULL), -ENOENT);
    test_code(disk_rename(disk, POINT_OFFSETS_RENAME, "a", "b", &err), -ENOENT);
    test_contains(err.text, "'a'");
    test_contains(err.text, "'b'");
    test_code(disk_mkdir(disk, POINT_QUEUE_MKDIR, "no/dir", &err), -ENOENT);
    assert_string_equal(err.text, "mkdir 'no/dir': No such file or directory");
    test_code(disk_size(disk, POINT_ABORT_SIZE, "", &size_bytes, &err), -EISDIR);
}

static void an_answer_is_no_error(void **state)
{
    struct fixture *fixture = *state;
    struct disk *disk = fixture->disk;
    struct disk_file *file = NULL;
    uint64_t size_bytes = 77;
    struct err err = ERR_INIT;
    assert_int_equal(disk_find(disk, POINT_ABORT_SIZE, "abort", &size_bytes, &err), 0);
    assert_int_equal(disk_mkdir(disk, POINT_STORE_MKDIR, "d", &err), 0);
    assert_int_equal(disk_mkdir(disk, POINT_STORE_MKDIR, "d", &err), 1);
    assert_string_equal(err.text, "");
    assert_int_equal(err.code, 0);
    assert_int_equal(size_bytes, 77);
    test_ok(disk_create(disk, POINT_ABORT_CREATE, "abort", &file, &err), err);
    file = disk_close(file);
    assert_int_equal(disk_find(disk, POINT_ABORT_SIZE, "abort", &size_bytes, &err), 1);
    assert_int_equal(size_bytes, 0);
    test_code(disk_find(disk, POINT_ABORT_SIZE, "d", &size_bytes, &err), -EISDIR);
    assert_string_equal(err.text, "size 'd': Is a directory");
    test_code(disk_find(disk, POINT_ABORT_SIZE, "../d", &size_bytes, &err), -EINVAL);
}

static void a_read_past_the_end_of_the_file_is_enodata(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    diskstate_write(fixture->dir.fd, "f", "0123456789", 10);
    struct disk_file *file = create_file(fixture, "f");
    char data[16];
    test_code(disk_read(file, POINT_COMMITLOG_READ, 4, data, 12, &err), -ENODATA);
    assert_string_equal(err.text, "read 6 bytes from 'f' at 10: No data available");
    assert_string_equal(fixture->log, "<read 'f' 4+12 =6><read 'f' 10+6 =0>");
    test_code(disk_read(file, POINT_COMMITLOG_READ, 10, data, 1, NULL), -ENODATA);
    test_ok(disk_read(file, POINT_COMMITLOG_READ, 10, data, 0, &err), err);
    disk_close(file);
}

/* Where the next data begins is the file system's word, to its block and no finer; what is passed
 * over reads as zeros, and bytes that are there are never passed over. */
static void check_next(struct fixture *fixture, struct disk_file *file, uint64_t from,
                       uint64_t first_byte)
{
    struct err err = ERR_INIT;
    uint64_t next = 0;
    test_ok(disk_next_data(file, POINT_COMMITLOG_SEEK, from, &next, &err), err);
    assert_in_range(next, from, first_byte);
    struct stat status;
    assert_int_equal(fstatat(fixture->dir.fd, "f", &status, 0), 0);
    bool has_holes = (uint64_t)status.st_blocks * 512 < (uint64_t)status.st_size;
    assert_true(!has_holes || first_byte - next < 65536 || first_byte == next);
}

static void a_hole_is_passed_over_and_no_byte_is(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    uint64_t next = 0;
    struct disk_file *file = create_file(fixture, "f");
    test_ok(disk_next_data(file, POINT_COMMITLOG_SEEK, 0, &next, &err), err);
    assert_int_equal(next, 0);
    test_ok(disk_truncate(file, POINT_COMMITLOG_EXTEND, 4 << 20, &err), err);
    check_next(fixture, file, 0, 4 << 20);
    test_ok(disk_write(file, POINT_COMMITLOG_APPEND, (2 << 20) + 77, "x", 1, &err), err);
    clear_log(fixture);
    check_next(fixture, file, 5, (2 << 20) + 77);
    check_next(fixture, file, (2 << 20) + 70, (2 << 20) + 77);
    check_next(fixture, file, (3 << 20) + 1, 4 << 20);
    check_next(fixture, file, 4 << 20, 4 << 20);
    assert_non_null(strstr(fixture->log, "<seek 'f' 3145729+0 =4194304>"));
    test_ok(disk_truncate(file, POINT_COMMITLOG_EXTEND, 1 << 20, &err), err);
    test_code(disk_next_data(file, POINT_COMMITLOG_SEEK, (1 << 20) + 1, &next, &err), -ENODATA);
    assert_string_equal(err.text, "seek data in 'f' from 1048577: No data available");
    test_ok(disk_truncate(file, POINT_COMMITLOG_EXTEND, 8 << 20, &err), err);
    check_next(fixture, file, (1 << 20) + 1, 8 << 20);
    test_code(disk_next_data(file, POINT_COMMITLOG_SEEK, UINT64_MAX, &next, &err), -EFBIG);
    disk_close(file);
}

/* Files of procfs know no holes, and say EINVAL. */
static void a_file_system_that_knows_no_holes_is_read(void **state)
{
    struct disk *disk = NULL;
    struct disk_file *file = NULL;
    struct err err = ERR_INIT;
    uint64_t next = 0;
    int fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    (void)state;
    assert_int_equal(disk_posix_new(fd, false, NULL, &disk), 0);
    test_ok(disk_open(disk, POINT_COMMITLOG_OPEN, "comm", &file, &err), err);
    for (uint64_t offset = 0; offset < 4; offset += 3) {
        test_ok(disk_next_data(file, POINT_COMMITLOG_SEEK, offset, &next, &err), err);
        assert_int_equal(next, offset);
    }
    disk_close(file);
    disk_free(disk);
    close(fd);
}

static void wild_offsets_and_paths_are_errors(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk_file *file = create_file(fixture, "f");
    char data[1] = "x";
    test_code(disk_read(file, POINT_COMMITLOG_READ, UINT64_MAX, data, 1, &err), -EFBIG);
    test_code(disk_write(file, POINT_COMMITLOG_APPEND, INT64_MAX, data, 1, &err), -EFBIG);
    test_contains(err.text, "write 1 bytes to 'f' at 9223372036854775807: ");
    test_code(disk_truncate(file, POINT_COMMITLOG_EXTEND, UINT64_MAX, &err), -EFBIG);
    disk_close(file);
    clear_log(fixture);

    char long_path[DISK_PATH_SIZE_BYTES + 1];
    memset(long_path, 'p', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    test_code(disk_mkdir(fixture->disk, POINT_STORE_MKDIR, long_path, &err), -ENAMETOOLONG);
    test_code(disk_mkdir(fixture->disk, POINT_STORE_MKDIR, "/etc/x", &err), -EINVAL);
    test_code(disk_mkdir(fixture->disk, POINT_STORE_MKDIR, "a/../../x", &err), -EINVAL);
    test_code(disk_mkdir(fixture->disk, POINT_STORE_MKDIR, "..", &err), -EINVAL);
    assert_string_equal(fixture->log, "");
    test_ok(disk_mkdir(fixture->disk, POINT_STORE_MKDIR, "..a", &err), err);
}

/* What a child asks for is another open of the file. */
static int lock_in_child(struct fixture *fixture)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct disk_file *file = NULL;
        int r = disk_create(fixture->disk, POINT_LOCK_CREATE, "lock", &file, NULL);
        r = r == 0 ? disk_lock(file, POINT_LOCK_LOCK, NULL) : r;
        _exit(-r);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

static void a_second_process_does_not_get_the_lock(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk_file *file = create_file(fixture, "lock");
    test_ok(disk_lock(file, POINT_LOCK_LOCK, &err), err);
    test_code(lock_in_child(fixture), -EAGAIN);
    disk_close(file);
    test_code(lock_in_child(fixture), 0);
}

/* POSIX record locks would let a second open of the same process through, and would be gone after
 * its close. */
static void a_second_open_does_not_get_the_lock_and_does_not_end_it(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk_file *second = NULL;
    struct disk_file *file = create_file(fixture, "lock");
    test_ok(disk_lock(file, POINT_LOCK_LOCK, &err), err);
    test_ok(disk_create(fixture->disk, POINT_LOCK_CREATE, "lock", &second, &err), err);
    test_code(disk_lock(second, POINT_LOCK_LOCK, &err), -EAGAIN);
    disk_close(second);
    test_code(lock_in_child(fixture), -EAGAIN);
    disk_close(file);
}

/* What RocketMQ's FileChannel.tryLock() asks the kernel for. */
static void a_record_lock_of_another_process_is_refused_both_ways(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk_file *file = create_file(fixture, "lock");
    test_ok(disk_lock(file, POINT_LOCK_LOCK, &err), err);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
        int fd = openat(fixture->dir.fd, "lock", O_RDWR | O_CLOEXEC);
        _exit(fcntl(fd, F_SETLK, &lock) < 0 && (errno == EAGAIN || errno == EACCES) ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    disk_close(file);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    int fd = openat(fixture->dir.fd, "lock", O_RDWR | O_CLOEXEC);
    assert_int_equal(fcntl(fd, F_SETLK, &lock), 0);
    test_code(lock_in_child(fixture), -EAGAIN);
    (void)close(fd);
}

static void a_disk_of_its_own_works_without_an_observer(void **state)
{
    struct fixture *fixture = *state;
    struct disk *quiet = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(disk_posix_new(fixture->dir.fd, false, NULL, &quiet), 0);
    test_ok(disk_mkdir(quiet, POINT_STORE_MKDIR, "d", &err), err);
    disk_free(quiet);
    assert_null(disk_free(NULL));
}

/* With faults */

#ifdef FIU_ENABLE
#    define ALWAYS UINT_MAX

static int fail_while_left(const char *name, int *failnum, void **failinfo, unsigned int *flags)
{
    (void)name;
    (void)failnum;
    (void)flags;
    struct armed *armed = *failinfo;
    if (armed->left == 0) {
        return 0;
    }
    armed->left--;
    return 1;
}

static void disable(struct fixture *fixture)
{
    if (fixture->armed.name[0] != '\0') {
        assert_int_equal(fiu_disable(fixture->armed.name), 0);
        fixture->armed.name[0] = '\0';
    }
}

/* Lets the next `times` hits of a point fail by `action`.  Not by libfiu's FIU_ONETIME, which leaks
 * the point's name. */
static void enable(struct fixture *fixture, const char *name, struct faultpoint_action action,
                   unsigned times)
{
    disable(fixture);
    struct armed *armed = &fixture->armed;
    *armed = (struct armed){.action = action, .left = times};
    snprintf(armed->name, sizeof(armed->name), "%s", name);
    assert_int_equal(fiu_enable_external(name, 1, armed, 0, fail_while_left), 0);
}

static void a_refused_write_makes_no_system_call(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk_file *file = create_file(fixture, "commitlog.0");
    enable(fixture, "store/commitlog/append", (struct faultpoint_action){.error = -ENOSPC}, 1);
    test_code(disk_write(file, POINT_COMMITLOG_APPEND, 4096, "hello", 5, &err), -ENOSPC);
    assert_string_equal(err.text,
                        "write 5 bytes to 'commitlog.0' at 4096: No space left on device");
    assert_int_equal(err.code, -ENOSPC);
    assert_string_equal(fixture->log, "<write 'commitlog.0' 4096+5 hello =-28>");
    assert_int_equal(diskstate_size(fixture->dir.fd, "commitlog.0"), 0);
    /* Once only. */
    test_ok(disk_write(file, POINT_COMMITLOG_APPEND, 4096, "hello", 5, &err), err);
    assert_int_equal(diskstate_size(fixture->dir.fd, "commitlog.0"), 4101);
    disk_close(file);
}

/* One operation each, refused with EIO: what it says, and that nothing happened. */
static void every_kind_of_operation_can_be_refused(void **state)
{
    struct fixture *fixture = *state;
    struct disk *disk = fixture->disk;
    struct err err = ERR_INIT;
    struct disk_file *other = NULL;
    struct disk_list list;
    uint64_t size_bytes = 0;
    char data[4];
    diskstate_write(fixture->dir.fd, "f", "abcd", 4);
    struct disk_file *file = create_file(fixture, "f");
    enable(fixture, "store/*", (struct faultpoint_action){.error = -EIO}, ALWAYS);
    test_code(disk_create(disk, POINT_COMMITLOG_CREATE, "g", &other, &err), -EIO);
    assert_string_equal(err.text, "create 'g': Input/output error");
    test_code(disk_open(disk, POINT_COMMITLOG_OPEN, "f", &other, &err), -EIO);
    test_code(disk_read(file, POINT_COMMITLOG_READ, 0, data, 4, &err), -EIO);
    assert_string_equal(err.text, "read 4 bytes from 'f' at 0: Input/output error");
    test_code(disk_next_data(file, POINT_COMMITLOG_SEEK, 2, &size_bytes, &err), -EIO);
    assert_string_equal(err.text, "seek data in 'f' from 2: Input/output error");
    test_code(disk_sync(file, POINT_COMMITLOG_SYNC, &err), -EIO);
    assert_string_equal(err.text, "sync 'f': Input/output error");
    test_code(disk_truncate(file, POINT_COMMITLOG_EXTEND, 1, &err), -EIO);
    assert_string_equal(err.text, "truncate 'f' at 1: Input/output error");
    test_code(disk_lock(file, POINT_LOCK_LOCK, &err), -EIO);
    test_code(disk_rename(disk, POINT_OFFSETS_RENAME, "f", "g", &err), -EIO);
    test_code(disk_unlink(disk, POINT_ABORT_UNLINK, "f", &err), -EIO);
    test_code(disk_mkdir(disk, POINT_STORE_MKDIR, "d", &err), -EIO);
    test_code(disk_sync_dir(disk, POINT_STORE_SYNC_DIR, "", &err), -EIO);
    assert_string_equal(err.text, "sync-dir '': Input/output error");
    test_code(disk_list(disk, POINT_QUEUE_LIST, "", &list, &err), -EIO);
    test_code(disk_size(disk, POINT_ABORT_SIZE, "f", &size_bytes, &err), -EIO);
    disable(fixture);
    assert_null(other);
    assert_int_equal(diskstate_size(fixture->dir.fd, "f"), 4);
    assert_false(diskstate_exists(fixture->dir.fd, "g"));
    assert_false(diskstate_exists(fixture->dir.fd, "d"));
    disk_close(file);
}

static void a_short_write_is_continued_as_another_hit(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk_file *file = create_file(fixture, "f");
    enable(fixture, "store/commitlog/append", (struct faultpoint_action){.limit_bytes = 3}, 1);
    test_ok(disk_write(file, POINT_COMMITLOG_APPEND, 7, "helloworld", 10, &err), err);
    assert_string_equal(fixture->log, "<write 'f' 7+3 hel =3><write 'f' 10+7 loworld =7>");
    uint8_t *data = diskstate_read(fixture->dir.fd, "f", NULL);
    assert_memory_equal(data + 7, "helloworld", 11);
    free(data);
    disk_close(file);
}

/* libfiu keeps what a callback writes to *failinfo, so the action changes in place. */
struct short_then_full {
    struct faultpoint_action action; /* first: this is what *failinfo points at */
    unsigned hits;
};

/* The first hit is short, the second refused. */
static int fail_twice(const char *name, int *failnum, void **failinfo, unsigned int *flags)
{
    (void)name;
    (void)failnum;
    (void)flags;
    struct short_then_full *faults = *failinfo;
    faults->action = faults->hits++ == 0 ? (struct faultpoint_action){.limit_bytes = 3}
                                         : (struct faultpoint_action){.error = -ENOSPC};
    return 1;
}

static void a_short_write_may_be_refused_where_it_goes_on(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk_file *file = create_file(fixture, "f");
    struct short_then_full faults = {0};
    assert_int_equal(fiu_enable_external("store/commitlog/append", 1, &faults, 0, fail_twice), 0);
    test_code(disk_write(file, POINT_COMMITLOG_APPEND, 100, "hello", 5, &err), -ENOSPC);
    fiu_disable("store/commitlog/append");
    assert_string_equal(err.text, "write 2 bytes to 'f' at 103: No space left on device");
    assert_int_equal(faults.hits, 2);
    assert_int_equal(diskstate_size(fixture->dir.fd, "f"), 103);
    disk_close(file);
}

static void a_short_read_is_continued_as_another_hit(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    diskstate_write(fixture->dir.fd, "f", "helloworld", 10);
    struct disk_file *file = create_file(fixture, "f");
    char data[11] = "";
    enable(fixture, "store/queue/read", (struct faultpoint_action){.limit_bytes = 4}, 1);
    test_ok(disk_read(file, POINT_QUEUE_READ, 0, data, 10, &err), err);
    assert_string_equal(data, "helloworld");
    assert_string_equal(fixture->log, "<read 'f' 0+4 =4><read 'f' 4+6 =6>");
    disk_close(file);
}

static void one_empty_write_is_continued_and_three_are_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk_file *file = create_file(fixture, "f");
    enable(fixture, "store/commitlog/append", (struct faultpoint_action){.limit_bytes = 0}, 1);
    test_ok(disk_write(file, POINT_COMMITLOG_APPEND, 0, "abc", 3, &err), err);
    assert_string_equal(fixture->log, "<write 'f' 0+0  =0><write 'f' 0+3 abc =3>");
    clear_log(fixture);
    enable(fixture, "store/commitlog/append", (struct faultpoint_action){.limit_bytes = 0}, ALWAYS);
    test_code(disk_write(file, POINT_COMMITLOG_APPEND, 0, "abc", 3, &err), -EIO);
    assert_string_equal(fixture->log, "<write 'f' 0+0  =0><write 'f' 0+0  =0><write 'f' 0+0  =0>");
    disable(fixture);
    disk_close(file);
}

static void an_empty_read_is_no_end_of_the_file(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    diskstate_write(fixture->dir.fd, "f", "abc", 3);
    struct disk_file *file = create_file(fixture, "f");
    char data[4] = "";
    enable(fixture, "store/commitlog/read", (struct faultpoint_action){.limit_bytes = 0}, 1);
    test_ok(disk_read(file, POINT_COMMITLOG_READ, 0, data, 3, &err), err);
    assert_string_equal(data, "abc");
    enable(fixture, "store/commitlog/read", (struct faultpoint_action){.limit_bytes = 0}, ALWAYS);
    test_code(disk_read(file, POINT_COMMITLOG_READ, 0, data, 3, &err), -EIO);
    disable(fixture);
    disk_close(file);
}

static void observe_after(void *arg)
{
    note(arg, "after");
}

static void observe_too_short(void *arg)
{
    note(arg, "too short");
}

static void after_comes_when_the_observer_knows_the_result(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk_file *file = create_file(fixture, "f");
    enable(fixture, "store/commitlog/sync",
           (struct faultpoint_action){
               .limit_bytes = FAULTPOINT_NO_LIMIT, .after = observe_after, .arg = fixture},
           ALWAYS);
    test_ok(disk_sync(file, POINT_COMMITLOG_SYNC, &err), err);
    disable(fixture);
    assert_string_equal(fixture->log, "<sync 'f' 0+0 =0>after");
    disk_close(file);
}

/* A tear at the end of a write, or behind it, is none: whoever planned it hears of it, and no death
 * follows that would pass for a torn write. */
static void a_limit_that_cuts_nothing_is_told_instead(void **state)
{
    struct fixture *fixture = *state;
    struct disk_file *file = create_file(fixture, "f");
    struct err err = ERR_INIT;
    struct faultpoint_action action = {
        .after = observe_after, .too_short = observe_too_short, .arg = fixture};
    for (action.limit_bytes = 9; action.limit_bytes <= 11; action.limit_bytes++) {
        fixture->log_length = 0;
        fixture->log[0] = '\0';
        enable(fixture, "store/commitlog/append", action, 1);
        test_ok(disk_write(file, POINT_COMMITLOG_APPEND, 2, "helloworld", 10, &err), err);
        disable(fixture);
        assert_int_equal(strstr(fixture->log, "after") != NULL, action.limit_bytes == 9);
        assert_int_equal(strstr(fixture->log, "too short") != NULL, action.limit_bytes >= 10);
    }
    disk_close(file);
}

static void die(void *arg)
{
    (void)arg;
    _exit(42);
}

/* A torn write: the first bytes reach the file, then the process is gone. */
static void a_torn_write_leaves_its_first_bytes_and_never_returns(void **state)
{
    struct fixture *fixture = *state;
    struct disk_file *file = create_file(fixture, "f");
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        enable(fixture, "store/commitlog/append",
               (struct faultpoint_action){.limit_bytes = 4, .after = die}, ALWAYS);
        disk_write(file, POINT_COMMITLOG_APPEND, 2, "helloworld", 10, NULL);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    size_t size_bytes = 0;
    uint8_t *data = diskstate_read(fixture->dir.fd, "f", &size_bytes);
    assert_int_equal(size_bytes, 6);
    assert_memory_equal(data, "\0\0hell", 6);
    free(data);
    disk_close(file);
}

static int count_hit(const char *name, int *failnum, void **failinfo, unsigned int *flags)
{
    (void)name;
    (void)failnum;
    (void)flags;
    struct fixture *fixture = *failinfo;
    note(fixture, "?");
    return 0;
}

static void the_fault_point_is_asked_first_and_once_an_attempt(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk_file *file = create_file(fixture, "f");
    assert_int_equal(fiu_enable_external("store/commitlog/append", 1, fixture, 0, count_hit), 0);
    test_ok(disk_write(file, POINT_COMMITLOG_APPEND, 0, "ab", 2, &err), err);
    test_ok(disk_write(file, POINT_COMMITLOG_APPEND, 2, "", 0, &err), err); /* nothing to attempt */
    fiu_disable("store/commitlog/append");
    assert_string_equal(fixture->log, "?<write 'f' 0+2 ab =2>");
    disk_close(file);
}

static void an_error_with_a_done_create_leaks_no_descriptor(void **state)
{
    struct fixture *fixture = *state;
    struct disk_file *file = NULL;
    enable(fixture, "store/commitlog/create",
           (struct faultpoint_action){.limit_bytes = FAULTPOINT_NO_LIMIT, .error = -EIO}, 1);
    int before = dup(fixture->dir.fd);
    close(before);
    test_code(disk_create(fixture->disk, POINT_COMMITLOG_CREATE, "f", &file, NULL), -EIO);
    int later = dup(fixture->dir.fd);
    close(later);
    assert_int_equal(before, later);
    assert_null(file);
    assert_true(diskstate_exists(fixture->dir.fd, "f"));
}

static void a_disk_with_faults_off_never_asks(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct disk *calm = NULL;
    assert_int_equal(disk_posix_new(fixture->dir.fd, false, NULL, &calm), 0);
    enable(fixture, "store/*", (struct faultpoint_action){.error = -EIO}, ALWAYS);
    test_ok(disk_mkdir(calm, POINT_STORE_MKDIR, "d", &err), err);
    disable(fixture);
    disk_free(calm);
}
#endif

#define DISK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST(written_bytes_are_read_back_and_observed),
        DISK_TEST(directories_and_names_are_made_moved_and_removed),
        DISK_TEST(a_listing_is_sorted_by_bytes_and_repeatable),
        DISK_TEST(what_is_missing_is_enoent_with_operation_and_path),
        DISK_TEST(an_answer_is_no_error),
        DISK_TEST(a_read_past_the_end_of_the_file_is_enodata),
        DISK_TEST(a_hole_is_passed_over_and_no_byte_is),
        DISK_TEST(a_file_system_that_knows_no_holes_is_read),
        DISK_TEST(wild_offsets_and_paths_are_errors),
        DISK_TEST(a_second_process_does_not_get_the_lock),
        DISK_TEST(a_second_open_does_not_get_the_lock_and_does_not_end_it),
        DISK_TEST(a_record_lock_of_another_process_is_refused_both_ways),
        DISK_TEST(a_disk_of_its_own_works_without_an_observer),
#ifdef FIU_ENABLE
        DISK_TEST(a_refused_write_makes_no_system_call),
        DISK_TEST(every_kind_of_operation_can_be_refused),
        DISK_TEST(a_short_write_is_continued_as_another_hit),
        DISK_TEST(a_short_write_may_be_refused_where_it_goes_on),
        DISK_TEST(a_short_read_is_continued_as_another_hit),
        DISK_TEST(one_empty_write_is_continued_and_three_are_an_error),
        DISK_TEST(an_empty_read_is_no_end_of_the_file),
        DISK_TEST(after_comes_when_the_observer_knows_the_result),
        DISK_TEST(a_limit_that_cuts_nothing_is_told_instead),
        DISK_TEST(a_torn_write_leaves_its_first_bytes_and_never_returns),
        DISK_TEST(the_fault_point_is_asked_first_and_once_an_attempt),
        DISK_TEST(an_error_with_a_done_create_leaks_no_descriptor),
        DISK_TEST(a_disk_with_faults_off_never_asks),
#endif
    };
#ifdef FIU_ENABLE
    fiu_init(0);
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
