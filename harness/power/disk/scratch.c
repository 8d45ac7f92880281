/* Where the stores of cases live (scratch.h). */
#include "harness/power/disk/scratch.h"

#include "harness/base/process.h"
#include "harness/power/disk/dir_tree.h"
#include "store/base/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#define SCRATCH_PREFIX "killpoint-"
/* The write end of the reaper's pipe lies up here, out of the way of programs that expect low
 * descriptor numbers. */
#define SCRATCH_LIFE_FD_MIN    100
#define SCRATCH_REMOVE_TRIES   50
#define SCRATCH_REMOVE_WAIT_US 20000
/* In memory, and with a name: that of POSIX shared memory.  Containers make it small: with less
 * free than the stores of a few workers want, a disk is the better place. */
/* No header of the kernel has it. */
#define ZFS_NUMBER           0x2fc12fc1
#define MEMORY_DIR           "/dev/shm"
#define MEMORY_DIR_BYTES_MIN (UINT64_C(32) << 20)

struct scratch {
    enum scratch_kind kind;
    uint64_t size_bytes;
    pid_t owner;
    char path[PATH_MAX]; /* of the top directory; "" for a tmpfs */
    char place[SCRATCH_PLACE_SIZE_BYTES];
    bool is_fallback;
    int parent_fd; /* the directory that holds the top directory */
    int top_fd;
    int life_fd; /* write end of the reaper's pipe; deliberately inherited by exec as well */
    atomic_uint next;
};

const char *scratch_kind_name(enum scratch_kind kind)
{
    static const char *const names[] = {
#define X(id, name) [SCRATCH_##id] = (name),
        SCRATCH_KIND_MAP(X)
#undef X
    };
    ENSURE((unsigned)kind < SCRATCH_KIND_COUNT);
    return names[kind];
}

enum scratch_kind scratch_kind(const struct scratch *scratch)
{
    return scratch->kind;
}

const char *scratch_place(const struct scratch *scratch)
{
    return scratch->place;
}

const char *scratch_file_system(const struct scratch *scratch, char *ret_text,
                                size_t text_size_bytes)
{
    static const struct {
        const char *name;
        unsigned long number;
    } known[] = {{"tmpfs", TMPFS_MAGIC},     {"ext4", EXT4_SUPER_MAGIC},
                 {"xfs", XFS_SUPER_MAGIC},   {"btrfs", 0x9123683e},
                 {"f2fs", F2FS_SUPER_MAGIC}, {"overlay", OVERLAYFS_SUPER_MAGIC},
                 {"nfs", NFS_SUPER_MAGIC},   {"fuse", FUSE_SUPER_MAGIC},
                 {"ramfs", RAMFS_MAGIC},     {"zfs", ZFS_NUMBER}};
    struct statfs system;
    ret_text[0] = '\0';
    if (scratch->kind != SCRATCH_DIRECTORY) {
        (void)snprintf(ret_text, text_size_bytes, "%s", known[0].name);
        return ret_text;
    }
    if (fstatfs(scratch->top_fd, &system) < 0) {
        return ret_text;
    }
    (void)snprintf(ret_text, text_size_bytes, "%#lx", (unsigned long)system.f_type);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if ((unsigned long)system.f_type == known[i].number) {
            (void)snprintf(ret_text, text_size_bytes, "%s", known[i].name);
        }
    }
    return ret_text;
}

bool scratch_is_fallback(const struct scratch *scratch)
{
    return scratch->is_fallback;
}

const char *scratch_path(const struct scratch *scratch)
{
    return scratch->path[0] != '\0' ? scratch->path : NULL;
}

static int configure_tmpfs(int fs_fd, uint64_t size_bytes)
{
    char text[32];

    if (size_bytes > 0) {
        (void)snprintf(text, sizeof(text), "%" PRIu64, size_bytes);
        if (fsconfig(fs_fd, FSCONFIG_SET_STRING, "size", text, 0) < 0) {
            return -errno;
        }
    }
    if (fsconfig(fs_fd, FSCONFIG_SET_STRING, "mode", "0700", 0) < 0) {
        return -errno;
    }
    return fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ? -errno : 0;
}

int scratch_grow(const struct scratch *scratch, int dir_fd)
{
    if (scratch->kind == SCRATCH_DIRECTORY || scratch->size_bytes == 0) {
        return 0;
    }
    int fs_fd = fspick(dir_fd, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
    if (fs_fd < 0) {
        return -errno;
    }
    int r = fsconfig(fs_fd, FSCONFIG_SET_STRING, "size", "1g", 0) < 0 ||
                    fsconfig(fs_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0
                ? -errno
                : 0;
    (void)close(fs_fd);
    return r;
}

/* Makes a tmpfs that is attached nowhere. */
static int make_tmpfs(uint64_t size_bytes, int *ret_dir_fd)
{
    int mount_fd = -1;
    int r = 0;
    int fs_fd = fsopen("tmpfs", FSOPEN_CLOEXEC);

    if (fs_fd < 0) {
        return -errno;
    }
    r = configure_tmpfs(fs_fd, size_bytes);
    if (r < 0) {
        goto out;
    }
    mount_fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, 0);
    if (mount_fd < 0) {
        r = -errno;
        goto out;
    }
    /* The mount's own descriptor is O_PATH: it cannot be listed or synced. */
    *ret_dir_fd = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    r = *ret_dir_fd < 0 ? -errno : 0;
out:
    if (mount_fd >= 0) {
        (void)close(mount_fd);
    }
    (void)close(fs_fd);
    return r;
}

static bool can_make_tmpfs(uint64_t size_bytes)
{
    int dir_fd = -1;
    int file_fd = -1;

    if (make_tmpfs(size_bytes, &dir_fd) < 0) {
        return false;
    }
    file_fd = openat(dir_fd, "probe", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (file_fd >= 0) {
        (void)close(file_fd);
    }
    (void)close(dir_fd);
    return file_fd >= 0;
}

static int write_proc(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t written = 0;

    if (fd < 0) {
        return -errno;
    }
    written = write(fd, text, strlen(text));
    (void)close(fd);
    return written == (ssize_t)strlen(text) ? 0 : -EPERM;
}

/* Moves this process into a user namespace where it may mount, as the user that it was. */
static int enter_namespace(void)
{
    char uid_map[64];
    char gid_map[64];
    int r = 0;

    (void)snprintf(uid_map, sizeof(uid_map), "%u %u 1", (unsigned)geteuid(), (unsigned)geteuid());
    (void)snprintf(gid_map, sizeof(gid_map), "%u %u 1", (unsigned)getegid(), (unsigned)getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) {
        return -errno;
    }
    (void)write_proc("/proc/self/setgroups", "deny"); /* kernels before 3.19 have none */
    r = write_proc("/proc/self/uid_map", uid_map);
    return r < 0 ? r : write_proc("/proc/self/gid_map", gid_map);
}

/* Whether a namespace would help. A child tries, for a process that was let in half way would be
 * nobody and could not even use a directory any more. */
static bool can_enter_namespace(uint64_t size_bytes)
{
    pid_t child = process_fork(1);

    if (child < 0) {
        return false;
    }
    if (child == 0) {
        _exit(enter_namespace() == 0 && can_make_tmpfs(size_bytes) ? 0 : 1);
    }
    struct process_end end = process_reap(child);
    return process_is_well(&end);
}

static const char *top_name(const struct scratch *scratch)
{
    const char *slash = strrchr(scratch->path, '/');

    return slash != NULL ? slash + 1 : scratch->path;
}

/* A process that was killed inside a system call may still add a name while we remove. */
static void remove_top(const struct scratch *scratch)
{
    for (int i = 0; i < SCRATCH_REMOVE_TRIES; i++) {
        if (dir_tree_remove(scratch->parent_fd, top_name(scratch), NULL) == 0) {
            return;
        }
        (void)usleep(SCRATCH_REMOVE_WAIT_US);
    }
}

/* Closes everything but the two descriptors that the reaper needs: it must neither keep its own
 * pipe alive nor the terminal or log of whoever started us. */
static void keep_only(int read_fd, int parent_fd)
{
    int low = read_fd < parent_fd ? read_fd : parent_fd;
    int high = read_fd < parent_fd ? parent_fd : read_fd;

    if (low > 0) {
        (void)close_range(0, (unsigned)low - 1, 0);
    }
    if (high > low + 1) {
        (void)close_range((unsigned)low + 1, (unsigned)high - 1, 0);
    }
    (void)close_range((unsigned)high + 1, ~0U, 0);
}

_Noreturn static void reap(const struct scratch *scratch, int read_fd)
{
    char byte = 0;
    ssize_t got = 0;
    sigset_t all;

    (void)prctl(PR_SET_NAME, "killpoint-reap");
    (void)prctl(PR_SET_PDEATHSIG, 0);
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    keep_only(read_fd, scratch->parent_fd);
    (void)chdir("/");
    do {
        got = read(read_fd, &byte, 1);
    } while (got > 0 || (got < 0 && errno == EINTR));
    remove_top(scratch);
    _exit(0);
}

/* Forks twice, so that nobody has to wait for the reaper. */
static int start_reaper(struct scratch *scratch, struct err *err)
{
    int pipe_fds[2] = {-1, -1};
    pid_t child = 0;

    if (pipe2(pipe_fds, O_CLOEXEC) < 0) {
        return err_set(err, -errno, "make the reaper's pipe: %s", strerror(errno));
    }
    scratch->life_fd = fcntl(pipe_fds[1], F_DUPFD, SCRATCH_LIFE_FD_MIN);
    (void)close(pipe_fds[1]);
    child = scratch->life_fd < 0 ? -1 : fork();
    if (child < 0) {
        (void)close(pipe_fds[0]);
        return err_set(err, -EAGAIN, "start the reaper of '%s'", scratch->path);
    }
    if (child == 0) {
        (void)setsid();
        child = fork();
        if (child == 0) {
            reap(scratch, pipe_fds[0]);
        }
        _exit(child < 0 ? 1 : 0);
    }
    (void)close(pipe_fds[0]);
    struct process_end end = process_reap(child);
    if (!process_is_well(&end)) {
        return err_set(err, -EAGAIN, "start the reaper of '%s'", scratch->path);
    }
    return 0;
}

/* A place that takes no bytes is found out here and not in the middle of a case. */
static int probe_space(const struct scratch *scratch, const char *dir, struct err *err)
{
    static const char page[4096] = {1};
    int r = 0;
    int fd = openat(scratch->top_fd, "probe", O_CREAT | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, page, sizeof(page)) != (ssize_t)sizeof(page)) {
        r = errno != 0 ? -errno : -ENOSPC;
    }
    if (fd >= 0) {
        (void)close(fd);
        (void)unlinkat(scratch->top_fd, "probe", 0);
    }
    if (r < 0) {
        return err_set(err, r, "cannot write below '%s': %s", dir, strerror(-r));
    }
    return 0;
}

/* Chooses a name that nobody has; the directory itself is made when its reaper is there. */
static int name_top(struct scratch *scratch, const char *dir, struct err *err)
{
    char full[PATH_MAX];
    uint64_t random = 0;
    int length = 0;

    if (realpath(dir, full) == NULL) {
        return err_set(err, -errno, "cannot use '%s': %s", dir, strerror(errno));
    }
    scratch->parent_fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (scratch->parent_fd < 0) {
        return err_set(err, -errno, "cannot use '%s': %s", dir, strerror(errno));
    }
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return err_set(err, -EIO, "no random numbers for a directory name");
    }
    length = snprintf(scratch->path, sizeof(scratch->path), "%s/" SCRATCH_PREFIX "%d-%016" PRIx64,
                      strcmp(full, "/") == 0 ? "" : full, (int)getpid(), random);
    if (length < 0 || (size_t)length >= sizeof(scratch->path)) {
        scratch->path[0] = '\0';
        return err_set(err, -ENAMETOOLONG, "cannot use '%s': the path is too long", dir);
    }
    return 0;
}

static int open_directory(struct scratch *scratch, const char *dir, struct err *err)
{
    int r = name_top(scratch, dir, err);
    if (r < 0) {
        return r;
    }
    r = start_reaper(scratch, err);
    if (r < 0) {
        return r;
    }
    if (mkdirat(scratch->parent_fd, top_name(scratch), 0700) < 0) {
        return err_set(err, -errno, "cannot make a directory in '%s': %s", dir, strerror(errno));
    }
    scratch->top_fd =
        openat(scratch->parent_fd, top_name(scratch), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (scratch->top_fd < 0) {
        return err_set(err, -errno, "cannot open '%s': %s", scratch->path, strerror(errno));
    }
    return probe_space(scratch, dir, err);
}

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

/* What a directory left that turned out to be of no use. */
static void leave_directory(struct scratch *scratch)
{
    if (scratch->owner == getpid() && scratch->path[0] != '\0') {
        remove_top(scratch);
    }
    scratch->path[0] = '\0';
    close_fd(&scratch->top_fd);
    close_fd(&scratch->parent_fd);
    close_fd(&scratch->life_fd);
}

/* Below the memory directory, when it is one and has room for the stores of a few workers.  Else
 * `why` says what is wrong with it. */
static int open_memory_directory(struct scratch *scratch, char *why, size_t why_size_bytes)
{
    struct statvfs room;
    struct err err = ERR_INIT;
    int r = statvfs(MEMORY_DIR, &room) < 0 ? -errno : 0;
    if (r < 0) {
        (void)snprintf(why, why_size_bytes, MEMORY_DIR ": %s", strerror(-r));
        return r;
    }
    uint64_t free_bytes = (uint64_t)room.f_bavail * room.f_frsize;
    if (free_bytes < MEMORY_DIR_BYTES_MIN) {
        (void)snprintf(why, why_size_bytes, MEMORY_DIR " has %" PRIu64 " MiB free",
                       free_bytes >> 20);
        return -ENOSPC;
    }
    r = open_directory(scratch, MEMORY_DIR, &err);
    if (r < 0) {
        (void)snprintf(why, why_size_bytes, MEMORY_DIR ": %s", strerror(-r));
        leave_directory(scratch);
    }
    return r;
}

/* Neither root nor user namespaces: a directory in memory before one on a disk, where a case takes
 * twenty times as long. */
static int open_fallback(struct scratch *scratch, struct err *err)
{
    const char *temporary = getenv("TMPDIR");
    const char *dir = temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp";
    char why[96];
    struct statfs system;
    scratch->is_fallback = true;
    if (open_memory_directory(scratch, why, sizeof(why)) == 0) {
        (void)snprintf(scratch->place, sizeof(scratch->place), MEMORY_DIR " (no user namespaces)");
        return 0;
    }
    int r = open_directory(scratch, dir, err);
    if (r < 0) {
        return r;
    }
    bool is_memory = fstatfs(scratch->top_fd, &system) == 0 && system.f_type == TMPFS_MAGIC;
    (void)snprintf(scratch->place, sizeof(scratch->place), "%.60s (no user namespaces; %s)%s", dir,
                   why, is_memory ? "" : ": slow; use --dir with a directory in memory");
    return 0;
}

/* Chooses the best kind of place that is allowed here. */
static int choose_kind(struct scratch *scratch, const char *dir, struct err *err)
{
    if (dir == NULL && can_make_tmpfs(scratch->size_bytes)) {
        scratch->kind = SCRATCH_TMPFS;
    } else if (dir == NULL && can_enter_namespace(scratch->size_bytes) && enter_namespace() == 0) {
        scratch->kind = SCRATCH_TMPFS_NAMESPACE;
    } else {
        scratch->kind = SCRATCH_DIRECTORY;
        (void)snprintf(scratch->place, sizeof(scratch->place), "%.200s", dir == NULL ? "" : dir);
        return dir == NULL ? open_fallback(scratch, err) : open_directory(scratch, dir, err);
    }
    (void)snprintf(scratch->place, sizeof(scratch->place), "%s", scratch_kind_name(scratch->kind));
    return 0;
}

int scratch_open(const struct scratch_options *options, struct scratch **ret_scratch,
                 struct err *err)
{
    int r = 0;
    struct scratch *scratch = calloc(1, sizeof(*scratch));

    if (scratch == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    scratch->size_bytes = options->size_bytes;
    scratch->owner = getpid();
    scratch->parent_fd = -1;
    scratch->top_fd = -1;
    scratch->life_fd = -1;
    r = choose_kind(scratch, options->dir, err);
    if (r < 0) {
        (void)scratch_close(scratch);
        return r;
    }
    *ret_scratch = scratch;
    return 0;
}

struct scratch *scratch_close(struct scratch *scratch)
{
    if (scratch == NULL) {
        return NULL;
    }
    leave_directory(scratch);
    free(scratch);
    return NULL;
}

static int make_directory(struct scratch *scratch, int *ret_dir_fd)
{
    char name[48];
    int r = 0;

    do {
        (void)snprintf(name, sizeof(name), "%d-%u", (int)getpid(),
                       atomic_fetch_add(&scratch->next, 1U));
        r = mkdirat(scratch->top_fd, name, 0700) < 0 ? -errno : 0;
    } while (r == -EEXIST);
    if (r < 0) {
        return r;
    }
    *ret_dir_fd = openat(scratch->top_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *ret_dir_fd < 0 ? -errno : 0;
}

int scratch_make(struct scratch *scratch, int *ret_dir_fd, struct err *err)
{
    int dir_fd = -1;
    int r = scratch->kind == SCRATCH_DIRECTORY ? make_directory(scratch, &dir_fd)
                                               : make_tmpfs(scratch->size_bytes, &dir_fd);

    if (r < 0) {
        return err_set(err, r, "make a store directory (%s%s%s): %s",
                       scratch_kind_name(scratch->kind), scratch->path[0] != '\0' ? " " : "",
                       scratch->path, strerror(-r));
    }
    *ret_dir_fd = dir_fd;
    return 0;
}

void scratch_drop(struct scratch *scratch, int dir_fd)
{
    char link[48];
    char path[PATH_MAX];
    const char *slash = NULL;
    ssize_t length = 0;

    if (dir_fd < 0) {
        return;
    }
    if (scratch->kind == SCRATCH_DIRECTORY) {
        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dir_fd);
        length = readlink(link, path, sizeof(path) - 1);
        path[length > 0 ? length : 0] = '\0';
        slash = strrchr(path, '/');
        /* A directory that was removed already reads as "… (deleted)": nothing of that name. */
        if (slash != NULL && slash[1] != '\0') {
            (void)dir_tree_remove(scratch->top_fd, slash + 1, NULL);
        }
    }
    (void)close(dir_fd);
}
