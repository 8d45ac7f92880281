/* Text that counts on past the end of its buffer. */
#include "harness/base/printer.h"

#include <stdarg.h>
#include <stdio.h>

/* A full buffer still needs a place for vsnprintf to put nothing at: the end, not beyond it. */
void printer_add(struct printer *printer, const char *format, ...)
{
    size_t used = printer->size_bytes < printer->capacity_bytes ? printer->size_bytes
                                                                : printer->capacity_bytes;
    va_list args;
    va_start(args, format);
    int size = vsnprintf(printer->capacity_bytes == 0 ? NULL : printer->text + used,
                         printer->capacity_bytes - used, format, args);
    va_end(args);
    printer->size_bytes += size > 0 ? (size_t)size : 0;
}
