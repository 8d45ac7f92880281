/* Names and paths, put together by hand: they are made at every start and round of syncs, where
 * printf costs more than what they are made for. */
#ifndef STORE_BASE_TEXT_H
#define STORE_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Appends `piece` to the text of `length` in `text`, cut to what fits; ends it with a NUL.  Returns
 * the new length. */
size_t text_add(char *text, size_t size_bytes, size_t length, const char *piece);
/* The same, in decimal. */
size_t text_add_number(char *text, size_t size_bytes, size_t length, int64_t number);

#endif
