/* The disk as the kernel gives it.  One attempt a call; an interrupted one did not happen and is
 * made again here, so that it is no hit of its own. */
#include "store/disk/disk_posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

/* Bytes of a directory that are read at once. */
#define LIST_SIZE_BYTES 8192

struct disk_posix {
    int dir_fd;
};

static const char *real_path(const char *path)
{
    return path[0] == '\0' ? "." : path;
}

static int open_at(const struct disk_posix *posix, const char *path, int flags)
{
    int fd =
        (int)TEMP_FAILURE_RETRY(openat(posix->dir_fd, real_path(path), flags | O_CLOEXEC, 0644));
    return fd < 0 ? -errno : fd;
}

static int posix_open(void *impl, const char *path, bool create, intptr_t *ret_handle)
{
    int fd = open_at(impl, path, O_RDWR | (create ? O_CREAT : 0));
    if (fd < 0) {
        return fd;
    }
    *ret_handle = fd;
    return 0;
}

static void posix_close(void *impl, intptr_t handle)
{
    (void)impl;
    /* Linux frees the descriptor whatever close returns; every sync was asked for before. */
    close((int)handle);
}

static bool is_offset_valid(uint64_t offset, uint64_t size_bytes)
{
    return offset <= INT64_MAX && size_bytes <= INT64_MAX - offset;
}

static int64_t posix_read(void *impl, intptr_t handle, uint64_t offset, void *data,
                          size_t size_bytes)
{
    (void)impl;
    if (!is_offset_valid(offset, size_bytes)) {
        return -EFBIG;
    }
    ssize_t n = TEMP_FAILURE_RETRY(pread((int)handle, data, size_bytes, (off_t)offset));
    return n < 0 ? -errno : n;
}

static int64_t posix_write(void *impl, intptr_t handle, uint64_t offset, const void *data,
                           size_t size_bytes)
{
    (void)impl;
    if (!is_offset_valid(offset, size_bytes)) {
        return -EFBIG;
    }
    ssize_t n = TEMP_FAILURE_RETRY(pwrite((int)handle, data, size_bytes, (off_t)offset));
    return n < 0 ? -errno : n;
}

/* ENXIO is the answer for a hole that leads up to the end of the file and for an offset past it,
 * and a file may be shorter than its reader believes: so its size is asked for then.  EINVAL is
 * that of a file system that knows no holes.  Nobody uses the descriptor's position. */
static int64_t posix_seek(void *impl, intptr_t handle, uint64_t offset)
{
    (void)impl;
    if (!is_offset_valid(offset, 0)) {
        return -EFBIG;
    }
    off_t next = lseek((int)handle, (off_t)offset, SEEK_DATA);
    if (next >= 0) {
        return next;
    }
    if (errno != ENXIO) {
        return errno == EINVAL ? (int64_t)offset : -errno;
    }
    off_t size = lseek((int)handle, 0, SEEK_END);
    if (size < 0) {
        return -errno;
    }
    return (uint64_t)size < offset ? -ENODATA : size;
}

static int posix_sync(void *impl, intptr_t handle)
{
    (void)impl;
    int r = (int)TEMP_FAILURE_RETRY(fdatasync((int)handle));
    return r < 0 ? -errno : 0;
}

static int posix_truncate(void *impl, intptr_t handle, uint64_t size_bytes)
{
    (void)impl;
    if (!is_offset_valid(size_bytes, 0)) {
        return -EFBIG;
    }
    int r = (int)TEMP_FAILURE_RETRY(ftruncate((int)handle, (off_t)size_bytes));
    return r < 0 ? -errno : 0;
}

/* Of an open file description, not of a process: it excludes a second store in this process, too,
 * and no close of another descriptor takes it away.  RocketMQ's FileChannel.tryLock() is a record
 * lock of the process on the same byte; the kernel holds the two kinds against each other. */
static int posix_lock(void *impl, intptr_t handle)
{
    (void)impl;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    int r = (int)TEMP_FAILURE_RETRY(fcntl((int)handle, F_OFD_SETLK, &lock));
    /* POSIX lets a held lock be either of two errors; callers know one. */
    return r == 0 ? 0 : errno == EACCES ? -EAGAIN : -errno;
}

static int posix_rename(void *impl, const char *from, const char *to)
{
    const struct disk_posix *posix = impl;
    return renameat(posix->dir_fd, from, posix->dir_fd, to) < 0 ? -errno : 0;
}

static int posix_unlink(void *impl, const char *path)
{
    const struct disk_posix *posix = impl;
    return unlinkat(posix->dir_fd, path, 0) < 0 ? -errno : 0;
}

static int posix_mkdir(void *impl, const char *path)
{
    const struct disk_posix *posix = impl;
    return mkdirat(posix->dir_fd, real_path(path), 0755) < 0 ? -errno : 0;
}

static int posix_sync_dir(void *impl, const char *path)
{
    int fd = open_at(impl, path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        return fd;
    }
    int r = (int)TEMP_FAILURE_RETRY(fsync(fd));
    r = r < 0 ? -errno : 0;
    close(fd);
    return r;
}

static int is_directory(int fd, const struct dirent64 *entry, bool *ret_is_dir)
{
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK) {
        *ret_is_dir = entry->d_type == DT_DIR;
        return 0;
    }
    struct stat status;
    if (fstatat(fd, entry->d_name, &status, 0) == 0) {
        *ret_is_dir = S_ISDIR(status.st_mode);
        return 0;
    }
    /* A dangling link, or a file that went away meanwhile, is listed as a file. */
    *ret_is_dir = false;
    return errno == ENOENT ? 0 : -errno;
}

static int add_entry(int fd, const struct dirent64 *entry, struct disk_list *list)
{
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
        return 0;
    }
    bool is_dir;
    int r = is_directory(fd, entry, &is_dir);
    return r == 0 ? disk_list_add(list, entry->d_name, is_dir) : r;
}

static int posix_list(void *impl, const char *path, struct disk_list *list)
{
    /* A descriptor of its own: the position of a shared one is shared too. */
    int fd = open_at(impl, path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        return fd;
    }
    /* Not readdir(): a DIR costs four system calls and 32 KiB, and a recovery lists every queue. */
    _Alignas(struct dirent64) char entries[LIST_SIZE_BYTES];
    ssize_t got;
    int r = 0;
    while (r == 0 && (got = getdents64(fd, entries, sizeof(entries))) != 0) {
        r = got < 0 ? -errno : 0;
        for (ssize_t at = 0; r == 0 && at < got;) {
            const struct dirent64 *entry = (const void *)(entries + at);
            r = add_entry(fd, entry, list);
            at += entry->d_reclen;
        }
    }
    close(fd);
    return r;
}

static int posix_size(void *impl, const char *path, uint64_t *ret_size_bytes)
{
    const struct disk_posix *posix = impl;
    struct stat status;
    if (fstatat(posix->dir_fd, real_path(path), &status, 0) < 0) {
        return -errno;
    }
    if (S_ISDIR(status.st_mode)) {
        return -EISDIR;
    }
    *ret_size_bytes = (uint64_t)status.st_size;
    return 0;
}

static void posix_free(void *impl)
{
    free(impl);
}

static const struct disk_ops posix_ops = {
    .open = posix_open,
    .close = posix_close,
    .read = posix_read,
    .write = posix_write,
    .seek = posix_seek,
    .sync = posix_sync,
    .truncate = posix_truncate,
    .lock = posix_lock,
    .rename = posix_rename,
    .unlink = posix_unlink,
    .mkdir = posix_mkdir,
    .sync_dir = posix_sync_dir,
    .list = posix_list,
    .size = posix_size,
    .free = posix_free,
};

int disk_posix_new(int dir_fd, bool faults, const struct disk_observer *observer,
                   struct disk **ret_disk)
{
    struct disk_posix *posix = malloc(sizeof(*posix));
    if (posix == NULL) {
        return -ENOMEM;
    }
    posix->dir_fd = dir_fd;
    struct disk_options options = {.ops = &posix_ops, .impl = posix, .faults = faults};
    if (observer != NULL) {
        options.observer = *observer;
    }
    return disk_new(&options, ret_disk);
}
