/* What a file of an image holds: pages in chunks, shared until one of them is about to change. */
#include "harness/power/disk/image_content.h"
#include "harness/power/disk/image_tree.h"
#include "harness/testkit/test.h"

#include <inttypes.h>

#define PAGE  ((uint64_t)IMAGE_PAGE_SIZE_BYTES)
#define CHUNK (IMAGE_CHUNK_PAGES * PAGE)

/* Writes `size_bytes` times `byte`. */
static void fill(struct image_content *content, uint64_t offset, size_t size_bytes, uint8_t byte)
{
    uint8_t *data = malloc(size_bytes);
    assert_non_null(data);
    memset(data, byte, size_bytes);
    assert_int_equal(image_content_write(content, offset, data, size_bytes), size_bytes);
    free(data);
}

static uint8_t byte_at(const struct image_content *content, uint64_t offset)
{
    uint8_t byte = 0xEE;
    assert_int_equal(image_content_read(content, offset, &byte, 1), 1);
    return byte;
}

struct pages {
    char text[256];
    uint64_t stop_at;
};

static int note_page(void *arg, uint64_t page_index, struct image_page *page)
{
    struct pages *pages = arg;
    size_t length = strlen(pages->text);
    assert_true(page->ref_count > 0);
    snprintf(pages->text + length, sizeof pages->text - length, "%" PRIu64 " ", page_index);
    return page_index == pages->stop_at ? 7 : 0;
}

/* The pages that are there: "0 5 32 ". */
static void assert_pages(const struct image_content *content, const char *expected)
{
    struct pages pages = {"", UINT64_MAX};
    assert_int_equal(image_content_each(content, note_page, &pages), 0);
    assert_string_equal(pages.text, expected);
}

/* A second content with the same chunks. */
static struct image_content *share(struct image_content *content)
{
    struct image_file file = {.content = content, .is_linked = true};
    struct image_content *own = NULL;
    content->ref_count++;
    assert_int_equal(image_tree_own_content(&file, &own), 0);
    assert_ptr_not_equal(own, content);
    assert_int_equal(content->ref_count, 1);
    return own;
}

static void reads_zeros_in_holes_and_nothing_past_the_end(void **state)
{
    (void)state;
    struct image_content *content = image_content_new();
    uint8_t data[3 * PAGE];
    assert_int_equal(image_content_read(content, 0, data, 10), 0);
    fill(content, PAGE + 100, 10, 'a');
    assert_int_equal(content->size_bytes, PAGE + 110);
    assert_pages(content, "1 ");
    memset(data, 0xEE, sizeof data);
    assert_int_equal(image_content_read(content, 0, data, sizeof data), PAGE + 110);
    for (size_t i = 0; i < PAGE + 100; i++) {
        assert_int_equal(data[i], 0);
    }
    assert_memory_equal(data + PAGE + 100, "aaaaaaaaaa\xEE", 11);
    assert_int_equal(image_content_read(content, PAGE + 105, data, 100), 5);
    assert_int_equal(image_content_read(content, PAGE + 109, data, 1), 1);
    assert_int_equal(image_content_read(content, PAGE + 110, data, 1), 0);
    assert_int_equal(image_content_read(content, PAGE + 111, data, 1), 0);
    image_content_unref(content);
}

static void tells_where_the_next_page_is(void **state)
{
    static const struct {
        uint64_t from;
        uint64_t next;
    } cases[] = {
        {0, 2 * PAGE},
        {2 * PAGE, 2 * PAGE},
        {2 * PAGE + 5, 2 * PAGE + 5},
        {3 * PAGE, CHUNK},
        {CHUNK + PAGE - 1, CHUNK + PAGE - 1},
        {CHUNK + PAGE, 900 * CHUNK + 7 * PAGE},
        {900 * CHUNK + 8 * PAGE, 1000 * CHUNK + 9},
        {1000 * CHUNK, 1000 * CHUNK + 9},
        {1000 * CHUNK + 9, 1000 * CHUNK + 9},
    };
    (void)state;
    struct image_content *content = image_content_new();
    assert_int_equal(image_content_next_data(content, 0), 0);
    assert_int_equal(image_content_truncate(content, 1000 * CHUNK + 9), 0);
    assert_int_equal(image_content_next_data(content, 0), 1000 * CHUNK + 9);
    fill(content, 2 * PAGE + 3, 1, 'a');
    fill(content, CHUNK, 1, 0);
    fill(content, 500 * CHUNK, 1, 'b');
    fill(content, 900 * CHUNK + 7 * PAGE, 1, 'c');
    /* A chunk may be there with no page in it. */
    assert_int_equal(image_content_set_page(content, 500 * IMAGE_CHUNK_PAGES, NULL), 0);
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        assert_int_equal(image_content_next_data(content, cases[i].from), cases[i].next);
    }
    image_content_unref(content);
}

static void writes_across_pages_and_chunks(void **state)
{
    (void)state;
    struct image_content *content = image_content_new();
    fill(content, CHUNK - 10, 20, 'a');
    assert_int_equal(content->size_bytes, CHUNK + 10);
    assert_pages(content, "31 32 ");
    assert_int_equal(content->chunk_count, 2);
    assert_int_equal(byte_at(content, CHUNK - 11), 0);
    for (uint64_t i = CHUNK - 10; i < CHUNK + 10; i++) {
        assert_int_equal(byte_at(content, i), 'a');
    }
    /* Inside, the size stays. */
    fill(content, CHUNK - 5, 5, 'b');
    assert_int_equal(content->size_bytes, CHUNK + 10);
    assert_int_equal(byte_at(content, CHUNK - 6), 'a');
    assert_int_equal(byte_at(content, CHUNK - 5), 'b');
    assert_int_equal(byte_at(content, CHUNK), 'a');
    image_content_unref(content);
}

static void keeps_chunks_in_order_wherever_they_are_written(void **state)
{
    (void)state;
    static const uint64_t order[] = {5, 1, 9, 3, 0, 7, 2, 9, 1};
    struct image_content *content = image_content_new();
    for (size_t i = 0; i < TEST_COUNT(order); i++) {
        fill(content, order[i] * CHUNK + order[i] * PAGE, 1, (uint8_t)(1 + i));
    }
    assert_int_equal(content->chunk_count, 7);
    assert_pages(content, "0 33 66 99 165 231 297 ");
    assert_int_equal(byte_at(content, 5 * CHUNK + 5 * PAGE), 1);
    assert_int_equal(byte_at(content, CHUNK + PAGE), 9);
    assert_int_equal(byte_at(content, 9 * CHUNK + 9 * PAGE), 8);
    assert_null(image_content_page(content, 4 * IMAGE_CHUNK_PAGES));
    assert_null(image_content_page(content, 34));
    assert_null(image_content_page(content, 10 * IMAGE_CHUNK_PAGES));
    struct pages pages = {"", 99};
    assert_int_equal(image_content_each(content, note_page, &pages), 7);
    assert_string_equal(pages.text, "0 33 66 99 ");
    image_content_unref(content);
}

static void cuts_and_fills_up_with_zeros(void **state)
{
    (void)state;
    struct image_content *content = image_content_new();
    fill(content, 0, CHUNK + 3 * PAGE, 'a');
    /* Inside a page: its rest is zeros when the file grows again. */
    assert_int_equal(image_content_truncate(content, CHUNK + PAGE + 100), 0);
    assert_int_equal(image_content_truncate(content, CHUNK + 3 * PAGE), 0);
    assert_int_equal(byte_at(content, CHUNK + PAGE + 99), 'a');
    assert_int_equal(byte_at(content, CHUNK + PAGE + 100), 0);
    assert_int_equal(byte_at(content, CHUNK + 2 * PAGE - 1), 0);
    assert_null(image_content_page(content, 34));
    assert_non_null(image_content_page(content, 33));
    /* At a page's edge, and at a chunk's. */
    assert_int_equal(image_content_truncate(content, CHUNK + PAGE), 0);
    assert_null(image_content_page(content, 33));
    assert_non_null(image_content_page(content, 32));
    assert_int_equal(image_content_truncate(content, CHUNK), 0);
    assert_int_equal(content->chunk_count, 1);
    assert_non_null(image_content_page(content, 31));
    assert_int_equal(image_content_truncate(content, 2 * PAGE), 0);
    assert_pages(content, "0 1 ");
    assert_int_equal(image_content_truncate(content, 0), 0);
    assert_pages(content, "");
    assert_int_equal(content->size_bytes, 0);
    /* In a hole no page is made. */
    assert_int_equal(image_content_truncate(content, 10 * PAGE), 0);
    assert_int_equal(image_content_truncate(content, 5 * PAGE + 7), 0);
    assert_pages(content, "");
    assert_int_equal(content->size_bytes, 5 * PAGE + 7);
    image_content_unref(content);
}

static void shares_all_but_what_one_of_two_changes(void **state)
{
    (void)state;
    struct image_content *first = image_content_new();
    fill(first, 0, CHUNK + PAGE, 'a');
    struct image_content *second = share(first);
    assert_ptr_equal(first->chunks[0].chunk, second->chunks[0].chunk);
    assert_int_equal(first->chunks[0].chunk->ref_count, 2);
    fill(second, PAGE, 1, 'b');
    assert_ptr_not_equal(first->chunks[0].chunk, second->chunks[0].chunk);
    assert_int_equal(first->chunks[0].chunk->ref_count, 1);
    assert_ptr_equal(first->chunks[1].chunk, second->chunks[1].chunk);
    assert_ptr_equal(image_content_page(first, 0), image_content_page(second, 0));
    assert_int_equal(image_content_page(first, 0)->ref_count, 2);
    assert_ptr_not_equal(image_content_page(first, 1), image_content_page(second, 1));
    assert_int_equal(image_content_page(first, 1)->ref_count, 1);
    assert_int_equal(byte_at(first, PAGE), 'a');
    assert_int_equal(byte_at(second, PAGE), 'b');
    assert_int_equal(byte_at(second, PAGE + 1), 'a');
    /* A cut parts them, too. */
    assert_int_equal(image_content_truncate(second, PAGE + 1), 0);
    assert_int_equal(byte_at(first, PAGE + 1), 'a');
    assert_pages(second, "0 1 ");
    assert_int_equal(first->chunk_count, 2);
    image_content_unref(second);
    assert_int_equal(image_content_page(first, 0)->ref_count, 1);
    assert_int_equal(byte_at(first, CHUNK + 5), 'a');
    image_content_unref(first);
}

static void parts_nothing_for_bytes_that_are_there_already(void **state)
{
    (void)state;
    struct image_content *first = image_content_new();
    fill(first, 0, 2 * PAGE, 'a');
    struct image_content *second = share(first);
    fill(second, 100, 200, 'a');
    assert_ptr_equal(first->chunks[0].chunk, second->chunks[0].chunk);
    /* Zeros in a hole are written all the same: the page is there afterwards. */
    fill(second, 5 * PAGE, 10, 0);
    assert_pages(second, "0 1 5 ");
    assert_pages(first, "0 1 ");
    image_content_unref(second);
    image_content_unref(first);
}

static void puts_a_page_of_another_content_in_place(void **state)
{
    (void)state;
    struct image_content *first = image_content_new();
    struct image_content *second = image_content_new();
    fill(first, 0, PAGE, 'a');
    fill(second, 0, 2 * PAGE, 'b');
    struct image_page *page = image_content_page(first, 0);
    assert_int_equal(image_content_set_page(second, 1, page), 0);
    assert_int_equal(page->ref_count, 2);
    assert_int_equal(byte_at(second, PAGE), 'a');
    assert_int_equal(image_content_set_page(second, 40, page), 0);
    assert_pages(second, "0 1 40 ");
    assert_int_equal(page->ref_count, 3);
    assert_int_equal(image_content_set_page(second, 1, NULL), 0);
    assert_int_equal(page->ref_count, 2);
    assert_pages(second, "0 40 ");
    /* Of a shared chunk only this content's place changes. */
    struct image_content *third = share(second);
    assert_int_equal(image_content_set_page(third, 0, page), 0);
    assert_int_equal(byte_at(second, 0), 'b');
    assert_int_equal(byte_at(third, 0), 'a');
    image_content_unref(third);
    image_content_unref(second);
    assert_int_equal(page->ref_count, 1);
    image_content_unref(first);
}

/* The hash of the pages as they are now, made anew. */
static uint64_t fresh_hash(struct image_content *content)
{
    struct tree_hash_file hash;
    tree_hash_file_init(&hash);
    for (uint64_t i = 0; i * PAGE < content->size_bytes; i++) {
        const struct image_page *page = image_content_page(content, i);
        static const uint8_t zeros[IMAGE_PAGE_SIZE_BYTES];
        if (page != NULL && memcmp(page->data, zeros, sizeof zeros) != 0) {
            tree_hash_file_add(&hash, i, tree_hash_page(page->data));
        }
    }
    return hash.sum;
}

static void hashes_what_changed_and_keeps_the_rest(void **state)
{
    (void)state;
    struct image_content *content = image_content_new();
    assert_true(image_content_hash(content)->sum == fresh_hash(content));
    fill(content, 0, 2 * CHUNK + 3 * PAGE, 'a');
    uint64_t whole = image_content_hash(content)->sum;
    assert_true(whole == fresh_hash(content));
    assert_true(content->has_hash && content->chunks[0].chunk->has_hash);
    fill(content, CHUNK + 7, 1, 'b');
    assert_false(content->has_hash);
    assert_true(content->chunks[0].chunk->has_hash);
    assert_false(content->chunks[1].chunk->has_hash);
    assert_true(image_content_hash(content)->sum == fresh_hash(content));
    assert_true(image_content_hash(content)->sum != whole);
    fill(content, CHUNK + 7, 1, 'a');
    assert_true(image_content_hash(content)->sum == whole);
    /* The owner of a shared chunk hashes its copy anew. */
    struct image_content *second = share(content);
    fill(second, 5, 1, 'c');
    assert_true(image_content_hash(second)->sum == fresh_hash(second));
    assert_true(image_content_hash(content)->sum == whole);
    assert_int_equal(image_content_truncate(second, CHUNK + PAGE), 0);
    assert_true(image_content_hash(second)->sum == fresh_hash(second));
    assert_int_equal(image_content_set_page(second, 32, image_content_page(second, 0)), 0);
    assert_true(image_content_hash(second)->sum == fresh_hash(second));
    image_content_unref(second);
    image_content_unref(content);
}

static void hashes_zeros_as_a_hole(void **state)
{
    (void)state;
    struct image_content *content = image_content_new();
    fill(content, 0, PAGE, 'a');
    uint64_t without = image_content_hash(content)->sum;
    fill(content, 3 * PAGE, PAGE, 0);
    assert_int_equal(image_content_page_hash(image_content_page(content, 3)), 0);
    assert_true(image_content_page(content, 3)->is_zero);
    assert_true(image_content_hash(content)->sum == without);
    assert_true(image_content_page_hash(image_content_page(content, 0)) != 0);
    fill(content, 3 * PAGE, 1, 'b');
    assert_true(image_content_hash(content)->sum != without);
    image_content_unref(content);
    image_content_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_zeros_in_holes_and_nothing_past_the_end),
        cmocka_unit_test(tells_where_the_next_page_is),
        cmocka_unit_test(writes_across_pages_and_chunks),
        cmocka_unit_test(keeps_chunks_in_order_wherever_they_are_written),
        cmocka_unit_test(cuts_and_fills_up_with_zeros),
        cmocka_unit_test(shares_all_but_what_one_of_two_changes),
        cmocka_unit_test(parts_nothing_for_bytes_that_are_there_already),
        cmocka_unit_test(puts_a_page_of_another_content_in_place),
        cmocka_unit_test(hashes_what_changed_and_keeps_the_rest),
        cmocka_unit_test(hashes_zeros_as_a_hole),
    };
    return cmocka_run_group_tests_name("harness.run.image_content", tests, NULL, NULL);
}
