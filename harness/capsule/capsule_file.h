/* The members of a capsule, in memory and in its file. */
#ifndef HARNESS_CAPSULE_CAPSULE_FILE_H
#define HARNESS_CAPSULE_CAPSULE_FILE_H

#include "harness/capsule/capsule_manifest.h"
#include "harness/drive/rest.h"

/* What one member holds; `data` is malloc'ed, with a NUL behind it.  NULL: there is none. */
struct capsule_file_member {
    uint8_t *data;
    size_t size_bytes;
};

/* X(field, "name in the archive") */
#define CAPSULE_FILE_MAP(X)                                                         \
    X(manifest_text, "manifest.json") /* what it is, and how the case ended */      \
    X(token, "TOKEN")                 /* for people: as failures/ have it */        \
    X(detail, "detail.txt")           /* what was violated, for people */           \
    X(scenario, "scenario.yaml")      /* the file, byte for byte */                 \
    X(base, "base.tar.gz")            /* the store that the scenario begins with */ \
    X(ledger_text, "ledger.json")     /* what was promised (capsule_ledger.h) */    \
    X(recording, "recording.trace")   /* what the disk saw (trace_file.h) */

/* All 0 is an empty one. */
struct capsule_file {
#define X(field, name) struct capsule_file_member field;
    CAPSULE_FILE_MAP(X)
#undef X
    struct image *image; /* of the store, as it is restarted */
    /* Parsed: */
    struct capsule_manifest manifest;
    struct rest rest; /* its place is the image */
    struct ledger *ledger;
};

/* Writes all members that there are, and the store in `store`, to `fd`.  Errors as of
 * capsule_tar_write(). */
int capsule_file_write(int fd, const struct capsule_file *file, const struct view *store,
                       struct err *err);
/* Reads and checks it into an empty `ret_file`, which holds nothing on failure.  A draft need have
 * no more than ledger and store.  0, -errno, -ENOMEM; ERR_CORRUPT for what is damaged, foreign or
 * hostile, ERR_USAGE for what another version made. */
int capsule_file_read(int fd, bool is_draft, struct capsule_file *ret_file, struct err *err);
/* Frees what it holds; it is empty afterwards. */
void capsule_file_done(struct capsule_file *file);

/* Takes a copy of the text.  0 or -ENOMEM. */
int capsule_file_set(struct capsule_file_member *member, const char *text);

#endif
