#include "store/base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 4u

int array_grow(void *items, uint32_t count, uint32_t *capacity, size_t item_size_bytes)
{
    if (count < *capacity) {
        return 0;
    }
    if (*capacity > UINT32_MAX / 2) {
        return -ENOMEM;
    }
    uint32_t wanted = *capacity == 0 ? FIRST_CAPACITY : 2 * *capacity;
    void *old = NULL;
    memcpy(&old, items, sizeof(old)); /* whatever the type that it points to */
    void *grown = reallocarray(old, wanted, item_size_bytes);
    if (grown == NULL) {
        return -ENOMEM;
    }
    memcpy(items, &grown, sizeof(grown));
    *capacity = wanted;
    return 0;
}
