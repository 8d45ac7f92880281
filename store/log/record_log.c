/* The log that holds the records: see record_log.h. */
#include "store/log/record_log.h"

#include "store/base/ensure.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_SIZE_BYTES 262144u

struct record_log {
    const struct record_log_format *format;
    const struct event_sink *sink;
    struct segment_list *files;
    /* Bytes read ahead: [window_start, window_start + window_size) of the log. */
    uint8_t *window;
    size_t window_capacity;
    uint64_t window_start;
    size_t window_size;
};

int record_log_open(const struct record_log_format *format,
                    const struct segment_list_options *options, struct record_log **ret_log,
                    struct err *err)
{
    struct record_log *log = calloc(1, sizeof(*log));
    if (log == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    log->format = format;
    log->sink = options->sink;
    int r = segment_list_open(options, &log->files, err);
    if (r < 0) {
        record_log_free(log);
        return r;
    }
    *ret_log = log;
    return 0;
}

struct record_log *record_log_free(struct record_log *log)
{
    if (log != NULL) {
        segment_list_free(log->files);
        free(log->window);
        free(log);
    }
    return NULL;
}

struct segment_list *record_log_files(struct record_log *log)
{
    return log->files;
}

const struct record_log_format *record_log_format_of(const struct record_log *log)
{
    return log->format;
}

uint64_t record_log_min(const struct record_log *log)
{
    return segment_list_min(log->files);
}

uint64_t record_log_end(const struct record_log *log)
{
    return segment_list_end(log->files);
}

void record_log_set_end(struct record_log *log, uint64_t end)
{
    segment_list_set_end(log->files, end);
    log->window_size = 0;
}

/* The window grows to the largest item met. Its bytes are forgotten then: they are read again. */
static int reserve_window(struct record_log *log, size_t size_bytes, struct err *err)
{
    if (size_bytes <= log->window_capacity) {
        return 0;
    }
    uint8_t *window = malloc(size_bytes);
    if (window == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    free(log->window);
    log->window = window;
    log->window_capacity = size_bytes;
    log->window_size = 0;
    return 0;
}

/* Bytes of the window. */
struct view {
    const uint8_t *at;
    size_t size_bytes;
};

/* Has at least `need` bytes from `position` in the window; `readable` >= need can be read. */
/* Has at least `need` bytes from `position` in the window; `readable` >= need can be read. A scan
 * reads 256 KiB at once and parses in memory: read by read it would cost a system call for each
 * record, and as many hits of the read point. */
static int look(struct record_log *log, uint64_t position, uint64_t need, uint64_t readable,
                struct view *ret_view, struct err *err)
{
    ENSURE(need <= readable);
    bool is_within = position >= log->window_start &&
                     position - log->window_start <= log->window_size &&
                     log->window_size - (position - log->window_start) >= need;
    if (!is_within) {
        uint64_t size = readable < WINDOW_SIZE_BYTES ? readable : WINDOW_SIZE_BYTES;
        size = size < need ? need : size;
        int r = reserve_window(log, (size_t)size, err);
        if (r < 0) {
            return r;
        }
        log->window_size = 0;
        r = segment_list_read(log->files, position, log->window, (size_t)size, err);
        if (r < 0) {
            return r;
        }
        log->window_start = position;
        log->window_size = (size_t)size;
    }
    uint64_t skip = position - log->window_start;
    uint64_t available = log->window_size - skip;
    ret_view->at = log->window + skip;
    ret_view->size_bytes = (size_t)(available < readable ? available : readable);
    return 0;
}

/* How many bytes from `position` on lie in its file and below `limit`. */
static uint64_t readable_at(const struct record_log *log, uint64_t position, uint64_t limit)
{
    int64_t at = segment_list_find(log->files, position);
    if (at < 0 || limit <= position) {
        return 0;
    }
    uint64_t file_end =
        segment_list_start(log->files, (size_t)at) + segment_list_file_size(log->files);
    return (file_end < limit ? file_end : limit) - position;
}

/* First a header's worth, then as much as that header asks for: no length is believed before it is
 * known to lie inside the file and below `limit`. A blank's own length is not believed at all, it
 * reaches to the end of its file. */
int record_log_read(struct record_log *log, uint64_t position, uint64_t limit,
                    const struct record_log_check *check, struct record_log_item *ret_item,
                    struct err *err)
{
    *ret_item = (struct record_log_item){
        .kind = MESSAGE_BROKEN, .position = position, .index = -1, .term = -1};
    uint64_t readable = readable_at(log, position, limit);
    uint64_t least = log->format->header_size_bytes + MESSAGE_BLANK_SIZE_BYTES;
    least = least < readable ? least : readable;
    if (least < MESSAGE_BLANK_SIZE_BYTES) {
        return 0;
    }
    struct view view = {0};
    int r = look(log, position, least, readable, &view, err);
    if (r < 0) {
        /* A file of length 0 in the row ends the log; it is no failure of the disk. */
        return r == -ENODATA && segment_list_hole(log->files) <= position ? 0 : r;
    }
    uint32_t need = log->format->needs(view.at, view.size_bytes);
    if (need == 0 || need > readable) {
        return 0;
    }
    r = look(log, position, need, readable, &view, err);
    if (r < 0) {
        return r;
    }
    log->format->parse(view.at, view.size_bytes, check, ret_item);
    if (ret_item->kind == MESSAGE_BLANK) {
        uint64_t file_size = segment_list_file_size(log->files);
        ret_item->size_bytes = (uint32_t)(file_size - position % file_size);
    }
    return 0;
}

bool record_log_fits(const struct record_log *log, uint64_t size_bytes)
{
    return size_bytes + MESSAGE_BLANK_SIZE_BYTES <= segment_list_file_size(log->files);
}

/* Closes the file that holds the end with a blank; the end moves to the next file's start. */
/* Closes the file that holds the end with a blank; the end moves to the next file's start. The
 * plain log writes eight bytes and leaves zeros behind them, DLedger writes all of it. Without a
 * blank a recovery would take the end of the file for the end of the log. */
static int append_blank(struct record_log *log, uint64_t left, struct err *err)
{
    uint8_t head[MESSAGE_BLANK_SIZE_BYTES];
    log->format->put_blank(head, (uint32_t)left);
    if (!log->format->is_blank_whole) {
        int r = segment_list_append_as(log->files, log->format->blank, head, sizeof(head), err);
        if (r == 0) {
            segment_list_set_end(log->files, record_log_end(log) + left - sizeof(head));
        }
        return r;
    }
    uint8_t *blank = calloc(1, (size_t)left);
    if (blank == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    memcpy(blank, head, sizeof(head));
    int r = segment_list_append_as(log->files, log->format->blank, blank, (size_t)left, err);
    free(blank);
    return r;
}

/* An item and a blank behind it must fit, or the file is closed. The blank is durable no later than
 * what follows it in the next file, since a round syncs the files in ascending order. */
int record_log_make_room(struct record_log *log, uint32_t size_bytes, bool *ret_is_create,
                         struct err *err)
{
    ENSURE(record_log_fits(log, size_bytes));
    uint64_t file_size = segment_list_file_size(log->files);
    uint64_t left = file_size - record_log_end(log) % file_size;
    *ret_is_create = false;
    if (left < (uint64_t)size_bytes + MESSAGE_BLANK_SIZE_BYTES) {
        int r = append_blank(log, left, err);
        if (r < 0) {
            return r;
        }
    }
    uint64_t end = record_log_end(log);
    *ret_is_create = true;
    int r = segment_list_ensure(log->files, end, err);
    if (r < 0) {
        return r;
    }
    if (end % file_size == 0 && end != record_log_min(log)) {
        event_emit(log->sink, EVENT_LOG_ROLLED, end, "%s goes on at %" PRIu64, log->format->name,
                   end);
    }
    return 0;
}

int record_log_append(struct record_log *log, const void *data, uint32_t size_bytes,
                      struct err *err)
{
    return segment_list_append(log->files, data, size_bytes, err);
}
