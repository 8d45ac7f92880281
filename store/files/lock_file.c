/* The lock file: see lock_file.h. */
#include "store/files/lock_file.h"

#define LOCK_FILE_PATH "lock"

/* The lock is taken before a byte is written: a second process that fails here has changed nothing
 * of the store it does not own. The bytes are RocketMQ's, written and forced as it does; nothing
 * reads them. */
int lock_file_take(struct disk *disk, struct disk_file **ret_file, struct err *err)
{
    struct disk_file *file = NULL;
    int r = disk_create(disk, POINT_LOCK_CREATE, LOCK_FILE_PATH, &file, err);
    if (r < 0) {
        return r;
    }
    r = disk_lock(file, POINT_LOCK_LOCK, err);
    if (r < 0) {
        goto out;
    }
    r = disk_write(file, POINT_LOCK_WRITE, 0, "lock", 4, err);
    if (r < 0) {
        goto out;
    }
    r = disk_sync(file, POINT_LOCK_SYNC, err);
    if (r < 0) {
        goto out;
    }
    *ret_file = file;
    return 0;
out:
    disk_close(file);
    return r;
}
