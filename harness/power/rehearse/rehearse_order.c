/* Property order-durable, over the recording. */
#include "harness/power/rehearse/rehearsal.h"
#include "harness/power/rehearse/rehearse.h"

static void tell_commit(const struct rehearsal *rehearsal, uint32_t number, int64_t offset)
{
    const struct scenario *scenario = rehearsal->options.scenario;
    char topic[STORE_TOPIC_SIZE_BYTES_MAX + 1];
    workload_topic_name(scenario, number / scenario->queues, topic, sizeof(topic));
    const struct order_commit commit = {topic, WORKLOAD_GROUP, (int32_t)(number % scenario->queues),
                                        offset};
    order_committed(rehearsal->order, &commit);
}

static void tell_note(const struct rehearsal *rehearsal, const struct trace_entry *note)
{
    const struct judge_context context = {
        .scenario = rehearsal->options.scenario,
        .workload = rehearsal->options.workload,
    };
    if (note->note == TRACE_NOTE_ROUND) {
        order_round(rehearsal->order);
    } else if (note->note == TRACE_NOTE_ACKED && note->values[1] == STORE_PUT_OK &&
               !judge_promise_is_early(&context, (uint32_t)note->values[0])) {
        order_acked(rehearsal->order, (uint64_t)note->values[3], (uint32_t)note->values[4]);
    } else if (note->note == TRACE_NOTE_OPENED) {
        order_opened(rehearsal->order);
    } else if (note->note == TRACE_NOTE_HELD) {
        order_held(rehearsal->order, (enum store_service)note->values[0], note->values[1]);
    } else if (note->note == TRACE_NOTE_COMMITTED) {
        tell_commit(rehearsal, (uint32_t)note->values[0], note->values[1]);
    }
}

static void tell(const struct rehearsal *rehearsal, const struct trace_event *event)
{
    const struct trace_entry *entry = &event->entry;
    if (!event->is_end) {
        order_clock(rehearsal->order, entry->time_ms);
    }
    if (entry->is_note) {
        tell_note(rehearsal, entry);
        return;
    }
    const struct disk_call call = trace_call(entry);
    /* An operation is known by its index; NULL is no name. */
    const void *id = (const void *)(uintptr_t)(event->index + 1);
    if (!event->is_end) {
        order_begin(rehearsal->order, id, &call);
        return;
    }
    /* A sync that a switch took out is missing from the engine; one that the disk lied about is not
     * the engine's fault. */
    bool is_sync = entry->op == POINT_OP_SYNC || entry->op == POINT_OP_SYNC_DIR;
    bool is_void = is_sync &&
                   rehearse_sync_fault(rehearsal, entry->round, entry->point, entry->hit) == NULL &&
                   rehearse_sync_how(rehearsal, NULL, entry->point) == RECORDING_SYNC_VOID;
    order_end(rehearsal->order, id, &call, entry->result, is_void);
}

/* Tells the rules of recordings that follow each other, until one that is `wanted` is broken. */
static bool tell_all(const struct rehearsal *rehearsal, const struct trace *const *traces,
                     uint32_t count, uint64_t wanted, uint32_t *ret_trace, size_t *ret_entry)
{
    order_clear(rehearsal->order);
    for (uint32_t i = 0; i < count; i++) {
        struct trace_cursor cursor = {0, 0};
        struct trace_event event;
        if (i > 0 && i + 1 < count) {
            order_forget(rehearsal->order);
        }
        while (trace_next(traces[i], &cursor, UINT64_MAX, &event)) {
            tell(rehearsal, &event);
            if ((order_mechanisms(rehearsal->order) & wanted) != 0) {
                *ret_trace = i;
                *ret_entry = event.index;
                return true;
            }
        }
    }
    return false;
}

uint32_t rehearse_order_of(const struct rehearsal *rehearsal, const struct trace *const *traces,
                           uint32_t count, struct judge_report *report)
{
    uint32_t trace = 0;
    size_t entry = 0;
    (void)tell_all(rehearsal, traces, count, 0, &trace, &entry);
    return order_report(rehearsal->order, report);
}

uint32_t rehearse_order(const struct rehearsal *rehearsal, struct judge_report *report)
{
    const struct trace *const trace = rehearsal->trace;
    return rehearse_order_of(rehearsal, &trace, 1, report);
}

bool rehearse_order_first(const struct rehearsal *rehearsal, const struct trace *const *traces,
                          uint32_t count, enum mechanism mechanism, uint32_t *ret_trace,
                          size_t *ret_entry)
{
    return tell_all(rehearsal, traces, count, UINT64_C(1) << mechanism, ret_trace, ret_entry);
}

const char *rehearse_order_gap(const struct rehearsal *rehearsal)
{
    return order_is_full(rehearsal->order) ? ORDER_FULL_TEXT : NULL;
}
