/* The legality check: what each model allows passes, what it does not is refused with the place. */
#include "harness/power/legal/legal.h"
#include "harness/power/persist/persist.h"
#include "harness/power/trace/tests/scene.h"
#include "harness/testkit/test.h"

#ifndef RANDOM_TRACES
#    define RANDOM_TRACES 60
#endif

typedef enum recording_sync sync_fn(void *arg, const struct trace_entry *entry);

static int check_at(struct scene *scene, enum loss_model model, sync_fn *sync, size_t done,
                    struct image *image, struct err *err)
{
    struct recording recording = {.trace = scene->trace, .base = scene->base, .sync = sync};
    struct legal *legal = NULL;
    int result = legal_new(&recording, model, &legal, err);

    if (result == 0) {
        result = legal_check(legal, done, image, err);
    }
    (void)legal_free(legal);
    return result;
}

static void assert_legal(struct scene *scene, enum loss_model model, const struct image *from,
                         void (*make)(struct disk *disk))
{
    struct image *image = scene_made(from, make);
    struct err err = ERR_INIT;

    test_ok(check_at(scene, model, NULL, trace_done_count(scene->trace), image, &err), err);
    (void)image_free(image);
}

static void assert_refused(struct scene *scene, enum loss_model model, const struct image *from,
                           void (*make)(struct disk *disk), const char *reason)
{
    struct image *image = scene_made(from, make);
    struct err err = ERR_INIT;

    test_code(check_at(scene, model, NULL, trace_done_count(scene->trace), image, &err), -EILSEQ);
    test_contains(err.text, reason);
    (void)image_free(image);
}

static void assert_legal_in_all(struct scene *scene, const struct image *from,
                                void (*make)(struct disk *disk))
{
    for (unsigned i = 0; i < LOSS_MODEL_COUNT; i++) {
        assert_legal(scene, (enum loss_model)i, from, make);
    }
}

static void assert_refused_in_all(struct scene *scene, const struct image *from,
                                  void (*make)(struct disk *disk), const char *reason)
{
    for (unsigned i = 0; i < LOSS_MODEL_COUNT; i++) {
        assert_refused(scene, (enum loss_model)i, from, make, reason);
    }
}

/* One durable file of two pages. */

static void base_log(struct disk *disk)
{
    scene_put(disk, "log", 'a', 0, 2 * PAGE);
}

static void write_first(struct disk *disk)
{
    scene_put(disk, "log", 'b', 0, PAGE);
}

static void write_second(struct disk *disk)
{
    scene_put(disk, "log", 'b', PAGE, PAGE);
}

static void write_other_bytes(struct disk *disk)
{
    scene_put(disk, "log", 'x', 100, 1);
}

static void tear_first(struct disk *disk)
{
    scene_put(disk, "log", 'b', 512, 1024);
}

static void tear_both(struct disk *disk)
{
    scene_put(disk, "log", 'b', 512, 1024);
    scene_put(disk, "log", 'b', PAGE + 512, 1024);
}

static void tear_inside_a_sector(struct disk *disk)
{
    scene_put(disk, "log", 'b', 512, 700);
}

static void shorten(struct disk *disk)
{
    scene_cut(disk, "log", PAGE + 100);
}

static void lengthen(struct disk *disk)
{
    scene_cut(disk, "log", 3 * PAGE);
}

static void pages_survive_alone(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_first(scene.disk);
    write_second(scene.disk);
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_legal_in_all(&scene, scene.base, NULL);
    assert_legal_in_all(&scene, scene.base, tear_first);
    for (unsigned i = 0; i < LOSS_MODEL_COUNT; i++) {
        if (i == LOSS_MODEL_BTRFS) {
            /* The last write is in flight at its end, not after. */
            assert_refused(&scene, LOSS_MODEL_BTRFS, scene.base, write_first, "page");
        } else {
            assert_legal(&scene, (enum loss_model)i, scene.base, write_first);
            assert_legal(&scene, (enum loss_model)i, scene.base, write_second);
        }
    }
    assert_refused_in_all(&scene, scene.live, write_other_bytes, "'log': page 0");
    assert_refused_in_all(&scene, scene.base, tear_both, "'log': page");
    assert_refused_in_all(&scene, scene.base, tear_inside_a_sector, "page 0");
    assert_refused_in_all(&scene, scene.base, shorten, "'log'");
    assert_refused_in_all(&scene, scene.base, lengthen, "'log'");
    scene_end(&scene);
}

static void write_three(struct disk *disk)
{
    scene_put(disk, "log", 'b', 0, PAGE);
    scene_put(disk, "log", 'c', 0, PAGE);
}

static void mix_three(struct disk *disk)
{
    scene_put(disk, "log", 'b', 512, 512);
    scene_put(disk, "log", 'c', 1024, 512);
}

static void mix_first_and_last(struct disk *disk)
{
    scene_put(disk, "log", 'c', 1024, 512);
}

static void mix_last_two(struct disk *disk)
{
    scene_put(disk, "log", 'b', 0, PAGE);
    scene_put(disk, "log", 'c', 1024, 512);
}

static void a_torn_page_mixes_neighbours_only(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_three(scene.disk);
    assert_refused_in_all(&scene, scene.base, mix_three, "page 0");
    assert_refused_in_all(&scene, scene.base, mix_first_and_last, "page 0");
    assert_legal(&scene, LOSS_MODEL_ALL, scene.base, mix_last_two);
    assert_legal(&scene, LOSS_MODEL_EXT4, scene.base, mix_last_two);
    assert_legal(&scene, LOSS_MODEL_POSIX, scene.base, mix_last_two);
    /* Under btrfs the version in the middle goes with the rest of its file. */
    assert_refused(&scene, LOSS_MODEL_BTRFS, scene.base, mix_last_two, "page 0");
    scene_end(&scene);
}

static void a_good_sync_is_the_floor(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_first(scene.disk);
    scene_sync_file(scene.disk, "log");
    write_second(scene.disk);
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_legal_in_all(&scene, scene.base, write_first);
    assert_refused_in_all(&scene, scene.base, NULL, "page 0");
    assert_refused_in_all(&scene, scene.base, write_second, "page 0");
    assert_refused_in_all(&scene, scene.base, tear_first, "page 0");
    scene_end(&scene);
}

/* Syncs that are none. */

static enum recording_sync take_void(void *arg, const struct trace_entry *entry)
{
    (void)arg;
    (void)entry;
    return RECORDING_SYNC_VOID;
}

static enum recording_sync take_first_clean(void *arg, const struct trace_entry *entry)
{
    (void)arg;
    return entry->hit == 1 ? RECORDING_SYNC_CLEAN : RECORDING_SYNC_GOOD;
}

static enum recording_sync take_revert(void *arg, const struct trace_entry *entry)
{
    (void)arg;
    (void)entry;
    return RECORDING_SYNC_REVERT;
}

static void assert_with(struct scene *scene, sync_fn *sync, enum loss_model model,
                        const struct image *from, void (*make)(struct disk *disk), int code)
{
    struct image *image = scene_made(from, make);
    struct err err = ERR_INIT;

    test_code(check_at(scene, model, sync, trace_done_count(scene->trace), image, &err), code);
    (void)image_free(image);
}

static void a_lying_sync_covers_nothing(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_first(scene.disk);
    scene_sync_file(scene.disk, "log");
    for (unsigned i = 0; i < LOSS_MODEL_COUNT; i++) {
        assert_with(&scene, take_void, (enum loss_model)i, scene.base, NULL, 0);
        assert_with(&scene, take_void, (enum loss_model)i, scene.live, NULL, 0);
        assert_with(&scene, NULL, (enum loss_model)i, scene.base, NULL, -EILSEQ);
    }
    scene_end(&scene);
}

static void write_first_again(struct disk *disk)
{
    scene_put(disk, "log", 'c', 0, PAGE);
}

static void a_page_left_clean_is_never_covered(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_first(scene.disk);
    scene_sync_file(scene.disk, "log");
    write_second(scene.disk);
    scene_sync_file(scene.disk, "log");
    /* The second sync covers the second page only. */
    assert_with(&scene, take_first_clean, LOSS_MODEL_EXT4, scene.base, write_second, 0);
    assert_with(&scene, take_first_clean, LOSS_MODEL_EXT4, scene.live, NULL, 0);
    assert_with(&scene, take_first_clean, LOSS_MODEL_EXT4, scene.base, write_first, -EILSEQ);
    assert_with(&scene, take_first_clean, LOSS_MODEL_EXT4, scene.base, NULL, -EILSEQ);
    /* Dirtied again, it is covered as usual. */
    write_first_again(scene.disk);
    scene_sync_file(scene.disk, "log");
    assert_with(&scene, take_first_clean, LOSS_MODEL_EXT4, scene.live, NULL, 0);
    assert_with(&scene, take_first_clean, LOSS_MODEL_EXT4, scene.live, write_first, -EILSEQ);
    scene_end(&scene);
}

static void a_reverted_write_is_gone(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    write_first(scene.disk);
    lengthen(scene.disk);
    scene_sync_file(scene.disk, "log");
    for (unsigned i = 0; i < LOSS_MODEL_COUNT; i++) {
        assert_with(&scene, take_revert, (enum loss_model)i, scene.base, NULL, 0);
        assert_with(&scene, take_revert, (enum loss_model)i, scene.base, write_first, -EILSEQ);
        assert_with(&scene, take_revert, (enum loss_model)i, scene.live, NULL, -EILSEQ);
    }
    scene_end(&scene);
}

/* Names. */

static void make_first(struct disk *disk)
{
    scene_put(disk, "first", 'a', 0, 0);
}

static void make_second(struct disk *disk)
{
    scene_put(disk, "second", 'a', 0, 0);
}

static void make_both(struct disk *disk)
{
    make_first(disk);
    make_second(disk);
}

static void make_third(struct disk *disk)
{
    scene_put(disk, "third", 'a', 0, 0);
}

static void make_dir_of_name(struct disk *disk)
{
    scene_make_dir(disk, "first");
}

static void entries_follow_the_model(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, NULL);
    make_both(scene.disk);
    assert_legal_in_all(&scene, scene.base, NULL);
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_legal_in_all(&scene, scene.base, make_first);
    assert_legal(&scene, LOSS_MODEL_ALL, scene.base, make_second);
    assert_legal(&scene, LOSS_MODEL_POSIX, scene.base, make_second);
    assert_legal(&scene, LOSS_MODEL_BTRFS, scene.base, make_second);
    assert_refused(&scene, LOSS_MODEL_EXT4, scene.base, make_second, "prefix");
    assert_refused(&scene, LOSS_MODEL_XFS, scene.base, make_second, "prefix");
    assert_refused_in_all(&scene, scene.live, make_third, "'third': nothing ever made it");
    assert_refused_in_all(&scene, scene.base, make_dir_of_name, "'first' is a directory");
    scene_end(&scene);
}

static void a_synced_entry_is_there(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, NULL);
    make_both(scene.disk);
    scene_sync_dir(scene.disk, "");
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_refused_in_all(&scene, scene.base, NULL, "'first' is not there");
    assert_refused_in_all(&scene, scene.base, make_first, "'second' is not there");
    scene_end(&scene);
}

static void write_new(struct disk *disk)
{
    scene_put(disk, "new", 'a', 0, PAGE);
}

static void write_new_empty(struct disk *disk)
{
    scene_put(disk, "new", 'a', 0, 0);
}

static void a_synced_file_may_lack_its_entry_under_posix(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, NULL);
    write_new(scene.disk);
    scene_sync_file(scene.disk, "new");
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_legal(&scene, LOSS_MODEL_POSIX, scene.base, NULL);
    assert_refused(&scene, LOSS_MODEL_ALL, scene.base, NULL, "'new' is not there");
    assert_refused(&scene, LOSS_MODEL_EXT4, scene.base, NULL, "'new' is not there");
    assert_refused(&scene, LOSS_MODEL_BTRFS, scene.base, NULL, "'new' is not there");
    /* When the entry is there, the content is. */
    assert_refused_in_all(&scene, scene.base, write_new_empty, "'new'");
    scene_end(&scene);
}

static void base_offsets(struct disk *disk)
{
    scene_put(disk, "offsets", 'a', 0, 100);
}

static void replace_offsets(struct disk *disk)
{
    scene_put(disk, "offsets.tmp", 'b', 0, 100);
    scene_sync_file(disk, "offsets.tmp");
    scene_move(disk, "offsets.tmp", "offsets");
}

static void only_new_offsets(struct disk *disk)
{
    scene_put(disk, "offsets", 'b', 0, 100);
}

static void both_offsets(struct disk *disk)
{
    scene_put(disk, "offsets.tmp", 'b', 0, 100);
}

static void both_new_offsets(struct disk *disk)
{
    scene_put(disk, "offsets.tmp", 'b', 0, 100);
    scene_put(disk, "offsets", 'b', 0, 100);
}

static void no_offsets(struct disk *disk)
{
    scene_drop(disk, "offsets");
}

static void a_rename_is_one_step(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_offsets);
    replace_offsets(scene.disk);
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_legal_in_all(&scene, scene.base, only_new_offsets);
    assert_refused_in_all(&scene, scene.base, no_offsets, "'offsets' is not there");
    for (unsigned i = 0; i < LOSS_MODEL_COUNT; i++) {
        struct image *twice = scene_made(scene.base, both_new_offsets);
        struct err err = ERR_INIT;

        assert_legal(&scene, (enum loss_model)i, scene.base, both_offsets);
        test_code(
            check_at(&scene, (enum loss_model)i, NULL, trace_done_count(scene.trace), twice, &err),
            -EILSEQ);
        (void)image_free(twice);
    }
    assert_refused(&scene, LOSS_MODEL_ALL, scene.base, NULL, "not all together");
    assert_refused(&scene, LOSS_MODEL_EXT4, scene.base, NULL, "prefix");
    assert_legal(&scene, LOSS_MODEL_POSIX, scene.base, NULL);
    scene_end(&scene);
}

/* Equal contents: three times the same offsets, in one chain of renames. */
static void replace_thrice(struct disk *disk)
{
    for (unsigned i = 0; i < 3; i++) {
        scene_put(disk, "offsets.tmp", 'a', 0, 100);
        scene_move(disk, "offsets.tmp", "offsets");
    }
}

static void any_explanation_will_do(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_offsets);
    replace_thrice(scene.disk);
    assert_legal_in_all(&scene, scene.base, NULL);
    assert_legal_in_all(&scene, scene.live, NULL);
    for (unsigned i = 0; i < LOSS_MODEL_COUNT; i++) {
        if (i != LOSS_MODEL_BTRFS) {
            struct image *image = scene_made(scene.base, NULL);
            struct disk *disk = scene_open_disk(image);
            struct err err = ERR_INIT;

            scene_put(disk, "offsets.tmp", 'a', 0, 100);
            test_ok(check_at(&scene, (enum loss_model)i, NULL, trace_done_count(scene.trace), image,
                             &err),
                    err);
            scene_put(disk, "offsets.tmp", 'b', 0, 1);
            test_code(check_at(&scene, (enum loss_model)i, NULL, trace_done_count(scene.trace),
                               image, &err),
                      -EILSEQ);
            (void)disk_free(disk);
            (void)image_free(image);
        }
    }
    scene_end(&scene);
}

static void make_tree(struct disk *disk)
{
    scene_make_dir(disk, "dir");
    scene_make_dir(disk, "dir/sub");
    scene_put(disk, "dir/sub/file", 'a', 0, 10);
}

static void make_top(struct disk *disk)
{
    scene_make_dir(disk, "dir");
}

static void a_synced_file_brings_its_directories(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, NULL);
    make_tree(scene.disk);
    assert_legal_in_all(&scene, scene.base, make_top);
    scene_sync_file(scene.disk, "dir/sub/file");
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_refused(&scene, LOSS_MODEL_ALL, scene.base, make_top, "'dir/sub' is not there");
    assert_refused(&scene, LOSS_MODEL_XFS, scene.base, NULL, "'dir' is not there");
    assert_refused(&scene, LOSS_MODEL_BTRFS, scene.base, NULL, "'dir' is not there");
    assert_legal(&scene, LOSS_MODEL_POSIX, scene.base, make_top);
    scene_end(&scene);
}

static void an_entry_waits_for_its_directory_under_posix(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, NULL);
    make_tree(scene.disk);
    scene_sync_dir(scene.disk, "dir");
    assert_legal(&scene, LOSS_MODEL_POSIX, scene.base, NULL);
    assert_refused(&scene, LOSS_MODEL_POSIX, scene.base, make_top, "");
    assert_refused(&scene, LOSS_MODEL_ALL, scene.base, NULL, "'dir' is not there");
    scene_end(&scene);
}

static void base_removed(struct disk *disk)
{
    scene_put(disk, "old", 'a', 0, 10);
}

static void an_unlink_may_be_undone(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_removed);
    scene_drop(scene.disk, "old");
    assert_legal_in_all(&scene, scene.base, NULL);
    assert_legal_in_all(&scene, scene.live, NULL);
    scene_sync_dir(scene.disk, "");
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_refused_in_all(&scene, scene.base, NULL, "'old' is a file");
    scene_end(&scene);
}

/* Sizes. */

static void base_empty(struct disk *disk)
{
    scene_put(disk, "log", 'a', 0, 0);
}

static void extend(struct disk *disk)
{
    scene_cut(disk, "log", 4 * PAGE);
}

static void extend_and_write(struct disk *disk)
{
    extend(disk);
    scene_put(disk, "log", 'b', PAGE, PAGE);
}

static void extend_half(struct disk *disk)
{
    scene_cut(disk, "log", 2 * PAGE);
}

static void write_without_room(struct disk *disk)
{
    scene_put(disk, "log", 'b', PAGE, PAGE);
}

static void a_page_needs_its_room(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_empty);
    extend_and_write(scene.disk);
    assert_legal_in_all(&scene, scene.base, NULL);
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_refused_in_all(&scene, scene.base, extend_half, "'log'");
    assert_refused_in_all(&scene, scene.base, write_without_room, "'log'");
    for (unsigned i = 0; i < LOSS_MODEL_COUNT; i++) {
        if (i == LOSS_MODEL_BTRFS) {
            assert_refused(&scene, LOSS_MODEL_BTRFS, scene.base, extend, "'log'");
        } else {
            assert_legal(&scene, (enum loss_model)i, scene.base, extend);
        }
    }
    scene_end(&scene);
}

static void append_two_pages(struct disk *disk)
{
    scene_put(disk, "log", 'a', 0, 100);
    scene_put(disk, "log", 'b', 100, PAGE);
}

static void append_first(struct disk *disk)
{
    scene_put(disk, "log", 'a', 0, 100);
}

static void append_second_page_only(struct disk *disk)
{
    scene_put(disk, "log", 'b', PAGE, 100);
}

static void size_without_data(struct disk *disk)
{
    scene_cut(disk, "log", 100);
}

static void size_between(struct disk *disk)
{
    scene_cut(disk, "log", 50);
}

static void appends_bring_their_size(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_empty);
    append_two_pages(scene.disk);
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_legal(&scene, LOSS_MODEL_ALL, scene.base, append_first);
    assert_legal(&scene, LOSS_MODEL_ALL, scene.base, append_second_page_only);
    assert_legal(&scene, LOSS_MODEL_EXT4, scene.base, append_second_page_only);
    assert_refused_in_all(&scene, scene.base, size_between, "'log'");
    /* Sizes alone: the size may be there without the bytes. */
    assert_legal(&scene, LOSS_MODEL_POSIX, scene.base, size_without_data);
    scene_end(&scene);
}

static void base_long(struct disk *disk)
{
    scene_put(disk, "log", 'a', 0, 2 * PAGE);
}

static void cut_and_extend(struct disk *disk)
{
    scene_cut(disk, "log", 1000);
    scene_cut(disk, "log", 2 * PAGE);
}

static void what_a_truncate_cut_stays_cut(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_long);
    cut_and_extend(scene.disk);
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_legal_in_all(&scene, scene.base, NULL);
    scene_sync_file(scene.disk, "log");
    assert_legal_in_all(&scene, scene.live, NULL);
    assert_refused_in_all(&scene, scene.base, NULL, "'log': page 0");
    scene_end(&scene);
}

/* ext4: sizes and entries are one sequence. */
static void size_then_entry(struct disk *disk)
{
    extend(disk);
    make_second(disk);
}

static void sizes_belong_to_the_sequence(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_empty);
    size_then_entry(scene.disk);
    assert_legal_in_all(&scene, scene.base, extend);
    assert_legal(&scene, LOSS_MODEL_ALL, scene.base, make_second);
    assert_refused(&scene, LOSS_MODEL_EXT4, scene.base, make_second, "prefix");
    /* A sync of a file without metadata of its own leaves the others' undone. */
    scene_sync_file(scene.disk, "log");
    assert_refused(&scene, LOSS_MODEL_EXT4, scene.base, NULL, "");
    assert_refused(&scene, LOSS_MODEL_EXT4, scene.base, extend, "'second' is not there");
    assert_legal(&scene, LOSS_MODEL_ALL, scene.base, extend);
    scene_end(&scene);
}

static void base_two(struct disk *disk)
{
    scene_put(disk, "log", 'a', 0, 2 * PAGE);
    scene_put(disk, "other", 'a', 0, PAGE);
}

static void drop_second(struct disk *disk)
{
    scene_drop(disk, "second");
}

static void a_sync_without_metadata_covers_no_entries(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_two);
    make_second(scene.disk);
    write_first(scene.disk);
    scene_sync_file(scene.disk, "log");
    assert_legal(&scene, LOSS_MODEL_EXT4, scene.base, write_first);
    assert_refused(&scene, LOSS_MODEL_EXT4, scene.base, make_second, "page 0");
    scene_put(scene.disk, "log", 'c', 2 * PAGE, 10); /* a hole is filled: metadata of its own */
    scene_sync_file(scene.disk, "log");
    assert_legal(&scene, LOSS_MODEL_EXT4, scene.live, NULL);
    assert_refused(&scene, LOSS_MODEL_EXT4, scene.live, drop_second, "'second' is not there");
    scene_end(&scene);
}

/* Moments. */

static void sync_inside(struct scene *scene)
{
    scene_sync_file(scene->disk, "log");
}

static void a_sync_covers_what_ended_before_it_began(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_log);
    scene.inside = sync_inside;
    write_first(scene.disk);
    assert_legal_in_all(&scene, scene.base, NULL);
    assert_legal_in_all(&scene, scene.live, NULL);
    scene_end(&scene);
}

static void write_other_inside(struct scene *scene)
{
    scene_put(scene->disk, "other", 'b', 0, PAGE);
}

static void write_other(struct disk *disk)
{
    scene_put(disk, "other", 'b', 0, PAGE);
}

/* The outer write has not ended when the inner one does; both are in flight then. */
static void what_is_in_flight_may_be_there(void **state)
{
    struct scene scene;
    struct image *images[4];
    struct err err = ERR_INIT;
    size_t inner = 0;

    (void)state;
    scene_begin(&scene, base_two);
    scene.inside = write_other_inside;
    write_first(scene.disk);
    while (inner < trace_done_count(scene.trace)) {
        struct trace_entry entry;

        trace_get(scene.trace, trace_done_index(scene.trace, inner), &entry);
        if (entry.op == POINT_OP_WRITE) {
            break;
        }
        inner++;
    }
    images[0] = scene_made(scene.base, NULL);
    images[1] = scene_made(scene.base, write_first);
    images[2] = scene_made(scene.base, write_other);
    images[3] = scene_made(scene.base, write_second);
    for (unsigned i = 0; i < LOSS_MODEL_COUNT; i++) {
        enum loss_model model = (enum loss_model)i;

        test_ok(check_at(&scene, model, NULL, inner, images[0], &err), err);
        test_ok(check_at(&scene, model, NULL, inner, images[1], &err), err);
        test_ok(check_at(&scene, model, NULL, inner, images[2], &err), err);
        test_code(check_at(&scene, model, NULL, inner, images[3], &err), -EILSEQ);
    }
    for (unsigned i = 0; i < TEST_COUNT(images); i++) {
        (void)image_free(images[i]);
    }
    scene_end(&scene);
}

/* One check object, asked forwards and back: each image is legal where it was, not before. */
static void any_order_of_moments_will_do(void **state)
{
    static const size_t moments[] = {0, 6, 2, 5, 4, 0, 6};
    struct scene scene;
    struct recording recording;
    struct legal *legal = NULL;
    struct err err = ERR_INIT;

    (void)state;
    scene_begin(&scene, NULL);
    make_both(scene.disk);
    make_third(scene.disk);
    recording = (struct recording){.trace = scene.trace};
    recording.base = scene.base;
    test_ok(legal_new(&recording, LOSS_MODEL_ALL, &legal, &err), err);
    for (size_t i = 0; i < TEST_COUNT(moments); i++) {
        struct image *image = scene_made(scene.base, make_third);

        /* Operation 5, from 0, makes it: in flight just before its end. */
        test_code(legal_check(legal, moments[i], image, &err), moments[i] >= 5 ? 0 : -EILSEQ);
        (void)image_free(image);
    }
    (void)legal_free(legal);
    scene_end(&scene);
}

/* Against the other implementation: whatever persist.c builds is legal. */

static const char *const names[] = {"a", "b", "dir/x", "dir/y", "dir/sub/z", "other/x"};
static const char *const dirs[] = {"dir", "dir/sub", "other", ""};

struct dice {
    uint64_t state;
};

static uint64_t roll(struct dice *dice, uint64_t below)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return (dice->state >> 11) % below;
}

static void random_step(struct scene *scene, struct dice *dice);

static void random_inside(struct scene *scene)
{
    struct dice dice = {.state = trace_count(scene->trace) * 7919 + 13};

    for (uint64_t i = roll(&dice, 3); i < 3; i++) {
        random_step(scene, &dice);
    }
}

static void random_write(struct scene *scene, struct dice *dice, struct disk_file *file)
{
    static const size_t sizes[] = {1, 100, 512, 700, PAGE, PAGE + 600, 2 * PAGE};
    uint64_t offset = roll(dice, 3) == 0 ? roll(dice, 3 * PAGE) : roll(dice, 6) * 512;

    (void)disk_write(file, POINT_COMMITLOG_APPEND, offset,
                     scene_fill_of((char)('a' + (char)roll(dice, 26))),
                     sizes[roll(dice, TEST_COUNT(sizes))], NULL);
    (void)scene;
}

static void random_file_step(struct scene *scene, struct dice *dice)
{
    static const uint64_t sizes[] = {0, PAGE, 2 * PAGE, 3 * PAGE};
    const char *name = names[roll(dice, TEST_COUNT(names))];
    struct disk_file *file = NULL;
    uint64_t choice = roll(dice, 8);

    if (disk_create(scene->disk, POINT_COMMITLOG_CREATE, name, &file, NULL) < 0) {
        return;
    }
    if (choice == 0) {
        (void)disk_truncate(file, POINT_COMMITLOG_EXTEND, sizes[roll(dice, TEST_COUNT(sizes))],
                            NULL);
    } else if (choice <= 2) {
        (void)disk_sync(file, POINT_COMMITLOG_SYNC, NULL);
    } else {
        random_write(scene, dice, file);
    }
    (void)disk_close(file);
}

static void random_step(struct scene *scene, struct dice *dice)
{
    const char *dir = dirs[roll(dice, TEST_COUNT(dirs))];

    switch (roll(dice, 12)) {
    case 0:
    case 1:
        (void)disk_mkdir(scene->disk, POINT_QUEUE_MKDIR, dir, NULL);
        break;
    case 2:
        (void)disk_unlink(scene->disk, POINT_COMMITLOG_CUT_FILE,
                          names[roll(dice, TEST_COUNT(names))], NULL);
        break;
    case 3:
        (void)disk_rename(scene->disk, POINT_OFFSETS_RENAME, names[roll(dice, TEST_COUNT(names))],
                          names[roll(dice, TEST_COUNT(names))], NULL);
        break;
    case 4:
        (void)disk_sync_dir(scene->disk, POINT_QUEUE_SYNC_DIR, dir, NULL);
        break;
    case 5:
        scene->inside = random_inside;
        scene->inside_sync = roll(dice, 2) == 0 ? random_inside : NULL;
        random_file_step(scene, dice);
        break;
    default:
        random_file_step(scene, dice);
        break;
    }
}

static void base_random(struct disk *disk)
{
    scene_make_dir(disk, "dir");
    scene_put(disk, "a", 'A', 0, 2 * PAGE);
    scene_put(disk, "dir/x", 'B', 0, 300);
}

/* Failed syncs of files, as the model's file systems have them: reverted by btrfs only. */
static enum recording_sync take_mixed(void *arg, const struct trace_entry *entry)
{
    static const enum recording_sync kinds[] = {RECORDING_SYNC_GOOD, RECORDING_SYNC_GOOD,
                                                RECORDING_SYNC_VOID, RECORDING_SYNC_CLEAN,
                                                RECORDING_SYNC_REVERT};
    const enum loss_model *model = arg;
    enum recording_sync kind = kinds[entry->begin_sequence % TEST_COUNT(kinds)];

    if (entry->op != POINT_OP_SYNC) {
        return RECORDING_SYNC_GOOD;
    }
    if (kind == RECORDING_SYNC_CLEAN || kind == RECORDING_SYNC_REVERT) {
        return *model == LOSS_MODEL_BTRFS ? RECORDING_SYNC_REVERT : RECORDING_SYNC_CLEAN;
    }
    return kind;
}

/* A choice that keeps about `percent` of all, closed to a legal one, at times torn. */
static void random_loss(const struct persist *persist, struct dice *dice, struct loss *loss,
                        enum loss_model model)
{
    uint64_t percent = roll(dice, 5) * 25;

    *loss = (struct loss){
        .model = model, .has_choice = true, .item_count = (uint16_t)persist_item_count(persist)};
    for (uint32_t i = 0; i < loss->item_count; i++) {
        if (roll(dice, 100) < percent) {
            loss_keep(loss, i);
        }
    }
    persist_loss_close(persist, roll(dice, 2) == 0, loss);
    for (uint32_t i = 0; i < loss->item_count && loss->tear_count == 0; i++) {
        if (!loss_keeps(loss, i) && roll(dice, 4) == 0) {
            loss->tears[loss->tear_count++] =
                (struct loss_tear){.item = (uint16_t)i, .sectors = (uint8_t)(1 + roll(dice, 254))};
            if (!persist_loss_is_legal(persist, loss)) {
                loss->tear_count = 0;
            }
        }
    }
}

static void print_line(void *arg, const char *text)
{
    (void)arg;
    print_message("%s\n", text);
}

static void explain(const struct scene *scene, const struct persist *persist,
                    const struct loss *loss)
{
    char text[1024];

    trace_print(scene->trace, print_line, NULL);
    for (uint32_t i = 0; i < persist_item_count(persist); i++) {
        struct persist_item item;

        persist_item(persist, i, &item);
        print_message("item %u: kind %d entry %u inode %u page %u needs %u %s%s %s\n", i,
                      (int)item.kind, item.entry, item.inode, (unsigned)item.page_index,
                      item.needs[0], item.path, item.is_in_flight ? " in flight" : "",
                      loss_keeps(loss, i) ? "kept" : "dropped");
    }
    (void)loss_print(loss, text, sizeof(text));
    print_message("%s\n", text);
}

/* Both implementations at every moment of one random trace. */
static void compare_at_every_moment(struct scene *scene, struct dice *dice, enum loss_model model,
                                    sync_fn *sync)
{
    struct recording recording = {
        .trace = scene->trace, .base = scene->base, .sync = sync, .sync_arg = &model};
    struct persist *persist = NULL;
    struct legal *legal = NULL;
    struct err err = ERR_INIT;

    test_ok(persist_new(&recording, model, &persist, &err), err);
    test_ok(legal_new(&recording, model, &legal, &err), err);
    for (size_t done = 0; done <= trace_done_count(scene->trace); done++) {
        test_ok(persist_seek(persist, done, &err), err);
        for (unsigned i = 0; i < 6; i++) {
            struct image *image = NULL;
            struct loss loss;

            random_loss(persist, dice, &loss, model);
            test_ok(persist_loss_image(persist, &loss, &image, &err), err);
            if (legal_check(legal, done, image, &err) < 0) {
                explain(scene, persist, &loss);
                fail_msg("%s", err.text);
            }
            (void)image_free(image);
        }
    }
    (void)persist_free(persist);
    (void)legal_free(legal);
}

static void agrees_with_what_builds_images(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= RANDOM_TRACES; seed++) {
        struct dice dice = {.state = seed * 2654435761U};
        struct scene scene;
        uint64_t step_count = 5 + roll(&dice, 5 + seed / 2);

        scene_begin(&scene, seed % 2 == 0 ? base_random : NULL);
        for (uint64_t i = 0; i < step_count; i++) {
            random_step(&scene, &dice);
        }
        for (unsigned i = 0; i < LOSS_MODEL_COUNT; i++) {
            compare_at_every_moment(&scene, &dice, (enum loss_model)i,
                                    seed % 3 == 0 ? take_mixed : NULL);
        }
        scene_end(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_survive_alone),
        cmocka_unit_test(a_torn_page_mixes_neighbours_only),
        cmocka_unit_test(a_good_sync_is_the_floor),
        cmocka_unit_test(a_lying_sync_covers_nothing),
        cmocka_unit_test(a_page_left_clean_is_never_covered),
        cmocka_unit_test(a_reverted_write_is_gone),
        cmocka_unit_test(entries_follow_the_model),
        cmocka_unit_test(a_synced_entry_is_there),
        cmocka_unit_test(a_synced_file_may_lack_its_entry_under_posix),
        cmocka_unit_test(a_rename_is_one_step),
        cmocka_unit_test(any_explanation_will_do),
        cmocka_unit_test(a_synced_file_brings_its_directories),
        cmocka_unit_test(an_entry_waits_for_its_directory_under_posix),
        cmocka_unit_test(an_unlink_may_be_undone),
        cmocka_unit_test(a_page_needs_its_room),
        cmocka_unit_test(appends_bring_their_size),
        cmocka_unit_test(what_a_truncate_cut_stays_cut),
        cmocka_unit_test(sizes_belong_to_the_sequence),
        cmocka_unit_test(a_sync_without_metadata_covers_no_entries),
        cmocka_unit_test(a_sync_covers_what_ended_before_it_began),
        cmocka_unit_test(what_is_in_flight_may_be_there),
        cmocka_unit_test(any_order_of_moments_will_do),
        cmocka_unit_test(agrees_with_what_builds_images),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
