/* Hashes of whole files. */
#define XXH_INLINE_ALL
/* Without it gcc -Og warns of an inlining that fails. */
#define XXH_NO_INLINE_HINTS 1

#include "harness/base/file_hash.h"

#include "harness/base/input_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#define CHUNK_SIZE_BYTES ((size_t)64 << 10)

static int hash_stream(FILE *file, XXH3_state_t *state, void *chunk)
{
    size_t got = 0;
    (void)XXH3_64bits_reset(state);
    errno = 0;
    while ((got = fread(chunk, 1, CHUNK_SIZE_BYTES, file)) > 0) {
        (void)XXH3_64bits_update(state, chunk, got);
    }
    if (ferror(file) == 0) {
        return 0;
    }
    return errno == 0 ? -EIO : -errno;
}

void file_hash_bytes(const void *data, size_t size_bytes, char ret_text[FILE_HASH_TEXT_SIZE_BYTES])
{
    (void)snprintf(ret_text, FILE_HASH_TEXT_SIZE_BYTES, "%016" PRIx64,
                   (uint64_t)XXH3_64bits(data, size_bytes));
}

uint64_t file_hash_next(uint64_t before, const char *text)
{
    return XXH3_64bits_withSeed(text, strlen(text), before);
}

int file_hash_text(const char *path, char ret_text[FILE_HASH_TEXT_SIZE_BYTES])
{
    int r = -ENOMEM;
    ret_text[0] = '\0';
    FILE *file = NULL;
    int opened = input_file_open(path, &file, NULL);
    if (opened < 0) {
        return opened;
    }
    XXH3_state_t *state = XXH3_createState();
    void *chunk = malloc(CHUNK_SIZE_BYTES);
    if (state != NULL && chunk != NULL) {
        r = hash_stream(file, state, chunk);
    }
    if (r == 0) {
        (void)snprintf(ret_text, FILE_HASH_TEXT_SIZE_BYTES, "%016" PRIx64,
                       (uint64_t)XXH3_64bits_digest(state));
    }
    free(chunk);
    (void)XXH3_freeState(state);
    (void)fclose(file);
    return r;
}
