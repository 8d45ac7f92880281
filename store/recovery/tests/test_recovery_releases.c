/* What the start of each release of RocketMQ makes of the same directory: one table a state, a
 * column a release.  The values follow from the classes of that release's jars; those of issues
 * #8032 and #9084 were measured on the releases themselves.
 *
 * A record has 200 bytes, an entry 248. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/reopen.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"
#include "store/log/checkpoint.h"

#define PLAIN   STORE_MODE_COMMITLOG
#define DLEDGER STORE_MODE_DLEDGER
#define QUEUES  "consumequeue/"

enum release { R_4_9_7, R_5_2_0, R_5_3_3, R_5_5_1, RELEASE_COUNT };

static const enum quirk_profile profiles[RELEASE_COUNT] = {
    QUIRK_PROFILE_ROCKETMQ_4_9_7, QUIRK_PROFILE_ROCKETMQ_5_2_0, QUIRK_PROFILE_ROCKETMQ_5_3_3,
    QUIRK_PROFILE_ROCKETMQ_5_5_1};

/* A state: its directory, and how far queue t/0 goes after the start of each release. */
struct state {
    const char *name;
    void (*make)(struct reopen *reopen);
    enum store_mode mode;
    int64_t max[RELEASE_COUNT];
};

static void make_records(struct reopen *reopen, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        reopen_make(reopen, "t", NULL);
    }
}

static void add_abort(struct reopen *reopen)
{
    storemaker_write(&reopen->maker, "abort", "1", 1);
}

static void set_committed(struct reopen *reopen, int64_t index)
{
    char text[64];
    int size = snprintf(text, sizeof(text), "endIndex=%lld\ncommittedIndex=%lld\n",
                        (long long)reopen->maker.entry_index - 1, (long long)index);
    storemaker_write(&reopen->maker, "dledger-n0/checkpoint", text, (size_t)size);
}

static void set_page(struct reopen *reopen, int64_t times_ms, int64_t logics_offset)
{
    uint8_t at[CHECKPOINT_SIZE_BYTES];
    struct checkpoint_page page = {.physic_msg_timestamp_ms = times_ms,
                                   .logics_msg_timestamp_ms = times_ms,
                                   .logics_physical_offset = logics_offset};
    checkpoint_encode(&page, at);
    storemaker_write(&reopen->maker, CHECKPOINT_PATH, at, sizeof(at));
}

/* Sixteen entries fill a file of 4096 bytes but for 128: 3968, in messages 3200. */
static void make_sixteen(struct reopen *reopen)
{
    reopen->options.log_file_size_bytes = 4096;
    reopen->maker.log_file_size_bytes = 4096;
    make_records(reopen, 16);
    add_abort(reopen);
}

/* Issue #8032, what a kill and a restart of 5.2.0 left: all is committed, nothing is in a queue. */
static void emptied(struct reopen *reopen)
{
    make_records(reopen, 3);
    set_committed(reopen, 2);
    storemaker_remove_under(&reopen->maker, QUEUES);
    add_abort(reopen);
}

static void emptied_and_stopped(struct reopen *reopen)
{
    emptied(reopen);
    storemaker_remove(&reopen->maker, "abort");
}

/* The same where another queue knows the last record. */
static void emptied_beside_a_full_queue(struct reopen *reopen)
{
    make_records(reopen, 2);
    storemaker_remove_under(&reopen->maker, QUEUES);
    reopen_make(reopen, "u", NULL);
    set_committed(reopen, 2);
    add_abort(reopen);
}

static void all_committed(struct reopen *reopen)
{
    make_sixteen(reopen);
    set_committed(reopen, 15);
}

/* Issue #9084 from 5.5.0 on: the checkpoint's offset below the wrong sum, at it, and past it. */
static void all_committed_offset_below(struct reopen *reopen)
{
    all_committed(reopen);
    set_page(reopen, 0, 3199);
}

static void all_committed_offset_at(struct reopen *reopen)
{
    all_committed(reopen);
    set_page(reopen, 0, 3200);
}

static void all_committed_and_stopped(struct reopen *reopen)
{
    all_committed_offset_at(reopen);
    storemaker_remove(&reopen->maker, "abort");
}

static void nine_committed(struct reopen *reopen)
{
    make_sixteen(reopen);
    set_committed(reopen, 8);
    set_page(reopen, 0, 3768);
}

static void nothing_committed(struct reopen *reopen)
{
    make_sixteen(reopen);
    set_page(reopen, 0, 3768);
}

/* The last file is gone, the blank in front of it is there. */
static void blank_at_the_end(struct reopen *reopen)
{
    make_sixteen(reopen);
    reopen_make(reopen, "u", NULL);
    storemaker_remove(&reopen->maker, "dledger-n0/data/00000000000000004096");
    storemaker_remove_under(&reopen->maker, QUEUES "u");
    set_committed(reopen, 15);
    set_page(reopen, 0, 3768);
}

/* After what looks like a clean stop the queue lacks its last two units. */
static void short_after_a_stop(struct reopen *reopen)
{
    make_records(reopen, 3);
    reopen_make(reopen, "t",
                &(struct storemaker_message){.queue_offset = -1, .without_unit = true});
    reopen_make(reopen, "t",
                &(struct storemaker_message){.queue_offset = -1, .without_unit = true});
}

static void short_after_a_kill(struct reopen *reopen)
{
    short_after_a_stop(reopen);
    add_abort(reopen);
}

static const struct state states[] = {
    {"#8032, restarted", emptied, DLEDGER, {3, 0, 3, 3}},
    {"#8032, then stopped", emptied_and_stopped, DLEDGER, {3, 0, 0, 0}},
    {"#8032, another queue is full", emptied_beside_a_full_queue, DLEDGER, {0, 0, 2, 2}},
    {"#9084, checkpoint without offset", all_committed, DLEDGER, {16, 0, 13, 16}},
    {"#9084, offset below the sum", all_committed_offset_below, DLEDGER, {16, 0, 13, 16}},
    {"#9084, offset at the sum", all_committed_offset_at, DLEDGER, {16, 0, 13, 13}},
    {"#9084, after a stop", all_committed_and_stopped, DLEDGER, {16, 16, 16, 16}},
    {"what is past committedIndex comes back", nine_committed, DLEDGER, {16, 16, 16, 16}},
    {"no committedIndex yet", nothing_committed, DLEDGER, {16, 16, 16, 16}},
    {"#9084, at a blank", blank_at_the_end, DLEDGER, {16, 0, 13, 13}},
    {"units missing after a stop", short_after_a_stop, PLAIN, {5, 3, 4, 4}},
    {"units missing after a kill", short_after_a_kill, PLAIN, {5, 5, 5, 5}},
};

static void each_release_makes_its_own_of_a_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(states); i++) {
        for (int release = 0; release < RELEASE_COUNT; release++) {
            char row[128];
            struct reopen *reopen = reopen_new(states[i].mode);
            states[i].make(reopen);
            reopen->options.quirks = quirk_of_profile(profiles[release]);
            reopen_made(reopen);
            (void)snprintf(row, sizeof(row), "%s: %s", states[i].name,
                           quirk_profile_row(profiles[release])->name);
            test_row(row);
            test_ok(reopen_open(reopen), reopen->err);
            assert_int_equal(store_max_offset(reopen->store, "t", 0), states[i].max[release]);
            reopen_free(reopen);
        }
    }
}

/* Where an abnormal start begins in a plain log of twelve files of five records. */
struct start {
    const char *name;
    int64_t logics_offset;
    int64_t times_ms; /* after those of the records */
    uint64_t broken;  /* the record whose body is damaged */
    uint64_t from[2]; /* in 5.3.3 and in 5.5.1 */
};

#define NONE UINT64_MAX

static const struct start starts[] = {
    {"by times or by the offset", 9300, 100000, NONE, {11264, 9216}},
    {"the offset is that of a first record", 9216, 100000, NONE, {11264, 9216}},
    {"ten files back and no more", 1, 0, NONE, {0, 2048}},
    {"no offset, times without slack", 0, 0, NONE, {0, 11264}},
    {"first record not whole", 9300, 100000, 9216, {11264, 8192}},
};

static void a_start_begins_by_times_or_by_the_offset(void **state)
{
    (void)state;
    static const enum quirk_profile two[] = {QUIRK_PROFILE_ROCKETMQ_5_3_3,
                                             QUIRK_PROFILE_ROCKETMQ_5_5_1};
    for (size_t i = 0; i < TEST_COUNT(starts) * 2; i++) {
        const struct start *start = &starts[i / 2];
        char expected[64];
        struct reopen *reopen = reopen_new(PLAIN);
        make_records(reopen, 60);
        set_page(reopen, reopen->now_ms + start->times_ms, start->logics_offset);
        if (start->broken != NONE) {
            storemaker_record_at(&reopen->maker, start->broken)[90] ^= 1;
        }
        add_abort(reopen);
        reopen->options.quirks = quirk_of_profile(two[i % 2]);
        reopen_made(reopen);
        test_row(start->name);
        test_ok(reopen_open(reopen), reopen->err);
        (void)snprintf(expected, sizeof(expected), "recovery-found-records@%llu",
                       (unsigned long long)start->from[i % 2]);
        assert_non_null(strstr(reopen->events.text, expected));
        reopen_free(reopen);
    }
}

/* What a start writes into the page without a put: where the last record begins, in a plain log of
 * 5.x, and no time of the log (both measured on 5.2.0). Bytes 40 to 47 stay as they are: the flush
 * that would change them comes after 60 s. */
static void a_start_confirms_the_last_record(void **state)
{
    (void)state;
    static const int64_t confirms[RELEASE_COUNT] = {0, 2448, 2448, 2448};
    for (int release = 0; release < RELEASE_COUNT; release++) {
        for (int is_dledger = 0; is_dledger < 2; is_dledger++) {
            struct reopen *reopen = reopen_new(is_dledger ? DLEDGER : PLAIN);
            struct checkpoint_page page;
            make_records(reopen, 13);
            set_page(reopen, 5, 777);
            add_abort(reopen);
            reopen->options.quirks = quirk_of_profile(profiles[release]);
            reopen_made(reopen);
            test_row(quirk_profile_row(profiles[release])->name);
            test_ok(reopen_open(reopen), reopen->err);
            reopen_step(reopen, STORE_SERVICE_CHECKPOINT);
            uint8_t *at = diskstate_read(reopen->dir.fd, CHECKPOINT_PATH, NULL);
            checkpoint_decode(at, &page);
            free(at);
            assert_int_equal(page.confirm_phy_offset, is_dledger ? 0 : confirms[release]);
            assert_true(is_dledger || page.physic_msg_timestamp_ms == 5);
            assert_int_equal(page.logics_physical_offset, 777);
            reopen_free(reopen);
        }
    }
}

/* A kill between create and extend: RocketMQ removes such a file since 5.1.3, DLedger does not. */
static void a_file_of_length_0_stops_the_start_of_some(void **state)
{
    (void)state;
    for (int release = 0; release < RELEASE_COUNT; release++) {
        for (int is_dledger = 0; is_dledger < 2; is_dledger++) {
            struct reopen *reopen = reopen_new(is_dledger ? DLEDGER : PLAIN);
            make_records(reopen, 2);
            add_abort(reopen);
            reopen->options.quirks = quirk_of_profile(profiles[release]);
            reopen_made(reopen);
            diskstate_write(reopen->dir.fd,
                            is_dledger ? "dledger-n0/data/00000000000000001024"
                                       : "commitlog/00000000000000001024",
                            "", 0);
            test_row(quirk_profile_row(profiles[release])->name);
            bool is_refused = is_dledger || release == R_4_9_7;
            assert_int_equal(reopen_open(reopen) < 0, is_refused);
            reopen_free(reopen);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_release_makes_its_own_of_a_state),
        cmocka_unit_test(a_start_begins_by_times_or_by_the_offset),
        cmocka_unit_test(a_start_confirms_the_last_record),
        cmocka_unit_test(a_file_of_length_0_stops_the_start_of_some),
    };
    return cmocka_run_group_tests_name("store.recovery_releases", tests, NULL, NULL);
}
