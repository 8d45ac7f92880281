/* Old run directories (keep_runs.h). */
#include "harness/archive/keep_runs.h"

#include "harness/archive/results_file.h"
#include "harness/archive/run_dir.h"
#include "harness/archive/run_file.h"
#include "harness/archive/stale.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

#define REMOVED         ".removed-"
#define NAME_SIZE_BYTES 64
#define DEPTH_MAX       32

struct keeping {
    int root_fd;
    const char *own;
    char latest[NAME_SIZE_BYTES];
    struct keep_runs_done *done;
};

static int remove_tree(int parent_fd, const char *name, unsigned depth);

static int remove_entry(int fd, const struct dirent *entry, unsigned depth)
{
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
        return 0;
    }
    if (unlinkat(fd, entry->d_name, 0) == 0 || errno == ENOENT) {
        return 0;
    }
    return errno == EISDIR || errno == EPERM ? remove_tree(fd, entry->d_name, depth + 1) : -errno;
}

/* Links are removed, not followed; another may be removing the same. */
static int remove_tree(int parent_fd, const char *name, unsigned depth)
{
    struct dirent *entry;
    int r = 0;
    int fd = depth > DEPTH_MAX
                 ? -1
                 : openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);

    if (dir == NULL) {
        r = depth > DEPTH_MAX ? -ELOOP : errno == ENOENT ? 0 : -errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return r;
    }
    while (r == 0 && (entry = readdir(dir)) != NULL) {
        r = remove_entry(dirfd(dir), entry, depth);
    }
    (void)closedir(dir);
    if (r == 0 && unlinkat(parent_fd, name, AT_REMOVEDIR) != 0 && errno != ENOENT) {
        r = -errno;
    }
    return r;
}

/* Renamed first: half a directory must not be taken for a run. */
static int remove_run(const struct keeping *keeping, const char *name, struct err *err)
{
    char hidden[NAME_SIZE_BYTES + sizeof(REMOVED)];
    int r = 0;

    (void)snprintf(hidden, sizeof(hidden), REMOVED "%.63s", name);
    if (renameat(keeping->root_fd, name, keeping->root_fd, hidden) != 0) {
        r = errno == ENOENT ? 0 : -errno;
    } else {
        keeping->done->removed++;
        r = remove_tree(keeping->root_fd, hidden, 0);
    }
    return r < 0 ? err_set(err, r, "remove run directory '%s': %s", name, strerrordesc_np(-r)) : 0;
}

/* One that is locked is left as it is. */
static int look_at(const struct keeping *keeping, const char *name, bool is_kept, struct err *err)
{
    uint64_t saved_bytes = 0;
    int r = 0;
    int fd = openat(keeping->root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) {
        return errno == ENOENT || errno == ELOOP || errno == ENOTDIR
                   ? 0
                   : err_set(err, -errno, "open run directory '%s': %s", name,
                             strerrordesc_np(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        goto out;
    }
    if (!is_kept) {
        r = remove_run(keeping, name, err);
    } else if (faccessat(fd, RUN_DIR_JSON, F_OK, 0) == 0) {
        r = results_file_pack(fd, &saved_bytes, err);
        keeping->done->packed += r == 1;
        keeping->done->saved_bytes += saved_bytes;
    }
out:
    (void)close(fd);
    return r < 0 ? r : 0;
}

/* What a call that was killed has renamed and not removed. */
static void remove_hidden(const struct keeping *keeping)
{
    int fd = dup(keeping->root_fd);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (dir == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return;
    }
    rewinddir(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, REMOVED, strlen(REMOVED)) == 0) {
            (void)remove_tree(keeping->root_fd, entry->d_name, 0);
        }
    }
    (void)closedir(dir);
}

static int keep_all(const struct keeping *keeping, char *const *names, size_t count, uint32_t kept,
                    struct err *err)
{
    struct err own = ERR_INIT;
    uint32_t seen = 0;
    int first = 0;

    for (size_t i = count; i-- > 0;) {
        bool is_own = strcmp(names[i], keeping->own) == 0;

        if (!stale_is_run_name(names[i])) {
            continue;
        }
        bool is_kept = seen++ < kept || strcmp(names[i], keeping->latest) == 0;
        int r = is_own ? 0 : look_at(keeping, names[i], is_kept, &own);
        if (r < 0 && first == 0) {
            first = err_set(err, r, "%s", own.text);
        }
    }
    return first;
}

int keep_runs(const char *root, uint32_t count, const char *own, struct keep_runs_done *ret_done,
              struct err *err)
{
    struct keeping keeping = {.own = own, .done = ret_done};
    char **names = NULL;
    size_t name_count = 0;

    *ret_done = (struct keep_runs_done){.removed = 0};
    keeping.root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (keeping.root_fd < 0) {
        return err_set(err, -errno, "open '%s': %s", root, strerrordesc_np(errno));
    }
    ssize_t length =
        readlinkat(keeping.root_fd, "latest", keeping.latest, sizeof(keeping.latest) - 1);
    keeping.latest[length < 0 ? 0 : length] = '\0';
    remove_hidden(&keeping);
    int r = run_file_list(root, &names, &name_count, err);
    if (r == 0) {
        r = keep_all(&keeping, names, name_count, count, err);
    }
    run_file_list_free(names, name_count);
    (void)close(keeping.root_fd);
    return r;
}
