/* The hash of a file's bytes, as text: says which file it was, whatever its name claims. */
#ifndef HARNESS_BASE_FILE_HASH_H
#define HARNESS_BASE_FILE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define FILE_HASH_TEXT_SIZE_BYTES 24

/* XXH3 (64 bits) in 16 hexadecimal digits.  As input_file_open(), or a negated errno; "" then. */
int file_hash_text(const char *path, char ret_text[FILE_HASH_TEXT_SIZE_BYTES]);

/* The same of bytes in memory. */
void file_hash_bytes(const void *data, size_t size_bytes, char ret_text[FILE_HASH_TEXT_SIZE_BYTES]);

/* A hash of `text` and of what was hashed before it, from 0. */
uint64_t file_hash_next(uint64_t before, const char *text);

#endif
