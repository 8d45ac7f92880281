/* The table of versions. */
#include "harness/oracle/fsck/fsck_version.h"

#include "store/base/ensure.h"

#include <string.h>

static const struct fsck_version versions[FSCK_VERSION_COUNT] = {
    [FSCK_VERSION_4_9_7] = {.id = FSCK_VERSION_4_9_7,
                            .name = "4.9.7",
                            .of = "4.9.7",
                            .reputs_from_queues = true},
    [FSCK_VERSION_5_0] = {.id = FSCK_VERSION_5_0,
                          .name = "5.1.4",
                          .of = "5.0.0 to 5.1.4",
                          .knows_v2 = true},
    [FSCK_VERSION_5_2_0] = {.id = FSCK_VERSION_5_2_0,
                            .name = "5.2.0",
                            .of = "5.2.0",
                            .dledger_scan = FSCK_VERSION_SCAN_DUP_INFO,
                            .knows_v2 = true,
                            .removes_empty_file = true},
    [FSCK_VERSION_5_3_3] = {.id = FSCK_VERSION_5_3_3,
                            .name = "5.3.3",
                            .of = "5.3.3",
                            .dledger_scan = FSCK_VERSION_SCAN_ALL,
                            .knows_v2 = true,
                            .removes_empty_file = true,
                            .dispatches_normally = true},
    [FSCK_VERSION_5_5_1] = {.id = FSCK_VERSION_5_5_1,
                            .name = "5.5.1",
                            .of = "5.5.1",
                            .dledger_scan = FSCK_VERSION_SCAN_ALL,
                            .knows_v2 = true,
                            .removes_empty_file = true,
                            .starts_by_offset = true,
                            .scan_files_max = 10,
                            .dispatches_normally = true},
    [FSCK_VERSION_KILLPOINT] = {.id = FSCK_VERSION_KILLPOINT,
                                .name = "killpoint",
                                .of = "Killpoint",
                                .knows_v2 = true,
                                .removes_empty_file = true},
};

const struct fsck_version *fsck_version_get(enum fsck_version_id id)
{
    ENSURE(id < FSCK_VERSION_COUNT);
    return &versions[id];
}

const struct fsck_version *fsck_version_find(const char *name)
{
    for (uint32_t i = 0; i < FSCK_VERSION_COUNT; i++) {
        if (strcmp(versions[i].name, name) == 0) {
            return &versions[i];
        }
    }
    return NULL;
}
