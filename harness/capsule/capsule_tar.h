/* The bytes of a capsule: an ordinary tar in an LZ4 frame, which `lz4 -dc X | tar tv` lists.
 *
 * Format: POSIX.1-2001 pax, files with holes as GNU tar's sparse format 1.0; the frame carries a
 * checksum of the whole content, so that damage anywhere is found before anything is believed. */
#ifndef HARNESS_CAPSULE_CAPSULE_TAR_H
#define HARNESS_CAPSULE_CAPSULE_TAR_H

#include "harness/power/disk/image.h"

/* Where the store lies in the archive: its files are members "crashed/...". */
#define CAPSULE_TAR_STORE "crashed"
/* More than any case has; what is past it is refused before memory is taken. */
#define CAPSULE_TAR_PACKED_SIZE_BYTES_MAX  (UINT64_C(256) << 20)
#define CAPSULE_TAR_CONTENT_SIZE_BYTES_MAX (UINT64_C(1) << 30)
#define CAPSULE_TAR_FILE_SIZE_BYTES_MAX    (UINT64_C(8) << 30)
#define CAPSULE_TAR_ENTRIES_MAX            100000u

struct capsule_tar_member {
    const char *name;
    const void *data;
    size_t size_bytes;
};

/* Writes the members, then the whole store, from where `fd` stands.  Holes cost neither time nor
 * bytes.  0, -errno, -ENOMEM, or ERR_USAGE for a store that is larger than what is read back. */
int capsule_tar_write(int fd, const struct capsule_tar_member *members, uint32_t count,
                      const struct view *store, struct err *err);

struct capsule_tar_taker {
    /* A member that is no file of the store; `data` is the callee's to free when it returns 0.
     * ERR_CORRUPT: no such member is known. */
    int (*member)(void *arg, const char *name, uint8_t *data, size_t size_bytes);
    void *arg;
    struct image *image; /* takes the store's files */
};

/* Reads all of it into memory; nothing is written anywhere, whatever names it has.  0, -errno,
 * -ENOMEM, or ERR_CORRUPT when it is no such archive, is damaged, or has what no capsule has:
 * links, devices, names that climb, sizes past the limits. */
int capsule_tar_read(int fd, const struct capsule_tar_taker *taker, struct err *err);

#endif
