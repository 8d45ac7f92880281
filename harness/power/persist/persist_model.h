/* The persistence models, a row each: what a power loss can take, and what a sync and a failed sync
 * do about it (docs/FAULTS.md, "Power loss").
 *
 * A new model is a row here, its name and its help in case/loss.h, and a reading of its own in
 * power/legal/legal_model.c, by somebody who has not looked at this one. */
#ifndef HARNESS_POWER_PERSIST_PERSIST_MODEL_H
#define HARNESS_POWER_PERSIST_PERSIST_MODEL_H

#include "harness/case/fault.h"
#include "harness/case/loss.h"

/* What can be kept or lost. */
enum persist_kind {
    PERSIST_PAGE, /* a version of a page (with the size that an append gave) */
    PERSIST_SIZE, /* truncate; where sizes are apart also the size of an append */
    PERSIST_ENTRY /* create, mkdir, rename, unlink, rmdir */
};

#define PERSIST_NEEDS_MAX 4
#define PERSIST_NONE      UINT32_MAX

/* How far a sync reaches beyond what it is of. */
enum persist_reach {
    PERSIST_REACH_NEEDS, /* to all that is needed: the parents of a name, its steps before */
    PERSIST_REACH_OWN    /* nowhere: bytes without the name, entries without their parents */
};

struct persist_model {
    /* Metadata steps of all files are one sequence, of which the end is lost; a sync of anything
     * that has a step in it writes all of it. */
    bool is_sequence;
    /* The size that an append gives can be lost without its page, and kept without it. */
    bool is_size_apart;
    /* What had ended of one inode is kept or lost as a whole. */
    bool is_grouped;
    enum persist_reach file_sync;
    enum persist_reach dir_sync;
    uint32_t
        failed_syncs; /* bit per enum fault_sync: what such a file system does when one fails */
};

const struct persist_model *persist_model_row(enum loss_model model);
/* The models, bit per enum loss_model, of file systems that do that with a failed sync. */
uint32_t persist_model_failing(enum fault_sync sync);

#endif
