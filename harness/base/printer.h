/* Text that counts on past the end of its buffer, as snprintf does. */
#ifndef HARNESS_BASE_PRINTER_H
#define HARNESS_BASE_PRINTER_H

#include <stddef.h>

struct printer {
    char *text;
    size_t capacity_bytes;
    size_t size_bytes; /* of the whole text, also when it does not fit */
};

/* Appends formatted text. What does not fit is cut, ended by a NUL, and counted all the same; with
 * a capacity of 0 `text` may be NULL and only the length is found. */
void printer_add(struct printer *printer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
