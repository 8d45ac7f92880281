/* The abort file: see abort_file.h. */
#include "store/files/abort_file.h"

#include "store/base/text.h"

#define ABORT_FILE_PATH "abort"

int abort_file_exists(struct disk *disk, bool *ret_exists, struct err *err)
{
    uint64_t size_bytes = 0;
    int r = disk_find(disk, POINT_ABORT_SIZE, ABORT_FILE_PATH, &size_bytes, err);
    if (r < 0) {
        return r;
    }
    *ret_exists = r == 1;
    return 0;
}

/* A directory entry may be durable without the bytes of its file, and the other way round. The next
 * start asks for the entry alone, so it is the entry that must be durable before the first put. */
int abort_file_create(struct disk *disk, int64_t pid, bool is_synced, int dir_syncs,
                      struct err *err)
{
    struct disk_file *file = NULL;
    char text[32];
    size_t size = text_add_number(text, sizeof(text), 0, pid);
    int r = disk_create(disk, POINT_ABORT_CREATE, ABORT_FILE_PATH, &file, err);
    if (r == 0) {
        r = disk_write(file, POINT_ABORT_WRITE, 0, text, size, err);
    }
    if (r == 0 && is_synced) {
        r = disk_sync(file, POINT_ABORT_SYNC, err);
    }
    for (int i = 0; r == 0 && i < dir_syncs; i++) {
        r = disk_sync_dir(disk, POINT_ABORT_SYNC_DIR, "", err);
    }
    disk_close(file);
    return r;
}

int abort_file_remove(struct disk *disk, struct err *err)
{
    return disk_unlink(disk, POINT_ABORT_UNLINK, ABORT_FILE_PATH, err);
}
