/* A store in a real directory (dir_view.h). */
#include "harness/power/disk/dir_view.h"

#include "harness/power/disk/dir_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#define FILES_MAX       32
#define PATH_SIZE_BYTES 512

/* A file kept open, and which one it is: while it is open, no other can have its number. */
struct open_file {
    int fd;
    bool is_current; /* its path was found to lead to it since the last reset */
    dev_t device;
    ino_t inode;
};

struct dir_view {
    int dir_fd;
    uint32_t file_count;
    uint32_t next_victim;
    uint64_t hashes[FILES_MAX]; /* of the paths */
    struct open_file files[FILES_MAX];
    char paths[FILES_MAX][PATH_SIZE_BYTES];
};

struct dir_view *dir_view_new(int dir_fd)
{
    struct dir_view *dir_view = malloc(sizeof(*dir_view));

    if (dir_view != NULL) {
        dir_view->dir_fd = dir_fd;
        dir_view->file_count = 0;
        dir_view->next_victim = 0;
    }
    return dir_view;
}

struct dir_view *dir_view_free(struct dir_view *dir_view)
{
    for (uint32_t i = 0; dir_view != NULL && i < dir_view->file_count; i++) {
        (void)close(dir_view->files[i].fd);
    }
    free(dir_view);
    return NULL;
}

void dir_view_reset(struct dir_view *dir_view, int dir_fd)
{
    dir_view->dir_fd = dir_fd;
    for (uint32_t i = 0; i < dir_view->file_count; i++) {
        dir_view->files[i].is_current = false;
    }
}

static int view_list(void *arg, const char *path,
                     int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg)
{
    const struct dir_view *dir_view = arg;
    return dir_tree_list(dir_view->dir_fd, path, each, each_arg);
}

static uint64_t hash_path(const char *path)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);

    for (size_t i = 0; path[i] != '\0'; i++) {
        hash = (hash ^ (uint8_t)path[i]) * UINT64_C(0x100000001B3);
    }
    return hash;
}

/* The slot of `path`, or file_count. */
static uint32_t find_file(const struct dir_view *dir_view, uint64_t hash, const char *path)
{
    uint32_t at = 0;

    while (at < dir_view->file_count &&
           (dir_view->hashes[at] != hash || strcmp(dir_view->paths[at], path) != 0)) {
        at++;
    }
    return at;
}

/* Closes the file in slot `at`; the last slot takes its place. */
static void forget_file(struct dir_view *dir_view, uint32_t at)
{
    uint32_t last = --dir_view->file_count;

    (void)close(dir_view->files[at].fd);
    if (at != last) {
        dir_view->hashes[at] = dir_view->hashes[last];
        dir_view->files[at] = dir_view->files[last];
        memcpy(dir_view->paths[at], dir_view->paths[last], sizeof(dir_view->paths[at]));
    }
}

/* Opens `path` into a slot of its own. Returns its descriptor or a negated errno. */
static int keep_file(struct dir_view *dir_view, uint64_t hash, const char *path)
{
    struct stat status;
    size_t length = strlen(path);
    uint32_t at = 0;
    int fd = -1;

    if (length >= sizeof(dir_view->paths[0])) {
        return -ENAMETOOLONG;
    }
    fd = dir_tree_open_file(dir_view->dir_fd, path);
    if (fd < 0) {
        return fd;
    }
    if (fstat(fd, &status) < 0) {
        int r = -errno;

        (void)close(fd);
        return r;
    }
    if (dir_view->file_count == FILES_MAX) {
        forget_file(dir_view, dir_view->next_victim);
        dir_view->next_victim = (dir_view->next_victim + 1) % FILES_MAX;
    }
    at = dir_view->file_count++;
    dir_view->hashes[at] = hash;
    dir_view->files[at] = (struct open_file){fd, true, status.st_dev, status.st_ino};
    memcpy(dir_view->paths[at], path, length + 1);
    return fd;
}

/* What `path` leads to now; a kept file that it does not lead to any more is forgotten. */
static int look_at(struct dir_view *dir_view, uint32_t at, const char *path, struct stat *status)
{
    int r = fstatat(dir_view->dir_fd, path, status, AT_EMPTY_PATH) < 0 ? -errno : 0;

    if (at < dir_view->file_count) {
        struct open_file *file = &dir_view->files[at];

        file->is_current =
            r == 0 && file->device == status->st_dev && file->inode == status->st_ino;
        if (!file->is_current) {
            forget_file(dir_view, at);
        }
    }
    return r;
}

static int64_t view_size(void *arg, const char *path)
{
    struct dir_view *dir_view = arg;
    struct stat status;
    int r = look_at(dir_view, find_file(dir_view, hash_path(path), path), path, &status);

    if (r < 0) {
        return r;
    }
    return S_ISDIR(status.st_mode) ? -EISDIR : status.st_size;
}

/* The descriptor of `path`, kept open; or a negated errno. */
static int use_file(struct dir_view *dir_view, const char *path)
{
    struct stat status;
    uint64_t hash = hash_path(path);
    uint32_t at = find_file(dir_view, hash, path);

    if (at < dir_view->file_count && !dir_view->files[at].is_current) {
        (void)look_at(dir_view, at, path, &status);
        at = find_file(dir_view, hash, path);
    }
    return at < dir_view->file_count ? dir_view->files[at].fd : keep_file(dir_view, hash, path);
}

static int64_t view_read(void *arg, const char *path, uint64_t offset, void *data,
                         size_t size_bytes)
{
    int fd = use_file(arg, path);

    return fd < 0 ? fd : dir_tree_read_at(fd, data, size_bytes, offset);
}

static int view_kind(void *arg, const char *path)
{
    const struct dir_view *dir_view = arg;
    struct stat status;

    if (fstatat(dir_view->dir_fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0) {
        return -errno;
    }
    switch (status.st_mode & S_IFMT) {
    case S_IFDIR:
        return VIEW_DIRECTORY;
    case S_IFLNK:
        return VIEW_LINK;
    case S_IFIFO:
        return VIEW_PIPE;
    case S_IFSOCK:
        return VIEW_SOCKET;
    case S_IFBLK:
    case S_IFCHR:
        return VIEW_DEVICE;
    default:
        return VIEW_FILE;
    }
}

static int64_t next_in_view(void *arg, const char *path, uint64_t offset)
{
    struct stat status;
    int fd = use_file(arg, path);

    if (fd < 0) {
        return fd;
    }
    if (fstat(fd, &status) < 0) {
        return -errno;
    }
    return (int64_t)dir_tree_next_data(fd, offset, (uint64_t)status.st_size);
}

struct view dir_view_view(struct dir_view *dir_view)
{
    return (struct view){.arg = dir_view,
                         .list = view_list,
                         .size = view_size,
                         .read = view_read,
                         .next = next_in_view,
                         .kind = view_kind};
}
