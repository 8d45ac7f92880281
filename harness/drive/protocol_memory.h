/* What a run of the restart protocol can take over from the one before.  Private to this folder. */
#ifndef HARNESS_DRIVE_PROTOCOL_MEMORY_H
#define HARNESS_DRIVE_PROTOCOL_MEMORY_H

#include "harness/drive/protocol.h"

/* Recovered stores that are kept as they were read, for equal ones. */
#define PROTOCOL_KEPT_MAX 8u

struct protocol_kept {
    struct judge_state *state; /* NULL: not made yet */
    uint64_t hash;             /* of the image it was read from */
    uint64_t used;             /* when; 0: holds nothing */
};

struct protocol_memory {
    struct judge_state *recovered;
    struct judge_state *crashed; /* compares with what `recovered` has made */
    struct dir_view *dir_view;
    struct driver driver; /* its buffers */
    bool has_driver;
    struct protocol_kept kept[PROTOCOL_KEPT_MAX];
    uint64_t use_count;
};

/* The place for the store whose image has this hash: with its reading, or the one that was not used
 * for longest, emptied. */
struct protocol_kept *protocol_memory_find(struct protocol_memory *memory, uint64_t hash);

#endif
