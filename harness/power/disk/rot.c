/* Flipped bits and zeroed sectors. */
#include "harness/power/disk/rot.h"

#include "store/base/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define SECTOR_SIZE_BYTES 512

/* What the step reads and writes back: its sector, or its byte. */
struct span {
    uint8_t bytes[SECTOR_SIZE_BYTES];
    off_t offset;
    size_t size_bytes;
};

static void place_span(const struct plan_before *step, struct span *span)
{
    bool is_sector = step->bit == PLAN_ROT_SECTOR;
    span->offset =
        (off_t)(is_sector ? step->offset / SECTOR_SIZE_BYTES * SECTOR_SIZE_BYTES : step->offset);
    span->size_bytes = is_sector ? SECTOR_SIZE_BYTES : 1;
}

/* Past the end of the file there is nothing that could decay. */
static int rot_span(int fd, const struct plan_before *step, struct err *err)
{
    struct span span;
    place_span(step, &span);
    ssize_t size = pread(fd, span.bytes, span.size_bytes, span.offset);
    if (size < 0) {
        return err_set(err, -errno, "read '%s': %s", step->path, strerror(errno));
    }
    if (span.offset + size <= (off_t)step->offset) {
        return err_set(err, ERR_USAGE, "'%s' ends before offset %" PRIu64 ", which was to decay",
                       step->path, step->offset);
    }
    if (step->bit == PLAN_ROT_SECTOR) {
        memset(span.bytes, 0, sizeof(span.bytes));
    } else {
        span.bytes[0] ^= (uint8_t)(1u << step->bit);
    }
    ssize_t written = pwrite(fd, span.bytes, (size_t)size, span.offset);
    if (written != size) {
        int code = written < 0 ? -errno : -EIO;
        return err_set(err, code, "write '%s': %s", step->path, strerror(-code));
    }
    return 0;
}

int rot_file(int dir_fd, const struct plan_before *step, struct err *err)
{
    ENSURE(step->kind == PLAN_BEFORE_ROT && step->bit <= PLAN_ROT_SECTOR);
    int fd = openat(dir_fd, step->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        int code = errno == ENOENT || errno == ENOTDIR || errno == EISDIR ? ERR_USAGE : -errno;
        return err_set(err, code, "'%s', which was to decay: %s", step->path, strerror(errno));
    }
    int r = rot_span(fd, step, err);
    (void)close(fd);
    return r;
}
