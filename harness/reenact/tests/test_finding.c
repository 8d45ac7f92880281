/* Lines of a verdict, taken apart. */
#include "harness/reenact/finding.h"
#include "harness/testkit/test.h"

static const char detail[] =
    "queue-complete consumequeue/topic-0/1/00000000000000000000@20: no unit for message 3, "
    "expected unit 1\n"
    "and something that is no finding\n"
    "bounds @0: the next queueOffset given out is 1, expected max 5\n"
    "queue-complete a@7: second\n"
    "no-such-property a@7: third\n"
    "bounds without a place: fourth\n";

static void lines_become_findings(void **state)
{
    (void)state;
    struct finding findings[8];
    assert_int_equal(finding_parse(detail, findings, TEST_COUNT(findings)), 3);
    assert_int_equal(findings[0].property, PROPERTY_QUEUE_COMPLETE);
    assert_string_equal(findings[0].file, "consumequeue/topic-0/1/00000000000000000000");
    assert_int_equal(findings[0].offset, 20);
    assert_string_equal(findings[0].text, "no unit for message 3, expected unit 1");
    assert_int_equal(findings[1].property, PROPERTY_BOUNDS);
    assert_string_equal(findings[1].file, "");
    assert_string_equal(findings[2].text, "second");
}

static void room_is_kept_to(void **state)
{
    (void)state;
    struct finding findings[2];
    assert_int_equal(finding_parse(detail, findings, 1), 1);
    assert_int_equal(finding_parse("", findings, 2), 0);
}

static void a_directory_becomes_the_file_in_it(void **state)
{
    (void)state;
    struct finding finding;
    assert_int_equal(finding_parse("idempotent commitlog@5000: stale", &finding, 1), 1);
    finding_locate(&finding, 4096);
    assert_string_equal(finding.file, "commitlog/00000000000000004096");
    assert_int_equal(finding.offset, 904);
    finding_locate(&finding, 4096);
    assert_int_equal(finding.offset, 904);
}

static void the_first_of_a_property_is_found(void **state)
{
    (void)state;
    struct finding findings[8];
    size_t count = finding_parse(detail, findings, TEST_COUNT(findings));
    assert_ptr_equal(finding_of(findings, count, PROPERTY_QUEUE_COMPLETE), &findings[0]);
    assert_ptr_equal(finding_of(findings, count, PROPERTY_BOUNDS), &findings[1]);
    assert_null(finding_of(findings, count, PROPERTY_STARTS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_become_findings),
        cmocka_unit_test(room_is_kept_to),
        cmocka_unit_test(a_directory_becomes_the_file_in_it),
        cmocka_unit_test(the_first_of_a_property_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
