/* What is not durable yet: see order_files.h. */
#include "harness/oracle/order/order_files.h"

#include "harness/oracle/decode/disk_queue.h"
#include "store/base/bytes.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE_BYTES 4096u
#define UNIT_AT_SIZE    8u
#define NAME_DIGITS     20u
void order_files_clear(struct order_files *files)
{
    memset(files, 0, offsetof(struct order_files, flights));
}

/* Eight bytes at a time: paths are hashed at the begin of every operation, and compared in full
 * when hashes agree. */
static uint64_t hash_of(const char *path, size_t size_bytes)
{
    uint64_t hash = size_bytes * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t at = 0; at < size_bytes; at += sizeof(uint64_t)) {
        uint64_t word = 0;
        size_t left = size_bytes - at;
        memcpy(&word, path + at, left < sizeof(word) ? left : sizeof(word));
        hash = (hash ^ word) * UINT64_C(0xFF51AFD7ED558CCD);
        hash ^= hash >> 32;
    }
    return hash;
}

static struct order_file *find(const struct order_files *files, const char *path, size_t size_bytes,
                               uint64_t hash)
{
    struct order_file *file = files->buckets[hash % ORDER_BUCKETS];
    while (file != NULL && (file->hash != hash || memcmp(file->path, path, size_bytes) != 0 ||
                            file->path[size_bytes] != '\0')) {
        file = file->next_in_bucket;
    }
    return file;
}

struct order_file *order_files_find(const struct order_files *files, const char *path)
{
    size_t size_bytes = strlen(path);
    return find(files, path, size_bytes, hash_of(path, size_bytes));
}

static bool is_under(const char *path, const char *dir)
{
    size_t size_bytes = strlen(dir);
    return strncmp(path, dir, size_bytes) == 0 &&
           (path[size_bytes] == '/' || path[size_bytes] == '\0');
}

/* DLedger's directory leads to its data, so it belongs to the log; its other files do not. */
static enum order_class class_of(const char *path)
{
    const char *rest = strchr(path, '/');
    if (is_under(path, "consumequeue")) {
        return ORDER_QUEUE;
    }
    if (is_under(path, "commitlog")) {
        return ORDER_LOG;
    }
    if (strncmp(path, "dledger-", strlen("dledger-")) != 0) {
        return ORDER_REST;
    }
    return rest == NULL || is_under(rest + 1, "data") ? ORDER_LOG : ORDER_REST;
}

uint64_t order_files_start(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    return strspn(name, "0123456789") == NAME_DIGITS ? strtoull(name, NULL, 10) : 0;
}

static struct order_file *take(struct order_files *files, const char *path, size_t size_bytes);

/* The root is the empty path, and has no parent. */
static struct order_file *parent_of(struct order_files *files, const char *path, size_t size_bytes)
{
    const char *slash = memrchr(path, '/', size_bytes);
    if (size_bytes == 0) {
        return NULL;
    }
    struct order_file *parent = take(files, path, slash == NULL ? 0 : (size_t)(slash - path));
    if (parent != NULL) {
        parent->is_dir = true;
    }
    return parent;
}

/* The node of `path`, made when there is none: then it was there before, and durable. */
static struct order_file *take(struct order_files *files, const char *path, size_t size_bytes)
{
    uint64_t hash = hash_of(path, size_bytes);
    struct order_file *file = find(files, path, size_bytes, hash);
    if (file != NULL) {
        return file;
    }
    if (size_bytes >= sizeof(file->path) ||
        (files->free_files == NULL && files->file_count == ORDER_FILES_MAX)) {
        files->is_full = true;
        return NULL;
    }
    file = files->free_files;
    if (file != NULL) {
        files->free_files = file->next_in_bucket;
    } else {
        file = &files->files[files->file_count++];
    }
    memset(file, 0, offsetof(struct order_file, path));
    memcpy(file->path, path, size_bytes);
    file->path[size_bytes] = '\0';
    file->hash = hash;
    file->exists = true;
    file->class = class_of(file->path);
    file->start = order_files_start(file->path);
    file->lowest_unit = ORDER_NO_UNIT;
    file->last_unit = ORDER_NO_UNIT;
    file->next_in_bucket = files->buckets[hash % ORDER_BUCKETS];
    files->buckets[hash % ORDER_BUCKETS] = file;
    file->parent = parent_of(files, file->path, size_bytes);
    return file;
}

/* Spans come from a fixed array and go back to a list: no memory is asked for while the store
 * runs. */
static void drop_span(struct order_files *files, struct order_span *span)
{
    span->next = files->free_spans;
    files->free_spans = span;
}

/* A file whose name is gone for good is forgotten; a directory may still be somebody's parent. */
static void forget(struct order_files *files, struct order_file *file)
{
    struct order_file **link = &files->buckets[file->hash % ORDER_BUCKETS];
    while (*link != file) {
        link = &(*link)->next_in_bucket;
    }
    *link = file->next_in_bucket;
    for (uint32_t i = 0; i < files->flight_count; i++) {
        if (files->flights[i].file == file) {
            files->flights[i].file = NULL;
        }
    }
    file->next_in_bucket = files->free_files;
    files->free_files = file;
}

/* Puts the file on the list of its class, or takes it off. */
static void list_dirty(struct order_files *files, struct order_file *file)
{
    bool is_dirty = file->spans != NULL || file->entry_ended != 0;
    if (is_dirty && file->dirty_link == NULL) {
        struct order_file **head = &files->dirty[file->class];
        file->dirty_next = *head;
        file->dirty_link = head;
        if (*head != NULL) {
            (*head)->dirty_link = &file->dirty_next;
        }
        *head = file;
    } else if (!is_dirty && file->dirty_link != NULL) {
        *file->dirty_link = file->dirty_next;
        if (file->dirty_next != NULL) {
            file->dirty_next->dirty_link = file->dirty_link;
        }
        file->dirty_link = NULL;
        if (!file->exists && !file->is_dir) {
            forget(files, file);
        }
    }
}

/* A span is on its file's list from the begin of its write: a crash may leave any part of what
 * is in flight. */
static struct order_span *add_span(struct order_files *files, struct order_file *file)
{
    struct order_span *span = files->free_spans;
    if (span == NULL && files->span_count == ORDER_SPANS_MAX) {
        files->is_full = true;
        return NULL;
    }
    if (span != NULL) {
        files->free_spans = span->next;
    } else {
        span = &files->spans[files->span_count++];
    }
    memset(span, 0, sizeof(*span));
    span->lowest_unit = ORDER_NO_UNIT;
    span->ended = ORDER_IN_FLIGHT;
    span->next = file->spans;
    file->spans = span;
    list_dirty(files, file);
    return span;
}

static void remove_span(struct order_files *files, struct order_file *file, struct order_span *span)
{
    struct order_span **link = &file->spans;
    while (*link != span) {
        link = &(*link)->next;
    }
    *link = span->next;
    drop_span(files, span);
    list_dirty(files, file);
}

/* Of a file whose bytes no longer matter; a write to it that is still in flight must not touch
 * its span again. */
static void drop_spans(struct order_files *files, struct order_file *file)
{
    for (uint32_t i = 0; i < files->flight_count; i++) {
        if (files->flights[i].file == file) {
            files->flights[i].span = NULL;
        }
    }
    while (file->spans != NULL) {
        struct order_span *span = file->spans;
        file->spans = span->next;
        drop_span(files, span);
    }
}

/* Units */

/* The lowest physical offset among the units that a write holds.  Zeros and pre-blank are none:
 * what follows them in the same file is what relies on them. */
static uint64_t lowest_unit(struct order_file *file, const struct disk_call *op)
{
    uint64_t lowest = ORDER_NO_UNIT;
    uint64_t inside = op->offset % DISK_QUEUE_UNIT_SIZE_BYTES;
    uint64_t at = inside == 0 ? 0 : DISK_QUEUE_UNIT_SIZE_BYTES - inside;
    const uint8_t *data = op->data;
    if (inside != 0) {
        lowest = file->last_unit;
    }
    for (; data != NULL && at + UNIT_AT_SIZE <= op->size_bytes; at += DISK_QUEUE_UNIT_SIZE_BYTES) {
        uint64_t physical = bytes_get_be64(data + at);
        bool has_size = at + UNIT_AT_SIZE + 4 <= op->size_bytes;
        uint32_t size = has_size ? bytes_get_be32(data + at + UNIT_AT_SIZE) : 1;
        if (physical == 0 && (size == 0 || size == DISK_QUEUE_PRE_BLANK_SIZE)) {
            continue;
        }
        file->last_unit = physical;
        lowest = physical < lowest ? physical : lowest;
    }
    return lowest;
}

/* A directory's name is relied on by every unit under it. */
static void note_unit(struct order_file *file, uint64_t lowest)
{
    for (; file != NULL && file->class == ORDER_QUEUE; file = file->parent) {
        if (lowest < file->lowest_unit) {
            file->lowest_unit = lowest;
        }
    }
}

/* Begin and end */

/* Zeros are told from data by the point that wrote them, since a record may hold zeros as well. */
static enum order_kind kind_of(const struct disk_call *op)
{
    if (op->op == POINT_OP_TRUNCATE) {
        return ORDER_SIZE;
    }
    return op->point == POINT_COMMITLOG_ZERO_TAIL || op->point == POINT_DLEDGER_ZERO_TAIL ||
                   op->point == POINT_DLEDGER_INDEX_ZERO_TAIL || op->point == POINT_QUEUE_CUT_TAIL
               ? ORDER_ZEROS
               : ORDER_DATA;
}

static void begin_span(struct order_files *files, struct order_flight *flight,
                       const struct disk_call *op)
{
    struct order_span *span = add_span(files, flight->file);
    flight->span = span;
    if (span == NULL) {
        return;
    }
    span->kind = kind_of(op);
    span->from = span->kind == ORDER_SIZE ? 0 : op->offset;
    span->to = span->from + op->size_bytes;
    if (flight->file->class == ORDER_QUEUE && span->kind == ORDER_DATA) {
        span->lowest_unit = lowest_unit(flight->file, op);
        note_unit(flight->file, span->lowest_unit);
    }
}

struct order_flight *order_files_begin(struct order_files *files, const void *id,
                                       const struct disk_call *op)
{
    if (files->flight_count == ORDER_FLIGHTS_MAX) {
        files->is_full = true;
        return NULL;
    }
    size_t size_bytes = strlen(op->path);
    bool is_first = op->op == POINT_OP_CREATE && order_files_find(files, op->path) == NULL;
    struct order_file *file = take(files, op->path, size_bytes);
    if (file == NULL) {
        return NULL;
    }
    struct order_flight *flight = &files->flights[files->flight_count++];
    *flight = (struct order_flight){.id = id,
                                    .point = op->point,
                                    .op = op->op,
                                    .is_first = is_first,
                                    .file = file,
                                    .began = ++files->sequence};
    if (op->op == POINT_OP_WRITE || op->op == POINT_OP_TRUNCATE) {
        begin_span(files, flight, op);
    } else if (op->op == POINT_OP_SYNC) {
        file->sync_count++;
    } else if (op->op == POINT_OP_RENAME) {
        flight->target = take(files, op->target, strlen(op->target));
    }
    return flight;
}

/* Writing to a page makes all of it dirty again: what a failed sync left there has another chance.
 */
static void retake_failed(struct order_files *files, struct order_file *file,
                          struct order_span *span)
{
    uint64_t low = span->from - span->from % PAGE_SIZE_BYTES;
    uint64_t high = span->to + (PAGE_SIZE_BYTES - span->to % PAGE_SIZE_BYTES) % PAGE_SIZE_BYTES;
    struct order_span *next = NULL;
    for (struct order_span *failed = file->spans; failed != NULL; failed = next) {
        next = failed->next;
        if (!failed->is_failed || failed->to <= low || failed->from >= high) {
            continue;
        }
        uint64_t from = failed->from > low ? failed->from : low;
        uint64_t to = failed->to < high ? failed->to : high;
        span->from = from < span->from ? from : span->from;
        span->to = to > span->to ? to : span->to;
        span->lowest_unit =
            failed->lowest_unit < span->lowest_unit ? failed->lowest_unit : span->lowest_unit;
        struct order_span *rest = NULL;
        if (from > failed->from && to < failed->to) {
            rest = add_span(files, file);
        }
        if (rest != NULL) {
            struct order_span *after = rest->next;
            *rest = *failed;
            rest->next = after;
            rest->from = to;
        }
        if (from > failed->from) {
            failed->to = from;
        } else if (to < failed->to) {
            failed->from = to;
        } else {
            remove_span(files, file, failed);
        }
    }
}

/* Whether two spans may be told as one: no sync tells them apart, and they share or adjoin pages.
 */
static bool can_join(const struct order_file *file, const struct order_span *a,
                     const struct order_span *b)
{
    return file->sync_count == 0 && a->kind == b->kind && a->ended != ORDER_IN_FLIGHT &&
           !a->is_failed && a->from / PAGE_SIZE_BYTES <= b->to / PAGE_SIZE_BYTES &&
           b->from / PAGE_SIZE_BYTES <= a->to / PAGE_SIZE_BYTES;
}

/* Appends make a span each; without joining them, a run without syncs would use up the array. */
static void join(struct order_files *files, struct order_file *file, struct order_span *span)
{
    struct order_span *other = file->spans == span ? span->next : file->spans;
    if (other == NULL || !can_join(file, other, span)) {
        return;
    }
    other->from = span->from < other->from ? span->from : other->from;
    other->to = span->to > other->to ? span->to : other->to;
    other->ended = span->ended;
    other->until_ms = span->until_ms;
    other->lowest_unit =
        span->lowest_unit < other->lowest_unit ? span->lowest_unit : other->lowest_unit;
    remove_span(files, file, span);
}

/* A write that failed has put nothing there that anybody relies on; a short one has put less
 * than it wanted. */
static void end_span(struct order_files *files, struct order_flight *flight, int64_t result)
{
    struct order_span *span = flight->span;
    if (span == NULL) {
        return;
    }
    if (result < 0) {
        remove_span(files, flight->file, span);
        return;
    }
    if (flight->op == POINT_OP_WRITE) {
        span->to = span->from + (uint64_t)result;
        flight->file->has_data = true;
        retake_failed(files, flight->file, span);
    }
    span->ended = ++files->sequence;
    span->since_ms = files->now_ms;
    span->until_ms = files->now_ms;
    join(files, flight->file, span);
}

/* What was written while the sync ran is not covered by it. After a failed one Linux takes the
 * pages for clean, so no later sync would write them: they stay open until they are written
 * again. */
static void end_sync(struct order_files *files, struct order_flight *flight, int64_t result,
                     bool is_void)
{
    struct order_file *file = flight->file;
    struct order_span *next = NULL;
    file->sync_count -= file->sync_count > 0 ? 1 : 0;
    if (is_void) {
        return;
    }
    struct order_span **link = &file->spans;
    for (struct order_span *span = file->spans; span != NULL; span = next) {
        next = span->next;
        bool is_covered = span->ended < flight->began && !span->is_failed;
        if (is_covered && result >= 0) {
            *link = next;
            drop_span(files, span);
            continue;
        }
        if (is_covered && span->kind != ORDER_SIZE && file->class != ORDER_REST) {
            span->is_failed = true;
        }
        link = &span->next;
    }
    list_dirty(files, file);
}

/* All names of the directory that were made or removed before the sync began; what is inside
 * those that are directories has to be synced there. */
static void end_sync_dir(struct order_files *files, const struct order_flight *flight)
{
    for (int class = 0; class < ORDER_CLASS_COUNT; class ++) {
        struct order_file *next = NULL;
        for (struct order_file *file = files->dirty[class]; file != NULL; file = next) {
            next = file->dirty_next;
            if (file->parent == flight->file && file->entry_ended < flight->began) {
                file->entry_ended = 0;
                list_dirty(files, file);
            }
        }
    }
}

/* A name was made. */
static void make_entry(struct order_files *files, struct order_file *file, bool is_dir)
{
    file->exists = true;
    file->is_dir = is_dir;
    file->is_expired = false;
    file->has_data = false;
    file->lowest_unit = ORDER_NO_UNIT;
    file->last_unit = ORDER_NO_UNIT;
    file->entry_ended = ++files->sequence;
    list_dirty(files, file);
}

/* What was not durable of the bytes is nothing now; that the name is gone has yet to become
 * durable. */
static void take_entry_away(struct order_files *files, struct order_file *file, bool is_expired)
{
    drop_spans(files, file);
    file->exists = false;
    file->is_expired = is_expired;
    file->entry_ended = ++files->sequence;
    list_dirty(files, file);
}

/* The bytes go with the new name, durable or not; the old name has to go durably as well, or
 * both are there after a crash. */
static void end_rename(struct order_files *files, struct order_file *from, struct order_file *to)
{
    if (to == NULL) {
        return;
    }
    drop_spans(files, to);
    to->spans = from->spans;
    from->spans = NULL;
    make_entry(files, to, from->is_dir);
    to->has_data = from->has_data;
    take_entry_away(files, from, false);
}

/* A change of names that happened. */
static void end_names(struct order_files *files, const struct order_flight *flight)
{
    struct order_file *file = flight->file;
    if (flight->op == POINT_OP_SYNC_DIR) {
        end_sync_dir(files, flight);
    } else if (flight->op == POINT_OP_CREATE) {
        /* Seen for the first time it is taken for new. */
        if (flight->is_first || !file->exists) {
            make_entry(files, file, false);
        }
    } else if (flight->op == POINT_OP_MKDIR) {
        make_entry(files, file, true);
    } else if (flight->op == POINT_OP_UNLINK) {
        take_entry_away(files, file,
                        flight->point == POINT_COMMITLOG_EXPIRE ||
                            flight->point == POINT_DLEDGER_EXPIRE);
    } else if (flight->op == POINT_OP_RENAME) {
        end_rename(files, file, flight->target);
    }
}

/* The flight is found by its identity and not by its path: two writes to a file may overlap in
 * threads. */
bool order_files_end(struct order_files *files, const void *id, int64_t result, bool is_void)
{
    uint32_t at = 0;
    while (at < files->flight_count && files->flights[at].id != id) {
        at++;
    }
    if (at == files->flight_count) {
        return false;
    }
    struct order_flight flight = files->flights[at];
    files->flights[at] = files->flights[--files->flight_count];
    if (flight.file == NULL) {
        return true;
    }
    if (flight.op == POINT_OP_WRITE || flight.op == POINT_OP_TRUNCATE) {
        end_span(files, &flight, result);
    } else if (flight.op == POINT_OP_SYNC) {
        end_sync(files, &flight, result, is_void);
    } else if (result >= 0 && !is_void) {
        end_names(files, &flight);
    }
    return true;
}

/* What was in flight at the kill counts as done and not durable, which is the worse of both for
 * every rule. */
void order_files_round(struct order_files *files)
{
    while (files->flight_count > 0) {
        struct order_flight flight = files->flights[--files->flight_count];
        if (flight.file == NULL) {
            continue;
        }
        if (flight.span != NULL) {
            flight.span->ended = ++files->sequence;
        } else if (flight.op == POINT_OP_SYNC) {
            flight.file->sync_count = 0;
        } else if (flight.op != POINT_OP_SYNC_DIR) {
            end_names(files, &flight);
        }
    }
}
