/* A recovery as rows (restart.h). */
#include "harness/story/restart.h"

#include "harness/base/printer.h"
#include "harness/story/words.h"
#include "store/base/event.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Reads that are worth a row of their own. */
#define READS_TOLD 4u
#define ROWS_MAX   20u

/* Changes of one kind to one file, in a row. */
struct run {
    uint32_t count;
    struct trace_entry first;
    uint64_t from;
    uint64_t to;
};

struct telling {
    struct page *page;
    uint32_t rows;
    uint32_t left_out;
    uint32_t reads[WORDS_ROLE_COUNT]; /* since they were told last */
    uint32_t read_count;
    uint32_t again_count; /* bytes written as they stand there */
    uint32_t sync_count;
    struct run run;
};

const struct reenact_part *restart_part(const struct reenact *reenact)
{
    if (reenact->part_count == 0) {
        return NULL;
    }
    const struct reenact_part *part = &reenact->parts[reenact->part_count - 1];
    return part->is_restart ? part : NULL;
}

static void add_row(struct telling *telling, uint16_t indent, const char *text)
{
    if (telling->rows == ROWS_MAX) {
        telling->left_out++;
        return;
    }
    telling->rows++;
    page_add(telling->page, PAGE_RESTART, indent, "%s", text);
}

/* "read: log 6x, queue 2x": a line, as soon as something else happens. */
static void tell_reads(struct telling *telling, uint32_t least)
{
    char text[PAGE_ROW_SIZE_BYTES];
    struct printer row = {.text = text, .capacity_bytes = sizeof(text)};
    if (telling->read_count < least) {
        return;
    }
    for (uint32_t i = 0; i < WORDS_ROLE_COUNT; i++) {
        if (telling->reads[i] > 0) {
            printer_add(&row, "%s%s %ux", row.size_bytes == 0 ? "read: " : ", ",
                        words_role_name((enum words_role)i), telling->reads[i]);
        }
    }
    if (row.size_bytes > 0) {
        add_row(telling, 6, text);
    }
    telling->read_count = 0;
    memset(telling->reads, 0, sizeof(telling->reads));
}

static void tell_run(struct telling *telling)
{
    const struct run *run = &telling->run;
    char text[PAGE_ROW_SIZE_BYTES];
    char place[WORDS_PLACE_SIZE_BYTES];
    struct printer row = {.text = text, .capacity_bytes = sizeof(text)};
    if (run->count == 0) {
        return;
    }
    words_place(run->first.path, place);
    printer_add(&row, "did:  %s %s", place, words_effect(run->first.point));
    if (run->first.op == POINT_OP_WRITE) {
        printer_add(&row, ", bytes %" PRIu64 " to %" PRIu64, run->from, run->to);
    }
    if (run->count > 1) {
        printer_add(&row, " (%ux)", run->count);
    }
    if (run->first.result < 0) {
        printer_add(&row, ", which FAILED (%s)", err_name((int)run->first.result));
    }
    add_row(telling, 6, text);
    telling->run.count = 0;
}

static bool is_same_run(const struct run *run, const struct trace_entry *entry)
{
    return run->count > 0 && strcmp(run->first.path, entry->path) == 0 &&
           strcmp(words_effect(run->first.point), words_effect(entry->point)) == 0 &&
           (run->first.result < 0) == (entry->result < 0);
}

static void take_change(struct telling *telling, const struct trace_entry *entry)
{
    uint64_t to = entry->offset + (entry->result > 0 ? (uint64_t)entry->result : 0);
    tell_reads(telling, READS_TOLD);
    if (!is_same_run(&telling->run, entry)) {
        tell_run(telling);
        telling->run = (struct run){.first = *entry, .from = entry->offset, .to = to};
    }
    telling->run.count++;
    telling->run.from = entry->offset < telling->run.from ? entry->offset : telling->run.from;
    telling->run.to = to > telling->run.to ? to : telling->run.to;
}

#define EVENT_BIT(event) (UINT64_C(1) << EVENT_##event)

/* "at byte 474 of the log", "at unit 1", or "": of what is about no place. */
static void say_place(enum event event, int64_t offset, struct printer *text)
{
    static const uint64_t units = EVENT_BIT(QUEUE_CUT) | EVENT_BIT(QUEUE_HEALED) |
                                  EVENT_BIT(QUEUE_ROLLED) | EVENT_BIT(QUEUE_EXPIRED) |
                                  EVENT_BIT(DISPATCH_BEHIND) | EVENT_BIT(PRE_BLANK);
    /* Of a log or of a queue: what is said with it tells which. */
    static const uint64_t bytes = EVENT_BIT(TAIL_ZEROED) | EVENT_BIT(ZERO_LENGTH_FILE);
    static const uint64_t nowhere = EVENT_BIT(RECOVERY_NORMAL) | EVENT_BIT(RECOVERY_ABNORMAL) |
                                    EVENT_BIT(OFFSETS_PERSISTED) | EVENT_BIT(OFFSETS_CLIPPED) |
                                    EVENT_BIT(SERVICE_FAILED);
    if (event == EVENT_OPENED) {
        printer_add(text, ", the log ends at byte %" PRId64, offset);
    } else if ((units >> event & 1) != 0) {
        printer_add(text, " at unit %" PRId64, offset);
    } else if ((bytes >> event & 1) != 0) {
        printer_add(text, " at byte %" PRId64, offset);
    } else if ((nowhere >> event & 1) == 0 && offset >= 0) {
        printer_add(text, " at byte %" PRId64 " of the log", offset);
    }
}

void restart_say_event(enum event event, int64_t offset, struct printer *text)
{
    printer_add(text, "`%s`", event_name(event));
    say_place(event, offset, text);
}

static void take_event(struct telling *telling, const struct trace_entry *entry)
{
    char text[PAGE_ROW_SIZE_BYTES];
    struct printer row = {.text = text, .capacity_bytes = sizeof(text)};
    enum event event = (enum event)entry->values[0];
    tell_reads(telling, READS_TOLD);
    tell_run(telling);
    printer_add(&row, "said: %s", event_name(event));
    say_place(event, entry->values[1], &row);
    printer_add(&row, " (%s)", event_help(event));
    if (entry->text[0] != '\0' && strstr(event_help(event), entry->text) == NULL) {
        printer_add(&row, ": %s", entry->text);
    }
    add_row(telling, 6, text);
}

/* What only makes durable once more what stands there is counted; the tree and the lock are no
 * news. */
static bool is_counted(struct telling *telling, const struct trace_entry *entry)
{
    enum words_role role = words_role(entry->point);
    bool is_again =
        entry->point == POINT_COMMITLOG_REWRITE || entry->point == POINT_DLEDGER_REWRITE ||
        entry->point == POINT_DLEDGER_INDEX_REWRITE || entry->point == POINT_QUEUE_REWRITE;
    bool is_sync = entry->op == POINT_OP_SYNC || entry->op == POINT_OP_SYNC_DIR;
    if (entry->result < 0 && entry->result != -EEXIST) {
        return false;
    }
    telling->again_count += is_again ? 1 : 0;
    telling->sync_count += is_sync ? 1 : 0;
    return is_again || is_sync || role == WORDS_TREE || role == WORDS_LOCK ||
           entry->op == POINT_OP_MKDIR;
}

static void take(struct telling *telling, const struct trace_entry *entry)
{
    if (entry->is_note) {
        if (entry->note == TRACE_NOTE_EVENT) {
            take_event(telling, entry);
        }
        return;
    }
    if (point_is_mutating(entry->point)) {
        if (!is_counted(telling, entry)) {
            take_change(telling, entry);
        }
    } else if (entry->op == POINT_OP_READ && entry->result >= 0) {
        telling->reads[words_role(entry->point)]++;
        telling->read_count++;
    } else if (entry->result < 0 && entry->result != -ENOENT) {
        take_change(telling, entry); /* a look that failed */
    }
}

void restart_tell(const struct reenact *reenact, struct page *page)
{
    const struct reenact_part *part = restart_part(reenact);
    struct telling telling = {.page = page};
    uint32_t rounds = 0;
    bool is_open = false;
    if (part == NULL) {
        return;
    }
    for (size_t i = 0; i < trace_count(part->trace); i++) {
        struct trace_entry entry;
        trace_get(part->trace, i, &entry);
        rounds += entry.is_note && entry.note == TRACE_NOTE_ROUND ? 1 : 0;
        if (rounds > 1) {
            break;
        }
        if (entry.is_note && entry.note == TRACE_NOTE_OPENED) {
            is_open = true;
        }
        take(&telling, &entry);
    }
    tell_reads(&telling, 1);
    tell_run(&telling);
    if (telling.left_out > 0) {
        page_add(page, PAGE_RESTART, 6, "…     and %u rows more", telling.left_out);
    }
    if (telling.again_count + telling.sync_count > 0) {
        page_add(page, PAGE_RESTART, 6, "besides %u syncs, and %u writes that changed nothing",
                 telling.sync_count, telling.again_count);
    }
    if (!is_open) {
        page_add(page, PAGE_RESTART, 6, "it did not come to be open");
    }
}

/* Whether it says why, and not only that something was done. */
static bool is_reason(int64_t event)
{
    return event == EVENT_DUP_INFO_CHECK || event == EVENT_MARK_REJECTED ||
           event == EVENT_MARK_USED || event == EVENT_ZERO_LENGTH_FILE ||
           event == EVENT_SERVICE_FAILED || event == EVENT_RECOVERY_AFTER_FIRST_FILE ||
           event == EVENT_RECOVERY_NORMAL;
}

bool restart_reason(const struct reenact_part *part, size_t before, struct trace_entry *ret_event)
{
    bool is_found = false;
    for (size_t i = 0; i < before && i < trace_count(part->trace); i++) {
        struct trace_entry entry;
        trace_get(part->trace, i, &entry);
        if (entry.is_note && entry.note == TRACE_NOTE_EVENT && is_reason(entry.values[0])) {
            *ret_event = entry;
            is_found = true;
        }
    }
    return is_found;
}
