/* Tests of store/disk/faultpoint.c: what libfiu is told reaches the store as an action. */
#include "harness/testkit/test.h"
#include "store/disk/faultpoint.h"

#ifdef FIU_ENABLE
#    include <fiu-control.h>
#    include <fiu.h>

static int set_up(void **state)
{
    (void)state;
    return fiu_init(0);
}

static void nothing_fails_unless_enabled(void **state)
{
    (void)state;
    for (unsigned point = 0; point < POINT_COUNT; point++) {
        assert_null(faultpoint_check((enum point)point));
    }
}

static void an_enabled_point_gives_its_action_and_no_other_does(void **state)
{
    (void)state;
    struct faultpoint_action action = {.limit_bytes = 0, .error = -EIO};
    assert_int_equal(fiu_enable("store/commitlog/append", 1, &action, 0), 0);
    assert_ptr_equal(faultpoint_check(POINT_COMMITLOG_APPEND), &action);
    assert_ptr_equal(faultpoint_check(POINT_COMMITLOG_APPEND), &action);
    assert_null(faultpoint_check(POINT_COMMITLOG_SYNC));
    assert_int_equal(fiu_disable("store/commitlog/append"), 0);
    assert_null(faultpoint_check(POINT_COMMITLOG_APPEND));
}

static void a_one_time_fault_fires_once(void **state)
{
    (void)state;
    struct faultpoint_action action = {.limit_bytes = 0, .error = -EIO};
    assert_int_equal(fiu_enable("store/queue/sync", 1, &action, FIU_ONETIME), 0);
    assert_ptr_equal(faultpoint_check(POINT_QUEUE_SYNC), &action);
    assert_null(faultpoint_check(POINT_QUEUE_SYNC));
    fiu_disable("store/queue/sync");
}

static int fail_third_hit(const char *name, int *failnum, void **failinfo, unsigned int *flags)
{
    (void)name;
    (void)failnum;
    (void)flags;
    unsigned *hits = *failinfo;
    return ++*hits == 3 ? 1 : 0;
}

static void a_callback_sees_every_hit_and_decides(void **state)
{
    (void)state;
    unsigned hits = 0;
    assert_int_equal(fiu_enable_external("store/abort/unlink", 1, &hits, 0, fail_third_hit), 0);
    assert_null(faultpoint_check(POINT_ABORT_UNLINK));
    assert_null(faultpoint_check(POINT_ABORT_UNLINK));
    assert_ptr_equal(faultpoint_check(POINT_ABORT_UNLINK), &hits);
    assert_null(faultpoint_check(POINT_ABORT_UNLINK));
    assert_int_equal(hits, 4);
    fiu_disable("store/abort/unlink");
}

static void the_build_says_that_it_can_inject(void **state)
{
    (void)state;
    assert_true(faultpoint_is_built_in());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_fails_unless_enabled),
        cmocka_unit_test(an_enabled_point_gives_its_action_and_no_other_does),
        cmocka_unit_test(a_one_time_fault_fires_once),
        cmocka_unit_test(a_callback_sees_every_hit_and_decides),
        cmocka_unit_test(the_build_says_that_it_can_inject),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
#else
static void a_build_without_libfiu_never_fails_and_says_so(void **state)
{
    (void)state;
    assert_false(faultpoint_is_built_in());
    assert_null(faultpoint_check(POINT_COMMITLOG_APPEND));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_build_without_libfiu_never_fails_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
