/* What a person is shown of a store: every record, unit and committed offset, or those asked for.
 */
#include "harness/oracle/fsck/dump.h"
#include "harness/testkit/storemaker.h"
#include "harness/testkit/test.h"

#define BORN_MS INT64_C(1767225600000)

struct text {
    char all[8192];
};

static void take_line(void *arg, const char *line)
{
    struct text *text = arg;
    size_t length = strlen(text->all);
    snprintf(text->all + length, sizeof text->all - length, "%s\n", line);
}

static void dumps_a_store(void **state)
{
    (void)state;
    struct storemaker maker = {
        .is_dledger = true, .with_crc = true, .log_file_size_bytes = 1024, .queue_file_units = 4};
    storemaker_init(&maker);
    for (int32_t i = 0; i < 6; i++) {
        const struct storemaker_message message = {.topic = "orders",
                                                   .queue_id = i % 2,
                                                   .flag = i,
                                                   .queue_offset = -1,
                                                   .born_address_size = 4,
                                                   .store_timestamp_ms = BORN_MS + 7,
                                                   .body = "body",
                                                   .body_size_bytes = 4,
                                                   .properties = "TAGS\001a\002KEYS\001k1 k2\002",
                                                   .properties_size_bytes = 18,
                                                   .tags_code = 97};
        storemaker_put(&maker, &message);
    }
    storemaker_mark(&maker, maker.log_end, 6);
    storemaker_write(&maker, "config/consumerOffset.json", "{\"offsetTable\":{\"orders@g\":{1:2}}}",
                     34);
    struct view view = storemaker_view(&maker);
    struct text text = {""};
    const struct dump_out out = {&text, take_line};
    struct dump_filter filter = {.queue_id = -1};
    assert_int_equal(dump_store(&view, &filter, &out, NULL), 0);
    test_contains(text.all, "mode dledger");
    test_contains(text.all, "record 48 size");
    test_contains(text.all, "topic orders queue 0 offset 0 tags a keys k1 k2 flag 0");
    test_contains(text.all, "time 2026-01-01T00:00:00.007Z crc ok entry 0 term 1");
    test_contains(text.all, "blank dledger-n0/data/");
    test_contains(text.all, "unit orders/1 2 at ");
    test_contains(text.all, "record-crc, matches the queues");
    test_contains(text.all, "committed orders@g 1 2");
    test_contains(text.all, "abort absent");
    text.all[0] = '\0';
    filter.queue_id = 1;
    filter.topic = "orders";
    assert_int_equal(dump_store(&view, &filter, &out, NULL), 0);
    assert_null(strstr(text.all, "queue 0"));
    assert_null(strstr(text.all, "orders/0"));
    test_contains(text.all, "queue 1");
    storemaker_clear(&maker);
    test_code(dump_store(&view, &filter, &out, NULL), -ENOENT);
    storemaker_done(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dumps_a_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
