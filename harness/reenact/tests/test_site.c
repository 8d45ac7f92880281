/* Which frames of a stack are the store's own. */
#include "harness/reenact/site.h"
#include "harness/testkit/test.h"

static const struct stack_frame frames[] = {
    {"on_begin", "harness/power/trace/trace.c", 10},
    {"disk_write", "store/disk/disk.c", 20},
    {"segment_list_write", "store/files/segment_list.c", 30},
    {"record_log_append", "store/log/record_log.c", 40},
    {"engine_step", "harness/target/target_engine.c", 50},
    {"step_flush", "store/store.c", 60},
    {"main", "", 0},
};

static void the_seam_and_the_harness_are_left_out(void **state)
{
    (void)state;
    struct site site;
    site_of_frames(frames, TEST_COUNT(frames), false, &site);
    assert_int_equal(site.count, 3);
    assert_string_equal(site.frames[0].function, "segment_list_write");
    assert_string_equal(site.frames[1].function, "record_log_append");
    assert_string_equal(site.frames[2].function, "step_flush");
}

static void an_owner_is_no_file_that_serves_several(void **state)
{
    (void)state;
    struct site site;
    site_of_frames(frames, TEST_COUNT(frames), true, &site);
    assert_int_equal(site.count, 2);
    assert_string_equal(site.frames[0].function, "record_log_append");
    site_of_frames(frames, 3, true, &site);
    assert_int_equal(site.count, 1);
    assert_string_equal(site.frames[0].function, "segment_list_write");
}

static void a_caller_is_of_another_folder(void **state)
{
    (void)state;
    static const struct stack_frame queue[] = {
        {"append_unit", "store/queue/consume_queue.c", 1},
        {"consume_queue_put", "store/queue/consume_queue.c", 2},
        {"put_unit", "store/service/dispatcher.c", 3},
    };
    struct site site;
    site_of_frames(queue, TEST_COUNT(queue), true, &site);
    assert_string_equal(site_caller(&site)->function, "put_unit");
    site_of_frames(queue, 2, true, &site);
    assert_string_equal(site_caller(&site)->function, "consume_queue_put");
    site_of_frames(queue, 1, true, &site);
    assert_null(site_caller(&site));
}

static void nothing_of_the_store_is_no_place(void **state)
{
    (void)state;
    struct site site;
    site_of_frames(frames, 1, true, &site);
    assert_int_equal(site.count, 0);
    site_of_stack(NULL, 0, true, &site);
    assert_int_equal(site.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seam_and_the_harness_are_left_out),
        cmocka_unit_test(an_owner_is_no_file_that_serves_several),
        cmocka_unit_test(a_caller_is_of_another_folder),
        cmocka_unit_test(nothing_of_the_store_is_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
