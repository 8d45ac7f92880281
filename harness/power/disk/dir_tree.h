/* What the harness does to whole directories: list, hash, copy, remove. */
#ifndef HARNESS_POWER_DISK_DIR_TREE_H
#define HARNESS_POWER_DISK_DIR_TREE_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

/* The names in `path` below `dir_fd`, sorted; ends at the first `each` that is not 0, with it. */
int dir_tree_list(int dir_fd, const char *path,
                  int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg);
/* For reading; a pipe does not hang it.  A descriptor or a negated errno. */
int dir_tree_open_file(int dir_fd, const char *path);
/* All that there is from `offset`, up to `size_bytes`.  How many, or a negated errno. */
ssize_t dir_tree_read_at(int fd, void *data, size_t size_bytes, uint64_t offset);

/* Where, from `offset` on, the next bytes begin that may be other than zero; `size_bytes`, the
 * file's, when none do; `offset` itself where the file system cannot tell. */
uint64_t dir_tree_next_data(int fd, uint64_t offset, uint64_t size_bytes);

/* The tree_hash.h hash of everything below `dir_fd`, `lock` included. Holes are not read.
 * Returns 0 or a negated errno. */
int dir_tree_hash(int dir_fd, uint64_t *ret_hash) __attribute__((warn_unused_result));
/* The same without the file `path`. */
int dir_tree_hash_without(int dir_fd, const char *path, uint64_t *ret_hash)
    __attribute__((warn_unused_result));

/* Copies everything below `dir_fd` to the directory `to_path`, which is made when missing; holes
 * stay holes. Returns 0 or a negated errno. */
int dir_tree_copy(int dir_fd, const char *to_path, struct err *err)
    __attribute__((warn_unused_result));

/* The same into an open directory. */
int dir_tree_copy_to(int dir_fd, int to_dir_fd, struct err *err)
    __attribute__((warn_unused_result));

/* Removes `path` (a file, or a directory with all it holds) below `dir_fd`; "" removes everything
 * in it but not itself. A missing path is no error. Links are removed, never followed. */
int dir_tree_remove(int dir_fd, const char *path, struct err *err);

/* The hash of a store at rest; and a copy of it as `name` below `keep_dir`, unless that is NULL.  0
 * or a negated errno. */
int dir_tree_keep(int dir_fd, const char *keep_dir, const char *name, uint64_t *ret_hash)
    __attribute__((warn_unused_result));

#endif
