/* The questions that judging asks of a disk, and an image's answers to them.  For prune.c and
 * prune_record.c. */
#ifndef HARNESS_RUN_PRUNE_ANSWER_H
#define HARNESS_RUN_PRUNE_ANSWER_H

#include "harness/run/image_tree.h"

enum prune_kind {
    PRUNE_ENTRY, /* what is at the path: nothing, a file, a directory */
    PRUNE_LIST,  /* the names in a directory, and their kinds */
    PRUNE_SIZE,  /* of a file */
    PRUNE_PAGE,  /* its bytes; a hole is a page of zeros */
    PRUNE_KIND_COUNT
};

struct prune_question {
    uint64_t page_index; /* PRUNE_PAGE */
    uint32_t path;       /* prune_path.h */
    uint32_t kind;
};

struct prune_asked {
    struct prune_question question;
    uint64_t answer;
};

/* `entry`: NULL when there is none. */
uint64_t prune_answer_entry(const struct image_entry *entry);
uint64_t prune_answer_list(const struct image *image, const char *path);
uint64_t prune_answer_size(const struct image_content *content);
uint64_t prune_answer_page(const struct image_content *content, uint64_t page_index);

#endif
