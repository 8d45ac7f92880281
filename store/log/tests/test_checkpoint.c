/* The checkpoint page: golden bytes both ways, damage, the file. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/golden.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk_posix.h"
#include "store/log/checkpoint.h"

static struct checkpoint_page sample(bool has_mark, bool is_dledger)
{
    struct checkpoint_page page = {
        .physic_msg_timestamp_ms = 1767225600007,
        .logics_msg_timestamp_ms = 1767225600005,
        .confirm_phy_offset = 123456,
        .has_mark = has_mark,
    };
    if (has_mark) {
        page.logics_physical_offset = 123321;
        page.mark = (struct checkpoint_mark){
            .physical_offset = 123456,
            .queue_count = 3,
            .flags = CHECKPOINT_FLAG_RECORD_CRC,
            .queue_hash = UINT64_C(0x38f59f800abecf40),
            .next_index = is_dledger ? 21 : -1,
            .term = is_dledger ? 4 : -1,
        };
    }
    return page;
}

#define GOLDEN(name) TEST_SOURCE_DIR "/store/tests/golden/" name ".hex"

static void check_golden(const char *path, const struct checkpoint_page *page)
{
    uint8_t at[CHECKPOINT_SIZE_BYTES];
    struct buffer golden;
    struct checkpoint_page found;
    golden_load(path, &golden);
    checkpoint_encode(page, at);
    golden_assert_equal(path, at, sizeof(at));
    checkpoint_decode(golden.data, &found);
    assert_int_equal(found.physic_msg_timestamp_ms, page->physic_msg_timestamp_ms);
    assert_int_equal(found.logics_msg_timestamp_ms, page->logics_msg_timestamp_ms);
    assert_int_equal(found.confirm_phy_offset, page->confirm_phy_offset);
    assert_int_equal(found.logics_physical_offset, page->logics_physical_offset);
    assert_int_equal(found.has_mark, page->has_mark);
    assert_int_equal(found.mark.physical_offset, page->mark.physical_offset);
    assert_int_equal(found.mark.queue_count, page->mark.queue_count);
    assert_int_equal(found.mark.queue_hash, page->mark.queue_hash);
    assert_int_equal(found.mark.next_index, page->mark.next_index);
    assert_int_equal(found.mark.term, page->mark.term);
    buffer_done(&golden);
}

static void has_the_golden_bytes(void **state)
{
    (void)state;
    struct checkpoint_page rocketmq = sample(false, false);
    struct checkpoint_page later = sample(false, false);
    struct checkpoint_page plain = sample(true, false);
    struct checkpoint_page dledger = sample(true, true);
    check_golden(GOLDEN("checkpoint_rocketmq"), &rocketmq);
    later.logics_physical_offset = 123321;
    check_golden(GOLDEN("checkpoint_rocketmq_5_5"), &later);
    check_golden(GOLDEN("checkpoint_mark"), &plain);
    check_golden(GOLDEN("checkpoint_mark_dledger"), &dledger);
}

static void believes_no_mark_with_a_flipped_bit(void **state)
{
    (void)state;
    struct checkpoint_page page = sample(true, false);
    uint8_t at[CHECKPOINT_SIZE_BYTES];
    for (size_t bit = 0; bit < 8 * 130; bit++) {
        struct checkpoint_page found;
        checkpoint_encode(&page, at);
        at[bit / 8] ^= (uint8_t)(1u << bit % 8);
        checkpoint_decode(at, &found);
        assert_false(found.has_mark);
    }
}

/* The first format's magic lies where RocketMQ has an offset, and must not be read as one; nor is
 * its mark believed, though its CRC is right. */
static void takes_nothing_from_a_page_of_the_first_format(void **state)
{
    (void)state;
    struct buffer golden;
    struct checkpoint_page found;
    golden_load(GOLDEN("checkpoint_mark_1"), &golden);
    checkpoint_decode(golden.data, &found);
    assert_false(found.has_mark);
    assert_int_equal(found.logics_physical_offset, 0);
    assert_int_equal(found.physic_msg_timestamp_ms, 1767225600007);
    buffer_done(&golden);
}

/* Below the mark and 0 are legal, at the mark is not: RocketMQ would begin past what is synced. */
static void believes_no_mark_that_its_offset_is_past(void **state)
{
    (void)state;
    static const struct {
        int64_t offset;
        bool has_mark;
    } cases[] = {{0, true}, {123455, true}, {123456, false}, {INT64_MAX, false}};
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct checkpoint_page page = sample(true, false);
        struct checkpoint_page found;
        uint8_t at[CHECKPOINT_SIZE_BYTES];
        page.logics_physical_offset = cases[i].offset;
        checkpoint_encode(&page, at);
        checkpoint_decode(at, &found);
        assert_int_equal(found.has_mark, cases[i].has_mark);
    }
}

static void reads_back_what_was_saved(void **state)
{
    (void)state;
    struct tmpdir dir;
    struct disk *disk = NULL;
    struct checkpoint *checkpoint = NULL;
    struct checkpoint_page page = sample(true, false);
    struct checkpoint_page found;
    struct err err = ERR_INIT;
    tmpdir_make(&dir);
    assert_int_equal(disk_posix_new(dir.fd, false, NULL, &disk), 0);
    assert_int_equal(checkpoint_new(disk, &checkpoint), 0);
    test_ok(checkpoint_load(checkpoint, &found, &err), err);
    assert_false(found.has_mark);
    test_ok(checkpoint_save(checkpoint, &page, true, &err), err);
    checkpoint = checkpoint_free(checkpoint);
    assert_int_equal(checkpoint_new(disk, &checkpoint), 0);
    test_ok(checkpoint_load(checkpoint, &found, &err), err);
    assert_true(found.has_mark);
    assert_int_equal(found.mark.queue_hash, page.mark.queue_hash);
    checkpoint = checkpoint_free(checkpoint);
    /* A file cut short says nothing. */
    diskstate_truncate(dir.fd, CHECKPOINT_PATH, 100);
    assert_int_equal(checkpoint_new(disk, &checkpoint), 0);
    test_ok(checkpoint_load(checkpoint, &found, &err), err);
    assert_false(found.has_mark);
    assert_int_equal(found.physic_msg_timestamp_ms, 0);
    checkpoint_free(checkpoint);
    disk_free(disk);
    tmpdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_golden_bytes),
        cmocka_unit_test(believes_no_mark_with_a_flipped_bit),
        cmocka_unit_test(takes_nothing_from_a_page_of_the_first_format),
        cmocka_unit_test(believes_no_mark_that_its_offset_is_past),
        cmocka_unit_test(reads_back_what_was_saved),
    };
    return cmocka_run_group_tests_name("store.checkpoint", tests, NULL, NULL);
}
