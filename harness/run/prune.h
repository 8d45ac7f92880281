/* Pruning by what was read: two images that differ only where neither recovery, nor the next
 * restart and its traffic, nor the oracle looks have the same outcome.
 *
 * Judging an image asks its disk questions: is there a name, what does a directory hold, how large
 * is a file, what are the bytes of a page.  All is deterministic, so the answers so far decide the
 * next question.  The questions of all judged images form a tree; an image that meets a leaf on its
 * way down would be judged as that leaf was, and is pruned.  A page that is written whole before it
 * is read is never asked for; one that is written in part is.
 *
 * Asked is what goes through the image's disk, its view and image_remove().  What reads an image in
 * any other way (image_clone, image_hash, image_store) must not be done while it is recorded, and
 * is refused. */
#ifndef HARNESS_RUN_PRUNE_H
#define HARNESS_RUN_PRUNE_H

#include "harness/run/image.h"

struct prune;

/* At most `node_count_max` questions are kept; a full tree takes no more (bounded memory).  NULL
 * when out of memory. */
struct prune *prune_new(size_t node_count_max);
/* Ends a recording that was not ended.  Takes NULL, returns NULL. */
struct prune *prune_free(struct prune *prune);
/* Forgets all: another trace, or what is outside the disk (ledger, clock) has changed.  Not during
 * a recording. */
void prune_clear(struct prune *prune);

/* Walks the tree with `image`'s answers: true and the leaf's digest when it ends in a leaf.
 * `context`: hash of all that decides the outcome besides the disk. */
bool prune_find(struct prune *prune, uint64_t context, struct image *image, uint64_t *ret_digest);

/* Begins to record the questions that are asked of `image`, through its disk and its view, until
 * prune_end(), which must come before image_free().  Answers are those of the image as it is now,
 * whatever is written later.  No file may be open in it.  Returns 0 or -ENOMEM. */
int prune_begin(struct prune *prune, uint64_t context, struct image *image)
    __attribute__((warn_unused_result));
/* Ends the recording and adds the leaf.  `is_kept` false: forgets it (the run did not finish).
 * Returns 0 (a full tree too); -EILSEQ when judging is not deterministic, because a run that had
 * the same answers asked another question, or ended with another digest; -ENOMEM or -ENOBUFS (too
 * many paths) when the leaf could not be added, which harms nothing but the yield. */
int prune_end(struct prune *prune, struct image *image, bool is_kept, uint64_t digest)
    __attribute__((warn_unused_result));

/* For the test of soundness: questions about paths that begin so are not asked, and -EILSEQ, which
 * that brings about, is not returned.  NULL: none.  Forgets all.  Returns 0 or -ENOMEM. */
int prune_blind(struct prune *prune, const char *path_prefix) __attribute__((warn_unused_result));
/* Questions and leaves. */
size_t prune_node_count(const struct prune *prune);

#endif
