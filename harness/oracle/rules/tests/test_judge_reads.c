/* What an open store serves against the files: the engine opens hand-made stores here, which two
 * other encoders' worth of code must agree on. */
#include "harness/oracle/rules/tests/judge_fixture.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/base/bytes.h"
#include "store/disk/disk_posix.h"

struct opened {
    struct tmpdir dir;
    struct disk *disk;
    struct env env;
    struct store *store;
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
    env_system(&opened->env);
    opened->env.now_ms = now_ms;
    assert_int_equal(disk_posix_new(opened->dir.fd, false, NULL, &opened->disk), 0);
    struct store_options options = fixture->scenario.store;
    options.index_file_units = FIXTURE_UNITS;
    test_ok(store_open(&options, opened->disk, &opened->env, NULL, &opened->store, &err), err);
    for (uint32_t i = 0; i < 1000; i++) {
        (void)store_step(opened->store, (enum store_service)(i % STORE_SERVICE_COUNT), NULL);
    }
}

static void close_store(struct opened *opened)
{
    (void)store_close(opened->store, false, NULL);
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
    judge_reads(fixture->state, opened.store, &fixture->report);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_what_is_served_with_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
