/* What a cause is tonight, by the nights before: new, ongoing, rare, or resolved.
 *
 * Only runs count that cover the cause: those that saw it, and those that could have - they came to
 * their end, and ran every scenario in which it was seen last, each whole and with at least half as
 * many cases as then.  Of these the newest HISTORY_STATE_WINDOW, this run being the last:
 *
 * new       this run saw it, and none before it did; or, for the first time in the window, it is
 *           back after a run in which it was not
 * ongoing   this run saw it, and so did the run before
 * rare      it comes and goes: it came back twice, or one and the same program (engine, switches,
 *           scenarios) both shows it and does not
 * resolved  this run did not see it, and nothing says that it is rare
 *
 * A run that does not cover a cause says nothing about it: it stays what it was. */
#ifndef HARNESS_HISTORY_HISTORY_STATE_H
#define HARNESS_HISTORY_HISTORY_STATE_H

#include "harness/case/campaign.h"

#include <stddef.h>

/* Covering runs that are looked at. */
#define HISTORY_STATE_WINDOW 20

/* A run that covers the cause. */
struct history_state_run {
    bool is_seen;
    const char *program; /* what ran, in a word to be compared; "" or NULL: not known */
};

struct history_state {
    enum campaign_state state;
    uint32_t since;   /* index of the first run that saw it, of the present spell */
    uint32_t seen;    /* runs of the window that saw it, from there on */
    uint32_t covered; /* runs of the window from there on */
};

/* Of `count` runs, the oldest first and this one last; those before the window are passed over.
 * CAMPAIGN_STATE_NONE when there is none, or none of them saw it and there is nothing to resolve.
 */
struct history_state history_state_of(const struct history_state_run *runs, size_t count);

#endif
