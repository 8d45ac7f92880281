/* Arrays that grow by doubling. */
#ifndef STORE_BASE_GROW_H
#define STORE_BASE_GROW_H

#include <stddef.h>
#include <stdint.h>

/* Makes room for one more item of `item_size_bytes` behind `count` in `*array`.  0 or -ENOMEM, and
 * then nothing has changed. */
int grow_array(void **array, uint32_t count, uint32_t *capacity, size_t item_size_bytes);

/* Makes room for `added` more items behind the `used` ones, as grow_array does, for arrays whose
 * sizes are size_t and which take many items at a time.  0 or -ENOMEM, and then nothing has
 * changed. */
int grow_room(void **array, size_t used, size_t added, size_t *capacity, size_t item_size_bytes);

#endif
