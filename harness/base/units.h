/* Numbers with units, as scenarios and tokens write them: "4KiB", "200ms", "-1h". */
#ifndef HARNESS_BASE_UNITS_H
#define HARNESS_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Plain decimal digits, all of `text`, at most `count_max`. */
bool units_parse_count(const char *text, uint64_t count_max, uint64_t *ret_count);
/* Hexadecimal digits without a prefix, 1 to 16 of them, all of `text`. */
bool units_parse_hex(const char *text, uint64_t *ret_value);
/* "200ms", "5s", "3m", "1h", "-1h", "0"; at most about 100 years. */
bool units_parse_duration(const char *text, int64_t *ret_ms);
/* "400", "400B", "4KiB", "5MiB", "1GiB". */
bool units_parse_size(const char *text, uint64_t *ret_size_bytes);

/* In the largest unit that divides it; parses back to the same value.  Returns the length, as
 * snprintf. */
int units_print_duration(int64_t duration_ms, char *text, size_t text_size_bytes);
/* As units_print_duration; bytes that no larger unit divides have a 'B'. */
int units_print_size(uint64_t size_bytes, char *text, size_t text_size_bytes);

#endif
