/* A packed store: a directory tree as `tar -cSf - . | gzip` writes it, holes as holes, read in
 * memory.
 *
 * By our own few lines, since the worker, which needs such stores, is static and lean.  Format:
 * ustar with GNU tar's types 'L' (a long name) and 'S' (sparse, old GNU layout), after GNU tar's
 * manual, "Basic Tar Format" and "Storing Sparse Files". */
#ifndef HARNESS_BASE_PACK_H
#define HARNESS_BASE_PACK_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACK_PATH_SIZE_BYTES 512

struct pack;

/* One directory or file; `path` is below the root, without "./". */
struct pack_entry {
    char path[PACK_PATH_SIZE_BYTES];
    bool is_dir;
    uint64_t size_bytes; /* of the file, holes included */
};

/* Reads and unpacks the file `path` (at most 8 MiB, 64 MiB unpacked).  Returns 0, -errno, -ENOMEM,
 * or ERR_CORRUPT when it is no such archive. */
int pack_open(const char *path, struct pack **ret_pack, struct err *err);
/* Takes NULL, returns NULL. */
struct pack *pack_close(struct pack *pack);

/* A hash of the packed bytes: of all that is in them. */
uint64_t pack_hash(const struct pack *pack);

/* The next entry, in the archive's order; a directory comes before what is in it.  1, 0 at the end,
 * or ERR_CORRUPT: what is neither file nor directory, or lies elsewhere, is refused. */
int pack_next(struct pack *pack, struct pack_entry *ret_entry, struct err *err);
/* Calls `each` with what the entry just read holds that is no hole, in ascending order; its first
 * result that is not 0 is returned.  ERR_CORRUPT when pieces overlap or lie outside of the file. */
int pack_data(struct pack *pack,
              int (*each)(void *arg, uint64_t offset, const uint8_t *data, size_t size_bytes),
              void *arg, struct err *err);

/* The packed file `path` again with other bytes in its files: `each` may change them, whose
 * lengths, names and holes stay.  `*ret_data` is malloc'ed, the caller frees it.  As of
 * pack_open(), or what `each` returns besides 0. */
int pack_rewrite(const char *path,
                 int (*each)(void *arg, const char *path, uint64_t offset, uint8_t *data,
                             size_t size_bytes),
                 void *arg, uint8_t **ret_data, size_t *ret_size_bytes, struct err *err);

#endif
