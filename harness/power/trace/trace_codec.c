/* A trace as plain bytes: names of all points, operations and notes of the version that wrote it;
 * the strings; the records, 77 bytes each; the written data.
 *
 * All integers are big-endian.  Points and operations are kept by name, so a trace of another
 * version is read where it can be and refused where it cannot. */
#include "harness/power/trace/trace_codec.h"

#include "harness/power/trace/trace_layout.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_SIZE_BYTES 77u
#define NAME_SIZE_BYTES   64u

static int put_u32(struct buffer *buffer, uint32_t value)
{
    uint8_t bytes[4];

    bytes_put_be32(bytes, value);
    return buffer_append(buffer, bytes, sizeof(bytes));
}

static int put_u64(struct buffer *buffer, uint64_t value)
{
    uint8_t bytes[8];

    bytes_put_be64(bytes, value);
    return buffer_append(buffer, bytes, sizeof(bytes));
}

static int put_block(struct buffer *buffer, const void *data, size_t size_bytes)
{
    int r = put_u64(buffer, size_bytes);

    return r < 0 || size_bytes == 0 ? r : buffer_append(buffer, data, size_bytes);
}

static const char *point_name_of(uint32_t index)
{
    return point_name((enum point)index);
}

static const char *op_name_of(uint32_t index)
{
    return point_op_name((enum point_op)index);
}

static const char *note_name_of(uint32_t index)
{
    return trace_note_name((enum trace_note)index);
}

/* The names that a trace carries, in the order in which they come. */
enum table { TABLE_POINTS, TABLE_OPS, TABLE_NOTES, TABLE_COUNT };

static const struct {
    uint32_t count;
    const char *(*name_of)(uint32_t index);
} our_names[TABLE_COUNT] = {
    [TABLE_POINTS] = {POINT_COUNT, point_name_of},
    [TABLE_OPS] = {POINT_OP_COUNT, op_name_of},
    [TABLE_NOTES] = {TRACE_NOTE_COUNT, note_name_of},
};

/* A row of names: how many, then each with its length. */
static int put_names(struct buffer *buffer, enum table table)
{
    int r = put_u32(buffer, our_names[table].count);

    for (uint32_t i = 0; r == 0 && i < our_names[table].count; i++) {
        const char *name = our_names[table].name_of(i);

        r = put_block(buffer, name, strlen(name));
    }
    return r;
}

static void encode_record(const struct trace_record *record, uint8_t *bytes)
{
    bytes_put_be64(bytes, record->begin_sequence);
    bytes_put_be64(bytes + 8, record->end_sequence);
    bytes_put_be64(bytes + 16, record->offset);
    bytes_put_be64(bytes + 24, record->size_bytes);
    bytes_put_be64(bytes + 32, record->data_at);
    bytes_put_be64(bytes + 40, (uint64_t)record->result);
    bytes_put_be64(bytes + 48, (uint64_t)record->time_ms);
    bytes_put_be32(bytes + 56, record->path_at);
    bytes_put_be32(bytes + 60, record->target_at);
    bytes_put_be32(bytes + 64, record->round);
    bytes_put_be32(bytes + 68, record->hit);
    bytes_put_be16(bytes + 72, record->point);
    bytes[74] = record->what;
    bytes[75] = record->kind;
    bytes[76] = record->service;
}

static void decode_record(const uint8_t *bytes, struct trace_record *record)
{
    *record = (struct trace_record){
        .begin_sequence = bytes_get_be64(bytes),
        .end_sequence = bytes_get_be64(bytes + 8),
        .offset = bytes_get_be64(bytes + 16),
        .size_bytes = bytes_get_be64(bytes + 24),
        .data_at = bytes_get_be64(bytes + 32),
        .result = (int64_t)bytes_get_be64(bytes + 40),
        .time_ms = (int64_t)bytes_get_be64(bytes + 48),
        .path_at = bytes_get_be32(bytes + 56),
        .target_at = bytes_get_be32(bytes + 60),
        .round = bytes_get_be32(bytes + 64),
        .hit = bytes_get_be32(bytes + 68),
        .point = bytes_get_be16(bytes + 72),
        .what = bytes[74],
        .kind = bytes[75],
        .service = bytes[76],
    };
}

static int put_records(struct buffer *buffer, const struct trace *trace)
{
    uint8_t bytes[RECORD_SIZE_BYTES];
    int r = put_u64(buffer, trace->record_count);

    for (size_t i = 0; r == 0 && i < trace->record_count; i++) {
        encode_record(&trace->records[i], bytes);
        r = buffer_append(buffer, bytes, sizeof(bytes));
    }
    return r;
}

int trace_codec_put(const struct trace *trace, struct buffer *buffer)
{
    int r = 0;
    for (enum table table = 0; r == 0 && table < TABLE_COUNT; table++) {
        r = put_names(buffer, table);
    }
    if (r < 0) {
        return r;
    }
    r = put_block(buffer, trace->strings, trace->strings_size_bytes);
    if (r < 0) {
        return r;
    }
    r = put_records(buffer, trace);
    return r < 0 ? r : put_block(buffer, trace->data, trace->data_size_bytes);
}

/* What is left to be read of the raw bytes. Reads past the end set `is_short` and give 0. */
struct cursor {
    const uint8_t *at;
    size_t left_bytes;
    bool is_short;
};

static const uint8_t *take(struct cursor *cursor, uint64_t size_bytes)
{
    const uint8_t *at = cursor->at;

    if (cursor->is_short || size_bytes > cursor->left_bytes) {
        cursor->is_short = true;
        return NULL;
    }
    cursor->at += size_bytes;
    cursor->left_bytes -= (size_t)size_bytes;
    return at;
}

static uint32_t take_u32(struct cursor *cursor)
{
    const uint8_t *at = take(cursor, 4);

    return at != NULL ? bytes_get_be32(at) : 0;
}

static uint64_t take_u64(struct cursor *cursor)
{
    const uint8_t *at = take(cursor, 8);

    return at != NULL ? bytes_get_be64(at) : 0;
}

/* Which of our numbers each number of the file means; `unknown` for names that are not ours. */
struct meanings {
    uint16_t *ours;
    uint32_t count;
};

static uint32_t find_name(const char *name, enum table table)
{
    uint32_t i = 0;

    while (i < our_names[table].count && strcmp(our_names[table].name_of(i), name) != 0) {
        i++;
    }
    return i;
}

static int take_names(struct cursor *cursor, struct meanings *meanings, enum table table)
{
    uint32_t count = take_u32(cursor);

    if (cursor->is_short || count > UINT16_MAX) {
        return ERR_CORRUPT;
    }
    meanings->ours = calloc((size_t)count + 1, sizeof(meanings->ours[0]));
    if (meanings->ours == NULL) {
        return -ENOMEM;
    }
    meanings->count = count;
    for (uint32_t i = 0; i < count; i++) {
        char name[NAME_SIZE_BYTES] = "";
        uint64_t length = take_u64(cursor);
        const uint8_t *text = take(cursor, length);

        if (text == NULL || length >= sizeof(name)) {
            return ERR_CORRUPT;
        }
        memcpy(name, text, (size_t)length);
        meanings->ours[i] = (uint16_t)find_name(name, table);
    }
    return 0;
}

/* Our number for one of the file's. */
static int translate(const struct meanings *tables, enum table table, uint32_t theirs,
                     uint16_t *ret_ours)
{
    if (theirs >= tables[table].count) {
        return ERR_CORRUPT;
    }
    *ret_ours = tables[table].ours[theirs];
    return *ret_ours < our_names[table].count ? 0 : ERR_USAGE;
}

/* Whether a record's references lead into the strings and the data. */
static bool is_inside(const struct trace *trace, const struct trace_record *record)
{
    if (record->path_at >= trace->strings_size_bytes ||
        record->target_at >= trace->strings_size_bytes) {
        return false;
    }
    return record->data_at == TRACE_NO_DATA ||
           (record->data_at <= trace->data_size_bytes &&
            record->size_bytes <= trace->data_size_bytes - record->data_at);
}

/* The values of a note past the second. */
static bool are_values_inside(const struct trace *trace, const struct trace_record *record)
{
    return record->size_bytes == 0 ||
           (record->size_bytes <= 8 * (TRACE_VALUES_MAX - 2) && record->size_bytes % 8 == 0 &&
            record->data_at <= trace->data_size_bytes &&
            record->size_bytes <= trace->data_size_bytes - record->data_at);
}

static int check_record(const struct trace *trace, const struct meanings *tables,
                        struct trace_record *record)
{
    uint16_t what = 0;
    int r = 0;

    if (record->kind == TRACE_KIND_NOTE) {
        r = translate(tables, TABLE_NOTES, record->what, &what);
        record->what = (uint8_t)what;
        bool has_text = record->hit == 0 || record->path_at < trace->strings_size_bytes;
        return r == 0 && (!has_text || !are_values_inside(trace, record)) ? ERR_CORRUPT : r;
    }
    if (record->kind != TRACE_KIND_CALL || !is_inside(trace, record)) {
        return ERR_CORRUPT;
    }
    r = translate(tables, TABLE_OPS, record->what, &what);
    if (r == 0) {
        r = translate(tables, TABLE_POINTS, record->point, &record->point);
    }
    if (r < 0) {
        return r;
    }
    record->what = (uint8_t)what;
    if (point_op((enum point)record->point) != (enum point_op)what) {
        return ERR_USAGE;
    }
    /* A write that says it did more than it tried would be replayed past its data. */
    return record->result > 0 && what == POINT_OP_WRITE &&
                   (uint64_t)record->result > record->size_bytes
               ? ERR_CORRUPT
               : 0;
}

/* A block of bytes, copied in the place of the one that is there; an empty block is NULL. */
static int take_block(struct cursor *cursor, uint8_t **block, size_t *size_bytes,
                      size_t *capacity_bytes)
{
    uint64_t count = take_u64(cursor);
    const uint8_t *at = take(cursor, count);

    free(*block);
    *block = NULL;
    *size_bytes = 0;
    *capacity_bytes = 0;
    if (at == NULL) {
        return ERR_CORRUPT;
    }
    if (count == 0) {
        return 0;
    }
    *block = malloc((size_t)count);
    if (*block == NULL) {
        return -ENOMEM;
    }
    memcpy(*block, at, (size_t)count);
    *size_bytes = (size_t)count;
    *capacity_bytes = (size_t)count;
    return 0;
}

static int take_strings(struct cursor *cursor, struct trace *trace)
{
    uint8_t *strings = (uint8_t *)trace->strings;
    int r =
        take_block(cursor, &strings, &trace->strings_size_bytes, &trace->strings_capacity_bytes);

    trace->strings = (char *)strings;
    if (r == 0 && strings != NULL && strings[trace->strings_size_bytes - 1] != '\0') {
        return ERR_CORRUPT;
    }
    return r;
}

static int take_records(struct cursor *cursor, struct trace *trace)
{
    uint64_t count = take_u64(cursor);

    if (cursor->is_short || count > cursor->left_bytes / RECORD_SIZE_BYTES) {
        return ERR_CORRUPT;
    }
    free(trace->records);
    trace->record_count = 0;
    trace->record_capacity = (size_t)count + 1;
    trace->records = malloc(trace->record_capacity * sizeof(trace->records[0]));
    if (trace->records == NULL) {
        trace->record_capacity = 0;
        return -ENOMEM;
    }
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *bytes = take(cursor, RECORD_SIZE_BYTES);

        if (bytes == NULL) {
            return ERR_CORRUPT;
        }
        decode_record(bytes, &trace->records[i]);
    }
    trace->record_count = (size_t)count;
    return 0;
}

static int take_trace(struct cursor *cursor, struct trace *trace, struct meanings *tables)
{
    int r = 0;
    for (enum table table = 0; r == 0 && table < TABLE_COUNT; table++) {
        r = take_names(cursor, &tables[table], table);
    }
    if (r < 0) {
        return r;
    }
    r = take_strings(cursor, trace);
    if (r < 0) {
        return r;
    }
    r = take_records(cursor, trace);
    if (r < 0) {
        return r;
    }
    r = take_block(cursor, &trace->data, &trace->data_size_bytes, &trace->data_capacity_bytes);
    if (r < 0) {
        return r;
    }
    if (cursor->left_bytes > 0) {
        return ERR_CORRUPT;
    }
    for (size_t i = 0; r == 0 && i < trace->record_count; i++) {
        r = check_record(trace, tables, &trace->records[i]);
    }
    return r;
}

int trace_codec_take(struct trace *trace, const uint8_t *data, size_t size_bytes,
                     size_t *ret_left_bytes)
{
    struct cursor cursor = {.at = data, .left_bytes = size_bytes};
    struct meanings tables[TABLE_COUNT] = {{0}};
    int r = take_trace(&cursor, trace, tables);
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        free(tables[table].ours);
    }
    *ret_left_bytes = cursor.left_bytes;
    int restored = trace_restore(trace);
    return r < 0 ? r : restored;
}
