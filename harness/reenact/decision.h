/* Where a restart said something wrong of the store, before the damage or without it.  Private to
 * this folder's users: the story of a case names it before the operation that did the damage. */
#ifndef HARNESS_REENACT_DECISION_H
#define HARNESS_REENACT_DECISION_H

#include "harness/reenact/blame.h"
#include "store/base/event.h"

#define DECISION_QUEUE_SIZE_BYTES 128

/* What the restart claimed. */
struct decision {
    enum blame_kind kind; /* NONE, DECIDED or CLAIMED */
    struct blame blame;   /* the event, as an entry of the restart */
    enum event event;     /* as the store calls it */
    uint64_t offset;      /* that the event is about */
    /* CLAIMED: the queue, "topic-0/1", and the first unit it should not have; "": none. */
    char queue[DECISION_QUEUE_SIZE_BYTES];
};

/* DECIDED: the scan refused a record before the operation to blame removed what is missing.
 * CLAIMED: it said that it cut a queue, and a unit beyond that end is what is wrong (`finding`, or
 * NULL), while the last that changed it was before the restart.  Else NONE. */
void decision_find(const struct reenact *reenact, const struct blame *blame,
                   const struct finding *finding, struct decision *ret_decision);

#endif
