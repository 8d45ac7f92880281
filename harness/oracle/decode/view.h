/* A store directory as the oracle reads it, without the engine: a few calls, which power/disk/
 * implements over a real directory and over an image. Paths as in store/disk/disk.h, relative to
 * the root. */
#ifndef HARNESS_ORACLE_DECODE_VIEW_H
#define HARNESS_ORACLE_DECODE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIEW_PAGE_SIZE_BYTES 4096

enum view_kind {
    VIEW_FILE,
    VIEW_DIRECTORY,
    VIEW_LINK, /* whatever it leads to */
    VIEW_PIPE,
    VIEW_SOCKET,
    VIEW_DEVICE
};

/* Every function may be asked again and again, and answers the same: nobody writes to a store
 * while it is read. */
struct view {
    void *arg;
    /* Calls `each` for every name in `path`, in ascending byte order; stops when it returns
     * non-zero and returns that. -ENOENT when there is no such directory. */
    int (*list)(void *arg, const char *path,
                int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg);
    /* The size of a file, or -ENOENT and other negated errnos. */
    int64_t (*size)(void *arg, const char *path);
    /* Reads up to `size_bytes`; returns how many (short only at the end) or a negated errno. */
    int64_t (*read)(void *arg, const char *path, uint64_t offset, void *data, size_t size_bytes);
    /* Where, from `offset` on, the next bytes begin that may be other than zero; the file's size
     * when none do; or a negated errno.  NULL: everything must be read (view_next). */
    int64_t (*next)(void *arg, const char *path, uint64_t offset);
    /* Hashes of the file's first `count` pages, by which a reader may know their bytes again; the
     * last page may be short.  Negative: look at the bytes.  NULL: always. */
    int (*pages)(void *arg, const char *path, uint64_t *hashes, size_t count);
    /* What stands under the name itself, an enum view_kind, or a negated errno.  NULL: a file or a
     * directory. */
    int (*kind)(void *arg, const char *path);
};

/* The next bytes to look at: `offset` itself where the view knows no holes. */
static inline int64_t view_next(const struct view *view, const char *path, uint64_t offset)
{
    return view->next == NULL ? (int64_t)offset : view->next(view->arg, path, offset);
}

#endif
