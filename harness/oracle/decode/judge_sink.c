/* Formats one finding. */
#include "harness/oracle/decode/judge_sink.h"

#include <stdarg.h>
#include <stdio.h>

void judge_sink_add(const struct judge_sink *sink, const struct judge_finding *where,
                    const char *format, ...)
{
    char text[640];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct judge_finding finding = *where;
    finding.text = text;
    sink->add(sink->arg, &finding);
}
