/* Whole directories (dir_tree.h). */
#include "harness/power/disk/dir_tree.h"

#include "harness/power/disk/tree_hash.h"
#include "store/base/bytes.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#define DEPTH_MAX        64
#define CHUNK_SIZE_BYTES 65536
#define DENTS_SIZE_BYTES 8192

/* The names of one directory: each a byte 'd' or 'f', the name, a 0 byte. */
struct names {
    char *text;
    size_t size_bytes;
    size_t capacity_bytes;
    const char **sorted;
    size_t count;
};

static const char *real_path(const char *path)
{
    return path[0] == '\0' ? "." : path;
}

static void names_done(struct names *names)
{
    free(names->text);
    free(names->sorted);
    *names = (struct names){0};
}

static int names_add(struct names *names, const char *name, bool is_dir)
{
    size_t need_bytes = strlen(name) + 2;
    int r =
        grow_room((void **)&names->text, names->size_bytes, need_bytes, &names->capacity_bytes, 1);

    if (r < 0) {
        return r;
    }
    names->text[names->size_bytes] = is_dir ? 'd' : 'f';
    memcpy(names->text + names->size_bytes + 1, name, need_bytes - 1);
    names->size_bytes += need_bytes;
    names->count++;
    return 0;
}

/* A link counts as what it leads to, as it does for the engine. */
static bool is_directory(int dir_fd, const struct dirent64 *entry)
{
    struct stat status;

    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK) {
        return entry->d_type == DT_DIR;
    }
    return fstatat(dir_fd, entry->d_name, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

static int compare_names(const void *left, const void *right)
{
    const char *const *left_name = left;
    const char *const *right_name = right;

    return strcmp(*left_name + 1, *right_name + 1);
}

static int sort_names(struct names *names)
{
    size_t offset = 0;

    names->sorted = malloc((names->count + 1) * sizeof(names->sorted[0]));
    if (names->sorted == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < names->count; i++) {
        names->sorted[i] = names->text + offset;
        offset += strlen(names->sorted[i] + 1) + 2;
    }
    qsort(names->sorted, names->count, sizeof(names->sorted[0]), compare_names);
    return 0;
}

/* Reads the names of the open directory, sorted. On an error there is nothing to clean up. */
static int names_read(struct names *names, int dir_fd)
{
    _Alignas(struct dirent64) char dents[DENTS_SIZE_BYTES];
    ssize_t got = 0;
    int r = 0;

    *names = (struct names){0};
    while (r == 0 && (got = getdents64(dir_fd, dents, sizeof(dents))) > 0) {
        for (ssize_t at = 0; r == 0 && at < got;) {
            const struct dirent64 *entry = (const void *)(dents + at);

            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
                r = names_add(names, entry->d_name, is_directory(dir_fd, entry));
            }
            at += entry->d_reclen;
        }
    }
    if (r == 0) {
        r = got < 0 ? -errno : sort_names(names);
    }
    if (r < 0) {
        names_done(names);
    }
    ENSURE(r < 0 || names->sorted != NULL);
    return r;
}

/* O_NONBLOCK: a pipe in somebody's store directory must not hang us. */
int dir_tree_open_file(int dir_fd, const char *path)
{
    int fd = openat(dir_fd, real_path(path), O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

static int open_directory(int dir_fd, const char *path)
{
    int fd = openat(dir_fd, real_path(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

ssize_t dir_tree_read_at(int fd, void *data, size_t size_bytes, uint64_t offset)
{
    size_t done_bytes = 0;

    while (done_bytes < size_bytes) {
        ssize_t got = pread(fd, (char *)data + done_bytes, size_bytes - done_bytes,
                            (off_t)(offset + done_bytes));

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -errno;
        }
        if (got == 0) {
            break;
        }
        done_bytes += (size_t)got;
    }
    return (ssize_t)done_bytes;
}

int dir_tree_list(int dir_fd, const char *path,
                  int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg)
{
    struct names names;
    int fd = open_directory(dir_fd, path);
    if (fd < 0) {
        return fd;
    }
    int r = names_read(&names, fd);
    (void)close(fd);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        r = each(each_arg, names.sorted[i] + 1, names.sorted[i][0] == 'd');
    }
    names_done(&names);
    return r;
}

/* A walk through a tree: `path` is where it stands, relative to the root. */
struct walk {
    int (*on_dir)(struct walk *walk);
    int (*on_file)(struct walk *walk, int fd, uint64_t size_bytes);
    char path[PATH_MAX];
    size_t length;
    unsigned depth;
    uint8_t *chunk; /* CHUNK_SIZE_BYTES */
    struct tree_hash *tree;
    const char *left_out; /* of a hash; "": nothing */
    int to_dir_fd;
};

static int walk_directory(struct walk *walk, int dir_fd);

static int walk_file(struct walk *walk, int fd)
{
    struct stat status;

    if (fstat(fd, &status) < 0) {
        return -errno;
    }
    return S_ISREG(status.st_mode) ? walk->on_file(walk, fd, (uint64_t)status.st_size) : 0;
}

static int walk_entry(struct walk *walk, int dir_fd, const char *name, bool is_dir)
{
    size_t length = walk->length;
    size_t name_length = strlen(name);
    int r = 0;
    int fd = -1;

    if (length + name_length + 2 > sizeof(walk->path)) {
        return -ENAMETOOLONG;
    }
    if (length > 0) {
        walk->path[walk->length++] = '/';
    }
    memcpy(walk->path + walk->length, name, name_length + 1);
    walk->length += name_length;
    r = is_dir ? walk->on_dir(walk) : 0;
    if (r == 0) {
        fd = is_dir ? open_directory(dir_fd, name) : dir_tree_open_file(dir_fd, name);
        r = fd < 0 ? fd : is_dir ? walk_directory(walk, fd) : walk_file(walk, fd);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (r == 0) {
        walk->length = length;
        walk->path[length] = '\0';
    }
    return r;
}

/* On an error walk->path is left at the place of it. */
static int walk_directory(struct walk *walk, int dir_fd)
{
    struct names names;
    int r = 0;

    if (walk->depth >= DEPTH_MAX) {
        return -ELOOP;
    }
    r = names_read(&names, dir_fd);
    if (r < 0) {
        return r;
    }
    walk->depth++;
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        r = walk_entry(walk, dir_fd, names.sorted[i] + 1, names.sorted[i][0] == 'd');
    }
    walk->depth--;
    names_done(&names);
    return r;
}

static int walk_root(struct walk *walk, int dir_fd)
{
    int r = 0;
    int fd = open_directory(dir_fd, "");

    if (fd < 0) {
        return fd;
    }
    walk->chunk = malloc(CHUNK_SIZE_BYTES);
    r = walk->chunk == NULL ? -ENOMEM : walk_directory(walk, fd);
    free(walk->chunk);
    (void)close(fd);
    return r;
}

uint64_t dir_tree_next_data(int fd, uint64_t offset, uint64_t size_bytes)
{
    off_t data = lseek(fd, (off_t)offset, SEEK_DATA);

    if (data < 0) {
        return errno == ENXIO ? size_bytes : offset;
    }
    return (uint64_t)data < size_bytes ? (uint64_t)data : size_bytes;
}

/* The page in which the next data begins. A small file is cheaper read whole. */
static uint64_t skip_hole(int fd, uint64_t offset, uint64_t size_bytes)
{
    uint64_t next = offset;

    if (size_bytes > CHUNK_SIZE_BYTES) {
        next = dir_tree_next_data(fd, offset, size_bytes);
    }
    return next < size_bytes ? next / TREE_HASH_PAGE_SIZE_BYTES * TREE_HASH_PAGE_SIZE_BYTES
                             : size_bytes;
}

/* Calls `on_page` for every page of the file that is not all zero, filled up with zeros. */
static int each_page(struct walk *walk, int fd, uint64_t size_bytes,
                     int (*on_page)(void *arg, uint64_t page_index, const uint8_t *page), void *arg)
{
    const size_t page_bytes = TREE_HASH_PAGE_SIZE_BYTES;
    uint64_t offset = 0;
    int r = 0;

    for (offset = skip_hole(fd, 0, size_bytes); offset < size_bytes;
         offset = skip_hole(fd, offset, size_bytes)) {
        ssize_t got = dir_tree_read_at(fd, walk->chunk, CHUNK_SIZE_BYTES, offset);
        size_t filled_bytes = 0;

        if (got <= 0) {
            return (int)got;
        }
        filled_bytes = ((size_t)got + page_bytes - 1) / page_bytes * page_bytes;
        memset(walk->chunk + got, 0, filled_bytes - (size_t)got);
        for (size_t at = 0; r == 0 && at < filled_bytes; at += page_bytes) {
            if (!bytes_is_zero(walk->chunk + at, page_bytes)) {
                r = on_page(arg, (offset + at) / page_bytes, walk->chunk + at);
            }
        }
        if (r < 0) {
            return r;
        }
        offset += filled_bytes;
    }
    return 0;
}

static int hash_dir(struct walk *walk)
{
    tree_hash_add_dir(walk->tree, walk->path);
    return 0;
}

static int hash_page(void *arg, uint64_t page_index, const uint8_t *page)
{
    tree_hash_file_add(arg, page_index, tree_hash_page(page));
    return 0;
}

static int hash_file(struct walk *walk, int fd, uint64_t size_bytes)
{
    struct tree_hash_file content;
    int r = 0;

    if (strcmp(walk->path, walk->left_out) == 0) {
        return 0;
    }
    tree_hash_file_init(&content);
    r = each_page(walk, fd, size_bytes, hash_page, &content);
    tree_hash_add_file(walk->tree, walk->path, size_bytes, &content);
    return r;
}

int dir_tree_hash(int dir_fd, uint64_t *ret_hash)
{
    return dir_tree_hash_without(dir_fd, "", ret_hash);
}

int dir_tree_hash_without(int dir_fd, const char *path, uint64_t *ret_hash)
{
    struct tree_hash tree;
    struct walk walk = {.on_dir = hash_dir, .on_file = hash_file, .tree = &tree, .left_out = path};
    int r = 0;

    tree_hash_init(&tree);
    r = walk_root(&walk, dir_fd);
    if (r == 0) {
        *ret_hash = tree_hash_value(&tree);
    }
    return r;
}

/* A file that is being copied. */
struct copy {
    int fd;
    uint64_t size_bytes;
};

static int copy_page(void *arg, uint64_t page_index, const uint8_t *page)
{
    const struct copy *copy = arg;
    uint64_t offset = page_index * TREE_HASH_PAGE_SIZE_BYTES;
    uint64_t left_bytes = copy->size_bytes - offset;
    size_t size_bytes =
        left_bytes < TREE_HASH_PAGE_SIZE_BYTES ? (size_t)left_bytes : TREE_HASH_PAGE_SIZE_BYTES;
    size_t done_bytes = 0;

    while (done_bytes < size_bytes) {
        ssize_t put = pwrite(copy->fd, page + done_bytes, size_bytes - done_bytes,
                             (off_t)(offset + done_bytes));

        if (put < 0 && errno != EINTR) {
            return -errno;
        }
        done_bytes += put > 0 ? (size_t)put : 0;
    }
    return 0;
}

static int copy_dir(struct walk *walk)
{
    return mkdirat(walk->to_dir_fd, walk->path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int copy_file(struct walk *walk, int fd, uint64_t size_bytes)
{
    struct copy copy = {.size_bytes = size_bytes};
    int r = 0;

    copy.fd = openat(walk->to_dir_fd, walk->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (copy.fd < 0) {
        return -errno;
    }
    r = ftruncate(copy.fd, (off_t)size_bytes) < 0
            ? -errno
            : each_page(walk, fd, size_bytes, copy_page, &copy);
    (void)close(copy.fd);
    return r;
}

int dir_tree_copy_to(int dir_fd, int to_dir_fd, struct err *err)
{
    struct walk walk = {.on_dir = copy_dir, .on_file = copy_file, .to_dir_fd = to_dir_fd};
    int r = walk_root(&walk, dir_fd);

    if (r < 0) {
        return err_set(err, r, "copy '%.300s': %s", walk.path, strerror(-r));
    }
    return 0;
}

int dir_tree_copy(int dir_fd, const char *to_path, struct err *err)
{
    int r = 0;
    int to_dir_fd = -1;

    if (mkdir(to_path, 0755) < 0 && errno != EEXIST) {
        return err_set(err, -errno, "make '%.300s': %s", to_path, strerror(errno));
    }
    to_dir_fd = open_directory(AT_FDCWD, to_path);
    if (to_dir_fd < 0) {
        return err_set(err, to_dir_fd, "open '%.300s': %s", to_path, strerror(-to_dir_fd));
    }
    r = dir_tree_copy_to(dir_fd, to_dir_fd, err);
    (void)close(to_dir_fd);
    return r;
}

static int remove_entry(int dir_fd, const char *name, unsigned depth);

static int remove_entries(int dir_fd, unsigned depth)
{
    struct names names;
    int r = depth >= DEPTH_MAX ? -ELOOP : names_read(&names, dir_fd);

    if (r < 0) {
        return r;
    }
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        r = remove_entry(dir_fd, names.sorted[i] + 1, depth);
    }
    names_done(&names);
    return r;
}

static int remove_entry(int dir_fd, const char *name, unsigned depth)
{
    int r = 0;
    int fd = -1;

    if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT) {
        return 0;
    }
    if (errno != EISDIR && errno != EPERM) {
        return -errno;
    }
    fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    r = remove_entries(fd, depth + 1);
    (void)close(fd);
    if (r == 0 && unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
        r = -errno;
    }
    return r;
}

int dir_tree_remove(int dir_fd, const char *path, struct err *err)
{
    int r = 0;
    int fd = -1;

    if (path[0] != '\0') {
        r = remove_entry(dir_fd, path, 0);
    } else {
        fd = open_directory(dir_fd, "");
        r = fd < 0 ? fd : remove_entries(fd, 0);
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    if (r == -ENOTDIR) {
        r = 0; /* something above the path is a file: there is nothing below it */
    }
    if (r < 0) {
        return err_set(err, r, "remove '%s': %s", path, strerror(-r));
    }
    return 0;
}

int dir_tree_keep(int dir_fd, const char *keep_dir, const char *name, uint64_t *ret_hash)
{
    char path[1024];
    int r = dir_tree_hash(dir_fd, ret_hash);
    if (r < 0 || keep_dir == NULL) {
        return r;
    }
    (void)snprintf(path, sizeof(path), "%s/%s", keep_dir, name);
    return dir_tree_copy(dir_fd, path, NULL);
}
