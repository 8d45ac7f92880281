/* The persistence models by small cases: what each sync makes durable under each model, what is
 * left to choose, and what the choices leave on the disk. */
#include "harness/power/persist/persist.h"
#include "harness/power/trace/tests/scene.h"
#include "harness/testkit/test.h"

typedef void make_fn(struct disk *disk);
typedef void act_fn(struct scene *scene);
typedef enum recording_sync sync_fn(void *arg, const struct trace_entry *entry);

static struct persist *walk_to(const struct scene *scene, enum loss_model model, sync_fn *sync,
                               size_t done)
{
    struct recording recording = {.trace = scene->trace, .base = scene->base, .sync = sync};
    struct persist *persist = NULL;
    struct err err = ERR_INIT;

    test_ok(persist_new(&recording, model, &persist, &err), err);
    test_ok(persist_seek(persist, done, &err), err);
    return persist;
}

static struct persist *walk(const struct scene *scene, enum loss_model model, sync_fn *sync)
{
    return walk_to(scene, model, sync, trace_done_count(scene->trace));
}

static struct loss loss_of(const struct persist *persist, enum loss_model model, uint64_t subset)
{
    struct loss loss;

    memset(&loss, 0, sizeof(loss));
    loss.model = model;
    loss.has_choice = true;
    loss.item_count = (uint16_t)persist_item_count(persist);
    loss.kept[0] = subset;
    return loss;
}

static struct loss everything(const struct persist *persist)
{
    struct loss loss;

    memset(&loss, 0, sizeof(loss));
    for (uint32_t i = 0; i < persist_item_count(persist); i++) {
        loss_keep(&loss, i);
    }
    persist_loss_close(persist, true, &loss);
    return loss;
}

static struct loss nothing(const struct persist *persist)
{
    struct loss loss;

    memset(&loss, 0, sizeof(loss));
    persist_loss_close(persist, true, &loss);
    return loss;
}

static struct image *image_of(const struct persist *persist, const struct loss *loss)
{
    struct image *image = NULL;
    struct err err = ERR_INIT;

    test_ok(persist_loss_image(persist, loss, &image, &err), err);
    return image;
}

static uint64_t hash_of(const struct persist *persist, const struct loss *loss)
{
    struct image *image = image_of(persist, loss);
    uint64_t hash = image_hash(image);

    image_free(image);
    return hash;
}

/* What `make` leaves of the base. */
static uint64_t hash_made(const struct scene *scene, make_fn *make)
{
    struct image *image = scene_made(scene->base, make);
    uint64_t hash = image_hash(image);

    image_free(image);
    return hash;
}

/* What is durable */

static void base_log(struct disk *disk)
{
    scene_put(disk, "log", 'A', 0, 2 * PAGE);
    scene_put(disk, "offsets", 'A', 0, 300);
}

static void write_log(struct disk *disk)
{
    scene_put(disk, "log", 'b', 100, PAGE);
}

static void write_sync(struct scene *scene)
{
    write_log(scene->disk);
    scene_sync_file(scene->disk, "log");
}

static void write_only(struct scene *scene)
{
    write_log(scene->disk);
}

static void write_sync_write(struct scene *scene)
{
    write_sync(scene);
    scene_put(scene->disk, "log", 'c', 0, 2 * PAGE);
}

static void append_log(struct disk *disk)
{
    scene_put(disk, "log", 'b', 2 * PAGE, 700);
}

static void append_sync(struct scene *scene)
{
    append_log(scene->disk);
    scene_sync_file(scene->disk, "log");
}

static void shorten_log(struct disk *disk)
{
    scene_cut(disk, "log", PAGE + 10);
}

static void shorten_sync(struct scene *scene)
{
    scene_put(scene->disk, "log", 'x', PAGE + 10, 100);
    shorten_log(scene->disk);
    scene_sync_file(scene->disk, "log");
}

static void sync_other(struct scene *scene)
{
    write_log(scene->disk);
    scene_sync_file(scene->disk, "offsets");
}

static void make_new(struct disk *disk)
{
    scene_put(disk, "new", 'n', 0, 600);
}

static void make_empty(struct disk *disk)
{
    scene_put(disk, "new", 'n', 0, 0);
}

static void new_sync(struct scene *scene)
{
    make_new(scene->disk);
    scene_sync_file(scene->disk, "new");
}

static void new_sync_dir(struct scene *scene)
{
    make_new(scene->disk);
    scene_sync_dir(scene->disk, "");
}

static void new_sync_both(struct scene *scene)
{
    new_sync(scene);
    scene_sync_dir(scene->disk, "");
}

static void make_tree(struct disk *disk)
{
    scene_make_dir(disk, "dir");
    scene_make_dir(disk, "dir/sub");
    scene_put(disk, "dir/sub/file", 'f', 0, 600);
}

static void make_dirs(struct disk *disk)
{
    scene_make_dir(disk, "dir");
    scene_make_dir(disk, "dir/sub");
}

static void make_empty_tree(struct disk *disk)
{
    make_dirs(disk);
    scene_put(disk, "dir/sub/file", 'f', 0, 0);
}

static void tree_sync(struct scene *scene)
{
    make_tree(scene->disk);
    scene_sync_file(scene->disk, "dir/sub/file");
}

static void tree_sync_inner(struct scene *scene)
{
    make_tree(scene->disk);
    scene_sync_dir(scene->disk, "dir/sub");
}

static void tree_sync_middle(struct scene *scene)
{
    make_tree(scene->disk);
    scene_sync_dir(scene->disk, "dir");
}

static void make_empty_dir(struct disk *disk)
{
    scene_make_dir(disk, "dir");
}

static void empty_dir_sync(struct scene *scene)
{
    make_empty_dir(scene->disk);
    scene_sync_dir(scene->disk, "dir");
}

static void tree_sync_up(struct scene *scene)
{
    tree_sync_inner(scene);
    scene_sync_dir(scene->disk, "dir");
    scene_sync_dir(scene->disk, "");
}

static void make_first(struct disk *disk)
{
    scene_put(disk, "first", 'f', 0, 0);
}

static void make_first_two(struct disk *disk)
{
    make_first(disk);
    scene_put(disk, "second", 's', 0, 0);
}

static void make_second(struct disk *disk)
{
    scene_put(disk, "second", 's', 0, 0);
}

/* The second alone is synced, the third comes after it. */
static void three_sync_second(struct scene *scene)
{
    make_first_two(scene->disk);
    scene_sync_file(scene->disk, "second");
    scene_put(scene->disk, "third", 't', 0, 0);
}

static void first_and_log(struct disk *disk)
{
    make_first(disk);
    write_log(disk);
}

/* A sync of a file without metadata of its own. */
static void entry_and_plain_sync(struct scene *scene)
{
    first_and_log(scene->disk);
    scene_sync_file(scene->disk, "log");
}

static void base_hole(struct disk *disk)
{
    scene_put(disk, "log", 'A', 0, 10);
    scene_cut(disk, "log", 4 * PAGE);
}

static void fill_hole(struct disk *disk)
{
    scene_put(disk, "log", 'h', 2 * PAGE, 100);
}

static void first_and_hole(struct disk *disk)
{
    make_first(disk);
    fill_hole(disk);
}

/* A first write into a hole allocates: metadata. */
static void entry_and_hole_sync(struct scene *scene)
{
    first_and_hole(scene->disk);
    scene_sync_file(scene->disk, "log");
}

static void write_tmp(struct disk *disk)
{
    scene_put(disk, "offsets.tmp", 't', 0, 400);
}

static void replace_offsets(struct disk *disk)
{
    write_tmp(disk);
    scene_move(disk, "offsets.tmp", "offsets");
}

static void replace_empty(struct disk *disk)
{
    scene_put(disk, "offsets.tmp", 't', 0, 0);
    scene_move(disk, "offsets.tmp", "offsets");
}

static void rename_only(struct scene *scene)
{
    write_tmp(scene->disk);
    scene_sync_file(scene->disk, "offsets.tmp");
    scene_move(scene->disk, "offsets.tmp", "offsets");
}

static void rename_sync_dir(struct scene *scene)
{
    rename_only(scene);
    scene_sync_dir(scene->disk, "");
}

static void rename_sync_file(struct scene *scene)
{
    replace_offsets(scene->disk);
    scene_sync_file(scene->disk, "offsets");
}

/* The name is durable, the bytes never were: the zero-length file that every journal knows. */
static void rename_unsynced_sync_dir(struct scene *scene)
{
    replace_offsets(scene->disk);
    scene_sync_dir(scene->disk, "");
}

static void remake_log(struct disk *disk)
{
    scene_drop(disk, "log");
    scene_put(disk, "log", 'z', 0, 100);
}

static void drop_log(struct disk *disk)
{
    scene_drop(disk, "log");
}

static void drop_sync_dir(struct scene *scene)
{
    drop_log(scene->disk);
    scene_sync_dir(scene->disk, "");
}

static void remake_sync(struct scene *scene)
{
    remake_log(scene->disk);
    scene_sync_file(scene->disk, "log");
}

static void remake_sync_both(struct scene *scene)
{
    remake_sync(scene);
    scene_sync_dir(scene->disk, "");
}

static void failed_sync(struct scene *scene)
{
    struct disk_file *file = NULL;
    struct err err = ERR_INIT;

    write_log(scene->disk);
    test_ok(disk_open(scene->disk, POINT_COMMITLOG_OPEN, "log", &file, &err), err);
    image_fail_sync(scene->live, "log");
    test_code(disk_sync(file, POINT_COMMITLOG_SYNC, NULL), -EIO);
    (void)disk_close(file);
}

static void failed_then_good_sync(struct scene *scene)
{
    failed_sync(scene);
    scene_sync_file(scene->disk, "log");
}

static void sync_log_inside(struct scene *scene)
{
    scene_sync_file(scene->disk, "log");
}

/* The write begins before the sync and ends after it. */
static void write_around_sync(struct scene *scene)
{
    scene->inside = sync_log_inside;
    write_log(scene->disk);
}

static void write_second_inside(struct scene *scene)
{
    scene_put(scene->disk, "log", 'c', PAGE, PAGE);
}

static void write_first_page(struct disk *disk)
{
    scene_put(disk, "log", 'b', 0, PAGE);
}

/* The second page is written and done while the sync runs, which may have passed it by. */
static void write_inside_sync(struct scene *scene)
{
    write_first_page(scene->disk);
    scene->inside_sync = write_second_inside;
    scene_sync_file(scene->disk, "log");
}

static void write_log_inside(struct scene *scene)
{
    write_log(scene->disk);
    scene_sync_file(scene->disk, "log");
}

/* The outer write is not covered, the inner one is. */
static void write_and_sync_inside(struct scene *scene)
{
    scene->inside = write_log_inside;
    scene_put(scene->disk, "offsets", 'o', 0, 50);
}

/* The bytes of a file that was renamed in an unsynced directory. */
static void write_moved(struct scene *scene)
{
    scene_move(scene->disk, "log", "log2");
    scene_put(scene->disk, "log2", 'b', 100, PAGE);
    scene_sync_file(scene->disk, "log2");
}

static void move_and_write(struct disk *disk)
{
    scene_move(disk, "log", "log2");
    scene_put(disk, "log2", 'b', 100, PAGE);
}

#define SAME(make)             make, make, make, make, make
#define BUT_POSIX(make, posix) make, make, make, make, posix

/* In the order of enum loss_model: all, ext4, xfs, btrfs, posix. */
static const struct {
    const char *name;
    make_fn *base;
    act_fn *act;
    make_fn *durable[LOSS_MODEL_COUNT];
} rows[] = {
    {"a write", base_log, write_only, {SAME(NULL)}},
    {"a write and its sync", base_log, write_sync, {SAME(write_log)}},
    {"a write after the sync", base_log, write_sync_write, {SAME(write_log)}},
    {"the sync of another file", base_log, sync_other, {SAME(NULL)}},
    {"an append and its sync", base_log, append_sync, {SAME(append_log)}},
    {"a truncate and its sync", base_log, shorten_sync, {SAME(shorten_log)}},
    {"a new file, synced", base_log, new_sync, {BUT_POSIX(make_new, NULL)}},
    {"a new file, its directory synced", base_log, new_sync_dir, {SAME(make_empty)}},
    {"a new file, both synced", base_log, new_sync_both, {SAME(make_new)}},
    {"a file in new directories", base_log, tree_sync, {BUT_POSIX(make_tree, NULL)}},
    {"a new directory, synced", base_log, tree_sync_inner, {BUT_POSIX(make_empty_tree, NULL)}},
    {"an empty directory, synced", base_log, empty_dir_sync, {BUT_POSIX(make_empty_dir, NULL)}},
    {"the directory above it",
     base_log,
     tree_sync_middle,
     {make_dirs, make_empty_tree, make_empty_tree, make_dirs, NULL}},
    {"all directories up to the root", base_log, tree_sync_up, {SAME(make_empty_tree)}},
    {"the second of three new files",
     base_log,
     three_sync_second,
     {make_second, make_first_two, make_first_two, make_second, NULL}},
    {"a name, and a plain sync", base_log, entry_and_plain_sync, {SAME(write_log)}},
    {"a name, and a sync that allocates",
     base_hole,
     entry_and_hole_sync,
     {fill_hole, first_and_hole, first_and_hole, fill_hole, fill_hole}},
    {"a rename", base_log, rename_only, {BUT_POSIX(write_tmp, NULL)}},
    {"a rename, its directory synced", base_log, rename_sync_dir, {SAME(replace_offsets)}},
    {"a rename, the file synced", base_log, rename_sync_file, {BUT_POSIX(replace_offsets, NULL)}},
    {"a rename of a file never synced", base_log, rename_unsynced_sync_dir, {SAME(replace_empty)}},
    {"an unlink", base_log, drop_sync_dir, {SAME(drop_log)}},
    {"a file made anew, synced", base_log, remake_sync, {BUT_POSIX(remake_log, NULL)}},
    {"a file made anew, both synced", base_log, remake_sync_both, {SAME(remake_log)}},
    {"a sync that failed", base_log, failed_sync, {SAME(NULL)}},
    {"a sync after one that failed", base_log, failed_then_good_sync, {SAME(write_log)}},
    {"a sync inside the write", base_log, write_around_sync, {SAME(NULL)}},
    {"a write inside the sync", base_log, write_inside_sync, {SAME(write_first_page)}},
    {"write and sync inside a write", base_log, write_and_sync_inside, {SAME(write_log)}},
    {"a file moved, written and synced",
     base_log,
     write_moved,
     {BUT_POSIX(move_and_write, write_log)}},
};

static void compare_row(struct scene *scene, size_t row, enum loss_model model)
{
    struct persist *persist = walk(scene, model, NULL);
    struct loss none = nothing(persist);
    struct loss all = everything(persist);

    for (uint32_t i = 0; i < persist_item_count(persist); i++) {
        assert_true(loss_keeps(&all, i));
        assert_false(loss_keeps(&none, i));
    }
    if (hash_of(persist, &none) != hash_made(scene, rows[row].durable[model])) {
        fail_msg("%s under %s: something else is durable", rows[row].name, loss_model_name(model));
    }
    if (hash_of(persist, &all) != image_hash(scene->live)) {
        fail_msg("%s under %s: not all is there", rows[row].name, loss_model_name(model));
    }
    persist_free(persist);
}

static void a_sync_makes_durable_what_it_covers(void **state)
{
    (void)state;
    for (size_t row = 0; row < TEST_COUNT(rows); row++) {
        struct scene scene;

        scene_begin(&scene, rows[row].base);
        rows[row].act(&scene);
        uint64_t base = image_hash(scene.base);
        for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
            compare_row(&scene, row, (enum loss_model)model);
        }
        assert_true(image_hash(scene.base) == base);
        scene_end(&scene);
    }
}

/* Syncs that are none */

static enum recording_sync take_void(void *arg, const struct trace_entry *entry)
{
    (void)arg;
    (void)entry;
    return RECORDING_SYNC_VOID;
}

static enum recording_sync take_first_void(void *arg, const struct trace_entry *entry)
{
    (void)arg;
    return entry->hit == 1 ? RECORDING_SYNC_VOID : RECORDING_SYNC_GOOD;
}

static enum recording_sync take_first_clean(void *arg, const struct trace_entry *entry)
{
    (void)arg;
    return entry->hit == 1 ? RECORDING_SYNC_CLEAN : RECORDING_SYNC_GOOD;
}

static enum recording_sync take_first_revert(void *arg, const struct trace_entry *entry)
{
    (void)arg;
    return entry->hit == 1 ? RECORDING_SYNC_REVERT : RECORDING_SYNC_GOOD;
}

static enum recording_sync take_second_revert(void *arg, const struct trace_entry *entry)
{
    (void)arg;
    return entry->hit == 2 ? RECORDING_SYNC_REVERT : RECORDING_SYNC_GOOD;
}

/* Nothing kept is what `durable` makes of the base, everything kept what `cached` makes. */
static void assert_layers(const struct scene *scene, sync_fn *sync, make_fn *durable,
                          make_fn *cached, uint32_t count)
{
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        struct persist *persist = walk(scene, (enum loss_model)model, sync);
        struct loss none = nothing(persist);
        struct loss all = everything(persist);
        struct image *image = NULL;

        assert_int_equal(persist_item_count(persist), count);
        assert_true(hash_of(persist, &none) == hash_made(scene, durable));
        assert_true(hash_of(persist, &all) == hash_made(scene, cached));
        test_code(persist_cached(persist, &image, NULL), 0);
        assert_true(image_hash(image) == hash_made(scene, cached));
        image_free(image);
        persist_free(persist);
    }
}

static void a_lie_covers_nothing_and_leaves_it_dirty(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_sync(&scene);
    assert_layers(&scene, NULL, write_log, write_log, 0);
    assert_layers(&scene, take_void, NULL, write_log, 2);
    /* The next sync writes what the lie left. */
    scene_sync_file(scene.disk, "log");
    assert_layers(&scene, take_first_void, write_log, write_log, 0);
    assert_layers(&scene, take_void, NULL, write_log, 2);
    scene_end(&scene);
}

static void write_first_again(struct disk *disk)
{
    scene_put(disk, "log", 'c', 0, 512);
}

static void write_log_then_first(struct disk *disk)
{
    write_log(disk);
    write_first_again(disk);
}

static void keep_only_first_page(struct disk *disk)
{
    scene_put(disk, "log", 'b', 100, PAGE - 100);
    write_first_again(disk);
}

static void clean_pages_are_never_written(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_sync(&scene);
    scene_sync_file(scene.disk, "log");
    assert_layers(&scene, take_first_clean, NULL, write_log, 2);
    /* Written again, the first page is covered, with all that it holds; the second is not. */
    write_first_again(scene.disk);
    scene_sync_file(scene.disk, "log");
    assert_layers(&scene, take_first_clean, keep_only_first_page, write_log_then_first, 1);
    scene_end(&scene);
}

/* Each page by itself, under btrfs too: the file system believes both to be written. */
static void clean_pages_go_alone(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_sync(&scene);
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        struct persist *persist = walk(&scene, (enum loss_model)model, take_first_clean);

        for (uint64_t subset = 0; subset < 4; subset++) {
            struct loss loss = loss_of(persist, (enum loss_model)model, subset);
            struct persist_item item;

            assert_true(persist_loss_is_legal(persist, &loss));
            persist_item(persist, (uint32_t)subset % 2, &item);
            assert_true(item.is_stuck);
            assert_int_equal(item.page_index, subset % 2);
        }
        persist_free(persist);
    }
    /* What is dirty of the file does not move them either. */
    append_log(scene.disk);
    for (unsigned model = 0; model < LOSS_MODEL_POSIX; model++) {
        struct persist *persist = walk(&scene, (enum loss_model)model, take_first_clean);

        assert_int_equal(persist_item_count(persist), 3);
        for (uint64_t subset = 0; subset < 8; subset++) {
            struct loss loss = loss_of(persist, (enum loss_model)model, subset);

            assert_true(persist_loss_is_legal(persist, &loss));
        }
        persist_free(persist);
    }
    scene_end(&scene);
}

static void write_over_reverted(struct disk *disk)
{
    scene_put(disk, "log", 'c', PAGE, 100);
}

/* The disk of the run is put back as the fault does it: only what comes after counts. */
static void a_revert_is_of_the_cache_too(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    append_log(scene.disk);
    write_sync(&scene);
    assert_layers(&scene, take_first_revert, NULL, NULL, 0);
    /* A page that is written in part is the durable one with the new bytes. */
    write_over_reverted(scene.disk);
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        struct persist *persist = walk(&scene, (enum loss_model)model, take_first_revert);
        struct loss all = everything(persist);

        assert_int_equal(persist_item_count(persist), 1);
        assert_true(hash_of(persist, &all) == hash_made(&scene, write_over_reverted));
        persist_free(persist);
    }
    scene_end(&scene);
}

static void write_first_inside(struct scene *scene)
{
    scene_put(scene->disk, "log", 'x', 0, 600);
}

/* A good sync does not cover what was written while it ran, so a revert takes that too; and what is
 * written while a sync reverts is gone with the rest. */
static void a_revert_takes_what_no_sync_covered(void **state)
{
    struct scene scene;

    (void)state;
    for (unsigned which = 1; which <= 2; which++) {
        scene_begin(&scene, base_log);
        for (unsigned sync = 1; sync <= which; sync++) {
            scene.inside_sync = sync == which ? write_first_inside : NULL;
            scene_sync_file(scene.disk, "log");
        }
        if (which == 1) {
            scene_sync_file(scene.disk, "log");
        }
        assert_layers(&scene, take_second_revert, NULL, NULL, 0);
        scene_end(&scene);
    }
}

static void a_new_file_is_reverted_to_nothing(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    new_sync(&scene);
    /* Its name is left as a choice. */
    assert_layers(&scene, take_first_revert, NULL, make_empty, 1);
    scene_end(&scene);
}

/* What is settled */

static void synced_bytes_wait_for_their_name_under_posix(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    new_sync(&scene);
    struct persist *persist = walk(&scene, LOSS_MODEL_POSIX, NULL);
    struct loss none = nothing(persist);
    struct loss all = everything(persist);
    struct persist_item item;

    assert_int_equal(persist_item_count(persist), 1);
    persist_item(persist, 0, &item);
    assert_int_equal(item.kind, PERSIST_ENTRY);
    assert_string_equal(item.path, "new");
    assert_true(hash_of(persist, &none) == hash_made(&scene, NULL));
    assert_true(hash_of(persist, &all) == hash_made(&scene, make_new));
    persist_free(persist);
    scene_end(&scene);
}

/* What is written over settled bytes is a choice again, with the name below it. */
static void over_settled_bytes_all_is_as_ever(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    new_sync(&scene);
    scene_put(scene.disk, "new", 'x', 0, 10);
    struct persist *persist = walk(&scene, LOSS_MODEL_POSIX, NULL);
    assert_int_equal(persist_item_count(persist), 2);
    struct loss page = loss_of(persist, LOSS_MODEL_POSIX, 2);
    struct loss name = loss_of(persist, LOSS_MODEL_POSIX, 1);

    assert_false(persist_loss_is_legal(persist, &page));
    assert_true(hash_of(persist, &name) == hash_made(&scene, make_new));
    persist_loss_close(persist, false, &page);
    assert_true(loss_keeps(&page, 0) && loss_keeps(&page, 1));
    assert_true(hash_of(persist, &page) == image_hash(scene.live));
    persist_free(persist);
    scene_end(&scene);
}

/* Sizes */

static void two_appends(struct disk *disk)
{
    scene_put(disk, "log", 'b', 2 * PAGE, 100);
    scene_put(disk, "log", 'c', 2 * PAGE + 100, PAGE);
}

static void first_append(struct disk *disk)
{
    scene_put(disk, "log", 'b', 2 * PAGE, 100);
}

static void last_page_of_appends(struct disk *disk)
{
    scene_cut(disk, "log", 3 * PAGE);
    scene_put(disk, "log", 'c', 3 * PAGE, 100);
}

static void both_versions_of_first(struct disk *disk)
{
    scene_put(disk, "log", 'b', 2 * PAGE, 100);
    scene_put(disk, "log", 'c', 2 * PAGE + 100, PAGE - 100);
}

static void first_append_grown(struct disk *disk)
{
    first_append(disk);
    scene_cut(disk, "log", 3 * PAGE + 100);
}

static void grown_by_first(struct disk *disk)
{
    scene_cut(disk, "log", 2 * PAGE + 100);
}

static void assert_leaves(const struct scene *scene, const struct persist *persist,
                          enum loss_model model, uint64_t subset, make_fn *make)
{
    struct loss loss = loss_of(persist, model, subset);

    assert_true(persist_loss_is_legal(persist, &loss));
    assert_true(hash_of(persist, &loss) == hash_made(scene, make));
}

static void assert_illegal(const struct persist *persist, enum loss_model model, uint64_t subset)
{
    struct loss loss = loss_of(persist, model, subset);
    struct image *image = NULL;
    struct err err = ERR_INIT;

    assert_false(persist_loss_is_legal(persist, &loss));
    test_code(persist_loss_image(persist, &loss, &image, &err), -EINVAL);
    assert_null(image);
    test_contains(err.text, loss_model_name(model));
}

/* Items: the third page by the first append, by the second, the fourth page. */
static void an_append_grows_with_its_pages(void **state)
{
    static const enum loss_model models[] = {LOSS_MODEL_ALL, LOSS_MODEL_EXT4, LOSS_MODEL_XFS};
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    two_appends(scene.disk);
    for (size_t i = 0; i < TEST_COUNT(models); i++) {
        struct persist *persist = walk(&scene, models[i], NULL);

        assert_int_equal(persist_item_count(persist), 3);
        assert_leaves(&scene, persist, models[i], 0, NULL);
        assert_leaves(&scene, persist, models[i], 1, first_append);
        assert_leaves(&scene, persist, models[i], 3, both_versions_of_first);
        assert_leaves(&scene, persist, models[i], 4, last_page_of_appends);
        assert_leaves(&scene, persist, models[i], 7, two_appends);
        assert_illegal(persist, models[i], 2);
        assert_illegal(persist, models[i], 6);
        persist_free(persist);
    }
    struct persist *persist = walk(&scene, LOSS_MODEL_BTRFS, NULL);
    assert_leaves(&scene, persist, LOSS_MODEL_BTRFS, 0, NULL);
    assert_leaves(&scene, persist, LOSS_MODEL_BTRFS, 7, two_appends);
    for (uint64_t subset = 1; subset < 7; subset++) {
        assert_illegal(persist, LOSS_MODEL_BTRFS, subset);
    }
    persist_free(persist);
    scene_end(&scene);
}

/* Items: size, page; size, page, page.  No page without room, room without pages. */
static void under_posix_a_size_is_an_item(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    two_appends(scene.disk);
    struct persist *persist = walk(&scene, LOSS_MODEL_POSIX, NULL);

    assert_int_equal(persist_item_count(persist), 5);
    assert_leaves(&scene, persist, LOSS_MODEL_POSIX, 1, grown_by_first);
    assert_leaves(&scene, persist, LOSS_MODEL_POSIX, 3, first_append);
    assert_leaves(&scene, persist, LOSS_MODEL_POSIX, 1 | 2 | 4, first_append_grown);
    assert_leaves(&scene, persist, LOSS_MODEL_POSIX, 31, two_appends);
    assert_illegal(persist, LOSS_MODEL_POSIX, 2);
    assert_illegal(persist, LOSS_MODEL_POSIX, 4);
    assert_illegal(persist, LOSS_MODEL_POSIX, 1 | 16);
    persist_free(persist);
    scene_end(&scene);
}

static void write_and_cut(struct disk *disk)
{
    scene_put(disk, "log", 'b', PAGE, 600);
    scene_cut(disk, "log", PAGE + 100);
}

static void cut_only(struct disk *disk)
{
    scene_cut(disk, "log", PAGE + 100);
}

static void write_before_cut(struct disk *disk)
{
    scene_put(disk, "log", 'b', PAGE, 600);
}

/* Items: page, size.  A truncate does not wait for what it cuts. */
static void a_truncate_goes_by_itself(void **state)
{
    static const enum loss_model models[] = {LOSS_MODEL_ALL, LOSS_MODEL_EXT4, LOSS_MODEL_POSIX};
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_and_cut(scene.disk);
    for (size_t i = 0; i < TEST_COUNT(models); i++) {
        struct persist *persist = walk(&scene, models[i], NULL);

        assert_int_equal(persist_item_count(persist), 2);
        assert_leaves(&scene, persist, models[i], 1, write_before_cut);
        assert_leaves(&scene, persist, models[i], 2, cut_only);
        assert_leaves(&scene, persist, models[i], 3, write_and_cut);
        persist_free(persist);
    }
    scene_end(&scene);
}

/* Names */

static void make_two_dirs_of_files(struct disk *disk)
{
    scene_make_dir(disk, "one");
    scene_put(disk, "one/a", 'a', 0, 10);
    scene_make_dir(disk, "two");
    scene_put(disk, "two/b", 'b', 0, 10);
}

static void second_dir_of_files(struct disk *disk)
{
    scene_make_dir(disk, "two");
    scene_put(disk, "two/b", 'b', 0, 10);
}

static void a_lost_directory_takes_all_below_it(void **state)
{
    static const enum loss_model models[] = {LOSS_MODEL_ALL, LOSS_MODEL_BTRFS, LOSS_MODEL_POSIX};
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    make_two_dirs_of_files(scene.disk);
    for (size_t i = 0; i < TEST_COUNT(models); i++) {
        struct persist *persist = walk(&scene, models[i], NULL);
        struct loss loss = everything(persist);
        struct persist_item item;

        persist_item(persist, 0, &item);
        assert_string_equal(item.path, "one");
        loss.kept[0] &= ~UINT64_C(1);
        assert_false(persist_loss_is_legal(persist, &loss));
        persist_loss_close(persist, true, &loss);
        assert_true(hash_of(persist, &loss) == hash_made(&scene, second_dir_of_files));
        persist_free(persist);
    }
    struct persist *persist = walk(&scene, LOSS_MODEL_EXT4, NULL);
    struct loss loss = everything(persist);
    loss.kept[0] &= ~UINT64_C(1);
    persist_loss_close(persist, true, &loss);
    /* One sequence: what came after is lost too. */
    assert_true(hash_of(persist, &loss) == hash_made(&scene, NULL));
    persist_free(persist);
    scene_end(&scene);
}

static void a_rename_is_undone_whole(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    rename_only(&scene);
    for (unsigned model = 0; model < LOSS_MODEL_POSIX; model++) {
        struct persist *persist = walk(&scene, (enum loss_model)model, NULL);

        assert_int_equal(persist_item_count(persist), 1);
        assert_leaves(&scene, persist, (enum loss_model)model, 0, write_tmp);
        assert_leaves(&scene, persist, (enum loss_model)model, 1, replace_offsets);
        persist_free(persist);
    }
    struct persist *persist = walk(&scene, LOSS_MODEL_POSIX, NULL);
    assert_int_equal(persist_item_count(persist), 2);
    assert_leaves(&scene, persist, LOSS_MODEL_POSIX, 0, NULL);
    assert_leaves(&scene, persist, LOSS_MODEL_POSIX, 1, write_tmp);
    assert_leaves(&scene, persist, LOSS_MODEL_POSIX, 3, replace_offsets);
    assert_illegal(persist, LOSS_MODEL_POSIX, 2);
    persist_free(persist);
    scene_end(&scene);
}

static void rename_over_new(struct disk *disk)
{
    scene_put(disk, "fresh", 'f', 0, 0);
    scene_put(disk, "fresh.tmp", 't', 0, 0);
    scene_move(disk, "fresh.tmp", "fresh");
}

/* Items: the target, the source, the rename, which needs both. */
static void a_rename_needs_what_it_replaces(void **state)
{
    static const enum loss_model models[] = {LOSS_MODEL_ALL, LOSS_MODEL_POSIX};
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    rename_over_new(scene.disk);
    for (size_t i = 0; i < TEST_COUNT(models); i++) {
        struct persist *persist = walk(&scene, models[i], NULL);

        assert_int_equal(persist_item_count(persist), 3);
        assert_illegal(persist, models[i], 2 | 4);
        assert_illegal(persist, models[i], 1 | 4);
        assert_leaves(&scene, persist, models[i], 7, rename_over_new);
        persist_free(persist);
    }
    scene_end(&scene);
}

static void write_then_remake(struct disk *disk)
{
    scene_put(disk, "log", 'w', 0, 10);
    remake_log(disk);
}

static void write_in_old(struct disk *disk)
{
    scene_put(disk, "log", 'w', 0, 10);
}

static void make_log_empty(struct disk *disk)
{
    scene_drop(disk, "log");
    scene_put(disk, "log", 'z', 0, 0);
}

/* Items: page of the old file, unlink, create, page of the new one. */
static void two_files_of_one_name_are_two(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_then_remake(scene.disk);
    struct persist *persist = walk(&scene, LOSS_MODEL_ALL, NULL);

    assert_int_equal(persist_item_count(persist), 4);
    assert_leaves(&scene, persist, LOSS_MODEL_ALL, 1, write_in_old);
    assert_leaves(&scene, persist, LOSS_MODEL_ALL, 2, drop_log);
    assert_leaves(&scene, persist, LOSS_MODEL_ALL, 3, drop_log);
    assert_leaves(&scene, persist, LOSS_MODEL_ALL, 2 | 4, make_log_empty);
    assert_leaves(&scene, persist, LOSS_MODEL_ALL, 2 | 4 | 8, remake_log);
    assert_illegal(persist, LOSS_MODEL_ALL, 4);
    assert_illegal(persist, LOSS_MODEL_ALL, 2 | 8);
    persist_free(persist);
    scene_end(&scene);
}

/* In flight */

static size_t done_of(const struct scene *scene, enum point_op op)
{
    for (size_t done = 0; done < trace_done_count(scene->trace); done++) {
        struct trace_entry entry;

        trace_get(scene->trace, trace_done_index(scene->trace, done), &entry);
        if (entry.op == op) {
            return done;
        }
    }
    fail_msg("no such operation");
    return 0;
}

/* At the end of the inner sync the outer write has begun: its pages are choices, under btrfs each
 * by itself. */
static void what_has_begun_may_be_there(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_around_sync(&scene);
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        struct persist *persist =
            walk_to(&scene, (enum loss_model)model, NULL, done_of(&scene, POINT_OP_SYNC));

        assert_int_equal(persist_item_count(persist), 2);
        for (uint64_t subset = 0; subset < 4; subset++) {
            struct loss loss = loss_of(persist, (enum loss_model)model, subset);
            struct persist_item item;

            persist_item(persist, subset % 2, &item);
            assert_true(item.is_in_flight);
            assert_true(persist_loss_is_legal(persist, &loss));
        }
        /* A kill leaves what had ended: nothing of it. */
        struct image *image = NULL;
        test_code(persist_cached(persist, &image, NULL), 0);
        assert_true(image_hash(image) == hash_made(&scene, NULL));
        image_free(image);
        persist_free(persist);
    }
    scene_end(&scene);
}

static void looking_at_what_is_in_flight_changes_nothing(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    make_tree(scene.disk);
    rename_only(&scene);
    write_then_remake(scene.disk);
    write_around_sync(&scene);
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        size_t count = trace_done_count(scene.trace);
        struct persist *step = walk_to(&scene, (enum loss_model)model, NULL, 0);

        for (size_t done = 0; done <= count; done++) {
            struct persist *jump = walk_to(&scene, (enum loss_model)model, NULL, done);

            test_code(persist_seek(step, done, NULL), 0);
            assert_int_equal(persist_item_count(step), persist_item_count(jump));
            struct loss all = everything(step);
            struct loss none = nothing(step);
            assert_true(hash_of(step, &all) == hash_of(jump, &all));
            assert_true(hash_of(step, &none) == hash_of(jump, &none));
            persist_free(jump);
        }
        persist_free(step);
    }
    scene_end(&scene);
}

/* Past what a token can name */

static void of_too_many_the_oldest_are_there(void **state)
{
    enum { EXTRA = 7 };
    struct scene scene;
    struct err err = ERR_INIT;

    (void)state;
    scene_begin(&scene, base_log);
    for (unsigned i = 0; i < LOSS_ITEMS_MAX + EXTRA; i++) {
        scene_put(scene.disk, "log", (char)('a' + i % 26), 0, 700);
    }
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        struct persist *persist = walk(&scene, (enum loss_model)model, NULL);
        struct loss none = nothing(persist);
        struct image *expected = image_clone(scene.base);
        struct disk *disk = scene_open_disk(expected);

        assert_int_equal(persist_item_count(persist), LOSS_ITEMS_MAX);
        assert_int_equal(persist_item_overflow(persist), EXTRA);
        scene_put(disk, "log", 'a' + EXTRA - 1, 0, 700);
        assert_true(hash_of(persist, &none) == image_hash(expected));
        disk_free(disk);
        image_free(expected);
        persist_free(persist);
    }
    /* What is synced is an item no more. */
    scene_sync_file(scene.disk, "log");
    scene_put(scene.disk, "log", 'z', 0, 700);
    struct persist *persist = walk(&scene, LOSS_MODEL_ALL, NULL);
    assert_int_equal(persist_item_overflow(persist), 0);
    assert_int_equal(persist_item_count(persist), 1);
    test_ok(persist_seek(persist, trace_done_count(scene.trace), &err), err);
    persist_free(persist);
    scene_end(&scene);
}

/* Choices that are none, and the nearest that is one */

static void mixed_items(struct scene *scene)
{
    struct disk *disk = scene->disk;

    scene_make_dir(disk, "dir");
    scene_put(disk, "dir/a", 'a', 0, PAGE + 10);
    scene_put(disk, "log", 'b', 0, 2 * PAGE);
    scene_put(disk, "dir/a", 'c', 0, 600);
    scene_move(disk, "dir/a", "b");
}

/* The largest legal choice within `wanted` (the union of all there are), or the smallest around
 * it (what all have in common). */
static uint64_t nearest(const struct persist *persist, enum loss_model model, uint64_t wanted,
                        bool drop)
{
    uint64_t found = drop ? 0 : (UINT64_C(1) << persist_item_count(persist)) - 1;

    for (uint64_t subset = 0; subset < UINT64_C(1) << persist_item_count(persist); subset++) {
        struct loss loss = loss_of(persist, model, subset);
        bool is_near = drop ? (subset & ~wanted) == 0 : (wanted & ~subset) == 0;

        if (is_near && persist_loss_is_legal(persist, &loss)) {
            found = drop ? found | subset : found & subset;
        }
    }
    return found;
}

static void closing_finds_the_nearest_choice(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    scene.inside = NULL;
    mixed_items(&scene);
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        struct persist *persist = walk(&scene, (enum loss_model)model, NULL);

        assert_in_range(persist_item_count(persist), 8, 10);
        for (uint64_t subset = 0; subset < UINT64_C(1) << persist_item_count(persist); subset++) {
            for (unsigned drop = 0; drop < 2; drop++) {
                struct loss loss;

                memset(&loss, 0, sizeof(loss));
                loss.kept[0] = subset;
                persist_loss_close(persist, drop != 0, &loss);
                assert_true(persist_loss_is_legal(persist, &loss));
                assert_true(loss.kept[0] ==
                            nearest(persist, (enum loss_model)model, subset, drop != 0));
            }
        }
        persist_free(persist);
    }
    scene_end(&scene);
}

static void assert_no_image(const struct persist *persist, const struct loss *loss)
{
    struct image *image = NULL;
    struct err err = ERR_INIT;

    assert_false(persist_loss_is_legal(persist, loss));
    test_code(persist_loss_image(persist, loss, &image, &err), -EINVAL);
    assert_null(image);
}

static void another_count_or_model_is_refused(void **state)
{
    struct scene scene;
    struct image *image = NULL;
    struct err err = ERR_INIT;

    (void)state;
    scene_begin(&scene, base_log);
    write_log(scene.disk);
    struct persist *persist = walk(&scene, LOSS_MODEL_ALL, NULL);
    struct loss loss = loss_of(persist, LOSS_MODEL_ALL, 3);
    assert_true(persist_loss_is_legal(persist, &loss));
    loss.item_count = 5;
    assert_no_image(persist, &loss);
    test_code(persist_loss_image(persist, &loss, &image, &err), -EINVAL);
    test_contains(err.text, "5 items");
    test_contains(err.text, "here 2");
    loss = loss_of(persist, LOSS_MODEL_EXT4, 3);
    assert_no_image(persist, &loss);
    persist_free(persist);
    scene_end(&scene);
}

static struct loss torn(const struct persist *persist, uint64_t subset, uint16_t item,
                        uint8_t sectors)
{
    struct loss loss = loss_of(persist, LOSS_MODEL_ALL, subset);

    loss.tear_count = 1;
    loss.tears[0] = (struct loss_tear){.item = item, .sectors = sectors};
    return loss;
}

static void torn_log(struct disk *disk)
{
    scene_put(disk, "log", 'b', 512, 512);
}

static void torn_both(struct disk *disk)
{
    torn_log(disk);
    scene_cut(disk, "offsets", 1024); /* a tear brings the size of its write */
    scene_put(disk, "offsets", 'c', 0, 512);
}

/* Items: both pages of the log, the first once more, the offsets, a name. */
static void a_tear_is_of_a_dropped_page_with_its_need(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    scene_put(scene.disk, "log", 'b', 0, 2 * PAGE);
    scene_put(scene.disk, "log", 'd', 0, PAGE);
    scene_put(scene.disk, "offsets", 'c', 0, 1024);
    make_first(scene.disk);
    struct persist *persist = walk(&scene, LOSS_MODEL_ALL, NULL);
    struct loss loss = torn(persist, 0, 0, 2);

    assert_int_equal(persist_item_count(persist), 5);
    assert_int_equal(persist_item_differing(persist, 0), 0xff);
    assert_int_equal(persist_item_differing(persist, 3), 3);
    assert_int_equal(persist_item_differing(persist, 4), 0);
    assert_true(hash_of(persist, &loss) == hash_made(&scene, torn_log));
    loss.tears[1] = (struct loss_tear){.item = 3, .sectors = 1};
    loss.tear_count = 2;
    assert_true(hash_of(persist, &loss) == hash_made(&scene, torn_both));
    loss.tears[1].item = 1; /* two of one file */
    assert_no_image(persist, &loss);
    loss.tear_count = 3;
    assert_no_image(persist, &loss);
    loss = torn(persist, 1, 0, 2); /* kept */
    assert_no_image(persist, &loss);
    loss = torn(persist, 0, 0, 0); /* none of its sectors */
    assert_no_image(persist, &loss);
    loss = torn(persist, 0, 0, UINT8_MAX); /* all of them */
    assert_no_image(persist, &loss);
    loss = torn(persist, 0, 2, 2); /* the version before is not there */
    assert_no_image(persist, &loss);
    loss = torn(persist, 1, 2, 2);
    assert_true(persist_loss_is_legal(persist, &loss));
    loss = torn(persist, 0, 4, 2); /* a name */
    assert_no_image(persist, &loss);
    loss = torn(persist, 0, 5, 2); /* no item */
    assert_no_image(persist, &loss);
    persist_free(persist);
    scene_end(&scene);
}

/* What an image is made of stays as it was: the base, and the images before. */
static void images_share_nothing_that_changes(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_log(scene.disk);
    append_log(scene.disk);
    uint64_t base = image_hash(scene.base);
    struct persist *persist = walk(&scene, LOSS_MODEL_ALL, NULL);
    struct loss all = everything(persist);
    struct loss none = nothing(persist);
    struct image *first = image_of(persist, &all);
    struct disk *disk = scene_open_disk(first);
    scene_put(disk, "log", 'X', 0, 3 * PAGE);
    scene_drop(disk, "offsets");
    disk_free(disk);
    assert_true(hash_of(persist, &all) == image_hash(scene.live));
    assert_true(hash_of(persist, &none) == base);
    assert_true(image_hash(scene.base) == base);
    persist_free(persist);
    assert_true(image_hash(first) != base);
    image_free(first);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sync_makes_durable_what_it_covers),
        cmocka_unit_test(a_lie_covers_nothing_and_leaves_it_dirty),
        cmocka_unit_test(clean_pages_are_never_written),
        cmocka_unit_test(clean_pages_go_alone),
        cmocka_unit_test(a_revert_is_of_the_cache_too),
        cmocka_unit_test(a_revert_takes_what_no_sync_covered),
        cmocka_unit_test(a_new_file_is_reverted_to_nothing),
        cmocka_unit_test(synced_bytes_wait_for_their_name_under_posix),
        cmocka_unit_test(over_settled_bytes_all_is_as_ever),
        cmocka_unit_test(an_append_grows_with_its_pages),
        cmocka_unit_test(under_posix_a_size_is_an_item),
        cmocka_unit_test(a_truncate_goes_by_itself),
        cmocka_unit_test(a_lost_directory_takes_all_below_it),
        cmocka_unit_test(a_rename_is_undone_whole),
        cmocka_unit_test(a_rename_needs_what_it_replaces),
        cmocka_unit_test(two_files_of_one_name_are_two),
        cmocka_unit_test(what_has_begun_may_be_there),
        cmocka_unit_test(looking_at_what_is_in_flight_changes_nothing),
        cmocka_unit_test(of_too_many_the_oldest_are_there),
        cmocka_unit_test(closing_finds_the_nearest_choice),
        cmocka_unit_test(another_count_or_model_is_refused),
        cmocka_unit_test(a_tear_is_of_a_dropped_page_with_its_need),
        cmocka_unit_test(images_share_nothing_that_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
