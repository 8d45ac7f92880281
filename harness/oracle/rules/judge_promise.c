/* What an answer to the workload promises (judge.h). */
#include "harness/oracle/rules/judge.h"

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
