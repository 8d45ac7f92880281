/* What happened in one case, for somebody who is on call and knows nothing of it: in which order,
 * what was in flight, what reached the disk, what of that mattered, what the restart did, which
 * bytes are wrong, and from which source line.
 *
 * The case is run once more on the memory disk, in a process of its own that a dying engine may
 * take with it.  So there is no story of what cannot be run there: programs outside, services in
 * threads, pod kills. */
#ifndef HARNESS_STORY_STORY_H
#define HARNESS_STORY_STORY_H

#include "harness/base/stack.h"
#include "harness/case/mechanism.h"
#include "harness/case/token.h"
#include "harness/scenario/scenario.h"

/* Why an operation is the one to look at. */
#define STORY_BLAME_MAP(X)                                                                 \
    X(NONE, "nothing is to blame by itself")                                               \
    X(PREMATURE, "it relied on what was not durable yet")                                  \
    X(ACKED, "it gave the promise that was not kept")                                      \
    X(FAILED, "it was told an error, and what followed went on as if there had been none") \
    X(WROTE, "it wrote these bytes last")                                                  \
    X(REMOVED, "it removed what is missing")                                               \
    X(MADE, "it came last to where what is missing should be")                             \
    X(LAST, "it was the last that the store did")                                          \
    X(CRASHED, "the store died there")

enum story_blame {
#define X(id, help) STORY_BLAME_##id,
    STORY_BLAME_MAP(X)
#undef X
        STORY_BLAME_COUNT
};

/* In words, to go on "…". A static string. */
const char *story_blame_help(enum story_blame blame);

/* The operation (or answer) to blame for a case. */
struct story_source {
    enum story_blame blame;
    char point[48];            /* "queue/cut-tail", or "acknowledgement"; "": none */
    struct stack_frame at;     /* where the store does it; line 0: not known */
    struct stack_frame caller; /* and who has it done */
};

/* Runs the token's case and finds what to blame for `mechanism` in it.  `scenario` has the token's
 * switches applied; what was not among the first things found (MECHANISM_COUNT never is) stands
 * for the root of those.  Takes up to a second, and some
 * processes.
 * 0; ERR_USAGE: the case cannot be told, or does not come to pass; -ETIMEDOUT; or -ENOMEM. */
int story_source(const struct scenario *scenario, const struct token *token,
                 enum mechanism mechanism, struct story_source *ret_source, struct err *err);

#endif
