/* Every field of the ledger comes back; what cannot be in one is refused. */
#include "harness/capsule/capsule_ledger.h"
#include "harness/testkit/test.h"

#define CAPACITY 9u

static struct ledger *make(void)
{
    struct ledger *ledger = calloc(1, ledger_size_bytes(CAPACITY));
    assert_non_null(ledger);
    /* Each byte its own, where no field has bounds of its own. */
    for (size_t i = 0; i < ledger_size_bytes(CAPACITY); i++) {
        ((uint8_t *)ledger)[i] = (uint8_t)(i * 7 + 1);
    }
    ledger->message_capacity = CAPACITY;
    ledger->queue_count = 4;
    ledger->ack_after_failed_message = 3;
    ledger->is_threads = true;
    ledger->is_sync = false;
    for (uint32_t i = 4; i < LEDGER_QUEUES_MAX; i++) {
        ledger->commits[i] = (struct ledger_commit){.last = -1,
                                                    .persisted = -1,
                                                    .lowest_max = -1,
                                                    .persisting = -1,
                                                    .cut_from_max = -1,
                                                    .ceiling = -1};
    }
    for (uint32_t i = 0; i < CAPACITY; i++) {
        ledger->messages[i].status = STORE_PUT_OK;
    }
    memset(&ledger->messages[5], 0, sizeof(ledger->messages[5])); /* never sent */
    return ledger;
}

/* Prints what was parsed again: texts are equal only if every field is. */
static void assert_comes_back(const struct rest *rest)
{
    struct rest back = {.now_ms = 0};
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;
    char *text = NULL;
    char *again = NULL;
    test_ok(capsule_ledger_print(rest, &text, &err), err);
    test_ok(capsule_ledger_parse(text, strlen(text), &back, &ledger, &err), err);
    assert_ptr_equal(back.ledger, ledger);
    assert_true(back.promised_end == rest->promised_end);
    assert_true(back.events == rest->events);
    assert_int_equal(ledger->messages[5].sent_seq, 0);
    assert_true(ledger->messages[8].physical_offset == rest->ledger->messages[8].physical_offset);
    test_ok(capsule_ledger_print(&back, &again, &err), err);
    assert_string_equal(text, again);
    free(again);
    free(text);
    free(ledger);
}

static void every_field_comes_back(void **state)
{
    (void)state;
    struct ledger *ledger = make();
    const struct rest rest = {.ledger = ledger,
                              .now_ms = INT64_C(1767225600123),
                              .events = UINT64_C(0x8000000000000001),
                              .round = 3,
                              .next_step = 17,
                              .promised_end = UINT64_MAX,
                              .is_lied = true,
                              .is_kill = true};
    assert_comes_back(&rest);
    free(ledger);
}

/* One word of a sound text made another. */
static void refused(const char *word, const char *other)
{
    struct ledger *ledger = make();
    const struct rest rest = {.ledger = ledger};
    struct rest back = {.now_ms = 0};
    struct ledger *parsed = NULL;
    struct err err = ERR_INIT;
    char *text = NULL;
    test_row(other);
    test_ok(capsule_ledger_print(&rest, &text, &err), err);
    char *at = strstr(text, word);
    assert_non_null(at);
    assert_true(strlen(other) <= strlen(word));
    memset(at, ' ', strlen(word));
    memcpy(at, other, strlen(other));
    test_code(capsule_ledger_parse(text, strlen(text), &back, &parsed, &err), ERR_CORRUPT);
    assert_true(err.text[0] != '\0');
    free(text);
    free(ledger);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    refused("\"message_capacity\": 9", "\"message_capacity\": 0");
    refused("\"message_capacity\": 9", "\"message_capacity\": 4");
    refused("\"queue_count\": 4", "\"queue_count\": 3");
    refused("\"queue_count\": 4", "\"queue_count\": 5");
    refused("\"ack_after_failed_message\": 3", "\"ack_after_failed_message\": 9");
    refused("\"status\": 0", "\"status\": 9");
    refused("\"index\": 8", "\"index\": 9");
    refused("\"index\": 8", "\"index\":-1");
    refused("\"is_kill\": 0", "\"is_kill\": 2");
    refused("\"round\": 0", "\"round\": 8");
    refused("\"now_ms\"", "\"now\"");
    refused("\"ledger\"", "\"le\"");
    refused("{", "[");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
