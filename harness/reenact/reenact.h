/* A case once more, in this process and on the memory disk, with everybody looking on: what it did
 * comes as recordings, one after the other.  The bytes are those of the live case, as the
 * cross-check of every campaign proves.
 *
 * A recording ends where what it stands on changes: at a power loss, at a hand that touches the
 * files, and at the end of the planned rounds.  The last one is of the restart protocol.  Private
 * to this folder. */
#ifndef HARNESS_REENACT_REENACT_H
#define HARNESS_REENACT_REENACT_H

#include "harness/case/ending.h"
#include "harness/power/explore/explore_judge.h"
#include "harness/power/rehearse/rehearse.h"
#include "harness/power/trace/trace.h"
#include "harness/reenact/witness.h"

/* Power losses and steps before a round, each of which ends a part; the rest; the restart. */
#define REENACT_PARTS_MAX   (PLAN_ROUNDS_MAX * (1 + PLAN_BEFORE_MAX) + 2)
#define REENACT_STRIKES_MAX (PLAN_ROUNDS_MAX * PLAN_HITS_MAX)

struct reenact_part {
    bool is_restart; /* of the protocol, its restarts being rounds; else of the case */
    struct trace *trace;
    struct witness *witness;
    struct image *base; /* what the disk held when it began, all of it durable */
    size_t done;        /* operations of it that came to pass; those behind were undone */
};

/* The operation that a fault of the plan struck. */
struct reenact_strike {
    struct plan_hit hit;
    uint32_t round;
    uint32_t part;
    struct trace_entry entry; /* strings are copies below, no data */
    char path[DISK_PATH_SIZE_BYTES];
    char target[DISK_PATH_SIZE_BYTES];
    uintptr_t stack[STACK_FRAMES_MAX];
    size_t stack_count;
};

struct reenact {
    struct rehearse_options options;
    struct plan plan;
    struct rehearse_witness watch;
    struct rehearsal *rehearsal;
    struct explore_judge *judge;
    struct witness *witness; /* of the recording that is being made */
    int status;              /* what could not be kept: 0 or -ENOMEM */
    struct reenact_part parts[REENACT_PARTS_MAX];
    uint32_t part_count;
    struct reenact_strike strikes[REENACT_STRIKES_MAX];
    uint32_t strike_count;
    bool is_judged;              /* the store came to rest, and was restarted */
    struct rehearse_state state; /* what was known then */
    struct ledger *ledger;
    struct image *crashed;   /* the store at rest, as it was restarted */
    struct image *recovered; /* and after the first restart had no work left */
    struct ending end;
    /* What was found first: all the rest was found later, on a store that had gone on with it. */
    uint64_t first_mechanisms;
    char first_detail[ENDING_DETAIL_SIZE_BYTES];
    struct err broken; /* of a round that could not be run to its end; code 0: none */
};

struct reenact_options {
    const struct scenario *scenario; /* the token's switches applied */
    const struct workload *workload;
    uint64_t seed;
    const struct plan *plan;
};

/* Why no case of the scenario can be run again like this; NULL: it can. */
const char *reenact_refusal(const struct scenario *scenario);
/* Runs it.  An engine that dies or hangs takes the caller with it, so let that be a process of its
 * own.  0, ERR_USAGE when the plan does not come to pass, or has a
 * fault that needs a process, or -ENOMEM. */
int reenact_new(const struct reenact_options *options, struct reenact **ret_reenact,
                struct err *err);
struct reenact *reenact_free(struct reenact *reenact);

/* The image of a part's disk after its first `done` operations; the caller frees it. */
int reenact_image(const struct reenact_part *part, size_t done, struct image **ret_image,
                  struct err *err);
/* How many operations of the restart had ended when its round `number` (from 0) was over: the first
 * is the recovery after the crash, and what it left to do. */
size_t reenact_restart_done(const struct reenact_part *part, uint32_t number);

#endif
