/* fsck over hand-made stores without a ledger: violations, what is pending after an unclean stop,
 * and what is legal. */
#include "harness/oracle/decode/disk_index.h"
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
    uint64_t torn_offset;
    bool is_index_loadable;
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

/* The size that RocketMQ loads, of files that are smaller here. */
static int64_t size_as_loadable(void *arg, const char *path)
{
    struct view view = storemaker_view(arg);
    return strncmp(path, "dledger-n0/index/", 17) == 0 ? (int64_t)DISK_INDEX_FILE_SIZE_BYTES
                                                       : view.size(arg, path);
}

static int bench_run(struct bench *bench)
{
    const struct fsck_listener listener = {.arg = bench, .found = take_line};
    struct view view = storemaker_view(&bench->maker);
    view.size = bench->is_index_loadable ? size_as_loadable : view.size;
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

#define OFFSETS_PATH "config/consumerOffset.json"
#define OFFSETS_TEXT "{\"offsetTable\":{\"orders@g\":{0:1,1:0}}}"

static void write_offsets(struct bench *bench, const char *path, const char *text)
{
    storemaker_write(&bench->maker, path, text, strlen(text));
}

static void nul_offsets(struct bench *bench)
{
    static const char nul[100];
    storemaker_write(&bench->maker, OFFSETS_PATH, nul, sizeof nul);
}

static void nul_offsets_with_backup(struct bench *bench)
{
    nul_offsets(bench);
    write_offsets(bench, OFFSETS_PATH ".bak", OFFSETS_TEXT);
}

static void nul_offsets_with_cut_backup(struct bench *bench)
{
    nul_offsets(bench);
    write_offsets(bench, OFFSETS_PATH ".bak", "{\"offsetTable\":{\"orders@g\":{0:1,1");
}

static void cut_backup_alone(struct bench *bench)
{
    write_offsets(bench, OFFSETS_PATH ".bak", "{\"offsetTable\":{\"orders@g\":{0:1,1");
}

static void empty_offsets(struct bench *bench)
{
    write_offsets(bench, OFFSETS_PATH, "");
}

/* Nobody reads .bak then. */
static void sound_offsets_with_cut_backup(struct bench *bench)
{
    write_offsets(bench, OFFSETS_PATH, OFFSETS_TEXT);
    cut_backup_alone(bench);
}

static void negative_offset(struct bench *bench)
{
    write_offsets(bench, OFFSETS_PATH, "{\"offsetTable\":{\"orders@g\":{0:-1,1:0}}}");
}

/* Of a topic that is gone; and no number that a long cannot hold. */
static void largest_offset(struct bench *bench)
{
    write_offsets(bench, OFFSETS_PATH,
                  "{\"offsetTable\":{\"gone@g\":{0:9223372036854775807,1:0}}}");
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

/* Not the last, so nobody removes it. */
static void empty_first_file(struct bench *bench)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%020u",
             bench->maker.is_dledger ? "dledger-n0/data" : "commitlog", 0u);
    storemaker_find(&bench->maker, path)->size_bytes = 0;
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
    bench->torn_offset = place.offset;
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

static void commit(struct bench *bench, uint32_t committed_index)
{
    char text[64];
    int length = snprintf(text, sizeof text, "endIndex=%u\ncommittedIndex=%u\n", MESSAGES - 1,
                          committed_index);
    storemaker_write(&bench->maker, "dledger-n0/checkpoint", text, (size_t)length);
}

static void commit_all(struct bench *bench)
{
    commit(bench, MESSAGES - 1);
    set_abort(bench);
}

/* RocketMQ's page: physicMsgTimestamp, logicsMsgTimestamp, ..., logicsPhysicalOffset at 40. */
static void write_checkpoint(struct bench *bench, uint64_t logics_offset)
{
    uint8_t page[4096] = {0};
    bytes_put_be64(page, 1767225600000);
    bytes_put_be64(page + 8, 1767225600000);
    bytes_put_be64(page + 40, logics_offset);
    storemaker_write(&bench->maker, "checkpoint", page, sizeof page);
}

static void commit_all_with_checkpoint(struct bench *bench)
{
    commit_all(bench);
    write_checkpoint(bench, bench->places[MESSAGES - 1].offset);
}

static void drop_queues_committed(struct bench *bench)
{
    drop_queues(bench);
    commit_all(bench);
}

static void zero_unit_with_abort(struct bench *bench)
{
    zero_unit(bench);
    set_abort(bench);
}

static void zero_unit_committed(struct bench *bench)
{
    zero_unit(bench);
    commit_all(bench);
}

/* It looks like a unit, so nobody ends the queue there. */
static void spoil_unit_with_abort(struct bench *bench)
{
    unit_of(bench, 2)[7] ^= 1;
    set_abort(bench);
}

static void drop_queues_with_abort(struct bench *bench)
{
    drop_queues(bench);
    set_abort(bench);
}

/* What is missing lies above the committed index, so that it is committed and dispatched again. */
static void lag_uncommitted(struct bench *bench)
{
    lag_with_abort(bench);
    commit(bench, MESSAGES - 3);
}

static void lag_committed(struct bench *bench)
{
    lag_with_abort(bench);
    commit(bench, MESSAGES - 2);
}

static void queue_ahead_marked(struct bench *bench)
{
    storemaker_mark(&bench->maker, bench->places[4].offset, 4);
    queue_ahead_with_abort(bench);
}

static void torn_record_marked(struct bench *bench)
{
    torn_record_with_abort(bench);
    storemaker_mark(&bench->maker, bench->places[4].offset, 4);
}

/* The entry's header is torn as well: DLedger cuts it. */
static void torn_entry(struct bench *bench)
{
    torn_record_with_abort(bench);
    memset(storemaker_record_at(&bench->maker, bench->torn_offset) - 8, 0, 8);
}

/* A whole unit of another queue stands last: nobody repairs that. */
static void foreign_last_unit(struct bench *bench)
{
    memcpy(unit_of(bench, MESSAGES - 1), unit_of(bench, MESSAGES - 4), 20);
    set_abort(bench);
}

/* All of the size is there, and only a part of the tags: RocketMQ takes it for whole. */
static void tear_tags(struct bench *bench)
{
    memset(unit_of(bench, MESSAGES - 2) + 12, 0, 8);
    set_abort(bench);
}

static void tear_tags_marked(struct bench *bench)
{
    tear_tags(bench);
    storemaker_mark(&bench->maker, bench->places[4].offset, 4);
}

static void random_log(struct bench *bench)
{
    uint32_t random = 7;
    for (size_t i = 0; i < bench->maker.file_count; i++) {
        struct storemaker_file *file = &bench->maker.files[i];
        bool is_log = strncmp(file->path, "commitlog", 9) == 0 ||
                      strncmp(file->path, "dledger-n0/data", 15) == 0;
        for (size_t at = 0; is_log && at < file->size_bytes; at++) {
            random = random * 1664525 + 1013904223;
            file->data[at] = (uint8_t)(random >> 24);
        }
    }
    set_abort(bench);
}

/* A log of one file, cut to nothing. */
static void empty_file(struct bench *bench)
{
    char path[96];
    for (uint32_t start = 0; start < 4 * LOG_BYTES; start += LOG_BYTES) {
        snprintf(path, sizeof path, "%s/%020u",
                 bench->maker.is_dledger ? "dledger-n0/data" : "commitlog", start);
        storemaker_remove(&bench->maker, path);
    }
    snprintf(path, sizeof path, "%s/%020u",
             bench->maker.is_dledger ? "dledger-n0/data" : "commitlog", 0u);
    (void)storemaker_make(&bench->maker, path, 0);
    set_abort(bench);
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
    {"offsets of zeros, no .bak", nul_offsets, PROPERTY_BIT(STARTS), false, "there is no .bak"},
    {"offsets of zeros, .bak", nul_offsets_with_backup, 0, false, ""},
    {"offsets of zeros, cut .bak", nul_offsets_with_cut_backup, PROPERTY_BIT(STARTS), false,
     "nothing starts with it"},
    {"no offsets, cut .bak", cut_backup_alone, PROPERTY_BIT(STARTS), false, ".bak@33"},
    {"no byte of offsets", empty_offsets, 0, false, ""},
    {"offsets, cut .bak", sound_offsets_with_cut_backup, 0, false, ""},
    {"negative offset", negative_offset, PROPERTY_BIT(CONSUMER_OFFSET), false, "is negative"},
    {"largest offset", largest_offset, 0, false, ""},
    {"missing log file", lose_log_file, PROPERTY_BIT(STARTS) | TRUE_AND_EQUAL, false,
     "a file is missing"},
    {"short queue file", shorten_queue_file, PROPERTY_BIT(STARTS), false, "wrong size"},
    {"log file without a byte", empty_first_file, PROPERTY_BIT(STARTS) | TRUE_AND_EQUAL, false,
     "expected 2048, found 0"},
    {"hole in a queue", hole_in_queue, PROPERTY_BIT(STARTS), false, "a file is missing"},
    {"lag", lag, PROPERTY_BIT(QUEUE_COMPLETE), false, "no unit"},
    {"lag, abort", lag_with_abort, 0, true, "pending queue-complete"},
    {"lag, recovered", lag_recovered, PROPERTY_BIT(QUEUE_COMPLETE), false, "no unit"},
    {"torn unit", tear_unit, TRUE_AND_EQUAL | PROPERTY_BIT(QUEUE_COMPLETE), false, "wrong size"},
    {"torn unit, abort", tear_unit_with_abort, 0, true, "pending queue-true"},
    {"queue ahead", queue_ahead, TRUE_AND_EQUAL, false, "dangles"},
    {"queue ahead, abort, marked", queue_ahead_marked, 0, true, "pending queue-true"},
    {"torn record, abort, marked", torn_record_marked, 0, true, "pending nothing-invented"},
    {"another queue's last unit, abort", foreign_last_unit,
     TRUE_AND_EQUAL | PROPERTY_BIT(QUEUE_COMPLETE), false, "belongs to another queue"},
    {"torn tags, abort", tear_tags, TRUE_AND_EQUAL, false, "tags hash"},
    {"torn tags, abort, marked", tear_tags_marked, 0, true, "pending queue-true"},
    {"file without a byte, abort", empty_file, PROPERTY_BIT(STARTS) | TRUE_AND_EQUAL, false,
     "starts"},
};

static const struct kind plain_kinds[] = {
    {"queue ahead, abort", queue_ahead_with_abort, 0, true, "pending queue-true"},
    {"torn record, abort", torn_record_with_abort, 0, true, "pending nothing-invented"},
    /* Every version ends the queue there and dispatches again: measured with four. */
    {"ghost unit, abort", zero_unit_with_abort, 0, true, "pending queue-true"},
    {"unit of another record, abort", spoil_unit_with_abort,
     TRUE_AND_EQUAL | PROPERTY_BIT(QUEUE_COMPLETE), false, "queue-true"},
    {"no queues, abort", drop_queues_with_abort, 0, true, "pending queue-complete"},
    {"random log, abort", random_log, 0, true, "pending queue-true"},
};

static const struct kind dledger_kinds[] = {
    /* 5.5.1 cuts by checkpoint bytes 40..47, which are not there. */
    {"queue ahead, abort", queue_ahead_with_abort, TRUE_AND_EQUAL, false, "dangles"},
    /* DLedger takes an entry with a whole header for whole. */
    {"torn record, abort", torn_record_with_abort, PROPERTY_BIT(NOTHING_INVENTED), false,
     "bytes past the end"},
    {"torn entry, abort", torn_entry, 0, true, "pending nothing-invented"},
    {"no queues, abort, nothing committed", drop_queues_with_abort, 0, true,
     "pending queue-complete"},
    {"no queues, abort, committed (issue 8032)", drop_queues_committed,
     PROPERTY_BIT(QUEUE_COMPLETE), false, "no unit"},
    {"ghost unit, committed", zero_unit_committed, PROPERTY_BIT(QUEUE_COMPLETE), true, "no unit"},
    {"lag above committedIndex", lag_uncommitted, 0, true, "pending queue-complete"},
    {"lag at committedIndex", lag_committed, PROPERTY_BIT(QUEUE_COMPLETE), true, "no unit"},
    {"whole, committed, abort (before issue 9084)", commit_all_with_checkpoint, 0, false, ""},
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
    for (size_t i = 0; i < TEST_COUNT(plain_kinds); i++) {
        wrong += !is_judged_right(&plain_kinds[i], false, true);
    }
    for (size_t i = 0; i < TEST_COUNT(dledger_kinds); i++) {
        wrong += !is_judged_right(&dledger_kinds[i], true, true);
    }
    assert_int_equal(wrong, 0);
}

/* One store, and what the next start of each version makes of it. */
struct version_kind {
    const char *name;
    void (*damage)(struct bench *bench);
    bool is_dledger;
    bool is_index_loadable;
    const char *as; /* NULL: of all */
    enum fsck_verdict verdict;
    const char *next; /* in the line about the next starts */
};

#define ALL_BACK "bring back all 24"

static const struct version_kind version_kinds[] = {
    {"8032", drop_queues_committed, true, true, NULL, FSCK_VERDICT_VIOLATED,
     "4.9.7, 5.3.3 and 5.5.1 bring back all 24; 5.0.0 to 5.1.4 repair nothing; 5.2.0 brings back 1 of 24"},
    {"8032", drop_queues_committed, true, true, "4.9.7", FSCK_VERDICT_REPAIRABLE, ALL_BACK},
    {"8032, small index files", drop_queues_committed, true, false, "5.3.3", FSCK_VERDICT_VIOLATED,
     ALL_BACK},
    {"8032", drop_queues_committed, true, true, "5.1.4", FSCK_VERDICT_VIOLATED, ALL_BACK},
    {"8032", drop_queues_committed, true, true, "5.2.0", FSCK_VERDICT_VIOLATED, ALL_BACK},
    {"8032", drop_queues_committed, true, true, "5.3.3", FSCK_VERDICT_REPAIRABLE, ALL_BACK},
    {"8032", drop_queues_committed, true, true, "5.5.1", FSCK_VERDICT_REPAIRABLE, ALL_BACK},
    {"8032", drop_queues_committed, true, true, "killpoint", FSCK_VERDICT_REPAIRABLE, ALL_BACK},
    {"9084", commit_all_with_checkpoint, true, true, NULL, FSCK_VERDICT_INTACT,
     "5.3.3 and 5.5.1 cut 1"},
    {"9084", commit_all_with_checkpoint, true, true, "4.9.7", FSCK_VERDICT_INTACT, "cut no unit"},
    {"9084", commit_all_with_checkpoint, true, true, "5.2.0", FSCK_VERDICT_VIOLATED, "5.2.0 cut"},
    {"9084", commit_all_with_checkpoint, true, true, "5.3.3", FSCK_VERDICT_VIOLATED,
     "5.3.3 and 5.5.1"},
    {"9084", commit_all_with_checkpoint, true, true, "5.5.1", FSCK_VERDICT_VIOLATED,
     "5.3.3 and 5.5.1"},
    {"9084, no checkpoint", commit_all, true, true, "5.3.3", FSCK_VERDICT_VIOLATED, "5.3.3 cuts"},
    {"9084, no checkpoint", commit_all, true, true, "5.5.1", FSCK_VERDICT_INTACT, "5.3.3 cuts"},
    {"no queues", drop_queues_with_abort, false, false, "5.5.1", FSCK_VERDICT_REPAIRABLE, ""},
    /* A normal start of 4.9.7 dispatches from the queues' maximum on; 5.3.3 leaves out the record
     * that begins there. */
    {"lag after a clean stop", lag, false, false, "4.9.7", FSCK_VERDICT_REPAIRABLE, "4.9.7"},
    {"lag after a clean stop", lag, false, false, "5.2.0", FSCK_VERDICT_VIOLATED, "4.9.7"},
    {"lag after a clean stop", lag, false, false, "5.3.3", FSCK_VERDICT_VIOLATED, "4.9.7"},
    {"queue ahead after a clean stop", queue_ahead, false, false, NULL, FSCK_VERDICT_VIOLATED, ""},
    {"queue ahead after a clean stop", queue_ahead, false, false, "5.2.0", FSCK_VERDICT_REPAIRABLE,
     ""},
    {"offsets of zeros", nul_offsets, false, false, "5.2.0", FSCK_VERDICT_VIOLATED, ""},
    {"file without a byte", empty_file, false, false, "4.9.7", FSCK_VERDICT_VIOLATED,
     "do not start"},
    {"file without a byte", empty_file, false, false, "5.5.1", FSCK_VERDICT_REPAIRABLE,
     "do not start"},
    {"file without a byte", empty_file, true, true, "5.5.1", FSCK_VERDICT_VIOLATED, ""},
};

static void judges_by_what_each_version_does(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < TEST_COUNT(version_kinds); i++) {
        const struct version_kind *kind = &version_kinds[i];
        struct bench *bench = malloc(sizeof *bench);
        assert_non_null(bench);
        bench_init(bench, kind->is_dledger, false);
        kind->damage(bench);
        bench->is_index_loadable = kind->is_index_loadable;
        bench->options =
            (struct fsck_options){.log_file_size_bytes = LOG_BYTES,
                                  .queue_file_units = UNITS,
                                  .as = kind->as == NULL ? NULL : fsck_version_find(kind->as)};
        char next[FSCK_LINE_SIZE_BYTES];
        assert_int_equal(bench_run(bench), 0);
        fsck_next_describe(&bench->summary, next);
        if (bench->summary.verdict != kind->verdict || strstr(next, kind->next) == NULL) {
            print_error("%s as %s: verdict %d, expected %d; '%s', expected '%s'\n%.2000s\n",
                        kind->name, kind->as == NULL ? "every" : kind->as,
                        (int)bench->summary.verdict, (int)kind->verdict, next, kind->next,
                        bench->text);
            wrong++;
        }
        storemaker_done(&bench->maker);
        free(bench);
    }
    assert_int_equal(wrong, 0);
    assert_null(fsck_version_find("6.0.0"));
}

static void take_note(void *arg, const char *line)
{
    struct bench *bench = arg;
    size_t length = strlen(bench->text);
    snprintf(bench->text + length, sizeof bench->text - length, "note %s\n", line);
}

/* Half of the messages plain, sealed as RocketMQ seals it; the rest behind it, as entries. */
static void make_taken_over(struct bench *bench)
{
    memset(bench, 0, sizeof *bench);
    bench->maker.with_crc = false;
    bench->maker.log_file_size_bytes = LOG_BYTES;
    bench->maker.queue_file_units = UNITS;
    storemaker_init(&bench->maker);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        if (i == MESSAGES / 2) {
            uint8_t *blank = storemaker_record_at(&bench->maker, bench->maker.log_end);
            uint64_t rest = LOG_BYTES - bench->maker.log_end % LOG_BYTES;
            bytes_put_be32(blank, (uint32_t)rest);
            bytes_put_be32(blank + 4, 0xCBD43194u);
            bench->maker.log_end += rest;
            bench->maker.is_dledger = true;
        }
        struct storemaker_message message = message_of(i);
        bench->places[i] = storemaker_put(&bench->maker, &message);
    }
    bench->options.log_file_size_bytes = LOG_BYTES;
    bench->options.queue_file_units = UNITS;
}

/* A log that DLedger took over is one with what came after: queues point into both. */
static void reads_a_log_that_was_taken_over(void **state)
{
    (void)state;
    struct bench *bench = malloc(sizeof *bench);
    assert_non_null(bench);
    make_taken_over(bench);
    const struct fsck_listener listener = {.arg = bench, .found = take_line, .note = take_note};
    struct view view = storemaker_view(&bench->maker);
    assert_int_equal(fsck_run(&view, &bench->options, &listener, &bench->summary, NULL), 0);
    assert_string_equal(bench->text, "note DLedger took over a plain log: 1 file of commitlog/ up "
                                     "to 2048\n");
    assert_int_equal(bench->summary.record_count, MESSAGES);
    assert_int_equal(bench->summary.unit_count, MESSAGES);
    assert_int_equal(bench->summary.log_min, 0);

    /* A record of the old part that is damaged, or has no unit, is found as any other. */
    bench->maker.is_dledger = false;
    storemaker_record_at(&bench->maker, bench->places[5].offset)[130] ^= 1;
    assert_int_equal(bench_run(bench), 0);
    assert_int_equal(bench->summary.verdict, FSCK_VERDICT_VIOLATED);
    assert_non_null(strstr(bench->text, "nothing-invented commitlog/00000000000000000000@"));
    storemaker_done(&bench->maker);

    /* Files of commitlog/ past the begin of DLedger's are read by nobody, and that is said. */
    make_taken_over(bench);
    char path[96];
    snprintf(path, sizeof path, "commitlog/%020u", 2 * LOG_BYTES);
    (void)storemaker_make(&bench->maker, path, LOG_BYTES);
    (void)storemaker_make(&bench->maker, "dledger-n1/data/x", 1);
    bench->text[0] = '\0';
    view = storemaker_view(&bench->maker);
    assert_int_equal(fsck_run(&view, &bench->options, &listener, &bench->summary, NULL), 0);
    assert_non_null(strstr(bench->text, "not judged: 1 files of commitlog/ lie past the begin"));
    assert_non_null(strstr(bench->text, "2 dledger-NAME directories are there"));
    storemaker_done(&bench->maker);
    free(bench);
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

/* Every RocketMQ refuses a list in which one file has another size. */
static void says_whether_the_index_is_loadable(void **state)
{
    static const char first[] = "dledger-n0/index/00000000000000000000";
    static const char second[] = "dledger-n0/index/00000000000167772160";
    (void)state;
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench_init(bench, true, true);
    assert_int_equal(bench_run(bench), 0);
    assert_true(bench->summary.has_index_files && !bench->summary.is_index_loadable);
    uint64_t small = bench->summary.index_file_size_bytes;
    assert_in_range(small, 32, 4096);
    storemaker_remove_under(&bench->maker, "dledger-n0/index");
    assert_int_equal(bench_run(bench), 0);
    assert_false(bench->summary.has_index_files || bench->summary.is_index_loadable);
    (void)storemaker_make(&bench->maker, first, 167772160);
    assert_int_equal(bench_run(bench), 0);
    assert_true(bench->summary.has_index_files && bench->summary.is_index_loadable);
    (void)storemaker_make(&bench->maker, second, (size_t)small);
    assert_int_equal(bench_run(bench), 0);
    assert_true(bench->summary.has_index_files && !bench->summary.is_index_loadable);
    assert_int_equal(bench->summary.index_file_size_bytes, small);
    storemaker_done(&bench->maker);
    free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_each_kind_of_store),
        cmocka_unit_test(judges_by_what_each_version_does),
        cmocka_unit_test(reads_a_log_that_was_taken_over),
        cmocka_unit_test(finds_mode_and_sizes_by_itself),
        cmocka_unit_test(refuses_what_is_no_store),
        cmocka_unit_test(tells_a_read_error),
        cmocka_unit_test(survives_random_mutations),
        cmocka_unit_test(says_whether_the_index_is_loadable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
