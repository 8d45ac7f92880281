/* Temporary name, sync, rename. */
#include "harness/archive/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int whole_file_begin(struct whole_file *file, int dir_fd, const char *path, struct err *err)
{
    int fd;
    int r;

    memset(file, 0, sizeof(*file));
    file->dir_fd = dir_fd;
    if ((size_t)snprintf(file->path, sizeof(file->path), "%s", path) >= sizeof(file->path)) {
        return err_set(err, -ENAMETOOLONG, "path of %zu bytes is too long", strlen(path));
    }
    (void)snprintf(file->temporary_path, sizeof(file->temporary_path), "%s.tmp", path);
    fd = openat(dir_fd, file->temporary_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        r = -errno;
        return err_set(err, r, "create '%s': %s", file->temporary_path, strerror(-r));
    }
    file->stream = fdopen(fd, "w");
    if (file->stream == NULL) {
        r = -errno;
        (void)close(fd);
        (void)unlinkat(dir_fd, file->temporary_path, 0);
        return err_set(err, r, "open '%s': %s", file->temporary_path, strerror(-r));
    }
    return 0;
}

void whole_file_drop(struct whole_file *file)
{
    if (file->stream != NULL) {
        (void)fclose(file->stream);
        file->stream = NULL;
        (void)unlinkat(file->dir_fd, file->temporary_path, 0);
    }
}

int whole_file_finish(struct whole_file *file, struct err *err)
{
    int r = 0;

    errno = 0;
    if (fflush(file->stream) != 0 || ferror(file->stream) != 0 ||
        fdatasync(fileno(file->stream)) != 0) {
        r = errno == 0 ? -EIO : -errno;
    }
    if (fclose(file->stream) != 0 && r == 0) {
        r = -errno;
    }
    file->stream = NULL;
    if (r == 0 && renameat(file->dir_fd, file->temporary_path, file->dir_fd, file->path) != 0) {
        r = -errno;
    }
    if (r != 0) {
        (void)unlinkat(file->dir_fd, file->temporary_path, 0);
        return err_set(err, r, "write '%s': %s", file->path, strerror(-r));
    }
    return 0;
}
