/* fsck over hand-made stores without a ledger: violations, what is pending after an unclean stop,
 * and what is legal. */
#include "harness/oracle/fsck/fsck.h"
#include "harness/testkit/storemaker.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"

#define LOG_BYTES 2048u
#define UNITS     8u
#define MESSAGES  24u
#define TAG_A     97

struct bench {
    struct storemaker maker;
    struct storemaker_record places[MESSAGES];
    struct fsck_options options;
    struct fsck_summary summary;
    char text[16384];
};

static struct storemaker_message message_of(uint32_t index)
{
    static const uint8_t body[100] = "a body that is long enough to be flipped";
    static const uint8_t v6[16] = {0xfd, 1};
    /* Odd ones are IPv6, every third is V2, every fifth has no properties. */
    bool has_properties = index % 5 != 0;
    return (struct storemaker_message){
        .topic = index % 2 == 0 ? "orders" : "%RETRY%billing",
        .queue_id = (int32_t)(index % 3 == 0),
        .flag = (int32_t)index,
        .queue_offset = -1,
        .born_timestamp_ms = 1767225600000,
        .store_timestamp_ms = 1767225600000 + index,
        .born_address = index % 2 == 1 ? v6 : NULL,
        .born_address_size = index % 2 == 1 ? 16 : 4,
        .born_port = 40000,
        .is_store_v6 = index % 4 == 1,
        .is_v2 = index % 3 == 1,
        .body = body,
        .body_size_bytes = index == 7 ? 0 : 40 + index,
        .properties = has_properties ? "TAGS\001a\002KEYS\001k" : NULL,
        .properties_size_bytes = has_properties ? 13 : 0,
        .tags_code = has_properties ? TAG_A : 0,
    };
}

static void bench_init(struct bench *bench, bool is_dledger, bool with_crc)
{
    memset(bench, 0, sizeof *bench);
    bench->maker.is_dledger = is_dledger;
    bench->maker.with_crc = with_crc;
    bench->maker.log_file_size_bytes = LOG_BYTES;
    bench->maker.queue_file_units = UNITS;
    storemaker_init(&bench->maker);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct storemaker_message message = message_of(i);
        bench->places[i] = storemaker_put(&bench->maker, &message);
    }
}

static void take_line(void *arg, const struct disk_finding *finding, bool is_pending,
                      const char *line)
{
    struct bench *bench = arg;
    assert_int_equal(strncmp(line, "pending ", 8) == 0, is_pending);
    assert_non_null(strstr(line, finding->text));
    size_t length = strlen(bench->text);
    snprintf(bench->text + length, sizeof bench->text - length, "%s\n", line);
}

static int bench_run(struct bench *bench)
{
    const struct fsck_listener listener = {bench, take_line};
    struct view view = storemaker_view(&bench->maker);
    bench->text[0] = '\0';
    return fsck_run(&view, &bench->options, &listener, &bench->summary, NULL);
}

static uint8_t *unit_of(struct bench *bench, uint32_t index)
{
    struct storemaker_message message = message_of(index);
    return storemaker_unit_at(&bench->maker, message.topic, message.queue_id,
                              (uint64_t)bench->places[index].queue_offset);
}

static void set_abort(struct bench *bench)
{
    storemaker_write(&bench->maker, "abort", "1", 1);
}

static void flip_body(struct bench *bench)
{
    storemaker_record_at(&bench->maker, bench->places[5].offset)[130] ^= 1;
}

static void flip_body_with_abort(struct bench *bench)
{
    flip_body(bench);
    set_abort(bench);
}

static void flip_properties(struct bench *bench)
{
    uint32_t size = bench->places[4].size_bytes;
    storemaker_record_at(&bench->maker, bench->places[4].offset)[size - 2] = 0;
}

static void flip_size(struct bench *bench)
{
    storemaker_record_at(&bench->maker, bench->places[5].offset)[1] ^= 0x40;
}

static void zero_page(struct bench *bench)
{
    memset(storemaker_record_at(&bench->maker, 512), 0, 512);
}

static void zero_unit(struct bench *bench)
{
    memset(unit_of(bench, 2), 0, 20);
}

static void drop_queues(struct bench *bench)
{
    storemaker_remove_under(&bench->maker, "consumequeue");
}

static void drop_log(struct bench *bench)
{
    for (size_t i = 0; i < bench->maker.file_count; i++) {
        struct storemaker_file *file = &bench->maker.files[i];
        if (strncmp(file->path, "consumequeue", 12) != 0) {
            memset(file->data, 0, file->size_bytes);
        }
    }
}

static void wrong_tags(struct bench *bench)
{
    unit_of(bench, 2)[19] ^= 1;
}

static void repeat_offset(struct bench *bench)
{
    struct storemaker_message message = message_of(3);
    message.queue_offset = 0;
    message.without_unit = true;
    storemaker_put(&bench->maker, &message);
}

static void leave_gap(struct bench *bench)
{
    struct storemaker_message message = message_of(3);
    message.queue_offset = 5;
    storemaker_put(&bench->maker, &message);
}

static void commit_beyond(struct bench *bench)
{
    const char text[] =
        "{\"dataVersion\":{\"counter\":2},\"offsetTable\":{\"orders@g\":{0:99,1:0}}}";
    storemaker_write(&bench->maker, "config/consumerOffset.json", text, sizeof text - 1);
}

static void lose_log_file(struct bench *bench)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%020u",
             bench->maker.is_dledger ? "dledger-n0/data" : "commitlog", LOG_BYTES);
    storemaker_remove(&bench->maker, path);
}

static void shorten_queue_file(struct bench *bench)
{
    char path[96];
    snprintf(path, sizeof path, "consumequeue/orders/1/%020u", 0u);
    storemaker_find(&bench->maker, path)->size_bytes -= 20;
}

static void hole_in_queue(struct bench *bench)
{
    char path[96];
    snprintf(path, sizeof path, "consumequeue/orders/0/%020u", UNITS * 20 * 3);
    (void)storemaker_make(&bench->maker, path, UNITS * 20);
}

static void lag(struct bench *bench)
{
    memset(unit_of(bench, MESSAGES - 1), 0, 20);
    memset(unit_of(bench, MESSAGES - 2), 0, 20);
}

static void lag_with_abort(struct bench *bench)
{
    lag(bench);
    set_abort(bench);
}

static void lag_recovered(struct bench *bench)
{
    lag_with_abort(bench);
    bench->options.recovered = true;
}

static void tear_unit(struct bench *bench)
{
    memset(unit_of(bench, MESSAGES - 1) + 10, 0, 10);
}

static void tear_unit_with_abort(struct bench *bench)
{
    tear_unit(bench);
    set_abort(bench);
}

/* The log lost its last record, the queue has its unit. */
static void queue_ahead(struct bench *bench)
{
    uint32_t header = bench->maker.is_dledger ? 48 : 0;
    const struct storemaker_record *last = &bench->places[MESSAGES - 1];
    memset(storemaker_record_at(&bench->maker, last->offset) - header, 0,
           last->size_bytes + header);
}

static void queue_ahead_with_abort(struct bench *bench)
{
    queue_ahead(bench);
    set_abort(bench);
}

static void torn_record_with_abort(struct bench *bench)
{
    struct storemaker_message message = message_of(2);
    message.without_unit = true;
    struct storemaker_record place = storemaker_put(&bench->maker, &message);
    memset(storemaker_record_at(&bench->maker, place.offset) + 100, 0, place.size_bytes - 100);
    set_abort(bench);
}

static void nothing(struct bench *bench)
{
    (void)bench;
}

static void marked(struct bench *bench)
{
    storemaker_mark(&bench->maker, bench->maker.log_end, MESSAGES);
}

static void empty_store(struct bench *bench)
{
    bool is_dledger = bench->maker.is_dledger;
    storemaker_clear(&bench->maker);
    char path[96];
    snprintf(path, sizeof path, "%s/%020u", is_dledger ? "dledger-n0/data" : "commitlog", 0u);
    (void)storemaker_make(&bench->maker, path, LOG_BYTES);
}

static void spare_file(struct bench *bench)
{
    uint64_t next = bench->maker.log_end - bench->maker.log_end % LOG_BYTES + LOG_BYTES;
    (void)storemaker_record_at(&bench->maker, next);
}

static void expired_head(struct bench *bench)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%020u",
             bench->maker.is_dledger ? "dledger-n0/data" : "commitlog", 0u);
    storemaker_remove(&bench->maker, path);
}

static void pre_blank_head(struct bench *bench)
{
    expired_head(bench);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        if (bench->places[i].offset < LOG_BYTES) {
            uint8_t *unit = unit_of(bench, i);
            memset(unit, 0, 20);
            bytes_put_be32(unit + 8, 0x7FFFFFFF);
        }
    }
}

/* RocketMQ cuts a torn record without zeroing it: what no unit reaches is no part of the log. */
static void stale_tail(struct bench *bench)
{
    torn_record_with_abort(bench);
    storemaker_remove(&bench->maker, "abort");
}

static void transactions(struct bench *bench)
{
    for (int32_t flag = 4; flag <= 12; flag += 4) {
        struct storemaker_message message = message_of(3);
        message.sys_flag = flag;
        if (flag != 8) {
            message.queue_offset = 0;
        }
        storemaker_put(&bench->maker, &message);
    }
}

static void batches(struct bench *bench)
{
    struct storemaker_message message = message_of(3);
    message.sys_flag = 0x80;
    message.without_unit = true;
    storemaker_put(&bench->maker, &message);
}

static void wrong_index(struct bench *bench)
{
    storemaker_index_at(&bench->maker, 9)[15] ^= 1;
}

static void wrong_index_with_abort(struct bench *bench)
{
    wrong_index(bench);
    set_abort(bench);
}

static void wrong_index_recovered(struct bench *bench)
{
    wrong_index_with_abort(bench);
    bench->options.recovered = true;
}

static void lose_index(struct bench *bench)
{
    storemaker_remove_under(&bench->maker, "dledger-n0/index");
}

struct kind {
    const char *name;
    void (*damage)(struct bench *bench);
    uint32_t violated;
    bool is_pending; /* and something is pending */
    const char *text;
};

#define TRUE_AND_EQUAL (PROPERTY_BIT(QUEUE_TRUE) | PROPERTY_BIT(REBUILD_EQUAL))

static const struct kind kinds[] = {
    {"as it is", nothing, 0, false, ""},
    {"marked", marked, 0, false, ""},
    {"empty store", empty_store, 0, false, ""},
    {"spare file", spare_file, 0, false, ""},
    {"expired head", expired_head, 0, false, ""},
    {"pre-blank head", pre_blank_head, 0, false, ""},
    {"stale tail", stale_tail, 0, false, ""},
    {"prepared, commit, rollback", transactions, 0, false, ""},
    {"inner batch", batches, 0, false, ""},
    {"abort alone", set_abort, 0, false, ""},
    {"flipped body", flip_body, PROPERTY_BIT(NOTHING_INVENTED) | TRUE_AND_EQUAL, false,
     "a damaged record"},
    {"flipped body, abort", flip_body_with_abort, PROPERTY_BIT(NOTHING_INVENTED) | TRUE_AND_EQUAL,
     false, "a damaged record"},
    {"flipped properties", flip_properties, PROPERTY_BIT(NOTHING_INVENTED) | TRUE_AND_EQUAL, false,
     "a damaged record"},
    {"flipped size", flip_size, PROPERTY_BIT(NOTHING_INVENTED) | TRUE_AND_EQUAL, false,
     "a damaged record"},
    {"zeroed page", zero_page, PROPERTY_BIT(NOTHING_INVENTED) | TRUE_AND_EQUAL, false,
     "a damaged record"},
    {"ghost unit", zero_unit, TRUE_AND_EQUAL | PROPERTY_BIT(QUEUE_COMPLETE), false, "all zero"},
    {"empty queues (issue 8032)", drop_queues, PROPERTY_BIT(QUEUE_COMPLETE), false, "no unit"},
    {"empty log", drop_log, TRUE_AND_EQUAL, false, "dangles"},
    {"wrong tags hash", wrong_tags, TRUE_AND_EQUAL, false, "tags hash"},
    {"duplicate queueOffset", repeat_offset,
     PROPERTY_BIT(OFFSETS_UNIQUE) | PROPERTY_BIT(QUEUE_COMPLETE), false, "not unique"},
    {"gap", leave_gap, PROPERTY_BIT(BOUNDS) | TRUE_AND_EQUAL, false, "was not max"},
    {"committed beyond max", commit_beyond, PROPERTY_BIT(CONSUMER_OFFSET), false, "beyond max"},
    {"missing log file", lose_log_file, PROPERTY_BIT(STARTS) | TRUE_AND_EQUAL, false,
     "a file is missing"},
    {"short queue file", shorten_queue_file, PROPERTY_BIT(STARTS), false, "wrong size"},
    {"hole in a queue", hole_in_queue, PROPERTY_BIT(STARTS), false, "a file is missing"},
    {"lag", lag, PROPERTY_BIT(QUEUE_COMPLETE), false, "no unit"},
    {"lag, abort", lag_with_abort, 0, true, "pending queue-complete"},
    {"lag, recovered", lag_recovered, PROPERTY_BIT(QUEUE_COMPLETE), false, "no unit"},
    {"torn unit", tear_unit, TRUE_AND_EQUAL | PROPERTY_BIT(QUEUE_COMPLETE), false, "wrong size"},
    {"torn unit, abort", tear_unit_with_abort, 0, true, "pending queue-true"},
    {"queue ahead", queue_ahead, TRUE_AND_EQUAL, false, "dangles"},
    {"queue ahead, abort", queue_ahead_with_abort, 0, true, "pending queue-true"},
    {"torn record, abort", torn_record_with_abort, 0, true, "pending nothing-invented"},
};

static const struct kind dledger_kinds[] = {
    {"wrong index unit", wrong_index, PROPERTY_BIT(REBUILD_EQUAL), false, "first that of entry 9"},
    {"wrong index unit, abort", wrong_index_with_abort, 0, true, "pending rebuild-equal"},
    {"wrong index unit, recovered", wrong_index_recovered, PROPERTY_BIT(REBUILD_EQUAL), false,
     "1 index units differ"},
    {"no index", lose_index, PROPERTY_BIT(REBUILD_EQUAL), false, "24 index units differ"},
};

static bool is_judged_right(const struct kind *kind, bool is_dledger, bool with_crc)
{
    struct bench *bench = malloc(sizeof *bench);
    assert_non_null(bench);
    bench_init(bench, is_dledger, with_crc);
    kind->damage(bench);
    /* What the files cannot say, such as the size of a file that is the only one of its kind. */
    bench->options.log_file_size_bytes = LOG_BYTES;
    bench->options.queue_file_units = UNITS;
    assert_int_equal(bench_run(bench), 0);
    bool is_right = bench->summary.violated == kind->violated &&
                    (bench->summary.pending_count > 0) == kind->is_pending &&
                    strstr(bench->text, kind->text) != NULL;
    if (!is_right) {
        print_error("%s (%s%s): violated 0x%x, expected 0x%x, %d pending, expected '%s'\n%.3000s\n",
                    kind->name, is_dledger ? "dledger" : "commitlog", with_crc ? ", crc" : "",
                    bench->summary.violated, kind->violated, (int)bench->summary.pending_count,
                    kind->text, bench->text);
    }
    storemaker_done(&bench->maker);
    free(bench);
    return is_right;
}

static void judges_each_kind_of_store(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
        for (uint32_t way = 0; way < 4; way++) {
            wrong += !is_judged_right(&kinds[i], (way & 1) != 0, (way & 2) != 0);
        }
    }
    for (size_t i = 0; i < TEST_COUNT(dledger_kinds); i++) {
        wrong += !is_judged_right(&dledger_kinds[i], true, true);
    }
    assert_int_equal(wrong, 0);
}

static void finds_mode_and_sizes_by_itself(void **state)
{
    (void)state;
    struct bench *bench = malloc(sizeof *bench);
    assert_non_null(bench);
    bench_init(bench, true, true);
    storemaker_mark(&bench->maker, bench->maker.log_end, MESSAGES);
    assert_int_equal(bench_run(bench), 0);
    assert_int_equal(bench->summary.violation_count, 0);
    assert_true(bench->summary.is_dledger);
    assert_true(bench->summary.has_mark);
    assert_int_equal(bench->summary.log_file_size_bytes, LOG_BYTES);
    assert_int_equal(bench->summary.queue_file_size_bytes, UNITS * 20);
    assert_int_equal(bench->summary.record_count, MESSAGES);
    assert_int_equal(bench->summary.unit_count, MESSAGES);
    assert_int_equal(bench->summary.queue_count, 4);
    assert_int_equal(bench->summary.log_end, bench->maker.log_end);
    storemaker_done(&bench->maker);
    free(bench);
}

static void refuses_what_is_no_store(void **state)
{
    (void)state;
    struct bench *bench = malloc(sizeof *bench);
    assert_non_null(bench);
    bench_init(bench, false, false);
    storemaker_clear(&bench->maker);
    test_code(bench_run(bench), -ENOENT);
    storemaker_write(&bench->maker, "somewhere/else", "x", 1);
    test_code(bench_run(bench), -ENOENT);
    storemaker_done(&bench->maker);
    free(bench);
}

static int fail_list(void *arg, const char *path,
                     int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg)
{
    struct view view = storemaker_view(arg);
    int r = view.list(arg, path, each, each_arg);
    return r;
}

static int64_t fail_read(void *arg, const char *path, uint64_t offset, void *data,
                         size_t size_bytes)
{
    (void)arg;
    (void)path;
    (void)offset;
    (void)data;
    (void)size_bytes;
    return -EIO;
}

/* An error is no end of the log. */
static void tells_a_read_error(void **state)
{
    (void)state;
    struct bench *bench = malloc(sizeof *bench);
    assert_non_null(bench);
    bench_init(bench, false, true);
    struct view view = storemaker_view(&bench->maker);
    view.list = fail_list;
    view.read = fail_read;
    struct err err = ERR_INIT;
    test_code(fsck_run(&view, &bench->options, NULL, &bench->summary, &err), -EIO);
    assert_true(err.text[0] != '\0');
    storemaker_done(&bench->maker);
    free(bench);
}

static void survives_random_mutations(void **state)
{
    (void)state;
    uint32_t random = 99;
    for (uint32_t round = 0; round < 3000; round++) {
        struct bench *bench = malloc(sizeof *bench);
        assert_non_null(bench);
        bench_init(bench, round % 2 == 1, round % 4 < 2);
        marked(bench);
        commit_beyond(bench);
        for (uint32_t n = 0; n <= round % 7; n++) {
            random = random * 1664525 + 1013904223;
            struct storemaker_file *file =
                &bench->maker.files[(random >> 8) % bench->maker.file_count];
            random = random * 1664525 + 1013904223;
            size_t at = (random >> 4) % (file->size_bytes + 1);
            random = random * 1664525 + 1013904223;
            file->data[at] = (random & 0x100) != 0 ? (uint8_t)(random >> 16) : 0xFF;
            if (round % 13 == 0) {
                file->size_bytes = at;
            }
        }
        assert_int_equal(bench_run(bench), 0);
        storemaker_done(&bench->maker);
        free(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_each_kind_of_store),
        cmocka_unit_test(finds_mode_and_sizes_by_itself),
        cmocka_unit_test(refuses_what_is_no_store),
        cmocka_unit_test(tells_a_read_error),
        cmocka_unit_test(survives_random_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
