/* What became of some bytes of a file in the course of a case.  Private to this folder. */
#ifndef HARNESS_REENACT_HISTORY_H
#define HARNESS_REENACT_HISTORY_H

#include "harness/reenact/reenact.h"

#define HISTORY_WINDOW_BYTES 64

/* Bytes of a file from an offset on, as far as the file goes. */
struct history_window {
    uint32_t size_bytes;
    uint8_t bytes[HISTORY_WINDOW_BYTES];
};

struct history_change {
    bool is_removal; /* the bytes went, or became zeros */
    bool is_lost;    /* and the part ended without it: the power failed, or a hand was in it */
    uint32_t part;
    size_t entry; /* the operation; of a file that was renamed into place, what wrote it */
    struct history_window before;
    struct history_window after;
};

/* The last operation that changed these bytes (1 to HISTORY_WINDOW_BYTES of them), to the end of
 * the first restart or, with `is_all`, of all of them; writing what stands there already is no
 * change.  False: none did. */
bool history_last(const struct reenact *reenact, const char *path, uint64_t offset,
                  uint32_t size_bytes, bool is_all, struct history_change *ret_change);
/* The same of the first HISTORY_WINDOW_BYTES at an offset, before the first restart. */
bool history_before_restart(const struct reenact *reenact, const char *path, uint64_t offset,
                            struct history_change *ret_change);
/* Those bytes in an image. */
void history_look(struct image *image, const char *path, uint64_t offset, uint32_t size_bytes,
                  struct history_window *ret_window);

#endif
