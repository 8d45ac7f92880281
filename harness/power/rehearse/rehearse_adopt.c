/* A recording that was made elsewhere, in place of a run.  Its notes are indexes here, and may come
 * from a damaged file. */
#include "harness/power/rehearse/rehearsal.h"
#include "harness/power/rehearse/rehearse.h"
#include "harness/power/trace/trace_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_note_valid(const struct rehearsal *rehearsal, const struct trace_entry *entry)
{
    const int64_t *values = entry->values;
    int64_t limit = INT64_MAX;
    switch (entry->note) {
    case TRACE_NOTE_ACKED:
        if (values[1] < 0 || values[1] >= STORE_PUT_STATUS_COUNT) {
            return false;
        }
        limit = rehearsal->options.workload->message_count;
        break;
    case TRACE_NOTE_SENT:
    case TRACE_NOTE_CUT:
        limit = rehearsal->options.workload->message_count;
        break;
    case TRACE_NOTE_COMMITTED:
    case TRACE_NOTE_CUT_MAX:
    case TRACE_NOTE_MAX:
        limit = rehearsal->start.ledger->queue_count;
        break;
    case TRACE_NOTE_EVENT:
        limit = EVENT_COUNT;
        break;
    case TRACE_NOTE_HELD:
        limit = STORE_SERVICE_COUNT;
        break;
    case TRACE_NOTE_ROUND:
        limit = REHEARSAL_ROUNDS_MAX;
        break;
    case TRACE_NOTE_STEP:
        limit = (int64_t)rehearsal->options.workload->step_count + 1;
        break;
    case TRACE_NOTE_OPENED:
    case TRACE_NOTE_CLOSED:
    case TRACE_NOTE_PERSISTED:
    case TRACE_NOTE_EXPIRY:
    case TRACE_NOTE_TAMPERED:
    case TRACE_NOTE_CLOCK:
    case TRACE_NOTE_COUNT:
        return true;
    }
    return values[0] >= 0 && values[0] < limit;
}

static int check_notes(const struct rehearsal *rehearsal, struct err *err)
{
    for (size_t i = 0; i < trace_count(rehearsal->trace); i++) {
        struct trace_entry entry;
        trace_get(rehearsal->trace, i, &entry);
        if (entry.is_note && !is_note_valid(rehearsal, &entry)) {
            return err_set(err, ERR_CORRUPT,
                           "entry %zu of the trace ('%s' %lld) is not of this scenario", i,
                           trace_note_name(entry.note), (long long)entry.values[0]);
        }
    }
    return 0;
}

int rehearse_adopt(struct rehearsal *rehearsal, const struct trace *trace, struct err *err)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    struct image *origin = image_clone(rehearsal->origin);
    if (origin == NULL) {
        return err_set(err, -ENOMEM, "out of memory for a rehearsal");
    }
    memset(&rehearsal->plan, 0, sizeof(rehearsal->plan));
    rehearse_state_forget(rehearsal, origin);
    int r = trace_file_pack(trace, &data, &size_bytes, err);
    if (r < 0) {
        return r;
    }
    r = trace_file_unpack(rehearsal->trace, data, size_bytes, err);
    if (r < 0) {
        goto out;
    }
    r = check_notes(rehearsal, err);
out:
    free(data);
    if (r < 0) {
        trace_clear(rehearsal->trace);
    }
    return r;
}
