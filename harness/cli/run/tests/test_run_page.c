/* The page of a run directory: whole, in its place, and with what lies beside the report. */
#include "harness/cli/run/run_page.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <unistd.h>

#include <sys/stat.h>

static void put(const struct tmpdir *dir, const char *name, const char *text)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", dir->path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void make_dir(const struct tmpdir *dir, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", dir->path, name);
    assert_int_equal(mkdir(path, 0777), 0);
}

static char *read_file(const char *path)
{
    static char text[6 << 20];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof(text) - 1, file);
    text[size] = '\0';
    (void)fclose(file);
    return text;
}

static void set_up(struct tmpdir *dir)
{
    tmpdir_make(dir);
    put(dir, "report.json", "{\"schema_version\": 3, \"totals\": {}, \"causes\": [{}]}");
    put(dir, "run.json", "{\"argv\": [\"run\", \"a-scenario\"]}");
    make_dir(dir, "causes");
    make_dir(dir, "causes/01-record-lost");
    put(dir, "causes/01-record-lost/why.json",
        "{\"sections\": {\"IN SHORT\": [\"what came to pass\"]}, \"figures\": null}");
    make_dir(dir, "causes/02-half");
    put(dir, "causes/02-half/why.json", "{\"sections\": ");
}

static void it_has_what_lies_beside_the_report(void **state)
{
    char path[512];
    struct tmpdir dir;
    struct err err = ERR_INIT;
    (void)state;
    set_up(&dir);
    test_ok(run_page_write_dir(dir.path, "./run.sh", &err), err);
    (void)snprintf(path, sizeof(path), "%s/" RUN_PAGE_NAME, dir.path);
    const char *page = read_file(path);
    test_contains(page, "what came to pass");
    test_contains(page, "a-scenario");
    test_contains(page, "\"base\":\"\"");
    tmpdir_remove(&dir);
}

static void elsewhere_it_has_no_links(void **state)
{
    char path[512];
    struct run_file file;
    struct tmpdir dir;
    struct err err = ERR_INIT;
    (void)state;
    set_up(&dir);
    (void)snprintf(path, sizeof(path), "%s/other.html", dir.path);
    test_ok(run_file_open("", dir.path, &file, &err), err);
    test_ok(run_page_write(&file, path, "killpoint", &err), err);
    run_file_done(&file);
    test_contains(read_file(path), "\"base\":null");
    (void)snprintf(path, sizeof(path), "%s/" RUN_PAGE_NAME, dir.path);
    assert_int_equal(access(path, F_OK), -1);
    tmpdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_what_lies_beside_the_report),
        cmocka_unit_test(elsewhere_it_has_no_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
