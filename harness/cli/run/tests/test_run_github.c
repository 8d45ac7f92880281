/* Where the summary goes: what else the step wrote there stays, a file of one's own is replaced. */
#include "harness/cli/run/run_github.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct desk {
    struct tmpdir tmp;
    struct collect *collect;
    struct campaign_summary summary;
    char path[512];
    char text[65536];
};

static int open_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    assert_non_null(desk);
    tmpdir_make(&desk->tmp);
    desk->collect = collect_new();
    assert_non_null(desk->collect);
    (void)snprintf(desk->path, sizeof(desk->path), "%s/page.md", desk->tmp.path);
    assert_int_equal(unsetenv("GITHUB_STEP_SUMMARY"), 0);
    assert_int_equal(unsetenv("GITHUB_ACTIONS"), 0);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;

    collect_free(desk->collect);
    tmpdir_remove(&desk->tmp);
    free(desk);
    return 0;
}

static void fill(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void read_page(struct desk *desk)
{
    FILE *file = fopen(desk->path, "re");

    assert_non_null(file);
    desk->text[fread(desk->text, 1, sizeof(desk->text) - 1, file)] = '\0';
    (void)fclose(file);
}

static void report(struct desk *desk, struct run_github *github)
{
    struct err err = ERR_INIT;

    test_ok(run_github_open(github, &err), err);
    test_ok(run_github_write(github, desk->collect, &desk->summary, "killpoint", &err), err);
    read_page(desk);
}

static void page_of_the_step_is_appended_to(void **state)
{
    struct desk *desk = *state;
    struct run_github by_environment = {.summary_path = NULL};
    struct run_github by_both = {.summary_path = desk->path};

    fill(desk->path, "# mine\n");
    assert_int_equal(setenv("GITHUB_STEP_SUMMARY", desk->path, 1), 0);
    report(desk, &by_environment);
    assert_ptr_equal(strstr(desk->text, "# mine\n## Killpoint: PASSED\n"), desk->text);
    report(desk, &by_both);
    assert_ptr_equal(strstr(desk->text, "# mine\n## Killpoint: PASSED\n"), desk->text);
    test_contains(strstr(desk->text, "PASSED") + 6, "## Killpoint: PASSED\n");
}

static void file_of_ones_own_is_replaced(void **state)
{
    struct desk *desk = *state;
    struct run_github github = {.summary_path = desk->path};

    fill(desk->path, "# last night\n");
    report(desk, &github);
    assert_ptr_equal(strstr(desk->text, "## Killpoint: PASSED\n"), desk->text);
}

static void place_that_cannot_be_is_told_before_anything_runs(void **state)
{
    struct run_github github = {.summary_path = "/nowhere/page.md"};
    struct err err = ERR_INIT;

    (void)state;
    assert_true(run_github_open(&github, &err) < 0);
    test_contains(err.text, "/nowhere/page.md");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(page_of_the_step_is_appended_to, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(file_of_ones_own_is_replaced, open_desk, close_desk),
        cmocka_unit_test(place_that_cannot_be_is_told_before_anything_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
