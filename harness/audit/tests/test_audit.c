/* The audit: announced effects pass, every other one is found, with its place. */
#include "harness/audit/audit.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk_posix.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define REPEAT_COUNT 20

/* What a child does under audit. */
struct job {
    void (*run)(struct job *job);
    int dir_fd;
    struct disk *disk;
    struct audit *audit;
};

struct serve {
    struct audit *audit;
    pid_t child;
};

static void *serve(void *arg)
{
    const struct serve *parts = arg;

    audit_serve(parts->audit, parts->child);
    return NULL;
}

/* The child: 0 when all went well. */
static int run_child(struct job *job)
{
    struct err err = ERR_INIT;
    struct disk_observer observer = audit_observer(job->audit, NULL);

    if (audit_install(job->audit, job->dir_fd, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    if (disk_posix_new(job->dir_fd, false, &observer, &job->disk) < 0) {
        return 2;
    }
    job->run(job);
    (void)disk_free(job->disk);
    return 0;
}

/* Runs `run` in an audited child over a fresh directory. */
static void audited(void (*run)(struct job *job), struct audit_report *ret_report)
{
    struct err err = ERR_INIT;
    struct tmpdir dir;
    struct job job = {.run = run};
    struct serve parts;
    pthread_t thread;
    int status = 0;

    tmpdir_make(&dir);
    job.dir_fd = dir.fd;
    test_ok(audit_begin(&job.audit, &err), err);
    parts = (struct serve){.audit = job.audit, .child = fork()};
    assert_true(parts.child >= 0);
    if (parts.child == 0) {
        _exit(run_child(&job));
    }
    assert_int_equal(pthread_create(&thread, NULL, serve, &parts), 0);
    assert_int_equal(waitpid(parts.child, &status, 0), parts.child);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)audit_end(job.audit, ret_report);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
        fail_msg("the child exited with %d", WEXITSTATUS(status));
    }
    tmpdir_remove(&dir);
}

static void write_through_disk(struct disk *disk, const char *path, unsigned count)
{
    struct disk_file *file = NULL;
    char data[100] = "announced";
    uint64_t offset = 0;

    if (disk_create(disk, POINT_COMMITLOG_CREATE, path, &file, NULL) < 0) {
        _exit(10);
    }
    for (unsigned i = 0; i < count; i++) {
        if (disk_write(file, POINT_COMMITLOG_APPEND, offset, data, sizeof(data), NULL) < 0 ||
            disk_sync(file, POINT_COMMITLOG_SYNC, NULL) < 0) {
            _exit(11);
        }
        offset += sizeof(data);
    }
    (void)disk_close(file);
}

static void do_every_operation(struct job *job)
{
    struct disk *disk = job->disk;
    struct disk_file *file = NULL;
    struct disk_list list = {0};
    char data[8];
    uint64_t size_bytes = 0;

    if (disk_mkdir(disk, POINT_QUEUE_MKDIR, "commitlog", NULL) < 0) {
        _exit(20);
    }
    write_through_disk(disk, "commitlog/0", REPEAT_COUNT);
    if (disk_open(disk, POINT_COMMITLOG_OPEN, "commitlog/0", &file, NULL) < 0 ||
        disk_truncate(file, POINT_COMMITLOG_EXTEND, 8192, NULL) < 0 ||
        disk_read(file, POINT_COMMITLOG_READ, 0, data, sizeof(data), NULL) < 0 ||
        disk_lock(file, POINT_LOCK_LOCK, NULL) < 0) {
        _exit(21);
    }
    (void)disk_close(file);
    if (disk_rename(disk, POINT_OFFSETS_RENAME, "commitlog/0", "moved", NULL) < 0 ||
        disk_list(disk, POINT_COMMITLOG_LIST, "", &list, NULL) < 0 ||
        disk_size(disk, POINT_COMMITLOG_SIZE, "moved", &size_bytes, NULL) < 0 ||
        disk_unlink(disk, POINT_COMMITLOG_CUT_FILE, "moved", NULL) < 0 ||
        disk_sync_dir(disk, POINT_COMMITLOG_SYNC_DIR, "commitlog", NULL) < 0 ||
        disk_sync_dir(disk, POINT_COMMITLOG_SYNC_DIR, "", NULL) < 0) {
        _exit(22);
    }
    disk_list_done(&list);
}

static void accounts_for_every_operation_of_the_disk(void **state)
{
    struct audit_report report;
    char text[4096];

    (void)state;
    audited(do_every_operation, &report);
    (void)audit_report_text(&report, text, sizeof(text));
    if (report.unannounced_count != 0 || report.status != 0 || report.unperformed_count != 0) {
        fail_msg("%s", text);
    }
    /* mkdir, create, writes and syncs, open, truncate, lock, rename, unlink, two directory syncs */
    assert_int_equal(report.matched_count, 2 + 2 * REPEAT_COUNT + 3 + 4);
}

/* Not static and not inlined: its address must be in the stack of the effect. */
void test_audit_plant_bare_write(int fd);
__attribute__((noinline)) void test_audit_plant_bare_write(int fd)
{
    if (write(fd, "planted", 7) != 7) {
        _exit(32);
    }
    __asm__ volatile(""); /* no tail call */
}

static void plant_write(struct job *job)
{
    int fd = openat(job->dir_fd, "planted", O_CREAT | O_RDWR, 0600);

    test_audit_plant_bare_write(fd);
    (void)close(fd);
    write_through_disk(job->disk, "log", 2);
}

static bool has_address_in(const struct audit_effect *effect, uintptr_t start)
{
    for (uint32_t i = 0; i < effect->stack_count; i++) {
        if (effect->stack[i] > start && effect->stack[i] < start + 256) {
            return true;
        }
    }
    return false;
}

static void finds_a_bare_write_and_its_place(void **state)
{
    struct audit_report report;
    char exe[512] = "";
    char text[4096] = "";

    (void)state;
    audited(plant_write, &report);
    assert_int_equal(report.status, 0);
    assert_int_equal(report.unannounced_count, 2);
    assert_int_equal(report.matched_count, 5);
    test_contains(report.effects[0].text, "openat('planted'");
    test_contains(report.effects[1].text, "write(");
    test_contains(report.effects[1].text, "/planted'");
    assert_true(has_address_in(&report.effects[1], (uintptr_t)test_audit_plant_bare_write));
    assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
    (void)stack_symbolise(report.effects[1].stack, report.effects[1].stack_count, report.load_base,
                          exe, text, sizeof(text));
    test_contains(text, "test_audit_plant_bare_write");
    assert_null(strstr(text, "on_stack_wanted"));
    (void)audit_report_text(&report, text, sizeof(text));
    test_contains(text, "not announced: write(");
}

static void plant_names(struct job *job)
{
    write_through_disk(job->disk, "a", 1);
    if (renameat(job->dir_fd, "a", job->dir_fd, "b") < 0 || mkdirat(job->dir_fd, "d", 0700) < 0 ||
        unlinkat(job->dir_fd, "b", 0) < 0 || unlinkat(job->dir_fd, "d", AT_REMOVEDIR) < 0) {
        _exit(40);
    }
}

static void finds_bare_rename_mkdir_unlink_and_rmdir(void **state)
{
    struct audit_report report;

    (void)state;
    audited(plant_names, &report);
    assert_int_equal(report.status, 0);
    assert_int_equal(report.unannounced_count, 4);
    test_contains(report.effects[0].text, "rename");
    test_contains(report.effects[0].text, "'a', 'b'");
    test_contains(report.effects[1].text, "mkdirat('d'");
    test_contains(report.effects[2].text, "unlinkat('b'");
    test_contains(report.effects[3].text, "unlinkat('d'");
    assert_true(report.effects[0].stack_count > 1);
}

static void plant_mapping(struct job *job)
{
    int fd = openat(job->dir_fd, "mapped", O_CREAT | O_RDWR, 0600);
    char *data = NULL;

    if (ftruncate(fd, 4096) < 0) {
        _exit(50);
    }
    data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    data[0] = 1;
    (void)munmap(data, 4096);
    sync();
}

static void finds_shared_mappings_and_sync(void **state)
{
    struct audit_report report;

    (void)state;
    audited(plant_mapping, &report);
    assert_int_equal(report.unannounced_count, 4);
    test_contains(report.effects[1].text, "ftruncate(");
    test_contains(report.effects[2].text, "mmap(");
    test_contains(report.effects[3].text, "sync(");
}

/* Has an effect of its own in the middle of an announced write. */
static void lie_in_begin(void *arg, const struct disk_call *call)
{
    const int *dir_fd = arg;

    if (call->op == POINT_OP_WRITE) {
        int fd = openat(*dir_fd, "log", O_RDONLY);

        (void)close(fd);
        if (unlinkat(*dir_fd, "victim", 0) < 0) {
            _exit(60);
        }
    }
}

static void plant_inside_an_operation(struct job *job)
{
    struct disk_observer inner = audit_observer(job->audit, NULL);
    struct disk_observer outer = {.arg = &job->dir_fd, .begin = lie_in_begin, .end = NULL};
    struct disk *disk = NULL;
    struct disk_file *file = NULL;

    write_through_disk(job->disk, "victim", 0);
    inner = audit_observer(job->audit, &outer);
    if (disk_posix_new(job->dir_fd, false, &inner, &disk) < 0 ||
        disk_create(disk, POINT_COMMITLOG_CREATE, "log", &file, NULL) < 0 ||
        disk_write(file, POINT_COMMITLOG_APPEND, 0, "x", 1, NULL) < 0) {
        _exit(61);
    }
    (void)disk_close(file);
    (void)disk_free(disk);
}

static void finds_an_effect_beside_an_announced_one(void **state)
{
    struct audit_report report;

    (void)state;
    audited(plant_inside_an_operation, &report);
    assert_int_equal(report.unannounced_count, 1);
    test_contains(report.effects[0].text, "unlinkat('victim'");
    assert_int_equal(report.matched_count, 3);
}

static void *write_in_thread(void *arg)
{
    static _Atomic int next;
    char path[16];

    (void)snprintf(path, sizeof(path), "file-%d", next++);
    write_through_disk(arg, path, REPEAT_COUNT);
    return NULL;
}

static void do_in_threads(struct job *job)
{
    pthread_t threads[4];

    for (size_t i = 0; i < TEST_COUNT(threads); i++) {
        if (pthread_create(&threads[i], NULL, write_in_thread, job->disk) != 0) {
            _exit(70);
        }
    }
    for (size_t i = 0; i < TEST_COUNT(threads); i++) {
        (void)pthread_join(threads[i], NULL);
    }
    if (unlinkat(job->dir_fd, "file-0", 0) < 0) {
        _exit(71);
    }
}

static void keeps_the_operations_of_threads_apart(void **state)
{
    struct audit_report report;

    (void)state;
    audited(do_in_threads, &report);
    assert_int_equal(report.status, 0);
    assert_int_equal(report.unperformed_count, 0);
    assert_int_equal(report.unannounced_count, 1);
    assert_int_equal(report.matched_count, 4 * (1 + 2 * REPEAT_COUNT));
    test_contains(report.effects[0].text, "unlinkat('file-0'");
}

/* Says that a sync succeeded without asking the kernel. */
static void claim_a_sync(struct job *job)
{
    struct disk_observer observer = audit_observer(job->audit, NULL);
    struct disk_call call = {
        .point = POINT_COMMITLOG_SYNC, .op = POINT_OP_SYNC, .path = "commitlog/0"};

    observer.begin(observer.arg, &call);
    observer.end(observer.arg, &call, 0);
    observer.begin(observer.arg, &call);
    observer.end(observer.arg, &call, -EIO);
}

static void finds_a_sync_that_never_reached_the_kernel(void **state)
{
    struct audit_report report;

    (void)state;
    audited(claim_a_sync, &report);
    assert_int_equal(report.unannounced_count, 0);
    assert_int_equal(report.unperformed_count, 1);
    test_contains(report.unperformed, "commitlog/sync");
}

static void write_to_pipe(struct job *job)
{
    int ends[2];
    int file = 0;

    (void)job;
    if (pipe2(ends, O_CLOEXEC) < 0 || write(ends[1], "x", 1) != 1) {
        _exit(80);
    }
    file = open("/dev/null", O_RDWR);
    if (file < 0 || write(file, "x", 1) != 1) {
        _exit(81);
    }
}

static void lets_pipes_and_devices_be(void **state)
{
    struct audit_report report;

    (void)state;
    audited(write_to_pipe, &report);
    assert_int_equal(report.unannounced_count, 0);
    assert_int_equal(report.status, 0);
}

static void kill_itself(struct job *job)
{
    write_through_disk(job->disk, "log", 3);
    (void)raise(SIGKILL);
}

static void ends_when_the_child_is_killed(void **state)
{
    struct audit_report report;

    (void)state;
    audited(kill_itself, &report);
    assert_int_equal(report.status, 0);
    assert_int_equal(report.matched_count, 7);
}

static void refuses_a_second_audit_of_one_process(void **state)
{
    struct err err = ERR_INIT;
    struct audit *audit = NULL;
    struct audit_report report;
    struct serve parts;
    pthread_t thread;
    int status = 0;

    (void)state;
    test_ok(audit_begin(&audit, &err), err);
    parts = (struct serve){.audit = audit, .child = fork()};
    if (parts.child == 0) {
        struct audit *second = NULL;

        if (audit_install(audit, -1, &err) < 0 || audit_begin(&second, &err) < 0) {
            _exit(90);
        }
        _exit(audit_install(second, -1, &err) == -EBUSY ? 0 : 91);
    }
    assert_int_equal(pthread_create(&thread, NULL, serve, &parts), 0);
    assert_int_equal(waitpid(parts.child, &status, 0), parts.child);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)audit_end(audit, &report);
    assert_int_equal(status, 0);
}

static void says_so_when_the_filter_was_never_loaded(void **state)
{
    struct err err = ERR_INIT;
    struct audit *audit = NULL;
    struct audit_report report;
    int status = 0;
    pid_t child = 0;

    (void)state;
    test_ok(audit_begin(&audit, &err), err);
    child = fork();
    if (child == 0) {
        _exit(0);
    }
    audit_serve(audit, child);
    assert_int_equal(waitpid(child, &status, 0), child);
    (void)audit_end(audit, &report);
    assert_int_equal(report.status, ERR_BROKEN);
    test_contains(report.broken, "never loaded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_for_every_operation_of_the_disk),
        cmocka_unit_test(finds_a_bare_write_and_its_place),
        cmocka_unit_test(finds_bare_rename_mkdir_unlink_and_rmdir),
        cmocka_unit_test(finds_shared_mappings_and_sync),
        cmocka_unit_test(finds_an_effect_beside_an_announced_one),
        cmocka_unit_test(keeps_the_operations_of_threads_apart),
        cmocka_unit_test(finds_a_sync_that_never_reached_the_kernel),
        cmocka_unit_test(lets_pipes_and_devices_be),
        cmocka_unit_test(ends_when_the_child_is_killed),
        cmocka_unit_test(refuses_a_second_audit_of_one_process),
        cmocka_unit_test(says_so_when_the_filter_was_never_loaded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
