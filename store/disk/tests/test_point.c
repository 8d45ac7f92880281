/* Tests of store/disk/point.c. */
#include "harness/testkit/test.h"
#include "store/disk/point.h"

static void every_point_is_found_by_its_unique_name(void **state)
{
    (void)state;
    for (unsigned point = 0; point < POINT_COUNT; point++) {
        assert_int_equal(point_find(point_name((enum point)point)), point);
        assert_true(strlen(point_stake((enum point)point)) > 0);
    }
    assert_int_equal(point_find("commitlog/no-such-effect"), POINT_COUNT);
    assert_int_equal(point_find(""), POINT_COUNT);
}

static void the_libfiu_name_is_the_name_below_store(void **state)
{
    (void)state;
    for (unsigned point = 0; point < POINT_COUNT; point++) {
        const char *fiu_name = point_fiu_name((enum point)point);
        assert_memory_equal(fiu_name, "store/", 6);
        assert_string_equal(fiu_name + 6, point_name((enum point)point));
    }
    assert_string_equal(point_fiu_name(POINT_COMMITLOG_APPEND), "store/commitlog/append");
}

static void names_are_an_owner_and_an_effect_without_shell_characters(void **state)
{
    (void)state;
    for (unsigned point = 0; point < POINT_COUNT; point++) {
        const char *name = point_name((enum point)point);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-/"), strlen(name));
        assert_non_null(strchr(name, '/'));
        assert_ptr_equal(strchr(name, '/'), strrchr(name, '/'));
    }
}

static void only_what_reads_does_not_mutate(void **state)
{
    (void)state;
    assert_true(point_is_mutating(POINT_COMMITLOG_APPEND));
    assert_true(point_is_mutating(POINT_COMMITLOG_SYNC));
    assert_true(point_is_mutating(POINT_LOCK_LOCK));
    assert_true(point_is_mutating(POINT_STORE_SYNC_DIR));
    assert_true(point_is_mutating(POINT_COMMITLOG_CREATE));
    assert_false(point_is_mutating(POINT_COMMITLOG_OPEN));
    assert_false(point_is_mutating(POINT_COMMITLOG_READ));
    assert_false(point_is_mutating(POINT_COMMITLOG_LIST));
    assert_false(point_is_mutating(POINT_ABORT_SIZE));
}

static void operations_have_unique_names(void **state)
{
    (void)state;
    for (unsigned op = 0; op < POINT_OP_COUNT; op++) {
        for (unsigned other = 0; other < op; other++) {
            assert_string_not_equal(point_op_name((enum point_op)op),
                                    point_op_name((enum point_op)other));
        }
    }
    assert_string_equal(point_op_name(point_op(POINT_STORE_SYNC_DIR)), "sync-dir");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_point_is_found_by_its_unique_name),
        cmocka_unit_test(the_libfiu_name_is_the_name_below_store),
        cmocka_unit_test(names_are_an_owner_and_an_effect_without_shell_characters),
        cmocka_unit_test(only_what_reads_does_not_mutate),
        cmocka_unit_test(operations_have_unique_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
