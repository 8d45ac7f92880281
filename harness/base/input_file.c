/* Opened without waiting, looked at, then read as ever. */
#include "harness/base/input_file.h"

#include "harness/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
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

int input_file_read(const char *path, size_t size_bytes_max, char **ret_text,
                    size_t *ret_size_bytes, struct err *err)
{
    char most[32];
    char *text = NULL;
    FILE *file = NULL;
    int r = input_file_open(path, &file, err);
    if (r < 0) {
        return r;
    }
    text = malloc(size_bytes_max + 1);
    if (text == NULL) {
        r = err_set(err, -ENOMEM, "read '%s': out of memory", path);
        goto out;
    }
    size_t size_bytes = fread(text, 1, size_bytes_max + 1, file);
    if (ferror(file)) {
        r = err_set(err, -EIO, "read '%s': %s", path, strerror(errno));
    } else if (size_bytes > size_bytes_max) {
        (void)units_print_size(size_bytes_max, most, sizeof(most));
        r = err_set(err, ERR_USAGE, "'%s' is over %s", path, most);
    } else {
        *ret_text = text;
        *ret_size_bytes = size_bytes;
        text = NULL;
    }
out:
    free(text);
    (void)fclose(file); /* it was only read */
    return r;
}
