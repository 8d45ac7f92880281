/* The session of docs/TARGETS.md, held with the example: what the document says is what it does. */
#include "harness/target/base64.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/wait.h>

#include <jansson.h>

#define DOCUMENT  TEST_SOURCE_DIR "/docs/TARGETS.md"
#define EXAMPLE   TEST_BINARY_DIR "/killpoint-example-target"
#define STORE_DIR "/dev/shm/store"

struct session {
    struct tmpdir dir;
    FILE *in; /* what the program reads */
    FILE *out;
    pid_t pid;
};

static void start(struct session *session)
{
    int in[2];
    int out[2];
    tmpdir_make(&session->dir);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    session->pid = fork();
    if (session->pid == 0) {
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        execl(EXAMPLE, EXAMPLE, (char *)NULL);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    session->in = fdopen(in[1], "w");
    session->out = fdopen(out[0], "r");
    assert_true(session->in != NULL && session->out != NULL);
}

/* The end of its input ends the program. */
static void finish(struct session *session)
{
    int status = 0;
    (void)fclose(session->in);
    assert_int_equal(fgetc(session->out), EOF);
    (void)fclose(session->out);
    assert_int_equal(waitpid(session->pid, &status, 0), session->pid);
    assert_int_equal(status, 0);
    tmpdir_remove(&session->dir);
}

/* Whether the record is base64, and begins as the document shows it; but for its size, which is
 * that of its CRC in decimal. */
static bool is_record(json_t *expected, json_t *found)
{
    uint8_t bytes[1024];
    const char *text = json_string_value(found);
    const char *shown = json_string_value(expected);
    size_t length = text == NULL ? 0 : strlen(text);
    return length > 0 && length < sizeof(bytes) && base64_decode(text, length, bytes) > 0 &&
           strncmp(shown + 8, text + 8, strcspn(shown, ".") - 8) == 0;
}

/* A record holds its time, and so does its CRC: where there is one, the next one lies elsewhere. */
static bool is_alike(const char *key, json_t *expected, json_t *found)
{
    if (strcmp(key, "store_timestamp_ms") == 0) {
        return json_integer_value(found) > 1700000000000;
    }
    if (strcmp(key, "size") == 0 ||
        (strcmp(key, "physical_offset") == 0 && json_integer_value(expected) > 0)) {
        json_int_t difference = json_integer_value(found) - json_integer_value(expected);
        return difference >= -9 && difference <= 9;
    }
    if (strcmp(key, "record") == 0) {
        return is_record(expected, found);
    }
    return json_equal(expected, found) == 1;
}

static void expect_answer(json_t *expected, const char *line)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_t *found = json_loads(line, 0, NULL);
    bool is_same = json_object_size(expected) == json_object_size(found);
    json_object_foreach(expected, key, value)
    {
        is_same = is_same && is_alike(key, value, json_object_get(found, key));
    }
    if (!is_same) {
        char *text = json_dumps(expected, JSON_COMPACT);
        fail_msg("answered %s, docs/TARGETS.md says %s", line, text);
    }
    json_decref(found);
}

/* Sends a request, with the directory of the test in place of the document's. */
static void ask(struct session *session, const char *request)
{
    const char *place = strstr(request, STORE_DIR);
    if (place == NULL) {
        (void)fputs(request, session->in);
    } else {
        (void)fprintf(session->in, "%.*s%s%s", (int)(place - request), request, session->dir.path,
                      place + strlen(STORE_DIR));
    }
    (void)fflush(session->in);
}

static void the_example_answers_as_the_document_says(void **state)
{
    (void)state;
    struct session session;
    char *line = NULL;
    char *answer = NULL;
    size_t size_bytes = 0;
    size_t answer_size_bytes = 0;
    int count = 0;
    bool is_inside = false;
    FILE *document = fopen(DOCUMENT, "r");
    assert_non_null(document);
    start(&session);
    while (getline(&line, &size_bytes, document) > 0) {
        if (strncmp(line, "```", 3) == 0) {
            is_inside = strcmp(line, "```session\n") == 0;
        } else if (is_inside && line[0] == '>') {
            ask(&session, line + 2);
        } else if (is_inside) {
            json_t *expected = json_loads(line + 2, 0, NULL);
            assert_non_null(expected);
            assert_true(getline(&answer, &answer_size_bytes, session.out) > 0);
            expect_answer(expected, answer);
            json_decref(expected);
            count++;
        }
    }
    assert_int_equal(count, 12);
    (void)fclose(document);
    free(line);
    free(answer);
    finish(&session);
}

static void the_example_survives_any_line(void **state)
{
    static const struct {
        const char *line;
        const char *answer;
    } rows[] = {
        {"nonsense\n", "bad-request"},
        {"[]\n", "unknown-request"},
        {"{\"id\":1}\n", "unknown-request"},
        {"{\"id\":1,\"request\":7}\n", "unknown-request"},
        {"{\"id\":1,\"request\":\"put\"}\n", "\"the store is not open\""},
        {"{\"id\":1,\"request\":\"stop\"}\n", "bad-request"},
        {"{\"id\":1,\"request\":\"open\"}\n", "open directory ''"},
        {"{\"id\":1,\"request\":\"open\",\"dir\":\"/dev/shm/store\"}\n", "log_file_size"},
        {"{\"id\":1,\"request\":\"recover\",\"dirs\":[7]}\n", "\"stores\":[{\"error\""},
        {"{\"id\":1,\"request\":\"open\",\"dir\":\"/dev/shm/store\",\"log_file_size\":4096,"
         "\"queue_file_units\":20,\"index_file_units\":20}\n",
         "{\"id\":1}"},
        {"{\"id\":1,\"request\":\"open\"}\n", "the store is open"},
        {"{\"id\":1,\"request\":\"put\",\"topic\":\"a\"}\n", "no good value"},
        {"{\"id\":1,\"request\":\"put\",\"body\":\"?\"}\n", "no good value"},
        {"{\"id\":1,\"request\":\"put\",\"born_address\":\"fwAAAQ==\"}\n", "MESSAGE_ILLEGAL"},
        {"{\"id\":1,\"request\":\"get\",\"topic\":\"a\",\"queue_offset\":-1}\n", "no-data"},
        {"{\"id\":1,\"request\":\"offsets\"}\n", "\"min\":0,\"max\":0"},
    };
    (void)state;
    struct session session;
    char *answer = NULL;
    size_t size_bytes = 0;
    start(&session);
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        test_row(rows[i].line);
        ask(&session, rows[i].line);
        assert_true(getline(&answer, &size_bytes, session.out) > 0);
        test_contains(answer, rows[i].answer);
    }
    free(answer);
    finish(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_answers_as_the_document_says),
        cmocka_unit_test(the_example_survives_any_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
