/* A file that appears whole or not at all: written under a temporary name beside it, synced,
 * renamed.  For reports and run directories.  What exists and is no regular file (/dev/stdout, a
 * pipe) is written to as it is and never replaced. */
#ifndef HARNESS_ARCHIVE_WHOLE_FILE_H
#define HARNESS_ARCHIVE_WHOLE_FILE_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stdio.h>

#define WHOLE_FILE_PATH_SIZE_BYTES 4096

struct whole_file {
    FILE *stream;   /* write here */
    bool is_direct; /* no temporary file: a device or a pipe */
    int dir_fd;     /* what the paths are relative to; AT_FDCWD or borrowed */
    char path[WHOLE_FILE_PATH_SIZE_BYTES];
    char temporary_path[WHOLE_FILE_PATH_SIZE_BYTES + 8];
};

/* Begins `path` (relative to `dir_fd`, which must stay open).  Nothing is at `path` yet.
 * 0 or -errno; on failure there is nothing to finish or drop. */
int whole_file_begin(struct whole_file *file, int dir_fd, const char *path, struct err *err);
/* Puts the file in its place.  Durable are its bytes, not its directory entry.  On failure the
 * temporary file is gone and what was at `path` before is untouched.  Once only. */
int whole_file_finish(struct whole_file *file, struct err *err);
/* Gives up: removes the temporary file.  Harmless after finish or a failed begin. */
void whole_file_drop(struct whole_file *file);

#endif
