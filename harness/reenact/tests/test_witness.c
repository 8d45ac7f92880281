/* Stacks kept by the number of the entry. */
#include "harness/power/trace/trace.h"
#include "harness/reenact/witness.h"
#include "harness/testkit/test.h"

static void each_entry_has_the_stack_of_its_making(void **state)
{
    (void)state;
    uintptr_t addresses[STACK_FRAMES_MAX];
    struct witness *witness = witness_new();
    const struct trace_options options = {.witness = witness_see, .witness_arg = witness};
    struct trace *trace = trace_new(&options);
    trace_note(trace, TRACE_NOTE_SENT, 0, 0);
    trace_note(trace, TRACE_NOTE_SENT, 1, 0);
    assert_true(witness_stack(witness, 0, addresses) > 2);
    assert_true(witness_stack(witness, 1, addresses) > 2);
    assert_int_equal(witness_stack(witness, 2, addresses), 0);
    trace_free(trace);
    witness_free(witness);
}

static void a_number_that_was_passed_over_has_none(void **state)
{
    (void)state;
    uintptr_t addresses[STACK_FRAMES_MAX];
    struct witness *witness = witness_new();
    witness_see(witness, 100);
    assert_int_equal(witness_stack(witness, 99, addresses), 0);
    assert_true(witness_stack(witness, 100, addresses) > 0);
    witness_see(witness, 3);
    assert_true(witness_stack(witness, 3, addresses) > 0);
    witness_free(witness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_entry_has_the_stack_of_its_making),
        cmocka_unit_test(a_number_that_was_passed_over_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
