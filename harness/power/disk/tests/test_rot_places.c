/* Where a store decays: every kind of file, and only where there is something to flip. */
#include "harness/power/disk/image_tree.h"
#include "harness/power/disk/rot_places.h"
#include "harness/testkit/test.h"

#include <string.h>

#define PICKS 400

static void add_file(struct image *image, const char *path, uint64_t size_bytes,
                     uint64_t written_bytes)
{
    uint8_t bytes[512];
    struct image_content *content = NULL;
    uint32_t slot = 0;
    memset(bytes, 7, sizeof(bytes));
    assert_int_equal(image_tree_create(image, path, &slot), 0);
    assert_int_equal(image_tree_own_content(&image->files[slot], &content), 0);
    assert_true(written_bytes <= sizeof(bytes));
    if (written_bytes > 0) {
        assert_true(image_content_write(content, 0, bytes, written_bytes) >= 0);
    }
    assert_true(image_content_truncate(content, size_bytes) >= 0);
}

static struct image *make_store(void)
{
    struct image *image = image_new();
    assert_non_null(image);
    assert_true(image_tree_add(image, "commitlog", IMAGE_NO_FILE) >= 0);
    assert_true(image_tree_add(image, "config", IMAGE_NO_FILE) >= 0);
    add_file(image, "abort", 8, 8);
    add_file(image, "checkpoint", 4096, 60);
    add_file(image, "commitlog/00000000000000000000", 4096, 500);
    add_file(image, "commitlog/00000000000000004096", 4096, 0);
    add_file(image, "config/consumerOffset.json", 40, 40);
    add_file(image, "lock", 20, 20);
    return image;
}

static void test_spreads_over_kinds(void **state)
{
    (void)state;
    struct image *image = make_store();
    struct rot_places *places = rot_places_new(image);
    struct plan_before before;
    struct plan_before again;
    uint32_t in_log = 0;
    uint32_t in_mark = 0;
    uint32_t sectors = 0;
    uint32_t past = 0;
    assert_non_null(places);
    for (uint64_t i = 0; i < PICKS; i++) {
        assert_true(rot_places_pick(places, 1, i, &before));
        assert_true(rot_places_pick(places, 1, i, &again));
        assert_memory_equal(&before, &again, sizeof(before));
        assert_true(before.offset < 4096 && before.bit <= PLAN_ROT_SECTOR);
        in_log += strncmp(before.path, "commitlog/", 10) == 0;
        in_mark += strcmp(before.path, "checkpoint") == 0;
        sectors += before.bit == PLAN_ROT_SECTOR;
        past += strcmp(before.path, "checkpoint") == 0 && before.offset >= 60;
    }
    assert_int_equal(in_log + in_mark, PICKS);
    assert_int_equal(in_log, in_mark);
    assert_true(sectors > PICKS / 20 && sectors < PICKS / 2);
    assert_true(past > 0 && past < in_mark / 3);
    rot_places_free(places);
    image_free(image);
}

static void test_nothing_decays_in_an_empty_store(void **state)
{
    (void)state;
    struct image *image = image_new();
    struct plan_before before;
    assert_non_null(image);
    add_file(image, "abort", 8, 8);
    add_file(image, "checkpoint", 0, 0);
    struct rot_places *places = rot_places_new(image);
    assert_non_null(places);
    assert_false(rot_places_pick(places, 1, 0, &before));
    rot_places_free(places);
    image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spreads_over_kinds),
        cmocka_unit_test(test_nothing_decays_in_an_empty_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
