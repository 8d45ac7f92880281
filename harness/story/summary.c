/* The cause in plain words (summary.h). */
#include "harness/story/summary.h"

#include "harness/base/printer.h"
#include "harness/story/restart.h"
#include "harness/story/words.h"
#include "store/base/event.h"

#include <inttypes.h>
#include <string.h>

static void say_operation(struct printer *text, const struct trace_entry *entry)
{
    char place[WORDS_PLACE_SIZE_BYTES];
    words_place(entry->path, place);
    printer_add(text, "the %s was %s (%s:%u)", place, words_effect(entry->point),
                point_name(entry->point), entry->hit);
}

/* What struck. */
static void say_fault(const struct summary *summary, struct printer *text)
{
    static const char *const begins[FAULT_KIND_COUNT] = {
        [FAULT_KILL] = "The process was killed right before",
        [FAULT_KILL_AFTER] = "The process was killed right after",
        [FAULT_POWER_LOSS] = "The power failed while",
    };
    const struct reenact *reenact = summary->reenact;
    if (reenact->strike_count == 0) {
        printer_add(text, "No fault was needed. ");
        return;
    }
    const struct reenact_strike *strike = &reenact->strikes[reenact->strike_count - 1];
    const struct fault *fault = &strike->hit.fault;
    if (fault->kind == FAULT_TORN) {
        printer_add(text, "The process was killed with %" PRIu64 " of %" PRIu64 " bytes done when ",
                    fault->arg, strike->entry.size_bytes);
    } else if (begins[fault->kind] != NULL) {
        printer_add(text, "%s ", begins[fault->kind]);
    } else {
        printer_add(text, "A fault (%s) struck when ", fault_kind_name(fault->kind));
    }
    say_operation(text, &strike->entry);
    if (summary->losses->dropped_count > 0) {
        printer_add(text, ", and %u of the %u effects that were not durable yet were lost",
                    summary->losses->dropped_count, summary->losses->item_count);
    }
    printer_add(text, ". ");
}

/* Whether the scan of the first restart reported any record. */
static bool has_met_records(const struct reenact_part *part)
{
    for (size_t i = 0; i < trace_count(part->trace); i++) {
        struct trace_entry entry;
        trace_get(part->trace, i, &entry);
        if (entry.is_note && entry.note == TRACE_NOTE_OPENED) {
            break;
        }
        if (entry.is_note && entry.note == TRACE_NOTE_EVENT &&
            entry.values[0] == EVENT_RECOVERY_FOUND_RECORDS) {
            return true;
        }
    }
    return false;
}

/* An answer that was given before any sync promises nothing of a power loss: then a record may go,
 * and the reader should not take that for the failure. */
static void say_allowed(const struct summary *summary, struct printer *text)
{
    const struct reenact *reenact = summary->reenact;
    bool is_lost = (reenact->first_mechanisms >> MECHANISM_RECORD_LOST & 1) != 0;
    if (!is_lost && reenact->options.scenario->store.flush == STORE_FLUSH_ASYNC) {
        printer_add(text, " (allowed here: asynchronous flush)");
    }
}

static void say_log(const struct summary *summary, const struct stock *before,
                    const struct stock *left, const struct stock *after, struct printer *text)
{
    if (before->is_there && before->records != left->records) {
        printer_add(text, "Of %u record%s in the log %u reached the disk", before->records,
                    before->records == 1 ? "" : "s", left->records);
        say_allowed(summary, text);
        printer_add(text, ". ");
    }
    bool is_same = left->records == after->records && left->log_end == after->log_end;
    if (left->records == 0) {
        printer_add(text, "The log that was left is empty. ");
    } else if (is_same) {
        printer_add(text,
                    "The log that was left is whole: %u records up to %" PRIu64
                    " are there before and after the restart. ",
                    left->records, left->log_end);
    } else {
        printer_add(text,
                    "Of the log the crash left %u records up to %" PRIu64
                    ", and after the restart there are %u up to %" PRIu64 ". ",
                    left->records, left->log_end, after->records, after->log_end);
    }
}

/* What it said before it did what is to blame, and what it made of that. */
static void say_restart(const struct summary *summary, const struct stock *left,
                        const struct stock *after, struct printer *text)
{
    const struct reenact_part *part = restart_part(summary->reenact);
    const struct blame *blame = summary->blame;
    struct trace_entry reason;
    bool is_restart = blame->kind != BLAME_NONE && blame->strike == NULL &&
                      part == &summary->reenact->parts[blame->part];
    if (part == NULL || !is_restart || !restart_reason(part, blame->entry, &reason)) {
        return;
    }
    enum event event = (enum event)reason.values[0];
    printer_add(text, "But the restart said ");
    restart_say_event(event, reason.values[1], text);
    printer_add(text, " (%s)", event_help(event));
    if (left->records > 0 && !has_met_records(part)) {
        printer_add(text,
                    ": its scan of the log stopped there and met no record at all, although "
                    "there are %u; it took byte %" PRId64 " for the end of the log",
                    left->records, reason.values[1]);
    }
    if (after->unit_count < left->unit_count) {
        printer_add(text, ", and cut the queues from %" PRIu64 " units to %" PRIu64,
                    left->unit_count, after->unit_count);
    }
    printer_add(text, ". ");
}

/* It said one thing, and the files hold another. */
static void say_contradiction(const struct summary *summary, const struct stock *after,
                              struct printer *text)
{
    const struct decision *decision = summary->decision;
    const struct stock_queue *queue =
        decision->kind == BLAME_CLAIMED ? stock_find(after, decision->queue) : NULL;
    if (queue == NULL || queue->max <= decision->offset || queue->min > decision->offset) {
        return;
    }
    uint64_t claimed = decision->offset - queue->min;
    uint64_t held = queue->max - queue->min;
    printer_add(text,
                "The restart said it cut the queue %s to %" PRIu64 " %s, but the file still holds "
                "%" PRIu64 ": it wrote nothing there. ",
                decision->queue, claimed, words_units(claimed), held);
}

/* How far it goes. */
static void say_extent(const struct summary *summary, const struct stock *after,
                       struct printer *text)
{
    if (summary->mechanism != MECHANISM_UNIT_MISSING || after->without_unit_count == 0) {
        return;
    }
    printer_add(text, " (%u of %u records have no unit, %u of them answered OK)",
                after->without_unit_count, after->judged_count, after->answered_count);
}

static void say_start(const struct summary *summary, struct printer *text)
{
    const struct stack_frame *at = summary->source;
    const struct stack_frame *from = summary->caller;
    if (at->line > 0) {
        printer_add(text, " Start at %s:%u (%s)", at->file, at->line, at->function);
        if (from->line > 0) {
            printer_add(text, ", on behalf of %s:%u (%s)", from->file, from->line, from->function);
        }
        if (summary->decision->kind != BLAME_NONE) {
            printer_add(text, ": %s", blame_help(summary->decision->kind));
        }
        printer_add(text, ".");
    }
}

static void say_blame(const struct summary *summary, struct printer *text)
{
    struct trace_entry entry;
    const struct blame *blame = summary->blame;
    if (!blame_entry(summary->reenact, blame, &entry)) {
        return;
    }
    const struct reenact_part *restart = restart_part(summary->reenact);
    bool is_restart = blame->strike == NULL && restart == &summary->reenact->parts[blame->part];
    if (entry.is_note && entry.note == TRACE_NOTE_ACKED) {
        printer_add(text, "The answer to message %" PRId64 " is the one to look at: %s",
                    entry.values[0], summary->why);
    } else if (entry.is_note) {
        printer_add(text, "Look at the moment of `%s`: %s", trace_note_name(entry.note),
                    summary->why);
    } else {
        char place[WORDS_PLACE_SIZE_BYTES];
        const char *what = summary->decision->kind == BLAME_DECIDED ? "The damage was done by"
                           : summary->decision->kind == BLAME_CLAIMED
                               ? "The wrong bytes came from"
                               : "The operation to look at is";
        words_place(entry.path, place);
        printer_add(text, "%s %s:%u on the %s%s: %s", what, point_name(entry.point), entry.hit,
                    place, is_restart ? ", in the restart" : "", summary->why);
    }
    printer_add(text, ".");
    say_start(summary, text);
}

void summary_tell(const struct summary *summary, struct page *page)
{
    char text[PAGE_ROW_SIZE_BYTES];
    struct printer row = {.text = text, .capacity_bytes = sizeof(text)};
    struct stock before;
    struct stock left;
    struct stock after;
    struct image *written = stock_image_before_loss(summary->reenact);
    stock_take(summary->reenact, written, &before);
    image_free(written);
    stock_take(summary->reenact, summary->reenact->crashed, &left);
    stock_take(summary->reenact, summary->reenact->recovered, &after);
    if (summary->mechanism == MECHANISM_COUNT) {
        page_add(page, PAGE_SHORT, 0, "nothing is wrong: every property holds.");
        return;
    }
    say_fault(summary, &row);
    if (left.is_there && after.is_there) {
        say_log(summary, &before, &left, &after, &row);
        say_restart(summary, &left, &after, &row);
        say_contradiction(summary, &after, &row);
    }
    printer_add(&row, "What is wrong: %s", mechanism_help(summary->mechanism));
    say_extent(summary, &after, &row);
    printer_add(&row, ". ");
    if (summary->losses->is_decided) {
        printer_add(&row, "What decides is that %s did not reach the disk. ",
                    summary->losses->matters);
    }
    say_blame(summary, &row);
    page_add(page, PAGE_SHORT, 0, "%s", text);
}
