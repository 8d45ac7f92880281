/* The rules of `order-durable`: see order.h. */
#include "harness/oracle/order/order.h"

#include "harness/oracle/decode/disk_mark.h"
#include "harness/oracle/decode/disk_offsets.h"
#include "harness/oracle/order/order_files.h"
#include "harness/oracle/order/order_findings.h"
#include "harness/oracle/order/order_offsets.h"
#include "harness/oracle/order/order_window.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <sys/mman.h>

#define TEXT_SIZE_BYTES ORDER_TEXT_SIZE_BYTES

/* The marks that `checkpoint` may hold after a power loss; 0: none, or one of an empty log. */
struct marks {
    bool is_known; /* one was written */
    uint64_t low;
    uint64_t high;
    uint64_t last;
};

struct order {
    struct store_options options;
    bool is_threaded;
    pthread_mutex_t lock;
    bool has_abort;  /* made in this round: recovery is over */
    bool has_zeroed; /* a tail, once */
    struct marks marks;
    uint32_t used; /* bit per rule */
    struct order_findings found;
    struct order_window window;
    struct order_offsets offsets;
    struct order_files files;
};

struct order *order_new(const struct store_options *options, enum quirk_profile profile)
{
    struct order *order = mmap(NULL, sizeof(*order), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (order == MAP_FAILED) {
        return NULL;
    }
    order->options = *options;
    order->is_threaded = options->services == STORE_SERVICES_THREADS;
    order_window_init(&order->window, options, profile);
    order_clear(order);
    return order;
}

struct order *order_free(struct order *order)
{
    if (order != NULL) {
        (void)munmap(order, sizeof(*order));
    }
    return NULL;
}

/* What files hold counts as durable from here on; findings stay, and so does which rules were
 * used. The lock is made anew: a killed process may have held it. */
static void forget_state(struct order *order)
{
    order_files_clear(&order->files);
    order_window_round(&order->window);
    order_offsets_clear(&order->offsets);
    order->marks = (struct marks){0};
    order->has_abort = false;
    (void)pthread_mutex_init(&order->lock, NULL);
}

void order_clear(struct order *order)
{
    if (order == NULL) {
        return;
    }
    forget_state(order);
    order->used = 0;
    order->has_zeroed = false;
    order_findings_clear(&order->found);
}

void order_forget(struct order *order)
{
    if (order != NULL) {
        forget_state(order);
    }
}

void order_round(struct order *order)
{
    if (order == NULL) {
        return;
    }
    if (order->is_threaded) {
        forget_state(order);
    } else {
        order_files_round(&order->files);
        order_window_round(&order->window);
        order_offsets_round(&order->offsets);
        order->has_abort = false;
    }
}

/* Services that are stepped run in one thread, and pay for no lock. */
static void lock(struct order *order)
{
    if (order->is_threaded) {
        (void)pthread_mutex_lock(&order->lock);
    }
}

static void unlock(struct order *order)
{
    if (order->is_threaded) {
        (void)pthread_mutex_unlock(&order->lock);
    }
}

/* Findings */

/* What of a file is not durable, for people. */
static void add_file(struct order *order, enum order_rule rule, const struct order_file *file,
                     const struct order_span *span, const char *before)
{
    static const char *const kinds[] = {
        [ORDER_DATA] = "written", [ORDER_ZEROS] = "zeroed", [ORDER_SIZE] = "its size, set"};
    char text[TEXT_SIZE_BYTES];
    if (span == NULL) {
        (void)snprintf(text, sizeof(text), "%s, and the %s of its %s is not durable", before,
                       file->exists ? "making" : "removal", file->is_dir ? "directory" : "name");
    } else {
        (void)snprintf(text, sizeof(text),
                       "%s, and bytes %" PRIu64 "..%" PRIu64 " are not durable (%s%s)", before,
                       span->from, span->to, kinds[span->kind],
                       span->is_failed ? ", then a sync failed, and not written again" : "");
    }
    order_findings_add(&order->found, rule, file->path, span == NULL ? 0 : span->from, span == NULL,
                       text);
}

/* Whether what relies on all below `limit` relies on the span: of a log its bytes (zeros are a
 * tail, and another rule's), of a queue its units. */
static bool is_span_below(const struct order_file *file, const struct order_span *span,
                          uint64_t limit)
{
    if (file->class == ORDER_LOG) {
        return span->kind != ORDER_ZEROS && file->start + span->from < limit;
    }
    return (span->kind == ORDER_SIZE ? file->lowest_unit : span->lowest_unit) < limit;
}

/* Whether something of a log or queue below `limit` may be lost: its name, or else `*ret_span`. */
static bool is_loose(const struct order_file *file, uint64_t limit,
                     const struct order_span **ret_span)
{
    *ret_span = NULL;
    bool is_above = file->class == ORDER_LOG ? !file->is_dir && file->start >= limit
                                             : file->lowest_unit >= limit;
    if (!file->exists || is_above) {
        return false;
    }
    if (file->entry_ended != 0) {
        return true;
    }
    const struct order_span *span = file->spans;
    while (span != NULL && !is_span_below(file, span, limit)) {
        span = span->next;
    }
    *ret_span = span;
    return span != NULL;
}

/* Adds a finding when something below `limit` is loose, the first of its class only. */
static void check_below(struct order *order, enum order_rule rule, enum order_class class,
                        uint64_t limit, const char *before)
{
    const struct order_span *span = NULL;
    const struct order_file *file = order->files.dirty[class];
    for (; file != NULL; file = file->dirty_next) {
        if (is_loose(file, limit, &span)) {
            add_file(order, rule, file, span, before);
            return;
        }
    }
}

/* Rules, in the order of the header */

void order_acked(struct order *order, uint64_t physical_offset, uint32_t size_bytes)
{
    char before[96];
    uint64_t end = physical_offset + size_bytes;
    if (order == NULL) {
        return;
    }
    lock(order);
    order->used |= UINT32_C(1) << ORDER_RULE_ACK;
    if (order->files.dirty[ORDER_LOG] != NULL && !order->files.is_full) {
        (void)snprintf(before, sizeof(before), "a record up to %" PRIu64 " was acknowledged", end);
        check_below(order, ORDER_RULE_ACK, ORDER_LOG, end, before);
    }
    unlock(order);
}

/* RocketMQ 5.5.0 and later begins its scan with the file that holds this record: below its end no
 * unit may be loose, with a mark in the page or without. */
static void check_logics_offset(struct order *order, const struct disk_mark *page)
{
    char before[96];
    if (page->logics_offset <= 0) {
        return;
    }
    order->used |= UINT32_C(1) << ORDER_RULE_MARK;
    (void)snprintf(before, sizeof(before), "a logicsPhysicalOffset of %" PRId64 " is written",
                   page->logics_offset);
    check_below(order, ORDER_RULE_MARK, ORDER_QUEUE, (uint64_t)page->logics_offset + 1, before);
}

/* A mark that has been written may be on disk from now on, and the one before it may still be:
 * the lowest and the highest of them bound what a restart will believe, until a sync leaves only
 * the last. */
static void check_mark(struct order *order, const struct disk_call *op)
{
    char before[96];
    if (op->data == NULL || op->offset != 0 || op->size_bytes < DISK_MARK_PAGE_SIZE_BYTES) {
        return; /* a page that is not whole is none */
    }
    struct disk_mark decoded;
    disk_mark_decode(&decoded, op->data);
    check_logics_offset(order, &decoded);
    uint64_t mark = decoded.why == NULL ? (uint64_t)decoded.offset : 0;
    struct marks *marks = &order->marks;
    marks->low = !marks->is_known || mark < marks->low ? mark : marks->low;
    marks->high = !marks->is_known || mark > marks->high ? mark : marks->high;
    marks->last = mark;
    marks->is_known = true;
    if (mark == 0) {
        return;
    }
    order->used |= UINT32_C(1) << ORDER_RULE_MARK;
    (void)snprintf(before, sizeof(before), "a mark of %" PRIu64 " is written", mark);
    check_below(order, ORDER_RULE_MARK, ORDER_LOG, mark, before);
    check_below(order, ORDER_RULE_MARK, ORDER_QUEUE, mark, before);
}

/* After a sync of `checkpoint` that left nothing open, only the last mark can be there. */
static void settle_mark(struct order *order)
{
    const struct order_file *file = order_files_find(&order->files, "checkpoint");
    if (file != NULL && file->spans == NULL) {
        order->marks.low = order->marks.last;
        order->marks.high = order->marks.last;
    }
}

/* Zeros that are not durable: behind a crash the old bytes may be there again. */
static const struct order_span *find_zeros(const struct order_file *file)
{
    const struct order_span *span = file->spans;
    while (span != NULL && span->kind != ORDER_ZEROS) {
        span = span->next;
    }
    return span;
}

/* An append over a zeroed tail that is not durable may reach the disk first; after a crash,
 * stale records would follow it. A log must have all of its zeros down, a queue file its own. */
static void check_tail(struct order *order, const struct disk_call *op, enum order_class class)
{
    const struct order_file *file = order->files.dirty[class];
    if (!order->has_abort || !order->has_zeroed) {
        return; /* what recovery appends it has yet to sync */
    }
    order->used |= UINT32_C(1) << ORDER_RULE_TAIL;
    for (; file != NULL; file = file->dirty_next) {
        const struct order_span *span = find_zeros(file);
        if (span != NULL && (class == ORDER_LOG || strcmp(file->path, op->path) == 0)) {
            add_file(order, ORDER_RULE_TAIL, file, span, "an append follows");
            return;
        }
    }
}

/* Without a durable `abort` a crash looks like a clean stop, and the next start may skip what it
 * ought to examine. */
static void check_abort(struct order *order, const struct disk_call *op)
{
    const struct order_file *abort_file = order_files_find(&order->files, "abort");
    order->used |= UINT32_C(1) << ORDER_RULE_ABORT;
    if (abort_file == NULL || !abort_file->exists) {
        order_findings_add(&order->found, ORDER_RULE_ABORT, op->path, op->offset, false,
                           "appended to with no abort file there");
    } else if (abort_file->entry_ended != 0) {
        add_file(order, ORDER_RULE_ABORT, abort_file, NULL, "the log is appended to");
    }
}

/* The log file takes with it what its units and its part of the mark could be made from again. */
static void check_expiry(struct order *order, const struct disk_call *op)
{
    char text[TEXT_SIZE_BYTES];
    uint64_t end = order_files_start(op->path) + order->options.log_file_size_bytes;
    order->used |= UINT32_C(1) << ORDER_RULE_EXPIRY;
    (void)snprintf(text, sizeof(text), "the log below %" PRIu64 " is about to expire", end);
    check_below(order, ORDER_RULE_EXPIRY, ORDER_QUEUE, end, text);
    if (quirk_has_guard(&order->options.quirks, QUIRK_GUARD_DURABLE_MARK) &&
        order->marks.is_known && order->marks.low < end) {
        (void)snprintf(text, sizeof(text),
                       "the log below %" PRIu64 " is about to expire, and the mark may be %" PRIu64,
                       end, order->marks.low);
        order_findings_add(&order->found, ORDER_RULE_EXPIRY, op->path, 0, false, text);
    }
}

/* Units of a log file that comes back after a crash would be missing. */
static void check_expired(struct order *order, const struct disk_call *op)
{
    (void)op;
    order->used |= UINT32_C(1) << ORDER_RULE_EXPIRED;
    for (const struct order_file *file = order->files.dirty[ORDER_LOG]; file != NULL;
         file = file->dirty_next) {
        if (file->is_expired) {
            add_file(order, ORDER_RULE_EXPIRED, file, NULL, "a queue file is about to expire");
            return;
        }
    }
}

/* A mark above the cut would let recovery start behind records that are gone. */
static void check_cut(struct order *order, const struct disk_call *op)
{
    char text[TEXT_SIZE_BYTES];
    uint64_t start = order_files_start(op->path);
    uint64_t from = start + (op->op == POINT_OP_WRITE ? op->offset : 0);
    if (!order->marks.is_known) {
        return;
    }
    order->used |= UINT32_C(1) << ORDER_RULE_CUT;
    if (order->marks.high > from) {
        (void)snprintf(text, sizeof(text),
                       "the log is cut at %" PRIu64 ", and the mark may still be %" PRIu64, from,
                       order->marks.high);
        order_findings_add(&order->found, ORDER_RULE_CUT, op->path, from - start, false, text);
    }
}

/* A log or queue file with nothing in it may come back without its size: it is made again. */
static bool is_of_no_concern(const struct order_file *file)
{
    size_t size_bytes = strlen(file->path);
    bool is_row = file->class != ORDER_REST && !file->is_dir;
    return (is_row && file->exists && file->entry_ended == 0 && !file->has_data) ||
           strcmp(file->path, "abort") == 0 ||
           (size_bytes > 4 && strcmp(file->path + size_bytes - 4, ".tmp") == 0);
}

/* Once `abort` is gone nothing is examined at the next start, so nothing may be left open. */
static void check_stop(struct order *order, const struct disk_call *op)
{
    (void)op;
    order->used |= UINT32_C(1) << ORDER_RULE_STOP;
    for (int class = 0; class < ORDER_CLASS_COUNT; class ++) {
        const struct order_file *file = order->files.dirty[class];
        while (file != NULL && is_of_no_concern(file)) {
            file = file->dirty_next;
        }
        if (file != NULL) {
            add_file(order, ORDER_RULE_STOP, file, file->entry_ended != 0 ? NULL : file->spans,
                     "abort is about to go");
        }
    }
}

/* A name that points at bytes which are not there yet replaces a file that was whole: a crash
 * leaves neither. */
static void check_rename(struct order *order, const struct disk_call *op)
{
    const struct order_file *file = order_files_find(&order->files, op->path);
    order->used |= UINT32_C(1) << ORDER_RULE_RENAME;
    if (file != NULL && file->spans != NULL) {
        add_file(order, ORDER_RULE_RENAME, file, file->spans, "it is about to be renamed");
    }
}

static void check_append(struct order *order, const struct disk_call *op)
{
    check_abort(order, op);
    check_tail(order, op, ORDER_LOG);
}

static void check_queue_append(struct order *order, const struct disk_call *op)
{
    check_tail(order, op, ORDER_QUEUE);
}

static void note_zeroed(struct order *order, const struct disk_call *op)
{
    (void)op;
    order->has_zeroed = true;
}

/* A log's tail is zeroed by a cut, too. */
static void check_log_zeroed(struct order *order, const struct disk_call *op)
{
    order->has_zeroed = true;
    check_cut(order, op);
}

/* What is judged when an operation of the point begins. */
static void (*const checks[POINT_COUNT])(struct order *order, const struct disk_call *op) = {
    [POINT_COMMITLOG_APPEND] = check_append,
    [POINT_COMMITLOG_BLANK] = check_append,
    [POINT_DLEDGER_APPEND] = check_append,
    [POINT_DLEDGER_BLANK] = check_append,
    [POINT_QUEUE_APPEND] = check_queue_append,
    [POINT_QUEUE_PRE_BLANK] = check_queue_append,
    [POINT_CHECKPOINT_WRITE] = check_mark,
    [POINT_COMMITLOG_EXPIRE] = check_expiry,
    [POINT_DLEDGER_EXPIRE] = check_expiry,
    [POINT_QUEUE_EXPIRE] = check_expired,
    [POINT_QUEUE_CUT_TAIL] = note_zeroed,
    [POINT_COMMITLOG_ZERO_TAIL] = check_log_zeroed,
    [POINT_DLEDGER_ZERO_TAIL] = check_log_zeroed,
    [POINT_COMMITLOG_CUT_FILE] = check_cut,
    [POINT_DLEDGER_CUT_FILE] = check_cut,
    [POINT_ABORT_UNLINK] = check_stop,
    [POINT_OFFSETS_RENAME] = check_rename,
    [POINT_CURRTERM_RENAME] = check_rename,
    [POINT_DLEDGER_CHECKPOINT_RENAME] = check_rename,
};

/* Virtual time */

/* What threads do has no virtual time of its own. */
static bool is_timed(const struct order *order)
{
    return order != NULL && !order->is_threaded && !order->files.is_full;
}

static void check_window(struct order *order)
{
    struct order_overdue found;
    char text[TEXT_SIZE_BYTES];
    if (!order_window_find(&order->window, &order->files, &found)) {
        return;
    }
    (void)snprintf(text, sizeof(text),
                   "bytes %" PRIu64 "..%" PRIu64 " were written %" PRId64
                   " ms ago and are not durable, expected within %" PRId64 " ms",
                   found.span->from, found.span->to, found.age_ms, found.window_ms);
    order_findings_add(&order->found, ORDER_RULE_WINDOW, found.file->path, found.span->from, false,
                       text);
}

static void check_offsets(struct order *order)
{
    struct order_offsets_overdue found;
    char text[TEXT_SIZE_BYTES];
    if (!order_offsets_find(&order->offsets, order->files.now_ms, &found)) {
        return;
    }
    (void)snprintf(text, sizeof(text),
                   "offset %" PRId64 " of queue %" PRId32 " was committed %" PRId64
                   " ms ago and is not in the file: %.80s",
                   found.queue->offsets[0], found.queue->queue_id, found.age_ms, found.queue->key);
    order_findings_add(&order->found, ORDER_RULE_OFFSETS, DISK_OFFSETS_PATH, 0, false, text);
}

void order_clock(struct order *order, int64_t now_ms)
{
    if (is_timed(order) && now_ms != order->files.now_ms) {
        order->files.now_ms = now_ms;
        check_window(order);
        check_offsets(order);
    }
}

void order_opened(struct order *order)
{
    if (is_timed(order)) {
        order_window_opened(&order->window, &order->files);
        order->used |= UINT32_C(1) << ORDER_RULE_WINDOW;
    }
}

void order_held(struct order *order, enum store_service service, int64_t until_ms)
{
    if (!is_timed(order)) {
        return;
    }
    if (service == STORE_SERVICE_LOG_FLUSH) {
        order_window_held(&order->window, until_ms);
    } else if (service == STORE_SERVICE_OFFSETS) {
        order_offsets_held(&order->offsets, until_ms);
    }
}

void order_committed(struct order *order, const struct order_commit *commit)
{
    if (is_timed(order)) {
        order_offsets_committed(&order->offsets, commit, order->files.now_ms);
        order->used |= UINT32_C(1) << ORDER_RULE_OFFSETS;
    }
}

/* Operations */

/* Those of threads are not looked at. */
static void end_timed(struct order *order, const struct disk_call *op, int64_t result)
{
    if (!is_timed(order)) {
        return;
    }
    order_window_ended(&order->window, op, result, order->files.now_ms);
    order_offsets_ended(&order->offsets, op, result, order->files.now_ms);
}

/* Reading makes nothing durable; the lock file is no state. */
static bool is_watched(const struct disk_call *op)
{
    static const bool is_unwatched[POINT_OP_COUNT] = {
        [POINT_OP_OPEN] = true, [POINT_OP_READ] = true, [POINT_OP_LIST] = true,
        [POINT_OP_SIZE] = true, [POINT_OP_LOCK] = true, [POINT_OP_SEEK] = true,
    };
    return !is_unwatched[op->op] && op->point != POINT_LOCK_CREATE &&
           op->point != POINT_LOCK_WRITE && op->point != POINT_LOCK_SYNC;
}

/* Rules are judged at the begin: what an operation relies on must have been durable before it
 * was sent to the disk, not by the time it returns. */
void order_begin(struct order *order, const void *id, const struct disk_call *op)
{
    if (order == NULL || !is_watched(op)) {
        return;
    }
    lock(order);
    if (!order->files.is_full) {
        if (checks[op->point] != NULL) {
            checks[op->point](order, op);
        }
        (void)order_files_begin(&order->files, id, op);
    }
    unlock(order);
}

/* A failed or void sync settles nothing. */
void order_end(struct order *order, const void *id, const struct disk_call *op, int64_t result,
               bool is_void)
{
    if (order == NULL || !is_watched(op)) {
        return;
    }
    lock(order);
    end_timed(order, op, result);
    if (!order->files.is_full && order_files_end(&order->files, id, result, is_void) &&
        result >= 0 && !is_void) {
        if (op->point == POINT_CHECKPOINT_SYNC) {
            settle_mark(order);
        }
        order->has_abort |= op->point == POINT_ABORT_CREATE;
    }
    unlock(order);
}

uint32_t order_report(const struct order *order, struct judge_report *report)
{
    return order_findings_report(&order->found, report);
}

bool order_is_full(const struct order *order)
{
    return order != NULL && (order->files.is_full || order->offsets.is_full);
}

uint64_t order_mechanisms(const struct order *order)
{
    return order->found.mechanisms;
}

uint32_t order_rules_used(const struct order *order)
{
    return order->used;
}
