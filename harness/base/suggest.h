/* "Did you mean": the nearest word to one that was mistyped. */
#ifndef HARNESS_BASE_SUGGEST_H
#define HARNESS_BASE_SUGGEST_H

#include <stddef.h>

/* The word of `words` nearest to `word` by edit distance (a swap of neighbours counts one), or
 * NULL when none is near: more than a third of its letters would have to change. The first of
 * equals. */
const char *suggest_nearest(const char *word, const char *const *words, size_t count);

/* Writes "; did you mean 'NEAREST'?" or "" to `text` and returns it. */
const char *suggest_phrase(const char *word, const char *const *words, size_t count, char *text,
                           size_t text_size_bytes);

#endif
