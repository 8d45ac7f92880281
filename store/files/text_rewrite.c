/* RocketMQ's former ways of writing small files: see text_rewrite.h. */
#include "store/files/text_rewrite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Writes PATH + suffix over what is there. */
static int write_over(const struct text_file *file, const struct text_rewrite_options *options,
                      const char *suffix, const char *text, size_t size_bytes, struct err *err)
{
    char path[DISK_PATH_SIZE_BYTES];
    snprintf(path, sizeof(path), "%.300s%s", file->path, suffix);
    return text_file_write(file, path, options->is_synced ? 1 : 0, text, size_bytes, err);
}

/* Copies the text that is to be replaced to the .bak. Where nobody asks whether it is sound, a file
 * that a crash tore goes over the good .bak, and the next crash finds neither (issue #9705).
 * Returns 0 when there is none. */
static int keep_old(const struct text_file *file, const struct text_rewrite_options *options,
                    struct err *err)
{
    char *text = NULL;
    size_t size_bytes = 0;
    int r = text_file_read(file, file->path, &text, &size_bytes, err);
    if (r < 0) {
        return r == -ENOENT ? 0 : r;
    }
    struct err unsound = ERR_INIT;
    if (options->is_sound == NULL || options->is_sound(NULL, text, size_bytes, &unsound) == 0) {
        r = write_over(file, options, ".bak", text, size_bytes, err);
    }
    free(text);
    return r;
}

/* Between the unlink and the rename there is no file; nothing is synced, so after a power loss the
 * .tmp and the .bak may both be empty (issue #5905). */
int text_rewrite_delete_rename(const struct text_file *file,
                               const struct text_rewrite_options *options, const char *text,
                               size_t size_bytes, struct err *err)
{
    char path[DISK_PATH_SIZE_BYTES];
    snprintf(path, sizeof(path), "%.300s.tmp", file->path);
    int r = write_over(file, options, ".tmp", text, size_bytes, err);
    if (r < 0) {
        return r;
    }
    r = keep_old(file, options, err);
    if (r < 0) {
        return r;
    }
    r = disk_unlink(file->disk, options->unlink, file->path, err);
    if (r < 0 && r != -ENOENT) {
        return r;
    }
    return disk_rename(file->disk, file->points->rename, path, file->path, err);
}

int text_rewrite_in_place(const struct text_file *file, const struct text_rewrite_options *options,
                          const char *text, size_t size_bytes, struct err *err)
{
    int r = keep_old(file, options, err);
    return r < 0 ? r : write_over(file, options, "", text, size_bytes, err);
}
