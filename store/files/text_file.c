/* Small files that are replaced whole: see text_file.h. */
#include "store/files/text_file.h"

#include "store/base/text.h"
#include "store/files/sync_batch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void path_with(const struct text_file *file, const char *suffix, char *ret_path)
{
    size_t length = text_add(ret_path, DISK_PATH_SIZE_BYTES, 0, file->path);
    (void)text_add(ret_path, DISK_PATH_SIZE_BYTES, length, suffix);
}

int text_file_read(const struct text_file *file, const char *path, char **ret_text,
                   size_t *ret_size_bytes, struct err *err)
{
    uint64_t size_bytes = 0;
    int r = disk_size(file->disk, file->points->size, path, &size_bytes, err);
    if (r < 0) {
        return r;
    }
    if (size_bytes > TEXT_FILE_SIZE_BYTES_MAX) {
        return err_set(err, ERR_CORRUPT, "file '%s' has %" PRIu64 " bytes, far too many", path,
                       size_bytes);
    }
    char *text = malloc((size_t)size_bytes + 1);
    if (text == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    struct disk_file *handle = NULL;
    if (size_bytes > 0) {
        r = disk_open(file->disk, file->points->open, path, &handle, err);
        if (r == 0) {
            r = disk_read(handle, file->points->read, 0, text, (size_t)size_bytes, err);
        }
    }
    disk_close(handle);
    if (r < 0) {
        free(text);
        return r;
    }
    text[size_bytes] = '\0';
    *ret_text = text;
    *ret_size_bytes = (size_t)size_bytes;
    return 0;
}

/* Returns 1 when taken, 0 when missing or empty, ERR_CORRUPT when it does not parse, or -errno. */
static int load_one(const struct text_file *file, const char *path, text_file_parse parse,
                    void *arg, struct err *err)
{
    char *text = NULL;
    size_t size_bytes = 0;
    int r = text_file_read(file, path, &text, &size_bytes, err);
    if (r == -ENOENT) {
        return 0;
    }
    if (r < 0) {
        return r;
    }
    if (size_bytes > 0) {
        r = parse(arg, text, size_bytes, err);
        r = r < 0 ? err_wrap(err, r, "file '%s'", path) : 1;
    }
    free(text);
    return r;
}

/* An empty file counts as a missing one: a rename whose bytes were not synced leaves just that
 * (issue #5905). */
int text_file_load(const struct text_file *file, text_file_parse parse, void *arg, struct err *err)
{
    int r = load_one(file, file->path, parse, arg, err);
    if (r == 1 || (r < 0 && r != ERR_CORRUPT)) {
        return r;
    }
    char path[DISK_PATH_SIZE_BYTES];
    path_with(file, ".bak", path);
    struct err bak_err = ERR_INIT;
    int bak = load_one(file, path, parse, arg, &bak_err);
    if (bak < 0) {
        return err_set(err, bak, "%s", bak_err.text);
    }
    /* An unparsable file without a sound .bak is not an empty table. */
    return bak == 1 ? 1 : r;
}

int text_file_write(const struct text_file *file, const char *path, int sync_count,
                    const char *text, size_t size_bytes, struct err *err)
{
    struct disk_file *handle = NULL;
    int r = disk_create(file->disk, file->points->create, path, &handle, err);
    if (r < 0) {
        return r;
    }
    /* A crash may have left a longer one, whose rest would stand behind this text. */
    r = disk_truncate(handle, file->points->truncate, 0, err);
    if (r == 0) {
        r = disk_write(handle, file->points->write, 0, text, size_bytes, err);
    }
    for (int i = 0; r == 0 && i < sync_count; i++) {
        r = disk_sync(handle, file->points->sync, err);
    }
    disk_close(handle);
    return r;
}

/* The bytes are durable before the name points at them, and the name is durable when this returns.
 * With the two the other way round a power loss leaves the new name with no bytes, and the old text
 * is gone. */
int text_file_save(const struct text_file *file, const char *text, size_t size_bytes,
                   struct err *err)
{
    char path[DISK_PATH_SIZE_BYTES];
    path_with(file, ".tmp", path);
    int r = text_file_write(file, path, file->second_sync ? 2 : 1, text, size_bytes, err);
    if (r < 0) {
        return r;
    }
    r = disk_rename(file->disk, file->points->rename, path, file->path, err);
    if (r < 0) {
        return r;
    }
    return sync_batch_dir(file->disk, file->points->sync_dir, file->dir, file->second_sync, err);
}
