/* Records of a base are known by place and bytes: their FLAG is whatever their producer liked. */
#include "harness/oracle/rules/judge_base.h"

#include "harness/oracle/decode/disk_grow.h"
#include "harness/oracle/rules/judge.h"
#include "harness/oracle/rules/judge_offset.h"
#include "harness/oracle/rules/judge_walk.h"
#include "store/base/crc32.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        cache->foreign[i] = (struct disk_reader_foreign){.offset = record->offset,
                                                         .size_bytes = record->size_bytes,
                                                         .crc = crc_of(state, record)};
    }
    cache->foreign_count = state->record_count;
    return 0;
}

struct numbered {
    uint32_t queue;
    int64_t queue_offset;
    uint32_t record;
};

static int compare_numbered(const void *one, const void *other)
{
    const struct numbered *a = one;
    const struct numbered *b = other;
    return a->queue != b->queue                 ? (a->queue < b->queue ? -1 : 1)
           : a->queue_offset != b->queue_offset ? (a->queue_offset < b->queue_offset ? -1 : 1)
                                                : 0;
}

/* Marks the records that share a queueOffset. */
static int find_doubled(struct judge_state *state, struct err *err)
{
    struct numbered *all = calloc((size_t)state->record_count + 1, sizeof(*all));
    uint32_t count = 0;
    if (all == NULL) {
        return err_set(err, -ENOMEM, "out of memory for the records of a base");
    }
    for (uint32_t i = 0; i < state->record_count; i++) {
        const struct disk_record *record = &state->records[i];
        if (record->is_indexable && !record->is_unjudged) {
            all[count++] = (struct numbered){record->queue, record->queue_offset, i};
        }
    }
    qsort(all, count, sizeof(*all), compare_numbered);
    for (uint32_t i = 1; i < count; i++) {
        if (compare_numbered(&all[i - 1], &all[i]) == 0) {
            state->cache->foreign[all[i - 1].record].is_doubled = true;
            state->cache->foreign[all[i].record].is_doubled = true;
        }
    }
    free(all);
    return 0;
}

/* FNV-1a. */
static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size_bytes)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size_bytes; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001B3);
    }
    return hash;
}

/* By which a finding is known again.  A unit that is wrong counts with what it is, so that one that
 * became wrong in another way is told; a queue's summary counts for its directory, since its units
 * are told one by one. */
static uint64_t flaw_of(const struct disk_finding *finding)
{
    uint32_t property = mechanism_property(finding->mechanism);
    bool is_summary = property == PROPERTY_REBUILD_EQUAL;
    const char *slash = strrchr(finding->file, '/');
    size_t length =
        is_summary && slash != NULL ? (size_t)(slash - finding->file) : strlen(finding->file);
    uint64_t offset = is_summary ? 0 : finding->offset;
    uint64_t hash = hash_bytes(UINT64_C(0xCBF29CE484222325), &property, sizeof(property));
    hash = hash_bytes(hash, &offset, sizeof(offset));
    hash = hash_bytes(hash, finding->file, length + 1);
    return property == PROPERTY_QUEUE_TRUE ? hash_bytes(hash, finding->text, strlen(finding->text))
                                           : hash;
}

struct collect {
    struct disk_reader_cache *cache;
    int error;
};

static void add_flaw(void *arg, const struct disk_finding *finding)
{
    struct collect *collect = arg;
    struct disk_reader_cache *cache = collect->cache;
    int r = disk_grow((void **)&cache->flaws, &cache->flaw_capacity, cache->flaw_count + 1u,
                      sizeof(*cache->flaws));
    if (r < 0) {
        collect->error = r;
        return;
    }
    cache->flaws[cache->flaw_count++] = flaw_of(finding);
}

static int compare_flaws(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;
    return a < b ? -1 : a > b;
}

/* What is wrong before we touch it. */
static int take_flaws(struct judge_state *state, struct err *err)
{
    struct disk_reader_cache *cache = state->cache;
    struct collect collect = {.cache = cache};
    const struct disk_sink sink = {.arg = &collect, .add = add_flaw};
    cache->flaw_count = 0;
    judge_walk(state, &sink);
    if (collect.error < 0) {
        return err_set(err, collect.error, "out of memory for what is wrong with a base");
    }
    if (cache->flaw_count > 0) {
        qsort(cache->flaws, cache->flaw_count, sizeof(*cache->flaws), compare_flaws);
    }
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
    r = take_records(first, err);
    if (r < 0) {
        return r;
    }
    r = find_doubled(first, err);
    if (r < 0) {
        return r;
    }
    /* As every later reading has it: texts are compared. */
    first->queues.foreign_end = disk_reader_foreign_end(first->cache);
    return take_flaws(first, err);
}

static int compare(const void *key, const void *item)
{
    uint64_t offset = *(const uint64_t *)key;
    const struct disk_reader_foreign *foreign = item;
    return offset < foreign->offset ? -1 : offset > foreign->offset;
}

/* In a store without a base nothing is looked at. */
static const struct disk_reader_foreign *find_foreign(const struct judge_state *state,
                                                      uint64_t offset)
{
    const struct disk_reader_cache *cache = state->cache;
    return cache->foreign_count == 0 ? NULL
                                     : bsearch(&offset, cache->foreign, cache->foreign_count,
                                               sizeof(*cache->foreign), compare);
}

bool judge_base_has(const struct judge_state *state, const struct disk_record *record)
{
    const struct disk_reader_foreign *foreign = find_foreign(state, record->offset);
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
            .mechanism = MECHANISM_RECORD_LOST, .file = path, .offset = foreign->offset - start};
        disk_sink_add(sink, &where,
                      "a record of the base, %" PRIu32
                      " bytes, is lost or altered, expected it at %" PRIu64
                      ", found a log of %" PRIu32 " records from %" PRIu64 " to %" PRIu64,
                      foreign->size_bytes, foreign->offset, state->record_count,
                      state->log.min_offset, state->log.end_offset);
    }
}

bool judge_base_had(const struct judge_state *state, const struct disk_finding *finding)
{
    const struct disk_reader_cache *cache = state->cache;
    uint64_t flaw = flaw_of(finding);
    return cache->flaw_count > 0 && bsearch(&flaw, cache->flaws, cache->flaw_count,
                                            sizeof(*cache->flaws), compare_flaws) != NULL;
}

/* Whether the unit at the place of the record at `offset` is that of its double. */
static bool has_double(const struct judge_state *state, uint64_t offset)
{
    const struct disk_reader_foreign *foreign = find_foreign(state, offset);
    const struct disk_record *record = disk_reader_find(state, offset);
    if (foreign == NULL || record == NULL || !foreign->is_doubled) {
        return false;
    }
    struct disk_queues *queues = &state->self->queues;
    struct disk_queue_unit unit;
    disk_queue_decode(
        disk_queue_bytes(queues, &queues->queues[record->queue], (uint64_t)record->queue_offset),
        &unit);
    const struct disk_reader_foreign *other = find_foreign(state, unit.offset);
    const struct disk_record *owner = disk_reader_find(state, unit.offset);
    return other != NULL && owner != NULL && owner != record && !unit.is_zero &&
           owner->queue == record->queue && owner->queue_offset == record->queue_offset;
}

bool judge_base_keeps(const struct judge_state *state, const struct disk_finding *finding)
{
    enum property property = mechanism_property(finding->mechanism);
    if (property == PROPERTY_QUEUE_COMPLETE) {
        return has_double(state, finding->place);
    }
    return (property == PROPERTY_OFFSETS_UNIQUE || property == PROPERTY_BOUNDS) &&
           judge_base_had(state, finding);
}
