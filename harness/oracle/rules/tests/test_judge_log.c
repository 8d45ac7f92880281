/* The log against the ledger: one good store, one damage to it or to what was told, and every
 * finding of judge_log_check(), word for word. */
#include "harness/oracle/rules/judge_log.h"
#include "harness/oracle/rules/tests/judge_fixture.h"
#include "harness/testkit/test.h"

#include <inttypes.h>

#define LAST             (FIXTURE_MESSAGES - 1)
#define PROBE            FIXTURE_MESSAGES
#define SOME             5u /* a message in the middle */
#define STORED_MS(index) (FIXTURE_START_MS + 1000 * (int64_t)(index))

struct bench {
    struct fixture store;
    struct disk_sink sink;
    char found[8192];    /* "PROPERTY FILE@OFFSET: TEXT\n" */
    char expected[8192]; /* the same */
};

static void add_finding(void *arg, const struct disk_finding *finding)
{
    struct bench *bench = arg;
    size_t length = strlen(bench->found);
    assert_int_equal(finding->repair, DISK_REPAIR_NONE);
    snprintf(bench->found + length, sizeof bench->found - length, "%s %s@%" PRIu64 ": %s\n",
             property_name(mechanism_property(finding->mechanism)), finding->file, finding->offset,
             finding->text);
}

static struct bench *set_up(bool is_dledger)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    fixture_init(&bench->store, is_dledger);
    bench->sink = (struct disk_sink){bench, add_finding};
    bench->store.ledger->restarts = 1;
    return bench;
}

static void tear_down(struct bench *bench)
{
    fixture_done(&bench->store);
    free(bench);
}

static struct ledger_message *told(struct bench *bench, uint32_t index)
{
    return &bench->store.ledger->messages[index];
}

static const struct storemaker_record *place(const struct bench *bench, uint32_t index)
{
    return &bench->store.places[index];
}

static uint8_t *record_of(struct bench *bench, uint32_t index)
{
    return storemaker_record_at(&bench->store.maker, place(bench, index)->offset);
}

/* A finding at `at` of the log, with `text` as it must be said. */
static void expect(struct bench *bench, enum property property, uint64_t at, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));

static void expect(struct bench *bench, enum property property, uint64_t at, const char *format,
                   ...)
{
    const char *directory = bench->store.maker.is_dledger ? "dledger-n0/data" : "commitlog";
    uint64_t inside = at % FIXTURE_LOG_BYTES;
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t length = strlen(bench->expected);
    snprintf(bench->expected + length, sizeof bench->expected - length,
             "%s %s/%020" PRIu64 "@%" PRIu64 ": %s\n", property_name(property), directory,
             at - inside, inside, text);
}

/* Message `index` in the words of a finding, as it stands at `at`. */
static const char *words(const struct bench *bench, uint32_t index,
                         const struct storemaker_record *at, char text[192])
{
    const struct workload_message *made = &bench->store.messages[index];
    snprintf(text, 192,
             "message %" PRIu32 " (topic %.64s, queue %" PRId32 ", queueOffset %" PRId64
             ", at %" PRIu64 ", %" PRIu32 " bytes)",
             index, made->topic, made->message.queue_id, at->queue_offset, at->offset,
             at->size_bytes);
    return text;
}

/* Message `index` is lost from a log of `count` records that begins at `from`. */
static void expect_lost_from(struct bench *bench, uint32_t index, uint32_t count, uint64_t from)
{
    const struct storemaker_record *at = place(bench, index);
    expect(bench, PROPERTY_ACKED_SURVIVES, at->offset,
           "acknowledged message %" PRIu32 " (queueOffset %" PRId64
           ") is lost, expected it at %" PRIu64 ", found a log of %" PRIu32 " records from %" PRIu64
           " to %" PRIu64,
           index, at->queue_offset, at->offset, count, from, bench->store.state->log.end_offset);
}

static void expect_lost(struct bench *bench, uint32_t index)
{
    expect_lost_from(bench, index, FIXTURE_MESSAGES - 1, 0);
}

static void expect_altered(struct bench *bench, enum property property, uint32_t index,
                           const char *what)
{
    char text[192];
    const struct workload_message *made = &bench->store.messages[index];
    expect(
        bench, property, place(bench, index)->offset,
        "the record's %s was altered, expected it as sent to topic %s queue %" PRId32 ", found %s",
        what, made->topic, made->message.queue_id, words(bench, index, place(bench, index), text));
}

/* Message `index` stands at `at`, and was told another place: the ledger's. */
static void expect_moved(struct bench *bench, uint32_t index, const struct storemaker_record *at,
                         uint32_t told_size_bytes)
{
    char text[192];
    expect(bench, PROPERTY_ACKED_SURVIVES, at->offset,
           "the record is not where it was acknowledged, expected queueOffset %" PRId64
           " at %" PRIu64 ", %" PRIu32 " bytes, found %s",
           told(bench, index)->queue_offset, told(bench, index)->physical_offset, told_size_bytes,
           words(bench, index, at, text));
}

static void expect_back(struct bench *bench, uint32_t index, const char *since)
{
    char text[192];
    expect(bench, PROPERTY_NO_RESURRECTION, place(bench, index)->offset,
           "%s is back, expected it gone since %s", words(bench, index, place(bench, index), text),
           since);
}

/* Reads the store as it is now. */
static void look(struct bench *bench)
{
    struct fixture *store = &bench->store;
    struct view view = storemaker_view(&store->maker);
    struct err err = ERR_INIT;
    test_ok(judge_read(store->state, &view, &store->scenario.store, &err), err);
    bench->found[0] = '\0';
    bench->expected[0] = '\0';
}

/* What the judge says of what was read is what was expected since, and nothing else. */
static void judge(struct bench *bench)
{
    struct fixture *store = &bench->store;
    bench->found[0] = '\0';
    assert_int_equal(judge_log_check(&store->context, store->state, &bench->sink), 0);
    assert_string_equal(bench->found, bench->expected);
}

static void look_and_judge(struct bench *bench)
{
    look(bench);
    judge(bench);
}

/* The log ends before the last message. */
static void lose_last(struct bench *bench)
{
    uint32_t header = bench->store.maker.is_dledger ? 48 : 0;
    memset(record_of(bench, LAST) - header, 0, place(bench, LAST)->size_bytes + header);
}

static void nothing_is_said_of_a_good_store(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct bench *bench = set_up(i == 1);
        look_and_judge(bench);
        assert_int_equal(bench->store.state->record_count, FIXTURE_MESSAGES);
        judge(bench); /* and the second time the records are known to be as sent */
        for (uint32_t k = 0; k < FIXTURE_MESSAGES; k++) {
            assert_int_equal(told(bench, k)->gone_after, 0);
        }
        tear_down(bench);
    }
}

static void a_lost_message_is_told_with_its_place(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct bench *bench = set_up(i == 1);
        lose_last(bench);
        look(bench);
        expect_lost(bench, LAST);
        judge(bench);
        assert_int_equal(told(bench, LAST)->gone_after, 1);
        /* Lost once is gone since then, however often it is looked for. */
        bench->store.ledger->restarts = 4;
        judge(bench);
        assert_int_equal(told(bench, LAST)->gone_after, 1);
        tear_down(bench);
    }
}

/* Where no file is any more, the place is computed from the size of one. */
static void of_an_empty_store_all_is_lost(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    storemaker_clear(&bench->store.maker);
    look(bench);
    for (uint32_t i = 0; i < FIXTURE_MESSAGES; i++) {
        expect_lost_from(bench, i, 0, 0);
    }
    judge(bench);
    tear_down(bench);
}

static void what_was_not_promised_may_be_gone(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    struct ledger_message *entry = told(bench, LAST);
    lose_last(bench);
    look(bench);
    entry->status = STORE_PUT_FLUSH_DISK_TIMEOUT;
    judge(bench);
    assert_int_equal(entry->gone_after, 1); /* and stays away from now on */
    entry->status = STORE_PUT_OK;
    atomic_store(&entry->done_seq, 0);
    judge(bench);
    atomic_store(&entry->done_seq, 1);
    entry->is_waived = 1;
    judge(bench);
    entry->is_waived = 0;
    /* A truncate takes it away as soon as it began. */
    for (uint32_t cut = 1; cut <= 2; cut++) {
        atomic_store(&entry->was_cut, cut);
        judge(bench);
    }
    atomic_store(&entry->was_cut, 0);
    expect_lost(bench, LAST);
    judge(bench);
    tear_down(bench);
}

/* The bound is the end of what was synced: a record that ends there is below it. */
static void what_was_answered_early_is_bounded_by_the_promised_end(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    struct judge_context *context = &bench->store.context;
    struct scenario *scenario = &bench->store.scenario;
    uint64_t end = place(bench, LAST)->offset + place(bench, LAST)->size_bytes;
    lose_last(bench);
    /* The last put is of a phase of its own, for whether it waits is part of the message. */
    scenario->phases[1] = scenario->phases[0];
    bench->store.workload.steps[bench->store.workload.step_count - 1].phase = 1;
    for (int i = 0; i < 3; i++) {
        look(bench);
        scenario->store.flush = i == 1 ? STORE_FLUSH_ASYNC : STORE_FLUSH_SYNC;
        scenario->phases[1].wait = i != 0;
        context->is_lied = i == 2;
        context->is_promise_bounded = true;
        context->promised_end = end - 1;
        judge(bench);
        expect_lost(bench, LAST);
        context->promised_end = end;
        judge(bench);
        context->promised_end = end - 1;
        context->is_promise_bounded = false; /* a kill takes nothing */
        judge(bench);
    }
    /* What waited for a sync that was none of a liar's is owed wherever it ends. */
    context->is_lied = false;
    context->is_promise_bounded = true;
    judge(bench);
    tear_down(bench);
}

/* Takes the first `count` files of the log away; the first message that is left. */
static uint32_t lose_head(struct bench *bench, uint32_t count)
{
    char path[64];
    for (uint32_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "commitlog/%020u", i * FIXTURE_LOG_BYTES);
        storemaker_remove(&bench->store.maker, path);
    }
    uint32_t first = 0;
    while (place(bench, first)->offset < (uint64_t)count * FIXTURE_LOG_BYTES) {
        first++;
    }
    return first;
}

static void expired_files_are_excused(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    struct ledger *ledger = bench->store.ledger;
    uint32_t second = 1;
    while (place(bench, second)->offset < FIXTURE_LOG_BYTES) {
        second++;
    }
    uint32_t first = lose_head(bench, 2);
    assert_true(second > 1 && first > second + 1);
    /* The second file's last record is just old enough. */
    atomic_store(&ledger->expired_before_ms, STORED_MS(first - 1) + 1);
    look_and_judge(bench);
    /* It is not: no record of that file is excused, be it as old as it may. */
    atomic_store(&ledger->expired_before_ms, STORED_MS(first - 1));
    for (uint32_t i = second; i < first; i++) {
        expect_lost_from(bench, i, FIXTURE_MESSAGES - first, 2 * FIXTURE_LOG_BYTES);
    }
    judge(bench);
    /* Nor is a record excused that was itself too young, whatever the file's last says. */
    int64_t stored_ms = told(bench, second)->store_timestamp_ms;
    atomic_store(&ledger->expired_before_ms, STORED_MS(first - 1) + 1);
    told(bench, second)->store_timestamp_ms = STORED_MS(first - 1) + 1;
    bench->expected[0] = '\0';
    expect_lost_from(bench, second, FIXTURE_MESSAGES - first, 2 * FIXTURE_LOG_BYTES);
    judge(bench);
    told(bench, second)->store_timestamp_ms = stored_ms;
    /* What a truncate cut, or nobody acknowledged, was not the file's last. */
    atomic_store(&told(bench, first - 1)->was_cut, 1);
    atomic_store(&ledger->expired_before_ms, STORED_MS(first - 2) + 1);
    bench->expected[0] = '\0';
    judge(bench);
    atomic_store(&told(bench, first - 1)->was_cut, 0);
    told(bench, first - 1)->status = STORE_PUT_UNKNOWN_ERROR;
    judge(bench);
    tear_down(bench);
}

/* Retention takes whole files from the head, and never the last. */
static void what_cannot_have_expired_is_lost(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    atomic_store(&bench->store.ledger->expired_before_ms, INT64_MAX);
    lose_last(bench);
    look(bench);
    expect_lost(bench, LAST);
    judge(bench);
    storemaker_clear(&bench->store.maker);
    look(bench);
    for (uint32_t i = 0; i < FIXTURE_MESSAGES; i++) {
        expect_lost_from(bench, i, 0, 0);
    }
    judge(bench);
    tear_down(bench);
    /* Nothing was allowed to expire. */
    bench = set_up(false);
    uint32_t first = lose_head(bench, 1);
    look(bench);
    for (uint32_t i = 0; i < first; i++) {
        expect_lost_from(bench, i, FIXTURE_MESSAGES - first, FIXTURE_LOG_BYTES);
    }
    judge(bench);
    tear_down(bench);
}

/* One byte of message SOME, `at` bytes into its record. */
struct alteration {
    const char *what;
    uint32_t at;
    bool is_behind_host; /* the host's size counts */
};

static uint32_t host_growth(const struct bench *bench)
{
    return bench->store.messages[SOME].message.born_host.address_size_bytes == 16 ? 12 : 0;
}

static void an_altered_message_is_told_by_what_is_altered(void **state)
{
    (void)state;
    static const struct alteration rows[] = {
        {"queue", 15, false},
        {"bornTimestamp", 47, false},
        {"bornHost", 48, false},
        {"bornHost", 55, true}, /* the port */
        {"sysFlag", 39, false}, /* the lowest bit: compressed */
        {"reconsumeTimes or preparedTransactionOffset", 75, true},
        {"reconsumeTimes or preparedTransactionOffset", 83, true},
        {"body", 88, true},
    };
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct bench *bench = set_up(false);
        test_row(rows[i].what);
        uint32_t at = rows[i].at + (rows[i].is_behind_host ? host_growth(bench) : 0);
        struct storemaker_record there = *place(bench, SOME);
        record_of(bench, SOME)[at] ^= 1;
        storemaker_seal(&bench->store.maker, there.offset);
        look(bench);
        /* The finding names the queue that the record says, and where it was sent to. */
        struct workload_message *made = &bench->store.messages[SOME];
        int32_t sent_to = made->message.queue_id;
        if (strcmp(rows[i].what, "queue") == 0) {
            char text[192];
            made->message.queue_id ^= 1;
            expect(bench, PROPERTY_ACKED_SURVIVES, there.offset,
                   "the record's queue was altered, expected it as sent to topic %s queue %" PRId32
                   ", found %s",
                   made->topic, sent_to, words(bench, SOME, &there, text));
        } else {
            expect_altered(bench, PROPERTY_ACKED_SURVIVES, SOME, rows[i].what);
        }
        judge(bench);
        judge(bench); /* a record that differed is compared again */
        tear_down(bench);
    }
}

static void an_altered_topic_is_told(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    const struct storemaker_record *at = place(bench, SOME);
    struct workload_message *made = &bench->store.messages[SOME];
    uint32_t topic_at = 88 + host_growth(bench) + (uint32_t)made->message.body_size_bytes + 1;
    uint32_t last = (uint32_t)strlen(made->topic) - 1;
    char sent_to[64];
    char text[192];
    snprintf(sent_to, sizeof sent_to, "%.63s", made->topic);
    assert_memory_equal(record_of(bench, SOME) + topic_at, made->topic, last + 1);
    made->topic[last] ^= 1;
    record_of(bench, SOME)[topic_at + last] ^= 1;
    storemaker_seal(&bench->store.maker, at->offset);
    look(bench);
    expect(bench, PROPERTY_ACKED_SURVIVES, at->offset,
           "the record's topic was altered, expected it as sent to topic %s queue %" PRId32
           ", found %s",
           sent_to, made->message.queue_id, words(bench, SOME, at, text));
    judge(bench);
    tear_down(bench);
}

/* Of what nobody was promised, a record that is none that was sent is invented. */
static void an_altered_message_that_nobody_was_promised_is_invented(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    record_of(bench, SOME)[88 + host_growth(bench)] ^= 1;
    storemaker_seal(&bench->store.maker, place(bench, SOME)->offset);
    told(bench, SOME)->status = STORE_PUT_FLUSH_DISK_TIMEOUT;
    look(bench);
    expect_altered(bench, PROPERTY_NOTHING_INVENTED, SOME, "body");
    judge(bench);
    /* Decay that no recovery looks for is the reads' affair. */
    atomic_store(&bench->store.ledger->was_rotten, 1);
    bench->expected[0] = '\0';
    judge(bench);
    tear_down(bench);
}

/* The separator may stand before a __CRC32# that follows, and nothing else may. */
static void properties_are_compared_to_their_end(void **state)
{
    (void)state;
    static const struct {
        const char *behind; /* what the record's properties have more than was sent */
        bool is_same;
    } rows[] = {{"", true}, {"\002", true}, {"\001", false}, {"\002\002", false}, {"k", false}};
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct bench *bench = set_up(false);
        struct storemaker_message message = fixture_message(&bench->store, LAST);
        char text[1024];
        size_t size = message.properties_size_bytes;
        assert_true(size > 0 && size + 2 < sizeof text);
        memcpy(text, message.properties, size);
        strcpy(text + size, rows[i].behind);
        message.properties = text;
        message.properties_size_bytes = size + strlen(rows[i].behind);
        storemaker_clear(&bench->store.maker);
        for (uint32_t k = 0; k < LAST; k++) {
            fixture_put(&bench->store, k);
        }
        bench->store.places[LAST] = storemaker_put(&bench->store.maker, &message);
        fixture_acknowledge(&bench->store, LAST);
        look(bench);
        if (!rows[i].is_same) {
            expect_altered(bench, PROPERTY_ACKED_SURVIVES, LAST, "properties");
        }
        judge(bench);
        tear_down(bench);
    }
}

/* One byte more than was sent is excused as the separator only if it is one, before a CRC. */
static void only_a_separator_before_a_crc_is_excused(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct bench *bench = set_up(false);
        struct storemaker_message message = fixture_message(&bench->store, LAST);
        char text[1024];
        size_t size = message.properties_size_bytes;
        assert_true(size > 0 && size + 1 < sizeof text);
        memcpy(text, message.properties, size);
        text[size] = 2;
        message.properties = text;
        message.properties_size_bytes = size + 1;
        bench->store.maker.with_crc = i == 0;
        storemaker_clear(&bench->store.maker);
        for (uint32_t k = 0; k < LAST; k++) {
            fixture_put(&bench->store, k);
            fixture_acknowledge(&bench->store, k);
        }
        bench->store.places[LAST] = storemaker_put(&bench->store.maker, &message);
        fixture_acknowledge(&bench->store, LAST);
        if (i == 0) {
            uint32_t at = place(bench, LAST)->size_bytes - STOREMAKER_RECORD_CRC_BYTES - 1;
            record_of(bench, LAST)[at] = 'k';
            storemaker_seal(&bench->store.maker, place(bench, LAST)->offset);
        }
        look(bench);
        expect_altered(bench, PROPERTY_ACKED_SURVIVES, LAST, "properties");
        judge(bench);
        tear_down(bench);
    }
}

static void a_message_at_another_place_than_told(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct bench *bench = set_up(false);
        struct ledger_message *entry = told(bench, SOME);
        entry->queue_offset += i == 0;
        entry->physical_offset += i == 1;
        entry->size_bytes += i == 2;
        look(bench);
        expect_moved(bench, SOME, place(bench, SOME), entry->size_bytes);
        judge(bench);
        /* Whom nobody told anything has no place to be missed at. */
        entry->status = STORE_PUT_FLUSH_DISK_TIMEOUT;
        bench->expected[0] = '\0';
        judge(bench);
        tear_down(bench);
    }
}

/* The last two stand in each other's order: both have another place than they were told. */
static void messages_out_of_order_are_not_where_told(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    struct storemaker_record sent[FIXTURE_MESSAGES + WORKLOAD_PROBES];
    memcpy(sent, bench->store.places, sizeof sent);
    storemaker_clear(&bench->store.maker);
    for (uint32_t i = 0; i < FIXTURE_MESSAGES; i++) {
        fixture_put(&bench->store, i < LAST - 1 ? i : LAST - 1 + LAST - i);
    }
    look(bench);
    for (uint32_t i = LAST - 1; i <= LAST; i++) {
        assert_int_not_equal(place(bench, i)->offset, sent[i].offset);
        expect_moved(bench, i, place(bench, i), sent[i].size_bytes);
    }
    judge(bench);
    tear_down(bench);
}

static void a_size_that_was_not_told_is_not_judged(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    struct ledger_message *entry = told(bench, SOME);
    entry->size_bytes = LEDGER_SIZE_UNTOLD;
    look_and_judge(bench);
    /* The offsets are, and no size is made up. */
    entry->queue_offset++;
    expect_moved(bench, SOME, place(bench, SOME), 0);
    judge(bench);
    entry->queue_offset--;
    entry->physical_offset--;
    bench->expected[0] = '\0';
    expect_moved(bench, SOME, place(bench, SOME), 0);
    judge(bench);
    tear_down(bench);
}

static void a_message_is_in_the_log_once(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct bench *bench = set_up(false);
        struct storemaker_message message = fixture_message(&bench->store, SOME);
        struct storemaker_record again = storemaker_put(&bench->store.maker, &message);
        char text[192];
        if (i == 1) {
            told(bench, SOME)->status = STORE_PUT_UNKNOWN_ERROR;
        }
        look(bench);
        expect(bench, i == 0 ? PROPERTY_ACKED_SURVIVES : PROPERTY_NOTHING_INVENTED, again.offset,
               "the message is in the log twice, expected once, at %" PRIu64 ", found %s",
               place(bench, SOME)->offset, words(bench, SOME, &again, text));
        judge(bench);
        /* Decay makes no second record. */
        atomic_store(&bench->store.ledger->was_rotten, 1);
        judge(bench);
        tear_down(bench);
    }
}

static void a_message_that_was_gone_stays_away(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    struct storemaker_message message = fixture_message(&bench->store, PROBE);
    ledger_note_sent(bench->store.ledger, PROBE);
    bench->store.ledger->restarts = 3;
    look_and_judge(bench); /* was sent, was not answered, is not there */
    assert_int_equal(told(bench, PROBE)->gone_after, 3);
    bench->store.places[PROBE] = storemaker_put(&bench->store.maker, &message);
    bench->store.ledger->restarts = 4;
    look(bench);
    expect_back(bench, PROBE, "restart 3");
    judge(bench);
    /* Back, and elsewhere: both are said. */
    bench->expected[0] = '\0';
    fixture_acknowledge(&bench->store, PROBE);
    told(bench, PROBE)->queue_offset++;
    expect_back(bench, PROBE, "restart 3");
    expect_moved(bench, PROBE, place(bench, PROBE), place(bench, PROBE)->size_bytes);
    judge(bench);
    tear_down(bench);
}

/* A truncate that only began may have left it. */
static void a_message_that_a_truncate_cut_stays_away(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    atomic_store(&told(bench, SOME)->was_cut, 1);
    look_and_judge(bench);
    atomic_store(&told(bench, SOME)->was_cut, 2);
    expect_back(bench, SOME, "a truncate; restarts: 0");
    judge(bench);
    tear_down(bench);
}

static void a_record_that_was_never_sent_is_invented(void **state)
{
    (void)state;
    /* No FLAG of anybody's, the oracle's own probe before it was put, and one past the probes. */
    static const int32_t flags[] = {4711, 0, -1, INT32_MIN, PROBE + 1, PROBE + WORKLOAD_PROBES + 1};
    for (size_t i = 0; i < TEST_COUNT(flags); i++) {
        struct bench *bench = set_up(false);
        struct storemaker_message message = fixture_message(&bench->store, SOME);
        message.flag = flags[i];
        struct storemaker_record at = storemaker_put(&bench->store.maker, &message);
        look(bench);
        expect(bench, PROPERTY_NOTHING_INVENTED, at.offset,
               "a record that was never sent, expected nothing, found FLAG %" PRId32
               ", message %" PRId32 " (topic %s, queue %" PRId32 ", queueOffset %" PRId64
               ", at %" PRIu64 ", %" PRIu32 " bytes)",
               flags[i], flags[i] == INT32_MIN ? INT32_MIN : flags[i] - 1, message.topic,
               message.queue_id, at.queue_offset, at.offset, at.size_bytes);
        judge(bench);
        tear_down(bench);
    }
}

static void damage_that_the_log_goes_on_behind_is_invented(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    const struct storemaker_record *at = place(bench, SOME);
    look(bench);
    bench->store.state->damage_count = 1;
    bench->store.state->damage.offset = at->offset;
    bench->store.state->damage.why = "why";
    bench->store.state->damage.resumes_at = at->offset + at->size_bytes;
    expect(bench, PROPERTY_NOTHING_INVENTED, at->offset,
           "a damaged record inside the log: why; the log goes on at %" PRIu64,
           at->offset + at->size_bytes);
    judge(bench);
    atomic_store(&bench->store.ledger->was_rotten, 1);
    bench->expected[0] = '\0';
    judge(bench);
    tear_down(bench);
}

/* What is kept was made for one seed: for another all is made again. */
static void messages_are_made_again_for_another_seed(void **state)
{
    (void)state;
    struct bench *bench = set_up(false);
    struct judge_context *context = &bench->store.context;
    assert_int_equal(judge_log_prepare(context, bench->store.state), 0);
    look(bench);
    const struct disk_record *record = &bench->store.state->records[SOME];
    const uint8_t *bytes = disk_reader_bytes(bench->store.state, record);
    assert_null(judge_log_difference(context, bench->store.state, record, bytes, SOME));
    assert_non_null(judge_log_difference(context, bench->store.state, record, bytes, SOME + 1));
    context->seed++;
    assert_int_equal(judge_log_prepare(context, bench->store.state), 0);
    assert_non_null(judge_log_difference(context, bench->store.state, record, bytes, SOME));
    tear_down(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_said_of_a_good_store),
        cmocka_unit_test(a_lost_message_is_told_with_its_place),
        cmocka_unit_test(of_an_empty_store_all_is_lost),
        cmocka_unit_test(what_was_not_promised_may_be_gone),
        cmocka_unit_test(what_was_answered_early_is_bounded_by_the_promised_end),
        cmocka_unit_test(expired_files_are_excused),
        cmocka_unit_test(what_cannot_have_expired_is_lost),
        cmocka_unit_test(an_altered_message_is_told_by_what_is_altered),
        cmocka_unit_test(an_altered_topic_is_told),
        cmocka_unit_test(an_altered_message_that_nobody_was_promised_is_invented),
        cmocka_unit_test(properties_are_compared_to_their_end),
        cmocka_unit_test(only_a_separator_before_a_crc_is_excused),
        cmocka_unit_test(a_message_at_another_place_than_told),
        cmocka_unit_test(messages_out_of_order_are_not_where_told),
        cmocka_unit_test(a_size_that_was_not_told_is_not_judged),
        cmocka_unit_test(a_message_is_in_the_log_once),
        cmocka_unit_test(a_message_that_was_gone_stays_away),
        cmocka_unit_test(a_message_that_a_truncate_cut_stays_away),
        cmocka_unit_test(a_record_that_was_never_sent_is_invented),
        cmocka_unit_test(damage_that_the_log_goes_on_behind_is_invented),
        cmocka_unit_test(messages_are_made_again_for_another_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
