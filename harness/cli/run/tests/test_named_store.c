/* A directory stays what it is; a file must be a capsule. */
#include "harness/capsule/tests/capsule_case.h"
#include "harness/cli/run/named_store.h"

#include <sys/stat.h>

static void a_directory_passes(void **state)
{
    (void)state;
    struct named_store store;
    struct err err = ERR_INIT;
    test_ok(named_store_open(&store, "/no/such/directory", &err), err);
    assert_string_equal(store.path, "/no/such/directory");
    assert_null(store.capsule);
    named_store_close(&store);
}

static void a_capsule_is_laid_out(void **state)
{
    (void)state;
    struct capsule_case made;
    struct named_store store;
    struct stat status;
    struct err err = ERR_INIT;
    capsule_case_make(&made, RECOVERY_TEXT, RECOVERY_PLAN);
    test_ok(named_store_open(&store, made.path, &err), err);
    assert_int_equal(stat(store.path, &status), 0);
    assert_true(S_ISDIR(status.st_mode));
    named_store_close(&store);
    test_code(named_store_open(&store, made.scenario_path, &err), ERR_USAGE);
    named_store_close(&store);
    capsule_case_remove(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_passes),
        cmocka_unit_test(a_capsule_is_laid_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
