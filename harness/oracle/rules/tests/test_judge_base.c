/* A store that was there before: its records are nobody's of the ledger, and must stay as they are.
 */
#include "harness/oracle/rules/judge_base.h"
#include "harness/oracle/rules/tests/judge_fixture.h"
#include "harness/testkit/test.h"

#define SOME 5u

/* All of the store is the base; the ledger has sent nothing. */
static struct fixture *set_up(bool is_dledger)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct err err = ERR_INIT;
    assert_non_null(fixture);
    fixture_init(fixture, is_dledger);
    fixture->scenario.start_ms = FIXTURE_START_MS + 1000 * FIXTURE_MESSAGES;
    ledger_reset(fixture->ledger, &fixture->scenario, FIXTURE_MESSAGES + WORKLOAD_PROBES,
                 FIXTURE_SEED);
    atomic_store(&fixture->ledger->latest_ms, FIXTURE_LATEST_MS);
    struct view view = storemaker_view(&fixture->maker);
    test_ok(judge_base_begin_with(fixture->state, &view, &fixture->scenario, &err), err);
    return fixture;
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
