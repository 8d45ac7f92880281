/* What the second opinion knows of each persistence model (legal_model.h). */
#include "harness/power/legal/legal_model.h"

bool legal_model_is_sequence(enum loss_model model)
{
    return model == LOSS_MODEL_EXT4 || model == LOSS_MODEL_XFS;
}

bool legal_model_page_brings_size(enum loss_model model)
{
    return model != LOSS_MODEL_POSIX;
}

bool legal_model_sync_brings_path(enum loss_model model)
{
    return model != LOSS_MODEL_POSIX;
}

bool legal_model_is_whole(enum loss_model model)
{
    return model == LOSS_MODEL_BTRFS;
}
