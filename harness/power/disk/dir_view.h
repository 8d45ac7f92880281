/* A store in a real directory, seen as harness/oracle/decode/view.h wants it; and what else the
 * harness does to whole directories: hash, copy, remove. */
#ifndef HARNESS_POWER_DISK_DIR_VIEW_H
#define HARNESS_POWER_DISK_DIR_VIEW_H

#include "harness/oracle/decode/view.h"
#include "store/base/err.h"

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

/* The tree_hash.h hash of everything below `dir_fd`, `lock` included. Holes are not read.
 * Returns 0 or a negated errno. */
int dir_view_hash(int dir_fd, uint64_t *ret_hash) __attribute__((warn_unused_result));

/* Copies everything below `dir_fd` to the directory `to_path`, which is made when missing; holes
 * stay holes. Returns 0 or a negated errno. */
int dir_view_copy(int dir_fd, const char *to_path, struct err *err)
    __attribute__((warn_unused_result));

/* The same into an open directory. */
int dir_view_copy_to(int dir_fd, int to_dir_fd, struct err *err)
    __attribute__((warn_unused_result));

/* Removes `path` (a file, or a directory with all it holds) below `dir_fd`; "" removes everything
 * in it but not itself. A missing path is no error. Links are removed, never followed. */
int dir_view_remove(int dir_fd, const char *path, struct err *err);

/* The hash of a store at rest; and a copy of it as `name` below `keep_dir`, unless that is NULL.  0
 * or a negated errno. */
int dir_view_keep(int dir_fd, const char *keep_dir, const char *name, uint64_t *ret_hash)
    __attribute__((warn_unused_result));

#endif
