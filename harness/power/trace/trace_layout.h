/* How a trace lies in memory.  Private to the trace*.c of this folder. */
#ifndef HARNESS_POWER_TRACE_TRACE_LAYOUT_H
#define HARNESS_POWER_TRACE_TRACE_LAYOUT_H

#include "harness/power/trace/trace.h"

#include <pthread.h>

#define TRACE_NO_DATA UINT64_MAX

enum trace_kind { TRACE_KIND_CALL, TRACE_KIND_NOTE, TRACE_KIND_COUNT };

/* A note keeps what was said with it as its path, if its hit is not 0, its first two values in
 * offset and result, the others in the data, each in 8 bytes,
 * big-endian; size_bytes says how many bytes these take. */
struct trace_record {
    uint64_t begin_sequence;
    uint64_t end_sequence;
    uint64_t offset;
    uint64_t size_bytes;
    uint64_t data_at;
    int64_t result;
    int64_t time_ms;
    uint32_t path_at;
    uint32_t target_at;
    uint32_t round;
    uint32_t hit;
    uint16_t point;
    uint8_t what;    /* enum point_op, or enum trace_note */
    uint8_t kind;    /* enum trace_kind */
    uint8_t service; /* 1 + enum store_service, or 0 */
};

/* An operation whose end has not come. */
struct trace_flight {
    const struct disk_call *call;
    size_t index;
};

struct trace {
    struct trace_options options;
    pthread_mutex_t mutex;
    struct disk_observer next;
    struct trace_record *records;
    size_t record_count;
    size_t record_capacity;
    size_t *done; /* indexes of calls, in the order of their ends */
    size_t done_count;
    size_t done_capacity;
    struct trace_flight *flights;
    size_t flight_count;
    size_t flight_capacity;
    char *strings; /* each once, 0-terminated */
    size_t strings_size_bytes;
    size_t strings_capacity_bytes;
    size_t string_count;
    uint32_t *string_slots; /* hash table: offset + 1, or 0 */
    size_t string_slot_count;
    uint8_t *data;
    size_t data_size_bytes;
    size_t data_capacity_bytes;
    uint64_t sequence;
    uint32_t round;
    uint32_t hits[POINT_COUNT];
    uint8_t service; /* on whose behalf operations are recorded now */
    int status;
};

/* trace.c: what follows from the records and strings, after these were read from bytes: the order
 * of the ends, and where a recording goes on.  0 or -ENOMEM. */
int trace_restore(struct trace *trace);

#endif
