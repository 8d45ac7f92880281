/* Where the stores of cases live: detached tmpfs mounts, which the kernel frees with their last
 * process, or, where that is forbidden or a directory was asked for, directories watched by a
 * reaper, so that nothing stays behind whoever is killed. */
#ifndef HARNESS_POWER_DISK_SCRATCH_H
#define HARNESS_POWER_DISK_SCRATCH_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scratch;

#define SCRATCH_PLACE_SIZE_BYTES 256

/* X(id, "what it says of itself") */
#define SCRATCH_KIND_MAP(X)                              \
    X(TMPFS, "detached tmpfs")                           \
    X(TMPFS_NAMESPACE, "detached tmpfs, user namespace") \
    X(DIRECTORY, "directory")

enum scratch_kind {
#define X(id, name) SCRATCH_##id,
    SCRATCH_KIND_MAP(X)
#undef X
        SCRATCH_KIND_COUNT
};

struct scratch_options {
    const char *dir;     /* stores lie below it; NULL: detached tmpfs */
    uint64_t size_bytes; /* of each tmpfs; 0: the kernel's default */
};

/* Finds out which kind of place this process may have and prepares it.
 *
 * Without a `dir`, and where neither is allowed, stores lie below /dev/shm when it has some room,
 * then $TMPDIR, then /tmp.
 *
 * Call it while the process has one thread: without root it may move into a user namespace of
 * its own. In a directory kind it makes one sub-directory and forks a reaper, which waits until
 * the last process that descends from this one is gone and then removes that sub-directory.
 *
 * Returns 0, or the errno of what is wrong with `dir` (-ENOENT, -EACCES, -ENOSPC, -EROFS, …). */
int scratch_open(const struct scratch_options *options, struct scratch **ret_scratch,
                 struct err *err) __attribute__((warn_unused_result));

/* Removes what is left (only in the process that opened it) and frees. Takes NULL, returns NULL. */
struct scratch *scratch_close(struct scratch *scratch);

/* Makes a fresh, empty directory; the caller gives it back with scratch_drop. Works in forked
 * children as well. Returns 0 or a negated errno. */
int scratch_make(struct scratch *scratch, int *ret_dir_fd, struct err *err)
    __attribute__((warn_unused_result));

/* Gives a directory of scratch_make back: its contents are gone when no other process holds it
 * (tmpfs), or at once (directory). Every process that inherited `dir_fd` may call close() on it
 * instead; only one needs to drop it. */
void scratch_drop(struct scratch *scratch, int dir_fd);

/* Makes room in a bounded tmpfs of scratch_make: the disk is full no more. Does nothing where the
 * place has no bound of its own. Returns 0 or a negated errno. */
int scratch_grow(const struct scratch *scratch, int dir_fd) __attribute__((warn_unused_result));

enum scratch_kind scratch_kind(const struct scratch *scratch);
const char *scratch_kind_name(enum scratch_kind kind);
/* Where the stores lie, for a person: a kind, or the directory that was asked for, or the one that
 * was found in its place, why, and whether it is slow. Valid until scratch_close. */
const char *scratch_place(const struct scratch *scratch);
/* The file system that they lie on: "tmpfs", "ext4", or the number that statfs(2) has for it.
 * Returns `ret_text`; "" when it cannot be told. */
const char *scratch_file_system(const struct scratch *scratch, char *ret_text,
                                size_t text_size_bytes);
/* Whether that is a directory that nobody asked for. */
bool scratch_is_fallback(const struct scratch *scratch);
/* The directory that holds the stores, or NULL for a tmpfs. Valid until scratch_close. */
const char *scratch_path(const struct scratch *scratch);

#endif
