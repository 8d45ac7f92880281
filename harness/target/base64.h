/* Base64 (RFC 4648, with padding): bytes inside lines of JSON. */
#ifndef HARNESS_TARGET_BASE64_H
#define HARNESS_TARGET_BASE64_H

#include <stddef.h>

#include <sys/types.h>

#include <jansson.h>

/* Characters of the text for `size_bytes` bytes, without the NUL. */
size_t base64_text_length(size_t size_bytes);
/* Writes the text and a NUL: base64_text_length() + 1 bytes. */
void base64_encode(const void *data, size_t size_bytes, char *ret_text);
/* The text as a new JSON string; NULL when out of memory. */
json_t *base64_json(const void *data, size_t size_bytes);
/* The bytes that `text` stands for, at most length / 4 * 3 of them.  Returns how many, or -EINVAL:
 * then it is no base64, and `ret_data` holds anything. */
ssize_t base64_decode(const char *text, size_t length, void *ret_data);

#endif
