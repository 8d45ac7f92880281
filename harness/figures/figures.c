/* Operations and notes of the recordings, in one row (figures.h). */
#include "harness/figures/figures.h"

#include "harness/case/points.h"

#include <stdio.h>
#include <string.h>

/* What is built up while the events of the parts go by. */
struct taking {
    struct figures *figures;
    uint32_t skip; /* operations that find no room: the first ones */
    uint32_t seen; /* operations so far */
};

static bool is_told(const struct trace_entry *entry)
{
    return !entry->is_note && entry->point < POINT_COUNT &&
           point_is_mutating((enum point)entry->point);
}

static bool is_note_told(enum trace_note note)
{
    return note == TRACE_NOTE_SENT || note == TRACE_NOTE_ACKED || note == TRACE_NOTE_ROUND ||
           note == TRACE_NOTE_OPENED || note == TRACE_NOTE_CLOSED;
}

/* The last place stands for all files that find no room. */
static uint32_t file_of(struct figures *figures, const char *path)
{
    uint32_t i = 0;
    while (i < figures->file_count && strcmp(figures->files[i], path) != 0) {
        i++;
    }
    if (i < figures->file_count) {
        return i;
    }
    if (i == FIGURES_FILES_MAX) {
        (void)snprintf(figures->files[i - 1], FIGURES_NAME_BYTES, "(other files)");
        return i - 1;
    }
    (void)snprintf(figures->files[i], FIGURES_NAME_BYTES, "%s", path);
    figures->file_count++;
    return i;
}

static uint32_t op_position(const struct taking *taking)
{
    return taking->seen < taking->skip ? 0 : taking->seen - taking->skip;
}

static void add_op(struct taking *taking, uint32_t part, size_t done,
                   const struct trace_entry *entry, bool is_restart)
{
    struct figures *figures = taking->figures;
    if (taking->seen++ < taking->skip || figures->op_count == FIGURES_OPS_MAX) {
        return;
    }
    figures->ops[figures->op_count++] = (struct figures_op){
        .part = part,
        .done = (uint32_t)done,
        .point = entry->point,
        .hit = entry->hit,
        .round = entry->round,
        .file = file_of(figures, entry->path),
        .covered_by = FIGURES_NO_OP,
        .is_restart = is_restart,
        .op = entry->op,
        .offset = entry->offset,
        .size_bytes = entry->size_bytes,
        .result = entry->result,
        .time_ms = entry->time_ms,
    };
}

static struct figures_message *message_of(struct figures *figures, int64_t number)
{
    for (uint32_t i = 0; i < figures->message_count; i++) {
        if (figures->messages[i].message == (uint32_t)number) {
            return &figures->messages[i];
        }
    }
    if (figures->message_count == FIGURES_MESSAGES_MAX) {
        figures->messages_left_out++;
        return NULL;
    }
    struct figures_message *message = &figures->messages[figures->message_count++];
    message->message = (uint32_t)number;
    return message;
}

/* Those that the restart protocol sends itself are none of the case's. */
static void note_message(struct figures *figures, const struct trace_entry *entry)
{
    if (entry->note == TRACE_NOTE_SENT) {
        struct figures_message *message = message_of(figures, entry->values[0]);
        if (message != NULL) {
            message->is_sent = true;
        }
    } else if (entry->note == TRACE_NOTE_ACKED) {
        struct figures_message *message = message_of(figures, entry->values[0]);
        if (message != NULL) {
            message->is_answered = true;
            message->status = (int32_t)entry->values[1];
        }
    }
}

static void add_note(struct taking *taking, const struct trace_entry *entry, bool is_restart)
{
    struct figures *figures = taking->figures;
    if (!is_note_told(entry->note)) {
        return;
    }
    if (!is_restart) {
        note_message(figures, entry);
    }
    if (figures->note_count == FIGURES_NOTES_MAX) {
        figures->notes_left_out++;
        return;
    }
    figures->notes[figures->note_count++] = (struct figures_note){.before_op = op_position(taking),
                                                                  .note = entry->note,
                                                                  .is_restart = is_restart,
                                                                  .value = entry->values[0],
                                                                  .status = entry->values[1]};
}

/* How many operations of the part are told: of the restart those of its first round. */
static size_t done_of(const struct reenact_part *part)
{
    return part->is_restart ? reenact_restart_done(part, 0) : part->done;
}

static uint32_t count_ops(const struct reenact_part *part)
{
    uint32_t count = 0;
    for (size_t done = 0; done < done_of(part); done++) {
        struct trace_entry entry;
        trace_get(part->trace, trace_done_index(part->trace, done), &entry);
        count += is_told(&entry) ? 1 : 0;
    }
    return count;
}

/* Up to the end that the part has, and what was noted before the operation behind it. */
static void take_part(struct taking *taking, const struct reenact_part *part, uint32_t number)
{
    struct trace_cursor cursor = {0, 0};
    struct trace_event event;
    size_t end = done_of(part);
    size_t done = 0;
    while (trace_next(part->trace, &cursor, UINT64_MAX, &event)) {
        if (event.entry.is_note) {
            if (part->is_restart && done == end) {
                break;
            }
            add_note(taking, &event.entry, part->is_restart);
            continue;
        }
        if (!event.is_end) {
            continue;
        }
        if (done == end) {
            break;
        }
        if (is_told(&event.entry)) {
            add_op(taking, number, done, &event.entry, part->is_restart);
        }
        done++;
    }
}

/* How many operations had ended when it struck: those of its round and before, or up to the one
 * that it struck itself. */
static uint32_t struck_before(const struct figures *figures, const struct reenact_strike *strike,
                              uint32_t from)
{
    uint32_t before = from;
    for (uint32_t i = from; i < figures->op_count; i++) {
        const struct figures_op *op = &figures->ops[i];
        if (op->point == strike->hit.point && op->hit == strike->hit.hit &&
            op->round == strike->round) {
            return i;
        }
        before = op->round <= strike->round ? i + 1 : before;
    }
    return before;
}

static void take_strikes(struct figures *figures, const struct reenact *reenact, uint32_t part,
                         uint32_t from)
{
    for (uint32_t i = 0; i < reenact->strike_count; i++) {
        const struct reenact_strike *strike = &reenact->strikes[i];
        if (strike->part != part || figures->strike_count == FIGURES_STRIKES_MAX) {
            continue;
        }
        figures->strikes[figures->strike_count++] =
            (struct figures_strike){.before_op = struck_before(figures, strike, from),
                                    .point = strike->hit.point,
                                    .hit = strike->hit.hit,
                                    .round = strike->round,
                                    .file = file_of(figures, strike->path),
                                    .kind = strike->hit.fault.kind};
    }
}

/* Whether a sync of `by` makes durable what `op` did: bytes and size with the file, names with
 * their directory. */
static bool covers(const struct figures *figures, const struct figures_op *by,
                   const struct figures_op *op)
{
    const char *path = figures->files[op->file];
    const char *synced = figures->files[by->file];
    if (op->op == POINT_OP_WRITE || op->op == POINT_OP_TRUNCATE) {
        return by->op == POINT_OP_SYNC && by->file == op->file;
    }
    size_t length = strlen(synced);
    return by->op == POINT_OP_SYNC_DIR && strncmp(path, synced, length) == 0 &&
           path[length] == '/' && strchr(path + length + 1, '/') == NULL;
}

static void find_covers(struct figures *figures)
{
    for (uint32_t i = 0; i < figures->op_count; i++) {
        struct figures_op *op = &figures->ops[i];
        if (op->op == POINT_OP_SYNC || op->op == POINT_OP_SYNC_DIR || op->op == POINT_OP_LOCK) {
            continue;
        }
        for (uint32_t k = i + 1; k < figures->op_count; k++) {
            const struct figures_op *by = &figures->ops[k];
            if (by->part != op->part) {
                break;
            }
            if (by->result >= 0 && covers(figures, by, op)) {
                op->covered_by = k;
                break;
            }
        }
    }
}

void figures_take(const struct reenact *reenact, struct figures *figures)
{
    struct taking taking = {.figures = figures};
    uint32_t total = 0;
    for (uint32_t i = 0; i < reenact->part_count; i++) {
        total += count_ops(&reenact->parts[i]);
    }
    taking.skip = total > FIGURES_OPS_MAX ? total - FIGURES_OPS_MAX : 0;
    figures->ops_left_out = taking.skip;
    for (uint32_t i = 0; i < reenact->part_count; i++) {
        uint32_t from = figures->op_count;
        take_part(&taking, &reenact->parts[i], i);
        take_strikes(figures, reenact, i, from);
    }
    find_covers(figures);
    figures->is_there = true;
}
