/* RocketMQ's former ways of writing the consumer offsets, as the planted defects use them. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk_posix.h"
#include "store/queue/consumer_offsets.h"

#define PATH CONSUMER_OFFSETS_DIR "/consumerOffset.json"

struct fixture {
    struct tmpdir dir;
    struct disk *disk;
    struct consumer_offsets *offsets;
    char calls[512]; /* the effects of the points, in order */
};

static void note_call(void *arg, const struct disk_call *call)
{
    struct fixture *fixture = arg;
    const char *name = point_name(call->point);
    const char *suffix = strlen(call->path) > strlen(PATH) ? call->path + strlen(PATH) : "";
    if (call->op == POINT_OP_WRITE || call->op == POINT_OP_SYNC || call->op == POINT_OP_UNLINK ||
        call->op == POINT_OP_RENAME || call->op == POINT_OP_SYNC_DIR) {
        size_t used = strlen(fixture->calls);
        snprintf(fixture->calls + used, sizeof(fixture->calls) - used, "%s%s%s",
                 used == 0 ? "" : " ", strchr(name, '/') + 1,
                 call->op == POINT_OP_SYNC_DIR ? "" : suffix);
    }
}

static void set_up(struct fixture *fixture, struct consumer_offsets_defects defects)
{
    *fixture = (struct fixture){0};
    struct disk_observer observer = {.arg = fixture, .begin = note_call};
    tmpdir_make(&fixture->dir);
    diskstate_mkdir(fixture->dir.fd, CONSUMER_OFFSETS_DIR);
    assert_int_equal(disk_posix_new(fixture->dir.fd, false, &observer, &fixture->disk), 0);
    assert_int_equal(consumer_offsets_new(fixture->disk, true, &fixture->offsets), 0);
    consumer_offsets_plant(fixture->offsets, &defects);
}

static void tear_down(struct fixture *fixture)
{
    consumer_offsets_free(fixture->offsets);
    disk_free(fixture->disk);
    tmpdir_remove(&fixture->dir);
}

static void save(struct fixture *fixture, int64_t offset)
{
    struct err err = ERR_INIT;
    fixture->calls[0] = '\0';
    test_ok(consumer_offsets_set(fixture->offsets, "t", "g", 0, offset, &err), err);
    test_ok(consumer_offsets_save(fixture->offsets, 1, &err), err);
}

/* The offset that a new life reads; a negative code when it reads none. */
static int64_t load(struct fixture *fixture)
{
    struct consumer_offsets *offsets = NULL;
    assert_int_equal(consumer_offsets_new(fixture->disk, true, &offsets), 0);
    int r = consumer_offsets_load(offsets, NULL);
    int64_t offset = r < 0 ? r : consumer_offsets_get(offsets, "t", "g", 0);
    consumer_offsets_free(offsets);
    return offset;
}

static void without_a_defect_the_file_is_replaced(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, (struct consumer_offsets_defects){.in_place = false});
    save(&fixture, 1);
    save(&fixture, 2);
    assert_string_equal(fixture.calls, "write.tmp sync.tmp sync.tmp rename.tmp sync-dir sync-dir");
    assert_false(diskstate_exists(fixture.dir.fd, PATH ".bak"));
    tear_down(&fixture);
}

static void delete_rename_leaves_a_moment_without_a_file(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, (struct consumer_offsets_defects){.delete_rename = true});
    save(&fixture, 1);
    save(&fixture, 2);
    assert_string_equal(fixture.calls, "write.tmp write.bak unlink rename.tmp");
    assert_int_equal(load(&fixture), 2);
    /* As after the unlink: one generation back. */
    diskstate_unlink(fixture.dir.fd, PATH);
    assert_int_equal(load(&fixture), 1);
    /* As when neither has its bytes: an empty table, and nobody says so. */
    diskstate_write(fixture.dir.fd, PATH, "", 0);
    diskstate_write(fixture.dir.fd, PATH ".bak", "", 0);
    assert_int_equal(load(&fixture), -1);
    tear_down(&fixture);
}

static void in_place_writes_over_both_and_syncs_neither(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, (struct consumer_offsets_defects){.in_place = true});
    save(&fixture, 1);
    assert_string_equal(fixture.calls, "write");
    save(&fixture, 2);
    assert_string_equal(fixture.calls, "write.bak write");
    /* A torn file does not go over the good .bak. */
    diskstate_truncate(fixture.dir.fd, PATH, 20);
    assert_int_equal(load(&fixture), 1);
    save(&fixture, 3);
    assert_string_equal(fixture.calls, "write");
    diskstate_truncate(fixture.dir.fd, PATH, 20);
    assert_int_equal(load(&fixture), 1);
    tear_down(&fixture);
}

static void pollution_copies_a_torn_file_over_the_backup(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, (struct consumer_offsets_defects){.backup_pollution = true});
    save(&fixture, 1);
    save(&fixture, 2);
    assert_string_equal(fixture.calls, "write.bak sync.bak write sync");
    diskstate_truncate(fixture.dir.fd, PATH, 20);
    assert_int_equal(load(&fixture), 1);
    save(&fixture, 3);
    diskstate_truncate(fixture.dir.fd, PATH, 20);
    assert_int_equal(load(&fixture), ERR_CORRUPT);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_defect_the_file_is_replaced),
        cmocka_unit_test(delete_rename_leaves_a_moment_without_a_file),
        cmocka_unit_test(in_place_writes_over_both_and_syncs_neither),
        cmocka_unit_test(pollution_copies_a_torn_file_over_the_backup),
    };
    return cmocka_run_group_tests_name("store.text_rewrite", tests, NULL, NULL);
}
