/* What a run told of itself so far, removed (run_again.h). */
#include "harness/archive/run_again.h"

#include "harness/archive/run_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sys/file.h>

/* Directories in it hold a directory of files for each failure or cause. */
#define DEPTH_MAX 4

static int remove_tree(int dir_fd, const char *name, uint32_t depth)
{
    if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT) {
        return 0;
    }
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL || depth == DEPTH_MAX) {
        int code = dir == NULL ? -errno : -ELOOP;
        (void)(dir == NULL ? (fd < 0 ? 0 : close(fd)) : closedir(dir));
        return code;
    }
    int r = 0;
    const struct dirent *entry = NULL;
    while (r == 0 && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            r = remove_tree(fd, entry->d_name, depth + 1);
        }
    }
    (void)closedir(dir);
    return r == 0 && unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 ? -errno : r;
}

static int clean(int dir_fd, struct err *err)
{
    /* run.json first: without it the run has not ended, whatever else is there. */
    static const char *const names[] = {RUN_DIR_JSON,   RUN_DIR_BEGUN, RUN_DIR_RESULTS,
                                        RUN_DIR_REPORT, RUN_DIR_TEXT,  "failures",
                                        "causes"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int r = remove_tree(dir_fd, names[i], 0);
        if (r < 0) {
            return err_set(err, r, "remove '%s': %s", names[i], strerrordesc_np(-r));
        }
    }
    return 0;
}

int run_again_open(int root_fd, const char *name, int *ret_fd, time_t *ret_began, struct err *err)
{
    struct tm utc;
    int fd = openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int r = 0;
    if (fd < 0) {
        return err_set(err, -errno, "open '%s': %s", name, strerrordesc_np(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        r = err_set(err, ERR_USAGE, "'%s' is still running", name);
        goto out;
    }
    r = clean(fd, err);
    if (r < 0) {
        (void)err_wrap(err, r, "'%s'", name);
        goto out;
    }
    memset(&utc, 0, sizeof(utc));
    *ret_began = strptime(name, "%Y-%m-%dT%H%M%SZ", &utc) == NULL ? time(NULL) : timegm(&utc);
    *ret_fd = fd;
    fd = -1;
out:
    if (fd >= 0) {
        (void)close(fd);
    }
    return r;
}
