/* Steps and messages of a workload. */
#include "harness/scenario/workload.h"
#include "harness/testkit/test.h"
#include "store/format/message.h"

#include <lz4frame.h>

static const char text[] =
    "name: w\n"
    "workload:\n"
    "  topics: 3\n"
    "  queues: 2\n"
    "  phases:\n"
    "    - { put: 40, body: 64..256B, every: 200ms, tags: [a, b], keys: 2, properties: 2 }\n"
    "    - { pause: 4s }\n"
    "    - { put: 10, body: 100B, wait: false }\n"
    "    - { put: 10, body: 500..3000B, compress: lz4, tags: [c] }\n"
    "    - { restart: clean }\n"
    "    - { put: 1, body: 5MiB, rejected: true }\n"
    "    - { put: 1, body: 10B, rejected: true }\n"
    "    - { put: 5, body: 200B, tags: [a, b], keys: 1, properties: 1 }\n"
    "    - { put: 3, body: 120B }\n";

enum { MESSAGES = 70 };

struct fixture {
    struct scenario scenario;
    struct workload workload;
    struct workload_message message;
    struct workload_message other;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct err err = ERR_INIT;
    assert_non_null(f);
    test_ok(scenario_parse(text, strlen(text), "w.yaml", &f->scenario, &err), err);
    test_ok(workload_make(&f->scenario, &f->workload, &err), err);
    workload_message_init(&f->message);
    workload_message_init(&f->other);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    workload_message_done(&f->message);
    workload_message_done(&f->other);
    workload_done(&f->workload);
    free(f);
    return 0;
}

static const struct store_message *make(struct fixture *f, uint32_t index)
{
    assert_int_equal(workload_message_make(&f->scenario, &f->workload, 0x5eed, index, &f->message),
                     0);
    return &f->message.message;
}

static bool has_part(const struct store_message *message, const char *part)
{
    return message->properties_size_bytes > 0 &&
           memmem(message->properties, message->properties_size_bytes, part, strlen(part)) != NULL;
}

static void phases_become_steps_in_order(void **state)
{
    struct fixture *f = *state;
    const struct workload *workload = &f->workload;
    assert_int_equal(workload->message_count, MESSAGES);
    assert_int_equal(workload->step_count, MESSAGES + 2);
    assert_int_equal(workload->steps[0].kind, WORKLOAD_PUT);
    assert_int_equal(workload->steps[0].time_ms, 200);
    assert_int_equal(workload->steps[40].kind, WORKLOAD_PAUSE);
    assert_int_equal(workload->steps[40].time_ms, 4000);
    assert_int_equal(workload->steps[41].message, 40);
    assert_int_equal(workload->steps[61].kind, WORKLOAD_RESTART);
    assert_int_equal(workload->steps[MESSAGES + 1].message, MESSAGES - 1);
}

static void a_message_is_a_function_of_seed_and_index(void **state)
{
    struct fixture *f = *state;
    for (uint32_t index = 0; index < MESSAGES + WORKLOAD_PROBES; index++) {
        /* Other messages were made between. */
        make(f, (index * 7) % MESSAGES);
        const struct store_message *first = make(f, index);
        assert_int_equal(
            workload_message_make(&f->scenario, &f->workload, 0x5eed, index, &f->other), 0);
        const struct store_message *second = &f->other.message;
        assert_int_equal(first->body_size_bytes, second->body_size_bytes);
        assert_memory_equal(first->body, second->body, first->body_size_bytes);
        assert_int_equal(first->properties_size_bytes, second->properties_size_bytes);
        assert_int_equal(first->queue_id, second->queue_id);
        assert_string_equal(first->topic, second->topic);
        assert_int_equal(first->flag, index + 1);
        assert_true(first->born_timestamp_ms == f->scenario.start_ms + 7 * (int64_t)index);
    }
}

static void another_seed_makes_other_messages(void **state)
{
    struct fixture *f = *state;
    int differing = 0;
    for (uint32_t index = 0; index < 40; index++) {
        const struct store_message *first = make(f, index);
        workload_message_make(&f->scenario, &f->workload, 2, index, &f->other);
        differing += f->other.message.body_size_bytes != first->body_size_bytes ||
                     memcmp(first->body, f->other.message.body, first->body_size_bytes) != 0;
    }
    assert_true(differing >= 38);
}

static void sizes_queues_and_topics_cover_their_ranges(void **state)
{
    struct fixture *f = *state;
    bool seen[3][2] = {{false}};
    unsigned v6 = 0;
    for (uint32_t index = 0; index < 40; index++) {
        const struct store_message *message = make(f, index);
        assert_in_range(message->body_size_bytes, 64, 256);
        assert_in_range(message->queue_id, 0, 1);
        seen[f->message.topic_index][message->queue_id] = true;
        v6 += message->born_host.address_size_bytes == 16;
        assert_int_equal((message->sys_flag & MESSAGE_SYSFLAG_BORN_V6) != 0,
                         message->born_host.address_size_bytes == 16);
        assert_true(has_part(message, "KEYS\001k000"));
        assert_true(has_part(message, "p0\001"));
        assert_true(has_part(message, "TAGS\001"));
        assert_true(message->wait);
    }
    for (int topic = 0; topic < 3; topic++) {
        assert_true(seen[topic][0] && seen[topic][1]);
    }
    assert_in_range(v6, 1, 15);
}

static void a_message_without_wait_says_so(void **state)
{
    struct fixture *f = *state;
    const struct store_message *message = make(f, 45);
    assert_false(message->wait);
    assert_true(has_part(message, "WAIT\001false"));
}

static void a_compressed_body_is_an_lz4_frame(void **state)
{
    struct fixture *f = *state;
    for (uint32_t index = 50; index < 60; index++) {
        const struct store_message *message = make(f, index);
        static uint8_t raw[4096];
        size_t raw_size = sizeof(raw);
        size_t frame_size = message->body_size_bytes;
        LZ4F_dctx *context = NULL;
        assert_false(LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)));
        size_t rest = LZ4F_decompress(context, raw, &raw_size, message->body, &frame_size, NULL);
        LZ4F_freeDecompressionContext(context);
        assert_int_equal(rest, 0);
        assert_in_range(raw_size, 500, 3000);
        assert_int_equal(message->sys_flag & (MESSAGE_SYSFLAG_COMPRESSED | MESSAGE_SYSFLAG_LZ4),
                         MESSAGE_SYSFLAG_COMPRESSED | MESSAGE_SYSFLAG_LZ4);
    }
}

static void a_rejected_message_is_one_that_must_be_refused(void **state)
{
    struct fixture *f = *state;
    const struct store_message *message = make(f, 60);
    assert_true(f->message.rejected);
    assert_true(message->body_size_bytes > STORE_BODY_SIZE_BYTES_MAX);
    message = make(f, 61);
    assert_true(f->message.rejected);
    assert_true(message->properties_size_bytes > STORE_PROPERTIES_SIZE_BYTES_MAX);
}

/* What the scenarios of stale tails need. */
static void one_body_size_makes_messages_of_one_size(void **state)
{
    struct fixture *f = *state;
    size_t properties_size_bytes = make(f, 62)->properties_size_bytes;
    for (uint32_t index = 62; index < 67; index++) {
        const struct store_message *message = make(f, index);
        assert_int_equal(message->body_size_bytes, 200);
        assert_int_equal(message->properties_size_bytes, properties_size_bytes);
        assert_int_equal(message->born_host.address_size_bytes, 4);
    }
}

static void nothing_asked_for_is_no_properties_at_all(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(make(f, MESSAGES - 1)->properties_size_bytes, 0);
}

static void probes_are_small_and_plain(void **state)
{
    struct fixture *f = *state;
    for (uint32_t i = 0; i < WORKLOAD_PROBES; i++) {
        const struct store_message *message = make(f, MESSAGES + i);
        assert_int_equal(f->message.phase, UINT32_MAX);
        assert_false(f->message.rejected);
        assert_true(message->wait);
        assert_true(message->body_size_bytes < 100);
        assert_int_equal(message->properties_size_bytes, 0);
    }
}

/* Names in the file's order, of every length that a record has room for. */
static void topics_have_the_names_that_they_are_given(void **state)
{
    static const char named[] =
        "name: w\nworkload: { topics: [o, \"%RETRY%group-a\"], hosts: ipv6,\n"
        "  phases: [ { put: 40, body: 64B } ] }\n";
    static const char *const names[] = {"o", "%RETRY%group-a"};
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    uint32_t counts[2] = {0, 0};
    test_ok(scenario_parse(named, strlen(named), "w.yaml", &f->scenario, &err), err);
    workload_done(&f->workload);
    test_ok(workload_make(&f->scenario, &f->workload, &err), err);
    for (uint32_t i = 0; i < 40; i++) {
        const struct store_message *message = make(f, i);
        assert_string_equal(message->topic, names[f->message.topic_index]);
        assert_int_equal(message->born_host.address_size_bytes, 16);
        assert_int_equal(message->sys_flag, MESSAGE_SYSFLAG_BORN_V6);
        counts[f->message.topic_index]++;
    }
    assert_true(counts[0] > 0 && counts[1] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_become_steps_in_order),
        cmocka_unit_test(a_message_is_a_function_of_seed_and_index),
        cmocka_unit_test(another_seed_makes_other_messages),
        cmocka_unit_test(sizes_queues_and_topics_cover_their_ranges),
        cmocka_unit_test(a_message_without_wait_says_so),
        cmocka_unit_test(a_compressed_body_is_an_lz4_frame),
        cmocka_unit_test(a_rejected_message_is_one_that_must_be_refused),
        cmocka_unit_test(one_body_size_makes_messages_of_one_size),
        cmocka_unit_test(nothing_asked_for_is_no_properties_at_all),
        cmocka_unit_test(probes_are_small_and_plain),
        cmocka_unit_test(topics_have_the_names_that_they_are_given),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
