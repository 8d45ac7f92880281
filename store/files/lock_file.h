/* The lock file: one broker a directory.  Format: docs/FORMAT.md, "abort and lock". */
#ifndef STORE_FILES_LOCK_FILE_H
#define STORE_FILES_LOCK_FILE_H

#include "store/base/err.h"
#include "store/disk/disk.h"

/* Takes the lock and holds it until *ret_file is closed.  -EAGAIN when another
 * process has it, or another store in this one. */
int lock_file_take(struct disk *disk, struct disk_file **ret_file, struct err *err);

#endif
