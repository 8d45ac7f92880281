/* The cached layer of a recorded run: an image that follows the operations, and, where syncs fail,
 * what each file held when it was last synced. Live beside a run, or made again from its trace. */
#ifndef HARNESS_POWER_TRACE_REPLICA_H
#define HARNESS_POWER_TRACE_REPLICA_H

#include "harness/power/disk/image.h"
#include "harness/power/disk/image_content.h"
#include "harness/power/trace/recording.h"
#include "harness/power/trace/trace.h"

#define REPLICA_PENDING_MAX 16

/* An operation that has begun: a sync, or a create that will make a file. */
struct replica_pending {
    const void *key; /* NULL: free */
    struct image_content *content;
};

struct replica {
    struct image *image;            /* the caller's, or the replica's own (replica_walk) */
    bool is_tracked;                /* failed syncs may revert files */
    struct image_content **durable; /* by slot of the image's files; NULL: nothing, of size 0 */
    uint32_t durable_count;
    uint32_t durable_capacity;
    struct replica_pending pending[REPLICA_PENDING_MAX];
    int status; /* what could not be followed: 0 or -ENOMEM */
};

/* Everything in `image` is durable. */
void replica_init(struct replica *replica, struct image *image, bool is_tracked);
void replica_done(struct replica *replica);
/* Around an operation; `key` is the same in both.  `sync`: how a sync is to be taken. */
void replica_begin(struct replica *replica, const void *key, enum point_op op, const char *path);
void replica_end(struct replica *replica, const void *key, enum point_op op, const char *path,
                 int64_t result, enum recording_sync sync);

/* A replica that walks a trace. */
struct replica_walk {
    struct replica replica;
    struct disk *disk;
    const struct recording *recording;
    size_t entry;
    size_t done;
};

/* `options` must outlive the walk.  0 or -ENOMEM. */
int replica_walk_init(struct replica_walk *walk, const struct recording *recording,
                      bool is_tracked);
/* Frees all but the image, which is the caller's from here on; NULL when there is none. */
struct image *replica_walk_done(struct replica_walk *walk);
/* Goes on until `done` operations have ended, and no further. */
int replica_walk_seek(struct replica_walk *walk, size_t done, struct err *err);

#endif
