/* Every name that the engine uses is of its kind. */
#include "harness/testkit/test.h"
#include "store/disk/file_kind.h"
#include "store/log/checkpoint.h"
#include "store/log/commitlog.h"
#include "store/log/dledger_log.h"
#include "store/queue/consumer_offsets.h"
#include "store/queue/queue_store.h"

static void the_engine_s_names_are_of_their_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum file_kind kind;
    } rows[] = {
        {COMMITLOG_DIR, FILE_KIND_LOG},
        {COMMITLOG_DIR "/00000000000000004096", FILE_KIND_LOG},
        {DLEDGER_LOG_DIR, FILE_KIND_OTHER},
        {DLEDGER_LOG_DIR "/data/00000000000000000000", FILE_KIND_DLEDGER_DATA},
        {DLEDGER_LOG_DIR "/index", FILE_KIND_DLEDGER_INDEX},
        {DLEDGER_LOG_DIR "/checkpoint", FILE_KIND_DLEDGER_CHECKPOINT},
        {DLEDGER_LOG_DIR "/checkpoint.tmp", FILE_KIND_DLEDGER_CHECKPOINT},
        {DLEDGER_LOG_DIR "/currterm", FILE_KIND_CURRTERM},
        {QUEUE_STORE_DIR "/T/0/00000000000000000000", FILE_KIND_QUEUE},
        {CHECKPOINT_PATH, FILE_KIND_CHECKPOINT},
        {CONSUMER_OFFSETS_DIR "/consumerOffset.json.bak", FILE_KIND_OFFSETS},
        {"abort", FILE_KIND_ABORT},
        {"lock", FILE_KIND_LOCK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(file_kind_of(rows[i].path), rows[i].kind);
    }
}

static void a_name_that_only_begins_alike_is_another(void **state)
{
    (void)state;
    static const char *const paths[] = {"commitlogs/0", "aborted", "checkpoint2",
                                        "x/abort",      "",        "conf"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(file_kind_of(paths[i]), FILE_KIND_OTHER);
    }
}

static void records_lie_in_either_log(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < FILE_KIND_COUNT; kind++) {
        assert_int_equal(file_kind_is_log((enum file_kind)kind),
                         kind == FILE_KIND_LOG || kind == FILE_KIND_DLEDGER_DATA);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engine_s_names_are_of_their_kinds),
        cmocka_unit_test(a_name_that_only_begins_alike_is_another),
        cmocka_unit_test(records_lie_in_either_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
