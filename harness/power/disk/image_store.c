/* Writes an image into a directory. */
#include "harness/power/disk/image.h"
#include "harness/power/disk/image_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

struct stored {
    int fd;
    uint64_t size_bytes;
};

static int store_page(void *arg, uint64_t page_index, struct image_page *page)
{
    const struct stored *stored = arg;
    uint64_t offset = page_index * IMAGE_PAGE_SIZE_BYTES;
    size_t size_bytes = stored->size_bytes - offset < IMAGE_PAGE_SIZE_BYTES
                            ? (size_t)(stored->size_bytes - offset)
                            : IMAGE_PAGE_SIZE_BYTES;
    ssize_t put = pwrite(stored->fd, page->data, size_bytes, (off_t)offset);
    if (put == (ssize_t)size_bytes) {
        return 0;
    }
    return put < 0 ? -errno : -ENOSPC;
}

static int store_entry(const struct image *image, const struct image_entry *entry, int dir_fd)
{
    const char *path = entry->name->path;
    if (image_tree_is_dir(entry)) {
        return mkdirat(dir_fd, path, 0755) < 0 ? -errno : 0;
    }
    const struct image_content *content = image->files[entry->file].content;
    struct stored stored = {.fd =
                                openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644),
                            .size_bytes = content->size_bytes};
    if (stored.fd < 0) {
        return -errno;
    }
    int r = ftruncate(stored.fd, (off_t)content->size_bytes) < 0
                ? -errno
                : image_content_each(content, store_page, &stored);
    (void)close(stored.fd);
    return r;
}

int image_store(const struct image *image, int dir_fd, struct err *err)
{
    for (uint32_t i = 0; i < image->entry_count; i++) {
        int r = store_entry(image, &image->entries[i], dir_fd);
        if (r < 0) {
            return err_set(err, r, "write '%s' of an image: %s", image->entries[i].name->path,
                           strerror(-r));
        }
    }
    return 0;
}
