/* Opens a directory and a view of it. */
#include "harness/cli/store_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int store_dir_open(struct store_dir *dir, const char *path, struct err *err)
{
    dir->dir_view = NULL;
    dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir->fd < 0) {
        return err_set(err, ERR_USAGE, "store directory '%s': %s", path, strerrordesc_np(errno));
    }
    dir->dir_view = dir_view_new(dir->fd);
    if (dir->dir_view == NULL) {
        store_dir_close(dir);
        return err_set(err, -ENOMEM, "no memory to read '%s'", path);
    }
    dir->view = dir_view_view(dir->dir_view);
    return 0;
}

void store_dir_close(struct store_dir *dir)
{
    dir->dir_view = dir_view_free(dir->dir_view);
    if (dir->fd >= 0) {
        (void)close(dir->fd);
        dir->fd = -1;
    }
}
