/* The queues against the log: one made store, one damage, and every finding of the walk. */
#include "harness/oracle/decode/disk_queue.h"
#include "harness/oracle/decode/tests/log_fixture.h"
#include "harness/oracle/rules/judge_queue.h"

#define UNITS       4 /* in a queue's file: 80 bytes */
#define RECORDS_MAX 16
#define PATH        "consumequeue/t/0/00000000000000000000"
#define OTHER       "consumequeue/t/1/00000000000000000000"
#define PATH2       "consumequeue/t/0/00000000000000000080"

struct fixture {
    struct log_fixture store;
    struct disk_queues queues;
    struct disk_record records[RECORDS_MAX];
    uint32_t record_count;
    int find_error;
    struct disk_sink sink;
    struct judge_queue walk;
    char found[8192]; /* "PROPERTY[ repairable] FILE@OFFSET: TEXT\n" */
};

static void add_finding(void *arg, const struct disk_finding *finding)
{
    struct fixture *fixture = arg;
    size_t length = strlen(fixture->found);
    snprintf(fixture->found + length, sizeof fixture->found - length, "%s%s %s@%" PRIu64 ": %s\n",
             property_name(mechanism_property(finding->mechanism)),
             finding->repair != DISK_REPAIR_NONE ? " repairable" : "", finding->file,
             finding->offset, finding->text);
}

static int find_record(void *arg, uint32_t queue, uint64_t offset, struct disk_record *ret_record)
{
    (void)queue;
    const struct fixture *fixture = arg;
    for (uint32_t i = 0; i < fixture->record_count; i++) {
        if (fixture->records[i].offset == offset) {
            *ret_record = fixture->records[i];
            return 1;
        }
    }
    return fixture->find_error;
}

/* Message `flag` - 1, of 100 bytes. */
static struct storemaker_record put(struct fixture *fixture, int32_t flag, int32_t queue_id,
                                    int64_t queue_offset, int32_t sys_flag)
{
    const struct storemaker_message message = {.topic = "t",
                                               .queue_id = queue_id,
                                               .flag = flag,
                                               .sys_flag = sys_flag,
                                               .queue_offset = queue_offset,
                                               .body = "12345678",
                                               .body_size_bytes = 8};
    return storemaker_put(&fixture->store.maker, &message);
}

static void set_up(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    log_fixture_init(&fixture->store, false, true, 4096);
    fixture->store.maker.queue_file_units = UNITS;
    fixture->queues = (struct disk_queues){0};
    fixture->queues.keep = true;
    fixture->queues.file_size_bytes = UNITS * DISK_QUEUE_UNIT_SIZE_BYTES;
    fixture->sink = (struct disk_sink){fixture, add_finding};
    fixture->walk = (struct judge_queue){.log = &fixture->store.log,
                                         .queues = &fixture->queues,
                                         .sink = &fixture->sink,
                                         .arg = fixture,
                                         .find = find_record};
}

/* Messages 0 to 5 of queue 0, at 0 to 500, and 6 of queue 1, at 600. */
static void set_up_store(struct fixture *fixture)
{
    set_up(fixture);
    for (int32_t i = 0; i < 7; i++) {
        (void)put(fixture, 1 + i, i == 6, -1, 0);
    }
}

static void tear_down(struct fixture *fixture)
{
    disk_queue_done(&fixture->queues);
    log_fixture_done(&fixture->store);
}

static int keep_record(void *arg, struct disk_record *record, const uint8_t *bytes)
{
    struct fixture *fixture = arg;
    assert_true(fixture->record_count < RECORDS_MAX);
    record->queue = disk_queue_find(&fixture->queues, (const char *)bytes + record->topic_at,
                                    record->topic_size_bytes, record->queue_id);
    fixture->records[fixture->record_count++] = *record;
    return 0;
}

/* Reads log and queues as they are. */
static void read_store(struct fixture *fixture)
{
    const struct disk_log_visitor visitor = {fixture, keep_record, NULL, NULL};
    struct log_fixture *store = &fixture->store;
    test_ok(disk_queue_list(&fixture->queues, &store->view, &store->err), store->err);
    test_ok(disk_queue_load(&fixture->queues, 0, &store->err), store->err);
    test_ok(disk_log_list(&store->log, &store->view, &store->err), store->err);
    test_ok(disk_log_scan(&store->log, &store->view, &visitor, &store->err), store->err);
    fixture->walk.log_end = store->log.end_offset;
}

static int walk(struct fixture *fixture)
{
    judge_queue_begin(&fixture->walk);
    for (uint32_t i = 0; i < fixture->record_count; i++) {
        int r = judge_queue_record(&fixture->walk, &fixture->records[i]);
        if (r < 0) {
            return r;
        }
    }
    return judge_queue_end(&fixture->walk);
}

static uint8_t *unit(struct fixture *fixture, uint64_t index)
{
    return storemaker_unit_at(&fixture->store.maker, "t", 0, index);
}

static void point_at(struct fixture *fixture, uint64_t index, uint64_t offset, uint32_t size_bytes,
                     int64_t tags_code)
{
    const struct storemaker_record record = {.offset = offset, .size_bytes = size_bytes};
    storemaker_put_unit(&fixture->store.maker, "t", 0, index, &record, tags_code);
}

static void leave(struct fixture *fixture)
{
    (void)fixture;
}

static void lose_last(struct fixture *fixture)
{
    memset(unit(fixture, 5), 0, 20);
}

static void lose_last_two(struct fixture *fixture)
{
    memset(unit(fixture, 4), 0, 40);
}

static void tear_last(struct fixture *fixture)
{
    memset(unit(fixture, 5) + 8, 0, 12);
}

static void spoil_last(struct fixture *fixture)
{
    memset(unit(fixture, 5) + 8, 0, 11);
    unit(fixture, 5)[19] = 7;
}

static void tear_one_inside(struct fixture *fixture)
{
    memset(unit(fixture, 2) + 8, 0, 12);
}

static void zero_one(struct fixture *fixture)
{
    memset(unit(fixture, 2), 0, 20);
}

static void pre_blank_one(struct fixture *fixture)
{
    point_at(fixture, 2, 0, DISK_QUEUE_PRE_BLANK_SIZE, 0);
}

static void pre_blank_first(struct fixture *fixture)
{
    point_at(fixture, 0, 0, DISK_QUEUE_PRE_BLANK_SIZE, 0);
}

static void swap_two(struct fixture *fixture)
{
    point_at(fixture, 1, 200, 100, 0);
    point_at(fixture, 2, 100, 100, 0);
}

static void double_one(struct fixture *fixture)
{
    point_at(fixture, 2, 100, 100, 0);
}

static void double_the_last(struct fixture *fixture)
{
    point_at(fixture, 2, 500, 100, 0);
}

static void append_second(struct fixture *fixture)
{
    point_at(fixture, 6, 100, 100, 0);
}

static void size_wrong(struct fixture *fixture)
{
    point_at(fixture, 2, 200, 99, 0);
}

static void tags_wrong(struct fixture *fixture)
{
    point_at(fixture, 2, 200, 100, 5);
}

static void cross(struct fixture *fixture)
{
    point_at(fixture, 2, 600, 100, 0);
}

/* Right in all but the queue. */
static void take_the_unit_of_another(struct fixture *fixture)
{
    struct storemaker_record record = {.offset = 0, .size_bytes = 100};
    storemaker_put_unit(&fixture->store.maker, "t", 1, 0, &record, 0);
    record.offset = 600;
    storemaker_put_unit(&fixture->store.maker, "t", 1, 1, &record, 0);
}

static void dangle_inside(struct fixture *fixture)
{
    point_at(fixture, 2, 150, 100, 0);
}

static void dangle_at_the_end(struct fixture *fixture)
{
    point_at(fixture, 6, 700, 100, 0);
}

static void dangle_twice_past_the_end(struct fixture *fixture)
{
    point_at(fixture, 6, 700, 100, 0);
    point_at(fixture, 7, 800, 100, 0);
}

static void dangle_just_below_the_end(struct fixture *fixture)
{
    point_at(fixture, 6, 699, 100, 0);
}

static void dangle_twice_below_the_end(struct fixture *fixture)
{
    point_at(fixture, 6, 650, 100, 0);
    point_at(fixture, 7, 650, 100, 0);
}

static void begin_a_unit(struct fixture *fixture)
{
    unit(fixture, 6)[6] = 2; /* 512 of 700: the last byte is not there yet */
}

#define M0 "message 0 (topic t, queue 0, queueOffset 0, at 0, 100 bytes)"
#define M1 "message 1 (topic t, queue 0, queueOffset 1, at 100, 100 bytes)"
#define M2 "message 2 (topic t, queue 0, queueOffset 2, at 200, 100 bytes)"
#define M4 "message 4 (topic t, queue 0, queueOffset 4, at 400, 100 bytes)"
#define M5 "message 5 (topic t, queue 0, queueOffset 5, at 500, 100 bytes)"
#define M6 "message 6 (topic t, queue 1, queueOffset 0, at 600, 100 bytes)"
#define DIFFER(count, from, to, first)                                                          \
    count " units of topic t queue 0 in [" from ", " to ") differ from those rebuilt from the " \
          "log, first unit " first "\n"

static const struct {
    const char *name;
    void (*damage)(struct fixture *fixture);
    const char *found;
} damages[] = {
    {"none", leave, ""},
    /* What an unclean stop leaves. */
    {"the last unit missing", lose_last,
     "queue-complete repairable " PATH2 "@20: no unit for " M5
     ", expected unit 5, found a queue that ends at 5\n"},
    {"the last two units missing", lose_last_two,
     "queue-complete repairable " PATH2 "@0: no unit for " M4
     ", expected unit 4, found a queue that ends at 4\n"
     "queue-complete repairable " PATH2 "@20: no unit for " M5
     ", expected unit 5, found a queue that ends at 4\n"},
    {"the last unit torn", tear_last,
     "queue-true repairable " PATH2 "@20: unit 5 has the wrong size, expected 100, found 0: " M5
     "\n"
     "queue-complete repairable " PATH2 "@20: no unit for " M5
     ", expected it at unit 5, found one that points at 500\n"
     "rebuild-equal repairable " PATH2 "@20: " DIFFER("1", "0", "6", "5")},
    {"a unit begun behind the last", begin_a_unit,
     "queue-true repairable " PATH2 "@40: unit 6 of topic t queue 0 dangles, expected a record at "
     "512 (0 bytes), found none; the log ends at 700\n"
     "rebuild-equal repairable " PATH2 "@40: " DIFFER("1", "0", "7", "6")},
    {"a unit past the log", dangle_at_the_end,
     "queue-true repairable " PATH2 "@40: unit 6 of topic t queue 0 dangles, expected a record at "
     "700 (100 bytes), found none; the log ends at 700\n"
     "rebuild-equal repairable " PATH2 "@40: " DIFFER("1", "0", "7", "6")},
    {"two units past the log", dangle_twice_past_the_end,
     "queue-true repairable " PATH2 "@40: unit 6 of topic t queue 0 dangles, expected a record at "
     "700 (100 bytes), found none; the log ends at 700\n"
     "queue-true repairable " PATH2 "@60: unit 7 of topic t queue 0 dangles, expected a record at "
     "800 (100 bytes), found none; the log ends at 700\n"
     "rebuild-equal repairable " PATH2 "@40: " DIFFER("2", "0", "8", "6")},
    /* What it does not leave. */
    {"the last unit spoilt", spoil_last,
     "queue-true " PATH2 "@20: unit 5 has the wrong size, expected 100, found 0: " M5 "\n"
     "queue-complete " PATH2 "@20: no unit for " M5
     ", expected it at unit 5, found one that points at 500\n"
     "rebuild-equal " PATH2 "@20: " DIFFER("1", "0", "6", "5")},
    {"a unit torn inside", tear_one_inside,
     "queue-true " PATH "@40: unit 2 has the wrong size, expected 100, found 0: " M2 "\n"
     "queue-complete " PATH "@40: no unit for " M2
     ", expected it at unit 2, found one that points at 200\n"
     "rebuild-equal " PATH "@40: " DIFFER("1", "0", "6", "2")},
    {"a zero unit", zero_one,
     "queue-true " PATH "@40: unit 2 of topic t queue 0 is all zero, expected a record's\n"
     "queue-complete " PATH "@40: no unit for " M2
     ", expected it at unit 2, found one that points at 0\n"
     "rebuild-equal " PATH "@40: " DIFFER("1", "0", "6", "2")},
    {"a pre-blank inside", pre_blank_one,
     "queue-true " PATH "@40: unit 2 of topic t queue 0 is a pre-blank, expected a record's\n"
     "queue-complete " PATH "@40: no unit for " M2
     ", expected it at unit 2, found one that points at 0\n"
     "rebuild-equal " PATH "@40: " DIFFER("1", "0", "6", "2")},
    /* Below min it is no unit that anybody reads, but its record is there. */
    {"a pre-blank in front", pre_blank_first,
     "queue-complete " PATH "@0: no unit for " M0
     ", expected it at unit 0, found one that points at 0\n"},
    {"two units swapped", swap_two,
     "queue-true " PATH "@20: unit 1 is shifted, expected queueOffset 1, found " M2 "\n"
     "queue-true " PATH "@40: unit 2 is shifted, expected queueOffset 2, found " M1 "\n"
     "rebuild-equal " PATH "@20: " DIFFER("2", "0", "6", "1")},
    {"one unit for another", double_one,
     "queue-true " PATH "@40: unit 2 is shifted, expected queueOffset 2, found " M1 "\n"
     "queue-complete " PATH "@40: " M1 " has a second unit, expected unit 1 alone, found unit 2\n"
     "queue-complete " PATH "@40: no unit for " M2
     ", expected it at unit 2, found one that points at 100\n"
     "rebuild-equal " PATH "@40: " DIFFER("1", "0", "6", "2")},
    {"the last unit inside, too", double_the_last,
     "queue-true " PATH "@40: unit 2 is shifted, expected queueOffset 2, found " M5 "\n"
     "queue-complete " PATH "@40: " M5 " has a second unit, expected unit 5 alone, found unit 2\n"
     "queue-complete " PATH "@40: no unit for " M2
     ", expected it at unit 2, found one that points at 500\n"
     "rebuild-equal " PATH "@40: " DIFFER("1", "0", "6", "2")},
    {"a second unit behind the last", append_second,
     "queue-true " PATH2 "@40: unit 6 is shifted, expected queueOffset 6, found " M1 "\n"
     "queue-complete " PATH2 "@40: " M1 " has a second unit, expected unit 1 alone, found unit 6\n"
     "rebuild-equal " PATH2 "@40: " DIFFER("1", "0", "7", "6")},
    {"a wrong size", size_wrong,
     "queue-true " PATH "@40: unit 2 has the wrong size, expected 100, found 99: " M2 "\n"
     "rebuild-equal " PATH "@40: " DIFFER("1", "0", "6", "2")},
    {"a wrong tags hash", tags_wrong,
     "queue-true " PATH "@40: unit 2 has the wrong tags hash, expected 0, found 5: " M2 "\n"
     "rebuild-equal " PATH "@40: " DIFFER("1", "0", "6", "2")},
    {"a unit of another queue", cross,
     "queue-true " PATH "@40: unit 2 belongs to another queue, found " M6 "\n"
     "queue-complete " PATH "@40: no unit for " M2
     ", expected it at unit 2, found one that points at 600\n"
     "rebuild-equal " PATH "@40: " DIFFER("1", "0", "6", "2")},
    {"a unit that is right in another queue", take_the_unit_of_another,
     "queue-true " OTHER "@0: unit 0 belongs to another queue, found " M0 "\n"
     "queue-true " OTHER "@20: unit 1 is shifted, expected queueOffset 1, found " M6 "\n"
     "rebuild-equal " OTHER "@0: 2 units of topic t queue 1 in [0, 2) differ from those rebuilt "
     "from the log, first unit 0\n"},
    {"a unit that points into a record", dangle_inside,
     "queue-true " PATH "@40: unit 2 of topic t queue 0 dangles, expected a record at 150 (100 "
     "bytes), found none; the log ends at 700\n"
     "queue-complete " PATH "@40: no unit for " M2
     ", expected it at unit 2, found one that points at 150\n"
     "rebuild-equal " PATH "@40: " DIFFER("1", "0", "6", "2")},
    {"a unit behind the last that points into the log", dangle_just_below_the_end,
     "queue-true " PATH2 "@40: unit 6 of topic t queue 0 dangles, expected a record at 699 (100 "
     "bytes), found none; the log ends at 700\n"
     "rebuild-equal " PATH2 "@40: " DIFFER("1", "0", "7", "6")},
    {"two of them", dangle_twice_below_the_end,
     "queue-true " PATH2 "@40: unit 6 of topic t queue 0 dangles, expected a record at 650 (100 "
     "bytes), found none; the log ends at 700\n"
     "queue-true " PATH2 "@60: unit 7 of topic t queue 0 dangles, expected a record at 650 (100 "
     "bytes), found none; the log ends at 700\n"
     "rebuild-equal " PATH2 "@40: " DIFFER("2", "0", "8", "6")},
};

static void finds_of_each_damage_exactly_what_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(damages); i++) {
        struct fixture fixture;
        test_row(damages[i].name);
        set_up_store(&fixture);
        damages[i].damage(&fixture);
        read_store(&fixture);
        assert_int_equal(walk(&fixture), 0);
        assert_string_equal(fixture.found, damages[i].found);
        /* A second walk begins anew. */
        fixture.found[0] = '\0';
        assert_int_equal(walk(&fixture), 0);
        assert_string_equal(fixture.found, damages[i].found);
        tear_down(&fixture);
    }
}

static void wants_queue_offsets_to_follow_one_another(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t offsets[3];
        bool is_gapped;
        const char *found;
    } cases[] = {
        {"in a row", {0, 1, 2}, false, ""},
        {"from anywhere on", {8, 9, 10}, false, ""},
        {"a gap",
         {0, 1, 3},
         false,
         "bounds commitlog/00000000000000000000@200: the queueOffset given out was not max, "
         "expected 2, found message 2 (topic t, queue 0, queueOffset 3, at 200, 100 bytes)\n"
         "queue-true consumequeue/t/0/00000000000000000000@40: unit 2 of topic t queue 0 is all "
         "zero, expected a record's\n"
         "rebuild-equal consumequeue/t/0/00000000000000000000@40: " DIFFER("1", "0", "4", "2")},
        {"a gap where records are missing",
         {0, 1, 3},
         true,
         "queue-true consumequeue/t/0/00000000000000000000@40: unit 2 of topic t queue 0 is all "
         "zero, expected a record's\n"
         "rebuild-equal consumequeue/t/0/00000000000000000000@40: " DIFFER("1", "0", "4", "2")},
        {"one again",
         {0, 1, 1},
         false,
         "queue-complete consumequeue/t/0/00000000000000000000@20: no unit for message 1 (topic t, "
         "queue 0, queueOffset 1, at 100, 100 bytes), expected it at unit 1, found one that points "
         "at 200\n"},
        {"one again where records are missing", {0, 1, 0}, true, NULL},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        test_row(cases[i].name);
        set_up(&fixture);
        fixture.walk.is_gapped = cases[i].is_gapped;
        for (int32_t k = 0; k < 3; k++) {
            (void)put(&fixture, 1 + k, 0, cases[i].offsets[k], 0);
        }
        read_store(&fixture);
        assert_int_equal(walk(&fixture), 0);
        bool is_again = cases[i].offsets[2] <= cases[i].offsets[1];
        if (!is_again) {
            assert_string_equal(fixture.found, cases[i].found);
        } else {
            char expected[160];
            snprintf(expected, sizeof expected,
                     "offsets-unique commitlog/00000000000000000000@200: queueOffset is not unique "
                     "or does not grow, expected 2, found message 2 ");
            test_contains(fixture.found, expected);
        }
        if (cases[i].found == NULL || cases[i].found[0] == '\0') {
            assert_null(strstr(fixture.found, "bounds"));
        }
        tear_down(&fixture);
    }
}

static void wants_no_unit_of_a_prepared_message(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    (void)put(&fixture, 1, 0, -1, 0);
    (void)put(&fixture, 2, 0, 0, 0x4);
    (void)put(&fixture, 3, 0, -1, 0x8);
    read_store(&fixture);
    assert_int_equal(walk(&fixture), 0);
    assert_string_equal(fixture.found, "");
    assert_int_equal(fixture.queues.queues[0].record_count, 2);
    tear_down(&fixture);
    set_up(&fixture);
    (void)put(&fixture, 1, 0, -1, 0);
    (void)put(&fixture, 2, 0, 1, 0x4);
    point_at(&fixture, 1, 100, 100, 0);
    (void)put(&fixture, 3, 0, 2, 0);
    read_store(&fixture);
    fixture.walk.is_gapped = true;
    assert_int_equal(walk(&fixture), 0);
    assert_string_equal(fixture.found,
                        "queue-true " PATH "@20: unit 1 points at a record that has none, found "
                        "message 1 (topic t, queue 0, queueOffset 1, at 100, 100 bytes)\n"
                        "rebuild-equal " PATH "@20: " DIFFER("1", "0", "3", "1"));
    tear_down(&fixture);
}

/* An inner batch has several units; which, is not asked, nor what follows it in queueOffsets. */
static void judges_no_unit_of_an_inner_batch(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    (void)put(&fixture, 1, 0, -1, 0);
    (void)put(&fixture, 2, 0, -1, 0x80);
    point_at(&fixture, 2, 100, 55, 7);
    (void)put(&fixture, 3, 0, 3, 0);
    read_store(&fixture);
    assert_int_equal(walk(&fixture), 0);
    assert_string_equal(fixture.found, "");
    assert_int_equal(fixture.queues.queues[0].record_count, 2);
    assert_int_equal(fixture.queues.queues[0].unjudged_count, 1);
    tear_down(&fixture);
}

static void finds_two_units_of_a_record_that_has_none_at_its_place(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up_store(&fixture);
    point_at(&fixture, 2, 150, 100, 0);
    point_at(&fixture, 6, 200, 100, 0);
    point_at(&fixture, 7, 200, 100, 0);
    read_store(&fixture);
    assert_int_equal(walk(&fixture), 0);
    test_contains(fixture.found,
                  "queue-complete " PATH "@40: " M2 " has 2 units, expected exactly one\n");
    tear_down(&fixture);
}

/* In a long queue a record's other units are looked for near its place alone. */
static void looks_near_a_place_only_in_a_long_queue(void **state)
{
    (void)state;
    static const struct {
        uint64_t at;    /* of the second unit */
        uint64_t count; /* of the queue */
        bool is_found;
    } cases[] = {
        {1000, 65536, true},   {1000, 65537, false}, {40063, 65537, true},
        {40064, 65537, false}, {39936, 65537, true}, {39935, 65537, false},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        set_up(&fixture);
        fixture.store.maker.queue_file_units = 70000;
        fixture.queues.file_size_bytes = 70000 * DISK_QUEUE_UNIT_SIZE_BYTES;
        point_at(&fixture, cases[i].at, 5000, 100, 0);
        point_at(&fixture, cases[i].count - 1, 9000, 100, 0);
        struct log_fixture *store = &fixture.store;
        test_ok(disk_queue_list(&fixture.queues, &store->view, &store->err), store->err);
        test_ok(disk_queue_load(&fixture.queues, 0, &store->err), store->err);
        const struct disk_record record = {
            .offset = 5000, .size_bytes = 100, .queue_offset = 40000, .is_indexable = true};
        judge_queue_begin(&fixture.walk);
        fixture.queues.queues[0].cursor = 70000; /* the units in front are another matter */
        assert_int_equal(judge_queue_record(&fixture.walk, &record), 0);
        assert_int_equal(strstr(fixture.found, "no unit for") == NULL, cases[i].is_found);
        tear_down(&fixture);
    }
}

static void stops_when_a_record_cannot_be_looked_up(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up_store(&fixture);
    dangle_inside(&fixture);
    read_store(&fixture);
    fixture.find_error = -EIO;
    test_code(walk(&fixture), -EIO);
    tear_down(&fixture);
    set_up_store(&fixture);
    dangle_at_the_end(&fixture);
    read_store(&fixture);
    fixture.find_error = -EIO;
    test_code(walk(&fixture), -EIO);
    tear_down(&fixture);
}

static void finds_files_of_a_wrong_size_and_holes_in_a_row(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up_store(&fixture);
    for (int32_t i = 7; i < 15; i++) {
        (void)put(&fixture, 1 + i, 0, -1, 0);
    }
    read_store(&fixture);
    judge_queue_files(&fixture.walk);
    assert_string_equal(fixture.found, "");
    struct storemaker *maker = &fixture.store.maker;
    storemaker_make(maker, "commitlog/00000000000000008192", 4096);
    storemaker_make(maker, "commitlog/00000000000000012288", 100);
    storemaker_find(maker, PATH)->size_bytes = 79;
    storemaker_remove(maker, PATH2);
    storemaker_find(maker, "consumequeue/t/1/00000000000000000000")->size_bytes = 81;
    fixture.record_count = 0;
    read_store(&fixture);
    judge_queue_files(&fixture.walk);
    assert_string_equal(fixture.found,
                        "starts commitlog/00000000000000008192@0: a file is missing before it, "
                        "expected one at 4096\n"
                        "starts commitlog/00000000000000012288@0: the file has the wrong size, "
                        "expected 4096, found 100\n"
                        "starts " PATH "@0: the file has the wrong size, expected 80, found 79\n"
                        "starts " PATH "@0: a file is missing behind it, expected one at 80\n"
                        "starts consumequeue/t/1/00000000000000000000@0: the file has the wrong "
                        "size, expected 80, found 81\n");
    tear_down(&fixture);
}

static void describes_a_record_in_words(void **state)
{
    (void)state;
    struct fixture fixture;
    char text[192];
    set_up_store(&fixture);
    read_store(&fixture);
    judge_queue_describe(&fixture.queues, &fixture.records[6], text, sizeof text);
    assert_string_equal(text, M6);
    struct disk_record record = fixture.records[6];
    record.queue = fixture.queues.queue_count;
    record.flag = INT32_MIN;
    judge_queue_describe(&fixture.queues, &record, text, sizeof text);
    assert_string_equal(text, "message -2147483648 (topic of no queue, queue 1, queueOffset 0, at "
                              "600, 100 bytes)");
    /* FLAG is whatever a client sent, in a store that is not ours. */
    fixture.queues.foreign_end = UINT64_MAX;
    record.flag = 0;
    judge_queue_describe(&fixture.queues, &record, text, sizeof text);
    assert_string_equal(text,
                        "message (topic of no queue, queue 1, queueOffset 0, at 600, 100 bytes)");
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_of_each_damage_exactly_what_it_is),
        cmocka_unit_test(wants_queue_offsets_to_follow_one_another),
        cmocka_unit_test(wants_no_unit_of_a_prepared_message),
        cmocka_unit_test(judges_no_unit_of_an_inner_batch),
        cmocka_unit_test(finds_two_units_of_a_record_that_has_none_at_its_place),
        cmocka_unit_test(looks_near_a_place_only_in_a_long_queue),
        cmocka_unit_test(stops_when_a_record_cannot_be_looked_up),
        cmocka_unit_test(finds_files_of_a_wrong_size_and_holes_in_a_row),
        cmocka_unit_test(describes_a_record_in_words),
    };
    return cmocka_run_group_tests_name("harness.judge.judge_queue", tests, NULL, NULL);
}
