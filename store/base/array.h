/* The one way in which an array grows: by doubling. */
#ifndef STORE_BASE_ARRAY_H
#define STORE_BASE_ARRAY_H

#include <stddef.h>
#include <stdint.h>

/* Makes room for one more item of `item_size_bytes` behind `count`; `items` is the address of the
 * pointer to the first one.  0 or -ENOMEM, and then nothing has changed. */
int array_grow(void *items, uint32_t count, uint32_t *capacity, size_t item_size_bytes)
    __attribute__((warn_unused_result));

#endif
