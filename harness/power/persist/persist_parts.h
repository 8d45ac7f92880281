/* What the persist*.c share.  For nobody else. */
#ifndef HARNESS_POWER_PERSIST_PERSIST_PARTS_H
#define HARNESS_POWER_PERSIST_PERSIST_PARTS_H

#include "harness/power/disk/image_tree.h"
#include "harness/power/persist/persist.h"

#define PERSIST_SECTOR_SIZE_BYTES 512

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
    bool is_first;                     /* a page: the first write into a hole, which allocates */
    bool is_stuck;     /* a page that a failed sync left clean: no later sync writes it */
    bool is_settled;   /* durable, but for what it needs: no choice */
    bool is_in_flight; /* its operation had not ended */
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
    enum loss_model model;
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
    uint32_t *choices;    /* part of each item */
    uint32_t choice_count;
    uint32_t choice_capacity;
    uint32_t overflow; /* the oldest choices, taken as durable */
    uint8_t *kept;     /* per part, of the choice being looked at */

    size_t done;       /* ended operations that are applied */
    size_t next_entry; /* of the trace: the first that has not begun at the moment of the walk */
    struct persist_open *open;
    uint32_t open_count;
    uint32_t open_capacity;
};

/* Puts one effect into an image.  0, -ENOMEM, or -EINVAL when what it needs is not there. */
int persist_build_apply(struct persist_build *build, uint32_t inode_count,
                        const struct persist_part *part);
/* The sectors of a page's next version that reached the disk, over the page as it is. */
int persist_build_tear(struct persist_build *build, const struct persist_part *part,
                       uint8_t sectors);
/* Numbers what can be chosen. */
int persist_item_number(struct persist *persist);
/* The part that an item is. */
uint32_t persist_item_part(const struct persist *persist, uint32_t item);
/* The item that a part is; PERSIST_NONE when it is none (settled, or taken as durable). */
uint32_t persist_item_of(const struct persist *persist, uint32_t part);

#endif
