/* Where a call came from, by walking the stack and asking addr2line. */
#include "harness/base/stack.h"
#include "harness/testkit/test.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static uintptr_t addresses[STACK_FRAMES_MAX];
static size_t count;
static char exe[4096];

static void find_exe(void)
{
    ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    assert_true(length > 0);
    exe[length] = '\0';
}

__attribute__((noinline)) static void inner(void)
{
    count = stack_walk(addresses, STACK_FRAMES_MAX);
    __asm__ volatile("" ::: "memory"); /* the call above is not the last thing done */
}

__attribute__((noinline)) static void outer(void)
{
    inner();
    __asm__ volatile("" ::: "memory");
}

static void a_stack_is_walked_and_named(void **state)
{
    (void)state;
    struct stack_frame frames[STACK_FRAMES_MAX];
    outer();
    assert_true(count >= 3);
    size_t found = stack_frames(addresses, count, stack_load_base(), exe, frames, STACK_FRAMES_MAX);
    assert_true(found >= 2);
    assert_string_equal(frames[0].function, "inner");
    assert_string_equal(frames[0].file, "harness/base/tests/test_stack.c");
    assert_true(frames[0].line > 0);
    assert_string_equal(frames[1].function, "outer");
}

static void room_for_one_frame_is_kept_to(void **state)
{
    (void)state;
    struct stack_frame frames[2] = {{.line = 0}, {.function = "untouched"}};
    outer();
    assert_int_equal(stack_frames(addresses, count, stack_load_base(), exe, frames, 1), 1);
    assert_string_equal(frames[1].function, "untouched");
    assert_int_equal(stack_walk(addresses, 2), 2);
}

static void a_program_that_is_not_there_has_no_frames(void **state)
{
    (void)state;
    struct stack_frame frame;
    outer();
    assert_int_equal(stack_frames(addresses, count, 0, "/nowhere", &frame, 1), 0);
    assert_int_equal(stack_frames(addresses, 0, 0, exe, &frame, 1), 0);
}

static void the_line_of_a_detail_becomes_names(void **state)
{
    (void)state;
    char detail[1024];
    outer();
    (void)snprintf(detail, sizeof(detail), "the store died\nstack %#zx",
                   (size_t)(addresses[0] - stack_load_base()));
    stack_name(detail, sizeof(detail), exe);
    assert_non_null(strstr(detail, "the store died\n  at inner at test_stack.c:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_is_walked_and_named),
        cmocka_unit_test(room_for_one_frame_is_kept_to),
        cmocka_unit_test(a_program_that_is_not_there_has_no_frames),
        cmocka_unit_test(the_line_of_a_detail_becomes_names),
    };
    find_exe();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
