/* A store that somebody names for `fsck` or `dump`: a directory, or a capsule with one in it. */
#ifndef HARNESS_CLI_RUN_NAMED_STORE_H
#define HARNESS_CLI_RUN_NAMED_STORE_H

#include "harness/capsule/capsule.h"

struct named_store {
    const char *path; /* of the directory: as it was named, or where the capsule's is laid out */
    struct capsule *capsule; /* NULL: a directory */
    char laid_out[CAPSULE_PATH_SIZE_BYTES];
};

/* `word` must outlive it; the caller closes it.  A directory is not looked at here.  0, or the
 * errors of capsule_open(). */
int named_store_open(struct named_store *store, const char *word, struct err *err);
void named_store_close(struct named_store *store);

#endif
