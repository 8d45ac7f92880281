/* What recovery makes of a directory: one test for each state that a crash, an operator or a disk
 * leaves.  Each says, exactly, what recovery reports, what it does to the disk and what is in the
 * store then; reopen_expect also puts, stops, and has the whole log scanned afterwards.
 *
 * The file is long because the states are many; each stands for itself.
 *
 * A record has 200 bytes, an entry 248; a log file takes five of them (1000 of 1024), or four
 * (992), a queue or index file four units. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/reopen.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"
#include "store/log/checkpoint.h"

#ifdef FIU_ENABLE
#    include "store/disk/faultpoint.h"

#    include <fiu-control.h>
#    include <fiu.h>
#endif

#define PLAIN   STORE_MODE_COMMITLOG
#define DLEDGER STORE_MODE_DLEDGER

#define LOG   "commitlog/00000000000000000000"
#define LOG_2 "commitlog/00000000000000001024"
#define DATA  "dledger-n0/data/00000000000000000000"
#define INDEX "dledger-n0/index/00000000000000000000"
#define QUEUE "consumequeue/t/0/00000000000000000000"

/* What most starts do, in the order in which they do it. */
#define DLEDGER_DIRS "store/sync-dir . x2 store/sync-dir config x2 store/sync-dir dledger-n0 x2"
#define DIRS         "store/sync-dir . x2 store/sync-dir config x2"
#define PAGE \
    "checkpoint/sync-dir . checkpoint/write checkpoint@0+4096 checkpoint/sync checkpoint x2"
#define QUEUE_DIRS "queue/sync-dir consumequeue x2 queue/sync-dir t x2 queue/sync-dir t/0 x2"
#define U_DIRS     "queue/sync-dir u x2 queue/sync-dir u/0 x2"
#define LOG_DIR    "commitlog/sync-dir commitlog x2"
#define DATA_DIR   "dledger/sync-dir dledger-n0/data x2"
#define INDEX_DIR  "dledger-index/sync-dir dledger-n0/index x2"
#define LOCK       "lock/create lock lock/lock lock lock/write lock@0+4 lock/sync lock"
#define ABORT      "abort/create abort abort/write abort@0+4 abort/sync abort"
#define FULL_SCAN  "mark-rejected@0 recovery-full-scan@0 recovery-found-records@0"
#define TERM_MADE                                                                        \
    "currterm/create dledger-n0/currterm.tmp currterm/truncate dledger-n0/currterm.tmp " \
    "currterm/write dledger-n0/currterm.tmp@0+25 currterm/sync dledger-n0/currterm.tmp"
#define TERM_MOVED "currterm/rename dledger-n0/currterm.tmp currterm/sync-dir dledger-n0"
#define TERM_ONCE  TERM_MADE " " TERM_MOVED
#define TERM       TERM_MADE " x2 " TERM_MOVED " x2"

/* Lives */

static void put_one(struct reopen *reopen)
{
    reopen_put(reopen, "t");
    reopen_step(reopen, STORE_SERVICE_LOG_FLUSH);
    reopen_step(reopen, STORE_SERVICE_DISPATCH);
}

/* Three records, whole, synced and marked. */

static void put_three_settled(struct reopen *reopen)
{
    for (int i = 0; i < 3; i++) {
        reopen_put(reopen, "t");
    }
    reopen_settle(reopen);
}

/* A fourth, of a topic that is new, behind the mark. */

static void put_new_topic(struct reopen *reopen)
{
    put_three_settled(reopen);
    reopen_put(reopen, "u");
    reopen_step(reopen, STORE_SERVICE_LOG_FLUSH);
    reopen_step(reopen, STORE_SERVICE_DISPATCH);
}

/* A fifth unit, and a sixth record: queue, index and log roll. */

static void put_eight(struct reopen *reopen)
{
    put_three_settled(reopen);
    for (int i = 0; i < 5; i++) {
        put_one(reopen);
    }
}

static void settle_one(struct reopen *reopen)
{
    reopen_put(reopen, "t");
    reopen_settle(reopen);
}

static void expire_one(struct reopen *reopen)
{
    for (int i = 0; i < 12; i++) {
        reopen_put(reopen, "t");
    }
    reopen_settle(reopen);
    reopen->now_ms += 100000;
    store_expire(reopen->store, 1000);
    for (int i = 0; i < 3; i++) {
        reopen_step(reopen, STORE_SERVICE_RETENTION);
    }
}

static void preallocate_one(struct reopen *reopen)
{
    put_three_settled(reopen);
    reopen_step(reopen, STORE_SERVICE_PREALLOCATE);
}

static void hold_dispatch(struct reopen *reopen)
{
    put_three_settled(reopen);
    store_hold(reopen->store, STORE_SERVICE_DISPATCH, true);
    reopen_put(reopen, "t");
}

static void commit_offset(struct reopen *reopen)
{
    put_three_settled(reopen);
    assert_int_equal(store_commit_offset(reopen->store, "t", "g", 0, 3, NULL), 0);
    reopen_step(reopen, STORE_SERVICE_OFFSETS);
}

/* States */

static void without(struct reopen *reopen, uint32_t guards)
{
    reopen->options.quirks.guards &= ~guards;
}

/* `count` records of topic t by storemaker, which a clean stop's mark covers. */
static struct reopen *stopped_with(enum store_mode mode, unsigned count)
{
    struct reopen *reopen = reopen_new(mode);
    for (unsigned i = 0; i < count; i++) {
        reopen_make(reopen, "t", NULL);
    }
    storemaker_mark(&reopen->maker, reopen->maker.log_end,
                    mode == DLEDGER ? reopen->maker.entry_index : -1);
    return reopen;
}

static void add_abort(struct reopen *reopen)
{
    diskstate_write(reopen->dir.fd, "abort", "1", 1);
}

/* A store that was killed, with `count` records and no mark. */
static struct reopen *killed_with(enum store_mode mode, unsigned count)
{
    struct reopen *reopen = stopped_with(mode, count);
    storemaker_remove(&reopen->maker, "checkpoint");
    add_abort(reopen);
    return reopen;
}

/* A page as RocketMQ writes it. */
static void add_times(struct reopen *reopen, int64_t physic_ms, int64_t logics_ms)
{
    uint8_t at[CHECKPOINT_SIZE_BYTES];
    struct checkpoint_page page = {.physic_msg_timestamp_ms = physic_ms,
                                   .logics_msg_timestamp_ms = logics_ms};
    checkpoint_encode(&page, at);
    storemaker_write(&reopen->maker, CHECKPOINT_PATH, at, sizeof(at));
}

static struct checkpoint_page page_of(struct reopen *reopen)
{
    struct checkpoint_page page = {0};
    size_t size_bytes = 0;
    uint8_t *at = diskstate_read(reopen->dir.fd, CHECKPOINT_PATH, &size_bytes);
    assert_int_equal(size_bytes, CHECKPOINT_SIZE_BYTES);
    checkpoint_decode(at, &page);
    free(at);
    return page;
}

/* New directories */

static void an_empty_directory_becomes_a_plain_store(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen->tells_all = true;
    reopen_expect(reopen, "recovery-normal@0",
                  LOCK " store/mkdir commitlog store/mkdir consumequeue store/mkdir config " DIRS
                       " " ABORT " abort/sync-dir . x2",
                  "log 0..0, then log 0..0 no page, "
                  "then log 0..200 t 0..1 mark 200 ms 12000 12000");
    reopen_free(reopen);
}

static void an_empty_directory_becomes_a_dledger_store(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen->tells_all = true;
    reopen_expect(reopen, "recovery-normal@0",
                  LOCK " store/mkdir consumequeue store/mkdir config store/mkdir dledger-n0 "
                       "store/mkdir dledger-n0/data store/mkdir dledger-n0/index " DLEDGER_DIRS
                       " " TERM " " ABORT " abort/sync-dir . x2",
                  "log 0..0, then log 0..0 no page, "
                  "then log 0..248 t 0..1 mark 248 index 1 term 1 ms 12000 12000 committed 0 of 0");
    reopen_free(reopen);
}

static void a_start_killed_before_its_abort_file_is_new_again(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0", DIRS,
                  "log 0..0, then log 0..0 no page, "
                  "then log 0..200 t 0..1 mark 200 ms 12000 12000");
    reopen_free(reopen);
}

static void an_empty_store_that_was_killed_is_not_new(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_made(reopen);
    add_abort(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 mark-rejected@0 recovery-full-scan@0",
                  DIRS " " LOG_DIR " queue/sync-dir consumequeue x2",
                  "log 0..0, then log 0..0 no page, "
                  "then log 0..200 t 0..1 mark 200 ms 12000 12000");
    reopen_free(reopen);
}

static void a_directory_that_is_missing_is_made_and_synced(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    reopen_made(reopen);
    tmpdir_remove_tree(reopen->dir.fd, "config");
    reopen_expect(reopen, "recovery-normal@0 mark-used@600", "store/mkdir config " DIRS,
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 0 0, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void a_log_that_is_gone_leaves_queues_without_units(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    storemaker_remove(&reopen->maker, "checkpoint");
    storemaker_remove_under(&reopen->maker, "commitlog/");
    reopen_made(reopen);
    reopen_expect(reopen,
                  "recovery-normal@0 mark-rejected@0 recovery-full-scan@0 queue-cut@0 "
                  "tail-zeroed@0",
                  DIRS " queue/cut-tail t/0/0@11+41 queue/sync t/0/0 x2 " LOG_DIR " " QUEUE_DIRS
                       " queue/sync t/0/0",
                  "log 0..0, then log 0..0 no page, "
                  "then log 0..200 t 0..1 mark 200 ms 12030 12030");
    reopen_free(reopen);
}

static void a_mark_without_log_and_queues_is_dropped(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    storemaker_remove_under(&reopen->maker, "commitlog/");
    storemaker_remove_under(&reopen->maker, "consumequeue/");
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 mark-rejected@600 recovery-full-scan@0",
                  DIRS " " PAGE " " LOG_DIR " queue/sync-dir consumequeue x2",
                  "log 0..0, then log 0..0 ms 0 0, "
                  "then log 0..200 t 0..1 mark 200 ms 12030 12030");
    reopen_free(reopen);
}

/* Clean stops */

static void a_plain_clean_stop_is_believed(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 mark-used@600", "",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 0 0, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void a_dledger_clean_stop_is_believed(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life_stopped(reopen, put_three_settled, POINT_COUNT, 0);
    reopen_expect(reopen, "recovery-normal@0 mark-used@744", TERM,
                  "log 0..744 t 0..3, "
                  "then log 0..744 t 0..3 mark 744 index 3 term 1 ms 30 30 committed 2 of 2, "
                  "then log 0..992 t 0..4 mark 992 index 4 term 2 ms 24030 24030 committed 3 of 3");
    reopen_free(reopen);
}

static void a_clean_stop_in_the_second_file_is_believed(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 7);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 mark-used@1424 recovery-after-first-file@1424", "",
                  "log 0..1424 t 0..7, then log 0..1424 t 0..7 mark 1424 ms 0 0, "
                  "then log 0..1624 t 0..8 mark 1624 ms 12070 12070");
    reopen_free(reopen);
}

static void a_mark_at_the_end_of_a_full_file_is_believed(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 6);
    storemaker_remove(&reopen->maker, LOG_2);
    memset(storemaker_unit_at(&reopen->maker, "t", 0, 5), 0, 20);
    storemaker_mark(&reopen->maker, 1024, -1);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 mark-used@1024 recovery-after-first-file@1024", "",
                  "log 0..1024 t 0..5, then log 0..1024 t 0..5 mark 1024 ms 0 0, "
                  "then log 0..1224 t 0..6 mark 1224 ms 12060 12060");
    reopen_free(reopen);
}

static void a_mark_at_the_start_of_an_empty_file_is_believed(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 6);
    memset(storemaker_record_at(&reopen->maker, 1024), 0, 1024);
    memset(storemaker_unit_at(&reopen->maker, "t", 0, 5), 0, 20);
    storemaker_mark(&reopen->maker, 1024, -1);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 mark-used@1024 recovery-after-first-file@1024", "",
                  "log 0..1024 t 0..5, then log 0..1024 t 0..5 mark 1024 ms 0 0, "
                  "then log 0..1224 t 0..6 mark 1224 ms 12060 12060");
    reopen_free(reopen);
}

static void a_spare_file_behind_a_clean_stop_is_removed(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    (void)storemaker_record_at(&reopen->maker, 1024);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 mark-used@600",
                  "commitlog/cut-file 1024 " PAGE " " LOG_DIR " commitlog/sync 0 " QUEUE_DIRS
                  " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 0 0, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void bytes_behind_a_clean_stop_are_zeroed(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    memcpy(storemaker_record_at(&reopen->maker, 600), "stale", 5);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 mark-used@600 tail-zeroed@600 log-cut@600",
                  "commitlog/zero-tail 0@600+5 commitlog/sync 0 x2 " PAGE " " LOG_DIR
                  " commitlog/sync 0 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 0 0, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void bytes_some_way_behind_the_mark_are_zeroed_after_a_kill(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    memcpy(storemaker_record_at(&reopen->maker, 650), "stale", 5);
    reopen_made(reopen);
    add_abort(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@600 tail-zeroed@600 log-cut@600",
                  DIRS " commitlog/zero-tail 0@650+5 commitlog/sync 0 x2 " PAGE " " LOG_DIR
                       " commitlog/sync 0 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 0 0, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void records_behind_a_clean_stop_are_taken_and_made_durable(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    reopen_make(reopen, "t", NULL);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 mark-used@600 recovery-found-records@600",
                  PAGE " commitlog/rewrite 0@600+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@60+20 " QUEUE_DIRS
                       " queue/sync t/0/0",
                  "log 0..800 t 0..4, then log 0..800 t 0..4 mark 800 ms 40 40, "
                  "then log 0..1000 t 0..5 mark 1000 ms 12040 12040");
    reopen_free(reopen);
}

static void a_stop_killed_before_abort_is_removed_is_unclean(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life_stopped(reopen, put_three_settled, POINT_ABORT_UNLINK, 1);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@600",
                  DIRS " " PAGE " " LOG_DIR " commitlog/sync 0 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 24030 24030");
    reopen_free(reopen);
}

static void a_stop_killed_before_its_page_is_written_scans_from_the_mark_before(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_three_settled, POINT_COUNT, 0);
    reopen_life_stopped(reopen, put_one, POINT_CHECKPOINT_WRITE, 1);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@600 recovery-found-records@600",
                  DIRS " " PAGE " commitlog/rewrite 0@600+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@60+20 " QUEUE_DIRS
                       " queue/sync t/0/0",
                  "log 0..800 t 0..4, then log 0..800 t 0..4 mark 800 ms 12040 12040, "
                  "then log 0..1000 t 0..5 mark 1000 ms 24040 24040");
    reopen_free(reopen);
}

static void a_stop_with_dispatch_held_keeps_abort_and_is_dispatched_at_the_start(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life_stopped(reopen, hold_dispatch, POINT_COUNT, 0);
    assert_true(diskstate_exists(reopen->dir.fd, "abort"));
    reopen_expect(reopen,
                  "recovery-abnormal@0 mark-used@600 recovery-found-records@600 "
                  "dispatch-behind@3",
                  DIRS " queue/append t/0/0@60+20 " PAGE " commitlog/rewrite 0@600+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@60+20 " QUEUE_DIRS
                       " queue/sync t/0/0",
                  "log 0..800 t 0..4, then log 0..800 t 0..4 mark 800 ms 12040 12040, "
                  "then log 0..1000 t 0..5 mark 1000 ms 24040 24040");
    reopen_free(reopen);
}

static void a_clock_that_went_back_does_not_take_store_times_back(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life_stopped(reopen, put_three_settled, POINT_COUNT, 0);
    int64_t last_ms = page_of(reopen).physic_msg_timestamp_ms;
    reopen->now_ms = last_ms - 500000;
    test_ok(reopen_open(reopen), reopen->err);
    reopen_settle(reopen);
    reopen_put(reopen, "t");
    reopen_settle(reopen);
    reopen_close(reopen, true);
    assert_int_equal(page_of(reopen).physic_msg_timestamp_ms, last_ms);
    assert_int_equal(page_of(reopen).mark.physical_offset, 800);
    uint8_t *log = diskstate_read(reopen->dir.fd, LOG, NULL);
    assert_int_equal(bytes_get_be64(log + 600 + 56), last_ms);
    free(log);
    reopen_free(reopen);
}

/* A put and its dispatch, killed between two effects */

static void a_plain_put_killed_before_its_append_leaves_nothing(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_new_topic, POINT_COMMITLOG_APPEND, 4);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@600",
                  DIRS " " PAGE " " LOG_DIR " commitlog/sync 0 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 24040 24040");
    reopen_free(reopen);
}

static void a_torn_record_is_cut_and_zeroed(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_new_topic, POINT_COMMITLOG_SYNC, 3);
    diskstate_zero_fill(reopen->dir.fd, LOG, 700, 100);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@600 tail-zeroed@600 log-cut@600",
                  DIRS " commitlog/zero-tail 0@603+97 commitlog/sync 0 x2 " PAGE " " LOG_DIR
                       " commitlog/sync 0 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 24040 24040");
    reopen_free(reopen);
}

static void a_start_killed_before_its_zeros_are_synced_syncs_them(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_new_topic, POINT_COMMITLOG_SYNC, 3);
    diskstate_zero_fill(reopen->dir.fd, LOG, 700, 100);
    reopen_start_killed(reopen, POINT_COMMITLOG_SYNC, 1);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@600",
                  DIRS " " PAGE " " LOG_DIR " commitlog/sync 0 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 24040 24040");
    reopen_free(reopen);
}

static void a_torn_first_record_leaves_an_empty_log(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_one, POINT_COMMITLOG_SYNC, 1);
    diskstate_zero_fill(reopen->dir.fd, LOG, 100, 100);
    reopen_expect(reopen,
                  "recovery-abnormal@0 mark-rejected@0 recovery-full-scan@0 tail-zeroed@0 "
                  "log-cut@0",
                  DIRS " commitlog/zero-tail 0@3+97 commitlog/sync 0 x2 " LOG_DIR
                       " commitlog/sync 0 queue/sync-dir consumequeue x2",
                  "log 0..0, then log 0..0 no page, "
                  "then log 0..200 t 0..1 mark 200 ms 12010 12010");
    reopen_free(reopen);
}

static void a_record_without_its_queue_gets_one(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_new_topic, POINT_QUEUE_MKDIR, 3);
    reopen_expect(reopen,
                  "recovery-abnormal@0 mark-used@600 recovery-found-records@600 "
                  "dispatch-behind@0",
                  DIRS " queue/mkdir u queue/mkdir u/0 queue/create u/0/0 queue/extend u/0/0 "
                       "queue/append u/0/0@0+20 " PAGE " commitlog/rewrite 0@600+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                       " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0",
                  "log 0..800 t 0..3 u 0..1, "
                  "then log 0..800 t 0..3 u 0..1 mark 800 ms 12040 12040, "
                  "then log 0..1000 t 0..4 u 0..1 mark 1000 ms 24040 24040");
    reopen_free(reopen);
}

static void a_topic_directory_without_its_queue_gets_one(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_new_topic, POINT_QUEUE_MKDIR, 4);
    reopen_expect(reopen,
                  "recovery-abnormal@0 mark-used@600 recovery-found-records@600 "
                  "dispatch-behind@0",
                  DIRS " queue/mkdir u/0 queue/create u/0/0 queue/extend u/0/0 "
                       "queue/append u/0/0@0+20 " PAGE " commitlog/rewrite 0@600+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                       " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0",
                  "log 0..800 t 0..3 u 0..1, "
                  "then log 0..800 t 0..3 u 0..1 mark 800 ms 12040 12040, "
                  "then log 0..1000 t 0..4 u 0..1 mark 1000 ms 24040 24040");
    reopen_free(reopen);
}

static void a_queue_directory_without_its_file_gets_one(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_new_topic, POINT_QUEUE_CREATE, 2);
    reopen_expect(reopen,
                  "recovery-abnormal@0 mark-used@600 recovery-found-records@600 "
                  "dispatch-behind@0",
                  DIRS " queue/create u/0/0 queue/extend u/0/0 queue/append u/0/0@0+20 " PAGE
                       " commitlog/rewrite 0@600+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                       " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0",
                  "log 0..800 t 0..3 u 0..1, "
                  "then log 0..800 t 0..3 u 0..1 mark 800 ms 12040 12040, "
                  "then log 0..1000 t 0..4 u 0..1 mark 1000 ms 24040 24040");
    reopen_free(reopen);
}

static void an_empty_queue_file_is_removed_and_made_again(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_new_topic, POINT_QUEUE_EXTEND, 2);
    reopen_expect(reopen,
                  "zero-length-file@0 recovery-abnormal@0 mark-used@600 "
                  "recovery-found-records@600 dispatch-behind@0",
                  "queue/cut-file u/0/0 " DIRS
                  " queue/create u/0/0 queue/extend u/0/0 queue/append u/0/0@0+20 " PAGE
                  " commitlog/rewrite 0@600+200 " LOG_DIR
                  " commitlog/sync 0 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                  " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0",
                  "log 0..800 t 0..3 u 0..1, "
                  "then log 0..800 t 0..3 u 0..1 mark 800 ms 12040 12040, "
                  "then log 0..1000 t 0..4 u 0..1 mark 1000 ms 24040 24040");
    reopen_free(reopen);
}

static void a_queue_file_without_its_unit_gets_it(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_new_topic, POINT_QUEUE_APPEND, 4);
    reopen_expect(reopen,
                  "recovery-abnormal@0 mark-used@600 recovery-found-records@600 "
                  "dispatch-behind@0",
                  DIRS " queue/append u/0/0@0+20 " PAGE " commitlog/rewrite 0@600+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                       " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0",
                  "log 0..800 t 0..3 u 0..1, "
                  "then log 0..800 t 0..3 u 0..1 mark 800 ms 12040 12040, "
                  "then log 0..1000 t 0..4 u 0..1 mark 1000 ms 24040 24040");
    reopen_free(reopen);
}

static void a_dispatched_record_that_nothing_synced_is_written_again(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_new_topic, POINT_COUNT, 0);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@600 recovery-found-records@600",
                  DIRS " " PAGE " commitlog/rewrite 0@600+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                       " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0",
                  "log 0..800 t 0..3 u 0..1, "
                  "then log 0..800 t 0..3 u 0..1 mark 800 ms 12040 12040, "
                  "then log 0..1000 t 0..4 u 0..1 mark 1000 ms 24040 24040");
    reopen_free(reopen);
}

static void a_torn_unit_is_healed(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_eight, POINT_QUEUE_APPEND, 5);
    diskstate_zero_fill(reopen->dir.fd, QUEUE, 70, 10);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@600 recovery-found-records@600 queue-healed@3 "
        "dispatch-behind@4",
        DIRS " queue/heal t/0/0@60+20 queue/append t/0/80@0+20 " PAGE
             " commitlog/rewrite 0@600+400 " LOG_DIR
             " commitlog/sync 0 queue/rewrite t/0/0@60+20 queue/rewrite t/0/80@0+20 " QUEUE_DIRS
             " queue/sync t/0/0 queue/sync t/0/80",
        "log 0..1000 t 0..5, then log 0..1000 t 0..5 mark 1000 ms 12050 12050, "
        "then log 0..1224 t 0..6 mark 1224 ms 24080 24080");
    reopen_free(reopen);
}

static void a_start_killed_while_it_heals_is_done_again(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_eight, POINT_QUEUE_APPEND, 5);
    diskstate_zero_fill(reopen->dir.fd, QUEUE, 70, 10);
    reopen_start_killed(reopen, POINT_QUEUE_APPEND, 1);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@600 recovery-found-records@600 "
        "dispatch-behind@4",
        DIRS " queue/append t/0/80@0+20 " PAGE " commitlog/rewrite 0@600+400 " LOG_DIR
             " commitlog/sync 0 queue/rewrite t/0/0@60+20 queue/rewrite t/0/80@0+20 " QUEUE_DIRS
             " queue/sync t/0/0 queue/sync t/0/80",
        "log 0..1000 t 0..5, then log 0..1000 t 0..5 mark 1000 ms 12050 12050, "
        "then log 0..1224 t 0..6 mark 1224 ms 24080 24080");
    reopen_free(reopen);
}

static void a_dledger_put_killed_before_its_append_leaves_nothing(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_new_topic, POINT_DLEDGER_APPEND, 4);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@744",
                  DLEDGER_DIRS " " PAGE " " DATA_DIR " dledger/sync 0 " INDEX_DIR
                               " dledger-index/sync 0 " QUEUE_DIRS " queue/sync t/0/0 " TERM,
                  "log 0..744 t 0..3, "
                  "then log 0..744 t 0..3 mark 744 index 3 term 1 ms 30 30 committed 2 of 2, "
                  "then log 0..992 t 0..4 mark 992 index 4 term 2 ms 24040 24040 committed 3 of 3");
    reopen_free(reopen);
}

static void a_torn_entry_is_cut_and_zeroed(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_new_topic, POINT_DLEDGER_INDEX_APPEND, 4);
    diskstate_zero_fill(reopen->dir.fd, DATA, 900, 92);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@744 tail-zeroed@744 log-cut@744",
                  DLEDGER_DIRS " dledger/zero-tail 0@747+153 dledger/sync 0 x2 " PAGE " " DATA_DIR
                               " dledger/sync 0 " INDEX_DIR " dledger-index/sync 0 " QUEUE_DIRS
                               " queue/sync t/0/0 " TERM,
                  "log 0..744 t 0..3, "
                  "then log 0..744 t 0..3 mark 744 index 3 term 1 ms 30 30 committed 2 of 2, "
                  "then log 0..992 t 0..4 mark 992 index 4 term 2 ms 24040 24040 committed 3 of 3");
    reopen_free(reopen);
}

static void an_entry_without_its_index_unit_gets_it(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_new_topic, POINT_DLEDGER_INDEX_APPEND, 4);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@744 recovery-found-records@744 "
        "index-rebuilt@744 dispatch-behind@0 committed-at-open@992",
        DLEDGER_DIRS " dledger-index/append 0@96+32 queue/mkdir u queue/mkdir u/0 "
                     "queue/create u/0/0 queue/extend u/0/0 queue/append u/0/0@0+20 " PAGE
                     " dledger/rewrite 0@744+248 " DATA_DIR
                     " dledger/sync 0 dledger-index/rewrite 0@96+32 " INDEX_DIR
                     " dledger-index/sync 0 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                     " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0 " TERM,
        "log 0..992 t 0..3 u 0..1, "
        "then log 0..992 t 0..3 u 0..1 mark 992 index 4 term 1 ms 12040 12040 committed 3 of 3, then log 0..1272 t 0..4 u 0..1 mark 1272 index 5 term 2 ms 24040 24040 committed 4 of 4");
    reopen_free(reopen);
}

static void an_entry_without_its_index_file_gets_one(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_eight, POINT_DLEDGER_INDEX_CREATE, 2);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@744 recovery-found-records@744 "
        "index-rebuilt@1024 queue-rolled@4 dispatch-behind@4 committed-at-open@1272",
        DLEDGER_DIRS " dledger-index/create 128 dledger-index/extend 128 "
                     "dledger-index/append 128@0+32 queue/create t/0/80 queue/extend t/0/80 "
                     "queue/append t/0/80@0+20 " PAGE
                     " dledger/rewrite 0@744+280 dledger/rewrite 1024@0+248 " DATA_DIR
                     " dledger/sync 0 dledger/sync 1024 dledger-index/rewrite 0@96+32 "
                     "dledger-index/rewrite 128@0+32 " INDEX_DIR
                     " dledger-index/sync 0 dledger-index/sync 128 queue/rewrite t/0/0@60+20 "
                     "queue/rewrite t/0/80@0+20 " QUEUE_DIRS
                     " queue/sync t/0/0 queue/sync t/0/80 " TERM,
        "log 0..1272 t 0..5, "
        "then log 0..1272 t 0..5 mark 1272 index 5 term 1 ms 12050 12050 committed 4 of 4, then log 0..1520 t 0..6 mark 1520 index 6 term 2 ms 24080 24080 committed 5 of 5");
    reopen_free(reopen);
}

static void an_empty_index_file_is_removed_and_made_again(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_eight, POINT_DLEDGER_INDEX_EXTEND, 2);
    reopen_expect(
        reopen,
        "zero-length-file@128 recovery-abnormal@0 mark-used@744 "
        "recovery-found-records@744 index-rebuilt@1024 queue-rolled@4 "
        "dispatch-behind@4 committed-at-open@1272",
        "dledger-index/cut-file 128 " DLEDGER_DIRS
        " dledger-index/create 128 dledger-index/extend 128 "
        "dledger-index/append 128@0+32 queue/create t/0/80 queue/extend t/0/80 "
        "queue/append t/0/80@0+20 " PAGE
        " dledger/rewrite 0@744+280 dledger/rewrite 1024@0+248 " DATA_DIR
        " dledger/sync 0 dledger/sync 1024 dledger-index/rewrite 0@96+32 "
        "dledger-index/rewrite 128@0+32 " INDEX_DIR
        " dledger-index/sync 0 dledger-index/sync 128 queue/rewrite t/0/0@60+20 "
        "queue/rewrite t/0/80@0+20 " QUEUE_DIRS " queue/sync t/0/0 queue/sync t/0/80 " TERM,
        "log 0..1272 t 0..5, "
        "then log 0..1272 t 0..5 mark 1272 index 5 term 1 ms 12050 12050 committed 4 of 4, then log 0..1520 t 0..6 mark 1520 index 6 term 2 ms 24080 24080 committed 5 of 5");
    reopen_free(reopen);
}

static void a_torn_index_unit_is_written_again(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_new_topic, POINT_COUNT, 0);
    diskstate_zero_fill(reopen->dir.fd, INDEX, 3 * 32 + 16, 16);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@744 recovery-found-records@744 "
        "index-rebuilt@744 tail-zeroed@96 committed-at-open@992",
        DLEDGER_DIRS " dledger-index/zero-tail 0@99+13 dledger-index/sync 0 x2 "
                     "dledger-index/append 0@96+32 " PAGE " dledger/rewrite 0@744+248 " DATA_DIR
                     " dledger/sync 0 dledger-index/rewrite 0@96+32 " INDEX_DIR
                     " dledger-index/sync 0 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                     " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0 " TERM,
        "log 0..992 t 0..3 u 0..1, "
        "then log 0..992 t 0..3 u 0..1 mark 992 index 4 term 1 ms 12040 12040 committed 3 of 3, then log 0..1272 t 0..4 u 0..1 mark 1272 index 5 term 2 ms 24040 24040 committed 4 of 4");
    reopen_free(reopen);
}

static void an_entry_without_its_queue_gets_one(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_new_topic, POINT_QUEUE_MKDIR, 3);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@744 recovery-found-records@744 "
        "dispatch-behind@0 committed-at-open@992",
        DLEDGER_DIRS " queue/mkdir u queue/mkdir u/0 queue/create u/0/0 queue/extend u/0/0 "
                     "queue/append u/0/0@0+20 " PAGE " dledger/rewrite 0@744+248 " DATA_DIR
                     " dledger/sync 0 dledger-index/rewrite 0@96+32 " INDEX_DIR
                     " dledger-index/sync 0 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                     " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0 " TERM,
        "log 0..992 t 0..3 u 0..1, "
        "then log 0..992 t 0..3 u 0..1 mark 992 index 4 term 1 ms 12040 12040 committed 3 of 3, then log 0..1272 t 0..4 u 0..1 mark 1272 index 5 term 2 ms 24040 24040 committed 4 of 4");
    reopen_free(reopen);
}

static void a_start_killed_before_its_term_is_renamed_raises_it_again(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_new_topic, POINT_COUNT, 0);
    reopen_start_killed(reopen, POINT_CURRTERM_RENAME, 1);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@744 recovery-found-records@744 "
        "committed-at-open@992",
        DLEDGER_DIRS " " PAGE " dledger/rewrite 0@744+248 " DATA_DIR
                     " dledger/sync 0 dledger-index/rewrite 0@96+32 " INDEX_DIR
                     " dledger-index/sync 0 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                     " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0 " TERM,
        "log 0..992 t 0..3 u 0..1, "
        "then log 0..992 t 0..3 u 0..1 mark 992 index 4 term 1 ms 12040 12040 committed 3 of 3, then log 0..1272 t 0..4 u 0..1 mark 1272 index 5 term 2 ms 24040 24040 committed 4 of 4");
    reopen_free(reopen);
}

/* A roll, killed between two effects */

static void a_roll_killed_before_its_blank_goes_on_in_the_file(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_eight, POINT_COMMITLOG_BLANK, 1);
    reopen_expect(
        reopen, "recovery-abnormal@0 mark-used@600 recovery-found-records@600",
        DIRS " " PAGE " commitlog/rewrite 0@600+400 " LOG_DIR
             " commitlog/sync 0 queue/rewrite t/0/0@60+20 queue/rewrite t/0/80@0+20 " QUEUE_DIRS
             " queue/sync t/0/0 queue/sync t/0/80",
        "log 0..1000 t 0..5, then log 0..1000 t 0..5 mark 1000 ms 12050 12050, "
        "then log 0..1224 t 0..6 mark 1224 ms 24080 24080");
    reopen_free(reopen);
}

static void a_torn_blank_is_zeroed(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_eight, POINT_COMMITLOG_CREATE, 2);
    diskstate_zero_fill(reopen->dir.fd, LOG, 1004, 4);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@600 recovery-found-records@600 "
        "tail-zeroed@1000 log-cut@1000",
        DIRS " commitlog/zero-tail 0@1003+1 commitlog/sync 0 x2 " PAGE
             " commitlog/rewrite 0@600+400 " LOG_DIR
             " commitlog/sync 0 queue/rewrite t/0/0@60+20 queue/rewrite t/0/80@0+20 " QUEUE_DIRS
             " queue/sync t/0/0 queue/sync t/0/80",
        "log 0..1000 t 0..5, then log 0..1000 t 0..5 mark 1000 ms 12050 12050, "
        "then log 0..1224 t 0..6 mark 1224 ms 24080 24080");
    reopen_free(reopen);
}

static void a_blank_without_a_next_file_is_zeroed(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_eight, POINT_COMMITLOG_CREATE, 2);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@600 recovery-found-records@600 "
        "tail-zeroed@1000 log-cut@1000",
        DIRS " commitlog/zero-tail 0@1003+5 commitlog/sync 0 x2 " PAGE
             " commitlog/rewrite 0@600+400 " LOG_DIR
             " commitlog/sync 0 queue/rewrite t/0/0@60+20 queue/rewrite t/0/80@0+20 " QUEUE_DIRS
             " queue/sync t/0/0 queue/sync t/0/80",
        "log 0..1000 t 0..5, then log 0..1000 t 0..5 mark 1000 ms 12050 12050, "
        "then log 0..1224 t 0..6 mark 1224 ms 24080 24080");
    reopen_free(reopen);
}

static void an_empty_next_file_is_removed(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_eight, POINT_COMMITLOG_EXTEND, 2);
    reopen_expect(
        reopen,
        "zero-length-file@1024 recovery-abnormal@0 mark-used@600 "
        "recovery-found-records@600 tail-zeroed@1000 log-cut@1000",
        "commitlog/cut-file 1024 " DIRS " commitlog/zero-tail 0@1003+5 commitlog/sync 0 x2 " PAGE
        " commitlog/rewrite 0@600+400 " LOG_DIR
        " commitlog/sync 0 queue/rewrite t/0/0@60+20 queue/rewrite t/0/80@0+20 " QUEUE_DIRS
        " queue/sync t/0/0 queue/sync t/0/80",
        "log 0..1000 t 0..5, then log 0..1000 t 0..5 mark 1000 ms 12050 12050, "
        "then log 0..1224 t 0..6 mark 1224 ms 24080 24080");
    reopen_free(reopen);
}

static void a_next_file_without_a_record_is_where_the_log_goes_on(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_eight, POINT_COMMITLOG_APPEND, 6);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@600 recovery-found-records@600",
                  DIRS " " PAGE " commitlog/rewrite 0@600+424 " LOG_DIR
                       " commitlog/sync 0 commitlog/sync 1024 queue/rewrite t/0/0@60+20 "
                       "queue/rewrite t/0/80@0+20 " QUEUE_DIRS
                       " queue/sync t/0/0 queue/sync t/0/80",
                  "log 0..1024 t 0..5, then log 0..1024 t 0..5 mark 1024 ms 12050 12050, "
                  "then log 0..1224 t 0..6 mark 1224 ms 24080 24080");
    reopen_free(reopen);
}

static void a_queue_roll_killed_before_its_create_gets_its_file(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_eight, POINT_QUEUE_CREATE, 2);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@600 recovery-found-records@600 queue-rolled@4 "
        "dispatch-behind@4",
        DIRS " queue/create t/0/80 queue/extend t/0/80 queue/append t/0/80@0+20 " PAGE
             " commitlog/rewrite 0@600+400 " LOG_DIR
             " commitlog/sync 0 queue/rewrite t/0/0@60+20 queue/rewrite t/0/80@0+20 " QUEUE_DIRS
             " queue/sync t/0/0 queue/sync t/0/80",
        "log 0..1000 t 0..5, then log 0..1000 t 0..5 mark 1000 ms 12050 12050, "
        "then log 0..1224 t 0..6 mark 1224 ms 24080 24080");
    reopen_free(reopen);
}

static void a_torn_dledger_blank_is_zeroed(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_eight, POINT_DLEDGER_CREATE, 2);
    diskstate_zero_fill(reopen->dir.fd, DATA, 994, 6);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@744 recovery-found-records@744 "
        "tail-zeroed@992 log-cut@992 committed-at-open@992",
        DLEDGER_DIRS
        " dledger/zero-tail 0@992+2 dledger/sync 0 x2 " PAGE " dledger/rewrite 0@744+248 " DATA_DIR
        " dledger/sync 0 dledger-index/rewrite 0@96+32 " INDEX_DIR
        " dledger-index/sync 0 queue/rewrite t/0/0@60+20 " QUEUE_DIRS " queue/sync t/0/0 " TERM,
        "log 0..992 t 0..4, "
        "then log 0..992 t 0..4 mark 992 index 4 term 1 ms 12040 12040 committed 3 of 3, then log 0..1272 t 0..5 mark 1272 index 5 term 2 ms 24080 24080 committed 4 of 4");
    reopen_free(reopen);
}

static void a_dledger_blank_without_a_next_file_is_zeroed(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_eight, POINT_DLEDGER_CREATE, 2);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@744 recovery-found-records@744 "
        "tail-zeroed@992 log-cut@992 committed-at-open@992",
        DLEDGER_DIRS
        " dledger/zero-tail 0@992+8 dledger/sync 0 x2 " PAGE " dledger/rewrite 0@744+248 " DATA_DIR
        " dledger/sync 0 dledger-index/rewrite 0@96+32 " INDEX_DIR
        " dledger-index/sync 0 queue/rewrite t/0/0@60+20 " QUEUE_DIRS " queue/sync t/0/0 " TERM,
        "log 0..992 t 0..4, "
        "then log 0..992 t 0..4 mark 992 index 4 term 1 ms 12040 12040 committed 3 of 3, then log 0..1272 t 0..5 mark 1272 index 5 term 2 ms 24080 24080 committed 4 of 4");
    reopen_free(reopen);
}

static void a_next_dledger_file_without_an_entry_is_where_the_log_goes_on(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_eight, POINT_DLEDGER_APPEND, 5);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-used@744 recovery-found-records@744 "
        "committed-at-open@1024",
        DLEDGER_DIRS " " PAGE " dledger/rewrite 0@744+280 " DATA_DIR
                     " dledger/sync 0 dledger/sync 1024 dledger-index/rewrite 0@96+32 " INDEX_DIR
                     " dledger-index/sync 0 queue/rewrite t/0/0@60+20 " QUEUE_DIRS
                     " queue/sync t/0/0 " TERM,
        "log 0..1024 t 0..4, "
        "then log 0..1024 t 0..4 mark 1024 index 4 term 1 ms 12040 12040 committed 3 of 3, then log 0..1272 t 0..5 mark 1272 index 5 term 2 ms 24080 24080 committed 4 of 4");
    reopen_free(reopen);
}

static void a_preallocated_file_is_removed(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, preallocate_one, POINT_COUNT, 0);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@600",
                  DIRS " commitlog/cut-file 1024 " PAGE " " LOG_DIR " commitlog/sync 0 " QUEUE_DIRS
                       " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 24030 24030");
    reopen_free(reopen);
}

/* A checkpoint, killed between two effects */

static void an_empty_checkpoint_is_no_mark(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, settle_one, POINT_CHECKPOINT_EXTEND, 1);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN,
                  DIRS " commitlog/rewrite 0@0+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+20 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..200 t 0..1, then log 0..200 t 0..1 mark 200 ms 10 10, "
                  "then log 0..400 t 0..2 mark 400 ms 24010 24010");
    reopen_free(reopen);
}

static void a_checkpoint_of_zeros_is_no_mark(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, settle_one, POINT_CHECKPOINT_WRITE, 1);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN,
                  DIRS " " PAGE " commitlog/rewrite 0@0+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+20 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..200 t 0..1, then log 0..200 t 0..1 mark 200 ms 10 10, "
                  "then log 0..400 t 0..2 mark 400 ms 24010 24010");
    reopen_free(reopen);
}

/* The records of `count` and a page of 5.5.x that names the last one; with `magic` it was ours
 * before. */
static struct reopen *left_by_rocketmq(unsigned count, uint32_t magic)
{
    uint8_t at[CHECKPOINT_SIZE_BYTES];
    const struct checkpoint_page page = {.physic_msg_timestamp_ms = 10,
                                         .logics_msg_timestamp_ms = 10,
                                         .logics_physical_offset = 200 * ((int64_t)count - 1)};
    struct reopen *reopen = reopen_new(PLAIN);
    for (unsigned i = 0; i < count; i++) {
        reopen_make(reopen, "t", NULL);
    }
    checkpoint_encode(&page, at);
    bytes_put_be32(at + 64, magic);
    storemaker_write(&reopen->maker, CHECKPOINT_PATH, at, sizeof(at));
    reopen_made(reopen);
    add_abort(reopen);
    return reopen;
}

/* What it says of queues that a start before this one may have written anew is not repeated. */
static void a_page_of_rocketmq_alone_is_not_written_before_the_queues_are_durable(void **state)
{
    (void)state;
    struct reopen *reopen = left_by_rocketmq(2, 0);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN,
                  DIRS " commitlog/rewrite 0@0+400 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+40 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..400 t 0..2, then log 0..400 t 0..2 mark 400 ms 20 20, "
                  "then log 0..600 t 0..3 mark 600 ms 12020 12020");
    reopen_free(reopen);
}

static void a_page_that_was_ours_before_rocketmqs_loses_mark_and_offset_first(void **state)
{
    (void)state;
    struct reopen *reopen = left_by_rocketmq(2, 0x4B504D4B);
    assert_int_equal(page_of(reopen).logics_physical_offset, 200);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN,
                  DIRS " " PAGE " commitlog/rewrite 0@0+400 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+40 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..400 t 0..2, then log 0..400 t 0..2 mark 400 ms 20 20, "
                  "then log 0..600 t 0..3 mark 600 ms 12020 12020");
    reopen_free(reopen);
}

static void a_torn_checkpoint_is_no_mark(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, settle_one, POINT_CHECKPOINT_SYNC, 1);
    diskstate_zero_fill(reopen->dir.fd, CHECKPOINT_PATH, 64, 8);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN,
                  DIRS " " PAGE " commitlog/rewrite 0@0+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+20 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..200 t 0..1, then log 0..200 t 0..1 mark 200 ms 10 10, "
                  "then log 0..400 t 0..2 mark 400 ms 24010 24010");
    reopen_free(reopen);
}

static void a_whole_checkpoint_is_believed_and_written_again(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, settle_one, POINT_CHECKPOINT_SYNC, 1);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@200",
                  DIRS " " PAGE " " LOG_DIR " commitlog/sync 0 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..200 t 0..1, then log 0..200 t 0..1 mark 200 ms 10 10, "
                  "then log 0..400 t 0..2 mark 400 ms 24010 24010");
    reopen_free(reopen);
}

static void a_dledger_checkpoint_that_was_not_renamed_is_passed_over(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, put_three_settled, POINT_DLEDGER_CHECKPOINT_RENAME, 1);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN " committed-at-open@744",
                  DLEDGER_DIRS " dledger/rewrite 0@0+744 " DATA_DIR
                               " dledger/sync 0 dledger-index/rewrite 0@0+96 " INDEX_DIR
                               " dledger-index/sync 0 queue/rewrite t/0/0@0+60 " QUEUE_DIRS
                               " queue/sync t/0/0 " TERM,
                  "log 0..744 t 0..3, "
                  "then log 0..744 t 0..3 mark 744 index 3 term 1 ms 30 30 committed 2 of 2, "
                  "then log 0..992 t 0..4 mark 992 index 4 term 2 ms 24030 24030 committed 3 of 3");
    reopen_free(reopen);
}

static void a_dledger_checkpoint_that_does_not_parse_commits_all(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life_stopped(reopen, put_three_settled, POINT_COUNT, 0);
    diskstate_truncate(reopen->dir.fd, "dledger-n0/checkpoint", 5);
    reopen_expect(reopen, "recovery-normal@0 mark-used@744 committed-at-open@744", TERM,
                  "log 0..744 t 0..3, "
                  "then log 0..744 t 0..3 mark 744 index 3 term 1 ms 30 30 committed 2 of 2, "
                  "then log 0..992 t 0..4 mark 992 index 4 term 2 ms 24030 24030 committed 3 of 3");
    reopen_free(reopen);
}

/* An expiry, killed between two effects */

static void an_expiry_killed_before_its_unlink_keeps_the_file(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, expire_one, POINT_COMMITLOG_EXPIRE, 1);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@2448 recovery-after-first-file@2448",
                  DIRS " " PAGE " " LOG_DIR " commitlog/sync 2048 " QUEUE_DIRS,
                  "log 0..2448 t 0..12, then log 0..2448 t 0..12 mark 2448 ms 120 120, "
                  "then log 0..2648 t 0..13 mark 2648 ms 124120 124120");
    reopen_free(reopen);
}

static void units_of_an_expired_file_are_passed_over(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, expire_one, POINT_QUEUE_EXPIRE, 1);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@2448 recovery-after-first-file@2448",
                  DIRS " " PAGE " " LOG_DIR " commitlog/sync 2048 " QUEUE_DIRS,
                  "log 1024..2448 t 5..12, then log 1024..2448 t 5..12 mark 2448 ms 120 120, "
                  "then log 1024..2648 t 5..13 mark 2648 ms 124120 124120");
    reopen_free(reopen);
}

static void queues_that_expired_begin_where_the_log_does(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, expire_one, POINT_COUNT, 0);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@2448",
                  DIRS " " PAGE " " LOG_DIR " commitlog/sync 2048 " QUEUE_DIRS,
                  "log 2048..2448 t 10..12, then log 2048..2448 t 10..12 mark 2448 ms 120 120, "
                  "then log 2048..2648 t 10..13 mark 2648 ms 124120 124120");
    reopen_free(reopen);
}

static void an_index_file_of_an_expired_file_stays(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, expire_one, POINT_DLEDGER_INDEX_EXPIRE, 1);
    reopen_expect(
        reopen, "recovery-abnormal@0 mark-used@3040 recovery-after-first-file@3040",
        DLEDGER_DIRS " " PAGE " " DATA_DIR " dledger/sync 2048 " INDEX_DIR " " QUEUE_DIRS " " TERM,
        "log 1024..3040 t 4..12, "
        "then log 1024..3040 t 4..12 mark 3040 index 12 term 1 ms 120 120 committed 11 of 11, then log 1024..3320 t 4..13 mark 3320 index 13 term 2 ms 124120 124120 committed 12 of 12");
    reopen_free(reopen);
}

static void an_expired_log_without_a_mark_is_scanned_from_its_first_file(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_life(reopen, expire_one, POINT_COUNT, 0);
    diskstate_unlink(reopen->dir.fd, CHECKPOINT_PATH);
    reopen_expect(
        reopen,
        "recovery-abnormal@0 mark-rejected@0 recovery-full-scan@2048 "
        "recovery-found-records@2048",
        DLEDGER_DIRS " dledger/rewrite 2048@0+992 " DATA_DIR
                     " dledger/sync 2048 dledger-index/rewrite 256@0+128 " INDEX_DIR
                     " dledger-index/sync 256 queue/rewrite t/0/160@0+80 " QUEUE_DIRS
                     " queue/sync t/0/160 " TERM,
        "log 2048..3040 t 8..12, "
        "then log 2048..3040 t 8..12 mark 3040 index 12 term 1 ms 120 120 committed 11 of 11, then log 2048..3320 t 8..13 mark 3320 index 13 term 2 ms 124120 124120 committed 12 of 12");
    reopen_free(reopen);
}

/* Missing, spare, stale */

static void a_mark_past_the_log_is_dropped_before_anything_is_mended(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 8);
    storemaker_remove(&reopen->maker, LOG_2);
    reopen_made(reopen);
    reopen_expect(
        reopen,
        "recovery-normal@0 mark-rejected@1624 recovery-full-scan@0 "
        "recovery-found-records@0 queue-cut@5 tail-zeroed@1000 log-cut@1000 "
        "tail-zeroed@100",
        DIRS " " PAGE " commitlog/zero-tail 0@1003+5 commitlog/sync 0 x2 "
             "queue/cut-tail t/0/80@26+46 queue/sync t/0/80 x2 commitlog/rewrite 0@0+1000 " LOG_DIR
             " commitlog/sync 0 queue/rewrite t/0/0@0+80 queue/rewrite t/0/80@0+20 " QUEUE_DIRS
             " queue/sync t/0/0 queue/sync t/0/80",
        "log 0..1000 t 0..5, then log 0..1000 t 0..5 mark 1000 ms 50 50, "
        "then log 0..1224 t 0..6 mark 1224 ms 12080 12080");
    reopen_free(reopen);
}

static void a_mark_before_the_log_is_dropped(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 7);
    storemaker_mark(&reopen->maker, 600, -1);
    storemaker_remove(&reopen->maker, LOG);
    reopen_made(reopen);
    reopen_expect(
        reopen,
        "recovery-normal@0 mark-rejected@600 recovery-full-scan@1024 "
        "recovery-found-records@1024",
        DIRS " " PAGE " commitlog/rewrite 1024@0+400 " LOG_DIR
             " commitlog/sync 1024 queue/rewrite t/0/0@0+80 queue/rewrite t/0/80@0+60 " QUEUE_DIRS
             " queue/sync t/0/0 queue/sync t/0/80",
        "log 1024..1424 t 5..7, then log 1024..1424 t 5..7 mark 1424 ms 70 70, "
        "then log 1024..1624 t 5..8 mark 1624 ms 12070 12070");
    reopen_free(reopen);
}

static void a_page_of_times_over_an_empty_log_gets_a_mark(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    add_times(reopen, 107000, 107500);
    (void)storemaker_record_at(&reopen->maker, 0);
    reopen_made(reopen);
    add_abort(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 mark-rejected@0 recovery-full-scan@0",
                  DIRS " " PAGE " " LOG_DIR " commitlog/sync 0 queue/sync-dir consumequeue x2",
                  "log 0..0, then log 0..0 mark 0 ms -1767225493000 -1767225492500, "
                  "then log 0..200 t 0..1 mark 200 ms 12000 12000");
    reopen_free(reopen);
}

static void a_queue_that_is_gone_voids_the_mark(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    reopen_make(reopen, "u", NULL);
    storemaker_mark(&reopen->maker, 800, -1);
    storemaker_remove_under(&reopen->maker, "consumequeue/u/");
    reopen_made(reopen);
    reopen_expect(reopen,
                  "recovery-normal@0 mark-rejected@800 recovery-full-scan@0 "
                  "recovery-found-records@0 dispatch-behind@0",
                  DIRS
                  " " PAGE " queue/mkdir u queue/mkdir u/0 queue/create u/0/0 queue/extend u/0/0 "
                  "queue/append u/0/0@0+20 commitlog/rewrite 0@0+800 " LOG_DIR
                  " commitlog/sync 0 queue/rewrite t/0/0@0+60 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                  " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0",
                  "log 0..800 t 0..3 u 0..1, then log 0..800 t 0..3 u 0..1 mark 800 ms 40 40, "
                  "then log 0..1000 t 0..4 u 0..1 mark 1000 ms 12040 12040");
    reopen_free(reopen);
}

static void a_start_killed_in_its_mending_leaves_no_mark(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    reopen_make(reopen, "u", NULL);
    storemaker_mark(&reopen->maker, 800, -1);
    storemaker_remove_under(&reopen->maker, "consumequeue/u/");
    reopen_made(reopen);
    reopen_start_killed(reopen, POINT_QUEUE_APPEND, 1);
    reopen_expect(reopen, "recovery-normal@0 " FULL_SCAN " dispatch-behind@0",
                  DIRS
                  " " PAGE " queue/append u/0/0@0+20 commitlog/rewrite 0@0+800 " LOG_DIR
                  " commitlog/sync 0 queue/rewrite t/0/0@0+60 queue/rewrite u/0/0@0+20 " QUEUE_DIRS
                  " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0",
                  "log 0..800 t 0..3 u 0..1, then log 0..800 t 0..3 u 0..1 mark 800 ms 40 40, "
                  "then log 0..1000 t 0..4 u 0..1 mark 1000 ms 12040 12040");
    reopen_free(reopen);
}

static void a_queue_with_a_unit_less_voids_the_mark(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    memset(storemaker_unit_at(&reopen->maker, "t", 0, 2), 0, 20);
    reopen_made(reopen);
    reopen_expect(reopen,
                  "recovery-normal@0 mark-rejected@600 recovery-full-scan@0 "
                  "recovery-found-records@0 dispatch-behind@2",
                  DIRS " " PAGE " queue/append t/0/0@40+20 commitlog/rewrite 0@0+600 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+60 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void a_queue_with_a_unit_too_many_is_cut(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 3);
    struct storemaker_record gone = {.offset = 600, .size_bytes = 200};
    storemaker_put_unit(&reopen->maker, "t", 0, 3, &gone, 0);
    reopen_made(reopen);
    reopen_expect(
        reopen, "recovery-abnormal@0 " FULL_SCAN " queue-cut@3 tail-zeroed@60",
        DIRS " queue/cut-tail t/0/0@66+6 queue/sync t/0/0 x2 commitlog/rewrite 0@0+600 " LOG_DIR
             " commitlog/sync 0 queue/rewrite t/0/0@0+60 " QUEUE_DIRS " queue/sync t/0/0",
        "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
        "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void a_queue_that_the_log_does_not_know_loses_its_units(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 3);
    struct storemaker_record gone = {.offset = 600, .size_bytes = 200};
    storemaker_put_unit(&reopen->maker, "u", 0, 0, &gone, 0);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN " queue-cut@0 tail-zeroed@0",
                  DIRS
                  " queue/cut-tail u/0/0@6+6 queue/sync u/0/0 x2 commitlog/rewrite 0@0+600 " LOG_DIR
                  " commitlog/sync 0 queue/rewrite t/0/0@0+60 " QUEUE_DIRS
                  " queue/sync t/0/0 " U_DIRS " queue/sync u/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void a_unit_of_another_record_is_healed(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 3);
    bytes_put_be64(storemaker_unit_at(&reopen->maker, "t", 0, 1), 400);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN " queue-healed@1",
                  DIRS " queue/heal t/0/0@20+20 commitlog/rewrite 0@0+600 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+60 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void a_prepared_transaction_has_no_unit(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 1);
    reopen_make(reopen, "t", &(struct storemaker_message){.queue_offset = -1, .sys_flag = 4});
    reopen_make(reopen, "t", NULL);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN,
                  DIRS " commitlog/rewrite 0@0+600 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+40 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..2, then log 0..600 t 0..2 mark 600 ms 30 30, "
                  "then log 0..800 t 0..3 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void a_record_behind_the_end_that_says_it_stands_elsewhere_is_stale(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    memcpy(storemaker_record_at(&reopen->maker, 600), storemaker_record_at(&reopen->maker, 200),
           200);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 mark-used@600 tail-zeroed@600 log-cut@600",
                  "commitlog/zero-tail 0@603+197 commitlog/sync 0 x2 " PAGE " " LOG_DIR
                  " commitlog/sync 0 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 0 0, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void an_entry_that_leaves_out_an_index_is_stale(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(DLEDGER, 2);
    reopen->maker.entry_index++;
    reopen_make(reopen, "t", NULL);
    reopen_made(reopen);
    reopen_expect(reopen,
                  "recovery-normal@0 mark-used@496 queue-cut@2 tail-zeroed@496 log-cut@496 "
                  "tail-zeroed@64 tail-zeroed@40 committed-at-open@496",
                  "dledger/zero-tail 0@499+245 dledger/sync 0 x2 "
                  "dledger-index/zero-tail 0@99+29 dledger-index/sync 0 x2 "
                  "queue/cut-tail t/0/0@46+6 queue/sync t/0/0 x2 " PAGE " " DATA_DIR
                  " dledger/sync 0 " INDEX_DIR " dledger-index/sync 0 " QUEUE_DIRS
                  " queue/sync t/0/0 " TERM,
                  "log 0..496 t 0..2, "
                  "then log 0..496 t 0..2 mark 496 index 2 term 1 ms 0 0 committed 1 of 1, "
                  "then log 0..744 t 0..3 mark 744 index 3 term 2 ms 12030 12030 committed 2 of 2");
    reopen_free(reopen);
}

static void an_entry_whose_term_goes_back_is_stale(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_make(reopen, "t", &(struct storemaker_message){.queue_offset = -1, .entry_term = 3});
    reopen_make(reopen, "t", &(struct storemaker_message){.queue_offset = -1, .entry_term = 3});
    reopen_make(reopen, "t", &(struct storemaker_message){.queue_offset = -1, .entry_term = 2});
    reopen_made(reopen);
    add_abort(reopen);
    reopen_expect(reopen,
                  "recovery-abnormal@0 " FULL_SCAN
                  " queue-cut@2 tail-zeroed@496 log-cut@496 tail-zeroed@64 tail-zeroed@40 "
                  "committed-at-open@496",
                  DLEDGER_DIRS
                  " dledger/zero-tail 0@499+245 dledger/sync 0 x2 "
                  "dledger-index/zero-tail 0@67+29 dledger-index/sync 0 x2 "
                  "queue/cut-tail t/0/0@46+6 queue/sync t/0/0 x2 dledger/rewrite 0@0+496 " DATA_DIR
                  " dledger/sync 0 dledger-index/rewrite 0@0+64 " INDEX_DIR
                  " dledger-index/sync 0 queue/rewrite t/0/0@0+40 " QUEUE_DIRS
                  " queue/sync t/0/0 " TERM,
                  "log 0..496 t 0..2, "
                  "then log 0..496 t 0..2 mark 496 index 2 term 3 ms 20 20 committed 1 of 1, "
                  "then log 0..744 t 0..3 mark 744 index 3 term 4 ms 12030 12030 committed 2 of 2");
    reopen_free(reopen);
}

static void an_entry_whose_term_is_before_that_of_the_mark_is_stale(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen_make(reopen, "t", &(struct storemaker_message){.queue_offset = -1, .entry_term = 3});
    storemaker_mark(&reopen->maker, reopen->maker.log_end, 1);
    reopen_make(reopen, "t", &(struct storemaker_message){.queue_offset = -1, .entry_term = 2});
    reopen_made(reopen);
    add_abort(reopen);
    reopen_expect(reopen,
                  "recovery-abnormal@0 mark-used@248 queue-cut@1 tail-zeroed@248 log-cut@248 "
                  "tail-zeroed@32 tail-zeroed@20 committed-at-open@248",
                  DLEDGER_DIRS " dledger/zero-tail 0@251+245 dledger/sync 0 x2 "
                               "dledger-index/zero-tail 0@35+29 dledger-index/sync 0 x2 "
                               "queue/cut-tail t/0/0@26+6 queue/sync t/0/0 x2 " PAGE " " DATA_DIR
                               " dledger/sync 0 " INDEX_DIR " dledger-index/sync 0 " QUEUE_DIRS
                               " queue/sync t/0/0 " TERM,
                  "log 0..248 t 0..1, "
                  "then log 0..248 t 0..1 mark 248 index 1 term 3 ms 0 0 committed 0 of 0, "
                  "then log 0..496 t 0..2 mark 496 index 2 term 4 ms 12020 12020 committed 1 of 1");
    reopen_free(reopen);
}

static void a_file_missing_below_the_mark_refuses_the_start(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 12);
    storemaker_remove(&reopen->maker, LOG_2);
    reopen_made(reopen);
    reopen_expect_refusal(reopen, ERR_CORRUPT,
                          "'commitlog': no file at 1024, and the log is whole up to 2448");
    reopen_free(reopen);
}

static void a_file_missing_without_a_mark_ends_the_log_at_the_blank(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 12);
    storemaker_remove(&reopen->maker, LOG_2);
    reopen_made(reopen);
    reopen_expect(reopen,
                  "recovery-abnormal@0 " FULL_SCAN
                  " queue-cut@5 tail-zeroed@1000 log-cut@1000 tail-zeroed@100",
                  DIRS
                  " commitlog/cut-file 2048 commitlog/zero-tail 0@1003+5 commitlog/sync 0 x2 "
                  "queue/cut-file t/0/160 queue/cut-tail t/0/80@26+46 queue/sync t/0/80 x2 "
                  "commitlog/rewrite 0@0+1000 " LOG_DIR
                  " commitlog/sync 0 queue/rewrite t/0/0@0+80 queue/rewrite t/0/80@0+20 " QUEUE_DIRS
                  " queue/sync t/0/0 queue/sync t/0/80",
                  "log 0..1000 t 0..5, then log 0..1000 t 0..5 mark 1000 ms 50 50, "
                  "then log 0..1224 t 0..6 mark 1224 ms 12120 12120");
    reopen_free(reopen);
}

static void an_empty_file_at_the_mark_is_no_hole(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 6);
    memset(storemaker_unit_at(&reopen->maker, "t", 0, 5), 0, 20);
    storemaker_mark(&reopen->maker, 1024, -1);
    (void)storemaker_record_at(&reopen->maker, 2048);
    reopen_made(reopen);
    diskstate_truncate(reopen->dir.fd, LOG_2, 0);
    add_abort(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@1024 recovery-after-first-file@1024",
                  DIRS " commitlog/cut-file 2048 commitlog/cut-file 1024 " PAGE " " LOG_DIR
                       " " QUEUE_DIRS " queue/sync t/0/80",
                  "log 0..1024 t 0..5, then log 0..1024 t 0..5 mark 1024 ms 0 0, "
                  "then log 0..1224 t 0..6 mark 1224 ms 12060 12060");
    reopen_free(reopen);
}

static void a_short_log_file_refuses_the_start(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    reopen_made(reopen);
    diskstate_truncate(reopen->dir.fd, LOG, 1000);
    reopen_expect_refusal(reopen, ERR_CORRUPT, "has 1000 bytes where the store's files have 1024");
    reopen_free(reopen);
}

static void a_missing_queue_file_in_the_row_is_made_again(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 12);
    storemaker_remove(&reopen->maker, "consumequeue/t/0/00000000000000000080");
    reopen_made(reopen);
    reopen_expect(reopen,
                  "recovery-abnormal@0 " FULL_SCAN
                  " queue-rolled@4 dispatch-behind@4 queue-rolled@8 dispatch-behind@8",
                  DIRS " queue/cut-file t/0/160 queue/create t/0/80 queue/extend t/0/80 "
                       "queue/append t/0/80@0+80 queue/create t/0/160 queue/extend t/0/160 "
                       "queue/append t/0/160@0+80 commitlog/rewrite 0@0+1024 "
                       "commitlog/rewrite 1024@0+1024 commitlog/rewrite 2048@0+400 " LOG_DIR
                       " commitlog/sync 0 commitlog/sync 1024 commitlog/sync 2048 "
                       "queue/rewrite t/0/0@0+80 queue/rewrite t/0/80@0+80 "
                       "queue/rewrite t/0/160@0+80 " QUEUE_DIRS
                       " queue/sync t/0/0 queue/sync t/0/80 queue/sync t/0/160",
                  "log 0..2448 t 0..12, then log 0..2448 t 0..12 mark 2448 ms 120 120, "
                  "then log 0..2648 t 0..13 mark 2648 ms 12120 12120");
    reopen_free(reopen);
}

static void consumer_offsets_ahead_of_their_queue_are_lowered(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, commit_offset, POINT_COUNT, 0);
    diskstate_zero_fill(reopen->dir.fd, LOG, 400, 200);
    diskstate_unlink(reopen->dir.fd, CHECKPOINT_PATH);
    reopen_expect(
        reopen, "recovery-abnormal@0 " FULL_SCAN " queue-cut@2 tail-zeroed@40 offsets-clipped@0",
        DIRS " queue/cut-tail t/0/0@46+6 queue/sync t/0/0 x2 commitlog/rewrite 0@0+400 " LOG_DIR
             " commitlog/sync 0 queue/rewrite t/0/0@0+40 " QUEUE_DIRS
             " queue/sync t/0/0 offsets/create config/consumerOffset.json.tmp "
             "offsets/truncate config/consumerOffset.json.tmp "
             "offsets/write config/consumerOffset.json.tmp@0+124 "
             "offsets/sync config/consumerOffset.json.tmp x2 "
             "offsets/rename config/consumerOffset.json.tmp offsets/sync-dir config x2",
        "log 0..400 t 0..2, then log 0..400 t 0..2 mark 400 ms 20 20, "
        "then log 0..600 t 0..3 mark 600 ms 24030 24030");
    reopen_free(reopen);
}

static void a_consumer_offset_of_a_queue_that_is_gone_becomes_0(void **state)
{
    (void)state;
    static const char text[] = "{\"offsetTable\":{\"u@g\":{0:3}}}";
    struct reopen *reopen = stopped_with(PLAIN, 3);
    reopen_made(reopen);
    diskstate_write(reopen->dir.fd, "config/consumerOffset.json", text, sizeof(text) - 1);
    test_ok(reopen_open(reopen), reopen->err);
    assert_int_equal(store_committed_offset(reopen->store, "u", "g", 0), 0);
    reopen_free(reopen);
}

static void consumer_offsets_that_do_not_parse_refuse_the_start(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    reopen_made(reopen);
    diskstate_write(reopen->dir.fd, "config/consumerOffset.json", "{", 1);
    reopen_expect_refusal(reopen, ERR_CORRUPT, "consumerOffset.json");
    reopen_free(reopen);
}

static void a_term_that_does_not_parse_refuses_the_start(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(DLEDGER, 3);
    reopen_made(reopen);
    diskstate_write(reopen->dir.fd, "dledger-n0/currterm", "currTerm=x\n", 11);
    reopen_expect_refusal(reopen, ERR_CORRUPT, "currterm");
    reopen_free(reopen);
}

/* Guard record-crc */

static void a_log_without_crcs_is_taken_as_it_is(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen->maker.with_crc = false;
    reopen_make(reopen, "t", NULL);
    reopen_make(reopen, "t", NULL);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 " FULL_SCAN,
                  DIRS " commitlog/rewrite 0@0+400 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+40 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..400 t 0..2, then log 0..400 t 0..2 mark 400 no crc ms 20 20, "
                  "then log 0..600 t 0..3 mark 600 no crc ms 12020 12020");
    reopen_close(reopen, true);
    assert_int_equal(page_of(reopen).mark.flags, 0);
    reopen_free(reopen);
}

static void a_record_without_crc_whose_properties_do_not_parse_ends_the_log(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen->maker.with_crc = false;
    reopen_make(reopen, "t", NULL);
    reopen_make(reopen, "t",
                &(struct storemaker_message){
                    .queue_offset = -1, .properties = "KEYS", .properties_size_bytes = 4});
    reopen_made(reopen);
    reopen_expect(
        reopen,
        "recovery-normal@0 " FULL_SCAN " queue-cut@1 tail-zeroed@200 log-cut@200 tail-zeroed@20",
        DIRS " commitlog/zero-tail 0@203+201 commitlog/sync 0 x2 "
             "queue/cut-tail t/0/0@27+5 queue/sync t/0/0 x2 commitlog/rewrite 0@0+200 " LOG_DIR
             " commitlog/sync 0 queue/rewrite t/0/0@0+20 " QUEUE_DIRS " queue/sync t/0/0",
        "log 0..200 t 0..1, then log 0..200 t 0..1 mark 200 no crc ms 10 10, "
        "then log 0..400 t 0..2 mark 400 no crc ms 12020 12020");
    reopen_free(reopen);
}

/* RocketMQ may have gone on with a store of ours. */
static void a_record_without_a_crc_is_one_behind_those_that_have_it(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_make(reopen, "t", NULL);
    reopen->maker.with_crc = false;
    reopen_make(reopen, "t", NULL);
    reopen_made(reopen);
    add_abort(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN,
                  DIRS " commitlog/rewrite 0@0+400 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+40 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..400 t 0..2, then log 0..400 t 0..2 mark 400 no crc ms 20 20, "
                  "then log 0..600 t 0..3 mark 600 no crc ms 12020 12020");
    reopen_close(reopen, true);
    assert_int_equal(page_of(reopen).mark.flags, 0);
    reopen_free(reopen);
}

/* RocketMQ was killed before it wrote a page of its own: the mark is ours, and says that all have
 * one. */
static void a_record_without_a_crc_is_one_behind_a_valid_mark(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    reopen->maker.with_crc = false;
    reopen_make(reopen, "t", NULL);
    reopen_made(reopen);
    add_abort(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@600 recovery-found-records@600",
                  DIRS " " PAGE " commitlog/rewrite 0@600+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@60+20 " QUEUE_DIRS
                       " queue/sync t/0/0",
                  "log 0..800 t 0..4, then log 0..800 t 0..4 mark 800 no crc ms 40 40, "
                  "then log 0..1000 t 0..5 mark 1000 no crc ms 12040 12040");
    reopen_free(reopen);
}

static void a_log_that_the_cut_leaves_empty_has_crcs_from_then_on(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen->maker.with_crc = false;
    reopen_make(reopen, "t", NULL);
    reopen_made(reopen);
    diskstate_flip_bit(reopen->dir.fd, LOG, 120, 0);
    test_ok(reopen_open(reopen), reopen->err);
    settle_one(reopen);
    reopen_close(reopen, true);
    assert_int_equal(page_of(reopen).mark.flags, CHECKPOINT_FLAG_RECORD_CRC);
    reopen_free(reopen);
}

/* Guards off: RocketMQ's ways */

static void without_a_mark_a_clean_stop_scans_the_last_three_files(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 17);
    without(reopen, QUIRK_G(DURABLE_MARK));
    reopen_made(reopen);
    reopen_expect(
        reopen, "recovery-normal@0 recovery-after-first-file@1024 recovery-found-records@1024", "",
        "log 0..3472 t 0..17, then log 0..3472 t 0..17 ms 170 0, "
        "then log 0..3672 t 0..18 ms 12170 12170");
    reopen_free(reopen);
}

static void without_a_mark_a_queue_of_older_files_keeps_its_units(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_make(reopen, "u", NULL);
    reopen_make(reopen, "u", NULL);
    for (int i = 0; i < 15; i++) {
        reopen_make(reopen, "t", NULL);
    }
    without(reopen, QUIRK_G(DURABLE_MARK));
    reopen_made(reopen);
    reopen_expect(
        reopen, "recovery-normal@0 recovery-after-first-file@1024 recovery-found-records@1024", "",
        "log 0..3472 t 0..15 u 0..2, then log 0..3472 t 0..15 u 0..2 ms 170 0, "
        "then log 0..3672 t 0..16 u 0..2 ms 12170 12170");
    reopen_free(reopen);
}

static void without_a_mark_a_crash_scans_from_the_file_that_the_timestamps_name(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 0);
    int64_t times[] = {100000, 104000, 104001};
    for (size_t i = 0; i < 15; i++) {
        reopen_make(
            reopen, "t",
            &(struct storemaker_message){.queue_offset = -1, .store_timestamp_ms = times[i / 5]});
    }
    add_times(reopen, 107000, 107500);
    reopen->options.quirks = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_5_3_3);
    reopen_made(reopen);
    reopen_expect(reopen,
                  "recovery-abnormal@0 recovery-after-first-file@1024 "
                  "recovery-found-records@1024",
                  "",
                  "log 0..3048 t 0..15, "
                  "then log 0..3048 t 0..15 ms -1767225493000 -1767225492500, "
                  "then log 0..3252 t 0..16 ms 12000 12000");
    reopen_free(reopen);
}

static void without_a_mark_a_file_whose_first_record_has_no_time_is_passed_over(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 15);
    add_times(reopen, reopen->now_ms + 100000, reopen->now_ms + 100000);
    bytes_put_be64(storemaker_record_at(&reopen->maker, 2048) + 56, 0);
    storemaker_seal(&reopen->maker, 2048);
    reopen->options.quirks = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_5_3_3);
    reopen_made(reopen);
    reopen_expect(reopen,
                  "recovery-abnormal@0 recovery-after-first-file@1024 "
                  "recovery-found-records@1024",
                  "",
                  "log 0..3048 t 0..15, then log 0..3048 t 0..15 ms 100150 100150, "
                  "then log 0..3252 t 0..16 ms 100150 100150");
    reopen_free(reopen);
}

static void rocketmq_dispatches_a_scanned_record_again(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 3);
    reopen_make(reopen, "t",
                &(struct storemaker_message){.queue_offset = -1, .without_unit = true});
    reopen->options.quirks = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_5_3_3);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 recovery-found-records@0",
                  "queue/append t/0/0@60+20",
                  "log 0..800 t 0..4, then log 0..800 t 0..4 ms 0 40, "
                  "then log 0..980 t 0..5 ms 12040 12040");
    reopen_free(reopen);
}

static void rocketmq_cuts_queues_that_know_more_than_the_log(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 3);
    reopen->options.quirks = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_5_3_3);
    reopen_made(reopen);
    diskstate_zero_fill(reopen->dir.fd, LOG, 400, 200);
    reopen_expect(reopen, "recovery-abnormal@0 recovery-found-records@0 queue-cut@2", "",
                  "log 0..400 t 0..2, then log 0..400 t 0..2 ms 0 20, "
                  "then log 0..580 t 0..3 ms 12030 12030");
    reopen_free(reopen);
}

static void normal_keeps_queues_leaves_units_of_records_that_are_cut(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    reopen->options.quirks = (struct quirk_set){0};
    quirk_plant(&reopen->options.quirks, QUIRK_DEFECT_NORMAL_KEEPS_QUEUES, true);
    reopen_made(reopen);
    diskstate_zero_fill(reopen->dir.fd, LOG, 400, 200);
    reopen_expect(reopen, "recovery-normal@0 recovery-found-records@0", "",
                  "log 0..400 t 0..3, then log 0..400 t 0..3 ms 20 0, "
                  "then log 0..580 t 0..3 ms 12030 0");
    reopen_free(reopen);
}

static void
rocketmq_removes_a_queue_file_without_units_when_queue_and_log_end_together(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 4);
    (void)storemaker_unit_at(&reopen->maker, "t", 0, 4);
    reopen->options.quirks = (struct quirk_set){0};
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 recovery-found-records@0", "queue/cut-file t/0/80",
                  "log 0..800 t 0..4, then log 0..800 t 0..4 ms 40 0, "
                  "then log 0..980 t 0..5 ms 12040 12040");
    reopen_free(reopen);
}

static void without_queue_heal_units_past_the_mark_are_kept(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 2);
    reopen_make(reopen, "t", NULL);
    without(reopen, QUIRK_G(QUEUE_HEAL));
    reopen_made(reopen);
    add_abort(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@400 recovery-found-records@400",
                  DIRS " " PAGE " commitlog/rewrite 0@400+200 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@40+20 " QUEUE_DIRS
                       " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void without_tail_zero_stale_bytes_stay(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 3);
    memcpy(storemaker_record_at(&reopen->maker, 600), "stale", 5);
    without(reopen, QUIRK_G(TAIL_ZERO));
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN " log-cut@600",
                  DIRS " commitlog/rewrite 0@0+600 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+60 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void without_restart_rewrite_nothing_is_written_again(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 2);
    reopen_make(reopen, "t", NULL);
    without(reopen, QUIRK_G(RESTART_REWRITE));
    reopen_made(reopen);
    add_abort(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@400 recovery-found-records@400", DIRS,
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void without_dir_sync_no_directory_is_synced(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    without(reopen, QUIRK_G(DIR_SYNC));
    reopen->tells_all = true;
    reopen_expect(reopen, "recovery-normal@0",
                  LOCK " store/mkdir consumequeue store/mkdir config store/mkdir dledger-n0 "
                       "store/mkdir dledger-n0/data store/mkdir dledger-n0/index " TERM " " ABORT,
                  "log 0..0, then log 0..0 no page, "
                  "then log 0..248 t 0..1 mark 248 index 1 term 1 ms 12000 12000 committed 0 of 0");
    reopen_free(reopen);
}

static void without_second_sync_each_sync_is_done_once(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 2);
    reopen_make(reopen, "t", NULL);
    without(reopen, QUIRK_G(SECOND_SYNC));
    reopen_made(reopen);
    add_abort(reopen);
    reopen->tells_all = true;
    reopen_expect(reopen, "recovery-abnormal@0 mark-used@400 recovery-found-records@400",
                  LOCK " store/sync-dir . store/sync-dir config checkpoint/sync-dir . "
                       "checkpoint/write checkpoint@0+4096 checkpoint/sync checkpoint "
                       "commitlog/rewrite 0@400+200 commitlog/sync-dir commitlog commitlog/sync 0 "
                       "queue/rewrite t/0/0@40+20 queue/sync-dir consumequeue queue/sync-dir t "
                       "queue/sync-dir t/0 queue/sync t/0/0 " ABORT " abort/sync-dir .",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 mark 600 ms 30 30, "
                  "then log 0..800 t 0..4 mark 800 ms 12030 12030");
    reopen_free(reopen);
}

static void without_offset_clip_consumer_offsets_stay_ahead(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, commit_offset, POINT_COUNT, 0);
    diskstate_zero_fill(reopen->dir.fd, LOG, 400, 200);
    diskstate_unlink(reopen->dir.fd, CHECKPOINT_PATH);
    without(reopen, QUIRK_G(OFFSET_CLIP));
    reopen_expect(
        reopen, "recovery-abnormal@0 " FULL_SCAN " queue-cut@2 tail-zeroed@40",
        DIRS " queue/cut-tail t/0/0@46+6 queue/sync t/0/0 x2 commitlog/rewrite 0@0+400 " LOG_DIR
             " commitlog/sync 0 queue/rewrite t/0/0@0+40 " QUEUE_DIRS " queue/sync t/0/0",
        "log 0..400 t 0..2, then log 0..400 t 0..2 mark 400 ms 20 20, "
        "then log 0..600 t 0..3 mark 600 ms 24030 24030");
    assert_int_equal(store_committed_offset(reopen->store, "t", "g", 0), 3);
    reopen_free(reopen);
}

static void without_dledger_commit_entries_past_the_committed_one_wait(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(DLEDGER, 3);
    static const char committed[] = "endIndex=2\ncommittedIndex=0\n";
    storemaker_write(&reopen->maker, "dledger-n0/checkpoint", committed, sizeof(committed) - 1);
    storemaker_remove(&reopen->maker, "checkpoint");
    without(reopen, QUIRK_G(DLEDGER_COMMIT));
    reopen_made(reopen);
    add_abort(reopen);
    reopen_expect(
        reopen, "recovery-abnormal@0 " FULL_SCAN " queue-cut@1 tail-zeroed@20",
        DLEDGER_DIRS
        " queue/cut-tail t/0/0@26+26 queue/sync t/0/0 x2 dledger/rewrite 0@0+744 " DATA_DIR
        " dledger/sync 0 dledger-index/rewrite 0@0+96 " INDEX_DIR
        " dledger-index/sync 0 queue/rewrite t/0/0@0+20 " QUEUE_DIRS " queue/sync t/0/0 " TERM,
        "log 0..744 t 0..1, "
        "then log 0..744 t 0..1 mark 248 index 1 term 1 ms 10 10 committed 0 of 2, "
        "then log 0..992 t 0..3 mark 992 index 4 term 2 ms 12030 12030 committed 3 of 3");
    reopen_free(reopen);
}

static void without_dledger_commit_a_committed_index_past_the_end_is_the_end(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(DLEDGER, 3);
    static const char committed[] = "endIndex=9\ncommittedIndex=9\n";
    storemaker_write(&reopen->maker, "dledger-n0/checkpoint", committed, sizeof(committed) - 1);
    storemaker_remove(&reopen->maker, "checkpoint");
    without(reopen, QUIRK_G(DLEDGER_COMMIT));
    reopen_made(reopen);
    add_abort(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN,
                  DLEDGER_DIRS " dledger/rewrite 0@0+744 " DATA_DIR
                               " dledger/sync 0 dledger-index/rewrite 0@0+96 " INDEX_DIR
                               " dledger-index/sync 0 queue/rewrite t/0/0@0+60 " QUEUE_DIRS
                               " queue/sync t/0/0 " TERM,
                  "log 0..744 t 0..3, "
                  "then log 0..744 t 0..3 mark 744 index 3 term 1 ms 30 30 committed 2 of 2, "
                  "then log 0..992 t 0..4 mark 992 index 4 term 2 ms 12030 12030 committed 3 of 3");
    reopen_free(reopen);
}

static void without_dledger_commit_dispatch_goes_on_at_a_mark_past_the_committed_entry(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(DLEDGER, 3);
    static const char committed[] = "endIndex=2\ncommittedIndex=0\n";
    storemaker_write(&reopen->maker, "dledger-n0/checkpoint", committed, sizeof(committed) - 1);
    without(reopen, QUIRK_G(DLEDGER_COMMIT));
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0 mark-used@744", TERM,
                  "log 0..744 t 0..3, "
                  "then log 0..744 t 0..3 mark 744 index 3 term 1 ms 0 0 committed 0 of 2, "
                  "then log 0..992 t 0..4 mark 992 index 4 term 2 ms 12030 12030 committed 3 of 3");
    reopen_free(reopen);
}

static void without_dledger_commit_an_index_unit_that_is_gone_leaves_nothing_committed(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(DLEDGER, 13);
    static const char committed[] = "endIndex=12\ncommittedIndex=1\n";
    storemaker_write(&reopen->maker, "dledger-n0/checkpoint", committed, sizeof(committed) - 1);
    storemaker_remove(&reopen->maker, "checkpoint");
    memset(storemaker_index_at(&reopen->maker, 1), 0, 32);
    without(reopen, QUIRK_G(DLEDGER_COMMIT));
    reopen_made(reopen);
    reopen_expect(
        reopen, "recovery-normal@0 " FULL_SCAN " queue-cut@0 tail-zeroed@0",
        DLEDGER_DIRS " queue/cut-file t/0/240 queue/cut-file t/0/160 queue/cut-file t/0/80 "
                     "queue/cut-tail t/0/0@7+65 queue/sync t/0/0 x2 dledger/rewrite 0@0+1024 "
                     "dledger/rewrite 1024@0+1024 dledger/rewrite 2048@0+1024 "
                     "dledger/rewrite 3072@0+248 " DATA_DIR
                     " dledger/sync 0 dledger/sync 1024 dledger/sync 2048 dledger/sync 3072 "
                     "dledger-index/rewrite 0@0+128 dledger-index/rewrite 128@0+128 "
                     "dledger-index/rewrite 256@0+128 dledger-index/rewrite 384@0+32 " INDEX_DIR
                     " dledger-index/sync 0 dledger-index/sync 128 dledger-index/sync 256 "
                     "dledger-index/sync 384 " QUEUE_DIRS " queue/sync t/0/0 " TERM,
        "log 0..3320, then log 0..3320 no page committed -1 of 12, "
        "then log 0..3568 t 0..13 mark 3568 index 14 term 2 ms 12130 12130 committed 13 of 13");
    reopen_free(reopen);
}

static void without_dledger_commit_a_torn_body_ends_log_and_index(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(DLEDGER, 3);
    without(reopen, QUIRK_G(DLEDGER_COMMIT));
    reopen_made(reopen);
    diskstate_flip_bit(reopen->dir.fd, DATA, 496 + 180, 0);
    reopen_expect(reopen,
                  "recovery-abnormal@0 " FULL_SCAN
                  " queue-cut@0 tail-zeroed@496 log-cut@496 tail-zeroed@64 tail-zeroed@0",
                  DLEDGER_DIRS
                  " dledger/zero-tail 0@499+245 dledger/sync 0 x2 "
                  "dledger-index/zero-tail 0@67+29 dledger-index/sync 0 x2 "
                  "queue/cut-tail t/0/0@7+45 queue/sync t/0/0 x2 dledger/rewrite 0@0+496 " DATA_DIR
                  " dledger/sync 0 dledger-index/rewrite 0@0+64 " INDEX_DIR
                  " dledger-index/sync 0 " QUEUE_DIRS " queue/sync t/0/0 " TERM,
                  "log 0..496, then log 0..496 no page committed -1 of 1, "
                  "then log 0..744 t 0..2 mark 744 index 3 term 2 ms 12030 12030 committed 2 of 2");
    reopen_free(reopen);
}

static void without_dledger_commit_and_restart_rewrite_nothing_is_synced(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(DLEDGER, 3);
    without(reopen, QUIRK_G(DLEDGER_COMMIT) | QUIRK_G(RESTART_REWRITE));
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN " queue-cut@0 tail-zeroed@0",
                  DLEDGER_DIRS " queue/cut-tail t/0/0@7+45 queue/sync t/0/0 x2 " TERM,
                  "log 0..744, then log 0..744 no page committed -1 of 2, "
                  "then log 0..992 t 0..3 mark 992 index 4 term 2 ms 12030 12030 committed 3 of 3");
    reopen_free(reopen);
}

static void with_dledger_commit_but_not_restart_rewrite_the_entries_are_synced(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(DLEDGER, 3);
    without(reopen, QUIRK_G(RESTART_REWRITE));
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 " FULL_SCAN " committed-at-open@744",
                  DLEDGER_DIRS " dledger/rewrite 0@0+744 " DATA_DIR " dledger/sync 0 " TERM,
                  "log 0..744 t 0..3, "
                  "then log 0..744 t 0..3 mark 744 index 3 term 1 ms 30 30 committed 2 of 2, "
                  "then log 0..992 t 0..4 mark 992 index 4 term 2 ms 12030 12030 committed 3 of 3");
    reopen_free(reopen);
}

static void rocketmq_scans_no_dledger_log_after_a_clean_stop(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(DLEDGER, 3);
    reopen->options.quirks = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_5_2_0);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-normal@0", TERM_ONCE,
                  "log 0..744 t 0..3, then log 0..744 t 0..3 ms 30 30 committed 2 of 2, "
                  "then log 0..972 t 0..4 ms 12030 12030 committed 3 of 3");
    reopen_free(reopen);
}

static void a_sum_of_message_sizes_cuts_the_queue_inside_the_last_file(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(DLEDGER);
    reopen->options.log_file_size_bytes = 4096;
    reopen->maker.log_file_size_bytes = 4096;
    for (int i = 0; i < 26; i++) {
        reopen_make(reopen, "t", NULL);
    }
    reopen->options.quirks = (struct quirk_set){0};
    quirk_plant(&reopen->options.quirks, QUIRK_DEFECT_DLEDGER_MESSAGE_SIZE, true);
    add_abort(reopen);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 recovery-found-records@0 queue-cut@24",
                  "queue/cut-file t/0/480 " TERM_ONCE,
                  "log 0..6576 t 0..24, then log 0..6576 t 0..24 ms 260 0 committed -1 of 25, "
                  "then log 0..6804 t 0..26 ms 12260 12260 committed 26 of 26");
    reopen_free(reopen);
}

static void the_question_for_dup_info_empties_the_queue(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(DLEDGER, 3);
    static const char committed[] = "endIndex=2\ncommittedIndex=2\n";
    storemaker_write(&reopen->maker, "dledger-n0/checkpoint", committed, sizeof(committed) - 1);
    reopen->options.quirks = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_5_2_0);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 dup-info-check@0 queue-cut@0",
                  "queue/cut-file t/0/0 " TERM_ONCE,
                  "log 0..744, then log 0..744 no page committed 2 of 2, "
                  "then log 0..972 t 0..1 ms 12030 12030 committed 3 of 3");
    reopen_free(reopen);
}

/* In the first 3 s of a store's life nothing is committed in DLedger's checkpoint: the leader
 * commits all of it, and it is dispatched once more. */
static void what_the_question_for_dup_info_took_comes_back_when_it_is_committed_again(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(DLEDGER, 3);
    reopen->options.quirks = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_5_2_0);
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 dup-info-check@0 queue-cut@0",
                  "queue/cut-file t/0/0 " TERM_ONCE
                  " queue/create t/0/0 queue/extend t/0/0 queue/append t/0/0@0+20 "
                  "queue/append t/0/0@20+20 queue/append t/0/0@40+20",
                  "log 0..744 t 0..3, then log 0..744 t 0..3 ms 30 30 committed 2 of 2, "
                  "then log 0..972 t 0..4 ms 12030 12030 committed 3 of 3");
    reopen_free(reopen);
}

static void the_question_for_dup_info_is_not_asked_after_a_clean_stop(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(DLEDGER, 3);
    static const char committed[] = "endIndex=2\ncommittedIndex=2\n";
    storemaker_write(&reopen->maker, "dledger-n0/checkpoint", committed, sizeof(committed) - 1);
    storemaker_remove(&reopen->maker, "checkpoint");
    reopen->options.quirks = quirk_of_profile(QUIRK_PROFILE_ROCKETMQ_5_2_0);
    reopen->options.quirks.guards = QUIRK_G(DURABLE_MARK);
    reopen_made(reopen);
    reopen_expect(
        reopen, "recovery-normal@0 " FULL_SCAN, TERM_ONCE,
        "log 0..744 t 0..3, "
        "then log 0..744 t 0..3 mark 744 no crc index 3 term 1 ms 30 30 committed 2 of 2, then log 0..972 t 0..4 mark 972 no crc index 4 term 2 ms 12030 12030 committed 3 of 3");
    reopen_free(reopen);
}

static void half_a_record_is_accepted_as_issue_467_tells(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 3);
    reopen->options.quirks = (struct quirk_set){0};
    quirk_plant(&reopen->options.quirks, QUIRK_DEFECT_HALF_RECORD_ACCEPTED, true);
    bytes_put_be16(storemaker_record_at(&reopen->maker, 200 + 178), 10); /* of properties */
    reopen_made(reopen);
    reopen_expect(reopen, "recovery-abnormal@0 recovery-found-records@0", "",
                  "log 0..600 t 0..3, then log 0..600 t 0..3 ms 30 0, "
                  "then log 0..780 t 0..4 ms 12030 12030");
    reopen_free(reopen);
}

/* In its bornHost, where the body's CRC does not reach and every length stays right. */
static void a_record_that_only_its_crc_tells_of_ends_the_log(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 3);
    storemaker_record_at(&reopen->maker, 2 * REOPEN_RECORD_SIZE_BYTES)[52] ^= 1;
    reopen_made(reopen);
    test_ok(reopen_open(reopen), reopen->err);
    assert_int_equal(store_log_max(reopen->store), 2 * REOPEN_RECORD_SIZE_BYTES);
    reopen_close(reopen, false);
    reopen_free(reopen);
}

#ifdef FIU_ENABLE

/* Reads that fail.  The disk gives no other state in which a file is there and cannot be read. */

/* A failed test before may have left another point armed. */
static void fail_reads(struct reopen *reopen, enum point failing, unsigned flags)
{
    static struct faultpoint_action action = {.limit_bytes = 0, .error = -EIO};
    fiu_init(0);
    reopen->has_faults = true;
    for (unsigned point = 0; point < POINT_COUNT; point++) {
        fiu_disable(point_fiu_name((enum point)point));
    }
    assert_int_equal(fiu_enable(point_fiu_name(failing), 1, &action, flags), 0);
}

#    define CANNOT_TELL "open store: EIO: the end of the log cannot be told: "

static void refuses(enum store_mode mode, enum point point, const char *text)
{
    struct reopen *reopen = stopped_with(mode, 3);
    reopen_make(reopen, "t", NULL);
    reopen_made(reopen);
    fail_reads(reopen, point, 0);
    test_code(reopen_open(reopen), ERR_REFUSED);
    fiu_disable(point_fiu_name(point));
    assert_string_equal(reopen->err.text, text);
    reopen_free(reopen);
}

static void a_checkpoint_that_cannot_be_read_refuses_the_start(void **state)
{
    (void)state;
    refuses(PLAIN, POINT_CHECKPOINT_READ,
            CANNOT_TELL "read 4096 bytes from 'checkpoint' at 0: Input/output error");
}

static void a_log_that_cannot_be_read_refuses_the_start(void **state)
{
    (void)state;
    refuses(PLAIN, POINT_COMMITLOG_READ,
            CANNOT_TELL
            "read 424 bytes from 'commitlog/00000000000000000000' at 600: Input/output error");
}

static void a_queue_that_cannot_be_read_refuses_the_start(void **state)
{
    (void)state;
    refuses(PLAIN, POINT_QUEUE_READ,
            CANNOT_TELL
            "read 80 bytes from 'consumequeue/t/0/00000000000000000000' at 0: Input/output error");
}

static void an_index_that_cannot_be_read_refuses_the_start(void **state)
{
    (void)state;
    refuses(DLEDGER, POINT_DLEDGER_INDEX_READ,
            CANNOT_TELL
            "read 32 bytes from 'dledger-n0/index/00000000000000000000' at 96: Input/output error");
}

static void a_queue_that_cannot_be_read_without_a_mark_refuses_the_start(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 3);
    without(reopen, QUIRK_G_RECOVERY);
    reopen_made(reopen);
    fail_reads(reopen, POINT_QUEUE_READ, FIU_ONETIME);
    test_code(reopen_open(reopen), ERR_REFUSED);
    reopen_free(reopen);
}

static void without_no_cut_on_error_a_checkpoint_that_cannot_be_read_is_none(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    without(reopen, QUIRK_G(NO_CUT_ON_ERROR));
    reopen_made(reopen);
    fail_reads(reopen, POINT_CHECKPOINT_READ, 0);
    reopen_expect(reopen, "recovery-normal@0 " FULL_SCAN,
                  DIRS " commitlog/rewrite 0@0+600 " LOG_DIR
                       " commitlog/sync 0 queue/rewrite t/0/0@0+60 " QUEUE_DIRS " queue/sync t/0/0",
                  "log 0..600 t 0..3");
    fiu_disable(point_fiu_name(POINT_CHECKPOINT_READ));
    reopen_free(reopen);
}

static void without_no_cut_on_error_a_log_that_cannot_be_read_ends_there(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(PLAIN, 3);
    reopen_make(reopen, "t", NULL);
    without(reopen, QUIRK_G(NO_CUT_ON_ERROR) | QUIRK_G(TAIL_ZERO) | QUIRK_G(RESTART_REWRITE));
    reopen_made(reopen);
    fail_reads(reopen, POINT_COMMITLOG_READ, 0);
    reopen_expect(reopen, "recovery-normal@0 mark-used@600 queue-cut@3", "", "log 0..600 t 0..3");
    fiu_disable(point_fiu_name(POINT_COMMITLOG_READ));
    reopen_free(reopen);
}

static void without_no_cut_on_error_a_queue_that_cannot_be_read_ends_there(void **state)
{
    (void)state;
    struct reopen *reopen = killed_with(PLAIN, 3);
    without(reopen, QUIRK_G(NO_CUT_ON_ERROR) | QUIRK_G_RECOVERY | QUIRK_G(TAIL_ZERO) |
                        QUIRK_G(RESTART_REWRITE));
    reopen_made(reopen);
    fail_reads(reopen, POINT_QUEUE_READ, FIU_ONETIME);
    reopen_expect(reopen, "recovery-abnormal@0 recovery-found-records@0",
                  DIRS " queue/append t/0/0@0+20 queue/append t/0/0@20+20 queue/append t/0/0@40+20",
                  "log 0..600 t 0..3");
    fiu_disable(point_fiu_name(POINT_QUEUE_READ));
    reopen_free(reopen);
}

static void without_no_cut_on_error_an_index_that_cannot_be_read_is_rebuilt(void **state)
{
    (void)state;
    struct reopen *reopen = stopped_with(DLEDGER, 2);
    reopen_make(reopen, "t", NULL);
    without(reopen, QUIRK_G(NO_CUT_ON_ERROR) | QUIRK_G(TAIL_ZERO) | QUIRK_G(RESTART_REWRITE));
    reopen_made(reopen);
    fail_reads(reopen, POINT_DLEDGER_INDEX_READ, 0);
    reopen_expect(reopen,
                  "recovery-normal@0 mark-used@496 recovery-found-records@496 "
                  "index-rebuilt@496 committed-at-open@744",
                  "dledger-index/append 0@64+32 " TERM, "log 0..744 t 0..3");
    fiu_disable(point_fiu_name(POINT_DLEDGER_INDEX_READ));
    reopen_free(reopen);
}

#endif

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_directory_becomes_a_plain_store),
        cmocka_unit_test(an_empty_directory_becomes_a_dledger_store),
        cmocka_unit_test(a_start_killed_before_its_abort_file_is_new_again),
        cmocka_unit_test(an_empty_store_that_was_killed_is_not_new),
        cmocka_unit_test(a_directory_that_is_missing_is_made_and_synced),
        cmocka_unit_test(a_log_that_is_gone_leaves_queues_without_units),
        cmocka_unit_test(a_mark_without_log_and_queues_is_dropped),
        cmocka_unit_test(a_plain_clean_stop_is_believed),
        cmocka_unit_test(a_dledger_clean_stop_is_believed),
        cmocka_unit_test(a_clean_stop_in_the_second_file_is_believed),
        cmocka_unit_test(a_mark_at_the_end_of_a_full_file_is_believed),
        cmocka_unit_test(a_mark_at_the_start_of_an_empty_file_is_believed),
        cmocka_unit_test(a_spare_file_behind_a_clean_stop_is_removed),
        cmocka_unit_test(bytes_behind_a_clean_stop_are_zeroed),
        cmocka_unit_test(bytes_some_way_behind_the_mark_are_zeroed_after_a_kill),
        cmocka_unit_test(records_behind_a_clean_stop_are_taken_and_made_durable),
        cmocka_unit_test(a_stop_killed_before_abort_is_removed_is_unclean),
        cmocka_unit_test(a_stop_killed_before_its_page_is_written_scans_from_the_mark_before),
        cmocka_unit_test(a_stop_with_dispatch_held_keeps_abort_and_is_dispatched_at_the_start),
        cmocka_unit_test(a_clock_that_went_back_does_not_take_store_times_back),
        cmocka_unit_test(a_plain_put_killed_before_its_append_leaves_nothing),
        cmocka_unit_test(a_torn_record_is_cut_and_zeroed),
        cmocka_unit_test(a_start_killed_before_its_zeros_are_synced_syncs_them),
        cmocka_unit_test(a_torn_first_record_leaves_an_empty_log),
        cmocka_unit_test(a_record_without_its_queue_gets_one),
        cmocka_unit_test(a_topic_directory_without_its_queue_gets_one),
        cmocka_unit_test(a_queue_directory_without_its_file_gets_one),
        cmocka_unit_test(an_empty_queue_file_is_removed_and_made_again),
        cmocka_unit_test(a_queue_file_without_its_unit_gets_it),
        cmocka_unit_test(a_dispatched_record_that_nothing_synced_is_written_again),
        cmocka_unit_test(a_torn_unit_is_healed),
        cmocka_unit_test(a_start_killed_while_it_heals_is_done_again),
        cmocka_unit_test(a_dledger_put_killed_before_its_append_leaves_nothing),
        cmocka_unit_test(a_torn_entry_is_cut_and_zeroed),
        cmocka_unit_test(an_entry_without_its_index_unit_gets_it),
        cmocka_unit_test(an_entry_without_its_index_file_gets_one),
        cmocka_unit_test(an_empty_index_file_is_removed_and_made_again),
        cmocka_unit_test(a_torn_index_unit_is_written_again),
        cmocka_unit_test(an_entry_without_its_queue_gets_one),
        cmocka_unit_test(a_start_killed_before_its_term_is_renamed_raises_it_again),
        cmocka_unit_test(a_roll_killed_before_its_blank_goes_on_in_the_file),
        cmocka_unit_test(a_torn_blank_is_zeroed),
        cmocka_unit_test(a_blank_without_a_next_file_is_zeroed),
        cmocka_unit_test(an_empty_next_file_is_removed),
        cmocka_unit_test(a_next_file_without_a_record_is_where_the_log_goes_on),
        cmocka_unit_test(a_queue_roll_killed_before_its_create_gets_its_file),
        cmocka_unit_test(a_torn_dledger_blank_is_zeroed),
        cmocka_unit_test(a_dledger_blank_without_a_next_file_is_zeroed),
        cmocka_unit_test(a_next_dledger_file_without_an_entry_is_where_the_log_goes_on),
        cmocka_unit_test(a_preallocated_file_is_removed),
        cmocka_unit_test(an_empty_checkpoint_is_no_mark),
        cmocka_unit_test(a_checkpoint_of_zeros_is_no_mark),
        cmocka_unit_test(a_page_of_rocketmq_alone_is_not_written_before_the_queues_are_durable),
        cmocka_unit_test(a_page_that_was_ours_before_rocketmqs_loses_mark_and_offset_first),
        cmocka_unit_test(a_torn_checkpoint_is_no_mark),
        cmocka_unit_test(a_whole_checkpoint_is_believed_and_written_again),
        cmocka_unit_test(a_dledger_checkpoint_that_was_not_renamed_is_passed_over),
        cmocka_unit_test(a_dledger_checkpoint_that_does_not_parse_commits_all),
        cmocka_unit_test(an_expiry_killed_before_its_unlink_keeps_the_file),
        cmocka_unit_test(units_of_an_expired_file_are_passed_over),
        cmocka_unit_test(queues_that_expired_begin_where_the_log_does),
        cmocka_unit_test(an_index_file_of_an_expired_file_stays),
        cmocka_unit_test(an_expired_log_without_a_mark_is_scanned_from_its_first_file),
        cmocka_unit_test(a_mark_past_the_log_is_dropped_before_anything_is_mended),
        cmocka_unit_test(a_mark_before_the_log_is_dropped),
        cmocka_unit_test(a_page_of_times_over_an_empty_log_gets_a_mark),
        cmocka_unit_test(a_queue_that_is_gone_voids_the_mark),
        cmocka_unit_test(a_start_killed_in_its_mending_leaves_no_mark),
        cmocka_unit_test(a_queue_with_a_unit_less_voids_the_mark),
        cmocka_unit_test(a_queue_with_a_unit_too_many_is_cut),
        cmocka_unit_test(a_queue_that_the_log_does_not_know_loses_its_units),
        cmocka_unit_test(a_unit_of_another_record_is_healed),
        cmocka_unit_test(a_prepared_transaction_has_no_unit),
        cmocka_unit_test(a_record_behind_the_end_that_says_it_stands_elsewhere_is_stale),
        cmocka_unit_test(an_entry_that_leaves_out_an_index_is_stale),
        cmocka_unit_test(an_entry_whose_term_goes_back_is_stale),
        cmocka_unit_test(an_entry_whose_term_is_before_that_of_the_mark_is_stale),
        cmocka_unit_test(a_file_missing_below_the_mark_refuses_the_start),
        cmocka_unit_test(a_file_missing_without_a_mark_ends_the_log_at_the_blank),
        cmocka_unit_test(an_empty_file_at_the_mark_is_no_hole),
        cmocka_unit_test(a_short_log_file_refuses_the_start),
        cmocka_unit_test(a_missing_queue_file_in_the_row_is_made_again),
        cmocka_unit_test(consumer_offsets_ahead_of_their_queue_are_lowered),
        cmocka_unit_test(a_consumer_offset_of_a_queue_that_is_gone_becomes_0),
        cmocka_unit_test(consumer_offsets_that_do_not_parse_refuse_the_start),
        cmocka_unit_test(a_term_that_does_not_parse_refuses_the_start),
        cmocka_unit_test(a_log_without_crcs_is_taken_as_it_is),
        cmocka_unit_test(a_record_without_crc_whose_properties_do_not_parse_ends_the_log),
        cmocka_unit_test(a_record_without_a_crc_is_one_behind_those_that_have_it),
        cmocka_unit_test(a_record_without_a_crc_is_one_behind_a_valid_mark),
        cmocka_unit_test(a_log_that_the_cut_leaves_empty_has_crcs_from_then_on),
        cmocka_unit_test(without_a_mark_a_clean_stop_scans_the_last_three_files),
        cmocka_unit_test(without_a_mark_a_queue_of_older_files_keeps_its_units),
        cmocka_unit_test(without_a_mark_a_crash_scans_from_the_file_that_the_timestamps_name),
        cmocka_unit_test(without_a_mark_a_file_whose_first_record_has_no_time_is_passed_over),
        cmocka_unit_test(rocketmq_dispatches_a_scanned_record_again),
        cmocka_unit_test(rocketmq_cuts_queues_that_know_more_than_the_log),
        cmocka_unit_test(normal_keeps_queues_leaves_units_of_records_that_are_cut),
        cmocka_unit_test(
            rocketmq_removes_a_queue_file_without_units_when_queue_and_log_end_together),
        cmocka_unit_test(without_queue_heal_units_past_the_mark_are_kept),
        cmocka_unit_test(without_tail_zero_stale_bytes_stay),
        cmocka_unit_test(without_restart_rewrite_nothing_is_written_again),
        cmocka_unit_test(without_dir_sync_no_directory_is_synced),
        cmocka_unit_test(without_second_sync_each_sync_is_done_once),
        cmocka_unit_test(without_offset_clip_consumer_offsets_stay_ahead),
        cmocka_unit_test(without_dledger_commit_entries_past_the_committed_one_wait),
        cmocka_unit_test(without_dledger_commit_a_committed_index_past_the_end_is_the_end),
        cmocka_unit_test(
            without_dledger_commit_dispatch_goes_on_at_a_mark_past_the_committed_entry),
        cmocka_unit_test(
            without_dledger_commit_an_index_unit_that_is_gone_leaves_nothing_committed),
        cmocka_unit_test(without_dledger_commit_a_torn_body_ends_log_and_index),
        cmocka_unit_test(without_dledger_commit_and_restart_rewrite_nothing_is_synced),
        cmocka_unit_test(with_dledger_commit_but_not_restart_rewrite_the_entries_are_synced),
        cmocka_unit_test(rocketmq_scans_no_dledger_log_after_a_clean_stop),
        cmocka_unit_test(a_sum_of_message_sizes_cuts_the_queue_inside_the_last_file),
        cmocka_unit_test(the_question_for_dup_info_empties_the_queue),
        cmocka_unit_test(what_the_question_for_dup_info_took_comes_back_when_it_is_committed_again),
        cmocka_unit_test(the_question_for_dup_info_is_not_asked_after_a_clean_stop),
        cmocka_unit_test(half_a_record_is_accepted_as_issue_467_tells),
        cmocka_unit_test(a_record_that_only_its_crc_tells_of_ends_the_log),
#ifdef FIU_ENABLE
        cmocka_unit_test(a_checkpoint_that_cannot_be_read_refuses_the_start),
        cmocka_unit_test(a_log_that_cannot_be_read_refuses_the_start),
        cmocka_unit_test(a_queue_that_cannot_be_read_refuses_the_start),
        cmocka_unit_test(an_index_that_cannot_be_read_refuses_the_start),
        cmocka_unit_test(a_queue_that_cannot_be_read_without_a_mark_refuses_the_start),
        cmocka_unit_test(without_no_cut_on_error_a_checkpoint_that_cannot_be_read_is_none),
        cmocka_unit_test(without_no_cut_on_error_a_log_that_cannot_be_read_ends_there),
        cmocka_unit_test(without_no_cut_on_error_a_queue_that_cannot_be_read_ends_there),
        cmocka_unit_test(without_no_cut_on_error_an_index_that_cannot_be_read_is_rebuilt),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
