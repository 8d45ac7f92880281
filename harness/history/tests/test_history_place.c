/* File systems that hosts share, and those that they do not. */
#include "harness/history/history_place.h"
#include "harness/testkit/test.h"

#include <linux/magic.h>

static void shared_ones_are_named(void **state)
{
    (void)state;
    assert_string_equal(history_place_remote(NFS_SUPER_MAGIC), "nfs");
    assert_string_equal(history_place_remote(0xfe534d42), "smb2");
    assert_string_equal(history_place_remote(0xff534d42), "cifs");
    assert_null(history_place_remote(TMPFS_MAGIC));
    assert_null(history_place_remote(EXT4_SUPER_MAGIC));
    assert_null(history_place_of("/dev/shm"));
    assert_null(history_place_of("/nowhere"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shared_ones_are_named)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
