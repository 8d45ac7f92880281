/* Reads a whole tree into an image: the way back from what image_store wrote. */
#ifndef HARNESS_POWER_DISK_TESTS_IMAGE_LOAD_H
#define HARNESS_POWER_DISK_TESTS_IMAGE_LOAD_H

#include "harness/power/disk/image.h"
#include "harness/power/disk/image_tree.h"
#include "store/base/bytes.h"
#include "store/base/ensure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_LOAD_BYTES     65536
#define IMAGE_LOAD_DEPTH_MAX 64

struct load {
    struct image *image;
    const struct view *view;
    char path[DISK_PATH_SIZE_BYTES];
    size_t length;
    unsigned depth;
    uint8_t *chunk;
};

/* Writes `size_bytes` at `offset`, a page at a time, zero pages left out as holes. */
static inline int load_bytes(struct image_content *content, uint64_t offset, const uint8_t *data,
                             size_t size_bytes)
{
    for (size_t at = 0; at < size_bytes; at += IMAGE_PAGE_SIZE_BYTES) {
        size_t part_bytes =
            size_bytes - at < IMAGE_PAGE_SIZE_BYTES ? size_bytes - at : IMAGE_PAGE_SIZE_BYTES;
        if (!bytes_is_zero(data + at, part_bytes) &&
            image_content_write(content, offset + at, data + at, part_bytes) !=
                (int64_t)part_bytes) {
            return -ENOMEM;
        }
    }
    return 0;
}

static inline int load_file(struct load *load)
{
    uint32_t slot = 0;
    uint64_t offset = 0;
    int64_t got = load->view->size(load->view->arg, load->path);
    int r = got < 0 ? (int)got : image_tree_create(load->image, load->path, &slot);
    if (r < 0) {
        return r;
    }
    struct image_content *content = load->image->files[slot].content;
    content->size_bytes = (uint64_t)got;
    while (offset < content->size_bytes) {
        got = load->view->read(load->view->arg, load->path, offset, load->chunk, IMAGE_LOAD_BYTES);
        if (got <= 0) {
            return (int)got;
        }
        r = load_bytes(content, offset, load->chunk, (size_t)got);
        if (r < 0) {
            return r;
        }
        offset += (uint64_t)got;
    }
    return 0;
}

static inline int load_entry(void *arg, const char *name, bool name_is_dir);

static inline int load_dir(struct load *load)
{
    int r = image_tree_add(load->image, load->path, IMAGE_NO_FILE);
    return r < 0 ? r : load->view->list(load->view->arg, load->path, load_entry, load);
}

static inline int load_entry(void *arg, const char *name, bool name_is_dir)
{
    struct load *load = arg;
    size_t length = load->length;
    size_t name_length = strlen(name);
    if (length + name_length + 2 > sizeof(load->path) || load->depth >= IMAGE_LOAD_DEPTH_MAX) {
        return -ENAMETOOLONG;
    }
    if (length > 0) {
        load->path[load->length++] = '/';
    }
    memcpy(load->path + load->length, name, name_length + 1);
    load->length += name_length;
    load->depth++;
    int r = name_is_dir ? load_dir(load) : load_file(load);
    load->depth--;
    if (r == 0) {
        load->length = length;
        load->path[length] = '\0';
    }
    return r;
}

/* Fills an empty image with everything that `view` shows.  0 or the view's error. */
static inline int image_load(struct image *image, const struct view *view, struct err *err)
{
    struct load load = {.image = image, .view = view, .chunk = malloc(IMAGE_LOAD_BYTES)};
    int r = -ENOMEM;
    ENSURE(image->entry_count == 0);
    if (load.chunk != NULL) {
        r = view->list(view->arg, "", load_entry, &load);
    }
    free(load.chunk);
    if (r < 0) {
        return err_set(err, r, "load '%s' into an image: %s", load.path, strerror(-r));
    }
    return 0;
}

#endif
