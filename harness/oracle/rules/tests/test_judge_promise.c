/* What an acknowledgement promises when the power fails (docs/PROPERTIES.md). */
#include "harness/oracle/rules/judge.h"
#include "harness/testkit/test.h"

#include <stdlib.h>
#include <string.h>

/* Message 0 waits for its sync, message 1 does not. */
static const char sync_text[] =
    "name: promise\nsummary: s\nstore: { mode: commitlog, flush: sync }\n"
    "workload: { phases: [ { put: 1, body: 10B }, { put: 1, body: 10B, wait: false } ] }\n"
    "faults: [ { point: \"*\", fault: [kill] } ]\n";

static struct scenario scenario;
static struct workload workload;

/* Both lie at 1000..1100 and are answered. */
static void prepare(enum store_flush flush, struct judge_context *ret_context)
{
    struct err err = ERR_INIT;
    if (scenario_parse(sync_text, strlen(sync_text), "promise", &scenario, &err) < 0 ||
        workload_make(&scenario, &workload, &err) < 0) {
        fail_msg("%s", err.text);
    }
    scenario.store.flush = flush;
    uint32_t capacity = workload.message_count + WORKLOAD_PROBES;
    struct ledger *ledger = calloc(1, ledger_size_bytes(capacity));
    assert_non_null(ledger);
    ledger_reset(ledger, &scenario, capacity, 1);
    const struct store_put_result result = {
        .status = STORE_PUT_OK, .physical_offset = 1000, .size_bytes = 100};
    for (uint32_t i = 0; i < 2; i++) {
        ledger_note_sent(ledger, i);
        ledger_note_done(ledger, i, &result);
    }
    *ret_context = (struct judge_context){.scenario = &scenario,
                                          .workload = &workload,
                                          .ledger = ledger,
                                          .is_promise_bounded = true,
                                          .promised_end = 1099};
}

static void finish(struct judge_context *context)
{
    free(context->ledger);
    workload_done(&workload);
}

static void test_sync_mode(void **state)
{
    (void)state;
    struct judge_context context;
    prepare(STORE_FLUSH_SYNC, &context);
    assert_true(judge_promise_is_owed(&context, 0));
    assert_false(judge_promise_is_owed(&context, 1));
    context.promised_end = 1100;
    assert_true(judge_promise_is_owed(&context, 1));
    context.promised_end = 1099;
    context.is_promise_bounded = false;
    assert_true(judge_promise_is_owed(&context, 1));
    finish(&context);
}

static void test_asynchronous_mode(void **state)
{
    (void)state;
    struct judge_context context;
    prepare(STORE_FLUSH_ASYNC, &context);
    assert_false(judge_promise_is_owed(&context, 0));
    assert_false(judge_promise_is_owed(&context, 1));
    context.promised_end = 1100;
    assert_true(judge_promise_is_owed(&context, 0));
    finish(&context);
}

static void test_lies_bound_all(void **state)
{
    (void)state;
    struct judge_context context;
    prepare(STORE_FLUSH_SYNC, &context);
    context.is_lied = true;
    assert_false(judge_promise_is_owed(&context, 0));
    context.promised_end = 1100;
    assert_true(judge_promise_is_owed(&context, 0));
    finish(&context);
}

static void test_what_is_never_promised(void **state)
{
    (void)state;
    struct judge_context context;
    prepare(STORE_FLUSH_SYNC, &context);
    context.promised_end = UINT64_MAX;
    context.ledger->messages[0].is_waived = 1;
    assert_false(judge_promise_is_owed(&context, 0));
    context.ledger->messages[1].status = STORE_PUT_FLUSH_DISK_TIMEOUT;
    assert_false(judge_promise_is_owed(&context, 1));
    assert_false(judge_promise_is_owed(&context, 2)); /* never sent */
    finish(&context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sync_mode),
        cmocka_unit_test(test_asynchronous_mode),
        cmocka_unit_test(test_lies_bound_all),
        cmocka_unit_test(test_what_is_never_promised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
