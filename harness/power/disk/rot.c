/* Flipped bits and zeroed sectors. */
#include "harness/power/disk/rot.h"

#include "harness/power/disk/image_tree.h"
#include "store/base/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define SECTOR_SIZE_BYTES 512u

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

static void decay(struct span *span, const struct plan_before *step)
{
    if (step->bit == PLAN_ROT_SECTOR) {
        memset(span->bytes, 0, sizeof(span->bytes));
    } else {
        span->bytes[0] ^= (uint8_t)(1u << step->bit);
    }
}

/* Past the end of the file there is nothing that could decay. */
static int change_span(int fd, const struct plan_before *step, struct err *err)
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
    decay(&span, step);
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
    int r = change_span(fd, step, err);
    (void)close(fd);
    return r;
}

int rot_image(struct image *image, const struct plan_before *step, struct err *err)
{
    ENSURE(step->kind == PLAN_BEFORE_ROT && step->bit <= PLAN_ROT_SECTOR);
    const struct image_entry *entry = image_tree_find(image, step->path);
    if (entry == NULL || image_tree_is_dir(entry) ||
        image->files[entry->file].content->size_bytes <= step->offset) {
        return err_set(err, ERR_USAGE, "there is no byte %" PRIu64 " in '%s' to rot", step->offset,
                       step->path);
    }
    struct image_content *content = NULL;
    struct span span;
    place_span(step, &span);
    int r = image_tree_own_content(&image->files[entry->file], &content);
    if (r < 0) {
        return err_set(err, r, "out of memory for an image");
    }
    uint64_t at = (uint64_t)span.offset;
    uint64_t left = content->size_bytes - at;
    size_t size_bytes = left < span.size_bytes ? (size_t)left : span.size_bytes;
    (void)image_content_read(content, at, span.bytes, size_bytes);
    decay(&span, step);
    if (image_content_write(content, at, span.bytes, size_bytes) < 0) {
        return err_set(err, -ENOMEM, "out of memory for an image");
    }
    return 0;
}
