/* Where a real RocketMQ is looked for, and what it is said to be made of. */
#include "harness/base/real_place.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/stat.h>

static int set_up(void **state)
{
    struct tmpdir *dir = calloc(1, sizeof(*dir));
    assert_non_null(dir);
    tmpdir_make(dir);
    assert_int_equal(setenv("KILLPOINT_ROCKETMQ", dir->path, 1), 0);
    *state = dir;
    return 0;
}

static int tear_down(void **state)
{
    tmpdir_remove(*state);
    free(*state);
    return 0;
}

static void make_file(const struct tmpdir *dir, const char *path, mode_t mode, const char *text)
{
    int fd = openat(dir->fd, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static void what_is_not_there_is_told_how_to_make(void **state)
{
    char path[REAL_PLACE_PATH_SIZE_BYTES];
    struct real_identity identity;
    struct err err = ERR_INIT;
    (void)state;
    test_code(real_place_program("real-9.9.9", path, &err), ERR_USAGE);
    assert_string_equal(err.text, "the target 'real-9.9.9' is not ready here: make it by ./run.sh "
                                  "rocketmq 9.9.9");
    test_code(real_place_identity("real-local", &identity, &err), ERR_USAGE);
    test_contains(err.text, "./run.sh rocketmq --jars DIR");
}

/* identity.json is written last: an installation that was interrupted has none. */
static void half_of_one_is_none(void **state)
{
    const struct tmpdir *dir = *state;
    char path[REAL_PLACE_PATH_SIZE_BYTES];
    struct err err = ERR_INIT;
    assert_int_equal(mkdirat(dir->fd, "1.0", 0755), 0);
    make_file(dir, "1.0/killpoint-real-1.0-target", 0755, "#!/bin/sh\n");
    test_code(real_place_program("real-1.0", path, &err), ERR_USAGE);
    make_file(dir, "1.0/identity.json", 0644, "{");
    struct real_identity identity;
    test_code(real_place_identity("real-1.0", &identity, &err), ERR_USAGE);
}

static void one_that_is_there_is_told_whole(void **state)
{
    const struct tmpdir *dir = *state;
    char path[REAL_PLACE_PATH_SIZE_BYTES];
    struct real_identity identity;
    struct err err = ERR_INIT;
    assert_int_equal(mkdirat(dir->fd, "1.0", 0755), 0);
    make_file(dir, "1.0/killpoint-real-1.0-target", 0755, "#!/bin/sh\n");
    make_file(dir, "1.0/identity.json", 0644,
              "{\"target\":\"real-1.0\",\"rocketmq\":\"1.0.0\",\"origin\":\"maven\",\"jars\":7,"
              "\"jars_sha256\":\"ab\",\"java\":\"17\"}");
    test_ok(real_place_program("real-1.0", path, &err), err);
    test_contains(path, "/1.0/killpoint-real-1.0-target");
    test_ok(real_place_identity("real-1.0", &identity, &err), err);
    json_t *list = real_place_json(&identity, 1);
    char *text = json_dumps(list, JSON_COMPACT);
    assert_string_equal(text, "[{\"target\":\"real-1.0\",\"version\":\"1.0.0\",\"origin\":"
                              "\"maven\",\"jars\":7,\"jars_sha256\":\"ab\",\"java\":\"17\"}]");
    free(text);
    json_decref(list);
    assert_true(json_is_null(real_place_json(&identity, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_not_there_is_told_how_to_make, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_of_one_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_there_is_told_whole, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
