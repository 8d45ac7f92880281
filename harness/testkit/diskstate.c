/* States of directories, for tests. */
#include "harness/testkit/diskstate.h"

#include "store/base/ensure.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#define DISKSTATE_PATH_SIZE_BYTES 1024

static int open_file(int dir_fd, const char *path, int flags)
{
    int fd = openat(dir_fd, path, flags | O_CLOEXEC, 0644);
    if (fd < 0) {
        fprintf(stderr, "open '%s': %s\n", path, strerrordesc_np(errno));
    }
    ENSURE(fd >= 0);
    return fd;
}

static void make_directory(int dir_fd, const char *path)
{
    ENSURE(mkdirat(dir_fd, path, 0755) == 0 || errno == EEXIST);
}

/* Makes the directories that `path` names before each of its slashes. */
static void make_parents(int dir_fd, const char *path)
{
    char parent[DISKSTATE_PATH_SIZE_BYTES];
    size_t length = strlen(path);
    ENSURE(length < sizeof(parent));
    memcpy(parent, path, length + 1);
    for (size_t i = 1; i < length; i++) {
        if (parent[i] == '/') {
            parent[i] = '\0';
            make_directory(dir_fd, parent);
            parent[i] = '/';
        }
    }
}

void diskstate_mkdir(int dir_fd, const char *path)
{
    make_parents(dir_fd, path);
    make_directory(dir_fd, path);
}

static void write_all(int fd, uint64_t offset, const uint8_t *data, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t n = pwrite(fd, data, size_bytes, (off_t)offset);
        ENSURE(n > 0);
        data += n;
        offset += (uint64_t)n;
        size_bytes -= (size_t)n;
    }
}

void diskstate_write(int dir_fd, const char *path, const void *data, size_t size_bytes)
{
    make_parents(dir_fd, path);
    int fd = open_file(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC);
    write_all(fd, 0, data, size_bytes);
    close(fd);
}

void diskstate_overwrite(int dir_fd, const char *path, uint64_t offset, const void *data,
                         size_t size_bytes)
{
    int fd = open_file(dir_fd, path, O_WRONLY);
    write_all(fd, offset, data, size_bytes);
    close(fd);
}

void diskstate_truncate(int dir_fd, const char *path, uint64_t size_bytes)
{
    int fd = open_file(dir_fd, path, O_WRONLY);
    ENSURE(ftruncate(fd, (off_t)size_bytes) == 0);
    close(fd);
}

void diskstate_flip_bit(int dir_fd, const char *path, uint64_t offset, unsigned bit)
{
    ENSURE(bit < 8);
    int fd = open_file(dir_fd, path, O_RDWR);
    uint8_t byte;
    ENSURE(pread(fd, &byte, 1, (off_t)offset) == 1);
    byte = (uint8_t)(byte ^ (1u << bit));
    write_all(fd, offset, &byte, 1);
    close(fd);
}

void diskstate_zero_fill(int dir_fd, const char *path, uint64_t offset, uint64_t size_bytes)
{
    static const uint8_t zeros[4096];
    int fd = open_file(dir_fd, path, O_WRONLY);
    while (size_bytes > 0) {
        size_t part_bytes = size_bytes < sizeof(zeros) ? (size_t)size_bytes : sizeof(zeros);
        write_all(fd, offset, zeros, part_bytes);
        offset += part_bytes;
        size_bytes -= part_bytes;
    }
    close(fd);
}

void diskstate_unlink(int dir_fd, const char *path)
{
    ENSURE(unlinkat(dir_fd, path, 0) == 0);
}

static void copy_entry(int from_fd, int to_fd, const struct dirent *entry)
{
    if (entry->d_type != DT_DIR) {
        size_t size_bytes = 0;
        uint8_t *data = diskstate_read(from_fd, entry->d_name, &size_bytes);
        diskstate_write(to_fd, entry->d_name, data, size_bytes);
        free(data);
        return;
    }
    make_directory(to_fd, entry->d_name);
    int from = open_file(from_fd, entry->d_name, O_RDONLY | O_DIRECTORY);
    int to = open_file(to_fd, entry->d_name, O_RDONLY | O_DIRECTORY);
    diskstate_copy(from, to);
    close(from);
    close(to);
}

void diskstate_copy(int from_fd, int to_fd)
{
    DIR *dir = fdopendir(open_file(from_fd, ".", O_RDONLY | O_DIRECTORY));
    ENSURE(dir != NULL);
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            copy_entry(from_fd, to_fd, entry);
        }
    }
    closedir(dir);
}

bool diskstate_exists(int dir_fd, const char *path)
{
    return faccessat(dir_fd, path, F_OK, 0) == 0;
}

int64_t diskstate_size(int dir_fd, const char *path)
{
    struct stat status;
    return fstatat(dir_fd, path, &status, 0) == 0 ? (int64_t)status.st_size : -1;
}

uint8_t *diskstate_read(int dir_fd, const char *path, size_t *ret_size_bytes)
{
    int64_t size_bytes = diskstate_size(dir_fd, path);
    ENSURE(size_bytes >= 0);
    uint8_t *data = malloc((size_t)size_bytes + 1);
    ENSURE(data != NULL);
    int fd = open_file(dir_fd, path, O_RDONLY);
    size_t done_bytes = 0;
    while (done_bytes < (size_t)size_bytes) {
        ssize_t n =
            pread(fd, data + done_bytes, (size_t)size_bytes - done_bytes, (off_t)done_bytes);
        ENSURE(n > 0);
        done_bytes += (size_t)n;
    }
    close(fd);
    data[done_bytes] = 0;
    if (ret_size_bytes != NULL) {
        *ret_size_bytes = done_bytes;
    }
    return data;
}
