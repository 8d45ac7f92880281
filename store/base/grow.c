#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_CAPACITY 4u
/* Of what takes many items at a time. */
#define FIRST_ROOM 256u

int grow_array(void **array, uint32_t count, uint32_t *capacity, size_t item_size_bytes)
{
    if (count < *capacity) {
        return 0;
    }
    uint32_t wanted = *capacity == 0 ? FIRST_CAPACITY : 2 * *capacity;
    void *grown = reallocarray(*array, wanted, item_size_bytes);
    if (grown == NULL) {
        return -ENOMEM;
    }
    *array = grown;
    *capacity = wanted;
    return 0;
}

int grow_room(void **array, size_t used, size_t added, size_t *capacity, size_t item_size_bytes)
{
    if (used + added <= *capacity) {
        return 0;
    }
    size_t wanted = *capacity == 0 ? FIRST_ROOM : *capacity;
    while (wanted < used + added) {
        wanted *= 2;
    }
    void *grown = reallocarray(*array, wanted, item_size_bytes);
    if (grown == NULL) {
        return -ENOMEM;
    }
    *array = grown;
    *capacity = wanted;
    return 0;
}
