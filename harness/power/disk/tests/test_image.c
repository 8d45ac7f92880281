/* The memory disk against the real one: the same operations give the same answers and trees. */
#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/dir_view.h"
#include "harness/power/disk/image.h"
#include "harness/power/disk/image_content.h"
#include "harness/power/disk/tests/image_load.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk_posix.h"

#define HANDLE_COUNT  4
#define RANDOM_ROUNDS 40
#define RANDOM_STEPS  400
#define SPAN_BYTES    40000
#define DATA_BYTES    9000
#define LARGE_BYTES   800000

/* Two disks that must agree. */
struct pair {
    struct disk *disks[2];
    struct disk_file *files[2][HANDLE_COUNT];
    uint64_t random;
    uint8_t data[DATA_BYTES];
};

static const char *const names[] = {"a",     "b",     "a/x",   "a/y",   "a-b",     "a-b/x",
                                    "a/x/z", "c/d/e", "c",     "c/d",   "a/x/z/q", "lock",
                                    "b/x",   "c/d-e", "c/d/f", "a/none"};

static uint64_t next_random(struct pair *pair, uint64_t below)
{
    pair->random ^= pair->random << 13;
    pair->random ^= pair->random >> 7;
    pair->random ^= pair->random << 17;
    return pair->random % below;
}

static const char *random_name(struct pair *pair)
{
    return names[next_random(pair, TEST_COUNT(names))];
}

static void assert_agree(const char *what, const char *name, int first, int second)
{
    if (first != second) {
        fail_msg("%s '%s': posix %s, image %s", what, name, err_name(first), err_name(second));
    }
}

static void step_open(struct pair *pair)
{
    size_t handle = next_random(pair, HANDLE_COUNT);
    bool creates = next_random(pair, 3) > 0;
    const char *name = random_name(pair);
    int results[2];

    for (size_t i = 0; i < 2; i++) {
        struct disk_file *file = NULL;

        results[i] = creates
                         ? disk_create(pair->disks[i], POINT_COMMITLOG_CREATE, name, &file, NULL)
                         : disk_open(pair->disks[i], POINT_COMMITLOG_OPEN, name, &file, NULL);
        if (results[i] == 0) {
            (void)disk_close(pair->files[i][handle]);
            pair->files[i][handle] = file;
        }
    }
    assert_agree(creates ? "create" : "open", name, results[0], results[1]);
}

static void step_write(struct pair *pair)
{
    size_t handle = next_random(pair, HANDLE_COUNT);
    uint64_t offset = next_random(pair, SPAN_BYTES);
    size_t size_bytes = next_random(pair, DATA_BYTES);
    int results[2] = {0, 0};

    /* Some writes are all zero, some of one byte. */
    memset(pair->data, (int)next_random(pair, 4), sizeof(pair->data));
    size_bytes = next_random(pair, 5) == 0 ? 1 : size_bytes;
    for (size_t i = 0; i < 2 && pair->files[i][handle] != NULL; i++) {
        results[i] = disk_write(pair->files[i][handle], POINT_COMMITLOG_APPEND, offset, pair->data,
                                size_bytes, NULL);
    }
    assert_agree("write", "", results[0], results[1]);
}

static void step_read(struct pair *pair)
{
    static uint8_t data[2][DATA_BYTES];
    size_t handle = next_random(pair, HANDLE_COUNT);
    uint64_t offset = next_random(pair, SPAN_BYTES);
    size_t size_bytes = next_random(pair, DATA_BYTES);
    int results[2] = {0, 0};

    memset(data, 0, sizeof(data));
    for (size_t i = 0; i < 2 && pair->files[i][handle] != NULL; i++) {
        results[i] = disk_read(pair->files[i][handle], POINT_COMMITLOG_READ, offset, data[i],
                               size_bytes, NULL);
    }
    assert_agree("read", "", results[0], results[1]);
    assert_memory_equal(data[0], data[1], DATA_BYTES);
}

/* Blocks are the file system's affair, so the answers may differ, but each is right for both. */
static void step_seek(struct pair *pair)
{
    static const uint8_t zeros[SPAN_BYTES + DATA_BYTES];
    static uint8_t data[SPAN_BYTES + DATA_BYTES];
    size_t handle = next_random(pair, HANDLE_COUNT);
    uint64_t offset = next_random(pair, SPAN_BYTES);
    uint64_t next[2] = {0, 0};
    int results[2] = {0, 0};

    for (size_t i = 0; i < 2 && pair->files[i][handle] != NULL; i++) {
        results[i] =
            disk_next_data(pair->files[i][handle], POINT_COMMITLOG_SEEK, offset, &next[i], NULL);
    }
    assert_agree("seek", "", results[0], results[1]);
    for (size_t i = 0; i < 2 && results[i] == 0 && pair->files[i][handle] != NULL; i++) {
        size_t size_bytes = (size_t)(next[i] - offset);

        assert_int_equal(disk_read(pair->files[1 - i][handle], POINT_COMMITLOG_READ, offset, data,
                                   size_bytes, NULL),
                         0);
        assert_memory_equal(data, zeros, size_bytes);
    }
}

static void step_truncate(struct pair *pair)
{
    size_t handle = next_random(pair, HANDLE_COUNT);
    uint64_t size_bytes = next_random(pair, SPAN_BYTES);
    int results[2] = {0, 0};

    size_bytes = next_random(pair, 3) == 0 ? size_bytes / 4096 * 4096 : size_bytes;
    for (size_t i = 0; i < 2 && pair->files[i][handle] != NULL; i++) {
        results[i] =
            disk_truncate(pair->files[i][handle], POINT_COMMITLOG_EXTEND, size_bytes, NULL);
    }
    assert_agree("truncate", "", results[0], results[1]);
}

static void step_sync(struct pair *pair)
{
    size_t handle = next_random(pair, HANDLE_COUNT);
    int results[2] = {0, 0};

    for (size_t i = 0; i < 2 && pair->files[i][handle] != NULL; i++) {
        results[i] = disk_sync(pair->files[i][handle], POINT_COMMITLOG_SYNC, NULL);
    }
    assert_agree("sync", "", results[0], results[1]);
}

static void step_close(struct pair *pair)
{
    size_t handle = next_random(pair, HANDLE_COUNT);

    for (size_t i = 0; i < 2; i++) {
        pair->files[i][handle] = disk_close(pair->files[i][handle]);
    }
}

static void step_names(struct pair *pair)
{
    const char *name = random_name(pair);
    const char *target = random_name(pair);
    uint64_t choice = next_random(pair, 4);
    int results[2];

    for (size_t i = 0; i < 2; i++) {
        struct disk *disk = pair->disks[i];

        results[i] = choice == 0   ? disk_rename(disk, POINT_OFFSETS_RENAME, name, target, NULL)
                     : choice == 1 ? disk_unlink(disk, POINT_COMMITLOG_CUT_FILE, name, NULL)
                     : choice == 2 ? disk_mkdir(disk, POINT_QUEUE_MKDIR, name, NULL)
                                   : disk_sync_dir(disk, POINT_QUEUE_SYNC_DIR, name, NULL);
    }
    assert_agree(choice == 0 ? target : "unlink, mkdir or sync-dir", name, results[0], results[1]);
}

static void step_look(struct pair *pair)
{
    const char *name = next_random(pair, 4) == 0 ? "" : random_name(pair);
    struct disk_list lists[2] = {{0}, {0}};
    uint64_t sizes[2] = {0, 0};
    int results[2];

    for (size_t i = 0; i < 2; i++) {
        results[i] = disk_size(pair->disks[i], POINT_COMMITLOG_SIZE, name, &sizes[i], NULL);
    }
    assert_agree("size", name, results[0], results[1]);
    assert_int_equal(sizes[0], sizes[1]);
    for (size_t i = 0; i < 2; i++) {
        results[i] = disk_list(pair->disks[i], POINT_COMMITLOG_LIST, name, &lists[i], NULL);
    }
    assert_agree("list", name, results[0], results[1]);
    assert_int_equal(lists[0].count, lists[1].count);
    for (size_t i = 0; results[0] == 0 && i < lists[0].count; i++) {
        assert_string_equal(lists[0].entries[i].name, lists[1].entries[i].name);
        assert_int_equal(lists[0].entries[i].is_dir, lists[1].entries[i].is_dir);
    }
    for (size_t i = 0; results[0] == 0 && i < 2; i++) {
        disk_list_done(&lists[i]);
    }
}

static void step(struct pair *pair)
{
    static void (*const steps[])(struct pair * pair) = {
        step_open, step_open,     step_open, step_write, step_write, step_write, step_read,
        step_seek, step_truncate, step_sync, step_close, step_names, step_names, step_look,
    };

    steps[next_random(pair, TEST_COUNT(steps))](pair);
}

static void assert_same_tree(int dir_fd, struct image *image)
{
    uint64_t hash = 0;

    assert_int_equal(dir_tree_hash(dir_fd, &hash), 0);
    assert_true(hash == image_hash(image));
}

static void begin_pair(struct pair *pair, int dir_fd, struct image *image, uint64_t seed)
{
    *pair = (struct pair){.random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
    assert_int_equal(disk_posix_new(dir_fd, false, NULL, &pair->disks[0]), 0);
    assert_int_equal(image_disk(image, false, NULL, &pair->disks[1]), 0);
}

static void end_pair(struct pair *pair)
{
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < HANDLE_COUNT; k++) {
            (void)disk_close(pair->files[i][k]);
        }
        (void)disk_free(pair->disks[i]);
    }
}

static void agrees_with_the_real_disk_on_random_operations(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= RANDOM_ROUNDS; seed++) {
        struct image *image = image_new();
        struct pair pair;
        struct tmpdir dir;

        tmpdir_make(&dir);
        begin_pair(&pair, dir.fd, image, seed);
        for (unsigned i = 0; i < RANDOM_STEPS; i++) {
            step(&pair);
            if (i % 7 == 0) {
                assert_same_tree(dir.fd, image);
            }
        }
        assert_same_tree(dir.fd, image);
        end_pair(&pair);
        assert_null(image_free(image));
        tmpdir_remove(&dir);
    }
}

/* Clones are taken while the origin goes on; none may change with it, nor it with them. */
static void keeps_clones_apart(void **state)
{
    struct image *image = image_new();
    struct image *clones[8];
    uint64_t hashes[TEST_COUNT(clones)];
    struct pair pair;
    struct tmpdir dir;

    (void)state;
    tmpdir_make(&dir);
    begin_pair(&pair, dir.fd, image, 77);
    for (size_t i = 0; i < TEST_COUNT(clones); i++) {
        struct disk *disk = NULL;
        struct disk_file *file = NULL;

        for (unsigned k = 0; k < 100; k++) {
            step(&pair);
        }
        clones[i] = image_clone(image);
        assert_true(image_hash(clones[i]) == image_hash(image));
        assert_int_equal(image_disk(clones[i], false, NULL, &disk), 0);
        assert_int_equal(disk_create(disk, POINT_COMMITLOG_CREATE, "own", &file, NULL), 0);
        assert_int_equal(disk_write(file, POINT_COMMITLOG_APPEND, 5000, &i, sizeof(i), NULL), 0);
        (void)disk_close(file);
        (void)disk_free(disk);
        hashes[i] = image_hash(clones[i]);
        assert_same_tree(dir.fd, image);
    }
    end_pair(&pair);
    (void)image_free(image);
    for (size_t i = 0; i < TEST_COUNT(clones); i++) {
        assert_true(image_hash(clones[i]) == hashes[i]);
        (void)image_free(clones[i]);
    }
    tmpdir_remove(&dir);
}

/* The hash of a file is kept by chunk: every change must be seen, and in no clone. */
static void hashes_what_changed_in_a_large_file(void **state)
{
    struct image *image = image_new();
    struct disk *disk = NULL;
    struct disk_file *file = NULL;
    struct pair pair = {.random = 99};

    (void)state;
    assert_int_equal(image_disk(image, false, NULL, &disk), 0);
    assert_int_equal(disk_create(disk, POINT_COMMITLOG_CREATE, "log", &file, NULL), 0);
    for (unsigned i = 0; i < 300; i++) {
        uint64_t offset = next_random(&pair, LARGE_BYTES);
        struct image *clone = image_clone(image);
        struct image *fresh = image_new();
        uint64_t hash = image_hash(image);
        struct view view;

        if (next_random(&pair, 8) == 0) {
            assert_int_equal(disk_truncate(file, POINT_COMMITLOG_EXTEND, offset, NULL), 0);
        } else {
            memset(pair.data, (int)next_random(&pair, 3), sizeof(pair.data));
            assert_int_equal(disk_write(file, POINT_COMMITLOG_APPEND, offset, pair.data,
                                        next_random(&pair, DATA_BYTES), NULL),
                             0);
        }
        view = image_view(image);
        assert_int_equal(image_load(fresh, &view, NULL), 0);
        assert_true(image_hash(image) == image_hash(fresh));
        assert_true(image_hash(clone) == hash);
        (void)image_free(fresh);
        (void)image_free(clone);
    }
    (void)disk_close(file);
    (void)disk_free(disk);
    (void)image_free(image);
}

/* Two pages in each other's place are not the same file. */
static void hashes_pages_with_their_place(void **state)
{
    struct image *images[2] = {image_new(), image_new()};
    uint8_t data[2 * IMAGE_PAGE_SIZE_BYTES];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct disk *disk = NULL;
        struct disk_file *file = NULL;

        memset(data, i == 0 ? 'a' : 'b', IMAGE_PAGE_SIZE_BYTES);
        memset(data + IMAGE_PAGE_SIZE_BYTES, i == 0 ? 'b' : 'a', IMAGE_PAGE_SIZE_BYTES);
        assert_int_equal(image_disk(images[i], false, NULL, &disk), 0);
        assert_int_equal(disk_create(disk, POINT_COMMITLOG_CREATE, "log", &file, NULL), 0);
        assert_int_equal(disk_write(file, POINT_COMMITLOG_APPEND, 0, data, sizeof(data), NULL), 0);
        (void)disk_close(file);
        (void)disk_free(disk);
    }
    assert_true(image_hash(images[0]) != image_hash(images[1]));
    (void)image_free(images[0]);
    (void)image_free(images[1]);
}

static void shares_pages_until_one_is_written(void **state)
{
    struct image *image = image_new();
    struct image *clone = NULL;
    struct image_stats stats;
    struct disk *disk = NULL;
    struct disk_file *file = NULL;
    static uint8_t data[100 * IMAGE_PAGE_SIZE_BYTES];

    (void)state;
    memset(data, 7, sizeof(data));
    assert_int_equal(image_disk(image, false, NULL, &disk), 0);
    assert_int_equal(disk_create(disk, POINT_COMMITLOG_CREATE, "log", &file, NULL), 0);
    assert_int_equal(disk_write(file, POINT_COMMITLOG_APPEND, 0, data, sizeof(data), NULL), 0);
    assert_int_equal(disk_truncate(file, POINT_COMMITLOG_EXTEND, UINT64_C(1) << 40, NULL), 0);
    clone = image_clone(image);
    image_stats(image, &stats);
    assert_int_equal(stats.page_count, 100);
    assert_int_equal(stats.shared_page_count, 100);
    assert_int_equal(stats.entry_count, 1);
    /* What is there already is not written. */
    assert_int_equal(disk_write(file, POINT_COMMITLOG_APPEND, 50000, data, 1, NULL), 0);
    image_stats(image, &stats);
    assert_int_equal(stats.shared_page_count, 100);
    assert_int_equal(disk_write(file, POINT_COMMITLOG_APPEND, 50000, "x", 1, NULL), 0);
    image_stats(image, &stats);
    assert_int_equal(stats.page_count, 100);
    assert_int_equal(stats.shared_page_count, 99);
    (void)disk_close(file);
    (void)disk_free(disk);
    (void)image_free(image);
    image_stats(clone, &stats);
    assert_int_equal(stats.shared_page_count, 0);
    (void)image_free(clone);
}

static void keeps_an_unlinked_file_until_its_last_close(void **state)
{
    struct image *image = image_new();
    struct image_stats stats;
    struct disk *disk = NULL;
    struct disk_file *file = NULL;
    struct disk_file *other = NULL;
    char byte = 0;

    (void)state;
    assert_int_equal(image_disk(image, false, NULL, &disk), 0);
    assert_int_equal(disk_create(disk, POINT_COMMITLOG_CREATE, "log", &file, NULL), 0);
    assert_int_equal(disk_write(file, POINT_COMMITLOG_APPEND, 0, "x", 1, NULL), 0);
    assert_int_equal(disk_unlink(disk, POINT_COMMITLOG_CUT_FILE, "log", NULL), 0);
    assert_int_equal(disk_create(disk, POINT_COMMITLOG_CREATE, "log", &other, NULL), 0);
    assert_int_equal(disk_read(file, POINT_COMMITLOG_READ, 0, &byte, 1, NULL), 0);
    assert_int_equal(byte, 'x');
    assert_int_equal(disk_read(other, POINT_COMMITLOG_READ, 0, &byte, 1, NULL), -ENODATA);
    (void)disk_close(file);
    image_stats(image, &stats);
    assert_int_equal(stats.page_count, 0);
    (void)disk_close(other);
    (void)disk_free(disk);
    (void)image_free(image);
}

static int add_name(void *arg, const char *name, bool is_dir)
{
    char *text = arg;

    (void)strcat(strcat(text, name), is_dir ? "/ " : " ");
    return 0;
}

static void loads_shows_and_stores_a_directory(void **state)
{
    struct image *image = image_new();
    struct tmpdir dir;
    struct tmpdir copy;
    struct dir_view *dir_view = NULL;
    struct view view;
    struct err err = ERR_INIT;
    char text[64] = "";
    char data[8] = "";

    (void)state;
    tmpdir_make(&dir);
    tmpdir_make(&copy);
    diskstate_write(dir.fd, "commitlog/0", "log", 3);
    diskstate_truncate(dir.fd, "commitlog/0", 50000000);
    diskstate_overwrite(dir.fd, "commitlog/0", 49999990, "end", 3);
    diskstate_write(dir.fd, "consumequeue/t/0/0", "unit", 4);
    diskstate_write(dir.fd, "consumequeue-2", "", 0);
    dir_view = dir_view_new(dir.fd);
    view = dir_view_view(dir_view);
    test_ok(image_load(image, &view, &err), err);
    assert_same_tree(dir.fd, image);
    test_ok(image_store(image, copy.fd, &err), err);
    assert_same_tree(copy.fd, image);
    view = image_view(image);
    assert_int_equal(view.list(view.arg, "", add_name, text), 0);
    assert_string_equal(text, "commitlog/ consumequeue/ consumequeue-2 ");
    assert_int_equal(view.list(view.arg, "none", add_name, text), -ENOENT);
    assert_int_equal(view.list(view.arg, "consumequeue-2", add_name, text), -ENOTDIR);
    assert_int_equal(view.size(view.arg, "commitlog/0"), 50000000);
    assert_int_equal(view.size(view.arg, "commitlog"), -EISDIR);
    assert_int_equal(view.read(view.arg, "commitlog/0", 49999990, data, 8), 8);
    assert_memory_equal(data, "end\0\0\0\0", 8);
    assert_int_equal(view.read(view.arg, "commitlog/1", 0, data, 8), -ENOENT);
    assert_int_equal(image_remove(image, "consumequeue"), 0);
    assert_int_equal(dir_tree_remove(dir.fd, "consumequeue", NULL), 0);
    assert_same_tree(dir.fd, image);
    assert_int_equal(image_remove(image, ""), 0);
    assert_int_equal(dir_tree_remove(dir.fd, "", NULL), 0);
    assert_same_tree(dir.fd, image);
    (void)dir_view_free(dir_view);
    (void)image_free(image);
    tmpdir_remove(&dir);
    tmpdir_remove(&copy);
}

static void put_name(char name[32], uint32_t number)
{
    (void)snprintf(name, 32, "d/%03u", number);
}

/* Whether exactly the files [from, to) of `count` are found, by name and in the listing. */
static void assert_found(struct disk *disk, uint32_t from, uint32_t to, uint32_t count)
{
    struct disk_list list;
    uint64_t size_bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        char name[32];
        put_name(name, i);
        int found = disk_find(disk, POINT_ABORT_SIZE, name, &size_bytes, NULL);
        assert_int_equal(found, i >= from && i < to);
    }
    assert_int_equal(disk_list(disk, POINT_QUEUE_LIST, "d", &list, NULL), 0);
    assert_int_equal(list.count, to - from);
    disk_list_done(&list);
}

/* Names are looked up in one way in a small image and in another in a large one. */
static void finds_names_in_images_of_every_size(void **state)
{
    const uint32_t count = 150;
    struct image *image = image_new();
    struct disk *disk = NULL;
    char name[32];
    char other[32];
    (void)state;
    assert_int_equal(image_disk(image, false, NULL, &disk), 0);
    assert_int_equal(disk_mkdir(disk, POINT_STORE_MKDIR, "d", NULL), 0);
    for (uint32_t i = 0; i < count; i++) {
        struct disk_file *file = NULL;
        put_name(name, i);
        assert_int_equal(disk_create(disk, POINT_COMMITLOG_CREATE, name, &file, NULL), 0);
        (void)disk_close(file);
        assert_found(disk, 0, i + 1, count);
    }
    for (uint32_t i = 0; i + 10 < count; i++) {
        put_name(name, i);
        put_name(other, count);
        assert_int_equal(disk_rename(disk, POINT_OFFSETS_RENAME, name, other, NULL), 0);
        assert_int_equal(disk_unlink(disk, POINT_ABORT_UNLINK, name, NULL), -ENOENT);
        assert_int_equal(disk_unlink(disk, POINT_ABORT_UNLINK, other, NULL), 0);
        assert_found(disk, i + 1, count, count);
    }
    disk_free(disk);
    image_free(image);
}

/* As the kernel has it of open file descriptions. */
static void refuses_a_second_lock_until_the_last_close(void **state)
{
    (void)state;
    struct image *image = image_new();
    struct disk *disk = NULL;
    struct disk_file *first = NULL;
    struct disk_file *second = NULL;
    assert_int_equal(image_disk(image, false, NULL, &disk), 0);
    assert_int_equal(disk_create(disk, POINT_LOCK_CREATE, "lock", &first, NULL), 0);
    assert_int_equal(disk_lock(first, POINT_LOCK_LOCK, NULL), 0);
    assert_int_equal(disk_create(disk, POINT_LOCK_CREATE, "lock", &second, NULL), 0);
    assert_int_equal(disk_lock(second, POINT_LOCK_LOCK, NULL), -EAGAIN);
    (void)disk_close(second);
    assert_int_equal(disk_create(disk, POINT_LOCK_CREATE, "lock", &second, NULL), 0);
    assert_int_equal(disk_lock(second, POINT_LOCK_LOCK, NULL), -EAGAIN);
    (void)disk_close(second);
    (void)disk_close(first);
    assert_int_equal(disk_create(disk, POINT_LOCK_CREATE, "lock", &first, NULL), 0);
    assert_int_equal(disk_lock(first, POINT_LOCK_LOCK, NULL), 0);
    (void)disk_close(first);
    disk_free(disk);
    image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_real_disk_on_random_operations),
        cmocka_unit_test(keeps_clones_apart),
        cmocka_unit_test(finds_names_in_images_of_every_size),
        cmocka_unit_test(hashes_what_changed_in_a_large_file),
        cmocka_unit_test(hashes_pages_with_their_place),
        cmocka_unit_test(shares_pages_until_one_is_written),
        cmocka_unit_test(keeps_an_unlinked_file_until_its_last_close),
        cmocka_unit_test(refuses_a_second_lock_until_the_last_close),
        cmocka_unit_test(loads_shows_and_stores_a_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
