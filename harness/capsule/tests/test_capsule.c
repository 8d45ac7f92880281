/* Opening: what is asked of a capsule, and what is no capsule. */
#include "harness/capsule/capsule.h"
#include "harness/capsule/tests/capsule_case.h"
#include "harness/power/disk/dir_tree.h"

#include <sys/stat.h>

static void tells_what_it_holds(void **state)
{
    (void)state;
    struct capsule_case made;
    struct capsule *capsule = NULL;
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    struct token token;
    struct err err = ERR_INIT;
    char text[TOKEN_TEXT_SIZE_BYTES];
    assert_non_null(scenario);
    capsule_case_make(&made, RECOVERY_TEXT, RECOVERY_PLAN);
    (void)token_print(&made.token, text, sizeof(text));
    test_ok(capsule_open(made.path, &capsule, &err), err);
    assert_string_equal(capsule_token_text(capsule), text);
    assert_string_equal(capsule_scenario_text(capsule), RECOVERY_TEXT);
    assert_string_equal(capsule_manifest(capsule)->made_by, "a test");
    test_ok(capsule_token(capsule, &token, &err), err);
    test_ok(capsule_scenario(capsule, scenario, &err), err);
    assert_int_equal(scenario->hash24, token.hash24);
    assert_int_equal(capsule_rest(capsule)->round, 0);
    assert_int_equal(ledger_count_acked(capsule_rest(capsule)->ledger, 6),
                     made.ended.end.acked_count);
    assert_true(capsule_rest(capsule)->trace_size_bytes > 0);
    capsule_close(capsule);
    capsule_case_remove(&made);
    free(scenario);
}

/* A word on the command line. */
static void is_told_from_a_token(void **state)
{
    (void)state;
    struct tmpdir dir;
    char path[TMPDIR_PATH_SIZE_BYTES + 32];
    assert_true(capsule_is_path("case.capsule"));
    assert_false(capsule_is_path("plain.000001@5eed:commitlog/append:1=kill"));
    assert_false(capsule_is_path(".capsule"));
    tmpdir_make(&dir);
    (void)snprintf(path, sizeof(path), "%s/a@b:c", dir.path);
    assert_false(capsule_is_path(path));
    capsule_case_write(path, "");
    assert_true(capsule_is_path(path));
    tmpdir_remove(&dir);
}

static void refused(const char *path, int code, const char *part)
{
    struct capsule *capsule = NULL;
    struct err err = ERR_INIT;
    test_code(capsule_open(path, &capsule, &err), code);
    assert_null(capsule);
    test_contains(err.text, path);
    test_contains(err.text, part);
}

static void what_is_no_capsule_is_refused(void **state)
{
    (void)state;
    struct tmpdir dir;
    char path[TMPDIR_PATH_SIZE_BYTES + 32];
    tmpdir_make(&dir);
    (void)snprintf(path, sizeof(path), "%s/x.capsule", dir.path);
    refused(path, -ENOENT, "No such file");
    capsule_case_write(path, "name: a scenario\n");
    refused(path, ERR_USAGE, "is no capsule");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    refused(path, ERR_USAGE, "no regular file");
    refused(dir.path, ERR_USAGE, "no regular file");
    tmpdir_remove(&dir);
}

/* Rewrites the capsule with one member changed by `change`. */
static void rewrite(const struct capsule_case *made, void (*change)(struct capsule_file *file))
{
    struct capsule_file file;
    struct err err = ERR_INIT;
    int fd = open(made->path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    test_ok(capsule_file_read(fd, false, &file, &err), err);
    change(&file);
    const struct view store = image_view(file.image);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    test_ok(capsule_file_write(fd, &file, &store, &err), err);
    capsule_file_done(&file);
    assert_int_equal(close(fd), 0);
}

static void drop_ledger(struct capsule_file *file)
{
    free(file->ledger_text.data);
    file->ledger_text.data = NULL;
}

static void drop_scenario(struct capsule_file *file)
{
    free(file->scenario.data);
    file->scenario.data = NULL;
}

/* As a hand would: another store below the same words. */
static void change_store(struct capsule_file *file)
{
    assert_int_equal(image_remove(file->image, "lock"), 0);
}

static void what_does_not_fit_together_is_refused(void **state)
{
    static const struct {
        void (*change)(struct capsule_file *file);
        const char *part;
    } rows[] = {{drop_ledger, "ledger.json"},
                {drop_scenario, "scenario.yaml"},
                {change_store, "the store in it is another"}};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct capsule_case made;
        test_row(rows[i].part);
        capsule_case_make(&made, RECOVERY_TEXT, RECOVERY_PLAN);
        rewrite(&made, rows[i].change);
        refused(made.path, ERR_USAGE, rows[i].part);
        capsule_case_remove(&made);
    }
}

/* As a directory that anybody may read, and gone with the capsule. */
static void its_store_is_laid_out(void **state)
{
    (void)state;
    struct capsule_case made;
    struct capsule *capsule = NULL;
    struct err err = ERR_INIT;
    char path[CAPSULE_PATH_SIZE_BYTES];
    uint64_t hash = 0;
    capsule_case_make(&made, RECOVERY_TEXT, RECOVERY_PLAN);
    test_ok(capsule_open(made.path, &capsule, &err), err);
    test_ok(capsule_lay_out(capsule, path, &err), err);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(dir_tree_hash(fd, &hash), 0);
    assert_true(hash == capsule_manifest(capsule)->store_hash);
    (void)close(fd);
    capsule_close(capsule);
    capsule_case_remove(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_it_holds),
        cmocka_unit_test(is_told_from_a_token),
        cmocka_unit_test(its_store_is_laid_out),
        cmocka_unit_test(what_is_no_capsule_is_refused),
        cmocka_unit_test(what_does_not_fit_together_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
