/* Small files that are replaced whole: written beside, synced, renamed over, directory synced. Old
 * or new, never neither.  The points are the owner's. */
#ifndef STORE_FILES_TEXT_FILE_H
#define STORE_FILES_TEXT_FILE_H

#include "store/base/buffer.h"
#include "store/base/err.h"
#include "store/disk/disk.h"

#include <stdbool.h>
#include <stddef.h>

#define TEXT_FILE_SIZE_BYTES_MAX (64u * 1024 * 1024)

struct text_file_points {
    enum point size;
    enum point open;
    enum point read;
    enum point create;
    enum point truncate;
    enum point write;
    enum point sync;
    enum point rename;
    enum point sync_dir;
};

/* `path` + ".tmp" is the file beside, `path` + ".bak" what RocketMQ may have left. */
struct text_file {
    struct disk *disk;
    const char *dir;
    const char *path;
    const struct text_file_points *points;
    bool second_sync; /* each sync is done twice: nothing makes up for one that lied */
};

/* Whether `text` (NUL-terminated) is sound; takes it over when it is.  0 or a negative code. */
typedef int (*text_file_parse)(void *arg, const char *text, size_t size_bytes, struct err *err);

/* Reads the file, or its .bak when the file is missing, empty or does not parse.
 * Returns 1 when one was taken, 0 when there is neither, ERR_CORRUPT when what there is does not
 * parse, or -errno. */
int text_file_load(const struct text_file *file, text_file_parse parse, void *arg, struct err *err);
/* Reads PATH, whole, into a NUL-terminated string that the caller frees. -ENOENT when missing. */
int text_file_read(const struct text_file *file, const char *path, char **ret_text,
                   size_t *ret_size_bytes, struct err *err);
/* Writes PATH anew, in place, and syncs it `sync_count` times; its directory entry is nobody's
 * business here.  After a crash it may be empty or torn: text_file_save never does this to the file
 * itself. */
int text_file_write(const struct text_file *file, const char *path, int sync_count,
                    const char *text, size_t size_bytes, struct err *err);
/* Replaces the file. It is durable when this returns 0; on failure old or new is there. */
int text_file_save(const struct text_file *file, const char *text, size_t size_bytes,
                   struct err *err);

#endif
