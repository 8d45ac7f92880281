/* What lies in a run directory after a campaign, and what a full disk does to it. */
#include "harness/archive/run_dir.h"
#include "harness/archive/whole_file.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <jansson.h>

static char *const arguments[] = {(char[]){"killpoint"}, (char[]){"run"}, NULL};

static struct run_dir *opened(const char *root, uint64_t results_max)
{
    struct run_dir_options options = {
        .root = root, .version = "1.2.3", .argc = 2, .argv = arguments, .results_max = results_max};
    struct run_dir *dir = NULL;
    struct err err = ERR_INIT;

    test_ok(run_dir_open(&options, &dir, &err), err);
    return dir;
}

static void tell(struct run_dir *dir, uint32_t count, bool passed)
{
    struct listener listener = run_dir_listener(dir);
    struct campaign_scenario scenario;
    struct campaign_case ended;

    memset(&scenario, 0, sizeof(scenario));
    memset(&ended, 0, sizeof(ended));
    (void)snprintf(scenario.name, sizeof(scenario.name), "torn-tail");
    (void)snprintf(ended.end.detail, sizeof(ended.end.detail), "bounds: wrong");
    ended.end.outcome = passed ? OUTCOME_INTACT : OUTCOME_VIOLATED;
    ended.end.violated = passed ? 0 : PROPERTY_BIT(BOUNDS);
    ended.passed = passed;
    listener.campaign_began(listener.arg, 1, 0x5eed, 2);
    for (uint32_t i = 0; i < count; i++) {
        listener.case_ended(listener.arg, &scenario, &ended, "torn-tail.aaaaaa@1:x");
    }
}

static int finished_as(struct run_dir *dir, bool interrupted, bool is_broken_off)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    struct err err = ERR_INIT;

    assert_non_null(summary);
    summary->interrupted = interrupted;
    summary->is_broken_off = is_broken_off;
    int r = run_dir_finish(dir, summary, &err);
    free(summary);
    return r;
}

static int finished(struct run_dir *dir, struct err *err)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    int r;

    assert_non_null(summary);
    summary->passed = 7;
    summary->passes = 2;
    r = run_dir_finish(dir, summary, err);
    free(summary);
    return r;
}

static json_t *loaded(const char *root, const char *path)
{
    char full[1024];
    json_error_t error;
    json_t *json;

    (void)snprintf(full, sizeof(full), "%s/%s", root, path);
    json = json_load_file(full, 0, &error);
    assert_non_null(json);
    return json;
}

static unsigned lines_of(const char *root, const char *path)
{
    char full[1024];
    unsigned count = 0;
    FILE *stream;
    int c;

    (void)snprintf(full, sizeof(full), "%s/%s", root, path);
    stream = fopen(full, "r");
    assert_non_null(stream);
    while ((c = getc(stream)) != EOF) {
        count += c == '\n';
    }
    (void)fclose(stream);
    return count;
}

static void finished_run_has_its_files_and_latest_points_at_it(void **state)
{
    struct tmpdir tmp;
    struct run_dir *dir;
    struct err err = ERR_INIT;
    char root[512];
    json_t *run;

    (void)state;
    tmpdir_make(&tmp);
    (void)snprintf(root, sizeof(root), "%s/deep/runs", tmp.path);
    dir = opened(root, 0);
    tell(dir, 3, true);
    test_ok(finished(dir, &err), err);
    run = loaded(root, "latest/run.json");
    assert_string_equal(json_string_value(json_object_get(run, "version")), "1.2.3");
    assert_string_equal(json_string_value(json_object_get(run, "seed")), "5eed");
    assert_int_equal(json_array_size(json_object_get(run, "argv")), 2);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(run, "totals"), "passed")),
                     7);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(run, "totals"), "passes")),
                     2);
    json_decref(run);
    assert_int_equal(lines_of(root, "latest/results.jsonl"), 3);
    run_dir_free(dir);
    tmpdir_remove(&tmp);
}

static void latest_moves_on_to_the_next_run(void **state)
{
    struct tmpdir tmp;
    struct err err = ERR_INIT;
    char target[2][256];

    (void)state;
    tmpdir_make(&tmp);
    for (int i = 0; i < 2; i++) {
        struct run_dir *dir = opened(tmp.path, 0);
        ssize_t length;

        test_ok(finished(dir, &err), err);
        length = readlinkat(tmp.fd, "latest", target[i], sizeof(target[i]) - 1);
        assert_true(length > 0);
        target[i][length] = '\0';
        assert_non_null(strstr(run_dir_path(dir), target[i]));
        run_dir_free(dir);
    }
    assert_string_not_equal(target[0], target[1]);
    tmpdir_remove(&tmp);
}

static void failure_keeps_its_token_and_detail_under_a_telling_name(void **state)
{
    struct tmpdir tmp;
    struct run_dir *dir;
    struct err err = ERR_INIT;

    (void)state;
    tmpdir_make(&tmp);
    dir = opened(tmp.path, 0);
    tell(dir, 2, false);
    test_ok(finished(dir, &err), err);
    assert_int_equal(lines_of(tmp.path, "latest/failures/001-bounds-torn-tail/TOKEN"), 1);
    assert_int_equal(lines_of(tmp.path, "latest/failures/002-bounds-torn-tail/detail.txt"), 1);
    assert_int_equal(faccessat(tmp.fd, "latest/failures/.new", F_OK, 0), -1);
    run_dir_free(dir);
    tmpdir_remove(&tmp);
}

static void results_stop_at_their_bound_and_the_rest_is_counted(void **state)
{
    struct tmpdir tmp;
    struct run_dir *dir;
    struct err err = ERR_INIT;
    json_t *run;

    (void)state;
    tmpdir_make(&tmp);
    dir = opened(tmp.path, 10);
    tell(dir, 25, true);
    test_ok(finished(dir, &err), err);
    assert_int_equal(lines_of(tmp.path, "latest/results.jsonl"), 10);
    run = loaded(tmp.path, "latest/run.json");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(run, "totals"), "results_dropped")), 15);
    json_decref(run);
    run_dir_free(dir);
    tmpdir_remove(&tmp);
}

/* Half a night is no night: who compares follows `latest`. */
static void latest_stays_with_the_last_run_that_ended(void **state)
{
    static const char *const states[] = {"interrupted", "broken-off"};
    struct tmpdir tmp;
    char target[256] = "";
    struct err err = ERR_INIT;

    (void)state;
    tmpdir_make(&tmp);
    struct run_dir *whole = opened(tmp.path, 0);
    test_ok(finished(whole, &err), err);
    for (int i = 0; i < 2; i++) {
        struct run_dir *dir = opened(tmp.path, 0);
        char path[512];

        tell(dir, 1, true);
        assert_int_equal(finished_as(dir, i == 0, i == 1), 0);
        ssize_t length = readlinkat(tmp.fd, "latest", target, sizeof(target) - 1);
        assert_true(length > 0);
        target[length] = '\0';
        assert_non_null(strstr(run_dir_path(whole), target));
        (void)snprintf(path, sizeof(path), "%s/run.json", run_dir_path(dir));
        json_t *run = loaded("", path);
        assert_string_equal(json_string_value(json_object_get(run, "state")), states[i]);
        json_decref(run);
        run_dir_free(dir);
    }
    run_dir_free(whole);
    tmpdir_remove(&tmp);
}

static void a_hash_that_was_not_taken_is_null(void **state)
{
    struct tmpdir tmp;
    struct err err = ERR_INIT;

    (void)state;
    tmpdir_make(&tmp);
    struct run_dir *dir = opened(tmp.path, 0);
    tell(dir, 1, true);
    test_ok(finished(dir, &err), err);
    json_t *line = loaded(tmp.path, "latest/results.jsonl");
    assert_true(json_is_null(json_object_get(line, "crashed_hash")));
    assert_true(json_is_null(json_object_get(line, "recovered_hash")));
    json_decref(line);
    json_t *run = loaded(tmp.path, "latest/run.json");
    const json_t *totals = json_object_get(run, "totals");
    /* Seven cases, one line. */
    assert_int_equal(json_integer_value(json_object_get(totals, "cases_without_result")), 6);
    assert_true(json_is_null(json_object_get(json_object_get(run, "build"), "revision")));
    json_decref(run);
    run_dir_free(dir);
    tmpdir_remove(&tmp);
}

/* The first scenario to fail must not take the room of all others. */
static void failures_are_kept_of_every_kind(void **state)
{
    struct tmpdir tmp;
    struct err err = ERR_INIT;

    (void)state;
    tmpdir_make(&tmp);
    struct run_dir *dir = opened(tmp.path, 0);
    struct listener listener = run_dir_listener(dir);
    tell(dir, 1000, false);
    for (unsigned i = 0; i < 3; i++) {
        struct campaign_scenario scenario = {.name = "other", .hash24 = 0xabc};
        struct campaign_case ended = {.end.outcome = OUTCOME_CRASHED};

        ended.end.mechanisms = i == 2 ? MECHANISM_BIT(RECORD_LOST) : 0;
        listener.case_ended(listener.arg, &scenario, &ended, "other.000abc@1:x");
        listener.scenario_ended(listener.arg, &scenario);
    }
    test_ok(finished(dir, &err), err);
    json_t *run = loaded(tmp.path, "latest/run.json");
    const json_t *totals = json_object_get(run, "totals");
    assert_int_equal(json_integer_value(json_object_get(totals, "failures")), 1003);
    assert_int_equal(json_integer_value(json_object_get(totals, "failures_kept")), 5);
    assert_string_equal(json_string_value(json_object_get(json_object_get(run, "hashes"), "other")),
                        "000abc");
    json_decref(run);
    assert_int_equal(lines_of(tmp.path, "latest/failures/005-crashed-other/TOKEN"), 1);
    run_dir_free(dir);
    tmpdir_remove(&tmp);
}

/* Nothing ran: nothing is left behind. */
static void a_directory_of_nothing_goes(void **state)
{
    struct tmpdir tmp;
    char path[512];

    (void)state;
    tmpdir_make(&tmp);
    struct run_dir *dir = opened(tmp.path, 0);
    tell(dir, 0, true);
    (void)snprintf(path, sizeof(path), "%s", run_dir_path(dir));
    assert_int_equal(access(path, F_OK), 0);
    run_dir_free(dir);
    assert_int_equal(access(path, F_OK), -1);
    tmpdir_remove(&tmp);
}

/* A file size limit stands for a full disk: the write fails with an errno. */
static void disk_that_takes_no_more_is_one_error_and_latest_stays(void **state)
{
    struct rlimit limit;
    struct rlimit small;
    struct tmpdir tmp;
    struct run_dir *dir;
    struct err err = ERR_INIT;
    char target[256];

    (void)state;
    tmpdir_make(&tmp);
    assert_int_equal(symlinkat("older", tmp.fd, "latest"), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 8192;
    (void)signal(SIGXFSZ, SIG_IGN);
    dir = opened(tmp.path, 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    tell(dir, 2000, true);
    assert_int_equal(finished(dir, &err), -EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    test_contains(err.text, "results.jsonl");
    assert_int_equal(readlinkat(tmp.fd, "latest", target, sizeof(target)), 5);
    run_dir_free(dir);
    tmpdir_remove(&tmp);
}

/* A report to a device or a pipe must go into it, not take its place. */
static void device_is_written_to_and_never_replaced(void **state)
{
    struct whole_file file;
    struct err err = ERR_INIT;
    struct tmpdir tmp;
    int reader;
    struct stat status;

    (void)state;
    tmpdir_make(&tmp);
    assert_int_equal(mkfifoat(tmp.fd, "pipe", 0600), 0);
    reader = openat(tmp.fd, "pipe", O_RDWR | O_CLOEXEC);
    assert_true(reader >= 0);
    test_ok(whole_file_begin(&file, tmp.fd, "pipe", &err), err);
    assert_true(fputs("report", file.stream) >= 0);
    test_ok(whole_file_finish(&file, &err), err);
    assert_int_equal(fstatat(tmp.fd, "pipe", &status, 0), 0);
    assert_true(S_ISFIFO(status.st_mode));
    assert_int_equal(faccessat(tmp.fd, "pipe.tmp", F_OK, 0), -1);
    (void)close(reader);
    tmpdir_remove(&tmp);
}

static void given_up_file_leaves_the_old_one_and_no_rest(void **state)
{
    struct whole_file file;
    struct err err = ERR_INIT;
    struct tmpdir tmp;
    int fd;

    (void)state;
    tmpdir_make(&tmp);
    fd = openat(tmp.fd, "out.xml", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "old", 3), 3);
    (void)close(fd);
    test_ok(whole_file_begin(&file, tmp.fd, "out.xml", &err), err);
    assert_true(fputs("newer", file.stream) >= 0);
    whole_file_drop(&file);
    fd = openat(tmp.fd, "out.xml", O_RDONLY | O_CLOEXEC);
    assert_int_equal(lseek(fd, 0, SEEK_END), 3);
    (void)close(fd);
    assert_int_equal(faccessat(tmp.fd, "out.xml.tmp", F_OK, 0), -1);
    tmpdir_remove(&tmp);
}

static void root_that_is_a_file_is_refused_with_its_name(void **state)
{
    struct run_dir_options options = {.root = "/dev/null/runs", .version = "1"};
    struct run_dir *dir = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_true(run_dir_open(&options, &dir, &err) < 0);
    assert_null(dir);
    test_contains(err.text, "/dev/null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finished_run_has_its_files_and_latest_points_at_it),
        cmocka_unit_test(latest_moves_on_to_the_next_run),
        cmocka_unit_test(failure_keeps_its_token_and_detail_under_a_telling_name),
        cmocka_unit_test(results_stop_at_their_bound_and_the_rest_is_counted),
        cmocka_unit_test(latest_stays_with_the_last_run_that_ended),
        cmocka_unit_test(a_hash_that_was_not_taken_is_null),
        cmocka_unit_test(failures_are_kept_of_every_kind),
        cmocka_unit_test(a_directory_of_nothing_goes),
        cmocka_unit_test(disk_that_takes_no_more_is_one_error_and_latest_stays),
        cmocka_unit_test(device_is_written_to_and_never_replaced),
        cmocka_unit_test(given_up_file_leaves_the_old_one_and_no_rest),
        cmocka_unit_test(root_that_is_a_file_is_refused_with_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
