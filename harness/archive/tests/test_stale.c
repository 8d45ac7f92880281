/* What killed runs leave behind is finished, or goes; what others own stays. */
#include "harness/archive/run_dir.h"
#include "harness/archive/stale.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <jansson.h>

static char *const arguments[] = {(char[]){"killpoint"}, (char[]){"run"}, NULL};

/* A run that tells of `count` cases and is killed, or goes on until `release` is closed. Its
 * directory's name comes back in `name`. */
static pid_t run(const struct tmpdir *tmp, uint32_t count, const int release[2], char name[64])
{
    int names[2];
    pid_t pid;

    assert_int_equal(pipe(names), 0);
    pid = fork();
    if (pid == 0) {
        struct run_dir_options options = {
            .root = tmp->path, .version = "1", .argc = 2, .argv = arguments};
        struct campaign_scenario scenario = {.name = "s"};
        struct campaign_case ended = {.passed = true};
        struct run_dir *dir = NULL;
        char byte;

        (void)close(release[1]);

        if (run_dir_open(&options, &dir, NULL) < 0) {
            _exit(1);
        }
        struct listener listener = run_dir_listener(dir);
        listener.campaign_began(listener.arg, 1, 0x5eed, 2);
        for (uint32_t i = 0; i < count; i++) {
            listener.case_ended(listener.arg, &scenario, &ended, "s.aaaaaa@1:x");
        }
        const char *slash = strrchr(run_dir_path(dir), '/');
        (void)write(names[1], slash + 1, strlen(slash + 1) + 1);
        (void)read(release[0], &byte, 1);
        (void)raise(SIGKILL);
    }
    assert_true(pid > 0);
    (void)close(names[1]);
    assert_true(read(names[0], name, 64) > 0);
    (void)close(names[0]);
    return pid;
}

static json_t *run_json(const struct tmpdir *tmp, const char *name)
{
    char path[TMPDIR_PATH_SIZE_BYTES + 128];
    (void)snprintf(path, sizeof(path), "%s/%s/run.json", tmp->path, name);
    return json_load_file(path, 0, NULL);
}

static void a_killed_run_says_so_after_the_next_one_began(void **state)
{
    struct stale_found found;
    struct tmpdir tmp;
    char name[64];
    int release[2];

    (void)state;
    tmpdir_make(&tmp);
    assert_int_equal(pipe(release), 0);
    /* More than a stream buffers, so that some lines are there when it is killed. */
    pid_t pid = run(&tmp, 200, release, name);
    stale_finish(tmp.path, NULL, &found);
    assert_int_equal(found.finished + found.removed, 0); /* it lives */
    assert_null(run_json(&tmp, name));
    (void)close(release[1]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    stale_finish(tmp.path, NULL, &found);
    assert_int_equal(found.finished, 1);
    json_t *run = run_json(&tmp, name);
    assert_non_null(run);
    assert_string_equal(json_string_value(json_object_get(run, "state")), "killed");
    assert_string_equal(json_string_value(json_object_get(run, "seed")), "5eed");
    const json_t *totals = json_object_get(run, "totals");
    assert_true(json_is_false(json_object_get(totals, "complete")));
    json_int_t results = json_integer_value(json_object_get(totals, "results"));
    assert_true(results > 0 && results < 200);
    json_decref(run);
    char path[TMPDIR_PATH_SIZE_BYTES + 128];
    (void)snprintf(path, sizeof(path), "%s/%s/results.jsonl", tmp.path, name);
    FILE *file = fopen(path, "re");
    char line[1024];
    json_int_t lines = 0;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        json_t *object = json_loads(line, 0, NULL);
        assert_non_null(object);
        json_decref(object);
        lines++;
    }
    (void)fclose(file);
    assert_int_equal(lines, results);
    stale_finish(tmp.path, NULL, &found);
    assert_int_equal(found.finished + found.removed, 0); /* once */
    tmpdir_remove(&tmp);
}

static void a_killed_run_without_a_result_goes(void **state)
{
    struct stale_found found;
    struct tmpdir tmp;
    char name[64];
    int release[2];

    (void)state;
    tmpdir_make(&tmp);
    assert_int_equal(pipe(release), 0);
    pid_t pid = run(&tmp, 0, release, name);
    (void)close(release[1]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    stale_finish(tmp.path, NULL, &found);
    assert_int_equal(found.removed, 1);
    assert_int_equal(faccessat(tmp.fd, name, F_OK, 0), -1);
    tmpdir_remove(&tmp);
}

/* People put notes and copies beside the runs. */
static void what_is_no_run_is_left_alone(void **state)
{
    static const char *const names[] = {"2026-11-22-notes", "2026-11-22T020001Z-3f9a1", "old",
                                        "2026-11-22T020001Z-3f9a1c"};
    struct stale_found found;
    struct tmpdir tmp;

    (void)state;
    tmpdir_make(&tmp);
    for (unsigned i = 0; i < 4; i++) {
        char path[96];
        assert_int_equal(mkdirat(tmp.fd, names[i], 0777), 0);
        (void)snprintf(path, sizeof(path), "%s/%s", names[i],
                       i < 3 ? "results.jsonl.tmp" : "mine.txt");
        int fd = openat(tmp.fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        (void)close(fd);
    }
    stale_finish(tmp.path, NULL, &found);
    assert_int_equal(found.finished + found.removed, 0);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(faccessat(tmp.fd, names[i], F_OK, 0), 0);
    }
    stale_finish("/nowhere/at-all", NULL, &found);
    assert_int_equal(found.finished + found.removed, 0);
    tmpdir_remove(&tmp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_run_says_so_after_the_next_one_began),
        cmocka_unit_test(a_killed_run_without_a_result_goes),
        cmocka_unit_test(what_is_no_run_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
