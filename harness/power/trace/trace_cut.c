/* What a death leaves of a recording (trace.h). */
#include "harness/power/trace/trace_layout.h"
#include "store/base/ensure.h"

/* Drops what began or had not ended at `sequence`.  Strings and data stay, without a reference. */
static void cut_at(struct trace *trace, uint64_t sequence)
{
    size_t kept = 0;
    size_t done = 0;

    /* Ends first, while they can be found by index: those kept move down by what is dropped. */
    for (size_t n = 0; n < trace->done_count; n++) {
        size_t index = trace->done[n];

        if (trace->records[index].end_sequence >= sequence) {
            break; /* they stand in the order of their ends */
        }
        trace->done[done++] = index;
    }
    trace->done_count = done;
    for (size_t i = 0; i < trace->record_count; i++) {
        if (trace->records[i].begin_sequence >= sequence) {
            break;
        }
        if (trace->records[i].end_sequence < sequence) {
            trace->records[kept++] = trace->records[i];
            continue;
        }
        for (size_t n = 0; n < done; n++) {
            trace->done[n] -= trace->done[n] > kept ? 1 : 0;
        }
    }
    trace->record_count = kept;
    trace->flight_count = 0;
    trace->sequence = sequence;
}

void trace_cut(struct trace *trace, size_t index)
{
    ENSURE(index < trace->record_count);
    cut_at(trace, trace->records[index].begin_sequence);
}

void trace_cut_after(struct trace *trace, size_t index, uint64_t kept_bytes)
{
    struct trace_record *record = NULL;

    ENSURE(index < trace->record_count);
    ENSURE(trace->records[index].end_sequence != TRACE_NO_SEQUENCE);
    cut_at(trace, trace->records[index].end_sequence + 1);
    record = &trace->records[trace->done[trace->done_count - 1]];
    if (record->what == POINT_OP_WRITE && record->result > 0 &&
        kept_bytes < (uint64_t)record->result) {
        record->result = (int64_t)kept_bytes;
        record->size_bytes = kept_bytes;
    }
}
