/* `exclusive`: each way in which a second process may misbehave, and the one in which it does not.
 */
#include "harness/testkit/test.h"

#include "harness/drive/contest.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/tmpdir.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct bench {
    struct tmpdir dir;
    struct judge_report report;
};

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    tmpdir_make(&bench->dir);
    diskstate_write(bench->dir.fd, "lock", "lock", 4);
    diskstate_write(bench->dir.fd, "checkpoint", "page", 4);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    tmpdir_remove(&bench->dir);
    free(bench);
    return 0;
}

static int refuse(void *arg, struct err *err)
{
    (void)arg;
    return err_set(err, -EAGAIN, "another process has it");
}

static int open_it(void *arg, struct err *err)
{
    (void)arg;
    (void)err;
    return 0;
}

static int refuse_silently(void *arg, struct err *err)
{
    (void)arg;
    (void)err;
    return -EAGAIN;
}

static int wait_for_the_lock(void *arg, struct err *err)
{
    (void)arg;
    (void)err;
    for (;;) {
        (void)pause();
    }
    return 0;
}

static int die(void *arg, struct err *err)
{
    (void)arg;
    (void)err;
    (void)kill(getpid(), SIGKILL);
    return 0;
}

static int write_and_refuse(void *arg, struct err *err)
{
    struct bench *bench = arg;
    diskstate_write(bench->dir.fd, "checkpoint", "PAGE", 4);
    return refuse(arg, err);
}

static int make_and_refuse(void *arg, struct err *err)
{
    struct bench *bench = arg;
    diskstate_write(bench->dir.fd, "abort", "", 0);
    return refuse(arg, err);
}

/* RocketMQ's own writes into the lock file are nobody's concern. */
static int write_lock_and_refuse(void *arg, struct err *err)
{
    struct bench *bench = arg;
    diskstate_write(bench->dir.fd, "lock", "4711", 4);
    return refuse(arg, err);
}

static void a_second_process_is_refused_and_changes_nothing(void **state)
{
    static const struct {
        const char *name;
        contest_second second;
        const char *text; /* "": all is well */
    } rows[] = {
        {"refuses", refuse, ""},
        {"writes the lock file", write_lock_and_refuse, ""},
        {"opens", open_it, "a second process opened the store that is open"},
        {"refuses silently", refuse_silently, "refused without a word"},
        {"waits", wait_for_the_lock, "not refused within a second"},
        {"dies", die, "ended by SIGKILL"},
        {"writes", write_and_refuse, "changed the files of the store"},
        {"makes a file", make_and_refuse, "changed the files of the store"},
    };
    struct bench *bench = *state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct err err = ERR_INIT;
        test_row(rows[i].name);
        judge_report_clear(&bench->report);
        test_ok(contest_judge(bench->dir.fd, rows[i].second, bench, &bench->report, &err), err);
        assert_int_equal(bench->report.violated,
                         *rows[i].text == '\0' ? 0 : PROPERTY_BIT(EXCLUSIVE));
        test_contains(bench->report.text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_process_is_refused_and_changes_nothing, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
