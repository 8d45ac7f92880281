/* Consumer offsets: golden text both ways, bad text, .bak, clipping. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/golden.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk_posix.h"
#include "store/queue/consumer_offsets.h"

#define GOLDEN TEST_SOURCE_DIR "/store/tests/golden/consumer_offset.hex"
#define PATH   CONSUMER_OFFSETS_DIR "/consumerOffset.json"

struct fixture {
    struct tmpdir dir;
    struct disk *disk;
    struct consumer_offsets *offsets;
};

static void set_up(struct fixture *fixture)
{
    tmpdir_make(&fixture->dir);
    diskstate_mkdir(fixture->dir.fd, CONSUMER_OFFSETS_DIR);
    assert_int_equal(disk_posix_new(fixture->dir.fd, false, NULL, &fixture->disk), 0);
    assert_int_equal(consumer_offsets_new(fixture->disk, true, &fixture->offsets), 0);
}

static void tear_down(struct fixture *fixture)
{
    consumer_offsets_free(fixture->offsets);
    disk_free(fixture->disk);
    tmpdir_remove(&fixture->dir);
}

static void check_golden_table(const struct consumer_offsets *offsets)
{
    assert_int_equal(consumer_offsets_get(offsets, "TopicTest", "group-a", 0), 17);
    assert_int_equal(consumer_offsets_get(offsets, "TopicTest", "group-a", 1), 3);
    assert_int_equal(consumer_offsets_get(offsets, "TopicTest", "group-b", 0), 5);
    assert_int_equal(consumer_offsets_get(offsets, "Z\xc3\xbcrich", "group-a", 12), 1);
    assert_int_equal(consumer_offsets_get(offsets, "TopicTest", "group-b", 1), -1);
}

/* The first `size_bytes` of a golden file, as a string of its own. */
static char *text_of(const struct buffer *golden, size_t size_bytes)
{
    char *text = malloc(size_bytes + 1);
    assert_non_null(text);
    memcpy(text, golden->data, size_bytes);
    text[size_bytes] = '\0';
    return text;
}

static void reads_and_writes_fastjsons_form(void **state)
{
    (void)state;
    struct fixture fixture;
    struct err err = ERR_INIT;
    struct buffer golden;
    set_up(&fixture);
    golden_load(GOLDEN, &golden);
    char *text = text_of(&golden, golden.size_bytes);
    assert_non_null(text);
    test_ok(consumer_offsets_parse(fixture.offsets, text, golden.size_bytes, &err), err);
    check_golden_table(fixture.offsets);
    /* The second save has counter 2, as the golden text. */
    test_ok(consumer_offsets_save(fixture.offsets, 1, &err), err);
    test_ok(consumer_offsets_save(fixture.offsets, 1767225600000, &err), err);
    size_t saved_size = 0;
    uint8_t *saved = diskstate_read(fixture.dir.fd, PATH, &saved_size);
    golden_assert_equal(GOLDEN, saved, saved_size);
    free(saved);
    free(text);
    buffer_done(&golden);
    tear_down(&fixture);
}

static void refuses_what_is_no_table(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{} x",
        "{\"offsetTable\":}",
        "{\"offsetTable\":{\"a@b\":{0:}}}",
        "{\"offsetTable\":{\"a@b\":{0:1,}}",
        "{\"offsetTable\":{\"a@b\":{99999999999:1}}}",
        "{\"offsetTable\":{\"a@b\":{0:99999999999999999999}}}",
        "{\"offsetTable\":{\"a@b\":{0:-2}}}",
        "{\"offsetTable\":{\"a\\n@b\":{0:1}}}",
        "{\"x\":{\"y\":[1,2}}",
        "{\"x\":\"open",
        "{\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    };
    struct fixture fixture;
    set_up(&fixture);
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        test_row(bad[i]);
        struct err err = ERR_INIT;
        test_code(consumer_offsets_parse(fixture.offsets, bad[i], strlen(bad[i]), &err),
                  ERR_CORRUPT);
        assert_true(err.text[0] != '\0');
    }
    tear_down(&fixture);
}

static void survives_any_cut_of_a_sound_text(void **state)
{
    (void)state;
    struct fixture fixture;
    struct buffer golden;
    set_up(&fixture);
    golden_load(GOLDEN, &golden);
    for (size_t cut = 0; cut < golden.size_bytes; cut++) {
        char *text = text_of(&golden, cut);
        assert_non_null(text);
        test_code(consumer_offsets_parse(fixture.offsets, text, cut, NULL), ERR_CORRUPT);
        free(text);
    }
    buffer_done(&golden);
    tear_down(&fixture);
}

static void falls_back_to_bak(void **state)
{
    (void)state;
    static const char good[] = "{\"offsetTable\":{\"t@g\":{0:7}}}";
    struct fixture fixture;
    struct err err = ERR_INIT;
    set_up(&fixture);
    /* Neither: an empty table. */
    test_ok(consumer_offsets_load(fixture.offsets, &err), err);
    /* Torn main, no .bak: refused, not empty. */
    diskstate_write(fixture.dir.fd, PATH, good, 9);
    test_code(consumer_offsets_load(fixture.offsets, &err), ERR_CORRUPT);
    test_contains(err.text, PATH);
    diskstate_write(fixture.dir.fd, PATH ".bak", good, strlen(good));
    test_ok(consumer_offsets_load(fixture.offsets, &err), err);
    assert_int_equal(consumer_offsets_get(fixture.offsets, "t", "g", 0), 7);
    /* Empty main, torn .bak. */
    diskstate_write(fixture.dir.fd, PATH, "", 0);
    diskstate_write(fixture.dir.fd, PATH ".bak", good, 9);
    test_code(consumer_offsets_load(fixture.offsets, &err), ERR_CORRUPT);
    tear_down(&fixture);
}

static int64_t limit_5(void *arg, const char *topic, size_t topic_size_bytes, int32_t queue_id)
{
    (void)arg;
    return topic_size_bytes == 1 && topic[0] == 't' ? 5 + queue_id : -1;
}

static void lowers_what_is_above_the_limit(void **state)
{
    (void)state;
    struct fixture fixture;
    struct err err = ERR_INIT;
    set_up(&fixture);
    test_ok(consumer_offsets_set(fixture.offsets, "t", "g", 0, 9, &err), err);
    test_ok(consumer_offsets_set(fixture.offsets, "t", "g", 1, 6, &err), err);
    test_ok(consumer_offsets_set(fixture.offsets, "u", "g", 0, 9, &err), err);
    test_code(consumer_offsets_set(fixture.offsets, "t@", "g", 0, 9, &err), ERR_USAGE);
    assert_int_equal(consumer_offsets_clip(fixture.offsets, limit_5, NULL), 1);
    assert_int_equal(consumer_offsets_get(fixture.offsets, "t", "g", 0), 5);
    assert_int_equal(consumer_offsets_get(fixture.offsets, "t", "g", 1), 6);
    assert_int_equal(consumer_offsets_get(fixture.offsets, "u", "g", 0), 9);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes_fastjsons_form),
        cmocka_unit_test(refuses_what_is_no_table),
        cmocka_unit_test(survives_any_cut_of_a_sound_text),
        cmocka_unit_test(falls_back_to_bak),
        cmocka_unit_test(lowers_what_is_above_the_limit),
    };
    return cmocka_run_group_tests_name("store.consumer_offsets", tests, NULL, NULL);
}
