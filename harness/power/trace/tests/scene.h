/* A small trace made by hand, through a real disk over an image, for tests of the persistence
 * models. */
#ifndef HARNESS_POWER_TRACE_TESTS_SCENE_H
#define HARNESS_POWER_TRACE_TESTS_SCENE_H

#include "harness/power/disk/image.h"
#include "harness/power/disk/image_content.h"
#include "harness/power/trace/trace.h"
#include "harness/testkit/test.h"

#define PAGE IMAGE_PAGE_SIZE_BYTES

/* A trace made through a real disk; `live` is what the cache holds. */
struct scene {
    struct image *base;
    struct image *live;
    struct trace *trace;
    struct disk *disk;
    /* Runs inside the begin of the next write, as a preemption does; its own writes may too. */
    void (*inside)(struct scene *scene);
    /* The same inside the next sync of a file. */
    void (*inside_sync)(struct scene *scene);
};

/* A buffer for each letter: a write inside another one leaves the outer one's bytes alone. */
static inline const char *scene_fill_of(char letter)
{
    static char data[128][4 * PAGE];

    memset(data[letter & 127], letter, sizeof(data[0]));
    return data[letter & 127];
}

/* Through any disk: puts `size_bytes` letters into a file, which is made when it is not there. */
static inline void scene_put(struct disk *disk, const char *path, char letter, uint64_t offset,
                             size_t size_bytes)
{
    struct disk_file *file = NULL;
    struct err err = ERR_INIT;

    if (disk_open(disk, POINT_COMMITLOG_OPEN, path, &file, NULL) < 0) {
        test_ok(disk_create(disk, POINT_COMMITLOG_CREATE, path, &file, &err), err);
    }
    if (size_bytes > 0) {
        test_ok(disk_write(file, POINT_COMMITLOG_APPEND, offset, scene_fill_of(letter), size_bytes,
                           &err),
                err);
    }
    (void)disk_close(file);
}

static inline void scene_cut(struct disk *disk, const char *path, uint64_t size_bytes)
{
    struct disk_file *file = NULL;
    struct err err = ERR_INIT;

    test_ok(disk_open(disk, POINT_COMMITLOG_OPEN, path, &file, &err), err);
    test_ok(disk_truncate(file, POINT_COMMITLOG_EXTEND, size_bytes, &err), err);
    (void)disk_close(file);
}

static inline void scene_sync_file(struct disk *disk, const char *path)
{
    struct disk_file *file = NULL;
    struct err err = ERR_INIT;

    test_ok(disk_open(disk, POINT_COMMITLOG_OPEN, path, &file, &err), err);
    test_ok(disk_sync(file, POINT_COMMITLOG_SYNC, &err), err);
    (void)disk_close(file);
}

static inline void scene_sync_dir(struct disk *disk, const char *path)
{
    struct err err = ERR_INIT;

    test_ok(disk_sync_dir(disk, POINT_QUEUE_SYNC_DIR, path, &err), err);
}

static inline void scene_make_dir(struct disk *disk, const char *path)
{
    struct err err = ERR_INIT;

    test_ok(disk_mkdir(disk, POINT_QUEUE_MKDIR, path, &err), err);
}

static inline void scene_move(struct disk *disk, const char *from, const char *to)
{
    struct err err = ERR_INIT;

    test_ok(disk_rename(disk, POINT_OFFSETS_RENAME, from, to, &err), err);
}

static inline void scene_drop(struct disk *disk, const char *path)
{
    struct err err = ERR_INIT;

    test_ok(disk_unlink(disk, POINT_COMMITLOG_CUT_FILE, path, &err), err);
}

static inline struct disk *scene_open_disk(struct image *image)
{
    struct disk *disk = NULL;

    assert_int_equal(image_disk(image, false, NULL, &disk), 0);
    return disk;
}

static inline void scene_preempt(void *arg, const struct disk_call *call)
{
    struct scene *scene = arg;
    void (**which)(struct scene * scene) = call->op == POINT_OP_WRITE  ? &scene->inside
                                           : call->op == POINT_OP_SYNC ? &scene->inside_sync
                                                                       : NULL;
    void (*inside)(struct scene * scene) = which == NULL ? NULL : *which;

    if (inside != NULL) {
        *which = NULL;
        inside(scene);
    }
}

/* Begins a trace over what `base` made (NULL: an empty disk). */
static inline void scene_begin(struct scene *scene, void (*base)(struct disk *disk))
{
    struct disk_observer next = {.arg = scene, .begin = scene_preempt};
    struct disk_observer observer;

    *scene = (struct scene){.base = image_new(), .trace = trace_new(NULL)};
    if (base != NULL) {
        struct disk *disk = scene_open_disk(scene->base);

        base(disk);
        (void)disk_free(disk);
    }
    scene->live = image_clone(scene->base);
    observer = trace_observer(scene->trace, &next);
    assert_int_equal(image_disk(scene->live, false, &observer, &scene->disk), 0);
}

static inline void scene_end(struct scene *scene)
{
    (void)disk_free(scene->disk);
    (void)image_free(scene->live);
    (void)image_free(scene->base);
    (void)trace_free(scene->trace);
}

/* The image that `make` leaves of `from`; the caller frees it. */
static inline struct image *scene_made(const struct image *from, void (*make)(struct disk *disk))
{
    struct image *image = image_clone(from);
    struct disk *disk = scene_open_disk(image);

    if (make != NULL) {
        make(disk);
    }
    (void)disk_free(disk);
    return image;
}

#endif
