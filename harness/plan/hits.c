/* The hits of a trace, and at which lengths each write may be torn. */
#include "harness/plan/hits.h"

#include "store/base/bytes.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"
#include "store/format/dledger_entry.h"
#include "store/format/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LENGTHS_MAX            4096
#define FIELDS_MAX             128
#define SECTOR_SIZE_BYTES      512
#define PAGE_SIZE_BYTES        4096
#define CHECKPOINT_FIELD_BYTES 8
/* Of a write of many equal units the first and last few stand for all. */
#define UNITS_EACH_END 2

/* Lengths collected for one write. */
struct lengths {
    uint32_t values[LENGTHS_MAX];
    size_t count;
    uint64_t size_bytes; /* of the write */
};

/* A fixed layout: where its fields end. */
struct layout {
    const uint32_t *ends;
    size_t end_count;
    uint32_t size_bytes;
};

static const uint32_t queue_unit_ends[] = {8, 12, 20};
static const uint32_t index_unit_ends[] = {4, 12, 16, 24, 32};
static const uint32_t blank_ends[] = {4, 8};
static const uint32_t entry_header_ends[] = {4, 8, 16, 24, 32, 36, 40, 44, 48};

static const struct layout queue_unit = {queue_unit_ends, 3, 20};
static const struct layout index_unit = {index_unit_ends, 5, DLEDGER_ENTRY_INDEX_SIZE_BYTES};
static const struct layout blank = {blank_ends, 2, MESSAGE_BLANK_SIZE_BYTES};

/* A write torn at 0 is a kill before it, and at its whole length a kill after it: both are faults
 * of their own. What is over LENGTHS_MAX is left out. */
static void add_length(struct lengths *lengths, uint64_t length)
{
    if (length > 0 && length < lengths->size_bytes && lengths->count < LENGTHS_MAX) {
        lengths->values[lengths->count++] = (uint32_t)length;
    }
}

/* A reader that is one byte off in its bounds is found only one byte beside a boundary. */
static void add_around(struct lengths *lengths, uint64_t boundary)
{
    add_length(lengths, boundary - 1);
    add_length(lengths, boundary);
    add_length(lengths, boundary + 1);
}

/* A preallocated queue file or a run of healed units has thousands of equal ones; recovery tells
 * the first and last from each other, and none of the middle. */
static void add_units(struct lengths *lengths, const struct layout *layout)
{
    uint64_t unit_count = (lengths->size_bytes + layout->size_bytes - 1) / layout->size_bytes;
    for (uint64_t unit = 0; unit < unit_count; unit++) {
        if (unit >= UNITS_EACH_END && unit + UNITS_EACH_END < unit_count) {
            unit = unit_count - UNITS_EACH_END;
        }
        for (size_t i = 0; i < layout->end_count; i++) {
            add_around(lengths, unit * layout->size_bytes + layout->ends[i]);
        }
    }
}

/* The fields of each record in `data`, which begins at `base` of the write.  What does not begin
 * with a record's size ends the search: the rest has no fields we know. */
static void add_records(struct lengths *lengths, const uint8_t *data, uint64_t size_bytes,
                        uint64_t base)
{
    while (size_bytes >= MESSAGE_SIZE_BYTES_MIN) {
        uint32_t ends[FIELDS_MAX];
        uint32_t record_size = bytes_get_be32(data);
        if (record_size < MESSAGE_SIZE_BYTES_MIN || record_size > size_bytes) {
            return;
        }
        size_t count = message_boundaries(data, record_size, ends, FIELDS_MAX);
        for (size_t i = 0; i < count && i < FIELDS_MAX; i++) {
            add_around(lengths, base + ends[i]);
        }
        add_around(lengths, base + record_size);
        data += record_size;
        base += record_size;
        size_bytes -= record_size;
    }
}

/* A DLedger entry is its own header and, as its body, one record of the plain log. */
static void add_entry(struct lengths *lengths, const uint8_t *data)
{
    for (size_t i = 0; i < sizeof(entry_header_ends) / sizeof(entry_header_ends[0]); i++) {
        add_around(lengths, entry_header_ends[i]);
    }
    if (lengths->size_bytes > DLEDGER_ENTRY_HEADER_SIZE_BYTES) {
        add_records(lengths, data + DLEDGER_ENTRY_HEADER_SIZE_BYTES,
                    lengths->size_bytes - DLEDGER_ENTRY_HEADER_SIZE_BYTES,
                    DLEDGER_ENTRY_HEADER_SIZE_BYTES);
    }
}

/* Eight-byte fields up to the last byte that says something. The checkpoint is a page of which only
 * the first fields are used; the rest is zero. */
static void add_checkpoint(struct lengths *lengths, const uint8_t *data)
{
    uint64_t used = lengths->size_bytes;
    while (used > 0 && data[used - 1] == 0) {
        used--;
    }
    for (uint64_t end = CHECKPOINT_FIELD_BYTES; end < used + CHECKPOINT_FIELD_BYTES;
         end += CHECKPOINT_FIELD_BYTES) {
        add_around(lengths, end);
    }
}

/* Which codec wrote the bytes follows from the point: the bytes themselves are not asked, since a
 * torn length must not depend on what they say. */
static void add_fields(struct lengths *lengths, const struct disk_call *call)
{
    const uint8_t *data = call->data;
    if (call->point == POINT_COMMITLOG_APPEND) {
        add_records(lengths, data, call->size_bytes, 0);
    } else if (call->point == POINT_DLEDGER_APPEND) {
        add_entry(lengths, data);
    } else if (call->point == POINT_COMMITLOG_BLANK || call->point == POINT_DLEDGER_BLANK) {
        add_units(lengths, &blank);
    } else if (call->point == POINT_QUEUE_APPEND || call->point == POINT_QUEUE_PRE_BLANK ||
               call->point == POINT_QUEUE_HEAL || call->point == POINT_QUEUE_CUT_TAIL) {
        add_units(lengths, &queue_unit);
    } else if (call->point == POINT_DLEDGER_INDEX_APPEND) {
        add_units(lengths, &index_unit);
    } else if (call->point == POINT_CHECKPOINT_WRITE) {
        add_checkpoint(lengths, data);
    }
    if (lengths->count == 0) {
        /* Text, or nothing but zeros, or no record at all: its ends and its middle. */
        add_length(lengths, 1);
        add_length(lengths, call->size_bytes / 2);
        add_length(lengths, call->size_bytes - 1);
    }
}

/* Multiples of 512 and 4096 in the file. Of a write over many pages the sectors of its first and
 * last page stand for all. A disk writes sectors whole, a page cache pages: between two of these
 * boundaries only mapped memory can tear. */
static void add_sectors(struct lengths *lengths, uint64_t offset)
{
    uint64_t end = offset + lengths->size_bytes;
    uint64_t at = (offset / SECTOR_SIZE_BYTES + 1) * SECTOR_SIZE_BYTES;
    for (; at < end; at += SECTOR_SIZE_BYTES) {
        bool is_near = at - offset < PAGE_SIZE_BYTES || end - at < PAGE_SIZE_BYTES;
        if (at % PAGE_SIZE_BYTES == 0 || is_near) {
            add_length(lengths, at - offset);
        }
    }
}

static int compare_lengths(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* Boundaries of neighbouring fields share lengths; each is one case. */
static void sort_lengths(struct lengths *lengths)
{
    size_t kept = 0;
    qsort(lengths->values, lengths->count, sizeof(lengths->values[0]), compare_lengths);
    for (size_t i = 0; i < lengths->count; i++) {
        if (kept == 0 || lengths->values[kept - 1] != lengths->values[i]) {
            lengths->values[kept++] = lengths->values[i];
        }
    }
    lengths->count = kept;
}

/* The lengths of all writes lie in one array, of which each hit has a part. */
static int add_torn(struct hits *hits, struct hits_entry *entry, const struct disk_call *call)
{
    struct lengths lengths;
    lengths.count = 0;
    lengths.size_bytes = call->size_bytes;
    add_fields(&lengths, call);
    add_sectors(&lengths, call->offset);
    sort_lengths(&lengths);
    int r = grow_room((void **)&hits->torn, hits->torn_count, lengths.count, &hits->torn_capacity,
                      sizeof(hits->torn[0]));
    if (r < 0 || lengths.count == 0) {
        return r;
    }
    memcpy(hits->torn + hits->torn_count, lengths.values,
           lengths.count * sizeof(lengths.values[0]));
    entry->torn_first = (uint32_t)hits->torn_count;
    entry->torn_count = (uint32_t)lengths.count;
    hits->torn_count += lengths.count;
    return 0;
}

void hits_init(struct hits *hits)
{
    memset(hits, 0, sizeof(*hits));
}

void hits_done(struct hits *hits)
{
    free(hits->entries);
    free(hits->torn);
    hits_init(hits);
}

void hits_clear(struct hits *hits)
{
    hits->entry_count = 0;
    hits->torn_count = 0;
    hits->round_count = 0;
    memset(hits->counts, 0, sizeof(hits->counts));
}

/* The hit is numbered only when all is in place, so that a failure leaves counts and entries in
 * step. */
int hits_add(struct hits *hits, uint32_t round, const struct disk_call *call)
{
    ENSURE(call->point < POINTS_MAX);
    if (round >= PLAN_ROUNDS_MAX || call->size_bytes > UINT32_MAX) {
        return -E2BIG;
    }
    int r = grow_room((void **)&hits->entries, hits->entry_count, 1, &hits->entry_capacity,
                      sizeof(hits->entries[0]));
    if (r < 0) {
        return r;
    }
    struct hits_entry entry = {.round = round, .point = call->point};
    bool has_bytes = call->op == POINT_OP_READ || call->op == POINT_OP_WRITE;
    entry.size_bytes = has_bytes ? (uint32_t)call->size_bytes : 0;
    if (call->op == POINT_OP_WRITE && call->data != NULL) {
        r = add_torn(hits, &entry, call);
        if (r < 0) {
            return r;
        }
    }
    entry.hit = ++hits->counts[round][call->point];
    hits->entries[hits->entry_count++] = entry;
    if (round >= hits->round_count) {
        hits->round_count = round + 1;
    }
    return 0;
}

int hits_add_moments(struct hits *hits, uint32_t round, uint32_t point, uint32_t count)
{
    const struct disk_call moment = {.point = (enum point)point, .op = POINT_OP_COUNT};
    for (uint32_t i = 0; i < count; i++) {
        int r = hits_add(hits, round, &moment);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* What stands before the entries and the torn lengths of a packed block. */
struct packed {
    uint64_t entry_count;
    uint64_t torn_count;
    uint32_t round_count;
    uint32_t point_count; /* of the program that packed it */
    uint32_t counts[PLAN_ROUNDS_MAX][POINTS_MAX];
};

/* Both ends are the same build on one machine, so structs go as they are; the count of points tells
 * builds apart. */
int hits_pack(const struct hits *hits, uint8_t **ret_data, size_t *ret_size_bytes)
{
    struct packed head;
    size_t entries_size = hits->entry_count * sizeof(hits->entries[0]);
    size_t torn_size = hits->torn_count * sizeof(hits->torn[0]);
    uint8_t *data = malloc(sizeof(head) + entries_size + torn_size);
    if (data == NULL) {
        return -ENOMEM;
    }
    memset(&head, 0, sizeof(head));
    head.entry_count = hits->entry_count;
    head.torn_count = hits->torn_count;
    head.round_count = hits->round_count;
    head.point_count = POINTS_MAX;
    memcpy(head.counts, hits->counts, sizeof(head.counts));
    memcpy(data, &head, sizeof(head));
    if (entries_size > 0) {
        memcpy(data + sizeof(head), hits->entries, entries_size);
    }
    if (torn_size > 0) {
        memcpy(data + sizeof(head) + entries_size, hits->torn, torn_size);
    }
    *ret_data = data;
    *ret_size_bytes = sizeof(head) + entries_size + torn_size;
    return 0;
}

/* Each index is held against what the block itself has room for before anything is looked up by
 * it. */
static bool is_sound(const struct hits_entry *entry, const struct packed *head)
{
    return entry->round < head->round_count && entry->point < POINTS_MAX && entry->hit >= 1 &&
           entry->torn_first <= head->torn_count &&
           entry->torn_count <= head->torn_count - entry->torn_first;
}

/* Counts are divided before they are multiplied, so that no product wraps around to the size of the
 * block. */
int hits_unpack(const uint8_t *data, size_t size_bytes, struct hits *hits)
{
    struct packed head;
    if (size_bytes < sizeof(head)) {
        return -EBADMSG;
    }
    memcpy(&head, data, sizeof(head));
    size_t rest = size_bytes - sizeof(head);
    if (head.point_count != POINTS_MAX || head.round_count > PLAN_ROUNDS_MAX ||
        head.entry_count > rest / sizeof(struct hits_entry) ||
        head.torn_count > rest / sizeof(uint32_t) ||
        head.entry_count * sizeof(struct hits_entry) + head.torn_count * sizeof(uint32_t) != rest) {
        return -EBADMSG;
    }
    hits_clear(hits);
    int r = grow_room((void **)&hits->entries, 0, head.entry_count, &hits->entry_capacity,
                      sizeof(hits->entries[0]));
    if (r < 0) {
        return r;
    }
    r = grow_room((void **)&hits->torn, 0, head.torn_count, &hits->torn_capacity,
                  sizeof(hits->torn[0]));
    if (r < 0) {
        return r;
    }
    data += sizeof(head);
    for (uint64_t i = 0; i < head.entry_count; i++, data += sizeof(struct hits_entry)) {
        memcpy(&hits->entries[i], data, sizeof(struct hits_entry));
        if (!is_sound(&hits->entries[i], &head)) {
            return -EBADMSG;
        }
    }
    if (head.torn_count > 0) {
        memcpy(hits->torn, data, head.torn_count * sizeof(uint32_t));
    }
    hits->entry_count = head.entry_count;
    hits->torn_count = head.torn_count;
    hits->round_count = head.round_count;
    memcpy(hits->counts, head.counts, sizeof(hits->counts));
    return 0;
}
