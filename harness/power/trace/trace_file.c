/* A trace as bytes (trace.h).
 *
 *   header   magic 8, version 4, CRC-32 of the rest of the header and the payload 4, raw size 8
 *   payload  an LZ4 frame of: names of all points, operations and notes of the version that wrote
 *            it; the strings; the records, 77 bytes each; the written data
 *
 * All integers are big-endian. Points and operations are kept by name, so a trace of another
 * version is read where it can be and refused where it cannot. */
#include "harness/power/trace/trace_file.h"

#include "harness/power/trace/trace_parts.h"
#include "store/base/buffer.h"
#include "store/base/bytes.h"
#include "store/base/crc32.h"
#include "store/base/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include <lz4frame.h>

#define TRACE_FILE_MAGIC             "KPTRACE\n"
#define TRACE_FILE_VERSION           3U
#define TRACE_FILE_HEADER_SIZE_BYTES 24U
#define TRACE_FILE_CRC_FROM          16U
#define TRACE_FILE_RECORD_SIZE_BYTES 77U
#define TRACE_FILE_SIZE_BYTES_MAX    (UINT64_C(4) << 30)
/* LZ4 cannot make more of a byte than this: a larger size in the header is a lie. */
#define TRACE_FILE_RATIO_MAX       256U
#define TRACE_FILE_NAME_SIZE_BYTES 64U

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
    int result = put_u64(buffer, size_bytes);

    return result < 0 || size_bytes == 0 ? result : buffer_append(buffer, data, size_bytes);
}

/* A row of names: how many, then each with its length. */
static int put_names(struct buffer *buffer, uint32_t count, const char *(*name_of)(uint32_t))
{
    int result = put_u32(buffer, count);

    for (uint32_t i = 0; result == 0 && i < count; i++) {
        const char *name = name_of(i);

        result = put_block(buffer, name, strlen(name));
    }
    return result;
}

static const char *point_name_of(uint32_t index)
{
    return point_name(index);
}

static const char *op_name_of(uint32_t index)
{
    return point_op_name((enum point_op)index);
}

static const char *note_name_of(uint32_t index)
{
    return trace_note_name((enum trace_note)index);
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
    uint8_t bytes[TRACE_FILE_RECORD_SIZE_BYTES];
    int result = put_u64(buffer, trace->record_count);

    for (size_t i = 0; result == 0 && i < trace->record_count; i++) {
        encode_record(&trace->records[i], bytes);
        result = buffer_append(buffer, bytes, sizeof(bytes));
    }
    return result;
}

static int put_trace(struct buffer *buffer, const struct trace *trace)
{
    int result = put_names(buffer, POINT_COUNT, point_name_of);

    if (result == 0) {
        result = put_names(buffer, POINT_OP_COUNT, op_name_of);
    }
    if (result == 0) {
        result = put_names(buffer, TRACE_NOTE_COUNT, note_name_of);
    }
    if (result == 0) {
        result = put_block(buffer, trace->strings, trace->strings_size_bytes);
    }
    if (result == 0) {
        result = put_records(buffer, trace);
    }
    return result < 0 ? result : put_block(buffer, trace->data, trace->data_size_bytes);
}

/* Header and payload of `raw` in one malloc'ed block. */
static int compress(const struct buffer *raw, uint8_t **ret_data, size_t *ret_size_bytes)
{
    size_t bound = LZ4F_compressFrameBound(raw->size_bytes, NULL);
    uint8_t *data = malloc(TRACE_FILE_HEADER_SIZE_BYTES + bound);
    size_t packed = 0;

    if (data == NULL) {
        return -ENOMEM;
    }
    packed = LZ4F_compressFrame(data + TRACE_FILE_HEADER_SIZE_BYTES, bound, raw->data,
                                raw->size_bytes, NULL);
    if (LZ4F_isError(packed)) {
        free(data);
        return -EIO;
    }
    memcpy(data, TRACE_FILE_MAGIC, 8);
    bytes_put_be32(data + 8, TRACE_FILE_VERSION);
    bytes_put_be64(data + 16, raw->size_bytes);
    *ret_size_bytes = TRACE_FILE_HEADER_SIZE_BYTES + packed;
    bytes_put_be32(data + 12,
                   crc32_of(data + TRACE_FILE_CRC_FROM, *ret_size_bytes - TRACE_FILE_CRC_FROM));
    *ret_data = data;
    return 0;
}

int trace_file_pack(const struct trace *trace, uint8_t **ret_data, size_t *ret_size_bytes,
                    struct err *err)
{
    struct buffer raw;
    int result = 0;

    buffer_init(&raw, TRACE_FILE_SIZE_BYTES_MAX);
    result = put_trace(&raw, trace);
    if (result == 0) {
        result = compress(&raw, ret_data, ret_size_bytes);
    }
    buffer_done(&raw);
    if (result < 0) {
        return err_set(err, result, "pack a trace of %zu entries: %s", trace->record_count,
                       strerror(-result));
    }
    return 0;
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

static uint32_t find_name(const char *name, uint32_t count, const char *(*name_of)(uint32_t))
{
    uint32_t i = 0;

    while (i < count && strcmp(name_of(i), name) != 0) {
        i++;
    }
    return i;
}

static int take_names(struct cursor *cursor, struct meanings *meanings, uint32_t our_count,
                      const char *(*name_of)(uint32_t))
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
        char name[TRACE_FILE_NAME_SIZE_BYTES] = "";
        uint64_t length = take_u64(cursor);
        const uint8_t *text = take(cursor, length);

        if (text == NULL || length >= sizeof(name)) {
            return ERR_CORRUPT;
        }
        memcpy(name, text, (size_t)length);
        meanings->ours[i] = (uint16_t)find_name(name, our_count, name_of);
    }
    return 0;
}

/* The three tables of names of a file. */
struct tables {
    struct meanings points;
    struct meanings ops;
    struct meanings notes;
};

static int take_tables(struct cursor *cursor, struct tables *tables)
{
    int result = take_names(cursor, &tables->points, POINT_COUNT, point_name_of);

    if (result == 0) {
        result = take_names(cursor, &tables->ops, POINT_OP_COUNT, op_name_of);
    }
    if (result == 0) {
        result = take_names(cursor, &tables->notes, TRACE_NOTE_COUNT, note_name_of);
    }
    return result;
}

/* Our number for one of the file's. */
static int translate(const struct meanings *meanings, uint32_t theirs, uint32_t our_count,
                     uint16_t *ret_ours)
{
    if (theirs >= meanings->count) {
        return ERR_CORRUPT;
    }
    *ret_ours = meanings->ours[theirs];
    return *ret_ours < our_count ? 0 : ERR_USAGE;
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

static int check_record(const struct trace *trace, const struct tables *tables,
                        struct trace_record *record)
{
    uint16_t what = 0;
    int result = 0;

    if (record->kind == TRACE_KIND_NOTE) {
        result = translate(&tables->notes, record->what, TRACE_NOTE_COUNT, &what);
        record->what = (uint8_t)what;
        return result == 0 && !are_values_inside(trace, record) ? ERR_CORRUPT : result;
    }
    if (record->kind != TRACE_KIND_CALL || !is_inside(trace, record)) {
        return ERR_CORRUPT;
    }
    result = translate(&tables->ops, record->what, POINT_OP_COUNT, &what);
    if (result == 0) {
        result = translate(&tables->points, record->point, POINT_COUNT, &record->point);
    }
    if (result < 0) {
        return result;
    }
    record->what = (uint8_t)what;
    if (point_op(record->point) != (enum point_op)what) {
        return ERR_USAGE;
    }
    /* A write that says it did more than it tried would be replayed past its data. */
    return record->result > 0 && what == POINT_OP_WRITE &&
                   (uint64_t)record->result > record->size_bytes
               ? ERR_CORRUPT
               : 0;
}

/* A block of bytes, copied; empty blocks are NULL. */
static int take_block(struct cursor *cursor, uint8_t **ret_data, size_t *ret_size_bytes)
{
    uint64_t size_bytes = take_u64(cursor);
    const uint8_t *at = take(cursor, size_bytes);

    if (at == NULL) {
        return ERR_CORRUPT;
    }
    if (size_bytes > 0) {
        *ret_data = malloc((size_t)size_bytes);
        if (*ret_data == NULL) {
            return -ENOMEM;
        }
        memcpy(*ret_data, at, (size_t)size_bytes);
    }
    *ret_size_bytes = (size_t)size_bytes;
    return 0;
}

static int take_strings(struct cursor *cursor, struct trace *trace)
{
    uint8_t *strings = NULL;
    int result = take_block(cursor, &strings, &trace->strings_size_bytes);

    free(trace->strings);
    trace->strings = (char *)strings;
    trace->strings_capacity_bytes = trace->strings_size_bytes;
    if (result == 0 && strings != NULL && strings[trace->strings_size_bytes - 1] != '\0') {
        return ERR_CORRUPT;
    }
    return result;
}

/* So that recording can go on after what was read. */
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

static int take_data(struct cursor *cursor, struct trace *trace)
{
    uint8_t *data = NULL;
    int result = take_block(cursor, &data, &trace->data_size_bytes);

    free(trace->data);
    trace->data = data;
    trace->data_capacity_bytes = trace->data_size_bytes;
    return result;
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

static int take_records(struct cursor *cursor, struct trace *trace)
{
    uint64_t count = take_u64(cursor);

    if (cursor->is_short || count > cursor->left_bytes / TRACE_FILE_RECORD_SIZE_BYTES) {
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
        const uint8_t *bytes = take(cursor, TRACE_FILE_RECORD_SIZE_BYTES);

        if (bytes == NULL) {
            return ERR_CORRUPT;
        }
        decode_record(bytes, &trace->records[i]);
    }
    trace->record_count = (size_t)count;
    return 0;
}

static int take_trace(struct cursor *cursor, struct trace *trace)
{
    struct tables tables = {0};
    int result = take_tables(cursor, &tables);

    if (result == 0) {
        result = take_strings(cursor, trace);
    }
    if (result == 0) {
        result = take_records(cursor, trace);
    }
    if (result == 0) {
        result = take_data(cursor, trace);
    }
    if (result == 0 && cursor->left_bytes > 0) {
        result = ERR_CORRUPT;
    }
    for (size_t i = 0; result == 0 && i < trace->record_count; i++) {
        result = check_record(trace, &tables, &trace->records[i]);
    }
    free(tables.points.ours);
    free(tables.ops.ours);
    free(tables.notes.ours);
    restore_counters(trace);
    return result < 0 ? result : restore_done(trace);
}

/* Decompresses into `raw`, which has room for exactly `raw_size_bytes`. */
static int decompress(const uint8_t *data, size_t size_bytes, uint8_t *raw, size_t raw_size_bytes)
{
    LZ4F_dctx *context = NULL;
    size_t in_bytes = size_bytes;
    size_t out_bytes = raw_size_bytes;
    size_t left = 0;

    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
        return -ENOMEM;
    }
    left = LZ4F_decompress(context, raw, &out_bytes, data, &in_bytes, NULL);
    (void)LZ4F_freeDecompressionContext(context);
    return left == 0 && out_bytes == raw_size_bytes && in_bytes == size_bytes ? 0 : ERR_CORRUPT;
}

/* What the header says: 0 and the raw size, or what is wrong. */
static int check_header(const uint8_t *data, size_t size_bytes, uint64_t *ret_raw_size_bytes,
                        struct err *err)
{
    if (size_bytes < TRACE_FILE_HEADER_SIZE_BYTES || memcmp(data, TRACE_FILE_MAGIC, 8) != 0) {
        return err_set(err, ERR_CORRUPT, "not a trace");
    }
    if (bytes_get_be32(data + 8) != TRACE_FILE_VERSION) {
        return err_set(err, ERR_USAGE, "a trace of version %u, this is version %u",
                       bytes_get_be32(data + 8), TRACE_FILE_VERSION);
    }
    if (bytes_get_be32(data + 12) !=
        crc32_of(data + TRACE_FILE_CRC_FROM, size_bytes - TRACE_FILE_CRC_FROM)) {
        return err_set(err, ERR_CORRUPT, "damaged: the checksum of bytes %u to %zu does not match",
                       TRACE_FILE_CRC_FROM, size_bytes);
    }
    *ret_raw_size_bytes = bytes_get_be64(data + 16);
    if (*ret_raw_size_bytes > TRACE_FILE_SIZE_BYTES_MAX ||
        *ret_raw_size_bytes / TRACE_FILE_RATIO_MAX > size_bytes) {
        return err_set(err, ERR_CORRUPT, "impossible size %" PRIu64, *ret_raw_size_bytes);
    }
    return 0;
}

static int cannot_unpack(int result, size_t raw_size_bytes, size_t left_bytes, struct err *err)
{
    if (result == ERR_USAGE) {
        return err_set(err, result, "made by another version: it has points that are not here");
    }
    if (result == ERR_CORRUPT) {
        return err_set(err, result, "damaged before byte %zu of %zu unpacked",
                       raw_size_bytes - left_bytes, raw_size_bytes);
    }
    return err_set(err, result, "unpack a trace: %s", err_name(result));
}

int trace_file_unpack(struct trace *trace, const uint8_t *data, size_t size_bytes, struct err *err)
{
    struct cursor cursor = {0};
    uint64_t raw_size_bytes = 0;
    uint8_t *raw = NULL;
    int result = check_header(data, size_bytes, &raw_size_bytes, err);

    trace_clear(trace);
    if (result < 0) {
        return result;
    }
    raw = malloc((size_t)raw_size_bytes + 1);
    if (raw == NULL) {
        return err_set(err, -ENOMEM, "unpack a trace: out of memory");
    }
    result = decompress(data + TRACE_FILE_HEADER_SIZE_BYTES,
                        size_bytes - TRACE_FILE_HEADER_SIZE_BYTES, raw, (size_t)raw_size_bytes);
    if (result == 0) {
        cursor = (struct cursor){.at = raw, .left_bytes = (size_t)raw_size_bytes};
        result = take_trace(&cursor, trace);
    }
    free(raw);
    if (result < 0) {
        trace_clear(trace);
        return cannot_unpack(result, (size_t)raw_size_bytes, cursor.left_bytes, err);
    }
    return 0;
}

static int write_all(int fd, const uint8_t *data, size_t size_bytes)
{
    size_t done_bytes = 0;

    while (done_bytes < size_bytes) {
        ssize_t put = write(fd, data + done_bytes, size_bytes - done_bytes);

        if (put < 0 && errno != EINTR) {
            return -errno;
        }
        done_bytes += put > 0 ? (size_t)put : 0;
    }
    return 0;
}

/* Under another name first: a trace that is there is a whole one. */
static int write_file(const char *path, const uint8_t *data, size_t size_bytes)
{
    char temporary[PATH_MAX];
    int length = snprintf(temporary, sizeof(temporary), "%s.tmp", path);
    int result = 0;
    int fd = -1;

    if (length < 0 || (size_t)length >= sizeof(temporary)) {
        return -ENAMETOOLONG;
    }
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        return -errno;
    }
    result = write_all(fd, data, size_bytes);
    if (close(fd) < 0 && result == 0) {
        result = -errno;
    }
    if (result == 0 && rename(temporary, path) < 0) {
        result = -errno;
    }
    if (result < 0) {
        (void)unlink(temporary);
    }
    return result;
}

int trace_file_save(const struct trace *trace, const char *path, struct err *err)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    int result = trace_file_pack(trace, &data, &size_bytes, err);

    if (result < 0) {
        return result;
    }
    result = write_file(path, data, size_bytes);
    free(data);
    if (result < 0) {
        return err_set(err, result, "write trace '%s': %s", path, strerror(-result));
    }
    return 0;
}

/* Reads the whole file into one malloc'ed block. */
static int read_file(const char *path, uint8_t **ret_data, size_t *ret_size_bytes)
{
    struct stat status = {0};
    uint8_t *data = NULL;
    size_t done_bytes = 0;
    ssize_t got = 1;
    int result = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &status) < 0) {
        result = -errno;
    } else if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size > TRACE_FILE_SIZE_BYTES_MAX) {
        result = -EFBIG;
    } else {
        data = malloc((size_t)status.st_size + 1);
        result = data == NULL ? -ENOMEM : 0;
    }
    while (result == 0 && got > 0 && done_bytes < (size_t)status.st_size) {
        got = read(fd, data + done_bytes, (size_t)status.st_size - done_bytes);
        result = got < 0 ? -errno : 0;
        done_bytes += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (result < 0) {
        free(data);
        return result;
    }
    ENSURE(data != NULL);
    *ret_data = data;
    *ret_size_bytes = done_bytes;
    return 0;
}

bool trace_file_is_saved(const char *path)
{
    char magic[8] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = fd < 0 ? -1 : pread(fd, magic, sizeof(magic), 0);

    if (fd >= 0) {
        (void)close(fd);
    }
    return got == (ssize_t)sizeof(magic) && memcmp(magic, TRACE_FILE_MAGIC, sizeof(magic)) == 0;
}

int trace_file_load(struct trace *trace, const char *path, struct err *err)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    int result = read_file(path, &data, &size_bytes);

    if (result < 0) {
        return err_set(err, result, "read trace '%s': %s", path, strerror(-result));
    }
    result = trace_file_unpack(trace, data, size_bytes, err);
    free(data);
    return result < 0 ? err_wrap(err, result, "trace '%s'", path) : 0;
}
