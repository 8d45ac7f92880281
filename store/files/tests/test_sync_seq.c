/* How far writes are synced, once and twice. */
#include "harness/testkit/test.h"
#include "store/files/sync_seq.h"

struct step {
    uint64_t written;
    uint64_t covered; /* by a sync that returned then; 0: none */
    bool is_dirty;
    bool is_unconfirmed;
};

static void follows_writes_and_syncs(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, 0, false, false}, {1, 0, true, true},   {1, 1, false, true},
        {1, 1, false, false}, {3, 2, true, true}, /* written to while it ran */
        {3, 3, false, true},  {4, 0, true, true},   {4, 4, false, true},
        {4, 3, false, true}, /* an older one ends later: of 4 it says nothing */
        {4, 4, false, false}, {4, 2, false, false},
    };
    struct sync_seq seq = {0, 0, 0};
    for (size_t i = 0; i < TEST_COUNT(steps); i++) {
        seq.written = steps[i].written;
        if (steps[i].covered > 0) {
            sync_seq_done(&seq, steps[i].covered);
        }
        assert_int_equal(sync_seq_is_dirty(&seq), steps[i].is_dirty);
        assert_int_equal(sync_seq_is_unconfirmed(&seq), steps[i].is_unconfirmed);
        assert_true(seq.confirmed <= seq.synced && seq.synced <= seq.written);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_writes_and_syncs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
