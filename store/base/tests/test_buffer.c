/* Tests of store/base/buffer.c. */
#include "harness/testkit/test.h"
#include "store/base/buffer.h"

static void appends_keep_their_order_across_growth(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t byte = (uint8_t)(i * 7);
        assert_int_equal(buffer_append(&buffer, &byte, 1), 0);
    }
    assert_int_equal(buffer.size_bytes, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(buffer.data[i], (uint8_t)(i * 7));
    }
    buffer_done(&buffer);
    assert_null(buffer.data);
}

static void the_maximum_is_never_passed(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 10);
    assert_int_equal(buffer_append(&buffer, "0123456789", 10), 0);
    assert_int_equal(buffer_append(&buffer, "x", 1), -EMSGSIZE);
    assert_int_equal(buffer_append(&buffer, "x", SIZE_MAX), -EMSGSIZE);
    assert_int_equal(buffer_reserve(&buffer, 11), -EMSGSIZE);
    assert_int_equal(buffer.size_bytes, 10);
    assert_memory_equal(buffer.data, "0123456789", 10);
    assert_true(buffer.capacity_bytes <= 10);
    buffer_done(&buffer);
}

static void clear_keeps_the_memory(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 4096);
    assert_int_equal(buffer_reserve(&buffer, 700), 0);
    uint8_t *data = buffer.data;
    assert_int_equal(buffer_append(&buffer, "abc", 3), 0);
    buffer_clear(&buffer);
    assert_int_equal(buffer.size_bytes, 0);
    assert_int_equal(buffer_append(&buffer, "def", 3), 0);
    assert_ptr_equal(buffer.data, data);
    buffer_done(&buffer);
}

static void no_bytes_need_no_memory(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 0);
    assert_int_equal(buffer_append(&buffer, NULL, 0), 0);
    assert_int_equal(buffer_reserve(&buffer, 0), 0);
    assert_null(buffer.data);
    buffer_done(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_keep_their_order_across_growth),
        cmocka_unit_test(the_maximum_is_never_passed),
        cmocka_unit_test(clear_keeps_the_memory),
        cmocka_unit_test(no_bytes_need_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
