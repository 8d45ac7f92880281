/* Run directories whose process was killed: they say so, or go when nothing is in them. */
#ifndef HARNESS_ARCHIVE_STALE_H
#define HARNESS_ARCHIVE_STALE_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Whether it is what a run directory is called: nothing else among them is ours to touch. */
bool stale_is_run_name(const char *name);

/* Locks a run directory, before anything is in it, for as long as the descriptor, or a copy of it
 * in a process that was forked, is open: whoever finds it unlocked and unfinished knows that its
 * process is gone. */
void stale_hold(int dir_fd);

/* Removes the run directory `name`, open as `dir_fd`, unless something is in it besides what a run
 * begins with. */
bool stale_remove(int root_fd, int dir_fd, const char *name);

/* What a campaign that was killed has left below one root. */
struct stale_found {
    uint32_t finished; /* have a run.json now, whose `state` is "killed" */
    uint32_t removed;  /* had no result */
};

/* Finishes or removes each directory of a run below `root` that has no run.json and is locked by
 * nobody, and says so on `stream` (NULL: nowhere). One that cannot be changed (another user's)
 * stays as it is. */
void stale_finish(const char *root, FILE *stream, struct stale_found *ret_found);

#endif
