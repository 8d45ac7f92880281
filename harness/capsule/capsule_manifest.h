/* What a capsule says of itself: its manifest.json. */
#ifndef HARNESS_CAPSULE_CAPSULE_MANIFEST_H
#define HARNESS_CAPSULE_CAPSULE_MANIFEST_H

#include "harness/case/campaign.h"
#include "store/base/err.h"

/* Grows when a member or a field changes its meaning or goes: an older program then refuses. */
#define CAPSULE_MANIFEST_VERSION 1

#define CAPSULE_MANIFEST_TEXT_SIZE_BYTES 256

/* What was taken out of a capsule without bodies. */
struct capsule_manifest_removed {
    bool is_any;
    uint64_t bodies;      /* of records: filled, their lengths and checksums kept right */
    uint64_t body_bytes;  /* in them */
    uint64_t values;      /* of KEYS and of user properties */
    uint64_t loose_bytes; /* in files of the log, outside of any record: filled */
    uint64_t seeded;      /* of the bodies, those that replay makes again from the seed */
};

/* All but the members themselves. */
struct capsule_manifest {
    char made_by[CAPSULE_MANIFEST_TEXT_SIZE_BYTES]; /* the program's version */
    char scenario[TOKEN_NAME_SIZE_BYTES];
    char token[TOKEN_TEXT_SIZE_BYTES];
    bool passed;           /* its scenario allows the outcome */
    struct ending end;     /* of the case */
    struct ending restart; /* of the restart protocol over the store that lies here, by itself */
    uint64_t store_hash;   /* tree_hash.h, of that store */
    char no_recording[CAPSULE_MANIFEST_TEXT_SIZE_BYTES]; /* why there is none; "": there is */
    struct capsule_manifest_removed removed;
};

/* As JSON; the caller frees it.  0 or -ENOMEM. */
int capsule_manifest_print(const struct capsule_manifest *manifest, char **ret_text,
                           struct err *err);
/* 0, -ENOMEM, ERR_CORRUPT, or ERR_USAGE for one of a later version. */
int capsule_manifest_parse(const char *text, size_t text_size_bytes,
                           struct capsule_manifest *ret_manifest, struct err *err);

/* "violated acked-survives queue-true", for people; `text` is filled. */
void capsule_manifest_say(const struct ending *ending, char *text, size_t text_size_bytes);
/* Whether two ended alike, as far as both say. */
bool capsule_manifest_is_same(const struct ending *one, const struct ending *other);

#endif
