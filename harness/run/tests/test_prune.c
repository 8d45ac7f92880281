/* Pruning: what was not asked for may differ, what was asked for may not, and a prune is never
 * wrong. */
#include "harness/run/image.h"
#include "harness/run/prune.h"
#include "harness/testkit/test.h"

#define CONTEXT           7
#define NODE_COUNT_MAX    100000
#define PAGE              IMAGE_PAGE_SIZE_BYTES
#define RANDOM_PROGRAMS   250
#define RANDOM_IMAGES     60
#define RANDOM_STEPS      24
#define RANDOM_HANDLES    3
#define RANDOM_PAGE_COUNT 6

/* Programs: what a judgement may do.  They say what they saw. */

struct machine {
    struct disk *disk;
    struct view view;
    struct image *image;
    uint64_t seen;
};

typedef void program_fn(struct machine *machine);

static void see(struct machine *machine, uint64_t what)
{
    machine->seen = (machine->seen ^ what) * 0x9e3779b97f4a7c15U;
    machine->seen ^= machine->seen >> 29;
}

static void see_bytes(struct machine *machine, const uint8_t *bytes, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        see(machine, bytes[i]);
    }
}

static struct disk_file *open_file(struct machine *machine, const char *path)
{
    struct disk_file *file = NULL;

    see(machine, (uint64_t)disk_open(machine->disk, POINT_COMMITLOG_OPEN, path, &file, NULL));
    return file;
}

static void put(struct machine *machine, const char *path, uint64_t offset, size_t size_bytes,
                int byte)
{
    static uint8_t data[8 * PAGE];
    struct disk_file *file = NULL;

    assert_true(size_bytes <= sizeof(data));
    memset(data, byte, size_bytes);
    see(machine, (uint64_t)disk_create(machine->disk, POINT_COMMITLOG_CREATE, path, &file, NULL));
    if (file != NULL) {
        see(machine,
            (uint64_t)disk_write(file, POINT_COMMITLOG_APPEND, offset, data, size_bytes, NULL));
    }
    (void)disk_close(file);
}

static void cut(struct machine *machine, const char *path, uint64_t size_bytes)
{
    struct disk_file *file = open_file(machine, path);

    if (file != NULL) {
        see(machine, (uint64_t)disk_truncate(file, POINT_COMMITLOG_EXTEND, size_bytes, NULL));
    }
    (void)disk_close(file);
}

/* Through the disk, which knows the end of a file only by an error. */
static void read_disk(struct machine *machine, const char *path, uint64_t offset, size_t size_bytes)
{
    uint8_t data[2 * PAGE] = {0};
    struct disk_file *file = open_file(machine, path);

    assert_true(size_bytes <= sizeof(data));
    if (file != NULL) {
        see(machine,
            (uint64_t)disk_read(file, POINT_COMMITLOG_READ, offset, data, size_bytes, NULL));
        see_bytes(machine, data, size_bytes);
    }
    (void)disk_close(file);
}

static void read_view(struct machine *machine, const char *path, uint64_t offset, size_t size_bytes)
{
    uint8_t data[2 * PAGE] = {0};

    assert_true(size_bytes <= sizeof(data));
    see(machine, (uint64_t)machine->view.read(machine->view.arg, path, offset, data, size_bytes));
    see_bytes(machine, data, size_bytes);
}

static int see_name(void *arg, const char *name, bool is_dir)
{
    see_bytes(arg, (const uint8_t *)name, strlen(name) + 1);
    see(arg, is_dir);
    return 0;
}

static void list_view(struct machine *machine, const char *path)
{
    see(machine, (uint64_t)machine->view.list(machine->view.arg, path, see_name, machine));
}

static void list_disk(struct machine *machine, const char *path)
{
    struct disk_list list = {NULL, 0, 0};

    see(machine, (uint64_t)disk_list(machine->disk, POINT_QUEUE_LIST, path, &list, NULL));
    for (size_t i = 0; i < list.count; i++) {
        (void)see_name(machine, list.entries[i].name, list.entries[i].is_dir);
    }
    disk_list_done(&list);
}

static void see_size(struct machine *machine, const char *path)
{
    see(machine, (uint64_t)machine->view.size(machine->view.arg, path));
}

static void see_disk_size(struct machine *machine, const char *path)
{
    uint64_t size_bytes = 0;

    see(machine, (uint64_t)disk_size(machine->disk, POINT_COMMITLOG_SIZE, path, &size_bytes, NULL));
    see(machine, size_bytes);
}

static void make_dir(struct machine *machine, const char *path)
{
    see(machine, (uint64_t)disk_mkdir(machine->disk, POINT_QUEUE_MKDIR, path, NULL));
}

static void move(struct machine *machine, const char *from, const char *to)
{
    see(machine, (uint64_t)disk_rename(machine->disk, POINT_OFFSETS_RENAME, from, to, NULL));
}

static void drop(struct machine *machine, const char *path)
{
    see(machine, (uint64_t)disk_unlink(machine->disk, POINT_COMMITLOG_CUT_FILE, path, NULL));
}

static void drop_all(struct machine *machine, const char *path)
{
    see(machine, (uint64_t)image_remove(machine->image, path));
}

static void sync_dir(struct machine *machine, const char *path)
{
    see(machine, (uint64_t)disk_sync_dir(machine->disk, POINT_QUEUE_SYNC_DIR, path, NULL));
}

static uint64_t run(struct image *image, program_fn *program, uint64_t seed)
{
    struct machine machine = {.image = image, .view = image_view(image), .seen = seed};

    assert_int_equal(image_disk(image, false, NULL, &machine.disk), 0);
    program(&machine);
    (void)disk_free(machine.disk);
    return machine.seen;
}

/* Judging a clone. */
static int judge_seeded(struct prune *prune, uint64_t context, const struct image *image,
                        program_fn *program, uint64_t seed, bool is_kept)
{
    struct image *clone = image_clone(image);
    uint64_t digest = 0;
    int result = 0;

    assert_non_null(clone);
    assert_int_equal(prune_begin(prune, context, clone), 0);
    digest = run(clone, program, seed);
    result = prune_end(prune, clone, is_kept, digest);
    (void)image_free(clone);
    return result;
}

static int judge(struct prune *prune, const struct image *image, program_fn *program)
{
    return judge_seeded(prune, CONTEXT, image, program, 0, true);
}

/* The images: log/0 of three pages (the last a hole), log/1 of one and a bit, log/sub/x, other/y,
 * empty. */
static void fill_base(struct machine *machine)
{
    make_dir(machine, "log");
    make_dir(machine, "log/sub");
    make_dir(machine, "other");
    make_dir(machine, "empty");
    put(machine, "log/0", 0, PAGE, 'a');
    put(machine, "log/0", PAGE, PAGE, 'b');
    cut(machine, "log/0", 3L * PAGE);
    put(machine, "log/1", 0, PAGE + 100, 'c');
    put(machine, "log/sub/x", 0, 10, 'x');
    put(machine, "other/y", 0, 10, 'y');
}

static struct image *make_base(void)
{
    struct image *image = image_new();

    assert_non_null(image);
    (void)run(image, fill_base, 0);
    return image;
}

/* Variants: how another image differs from the base. */
static void change_nothing(struct machine *machine)
{
    (void)machine;
}
static void change_page_0(struct machine *machine)
{
    put(machine, "log/0", 105, 1, 'z');
}
static void change_page_1(struct machine *machine)
{
    put(machine, "log/0", PAGE + 17, 1, 'z');
}
static void fill_hole_with_zeros(struct machine *machine)
{
    put(machine, "log/0", 2L * PAGE, PAGE, 0);
}
static void grow_0(struct machine *machine)
{
    cut(machine, "log/0", 4L * PAGE);
}
static void lose_0(struct machine *machine)
{
    drop(machine, "log/0");
}
static void swap_files(struct machine *machine)
{
    move(machine, "log/0", "t");
    move(machine, "log/1", "log/0");
    move(machine, "t", "log/1");
}
static void change_1(struct machine *machine)
{
    put(machine, "log/1", PAGE + 5, 1, 'z');
}
static void add_name(struct machine *machine)
{
    put(machine, "log/2", 0, 1, 'n');
}
static void make_0_dir(struct machine *machine)
{
    drop(machine, "log/0");
    make_dir(machine, "log/0");
}
static void change_other(struct machine *machine)
{
    put(machine, "other/y", 3, 1, 'z');
}
static void add_deep_name(struct machine *machine)
{
    put(machine, "log/sub/w", 0, 1, 'n');
}
static void fill_empty(struct machine *machine)
{
    put(machine, "empty/e", 0, 1, 'n');
}
static void lose_log(struct machine *machine)
{
    drop_all(machine, "log");
}

/* What the program of a row does, a variant, and whether that is pruned. */
static void do_read_page_0(struct machine *machine)
{
    read_disk(machine, "log/0", 100, 10);
}
static void do_view_page_0(struct machine *machine)
{
    read_view(machine, "log/0", 100, 10);
}
static void do_read_hole(struct machine *machine)
{
    read_view(machine, "log/0", 2L * PAGE, 10);
}
static void do_list_log(struct machine *machine)
{
    list_view(machine, "log");
}
static void do_list_disk(struct machine *machine)
{
    list_disk(machine, "log");
}
static void do_make_then_list(struct machine *machine)
{
    put(machine, "log/3", 0, 1, 'n');
    drop(machine, "log/1");
    list_disk(machine, "log");
}
static void do_size(struct machine *machine)
{
    see_size(machine, "log/0");
}
static void do_write_part(struct machine *machine)
{
    put(machine, "log/0", 5, 10, 'w');
}
static void do_write_whole(struct machine *machine)
{
    put(machine, "log/0", 0, PAGE, 'w');
    read_disk(machine, "log/0", 0, PAGE);
}
static void do_write_one_and_a_bit(struct machine *machine)
{
    put(machine, "log/0", 0, PAGE + 1, 'w');
}
static void do_move_and_read(struct machine *machine)
{
    move(machine, "log/0", "other/0");
    read_view(machine, "other/0", 0, 10);
}
static void do_replace_and_read(struct machine *machine)
{
    move(machine, "log/1", "log/0");
    read_disk(machine, "log/0", 0, 10);
}
static void do_make_anew(struct machine *machine)
{
    drop(machine, "log/0");
    put(machine, "log/0", 5, 10, 'w');
    read_disk(machine, "log/0", 0, 15);
    see_size(machine, "log/0");
}
static void do_shrink_in_page_0(struct machine *machine)
{
    cut(machine, "log/0", 10);
    cut(machine, "log/0", 2L * PAGE);
    read_disk(machine, "log/0", 0, 2L * PAGE);
}
static void do_shrink_to_page_1(struct machine *machine)
{
    cut(machine, "log/0", PAGE);
    cut(machine, "log/0", 2L * PAGE);
    read_disk(machine, "log/0", PAGE, PAGE);
}
static void do_mkdir_below(struct machine *machine)
{
    make_dir(machine, "log/0/d");
}
static void do_find_missing(struct machine *machine)
{
    see_size(machine, "log/2");
}
static void do_move_dir(struct machine *machine)
{
    move(machine, "log", "other/log");
    list_view(machine, "other/log/sub");
    read_view(machine, "other/log/1", 0, 10);
}
static void do_move_dir_over(struct machine *machine)
{
    move(machine, "other", "empty");
    see_size(machine, "empty/e");
}
static void do_remove_all(struct machine *machine)
{
    drop_all(machine, "log");
    make_dir(machine, "log");
    list_disk(machine, "log");
}
static void do_sync_dir(struct machine *machine)
{
    sync_dir(machine, "log");
}

struct row {
    const char *name;
    program_fn *program;
    program_fn *change;
    bool is_pruned;
};

static const struct row rows[] = {
    {"read, equal image", do_read_page_0, change_nothing, true},
    {"read, that page", do_read_page_0, change_page_0, false},
    {"read, another page", do_read_page_0, change_page_1, true},
    {"read, another file", do_read_page_0, change_other, true},
    {"read, another size", do_read_page_0, grow_0, false},
    {"read, no file", do_read_page_0, lose_0, false},
    {"read, other files' content", do_read_page_0, swap_files, false},
    {"read, a new name beside it", do_read_page_0, add_name, true},
    {"read, a directory instead", do_read_page_0, make_0_dir, false},
    {"read, all gone", do_read_page_0, lose_log, false},
    {"view, that page", do_view_page_0, change_page_0, false},
    {"view, another page", do_view_page_0, change_page_1, true},
    {"hole, zeros instead", do_read_hole, fill_hole_with_zeros, true},
    {"list, another page", do_list_log, change_page_0, true},
    {"list, another size", do_list_log, grow_0, true},
    {"list, one more name", do_list_log, add_name, false},
    {"list, one less name", do_list_log, lose_0, false},
    {"list, another kind", do_list_log, make_0_dir, false},
    {"list, a name deeper down", do_list_log, add_deep_name, true},
    {"list by disk, one more name", do_list_disk, add_name, false},
    {"list by disk, a name deeper down", do_list_disk, add_deep_name, true},
    {"list after own changes, equal image", do_make_then_list, change_nothing, true},
    {"list after own changes, one more name", do_make_then_list, add_name, false},
    {"list after own changes, other content", do_make_then_list, change_1, true},
    {"size, another page", do_size, change_page_0, true},
    {"size, another size", do_size, grow_0, false},
    {"write in part, that page", do_write_part, change_page_0, false},
    {"write in part, another page", do_write_part, change_page_1, true},
    {"write whole, that page", do_write_whole, change_page_0, true},
    {"write whole, another page", do_write_whole, change_page_1, true},
    {"write whole, another size", do_write_whole, grow_0, false},
    {"write whole, no file", do_write_whole, lose_0, false},
    {"write more, the page in part", do_write_one_and_a_bit, change_page_1, false},
    {"write more, the page in whole", do_write_one_and_a_bit, change_page_0, true},
    {"move and read, that page", do_move_and_read, change_page_0, false},
    {"move and read, another page", do_move_and_read, change_page_1, true},
    {"move over and read, what was there", do_replace_and_read, change_page_0, true},
    {"move over and read, last page of what came", do_replace_and_read, change_1, true},
    {"move over and read, swapped", do_replace_and_read, swap_files, false},
    {"make anew, that page", do_make_anew, change_page_0, true},
    {"make anew, another size", do_make_anew, grow_0, true},
    {"make anew, no file", do_make_anew, lose_0, false},
    {"cut in a page, that page", do_shrink_in_page_0, change_page_0, false},
    {"cut in a page, a later page", do_shrink_in_page_0, change_page_1, true},
    {"cut between pages, the page before", do_shrink_to_page_1, change_page_0, true},
    {"cut between pages, the page after", do_shrink_to_page_1, change_page_1, true},
    {"mkdir below a file, its content", do_mkdir_below, change_page_0, true},
    {"mkdir below a file, a directory", do_mkdir_below, make_0_dir, false},
    {"mkdir below a file, no file", do_mkdir_below, lose_0, false},
    {"missing, now there", do_find_missing, add_name, false},
    {"missing, others differ", do_find_missing, change_page_0, true},
    {"missing, its directory too", do_find_missing, lose_log, false},
    {"move directory, unread file", do_move_dir, change_page_0, true},
    {"move directory, read file", do_move_dir, swap_files, false},
    {"move directory, a name deeper down", do_move_dir, add_deep_name, false},
    {"move over directory, not empty", do_move_dir_over, fill_empty, false},
    {"move over directory, other content", do_move_dir_over, change_other, true},
    {"remove all, other content", do_remove_all, change_page_0, true},
    {"remove all, nothing there", do_remove_all, lose_log, false},
    {"sync of a directory, other content", do_sync_dir, add_name, true},
    {"sync of a directory, none there", do_sync_dir, lose_log, false},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct prune *prune = prune_new(NODE_COUNT_MAX);
        struct image *base = make_base();
        struct image *other = image_clone(base);
        uint64_t digest = 0;

        assert_non_null(other);
        (void)run(other, row->change, 0);
        assert_false(prune_find(prune, CONTEXT, other, &digest));
        assert_int_equal(judge(prune, base, row->program), 0);
        if (prune_find(prune, CONTEXT, other, &digest) != row->is_pruned) {
            fail_msg("%s: pruned: %d", row->name, !row->is_pruned);
        }
        if (row->is_pruned) {
            assert_int_equal(digest, run(other, row->program, 0));
        } else {
            /* Judged in its turn, it is found. */
            assert_int_equal(judge(prune, other, row->program), 0);
            assert_true(prune_find(prune, CONTEXT, other, &digest));
            assert_int_equal(digest, run(other, row->program, 0));
            assert_true(prune_find(prune, CONTEXT, base, &digest));
        }
        (void)image_free(other);
        (void)image_free(base);
        (void)prune_free(prune);
    }
}

static void test_contexts_are_apart(void **state)
{
    struct prune *prune = prune_new(NODE_COUNT_MAX);
    struct image *base = make_base();
    uint64_t digest = 0;
    uint64_t other_digest = 0;

    (void)state;
    assert_int_equal(judge_seeded(prune, 1, base, do_read_page_0, 1, true), 0);
    assert_false(prune_find(prune, 2, base, &digest));
    assert_int_equal(judge_seeded(prune, 2, base, do_read_page_0, 2, true), 0);
    assert_true(prune_find(prune, 1, base, &digest));
    assert_true(prune_find(prune, 2, base, &other_digest));
    assert_int_not_equal(digest, other_digest);
    prune_clear(prune);
    assert_false(prune_find(prune, 1, base, &digest));
    assert_int_equal(prune_node_count(prune), 0);
    (void)image_free(base);
    (void)prune_free(prune);
}

static void test_what_did_not_finish_is_forgotten(void **state)
{
    struct prune *prune = prune_new(NODE_COUNT_MAX);
    struct image *base = make_base();
    uint64_t digest = 0;

    (void)state;
    assert_int_equal(judge_seeded(prune, CONTEXT, base, do_read_page_0, 0, false), 0);
    assert_int_equal(prune_node_count(prune), 0);
    assert_false(prune_find(prune, CONTEXT, base, &digest));
    (void)image_free(base);
    (void)prune_free(prune);
}

/* log, log/0, its size, its page; the leaf: five nodes. */
static void test_full_tree_takes_no_more(void **state)
{
    struct prune *prune = prune_new(6);
    struct image *base = make_base();
    struct image *other = image_clone(base);
    uint64_t digest = 0;

    (void)state;
    (void)run(other, change_page_0, 0);
    assert_int_equal(judge(prune, base, do_read_page_0), 0);
    assert_int_equal(prune_node_count(prune), 5);
    assert_int_equal(judge(prune, other, do_read_page_0), 0);
    assert_int_equal(prune_node_count(prune), 6);
    (void)run(other, grow_0, 0);
    assert_int_equal(judge(prune, other, do_read_page_0), 0);
    assert_int_equal(prune_node_count(prune), 6);
    assert_false(prune_find(prune, CONTEXT, other, &digest));
    assert_true(prune_find(prune, CONTEXT, base, &digest));
    /* Nor does it lose its eye for what is not deterministic. */
    assert_int_equal(judge(prune, base, do_list_log), -EILSEQ);
    (void)image_free(other);
    (void)image_free(base);
    (void)prune_free(prune);
}

static void do_look_into_own_dir(struct machine *machine)
{
    make_dir(machine, "log/new");
    list_view(machine, "log/new");
    see_size(machine, "log/new/x");
}

static void do_look_into_moved_dir(struct machine *machine)
{
    move(machine, "empty", "log/e");
    list_view(machine, "log/e");
    see_size(machine, "log/e/q");
}

/* What the run made, it knows: log and log/new; empty, what is in it, log and log/e. */
static void test_own_doing_is_not_asked_for(void **state)
{
    struct prune *prune = prune_new(NODE_COUNT_MAX);
    struct image *base = make_base();

    (void)state;
    assert_int_equal(judge(prune, base, do_look_into_own_dir), 0);
    assert_int_equal(prune_node_count(prune), 2 + 1);
    prune_clear(prune);
    assert_int_equal(judge(prune, base, do_look_into_moved_dir), 0);
    assert_int_equal(prune_node_count(prune), 4 + 1);
    (void)image_free(base);
    (void)prune_free(prune);
}

static void do_read_more(struct machine *machine)
{
    do_read_page_0(machine);
    read_disk(machine, "log/1", 0, 1);
}

static void test_not_deterministic_is_found(void **state)
{
    struct prune *prune = prune_new(NODE_COUNT_MAX);
    struct image *base = make_base();

    (void)state;
    assert_int_equal(judge(prune, base, do_read_more), 0);
    assert_int_equal(judge(prune, base, do_read_more), 0);
    /* Another question, an end too early, too late, and another digest. */
    assert_int_equal(judge(prune, base, do_list_log), -EILSEQ);
    assert_int_equal(judge(prune, base, do_read_page_0), -EILSEQ);
    assert_int_equal(judge_seeded(prune, CONTEXT, base, do_read_more, 1, true), -EILSEQ);
    prune_clear(prune);
    assert_int_equal(judge(prune, base, do_read_page_0), 0);
    assert_int_equal(judge(prune, base, do_read_more), -EILSEQ);
    (void)image_free(base);
    (void)prune_free(prune);
}

static void test_blind_is_unsound(void **state)
{
    struct prune *prune = prune_new(NODE_COUNT_MAX);
    struct image *base = make_base();
    struct image *other = image_clone(base);
    uint64_t digest = 0;

    (void)state;
    (void)run(other, change_page_0, 0);
    assert_int_equal(prune_blind(prune, "log/0"), 0);
    assert_int_equal(judge(prune, base, do_read_page_0), 0);
    assert_true(prune_find(prune, CONTEXT, other, &digest));
    assert_int_not_equal(digest, run(other, do_read_page_0, 0));
    /* With its eyes open again it is not fooled. */
    assert_int_equal(prune_blind(prune, NULL), 0);
    assert_int_equal(judge(prune, base, do_read_page_0), 0);
    assert_false(prune_find(prune, CONTEXT, other, &digest));
    (void)image_free(other);
    (void)image_free(base);
    (void)prune_free(prune);
}

/* Random programs: the next step depends on all that was seen. */

static const char *const names[] = {"a",   "b",   "d",     "d/a",   "d/b",   "d/e", "d/f", "e",
                                    "e/a", "e/d", "e/d/a", "d/e/a", "d/e/b", "f",   "f/a", "f/e"};

static uint64_t next_random(uint64_t *random, uint64_t below)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (*random >> 11) % below;
}

static const char *random_name(uint64_t *random)
{
    return names[next_random(random, TEST_COUNT(names))];
}

static void step_file(struct machine *machine, struct disk_file *file, uint64_t *random)
{
    static uint8_t data[2 * PAGE];
    uint64_t offset = next_random(random, RANDOM_PAGE_COUNT) * PAGE;
    size_t size_bytes = next_random(random, 2) * PAGE;
    bool is_whole = next_random(random, 2) == 0;

    if (!is_whole) {
        offset += next_random(random, PAGE);
        size_bytes += 1 + next_random(random, PAGE - 1);
    }
    switch (next_random(random, 3)) {
    case 0:
        memset(data, (int)next_random(random, 3), sizeof(data));
        see(machine,
            (uint64_t)disk_write(file, POINT_COMMITLOG_APPEND, offset, data, size_bytes, NULL));
        break;
    case 1:
        see(machine, (uint64_t)disk_truncate(file, POINT_COMMITLOG_EXTEND, offset, NULL));
        break;
    default:
        memset(data, 0, sizeof(data));
        see(machine,
            (uint64_t)disk_read(file, POINT_COMMITLOG_READ, offset, data, size_bytes, NULL));
        see_bytes(machine, data, size_bytes);
    }
}

static void step_path(struct machine *machine, uint64_t *random)
{
    const char *name = random_name(random);
    uint64_t offset = next_random(random, RANDOM_PAGE_COUNT) * PAGE;

    switch (next_random(random, 9)) {
    case 0:
        list_view(machine, next_random(random, 4) == 0 ? "" : name);
        break;
    case 1:
        list_disk(machine, name);
        break;
    case 2:
        see_size(machine, name);
        break;
    case 3:
        see_disk_size(machine, name);
        break;
    case 4:
        make_dir(machine, name);
        break;
    case 5:
        move(machine, name, random_name(random));
        break;
    case 6:
        drop(machine, name);
        break;
    case 7:
        if (next_random(random, 4) == 0) {
            drop_all(machine, name);
        } else {
            sync_dir(machine, name);
        }
        break;
    default:
        read_view(machine, name, offset, PAGE);
    }
}

/* What it sees decides, but only with few bits at a time: images that differ a little often get
 * the same treatment. */
static void do_random(struct machine *machine)
{
    struct disk_file *files[RANDOM_HANDLES] = {NULL};
    uint64_t seed = machine->seen;

    for (uint64_t i = 0; i < RANDOM_STEPS; i++) {
        uint64_t random = (seed + i * 0x2545f4914f6cdd1dU) ^ ((machine->seen >> 40) & 1) ^ 88172645;
        struct disk_file **file = NULL;

        (void)next_random(&random, 1);
        (void)next_random(&random, 1);
        file = &files[next_random(&random, RANDOM_HANDLES)];
        if (next_random(&random, 3) == 0) {
            step_path(machine, &random);
        } else if (*file == NULL) {
            bool creates = next_random(&random, 3) == 0;
            const char *name = random_name(&random);

            see(machine, (uint64_t)(creates ? disk_create(machine->disk, POINT_COMMITLOG_CREATE,
                                                          name, file, NULL)
                                            : disk_open(machine->disk, POINT_COMMITLOG_OPEN, name,
                                                        file, NULL)));
        } else if (next_random(&random, 6) == 0) {
            *file = disk_close(*file);
        } else {
            step_file(machine, *file, &random);
        }
    }
    for (size_t i = 0; i < RANDOM_HANDLES; i++) {
        (void)disk_close(files[i]);
    }
}

/* A few files and directories of this seed. */
static void fill_random(struct machine *machine)
{
    uint64_t random = machine->seen;

    for (size_t i = 0; i < 24; i++) {
        const char *name = random_name(&random);

        if (next_random(&random, 3) == 0) {
            make_dir(machine, name);
        } else {
            put(machine, name, next_random(&random, RANDOM_PAGE_COUNT) * PAGE,
                1 + next_random(&random, 2L * PAGE), (int)next_random(&random, 4));
        }
    }
}

/* One to three changes. */
static void change_random(struct machine *machine)
{
    uint64_t random = machine->seen;
    uint64_t count = 1 + next_random(&random, 3);

    for (uint64_t i = 0; i < count; i++) {
        const char *name = random_name(&random);
        uint64_t offset = next_random(&random, RANDOM_PAGE_COUNT * PAGE);

        switch (next_random(&random, 8)) {
        case 0:
            drop_all(machine, name);
            break;
        case 1:
            make_dir(machine, name);
            break;
        case 2:
            move(machine, name, random_name(&random));
            break;
        case 3:
            cut(machine, name, offset);
            break;
        default:
            put(machine, name, offset, 1, 'r');
        }
    }
}

struct random_counts {
    uint64_t pruned;
    uint64_t wrong;
    uint64_t judged;
};

/* One program over many images that differ a little. */
static void try_program(struct prune *prune, uint64_t seed, bool is_blind,
                        struct random_counts *counts)
{
    struct image *base = image_new();

    assert_non_null(base);
    (void)run(base, fill_random, seed * 77 + 1);
    for (uint64_t i = 0; i < RANDOM_IMAGES; i++) {
        struct image *image = image_clone(base);
        uint64_t digest = 0;

        assert_non_null(image);
        if (i > 0) {
            (void)run(image, change_random, seed * 1000 + i);
        }
        if (prune_find(prune, seed, image, &digest)) {
            counts->pruned++;
            counts->wrong += digest != run(image, do_random, seed);
        } else {
            counts->judged++;
            assert_int_equal(judge_seeded(prune, seed, image, do_random, seed, true), 0);
            /* Equal images are found, and judged again they are no surprise. */
            assert_true(is_blind || prune_find(prune, seed, image, &digest));
            assert_int_equal(judge_seeded(prune, seed, image, do_random, seed, true), 0);
        }
        (void)image_free(image);
    }
    (void)image_free(base);
}

static void test_random_prunes_are_right(void **state)
{
    struct prune *prune = prune_new(NODE_COUNT_MAX);
    struct random_counts counts = {0};

    (void)state;
    for (uint64_t seed = 1; seed <= RANDOM_PROGRAMS; seed++) {
        try_program(prune, seed, false, &counts);
    }
    print_message("             %llu pruned, %llu judged, %zu nodes\n",
                  (unsigned long long)counts.pruned, (unsigned long long)counts.judged,
                  prune_node_count(prune));
    assert_int_equal(counts.wrong, 0);
    assert_true(counts.pruned > RANDOM_PROGRAMS * RANDOM_IMAGES / 10);
    assert_true(counts.judged > RANDOM_PROGRAMS * RANDOM_IMAGES / 10);
    (void)prune_free(prune);
}

/* The same, one eye shut: the test would notice. */
static void test_random_notices_blindness(void **state)
{
    struct prune *prune = prune_new(NODE_COUNT_MAX);
    struct random_counts counts = {0};

    (void)state;
    assert_int_equal(prune_blind(prune, "d/"), 0);
    for (uint64_t seed = 1; seed <= RANDOM_PROGRAMS / 4; seed++) {
        try_program(prune, seed, true, &counts);
    }
    assert_true(counts.wrong > 0);
    (void)prune_free(prune);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_contexts_are_apart),
        cmocka_unit_test(test_what_did_not_finish_is_forgotten),
        cmocka_unit_test(test_full_tree_takes_no_more),
        cmocka_unit_test(test_own_doing_is_not_asked_for),
        cmocka_unit_test(test_not_deterministic_is_found),
        cmocka_unit_test(test_blind_is_unsound),
        cmocka_unit_test(test_random_prunes_are_right),
        cmocka_unit_test(test_random_notices_blindness),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
