/* Leftovers of runs that were killed. */
#include "harness/archive/stale.h"

#include "harness/archive/run_dir.h"
#include "harness/archive/run_json.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

#define RESULTS_TEMPORARY RUN_DIR_RESULTS ".tmp"

/* Who looks for leftovers has the lock of an empty directory for a moment: it is waited for. Where
 * the file system knows no locks, a run goes on without. */
void stale_hold(int dir_fd)
{
    while (flock(dir_fd, LOCK_EX) < 0 && errno == EINTR) {
    }
}

/* "2026-11-22T020001Z-3f9a1c": nothing else below the root is ours to touch. */
bool stale_is_run_name(const char *name)
{
    static const char form[] = "dddd-dd-ddTddddddZ-xxxxxx";
    size_t i = 0;

    for (; form[i] != '\0' && name[i] != '\0'; i++) {
        unsigned char c = (unsigned char)name[i];
        bool is_right = form[i] == 'd'   ? isdigit(c) != 0
                        : form[i] == 'x' ? isxdigit(c) != 0
                                         : c == (unsigned char)form[i];

        if (!is_right) {
            return false;
        }
    }
    return form[i] == '\0' && name[i] == '\0';
}

static bool has(int dir_fd, const char *name)
{
    return faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* How many whole lines there are; the part of one behind them is cut off. */
static int cut_results(int dir_fd, uint64_t *ret_count)
{
    char buffer[65536];
    off_t whole = 0;
    off_t at = 0;
    ssize_t got = 0;
    int fd = openat(dir_fd, RESULTS_TEMPORARY, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    *ret_count = 0;
    if (fd < 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (buffer[i] == '\n') {
                whole = at + i + 1;
                (*ret_count)++;
            }
        }
        at += got;
    }
    int r = got < 0 || ftruncate(fd, whole) < 0 ? -errno : 0;
    (void)close(fd);
    return r;
}

/* What is still in it was put there by others, and keeps it. */
bool stale_remove(int root_fd, int dir_fd, const char *name)
{
    (void)unlinkat(dir_fd, RESULTS_TEMPORARY, 0);
    (void)unlinkat(dir_fd, RUN_DIR_BEGUN ".tmp", 0);
    (void)unlinkat(dir_fd, RUN_DIR_BEGUN, 0);
    return unlinkat(root_fd, name, AT_REMOVEDIR) == 0;
}

/* run.json comes last: until it is there, the next run begins again here. */
static int finish(int dir_fd, uint64_t results)
{
    struct err err = ERR_INIT;
    json_t *run = NULL;
    int fd = openat(dir_fd, RUN_DIR_BEGUN, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd >= 0) {
        run = json_loadfd(fd, 0, NULL);
        (void)close(fd);
    }
    if (!json_is_object(run)) {
        json_decref(run);
        run = json_object();
    }
    run_json_kill(run, results);
    if (has(dir_fd, RESULTS_TEMPORARY)) {
        (void)renameat(dir_fd, RESULTS_TEMPORARY, dir_fd, RUN_DIR_RESULTS);
    }
    int r = run_json_write(run, dir_fd, RUN_DIR_JSON, &err);
    if (r == 0) {
        (void)unlinkat(dir_fd, RUN_DIR_BEGUN, 0);
    }
    json_decref(run);
    return r;
}

static void look_at(int root_fd, const char *name, struct stale_found *found)
{
    uint64_t results = 0;
    int fd = openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) {
        return;
    }
    /* Looked for under the lock: the run may just have ended. */
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && !has(fd, RUN_DIR_JSON) &&
        (has(fd, RESULTS_TEMPORARY) || has(fd, RUN_DIR_BEGUN)) && cut_results(fd, &results) == 0) {
        if (results == 0 && stale_remove(root_fd, fd, name)) {
            found->removed++;
        } else if (finish(fd, results) == 0) {
            found->finished++;
        }
    }
    (void)close(fd);
}

static void tell(const struct stale_found *found, const char *root, FILE *stream)
{
    if (found->finished > 0) {
        (void)fprintf(stream,
                      "killpoint: %" PRIu32
                      " in '%s' of runs that were killed: they say so now, in " RUN_DIR_JSON "\n",
                      found->finished, root);
    }
    if (found->removed > 0) {
        (void)fprintf(stream,
                      "killpoint: %" PRIu32 " in '%s' of runs that were killed before their first "
                      "result: removed\n",
                      found->removed, root);
    }
}

void stale_finish(const char *root, FILE *stream, struct stale_found *ret_found)
{
    struct dirent *entry;
    DIR *dir = opendir(root);

    *ret_found = (struct stale_found){0, 0};
    if (dir == NULL) {
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (stale_is_run_name(entry->d_name)) {
            look_at(dirfd(dir), entry->d_name, ret_found);
        }
    }
    (void)closedir(dir);
    if (stream != NULL) {
        tell(ret_found, root, stream);
    }
}
