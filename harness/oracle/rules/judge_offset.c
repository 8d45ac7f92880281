/* Judges config/consumerOffset.json. */
#include "harness/oracle/rules/judge_offset.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE_BYTES (STORE_TOPIC_SIZE_BYTES_MAX + 1 + sizeof(WORKLOAD_GROUP))

struct place {
    const char *topic;
    int32_t queue_id;
    int64_t max;
    int64_t foreign; /* what was committed in the base; -1: nothing */
};

/* A queue without files has no unit, whatever the log says of it. */
static int64_t queue_max(const struct judge_state *state, uint32_t queue)
{
    return queue < state->queues.listed_count ? (int64_t)state->queues.queues[queue].max_index : 0;
}

/* What the queue's max will be once the dispatcher has caught up. */
static int64_t log_max(const struct judge_state *state, uint32_t queue)
{
    int64_t max = queue_max(state, queue);
    for (uint32_t i = state->record_count; i > 0; i--) {
        const struct disk_record *record = &state->records[i - 1];
        if (record->queue == queue && record->is_indexable && record->queue_offset >= max) {
            max = record->queue_offset + 1;
        }
    }
    return max;
}

/* The bounds of docs/PROPERTIES.md, `consumer-offset`: not below what a completed persist held,
 * unless the queue's max was lower in between and the offset was clipped to it; not above what
 * was ever committed, nor above what a completed restart has lowered it to. */
static void judge_committed(const struct ledger_commit *commit, const struct place *place,
                            int64_t found, const struct disk_sink *sink)
{
    int64_t last = atomic_load(&commit->last);
    int64_t persisted = atomic_load(&commit->persisted);
    last = last < 0 ? place->foreign : last;
    persisted = persisted < 0 ? place->foreign : persisted;
    int64_t lowest_max = atomic_load(&commit->lowest_max);
    int64_t ceiling = atomic_load(&commit->ceiling);
    int64_t high = last > persisted ? last : persisted;
    bool is_lowered = ceiling >= 0 && ceiling < high;
    high = is_lowered ? ceiling : high;
    int64_t low = persisted;
    low = lowest_max >= 0 && lowest_max < low ? lowest_max : low;
    low = place->max < low ? place->max : low;
    low = last >= 0 && last < low ? last : low;
    struct disk_finding where = {.mechanism = MECHANISM_COMMIT_BEYOND, .file = DISK_OFFSETS_PATH};
    if (found > place->max) {
        disk_sink_add(sink, &where,
                      "topic %.64s queue %" PRId32
                      ": the committed offset is beyond max, expected at most %" PRId64
                      ", found %" PRId64,
                      place->topic, place->queue_id, place->max, found);
    }
    if (found < low) {
        where.mechanism = MECHANISM_COMMIT_LOST;
        disk_sink_add(sink, &where,
                      "topic %.64s queue %" PRId32
                      ": the committed offset was lost, expected at least %" PRId64
                      " (persisted %" PRId64 "), found %" PRId64,
                      place->topic, place->queue_id, low, persisted, found);
    } else if (found > high) {
        bool is_back = is_lowered && found <= (last > persisted ? last : persisted);
        where.mechanism = is_back ? MECHANISM_COMMIT_BACK : MECHANISM_COMMIT_INVENTED;
        disk_sink_add(sink, &where,
                      "topic %.64s queue %" PRId32 ": %s, expected at most %" PRId64
                      ", found %" PRId64,
                      place->topic, place->queue_id,
                      is_back ? "an offset that a restart had lowered is back"
                              : "an offset that was never committed",
                      high, found);
    }
}

/* The key of the scenario's topic in the file. */
static void key_of(const struct scenario *scenario, uint32_t topic,
                   char name[STORE_TOPIC_SIZE_BYTES_MAX + 1], char key[KEY_SIZE_BYTES])
{
    workload_topic_name(scenario, topic, name, STORE_TOPIC_SIZE_BYTES_MAX + 1);
    snprintf(key, KEY_SIZE_BYTES, "%s@" WORKLOAD_GROUP, name);
}

int judge_offset_begin_with(struct judge_state *state, const struct scenario *scenario)
{
    int64_t *commits = calloc((size_t)scenario->topics * scenario->queues + 1, sizeof(*commits));
    if (commits == NULL) {
        return -ENOMEM;
    }
    for (uint32_t topic = 0; topic < scenario->topics; topic++) {
        char name[STORE_TOPIC_SIZE_BYTES_MAX + 1];
        char key[KEY_SIZE_BYTES];
        key_of(scenario, topic, name, key);
        for (uint32_t i = 0; i < scenario->queues; i++) {
            commits[topic * scenario->queues + i] =
                disk_offsets_find(&state->offsets, key, (int32_t)i);
        }
    }
    state->cache->foreign_commits = commits;
    return 0;
}

/* Queues are those of the scenario, present or not: an offset of a queue that is lost is beyond
 * its max of 0. The max is noted last, for the next restart. */
void judge_offset_check(const struct judge_context *context, const struct judge_state *state,
                        const struct disk_sink *sink)
{
    const struct scenario *scenario = context->scenario;
    const int64_t *commits = state->cache->foreign_commits;
    for (uint32_t topic = 0; topic < scenario->topics; topic++) {
        char name[STORE_TOPIC_SIZE_BYTES_MAX + 1];
        char key[KEY_SIZE_BYTES];
        key_of(scenario, topic, name, key);
        for (uint32_t i = 0; i < scenario->queues; i++) {
            uint32_t queue =
                disk_queue_lookup(&state->queues, name, (uint32_t)strlen(name), (int32_t)i);
            uint32_t number = topic * scenario->queues + i;
            struct place place = {name, (int32_t)i, queue_max(state, queue),
                                  commits == NULL ? -1 : commits[number]};
            int64_t found = disk_offsets_find(&state->offsets, key, (int32_t)i);
            judge_committed(&context->ledger->commits[number], &place, found, sink);
            ledger_note_max(context->ledger, number, place.max);
        }
    }
}

/* The max that a truncate took from the queue and no open has clipped to yet; -1: none. */
static int64_t cut_max(const struct judge_context *context, const char *topic,
                       uint32_t topic_size_bytes, int32_t queue_id)
{
    const struct scenario *scenario = context->scenario;
    for (uint32_t i = 0; i < scenario->topics; i++) {
        char name[STORE_TOPIC_SIZE_BYTES_MAX + 1];
        workload_topic_name(scenario, i, name, sizeof name);
        if (strlen(name) == topic_size_bytes && memcmp(name, topic, topic_size_bytes) == 0 &&
            queue_id >= 0 && (uint32_t)queue_id < scenario->queues) {
            uint32_t number = i * scenario->queues + (uint32_t)queue_id;
            return atomic_load(&context->ledger->commits[number].cut_from_max);
        }
    }
    return -1;
}

/* Entries are those of the file, which may hold some of topics that the scenario has not got. */
void judge_offset_check_crashed(const struct judge_context *context,
                                const struct judge_state *state, const struct disk_sink *sink)
{
    for (uint32_t i = 0; i < state->offsets.count; i++) {
        const struct disk_offset *entry = &state->offsets.entries[i];
        const char *key = disk_offsets_key(&state->offsets, entry);
        const char *at = strchr(key, '@');
        uint32_t topic_size = at != NULL ? (uint32_t)(at - key) : entry->key_size_bytes;
        uint32_t queue = disk_queue_lookup(&state->queues, key, topic_size, entry->queue_id);
        int64_t max = queue == UINT32_MAX ? 0 : log_max(state, queue);
        if (entry->offset > max &&
            entry->offset > cut_max(context, key, topic_size, entry->queue_id)) {
            const struct disk_finding where = {.mechanism = MECHANISM_COMMIT_BEYOND,
                                               .file = state->offsets.path};
            disk_sink_add(sink, &where,
                          "%.96s queue %" PRId32
                          ": at the crash the committed offset was beyond max, expected at most "
                          "%" PRId64 ", found %" PRId64,
                          key, entry->queue_id, max, entry->offset);
        }
    }
}
