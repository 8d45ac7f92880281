/* Names, paths and directories to scenarios. */
#include "harness/cli/scenario_files.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/stat.h>

static void write_scenario(int dir_fd, const char *path, const char *name)
{
    int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    assert_true(fd >= 0);
    (void)dprintf(fd,
                  "name: %s\n"
                  "summary: One of several.\n"
                  "store: { mode: commitlog, flush: sync, services: manual }\n"
                  "workload: { topics: 1, queues: 1, phases: [ { put: 2 } ] }\n"
                  "faults: [ { point: commitlog/append, fault: [kill] } ]\n",
                  name);
    (void)close(fd);
}

/* b.yaml, a.yaml, defects/c.yaml and a file that is no scenario; the working directory is there. */
static int make_tree(void **state)
{
    struct tmpdir *tmp = malloc(sizeof(*tmp));

    assert_non_null(tmp);
    tmpdir_make(tmp);
    assert_int_equal(mkdirat(tmp->fd, "scenarios", 0777), 0);
    assert_int_equal(mkdirat(tmp->fd, "scenarios/defects", 0777), 0);
    write_scenario(tmp->fd, "scenarios/b.yaml", "b");
    write_scenario(tmp->fd, "scenarios/a.yaml", "a");
    write_scenario(tmp->fd, "scenarios/defects/c.yaml", "renamed");
    write_scenario(tmp->fd, "scenarios/README.md", "x");
    assert_int_equal(fchdir(tmp->fd), 0);
    assert_int_equal(unsetenv("KILLPOINT_SCENARIOS"), 0);
    *state = tmp;
    return 0;
}

static int drop_tree(void **state)
{
    assert_int_equal(chdir("/"), 0);
    tmpdir_remove(*state);
    free(*state);
    return 0;
}

static int load(struct scenario_files *files, const char *first, const char *second,
                struct err *err)
{
    char words[2][64];
    char *argv[] = {words[0], words[1]};
    int count = (first != NULL) + (second != NULL);

    (void)snprintf(words[0], sizeof(words[0]), "%s", first == NULL ? "" : first);
    (void)snprintf(words[1], sizeof(words[1]), "%s", second == NULL ? "" : second);
    return scenario_files_load(files, argv, count, err);
}

static void no_words_are_the_whole_tree_in_order_of_names(void **state)
{
    struct scenario_files files;
    struct err err = ERR_INIT;

    (void)state;
    test_ok(load(&files, NULL, NULL, &err), err);
    assert_int_equal(files.count, 3);
    assert_string_equal(files.scenarios[0].name, "a");
    assert_string_equal(files.scenarios[1].name, "b");
    assert_string_equal(files.scenarios[2].name, "renamed");
    scenario_files_done(&files);
}

static void words_keep_their_order_and_a_file_counts_once(void **state)
{
    struct scenario_files files;
    struct err err = ERR_INIT;

    (void)state;
    test_ok(load(&files, "b", "scenarios/b.yaml", &err), err);
    assert_int_equal(files.count, 1);
    scenario_files_done(&files);
    test_ok(load(&files, "b", "a", &err), err);
    assert_string_equal(files.scenarios[0].name, "b");
    assert_string_equal(files.scenarios[1].name, "a");
    scenario_files_done(&files);
    test_ok(load(&files, "scenarios/defects", NULL, &err), err);
    assert_int_equal(files.count, 1);
    scenario_files_done(&files);
}

static void scenario_is_found_by_the_name_inside_the_file_too(void **state)
{
    struct scenario *scenario = malloc(sizeof(*scenario));
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(scenario);
    test_ok(scenario_files_find("renamed", scenario, &err), err);
    assert_string_equal(scenario->name, "renamed");
    free(scenario);
}

static void unknown_words_are_refused_with_their_place(void **state)
{
    static const struct {
        const char *name;
        const char *word;
        const char *says;
    } table[] = {
        {"unknown name", "zzzzzz", "no scenario 'zzzzzz' below 'scenarios'"},
        {"missing file", "scenarios/x.yaml", "'scenarios/x.yaml': No such file"},
        {"missing path", "nowhere/at-all", "'nowhere/at-all': No such file"},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(table); i++) {
        struct scenario_files files;
        struct err err = ERR_INIT;

        test_row(table[i].name);
        test_code(load(&files, table[i].word, NULL, &err), ERR_USAGE);
        test_contains(err.text, table[i].says);
        assert_int_equal(files.count, 0);
    }
}

static void two_files_with_one_name_are_refused(void **state)
{
    struct tmpdir *tmp = *state;
    struct scenario_files files;
    struct err err = ERR_INIT;

    write_scenario(tmp->fd, "scenarios/defects/d.yaml", "a");
    test_code(load(&files, "a", "scenarios/defects/d.yaml", &err), ERR_USAGE);
    test_contains(err.text, "two scenarios are called 'a'");
    err = (struct err)ERR_INIT;
    test_ok(load(&files, NULL, NULL, &err), err);
    assert_int_equal(files.count, 3);
    assert_int_equal(files.unloaded_count, 1);
    test_contains(files.unloaded[0].why, "two scenarios are called 'a'");
    scenario_files_done(&files);
}

/* One among many fails itself; one that was asked for is an error at once. */
static void a_file_with_a_mistake_is_set_aside_unless_it_was_named(void **state)
{
    struct tmpdir *tmp = *state;
    struct scenario_files files;
    struct err err = ERR_INIT;
    int fd = openat(tmp->fd, "scenarios/typo.yaml", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

    assert_true(fd >= 0);
    assert_true(dprintf(fd, "name: typo\nstore: { mode: commitlogg }\n") > 0);
    (void)close(fd);
    test_ok(load(&files, NULL, NULL, &err), err);
    assert_int_equal(files.count, 3);
    assert_int_equal(files.unloaded_count, 1);
    assert_string_equal(files.unloaded[0].name, "typo");
    assert_string_equal(files.unloaded[0].path, "scenarios/typo.yaml");
    assert_string_equal(files.unloaded[0].why, "scenarios/typo.yaml:2:16: error: unknown word "
                                               "'commitlogg'; did you mean 'commitlog'?");
    assert_int_equal(err.code, 0);
    scenario_files_done(&files);
    test_code(load(&files, "scenarios/typo.yaml", NULL, &err), ERR_USAGE);
    test_code(load(&files, "typo", NULL, &err), ERR_USAGE);
    test_ok(load(&files, "scenarios", NULL, &err), err);
    assert_int_equal(files.unloaded_count, 1);
    scenario_files_done(&files);
}

/* Nobody who asks for all scenarios is owed a RocketMQ; who names one is. */
static void scenarios_of_the_real_store_are_run_when_they_are_named(void **state)
{
    const struct tmpdir *tmp = *state;
    char name[] = "r";
    char *words[] = {name, NULL};
    struct scenario_files files;
    struct err err = ERR_INIT;

    assert_int_equal(mkdirat(tmp->fd, "scenarios/real", 0777), 0);
    write_scenario(tmp->fd, "scenarios/real/r.yaml", "r");
    test_ok(scenario_files_load(&files, NULL, 0, &err), err);
    for (uint32_t i = 0; i < files.count; i++) {
        assert_string_not_equal(files.scenarios[i].name, "r");
    }
    scenario_files_done(&files);
    test_ok(scenario_files_load(&files, words, 1, &err), err);
    assert_int_equal(files.count, 1);
    scenario_files_done(&files);
}

/* What another target cannot do is set aside with its reason; when that is all, it is the error. */
static void an_unfit_scenario_is_set_aside(void **state)
{
    char first[] = "a";
    char second[] = "b";
    char *all[] = {first, second, NULL};
    const struct tmpdir *tmp = *state;
    struct scenario_files files;
    struct err err = ERR_INIT;
    int fd = openat(tmp->fd, "scenarios/b.yaml", O_WRONLY | O_TRUNC | O_CLOEXEC);

    assert_true(fd >= 0);
    (void)dprintf(fd,
                  "name: b\nsummary: One.\nworkload: { topics: 1, queues: 1, phases: [ { put: 2 } "
                  "] }\nfaults: [ { point: \"*\", fault: kill } ]\n");
    (void)close(fd);
    test_ok(scenario_files_load(&files, all, 2, &err), err);
    test_ok(scenario_files_set_target(&files, "real-5.2.0", &err), err);
    assert_int_equal(files.count, 1);
    assert_string_equal(files.scenarios[0].name, "b");
    assert_int_equal(files.unloaded_count, 1);
    assert_true(files.unloaded[0].is_unfit);
    test_contains(files.unloaded[0].why, "none of its faults can happen");
    scenario_files_done(&files);
    test_ok(scenario_files_load(&files, all, 1, &err), err);
    test_code(scenario_files_set_target(&files, "real-5.2.0", &err), ERR_USAGE);
    test_contains(err.text, "scenario 'a': ");
    scenario_files_done(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scenarios_of_the_real_store_are_run_when_they_are_named,
                                        make_tree, drop_tree),
        cmocka_unit_test_setup_teardown(an_unfit_scenario_is_set_aside, make_tree, drop_tree),
        cmocka_unit_test_setup_teardown(no_words_are_the_whole_tree_in_order_of_names, make_tree,
                                        drop_tree),
        cmocka_unit_test_setup_teardown(words_keep_their_order_and_a_file_counts_once, make_tree,
                                        drop_tree),
        cmocka_unit_test_setup_teardown(scenario_is_found_by_the_name_inside_the_file_too,
                                        make_tree, drop_tree),
        cmocka_unit_test_setup_teardown(unknown_words_are_refused_with_their_place, make_tree,
                                        drop_tree),
        cmocka_unit_test_setup_teardown(a_file_with_a_mistake_is_set_aside_unless_it_was_named,
                                        make_tree, drop_tree),
        cmocka_unit_test_setup_teardown(two_files_with_one_name_are_refused, make_tree, drop_tree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
