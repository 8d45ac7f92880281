/* Temporary name, sync, rename. */
#include "harness/archive/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

/* Something is there that a rename would destroy. A pipe, or /dev/stdout, whatever that leads to: a
 * file renamed over it would take its place. */
static bool is_special(int dir_fd, const char *path)
{
    struct stat status;
    bool is_system = strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;

    if (is_system && fstatat(dir_fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(status.st_mode)) {
        return true;
    }
    return fstatat(dir_fd, path, &status, 0) == 0 && !S_ISREG(status.st_mode);
}

/* Of a device there is none. */
static void remove_temporary(const struct whole_file *file)
{
    if (!file->is_direct) {
        (void)unlinkat(file->dir_fd, file->temporary_path, 0);
    }
}

/* The temporary file lies in the directory of the real one, since a rename goes no farther than its
 * file system. */
int whole_file_begin(struct whole_file *file, int dir_fd, const char *path, struct err *err)
{
    int flags = O_WRONLY | O_CLOEXEC;
    int fd;
    int r;

    memset(file, 0, sizeof(*file));
    file->dir_fd = dir_fd;
    if ((size_t)snprintf(file->path, sizeof(file->path), "%s", path) >= sizeof(file->path)) {
        return err_set(err, -ENAMETOOLONG, "path of %zu bytes is too long", strlen(path));
    }
    /* A file called "-" would be made where a person meant standard output. */
    if (strcmp(path, "-") == 0) {
        return err_set(
            err, ERR_USAGE,
            "'-' is no file; /dev/stdout is standard output, where the results go too (a "
            "file of that name is ./-)");
    }
    file->is_direct = is_special(dir_fd, path);
    /* Where results may be written to as well, nothing of them is written over. */
    flags |= file->is_direct ? O_APPEND : O_CREAT | O_TRUNC;
    (void)snprintf(file->temporary_path, sizeof(file->temporary_path), "%s%s", path,
                   file->is_direct ? "" : ".tmp");
    fd = openat(dir_fd, file->temporary_path, flags | O_NONBLOCK, 0666);
    if (fd < 0 && errno == ENXIO && file->is_direct) {
        return err_set(err, -EACCES, "'%s' is a FIFO that nobody reads, or a socket", path);
    }
    if (fd < 0) {
        r = -errno;
        return err_set(err, r, "create '%s': %s", path, strerrordesc_np(-r));
    }
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    file->stream = fdopen(fd, "w");
    if (file->stream == NULL) {
        r = -errno;
        (void)close(fd);
        remove_temporary(file);
        return err_set(err, r, "open '%s': %s", path, strerrordesc_np(-r));
    }
    return 0;
}

/* fclose may fail here, and nobody wants the bytes. */
void whole_file_drop(struct whole_file *file)
{
    if (file->stream != NULL) {
        (void)fclose(file->stream);
        file->stream = NULL;
        remove_temporary(file);
    }
}

/* Synced before the rename, or a power loss could leave the new name with an empty file: the
 * mistake that this program looks for in others. A stream remembers an error of any write in
 * between. */
int whole_file_finish(struct whole_file *file, struct err *err)
{
    int r = 0;

    errno = 0;
    if (fflush(file->stream) != 0 || ferror(file->stream) != 0 ||
        (!file->is_direct && fdatasync(fileno(file->stream)) != 0)) {
        r = errno == 0 ? -EIO : -errno;
    }
    if (fclose(file->stream) != 0 && r == 0) {
        r = -errno;
    }
    file->stream = NULL;
    if (r == 0 && !file->is_direct &&
        renameat(file->dir_fd, file->temporary_path, file->dir_fd, file->path) != 0) {
        r = -errno;
    }
    if (r != 0) {
        remove_temporary(file);
        return err_set(err, r, "write '%s': %s", file->path, strerrordesc_np(-r));
    }
    return 0;
}
