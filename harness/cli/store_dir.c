/* Opens a directory and a view of it, in which the log may lie elsewhere. */
#include "harness/cli/store_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#define PLAIN_NAME      "commitlog"
#define DLEDGER_PREFIX  "dledger-"
#define DATA_NAME       "data"
#define PATH_SIZE_BYTES 4096
#define PROGRESS_GAP_MS 250
#define ERRNO_MAX       4095
#define MIB             (UINT64_C(1) << 20)

/* What of `path` lies below the mount: "" for its root, NULL when it is elsewhere. */
static const char *below(const struct store_dir_mount *mount, const char *path)
{
    const char *rest = path;
    size_t length = 0;

    if (mount->is_dledger) {
        if (strncmp(path, DLEDGER_PREFIX, strlen(DLEDGER_PREFIX)) != 0) {
            return NULL;
        }
        rest = strchr(path, '/');
        if (rest == NULL) {
            return NULL;
        }
        rest++;
    }
    length = strlen(mount->is_dledger ? DATA_NAME : PLAIN_NAME);
    if (strncmp(rest, mount->is_dledger ? DATA_NAME : PLAIN_NAME, length) != 0) {
        return NULL;
    }
    rest += length;
    return *rest == '/' ? rest + 1 : *rest == '\0' ? rest : NULL;
}

static bool has_mount(const struct store_dir *dir, const char *path)
{
    for (uint32_t i = 0; i < dir->mount_count; i++) {
        if (below(&dir->mounts[i], path) != NULL) {
            return true;
        }
    }
    return false;
}

/* The view that has `path`, and the path there: of several directories the first that has it. */
static const struct view *find_view(const struct store_dir *dir, const char *path,
                                    const char **ret_path)
{
    const struct view *found = NULL;

    for (uint32_t i = 0; i < dir->mount_count; i++) {
        const struct store_dir_mount *mount = &dir->mounts[i];
        const char *rest = below(mount, path);

        if (rest != NULL && (found == NULL || mount->view.size(mount->view.arg, rest) != -ENOENT)) {
            found = &mount->view;
            *ret_path = rest;
            if (mount->view.size(mount->view.arg, rest) != -ENOENT) {
                break;
            }
        }
    }
    if (found == NULL) {
        *ret_path = path;
        found = &dir->base;
    }
    return found;
}

/* Names of one or several directories, each with its kind in front: 'd' or '-'. */
struct gather {
    char **names;
    size_t count;
    size_t capacity;
};

static int gather_name(void *arg, const char *name, bool is_dir)
{
    struct gather *gather = arg;
    size_t size = strlen(name) + 2;

    if (gather->count == gather->capacity) {
        size_t capacity = gather->capacity == 0 ? 64 : gather->capacity * 2;
        char **names = realloc(gather->names, capacity * sizeof(*names));

        if (names == NULL) {
            return -ENOMEM;
        }
        gather->names = names;
        gather->capacity = capacity;
    }
    gather->names[gather->count] = malloc(size);
    if (gather->names[gather->count] == NULL) {
        return -ENOMEM;
    }
    gather->names[gather->count][0] = is_dir ? 'd' : '-';
    memcpy(gather->names[gather->count] + 1, name, size - 1);
    gather->count++;
    return 0;
}

static int compare_names(const void *one, const void *other)
{
    return strcmp(*(char *const *)one + 1, *(char *const *)other + 1);
}

/* All mounts at `path`, or the directory itself; the root has the name of a mount, too. */
static int gather_all(const struct store_dir *dir, const char *path, struct gather *gather)
{
    bool is_plain = false;
    int r = -ENOENT;

    for (uint32_t i = 0; i < dir->mount_count; i++) {
        const struct store_dir_mount *mount = &dir->mounts[i];
        const char *rest = below(mount, path);

        is_plain = is_plain || !mount->is_dledger;
        if (rest != NULL) {
            int listed = mount->view.list(mount->view.arg, rest, gather_name, gather);

            if (listed < 0 && listed != -ENOENT) {
                return listed;
            }
            r = listed == 0 ? 0 : r;
        }
    }
    if (has_mount(dir, path)) {
        return r;
    }
    r = dir->base.list(dir->base.arg, path, gather_name, gather);
    for (size_t i = 0; i < gather->count && is_plain; i++) {
        is_plain = strcmp(gather->names[i] + 1, PLAIN_NAME) != 0;
    }
    return r == 0 && is_plain && path[0] == '\0' ? gather_name(gather, PLAIN_NAME, true) : r;
}

static int view_list(void *arg, const char *path,
                     int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg)
{
    const struct store_dir *dir = arg;
    struct gather gather = {0};
    int r = 0;

    if (dir->mount_count == 0) {
        return dir->base.list(dir->base.arg, path, each, each_arg);
    }
    r = gather_all(dir, path, &gather);
    if (r == 0 && gather.count > 0) {
        qsort(gather.names, gather.count, sizeof(*gather.names), compare_names);
    }
    for (size_t i = 0; r == 0 && i < gather.count; i++) {
        r = each(each_arg, gather.names[i] + 1, gather.names[i][0] == 'd');
    }
    for (size_t i = 0; i < gather.count; i++) {
        free(gather.names[i]);
    }
    free(gather.names);
    return r;
}

/* The status of a file wherever it lies. */
static int status_of(const struct store_dir *dir, const char *path, struct stat *status)
{
    const char *rest = NULL;
    const struct view *view = find_view(dir, path, &rest);
    int fd = dir->fd;

    for (uint32_t i = 0; i < dir->mount_count; i++) {
        fd = view == &dir->mounts[i].view ? dir->mounts[i].fd : fd;
    }
    return fstatat(fd, rest, status, 0) < 0 ? -errno : 0;
}

/* Without memory for it a file is not watched. */
static void note_seen(struct store_dir *dir, const char *path)
{
    struct stat status;

    if ((dir->seen_count > 0 && strcmp(dir->seen[dir->seen_count - 1].path, path) == 0) ||
        status_of(dir, path, &status) < 0) {
        return;
    }
    if (dir->seen_count == dir->seen_capacity) {
        size_t capacity = dir->seen_capacity == 0 ? 64 : dir->seen_capacity * 2;
        struct store_dir_seen *seen = realloc(dir->seen, capacity * sizeof(*seen));

        if (seen == NULL) {
            return;
        }
        dir->seen = seen;
        dir->seen_capacity = capacity;
    }
    dir->seen[dir->seen_count] = (struct store_dir_seen){
        .path = strdup(path), .size_bytes = status.st_size, .mtime = status.st_mtim};
    dir->seen_count += dir->seen[dir->seen_count].path != NULL;
}

static int64_t view_size(void *arg, const char *path)
{
    struct store_dir *dir = arg;
    const char *rest = NULL;
    const struct view *view = find_view(dir, path, &rest);
    int64_t size = view->size(view->arg, rest);

    if (size >= 0) {
        note_seen(dir, path);
    }
    return size;
}

static void show_progress(struct store_dir *dir)
{
    struct timespec now;
    int64_t gap_ms = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    gap_ms = (now.tv_sec - dir->shown_at.tv_sec) * 1000 +
             (now.tv_nsec - dir->shown_at.tv_nsec) / 1000000;
    if (gap_ms >= PROGRESS_GAP_MS) {
        dir->shown_at = now;
        dir->is_shown = true;
        (void)fprintf(stderr, "\r%s: %llu MiB read", dir->progress_name,
                      (unsigned long long)(dir->read_bytes / MIB));
    }
}

static int64_t view_read(void *arg, const char *path, uint64_t offset, void *data,
                         size_t size_bytes)
{
    struct store_dir *dir = arg;
    const char *rest = NULL;
    const struct view *view = find_view(dir, path, &rest);
    int64_t n = view->read(view->arg, rest, offset, data, size_bytes);

    if (n > 0 && dir->progress_name != NULL) {
        dir->read_bytes += (uint64_t)n;
        show_progress(dir);
    }
    return n;
}

static int64_t view_next_data(void *arg, const char *path, uint64_t offset)
{
    const struct store_dir *dir = arg;
    const char *rest = NULL;
    const struct view *view = find_view(dir, path, &rest);

    return view_next(view, rest, offset);
}

static int view_kind(void *arg, const char *path)
{
    const struct store_dir *dir = arg;
    const char *rest = NULL;
    const struct view *view = find_view(dir, path, &rest);

    if (view != &dir->base && rest[0] == '\0') {
        return VIEW_DIRECTORY;
    }
    return view->kind(view->arg, rest);
}

static int open_dir(const char *path, const char *what, int *ret_fd, struct dir_view **ret_view,
                    struct err *err)
{
    *ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*ret_fd < 0) {
        return err_set(err, ERR_USAGE, "%s '%s': %s", what, path, strerrordesc_np(errno));
    }
    *ret_view = dir_view_new(*ret_fd);
    return *ret_view == NULL ? err_set(err, -ENOMEM, "no memory to read '%s'", path) : 0;
}

static int add_mount(struct store_dir *dir, bool is_dledger, const char *path, struct err *err)
{
    struct store_dir_mount *mount = &dir->mounts[dir->mount_count];
    int r = 0;

    if (dir->mount_count == STORE_DIR_MOUNTS_MAX) {
        return err_set(err, ERR_USAGE, "more than %d directories of a log", STORE_DIR_MOUNTS_MAX);
    }
    *mount = (struct store_dir_mount){.is_dledger = is_dledger, .fd = -1};
    dir->mount_count++;
    r = open_dir(path, "log directory", &mount->fd, &mount->dir_view, err);
    if (r < 0) {
        return r;
    }
    mount->view = dir_view_view(mount->dir_view);
    return 0;
}

/* A directory whose name has a comma or a colon in it is taken as it is, when it is there. */
static int add_list(struct store_dir *dir, const char *list, struct err *err)
{
    char path[PATH_SIZE_BYTES];

    if (access(list, F_OK) == 0) {
        return add_mount(dir, false, list, err);
    }
    while (*list != '\0') {
        size_t length = strcspn(list, ",:");
        int r = 0;

        if (length >= sizeof(path)) {
            return err_set(err, ERR_USAGE, "option '--commitlog': a path is too long");
        }
        memcpy(path, list, length);
        path[length] = '\0';
        list += length + (list[length] != '\0');
        r = length == 0 ? 0 : add_mount(dir, false, path, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int add_mounts(struct store_dir *dir, const struct store_dir_paths *paths, struct err *err)
{
    for (uint32_t i = 0; i < paths->commitlog_count; i++) {
        int r = add_list(dir, paths->commitlog[i], err);

        if (r < 0) {
            return r;
        }
    }
    return paths->dledger == NULL ? 0 : add_mount(dir, true, paths->dledger, err);
}

int store_dir_take_commitlog(void *paths, const char *value, struct err *err)
{
    struct store_dir_paths *taken = paths;

    if (taken->commitlog_count == STORE_DIR_MOUNTS_MAX || *value == '\0') {
        return err_set(err, ERR_USAGE, "option '--commitlog': %s",
                       *value == '\0' ? "names no directory" : "given too often");
    }
    taken->commitlog[taken->commitlog_count++] = value;
    return 0;
}

int store_dir_open(struct store_dir *dir, const char *path, const struct store_dir_paths *paths,
                   const char *progress_name, struct err *err)
{
    int r = 0;

    *dir = (struct store_dir){.fd = -1};
    r = open_dir(path, "store directory", &dir->fd, &dir->dir_view, err);
    if (r == 0 && paths != NULL) {
        r = add_mounts(dir, paths, err);
    }
    if (r < 0) {
        store_dir_close(dir);
        return r;
    }
    dir->progress_name = progress_name != NULL && isatty(STDERR_FILENO) == 1 ? progress_name : NULL;
    (void)clock_gettime(CLOCK_MONOTONIC, &dir->shown_at);
    dir->base = dir_view_view(dir->dir_view);
    dir->view = (struct view){.arg = dir,
                              .list = view_list,
                              .size = view_size,
                              .read = view_read,
                              .next = view_next_data,
                              .kind = view_kind};
    return 0;
}

void store_dir_close(struct store_dir *dir)
{
    if (dir->is_shown) {
        (void)fputs("\r\033[K", stderr);
    }
    for (uint32_t i = 0; i < dir->mount_count; i++) {
        dir->mounts[i].dir_view = dir_view_free(dir->mounts[i].dir_view);
        if (dir->mounts[i].fd >= 0) {
            (void)close(dir->mounts[i].fd);
        }
    }
    for (size_t i = 0; i < dir->seen_count; i++) {
        free(dir->seen[i].path);
    }
    free(dir->seen);
    dir->dir_view = dir_view_free(dir->dir_view);
    if (dir->fd >= 0) {
        (void)close(dir->fd);
    }
    *dir = (struct store_dir){.fd = -1};
}

/* Asks, never takes: a lock that we took for a moment would refuse a broker its start. */
bool store_dir_is_held(const struct store_dir *dir, int *ret_pid)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    int fd = openat(dir->fd, "lock", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool is_held = false;

    *ret_pid = 0;
    if (fd < 0) {
        return false;
    }
    is_held = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (is_held && lock.l_pid > 0) {
        *ret_pid = lock.l_pid;
    }
    (void)close(fd);
    return is_held;
}

uint32_t store_dir_changed(const struct store_dir *dir, const char **ret_first)
{
    uint32_t count = 0;

    *ret_first = NULL;
    for (size_t i = 0; i < dir->seen_count; i++) {
        const struct store_dir_seen *seen = &dir->seen[i];
        struct stat status;

        if (status_of(dir, seen->path, &status) == 0 && status.st_size == seen->size_bytes &&
            status.st_mtim.tv_sec == seen->mtime.tv_sec &&
            status.st_mtim.tv_nsec == seen->mtime.tv_nsec) {
            continue;
        }
        if (count++ == 0) {
            *ret_first = seen->path;
        }
    }
    return count;
}

int store_dir_fail(const struct store_dir *dir, int r, const char *verb, const char *path,
                   struct err *err)
{
    char text[ERR_TEXT_SIZE_BYTES];
    struct stat status;

    (void)snprintf(text, sizeof(text), "%s", err->text);
    if (r == -ENOENT && fstatat(dir->fd, "crashed", &status, 0) == 0 && S_ISDIR(status.st_mode)) {
        return err_set(err, ERR_USAGE, "%s '%s': %.300s; did you mean %.100s/crashed?", verb, path,
                       text, path);
    }
    if (r == -ENOENT || r == -ENOTSUP) {
        return err_set(err, ERR_USAGE, "%s '%s': %s", verb, path, text);
    }
    if (r < 0 && r >= -ERRNO_MAX) {
        /* What cannot be read at an offset is a FIFO, a socket or a terminal. */
        bool is_no_file = r == -ESPIPE;
        return err_set(err, is_no_file ? ERR_USAGE : r, "%s '%s': %.350s: %s", verb, path, text,
                       is_no_file ? "it is not a file" : strerrordesc_np(-r));
    }
    return err_set(err, r, "%s '%s': %s", verb, path, text);
}
