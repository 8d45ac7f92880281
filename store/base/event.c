/* Events: names, and the way to a sink. */
#include "store/base/event.h"

#include "store/base/ensure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define EVENT_TEXT_SIZE_BYTES 512

struct event_row {
    const char *name;
    const char *help;
};

static const struct event_row event_rows[EVENT_COUNT] = {
#define X(id, row_name, row_help) [EVENT_##id] = {row_name, row_help},
    EVENT_MAP(X)
#undef X
};

void event_emit(const struct event_sink *sink, enum event event, uint64_t offset,
                const char *format, ...)
{
    if (sink == NULL || sink->emit == NULL) {
        return;
    }
    if (sink->ignores_text) {
        sink->emit(sink->arg, event, offset, "");
        return;
    }
    char text[EVENT_TEXT_SIZE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sink->emit(sink->arg, event, offset, text);
}

const char *event_name(enum event event)
{
    ENSURE((unsigned)event < EVENT_COUNT);
    return event_rows[event].name;
}

const char *event_help(enum event event)
{
    ENSURE((unsigned)event < EVENT_COUNT);
    return event_rows[event].help;
}

enum event event_find(const char *name)
{
    unsigned event = 0;
    while (event < EVENT_COUNT && strcmp(event_rows[event].name, name) != 0) {
        event++;
    }
    return (enum event)event;
}
