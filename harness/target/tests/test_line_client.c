/* Programs that behave, and programs that do not: each is a few lines of shell. */
#include "harness/target/base64.h"
#include "harness/target/line_client.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define HELLO \
    "read line\necho '{\"id\":1,\"protocol\":1,\"can\":[\"commit\"],\"points\":[\"clock/ms\"]}'\n"

struct fixture {
    struct tmpdir dir;
    struct line_client *client;
    struct err err;
};

/* Starts a shell that runs `script` in the fixture's directory. */
static void start(struct fixture *fixture, const char *script, uint32_t timeout_ms)
{
    char path[TMPDIR_PATH_SIZE_BYTES + 16];
    static char shell[] = "/bin/sh";
    char *argv[] = {shell, path, fixture->dir.path, NULL};
    const struct line_client_options options = {"bad", argv, timeout_ms};
    (void)snprintf(path, sizeof(path), "%s/program", fixture->dir.path);
    int fd = openat(fixture->dir.fd, "program", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0700);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, script, strlen(script)), (ssize_t)strlen(script));
    (void)close(fd);
    test_ok(line_client_start(&options, &fixture->client, &fixture->err), fixture->err);
}

static void stop(struct fixture *fixture)
{
    fixture->client = line_client_free(fixture->client);
}

/* What the program does instead of answering "wait" ends in this code and line. */
static void expect_failure(struct fixture *fixture, const char *script, int code, const char *text)
{
    json_t *answer = NULL;
    start(fixture, script, 2000);
    int r = line_client_call(fixture->client, json_pack("{s:s}", "request", "wait"), &answer,
                             &fixture->err);
    if (r != code || strstr(fixture->err.text, text) == NULL) {
        fail_msg("%d (%s), expected %d and '%s'", r, fixture->err.text, code, text);
    }
    assert_null(strchr(fixture->err.text, '\n'));
    /* From then on everything says the same. */
    test_code(line_client_pump(fixture->client, 0, NULL), code);
    test_code(line_client_call(fixture->client, json_object(), &answer, &fixture->err), code);
    test_contains(fixture->err.text, text);
    stop(fixture);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    tmpdir_make(&fixture->dir);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    stop(fixture);
    tmpdir_remove(&fixture->dir);
    free(fixture);
    return 0;
}

/* Waits for a file that the program makes when it is ready. */
static void await_file(const struct fixture *fixture, const char *name)
{
    for (int i = 0; i < 2000; i++) {
        if (faccessat(fixture->dir.fd, name, F_OK, 0) == 0) {
            return;
        }
        (void)usleep(5000);
    }
    fail_msg("the program never made '%s'", name);
}

static void count_answer(void *arg, json_t *answer)
{
    int *sum = arg;
    *sum = *sum * 10 + (int)json_integer_value(json_object_get(answer, "id"));
}

static void ask(struct fixture *fixture, const char *request, int *sum)
{
    test_ok(line_client_send(fixture->client, json_pack("{s:s}", "request", request), count_answer,
                             sum, &fixture->err),
            fixture->err);
}

static void takes_answers_in_any_order(void **state)
{
    struct fixture *fixture = *state;
    int sum = 0;
    start(fixture,
          "read a; read b; read c\nfor i in 2 3 1; do echo \"{\\\"id\\\":$i}\"; done\nread d",
          2000);
    ask(fixture, "put", &sum);
    ask(fixture, "put", &sum);
    ask(fixture, "put", &sum);
    while (sum < 100) {
        assert_true(line_client_pump(fixture->client, 1000, &fixture->err) >= 0);
    }
    assert_int_equal(sum, 231);
    assert_int_equal(line_client_pump(fixture->client, 1, &fixture->err), 0);
}

static void says_what_a_program_offers(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, HELLO "read line", 2000);
    test_ok(line_client_hello(fixture->client, &fixture->err), fixture->err);
    assert_true(line_client_offers(fixture->client, "can", "commit"));
    assert_false(line_client_offers(fixture->client, "can", "recover"));
    assert_true(line_client_offers(fixture->client, "points", "clock/ms"));
    assert_false(line_client_offers(fixture->client, "faults", "kill"));
}

static void refuses_another_version(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, "read line\necho '{\"id\":1,\"protocol\":2}'\nread line", 2000);
    test_code(line_client_hello(fixture->client, &fixture->err), -EPROTO);
    assert_string_equal(fixture->err.text, "program 'bad' speaks protocol 2, expected 1");
}

static void tells_errors_by_their_code(void **state)
{
    static const struct {
        const char *answer;
        int code;
        const char *text;
    } rows[] = {
        {"{\"code\":\"no-data\",\"text\":\"beyond max\"}", -ENODATA, "no-data: beyond max"},
        {"{\"code\":\"corrupt\",\"text\":\"bad unit\",\"more\":1}", ERR_CORRUPT, "corrupt: bad"},
        {"{\"code\":\"refused\"}", ERR_REFUSED, "refused: no text"},
        {"{\"code\":\"unknown-request\"}", -ENOSYS, "unknown-request"},
        {"{\"code\":\"bad-request\"}", -EINVAL, "bad-request"},
        {"{\"code\":\"a code of tomorrow\"}", -EIO, "a code of tomorrow"},
        {"7", -EIO, "failed"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        char line[256];
        test_row(rows[i].answer);
        (void)snprintf(line, sizeof(line), "{\"id\":1,\"error\":%s,\"new\":[]}", rows[i].answer);
        json_t *answer = json_loads(line, 0, NULL);
        test_code(line_client_error(answer, &fixture->err), rows[i].code);
        test_contains(fixture->err.text, rows[i].text);
        json_decref(answer);
    }
    json_t *good = json_pack("{s:i}", "id", 1);
    test_code(line_client_error(good, &fixture->err), 0);
    json_decref(good);
    /* An error is an answer: the program goes on. */
    json_t *answer = NULL;
    start(fixture,
          "read a; echo '{\"id\":1,\"error\":{\"code\":\"refused\"}}'; read b; "
          "echo '{\"id\":2}'; read c",
          2000);
    test_code(line_client_call(fixture->client, json_object(), &answer, NULL), ERR_REFUSED);
    test_ok(line_client_call(fixture->client, json_object(), &answer, &fixture->err), fixture->err);
    json_decref(answer);
}

static void one_line_for_a_program_that_hangs(void **state)
{
    struct fixture *fixture = *state;
    int sum = 0;
    start(fixture, "echo busy >&2; exec sleep 100", 300);
    ask(fixture, "put", &sum);
    int r = 0;
    while (r == 0) {
        r = line_client_pump(fixture->client, 50, &fixture->err);
    }
    test_code(r, -ETIMEDOUT);
    assert_string_equal(fixture->err.text, "program 'bad' hangs: no answer to 'put' in 300 ms; its "
                                           "last words: 'busy'");
}

static void one_line_for_a_program_that_dies(void **state)
{
    struct fixture *fixture = *state;
    expect_failure(fixture, "read a; echo first >&2; echo why >&2; kill -SEGV $$", ERR_STOPPED,
                   "program 'bad' ended by SIGSEGV (Segmentation fault), asked for 'wait'; its "
                   "last words: 'why'");
    expect_failure(fixture, "read a; exit 3", ERR_STOPPED,
                   "program 'bad' ended by exit 3, asked for 'wait'");
    /* Before it was asked. */
    expect_failure(fixture, "exit 0", ERR_STOPPED, "program 'bad' ended by exit 0");
    /* With its output kept open by a program that it started. */
    expect_failure(fixture, "read a; sleep 100 & kill -ABRT $$", ERR_STOPPED, "ended by SIGABRT");
}

static void keeps_the_signal_for_reports(void **state)
{
    struct fixture *fixture = *state;
    json_t *answer = NULL;
    start(fixture, "kill -BUS $$", 2000);
    assert_int_equal(line_client_signal(fixture->client), 0);
    test_code(line_client_call(fixture->client, json_object(), &answer, NULL), ERR_STOPPED);
    assert_int_equal(line_client_signal(fixture->client), SIGBUS);
}

static void one_line_for_a_program_that_breaks_the_protocol(void **state)
{
    struct fixture *fixture = *state;
    const int r = -EPROTO;
    expect_failure(fixture, "echo Starting broker...; sleep 100", r,
                   "program 'bad' printed no JSON object: 'Starting broker...'");
    expect_failure(fixture, "printf '[1]\\033[2J\\n'; sleep 100", r, "no JSON object: '[1]?[2J'");
    expect_failure(fixture, "echo; sleep 100", r, "printed no JSON object: ''");
    expect_failure(fixture, "read a; echo '{\"id\":99}'; sleep 100", r,
                   "answered what was not asked: '{\"id\":99}'");
    expect_failure(fixture, "read a; echo '{\"ok\":true}'; sleep 100", r, "what was not asked");
    expect_failure(fixture, "read a; echo '{\"id\":\"1\"}'; sleep 100", r, "what was not asked");
    expect_failure(fixture, "exec >&-; sleep 100", r,
                   "program 'bad' closed its output and goes on");
    expect_failure(fixture, "head -c 9000000 /dev/zero | tr '\\0' x; sleep 100", r,
                   "printed a line of more than 8 MiB: 'xxxxxxxxxx");
}

/* A request answered twice: the second answer was not asked for. */
static void an_answer_comes_once(void **state)
{
    struct fixture *fixture = *state;
    int sum = 0;
    start(fixture, "read a; echo '{\"id\":1}'; echo '{\"id\":1}'; sleep 100", 2000);
    ask(fixture, "put", &sum);
    int r = 0;
    for (int i = 0; i < 100 && r >= 0; i++) {
        r = line_client_pump(fixture->client, 100, &fixture->err);
    }
    test_code(r, -EPROTO);
    assert_int_equal(sum, 1);
}

static void says_why_a_program_does_not_start(void **state)
{
    struct fixture *fixture = *state;
    char missing[] = "/nonexistent/program";
    char *argv[] = {missing, NULL};
    struct line_client_options options = {"none", argv, 1000};
    test_code(line_client_start(&options, &fixture->client, &fixture->err), -ENOENT);
    assert_string_equal(fixture->err.text,
                        "program 'none' cannot be started: /nonexistent/program: "
                        "No such file or directory");
    argv[0] = fixture->dir.path;
    test_code(line_client_start(&options, &fixture->client, &fixture->err), -EACCES);
}

/* It never reads: the pipe is full, and at last closed.  Nobody dies of SIGPIPE. */
static void survives_a_program_that_does_not_read(void **state)
{
    struct fixture *fixture = *state;
    int sum = 0;
    char *big = malloc(1 << 20);
    assert_non_null(big);
    memset(big, 'x', 1 << 20);
    big[(1 << 20) - 1] = '\0';
    start(fixture, "exec <&-; echo > \"$1/closed\"; exec sleep 100", 300);
    test_ok(line_client_send(fixture->client, json_pack("{s:s}", "body", big), count_answer, &sum,
                             &fixture->err),
            fixture->err);
    await_file(fixture, "closed");
    ask(fixture, "put", &sum);
    free(big);
    int r = 0;
    while (r == 0) {
        r = line_client_pump(fixture->client, 50, &fixture->err);
    }
    test_code(r, -ETIMEDOUT);
}

/* `cat` answers each request with itself. */
static void large_lines_pass_both_ways(void **state)
{
    struct fixture *fixture = *state;
    size_t size_bytes = 4 << 20;
    uint8_t *data = malloc(size_bytes);
    uint8_t *back = malloc(size_bytes);
    char *text = malloc(base64_text_length(size_bytes) + 1);
    json_t *answer = NULL;
    assert_true(data != NULL && back != NULL && text != NULL);
    for (size_t i = 0; i < size_bytes; i++) {
        data[i] = (uint8_t)(i * 31 + (i >> 8));
    }
    base64_encode(data, size_bytes, text);
    start(fixture, "exec cat", 60000);
    test_ok(
        line_client_call(fixture->client, json_pack("{s:s}", "body", text), &answer, &fixture->err),
        fixture->err);
    const char *found = json_string_value(json_object_get(answer, "body"));
    assert_int_equal(base64_decode(found, strlen(found), back), size_bytes);
    assert_memory_equal(data, back, size_bytes);
    json_decref(answer);
    /* What is too long is not sent. */
    char *too_long = calloc(1, LINE_CLIENT_LINE_SIZE_BYTES_MAX + 1);
    assert_non_null(too_long);
    memset(too_long, 'x', LINE_CLIENT_LINE_SIZE_BYTES_MAX);
    test_code(line_client_call(fixture->client, json_pack("{s:s}", "body", too_long), &answer,
                               &fixture->err),
              -EMSGSIZE);
    free(too_long);
    free(text);
    free(back);
    free(data);
}

static void what_was_answered_before_a_kill_counts(void **state)
{
    struct fixture *fixture = *state;
    int sum = 0;
    start(fixture, "read a; echo '{\"id\":1}'; printf '{\"id\":2'; echo > \"$1/ready\"; sleep 100",
          2000);
    ask(fixture, "put", &sum);
    ask(fixture, "put", &sum);
    await_file(fixture, "ready");
    line_client_kill(fixture->client);
    assert_int_equal(sum, 1);
    assert_int_equal(line_client_signal(fixture->client), SIGKILL);
    test_code(line_client_pump(fixture->client, 0, &fixture->err), ERR_STOPPED);
}

/* A process that is gone, or that nobody has waited for yet, has no command line. */
static bool is_running(const char *pid_text)
{
    char path[64];
    char byte = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", atoi(pid_text));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_there = fd >= 0 && read(fd, &byte, 1) == 1;
    (void)close(fd);
    return is_there;
}

static void nothing_that_it_started_survives_it(void **state)
{
    struct fixture *fixture = *state;
    char pid_text[32] = "";
    start(fixture,
          "sleep 100 &\necho $! > \"$1/child.tmp\"; mv \"$1/child.tmp\" \"$1/child\"; wait", 2000);
    await_file(fixture, "child");
    int fd = openat(fixture->dir.fd, "child", O_RDONLY | O_CLOEXEC);
    assert_true(read(fd, pid_text, sizeof(pid_text) - 1) > 0);
    (void)close(fd);
    assert_true(is_running(pid_text));
    stop(fixture);
    for (int i = 0; i < 1000 && is_running(pid_text); i++) {
        (void)usleep(5000);
    }
    assert_false(is_running(pid_text));
}

static void a_grace_is_for_the_last_answers(void **state)
{
    struct fixture *fixture = *state;
    int sum = 0;
    start(fixture,
          "trap 'echo \"{\\\"id\\\":1}\"; exit 0' TERM\necho > \"$1/ready\"\n"
          "while :; do sleep 0.01; done",
          5000);
    ask(fixture, "put", &sum);
    await_file(fixture, "ready");
    line_client_terminate(fixture->client, 5000);
    assert_int_equal(sum, 1);
    assert_int_equal(line_client_signal(fixture->client), 0);
    stop(fixture);
    /* One that does not hear. */
    start(fixture, "trap '' TERM\necho > \"$1/deaf\"\nwhile :; do sleep 0.01; done", 5000);
    await_file(fixture, "deaf");
    line_client_terminate(fixture->client, 50);
    assert_int_equal(line_client_signal(fixture->client), SIGKILL);
}

static void base64_is_that_of_the_rfc(void **state)
{
    static const struct {
        const char *bytes;
        const char *text;
    } rows[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"}};
    static const char *const bad[] = {"Zg", "Zg=", "Z===", "====", "Zm9v!A==", "Zg==Zg==", "Zm 9"};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        char text[16];
        char bytes[16];
        size_t length = strlen(rows[i].bytes);
        base64_encode(rows[i].bytes, length, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(base64_text_length(length), strlen(text));
        assert_int_equal(base64_decode(text, strlen(text), bytes), length);
        assert_memory_equal(bytes, rows[i].bytes, length);
    }
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        char bytes[16];
        test_row(bad[i]);
        assert_int_equal(base64_decode(bad[i], strlen(bad[i]), bytes), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_answers_in_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_what_a_program_offers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_another_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_errors_by_their_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_line_for_a_program_that_hangs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_line_for_a_program_that_dies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_the_signal_for_reports, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_line_for_a_program_that_breaks_the_protocol, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_answer_comes_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_why_a_program_does_not_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_a_program_that_does_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_lines_pass_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_answered_before_a_kill_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_that_it_started_survives_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_grace_is_for_the_last_answers, set_up, tear_down),
        cmocka_unit_test(base64_is_that_of_the_rfc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
