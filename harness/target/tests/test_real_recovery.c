/* Recoveries asked of a program, which here is a script: what its stores "recover" to lies in them.
 */
#include "harness/target/real_recovery.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/stat.h>

#define STORES 3

/* `state` of a directory is what a recovery says, `whole` what a whole start says, if that is
 * there; with `exit` the process ends with its answer. */
#define PROGRAM                                                                                   \
    "#!/bin/sh\n"                                                                                 \
    "while read -r line; do\n"                                                                    \
    "  id=${line##*\\\"id\\\":}; id=${id%%[,\\}]*}\n"                                             \
    "  case $line in\n"                                                                           \
    "  *'\"hello\"'*) echo \"{\\\"id\\\":$id,\\\"protocol\\\":1,\\\"can\\\":[\\\"recover\\\"],"   \
    "\\\"points\\\":[]}\" ;;\n"                                                                   \
    "  *'\"recover\"'*)\n"                                                                        \
    "    said=\n"                                                                                 \
    "    for dir in $(echo \"$line\" | grep -o '\"/[^\"]*\"' | tr -d '\"'); do\n"                 \
    "      said=$said${said:+,}$(cat $dir/state)\n"                                               \
    "      [ ! -e $dir/exit ] || { echo \"{\\\"id\\\":$id,\\\"stores\\\":[$said]}\"; exit 1; }\n" \
    "    done\n"                                                                                  \
    "    echo \"{\\\"id\\\":$id,\\\"stores\\\":[$said]}\" ;;\n"                                   \
    "  *'\"open\"'*) dir=$(echo \"$line\" | grep -o '\"/[^\"]*\"' | tr -d '\"')\n"                \
    "    echo \"{\\\"id\\\":$id}\" ;;\n"                                                          \
    "  *'\"state\"'*) file=$dir/whole; [ -e $file ] || file=$dir/state\n"                         \
    "    text=$(cat $file); echo \"{\\\"id\\\":$id,${text#\\{}\" ;;\n"                            \
    "  *) echo \"{\\\"id\\\":$id}\" ;;\n"                                                         \
    "  esac\n"                                                                                    \
    "done\n"

#define READ    "{\"log_min\":0,\"log_max\":9,\"records\":1,\"queues\":[]}"
#define UNREAD  "{\"log_min\":0,\"log_max\":9,\"records\":0,\"queues\":[{\"unread\":[[0,\"why\"]]}]}"
#define REFUSED "{\"error\":{\"code\":\"refused\",\"text\":\"no\"}}"

struct fixture {
    struct tmpdir dir;
    char paths[STORES][TMPDIR_PATH_SIZE_BYTES + 32];
    struct real_recovery_store stores[STORES];
    struct real_recovery_options options;
    uint32_t done;
    uint32_t refused;
    uint32_t unread;
    uint32_t whole;
    struct err err;
};

static void make_file(const struct fixture *fixture, const char *path, const char *text)
{
    int fd = openat(fixture->dir.fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char name[64];
    assert_non_null(fixture);
    tmpdir_make(&fixture->dir);
    assert_int_equal(setenv("KILLPOINT_ROCKETMQ", fixture->dir.path, 1), 0);
    assert_int_equal(mkdirat(fixture->dir.fd, "1.0", 0755), 0);
    make_file(fixture, "1.0/killpoint-real-1.0-target", PROGRAM);
    make_file(fixture, "1.0/identity.json", "{}");
    for (uint32_t i = 0; i < STORES; i++) {
        (void)snprintf(name, sizeof(name), "store-%u", i);
        assert_int_equal(mkdirat(fixture->dir.fd, name, 0755), 0);
        (void)snprintf(name, sizeof(name), "store-%u/state", i);
        make_file(fixture, name, READ);
        (void)snprintf(fixture->paths[i], sizeof(fixture->paths[i]), "%s/store-%u",
                       fixture->dir.path, i);
        fixture->stores[i] = (struct real_recovery_store){fixture->paths[i], false, 65536, 20, 20};
    }
    fixture->options = (struct real_recovery_options){
        .target = "real-1.0", .dir = fixture->dir.path, .timeout_ms = 10000, .seed = 1};
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    tmpdir_remove(&fixture->dir);
    free(fixture);
    return 0;
}

static void on_done(void *arg, const struct real_recovery_result *result)
{
    struct fixture *fixture = arg;
    assert_int_equal(result->index, fixture->done);
    fixture->done++;
    fixture->refused += result->is_refused ? 1 : 0;
    fixture->unread += result->is_unread ? 1 : 0;
    fixture->whole += result->has_whole ? 1 : 0;
}

static int run(struct fixture *fixture)
{
    return real_recovery_run(&fixture->options, fixture->stores, STORES, on_done, fixture,
                             &fixture->err);
}

static void each_store_is_told_in_its_turn(void **state)
{
    struct fixture *fixture = *state;
    test_ok(run(fixture), fixture->err);
    assert_int_equal(fixture->done, STORES);
    assert_int_equal(fixture->whole, 0);
    fixture->done = 0;
    fixture->options.whole_percent = 5;
    test_ok(run(fixture), fixture->err);
    assert_int_equal(fixture->whole, 1); /* a part of few is not none */
    fixture->whole = 0;
    fixture->done = 0;
    fixture->options.whole_percent = 100;
    fixture->stores[1].queue_file_units = 40; /* not asked for with the others */
    test_ok(run(fixture), fixture->err);
    assert_int_equal(fixture->done, STORES);
    assert_int_equal(fixture->whole, STORES);
}

/* System.exit() is an answer, and the stores behind it are asked of another process. */
static void an_exit_is_a_refusal_of_that_store(void **state)
{
    struct fixture *fixture = *state;
    make_file(fixture, "store-1/state", REFUSED);
    make_file(fixture, "store-1/exit", "");
    test_ok(run(fixture), fixture->err);
    assert_int_equal(fixture->done, STORES);
    assert_int_equal(fixture->refused, 1);
    assert_int_equal(fixture->whole, 1);
}

static void what_is_not_wholly_read_is_opened_by_a_whole_start(void **state)
{
    struct fixture *fixture = *state;
    make_file(fixture, "store-2/state", UNREAD);
    test_ok(run(fixture), fixture->err);
    assert_int_equal(fixture->unread, 1);
    assert_int_equal(fixture->whole, 1);
}

static void a_whole_start_that_differs_is_no_finding(void **state)
{
    static const struct {
        const char *state;
        const char *whole;
    } rows[] = {{READ, UNREAD}, {UNREAD, READ}, {REFUSED, READ}};
    struct fixture *fixture = *state;
    fixture->options.whole_percent = 100;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        test_row(rows[i].state);
        fixture->done = 0;
        make_file(fixture, "store-1/state", rows[i].state);
        make_file(fixture, "store-1/whole", rows[i].whole);
        test_code(run(fixture), ERR_BROKEN);
        test_contains(fixture->err.text, "store-1' says {");
        assert_int_equal(fixture->done, 1);
    }
}

static void what_cannot_be_asked_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    make_file(fixture, "store-0/state", ""); /* it answers for one store too few */
    fixture->stores[1].path = "/nonexistent";
    test_code(run(fixture), ERR_USAGE);
    test_contains(fixture->err.text, "'/nonexistent'");
    fixture->options.target = "real-2.0";
    test_code(run(fixture), ERR_USAGE);
    test_contains(fixture->err.text, "./run.sh rocketmq 2.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_store_is_told_in_its_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_exit_is_a_refusal_of_that_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_wholly_read_is_opened_by_a_whole_start, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_whole_start_that_differs_is_no_finding, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_asked_is_an_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
