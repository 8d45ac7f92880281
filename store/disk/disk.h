/* Seam 1: everything that touches a file goes through here, and every call names its point.
 *
 * Per call, in this order: ask the fault point (a kill never returns), only on a disk opened
 * with faults on; announce the operation to the observer; one system call of the
 * implementation; report the result to the observer; the action's `after`; return.
 * A short read or write is continued, as another hit of the same point; three in a row that move
 * nothing are -EIO.
 *
 * An action's limit caps reads and writes, and `begin` sees the capped bytes; limit 0 with an error
 * is a refusal: no system call, `begin` sees all that was asked for, the result is the error.
 * Elsewhere only that refusal, an error and `after` mean anything.
 *
 * Paths are relative to the store's root directory ("" is the root itself), '/'-separated; one that
 * is too long, absolute or has ".." in it is -ENAMETOOLONG or -EINVAL, without a hit. Any number of
 * threads may use a disk at once, if its observer allows it. */
#ifndef STORE_DISK_DISK_H
#define STORE_DISK_DISK_H

#include "store/base/err.h"
#include "store/disk/point.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disk;
struct disk_file;

#define DISK_PATH_SIZE_BYTES 320

/* One operation as the observer sees it.  `data` is what a write will attempt (valid during
 * the callback).  `target` is the new name of a rename.  `size_bytes`: bytes of a read or write,
 * the new size of a truncate.  `offset`: of a read, a write or a seek. */
struct disk_call {
    enum point point;
    enum point_op op;
    const char *path;
    const char *target;
    uint64_t offset;
    const void *data;
    uint64_t size_bytes;
};

/* result: >= 0 (bytes for read and write, an offset for seek) or a negated errno. */
struct disk_observer {
    void *arg;
    void (*begin)(void *arg, const struct disk_call *call);
    void (*end)(void *arg, const struct disk_call *call, int64_t result);
};

/* A name in a directory. */
struct disk_entry {
    char *name;
    bool is_dir;
};

/* Names in ascending byte order. */
struct disk_list {
    struct disk_entry *entries;
    uint32_t count;
    uint32_t capacity;
};

/* An implementation: each function makes exactly one attempt and returns >= 0 or a negated
 * errno.  Handles are the implementation's own.  read and write may be short. */
struct disk_ops {
    int (*open)(void *impl, const char *path, bool create, intptr_t *ret_handle);
    void (*close)(void *impl, intptr_t handle);
    int64_t (*read)(void *impl, intptr_t handle, uint64_t offset, void *data, size_t size_bytes);
    int64_t (*write)(void *impl, intptr_t handle, uint64_t offset, const void *data,
                     size_t size_bytes);
    int64_t (*seek)(void *impl, intptr_t handle, uint64_t offset); /* see disk_next_data */
    int (*sync)(void *impl, intptr_t handle);
    int (*truncate)(void *impl, intptr_t handle, uint64_t size_bytes);
    int (*lock)(void *impl, intptr_t handle);
    int (*rename)(void *impl, const char *from, const char *to);
    int (*unlink)(void *impl, const char *path);
    int (*mkdir)(void *impl, const char *path);
    int (*sync_dir)(void *impl, const char *path);
    int (*list)(void *impl, const char *path, struct disk_list *list); /* use disk_list_add */
    int (*size)(void *impl, const char *path, uint64_t *ret_size_bytes);
    void (*free)(void *impl);
};

struct disk_options {
    const struct disk_ops *ops;
    void *impl;  /* owned by the disk from here on: ops->free at disk_free */
    bool faults; /* ask libfiu at every call; off for replays and image building */
    struct disk_observer observer; /* begin and end may be NULL */
};

/* Returns -ENOMEM when out of memory; `impl` is then freed. */
int disk_new(const struct disk_options *options, struct disk **ret_disk);
/* Frees the disk and its implementation; files still open must have been closed before. Takes
 * NULL, returns NULL. */
struct disk *disk_free(struct disk *disk);

/* Creates (or opens, when it exists) a file for reading and writing. */
int disk_create(struct disk *disk, enum point point, const char *path, struct disk_file **ret_file,
                struct err *err);
/* Opens an existing file for reading and writing; -ENOENT when there is none. */
int disk_open(struct disk *disk, enum point point, const char *path, struct disk_file **ret_file,
              struct err *err);
/* Closes without any effect on the disk, so it has no point.  Takes NULL, returns NULL. */
struct disk_file *disk_close(struct disk_file *file);
/* The path as it was opened, relative to the disk's root; valid until the file is closed. */
const char *disk_file_path(const struct disk_file *file);

/* Reads exactly `size_bytes`; the file ending before is -ENODATA, which is an error and never
 * an end of anything. */
int disk_read(struct disk_file *file, enum point point, uint64_t offset, void *data,
              size_t size_bytes, struct err *err);
/* Writes all of `data`; on an error a prefix of it may be in the file. Nothing is durable. */
int disk_write(struct disk_file *file, enum point point, uint64_t offset, const void *data,
               size_t size_bytes, struct err *err);
/* Where, from `offset` on, the next bytes begin that may be other than zero; the file's size when
 * none do.  What is skipped reads as zeros: a file system that cannot say where its holes are says
 * `offset`.  The file ending before `offset` is -ENODATA, as for disk_read. */
int disk_next_data(struct disk_file *file, enum point point, uint64_t offset,
                   uint64_t *ret_next_offset, struct err *err);
/* fdatasync: what was written before the call began is durable when it returns 0. */
int disk_sync(struct disk_file *file, enum point point, struct err *err);
/* Sets the size; what is added reads as zeros. Size and zeros are durable after the next disk_sync
 * of the file. */
int disk_truncate(struct disk_file *file, enum point point, uint64_t size_bytes, struct err *err);
/* Takes the exclusive lock of RocketMQ (byte 0) until the file is closed; -EAGAIN when another
 * process, or another open of the file in this one, has it. */
int disk_lock(struct disk_file *file, enum point point, struct err *err);

/* Puts `from` in the place of `to`, which may exist. After a crash the name is the old or the new
 * one, never neither; it is the new one for good once disk_sync_dir of its directory returned 0.
 */
int disk_rename(struct disk *disk, enum point point, const char *from, const char *to,
                struct err *err);
/* Removes a name; -ENOENT when there is none. Until disk_sync_dir returned 0 a power loss may
 * bring it back. */
int disk_unlink(struct disk *disk, enum point point, const char *path, struct err *err);
/* Makes one directory; an existing one is no error: returns 1 then, 0 when made. */
int disk_mkdir(struct disk *disk, enum point point, const char *path, struct err *err);
/* Makes the entries of a directory durable: files created, renamed or removed in it before the
 * call began. The contents of those files are not its business. */
int disk_sync_dir(struct disk *disk, enum point point, const char *path, struct err *err);
/* -ENOENT when the directory is missing.  The caller ends with disk_list_done. */
int disk_list(struct disk *disk, enum point point, const char *path, struct disk_list *ret_list,
              struct err *err);
/* Frees what disk_list filled in. */
void disk_list_done(struct disk_list *list);
/* For implementations: adds a copy of `name`.  Returns 0 or -ENOMEM. */
int disk_list_add(struct disk_list *list, const char *name, bool is_dir);
/* -ENOENT when missing. */
int disk_size(struct disk *disk, enum point point, const char *path, uint64_t *ret_size_bytes,
              struct err *err);
/* The same where a missing file is no error: returns 0 then, 1 when it is there. */
int disk_find(struct disk *disk, enum point point, const char *path, uint64_t *ret_size_bytes,
              struct err *err);

#endif
