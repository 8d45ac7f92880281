/* Stories of causes into their directories, and from there into the page. */
#include "harness/capsule/capsule_keep.h"
#include "harness/cli/run/keep_stories.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <unistd.h>

#include <sys/stat.h>

#include <jansson.h>

static struct scenario scenario;
static struct campaign_summary summary;

static void make_cause(const struct tmpdir *dir, const char *plan)
{
    char path[CAPSULE_KEEP_PATH_SIZE_BYTES];
    struct err err = ERR_INIT;
    struct campaign_cause *cause = &summary.causes[0];
    memset(&summary, 0, sizeof(summary));
    (void)snprintf(path, sizeof(path), "%s/scenarios/power-plain-sync.yaml", TEST_SOURCE_DIR);
    test_ok(scenario_load(path, &scenario, &err), err);
    summary.cause_count = 1;
    cause->mechanism = MECHANISM_RECORD_LOST;
    (void)snprintf(cause->simplest.token, sizeof(cause->simplest.token),
                   "power-plain-sync.%06x@5eed@skip/commitlog/sync:%s", scenario.hash24, plan);
    (void)snprintf(path, sizeof(path), "%s/causes", dir->path);
    assert_int_equal(mkdir(path, 0777), 0);
    (void)capsule_keep_path(dir->path, 1, cause, path);
    assert_int_equal(mkdir(path, 0777), 0);
}

static int keep(const struct tmpdir *dir, struct err *err)
{
    const struct keep_stories_options options = {
        .scenarios = &scenario, .scenario_count = 1, .run_dir = dir->path};
    return keep_stories(&options, &summary, err);
}

static json_t *load_why(const struct tmpdir *dir)
{
    char path[CAPSULE_KEEP_PATH_SIZE_BYTES + 16];
    char own[CAPSULE_KEEP_PATH_SIZE_BYTES];
    (void)capsule_keep_path(dir->path, 1, &summary.causes[0], own);
    (void)snprintf(path, sizeof(path), "%s/" KEEP_STORIES_JSON, own);
    return json_load_file(path, 0, NULL);
}

static void a_cause_has_its_story_and_figures_beside_it(void **state)
{
    struct tmpdir dir;
    struct err err = ERR_INIT;
    (void)state;
    tmpdir_make(&dir);
    make_cause(&dir, "queue/mkdir:1=power-loss:all:k1d1k1");
    test_ok(keep(&dir, &err), err);
    json_t *why = load_why(&dir);
    assert_non_null(why);
    assert_string_equal(json_string_value(json_object_get(why, "token")),
                        summary.causes[0].simplest.token);
    assert_true(json_is_object(json_object_get(why, "figures")));
    json_decref(why);
    tmpdir_remove(&dir);
}

static void one_that_cannot_be_told_says_why(void **state)
{
    char path[CAPSULE_KEEP_PATH_SIZE_BYTES + 16];
    char own[CAPSULE_KEEP_PATH_SIZE_BYTES];
    char text[256] = "";
    struct tmpdir dir;
    struct err err = ERR_INIT;
    (void)state;
    tmpdir_make(&dir);
    make_cause(&dir, "commitlog/append:4=pod-kill:3");
    test_ok(keep(&dir, &err), err);
    assert_null(load_why(&dir));
    (void)capsule_keep_path(dir.path, 1, &summary.causes[0], own);
    (void)snprintf(path, sizeof(path), "%s/" KEEP_STORIES_TEXT, own);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    (void)fclose(file);
    test_contains(text, "pod-kill");
    tmpdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cause_has_its_story_and_figures_beside_it),
        cmocka_unit_test(one_that_cannot_be_told_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
