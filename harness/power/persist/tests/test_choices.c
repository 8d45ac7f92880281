/* Choices: within the bound all that is legal, held against every subset there is; past it the
 * families; tears at every page that can be torn. */
#include "harness/power/persist/choices.h"
#include "harness/power/trace/tests/scene.h"
#include "harness/testkit/test.h"

/* Every subset is looked at up to so many items. */
#define BRUTE_ITEMS_MAX 12u
#define BOUND_ALL       (1u << BRUTE_ITEMS_MAX)
#define SECTORS         8u

/* Traces */

static void base_store(struct disk *disk)
{
    scene_make_dir(disk, "commitlog");
    scene_make_dir(disk, "consumequeue");
    scene_make_dir(disk, "config");
    scene_put(disk, "commitlog/0", 'A', 0, 2 * PAGE);
    scene_put(disk, "checkpoint", 'A', 0, PAGE);
    scene_put(disk, "consumequeue/0", 'A', 0, PAGE);
}

static void do_pages(struct scene *scene)
{
    scene_put(scene->disk, "commitlog/0", 'b', 0, PAGE + 700);
    scene_put(scene->disk, "checkpoint", 'c', 100, 600);
    scene_put(scene->disk, "commitlog/0", 'd', 300, 1000);
    scene_put(scene->disk, "checkpoint", 'e', 0, 16);
}

static void do_names(struct scene *scene)
{
    struct disk *disk = scene->disk;

    scene_make_dir(disk, "new");
    scene_put(disk, "new/0", 'a', 0, 1000);
    scene_put(disk, "offsets.tmp", 'b', 0, 600);
    scene_move(disk, "offsets.tmp", "config/offsets");
    scene_put(disk, "offsets.tmp", 'c', 0, 10);
    scene_move(disk, "offsets.tmp", "config/offsets");
    scene_drop(disk, "checkpoint");
}

static void do_sizes(struct scene *scene)
{
    struct disk *disk = scene->disk;

    scene_cut(disk, "commitlog/0", 4 * PAGE);
    scene_put(disk, "commitlog/0", 'a', 2 * PAGE, 1200);
    scene_put(disk, "consumequeue/0", 'b', PAGE, 900);
    scene_cut(disk, "commitlog/0", 2 * PAGE + 600);
    scene_cut(disk, "consumequeue/0", 100);
}

static void do_synced(struct scene *scene)
{
    struct disk *disk = scene->disk;

    scene_put(disk, "fresh", 'a', 0, 2 * PAGE);
    scene_put(disk, "commitlog/0", 'b', 0, 1024);
    scene_sync_file(disk, "fresh");
    scene_put(disk, "fresh", 'c', 100, 2000);
    scene_put(disk, "commitlog/0", 'd', 512, 1024);
    scene_sync_dir(disk, "");
    scene_put(disk, "other", 'e', 0, 1300);
}

static void write_inside(struct scene *scene)
{
    scene_put(scene->disk, "consumequeue/0", 'x', 0, PAGE);
    scene_put(scene->disk, "inner", 'y', 0, 700);
}

static void do_overlapping(struct scene *scene)
{
    scene_put(scene->disk, "consumequeue/0", 'b', 0, 2048);
    scene->inside = write_inside;
    scene_put(scene->disk, "commitlog/0", 'c', 0, 2 * PAGE);
    scene_put(scene->disk, "commitlog/0", 'd', PAGE, 1024);
}

static void sync_inside(struct scene *scene)
{
    scene_sync_file(scene->disk, "commitlog/0");
    scene_put(scene->disk, "commitlog/0", 'z', 1024, 1024);
}

static void do_synced_inside(struct scene *scene)
{
    scene_put(scene->disk, "commitlog/0", 'b', PAGE, 1500);
    scene->inside = sync_inside;
    scene_put(scene->disk, "commitlog/0", 'c', 0, 1500);
    scene_put(scene->disk, "checkpoint", 'd', 0, 1500);
}

static const struct {
    const char *name;
    void (*make)(struct scene *scene);
} rows[] = {
    {"pages", do_pages},
    {"names", do_names},
    {"sizes", do_sizes},
    {"syncs", do_synced},
    {"overlapping writes", do_overlapping},
    {"a sync inside a write", do_synced_inside},
};

static enum recording_sync take_clean(void *arg, const struct trace_entry *entry)
{
    (void)arg;
    return entry->op == POINT_OP_SYNC ? RECORDING_SYNC_CLEAN : RECORDING_SYNC_GOOD;
}

static enum recording_sync take_revert(void *arg, const struct trace_entry *entry)
{
    (void)arg;
    return entry->op == POINT_OP_SYNC ? RECORDING_SYNC_REVERT : RECORDING_SYNC_GOOD;
}

typedef enum recording_sync sync_fn(void *arg, const struct trace_entry *entry);

static struct persist *walk_of(const struct scene *scene, enum loss_model model, sync_fn *sync)
{
    struct recording recording = {.trace = scene->trace, .base = scene->base, .sync = sync};
    struct persist *persist = NULL;
    struct err err = ERR_INIT;

    test_ok(persist_new(&recording, model, &persist, &err), err);
    return persist;
}

/* Losses */

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

static bool is_same(const struct loss *left, const struct loss *right)
{
    return left->item_count == right->item_count && left->model == right->model &&
           left->tear_count == right->tear_count &&
           memcmp(left->kept, right->kept, sizeof(left->kept)) == 0 &&
           (left->tear_count == 0 || (left->tears[0].item == right->tears[0].item &&
                                      left->tears[0].sectors == right->tears[0].sectors));
}

static bool has_loss(const struct choices *choices, const struct loss *loss)
{
    for (size_t i = 0; i < choices_count(choices); i++) {
        if (is_same(choices_get(choices, i), loss)) {
            return true;
        }
    }
    return false;
}

static size_t count_whole(const struct choices *choices)
{
    size_t count = 0;

    for (size_t i = 0; i < choices_count(choices); i++) {
        count += choices_get(choices, i)->tear_count == 0 ? 1 : 0;
    }
    return count;
}

static void assert_each_once_and_legal(const struct choices *choices, const struct persist *persist)
{
    for (size_t i = 0; i < choices_count(choices); i++) {
        assert_true(persist_loss_is_legal(persist, choices_get(choices, i)));
        assert_true(choices_get(choices, i)->has_choice);
        for (size_t k = 0; k < i; k++) {
            assert_false(is_same(choices_get(choices, i), choices_get(choices, k)));
        }
    }
}

static void make(struct choices *choices, const struct persist *persist,
                 const struct choices_options *options)
{
    assert_int_equal(choices_make(choices, persist, options), 0);
}

/* All of them */

static size_t assert_has_every_legal(const struct choices *choices, const struct persist *persist,
                                     enum loss_model model)
{
    size_t legal = 0;

    for (uint64_t subset = 0; subset < UINT64_C(1) << persist_item_count(persist); subset++) {
        struct loss loss = loss_of(persist, model, subset);

        if (persist_loss_is_legal(persist, &loss)) {
            legal++;
            if (!has_loss(choices, &loss)) {
                char text[LOSS_TEXT_SIZE_BYTES];

                (void)loss_print(&loss, text, sizeof(text));
                fail_msg("%s is legal and not made", text);
            }
        }
    }
    assert_int_equal(count_whole(choices), legal);
    return legal;
}

/* At the bound nothing is capped, one below it is. */
static void assert_bound(struct choices *choices, const struct persist *persist, size_t legal)
{
    struct choices_options options = {.bound = (uint32_t)legal};

    make(choices, persist, &options);
    if (!choices_is_capped(choices)) {
        assert_int_equal(count_whole(choices), legal);
    }
    options.bound--;
    make(choices, persist, &options);
    assert_true(choices_is_capped(choices));
}

static void compare_with_every_subset(const struct scene *scene, enum loss_model model,
                                      sync_fn *sync, size_t *ret_largest)
{
    struct persist *persist = walk_of(scene, model, sync);
    struct choices *choices = choices_new();
    const struct choices_options options = {.bound = BOUND_ALL};
    struct err err = ERR_INIT;

    for (size_t done = 0; done <= trace_done_count(scene->trace); done++) {
        test_ok(persist_seek(persist, done, &err), err);
        if (persist_item_count(persist) > BRUTE_ITEMS_MAX) {
            continue;
        }
        make(choices, persist, &options);
        assert_false(choices_is_capped(choices));
        assert_each_once_and_legal(choices, persist);
        size_t legal = assert_has_every_legal(choices, persist, model);
        *ret_largest = legal > *ret_largest ? legal : *ret_largest;
        assert_bound(choices, persist, legal);
    }
    choices_free(choices);
    persist_free(persist);
}

static void within_the_bound_all_are_made(void **state)
{
    static sync_fn *const syncs[] = {NULL, take_clean, take_revert};
    size_t largest[LOSS_MODEL_COUNT] = {0};

    (void)state;
    for (size_t row = 0; row < TEST_COUNT(rows); row++) {
        struct scene scene;

        test_row(rows[row].name);
        scene_begin(&scene, base_store);
        rows[row].make(&scene);
        for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
            for (size_t how = 0; how < TEST_COUNT(syncs); how++) {
                compare_with_every_subset(&scene, (enum loss_model)model, syncs[how],
                                          &largest[model]);
            }
        }
        scene_end(&scene);
    }
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        assert_true(largest[model] >= 8);
    }
}

/* Only what is in flight */

static bool keeps_in_flight(const struct persist *persist, const struct loss *loss)
{
    for (uint32_t i = 0; i < loss->item_count; i++) {
        struct persist_item item;

        persist_item(persist, i, &item);
        if (item.is_in_flight &&
            (loss_keeps(loss, i) || (loss->tear_count == 1 && loss->tears[0].item == i))) {
            return true;
        }
    }
    return false;
}

/* The short list is the long one without those that keep nothing in flight, in its order. */
static size_t compare_lists(const struct choices *all, const struct choices *some,
                            const struct persist *persist)
{
    size_t next = 0;

    for (size_t i = 0; i < choices_count(all); i++) {
        if (keeps_in_flight(persist, choices_get(all, i))) {
            assert_true(next < choices_count(some));
            assert_true(is_same(choices_get(some, next), choices_get(all, i)));
            next++;
        }
    }
    assert_int_equal(next, choices_count(some));
    return choices_count(all) - next;
}

static size_t compare_only_in_flight(const struct scene *scene, enum loss_model model,
                                     uint32_t bound)
{
    struct persist *persist = walk_of(scene, model, NULL);
    struct choices *all = choices_new();
    struct choices *some = choices_new();
    struct err err = ERR_INIT;
    size_t left_out = 0;

    for (size_t done = 0; done <= trace_done_count(scene->trace); done++) {
        struct choices_options options = {.bound = bound, .random = 10, .seed = 7};

        test_ok(persist_seek(persist, done, &err), err);
        make(all, persist, &options);
        options.only_in_flight = true;
        make(some, persist, &options);
        assert_int_equal(choices_is_capped(some), choices_is_capped(all));
        left_out += compare_lists(all, some, persist);
        if (done == trace_done_count(scene->trace)) {
            assert_int_equal(choices_count(some), 0);
        }
    }
    choices_free(all);
    choices_free(some);
    persist_free(persist);
    return left_out;
}

static void only_in_flight_leaves_out_the_others(void **state)
{
    (void)state;
    for (size_t row = 0; row < TEST_COUNT(rows); row++) {
        struct scene scene;

        test_row(rows[row].name);
        scene_begin(&scene, base_store);
        rows[row].make(&scene);
        for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
            assert_true(compare_only_in_flight(&scene, (enum loss_model)model, 4096) > 0);
            assert_true(compare_only_in_flight(&scene, (enum loss_model)model, 3) > 0);
        }
        scene_end(&scene);
    }
}

/* Tears */

/* Whether some legal choice has this page torn so. */
static bool can_be_torn(const struct persist *persist, enum loss_model model, uint32_t item,
                        uint8_t sectors)
{
    for (uint64_t subset = 0; subset < UINT64_C(1) << persist_item_count(persist); subset++) {
        struct loss loss = loss_of(persist, model, subset);

        loss.tear_count = 1;
        loss.tears[0] = (struct loss_tear){.item = (uint16_t)item, .sectors = sectors};
        if (persist_loss_is_legal(persist, &loss)) {
            return true;
        }
    }
    return false;
}

/* Some, and not all, of the sectors that differ: the first of them or the last. */
static bool is_end_of(uint8_t differing, uint8_t sectors)
{
    if (sectors == 0 || sectors == differing || (sectors & ~differing) != 0) {
        return false;
    }
    for (unsigned s = 0; s < SECTORS; s++) {
        uint8_t below = (uint8_t)((1u << s) - 1);

        if (sectors == (differing & below) || sectors == (differing & ~below)) {
            return true;
        }
    }
    return false;
}

static bool has_tear(const struct choices *choices, uint32_t item, uint8_t sectors)
{
    for (size_t i = 0; i < choices_count(choices); i++) {
        const struct loss *loss = choices_get(choices, i);

        if (loss->tear_count == 1 && loss->tears[0].item == item &&
            loss->tears[0].sectors == sectors) {
            return true;
        }
    }
    return false;
}

static size_t compare_tears_at(const struct choices *choices, const struct persist *persist,
                               enum loss_model model)
{
    size_t count = 0;

    for (uint32_t i = 0; i < persist_item_count(persist); i++) {
        uint8_t differing = persist_item_differing(persist, i);

        for (unsigned sectors = 0; sectors <= UINT8_MAX; sectors++) {
            bool is_wanted = is_end_of(differing, (uint8_t)sectors) &&
                             can_be_torn(persist, model, i, (uint8_t)sectors);

            count += is_wanted ? 1 : 0;
            if (has_tear(choices, i, (uint8_t)sectors) != is_wanted) {
                fail_msg("item %u, of whose sectors %02x differ: %02x is%s made", i, differing,
                         sectors, is_wanted ? " not" : "");
            }
        }
    }
    for (size_t i = 0; i < choices_count(choices); i++) {
        assert_true(choices_get(choices, i)->tear_count <= 1);
    }
    return count;
}

/* Both past the bound and within it. */
static size_t compare_tears(const struct scene *scene, enum loss_model model)
{
    static const uint32_t bounds[] = {2, BOUND_ALL};
    struct persist *persist = walk_of(scene, model, NULL);
    struct choices *choices = choices_new();
    struct err err = ERR_INIT;
    size_t count = 0;

    for (size_t done = 0; done <= trace_done_count(scene->trace); done++) {
        test_ok(persist_seek(persist, done, &err), err);
        for (size_t b = 0; b < TEST_COUNT(bounds) && persist_item_count(persist) <= 9; b++) {
            struct choices_options options = {.bound = bounds[b]};

            make(choices, persist, &options);
            count += compare_tears_at(choices, persist, model);
        }
    }
    choices_free(choices);
    persist_free(persist);
    return count;
}

static void every_page_is_torn_from_both_ends(void **state)
{
    (void)state;
    for (size_t row = 0; row < TEST_COUNT(rows); row++) {
        struct scene scene;

        test_row(rows[row].name);
        scene_begin(&scene, base_store);
        rows[row].make(&scene);
        for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
            assert_true(compare_tears(&scene, (enum loss_model)model) > 0);
        }
        scene_end(&scene);
    }
}

static void do_one_sector(struct scene *scene)
{
    scene_put(scene->disk, "commitlog/0", 'b', 512, 512);
    scene_put(scene->disk, "checkpoint", 'b', 100, 16);
    /* Two sectors that hold what they held. */
    scene_put(scene->disk, "consumequeue/0", 'A', 0, 1024);
}

static void one_sector_is_atomic(void **state)
{
    struct scene scene;
    struct choices *choices = choices_new();
    struct choices_options options = {.bound = 64};

    (void)state;
    scene_begin(&scene, base_store);
    do_one_sector(&scene);
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        struct persist *persist = walk_of(&scene, (enum loss_model)model, NULL);
        struct err err = ERR_INIT;

        test_ok(persist_seek(persist, trace_done_count(scene.trace), &err), err);
        make(choices, persist, &options);
        assert_int_equal(count_whole(choices), choices_count(choices));
        assert_int_equal(choices_count(choices), 8);
        persist_free(persist);
    }
    choices_free(choices);
    scene_end(&scene);
}

/* Families */

/* A durable store, then items of every kind of file, more than the bounds below allow. */
static void do_many(struct scene *scene)
{
    struct disk *disk = scene->disk;

    for (char round = 0; round < 5; round++) {
        scene_put(disk, "commitlog/0", (char)('a' + round), 0, PAGE + 1024);
        scene_put(disk, "consumequeue/0", (char)('f' + round), (uint64_t)round * 512, 512);
        scene_put(disk, "checkpoint", (char)('k' + round), 0, 100);
        scene_put(disk, "config/offsets.tmp", (char)('p' + round), 0, 700);
        scene_move(disk, "config/offsets.tmp", "config/offsets");
    }
    scene->inside = write_inside;
    scene_put(disk, "other", 'z', 0, 1000);
}

static struct loss closed(const struct persist *persist, bool drop, const struct loss *loss)
{
    struct loss legal = *loss;

    persist_loss_close(persist, drop, &legal);
    return legal;
}

static void assert_has(const struct choices *choices, const struct persist *persist, bool drop,
                       const struct loss *loss)
{
    struct loss legal = closed(persist, drop, loss);

    assert_true(persist_loss_is_legal(persist, &legal));
    assert_true(has_loss(choices, &legal));
}

static struct loss keep_of(const struct persist *persist,
                           bool (*is_it)(const struct persist_item *item, const void *arg),
                           const void *arg, bool is_kept)
{
    struct loss loss;

    memset(&loss, 0, sizeof(loss));
    for (uint32_t i = 0; i < persist_item_count(persist); i++) {
        struct persist_item item;

        persist_item(persist, i, &item);
        if (is_it(&item, arg) == is_kept) {
            loss_keep(&loss, i);
        }
    }
    return loss;
}

static bool is_below(const struct persist_item *item, const void *arg)
{
    return strncmp(item->path, arg, strlen(arg)) == 0;
}

static bool is_of_inode(const struct persist_item *item, const void *arg)
{
    return item->inode == *(const uint32_t *)arg;
}

static bool is_any(const struct persist_item *item, const void *arg)
{
    (void)item;
    (void)arg;
    return true;
}

/* Kept alone with what it needs, dropped alone with what needs it. */
static void assert_group(const struct choices *choices, const struct persist *persist,
                         bool (*is_it)(const struct persist_item *item, const void *arg),
                         const void *arg)
{
    struct loss only = keep_of(persist, is_it, arg, true);
    struct loss but = keep_of(persist, is_it, arg, false);

    assert_has(choices, persist, false, &only);
    assert_has(choices, persist, true, &but);
}

static void assert_families(const struct choices *choices, const struct persist *persist)
{
    static const char *const kinds[] = {"commitlog", "consumequeue", "checkpoint", "config"};
    struct loss prefix;

    memset(&prefix, 0, sizeof(prefix));
    assert_group(choices, persist, is_any, NULL); /* everything, nothing */
    for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
        assert_group(choices, persist, is_below, kinds[i]);
    }
    for (uint32_t i = 0; i < persist_item_count(persist); i++) {
        struct persist_item item;
        struct loss single;
        struct loss but = keep_of(persist, is_any, NULL, true);

        persist_item(persist, i, &item);
        assert_group(choices, persist, is_of_inode, &item.inode);
        memset(&single, 0, sizeof(single));
        loss_keep(&single, i);
        assert_has(choices, persist, false, &single);
        but.kept[i / 64] &= ~(UINT64_C(1) << (i % 64));
        assert_has(choices, persist, true, &but);
        loss_keep(&prefix, i);
        assert_has(choices, persist, true, &prefix);
    }
}

static void past_the_bound_there_are_families(void **state)
{
    struct scene scene;
    struct choices *choices = choices_new();
    const struct choices_options options = {.bound = 20};

    (void)state;
    scene_begin(&scene, base_store);
    do_many(&scene);
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        struct persist *persist = walk_of(&scene, (enum loss_model)model, NULL);
        struct err err = ERR_INIT;

        /* At the last operation, with the one outside it in flight, and behind it. */
        for (size_t done = trace_done_count(scene.trace) - 1; done <= trace_done_count(scene.trace);
             done++) {
            test_ok(persist_seek(persist, done, &err), err);
            assert_true(persist_item_count(persist) > 25);
            make(choices, persist, &options);
            assert_true(choices_is_capped(choices));
            assert_each_once_and_legal(choices, persist);
            assert_families(choices, persist);
        }
        persist_free(persist);
    }
    choices_free(choices);
    scene_end(&scene);
}

static size_t count_common(const struct choices *left, const struct choices *right)
{
    size_t count = 0;

    for (size_t i = 0; i < choices_count(left); i++) {
        count += has_loss(right, choices_get(left, i)) ? 1 : 0;
    }
    return count;
}

static void assert_same_list(const struct choices *left, const struct choices *right)
{
    assert_int_equal(choices_count(left), choices_count(right));
    for (size_t i = 0; i < choices_count(left); i++) {
        assert_true(is_same(choices_get(left, i), choices_get(right, i)));
    }
}

/* The seed decides the random ones, and nothing else. */
static void compare_seeds(const struct persist *persist)
{
    struct choices *plain = choices_new();
    struct choices *first = choices_new();
    struct choices *second = choices_new();
    struct choices_options options = {.bound = 20, .random = 0, .seed = 1};

    make(plain, persist, &options);
    options.random = 40;
    make(first, persist, &options);
    make(second, persist, &options);
    assert_same_list(first, second);
    assert_true(choices_count(first) > choices_count(plain));
    assert_true(choices_count(first) <= choices_count(plain) + 40);
    assert_int_equal(count_common(plain, first), choices_count(plain));
    options.seed = 2;
    make(second, persist, &options);
    assert_each_once_and_legal(second, persist);
    assert_int_equal(count_common(plain, second), choices_count(plain));
    assert_true(count_common(first, second) < choices_count(first));
    /* What it was used for before leaves nothing. */
    options.random = 0;
    make(second, persist, &options);
    assert_same_list(plain, second);
    choices_free(plain);
    choices_free(first);
    choices_free(second);
}

static void the_seed_decides_the_random_ones(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, base_store);
    do_many(&scene);
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        struct persist *persist = walk_of(&scene, (enum loss_model)model, NULL);
        struct err err = ERR_INIT;

        test_ok(persist_seek(persist, trace_done_count(scene.trace), &err), err);
        if (model == LOSS_MODEL_ALL || model == LOSS_MODEL_POSIX) {
            compare_seeds(persist);
        }
        persist_free(persist);
    }
    scene_end(&scene);
}

static void without_items_there_is_one_choice(void **state)
{
    struct scene scene;
    struct choices *choices = choices_new();
    const struct choices_options options = {.bound = 1, .random = 5, .seed = 1};

    (void)state;
    scene_begin(&scene, base_store);
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        struct persist *persist = walk_of(&scene, (enum loss_model)model, NULL);

        test_code(persist_seek(persist, 0, NULL), 0);
        make(choices, persist, &options);
        assert_int_equal(choices_count(choices), 1);
        assert_int_equal(choices_get(choices, 0)->item_count, 0);
        assert_false(choices_is_capped(choices));
        persist_free(persist);
    }
    choices_free(choices);
    scene_end(&scene);
}

/* What a token cannot name was not tried both ways. */
static void an_overflow_is_capped(void **state)
{
    struct scene scene;
    struct choices *choices = choices_new();
    const struct choices_options options = {.bound = 4096, .random = 5, .seed = 1};
    struct err err = ERR_INIT;

    (void)state;
    scene_begin(&scene, base_store);
    for (unsigned i = 0; i < LOSS_ITEMS_MAX + 8; i++) {
        scene_put(scene.disk, "commitlog/0", (char)('a' + i % 26), 512 * (i % 8), 512);
    }
    struct persist *persist = walk_of(&scene, LOSS_MODEL_ALL, NULL);
    test_ok(persist_seek(persist, trace_done_count(scene.trace), &err), err);
    assert_int_equal(persist_item_overflow(persist), 8);
    make(choices, persist, &options);
    assert_int_equal(count_whole(choices), LOSS_ITEMS_MAX + 1);
    assert_true(choices_is_capped(choices));
    persist_free(persist);
    choices_free(choices);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_the_bound_all_are_made),
        cmocka_unit_test(only_in_flight_leaves_out_the_others),
        cmocka_unit_test(every_page_is_torn_from_both_ends),
        cmocka_unit_test(one_sector_is_atomic),
        cmocka_unit_test(past_the_bound_there_are_families),
        cmocka_unit_test(the_seed_decides_the_random_ones),
        cmocka_unit_test(without_items_there_is_one_choice),
        cmocka_unit_test(an_overflow_is_capped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
