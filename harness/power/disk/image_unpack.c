/* An image of a packed store. */
#include "harness/base/pack.h"
#include "harness/power/disk/image.h"
#include "harness/power/disk/image_tree.h"

#include <errno.h>

static int put_piece(void *arg, uint64_t offset, const uint8_t *data, size_t size_bytes)
{
    int64_t put = image_content_write(arg, offset, data, size_bytes);
    return put < 0 ? (int)put : 0;
}

static int put_file(struct image *image, struct pack *pack, const struct pack_entry *entry,
                    struct err *err)
{
    struct image_content *content = NULL;
    uint32_t slot = 0;
    int r = image_tree_create(image, entry->path, &slot);
    if (r < 0) {
        return r;
    }
    r = image_tree_own_content(&image->files[slot], &content);
    if (r < 0) {
        return r;
    }
    r = image_content_truncate(content, entry->size_bytes);
    if (r < 0) {
        return r;
    }
    return pack_data(pack, put_piece, content, err);
}

static int put_all(struct image *image, struct pack *pack, struct err *err)
{
    struct pack_entry entry;
    for (;;) {
        int r = pack_next(pack, &entry, err);
        if (r <= 0) {
            return r;
        }
        if (image_tree_find(image, entry.path) != NULL ||
            image_tree_check_parents(image, entry.path) < 0) {
            return err_set(err, ERR_CORRUPT, "'%s' stands twice, or before its directory",
                           entry.path);
        }
        r = entry.is_dir ? image_tree_add(image, entry.path, IMAGE_NO_FILE)
                         : put_file(image, pack, &entry, err);
        if (r < 0) {
            return r == ERR_CORRUPT ? r : err_set(err, r, "out of memory for '%s'", entry.path);
        }
    }
}

int image_unpack(const char *path, struct image **ret_image, struct err *err)
{
    struct pack *pack = NULL;
    struct image *image = image_new();
    if (image == NULL) {
        return err_set(err, -ENOMEM, "out of memory for an image");
    }
    int r = path[0] == '\0' ? 0 : pack_open(path, &pack, err);
    if (r == 0 && pack != NULL) {
        r = put_all(image, pack, err);
        pack_close(pack);
    }
    if (r < 0) {
        image_free(image);
        return err_wrap(err, r, "unpack '%s'", path);
    }
    *ret_image = image;
    return 0;
}
