/* Growing arrays for the readers. */
#include "harness/oracle/decode/disk_grow.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

int disk_grow(void **array, size_t *capacity, size_t count, size_t item_size_bytes)
{
    if (count <= *capacity && *array != NULL) {
        return 0;
    }
    size_t wanted = *capacity * 2 > count ? *capacity * 2 : count;
    wanted = wanted < 16 ? 16 : wanted;
    if (wanted > SIZE_MAX / 2 / item_size_bytes) {
        return -ENOMEM;
    }
    void *grown = realloc(*array, wanted * item_size_bytes);
    if (grown == NULL) {
        return -ENOMEM;
    }
    *array = grown;
    *capacity = wanted;
    return 0;
}
