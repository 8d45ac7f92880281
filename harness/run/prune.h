/* Pruning by what was read: two images that differ only where neither recovery, nor the next
 * restart and its traffic, nor the oracle looks have the same outcome.
 *
 * Judging an image asks its disk questions: is there a name, what does a directory hold, how large
 * is a file, what are the bytes of a page.  All is deterministic, so the answers so far decide the
 * next question.  The questions of all judged images form a tree; an image that meets a leaf on its
 * way down would be judged as that leaf was, and is pruned.  A page that is written whole before it
 * is read is never asked for; one that is written in part is. */
#ifndef HARNESS_RUN_PRUNE_H
#define HARNESS_RUN_PRUNE_H

#include "harness/run/image.h"

struct prune;

/* At most `node_count_max` questions are kept; a full tree takes no more (bounded memory). */
struct prune *prune_new(size_t node_count_max);
struct prune *prune_free(struct prune *prune);
/* Forgets all: another trace, or what is outside the disk (ledger, clock) has changed. */
void prune_clear(struct prune *prune);

/* Walks the tree with `image`'s answers: true and the leaf's digest when it ends in a leaf.
 * `context`: hash of all that decides the outcome besides the disk. */
bool prune_find(struct prune *prune, uint64_t context, struct image *image, uint64_t *ret_digest);

/* Begins to record the questions that are asked of `image`, through its disk and its view, until
 * prune_end().  Answers are those of the image as it is now, whatever is written later. */
int prune_begin(struct prune *prune, uint64_t context, struct image *image);
/* Ends the recording and adds the leaf.  `is_kept` false: forgets it (the run did not finish). */
void prune_end(struct prune *prune, struct image *image, bool is_kept, uint64_t digest);

/* For the test of soundness: questions about paths that begin so are not asked.  NULL: none. */
void prune_blind(struct prune *prune, const char *path_prefix);
size_t prune_node_count(const struct prune *prune);

#endif
