/* The life of a judge_state, and its CRC. */
#include "harness/oracle/rules/disk_reader.h"
#include "harness/oracle/rules/judge.h"
#include "store/base/bytes.h"
#include "store/base/crc32.h"

#include <stdlib.h>

struct judge_state *judge_state_new(void)
{
    struct disk_reader_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL) {
        return NULL;
    }
    struct judge_state first = {.cache = cache};
    struct judge_state *state = judge_state_new_beside(&first);
    if (state == NULL) {
        free(cache);
        return NULL;
    }
    state->is_cache_shared = false;
    workload_message_init(&cache->scratch);
    return state;
}

struct judge_state *judge_state_new_beside(struct judge_state *first)
{
    struct judge_state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return NULL;
    }
    state->cache = first->cache;
    state->is_cache_shared = true;
    state->self = state;
    return state;
}

/* Messages beyond `capacity` were never initialised; the scratch one always was. */
static void free_cache(struct disk_reader_cache *cache)
{
    for (uint32_t i = 0; i < cache->capacity; i++) {
        workload_message_done(&cache->messages[i]);
    }
    workload_message_done(&cache->scratch);
    free(cache->messages);
    free(cache->is_made);
    free(cache->first_record);
    free(cache->foreign);
    free(cache->flaws);
    free(cache->foreign_commits);
    free(cache);
}

struct judge_state *judge_state_free(struct judge_state *state)
{
    if (state == NULL) {
        return NULL;
    }
    disk_log_done(&state->log);
    disk_index_done(&state->index);
    disk_queue_done(&state->queues);
    disk_offsets_done(&state->offsets);
    free(state->records);
    if (!state->is_cache_shared) {
        free_cache(state->cache);
    }
    free(state);
    return NULL;
}

/* Fixed byte order, so that the CRC of a state is the same on every machine and stands in an
 * archive. */
static uint32_t add_number(uint32_t crc, uint64_t number)
{
    uint8_t bytes[8];
    bytes_put_be64(bytes, number);
    return crc32_update(crc, bytes, sizeof bytes);
}

uint32_t judge_state_crc(const struct judge_state *state)
{
    uint32_t crc = 0;
    for (uint32_t i = 0; i < state->record_count; i++) {
        const struct disk_record *record = &state->records[i];
        crc = add_number(crc, record->offset);
        crc = crc32_update(crc, disk_reader_bytes(state, record), record->size_bytes);
    }
    for (uint32_t i = 0; i < state->queues.queue_count; i++) {
        const struct disk_queue *queue = &state->queues.queues[i];
        size_t skipped = (size_t)(queue->min_index - queue->first_index);
        size_t count = (size_t)(queue->max_index - queue->min_index);
        if (queue->max_index == 0) {
            continue;
        }
        crc = crc32_update(crc, disk_queue_topic(&state->queues, queue), queue->topic_size_bytes);
        crc = add_number(crc, (uint64_t)(uint32_t)queue->queue_id);
        crc = add_number(crc, queue->min_index);
        crc = add_number(crc, queue->max_index);
        crc = crc32_update(
            crc, state->queues.bytes + queue->bytes_at + skipped * DISK_QUEUE_UNIT_SIZE_BYTES,
            count * DISK_QUEUE_UNIT_SIZE_BYTES);
    }
    for (uint32_t i = 0; i < state->offsets.count; i++) {
        const struct disk_offset *entry = &state->offsets.entries[i];
        crc = crc32_update(crc, disk_offsets_key(&state->offsets, entry), entry->key_size_bytes);
        crc = add_number(crc, (uint64_t)(uint32_t)entry->queue_id);
        crc = add_number(crc, (uint64_t)entry->offset);
    }
    return crc;
}
