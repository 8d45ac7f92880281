/* A store directory that somebody names on the command line, opened for reading: it may be of a
 * running broker, so nothing is locked and nothing written, and what changes meanwhile is noticed.
 */
#ifndef HARNESS_CLI_STORE_DIR_H
#define HARNESS_CLI_STORE_DIR_H

#include "harness/oracle/decode/view.h"
#include "harness/power/disk/dir_view.h"
#include "store/base/err.h"

#include <time.h>

#define STORE_DIR_MOUNTS_MAX 16

/* Directories of the log that do not lie in the store's, as the broker's configuration has them. */
struct store_dir_paths {
    const char *commitlog[STORE_DIR_MOUNTS_MAX]; /* storePathCommitLog: each one or several */
    uint32_t commitlog_count;
    const char
        *dledger; /* storePathDLedgerCommitLog: what is dledger-NAME/data else; NULL: there */
};

struct store_dir_mount {
    bool is_dledger;
    int fd;
    struct dir_view *dir_view;
    struct view view;
};

/* A file as it was when it was first asked for. */
struct store_dir_seen {
    char *path;
    int64_t size_bytes;
    struct timespec mtime;
};

struct store_dir {
    int fd;
    struct dir_view *dir_view;
    struct view base; /* of the directory alone */
    struct view view; /* with the log's directories where the format has them */
    struct store_dir_mount mounts[STORE_DIR_MOUNTS_MAX];
    uint32_t mount_count;
    struct store_dir_seen *seen;
    size_t seen_count;
    size_t seen_capacity;
    const char *progress_name; /* NULL: no progress is shown */
    uint64_t read_bytes;
    struct timespec shown_at;
    bool is_shown;
};

/* Takes a value of --commitlog; `paths` is a struct store_dir_paths *. 0 or ERR_USAGE. */
int store_dir_take_commitlog(void *paths, const char *value, struct err *err);

/* Opens `path` and the log's directories; `paths` may be NULL. The view is valid as long as `dir`,
 * which must not move. With `progress_name` the bytes read are shown on stderr while it is a
 * terminal. Zero `dir` first, or never use it again after a failure.  0, ERR_USAGE (not a
 * directory, not allowed) or -ENOMEM. */
int store_dir_open(struct store_dir *dir, const char *path, const struct store_dir_paths *paths,
                   const char *progress_name, struct err *err);
void store_dir_close(struct store_dir *dir);

/* Whether a process holds the store's lock; `*ret_pid` is 0 when nobody says which. */
bool store_dir_is_held(const struct store_dir *dir, int *ret_pid);
/* How many of the files asked for are not as they were; `*ret_first` is the first of them. */
uint32_t store_dir_changed(const struct store_dir *dir, const char **ret_first);
/* Says what went wrong while a store was read, with the errno's text: ERR_USAGE when there is no
 * store, or one kept two directories further in, else `r`. */
int store_dir_fail(const struct store_dir *dir, int r, const char *verb, const char *path,
                   struct err *err);

#endif
