/* Words for people: colours that a stream may or may not want, durations, percentages. */
#ifndef REPORTS_PAINT_H
#define REPORTS_PAINT_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum paint_when { PAINT_AUTO, PAINT_ALWAYS, PAINT_NEVER };

/* What a word says; the colour only repeats it. */
enum paint_tone { PAINT_PLAIN, PAINT_GOOD, PAINT_BAD, PAINT_WARNING, PAINT_STRONG, PAINT_FAINT };

#define PAINT_DURATION_SIZE_BYTES 32

/* Whether to colour what goes to `stream`: with PAINT_AUTO on a terminal that is not dumb, unless
 * NO_COLOR is set and not empty (no-color.org). */
bool paint_is_wanted(enum paint_when when, FILE *stream);
/* Whether `stream` is a terminal that understands cursor movement. */
bool paint_is_terminal(FILE *stream);
/* Of the option --color: "auto", "always" or "never" into an enum paint_when; ERR_USAGE when `word`
 * is none of them. */
int paint_when_take(void *ret_when, const char *word, struct err *err);

/* The escape that begins a tone, "" when not `wanted`; and the one that ends it. */
const char *paint_begin(bool wanted, enum paint_tone tone);
/* Static strings, both. */
const char *paint_end(bool wanted, enum paint_tone tone);

/* "850 us", "34 ms", "8.4 s", "2m07s", "1h04m" into `text`; returns `text`. */
const char *paint_duration(uint64_t duration_us, char text[PAINT_DURATION_SIZE_BYTES]);
/* "99.9 %"; never "100.0 %" unless all.  "-" when `all` is 0.  Returns `text`. */
const char *paint_percent(uint64_t part, uint64_t all, char text[PAINT_DURATION_SIZE_BYTES]);
/* "1,234,567".  Returns `text`. */
const char *paint_count(uint64_t count, char text[PAINT_DURATION_SIZE_BYTES]);
/* "850 B", "12.5 KiB", "45.0 MiB".  Returns `text`. */
const char *paint_bytes(uint64_t size_bytes, char text[PAINT_DURATION_SIZE_BYTES]);
/* "1 case", "2 cases": the plural is the word with an s. */
const char *paint_plural(uint64_t count);

#endif
