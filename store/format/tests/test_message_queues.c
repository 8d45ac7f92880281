/* Which queues have a unit of a record. */
#include "harness/testkit/test.h"
#include "store/format/message_queues.h"

#define OWN_ID     3
#define OWN_OFFSET 5

struct row {
    const char *topic;
    const char *names;
    const char *offsets;
    const char *queues; /* "TOPIC/ID@OFFSET" with spaces between */
};

/* A view of what message_queues looks at; `text` takes the properties. */
static struct message_view view_of(const struct row *row, char text[256])
{
    int size = 0;
    if (row->names != NULL) {
        size += snprintf(text, 256, "INNER_MULTI_DISPATCH\1%s\2", row->names);
    }
    if (row->offsets != NULL) {
        size += snprintf(text + size, 256 - (size_t)size, "TAGS\1x\2INNER_MULTI_QUEUE_OFFSET\1%s\2",
                         row->offsets);
    }
    return (struct message_view){.topic = row->topic,
                                 .topic_size_bytes = (uint32_t)strlen(row->topic),
                                 .queue_id = OWN_ID,
                                 .queue_offset = OWN_OFFSET,
                                 .properties = text,
                                 .properties_size_bytes = (uint32_t)size};
}

static void expect_queues(const struct message_view *view, const char *expected)
{
    char line[256] = "";
    size_t length = 0;
    struct message_queues queues;
    struct message_queue queue;
    message_queues_begin(&queues, view);
    while (message_queues_next(&queues, &queue)) {
        length += (size_t)snprintf(line + length, sizeof(line) - length, "%s%.*s/%d@%lld",
                                   length > 0 ? " " : "", (int)queue.topic_size_bytes, queue.topic,
                                   queue.queue_id, (long long)queue.queue_offset);
    }
    assert_string_equal(line, expected);
}

static void names_and_offsets_go_in_step(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"t", NULL, NULL, "t/3@5"},
        {"t", "%LMQ%a", "0", "t/3@5 %LMQ%a/0@0"},
        {"t", "%LMQ%a,%LMQ%b", "7,123456789012345678",
         "t/3@5 %LMQ%a/0@7 %LMQ%b/0@123456789012345678"},
        {"t", "other,%LMQ%", "1,2", "t/3@5 other/3@1 %LMQ%/0@2"},
        {"t", "%LMQ%a,,%LMQ%b", "1,2,3", "t/3@5 %LMQ%a/0@1 /3@2 %LMQ%b/0@3"},
        {"t", "%LMQ%a,,", "1,", "t/3@5 %LMQ%a/0@1"},
        {"t", "x/y,%LMQ%b", "1,2", "t/3@5 %LMQ%b/0@2"},
        {"%RETRY", "%LMQ%a", "0", "%RETRY/3@5 %LMQ%a/0@0"},
        {"SCHEDULE_TOPIC_XXXXX", "%LMQ%a", "0", "SCHEDULE_TOPIC_XXXXX/3@5 %LMQ%a/0@0"},
        /* No others. */
        {"t", "%LMQ%a", NULL, "t/3@5"},
        {"t", NULL, "0", "t/3@5"},
        {"t", "", "", "t/3@5"},
        {"t", ",", ",", "t/3@5"},
        {"t", "%LMQ%a,%LMQ%b", "1", "t/3@5"},
        {"t", "%LMQ%a", "1,2", "t/3@5"},
        {"%RETRY%g", "%LMQ%a", "0", "%RETRY%g/3@5"},
        {"rmq_sys_x", "%LMQ%a", "0", "rmq_sys_x/3@5"},
        {"SCHEDULE_TOPIC_XXXX", "%LMQ%a", "0", "SCHEDULE_TOPIC_XXXX/3@5"},
        /* The first offset that is no number ends them. */
        {"t", "%LMQ%a,%LMQ%b,%LMQ%c", "1,x,3", "t/3@5 %LMQ%a/0@1"},
        {"t", "%LMQ%a", "-1", "t/3@5"},
        {"t", "%LMQ%a,%LMQ%b", ",3", "t/3@5"},
        {"t", "%LMQ%a", "1234567890123456789", "t/3@5"},
    };
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        char text[256] = "";
        struct message_view view = view_of(&rows[i], text);
        expect_queues(&view, rows[i].queues);
    }
}

static void what_is_not_indexable_has_none(void **state)
{
    (void)state;
    static const struct row row = {"t", "%LMQ%a", "0", NULL};
    static const int32_t flags[] = {MESSAGE_SYSFLAG_PREPARED, MESSAGE_SYSFLAG_ROLLBACK,
                                    MESSAGE_SYSFLAG_INNER_BATCH,
                                    MESSAGE_SYSFLAG_INNER_BATCH | MESSAGE_SYSFLAG_COMMIT};
    char text[256] = "";
    struct message_view view = view_of(&row, text);
    for (size_t i = 0; i < TEST_COUNT(flags); i++) {
        view.sys_flag = flags[i];
        expect_queues(&view, "");
    }
    view.sys_flag = MESSAGE_SYSFLAG_COMMIT | 0x40;
    expect_queues(&view, "t/3@5 %LMQ%a/0@0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_offsets_go_in_step),
        cmocka_unit_test(what_is_not_indexable_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
