/* The two layers of the walk (persist.h): what is durable, the floor, and the un-synced parts above
 * it.  Private to this folder.
 *
 * A part is one effect of one operation, in the order of the effects.  It needs other parts:
 * without the file there is no page of it, without the version before no later one.  An item is a
 * part that a loss may choose about. */
#ifndef HARNESS_POWER_PERSIST_LAYERS_H
#define HARNESS_POWER_PERSIST_LAYERS_H

#include "harness/power/disk/image_tree.h"
#include "harness/power/persist/persist_model.h"
#include "harness/power/trace/recording.h"

#define PERSIST_SECTOR_SIZE_BYTES 512

/* What becomes of a part by the sync that is being applied; at any other time all are left. */
enum persist_fate {
    PERSIST_FATE_LEFT,
    PERSIST_FATE_COVERED, /* by the sync, but not yet in the floor */
    PERSIST_FATE_DURABLE, /* in the floor now */
    PERSIST_FATE_GONE     /* nothing can show it any more */
};

/* One un-synced effect. */
struct persist_part {
    enum persist_kind kind;
    enum point_op op;        /* of an entry */
    uint32_t entry;          /* in the trace */
    uint32_t inode;          /* whose page, size or name */
    uint32_t replaced;       /* rename: the inode that lay at the target; or PERSIST_NONE */
    uint64_t page_index;     /* of a page */
    uint64_t size_bytes;     /* the new size; of a page: the size that it brings with it */
    struct image_page *page; /* of a page: its bytes after the operation; counted */
    const char *path;
    const char *target;
    uint64_t end_sequence;
    uint32_t needs[PERSIST_NEEDS_MAX]; /* indexes among the parts, or PERSIST_NONE */
    enum persist_fate fate;
    uint32_t moved_to; /* while parts are removed: its new index, or what to need in its stead */
    bool is_first;     /* a page: the first write into a hole, which allocates */
    bool is_stuck;     /* a page that a failed sync left clean: no later sync writes it */
    bool is_settled;   /* durable, but for what it needs: no choice */
    bool is_in_flight; /* its operation had not ended */
    bool is_kept;      /* the loss that is being looked at keeps it */
};

struct persist_inode {
    bool is_dir;
    const char *dir_path; /* of a directory */
    uint32_t cached_slot; /* IMAGE_NO_FILE: no name leads to it any more */
    struct image_content
        *synced; /* what the last good sync of the file covered; counted, or NULL */
};

/* An operation that has begun and not ended. */
struct persist_open {
    uint32_t entry;
    struct image_content *content; /* of a file's sync: the file as it began; counted, or NULL */
};

/* An image that effects are put into, with the place of each inode in it. */
struct persist_build {
    struct image *image;
    uint32_t *slots; /* per inode; IMAGE_NO_FILE: not there */
};

struct persist {
    struct recording recording;
    enum loss_model loss_model;
    const struct persist_model *model;
    struct image *cached;       /* everything that has ended */
    struct persist_build floor; /* everything that is durable and can be reached */
    struct persist_build work;  /* of persist_loss_image(); its image is built anew each time */

    struct persist_inode *inodes;
    uint32_t inode_count;
    uint32_t ended_inode_count; /* without those that operations in flight make */
    uint32_t inode_capacity;
    uint32_t *slot_inodes; /* of the cached image: slot -> inode */
    uint32_t slot_capacity;

    struct persist_part *parts; /* in the order of their effect; those in flight last */
    uint32_t part_count;
    uint32_t part_capacity;
    uint32_t ended_count; /* parts of ended operations */
    uint32_t *choosable; /* parts that are not settled; the items are these, without the overflow */
    uint32_t choosable_count;
    uint32_t choosable_capacity;
    uint32_t overflow; /* the oldest of them, taken as durable */

    size_t done;       /* ended operations that are applied */
    size_t next_entry; /* of the trace: the first that has not begun at the moment of the walk */
    struct persist_open *open;
    uint32_t open_count;
    uint32_t open_capacity;
};

/* persist_inode.c: inodes by number, and by name in the cached layer. */
int persist_inode_add(struct persist *persist, bool is_dir, const char *dir_path, uint32_t slot,
                      uint32_t *ret_inode);
int persist_inode_bind(struct persist *persist, uint32_t slot, uint32_t inode);
/* PERSIST_NONE when nothing is called so. */
uint32_t persist_inode_find(const struct persist *persist, const char *path);

/* persist_part.c: parts, and what each needs. */
int persist_part_add(struct persist *persist, struct persist_part *part);
void persist_part_drop(struct persist_part *part);
bool persist_part_is_same_page(const struct persist_part *part, const struct persist_part *like);
/* Whether `path` lies directly in the directory `dir` ("" is the root). */
bool persist_part_is_directly_in(const char *path, const char *dir);

/* persist_effect.c: puts the effect of an operation into the cached layer and among the parts. */
int persist_effect_apply(struct persist *persist, const struct trace_entry *entry, uint32_t index,
                         bool in_flight);

/* persist_sync.c: puts what a sync covers into the floor; of a sync that fails or lies, what the
 * recording says.  `content`: the file as the sync began; NULL: it had no name then. */
int persist_sync_apply(struct persist *persist, const struct trace_entry *sync,
                       struct image_content *content);

/* persist_build.c: puts one effect into an image.  0, -ENOMEM, or -EINVAL when what it needs is not
 * there. */
int persist_build_apply(struct persist_build *build, uint32_t inode_count,
                        const struct persist_part *part);
/* The sectors of a page's next version that reached the disk, over the page as it is. */
int persist_build_tear(struct persist_build *build, const struct persist_part *part,
                       uint8_t sectors);

/* persist_item.c: numbers what can be chosen. */
int persist_item_number(struct persist *persist);
/* The part that an item is. */
uint32_t persist_item_part(const struct persist *persist, uint32_t item);
/* The item that a part is; PERSIST_NONE when it is none (settled, or taken as durable). */
uint32_t persist_item_of(const struct persist *persist, uint32_t part);

#endif
