/* What an answer to the workload promises (judge.h). */
#include "harness/oracle/rules/judge.h"

/* A sync-and-wait put is answered after the sync of its record; all others as soon as the record
 * is in the page cache, which a power loss empties. */
bool judge_promise_is_early(const struct judge_context *context, uint32_t index)
{
    const struct scenario *scenario = context->scenario;
    if (scenario->store.flush == STORE_FLUSH_ASYNC) {
        return true;
    }
    const struct workload *workload = context->workload;
    for (uint32_t i = 0; i < workload->step_count; i++) {
        if (workload->steps[i].kind == WORKLOAD_PUT && workload->steps[i].message == index) {
            return !scenario->phases[workload->steps[i].phase].wait;
        }
    }
    return false; /* a probe waits */
}

/* A kill takes nothing from the page cache, so without a bound every PUT_OK holds. With one,
 * only what lies below it does, or what was answered after a sync that was no lie. */
bool judge_promise_is_owed(const struct judge_context *context, uint32_t index)
{
    const struct ledger_message *entry = &context->ledger->messages[index];
    uint64_t end = entry->physical_offset + entry->size_bytes;
    if (!ledger_is_acked(entry) || entry->is_waived != 0) {
        return false;
    }
    return !context->is_promise_bounded || end <= context->promised_end ||
           (!context->is_lied && !judge_promise_is_early(context, index));
}
