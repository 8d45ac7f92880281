/* A store that was there before: its records are nobody's of the ledger, and must stay as they are.
 */
#include "harness/oracle/rules/judge_base.h"
#include "harness/oracle/rules/tests/judge_fixture.h"
#include "harness/testkit/test.h"

#define SOME 5u

#define LAST         (FIXTURE_MESSAGES - 1u)
#define ADDRESS_BYTE 0x80 /* the first of a tags field that leads into consumequeue_ext/ */

/* All of the store is the base, as `damage` leaves it; the ledger has sent nothing. */
static struct fixture *set_up_damaged(bool is_dledger, void (*damage)(struct fixture *fixture))
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct err err = ERR_INIT;
    assert_non_null(fixture);
    fixture_init(fixture, is_dledger);
    fixture->scenario.start_ms = FIXTURE_START_MS + 1000 * FIXTURE_MESSAGES;
    strcpy(fixture->scenario.base, "some");
    if (damage != NULL) {
        damage(fixture);
    }
    ledger_reset(fixture->ledger, &fixture->scenario, FIXTURE_MESSAGES + WORKLOAD_PROBES,
                 FIXTURE_SEED);
    atomic_store(&fixture->ledger->latest_ms, FIXTURE_LATEST_MS);
    struct view view = storemaker_view(&fixture->maker);
    test_ok(judge_base_begin_with(fixture->state, &view, &fixture->scenario, &err), err);
    return fixture;
}

static struct fixture *set_up(bool is_dledger)
{
    return set_up_damaged(is_dledger, NULL);
}

static uint8_t *unit_of(struct fixture *fixture, uint32_t message)
{
    return storemaker_unit_at(&fixture->maker, fixture->messages[message].topic,
                              fixture->messages[message].message.queue_id,
                              (uint64_t)fixture->places[message].queue_offset);
}

static void tear_down(struct fixture *fixture)
{
    fixture_done(fixture);
    free(fixture);
}

static uint32_t violated(struct fixture *fixture)
{
    assert_int_equal(fixture_judge(fixture), 0);
    return fixture->report.violated;
}

static void nothing_is_said_of_a_base_that_stays(void **state)
{
    (void)state;
    for (int is_dledger = 0; is_dledger < 2; is_dledger++) {
        struct fixture *fixture = set_up(is_dledger != 0);
        assert_int_equal(violated(fixture), 0);
        tear_down(fixture);
    }
}

/* Whose FLAG is that of a message which was sent: both are what they are. */
static void a_message_goes_behind_a_record_of_its_flag(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(false);
    assert_int_equal(workload_message_make(&fixture->scenario, &fixture->workload, FIXTURE_SEED,
                                           SOME, &fixture->messages[SOME]),
                     0);
    struct storemaker_message message = fixture_message(fixture, SOME);
    message.store_timestamp_ms = fixture->scenario.start_ms;
    fixture->places[SOME] = storemaker_put(&fixture->maker, &message);
    assert_int_equal(violated(fixture), PROPERTY_BIT(NOTHING_INVENTED));
    fixture_acknowledge(fixture, SOME);
    (void)violated(fixture);
    assert_string_equal(fixture->report.text, "");
    tear_down(fixture);
}

static void a_record_that_is_altered_is_told(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(false);
    uint64_t offset = fixture->places[SOME].offset;
    storemaker_record_at(&fixture->maker, offset)[60] ^= 1; /* in the bornHost, which no CRC covers
                                                               and no rule of a queue reads */
    storemaker_seal(&fixture->maker, offset);
    assert_true((violated(fixture) & PROPERTY_BIT(ACKED_SURVIVES)) != 0);
    assert_true((fixture->report.violated & PROPERTY_BIT(NOTHING_INVENTED)) != 0);
    test_contains(fixture->report.text, "a record of the base");
    tear_down(fixture);
}

static void a_record_that_is_lost_is_told(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(false);
    const struct storemaker_record *last = &fixture->places[FIXTURE_MESSAGES - 1];
    memset(storemaker_record_at(&fixture->maker, last->offset), 0, last->size_bytes);
    assert_true((violated(fixture) & PROPERTY_BIT(ACKED_SURVIVES)) != 0);
    test_contains(fixture->report.text, "is lost or altered");
    tear_down(fixture);
}

/* Or the base would seem to end in front of it, and nobody would miss what is behind. */
static void the_slack_of_5_2_0_belongs_to_its_record(void **state)
{
    (void)state;
    static const char properties[] = "INNER_MULTI_DISPATCH\1%LMQ%a\2INNER_MULTI_QUEUE_OFFSET\0010\2"
                                     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    struct fixture *fixture = set_up(false);
    struct err err = ERR_INIT;
    struct view view = storemaker_view(&fixture->maker);
    struct storemaker_message message = fixture_message(fixture, SOME);
    message.store_timestamp_ms = fixture->scenario.start_ms;
    message.properties = properties;
    message.properties_size_bytes = sizeof(properties) - 1;
    message.tags_code = 0;
    fixture->maker.with_crc = false;
    struct storemaker_record place = storemaker_put(&fixture->maker, &message);
    storemaker_put_unit(&fixture->maker, "%LMQ%a", 0, 0, &place, 0);
    judge_state_free(fixture->state);
    fixture->state = judge_state_new();
    test_ok(judge_base_begin_with(fixture->state, &view, &fixture->scenario, &err), err);
    (void)violated(fixture);
    assert_string_equal(fixture->report.text, "");
    memset(storemaker_record_at(&fixture->maker, place.offset), 0, place.size_bytes);
    assert_true((violated(fixture) & PROPERTY_BIT(ACKED_SURVIVES)) != 0);
    test_contains(fixture->report.text, "is lost or altered");
    tear_down(fixture);
}

/* Another store in its place, with a message of ours where each record of the base was. */
static void a_message_in_the_place_of_a_record_does_not_hide_it(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(false);
    storemaker_record_at(&fixture->maker, 0)[52] ^= 1; /* bornTimestamp */
    storemaker_seal(&fixture->maker, 0);
    for (uint32_t i = 0; i < FIXTURE_MESSAGES; i++) {
        fixture_acknowledge(fixture, i);
    }
    assert_true((violated(fixture) & PROPERTY_BIT(ACKED_SURVIVES)) != 0);
    test_contains(fixture->report.text, "a record of the base");
    tear_down(fixture);
}

static void a_base_from_the_future_is_refused(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(false);
    struct err err = ERR_INIT;
    struct view view = storemaker_view(&fixture->maker);
    struct judge_state *other = judge_state_new();
    fixture->scenario.start_ms = FIXTURE_START_MS + 1000 * (FIXTURE_MESSAGES - 2);
    test_code(judge_base_begin_with(other, &view, &fixture->scenario, &err), ERR_USAGE);
    test_contains(err.text, "later than 'start'");
    judge_state_free(other);
    tear_down(fixture);
}

/* The last unit of a queue was never dispatched. */
static void lose_last_unit(struct fixture *fixture)
{
    memset(unit_of(fixture, LAST), 0, 20);
}

static void put_address(struct fixture *fixture)
{
    unit_of(fixture, SOME)[12] = ADDRESS_BYTE;
}

/* A record with the queueOffset of another one, for which there is no unit. */
static void put_double(struct fixture *fixture)
{
    struct storemaker_message message = fixture_message(fixture, LAST);
    message.queue_offset = fixture->places[LAST].queue_offset;
    message.without_unit = true;
    fixture->places[FIXTURE_MESSAGES] = storemaker_put(&fixture->maker, &message);
}

static uint32_t violated_by_crash(struct fixture *fixture)
{
    fixture->context.is_crashed = true;
    uint32_t found = violated(fixture);
    fixture->context.is_crashed = false;
    return found;
}

/* A base that was stopped cleanly and lacks a unit all the same, by RocketMQ's own fault. */
static void a_unit_that_the_base_lacks_is_owed_after_our_first_recovery(void **state)
{
    (void)state;
    struct fixture *fixture = set_up_damaged(false, lose_last_unit);
    assert_int_equal(violated_by_crash(fixture), 0);
    ledger_note_opened(fixture->ledger);
    assert_int_equal(violated_by_crash(fixture), PROPERTY_BIT(QUEUE_COMPLETE));
    test_contains(fixture->report.text, "no unit for message (topic");
    assert_int_equal(violated(fixture), PROPERTY_BIT(QUEUE_COMPLETE));
    tear_down(fixture);
}

static void no_unit_of_the_base_may_go_before_our_first_recovery(void **state)
{
    (void)state;
    struct fixture *fixture = set_up_damaged(false, lose_last_unit);
    memset(unit_of(fixture, LAST - 1), 0, 20);
    assert_true((violated_by_crash(fixture) & PROPERTY_BIT(QUEUE_COMPLETE)) != 0);
    tear_down(fixture);
}

static void a_unit_that_is_being_mended_is_as_it_was_or_right(void **state)
{
    (void)state;
    struct fixture *fixture = set_up_damaged(false, put_address);
    assert_int_equal(violated_by_crash(fixture), 0);
    unit_of(fixture, SOME)[12] = ADDRESS_BYTE | 1;
    assert_true((violated_by_crash(fixture) & PROPERTY_BIT(QUEUE_TRUE)) != 0);
    unit_of(fixture, SOME)[12] = 0;
    assert_int_equal(violated_by_crash(fixture), 0);
    /* Another unit of the same queue, which was right, with the same fault. */
    unit_of(fixture, LAST)[12] = ADDRESS_BYTE;
    assert_true((violated_by_crash(fixture) & PROPERTY_BIT(QUEUE_TRUE)) != 0);
    tear_down(fixture);
}

static void a_queue_offset_that_the_base_gave_out_twice_is_not_found_again(void **state)
{
    (void)state;
    for (int is_dledger = 0; is_dledger < 2; is_dledger++) {
        struct fixture *fixture = set_up_damaged(is_dledger != 0, put_double);
        (void)violated(fixture);
        assert_string_equal(fixture->report.text, "");
        tear_down(fixture);
    }
}

/* One of both must have it. */
static void either_of_two_records_has_the_unit_of_their_queue_offset(void **state)
{
    (void)state;
    struct fixture *fixture = set_up_damaged(false, put_double);
    const struct workload_message *message = &fixture->messages[LAST];
    storemaker_put_unit(&fixture->maker, message->topic, message->message.queue_id,
                        (uint64_t)fixture->places[LAST].queue_offset,
                        &fixture->places[FIXTURE_MESSAGES], fixture_tags(message));
    (void)violated(fixture);
    assert_string_equal(fixture->report.text, "");
    lose_last_unit(fixture);
    assert_int_equal(violated(fixture), PROPERTY_BIT(QUEUE_COMPLETE));
    tear_down(fixture);
}

/* Behind one that is the base's. */
static void a_queue_offset_that_we_give_out_twice_is_told(void **state)
{
    (void)state;
    struct fixture *fixture = set_up_damaged(false, put_double);
    struct storemaker_message message = fixture_message(fixture, SOME);
    message.queue_offset = fixture->places[SOME].queue_offset;
    message.store_timestamp_ms = fixture->scenario.start_ms;
    message.without_unit = true;
    fixture->places[SOME] = storemaker_put(&fixture->maker, &message);
    fixture_acknowledge(fixture, SOME);
    assert_true((violated(fixture) & PROPERTY_BIT(OFFSETS_UNIQUE)) != 0);
    tear_down(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_said_of_a_base_that_stays),
        cmocka_unit_test(a_message_goes_behind_a_record_of_its_flag),
        cmocka_unit_test(a_record_that_is_altered_is_told),
        cmocka_unit_test(a_record_that_is_lost_is_told),
        cmocka_unit_test(the_slack_of_5_2_0_belongs_to_its_record),
        cmocka_unit_test(a_message_in_the_place_of_a_record_does_not_hide_it),
        cmocka_unit_test(a_base_from_the_future_is_refused),
        cmocka_unit_test(a_unit_that_the_base_lacks_is_owed_after_our_first_recovery),
        cmocka_unit_test(no_unit_of_the_base_may_go_before_our_first_recovery),
        cmocka_unit_test(a_unit_that_is_being_mended_is_as_it_was_or_right),
        cmocka_unit_test(a_queue_offset_that_the_base_gave_out_twice_is_not_found_again),
        cmocka_unit_test(either_of_two_records_has_the_unit_of_their_queue_offset),
        cmocka_unit_test(a_queue_offset_that_we_give_out_twice_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
