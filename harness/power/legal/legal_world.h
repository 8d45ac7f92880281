/* The world of a trace at one moment, which the legality check holds images against (legal.h).
 * Private to this folder.
 *
 * The world knows of every name which files it can stand for, of every page which versions it may
 * have, of every file which sizes.  It makes no images and lists no choices: an image is held
 * against it. */
#ifndef HARNESS_POWER_LEGAL_LEGAL_WORLD_H
#define HARNESS_POWER_LEGAL_LEGAL_WORLD_H

#include "harness/case/loss.h"
#include "harness/power/disk/image_tree.h"
#include "harness/power/trace/recording.h"

#define LEGAL_NONE      UINT32_MAX
#define LEGAL_DEPS_MAX  4
#define LEGAL_NAMES_MAX 2

/* One state of a page: what a write left there, or what was there before the trace. */
struct legal_version {
    uint64_t order; /* place among the operations, in the order of their ends; 0: before all */
    uint64_t end_sequence;
    uint64_t reach_bytes;  /* the file is at least so long when this version is there */
    uint64_t room_order;   /* the truncate that made room for the page; 0: none */
    uint64_t hash;         /* as image_content_page_hash */
    uint32_t extent_bytes; /* zeros from here on, whatever `data` holds */
    bool is_first_fill;    /* there was no such page in the cache before */
    bool is_clean;         /* no later sync covers it */
    bool is_gone;          /* a hole, or cut away whole and for good */
    bool is_in_flight;
    const uint8_t *data; /* NULL: zeros */
    uint8_t *own_data;   /* the same, when it must be freed */
};

/* A page that the trace wrote.  versions[0] is what is durable. */
struct legal_page {
    uint64_t index;
    struct legal_version *versions;
    uint32_t version_count;
    uint32_t version_capacity;
    bool is_durable_written; /* a write became durable, not only the base */
};

struct legal_size {
    uint64_t order;
    uint64_t end_sequence;
    uint64_t value_bytes;
    uint64_t before_bytes; /* in the cache, before it */
    bool is_growth;        /* at least that size; else exactly */
    bool is_in_flight;
};

struct legal_inode {
    bool is_dir;
    const struct image_content *base; /* NULL: made by the trace */
    uint64_t base_cut_bytes;          /* bytes of the base from here on were cut for good */
    struct legal_page *pages;         /* ascending */
    uint32_t page_count;
    uint32_t page_capacity;
    struct legal_size *sizes; /* sizes[0] is the durable one */
    uint32_t size_count;
    uint32_t size_capacity;
    uint64_t cached_size_bytes;
    bool has_rest;   /* at this moment: un-synced effects of operations that had ended */
    uint32_t prefix; /* while a prefix is tried: which size */
};

/* A step in the namespace that is not durable, or waits for one that is not. */
struct legal_step {
    uint64_t order;
    uint64_t end_sequence;
    uint32_t inode; /* what is made, moved or removed */
    uint32_t name_count;
    uint32_t names[LEGAL_NAMES_MAX];
    uint32_t after[LEGAL_NAMES_MAX]; /* what each name stands for then; LEGAL_NONE: nothing */
    uint32_t deps[LEGAL_DEPS_MAX];   /* steps; LEGAL_NONE: none */
    bool is_pending;
    bool is_covered; /* by a sync; still pending: there as soon as its deps are */
    bool is_in_flight;
    bool is_kept; /* while choices are tried */
};

/* A path that ever was. */
struct legal_name {
    char *path;
    uint32_t parent; /* LEGAL_NONE: the root */
    uint32_t next_in_bucket;
    uint32_t durable; /* the inode it stands for, or LEGAL_NONE */
    uint32_t *steps;  /* pending ones, in order */
    uint32_t step_count;
    uint32_t step_capacity;
    /* While an image is checked: */
    uint32_t seen; /* index of its entry, LEGAL_NONE: absent */
    uint32_t last_match;
    uint32_t kept_count;
    bool is_closed;
};

/* One thing that was added for operations in flight, to be taken back. */
struct legal_undo {
    enum { LEGAL_UNDO_VERSION, LEGAL_UNDO_SIZE, LEGAL_UNDO_STEP } kind;
    uint32_t inode;
    uint64_t page_index;
    uint64_t cached_size_bytes;
};

struct legal_world {
    struct recording recording;
    enum loss_model model;
    struct legal_inode *inodes;
    uint32_t inode_count;
    uint32_t inode_capacity;
    struct legal_step *steps;
    uint32_t step_count;
    uint32_t step_capacity;
    uint32_t first_pending; /* every step before is not */
    struct legal_name *names;
    uint32_t name_count;
    uint32_t name_capacity;
    uint32_t *buckets;
    uint32_t bucket_count;
    struct legal_undo *undos;
    uint32_t undo_count;
    uint32_t undo_capacity;
    uint64_t *begins_min;  /* of the done operations from here on */
    uint32_t *never_ended; /* entries */
    uint32_t never_ended_count;
    uint32_t *flights; /* entries: what is in flight at this moment */
    uint32_t flight_count;
    uint32_t flight_capacity;
    uint64_t order;
    size_t done; /* operations that are applied */
    bool has_flights;
    bool is_in_flight; /* of the operation that is being applied */
};

/* legal_world.c: from the trace to the world. */
int legal_world_init(struct legal_world *world, const struct recording *recording,
                     enum loss_model model, struct err *err);
void legal_world_done(struct legal_world *world);
/* Brings it to the moment just before the end of the `done`-th ended operation. */
int legal_world_seek(struct legal_world *world, size_t done, struct err *err);

/* legal_apply.c: what an operation of the trace does to the world. */
int legal_apply(struct legal_world *world, size_t entry_index, struct err *err);

/* legal_sync.c: what a sync does to the world. */
void legal_sync_file(struct legal_world *world, uint32_t inode, const struct trace_entry *entry,
                     enum recording_sync how);
void legal_sync_dir(struct legal_world *world, const char *path, const struct trace_entry *entry);

/* legal_undo.c: notes what is added while operations in flight are applied.  0 or -ENOMEM. */
int legal_undo_note(struct legal_world *world, const struct legal_undo *undo);
/* Takes it all back, the last first. */
void legal_undo_all(struct legal_world *world);

/* legal_name.c: the name of `path`; LEGAL_NONE when it never was. */
uint32_t legal_name_find(const struct legal_world *world, const char *path);
/* Finds it, or adds one that stands for nothing.  0 or -ENOMEM. */
int legal_name_get(struct legal_world *world, const char *path, uint32_t *ret_name);
void legal_name_clear(struct legal_world *world);
/* The inode that the name stands for after `count` of its pending steps, and in the cache, after
 * all of them; LEGAL_NONE: none. */
uint32_t legal_name_after(const struct legal_world *world, uint32_t name, uint32_t count);
uint32_t legal_name_cached(const struct legal_world *world, uint32_t name);
/* The file that is open under that path; LEGAL_NONE when there is none. */
uint32_t legal_name_cached_file(const struct legal_world *world, const char *path);
/* Whether there is, in the cache, a directory for the name to be in. */
bool legal_name_has_parent(const struct legal_world *world, const char *path);

/* legal_inode.c: 0 or -ENOMEM.  `base`: what it holds before the trace; NULL: the trace made it. */
int legal_inode_add(struct legal_world *world, bool is_dir, const struct image_content *base,
                    uint32_t *ret_inode);
void legal_inode_clear(struct legal_inode *inode);
int legal_inode_write(struct legal_world *world, uint32_t inode, const struct trace_entry *entry,
                      uint64_t size_bytes);
int legal_inode_truncate(struct legal_world *world, uint32_t inode,
                         const struct trace_entry *entry);

/* legal_page.c: what pages hold. */
struct legal_page *legal_page_find(const struct legal_inode *inode, uint64_t page_index);
/* Finds it, or begins to track it. */
int legal_page_get(struct legal_inode *inode, uint64_t page_index, struct legal_page **ret_page);
/* What the base holds there, as far as it was not cut for good. */
void legal_page_base(const struct legal_inode *inode, uint64_t page_index,
                     struct legal_version *ret_version);
void legal_page_rehash(struct legal_version *version);
/* The hash of the version when only `keep_bytes` of it are left. */
uint64_t legal_page_hash(const struct legal_version *version, uint32_t keep_bytes);
/* Copies the version, cut at `keep_bytes`. */
void legal_page_copy(const struct legal_version *version, uint32_t keep_bytes, uint8_t *ret_data);
/* How much of the version is left once sizes[1] to sizes[size_index] are there too. */
uint32_t legal_page_keep_bytes(const struct legal_inode *inode, const struct legal_version *version,
                               uint64_t page_index, uint32_t size_index);
void legal_page_drop(struct legal_page *page, uint32_t version_count);
void legal_page_free_version(struct legal_version *version);
/* How much of `size_bytes` lies in the page. */
uint32_t legal_page_part_bytes(uint64_t size_bytes, uint64_t page_index);

/* legal_file.c: whether one file of the image can be that inode. */
struct legal_file_choice {
    uint32_t size_first; /* which of the inode's sizes may be there */
    uint32_t size_last;
    bool is_rest_kept;    /* all that had ended is there */
    bool is_rest_dropped; /* nothing but what is durable */
};
bool legal_file_fits(const struct legal_world *world, uint32_t inode, struct image_content *content,
                     const struct legal_file_choice *choice, struct err *err);

/* legal_explain.c: whether names, sizes and pages fit together. */
int legal_explain(struct legal_world *world, struct image *image, struct err *err);

#endif
