/* Paths as small numbers, for prune.c: each has one number as long as the table lives. */
#ifndef HARNESS_RUN_PRUNE_PATH_H
#define HARNESS_RUN_PRUNE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRUNE_PATH_ROOT      0
#define PRUNE_PATH_COUNT_MAX (1U << 20)

struct prune_path {
    char *text;
    uint64_t hash;
    uint32_t parent;
    bool is_blind;
};

/* All zero: nothing in it, not even the root. */
struct prune_paths {
    struct prune_path *paths; /* the number is the index */
    uint32_t count;
    uint32_t capacity;
    uint32_t *slots; /* 1 + a number, by hash; 0: free */
    uint32_t slot_count;
    char *blind; /* paths that begin so are blind; NULL: none */
};

/* The number of `text`, given out when it has none.  0, -ENOMEM, or -ENOBUFS when there are too
 * many. */
int prune_path_number(struct prune_paths *paths, const char *text, uint32_t *ret_number);
/* Forgets all paths; `blind` stays. */
void prune_path_clear(struct prune_paths *paths);
/* Frees all. */
void prune_path_done(struct prune_paths *paths);

#endif
