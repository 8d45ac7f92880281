/* What an open store serves against the files: the engine opens hand-made stores here, which two
 * other encoders' worth of code must agree on. */
#include "harness/oracle/rules/tests/judge_fixture.h"
#include "harness/power/disk/place.h"
#include "harness/target/target_engine.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/base/bytes.h"

#include <errno.h>

struct opened {
    struct tmpdir dir;
    struct disk *disk;
    struct target target;
};

static int64_t now_ms(void *arg)
{
    (void)arg;
    return FIXTURE_START_MS + INT64_C(3600000);
}

/* Writes the fixture's store to a directory and lets the engine open it. */
static void open_store(struct fixture *fixture, struct opened *opened)
{
    struct err err = ERR_INIT;
    memset(opened, 0, sizeof *opened);
    tmpdir_make(&opened->dir);
    for (size_t i = 0; i < fixture->maker.file_count; i++) {
        const struct storemaker_file *file = &fixture->maker.files[i];
        diskstate_write(opened->dir.fd, file->path, file->data, file->size_bytes);
    }
    const struct place place = {.dir_fd = opened->dir.fd};
    assert_int_equal(place_disk(&place, NULL, &opened->disk), 0);
    target_init(&opened->target, target_engine_kind(STORE_SERVICES_MANUAL), NULL, now_ms, NULL);
    struct store_options options = fixture->scenario.store;
    options.index_file_units = FIXTURE_UNITS;
    const struct target_start start = {.options = &options, .place = &place, .disk = opened->disk};
    test_ok(target_open(&opened->target, &start, &err), err);
    for (uint32_t i = 0; i < 1000; i++) {
        (void)opened->target.kind->step(&opened->target,
                                        (enum store_service)(i % STORE_SERVICE_COUNT), NULL);
    }
}

static void close_store(struct opened *opened)
{
    target_kill(&opened->target);
    disk_free(opened->disk);
    tmpdir_remove(&opened->dir);
}

static uint8_t *first_unit(struct fixture *fixture)
{
    return storemaker_unit_at(&fixture->maker, fixture->messages[0].topic,
                              fixture->messages[0].message.queue_id, 0);
}

static void nothing(struct fixture *fixture)
{
    (void)fixture;
}

static void drop_last_unit(struct fixture *fixture)
{
    const struct workload_message *message = &fixture->messages[FIXTURE_MESSAGES - 1];
    uint64_t index = (uint64_t)fixture->places[FIXTURE_MESSAGES - 1].queue_offset;
    memset(storemaker_unit_at(&fixture->maker, message->topic, message->message.queue_id, index), 0,
           20);
}

static void alter_body(struct fixture *fixture)
{
    uint8_t *record = storemaker_record_at(&fixture->maker, fixture->places[0].offset);
    record[110] ^= 1;
    storemaker_seal(&fixture->maker, fixture->places[0].offset);
}

static void alter_tags(struct fixture *fixture)
{
    first_unit(fixture)[19] ^= 1;
}

struct kind {
    const char *name;
    void (*alter)(struct fixture *fixture); /* the files, after the store was opened on others */
    uint32_t expected;
};

static const struct kind kinds[] = {
    {"the same", nothing, 0},
    {"the store has one unit more", drop_last_unit,
     PROPERTY_BIT(BOUNDS) | PROPERTY_BIT(READS_AGREE)},
    {"the store serves another body", alter_body, PROPERTY_BIT(READS_AGREE)},
    {"the store serves other tags", alter_tags, PROPERTY_BIT(READS_AGREE)},
};

static void compare(const struct kind *kind, bool is_dledger)
{
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    struct opened opened;
    test_row(kind->name);
    fixture_init(fixture, is_dledger);
    open_store(fixture, &opened);
    kind->alter(fixture);
    struct view view = storemaker_view(&fixture->maker);
    assert_int_equal(judge_read(fixture->state, &view, &fixture->scenario.store, NULL), 0);
    judge_report_clear(&fixture->report);
    const struct served served = target_served(&opened.target);
    judge_reads(fixture->state, &served, &fixture->report);
    if (fixture->report.violated != kind->expected) {
        fail_msg("%s: violated 0x%x\n%s", kind->name, fixture->report.violated,
                 fixture->report.text);
    }
    close_store(&opened);
    fixture_done(fixture);
    free(fixture);
}

static void compares_what_is_served_with_the_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
        compare(&kinds[i], false);
        compare(&kinds[i], true);
    }
}

static int get_nothing(void *arg, const char *topic, int32_t queue_id, int64_t queue_offset,
                       struct store_record *ret_record, struct err *err)
{
    (void)arg;
    (void)topic;
    (void)queue_id;
    (void)queue_offset;
    (void)ret_record;
    return err_set(err, -EIO, "no answer");
}

static int say_no_offsets(void *arg, const char *topic, int32_t queue_id,
                          struct served_range *ret_range, struct err *err)
{
    (void)arg;
    (void)topic;
    (void)queue_id;
    (void)ret_range;
    return err_set(err, -EIO, "no answer");
}

/* Of whole files silence is a finding, of files that decayed it is an honest answer. */
static void finds_a_store_that_does_not_answer(void **state)
{
    (void)state;
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    const struct served silent = {NULL, get_nothing, say_no_offsets};
    fixture_init(fixture, false);
    struct view view = storemaker_view(&fixture->maker);
    assert_int_equal(judge_read(fixture->state, &view, &fixture->scenario.store, NULL), 0);
    judge_report_clear(&fixture->report);
    judge_reads(fixture->state, &silent, &fixture->report);
    assert_int_equal(fixture->report.violated, PROPERTY_BIT(READS_AGREE));
    assert_non_null(strstr(fixture->report.text, "does not say its bounds"));
    judge_report_clear(&fixture->report);
    const struct judge_context context = {.scenario = &fixture->scenario};
    judge_rot_reads(&context, fixture->state, &silent, &fixture->report);
    assert_int_equal(fixture->report.violated, 0);
    fixture_done(fixture);
    free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_what_is_served_with_the_files),
        cmocka_unit_test(finds_a_store_that_does_not_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
