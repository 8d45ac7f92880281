/* Tests of store/base/err.c. */
#include "harness/testkit/test.h"
#include "store/base/err.h"

static void set_returns_the_code_and_keeps_the_sentence(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_int_equal(err_set(&err, -EIO, "read %d bytes", 12), -EIO);
    assert_int_equal(err.code, -EIO);
    assert_string_equal(err.text, "read 12 bytes");
}

static void a_null_err_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, -EIO, "nobody reads this"), -EIO);
    assert_int_equal(err_wrap(NULL, ERR_CORRUPT, "nor this"), ERR_CORRUPT);
}

static void wrapped_text_reads_from_the_outside_in(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    err_set(&err, -EIO, "read 'f' at %d", 4096);
    err_wrap(&err, ERR_REFUSED, "recover '%s'", "commitlog");
    err_wrap(&err, ERR_REFUSED, "open store");
    assert_string_equal(err.text, "open store: recover 'commitlog': read 'f' at 4096");
    assert_int_equal(err.code, ERR_REFUSED);
}

static void wrapping_nothing_adds_no_colon(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    err_wrap(&err, -EIO, "open store");
    assert_string_equal(err.text, "open store");
}

static void its_own_text_may_be_an_argument(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    err_set(&err, -EIO, "inner");
    err_set(&err, -EIO, "outer (%s)", err.text);
    assert_string_equal(err.text, "outer (inner)");
}

static void a_long_text_is_cut_and_stays_a_string(void **state)
{
    (void)state;
    char long_text[2 * ERR_TEXT_SIZE_BYTES];
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    struct err err = ERR_INIT;
    err_set(&err, -EIO, "%s", long_text);
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE_BYTES - 1);
    err_wrap(&err, -EIO, "front");
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE_BYTES - 1);
    assert_memory_equal(err.text, "front: xxx", 10);
    err_wrap(&err, -EIO, "%s", long_text);
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE_BYTES - 1);
}

static void names_cover_errno_and_own_codes(void **state)
{
    (void)state;
    assert_string_equal(err_name(-EIO), "EIO");
    assert_string_equal(err_name(-ENOSPC), "ENOSPC");
    assert_string_equal(err_name(ERR_CORRUPT), "ERR_CORRUPT");
    assert_string_equal(err_name(0), "OK");
    assert_string_equal(err_name(-4095), "unknown");
    assert_string_equal(err_name(-999999), "unknown");
    assert_string_equal(err_name(INT32_MIN), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_returns_the_code_and_keeps_the_sentence),
        cmocka_unit_test(a_null_err_is_allowed),
        cmocka_unit_test(wrapped_text_reads_from_the_outside_in),
        cmocka_unit_test(wrapping_nothing_adds_no_colon),
        cmocka_unit_test(its_own_text_may_be_an_argument),
        cmocka_unit_test(a_long_text_is_cut_and_stays_a_string),
        cmocka_unit_test(names_cover_errno_and_own_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
