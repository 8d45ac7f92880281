/* The order of things in one disk call: fault point, observer, system call, observer, return.
 * What the calls do is the implementation's (disk_posix.c, or a harness's memory disk). */
#include "store/disk/disk.h"

#include "store/base/ensure.h"
#include "store/base/grow.h"
#include "store/disk/faultpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* So often in a row a read or write may move nothing before it is an error. */
#define DISK_EMPTY_ATTEMPT_COUNT_MAX 3

struct disk {
    const struct disk_ops *ops;
    void *impl;
    bool faults;
    struct disk_observer observer;
};

struct disk_file {
    struct disk *disk;
    intptr_t handle;
    char path[];
};

/* One operation on its way through the layers; what it yields stands in the fields of its kind. */
struct request {
    struct disk *disk;
    struct disk_call call;
    intptr_t handle; /* of the file; result of open and create */
    bool has_handle; /* open and create: `handle` must be closed or kept */
    void *read_to;
    struct disk_list *list;
    uint64_t size_bytes; /* result of size */
};

int disk_new(const struct disk_options *options, struct disk **ret_disk)
{
    struct disk *disk = malloc(sizeof(*disk));
    if (disk == NULL) {
        options->ops->free(options->impl);
        return -ENOMEM;
    }
    *disk = (struct disk){
        .ops = options->ops,
        .impl = options->impl,
        .faults = options->faults,
        .observer = options->observer,
    };
    *ret_disk = disk;
    return 0;
}

struct disk *disk_free(struct disk *disk)
{
    if (disk != NULL) {
        disk->ops->free(disk->impl);
        free(disk);
    }
    return NULL;
}

/* The one system call of an attempt, by its operation. */
static int64_t perform(struct request *request)
{
    const struct disk_ops *ops = request->disk->ops;
    void *impl = request->disk->impl;
    const struct disk_call *call = &request->call;
    intptr_t handle = request->handle;
    switch (call->op) {
    case POINT_OP_CREATE:
    case POINT_OP_OPEN: {
        int r = ops->open(impl, call->path, call->op == POINT_OP_CREATE, &request->handle);
        request->has_handle = r >= 0;
        return r;
    }
    case POINT_OP_READ:
        return ops->read(impl, handle, call->offset, request->read_to, (size_t)call->size_bytes);
    case POINT_OP_WRITE:
        return ops->write(impl, handle, call->offset, call->data, (size_t)call->size_bytes);
    case POINT_OP_SEEK:
        return ops->seek(impl, handle, call->offset);
    case POINT_OP_SYNC:
        return ops->sync(impl, handle);
    case POINT_OP_TRUNCATE:
        return ops->truncate(impl, handle, call->size_bytes);
    case POINT_OP_LOCK:
        return ops->lock(impl, handle);
    case POINT_OP_RENAME:
        return ops->rename(impl, call->path, call->target);
    case POINT_OP_UNLINK:
        return ops->unlink(impl, call->path);
    case POINT_OP_MKDIR:
        return ops->mkdir(impl, call->path);
    case POINT_OP_SYNC_DIR:
        return ops->sync_dir(impl, call->path);
    case POINT_OP_LIST:
        return ops->list(impl, call->path, request->list);
    case POINT_OP_SIZE:
        return ops->size(impl, call->path, &request->size_bytes);
    case POINT_OP_COUNT:
        break;
    }
    ENSURE(false);
}

/* A copy, because the observer may run other disk calls of this thread before it is used up. */
static struct faultpoint_action ask_fault_point(const struct request *request)
{
    const struct faultpoint_action *action = NULL;
    if (request->disk->faults) {
        action = faultpoint_check(request->call.point);
    }
    return action != NULL ? *action
                          : (struct faultpoint_action){.limit_bytes = FAULTPOINT_NO_LIMIT};
}

/* Cuts the call to the action's limit.  An action that cuts nothing is none. */
static void limit(struct disk_call *call, struct faultpoint_action *action)
{
    if (call->op != POINT_OP_READ && call->op != POINT_OP_WRITE) {
        return;
    }
    if (call->size_bytes > action->limit_bytes) {
        call->size_bytes = action->limit_bytes;
    } else if (action->too_short != NULL) {
        action->too_short(action->arg);
        action->after = NULL;
    }
}

/* One attempt, in the order that disk.h promises. */
static int64_t attempt(struct request *request)
{
    struct disk_call *call = &request->call;
    const struct disk_observer *observer = &request->disk->observer;
    ENSURE(point_op(call->point) == call->op);

    struct faultpoint_action action = ask_fault_point(request);
    bool is_refused = action.error != 0 && action.limit_bytes == 0;
    if (!is_refused) {
        limit(call, &action);
    }
    if (observer->begin != NULL) {
        observer->begin(observer->arg, call);
    }
    int64_t result = is_refused ? 0 : perform(request);
    if (action.error != 0) {
        result = action.error;
    }
    if (observer->end != NULL) {
        observer->end(observer->arg, call, result);
    }
    if (action.after != NULL) {
        action.after(action.arg);
    }
    return result;
}

static const char *reason(int64_t code)
{
    const char *text = code > -4096 ? strerrordesc_np((int)-code) : NULL;
    return text != NULL ? text : err_name((int)code);
}

/* Paths come from topics and directory listings, so a bad one is an error, never an assertion. */
static int check_path(const char *path, struct err *err)
{
    if (strlen(path) >= DISK_PATH_SIZE_BYTES) {
        return err_set(err, -ENAMETOOLONG, "path '%.40s...': %s", path, reason(-ENAMETOOLONG));
    }
    if (path[0] == '/') {
        return err_set(err, -EINVAL, "path '%s' is not below the root: %s", path, reason(-EINVAL));
    }
    if (strchr(path, '.') == NULL) {
        return 0;
    }
    for (const char *part = path; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        if (part[0] == '.' && part[1] == '.' && (part[2] == '/' || part[2] == '\0')) {
            return err_set(err, -EINVAL, "path '%s' leaves the root: %s", path, reason(-EINVAL));
        }
    }
    return 0;
}

static struct request request_on_path(struct disk *disk, enum point point, enum point_op op,
                                      const char *path)
{
    return (struct request){.disk = disk, .call = {.point = point, .op = op, .path = path}};
}

/* Runs an operation on a path; returns 1 for the one failure that is an `answer`, too, and then
 * without a text: asking for a file that may be missing is no error (0: every failure is one). */
static int run(struct request *request, int answer, struct err *err)
{
    const struct disk_call *call = &request->call;
    int r = check_path(call->path, err);
    if (r != 0) {
        return r;
    }
    int64_t result = attempt(request);
    if (result >= 0) {
        return 0;
    }
    if (result == answer) {
        return 1;
    }
    return err_set(err, (int)result, "%s '%s': %s", point_op_name(call->op), call->path,
                   reason(result));
}

/* An operation that has a path and nothing else. */
static int run_on_path(struct disk *disk, enum point point, enum point_op op, const char *path,
                       int answer, struct err *err)
{
    struct request request = request_on_path(disk, point, op, path);
    return run(&request, answer, err);
}

static int open_file(struct disk *disk, enum point point, enum point_op op, const char *path,
                     struct disk_file **ret_file, struct err *err)
{
    struct request request = request_on_path(disk, point, op, path);
    size_t path_size_bytes = strlen(path) + 1;
    /* Memory comes first: there is nothing to undo on the disk when there is none. */
    struct disk_file *file = malloc(sizeof(*file) + path_size_bytes);
    if (file == NULL) {
        return err_set(err, -ENOMEM, "%s '%s': %s", point_op_name(op), path, reason(-ENOMEM));
    }
    int r = run(&request, 0, err);
    if (r != 0) {
        /* An action may fail a call that the system carried out: the handle is there then. */
        if (request.has_handle) {
            disk->ops->close(disk->impl, request.handle);
        }
        free(file);
        return r;
    }
    file->disk = disk;
    file->handle = request.handle;
    memcpy(file->path, path, path_size_bytes);
    *ret_file = file;
    return 0;
}

int disk_create(struct disk *disk, enum point point, const char *path, struct disk_file **ret_file,
                struct err *err)
{
    return open_file(disk, point, POINT_OP_CREATE, path, ret_file, err);
}

int disk_open(struct disk *disk, enum point point, const char *path, struct disk_file **ret_file,
              struct err *err)
{
    return open_file(disk, point, POINT_OP_OPEN, path, ret_file, err);
}

struct disk_file *disk_close(struct disk_file *file)
{
    if (file != NULL) {
        file->disk->ops->close(file->disk->impl, file->handle);
        free(file);
    }
    return NULL;
}

const char *disk_file_path(const struct disk_file *file)
{
    return file->path;
}

/* The bytes of a read (`to`) or of a write (`from`), and their place in the file. */
struct bytes_at {
    void *to;
    const void *from;
    size_t size_bytes;
    uint64_t offset;
};

/* Reads or writes all of the bytes, attempt by attempt.  Each attempt is a hit
 * of its own, so that a fault can strike between two halves of one write.  An attempt that was
 * asked for nothing (an action's limit) and one that moved nothing count as empty; a read that was
 * asked for something and got nothing has met the end of the file. */
static int transfer(struct disk_file *file, enum point point, enum point_op op,
                    const struct bytes_at *bytes, struct err *err)
{
    bool is_read = op == POINT_OP_READ;
    uint64_t offset = bytes->offset;
    size_t size_bytes = bytes->size_bytes;
    size_t done_bytes = 0;
    int empty_count = 0;
    int64_t result = 0;
    while (done_bytes < size_bytes) {
        struct request request = request_on_path(file->disk, point, op, file->path);
        request.handle = file->handle;
        request.call.offset = offset + done_bytes;
        request.call.size_bytes = size_bytes - done_bytes;
        if (is_read) {
            request.read_to = (uint8_t *)bytes->to + done_bytes;
        } else {
            request.call.data = (const uint8_t *)bytes->from + done_bytes;
        }
        result = attempt(&request);
        empty_count = result == 0 ? empty_count + 1 : 0;
        if (is_read && result == 0 && request.call.size_bytes > 0) {
            result = -ENODATA;
        } else if (empty_count == DISK_EMPTY_ATTEMPT_COUNT_MAX) {
            result = -EIO;
        }
        if (result < 0) {
            return err_set(err, (int)result, "%s %zu bytes %s '%s' at %" PRIu64 ": %s",
                           point_op_name(op), size_bytes - done_bytes, is_read ? "from" : "to",
                           file->path, offset + done_bytes, reason(result));
        }
        ENSURE((uint64_t)result <= size_bytes - done_bytes);
        done_bytes += (size_t)result;
    }
    return 0;
}

int disk_read(struct disk_file *file, enum point point, uint64_t offset, void *data,
              size_t size_bytes, struct err *err)
{
    struct bytes_at bytes = {.to = data, .size_bytes = size_bytes, .offset = offset};
    return transfer(file, point, POINT_OP_READ, &bytes, err);
}

int disk_write(struct disk_file *file, enum point point, uint64_t offset, const void *data,
               size_t size_bytes, struct err *err)
{
    struct bytes_at bytes = {.from = data, .size_bytes = size_bytes, .offset = offset};
    return transfer(file, point, POINT_OP_WRITE, &bytes, err);
}

int disk_next_data(struct disk_file *file, enum point point, uint64_t offset,
                   uint64_t *ret_next_offset, struct err *err)
{
    struct request request = request_on_path(file->disk, point, POINT_OP_SEEK, file->path);
    request.handle = file->handle;
    request.call.offset = offset;
    int64_t result = attempt(&request);
    if (result < 0) {
        return err_set(err, (int)result, "seek data in '%s' from %" PRIu64 ": %s", file->path,
                       offset, reason(result));
    }
    ENSURE((uint64_t)result >= offset);
    *ret_next_offset = (uint64_t)result;
    return 0;
}

/* An operation on an open file that moves no bytes. */
static int run_on_file(struct disk_file *file, enum point point, enum point_op op,
                       uint64_t size_bytes, struct err *err)
{
    struct request request = request_on_path(file->disk, point, op, file->path);
    request.handle = file->handle;
    request.call.size_bytes = size_bytes;
    int64_t result = attempt(&request);
    if (result >= 0) {
        return 0;
    }
    if (op == POINT_OP_TRUNCATE) {
        return err_set(err, (int)result, "truncate '%s' at %" PRIu64 ": %s", file->path, size_bytes,
                       reason(result));
    }
    return err_set(err, (int)result, "%s '%s': %s", point_op_name(op), file->path, reason(result));
}

int disk_sync(struct disk_file *file, enum point point, struct err *err)
{
    return run_on_file(file, point, POINT_OP_SYNC, 0, err);
}

int disk_truncate(struct disk_file *file, enum point point, uint64_t size_bytes, struct err *err)
{
    return run_on_file(file, point, POINT_OP_TRUNCATE, size_bytes, err);
}

int disk_lock(struct disk_file *file, enum point point, struct err *err)
{
    return run_on_file(file, point, POINT_OP_LOCK, 0, err);
}

int disk_rename(struct disk *disk, enum point point, const char *from, const char *to,
                struct err *err)
{
    struct request request = request_on_path(disk, point, POINT_OP_RENAME, from);
    request.call.target = to;
    int r = check_path(to, err);
    if (r == 0) {
        r = run(&request, 0, err);
    }
    return r == 0 ? 0 : err_wrap(err, r, "replace '%s'", to);
}

int disk_unlink(struct disk *disk, enum point point, const char *path, struct err *err)
{
    return run_on_path(disk, point, POINT_OP_UNLINK, path, 0, err);
}

int disk_mkdir(struct disk *disk, enum point point, const char *path, struct err *err)
{
    return run_on_path(disk, point, POINT_OP_MKDIR, path, -EEXIST, err);
}

int disk_sync_dir(struct disk *disk, enum point point, const char *path, struct err *err)
{
    return run_on_path(disk, point, POINT_OP_SYNC_DIR, path, 0, err);
}

/* Every implementation lists in an order of its own; by name the same store gives the same hits of
 * the same points in all of them. */
static int compare_entries(const void *left, const void *right)
{
    const struct disk_entry *a = left;
    const struct disk_entry *b = right;
    return strcmp(a->name, b->name);
}

int disk_list(struct disk *disk, enum point point, const char *path, struct disk_list *ret_list,
              struct err *err)
{
    struct disk_list list = {NULL, 0, 0};
    struct request request = request_on_path(disk, point, POINT_OP_LIST, path);
    request.list = &list;
    int r = run(&request, 0, err);
    if (r != 0) {
        disk_list_done(&list);
        return r;
    }
    if (list.count > 1) {
        qsort(list.entries, list.count, sizeof(list.entries[0]), compare_entries);
    }
    *ret_list = list;
    return 0;
}

void disk_list_done(struct disk_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].name);
    }
    free(list->entries);
    *list = (struct disk_list){NULL, 0, 0};
}

int disk_list_add(struct disk_list *list, const char *name, bool is_dir)
{
    int r =
        grow_array((void **)&list->entries, list->count, &list->capacity, sizeof(list->entries[0]));
    if (r < 0) {
        return r;
    }
    char *copy = strdup(name);
    if (copy == NULL) {
        return -ENOMEM;
    }
    list->entries[list->count++] = (struct disk_entry){.name = copy, .is_dir = is_dir};
    return 0;
}

/* Asks for a size; 1 when the file is missing and that is the `answer`. */
static int ask_size(struct disk *disk, enum point point, const char *path, int answer,
                    uint64_t *ret_size_bytes, struct err *err)
{
    struct request request = request_on_path(disk, point, POINT_OP_SIZE, path);
    int r = run(&request, answer, err);
    if (r == 0) {
        *ret_size_bytes = request.size_bytes;
    }
    return r;
}

int disk_size(struct disk *disk, enum point point, const char *path, uint64_t *ret_size_bytes,
              struct err *err)
{
    return ask_size(disk, point, path, 0, ret_size_bytes, err);
}

int disk_find(struct disk *disk, enum point point, const char *path, uint64_t *ret_size_bytes,
              struct err *err)
{
    int r = ask_size(disk, point, path, -ENOENT, ret_size_bytes, err);
    return r < 0 ? r : 1 - r;
}
