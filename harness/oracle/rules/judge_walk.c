/* The queues of a store that is held in memory, against its log. */
#include "harness/oracle/rules/judge_walk.h"

#include "harness/oracle/foreign/lmq.h"
#include "harness/oracle/rules/judge_queue.h"

/* A unit's record by binary search; what the scan did not find is no record, even if its bytes
 * would parse. */
static int find_record(void *arg, uint32_t queue, uint64_t offset, struct disk_record *ret_record)
{
    const struct judge_state *state = arg;
    const struct disk_record *record = disk_reader_find(state, offset);
    if (record == NULL) {
        return 0;
    }
    *ret_record = *record;
    if (record->is_multi_dispatch) {
        lmq_see_from(&state->queues, queue, disk_reader_bytes(state, record), ret_record);
    }
    return 1;
}

/* The other queues of a multi-dispatch record. A queue for which there is no memory is not judged:
 * nothing here can fail. */
static void check_lights(struct judge_state *state, const struct judge_queue *walk,
                         const struct disk_record *record)
{
    struct lmq lmq;
    struct lmq_place place;
    struct disk_record seen;
    lmq_begin(&lmq, record, disk_reader_bytes(state, record));
    while (lmq_next(&lmq, &place)) {
        if (judge_queue_light(walk, record, &place, &seen) > 0) {
            (void)judge_queue_record(walk, &seen);
        }
    }
}

/* The walk in memory: files, then every record in order, then what stands behind the last.
 * Nothing here can fail, since `find` reads nothing. */
void judge_walk(struct judge_state *state, const struct disk_sink *sink)
{
    const struct judge_queue walk = {.log = &state->log,
                                     .queues = &state->queues,
                                     .sink = sink,
                                     .log_end = state->log.end_offset,
                                     .is_gapped = state->damage_count > 0,
                                     .arg = state,
                                     .find = find_record};
    judge_queue_files(&walk);
    judge_queue_begin(&walk);
    for (uint32_t i = 0; i < state->record_count; i++) {
        (void)judge_queue_record(&walk, &state->records[i]);
        if (state->records[i].is_multi_dispatch) {
            check_lights(state, &walk, &state->records[i]);
        }
    }
    (void)judge_queue_end(&walk);
}
