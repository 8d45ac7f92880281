/* A budget of time makes passes over the suite, each with the next seed, and ends where it stands.
 * No test here waits for a clock: a budget is over at once, or an hour away. */
#include "harness/campaign/supervisor.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define HOUR_MS   (UINT64_C(3600) * 1000)
#define ENDED_MAX 16

/* Two scenarios in files: one that another seed makes new, and one of a kept plan. */
struct stage {
    struct tmpdir tmp;
    const char *store; /* of the scenarios that are added */
    struct scenario scenarios[4];
    struct listener_set listeners;
    struct supervisor_options options;
    struct campaign_summary summary;
    volatile sig_atomic_t interrupted;
    uint32_t interrupt_after;    /* scenarios; 0: never */
    sig_atomic_t interrupt_case; /* what the first fault case sets `interrupted` to */
    bool kills_workers;          /* then */
    uint32_t ended_count;
    struct campaign_scenario ended[ENDED_MAX];
};

static void on_scenario_ended(void *arg, const struct campaign_scenario *scenario)
{
    struct stage *stage = arg;

    assert_true(stage->ended_count < ENDED_MAX);
    stage->ended[stage->ended_count++] = *scenario;
    if (stage->ended_count == stage->interrupt_after) {
        stage->interrupted = 1;
    }
}

static void add_scenario_of(struct stage *stage, const char *name, unsigned put_count,
                            const char *rest)
{
    assert_true(stage->options.scenario_count <
                sizeof(stage->scenarios) / sizeof(stage->scenarios[0]));
    struct scenario *scenario = &stage->scenarios[stage->options.scenario_count++];
    char file[64];
    char path[TMPDIR_PATH_SIZE_BYTES + 64];
    struct err err = ERR_INIT;
    int fd;

    (void)snprintf(file, sizeof(file), "%s.yaml", name);
    (void)snprintf(path, sizeof(path), "%s/%s", stage->tmp.path, file);
    fd = openat(stage->tmp.fd, file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_true(dprintf(fd,
                        "name: %s\nsummary: Some messages.\n"
                        "store: %s\n"
                        "workload: { topics: 1, queues: 1, phases: [ { put: %u } ] }\n%s",
                        name, stage->store, put_count, rest) > 0);
    (void)close(fd);
    test_ok(scenario_load(path, scenario, &err), err);
}

static void add_scenario(struct stage *stage, const char *name, const char *rest)
{
    add_scenario_of(stage, name, 2, rest);
}

static struct stage *stage_new(void)
{
    struct stage *stage = calloc(1, sizeof(*stage));

    assert_non_null(stage);
    tmpdir_make(&stage->tmp);
    stage->store = "{ mode: commitlog, flush: sync, services: manual }";
    stage->listeners.listeners[0] =
        (struct listener){.arg = stage, .scenario_ended = on_scenario_ended};
    stage->listeners.count = 1;
    stage->options = (struct supervisor_options){.scenarios = stage->scenarios,
                                                 .seed = 0x5eed,
                                                 .jobs = 1,
                                                 .timeout_ms = 60000,
                                                 .worker_path = TEST_BINARY_DIR "/killpoint-worker",
                                                 .interrupted = &stage->interrupted,
                                                 .listeners = &stage->listeners};
    add_scenario(stage, "kept", "seed: 5eed\nplan: [ \"commitlog/append:1=kill\" ]\n");
    return stage;
}

static void stage_run(struct stage *stage)
{
    struct err err = ERR_INIT;

    test_ok(supervisor_run(&stage->options, &stage->summary, &err), err);
}

static void stage_free(struct stage *stage)
{
    tmpdir_remove(&stage->tmp);
    free(stage);
}

static void passes_take_the_next_seeds_and_leave_out_what_they_would_repeat(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_scenario(stage, "fresh", "faults: [ { point: commitlog/append, fault: [kill] } ]\n");
    stage->options.budget_ms = HOUR_MS;
    stage->interrupt_after = 4;
    stage_run(stage);
    assert_int_equal(stage->ended_count, 4);
    assert_string_equal(stage->ended[0].name, "kept");
    for (uint32_t i = 1; i < 4; i++) {
        assert_string_equal(stage->ended[i].name, "fresh");
        assert_int_equal(stage->ended[i].pass, i - 1);
        assert_int_equal(stage->ended[i].seed, 0x5eed + i - 1);
        assert_true(stage->ended[i].run > 1);
    }
    assert_int_equal(stage->summary.passes, 3);
    assert_int_equal(stage->summary.scenario_count, 4);
    assert_false(stage->summary.is_cut);
    assert_int_equal(stage->summary.exit_code, 2);
    stage_free(stage);
}

static void budget_ends_when_another_seed_makes_nothing_new(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    stage->options.budget_ms = HOUR_MS;
    stage_run(stage);
    assert_int_equal(stage->ended_count, 1);
    assert_int_equal(stage->summary.passes, 1);
    assert_false(stage->summary.is_cut);
    assert_int_equal(stage->summary.failed, 0);
    assert_int_equal(stage->summary.exit_code, 0);
    stage_free(stage);
}

/* The canary alone takes longer than this one. */
static void spent_budget_is_a_cut_and_no_interruption(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    stage->options.budget_ms = 1;
    stage->options.whole_suite = true;
    stage_run(stage);
    assert_int_equal(stage->ended_count, 0);
    assert_true(stage->summary.is_cut);
    assert_false(stage->summary.interrupted);
    assert_true(stage->summary.canary_caught);
    assert_int_equal(stage->summary.exit_code, 5); /* nothing ran */
    stage_free(stage);
}

static void without_a_budget_there_is_one_pass(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_scenario(stage, "fresh", "faults: [ { point: commitlog/append, fault: [kill] } ]\n");
    stage_run(stage);
    assert_int_equal(stage->ended_count, 2);
    assert_int_equal(stage->summary.passes, 1);
    assert_int_equal(stage->summary.budget_us, 0);
    assert_int_equal(stage->summary.exit_code, 0);
    stage_free(stage);
}

/* Nothing here is explored, so the harness cannot find itself out. */
static void break_that_nobody_notices_is_exit_1(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    stage->options.break_memo = true;
    stage_run(stage);
    assert_true(stage->summary.is_self_test);
    assert_int_equal(stage->summary.failed, 0);
    assert_int_equal(stage->summary.exit_code, 1);
    stage_free(stage);
}

static const char explored_text[] = "faults: [ { point: \"*\", fault: [power-loss] } ]\n"
                                    "explore: { nested: 0, kills: 0 }\n";

static void add_explored(struct stage *stage)
{
    add_scenario(stage, "explored", explored_text);
}

static void kills_of_explored_scenarios_are_compared(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_explored(stage);
    stage_run(stage);
    assert_int_equal(stage->summary.explore.cross, 8);
    stage->ended_count = 0;
    stage->options.cross_check = 25;
    stage_run(stage);
    assert_int_equal(stage->summary.explore.cross, 25);
    assert_int_equal(stage->summary.failed, 0);
    assert_int_equal(stage->summary.exit_code, 0);
    stage_free(stage);
}

static bool has_detail(const struct campaign_summary *summary, const char *text)
{
    for (uint32_t i = 0; i < summary->cause_count; i++) {
        if (summary->causes[i].outcome == OUTCOME_HARNESS_BROKEN &&
            strstr(summary->causes[i].simplest.detail, text) != NULL) {
            return true;
        }
    }
    return false;
}

static void a_harness_that_breaks_itself_is_found_out(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_explored(stage);
    stage->options.break_image = true;
    stage_run(stage);
    assert_true(has_detail(&stage->summary, "illegal image"));
    assert_true(has_detail(&stage->summary, "are not the image that was rehearsed"));
    /* A kill before anything is written leaves nothing to break. */
    assert_true(stage->summary.explore.cross < 8);
    assert_int_equal(stage->summary.exit_code, 3);
    stage->ended_count = 0;
    stage->options.break_image = false;
    stage->options.break_memo = true;
    add_scenario_of(stage, "long", 48, explored_text); /* the seeded 1 % needs many images */
    stage_run(stage);
    assert_true(has_detail(&stage->summary, "unsound reuse"));
    assert_int_equal(stage->summary.exit_code, 3);
    stage_free(stage);
}

/* On real files: what decayed is refused, and nothing else is asked for. */
static void a_live_store_that_decayed_owes_nothing(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_scenario(stage, "rotten", "plan: [ \"\", \"rot:commitlog/00000000000000000000@20.3\" ]\n");
    stage_run(stage);
    assert_string_equal(stage->ended[1].name, "rotten");
    assert_int_equal(stage->ended[1].failed, 0);
    assert_int_equal(stage->ended[1].outcomes[OUTCOME_INTACT], stage->ended[1].run);
    assert_int_equal(stage->ended[1].run, 2);
    assert_int_equal(stage->summary.exit_code, 0);
    stage_free(stage);
}

static void a_scenario_without_faults_tests_nothing(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_scenario(stage, "faultless", "");
    stage_run(stage);
    assert_false(stage->ended[1].passed_all);
    test_contains(stage->ended[1].verdict, "vacuous: neither 'faults' nor 'plan'");
    assert_int_equal(stage->summary.exit_code, 1);
    stage_free(stage);
}

/* An engine that no longer comes to a point fails the scenario, and the campaign goes on. */
static void a_row_that_plans_nothing_fails_its_scenario_alone(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_scenario(stage, "idle",
                 "faults: [ { point: commitlog/append, fault: [kill] },\n"
                 "          { point: commitlog/expire, fault: [kill] } ]\n");
    add_scenario(stage, "fresh", "faults: [ { point: commitlog/append, fault: [kill] } ]\n");
    stage_run(stage);
    assert_int_equal(stage->ended_count, 3);
    assert_false(stage->ended[1].passed_all);
    test_contains(stage->ended[1].verdict, "vacuous: fault row 2 plans nothing");
    test_contains(stage->ended[1].verdict, "'commitlog/expire'");
    assert_true(stage->ended[1].run > 1);
    assert_true(stage->ended[2].passed_all);
    assert_int_equal(stage->summary.exit_code, 1);
    stage_free(stage);
}

/* Kills every child of this process: the workers. */
static void kill_workers(void)
{
    char path[64];
    int pid = 0;

    (void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *children = fopen(path, "re");
    assert_non_null(children);
    while (fscanf(children, "%d", &pid) == 1) {
        (void)kill(pid, SIGTERM);
        (void)kill(pid, SIGKILL);
    }
    (void)fclose(children);
}

static void on_case_ended(void *arg, const struct campaign_scenario *scenario,
                          const struct campaign_case *ended, const char *token)
{
    struct stage *stage = arg;

    (void)scenario;
    (void)token;
    if (ended->role != CAMPAIGN_ROLE_FAULT || stage->interrupted != 0) {
        return;
    }
    stage->interrupted = stage->interrupt_case;
    if (stage->kills_workers) {
        stage->kills_workers = false;
        kill_workers();
    }
}

/* One scenario with more cases than are in flight; something happens in its midst. */
static struct stage *struck_stage_run(sig_atomic_t interrupt, bool kills_workers)
{
    struct stage *stage = stage_new();

    stage->options.scenario_count = 0;
    add_scenario_of(stage, "fresh", 8, "faults: [ { point: commitlog/append, fault: [kill] } ]\n");
    stage->listeners.listeners[0].case_ended = on_case_ended;
    stage->interrupt_case = interrupt;
    stage->kills_workers = kills_workers;
    stage_run(stage);
    assert_int_equal(stage->ended_count, 1);
    return stage;
}

static void interrupted_scenario_is_neither_as_expected_nor_failed(void **state)
{
    (void)state;
    for (int i = 1; i <= 2; i++) {
        for (int k = 0; k < 2; k++) {
            struct stage *stage = struck_stage_run(i, k == 1);
            const struct campaign_scenario *ended = &stage->ended[0];
            assert_true(ended->is_cut_short);
            assert_false(ended->passed_all);
            assert_int_equal(ended->failed, 0);
            assert_true(ended->run > 1 && ended->run < ended->planned);
            assert_int_equal(stage->summary.passed, ended->run);
            assert_int_equal(stage->summary.unexpected, 0);
            assert_false(stage->summary.harness_broken);
            assert_int_equal(stage->summary.exit_code, 2);
            stage_free(stage);
        }
    }
}

/* Nobody asked for a stop: then a worker that dies is told. */
static void worker_that_dies_by_itself_is_told(void **state)
{
    struct stage *stage = struck_stage_run(0, true);

    (void)state;
    assert_false(stage->ended[0].is_cut_short);
    assert_true(stage->ended[0].outcomes[OUTCOME_HARNESS_BROKEN] > 0);
    assert_int_equal(stage->ended[0].run, stage->ended[0].planned + 1);
    test_contains(stage->summary.causes[0].simplest.detail, "the worker was killed by SIGKILL");
    assert_int_equal(stage->summary.exit_code, 3);
    stage_free(stage);
}

/* RocketMQ makes no name durable, so even its run without a fault breaks order-durable. */
static void set_broken(struct stage *stage)
{
    stage->options.switches[0] = "rocketmq-5.3.3";
    stage->options.switch_count = 1;
}

static const struct left_out_entry *left_out_of(const struct stage *stage, uint32_t index,
                                                enum left_out_reason reason,
                                                enum left_out_unit unit)
{
    return left_out_find(&stage->ended[index].left_out, reason, unit);
}

static void a_failing_trace_ends_nothing(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    set_broken(stage);
    add_scenario(stage, "fresh", "faults: [ { point: commitlog/append, fault: [kill] } ]\n");
    add_explored(stage);
    stage_run(stage);
    assert_int_equal(stage->ended_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(stage->ended[i].run > 1);
        assert_true(stage->ended[i].run == stage->ended[i].planned + 1); /* and the trace */
        assert_true(stage->ended[i].failed > 1);
        assert_null(left_out_of(stage, i, LEFT_OUT_STOP_ON_TRACE, LEFT_OUT_UNIT_CASE));
        assert_null(left_out_of(stage, i, LEFT_OUT_HITS, LEFT_OUT_UNIT_CASE));
    }
    assert_true(stage->summary.explore.judged > 1);
    assert_int_equal(stage->summary.exit_code, 1);
    stage_free(stage);
}

static void stop_on_trace_leaves_out_what_it_does_not_run(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    set_broken(stage);
    add_scenario(stage, "fresh", "faults: [ { point: commitlog/append, fault: [kill] } ]\n");
    add_explored(stage);
    stage_run(stage);
    uint64_t planned = stage->ended[1].planned;
    stage->ended_count = 0;
    stage->options.stop_on_trace = true;
    stage_run(stage);
    assert_int_equal(stage->ended_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(stage->ended[i].run, 1);
        assert_string_equal(stage->ended[i].verdict, "1 case failed");
    }
    const struct left_out_entry *entry =
        left_out_of(stage, 1, LEFT_OUT_STOP_ON_TRACE, LEFT_OUT_UNIT_CASE);
    assert_int_equal(entry->count, planned);
    assert_false(entry->is_uncounted);
    assert_string_equal(entry->text, "the run without a fault already violates order-durable");
    assert_true(left_out_of(stage, 2, LEFT_OUT_STOP_ON_TRACE, LEFT_OUT_UNIT_IMAGE)->is_uncounted);
    assert_false(stage->summary.is_complete);
    assert_int_equal(stage->summary.explore.judged, 0);
    stage_free(stage);
}

/* A program in $PATH: it greets, and then does as `script` says. */
static void add_program(struct stage *stage, const char *script)
{
    char path[TMPDIR_PATH_SIZE_BYTES + 32];
    int fd = openat(stage->tmp.fd, "killpoint-bad-target", O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

    assert_true(fd >= 0);
    assert_true(dprintf(fd,
                        "#!/bin/sh\nexample='" TEST_BINARY_DIR "/killpoint-example-target'\n"
                        "hello() { read a; echo '{\"id\":1,\"protocol\":1,"
                        "\"can\":[\"commit\",\"recover\"],"
                        "\"points\":[\"put/acknowledged\",\"clock/ms\"]}'; read b; }\n"
                        "refuse() { echo '{\"id\":2,\"error\":\"no\"}'; read c; exit 0; }\n%s\n",
                        script) > 0);
    (void)close(fd);
    (void)snprintf(path, sizeof(path), "/bin:/usr/bin:%s", stage->tmp.path);
    assert_int_equal(setenv("PATH", path, 1), 0);
    stage->store = "{ mode: commitlog, flush: sync }\ntarget: program:bad";
    add_scenario(stage, "bad", "faults: [ { point: put/acknowledged, fault: [kill] } ]\n");
}

/* A round that was not run has hits that nobody knows. */
static void a_trace_that_does_not_start_says_that_more_is_left_out(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_program(stage, "[ -e \"$0.ran\" ] && exec \"$example\"\n"
                       "hello\ntouch \"$0.ran\"\nrefuse");
    stage_run(stage);
    assert_int_equal(stage->ended_count, 2);
    assert_true(stage->ended[1].run >= 3); /* it is traced three times */
    assert_int_equal(stage->ended[1].outcomes[OUTCOME_VIOLATED], 1);
    const struct left_out_entry *entry = left_out_of(stage, 1, LEFT_OUT_HITS, LEFT_OUT_UNIT_CASE);
    assert_true(entry->is_uncounted);
    assert_string_equal(entry->text, "the run without a fault already violates starts");
    /* Seen from outside, it has no order, no window and no lock. */
    assert_int_equal(left_out_of(stage, 1, LEFT_OUT_NOT_JUDGED, LEFT_OUT_UNIT_PROPERTY)->count, 7);
    assert_false(stage->summary.harness_broken);
    stage_free(stage);
}

/* Nothing can be planned by a run that died, and nobody may read that as all there was. */
static void a_trace_without_hits_ends_its_scenario_with_the_reason(void **state)
{
    static const struct {
        const char *script;
        const char *reason;
    } rows[] = {
        {"hello; kill -ABRT $$", "the run without a fault ended as crashed: no hits are known"},
        {"hello; refuse", "the run without a fault ended as refused: no hits are known"},
    };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct stage *stage = stage_new();

        add_program(stage, rows[i].script);
        stage_run(stage);
        assert_int_equal(stage->ended_count, 2);
        assert_int_equal(stage->ended[1].run, 3);
        const struct left_out_entry *entry =
            left_out_of(stage, 1, LEFT_OUT_HITS, LEFT_OUT_UNIT_CASE);
        assert_int_equal(entry->count, 0);
        assert_true(entry->is_uncounted);
        assert_string_equal(entry->text, rows[i].reason);
        stage_free(stage);
    }
}

static void what_max_failures_leaves_out_is_counted(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    set_broken(stage);
    add_explored(stage);
    add_scenario(stage, "fresh", "faults: [ { point: commitlog/append, fault: [kill] } ]\n");
    stage->options.failures_max = 1;
    stage_run(stage);
    assert_int_equal(stage->ended_count, 1);
    assert_non_null(left_out_of(stage, 0, LEFT_OUT_MAX_FAILURES, LEFT_OUT_UNIT_CASE));
    assert_int_equal(
        left_out_find(&stage->summary.left_out, LEFT_OUT_MAX_FAILURES, LEFT_OUT_UNIT_SCENARIO)
            ->count,
        2);
    assert_false(stage->summary.is_complete);
    stage_free(stage);
}

/* Each of many files fails for itself, and the others run. */
static void a_scenario_that_cannot_be_loaded_fails_itself(void **state)
{
    struct stage *stage = stage_new();
    struct campaign_unloaded unloaded = {false, "typo", "dir/typo.yaml",
                                         "dir/typo.yaml:3:1: error: no"};

    (void)state;
    stage->options.unloaded = &unloaded;
    stage->options.unloaded_count = 1;
    stage_run(stage);
    assert_int_equal(stage->ended_count, 2);
    assert_string_equal(stage->ended[0].name, "typo");
    assert_false(stage->ended[0].passed_all);
    assert_string_equal(stage->ended[0].verdict, "cannot be run: dir/typo.yaml:3:1: error: no");
    assert_true(left_out_of(stage, 0, LEFT_OUT_NOT_LOADED, LEFT_OUT_UNIT_CASE)->is_uncounted);
    assert_true(stage->ended[1].passed_all);
    assert_int_equal(stage->summary.scenario_count, 2);
    assert_int_equal(stage->summary.unexpected, 1);
    assert_int_equal(stage->summary.exit_code, 1);
    assert_null(
        left_out_find(&stage->summary.left_out, LEFT_OUT_MAX_FAILURES, LEFT_OUT_UNIT_SCENARIO));
    stage_free(stage);
}

/* Nothing else ran: that is no reason to say that nothing was there. */
static void a_campaign_of_nothing_but_a_broken_file_fails(void **state)
{
    struct stage *stage = stage_new();
    struct campaign_unloaded unloaded = {false, "typo", "dir/typo.yaml", "no"};

    (void)state;
    stage->options.scenario_count = 0;
    stage->options.unloaded = &unloaded;
    stage->options.unloaded_count = 1;
    stage_run(stage);
    assert_int_equal(stage->ended_count, 1);
    assert_int_equal(stage->summary.exit_code, 1);
    stage_free(stage);
}

static void rewrite(const struct stage *stage, const char *name, const char *text)
{
    int fd = openat(stage->tmp.fd, name, O_WRONLY | O_TRUNC | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

/* The workers read what is there now, and tokens would name what was there then. */
static void a_scenario_that_changes_meanwhile_fails_itself(void **state)
{
    static const struct {
        const char *text;
        const char *verdict;
    } rows[] = {
        {"name: kept\nstore: { mode: nothing }\n", "unknown word 'nothing'"},
        {"name: kept\nstore: { mode: commitlog, flush: sync, services: manual }\n"
         "workload: { phases: [ { put: 1 } ] }\nplan: [ \"commitlog/append:1=kill\" ]\n",
         "was changed while the campaign ran"},
    };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct stage *stage = stage_new();

        add_scenario(stage, "fresh", "faults: [ { point: commitlog/append, fault: [kill] } ]\n");
        rewrite(stage, "kept.yaml", rows[i].text);
        stage_run(stage);
        test_contains(stage->ended[0].verdict, rows[i].verdict);
        assert_int_equal(stage->ended[0].run, 0);
        assert_true(stage->ended[1].passed_all);
        assert_int_equal(stage->summary.exit_code, 1);
        stage_free(stage);
    }
}

/* Nothing is said of a store that is not there: exit 3, with the remedy, and the others run. */
static void a_missing_program_is_no_failure_of_a_store(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    stage->options.jobs = 2;
    stage->store = "{ mode: commitlog, flush: sync }\ntarget: program:nowhere";
    add_scenario(stage, "bad", "faults: [ { point: put/acknowledged, fault: [kill] } ]\n");
    stage->store = "{ mode: commitlog, flush: sync, services: manual }";
    add_scenario(stage, "fresh", "faults: [ { point: commitlog/append, fault: [kill] } ]\n");
    stage_run(stage);
    assert_int_equal(stage->ended_count, 3);
    test_contains(stage->ended[1].verdict, "needs a program 'killpoint-nowhere-target'");
    assert_int_equal(stage->ended[1].failed, 0);
    assert_true(stage->ended[2].passed_all);
    assert_true(stage->summary.is_program_missing);
    assert_false(stage->summary.harness_broken);
    assert_int_equal(stage->summary.exit_code, 3);
    stage_free(stage);
}

/* "--cases 5" is five, the run without a fault among them, and says what it does not ask. */
static void sample_is_no_larger_than_asked_and_waives_what_is_to_be_reached(void **state)
{
    static const uint64_t counts[] = {5, 1};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct stage *stage = stage_new();

        add_scenario(stage, "fresh",
                     "faults: [ { point: commitlog/append, fault: [kill] } ]\n"
                     "reached: [ offsets-clipped ]\n");
        stage->options.cases_max = counts[i];
        stage_run(stage);
        const struct campaign_scenario *fresh = &stage->ended[1];
        assert_int_equal(fresh->run, counts[i]);
        assert_true(fresh->passed_all);
        assert_int_equal(left_out_of(stage, 1, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE)->count,
                         fresh->enumerated - (counts[i] - 1));
        assert_false(stage->summary.is_complete);
        stage->ended_count = 0;
        stage->options.cases_max = 0;
        stage_run(stage);
        assert_false(stage->ended[1].passed_all); /* vacuous: nothing was clipped */
        assert_int_equal(stage->ended[1].left_out.entry_count, 0);
        stage_free(stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_take_the_next_seeds_and_leave_out_what_they_would_repeat),
        cmocka_unit_test(budget_ends_when_another_seed_makes_nothing_new),
        cmocka_unit_test(spent_budget_is_a_cut_and_no_interruption),
        cmocka_unit_test(without_a_budget_there_is_one_pass),
        cmocka_unit_test(break_that_nobody_notices_is_exit_1),
        cmocka_unit_test(kills_of_explored_scenarios_are_compared),
        cmocka_unit_test(a_harness_that_breaks_itself_is_found_out),
        cmocka_unit_test(a_live_store_that_decayed_owes_nothing),
        cmocka_unit_test(a_row_that_plans_nothing_fails_its_scenario_alone),
        cmocka_unit_test(a_scenario_without_faults_tests_nothing),
        cmocka_unit_test(interrupted_scenario_is_neither_as_expected_nor_failed),
        cmocka_unit_test(worker_that_dies_by_itself_is_told),
        cmocka_unit_test(a_failing_trace_ends_nothing),
        cmocka_unit_test(stop_on_trace_leaves_out_what_it_does_not_run),
        cmocka_unit_test(a_trace_that_does_not_start_says_that_more_is_left_out),
        cmocka_unit_test(a_trace_without_hits_ends_its_scenario_with_the_reason),
        cmocka_unit_test(what_max_failures_leaves_out_is_counted),
        cmocka_unit_test(a_scenario_that_cannot_be_loaded_fails_itself),
        cmocka_unit_test(a_campaign_of_nothing_but_a_broken_file_fails),
        cmocka_unit_test(a_scenario_that_changes_meanwhile_fails_itself),
        cmocka_unit_test(a_missing_program_is_no_failure_of_a_store),
        cmocka_unit_test(sample_is_no_larger_than_asked_and_waives_what_is_to_be_reached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
