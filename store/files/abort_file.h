/* The abort file: it exists as long as the last run did not stop cleanly; what is in it (the pid)
 * does not matter.  Format: docs/FORMAT.md, "abort and lock". */
#ifndef STORE_FILES_ABORT_FILE_H
#define STORE_FILES_ABORT_FILE_H

#include "store/base/err.h"
#include "store/disk/disk.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether the last life of this store ended without a clean stop. A failed look is an error, never
 * a "no". */
int abort_file_exists(struct disk *disk, bool *ret_exists, struct err *err);
/* Its directory is synced `dir_syncs` times: the entry is durable when this returns 0, unless that
 * is 0.  Not even the file is synced unless `is_synced` (the defect abort-not-durable). */
int abort_file_create(struct disk *disk, int64_t pid, bool is_synced, int dir_syncs,
                      struct err *err);
/* Removes it, as the last act of a clean stop: all that a normal start relies on is durable by
 * then. */
int abort_file_remove(struct disk *disk, struct err *err);

#endif
