/* All queues of a store: how they are found, ordered, summed up, and synced with the directories
 * above them. */
#include "harness/testkit/calllog.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/golden.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/base/bytes.h"
#include "store/disk/disk_posix.h"
#include "store/queue/queue_store.h"
#include "store/store.h"

#ifdef FIU_ENABLE
#    include "store/disk/faultpoint.h"

#    include <fiu-control.h>
#    include <fiu.h>
#endif

#define UNITS 4 /* in a file: 80 bytes */

struct fixture {
    struct tmpdir dir;
    struct calllog calls;
    struct disk *disk;
    struct consume_queue_options options;
    struct queue_store *store;
    struct err err;
};

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    tmpdir_make(&fixture->dir);
    diskstate_mkdir(fixture->dir.fd, QUEUE_STORE_DIR);
    struct disk_observer observer = calllog_observer(&fixture->calls);
    assert_int_equal(disk_posix_new(fixture->dir.fd, true, &observer, &fixture->disk), 0);
    fixture->options = (struct consume_queue_options){
        .disk = fixture->disk, .file_units = UNITS, .dir_sync = true, .tail_zero = true};
}

static int open_store(struct fixture *fixture)
{
    fixture->store = queue_store_free(fixture->store);
    int r = queue_store_open(&fixture->options, &fixture->store, &fixture->err);
    calllog_clear(&fixture->calls);
    return r;
}

static void tear_down(struct fixture *fixture)
{
    queue_store_free(fixture->store);
    disk_free(fixture->disk);
    tmpdir_remove(&fixture->dir);
}

static struct consume_queue *get(struct fixture *fixture, const char *topic, int32_t queue_id)
{
    struct consume_queue *queue = NULL;
    assert_int_equal(queue_store_get(fixture->store, topic, strlen(topic), queue_id, &queue), 0);
    assert_non_null(queue);
    return queue;
}

/* Puts units up to `count`, making directories first where there are none. */
static struct consume_queue *fill(struct fixture *fixture, const char *topic, int32_t queue_id,
                                  int64_t count)
{
    struct consume_queue *queue = get(fixture, topic, queue_id);
    test_ok(queue_store_ensure_dir(fixture->store, queue, &fixture->err), fixture->err);
    for (int64_t i = consume_queue_max(queue); i < count; i++) {
        const struct consume_queue_unit unit = {1000 + i * 100, 90, 0};
        test_ok(consume_queue_put_exact(queue, &unit, i, &fixture->err), fixture->err);
    }
    return queue;
}

/* One round of syncs; what it called is in `calls`. */
static int sync_all(struct fixture *fixture)
{
    struct sync_batch batch;
    sync_batch_init(&batch, fixture->disk);
    calllog_clear(&fixture->calls);
    assert_int_equal(queue_store_collect(fixture->store, &batch), 0);
    int r = sync_batch_run(&batch, &fixture->err);
    queue_store_synced(fixture->store, &batch);
    sync_batch_done(&batch);
    return r;
}

static void tells_a_topic_that_can_be_a_directory(void **state)
{
    (void)state;
    char longest[STORE_TOPIC_SIZE_BYTES_MAX + 2];
    memset(longest, 'x', sizeof longest);
    assert_true(queue_store_is_topic("t", 1));
    assert_true(queue_store_is_topic("...", 3));
    assert_true(queue_store_is_topic(".a", 2));
    assert_true(queue_store_is_topic("a.", 2));
    assert_true(queue_store_is_topic(longest, STORE_TOPIC_SIZE_BYTES_MAX));
    assert_false(queue_store_is_topic(longest, STORE_TOPIC_SIZE_BYTES_MAX + 1));
    assert_false(queue_store_is_topic("", 0));
    assert_false(queue_store_is_topic(".", 1));
    assert_false(queue_store_is_topic("..", 2));
    assert_false(queue_store_is_topic("a/b", 3));
    assert_false(queue_store_is_topic("a\0b", 3));
}

static void finds_nothing_where_there_is_no_directory(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    assert_int_equal(tmpdir_remove_tree(fixture.dir.fd, QUEUE_STORE_DIR), 0);
    test_ok(open_store(&fixture), fixture.err);
    assert_int_equal(queue_store_count(fixture.store), 0);
    assert_int_equal(queue_store_max_physic(fixture.store), -1);
    assert_false(queue_store_is_dirty(fixture.store));
    tear_down(&fixture);
}

static void finds_queues_by_directories_whose_names_are_ids(void **state)
{
    (void)state;
    static const char *const dirs[] = {
        "b/0",  "a/10", "a/2",  "ab/7", "a/2147483647", /* and these are none: */
        "a/00", "a/-1", "a/+1", "a/ 1", "a/1x",         "a/2147483648", "a/99999999999999999999",
        "a/x"};
    static const struct {
        const char *topic;
        int32_t queue_id;
    } expected[] = {{"a", 2}, {"a", 10}, {"a", INT32_MAX}, {"ab", 7}, {"b", 0}};
    struct fixture fixture;
    set_up(&fixture);
    for (size_t i = 0; i < TEST_COUNT(dirs); i++) {
        char path[64];
        snprintf(path, sizeof path, QUEUE_STORE_DIR "/%s", dirs[i]);
        diskstate_mkdir(fixture.dir.fd, path);
    }
    diskstate_write(fixture.dir.fd, QUEUE_STORE_DIR "/file", "x", 1);
    diskstate_write(fixture.dir.fd, QUEUE_STORE_DIR "/a/5", "x", 1);
    test_ok(open_store(&fixture), fixture.err);
    assert_int_equal(queue_store_count(fixture.store), TEST_COUNT(expected));
    for (size_t i = 0; i < TEST_COUNT(expected); i++) {
        struct consume_queue *queue = queue_store_at(fixture.store, i);
        assert_string_equal(consume_queue_topic(queue), expected[i].topic);
        assert_int_equal(consume_queue_id(queue), expected[i].queue_id);
        assert_true(consume_queue_has_dir(queue));
        assert_ptr_equal(queue_store_find(fixture.store, expected[i].topic,
                                          strlen(expected[i].topic), expected[i].queue_id),
                         queue);
    }
    /* A name is compared by its size, not by a zero byte behind it. */
    assert_ptr_equal(queue_store_find(fixture.store, "abc", 2, 7),
                     queue_store_at(fixture.store, 3));
    assert_null(queue_store_find(fixture.store, "ab", 2, 2));
    assert_null(queue_store_find(fixture.store, "a", 1, 7));
    assert_null(queue_store_find(fixture.store, "abc", 3, 7));
    assert_null(queue_store_find(fixture.store, "c", 1, 0));
    tear_down(&fixture);
}

static void opens_no_store_with_a_queue_that_does_not_load(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fixture.options.file_units = 1;
    diskstate_write(fixture.dir.fd, QUEUE_STORE_DIR "/t/0/00000000000000000000",
                    "more than a file of one unit", 28);
    test_code(open_store(&fixture), ERR_CORRUPT);
    test_contains(fixture.err.text, "consumequeue/t/0/00000000000000000000");
    assert_null(fixture.store);
    tear_down(&fixture);
}

static void adds_queues_in_their_order(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    test_ok(open_store(&fixture), fixture.err);
    /* More than fit at first, from both ends. */
    for (int32_t i = 0; i < 20; i++) {
        (void)get(&fixture, i % 2 == 0 ? "orders" : "order", i % 2 == 0 ? i : 20 - i);
    }
    assert_int_equal(queue_store_count(fixture.store), 20);
    for (int32_t i = 0; i < 20; i++) {
        struct consume_queue *queue = queue_store_at(fixture.store, (size_t)i);
        assert_string_equal(consume_queue_topic(queue), i < 10 ? "order" : "orders");
        assert_int_equal(consume_queue_id(queue), i < 10 ? 1 + 2 * i : 2 * (i - 10));
        assert_false(consume_queue_has_files(queue));
        assert_ptr_equal(get(&fixture, consume_queue_topic(queue), consume_queue_id(queue)), queue);
    }
    assert_int_equal(queue_store_count(fixture.store), 20);
    assert_string_equal(fixture.calls.text, "");
    tear_down(&fixture);
}

static void makes_the_directories_of_a_queue_once(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    test_ok(open_store(&fixture), fixture.err);
    struct consume_queue *first = get(&fixture, "t", 0);
    struct consume_queue *second = get(&fixture, "t", 1);
    assert_false(queue_store_is_dirty(fixture.store));
    test_ok(queue_store_ensure_dir(fixture.store, first, &fixture.err), fixture.err);
    assert_string_equal(fixture.calls.text,
                        "queue/mkdir:consumequeue/t queue/mkdir:consumequeue/t/0 ");
    calllog_clear(&fixture.calls);
    test_ok(queue_store_ensure_dir(fixture.store, first, &fixture.err), fixture.err);
    assert_string_equal(fixture.calls.text, "");
    test_ok(queue_store_ensure_dir(fixture.store, second, &fixture.err), fixture.err);
    assert_string_equal(fixture.calls.text, "queue/mkdir:consumequeue/t/1 ");
    assert_true(queue_store_is_dirty(fixture.store));
    tear_down(&fixture);
}

static void knows_the_highest_record_of_all_queues(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    test_ok(open_store(&fixture), fixture.err);
    (void)get(&fixture, "a", 0);
    assert_int_equal(queue_store_max_physic(fixture.store), -1);
    (void)fill(&fixture, "b", 0, 3);
    assert_int_equal(queue_store_max_physic(fixture.store), 1290);
    (void)fill(&fixture, "c", 0, 1);
    assert_int_equal(queue_store_max_physic(fixture.store), 1290);
    (void)fill(&fixture, "a", 0, 4);
    assert_int_equal(queue_store_max_physic(fixture.store), 1390);
    tear_down(&fixture);
}

/* What the golden mark says of its queues. */
static void sums_up_the_queues_as_the_mark_has_them(void **state)
{
    (void)state;
    struct fixture fixture;
    struct buffer mark;
    struct queue_store_sum sum;
    golden_load(TEST_SOURCE_DIR "/store/tests/golden/checkpoint_mark.hex", &mark);
    set_up(&fixture);
    test_ok(open_store(&fixture), fixture.err);
    (void)get(&fixture, "empty", 0);
    (void)fill(&fixture, "Z\xc3\xbcrich", 12, 1);
    (void)fill(&fixture, "TopicTest", 1, 3);
    (void)fill(&fixture, "TopicTest", 0, 17);
    queue_store_sum_now(fixture.store, &sum);
    assert_int_equal(sum.queue_count, bytes_get_be32(mark.data + 80));
    assert_true(sum.hash == bytes_get_be64(mark.data + 88));
    (void)fill(&fixture, "TopicTest", 1, 4);
    queue_store_sum_now(fixture.store, &sum);
    assert_int_equal(sum.queue_count, 3);
    assert_false(sum.hash == bytes_get_be64(mark.data + 88));
    sum = (struct queue_store_sum){0};
    queue_store_add_to_sum(&sum, get(&fixture, "TopicTest", 1), 3);
    queue_store_add_to_sum(&sum, get(&fixture, "TopicTest", 0), 17);
    queue_store_add_to_sum(&sum, get(&fixture, "Z\xc3\xbcrich", 12), 1);
    assert_true(sum.hash == bytes_get_be64(mark.data + 88));
    buffer_done(&mark);
    tear_down(&fixture);
}

static void syncs_directories_before_what_they_hold_and_each_once(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    test_ok(open_store(&fixture), fixture.err);
    (void)fill(&fixture, "t", 0, 1);
    (void)fill(&fixture, "t", 1, 1);
    (void)fill(&fixture, "u", 0, 1);
    assert_true(queue_store_is_dirty(fixture.store));
    test_ok(sync_all(&fixture), fixture.err);
    assert_string_equal(fixture.calls.text,
                        "queue/sync-dir:consumequeue queue/sync-dir:consumequeue/t "
                        "queue/sync-dir:consumequeue/t/0 queue/sync:consumequeue/t/0/0 "
                        "queue/sync-dir:consumequeue/t/1 queue/sync:consumequeue/t/1/0 "
                        "queue/sync-dir:consumequeue/u "
                        "queue/sync-dir:consumequeue/u/0 queue/sync:consumequeue/u/0/0 ");
    assert_false(queue_store_is_dirty(fixture.store));
    test_ok(sync_all(&fixture), fixture.err);
    assert_string_equal(fixture.calls.text, "");
    (void)fill(&fixture, "t", 1, 2);
    assert_true(queue_store_is_dirty(fixture.store));
    test_ok(sync_all(&fixture), fixture.err);
    assert_string_equal(fixture.calls.text, "queue/sync:consumequeue/t/1/0 ");
    tear_down(&fixture);
}

/* Guard dir-sync off. */
static void syncs_no_directory_without_the_guard(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fixture.options.dir_sync = false;
    test_ok(open_store(&fixture), fixture.err);
    struct consume_queue *queue = get(&fixture, "t", 0);
    test_ok(queue_store_ensure_dir(fixture.store, queue, &fixture.err), fixture.err);
    assert_false(queue_store_is_dirty(fixture.store));
    (void)fill(&fixture, "t", 0, 1);
    test_ok(sync_all(&fixture), fixture.err);
    assert_string_equal(fixture.calls.text, "queue/sync:consumequeue/t/0/0 ");
    tear_down(&fixture);
}

/* A batch answers for the directories that were there when it was gathered. */
static void syncs_again_for_directories_made_meanwhile(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sync_batch batch;
    set_up(&fixture);
    test_ok(open_store(&fixture), fixture.err);
    (void)fill(&fixture, "t", 0, 1);
    sync_batch_init(&batch, fixture.disk);
    assert_int_equal(queue_store_collect(fixture.store, &batch), 0);
    struct consume_queue *second = get(&fixture, "t", 1);
    test_ok(queue_store_ensure_dir(fixture.store, second, &fixture.err), fixture.err);
    test_ok(sync_batch_run(&batch, &fixture.err), fixture.err);
    queue_store_synced(fixture.store, &batch);
    sync_batch_done(&batch);
    assert_true(queue_store_is_dirty(fixture.store));
    test_ok(sync_all(&fixture), fixture.err);
    assert_string_equal(fixture.calls.text,
                        "queue/sync-dir:consumequeue queue/sync-dir:consumequeue/t ");
    assert_false(queue_store_is_dirty(fixture.store));
    tear_down(&fixture);
}

/* After a start nothing is known to be durable. */
static void writes_again_all_that_a_start_found(void **state)
{
    (void)state;
    for (int second_sync = 0; second_sync < 2; second_sync++) {
        struct fixture fixture;
        set_up(&fixture);
        fixture.options.second_sync = second_sync;
        test_ok(open_store(&fixture), fixture.err);
        (void)fill(&fixture, "t", 0, 2);
        test_ok(open_store(&fixture), fixture.err);
        consume_queue_set_max(get(&fixture, "t", 0), 2);
        (void)get(&fixture, "new", 0);
        test_ok(queue_store_rewrite(fixture.store, &fixture.err), fixture.err);
        assert_string_equal(fixture.calls.text,
                            second_sync
                                ? "queue/rewrite:consumequeue/t/0/0@0+40 "
                                  "queue/sync-dir:consumequeue queue/sync-dir:consumequeue "
                                  "queue/sync-dir:consumequeue/t queue/sync-dir:consumequeue/t "
                                  "queue/sync-dir:consumequeue/t/0 queue/sync-dir:consumequeue/t/0 "
                                  "queue/sync:consumequeue/t/0/0 "
                                : "queue/rewrite:consumequeue/t/0/0@0+40 "
                                  "queue/sync-dir:consumequeue queue/sync-dir:consumequeue/t "
                                  "queue/sync-dir:consumequeue/t/0 queue/sync:consumequeue/t/0/0 ");
        assert_false(queue_store_is_dirty(fixture.store));
        tear_down(&fixture);
    }
}

#ifdef FIU_ENABLE
static int fail_third(const char *name, int *failnum, void **failinfo, unsigned int *flags)
{
    static struct faultpoint_action action = {.limit_bytes = 0, .error = -EIO};
    unsigned *hits = *failinfo;
    (void)name;
    (void)failnum;
    (void)flags;
    if (++*hits != 3) {
        return 0;
    }
    *failinfo = &action;
    return 1;
}

static void fail_always(enum point point)
{
    static struct faultpoint_action action = {.limit_bytes = 0, .error = -EIO};
    assert_int_equal(fiu_enable(point_fiu_name(point), 1, &action, 0), 0);
}

static void takes_note_of_what_was_synced_before_a_failure(void **state)
{
    (void)state;
    struct fixture fixture;
    unsigned hits = 0;
    set_up(&fixture);
    test_ok(open_store(&fixture), fixture.err);
    (void)fill(&fixture, "t", 0, 1);
    (void)fill(&fixture, "u", 0, 1);
    assert_int_equal(
        fiu_enable_external(point_fiu_name(POINT_QUEUE_SYNC_DIR), 1, &hits, 0, fail_third), 0);
    test_code(sync_all(&fixture), -EIO);
    fiu_disable(point_fiu_name(POINT_QUEUE_SYNC_DIR));
    assert_string_equal(fixture.calls.text,
                        "queue/sync-dir:consumequeue queue/sync-dir:consumequeue/t ");
    test_ok(sync_all(&fixture), fixture.err);
    assert_string_equal(fixture.calls.text,
                        "queue/sync-dir:consumequeue/t/0 queue/sync:consumequeue/t/0/0 "
                        "queue/sync-dir:consumequeue/u "
                        "queue/sync-dir:consumequeue/u/0 queue/sync:consumequeue/u/0/0 ");
    tear_down(&fixture);
}

static void makes_a_directory_again_after_a_failure(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    test_ok(open_store(&fixture), fixture.err);
    struct consume_queue *queue = get(&fixture, "t", 0);
    fail_always(POINT_QUEUE_MKDIR);
    test_code(queue_store_ensure_dir(fixture.store, queue, &fixture.err), -EIO);
    fiu_disable(point_fiu_name(POINT_QUEUE_MKDIR));
    assert_false(consume_queue_has_dir(queue));
    assert_false(queue_store_is_dirty(fixture.store));
    test_ok(queue_store_ensure_dir(fixture.store, queue, &fixture.err), fixture.err);
    assert_true(consume_queue_has_dir(queue));
    tear_down(&fixture);
}

static void opens_no_store_that_it_cannot_list(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fail_always(POINT_QUEUE_LIST);
    test_code(open_store(&fixture), -EIO);
    fiu_disable(point_fiu_name(POINT_QUEUE_LIST));
    assert_null(fixture.store);
    tear_down(&fixture);
}

static void reports_a_failed_rewrite_and_a_failed_sync_of_it(void **state)
{
    (void)state;
    static const enum point failing[] = {POINT_QUEUE_REWRITE, POINT_QUEUE_SYNC};
    for (size_t i = 0; i < TEST_COUNT(failing); i++) {
        struct fixture fixture;
        set_up(&fixture);
        test_ok(open_store(&fixture), fixture.err);
        (void)fill(&fixture, "t", 0, 2);
        test_ok(open_store(&fixture), fixture.err);
        consume_queue_set_max(get(&fixture, "t", 0), 2);
        fail_always(failing[i]);
        test_code(queue_store_rewrite(fixture.store, &fixture.err), -EIO);
        fiu_disable(point_fiu_name(failing[i]));
        assert_true(queue_store_is_dirty(fixture.store));
        tear_down(&fixture);
    }
}

static int start_faults(void **state)
{
    (void)state;
    return fiu_init(0);
}
#else
#    define start_faults NULL
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_a_topic_that_can_be_a_directory),
        cmocka_unit_test(finds_nothing_where_there_is_no_directory),
        cmocka_unit_test(finds_queues_by_directories_whose_names_are_ids),
        cmocka_unit_test(opens_no_store_with_a_queue_that_does_not_load),
        cmocka_unit_test(adds_queues_in_their_order),
        cmocka_unit_test(makes_the_directories_of_a_queue_once),
        cmocka_unit_test(knows_the_highest_record_of_all_queues),
        cmocka_unit_test(sums_up_the_queues_as_the_mark_has_them),
        cmocka_unit_test(syncs_directories_before_what_they_hold_and_each_once),
        cmocka_unit_test(syncs_no_directory_without_the_guard),
        cmocka_unit_test(syncs_again_for_directories_made_meanwhile),
        cmocka_unit_test(writes_again_all_that_a_start_found),
#ifdef FIU_ENABLE
        cmocka_unit_test(takes_note_of_what_was_synced_before_a_failure),
        cmocka_unit_test(makes_a_directory_again_after_a_failure),
        cmocka_unit_test(opens_no_store_that_it_cannot_list),
        cmocka_unit_test(reports_a_failed_rewrite_and_a_failed_sync_of_it),
#endif
    };
    return cmocka_run_group_tests_name("store.queue_store", tests, start_faults, NULL);
}
