/* Temporary directories of tests. */
#include "harness/testkit/tmpdir.h"

#include "store/base/ensure.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

void tmpdir_make_at(struct tmpdir *ret_dir, const char *file, int line)
{
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || parent[0] == '\0') {
        parent = "/tmp";
    }
    const char *slash = strrchr(file, '/');
    const char *base = slash != NULL ? slash + 1 : file;
    int base_length = (int)strcspn(base, ".");
    int length = snprintf(ret_dir->path, sizeof(ret_dir->path), "%s/%.*s-line-%d-XXXXXX", parent,
                          base_length, base, line);
    ENSURE(length > 0 && (size_t)length < sizeof(ret_dir->path));
    ENSURE(mkdtemp(ret_dir->path) != NULL);
    ret_dir->fd = open(ret_dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ENSURE(ret_dir->fd >= 0);
}

void tmpdir_remove(struct tmpdir *dir)
{
    ENSURE(tmpdir_remove_tree(AT_FDCWD, dir->path) == 0);
    close(dir->fd);
    dir->fd = -1;
}

static int remove_entries(DIR *dir)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            return -errno;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        int r = tmpdir_remove_tree(dirfd(dir), entry->d_name);
        if (r != 0) {
            return r;
        }
    }
}

int tmpdir_remove_tree(int dir_fd, const char *name)
{
    if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT) {
        return 0;
    }
    if (errno != EISDIR && errno != EPERM) {
        return -errno;
    }
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        int r = -errno;
        close(fd);
        return r;
    }
    int r = remove_entries(dir);
    closedir(dir);
    if (r == 0 && unlinkat(dir_fd, name, AT_REMOVEDIR) < 0) {
        r = -errno;
    }
    return r;
}
