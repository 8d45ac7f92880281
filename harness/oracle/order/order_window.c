/* The age of what is not durable: see order_window.h. */
#include "harness/oracle/order/order_window.h"

#include <string.h>

#define STEP_MS             50 /* a service that is due waits for others, a millisecond at a time */
#define ASYNC_MS            500
#define REAL_TIME_MS        10
#define THOROUGH_MS         10500
#define PAGES_MS            1000
#define ROLL_MS             500
#define LEAST_PAGES         4u
#define LOG_PAGE_SIZE_BYTES 4096u

void order_window_init(struct order_window *window, const struct store_options *options,
                       enum quirk_profile profile)
{
    memset(window, 0, sizeof(*window));
    bool is_async = options->flush == STORE_FLUSH_ASYNC && options->mode == STORE_MODE_COMMITLOG;
    window->is_by_pages = is_async && profile != QUIRK_PROFILE_FIXED;
    window->window_ms = (window->is_by_pages ? THOROUGH_MS
                         : is_async          ? ASYNC_MS
                                             : REAL_TIME_MS) +
                        STEP_MS;
    order_window_round(window);
}

void order_window_round(struct order_window *window)
{
    window->is_open = false;
    window->is_over = false;
    window->end = 0;
    window->roll_count = 0;
    window->since_ms = INT64_MIN;
    window->nothing_ms = INT64_MIN;
}

/* What was cached when a process was killed is a promise of its log like any other: a recovery that
 * takes it for synced leaves it to the kernel for good. */
void order_window_opened(struct order_window *window, struct order_files *files)
{
    for (const struct order_file *file = files->dirty[ORDER_LOG]; file != NULL;
         file = file->dirty_next) {
        for (const struct order_span *span = file->spans; span != NULL; span = span->next) {
            uint64_t end = file->start + span->to;
            window->end = span->kind == ORDER_DATA && end > window->end ? end : window->end;
        }
    }
    window->since_ms = files->now_ms;
    window->is_open = true;
}

void order_window_held(struct order_window *window, int64_t until_ms)
{
    window->since_ms = until_ms > window->since_ms ? until_ms : window->since_ms;
}

static bool is_append(enum point point)
{
    return point == POINT_COMMITLOG_APPEND || point == POINT_COMMITLOG_BLANK ||
           point == POINT_DLEDGER_APPEND || point == POINT_DLEDGER_BLANK;
}

static bool is_cut(enum point point)
{
    return point == POINT_COMMITLOG_ZERO_TAIL || point == POINT_DLEDGER_ZERO_TAIL ||
           point == POINT_COMMITLOG_CUT_FILE || point == POINT_DLEDGER_CUT_FILE;
}

/* An append that ended short is no record before it is whole, and what a failed one left is none at
 * all.  A log whose sync or cut failed is out of service. */
void order_window_ended(struct order_window *window, const struct disk_call *op, int64_t result,
                        int64_t now_ms)
{
    if (is_append(op->point) && result == (int64_t)op->size_bytes) {
        uint64_t end = order_files_start(op->path) + op->offset + op->size_bytes;
        window->end = end > window->end ? end : window->end;
        if (op->offset == 0) {
            window->rolls_ms[window->roll_count++ % ORDER_WINDOW_ROLLS_MAX] = now_ms;
        }
    } else if (is_cut(op->point) && result >= 0) {
        uint64_t from = order_files_start(op->path) + (op->op == POINT_OP_WRITE ? op->offset : 0);
        window->end = from < window->end ? from : window->end;
    } else if (result < 0 && (point_is_log_sync(op->point) || is_cut(op->point))) {
        window->is_over = true;
    }
}

static int64_t written_ms(const struct order_window *window, const struct order_span *span)
{
    return span->since_ms > window->since_ms ? span->since_ms : window->since_ms;
}

static bool is_counted(const struct order_window *window, const struct order_file *file,
                       const struct order_span *span)
{
    return span->kind == ORDER_DATA && span->ended != ORDER_IN_FLIGHT && file->exists &&
           file->start + span->from < window->end;
}

/* A look that ends a file leaves what follows it to the next. */
static int64_t for_rolls_ms(const struct order_window *window, int64_t since_ms)
{
    uint32_t kept =
        window->roll_count < ORDER_WINDOW_ROLLS_MAX ? window->roll_count : ORDER_WINDOW_ROLLS_MAX;
    int64_t sum_ms = 0;
    for (uint32_t i = 0; i < kept; i++) {
        sum_ms += window->rolls_ms[i] >= since_ms - ROLL_MS ? ROLL_MS : 0;
    }
    return sum_ms;
}

/* RocketMQ's time for a span: sooner for what was written behind it, later for each roll. */
static int64_t due_by_pages(const struct order_window *window, const struct order_files *files,
                            uint64_t from, int64_t since_ms)
{
    int64_t due_ms = since_ms + window->window_ms;
    for (const struct order_file *file = files->dirty[ORDER_LOG]; file != NULL;
         file = file->dirty_next) {
        for (const struct order_span *span = file->spans; span != NULL; span = span->next) {
            uint64_t to = file->start + span->to;
            /* The last byte of a joined span may be younger than its first: never due too early. */
            int64_t until_ms = span->until_ms > since_ms ? span->until_ms : since_ms;
            if (is_counted(window, file, span) && to > from &&
                to / LOG_PAGE_SIZE_BYTES - from / LOG_PAGE_SIZE_BYTES >= LEAST_PAGES &&
                until_ms + PAGES_MS + STEP_MS < due_ms) {
                due_ms = until_ms + PAGES_MS + STEP_MS;
            }
        }
    }
    return due_ms + for_rolls_ms(window, since_ms);
}

bool order_window_find(struct order_window *window, const struct order_files *files,
                       struct order_overdue *ret_overdue)
{
    bool is_found = false;
    uint64_t first = UINT64_MAX;
    int64_t earliest_ms = INT64_MAX;
    if (!window->is_open || window->is_over || files->now_ms <= window->nothing_ms) {
        return false;
    }
    for (const struct order_file *file = files->dirty[ORDER_LOG]; file != NULL;
         file = file->dirty_next) {
        for (const struct order_span *span = file->spans; span != NULL; span = span->next) {
            if (!is_counted(window, file, span)) {
                continue;
            }
            uint64_t from = file->start + span->from;
            int64_t since_ms = written_ms(window, span);
            int64_t due_ms = window->is_by_pages ? due_by_pages(window, files, from, since_ms)
                                                 : since_ms + window->window_ms;
            earliest_ms = due_ms < earliest_ms ? due_ms : earliest_ms;
            if (due_ms < files->now_ms && from < first) {
                first = from;
                *ret_overdue =
                    (struct order_overdue){file, span, files->now_ms - written_ms(window, span),
                                           due_ms - written_ms(window, span)};
                is_found = true;
            }
        }
    }
    /* What is written from now on is due later than now and the shortest window. */
    int64_t next_ms = files->now_ms + (window->is_by_pages ? PAGES_MS : window->window_ms);
    window->nothing_ms = earliest_ms < next_ms ? earliest_ms : next_ms;
    window->is_over = is_found;
    return is_found;
}
