/* The tables of points, and what may be asked of them. */
#include "harness/case/points.h"
#include "harness/testkit/test.h"

static void an_index_of_the_engine_is_its_fault_point(void **state)
{
    (void)state;
    assert_ptr_equal(points_of("engine"), &points_engine);
    assert_int_equal(points_engine.count, POINT_COUNT);
    for (uint32_t i = 0; i < points_engine.count; i++) {
        assert_string_equal(points_name(&points_engine, i), point_name((enum point)i));
        assert_string_equal(points_stake(&points_engine, i), point_stake((enum point)i));
        assert_string_equal(points_op_name(&points_engine, i),
                            point_op_name(point_op((enum point)i)));
        assert_int_equal(points_is_mutating(&points_engine, i), point_is_mutating((enum point)i));
        assert_int_equal(points_find(&points_engine, point_name((enum point)i)), i);
        for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
            assert_int_equal(points_takes(&points_engine, i, (enum fault_kind)kind),
                             fault_applies((enum fault_kind)kind, point_op((enum point)i)));
        }
    }
}

static void a_program_can_only_be_killed(void **state)
{
    const struct points *points = points_of("program:example");
    (void)state;
    assert_ptr_equal(points, &points_program);
    assert_int_equal(points->count, 2);
    assert_int_equal(points_find(points, "put/acknowledged"), 0);
    assert_int_equal(points_find(points, "clock/ms"), 1);
    for (uint32_t i = 0; i < points->count; i++) {
        assert_true(points_is_mutating(points, i));
        assert_string_equal(points_op_name(points, i), "moment");
        for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
            bool can = kind == FAULT_KILL || kind == FAULT_POD_KILL;
            assert_int_equal(points_takes(points, i, (enum fault_kind)kind), can);
        }
    }
}

static void a_target_has_a_name_or_is_the_engine(void **state)
{
    static const char *const refused[] = {
        "Engine",
        "engine:x",
        "program",
        "program:",
        "program/x",
        "program:a/b",
        "program:a:b",
        "program:A",
        "program:a@b",
        "program:a.b",
        "program:a b",
        " engine",
        "real-",
        "programm:name",
        "real-5/3",
        "real-5_3",
        "program:\xc3\xa9",
        "program:a-name-that-is-longer-than-any-switch-of-a-token"};
    (void)state;
    assert_ptr_equal(points_of(""), &points_engine);
    assert_ptr_equal(points_of("program:a-1"), &points_program);
    assert_ptr_equal(points_of("real-5.3.3"), &points_real);
    assert_ptr_equal(points_of("real-local"), &points_real);
    assert_true(points_is_program(&points_real) && points_is_program(&points_program));
    assert_false(points_is_program(&points_engine));
    for (size_t i = 0; i < TEST_COUNT(refused); i++) {
        test_row(refused[i]);
        assert_null(points_of(refused[i]));
    }
}

static void what_has_no_such_name_is_not_found(void **state)
{
    (void)state;
    assert_int_equal(points_find(&points_engine, "clock/ms"), POINTS_NONE);
    assert_int_equal(points_find(&points_program, "commitlog/append"), POINTS_NONE);
    assert_int_equal(points_find(&points_engine, ""), POINTS_NONE);
}

static void a_mistyped_name_is_looked_up_in_the_own_table(void **state)
{
    char text[96];
    (void)state;
    assert_string_equal(points_suggest(&points_engine, "commitlog/apend", text, sizeof(text)),
                        "; did you mean 'commitlog/append'?");
    assert_string_equal(points_suggest(&points_program, "clock/s", text, sizeof(text)),
                        "; did you mean 'clock/ms'?");
    assert_string_equal(points_suggest(&points_program, "commitlog/apend", text, sizeof(text)), "");
}

/* Else a kill of a program would count as a hit of the engine's first points. */
static void a_sum_is_of_one_table_and_the_engine_s_goes_first(void **state)
{
    (void)state;
    assert_ptr_equal(points_of_sum(NULL, &points_program), &points_program);
    assert_ptr_equal(points_of_sum(NULL, &points_engine), &points_engine);
    assert_ptr_equal(points_of_sum(&points_program, &points_program), &points_program);
    assert_ptr_equal(points_of_sum(&points_program, &points_engine), &points_engine);
    assert_ptr_equal(points_of_sum(&points_engine, &points_program), &points_engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_of_the_engine_is_its_fault_point),
        cmocka_unit_test(a_program_can_only_be_killed),
        cmocka_unit_test(a_target_has_a_name_or_is_the_engine),
        cmocka_unit_test(what_has_no_such_name_is_not_found),
        cmocka_unit_test(a_mistyped_name_is_looked_up_in_the_own_table),
        cmocka_unit_test(a_sum_is_of_one_table_and_the_engine_s_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
