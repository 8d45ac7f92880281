/* A store directory that somebody names on the command line, opened for reading. */
#ifndef HARNESS_CLI_STORE_DIR_H
#define HARNESS_CLI_STORE_DIR_H

#include "harness/oracle/decode/view.h"
#include "harness/power/disk/dir_view.h"
#include "store/base/err.h"

struct store_dir {
    int fd;
    struct dir_view *dir_view;
    struct view view;
};

/* Zero `dir` first, or never use it again after a failure.  0, ERR_USAGE (not a directory, not
 * allowed) or -ENOMEM. */
int store_dir_open(struct store_dir *dir, const char *path, struct err *err);
void store_dir_close(struct store_dir *dir);

#endif
