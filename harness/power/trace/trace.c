/* The recorded operations of a run (trace.h): recording and reading back. */
#include "harness/power/trace/trace.h"

#include "harness/power/trace/trace_layout.h"
#include "store/base/bytes.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STRING_SLOTS_FIRST 64

struct trace *trace_new(const struct trace_options *options)
{
    struct trace *trace = calloc(1, sizeof(*trace));

    if (trace == NULL) {
        return NULL;
    }
    if (options != NULL) {
        trace->options = *options;
    }
    (void)pthread_mutex_init(&trace->mutex, NULL);
    return trace;
}

struct trace *trace_free(struct trace *trace)
{
    if (trace == NULL) {
        return NULL;
    }
    (void)pthread_mutex_destroy(&trace->mutex);
    free(trace->records);
    free(trace->done);
    free(trace->flights);
    free(trace->strings);
    free(trace->string_slots);
    free(trace->data);
    free(trace);
    return NULL;
}

void trace_clear(struct trace *trace)
{
    trace->record_count = 0;
    trace->done_count = 0;
    trace->flight_count = 0;
    trace->strings_size_bytes = 0;
    trace->string_count = 0;
    if (trace->string_slots != NULL) {
        memset(trace->string_slots, 0, trace->string_slot_count * sizeof(trace->string_slots[0]));
    }
    trace->data_size_bytes = 0;
    trace->sequence = 0;
    trace->round = 0;
    trace->status = 0;
    memset(trace->hits, 0, sizeof(trace->hits));
}

/* Appends bytes to a growing block. */
static int append(uint8_t **block, size_t *size_bytes, size_t *capacity_bytes, const void *data,
                  size_t count)
{
    int r = grow_room((void **)block, *size_bytes, count, capacity_bytes, 1);
    if (r < 0) {
        return r;
    }
    memcpy(*block + *size_bytes, data, count);
    *size_bytes += count;
    return 0;
}

static uint32_t hash_string(const char *text)
{
    uint32_t hash = 2166136261U; /* FNV-1a */

    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    }
    return hash;
}

/* The slot where `text` is, or the free one where it belongs. Slots hold the offset + 1. */
static uint32_t *find_slot(const struct trace *trace, const char *text)
{
    size_t mask = trace->string_slot_count - 1;
    size_t slot = hash_string(text) & mask;

    while (trace->string_slots[slot] != 0 &&
           strcmp(trace->strings + trace->string_slots[slot] - 1, text) != 0) {
        slot = (slot + 1) & mask;
    }
    return &trace->string_slots[slot];
}

static int grow_slots(struct trace *trace)
{
    size_t count = STRING_SLOTS_FIRST;
    uint32_t *slots = NULL;

    while (count < 4 * (trace->string_count + 1)) {
        count *= 2;
    }
    slots = calloc(count, sizeof(slots[0]));
    if (slots == NULL) {
        return -ENOMEM;
    }
    free(trace->string_slots);
    trace->string_slots = slots;
    trace->string_slot_count = count;
    for (size_t at = 0; at < trace->strings_size_bytes; at += strlen(trace->strings + at) + 1) {
        *find_slot(trace, trace->strings + at) = (uint32_t)at + 1;
    }
    return 0;
}

/* Keeps each string once. */
static int keep_string(struct trace *trace, const char *text, uint32_t *ret_at)
{
    uint32_t *slot = NULL;
    uint32_t at = (uint32_t)trace->strings_size_bytes;
    uint8_t *strings = (uint8_t *)trace->strings;
    int r = 0;

    if (2 * (trace->string_count + 1) > trace->string_slot_count) {
        r = grow_slots(trace);
        if (r < 0) {
            return r;
        }
    }
    slot = find_slot(trace, text);
    if (*slot != 0) {
        *ret_at = *slot - 1;
        return 0;
    }
    if (trace->strings_size_bytes > UINT32_MAX / 2) {
        return -ENOBUFS;
    }
    r = append(&strings, &trace->strings_size_bytes, &trace->strings_capacity_bytes, text,
               strlen(text) + 1);
    trace->strings = (char *)strings;
    if (r == 0) {
        trace->string_count++;
        *slot = at + 1;
        *ret_at = at;
    }
    return r;
}

/* Keeps what a write writes, as long as there is room. */
static int keep_data(struct trace *trace, const struct disk_call *call, uint64_t *ret_at)
{
    uint64_t max_bytes = trace->options.data_bytes_max;
    uint64_t at = trace->data_size_bytes;
    int r = 0;

    *ret_at = TRACE_NO_DATA;
    if (call->op != POINT_OP_WRITE) {
        return 0;
    }
    if (max_bytes > 0 && call->size_bytes > max_bytes - (at < max_bytes ? at : max_bytes)) {
        return -ENOBUFS;
    }
    r = append(&trace->data, &trace->data_size_bytes, &trace->data_capacity_bytes, call->data,
               (size_t)call->size_bytes);
    if (r == 0) {
        *ret_at = at;
    }
    return r;
}

static void note_failure(struct trace *trace, int r)
{
    if (r < 0 && trace->status == 0) {
        trace->status = r;
    }
}

/* A new record with what all records have. NULL: there is no room. */
static struct trace_record *add_record(struct trace *trace)
{
    int r = 0;

    if (trace->options.entry_count_max > 0 &&
        trace->record_count >= trace->options.entry_count_max) {
        r = -ENOBUFS;
    } else {
        r = grow_room((void **)&trace->records, trace->record_count, 1, &trace->record_capacity,
                      sizeof(trace->records[0]));
    }
    note_failure(trace, r);
    if (r < 0) {
        return NULL;
    }
    struct trace_record *record = &trace->records[trace->record_count++];
    *record = (struct trace_record){
        .begin_sequence = trace->sequence++,
        .end_sequence = TRACE_NO_SEQUENCE,
        .round = trace->round,
        .data_at = TRACE_NO_DATA,
        .time_ms =
            trace->options.now_ms != NULL ? trace->options.now_ms(trace->options.now_arg) : 0,
    };
    if (trace->options.witness != NULL) {
        trace->options.witness(trace->options.witness_arg, record->begin_sequence);
    }
    return record;
}

static void record_call(struct trace *trace, const struct disk_call *call)
{
    int r = grow_room((void **)&trace->flights, trace->flight_count, 1, &trace->flight_capacity,
                      sizeof(trace->flights[0]));
    note_failure(trace, r);
    trace->hits[call->point]++;
    struct trace_record *record = r == 0 ? add_record(trace) : NULL;
    if (record == NULL) {
        return;
    }
    record->kind = TRACE_KIND_CALL;
    record->point = (uint16_t)call->point;
    record->what = (uint8_t)call->op;
    record->hit = trace->hits[call->point];
    record->service = trace->service;
    record->offset = call->offset;
    record->size_bytes = call->size_bytes;
    note_failure(trace, keep_string(trace, call->path, &record->path_at));
    note_failure(trace,
                 keep_string(trace, call->target != NULL ? call->target : "", &record->target_at));
    note_failure(trace, keep_data(trace, call, &record->data_at));
    trace->flights[trace->flight_count++] =
        (struct trace_flight){.call = call, .index = trace->record_count - 1};
}

static void on_begin(void *arg, const struct disk_call *call)
{
    struct trace *trace = arg;

    (void)pthread_mutex_lock(&trace->mutex);
    record_call(trace, call);
    (void)pthread_mutex_unlock(&trace->mutex);
    if (trace->next.begin != NULL) {
        trace->next.begin(trace->next.arg, call);
    }
}

static int add_done(struct trace *trace, size_t index)
{
    int r = grow_room((void **)&trace->done, trace->done_count, 1, &trace->done_capacity,
                      sizeof(trace->done[0]));
    if (r == 0) {
        trace->done[trace->done_count++] = index;
    }
    return r;
}

/* A call is known by its address, which is the same at begin and end. */
static void record_end(struct trace *trace, const struct disk_call *call, int64_t result)
{
    size_t i = trace->flight_count;

    while (i > 0 && trace->flights[i - 1].call != call) {
        i--;
    }
    if (i == 0) {
        return; /* its begin found no room */
    }
    trace->records[trace->flights[i - 1].index].end_sequence = trace->sequence++;
    trace->records[trace->flights[i - 1].index].result = result;
    note_failure(trace, add_done(trace, trace->flights[i - 1].index));
    memmove(trace->flights + i - 1, trace->flights + i,
            (trace->flight_count - i) * sizeof(trace->flights[0]));
    trace->flight_count--;
}

static void on_end(void *arg, const struct disk_call *call, int64_t result)
{
    struct trace *trace = arg;

    (void)pthread_mutex_lock(&trace->mutex);
    record_end(trace, call, result);
    (void)pthread_mutex_unlock(&trace->mutex);
    if (trace->next.end != NULL) {
        trace->next.end(trace->next.arg, call, result);
    }
}

struct disk_observer trace_observer(struct trace *trace, const struct disk_observer *next)
{
    trace->next = next != NULL ? *next : (struct disk_observer){0};
    return (struct disk_observer){.arg = trace, .begin = on_begin, .end = on_end};
}

/* Keeps the values past the second. */
static int keep_values(struct trace *trace, const int64_t *values, uint32_t count,
                       struct trace_record *record)
{
    uint8_t bytes[8 * TRACE_VALUES_MAX];
    uint64_t at = trace->data_size_bytes;
    size_t size_bytes = 0;
    int r = 0;

    for (uint32_t i = 2; i < count; i++, size_bytes += 8) {
        bytes_put_be64(bytes + size_bytes, (uint64_t)values[i]);
    }
    if (size_bytes == 0) {
        return 0;
    }
    r = append(&trace->data, &trace->data_size_bytes, &trace->data_capacity_bytes, bytes,
               size_bytes);
    if (r == 0) {
        record->data_at = at;
        record->size_bytes = size_bytes;
    }
    return r;
}

/* A note without a text has no hit. */
static void note_said(struct trace *trace, enum trace_note note, const int64_t *values,
                      uint32_t count, const char *text)
{
    struct trace_record *record = NULL;

    ENSURE(count <= TRACE_VALUES_MAX);
    (void)pthread_mutex_lock(&trace->mutex);
    if (note == TRACE_NOTE_ROUND) {
        trace->round = (uint32_t)values[0];
        memset(trace->hits, 0, sizeof(trace->hits));
    }
    record = add_record(trace);
    if (record != NULL) {
        record->kind = TRACE_KIND_NOTE;
        record->what = (uint8_t)note;
        record->end_sequence = record->begin_sequence;
        record->offset = count > 0 ? (uint64_t)values[0] : 0;
        record->result = count > 1 ? values[1] : 0;
        note_failure(trace, keep_values(trace, values, count, record));
        if (text[0] != '\0' && trace_keeps_text(trace)) {
            record->hit = 1;
            note_failure(trace, keep_string(trace, text, &record->path_at));
        }
    }
    (void)pthread_mutex_unlock(&trace->mutex);
}

bool trace_keeps_text(const struct trace *trace)
{
    return trace->options.witness != NULL;
}

void trace_note_values(struct trace *trace, enum trace_note note, const int64_t *values,
                       uint32_t count)
{
    note_said(trace, note, values, count, "");
}

void trace_note_text(struct trace *trace, enum trace_note note, int64_t value, int64_t value_2,
                     const char *text)
{
    const int64_t values[] = {value, value_2};

    note_said(trace, note, values, 2, text);
}

void trace_note(struct trace *trace, enum trace_note note, int64_t value, int64_t value_2)
{
    const int64_t values[] = {value, value_2};

    trace_note_values(trace, note, values, 2);
}

enum store_service trace_service(struct trace *trace, enum store_service service)
{
    uint8_t before = trace->service;
    trace->service = service == STORE_SERVICE_COUNT ? 0 : (uint8_t)(service + 1);
    return before == 0 ? STORE_SERVICE_COUNT : (enum store_service)(before - 1);
}

int trace_status(const struct trace *trace)
{
    return trace->status;
}

size_t trace_count(const struct trace *trace)
{
    return trace->record_count;
}

void trace_get(const struct trace *trace, size_t index, struct trace_entry *ret_entry)
{
    const struct trace_record *record = &trace->records[index];

    ENSURE(index < trace->record_count);
    *ret_entry = (struct trace_entry){
        .is_note = record->kind == TRACE_KIND_NOTE,
        .round = record->round,
        .begin_sequence = record->begin_sequence,
        .end_sequence = record->end_sequence,
        .time_ms = record->time_ms,
        .path = "",
        .target = "",
        .text = "",
    };
    if (ret_entry->is_note) {
        ret_entry->text = record->hit == 0 ? "" : trace->strings + record->path_at;
        ret_entry->note = (enum trace_note)record->what;
        ret_entry->values[0] = (int64_t)record->offset;
        ret_entry->values[1] = record->result;
        for (uint32_t i = 0; i < record->size_bytes / 8; i++) {
            ret_entry->values[i + 2] =
                (int64_t)bytes_get_be64(trace->data + record->data_at + 8 * (size_t)i);
        }
        return;
    }
    ret_entry->point = record->point;
    ret_entry->op = (enum point_op)record->what;
    ret_entry->hit = record->hit;
    ret_entry->service =
        record->service == 0 ? STORE_SERVICE_COUNT : (enum store_service)(record->service - 1);
    ret_entry->path = trace->strings + record->path_at;
    ret_entry->target = trace->strings + record->target_at;
    ret_entry->offset = record->offset;
    ret_entry->size_bytes = record->size_bytes;
    ret_entry->data = record->data_at == TRACE_NO_DATA ? NULL : trace->data + record->data_at;
    ret_entry->result = record->result;
}

struct disk_call trace_call(const struct trace_entry *entry)
{
    return (struct disk_call){
        .point = entry->point,
        .op = entry->op,
        .path = entry->path,
        .target = entry->target,
        .offset = entry->offset,
        .data = entry->data,
        .size_bytes = entry->size_bytes,
    };
}

size_t trace_done_count(const struct trace *trace)
{
    return trace->done_count;
}

size_t trace_done_index(const struct trace *trace, size_t n)
{
    ENSURE(n < trace->done_count);
    return trace->done[n];
}

uint32_t trace_round_count(const struct trace *trace)
{
    uint32_t last = 0;

    for (size_t i = 0; i < trace->record_count; i++) {
        last = trace->records[i].round > last ? trace->records[i].round : last;
    }
    return trace->record_count == 0 ? 0 : last + 1;
}

bool trace_next(const struct trace *trace, struct trace_cursor *cursor, uint64_t sequence,
                struct trace_event *ret_event)
{
    uint64_t begin = UINT64_MAX;
    uint64_t end = UINT64_MAX;

    if (cursor->entry < trace->record_count) {
        begin = trace->records[cursor->entry].begin_sequence;
    }
    if (cursor->done < trace->done_count) {
        end = trace->records[trace->done[cursor->done]].end_sequence;
    }
    if ((begin < end ? begin : end) >= sequence) {
        return false;
    }
    ret_event->is_end = end < begin;
    ret_event->index = ret_event->is_end ? trace->done[cursor->done++] : cursor->entry++;
    trace_get(trace, ret_event->index, &ret_event->entry);
    return true;
}

static void restore_counters(struct trace *trace)
{
    for (size_t i = 0; i < trace->record_count; i++) {
        const struct trace_record *record = &trace->records[i];
        uint64_t last = record->end_sequence == TRACE_NO_SEQUENCE ? record->begin_sequence
                                                                  : record->end_sequence;

        trace->sequence = last >= trace->sequence ? last + 1 : trace->sequence;
        trace->round = record->round;
    }
    for (size_t i = 0; i < trace->strings_size_bytes; i++) {
        trace->string_count += trace->strings[i] == '\0';
    }
    free(trace->string_slots);
    trace->string_slots = NULL;
    trace->string_slot_count = 0;
}

/* Sorting by end gives back the order in which operations happened. */
struct ended {
    uint64_t sequence;
    size_t index;
};

static int compare_ended(const void *left, const void *right)
{
    const struct ended *left_ended = left;
    const struct ended *right_ended = right;

    return left_ended->sequence < right_ended->sequence   ? -1
           : left_ended->sequence > right_ended->sequence ? 1
                                                          : 0;
}

static int restore_done(struct trace *trace)
{
    struct ended *ended = malloc((trace->record_count + 1) * sizeof(ended[0]));
    size_t count = 0;

    free(trace->done);
    trace->done_capacity = trace->record_count + 1;
    trace->done = malloc(trace->done_capacity * sizeof(trace->done[0]));
    if (ended == NULL || trace->done == NULL) {
        free(ended);
        trace->done_capacity = trace->done != NULL ? trace->done_capacity : 0;
        return -ENOMEM;
    }
    for (size_t i = 0; i < trace->record_count; i++) {
        const struct trace_record *record = &trace->records[i];

        if (record->kind == TRACE_KIND_CALL && record->end_sequence != TRACE_NO_SEQUENCE) {
            ended[count++] = (struct ended){.sequence = record->end_sequence, .index = i};
        }
    }
    qsort(ended, count, sizeof(ended[0]), compare_ended);
    for (size_t i = 0; i < count; i++) {
        trace->done[i] = ended[i].index;
    }
    trace->done_count = count;
    free(ended);
    return 0;
}

int trace_restore(struct trace *trace)
{
    restore_counters(trace);
    return restore_done(trace);
}

const char *trace_note_name(enum trace_note note)
{
    static const char *const names[] = {
#define X(id, name, help) [TRACE_NOTE_##id] = (name),
        TRACE_NOTE_MAP(X)
#undef X
    };
    ENSURE((unsigned)note < TRACE_NOTE_COUNT);
    return names[note];
}
