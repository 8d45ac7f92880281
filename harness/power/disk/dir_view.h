/* A store in a real directory, seen as harness/oracle/decode/view.h wants it. */
#ifndef HARNESS_POWER_DISK_DIR_VIEW_H
#define HARNESS_POWER_DISK_DIR_VIEW_H

#include "harness/oracle/decode/view.h"

#include <stdint.h>

/* Keeps the files that were read last open between calls. view.size and view.list always look
 * afresh, and find out whether a name leads to another file than it did; a read of a file that is
 * open uses that. So after files were replaced, ask the size first or call dir_view_reset. */
struct dir_view;

/* `dir_fd` stays the caller's. NULL when out of memory. */
struct dir_view *dir_view_new(int dir_fd);
struct dir_view *dir_view_free(struct dir_view *dir_view);
/* Looks at `dir_fd` from now on: each name is followed again before what it led to is read. */
void dir_view_reset(struct dir_view *dir_view, int dir_fd);
/* Valid as long as `dir_view`. */
struct view dir_view_view(struct dir_view *dir_view);

#endif
