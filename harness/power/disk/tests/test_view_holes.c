/* Both views over index files as large as RocketMQ's, which are holes but for a few pages: the
 * oracle passes over the holes and over nothing else. */
#include "harness/oracle/decode/disk_index.h"
#include "harness/power/disk/dir_view.h"
#include "harness/power/disk/image.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk_posix.h"

#define FILE_SIZE  (UINT64_C(5242880) * DISK_INDEX_UNIT_SIZE_BYTES)
#define INDEX      "dledger-n0/index/"
#define FIRST      INDEX "00000000000000000000"
#define SECOND     INDEX "00000000000167772160"
#define READ_BYTES (256u << 10) /* enough for a few pages, whatever a file system calls one */

/* A disk, and the view of the other side that counts what is read. */
struct place {
    struct tmpdir dir;
    struct image *image;
    struct dir_view *dir_view;
    struct disk *disk;
    struct view under;
    uint64_t read_bytes;
};

static int list_under(void *arg, const char *path,
                      int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg)
{
    const struct place *place = arg;
    return place->under.list(place->under.arg, path, each, each_arg);
}

static int64_t size_under(void *arg, const char *path)
{
    const struct place *place = arg;
    return place->under.size(place->under.arg, path);
}

static int64_t read_under(void *arg, const char *path, uint64_t offset, void *data,
                          size_t size_bytes)
{
    struct place *place = arg;
    place->read_bytes += size_bytes;
    return place->under.read(place->under.arg, path, offset, data, size_bytes);
}

static int64_t next_under(void *arg, const char *path, uint64_t offset)
{
    const struct place *place = arg;
    return place->under.next(place->under.arg, path, offset);
}

static struct view view_of(struct place *place)
{
    return (struct view){.arg = place,
                         .list = list_under,
                         .size = size_under,
                         .read = read_under,
                         .next = next_under};
}

static void make_file(struct place *place, const char *path)
{
    struct disk_file *file = NULL;
    struct err err = ERR_INIT;
    test_ok(disk_create(place->disk, POINT_DLEDGER_INDEX_CREATE, path, &file, &err), err);
    test_ok(disk_truncate(file, POINT_DLEDGER_INDEX_EXTEND, FILE_SIZE, &err), err);
    disk_close(file);
}

static void write_byte(struct place *place, const char *path, uint64_t offset, char byte)
{
    struct disk_file *file = NULL;
    struct err err = ERR_INIT;
    test_ok(disk_open(place->disk, POINT_DLEDGER_INDEX_OPEN, path, &file, &err), err);
    test_ok(disk_write(file, POINT_DLEDGER_INDEX_APPEND, offset, &byte, 1, &err), err);
    disk_close(file);
}

static void set_up(struct place *place, bool is_image)
{
    *place = (struct place){0};
    tmpdir_make(&place->dir);
    if (is_image) {
        place->image = image_new();
        place->under = image_view(place->image);
        assert_int_equal(image_disk(place->image, false, NULL, &place->disk), 0);
    } else {
        place->dir_view = dir_view_new(place->dir.fd);
        place->under = dir_view_view(place->dir_view);
        assert_int_equal(disk_posix_new(place->dir.fd, false, NULL, &place->disk), 0);
    }
    assert_int_equal(disk_mkdir(place->disk, POINT_STORE_MKDIR, "dledger-n0", NULL), 0);
    assert_int_equal(disk_mkdir(place->disk, POINT_STORE_MKDIR, "dledger-n0/index", NULL), 0);
    make_file(place, FIRST);
    make_file(place, SECOND);
    write_byte(place, FIRST, 31, 1); /* all there is of the first entry's unit */
}

static void tear_down(struct place *place)
{
    disk_free(place->disk);
    (void)dir_view_free(place->dir_view);
    image_free(place->image);
    tmpdir_remove(&place->dir);
}

/* What the oracle says of the tail behind the first unit, UINT64_MAX: zeros. */
static uint64_t find_stale(struct place *place)
{
    static struct disk_index index;
    struct view view = view_of(place);
    struct err err = ERR_INIT;
    place->read_bytes = 0;
    test_ok(disk_index_list(&index, &view, "dledger-n0", &err), err);
    assert_int_equal(disk_index_look_at_tail(&index, &view, 0), 0);
    uint64_t at = index.has_stale_units ? index.stale_at : UINT64_MAX;
    disk_index_done(&index);
    return at;
}

static void finds_a_byte_in_a_page_far_behind_the_end(void **state)
{
    static const struct {
        const char *path;
        uint64_t start;
        uint64_t offset;
    } places[] = {
        {SECOND, FILE_SIZE, FILE_SIZE - 1}, {SECOND, FILE_SIZE, 0}, {FIRST, 0, FILE_SIZE - 1},
        {FIRST, 0, 30001 * 4096 + 4095},    {FIRST, 0, 32},
    };
    (void)state;
    for (int is_image = 0; is_image < 2; is_image++) {
        struct place place;
        set_up(&place, is_image);
        assert_true(find_stale(&place) == UINT64_MAX);
        assert_true(place.read_bytes < READ_BYTES);
        for (size_t i = 0; i < TEST_COUNT(places); i++) {
            write_byte(&place, places[i].path, places[i].offset, 'x');
            assert_true(find_stale(&place) == places[i].start + places[i].offset);
            assert_true(place.read_bytes < READ_BYTES);
        }
        /* Zeros that were written are no stale bytes. */
        for (size_t i = 0; i < TEST_COUNT(places); i++) {
            write_byte(&place, places[i].path, places[i].offset, 0);
        }
        assert_true(find_stale(&place) == UINT64_MAX);
        tear_down(&place);
    }
}

/* A view that knows no holes is read to its end. */
static void reads_everything_where_it_must(void **state)
{
    (void)state;
    struct place place;
    set_up(&place, true);
    struct view view = view_of(&place);
    view.next = NULL;
    uint64_t position = 32;
    assert_int_equal(disk_log_find_byte(&view, FIRST, &position), 0);
    assert_true(place.read_bytes >= FILE_SIZE - 32);
    write_byte(&place, FIRST, 30001 * 4096, 'x');
    position = 32;
    assert_int_equal(disk_log_find_byte(&view, FIRST, &position), 1);
    assert_int_equal(position, 30001 * 4096);
    assert_int_equal(disk_log_find_byte(&view, INDEX "none", &position), -ENOENT);
    tear_down(&place);
}

static void says_what_it_cannot_look_at(void **state)
{
    (void)state;
    for (int is_image = 0; is_image < 2; is_image++) {
        struct place place;
        set_up(&place, is_image);
        struct view view = view_of(&place);
        assert_int_equal(view_next(&view, INDEX "none", 0), -ENOENT);
        assert_int_equal(view_next(&view, FIRST, FILE_SIZE), FILE_SIZE);
        assert_int_equal(view_next(&view, FIRST, 7), 7);
        tear_down(&place);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_byte_in_a_page_far_behind_the_end),
        cmocka_unit_test(reads_everything_where_it_must),
        cmocka_unit_test(says_what_it_cannot_look_at),
    };
    return cmocka_run_group_tests_name("harness.power.disk.view_holes", tests, NULL, NULL);
}
