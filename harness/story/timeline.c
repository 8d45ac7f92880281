/* A recording as rows of steps (timeline.h). */
#include "harness/story/timeline.h"

#include "harness/base/printer.h"
#include "harness/story/beats.h"
#include "harness/story/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX      1024
#define ROWS_MAX       14u /* told of one part; what is between its first and its last is counted */
#define LAST_BEATS_MAX 12u

/* What is built up: steps of one part after the other. */
struct telling {
    const struct reenact *reenact;
    struct page *page;
    struct beats *beats;
    struct beats_step *steps;
    uint32_t step_count;
    int64_t start_ms; /* of the case */
};

static const char *step_name(const struct telling *telling, const struct beats_step *step,
                             char text[64])
{
    static const char *const names[] = {
        [WORKLOAD_PUT] = "a put",
        [WORKLOAD_COMMIT_OFFSETS] = "consumers commit how far they are",
        [WORKLOAD_HOLD] = "a service is held",
        [WORKLOAD_PAUSE] = "a pause",
        [WORKLOAD_TRUNCATE] = "a truncate",
        [WORKLOAD_EXPIRE] = "old files may go",
        [WORKLOAD_RESTART] = "a restart",
    };
    const struct workload *workload = telling->reenact->options.workload;
    uint32_t last = step->first_message + step->repeat - 1;
    if (step->is_start) {
        (void)snprintf(text, 64, "round %u: the store is opened", step->round + 1);
    } else if (step->has_message && step->repeat > 1) {
        (void)snprintf(text, 64, "messages %u to %u, each", step->first_message, last);
    } else if (step->has_message) {
        (void)snprintf(text, 64, "message %u", step->first_message);
    } else if (step->number < workload->step_count) {
        (void)snprintf(text, 64, "%s", names[workload->steps[step->number].kind]);
    } else {
        (void)snprintf(text, 64, "the end of the workload");
    }
    return text;
}

/* "sent, log written, answered OK; meanwhile queue written 5x, mark synced". */
static void tell_step(struct telling *telling, const struct beats_step *step)
{
    char text[PAGE_ROW_SIZE_BYTES];
    char name[64];
    struct printer row = {.text = text, .capacity_bytes = sizeof(text)};
    double at_s = (double)(step->time_ms - telling->start_ms) / 1000;
    printer_add(&row, "+%.1f s  %s", at_s, step_name(telling, step, name));
    for (uint32_t i = 0; i < step->chain_count; i++) {
        printer_add(&row, "%s%s", i == 0 ? ": " : ", ",
                    beats_phrase(telling->beats, step->chain[i]));
    }
    const char *separator = step->chain_count == 0 ? ": " : "; besides ";
    for (uint32_t i = 0; i < BEATS_PHRASES_MAX; i++) {
        if (step->behind[i] == 1 || (step->behind[i] > 0 && step->is_start)) {
            printer_add(&row, "%s%s", separator, beats_phrase(telling->beats, i));
        } else if (step->behind[i] > 1) {
            printer_add(&row, "%s%s %ux", separator, beats_phrase(telling->beats, i),
                        step->behind[i]);
        }
        separator = step->behind[i] > 0 ? ", " : separator;
    }
    page_add(telling->page, PAGE_HAPPENED, 10, "%s", text);
}

/* What is left out of the rows, added up. */
static void tell_elided(struct telling *telling, uint32_t from, uint32_t to)
{
    uint32_t steps = 0;
    uint32_t operations = 0;
    for (uint32_t i = from; i < to; i++) {
        steps += telling->steps[i].repeat;
        operations += telling->steps[i].operation_count;
    }
    page_add(telling->page, PAGE_HAPPENED, 10,
             "  …     %u more steps, with %u operations that change something", steps, operations);
}

static void tell_part(struct telling *telling, uint32_t number, bool is_last)
{
    const struct reenact_part *part = &telling->reenact->parts[number];
    telling->step_count =
        beats_steps(telling->beats, part->trace, part->done, telling->steps, STEPS_MAX);
    uint32_t last = telling->step_count;
    uint32_t first_told = is_last ? 3 : 2;
    uint32_t last_told = is_last ? ROWS_MAX - 3 : 2;
    for (uint32_t i = 0; i < last; i++) {
        if (last > first_told + last_told && i == first_told) {
            tell_elided(telling, first_told, last - last_told);
            i = last - last_told;
        }
        tell_step(telling, &telling->steps[i]);
    }
}

/* Why the next part begins on another disk. */
static void tell_break(struct telling *telling, uint32_t number)
{
    const struct reenact *reenact = telling->reenact;
    for (uint32_t i = 0; i < reenact->strike_count; i++) {
        const struct reenact_strike *strike = &reenact->strikes[i];
        if (strike->part == number && strike->hit.fault.kind == FAULT_POWER_LOSS) {
            page_add(telling->page, PAGE_HAPPENED, 10, "here the power fails at %s:%u",
                     point_name((enum point)strike->hit.point), strike->hit.hit);
            return;
        }
    }
    page_add(telling->page, PAGE_HAPPENED, 10,
             "here a hand touches the files of the stopped store, as the plan has it");
}

/* The first time of the case. */
static int64_t find_start(const struct reenact *reenact)
{
    struct trace_entry entry;
    if (reenact->part_count == 0 || trace_count(reenact->parts[0].trace) == 0) {
        return 0;
    }
    trace_get(reenact->parts[0].trace, 0, &entry);
    return entry.time_ms;
}

void timeline_tell(const struct reenact *reenact, struct page *page)
{
    struct telling telling = {.reenact = reenact,
                              .page = page,
                              .beats = beats_new(),
                              .steps = calloc(STEPS_MAX, sizeof(struct beats_step)),
                              .start_ms = find_start(reenact)};
    uint32_t parts = reenact->part_count;
    parts -= parts > 0 && reenact->parts[parts - 1].is_restart ? 1 : 0;
    if (telling.beats != NULL && telling.steps != NULL) {
        for (uint32_t i = 0; i < parts; i++) {
            tell_part(&telling, i, i + 1 == parts);
            if (i + 1 < parts) {
                tell_break(&telling, i);
            }
        }
    }
    beats_free(telling.beats);
    free(telling.steps);
}

static void add_operation(struct printer *text, const struct trace_entry *entry)
{
    char place[WORDS_PLACE_SIZE_BYTES];
    words_place(entry->path, place);
    printer_add(text, "%s:%u, ", point_name(entry->point), entry->hit);
    if (entry->op == POINT_OP_WRITE || entry->op == POINT_OP_READ) {
        printer_add(text, "a %s of %" PRIu64 " bytes at %" PRIu64 " of the %s",
                    point_op_name(entry->op), entry->size_bytes, entry->offset, place);
    } else {
        printer_add(text, "%s of the %s", point_op_name(entry->op), place);
    }
}

void timeline_tell_faults(const struct reenact *reenact, struct page *page)
{
    for (uint32_t i = 0; i < reenact->strike_count; i++) {
        const struct reenact_strike *strike = &reenact->strikes[i];
        char text[PAGE_ROW_SIZE_BYTES];
        char fault[FAULT_TEXT_SIZE_BYTES];
        struct printer row = {.text = text, .capacity_bytes = sizeof(text)};
        (void)fault_print(&strike->hit.fault, fault, sizeof(fault));
        printer_add(&row, "round %u, at ", strike->round + 1);
        add_operation(&row, &strike->entry);
        page_add(page, PAGE_FAULT, 2, "%s", text);
        page_add(page, PAGE_FAULT, 2, "  %s: %s",
                 strike->hit.fault.kind == FAULT_POWER_LOSS ? fault_kind_name(FAULT_POWER_LOSS)
                                                            : fault,
                 fault_kind_help(strike->hit.fault.kind));
    }
    if (reenact->strike_count == 0) {
        page_add(page, PAGE_FAULT, 2,
                 "none: it is the run without a fault, and what its operations themselves show");
    }
    if (reenact->broken.code != 0) {
        page_add(page, PAGE_FAULT, 2, "the rounds ended early: %s", reenact->broken.text);
    }
}

void timeline_tell_files(const struct reenact *reenact, struct page *page)
{
    bool is_used[WORDS_ROLE_COUNT] = {false};
    for (uint32_t p = 0; p < reenact->part_count; p++) {
        const struct trace *trace = reenact->parts[p].trace;
        for (size_t i = 0; i < trace_count(trace); i++) {
            struct trace_entry entry;
            trace_get(trace, i, &entry);
            if (!entry.is_note && point_is_mutating(entry.point)) {
                is_used[words_role(entry.point)] = true;
            }
        }
    }
    for (uint32_t i = 0; i < WORDS_LOCK; i++) {
        if (is_used[i]) {
            page_add(page, PAGE_FILES, 14, "%-13s %s", words_role_name((enum words_role)i),
                     words_role_help((enum words_role)i));
        }
    }
}
