/* Whether a held system call is what its thread announced (audit_match.h). */
#include "harness/audit/audit_match.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <seccomp.h>

#define AUDIT_MATCH_READ_BYTES 4096U

/* A held system call and what was found out about it. */
struct held {
    const struct audit_shared *shared;
    const struct seccomp_notif *notif;
    uint64_t number;
    const __u64 *args;
    bool has_fd;     /* the first argument is a descriptor, `fd_path` what it leads to */
    int fd_argument; /* which argument is the descriptor */
    char fd_path[PATH_MAX];
    char path[PATH_MAX]; /* the path argument as it was given */
    char target[PATH_MAX];
};

static void proc_fd(const struct held *held, int fd, char *text, size_t size_bytes)
{
    (void)snprintf(text, size_bytes, "/proc/%u/fd/%d", held->notif->pid, fd);
}

static void read_fd_path(const struct held *held, int fd, char *path, size_t size_bytes)
{
    char link[64];
    ssize_t length = 0;

    proc_fd(held, fd, link, sizeof(link));
    length = readlink(link, path, size_bytes - 1);
    path[length > 0 ? length : 0] = '\0';
}

/* Reads a 0-terminated string of the held thread, page by page; "" when it cannot be read. */
static void read_string(const struct held *held, uint64_t address, char *text, size_t size_bytes)
{
    size_t done_bytes = 0;

    text[0] = '\0';
    while (done_bytes < size_bytes - 1) {
        size_t part_bytes =
            AUDIT_MATCH_READ_BYTES - (address + done_bytes) % AUDIT_MATCH_READ_BYTES;
        struct iovec local = {.iov_base = text + done_bytes};
        struct iovec remote;
        ssize_t got = 0;

        if (part_bytes > size_bytes - 1 - done_bytes) {
            part_bytes = size_bytes - 1 - done_bytes;
        }
        local.iov_len = part_bytes;
        remote.iov_base = (void *)(uintptr_t)(address + done_bytes);
        remote.iov_len = part_bytes;
        got = process_vm_readv((pid_t)held->notif->pid, &local, 1, &remote, 1, 0);
        if (got <= 0) {
            text[0] = '\0';
            return;
        }
        if (memchr(text + done_bytes, '\0', (size_t)got) != NULL) {
            return;
        }
        done_bytes += (size_t)got;
    }
    text[size_bytes - 1] = '\0';
}

/* Whether two descriptors of the held process are on the same device, or the same file. */
static bool is_same(const struct held *held, int left, int right, bool same_file)
{
    char link[64];
    struct stat left_status;
    struct stat right_status;

    proc_fd(held, left, link, sizeof(link));
    if (stat(link, &left_status) < 0) {
        return false;
    }
    proc_fd(held, right, link, sizeof(link));
    if (stat(link, &right_status) < 0) {
        return false;
    }
    return left_status.st_dev == right_status.st_dev &&
           (!same_file || left_status.st_ino == right_status.st_ino);
}

/* Whether descriptor `fd` is the file that `path` names below the root of the disk. */
static bool is_file(const struct held *held, int fd, const char *path)
{
    int root_fd = atomic_load(&held->shared->root_fd);
    char root[PATH_MAX];
    char whole[2 * PATH_MAX];
    size_t length = 0;

    if (!is_same(held, fd, root_fd, path[0] == '\0')) {
        return false;
    }
    if (path[0] == '\0') {
        return true;
    }
    read_fd_path(held, root_fd, root, sizeof(root));
    length = strlen(root);
    while (length > 0 && root[length - 1] == '/') {
        root[--length] = '\0'; /* a detached tmpfs is "/" to itself */
    }
    (void)snprintf(whole, sizeof(whole), "%s/%s", root, path);
    length = strlen(whole);
    return strncmp(held->fd_path, whole, length) == 0 &&
           (held->fd_path[length] == '\0' || strcmp(held->fd_path + length, " (deleted)") == 0);
}

/* Whether a path argument, relative to `dir_fd`, names `path` below the root of the disk. */
static bool is_path(const struct held *held, int dir_fd, const char *given, const char *path)
{
    if (given[0] == '/' || dir_fd == AT_FDCWD) {
        return false; /* the disk goes through its root directory */
    }
    return strcmp(given, path[0] == '\0' ? "." : path) == 0 &&
           is_same(held, dir_fd, atomic_load(&held->shared->root_fd), true);
}

static int argument_fd(const struct held *held, size_t index)
{
    return (int)(uint32_t)held->args[index];
}

/* Pipes, sockets, terminals and the like keep nothing. */
static bool is_volatile_path(const char *path)
{
    return (path[0] != '/' && path[0] != '\0') || strncmp(path, "/dev/", 5) == 0 ||
           strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/memfd:", 7) == 0;
}

/* Whether the mapped descriptor was opened for reading only: such a mapping can never be written.
 */
static bool is_read_only(const struct held *held, int fd)
{
    char path[64];
    char line[128];
    unsigned flags = O_RDWR;
    FILE *info = NULL;

    (void)snprintf(path, sizeof(path), "/proc/%u/fdinfo/%d", held->notif->pid, fd);
    info = fopen(path, "re");
    if (info == NULL) {
        return false;
    }
    while (fgets(line, sizeof(line), info) != NULL) {
        if (strncmp(line, "flags:", 6) == 0) {
            flags = (unsigned)strtoul(line + 6, NULL, 8);
        }
    }
    (void)fclose(info);
    return (flags & O_ACCMODE) == O_RDONLY;
}

/* Reads what the arguments lead to. */
static void look_at(struct held *held)
{
    held->has_fd = false;
    switch (held->number) {
    case SYS_openat:
    case SYS_unlinkat:
    case SYS_mkdirat:
        read_string(held, held->args[1], held->path, sizeof(held->path));
        break;
    case SYS_renameat:
    case SYS_renameat2:
        read_string(held, held->args[1], held->path, sizeof(held->path));
        read_string(held, held->args[3], held->target, sizeof(held->target));
        break;
    case SYS_open:
    case SYS_creat:
    case SYS_unlink:
    case SYS_mkdir:
    case SYS_rmdir:
    case SYS_truncate:
        read_string(held, held->args[0], held->path, sizeof(held->path));
        break;
    case SYS_rename:
    case SYS_link:
    case SYS_symlink:
        read_string(held, held->args[0], held->path, sizeof(held->path));
        read_string(held, held->args[1], held->target, sizeof(held->target));
        break;
    case SYS_write:
    case SYS_writev:
    case SYS_pwrite64:
    case SYS_pwritev:
    case SYS_pwritev2:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_sync_file_range:
    case SYS_syncfs:
    case SYS_ftruncate:
    case SYS_fallocate:
    case SYS_fcntl:
    case SYS_flock:
    case SYS_ioctl:
    case SYS_fchmod:
        held->has_fd = true;
        break;
    case SYS_mmap:
        held->has_fd = true;
        held->fd_argument = 4;
        break;
    case SYS_sendfile:
        held->has_fd = true;
        break;
    case SYS_copy_file_range:
    case SYS_splice:
        held->has_fd = true;
        held->fd_argument = 2;
        break;
    default:
        break;
    }
    if (held->has_fd) {
        read_fd_path(held, argument_fd(held, (size_t)held->fd_argument), held->fd_path,
                     sizeof(held->fd_path));
    }
}

/* Whether it turns out to leave nothing durable. */
static bool is_harmless(const struct held *held)
{
    if (held->has_fd) {
        int fd = argument_fd(held, (size_t)held->fd_argument);

        return is_volatile_path(held->fd_path) ||
               (held->number == SYS_mmap && is_read_only(held, fd));
    }
    return (held->number == SYS_openat || held->number == SYS_open) &&
           is_volatile_path(held->path) && held->path[0] == '/';
}

/* openat is announced as create or open, with exactly those flags. */
static bool is_open_of(const struct held *held, const struct audit_call *call)
{
    int flags = (int)held->args[2];
    bool creates = (flags & O_CREAT) != 0;

    return (flags & (O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))) == 0 &&
           call->op == (creates ? POINT_OP_CREATE : POINT_OP_OPEN) &&
           is_path(held, argument_fd(held, 0), held->path, call->path);
}

static bool is_write_of(const struct held *held, const struct audit_call *call)
{
    return call->op == POINT_OP_WRITE && held->args[2] == call->size_bytes &&
           held->args[3] == call->offset && is_file(held, argument_fd(held, 0), call->path);
}

static bool is_rename_of(const struct held *held, const struct audit_call *call)
{
    return call->op == POINT_OP_RENAME && (held->number != SYS_renameat2 || held->args[4] == 0) &&
           is_path(held, argument_fd(held, 0), held->path, call->path) &&
           is_path(held, argument_fd(held, 2), held->target, call->target);
}

static bool is_lock_of(const struct held *held, const struct audit_call *call)
{
    return call->op == POINT_OP_LOCK && (int)held->args[1] == F_OFD_SETLK &&
           is_file(held, argument_fd(held, 0), call->path);
}

/* What the disk does for each operation, and nothing else. */
static bool is_call(const struct held *held, const struct audit_call *call)
{
    switch (held->number) {
    case SYS_openat:
        return is_open_of(held, call);
    case SYS_pwrite64:
        return is_write_of(held, call);
    case SYS_fdatasync:
        return call->op == POINT_OP_SYNC && is_file(held, argument_fd(held, 0), call->path);
    case SYS_fsync:
        return (call->op == POINT_OP_SYNC || call->op == POINT_OP_SYNC_DIR) &&
               is_file(held, argument_fd(held, 0), call->path);
    case SYS_ftruncate:
        return call->op == POINT_OP_TRUNCATE && held->args[1] == call->size_bytes &&
               is_file(held, argument_fd(held, 0), call->path);
    case SYS_rename:
    case SYS_renameat:
    case SYS_renameat2:
        return held->number != SYS_rename && is_rename_of(held, call);
    case SYS_unlinkat:
        return call->op == POINT_OP_UNLINK && held->args[2] == 0 &&
               is_path(held, argument_fd(held, 0), held->path, call->path);
    case SYS_mkdirat:
        return call->op == POINT_OP_MKDIR &&
               is_path(held, argument_fd(held, 0), held->path, call->path);
    case SYS_fcntl:
        return is_lock_of(held, call);
    default:
        return false;
    }
}

static void describe(const struct held *held, const struct audit_slot *slot,
                     char text[AUDIT_EFFECT_TEXT_SIZE_BYTES])
{
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)held->number);
    const struct audit_call *call = slot->depth > 0 ? &slot->calls[slot->depth - 1] : NULL;
    char what[512];

    if (held->has_fd) {
        (void)snprintf(what, sizeof(what), "%d '%.150s', %#" PRIx64 ", %" PRIu64 ", %" PRIu64,
                       argument_fd(held, (size_t)held->fd_argument), held->fd_path,
                       (uint64_t)held->args[1], (uint64_t)held->args[2], (uint64_t)held->args[3]);
    } else if (held->path[0] != '\0') {
        (void)snprintf(what, sizeof(what), "'%.100s'%s%.100s%s", held->path,
                       held->target[0] != '\0' ? ", '" : "", held->target,
                       held->target[0] != '\0' ? "'" : "");
    } else {
        (void)snprintf(what, sizeof(what), "%#" PRIx64 ", %#" PRIx64 ", %#" PRIx64,
                       (uint64_t)held->args[0], (uint64_t)held->args[1], (uint64_t)held->args[2]);
    }
    (void)snprintf(text, AUDIT_EFFECT_TEXT_SIZE_BYTES, "%s(%.170s)%s%s",
                   name != NULL ? name : "system call", what, call != NULL ? " inside " : "",
                   call != NULL ? point_name(call->point) : "");
    free(name);
}

enum audit_match audit_match_call(const struct audit_shared *shared,
                                  const struct seccomp_notif *notif, struct audit_slot *slot,
                                  struct audit_call **ret_call,
                                  char text[AUDIT_EFFECT_TEXT_SIZE_BYTES])
{
    struct held held = {
        .shared = shared,
        .notif = notif,
        .number = (uint32_t)notif->data.nr,
        .args = notif->data.args,
    };

    look_at(&held);
    for (uint32_t i = slot->depth; i > 0; i--) {
        if (is_call(&held, &slot->calls[i - 1])) {
            *ret_call = &slot->calls[i - 1];
            return AUDIT_MATCH_ANNOUNCED;
        }
    }
    if (is_harmless(&held)) {
        return AUDIT_MATCH_HARMLESS;
    }
    describe(&held, slot, text);
    return AUDIT_MATCH_UNANNOUNCED;
}
