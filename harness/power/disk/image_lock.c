/* One lock around every operation (image_lock.h). */
#include "harness/power/disk/image_lock.h"

#include "store/base/ensure.h"

#include <pthread.h>
#include <stdlib.h>

struct image_lock {
    pthread_mutex_t mutex;
    const struct disk_ops *ops;
    void *impl;
};

struct image_lock *image_lock_new(const struct disk_ops *ops, void *impl)
{
    struct image_lock *lock = malloc(sizeof(*lock));
    if (lock == NULL) {
        ops->free(impl);
        return NULL;
    }
    *lock = (struct image_lock){
        .mutex = PTHREAD_MUTEX_INITIALIZER,
        .ops = ops,
        .impl = impl,
    };
    return lock;
}

static struct image_lock *enter(void *impl)
{
    struct image_lock *lock = impl;
    ENSURE(pthread_mutex_lock(&lock->mutex) == 0);
    return lock;
}

static void leave(struct image_lock *lock)
{
    ENSURE(pthread_mutex_unlock(&lock->mutex) == 0);
}

static int locked_open(void *impl, const char *path, bool create, intptr_t *ret_handle)
{
    struct image_lock *lock = enter(impl);
    int r = lock->ops->open(lock->impl, path, create, ret_handle);
    leave(lock);
    return r;
}

static int64_t locked_read(void *impl, intptr_t handle, uint64_t offset, void *data,
                           size_t size_bytes)
{
    struct image_lock *lock = enter(impl);
    int64_t r = lock->ops->read(lock->impl, handle, offset, data, size_bytes);
    leave(lock);
    return r;
}

static int64_t locked_write(void *impl, intptr_t handle, uint64_t offset, const void *data,
                            size_t size_bytes)
{
    struct image_lock *lock = enter(impl);
    int64_t r = lock->ops->write(lock->impl, handle, offset, data, size_bytes);
    leave(lock);
    return r;
}

static int64_t locked_seek(void *impl, intptr_t handle, uint64_t offset)
{
    struct image_lock *lock = enter(impl);
    int64_t r = lock->ops->seek(lock->impl, handle, offset);
    leave(lock);
    return r;
}

static int locked_sync(void *impl, intptr_t handle)
{
    struct image_lock *lock = enter(impl);
    int r = lock->ops->sync(lock->impl, handle);
    leave(lock);
    return r;
}

static int locked_truncate(void *impl, intptr_t handle, uint64_t size_bytes)
{
    struct image_lock *lock = enter(impl);
    int r = lock->ops->truncate(lock->impl, handle, size_bytes);
    leave(lock);
    return r;
}

static int locked_lock(void *impl, intptr_t handle)
{
    struct image_lock *lock = enter(impl);
    int r = lock->ops->lock(lock->impl, handle);
    leave(lock);
    return r;
}

static int locked_rename(void *impl, const char *from, const char *to)
{
    struct image_lock *lock = enter(impl);
    int r = lock->ops->rename(lock->impl, from, to);
    leave(lock);
    return r;
}

static int locked_unlink(void *impl, const char *path)
{
    struct image_lock *lock = enter(impl);
    int r = lock->ops->unlink(lock->impl, path);
    leave(lock);
    return r;
}

static int locked_mkdir(void *impl, const char *path)
{
    struct image_lock *lock = enter(impl);
    int r = lock->ops->mkdir(lock->impl, path);
    leave(lock);
    return r;
}

static int locked_sync_dir(void *impl, const char *path)
{
    struct image_lock *lock = enter(impl);
    int r = lock->ops->sync_dir(lock->impl, path);
    leave(lock);
    return r;
}

static int locked_list(void *impl, const char *path, struct disk_list *list)
{
    struct image_lock *lock = enter(impl);
    int r = lock->ops->list(lock->impl, path, list);
    leave(lock);
    return r;
}

static int locked_size(void *impl, const char *path, uint64_t *ret_size_bytes)
{
    struct image_lock *lock = enter(impl);
    int r = lock->ops->size(lock->impl, path, ret_size_bytes);
    leave(lock);
    return r;
}

static void locked_close(void *impl, intptr_t handle)
{
    struct image_lock *lock = enter(impl);
    lock->ops->close(lock->impl, handle);
    leave(lock);
}

static void locked_free(void *impl)
{
    struct image_lock *lock = impl;
    lock->ops->free(lock->impl);
    ENSURE(pthread_mutex_destroy(&lock->mutex) == 0);
    free(lock);
}

const struct disk_ops image_lock_ops = {
    .open = locked_open,
    .close = locked_close,
    .read = locked_read,
    .write = locked_write,
    .seek = locked_seek,
    .sync = locked_sync,
    .truncate = locked_truncate,
    .lock = locked_lock,
    .rename = locked_rename,
    .unlink = locked_unlink,
    .mkdir = locked_mkdir,
    .sync_dir = locked_sync_dir,
    .list = locked_list,
    .size = locked_size,
    .free = locked_free,
};
