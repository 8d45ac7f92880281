/* Arrays of the oracle's readers that grow by doubling and are used again from store to store. */
#ifndef HARNESS_ORACLE_DECODE_DISK_GROW_H
#define HARNESS_ORACLE_DECODE_DISK_GROW_H

#include <stddef.h>

/* Makes room for `count` items of `item_size_bytes` in `*array` (of `*capacity` items), which may
 * move.  0 or -ENOMEM, and then nothing has changed. */
int disk_grow(void **array, size_t *capacity, size_t count, size_t item_size_bytes);

#endif
