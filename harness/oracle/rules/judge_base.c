/* Records of a base are known by place and bytes: their FLAG is whatever their producer liked. */
#include "harness/oracle/rules/judge_base.h"

#include "harness/oracle/rules/judge.h"
#include "harness/oracle/rules/judge_offset.h"
#include "store/base/crc32.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t crc_of(const struct judge_state *state, const struct disk_record *record)
{
    return crc32_of(disk_reader_bytes(state, record), record->size_bytes);
}

static int take_records(struct judge_state *state, struct err *err)
{
    struct disk_reader_cache *cache = state->cache;
    cache->foreign = calloc((size_t)state->record_count + 1, sizeof(*cache->foreign));
    if (cache->foreign == NULL) {
        return err_set(err, -ENOMEM, "out of memory for the records of a base");
    }
    for (uint32_t i = 0; i < state->record_count; i++) {
        const struct disk_record *record = &state->records[i];
        cache->foreign[i] =
            (struct disk_reader_foreign){record->offset, record->size_bytes, crc_of(state, record)};
    }
    cache->foreign_count = state->record_count;
    return 0;
}

/* Time runs on from the base: a record from the future is an error of its own (`bounds`). */
static int check_times(const struct judge_state *state, const struct scenario *scenario,
                       struct err *err)
{
    for (uint32_t i = 0; i < state->record_count; i++) {
        if (state->records[i].store_timestamp_ms > scenario->start_ms) {
            return err_set(err, ERR_USAGE,
                           "the base has a record of %" PRId64 " ms, later than 'start', %" PRId64
                           " ms",
                           state->records[i].store_timestamp_ms, scenario->start_ms);
        }
    }
    return 0;
}

int judge_base_begin_with(struct judge_state *first, const struct view *view,
                          const struct scenario *scenario, struct err *err)
{
    first->cache->has_base = true;
    int r = disk_reader_read(first, view, &scenario->store, err);
    if (r < 0) {
        return r;
    }
    r = check_times(first, scenario, err);
    if (r < 0) {
        return r;
    }
    r = judge_offset_begin_with(first, scenario);
    if (r < 0) {
        return err_set(err, r, "out of memory for the offsets of a base");
    }
    return take_records(first, err);
}

static int compare(const void *key, const void *item)
{
    uint64_t offset = *(const uint64_t *)key;
    const struct disk_reader_foreign *foreign = item;
    return offset < foreign->offset ? -1 : offset > foreign->offset;
}

/* In a store without a base nothing is looked at. */
bool judge_base_has(const struct judge_state *state, const struct disk_record *record)
{
    const struct disk_reader_cache *cache = state->cache;
    const struct disk_reader_foreign *foreign =
        cache->foreign_count == 0 ? NULL
                                  : bsearch(&record->offset, cache->foreign, cache->foreign_count,
                                            sizeof(*cache->foreign), compare);
    return foreign != NULL && foreign->size_bytes == record->size_bytes &&
           foreign->crc == crc_of(state, record);
}

void judge_base_check(const struct judge_state *state, const struct disk_sink *sink)
{
    const struct disk_reader_cache *cache = state->cache;
    char path[DISK_LOG_PATH_SIZE_BYTES];
    for (uint32_t i = 0; i < cache->foreign_count; i++) {
        const struct disk_reader_foreign *foreign = &cache->foreign[i];
        const struct disk_record *record = disk_reader_find(state, foreign->offset);
        if (record != NULL && judge_base_has(state, record)) {
            continue;
        }
        uint64_t size = state->log.file_size_bytes == 0 ? 1 : state->log.file_size_bytes;
        uint64_t start = foreign->offset - foreign->offset % size;
        (void)snprintf(path, sizeof(path), "%s/%020" PRIu64, state->log.directory, start);
        const struct disk_finding where = {
            .property = PROPERTY_ACKED_SURVIVES, .file = path, .offset = foreign->offset - start};
        disk_sink_add(sink, &where,
                      "a record of the base, %" PRIu32
                      " bytes, is lost or altered, expected it at %" PRIu64
                      ", found a log of %" PRIu32 " records from %" PRIu64 " to %" PRIu64,
                      foreign->size_bytes, foreign->offset, state->record_count,
                      state->log.min_offset, state->log.end_offset);
    }
}
