/* The oracle against hand-made stores: each kind of bad one must be reported under the right
 * property and no other, and what is merely odd under none. */
#include "harness/oracle/rules/tests/judge_fixture.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"

#define LOG_LOST        (PROPERTY_BIT(QUEUE_TRUE) | PROPERTY_BIT(REBUILD_EQUAL))
#define TRUE_AND_EQUAL  (PROPERTY_BIT(QUEUE_TRUE) | PROPERTY_BIT(REBUILD_EQUAL))
#define LAST            (FIXTURE_MESSAGES - 1)
#define LATER_MS        FIXTURE_LATEST_MS
#define RECORD_OF(f, i) storemaker_record_at(&(f)->maker, (f)->places[i].offset)

/* The unit of message i. */
static uint8_t *unit_of(struct fixture *fixture, uint32_t index)
{
    return storemaker_unit_at(&fixture->maker, fixture->messages[index].topic,
                              fixture->messages[index].message.queue_id,
                              (uint64_t)fixture->places[index].queue_offset);
}

/* The last message of a queue that holds at least `depth`, and that queue's first. */
static uint32_t message_at_depth(struct fixture *fixture, int64_t depth)
{
    for (uint32_t i = 0; i < FIXTURE_MESSAGES; i++) {
        if (fixture->places[i].queue_offset == depth) {
            return i;
        }
    }
    abort();
}

static uint32_t in_queue(struct fixture *fixture, uint32_t like, int64_t queue_offset)
{
    for (uint32_t i = 0; i < FIXTURE_MESSAGES; i++) {
        if (fixture->places[i].queue_offset == queue_offset &&
            strcmp(fixture->messages[i].topic, fixture->messages[like].topic) == 0 &&
            fixture->messages[i].message.queue_id == fixture->messages[like].message.queue_id) {
            return i;
        }
    }
    abort();
}

static void commit(struct fixture *fixture, uint32_t like, int64_t committed, int64_t in_file)
{
    char text[128];
    const struct workload_message *message = &fixture->messages[like];
    uint32_t queue = message->topic_index * FIXTURE_QUEUES + (uint32_t)message->message.queue_id;
    ledger_note_commit(fixture->ledger, queue, committed);
    ledger_note_persisted(fixture->ledger);
    int size = snprintf(text, sizeof text, "{\"offsetTable\":{\"%s@group-a\":{%d:%lld}}}",
                        message->topic, (int)message->message.queue_id, (long long)in_file);
    storemaker_write(&fixture->maker, "config/consumerOffset.json", text, (size_t)size);
}

/* Builds the store anew, without message `left_out`, in the order of `order`. */
static void rebuild(struct fixture *fixture, const uint32_t *order, uint32_t count)
{
    struct storemaker_record places[FIXTURE_MESSAGES + WORKLOAD_PROBES];
    memcpy(places, fixture->places, sizeof places);
    storemaker_clear(&fixture->maker);
    for (uint32_t i = 0; i < count; i++) {
        fixture_put(fixture, order[i]);
    }
    memcpy(fixture->places, places, sizeof places);
}

static void lose_last(struct fixture *fixture)
{
    memset(unit_of(fixture, LAST), 0, 20);
    uint32_t header = fixture->maker.is_dledger ? 48 : 0;
    memset(RECORD_OF(fixture, LAST) - header, 0, fixture->places[LAST].size_bytes + header);
}

static void duplicate(struct fixture *fixture)
{
    struct storemaker_message message = fixture_message(fixture, 3);
    message.store_timestamp_ms = LATER_MS;
    storemaker_put(&fixture->maker, &message);
}

static void reorder(struct fixture *fixture)
{
    uint32_t order[FIXTURE_MESSAGES];
    for (uint32_t i = 0; i < FIXTURE_MESSAGES; i++) {
        order[i] = i;
    }
    order[LAST] = LAST - 1;
    order[LAST - 1] = LAST;
    rebuild(fixture, order, FIXTURE_MESSAGES);
}

static uint32_t body_at(const struct fixture *fixture, uint32_t index)
{
    return fixture->messages[index].message.born_host.address_size_bytes == 16 ? 100 : 88;
}

static void alter_body(struct fixture *fixture)
{
    RECORD_OF(fixture, 5)[body_at(fixture, 5)] ^= 1;
    storemaker_seal(&fixture->maker, fixture->places[5].offset);
}

static void alter_properties(struct fixture *fixture)
{
    uint8_t *record = RECORD_OF(fixture, 5);
    for (uint32_t i = 0; i + 5 < fixture->places[5].size_bytes; i++) {
        if (memcmp(record + i, "KEYS\001", 5) == 0) {
            record[i + 5] ^= 1;
            break;
        }
    }
    storemaker_seal(&fixture->maker, fixture->places[5].offset);
}

static void alter_born_time(struct fixture *fixture)
{
    RECORD_OF(fixture, 5)[47] ^= 1;
    storemaker_seal(&fixture->maker, fixture->places[5].offset);
}

/* A flipped bit: the log ends there for whoever checks the CRC. */
static void rot_body(struct fixture *fixture)
{
    RECORD_OF(fixture, 5)[body_at(fixture, 5)] ^= 1;
}

static void rot_header(struct fixture *fixture)
{
    RECORD_OF(fixture, 5)[19] ^= 4;
}

static void swap_units(struct fixture *fixture)
{
    uint32_t second = message_at_depth(fixture, 2);
    uint32_t first = in_queue(fixture, second, 1);
    uint8_t unit[20];
    memcpy(unit, unit_of(fixture, second), 20);
    memcpy(unit_of(fixture, second), unit_of(fixture, first), 20);
    memcpy(unit_of(fixture, first), unit, 20);
}

/* All units one to the right, a zero one in front: shifted, and a ghost. */
static void shift_units(struct fixture *fixture)
{
    uint32_t last = message_at_depth(fixture, 2);
    uint8_t *first = unit_of(fixture, in_queue(fixture, last, 0));
    for (uint32_t i = FIXTURE_UNITS - 1; i > 0; i--) {
        memcpy(first + (size_t)i * 20, first + (size_t)(i - 1) * 20, 20);
    }
    memset(first, 0, 20);
}

static uint8_t *unit_behind(struct fixture *fixture, uint32_t like)
{
    uint64_t index = 0;
    const struct workload_message *message = &fixture->messages[like];
    while (!bytes_is_zero(
        storemaker_unit_at(&fixture->maker, message->topic, message->message.queue_id, index),
        20)) {
        index++;
    }
    return storemaker_unit_at(&fixture->maker, message->topic, message->message.queue_id, index);
}

static void dangle_past_end(struct fixture *fixture)
{
    uint8_t *unit = unit_behind(fixture, 0);
    bytes_put_be64(unit, fixture->maker.log_end + 4096);
    bytes_put_be32(unit + 8, 200);
}

static void dangle_inside(struct fixture *fixture)
{
    uint8_t *unit = unit_behind(fixture, 0);
    bytes_put_be64(unit, fixture->places[2].offset + 5);
    bytes_put_be32(unit + 8, 200);
}

static void zero_unit(struct fixture *fixture)
{
    memset(unit_of(fixture, in_queue(fixture, message_at_depth(fixture, 2), 1)), 0, 20);
}

static void miss_last_unit(struct fixture *fixture)
{
    memset(unit_of(fixture, LAST), 0, 20);
}

static void tear_last_unit(struct fixture *fixture)
{
    memset(unit_of(fixture, LAST) + 8, 0, 12);
}

static void double_unit(struct fixture *fixture)
{
    memcpy(unit_behind(fixture, LAST), unit_of(fixture, LAST), 20);
}

static void wrong_tags(struct fixture *fixture)
{
    unit_of(fixture, 4)[19] ^= 1;
}

static void wrong_unit_size(struct fixture *fixture)
{
    unit_of(fixture, 4)[11] ^= 1;
}

static void cross_queues(struct fixture *fixture)
{
    uint32_t other = 0;
    while (fixture->messages[other].message.queue_id == fixture->messages[LAST].message.queue_id) {
        other++;
    }
    memcpy(unit_behind(fixture, LAST), unit_of(fixture, other), 20);
}

static void pre_blank_inside(struct fixture *fixture)
{
    uint8_t *unit = unit_of(fixture, in_queue(fixture, message_at_depth(fixture, 2), 1));
    memset(unit, 0, 20);
    bytes_put_be32(unit + 8, 0x7FFFFFFF);
}

static void empty_all(struct fixture *fixture)
{
    storemaker_clear(&fixture->maker);
}

static void empty_log(struct fixture *fixture)
{
    storemaker_remove_under(&fixture->maker,
                            fixture->maker.is_dledger ? "dledger-n0" : "commitlog");
}

static void zero_log(struct fixture *fixture)
{
    for (size_t i = 0; i < fixture->maker.file_count; i++) {
        struct storemaker_file *file = &fixture->maker.files[i];
        if (strncmp(file->path, "consumequeue", 12) != 0) {
            memset(file->data, 0, file->size_bytes);
        }
    }
}

/* Issue #8032: the log is whole, the queues are gone. */
static void empty_queues(struct fixture *fixture)
{
    storemaker_remove_under(&fixture->maker, "consumequeue");
}

static void resurrect(struct fixture *fixture)
{
    fixture->ledger->messages[6].gone_after = 1;
}

static void resurrect_cut(struct fixture *fixture)
{
    fixture->ledger->messages[6].was_cut = 2;
}

static void invent(struct fixture *fixture)
{
    struct storemaker_message message = fixture_message(fixture, 3);
    message.store_timestamp_ms = LATER_MS;
    message.flag = 4711;
    storemaker_put(&fixture->maker, &message);
}

static void put_unsent(struct fixture *fixture)
{
    struct storemaker_message message = fixture_message(fixture, FIXTURE_MESSAGES);
    storemaker_put(&fixture->maker, &message);
}

static void alter_unacknowledged(struct fixture *fixture)
{
    fixture->ledger->messages[5].status = STORE_PUT_FLUSH_DISK_TIMEOUT;
    alter_body(fixture);
}

static void duplicate_unacknowledged(struct fixture *fixture)
{
    fixture->ledger->messages[3].status = STORE_PUT_UNKNOWN_ERROR;
    duplicate(fixture);
}

static void repeat_queue_offset(struct fixture *fixture)
{
    struct storemaker_message message = fixture_message(fixture, FIXTURE_MESSAGES);
    message.queue_offset = 0;
    message.without_unit = true;
    ledger_note_sent(fixture->ledger, FIXTURE_MESSAGES);
    storemaker_put(&fixture->maker, &message);
}

static void leave_gap(struct fixture *fixture)
{
    struct storemaker_message message = fixture_message(fixture, FIXTURE_MESSAGES);
    uint8_t *behind = NULL;
    ledger_note_sent(fixture->ledger, FIXTURE_MESSAGES);
    uint64_t index = 0;
    do {
        behind = storemaker_unit_at(&fixture->maker, message.topic, message.queue_id, index++);
    } while (!bytes_is_zero(behind, 20));
    message.queue_offset = (int64_t)index;
    storemaker_put(&fixture->maker, &message);
}

static void commit_beyond(struct fixture *fixture)
{
    commit(fixture, 0, 99, 99);
}

static void commit_lost(struct fixture *fixture)
{
    commit(fixture, LAST, fixture->places[LAST].queue_offset + 1, 0);
}

static void commit_file_lost(struct fixture *fixture)
{
    commit(fixture, LAST, fixture->places[LAST].queue_offset + 1, 0);
    storemaker_remove(&fixture->maker, "config/consumerOffset.json");
}

static void commit_invented(struct fixture *fixture)
{
    uint32_t like = message_at_depth(fixture, 2);
    commit(fixture, like, 1, 2);
}

static void lose_middle_file(struct fixture *fixture)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%020u",
             fixture->maker.is_dledger ? "dledger-n0/data" : "commitlog", FIXTURE_LOG_BYTES);
    storemaker_remove(&fixture->maker, path);
}

static void shorten_queue_file(struct fixture *fixture)
{
    char path[128];
    snprintf(path, sizeof path, "consumequeue/topic-0/0/%020u", 0u);
    storemaker_find(&fixture->maker, path)->size_bytes -= 20;
}

static void acknowledge_late(struct fixture *fixture)
{
    ledger_note_sync_began(fixture->ledger);
    ledger_note_sync_ended(fixture->ledger, -EIO);
    fixture_acknowledge(fixture, LAST);
}

/* The head went although nothing was allowed to expire. */
static void expire_unasked(struct fixture *fixture)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%020u",
             fixture->maker.is_dledger ? "dledger-n0/data" : "commitlog", 0u);
    storemaker_remove(&fixture->maker, path);
}

/* Allowed before the file's last record was old enough. */
static void expire_too_early(struct fixture *fixture)
{
    fixture->ledger->expired_before_ms = FIXTURE_START_MS + 1;
    expire_unasked(fixture);
}

static void move_answer(struct fixture *fixture)
{
    fixture->ledger->messages[7].queue_offset++;
}

static void age(struct fixture *fixture)
{
    uint32_t at = body_at(fixture, 5) == 100 ? 68 : 56;
    bytes_put_be64(RECORD_OF(fixture, 5) + at, (uint64_t)(FIXTURE_START_MS + 3999));
    storemaker_seal(&fixture->maker, fixture->places[5].offset);
}

/* As old as the record before it, no older. */
static void age_to_the_last(struct fixture *fixture)
{
    uint32_t at = body_at(fixture, 5) == 100 ? 68 : 56;
    bytes_put_be64(RECORD_OF(fixture, 5) + at, (uint64_t)(FIXTURE_START_MS + 4000));
    storemaker_seal(&fixture->maker, fixture->places[5].offset);
}

static void stamp_last(struct fixture *fixture, int64_t store_ms)
{
    uint32_t at = body_at(fixture, LAST) == 100 ? 68 : 56;
    bytes_put_be64(RECORD_OF(fixture, LAST) + at, (uint64_t)store_ms);
    storemaker_seal(&fixture->maker, fixture->places[LAST].offset);
    fixture->ledger->messages[LAST].store_timestamp_ms = store_ms;
}

static void stamp_ahead(struct fixture *fixture)
{
    stamp_last(fixture, FIXTURE_LATEST_MS + 1);
}

/* The time that the clock shows is right, and so is an earlier one that it goes back to: what was
 * shown counts. */
static void stamp_with_the_clock_set_back(struct fixture *fixture)
{
    stamp_last(fixture, FIXTURE_LATEST_MS);
    ledger_note_time(fixture->ledger, FIXTURE_START_MS);
}

/* Threads see real time beside the virtual one. */
static void stamp_ahead_in_threads(struct fixture *fixture)
{
    fixture->ledger->is_threads = true;
    stamp_last(fixture, FIXTURE_LATEST_MS + 1000);
}

static void stamp_far_ahead_in_threads(struct fixture *fixture)
{
    fixture->ledger->is_threads = true;
    stamp_last(fixture, FIXTURE_LATEST_MS + 1001);
}

static void zero_index_unit(struct fixture *fixture)
{
    memset(storemaker_index_at(&fixture->maker, 3), 0, 32);
}

static void move_index_unit(struct fixture *fixture)
{
    storemaker_index_at(&fixture->maker, LAST)[11] ^= 1;
}

static void wrong_index_term(struct fixture *fixture)
{
    storemaker_index_at(&fixture->maker, 0)[31] ^= 2;
}

static void lose_index_file(struct fixture *fixture)
{
    char path[128];
    snprintf(path, sizeof path, "dledger-n0/index/%020u", FIXTURE_UNITS * 32);
    storemaker_remove(&fixture->maker, path);
}

static void lose_index(struct fixture *fixture)
{
    storemaker_remove_under(&fixture->maker, "dledger-n0/index");
}

static void lose_index_unguarded(struct fixture *fixture)
{
    fixture->scenario.store.quirks.guards &= ~QUIRK_G(DLEDGER_COMMIT);
    lose_index(fixture);
    storemaker_set_term(&fixture->maker, 0);
}

/* Units beyond the last entry, and files of expired ones, say nothing. */
static void index_beyond(struct fixture *fixture)
{
    memset(storemaker_index_at(&fixture->maker, FIXTURE_MESSAGES + 3), 0xA5, 32);
}

static void save_dledger(struct fixture *fixture, long long end_index, long long committed_index)
{
    char text[96];
    int size = snprintf(text, sizeof text, "endIndex=%lld\ncommittedIndex=%lld\n", end_index,
                        committed_index);
    storemaker_write(&fixture->maker, "dledger-n0/checkpoint", text, (size_t)size);
}

static void save_all_committed(struct fixture *fixture)
{
    save_dledger(fixture, LAST, LAST);
}

/* RocketMQ's committedIndex lags, and so does its file. */
static void save_some_committed(struct fixture *fixture)
{
    save_dledger(fixture, LAST - 1, LAST - 5);
}

static void save_committed_beyond(struct fixture *fixture)
{
    save_dledger(fixture, LAST, LAST + 1);
}

static void save_end_beyond(struct fixture *fixture)
{
    save_dledger(fixture, LAST + 1, LAST);
}

static void save_committed_beyond_unguarded(struct fixture *fixture)
{
    fixture->scenario.store.quirks.guards &= ~QUIRK_G(DLEDGER_COMMIT);
    save_committed_beyond(fixture);
}

static void index_beyond_unguarded(struct fixture *fixture)
{
    fixture->scenario.store.quirks.guards &= ~QUIRK_G(TAIL_ZERO);
    index_beyond(fixture);
}

/* Far behind the end, in a file of its own. */
static void index_far_beyond(struct fixture *fixture)
{
    storemaker_index_at(&fixture->maker, FIXTURE_MESSAGES + 3 * (int64_t)FIXTURE_UNITS)[7] = 1;
}

static void spare_index_file(struct fixture *fixture)
{
    (void)storemaker_index_at(&fixture->maker, FIXTURE_MESSAGES + (int64_t)FIXTURE_UNITS);
}

/* Index files of entries below `*ret_first` should go with it. */
static void expire_log_files(struct fixture *fixture, uint32_t count, uint32_t *ret_first)
{
    uint32_t first = 0;
    fixture->ledger->expired_before_ms = FIXTURE_START_MS + INT64_C(3600000);
    while (fixture->places[first].offset < (uint64_t)count * FIXTURE_LOG_BYTES) {
        first++;
    }
    char path[128];
    for (uint32_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "dledger-n0/data/%020u", i * FIXTURE_LOG_BYTES);
        storemaker_remove(&fixture->maker, path);
    }
    *ret_first = first;
}

static uint32_t files_below(const struct fixture *fixture, uint64_t offset)
{
    uint32_t count = 0;
    while (fixture->places[count].offset < offset) {
        count++;
    }
    return count / FIXTURE_UNITS;
}

/* One more log file than the first index file's entries lie in has expired. */
static void expire_without_index(struct fixture *fixture)
{
    uint32_t first = 0;
    uint32_t log_files = 1;
    while (files_below(fixture, (uint64_t)log_files * FIXTURE_LOG_BYTES) == 0) {
        log_files++;
    }
    expire_log_files(fixture, log_files + 1, &first);
}

/* The index files of the log file that expired last are next to go. */
static void expire_before_index(struct fixture *fixture)
{
    uint32_t first = 0;
    uint32_t log_files = 1;
    while (files_below(fixture, (uint64_t)log_files * FIXTURE_LOG_BYTES) == 0) {
        log_files++;
    }
    expire_log_files(fixture, log_files, &first);
}

static void expire_without_index_when_the_power_failed(struct fixture *fixture)
{
    expire_without_index(fixture);
    fixture->context.is_promise_bounded = true;
    fixture->context.promised_end = UINT64_MAX;
}

static void expire_with_index(struct fixture *fixture)
{
    uint32_t first = 0;
    char path[128];
    expire_log_files(fixture, 3, &first);
    for (uint32_t i = 0; i < first / FIXTURE_UNITS; i++) {
        snprintf(path, sizeof path, "dledger-n0/index/%020u", i * FIXTURE_UNITS * 32);
        storemaker_remove(&fixture->maker, path);
    }
    memset(storemaker_index_at(&fixture->maker, first - 1), 0, 32);
}

static void lower_term(struct fixture *fixture)
{
    storemaker_set_term(&fixture->maker, 0);
}

static void lose_term(struct fixture *fixture)
{
    storemaker_remove(&fixture->maker, "dledger-n0/currterm");
}

/* A probe in the log, put after another start. */
static void go_on(struct fixture *fixture, int64_t term)
{
    struct storemaker_message message = fixture_message(fixture, FIXTURE_MESSAGES);
    message.entry_term = term;
    ledger_note_sent(fixture->ledger, FIXTURE_MESSAGES);
    storemaker_put(&fixture->maker, &message);
}

static void go_on_with_new_term(struct fixture *fixture)
{
    go_on(fixture, 2);
}

static void go_on_with_same_term(struct fixture *fixture)
{
    go_on(fixture, 1);
}

struct kind {
    const char *name;
    void (*damage)(struct fixture *fixture);
    uint32_t expected;
    const char *text; /* part of the first line */
};

static const struct kind kinds[] = {
    {"lost acked record", lose_last, PROPERTY_BIT(ACKED_SURVIVES), "is lost"},
    {"duplicated record", duplicate, PROPERTY_BIT(ACKED_SURVIVES), "twice"},
    {"reordered records", reorder, PROPERTY_BIT(ACKED_SURVIVES) | PROPERTY_BIT(BOUNDS),
     "not where it was acknowledged"},
    {"altered body", alter_body, PROPERTY_BIT(ACKED_SURVIVES), "body was altered"},
    {"altered properties", alter_properties, PROPERTY_BIT(ACKED_SURVIVES),
     "properties was altered"},
    {"altered born time", alter_born_time, PROPERTY_BIT(ACKED_SURVIVES), "bornTimestamp"},
    {"rotten body", rot_body, PROPERTY_BIT(ACKED_SURVIVES) | LOG_LOST, "is lost"},
    {"rotten header", rot_header, PROPERTY_BIT(ACKED_SURVIVES) | LOG_LOST, "is lost"},
    {"answered elsewhere", move_answer, PROPERTY_BIT(ACKED_SURVIVES), "acknowledged"},
    {"swapped units", swap_units, TRUE_AND_EQUAL, "is shifted"},
    {"shifted units", shift_units, TRUE_AND_EQUAL, "all zero"},
    {"dangling unit past the end", dangle_past_end, TRUE_AND_EQUAL, "dangles"},
    {"dangling unit inside", dangle_inside, TRUE_AND_EQUAL, "dangles"},
    {"ghost unit", zero_unit, TRUE_AND_EQUAL | PROPERTY_BIT(QUEUE_COMPLETE), "all zero"},
    {"pre-blank inside", pre_blank_inside, TRUE_AND_EQUAL | PROPERTY_BIT(QUEUE_COMPLETE),
     "pre-blank"},
    {"missing unit", miss_last_unit, PROPERTY_BIT(QUEUE_COMPLETE), "no unit for message 15"},
    {"torn unit", tear_last_unit, TRUE_AND_EQUAL | PROPERTY_BIT(QUEUE_COMPLETE), "wrong size"},
    {"double unit", double_unit, TRUE_AND_EQUAL | PROPERTY_BIT(QUEUE_COMPLETE), "shifted"},
    {"wrong tags hash", wrong_tags, TRUE_AND_EQUAL, "wrong tags hash"},
    {"wrong size in unit", wrong_unit_size, TRUE_AND_EQUAL, "wrong size"},
    {"unit of another queue", cross_queues, TRUE_AND_EQUAL, "another queue"},
    {"empty store", empty_all, PROPERTY_BIT(ACKED_SURVIVES), "is lost"},
    {"empty log", empty_log, PROPERTY_BIT(ACKED_SURVIVES) | LOG_LOST, "is lost"},
    {"zeroed log", zero_log, PROPERTY_BIT(ACKED_SURVIVES) | LOG_LOST, "is lost"},
    {"empty queues (issue 8032)", empty_queues, PROPERTY_BIT(QUEUE_COMPLETE), "no unit for"},
    {"resurrected", resurrect, PROPERTY_BIT(NO_RESURRECTION), "is back"},
    {"resurrected after a cut", resurrect_cut, PROPERTY_BIT(NO_RESURRECTION), "is back"},
    {"invented record", invent, PROPERTY_BIT(NOTHING_INVENTED), "FLAG 4711"},
    {"unsent message", put_unsent, PROPERTY_BIT(NOTHING_INVENTED), "never sent"},
    {"altered, not acked", alter_unacknowledged, PROPERTY_BIT(NOTHING_INVENTED), "altered"},
    {"twice, not acked", duplicate_unacknowledged, PROPERTY_BIT(NOTHING_INVENTED), "twice"},
    {"duplicate queueOffset", repeat_queue_offset,
     PROPERTY_BIT(OFFSETS_UNIQUE) | PROPERTY_BIT(QUEUE_COMPLETE), "not unique"},
    {"gap in queueOffsets", leave_gap, PROPERTY_BIT(BOUNDS) | TRUE_AND_EQUAL, "was not max"},
    {"committed beyond max", commit_beyond, PROPERTY_BIT(CONSUMER_OFFSET), "beyond max"},
    {"committed lost", commit_lost, PROPERTY_BIT(CONSUMER_OFFSET), "was lost"},
    {"committed file lost", commit_file_lost, PROPERTY_BIT(CONSUMER_OFFSET), "was lost"},
    {"committed invented", commit_invented, PROPERTY_BIT(CONSUMER_OFFSET), "never committed"},
    {"missing log file", lose_middle_file,
     PROPERTY_BIT(STARTS) | PROPERTY_BIT(ACKED_SURVIVES) | LOG_LOST, "is lost"},
    {"short queue file", shorten_queue_file, PROPERTY_BIT(STARTS), "wrong size"},
    {"acked after a failed sync", acknowledge_late, PROPERTY_BIT(NO_ACK_AFTER_FAILED_SYNC),
     "after a sync of the log had failed"},
    {"expired unasked", expire_unasked, PROPERTY_BIT(ACKED_SURVIVES), "is lost"},
    {"expired too early", expire_too_early, PROPERTY_BIT(ACKED_SURVIVES), "is lost"},
    {"store time ahead of the clock", stamp_ahead, PROPERTY_BIT(BOUNDS),
     "a store time that no clock has shown"},
    {"store time of a clock set back", stamp_with_the_clock_set_back, 0, ""},
    {"store time of threads", stamp_ahead_in_threads, 0, ""},
    {"store time of threads, far ahead", stamp_far_ahead_in_threads, PROPERTY_BIT(BOUNDS),
     "a store time that no clock has shown"},
    {"store time goes back", age, PROPERTY_BIT(BOUNDS), "store times never go back"},
};

static const struct kind dledger_kinds[] = {
    {"zero index unit", zero_index_unit, PROPERTY_BIT(REBUILD_EQUAL), "first that of entry 3"},
    {"moved index unit", move_index_unit, PROPERTY_BIT(REBUILD_EQUAL), "1 index units differ"},
    {"wrong term in index unit", wrong_index_term, PROPERTY_BIT(REBUILD_EQUAL), "term 3"},
    {"missing index file", lose_index_file, PROPERTY_BIT(REBUILD_EQUAL), "8 index units differ"},
    {"no index at all", lose_index, PROPERTY_BIT(REBUILD_EQUAL), "16 index units differ"},
    {"no index, guard off", lose_index_unguarded, 0, ""},
    {"index beyond the end", index_beyond, 0, ""},
    {"expired with its index", expire_with_index, 0, ""},
    {"expired without its index", expire_without_index, PROPERTY_BIT(BOUNDS),
     "all its entries have expired"},
    {"expired just before its index", expire_before_index, 0, ""},
    {"expired, and the removal came undone", expire_without_index_when_the_power_failed, 0, ""},
    {"all committed", save_all_committed, 0, ""},
    {"some committed", save_some_committed, 0, ""},
    {"committed beyond the end", save_committed_beyond, PROPERTY_BIT(BOUNDS),
     "committedIndex is beyond endIndex, expected at most 15, found 16"},
    {"end beyond the log", save_end_beyond, PROPERTY_BIT(BOUNDS),
     "endIndex is beyond the last entry, expected at most 15, found 16"},
    {"committed beyond, guard off", save_committed_beyond_unguarded, 0, ""},
    {"currterm too low", lower_term, PROPERTY_BIT(BOUNDS), "currTerm is below"},
    {"no currterm", lose_term, PROPERTY_BIT(BOUNDS), "found -1"},
    {"goes on with a new term", go_on_with_new_term, 0, ""},
    {"goes on with the same term", go_on_with_same_term, PROPERTY_BIT(BOUNDS), "share a term"},
};

/* Whether the store was judged as its row says; if not, how it was. */
static bool is_judged_right(const struct kind *kind, bool is_dledger)
{
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    fixture_init(fixture, is_dledger);
    kind->damage(fixture);
    assert_int_equal(fixture_judge(fixture), 0);
    bool is_right = fixture->report.violated == kind->expected &&
                    strstr(fixture->report.text, kind->text) != NULL;
    if (!is_right) {
        print_error("%s (%s): violated 0x%x, expected 0x%x and '%s'\n%s", kind->name,
                    is_dledger ? "dledger" : "commitlog", fixture->report.violated, kind->expected,
                    kind->text, fixture->report.text);
    }
    fixture_done(fixture);
    free(fixture);
    return is_right;
}

static void judge_kinds(const struct kind *rows, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        wrong += !is_judged_right(&rows[i], false);
        wrong += !is_judged_right(&rows[i], true);
    }
    assert_int_equal(wrong, 0);
}

static void reports_each_kind_of_bad_store_under_its_property(void **state)
{
    (void)state;
    judge_kinds(kinds, TEST_COUNT(kinds));
}

static void judges_index_list_and_terms_of_dledger(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < TEST_COUNT(dledger_kinds); i++) {
        wrong += !is_judged_right(&dledger_kinds[i], true);
    }
    assert_int_equal(wrong, 0);
}

static void nothing(struct fixture *fixture)
{
    (void)fixture;
}

/* A file of zeros behind the log is what preallocation leaves. */
static void spare_file(struct fixture *fixture)
{
    uint64_t next = fixture->maker.log_end - fixture->maker.log_end % FIXTURE_LOG_BYTES;
    (void)storemaker_record_at(&fixture->maker, next + FIXTURE_LOG_BYTES);
    char path[128];
    snprintf(path, sizeof path, "consumequeue/topic-0/0/%020u", FIXTURE_UNITS * 20);
    (void)storemaker_make(&fixture->maker, path, FIXTURE_UNITS * 20);
}

static void zero_length_last_file(struct fixture *fixture)
{
    uint64_t next = fixture->maker.log_end - fixture->maker.log_end % FIXTURE_LOG_BYTES;
    char path[128];
    snprintf(path, sizeof path, "%s/%020llu",
             fixture->maker.is_dledger ? "dledger-n0/data" : "commitlog",
             (unsigned long long)(next + FIXTURE_LOG_BYTES));
    (void)storemaker_make(&fixture->maker, path, 0);
}

/* Retention took the first file; units below the log's min stay in the queues. */
static void expired_head(struct fixture *fixture)
{
    fixture->ledger->expired_before_ms = FIXTURE_START_MS + INT64_C(3600000);
    expire_unasked(fixture);
}

/* The same, and the queues were made again: pre-blank up to the first record left. */
static void pre_blank_head(struct fixture *fixture)
{
    expired_head(fixture);
    for (uint32_t i = 0; i < FIXTURE_MESSAGES; i++) {
        if (fixture->places[i].offset < FIXTURE_LOG_BYTES) {
            uint8_t *unit = unit_of(fixture, i);
            memset(unit, 0, 20);
            bytes_put_be32(unit + 8, 0x7FFFFFFF);
        }
    }
}

/* Behind the eight bytes of a plain BLANK stands whatever stood there. */
static void garbage_behind_blank(struct fixture *fixture)
{
    uint8_t *file = storemaker_record_at(&fixture->maker, 0);
    for (uint32_t i = 0; i + 8 < FIXTURE_LOG_BYTES; i++) {
        if (bytes_get_be32(file + i + 4) == 0xCBD43194u) {
            memset(file + i + 8, 0xA5, FIXTURE_LOG_BYTES - i - 8);
            return;
        }
    }
}

static void not_acknowledged_and_absent(struct fixture *fixture)
{
    lose_last(fixture);
    fixture->ledger->messages[LAST].status = STORE_PUT_FLUSH_DISK_TIMEOUT;
}

static void cut_and_absent(struct fixture *fixture)
{
    lose_last(fixture);
    fixture->ledger->messages[LAST].was_cut = 2;
}

static void cut_begun_and_present(struct fixture *fixture)
{
    fixture->ledger->messages[LAST].was_cut = 1;
}

static void committed(struct fixture *fixture)
{
    uint32_t like = message_at_depth(fixture, 2);
    commit(fixture, like, 2, 2);
}

/* Committed 2, never persisted: any offset up to it may be in the file. */
static void commit_not_persisted(struct fixture *fixture)
{
    uint32_t like = message_at_depth(fixture, 2);
    commit(fixture, like, 2, 2);
    fixture->ledger->commits[0].persisted = -1;
    fixture->ledger->commits[1].persisted = -1;
    fixture->ledger->commits[2].persisted = -1;
    fixture->ledger->commits[3].persisted = -1;
    storemaker_remove(&fixture->maker, "config/consumerOffset.json");
}

static void main_offsets_in_backup(struct fixture *fixture)
{
    committed(fixture);
    struct storemaker_file *file = storemaker_find(&fixture->maker, "config/consumerOffset.json");
    storemaker_write(&fixture->maker, "config/consumerOffset.json.bak", file->data,
                     file->size_bytes);
    storemaker_write(&fixture->maker, "config/consumerOffset.json", "{\"offs", 6);
}

/* Acknowledged after the failure, but a sync that began before it covers the record. */
static void acknowledged_by_earlier_sync(struct fixture *fixture)
{
    ledger_note_sync_began(fixture->ledger);
    ledger_note_sync_ended(fixture->ledger, 0);
    ledger_note_sync_began(fixture->ledger);
    ledger_note_sync_ended(fixture->ledger, -EIO);
    const struct store_put_result result = {
        .status = STORE_PUT_OK,
        .queue_offset = fixture->places[LAST].queue_offset,
        .physical_offset = fixture->places[LAST].offset,
        .size_bytes = fixture->places[LAST].size_bytes,
    };
    ledger_note_done(fixture->ledger, LAST, &result);
}

static const struct kind oddities[] = {
    {"as it is", nothing, 0, ""},
    {"a store time twice", age_to_the_last, 0, ""},
    {"spare files", spare_file, 0, ""},
    {"a last file of length 0", zero_length_last_file, 0, ""},
    {"expired head", expired_head, 0, ""},
    {"pre-blank head", pre_blank_head, 0, ""},
    {"garbage behind BLANK", garbage_behind_blank, 0, ""},
    {"not acked and absent", not_acknowledged_and_absent, 0, ""},
    {"cut and absent", cut_and_absent, 0, ""},
    {"cut begun, present", cut_begun_and_present, 0, ""},
    {"committed", committed, 0, ""},
    {"commit not persisted", commit_not_persisted, 0, ""},
    {"offsets in .bak", main_offsets_in_backup, 0, ""},
    {"acked by an earlier sync", acknowledged_by_earlier_sync, 0, ""},
};

static void reports_no_legal_oddity(void **state)
{
    (void)state;
    judge_kinds(oddities, TEST_COUNT(oddities));
}

static void reports_one_line_for_each_lost_message(void **state)
{
    (void)state;
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    fixture_init(fixture, false);
    empty_all(fixture);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(fixture->report.line_count, FIXTURE_MESSAGES);
    fixture_done(fixture);
    free(fixture);
}

static void remembers_what_a_restart_lacked(void **state)
{
    (void)state;
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    fixture_init(fixture, true);
    fixture->ledger->messages[LAST].status = STORE_PUT_UNKNOWN_ERROR;
    struct storemaker_message message = fixture_message(fixture, LAST);
    uint64_t end = fixture->places[LAST].offset - 48;
    lose_last(fixture);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(fixture->report.violated, 0);
    assert_int_equal(fixture->ledger->messages[LAST].gone_after, 1);
    /* Now it is back where it was. */
    fixture->maker.log_end = end;
    fixture->maker.entry_index--;
    message.queue_offset = fixture->places[LAST].queue_offset;
    storemaker_put(&fixture->maker, &message);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(fixture->report.violated, PROPERTY_BIT(NO_RESURRECTION));
    fixture_done(fixture);
    free(fixture);
}

static void judges_little_of_a_crashed_store(void **state)
{
    (void)state;
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    fixture_init(fixture, false);
    fixture->context.is_crashed = true;
    storemaker_write(&fixture->maker, "abort", "1", 1);
    miss_last_unit(fixture);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(fixture->report.violated, 0);
    assert_int_equal(fixture->ledger->restarts, 0);
    commit_beyond(fixture);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(fixture->report.violated, PROPERTY_BIT(CONSUMER_OFFSET));
    age(fixture);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(fixture->report.violated,
                     PROPERTY_BIT(CONSUMER_OFFSET) | PROPERTY_BIT(BOUNDS));
    fixture_done(fixture);
    free(fixture);
}

/* Committed 3 of 3, then a truncate took the last record, and no open has completed since. */
static void excuses_a_committed_offset_until_an_open_clips_it(void **state)
{
    (void)state;
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    fixture_init(fixture, false);
    fixture->context.is_crashed = true;
    const struct workload_message *last = &fixture->messages[LAST];
    uint32_t queue = last->topic_index * FIXTURE_QUEUES + (uint32_t)last->message.queue_id;
    int64_t max = fixture->places[LAST].queue_offset + 1;
    lose_last(fixture);
    commit(fixture, LAST, max, max);
    storemaker_write(&fixture->maker, "abort", "1", 1);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(fixture->report.violated, PROPERTY_BIT(CONSUMER_OFFSET));
    ledger_note_cut(fixture->ledger, queue, max);
    ledger_note_cut(fixture->ledger, queue, max - 1);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(fixture->report.violated, 0);
    /* A later round, killed before its open was complete. */
    fixture->ledger->round++;
    ledger_begin_round(fixture->ledger);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(fixture->report.violated, 0);
    /* Not beyond what the queue once held. */
    commit(fixture, LAST, max + 1, max + 1);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(fixture->report.violated, PROPERTY_BIT(CONSUMER_OFFSET));
    commit(fixture, LAST, max, max);
    ledger_note_opened(fixture->ledger);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(fixture->report.violated, PROPERTY_BIT(CONSUMER_OFFSET));
    fixture_done(fixture);
    free(fixture);
}

/* Judges a crashed store that has no abort file. */
static uint32_t judge_stopped(void (*damage)(struct fixture *fixture), bool is_dledger,
                              bool is_tampered)
{
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    fixture_init(fixture, is_dledger);
    fixture->context.is_crashed = true;
    if (is_tampered) {
        ledger_note_tampered(fixture->ledger);
    }
    damage(fixture);
    assert_int_equal(fixture_judge(fixture), 0);
    uint32_t violated = fixture->report.violated;
    assert_int_equal(strstr(fixture->report.text, "without abort") != NULL, violated != 0);
    fixture_done(fixture);
    free(fixture);
    return violated;
}

static void miss_last_unit_by_defect(struct fixture *fixture)
{
    quirk_plant(&fixture->scenario.store.quirks, QUIRK_DEFECT_ABORT_IGNORES_LAG, true);
    miss_last_unit(fixture);
}

static void believes_a_store_without_abort_that_it_stopped_cleanly(void **state)
{
    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        bool is_dledger = mode == 1;
        assert_int_equal(judge_stopped(nothing, is_dledger, false), 0);
        assert_int_equal(judge_stopped(empty_all, is_dledger, false), 0);
        assert_int_equal(judge_stopped(shorten_queue_file, is_dledger, false), 0);
        assert_int_equal(judge_stopped(miss_last_unit, is_dledger, false),
                         PROPERTY_BIT(QUEUE_COMPLETE));
        assert_int_equal(judge_stopped(wrong_tags, is_dledger, false), TRUE_AND_EQUAL);
        assert_int_equal(judge_stopped(empty_queues, is_dledger, false),
                         PROPERTY_BIT(QUEUE_COMPLETE));
        assert_int_equal(judge_stopped(empty_queues, is_dledger, true), 0);
        assert_int_equal(judge_stopped(miss_last_unit_by_defect, is_dledger, false), 0);
    }
    assert_int_equal(judge_stopped(zero_index_unit, true, false), PROPERTY_BIT(REBUILD_EQUAL));
}

static void judge_marks(bool is_dledger)
{
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    fixture_init(fixture, is_dledger);
    uint32_t header = is_dledger ? 48 : 0;
    uint64_t mark = fixture->places[10].offset - header;
    storemaker_mark(&fixture->maker, mark, is_dledger ? 10 : -1);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_int_equal(judge_mark(fixture->state), mark);
    const char *log = is_dledger ? "dledger-n0/data" : "commitlog";
    char path[400];
    uint64_t start = mark - mark % FIXTURE_LOG_BYTES;
    snprintf(path, sizeof path, "%s/%020llu", log, (unsigned long long)start);
    assert_true(judge_is_below_mark(fixture->state, path, mark - start - 1));
    assert_false(judge_is_below_mark(fixture->state, path, mark - start));
    uint32_t last = 0;
    for (uint32_t i = 0; i < 10; i++) {
        last =
            strcmp(fixture->messages[i].topic, fixture->messages[10].topic) == 0 &&
                    fixture->messages[i].message.queue_id == fixture->messages[10].message.queue_id
                ? i
                : last;
    }
    snprintf(path, sizeof path, "consumequeue/%s/%d/%020u", fixture->messages[10].topic,
             (int)fixture->messages[10].message.queue_id, 0u);
    uint64_t unit = (uint64_t)fixture->places[10].queue_offset * 20;
    assert_false(judge_is_below_mark(fixture->state, path, unit));
    if (unit > 0) {
        assert_true(judge_is_below_mark(fixture->state, path, unit - 20));
    }
    assert_false(judge_is_below_mark(fixture->state, "checkpoint", 0));
    snprintf(path, sizeof path, "dledger-n0/index/%020u", 0u);
    assert_int_equal(judge_is_below_mark(fixture->state, path, 9 * 32), is_dledger);
    assert_false(judge_is_below_mark(fixture->state, path, 10 * 32));
    /* Ahead of the log, torn, or over other queues: no mark. */
    storemaker_mark(&fixture->maker, fixture->maker.log_end + 1, 16);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_true(judge_mark(fixture->state) == UINT64_MAX);
    storemaker_mark(&fixture->maker, mark, 10);
    storemaker_find(&fixture->maker, "checkpoint")->data[4000] ^= 1;
    assert_int_equal(fixture_judge(fixture), 0);
    assert_true(judge_mark(fixture->state) == UINT64_MAX);
    storemaker_mark(&fixture->maker, mark, 10);
    empty_queues(fixture);
    assert_int_equal(fixture_judge(fixture), 0);
    assert_true(judge_mark(fixture->state) == UINT64_MAX);
    assert_false(judge_is_below_mark(fixture->state, path, 0));
    fixture_done(fixture);
    free(fixture);
}

static void believes_only_a_mark_that_matches(void **state)
{
    (void)state;
    judge_marks(false);
    judge_marks(true);
}

static const struct kind changes[] = {
    {"lost record", lose_last, PROPERTY_BIT(IDEMPOTENT), "number of records"},
    {"altered record", alter_body, PROPERTY_BIT(IDEMPOTENT), "changed record 5"},
    {"new record", duplicate, PROPERTY_BIT(IDEMPOTENT), "number of records"},
    {"lost unit", miss_last_unit, PROPERTY_BIT(IDEMPOTENT), "queue's bounds"},
    {"altered unit", wrong_tags, PROPERTY_BIT(IDEMPOTENT), "changed units"},
    {"lost queues", empty_queues, PROPERTY_BIT(IDEMPOTENT), "queue's bounds"},
    {"committed offset", committed, PROPERTY_BIT(IDEMPOTENT), "committed offsets"},
    {"spare files", spare_file, 0, ""},
    {"nothing", nothing, 0, ""},
};

static void compare_change(const struct kind *change, bool is_dledger, bool is_content)
{
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    fixture_init(fixture, is_dledger);
    assert_int_equal(fixture_judge(fixture), 0);
    uint32_t crc = judge_state_crc(fixture->state);
    struct judge_state *after = judge_state_new();
    change->damage(fixture);
    struct view view = storemaker_view(&fixture->maker);
    assert_int_equal(judge_read(after, &view, &fixture->scenario.store, NULL), 0);
    judge_report_clear(&fixture->report);
    judge_same(fixture->state, after, &fixture->report);
    if (fixture->report.violated != change->expected ||
        strstr(fixture->report.text, change->text) == NULL) {
        fail_msg("%s: violated 0x%x\n%s", change->name, fixture->report.violated,
                 fixture->report.text);
    }
    if (is_content) {
        assert_int_equal(judge_state_crc(after) == crc, change->expected == 0);
    }
    judge_state_free(after);
    fixture_done(fixture);
    free(fixture);
}

static const struct kind dledger_changes[] = {
    {"index beyond the end", index_beyond, PROPERTY_BIT(IDEMPOTENT),
     "expected zeros from 512 on, found others at 608"},
    {"index far beyond the end", index_far_beyond, PROPERTY_BIT(IDEMPOTENT),
     "expected zeros from 512 on, found others at 1287"},
    {"index beyond, guard off", index_beyond_unguarded, 0, ""},
    {"no index", lose_index, 0, ""},
    {"a spare index file", spare_index_file, 0, ""},
};

static void compares_two_restarts(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(changes); i++) {
        compare_change(&changes[i], false, true);
        compare_change(&changes[i], true, true);
    }
    for (size_t i = 0; i < TEST_COUNT(dledger_changes); i++) {
        compare_change(&dledger_changes[i], true, false);
    }
}

/* Any bytes whatever: no crash, no hang, and no silence about what is missing. */
static void survives_random_mutations(void **state)
{
    (void)state;
    uint32_t random = 12345;
    for (uint32_t round = 0; round < 1500; round++) {
        struct fixture *fixture = malloc(sizeof *fixture);
        assert_non_null(fixture);
        fixture_init(fixture, round % 2 == 1);
        storemaker_mark(&fixture->maker, fixture->places[9].offset, 9);
        committed(fixture);
        for (uint32_t n = 0; n <= round % 9; n++) {
            random = random * 1664525 + 1013904223;
            struct storemaker_file *file =
                &fixture->maker.files[(random >> 8) % fixture->maker.file_count];
            random = random * 1664525 + 1013904223;
            size_t at = (random >> 4) % file->size_bytes;
            random = random * 1664525 + 1013904223;
            file->data[at] = (random & 0x100) != 0 ? (uint8_t)(random >> 16) : 0xFF;
            if (round % 17 == 0) {
                file->size_bytes = at + 1;
            }
        }
        (void)fixture_judge(fixture);
        (void)judge_state_crc(fixture->state);
        fixture_done(fixture);
        free(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_each_kind_of_bad_store_under_its_property),
        cmocka_unit_test(reports_no_legal_oddity),
        cmocka_unit_test(reports_one_line_for_each_lost_message),
        cmocka_unit_test(remembers_what_a_restart_lacked),
        cmocka_unit_test(judges_index_list_and_terms_of_dledger),
        cmocka_unit_test(judges_little_of_a_crashed_store),
        cmocka_unit_test(excuses_a_committed_offset_until_an_open_clips_it),
        cmocka_unit_test(believes_a_store_without_abort_that_it_stopped_cleanly),
        cmocka_unit_test(believes_only_a_mark_that_matches),
        cmocka_unit_test(compares_two_restarts),
        cmocka_unit_test(survives_random_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
