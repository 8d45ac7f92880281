/* Formats one finding. */
#include "harness/oracle/decode/disk_sink.h"

#include <stdarg.h>
#include <stdio.h>

void disk_sink_add(const struct disk_sink *sink, const struct disk_finding *where,
                   const char *format, ...)
{
    char text[640];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct disk_finding finding = *where;
    finding.text = text;
    sink->add(sink->arg, &finding);
}
