/* Programs under test, from a round to its outcome: a good one, one with a bug, and those that do
 * not do what a target must. */
#include "harness/live/live.h"
#include "harness/target/target_program.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define EXAMPLE TEST_BINARY_DIR "/killpoint-example-target"

#define SCENARIO                                                                             \
    "name: bad\nsummary: A program.\ntarget: program:%s\n"                                   \
    "store: { mode: commitlog, flush: sync, services: threads, log_file_size: 64KiB }\n"     \
    "workload: { topics: 1, queues: 2, producers: 4, phases: [ { put: 12, tags: [a] }, "     \
    "{ commit_offsets: all }, { put: 4 } ] }\nfaults: [ { point: \"*\", fault: [kill] } ]\n" \
    "expect: intact\n"

/* Answers hello, and nothing else. */
#define HELLO                                                                  \
    "read a\necho '{\"id\":1,\"protocol\":1,\"can\":[\"commit\",\"recover\"]," \
    "\"points\":[\"put/acknowledged\",\"clock/ms\"]}'\n"

struct fixture {
    struct tmpdir dir;
    struct scenario scenario;
    struct workload workload;
    struct live *live;
    struct campaign_case ended;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char path[TMPDIR_PATH_SIZE_BYTES + 32];
    assert_non_null(fixture);
    tmpdir_make(&fixture->dir);
    (void)snprintf(path, sizeof(path), "/bin:/usr/bin:%s", fixture->dir.path);
    assert_int_equal(setenv("PATH", path, 1), 0);
    *state = fixture;
    return 0;
}

static void close_live(struct fixture *fixture)
{
    if (fixture->live != NULL) {
        fixture->live = live_close(fixture->live);
        workload_done(&fixture->workload);
    }
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    close_live(fixture);
    tmpdir_remove(&fixture->dir);
    free(fixture);
    return 0;
}

/* Makes the shell script killpoint-bad-target, found through $PATH. */
static void write_program(struct fixture *fixture, const char *script)
{
    int fd = openat(fixture->dir.fd, "killpoint-bad-target",
                    O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0700);
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "#!/bin/sh\n%s\n", script) > 0);
    (void)close(fd);
}

static int open_live(struct fixture *fixture, const char *name, uint32_t timeout_ms)
{
    char text[1024];
    (void)snprintf(text, sizeof(text), SCENARIO, name);
    test_ok(scenario_parse(text, strlen(text), "bad", &fixture->scenario, &fixture->err),
            fixture->err);
    test_ok(workload_make(&fixture->scenario, &fixture->workload, &fixture->err), fixture->err);
    const struct live_options options = {&fixture->scenario, &fixture->workload, 0x5eed, NULL,
                                         timeout_ms};
    int r = live_open(&options, &fixture->live, &fixture->err);
    if (r < 0) {
        workload_done(&fixture->workload);
    }
    return r;
}

static void run(struct fixture *fixture, const char *plan_text)
{
    struct plan plan;
    test_ok(plan_parse(plan_text, fixture->scenario.points, &plan, &fixture->err), fixture->err);
    const struct live_request request = {.plan = &plan, .role = CAMPAIGN_ROLE_FAULT};
    test_ok(live_run(fixture->live, &request, &fixture->ended, &fixture->err), fixture->err);
}

static void expect_outcome(struct fixture *fixture, enum outcome outcome, const char *text)
{
    const struct ending *end = &fixture->ended.end;
    if (end->outcome != outcome || strstr(end->detail, text) == NULL) {
        fail_msg("%s: '%s', expected %s with '%s'", outcome_name(end->outcome), end->detail,
                 outcome_name(outcome), text);
    }
}

static void a_killed_program_is_judged_to_the_end(void **state)
{
    static const char *const plans[] = {"",
                                        "put/acknowledged:1=kill",
                                        "put/acknowledged:9=kill",
                                        "put/acknowledged:5=pod-kill:0",
                                        "put/acknowledged:5=pod-kill:50",
                                        "clock/ms:1=kill"};
    struct fixture *fixture = *state;
    test_ok(open_live(fixture, "example", 10000), fixture->err);
    for (size_t i = 0; i < TEST_COUNT(plans); i++) {
        test_row(plans[i]);
        run(fixture, plans[i]);
        expect_outcome(fixture, OUTCOME_INTACT, "");
        assert_true(fixture->ended.end.checked);
        assert_int_equal(fixture->ended.fired_count, i == 0 ? 0 : 1);
        /* What was acknowledged is there again; without a fault, that is all. */
        assert_true(fixture->ended.end.found_count >= fixture->ended.end.acked_count);
        assert_true(i > 0 || fixture->ended.end.acked_count == 16);
        if (i == 2) {
            assert_true(fixture->ended.end.acked_count >= 9);
            assert_true(fixture->ended.end.acked_count < 16);
            assert_true(fixture->ended.hits[0][POINTS_PUT_ACKNOWLEDGED] == 9);
        }
    }
}

static void the_planted_bug_is_found(void **state)
{
    struct fixture *fixture = *state;
    uint32_t violated = 0;
    test_ok(open_live(fixture, "example-ack-early", 10000), fixture->err);
    run(fixture, "");
    expect_outcome(fixture, OUTCOME_INTACT, "");
    for (int i = 0; i < 20 && violated == 0; i++) {
        run(fixture, "put/acknowledged:5=kill");
        violated = fixture->ended.end.violated;
    }
    assert_int_equal(violated, PROPERTY_BIT(ACKED_SURVIVES));
    expect_outcome(fixture, OUTCOME_VIOLATED, "is lost, expected it at");
}

/* The moments at which a fault strikes are no longer there. */
static void a_fault_that_is_not_reached_is_skipped(void **state)
{
    struct fixture *fixture = *state;
    test_ok(open_live(fixture, "example", 10000), fixture->err);
    run(fixture, "put/acknowledged:17=kill");
    expect_outcome(fixture, OUTCOME_SKIPPED, "not reached");
}

static void what_a_program_does_to_itself_is_its_outcome(void **state)
{
    static const struct {
        const char *name;
        const char *script;
        enum outcome outcome;
        const char *text;
    } rows[] = {
        {"hangs at once", "exec sleep 100", OUTCOME_HUNG,
         "program 'bad' hangs: no answer to 'hello'"},
        {"hangs on open", HELLO "exec sleep 100", OUTCOME_HUNG,
         "hangs: no answer to 'open' in 300"},
        {"crashes", "echo out of luck >&2; kill -SEGV $$", OUTCOME_CRASHED,
         "ended by SIGSEGV (Segmentation fault), asked for 'hello'; its last words: 'out of luck'"},
        {"crashes later", "sed -u 7q | " EXAMPLE "\nkill -BUS $$", OUTCOME_CRASHED,
         "ended by SIGBUS"},
        {"exits", "sed -u 7q | " EXAMPLE "\nexit 3", OUTCOME_CRASHED, "ended by exit 3"},
        {"prints nonsense", "echo Starting...; exec sleep 100", OUTCOME_HARNESS_BROKEN,
         "program 'bad' printed no JSON object: 'Starting...'"},
        {"closes its output", "exec >&-; exec sleep 100", OUTCOME_HARNESS_BROKEN,
         "program 'bad' closed its output and goes on"},
        {"speaks another version", "read a; echo '{\"id\":1,\"protocol\":7}'; read b",
         OUTCOME_HARNESS_BROKEN, "speaks protocol 7, expected 1"},
        {"cannot be started", "#", OUTCOME_CRASHED, "ended by exit 0, asked for 'hello'"},
        {"has not the point",
         "read a; echo '{\"id\":1,\"protocol\":1,\"points\":[\"clock/ms\"]}'\nread b",
         OUTCOME_HARNESS_BROKEN, "does not offer the point 'put/acknowledged'"},
        {"says too little",
         HELLO
         "read b; echo '{\"id\":2}'; read c; echo '{\"id\":3,\"status\":\"PUT_OK\"}'; read d; read e; "
         "exec sleep 100",
         OUTCOME_HARNESS_BROKEN, "acknowledged a put without saying where it lies"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        test_row(rows[i].name);
        write_program(fixture, rows[i].script);
        test_ok(open_live(fixture, "bad", 300), fixture->err);
        run(fixture, "put/acknowledged:9=kill");
        expect_outcome(fixture, rows[i].outcome, rows[i].text);
        assert_null(strchr(fixture->ended.end.detail, '\n'));
        assert_int_equal(fixture->ended.end.violated, 0);
        assert_false(fixture->ended.end.checked);
        close_live(fixture);
    }
    assert_int_equal(fixture->ended.end.signal, 0);
}

/* The store says no, which is a finding; the program is well. */
static void a_refused_open_is_a_finding(void **state)
{
    struct fixture *fixture = *state;
    write_program(fixture, HELLO "read b; echo '{\"id\":2,\"error\":{\"code\":\"refused\","
                                 "\"text\":\"not today\"}}'; read c");
    test_ok(open_live(fixture, "bad", 2000), fixture->err);
    run(fixture, "");
    expect_outcome(fixture, OUTCOME_REFUSED, "the store does not open: refused: not today");
    assert_int_equal(fixture->ended.end.violated, PROPERTY_BIT(STARTS));
}

/* Of a program in the middle of its restart, the crash is told and not what it left undone. */
static void a_crash_in_the_restart_is_no_finding(void **state)
{
    struct fixture *fixture = *state;
    write_program(fixture, "if mkdir \"$(dirname \"$0\")/second\" 2>/dev/null; then exec " EXAMPLE
                           "; fi\nsed -u 3q | " EXAMPLE "\nkill -ABRT $$");
    test_ok(open_live(fixture, "bad", 5000), fixture->err);
    run(fixture, "put/acknowledged:5=kill");
    expect_outcome(fixture, OUTCOME_CRASHED, "ended by SIGABRT");
    assert_int_equal(fixture->ended.end.signal, SIGABRT);
    assert_int_equal(fixture->ended.end.violated, 0);
}

static void a_missing_program_is_said_before_anything_runs(void **state)
{
    struct fixture *fixture = *state;
    test_code(open_live(fixture, "none", 1000), ERR_REFUSED);
    test_contains(fixture->err.text, "needs a program 'killpoint-none-target'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_killed_program_is_judged_to_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_planted_bug_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fault_that_is_not_reached_is_skipped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_program_does_to_itself_is_its_outcome, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_refused_open_is_a_finding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_crash_in_the_restart_is_no_finding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_program_is_said_before_anything_runs, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
