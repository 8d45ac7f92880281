/* A store read at a moment, for a map of it (figures_disk.h). */
#include "harness/figures/figures_disk.h"

#include "harness/oracle/rules/judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool figures_disk_has_unit(struct judge_state *state, const struct disk_record *record)
{
    struct disk_queue_unit unit;
    if (record->queue >= state->queues.queue_count) {
        return false;
    }
    struct disk_queue *queue = &state->queues.queues[record->queue];
    if (record->queue_offset < 0 || (uint64_t)record->queue_offset < queue->min_index ||
        (uint64_t)record->queue_offset >= queue->max_index) {
        return false;
    }
    disk_queue_decode(disk_queue_bytes(&state->queues, queue, (uint64_t)record->queue_offset),
                      &unit);
    return !unit.is_zero && unit.offset == record->offset;
}

/* Which message a record holds, by what the workload writes into FLAG; -1: none that was sent. */
static int32_t message_of(const struct judge_state *state, const struct disk_record *record)
{
    return record->flag > 0 && record->offset >= state->queues.foreign_end ? record->flag - 1 : -1;
}

static void take_records(const struct judge_state *state, struct figures_stage *stage)
{
    for (uint32_t i = 0; i < state->record_count; i++) {
        const struct disk_record *record = &state->records[i];
        if (stage->record_count == FIGURES_RECORDS_MAX) {
            stage->left_out += state->record_count - i;
            return;
        }
        stage->records[stage->record_count++] = (struct figures_record){
            .offset = record->offset,
            .size_bytes = record->size_bytes,
            .message = message_of(state, record),
            .queue = record->queue < FIGURES_QUEUES_MAX ? record->queue : UINT32_MAX,
            .queue_offset = record->queue_offset};
    }
}

static enum figures_unit_state state_of(const struct judge_state *state, uint32_t queue,
                                        uint64_t index, const struct disk_queue_unit *unit)
{
    if (unit->is_zero || unit->is_pre_blank) {
        return FIGURES_UNIT_EMPTY;
    }
    const struct disk_record *record = disk_reader_find(state, unit->offset);
    if (record == NULL) {
        return FIGURES_UNIT_DANGLING;
    }
    return record->queue == queue && record->queue_offset == (int64_t)index &&
                   record->size_bytes == unit->size_bytes
               ? FIGURES_UNIT_TRUE
               : FIGURES_UNIT_OTHER;
}

static void take_queue(struct judge_state *state, uint32_t number, struct figures_stage *stage)
{
    struct disk_queue *queue = &state->queues.queues[number];
    for (uint64_t index = queue->min_index; index < queue->max_index; index++) {
        struct disk_queue_unit unit;
        if (stage->unit_count == FIGURES_UNITS_MAX) {
            stage->left_out += (uint32_t)(queue->max_index - index);
            return;
        }
        disk_queue_decode(disk_queue_bytes(&state->queues, queue, index), &unit);
        stage->units[stage->unit_count++] =
            (struct figures_unit){.queue = number,
                                  .state = state_of(state, number, index, &unit),
                                  .index = index,
                                  .offset = unit.offset,
                                  .size_bytes = unit.size_bytes};
    }
}

static void take_queues(struct judge_state *state, struct figures_stage *stage)
{
    for (uint32_t i = 0; i < state->queues.queue_count; i++) {
        const struct disk_queue *queue = &state->queues.queues[i];
        if (i == FIGURES_QUEUES_MAX) {
            return;
        }
        struct figures_queue *told = &stage->queues[stage->queue_count++];
        (void)snprintf(told->name, sizeof(told->name), "%.80s/%" PRId32,
                       disk_queue_topic(&state->queues, queue), queue->queue_id);
        told->min = queue->min_index;
        told->max = queue->max_index;
        take_queue(state, i, stage);
    }
}

static void take_spans(const struct judge_state *state, struct figures_stage *stage)
{
    for (uint32_t i = 0; i < state->log.file_count && i < FIGURES_SPANS_MAX; i++) {
        stage->spans[stage->span_count++] =
            (struct figures_span){state->log.files[i].start, state->log.files[i].size_bytes};
    }
}

/* The store of an image; NULL: it cannot be read, or there is no memory.  The caller frees it. */
static struct judge_state *read_store(const struct reenact *reenact, struct image *image)
{
    struct judge_state *state = image == NULL ? NULL : judge_state_new();
    if (state == NULL) {
        return NULL;
    }
    const struct view view = image_view(image);
    if (judge_read(state, &view, &reenact->options.scenario->store, NULL) < 0) {
        return judge_state_free(state);
    }
    return state;
}

void figures_disk_add(const struct reenact *reenact, const char *name, struct image *image,
                      struct figures *figures)
{
    struct judge_state *state = read_store(reenact, image);
    if (state == NULL || figures->stage_count == FIGURES_STAGES_MAX) {
        judge_state_free(state);
        return;
    }
    struct figures_stage *stage = &figures->stages[figures->stage_count++];
    (void)snprintf(stage->name, sizeof(stage->name), "%s", name);
    stage->has_abort = state->has_abort;
    stage->log_min = state->log.min_offset;
    stage->log_end = state->log.end_offset;
    stage->mark = state->mark_offset;
    take_spans(state, stage);
    take_records(state, stage);
    take_queues(state, stage);
    judge_state_free(state);
}

static void look_for(struct figures *figures, struct judge_state *state, bool is_recovered)
{
    for (uint32_t i = 0; i < state->record_count; i++) {
        const struct disk_record *record = &state->records[i];
        int32_t number = message_of(state, record);
        for (uint32_t k = 0; number >= 0 && k < figures->message_count; k++) {
            struct figures_message *message = &figures->messages[k];
            if (message->message != (uint32_t)number) {
                continue;
            }
            message->is_left |= !is_recovered;
            message->is_found |= is_recovered;
            message->is_in_queue |= is_recovered && figures_disk_has_unit(state, record);
        }
    }
}

void figures_disk_messages(const struct reenact *reenact, struct figures *figures)
{
    struct judge_state *crashed = read_store(reenact, reenact->crashed);
    if (crashed != NULL) {
        look_for(figures, crashed, false);
    }
    judge_state_free(crashed);
    struct judge_state *recovered = read_store(reenact, reenact->recovered);
    if (recovered != NULL) {
        look_for(figures, recovered, true);
    }
    judge_state_free(recovered);
}
