/* Each mistake of a user has its exit code and one clear line; each list is there. */
#include "harness/case/campaign.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/scenario_files.h"
#include "harness/cli/words/word_table.h"
#include "harness/power/trace/trace.h"
#include "harness/power/trace/trace_file.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/stat.h>

#include <jansson.h>

#define OUTPUT_SIZE_BYTES 65536
#define WORDS_MAX         6

/* A directory with one scenario, and what the last command wrote. */
struct desk {
    struct tmpdir tmp;
    char out[OUTPUT_SIZE_BYTES];
    char err[OUTPUT_SIZE_BYTES];
};

static void write_file(int dir_fd, const char *path, const char *text)
{
    int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    assert_true(fd >= 0);
    (void)dprintf(fd, "%s", text);
    (void)close(fd);
}

static int open_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    assert_non_null(desk);
    tmpdir_make(&desk->tmp);
    assert_int_equal(mkdirat(desk->tmp.fd, "scenarios", 0777), 0);
    write_file(desk->tmp.fd, "scenarios/plain.yaml",
               "name: plain\n"
               "summary: One message.\n"
               "store: { mode: commitlog, flush: sync, services: manual }\n"
               "workload: { topics: 1, queues: 1, phases: [ { put: 2 } ] }\n"
               "faults: [ { point: commitlog/append, fault: [kill] } ]\n");
    write_file(desk->tmp.fd, "worker", "");
    assert_int_equal(setenv("KILLPOINT_WORKER", "./worker", 1), 0);
    assert_int_equal(fchdir(desk->tmp.fd), 0);
    assert_int_equal(unsetenv("KILLPOINT_SCENARIOS"), 0);
    assert_int_equal(unsetenv("KILLPOINT_RUNS"), 0);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(chdir("/"), 0);
    tmpdir_remove(&desk->tmp);
    free(desk);
    return 0;
}

static void read_back(int dir_fd, const char *path, char text[OUTPUT_SIZE_BYTES])
{
    int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, text, OUTPUT_SIZE_BYTES - 1);

    assert_true(length >= 0);
    text[length] = '\0';
    (void)close(fd);
}

/* Points `stream` at a file and returns a copy of where it pointed. */
static int redirect(FILE *stream, int dir_fd, const char *path)
{
    int kept = dup(fileno(stream));
    int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    (void)fflush(stream);
    assert_true(dup2(fd, fileno(stream)) >= 0);
    (void)close(fd);
    return kept;
}

static void restore(FILE *stream, int kept)
{
    (void)fflush(stream);
    assert_true(dup2(kept, fileno(stream)) >= 0);
    (void)close(kept);
}

/* Runs a subcommand with its output caught; returns its exit code. */
static int run(struct desk *desk, const char *const words[WORDS_MAX])
{
    char copies[WORDS_MAX][256];
    char *argv[WORDS_MAX + 1] = {NULL};
    int argc = 0;
    int kept_out;
    int kept_err;
    int code;

    for (; argc < WORDS_MAX && words[argc] != NULL; argc++) {
        (void)snprintf(copies[argc], sizeof(copies[argc]), "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    kept_out = redirect(stdout, desk->tmp.fd, "out");
    kept_err = redirect(stderr, desk->tmp.fd, "err");
    code = commands_find(words[0])->run(argc, argv);
    restore(stdout, kept_out);
    restore(stderr, kept_err);
    read_back(desk->tmp.fd, "out", desk->out);
    read_back(desk->tmp.fd, "err", desk->err);
    return code;
}

/* What runs is another case: it is said first, and nothing of it passes. */
static void a_token_of_another_version_is_tried_when_asked_for_and_never_passes(void **state)
{
    static const struct {
        const char *plan;
        int code;
        const char *totals;
    } rows[] = {
        {"commitlog/append:1=kill", EXIT_CODE_NOTHING, "cases: 0 passed, 0 failed, 1 skipped\n"},
        /* It has no place for the fault. */
        {"commitlog/append:999=kill", EXIT_CODE_NOTHING, "cases: 0 passed, 0 failed, 1 skipped\n"},
    };
    struct desk *desk = *state;

    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        char token[128];

        (void)snprintf(token, sizeof(token), "plain.000000@5eed:%s", rows[i].plan);
        const char *const words[WORDS_MAX] = {"replay", token, "--anyway"};
        const char *const json[WORDS_MAX] = {"replay", token, "--anyway", "--json"};

        assert_int_equal(run(desk, words), rows[i].code);
        assert_memory_equal(desk->out, "version    the token is of 000000, scenario 'plain' is ",
                            strlen("version    the token is of 000000, scenario 'plain' is "));
        test_contains(desk->out, rows[i].totals);
        assert_int_equal(run(desk, json), rows[i].code);
        test_contains(desk->out, "\"other_version\": true");
        test_contains(desk->out, "\"passed\": false");
    }
}

static void mistakes_exit_4_with_one_line_that_helps(void **state)
{
    static const struct {
        const char *words[WORDS_MAX];
        const char *says;
    } table[] = {
        {{"list"}, "list what?"},
        {{"list", "pionts"}, "did you mean 'points'?"},
        {{"explain", "tron"}, "did you mean 'torn'?"},
        {{"explain"}, "explain what?"},
        {{"replay"}, "replay takes one token"},
        {{"replay", "junk"}, "hex digits"},
        {{"replay", "plain.000000@5eed:commitlog/apend:1=kill"},
         "unknown point 'commitlog/apend'; did you mean 'commitlog/append'?"},
        {{"replay", "plain.000000@5eed:commitlog/append:1=kill"},
         "token was made for another version of scenario 'plain' (000000, this one is "},
        {{"replay", "plain.000000@5eed:commitlog/append:1=kill"},
         "no run in 'runs' had it, nor any commit"},
        {{"replay", "plain.000000@5eed:commitlog/append:1=kill"}, " run plain' runs this one"},
        {{"replay", "plain.000000@5eed:commitlog/apend:1=kill", "--anyway"},
         "unknown point 'commitlog/apend'"},
        {{"replay", "plane.000000@5eed:commitlog/append:1=kill"}, "did you mean 'plain'?"},
        {{"fsck", "nowhere"}, "store directory 'nowhere': No such file"},
        {{"fsck", "scenarios"}, "not a store"},
        {{"dump", "scenarios"}, "not a store"},
        {{"dump"}, "dump takes one store directory, trace or capsule"},
        {{"run", "plane"}, "no scenario 'plane' below 'scenarios'; did you mean 'plain'?"},
        {{"run", "--jobs", "0"}, "'--jobs': '0' is not a whole number from 1 to 1024"},
        {{"run", "--profile", "rocketmq-9"}, "'rocketmq-9' is no profile"},
        {{"run", "plain", "--switch", "no-such"}, "unknown switch 'no-such'"},
        {{"run", "plain", "--switch", "skip/commitlog/append"}, "only a sync can be skipped"},
        {{"run", "plain", "--switch", "skip/queue/sink"}, "did you mean 'queue/sync'?"},
        {{"run", "plain", "--dir", "nowhere"}, "option '--dir': 'nowhere'"},
        {{"run", "plain", "--dir", "scenarios/plain.yaml"}, "is not a directory"},
        {{"run", "plain", "--json", "nowhere/x.json"}, "nowhere/x.json"},
        {{"run", "plain", "--budget", "soon"},
         "option '--budget': 'soon' is not a time up to 30 days"},
        {{"run", "plain", "--budget=1s", "--seeds", "2"}, "a budget takes seeds"},
        {{"run", "plain", "--cross-check", "none"}, "'none' is not a whole number"},
        {{"run", "plain", "--break", "oracle"}, "option '--break': 'oracle' is not image or memo"},
        {{"run", "plain", "--target", "java"}, "'java' is no target: expected engine, program"},
        {{"run", "plain", "--target", "real-9.9.9"},
         "fault row 1: none of its faults can happen at 'commitlog/append' of the target"},
        {{"list", "points", "--target", "java"}, "'java' is no target"},
        {{"list", "faults", "--target", "engine"}, "option '--target' is for 'list points' alone"},
        {{"replay", "plain.000000@5eed:commitlog/append:1=kill", "--anyway", "--target",
          "real-5.2.0"},
         "'real-5.2.0' has not the points of the token's target 'engine'"},
        {{"recover"}, "recover what?"},
        {{"recover", "scenarios"}, "recover by which? (--target real-VERSION)"},
        {{"recover", "--target", "engine", "scenarios"}, "'engine' is no real RocketMQ"},
        {{"recover", "--target", "real-9.9.9", "scenarios"}, "not a store"},
        {{"replay", "plain.000000@5eed@program/x:commitlog/append:1=kill"},
         "unknown point 'commitlog/append'"},
        {{"bench", "fast"}, "bench takes no 'fast'"},
        {{"new"}, "new takes one name"},
        {{"new", "Mine"}, "'Mine' is no name of a scenario"},
        {{"new", "plain"}, "there is a scenario 'plain' already"},
        {{"new", "mine", "--mode", "dledgr"}, "did you mean 'dledger'?"},
        {{"new", "nowhere/mine.yaml"}, "write 'nowhere/mine.yaml': No such file"},
        {{"new", "mine", "--power-loss", "--target", "program:x"}, "has no power to lose"},
        {{"check", "plane"}, "did you mean 'plain'?"},
        {{"check", "nowhere.yaml"}, "scenario file 'nowhere.yaml': No such file"},
    };
    struct desk *desk = *state;

    for (size_t i = 0; i < TEST_COUNT(table); i++) {
        const char *newline;

        test_row(table[i].says);
        assert_int_equal(run(desk, table[i].words), EXIT_CODE_USAGE);
        test_contains(desk->err, table[i].says);
        assert_ptr_equal(strstr(desk->err, "killpoint: "), desk->err);
        newline = strchr(desk->err, '\n');
        assert_true(newline != NULL && newline[1] == '\0');
        assert_string_equal(desk->out, "");
    }
}

static void broken_scenario_is_shown_with_its_place(void **state)
{
    const char *const words[WORDS_MAX] = {"run", "scenarios/broken.yaml"};
    struct desk *desk = *state;

    write_file(desk->tmp.fd, "scenarios/broken.yaml", "name: broken\nsumary: x\n");
    assert_int_equal(run(desk, words), EXIT_CODE_USAGE);
    test_contains(desk->err, "scenarios/broken.yaml:2:1: error: ");
    test_contains(desk->err, "did you mean 'summary'?");
}

static void nothing_to_run_is_exit_5_with_the_promised_last_line(void **state)
{
    const char *const words[WORDS_MAX] = {"run", "--no-archive"};
    struct desk *desk = *state;

    assert_int_equal(unlinkat(desk->tmp.fd, "scenarios/plain.yaml", 0), 0);
    assert_int_equal(run(desk, words), EXIT_CODE_NOTHING);
    assert_string_equal(desk->out, "cases: 0 passed, 0 failed, 0 skipped\n");
}

static void every_list_prints_rows_and_parses_as_json(void **state)
{
    const char *lists[32] = {"scenarios"};
    size_t count = 1;
    struct desk *desk = *state;

    for (const struct word_table *table = word_table_all(); table->name != NULL; table++) {
        lists[count++] = table->name;
    }
    for (size_t i = 0; i < count; i++) {
        const char *const plain[WORDS_MAX] = {"list", lists[i]};
        const char *const json[WORDS_MAX] = {"list", lists[i], "--json"};
        const char *const help[WORDS_MAX] = {"list", "--help"};
        json_t *root;

        test_row(lists[i]);
        assert_int_equal(run(desk, help), EXIT_CODE_OK);
        test_contains(desk->out, lists[i]);
        assert_int_equal(run(desk, plain), EXIT_CODE_OK);
        assert_ptr_equal(strstr(desk->out, "name"), desk->out);
        assert_int_equal(run(desk, json), EXIT_CODE_OK);
        root = json_loads(desk->out, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(root);
        assert_true(json_array_size(json_object_get(root, lists[i])) > 0);
        json_decref(root);
    }
}

/* A trace of one round: a write that ended, one in flight, an acknowledgement. */
static void save_trace(const char *path)
{
    static const uint8_t data[20] = {0x12, 0xab};
    const int64_t acked[TRACE_VALUES_MAX] = {7, STORE_PUT_OK, 2, 4096, 20, 1234};
    struct disk_call write = {.point = POINT_COMMITLOG_APPEND,
                              .op = POINT_OP_WRITE,
                              .path = "commitlog/0",
                              .offset = 4096,
                              .size_bytes = sizeof(data),
                              .data = data};
    struct disk_call sync = {
        .point = POINT_COMMITLOG_SYNC, .op = POINT_OP_SYNC, .path = "commitlog/0"};
    struct trace *trace = trace_new(NULL);
    struct disk_observer observer;
    struct err err = ERR_INIT;

    assert_non_null(trace);
    observer = trace_observer(trace, NULL);
    trace_note(trace, TRACE_NOTE_ROUND, 0, 0);
    observer.begin(observer.arg, &write);
    observer.end(observer.arg, &write, (int64_t)sizeof(data));
    trace_note_values(trace, TRACE_NOTE_ACKED, acked, TRACE_VALUES_MAX);
    observer.begin(observer.arg, &sync);
    test_ok(trace_file_save(trace, path, &err), err);
    (void)trace_free(trace);
}

static void trace_is_dumped_a_line_per_entry(void **state)
{
    const char *const words[WORDS_MAX] = {"dump", "saved.trace"};
    const char *const filtered[WORDS_MAX] = {"dump", "saved.trace", "--topic", "t"};
    struct desk *desk = *state;

    save_trace("saved.trace");
    assert_int_equal(run(desk, words), EXIT_CODE_OK);
    test_contains(desk->out, "write    -           commitlog/0 @4096 +20 = 20  [12 ab 00 00");
    test_contains(desk->out, "00 ...]\n");
    test_contains(desk->out, "-- acked  message 7, status ");
    test_contains(desk->out, ", queue offset 2, log offset 4096, bytes 20, stored at 1234\n");
    test_contains(desk->out, "sync     -           commitlog/0 in flight\n");
    assert_int_equal(run(desk, filtered), EXIT_CODE_USAGE);
    test_contains(desk->err, "takes no option of a store directory");
}

static void damaged_trace_is_exit_4_with_its_place(void **state)
{
    const char *const words[WORDS_MAX] = {"dump", "saved.trace"};
    struct desk *desk = *state;
    uint8_t byte = 0;
    int fd;

    save_trace("saved.trace");
    fd = open("saved.trace", O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, &byte, 1, 40), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, 40), 1);
    assert_int_equal(run(desk, words), EXIT_CODE_USAGE);
    test_contains(desk->err, "dump: trace 'saved.trace': damaged: the checksum of bytes 16 to ");
    assert_string_equal(desk->out, "");
    byte = 99; /* the version of the format */
    assert_int_equal(pwrite(fd, &byte, 1, 11), 1);
    assert_int_equal(run(desk, words), EXIT_CODE_USAGE);
    test_contains(desk->err, "a trace of version 99");
    (void)close(fd);
}

static void power_loss_is_listed_and_explained_with_its_models(void **state)
{
    static const struct {
        const char *word;
        const char *said;
    } rows[] = {
        {"power-loss", "fault power-loss\n"},
        {"power-loss:ext4", "fault power-loss:ext4\n"},
        {"power-loss:ext4:k3d2", "fault power-loss:ext4\n"},
        {"ext4", "pages freely, metadata as a prefix of one sequence"},
        {"sync-eio:late", "the next sync reports it"},
        {"sync-lie", "the device says 0 and has nothing durable"},
        {"bound", "Choices of one crash position"},
        {"order-durable", "what is relied on was durable before"},
    };
    const char *const list[WORDS_MAX] = {"list", "faults", "--json"};
    struct desk *desk = *state;

    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        const char *const words[WORDS_MAX] = {"explain", rows[i].word};

        test_row(rows[i].word);
        assert_int_equal(run(desk, words), EXIT_CODE_OK);
        test_contains(desk->out, rows[i].said);
    }
    assert_int_equal(run(desk, list), EXIT_CODE_OK);
    test_contains(desk->out, "{\"name\":\"power-loss\",\"argument\":\":MODEL[:CHOICE]\",\"run\":"
                             "\"explored\"");
    test_contains(desk->out, "{\"name\":\"power-loss:posix\"");
    test_contains(desk->out, "{\"name\":\"sync-eio:revert\"");
    test_contains(desk->out, "{\"name\":\"kill\",\"argument\":\"\",\"run\":\"live\"");
}

static void word_with_two_meanings_is_explained_twice(void **state)
{
    const char *const words[WORDS_MAX] = {"explain", "fail-stop"};
    struct desk *desk = *state;

    assert_int_equal(run(desk, words), EXIT_CODE_OK);
    test_contains(desk->out, "guard fail-stop\n");
    test_contains(desk->out, "event fail-stop\n");
}

/* Whatever a report prints can be asked about: every word of every table, what explorations count,
 * and the labels of the screen as they stand there. */
static void every_word_of_the_screen_is_explained(void **state)
{
    static const char *const others[] = {
#define X(name) #name,
        CAMPAIGN_EXPLORE_MAP(X)
#undef X
            "trace",
        "fault",
        "beyond",
        "control",
        "canary",
        "CANARY",
        "LEFT OUT",
        "STORES",
        "capsule",
        "token",
        "scenarios",
        "plain",
        "complete"};
    struct desk *desk = *state;
    unsigned count = 0;

    for (const struct word_table *table = word_table_all(); table->name != NULL; table++) {
        json_t *rows = table->make();

        assert_true(json_array_size(rows) > 0);
        for (size_t i = 0; i < json_array_size(rows); i++, count++) {
            const char *name = json_string_value(json_object_get(json_array_get(rows, i), "name"));
            if (run(desk, (const char *[WORDS_MAX]){"explain", name, NULL}) != 0) {
                fail_msg("explain %s: %s", name, desk->err);
            }
            test_contains(desk->out, table->singular);
        }
        json_decref(rows);
    }
    assert_true(count > 250);
    for (size_t i = 0; i < TEST_COUNT(others); i++) {
        bool is_word = strcmp(others[i], "duration_us") != 0;
        int code = run(desk, (const char *[WORDS_MAX]){"explain", others[i], NULL});
        if (code != (is_word ? 0 : 4)) {
            fail_msg("explain %s: %s", others[i], desk->err);
        }
    }
}

static void scenario_is_explained_and_suggested(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(run(desk, (const char *[WORDS_MAX]){"explain", "plain", NULL}), 0);
    test_contains(desk->out, "scenario plain\n");
    test_contains(desk->out, "One message.");
    test_contains(desk->out, "commitlog/append:kill");
    test_contains(desk->out, " run plain\n");
    assert_int_equal(run(desk, (const char *[WORDS_MAX]){"explain", "plainn", NULL}), 4);
    test_contains(desk->err, "did you mean 'plain'?");
    /* As a shell takes it apart. */
    assert_int_equal(run(desk, (const char *[WORDS_MAX]){"explain", "left", "out", NULL}), 0);
    test_contains(desk->out, "word left out");
}

static void fault_is_explained_with_its_argument_too(void **state)
{
    const char *const words[WORDS_MAX] = {"explain", "torn:128"};
    struct desk *desk = *state;

    assert_int_equal(run(desk, words), EXIT_CODE_OK);
    test_contains(desk->out, "fault torn\n");
}

static void help_of_every_command_leads_with_examples(void **state)
{
    static const char *const names[] = {"run",  "replay", "list", "explain", "fsck",
                                        "dump", "bench",  "new",  "check"};
    struct desk *desk = *state;

    for (size_t i = 0; i < TEST_COUNT(names); i++) {
        const char *const words[WORDS_MAX] = {names[i], "--help"};
        const char *examples;

        test_row(names[i]);
        assert_int_equal(run(desk, words), EXIT_CODE_OK);
        examples = strstr(desk->out, "Examples:\n  killpoint ");
        assert_true(examples != NULL && examples < strstr(desk->out, "Usage: killpoint "));
    }
}

static void new_scenario_is_right_and_nobodys_file_is_written_over(void **state)
{
    const char *const make[WORDS_MAX] = {"new", "scenarios/mine.yaml", "--mode", "dledger"};
    const char *const check[WORDS_MAX] = {"check", "scenarios"};
    char text[OUTPUT_SIZE_BYTES];
    struct desk *desk = *state;

    assert_int_equal(run(desk, make), EXIT_CODE_OK);
    read_back(desk->tmp.fd, "scenarios/mine.yaml", text);
    test_contains(text, "mode: dledger\n");
    assert_int_equal(run(desk, check), EXIT_CODE_OK);
    assert_string_equal(desk->out, "ok  scenarios/mine.yaml\nok  scenarios/plain.yaml\n"
                                   "2 scenarios checked, 0 wrong\n");
    write_file(desk->tmp.fd, "other.yaml", "mine\n");
    assert_int_equal(run(desk, (const char *[WORDS_MAX]){"new", "other"}), EXIT_CODE_USAGE);
    test_contains(desk->err, "write 'other.yaml': it is there already");
    read_back(desk->tmp.fd, "other.yaml", text);
    assert_string_equal(text, "mine\n");
}

/* All are told, not the first alone. */
static void check_shows_each_mistake_with_its_place(void **state)
{
    const char *const check[WORDS_MAX] = {"check", "scenarios", "--quiet"};
    struct desk *desk = *state;

    write_file(desk->tmp.fd, "scenarios/named.yaml",
               "name: other\n"
               "workload: { phases: [ { put: 2 } ] }\n"
               "faults: [ { point: \"*\", fault: [kill] } ]\n");
    write_file(desk->tmp.fd, "scenarios/twice.yaml", "name: plain\n");
    write_file(desk->tmp.fd, "scenarios/idle.yaml",
               "name: idle\nworkload: { phases: [ { put: 2 } ] }\n");
    assert_int_equal(run(desk, check), EXIT_CODE_USAGE);
    test_contains(desk->out, "scenarios/idle.yaml:1:1: error: neither 'faults' nor 'plan'");
    test_contains(desk->out, "scenarios/named.yaml:1:7: error: the scenario is called 'other'");
    test_contains(desk->out, "scenarios/twice.yaml:1:1: error: ");
    test_contains(desk->out, "\n4 scenarios checked, 3 wrong\n");
    assert_null(strstr(desk->out, "ok  "));
    assert_string_equal(desk->err, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(new_scenario_is_right_and_nobodys_file_is_written_over,
                                        open_desk, close_desk),
        cmocka_unit_test_setup_teardown(check_shows_each_mistake_with_its_place, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(
            a_token_of_another_version_is_tried_when_asked_for_and_never_passes, open_desk,
            close_desk),
        cmocka_unit_test_setup_teardown(mistakes_exit_4_with_one_line_that_helps, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(broken_scenario_is_shown_with_its_place, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(nothing_to_run_is_exit_5_with_the_promised_last_line,
                                        open_desk, close_desk),
        cmocka_unit_test_setup_teardown(every_list_prints_rows_and_parses_as_json, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(trace_is_dumped_a_line_per_entry, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(damaged_trace_is_exit_4_with_its_place, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(power_loss_is_listed_and_explained_with_its_models,
                                        open_desk, close_desk),
        cmocka_unit_test_setup_teardown(word_with_two_meanings_is_explained_twice, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(every_word_of_the_screen_is_explained, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(scenario_is_explained_and_suggested, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(fault_is_explained_with_its_argument_too, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(help_of_every_command_leads_with_examples, open_desk,
                                        close_desk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
