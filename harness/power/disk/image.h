/* The memory disk: a directory tree of sparse files of 4 KiB pages. A clone shares every page with
 * its origin until one of them writes, so thousands of images of one run cost little more than
 * their differences.
 *
 * An image holds what the page cache holds: everything that was written. Only a locked disk may be
 * used by several threads at once, and only while nothing else touches the image or its clones. */
#ifndef HARNESS_POWER_DISK_IMAGE_H
#define HARNESS_POWER_DISK_IMAGE_H

#include "harness/oracle/decode/view.h"
#include "store/base/err.h"
#include "store/disk/disk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;

/* An empty root directory. NULL when out of memory. */
struct image *image_new(void);
/* Every disk over it must be freed before. Takes NULL, returns NULL. */
struct image *image_free(struct image *image);
/* The same tree, sharing all pages; files that are open in `image` are not open in the clone.
 * NULL when out of memory. */
struct image *image_clone(const struct image *image);

/* The tree of the packed store `path` (harness/base/pack.h); "": an empty one.  0, -ENOMEM, or
 * pack_open()'s errors. */
int image_unpack(const char *path, struct image **ret_image, struct err *err)
    __attribute__((warn_unused_result));

/* A disk over `image`, which stays the caller's. Behaves as disk_posix does, errors included,
 * but syncs always succeed, and a lock goes with the file's last close. An unlinked file lives
 * until its last close. Returns 0 or -ENOMEM. */
int image_disk(struct image *image, bool faults, const struct disk_observer *observer,
               struct disk **ret_disk) __attribute__((warn_unused_result));

/* The same, for any number of threads at once. */
int image_disk_locked(struct image *image, bool faults, const struct disk_observer *observer,
                      struct disk **ret_disk) __attribute__((warn_unused_result));

/* The next sync of the file `path` fails with -EIO, and no other. */
void image_fail_sync(struct image *image, const char *path);

/* Writes everything into the open, empty directory `dir_fd`, holes as holes. */
int image_store(const struct image *image, int dir_fd, struct err *err)
    __attribute__((warn_unused_result));

/* Valid as long as `image`. */
struct view image_view(struct image *image);

/* Removes `path` with all below it, as dir_view_remove. Returns 0 or -ENOMEM. */
int image_remove(struct image *image, const char *path) __attribute__((warn_unused_result));

/* The tree_hash.h hash: equal to dir_view_hash of a directory with the same content. */
uint64_t image_hash(struct image *image);

/* What the image takes up: pages it holds (shared ones too), and names. */
struct image_stats {
    uint64_t page_count;
    uint64_t shared_page_count; /* of these, also held by another image */
    uint64_t entry_count;
};
void image_stats(const struct image *image, struct image_stats *ret_stats);

#endif
