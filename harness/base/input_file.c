/* Opened without waiting, looked at, then read as ever. */
#include "harness/base/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a directory";
    case S_IFIFO:
        return "a FIFO";
    case S_IFSOCK:
        return "a socket";
    default:
        return "a device";
    }
}

int input_file_open(const char *path, FILE **ret_file, struct err *err)
{
    struct stat status;
    int r = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENXIO) {
        return err_set(err, ERR_USAGE, "'%s' is a socket or a device, not a file", path);
    }
    if (fd < 0) {
        return err_set(err, -errno, "open '%s': %s", path, strerror(errno));
    }
    if (fstat(fd, &status) < 0) {
        r = err_set(err, -errno, "open '%s': %s", path, strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        r = err_set(err, ERR_USAGE, "'%s' is %s, not a file", path, kind_of(status.st_mode));
    } else {
        *ret_file = fdopen(fd, "r");
        if (*ret_file != NULL) {
            return 0;
        }
        r = err_set(err, -errno, "open '%s': %s", path, strerror(errno));
    }
    (void)close(fd);
    return r;
}
