/* Which operation (or answer) of a case is the one to look at.  Private to this folder. */
#ifndef HARNESS_REENACT_BLAME_H
#define HARNESS_REENACT_BLAME_H

#include "harness/case/mechanism.h"
#include "harness/reenact/finding.h"
#include "harness/reenact/reenact.h"

/* Why an operation is the one to look at. */
#define BLAME_MAP(X)                                                                       \
    X(NONE, "nothing is to blame by itself")                                               \
    X(PREMATURE, "it relied on what was not durable yet")                                  \
    X(ACKED, "it gave the promise that was not kept")                                      \
    X(FAILED, "it was told an error, and what followed went on as if there had been none") \
    X(WROTE, "it wrote these bytes last")                                                  \
    X(REMOVED, "this took away what is missing")                                           \
    X(MARKED, "it moved the mark over what was not durable, and the restart believed it")  \
    X(MADE, "it came last to where what is missing should be")                             \
    X(CUT, "it cut a queue last before a wrong offset was given out")                      \
    X(OVERDUE, "it wrote what nobody made durable in time")                                \
    X(LAST, "it was the last that the store did")                                          \
    X(CRASHED, "the store died there")                                                     \
    X(DECIDED, "the wrong decision was made here")                                         \
    X(CLAIMED, "here the queue should have been cut, and nothing was written")

enum blame_kind {
#define X(id, help) BLAME_##id,
    BLAME_MAP(X)
#undef X
        BLAME_COUNT
};

/* In words, to go on "…". A static string. */
const char *blame_help(enum blame_kind kind);

struct blame {
    enum blame_kind kind;
    const struct reenact_strike *strike; /* the operation that the plan struck; or NULL: */
    uint32_t part;
    size_t entry; /* of the part's trace; nothing when the kind is NONE */
};

/* By what is wrong: of a rule of order the first operation or answer that broke it, of an error
 * that was injected the operation that got it, of wrong bytes the one that wrote them last, of what
 * is missing the one that removed it, or else the promise.  `findings` are the case's. */
void blame_find(const struct reenact *reenact, enum mechanism mechanism,
                const struct finding *findings, size_t finding_count, struct blame *ret_blame);

/* The stack of it; how many addresses. */
size_t blame_stack(const struct reenact *reenact, const struct blame *blame,
                   uintptr_t addresses[STACK_FRAMES_MAX]);
/* Its entry; false: there is none. */
bool blame_entry(const struct reenact *reenact, const struct blame *blame,
                 struct trace_entry *ret_entry);

#endif
