/* The table of the persistence models. */
#include "harness/power/persist/persist_model.h"

#include "store/base/ensure.h"

#define SYNC(id) (UINT32_C(1) << FAULT_SYNC_##id)

static const struct persist_model models[LOSS_MODEL_COUNT] = {
    [LOSS_MODEL_ALL] = {.file_sync = PERSIST_REACH_NEEDS,
                        .dir_sync = PERSIST_REACH_NEEDS,
                        .failed_syncs = SYNC(CLEAN) | SYNC(REVERT) | SYNC(LATE)},
    [LOSS_MODEL_EXT4] = {.is_sequence = true,
                         .file_sync = PERSIST_REACH_OWN,
                         .dir_sync = PERSIST_REACH_NEEDS,
                         .failed_syncs = SYNC(CLEAN) | SYNC(LATE)},
    [LOSS_MODEL_XFS] = {.is_sequence = true,
                        .file_sync = PERSIST_REACH_OWN,
                        .dir_sync = PERSIST_REACH_NEEDS,
                        .failed_syncs = SYNC(CLEAN) | SYNC(LATE)},
    [LOSS_MODEL_BTRFS] = {.is_grouped = true,
                          .file_sync = PERSIST_REACH_NEEDS,
                          .dir_sync = PERSIST_REACH_NEEDS,
                          .failed_syncs = SYNC(REVERT) | SYNC(LATE)},
    [LOSS_MODEL_POSIX] = {.is_size_apart = true,
                          .file_sync = PERSIST_REACH_OWN,
                          .dir_sync = PERSIST_REACH_OWN,
                          .failed_syncs = SYNC(CLEAN) | SYNC(LATE)},
};

const struct persist_model *persist_model_row(enum loss_model model)
{
    ENSURE((unsigned)model < LOSS_MODEL_COUNT);
    return &models[model];
}

uint32_t persist_model_failing(enum fault_sync sync)
{
    uint32_t able = 0;
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        able |= (models[model].failed_syncs >> sync & 1) << model;
    }
    return able;
}
