/* A store's files at each stage, and each message's fate, of a defect that leaves dangling units.
 */
#include "harness/figures/figures_disk.h"
#include "harness/reenact/tests/fixture.h"

static struct fixture fixture;
static struct figures figures;

static uint32_t count_units(const struct figures_stage *stage, enum figures_unit_state state)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < stage->unit_count; i++) {
        count += stage->units[i].state == state ? 1 : 0;
    }
    return count;
}

static void a_log_that_was_lost_leaves_units_that_dangle(void **state)
{
    (void)state;
    memset(&figures, 0, sizeof(figures));
    fixture_run(&fixture, "power-plain-async", NULL, "");
    figures_take(fixture.reenact, &figures);
    struct image *image = NULL;
    struct err err = ERR_INIT;
    const struct reenact_part *part = &fixture.reenact->parts[0];
    test_ok(reenact_image(part, part->done, &image, &err), err);
    figures_disk_add(fixture.reenact, "end", image, &figures);
    const struct figures_stage *stage = &figures.stages[0];
    assert_int_equal(figures.stage_count, 1);
    assert_true(stage->record_count > 0 && stage->unit_count > 0);
    assert_int_equal(count_units(stage, FIGURES_UNIT_TRUE), stage->unit_count);
    assert_int_equal(stage->records[0].message, 0);
    assert_int_equal(stage->records[stage->record_count - 1].offset +
                         stage->records[stage->record_count - 1].size_bytes,
                     stage->log_end);
    /* The same store without its log's bytes. */
    struct disk *disk = NULL;
    static const uint8_t zeros[4096];
    test_ok(image_disk(image, false, NULL, &disk), err);
    struct disk_file *file = NULL;
    test_ok(disk_open(disk, POINT_COMMITLOG_OPEN, "commitlog/00000000000000000000", &file, &err),
            err);
    test_ok(disk_write(file, POINT_COMMITLOG_ZERO_TAIL, 0, zeros, sizeof(zeros), &err), err);
    disk_close(file);
    disk_free(disk);
    figures_disk_add(fixture.reenact, "crashed", image, &figures);
    assert_int_equal(figures.stages[1].record_count, 0);
    assert_int_equal(count_units(&figures.stages[1], FIGURES_UNIT_DANGLING),
                     figures.stages[1].unit_count);
    image_free(image);
    fixture_done(&fixture);
}

static void a_message_that_was_lost_is_found_nowhere(void **state)
{
    (void)state;
    memset(&figures, 0, sizeof(figures));
    fixture_run(&fixture, "power-plain-sync", "skip/commitlog/sync",
                "queue/mkdir:1=power-loss:all:k1d1k1");
    figures_take(fixture.reenact, &figures);
    figures_disk_messages(fixture.reenact, &figures);
    assert_int_equal(figures.message_count, 1);
    assert_true(figures.messages[0].is_answered);
    assert_false(figures.messages[0].is_left || figures.messages[0].is_found ||
                 figures.messages[0].is_in_queue);
    fixture_done(&fixture);
}

static void a_message_that_survived_is_in_its_queue(void **state)
{
    (void)state;
    memset(&figures, 0, sizeof(figures));
    fixture_run(&fixture, "plain-sync", NULL, "commitlog/append:4=kill");
    figures_take(fixture.reenact, &figures);
    figures_disk_messages(fixture.reenact, &figures);
    assert_int_equal(figures.message_count, 4);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(figures.messages[i].is_left && figures.messages[i].is_found);
        assert_true(figures.messages[i].is_in_queue);
    }
    assert_false(figures.messages[3].is_answered || figures.messages[3].is_found);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_that_was_lost_leaves_units_that_dangle),
        cmocka_unit_test(a_message_that_was_lost_is_found_nowhere),
        cmocka_unit_test(a_message_that_survived_is_in_its_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
