/* Notes of a trace, applied to a ledger in their order. */
#include "harness/power/trace/journal.h"

static void apply_answer(struct ledger *ledger, const int64_t *values)
{
    const struct store_put_result result = {
        .status = (enum store_put_status)values[1],
        .queue_offset = values[2],
        .physical_offset = (uint64_t)values[3],
        .size_bytes = (uint32_t)values[4],
        .store_timestamp_ms = values[5],
    };
    ledger_note_done(ledger, (uint32_t)values[0], &result);
}

static void apply_note(struct ledger *ledger, enum trace_note note, const int64_t *values)
{
    switch (note) {
    case TRACE_NOTE_SENT:
        ledger_note_sent(ledger, (uint32_t)values[0]);
        break;
    case TRACE_NOTE_ACKED:
        apply_answer(ledger, values);
        break;
    case TRACE_NOTE_COMMITTED:
        ledger_note_commit(ledger, (uint32_t)values[0], values[1]);
        break;
    case TRACE_NOTE_ROUND:
        ledger->round = (uint32_t)values[0];
        ledger_begin_round(ledger);
        break;
    case TRACE_NOTE_OPENED:
        ledger_note_opened(ledger);
        break;
    case TRACE_NOTE_PERSISTED:
        ledger_note_persisted(ledger);
        break;
    case TRACE_NOTE_CUT:
        atomic_store(&ledger->messages[values[0]].was_cut, (uint32_t)values[1]);
        break;
    case TRACE_NOTE_CUT_MAX:
        ledger_note_cut(ledger, (uint32_t)values[0], values[1]);
        break;
    case TRACE_NOTE_MAX:
        ledger_note_max(ledger, (uint32_t)values[0], values[1]);
        break;
    case TRACE_NOTE_EXPIRY:
        atomic_store(&ledger->expired_before_ms, values[0]);
        break;
    case TRACE_NOTE_TAMPERED:
        ledger_note_tampered(ledger);
        break;
    case TRACE_NOTE_CLOSED:
    case TRACE_NOTE_EVENT:
    case TRACE_NOTE_STEP:
    case TRACE_NOTE_CLOCK:
    case TRACE_NOTE_HELD:
    case TRACE_NOTE_COUNT:
        break;
    }
}

void journal_apply(struct ledger *ledger, const struct trace_entry *entry)
{
    if (entry->is_note) {
        apply_note(ledger, entry->note, entry->values);
    } else if (point_is_log_sync(entry->point)) {
        ledger_note_sync_began(ledger);
    }
}

static void apply_to_state(struct journal_state *state, const struct trace_entry *entry)
{
    state->now_ms = entry->time_ms;
    if (!entry->is_note) {
        return;
    }
    if (entry->note == TRACE_NOTE_EVENT) {
        state->events |= UINT64_C(1) << entry->values[0];
    } else if (entry->note == TRACE_NOTE_STEP) {
        state->next_step = (uint32_t)entry->values[0];
    } else if (entry->note == TRACE_NOTE_ROUND) {
        state->round = (uint32_t)entry->values[0];
    }
}

static void apply_end(struct ledger *ledger, const struct trace_entry *entry)
{
    if (point_is_log_sync(entry->point)) {
        ledger_note_sync_ended(ledger, entry->result);
    }
}

void journal_seek(struct journal *journal, const struct trace *trace, uint64_t sequence,
                  struct journal_state *state, struct ledger *ledger)
{
    struct trace_event event;
    while (trace_next(trace, &journal->cursor, sequence, &event)) {
        if (event.is_end) {
            apply_end(ledger, &event.entry);
        } else {
            journal_apply(ledger, &event.entry);
            ledger_note_time(ledger, event.entry.time_ms);
            apply_to_state(state, &event.entry);
        }
    }
    journal->sequence = sequence;
}

uint64_t journal_sequence(const struct trace *trace, size_t done)
{
    struct trace_entry entry;
    if (done >= trace_done_count(trace)) {
        return UINT64_MAX;
    }
    trace_get(trace, trace_done_index(trace, done), &entry);
    return entry.end_sequence;
}
