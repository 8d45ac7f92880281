/* A trace as lines for people. */
#include "harness/base/printer.h"
#include "harness/power/trace/trace.h"
#include "store/base/event.h"
#include "store/format/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE_SIZE_BYTES  1024
#define DATA_SHOWN_BYTES 16

/* "    12-15      r0     1250 ms  ": the columns that every line begins with. */
static void add_place(struct printer *line, const struct trace_entry *entry)
{
    char span[48];

    if (entry->is_note) {
        (void)snprintf(span, sizeof(span), "%" PRIu64, entry->begin_sequence);
    } else if (entry->end_sequence == TRACE_NO_SEQUENCE) {
        (void)snprintf(span, sizeof(span), "%" PRIu64 "-", entry->begin_sequence);
    } else {
        (void)snprintf(span, sizeof(span), "%" PRIu64 "-%" PRIu64, entry->begin_sequence,
                       entry->end_sequence);
    }
    printer_add(line, "%-13s r%" PRIu32 " %13" PRId64 " ms  ", span, entry->round, entry->time_ms);
}

static bool has_extent(enum point_op op)
{
    return op == POINT_OP_WRITE || op == POINT_OP_READ || op == POINT_OP_TRUNCATE;
}

static void add_result(struct printer *line, const struct trace_entry *entry)
{
    if (entry->end_sequence == TRACE_NO_SEQUENCE) {
        printer_add(line, " in flight");
    } else if (entry->result < 0) {
        printer_add(line, " = %s", err_name((int)entry->result));
    } else {
        printer_add(line, " = %" PRId64, entry->result);
    }
}

/* "  [00 00 00 80 ...]": the first bytes of a write, as far as it was to go. */
static void add_data(struct printer *line, const struct trace_entry *entry)
{
    uint64_t shown = entry->size_bytes < DATA_SHOWN_BYTES ? entry->size_bytes : DATA_SHOWN_BYTES;

    if (entry->op != POINT_OP_WRITE || entry->size_bytes == 0) {
        return;
    }
    if (entry->data == NULL) {
        printer_add(line, "  [not kept]");
        return;
    }
    printer_add(line, "  [");
    for (uint64_t i = 0; i < shown; i++) {
        printer_add(line, "%s%02x", i == 0 ? "" : " ", entry->data[i]);
    }
    printer_add(line, shown < entry->size_bytes ? " ...]" : "]");
}

static void add_call(struct printer *line, const struct trace_entry *entry)
{
    char point[64];

    (void)snprintf(point, sizeof(point), "%s:%" PRIu32, point_name(entry->point), entry->hit);
    printer_add(line, "%-26s %-8s %-11s %s", point, point_op_name(entry->op),
                entry->service == STORE_SERVICE_COUNT ? "-" : types_service_name(entry->service),
                *entry->path == '\0' ? "." : entry->path);
    if (entry->target[0] != '\0') {
        printer_add(line, " -> %s", entry->target);
    }
    if (has_extent(entry->op)) {
        printer_add(line, " @%" PRIu64 " +%" PRIu64, entry->offset, entry->size_bytes);
    } else if (entry->op == POINT_OP_SEEK) {
        printer_add(line, " @%" PRIu64, entry->offset);
    }
    add_result(line, entry);
    add_data(line, entry);
}

/* What stands before each number of a note. */
static const char *const note_words[TRACE_NOTE_COUNT][TRACE_VALUES_MAX] = {
    [TRACE_NOTE_SENT] = {"message"},
    [TRACE_NOTE_ACKED] = {"message", "status", "queue offset", "log offset", "bytes", "stored at"},
    [TRACE_NOTE_COMMITTED] = {"consumer", "queue offset"},
    [TRACE_NOTE_ROUND] = {"round"},
    [TRACE_NOTE_CUT] = {"message", "state"},
    [TRACE_NOTE_CUT_MAX] = {"consumer", "max offset"},
    [TRACE_NOTE_MAX] = {"consumer", "max offset"},
    [TRACE_NOTE_EXPIRY] = {"older than"},
    [TRACE_NOTE_EVENT] = {"event", "at"},
    [TRACE_NOTE_STEP] = {"next step"},
    [TRACE_NOTE_CLOCK] = {"virtual time"},
    [TRACE_NOTE_HELD] = {"service", "until"},
};

/* A number that has a name, by it; NULL: it has none. */
static const char *name_of(const struct trace_entry *entry, uint32_t index)
{
    int64_t value = entry->values[index];

    if (entry->note == TRACE_NOTE_ACKED && index == 1 && value >= 0 &&
        value < STORE_PUT_STATUS_COUNT) {
        return types_put_status_name((enum store_put_status)value);
    }
    if (entry->note == TRACE_NOTE_EVENT && index == 0 && value >= 0 && value < EVENT_COUNT) {
        return event_name((enum event)value);
    }
    if (entry->note == TRACE_NOTE_CUT && index == 1 && (value == 1 || value == 2)) {
        return value == 1 ? "being cut" : "cut";
    }
    return NULL;
}

static void add_note(struct printer *line, const struct trace_entry *entry)
{
    const char *separator = "  ";

    printer_add(line, "-- %s", trace_note_name(entry->note));
    for (uint32_t i = 0; i < TRACE_VALUES_MAX; i++) {
        const char *word = note_words[entry->note][i];
        const char *name = name_of(entry, i);

        if (word == NULL && entry->values[i] == 0) {
            continue;
        }
        printer_add(line, "%s%s%s", separator, word == NULL ? "" : word, word == NULL ? "" : " ");
        if (name == NULL) {
            printer_add(line, "%" PRId64, entry->values[i]);
        } else {
            printer_add(line, "%s", name);
        }
        separator = ", ";
    }
    if (entry->text[0] != '\0') {
        printer_add(line, "%s%s", separator, entry->text);
    }
}

void trace_print(const struct trace *trace, void (*line)(void *arg, const char *text), void *arg)
{
    size_t count = trace_count(trace);

    for (size_t i = 0; i < count; i++) {
        char text[LINE_SIZE_BYTES];
        struct printer made = {.text = text, .capacity_bytes = sizeof(text)};
        struct trace_entry entry;

        trace_get(trace, i, &entry);
        add_place(&made, &entry);
        if (entry.is_note) {
            add_note(&made, &entry);
        } else {
            add_call(&made, &entry);
        }
        line(arg, text);
    }
}
