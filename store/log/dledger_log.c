/* The DLedger log of a group of one: see dledger_log.h.  It is one file because appending, the
 * index and recovery must agree on what an entry is and which one is the last. */
#include "store/log/dledger_log.h"

#include "store/base/bytes.h"
#include "store/files/text_file.h"
#include "store/format/dledger_entry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct segment_list_points data_points = {
    .list = POINT_DLEDGER_LIST,
    .open = POINT_DLEDGER_OPEN,
    .size = POINT_DLEDGER_SIZE,
    .read = POINT_DLEDGER_READ,
    .seek = POINT_DLEDGER_SEEK,
    .create = POINT_DLEDGER_CREATE,
    .extend = POINT_DLEDGER_EXTEND,
    .append = POINT_DLEDGER_APPEND,
    .sync = POINT_DLEDGER_SYNC,
    .sync_dir = POINT_DLEDGER_SYNC_DIR,
    .rewrite = POINT_DLEDGER_REWRITE,
    .zero_tail = POINT_DLEDGER_ZERO_TAIL,
    .cut_file = POINT_DLEDGER_CUT_FILE,
    .expire = POINT_DLEDGER_EXPIRE,
};

static const struct segment_list_points index_points = {
    .list = POINT_DLEDGER_INDEX_LIST,
    .open = POINT_DLEDGER_INDEX_OPEN,
    .size = POINT_DLEDGER_INDEX_SIZE,
    .read = POINT_DLEDGER_INDEX_READ,
    .seek = POINT_DLEDGER_INDEX_SEEK,
    .create = POINT_DLEDGER_INDEX_CREATE,
    .extend = POINT_DLEDGER_INDEX_EXTEND,
    .append = POINT_DLEDGER_INDEX_APPEND,
    .sync = POINT_DLEDGER_INDEX_SYNC,
    .sync_dir = POINT_DLEDGER_INDEX_SYNC_DIR,
    .rewrite = POINT_DLEDGER_INDEX_REWRITE,
    .zero_tail = POINT_DLEDGER_INDEX_ZERO_TAIL,
    .cut_file = POINT_DLEDGER_INDEX_CUT_FILE,
    .expire = POINT_DLEDGER_INDEX_EXPIRE,
};

static const struct text_file_points checkpoint_points = {
    .size = POINT_DLEDGER_CHECKPOINT_SIZE,
    .open = POINT_DLEDGER_CHECKPOINT_OPEN,
    .read = POINT_DLEDGER_CHECKPOINT_READ,
    .create = POINT_DLEDGER_CHECKPOINT_CREATE,
    .truncate = POINT_DLEDGER_CHECKPOINT_TRUNCATE,
    .write = POINT_DLEDGER_CHECKPOINT_WRITE,
    .sync = POINT_DLEDGER_CHECKPOINT_SYNC,
    .rename = POINT_DLEDGER_CHECKPOINT_RENAME,
    .sync_dir = POINT_DLEDGER_CHECKPOINT_SYNC_DIR,
};

static const struct text_file_points currterm_points = {
    .size = POINT_CURRTERM_SIZE,
    .open = POINT_CURRTERM_OPEN,
    .read = POINT_CURRTERM_READ,
    .create = POINT_CURRTERM_CREATE,
    .truncate = POINT_CURRTERM_TRUNCATE,
    .write = POINT_CURRTERM_WRITE,
    .sync = POINT_CURRTERM_SYNC,
    .rename = POINT_CURRTERM_RENAME,
    .sync_dir = POINT_CURRTERM_SYNC_DIR,
};

struct dledger_log {
    struct record_log *data;
    struct segment_list *index;
    struct text_file checkpoint;
    struct text_file currterm;
    const struct event_sink *sink;
    int64_t end_index;
    int64_t end_term;
    int64_t term; /* of this life */
    int64_t saved_term;
    struct dledger_log_commit saved;
};

/* The format of the data list */

/* How much of an entry must be read to judge it. Its size is believed only when it agrees with the
 * body's size and with the largest message there is: it may be any number after a crash, and it
 * decides how much memory is read into. */
static uint32_t needs(const uint8_t *at, size_t available_bytes)
{
    uint32_t magic = available_bytes < 4 ? 0 : bytes_get_be32(at);
    if (magic == DLEDGER_ENTRY_BLANK_MAGIC) {
        return DLEDGER_ENTRY_BLANK_SIZE_BYTES;
    }
    if (magic != DLEDGER_ENTRY_MAGIC || available_bytes < DLEDGER_ENTRY_HEADER_SIZE_BYTES) {
        return 0;
    }
    struct dledger_entry entry;
    dledger_entry_get(at, &entry);
    bool is_sound = entry.size_bytes > DLEDGER_ENTRY_HEADER_SIZE_BYTES &&
                    entry.size_bytes <= DLEDGER_ENTRY_HEADER_SIZE_BYTES + MESSAGE_SIZE_BYTES_MAX &&
                    entry.body_size_bytes == entry.size_bytes - DLEDGER_ENTRY_HEADER_SIZE_BYTES;
    return is_sound ? entry.size_bytes : 0;
}

/* An entry is broken when its header and its body disagree about the place or the size. A header
 * torn away from its body, or an older entry behind a cut, gives itself away by that. A body that
 * only lacks consistent lengths stays a mismatch: the defects treat it in their own way. */
static void parse(const uint8_t *at, size_t available_bytes, const struct record_log_check *check,
                  struct record_log_item *item)
{
    if (bytes_get_be32(at) == DLEDGER_ENTRY_BLANK_MAGIC) {
        item->kind = MESSAGE_BLANK;
        return;
    }
    struct dledger_entry entry;
    dledger_entry_get(at, &entry);
    item->size_bytes = entry.size_bytes;
    item->index = entry.index;
    item->term = entry.term;
    item->kind = message_parse(at + DLEDGER_ENTRY_HEADER_SIZE_BYTES,
                               entry.size_bytes - DLEDGER_ENTRY_HEADER_SIZE_BYTES, &check->message,
                               &item->view);
    (void)available_bytes;
    if (item->kind != MESSAGE_RECORD || entry.position != item->position ||
        item->view.size_bytes != entry.body_size_bytes || entry.index < 0) {
        item->kind = item->kind == MESSAGE_MISMATCH ? MESSAGE_MISMATCH : MESSAGE_BROKEN;
    } else if (check->place &&
               item->view.physical_offset != item->position + DLEDGER_ENTRY_HEADER_SIZE_BYTES) {
        item->kind = MESSAGE_BROKEN;
    }
}

const struct record_log_format dledger_log_format = {
    .name = "dledger",
    .points = &data_points,
    .blank = POINT_DLEDGER_BLANK,
    .header_size_bytes = DLEDGER_ENTRY_HEADER_SIZE_BYTES,
    .is_blank_whole = true,
    .put_blank = dledger_entry_put_blank,
    .needs = needs,
    .parse = parse,
};

/* The two text files */

/* Finds "NAME=number" at the beginning of a line; the rest of the line must be empty. A file cut
 * inside the number reads as a smaller one: that is why these files are replaced whole and never in
 * place. */
static bool find_number(const char *text, const char *name, int64_t *ret_value)
{
    size_t size = strlen(name);
    for (const char *line = text; line != NULL;) {
        if (strncmp(line, name, size) == 0 && line[size] == '=') {
            char *end = NULL;
            errno = 0;
            long long value = strtoll(line + size + 1, &end, 10);
            if (end == line + size + 1 || errno != 0 || strchr("\r\n", *end) == NULL) {
                return false;
            }
            *ret_value = value;
            return true;
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return false;
}

static int parse_checkpoint(void *arg, const char *text, size_t size_bytes, struct err *err)
{
    struct dledger_log *log = arg;
    int64_t end_index = -1;
    int64_t committed_index = -1;
    (void)size_bytes;
    if (!find_number(text, "endIndex", &end_index) ||
        !find_number(text, "committedIndex", &committed_index)) {
        return err_set(err, ERR_CORRUPT, "needs endIndex and committedIndex");
    }
    log->saved.end_index = end_index;
    log->saved.committed_index = committed_index;
    return 0;
}

/* A term that cannot be raised any more is not taken: the next life needs a higher one. */
static int parse_currterm(void *arg, const char *text, size_t size_bytes, struct err *err)
{
    struct dledger_log *log = arg;
    (void)size_bytes;
    if (!find_number(text, "currTerm", &log->saved_term) || log->saved_term < -1 ||
        log->saved_term >= INT64_MAX - 1) {
        return err_set(err, ERR_CORRUPT, "needs currTerm");
    }
    return 0;
}

int dledger_log_open(const struct dledger_log_options *options, struct record_log *data,
                     struct dledger_log **ret_log, struct err *err)
{
    struct dledger_log *log = calloc(1, sizeof(*log));
    if (log == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    struct disk *disk = options->files.disk;
    *log = (struct dledger_log){
        .data = data,
        .checkpoint = {disk, DLEDGER_LOG_DIR, DLEDGER_LOG_DIR "/checkpoint", &checkpoint_points,
                       options->files.second_sync},
        .currterm = {disk, DLEDGER_LOG_DIR, DLEDGER_LOG_DIR "/currterm", &currterm_points,
                     options->files.second_sync},
        .sink = options->files.sink,
        .end_index = -1,
        .end_term = -1,
        .saved_term = -1,
        .saved = {.end_index = -1, .committed_index = -1},
    };
    struct segment_list_options files = options->files;
    files.dir = DLEDGER_LOG_INDEX_DIR;
    files.points = &index_points;
    files.is_derived = true;
    files.file_size_bytes = (uint64_t)options->index_file_units * DLEDGER_ENTRY_INDEX_SIZE_BYTES;
    int r = segment_list_open(&files, &log->index, err);
    if (r >= 0) {
        r = text_file_load(&log->currterm, parse_currterm, log, err);
    }
    if (r >= 0) {
        r = text_file_load(&log->checkpoint, parse_checkpoint, log, err);
        if (r == ERR_CORRUPT) {
            /* RocketMQ: an unreadable checkpoint leaves committedIndex unknown. */
            r = 0;
        }
    }
    if (r < 0) {
        dledger_log_free(log);
        return r;
    }
    *ret_log = log;
    return 0;
}

struct dledger_log *dledger_log_free(struct dledger_log *log)
{
    if (log != NULL) {
        segment_list_free(log->index);
        free(log);
    }
    return NULL;
}

struct segment_list *dledger_log_index_files(struct dledger_log *log)
{
    return log->index;
}

int64_t dledger_log_end_index(const struct dledger_log *log)
{
    return log->end_index;
}

int64_t dledger_log_saved_committed_index(const struct dledger_log *log)
{
    return log->saved.committed_index;
}

void dledger_log_set_last(struct dledger_log *log, int64_t index, int64_t term)
{
    log->end_index = index;
    log->end_term = term;
}

/* The index list */

static void entry_of(const struct record_log_item *item, struct dledger_entry *ret_entry)
{
    *ret_entry = (struct dledger_entry){
        .magic = DLEDGER_ENTRY_MAGIC,
        .size_bytes = item->size_bytes,
        .index = item->index,
        .term = item->term,
        .position = item->position,
        .body_size_bytes = item->size_bytes - DLEDGER_ENTRY_HEADER_SIZE_BYTES,
    };
}

/* A unit past the end, or in a file that is not there, does not agree: it is not an error, since
 * the index may be behind at any time and is rebuilt. A failed read is one; a file that is too
 * short is not. */
int dledger_log_index_agrees(struct dledger_log *log, const struct record_log_item *item,
                             struct err *err)
{
    uint64_t offset = (uint64_t)item->index * DLEDGER_ENTRY_INDEX_SIZE_BYTES;
    if (item->index < 0 || offset >= segment_list_end(log->index) ||
        segment_list_find(log->index, offset) < 0) {
        return 0;
    }
    uint8_t unit[DLEDGER_ENTRY_INDEX_SIZE_BYTES];
    int r = segment_list_read(log->index, offset, unit, sizeof(unit), err);
    if (r < 0) {
        return r == -ENODATA ? 0 : r;
    }
    struct dledger_entry entry;
    entry_of(item, &entry);
    return dledger_entry_index_matches(&entry, unit) ? 1 : 0;
}

/* Writes the unit of an entry and ends the list behind it. The end moves back first when an earlier
 * unit is put right: what stood behind it was of other entries. */
int dledger_log_write_index(struct dledger_log *log, const struct record_log_item *item,
                            struct err *err)
{
    uint64_t offset = (uint64_t)item->index * DLEDGER_ENTRY_INDEX_SIZE_BYTES;
    int r = segment_list_ensure(log->index, offset, err);
    if (r < 0) {
        return r;
    }
    if (segment_list_end(log->index) != offset) {
        segment_list_set_end(log->index, offset);
    }
    uint8_t unit[DLEDGER_ENTRY_INDEX_SIZE_BYTES];
    struct dledger_entry entry;
    entry_of(item, &entry);
    dledger_entry_put_index(&entry, unit);
    return segment_list_append(log->index, unit, sizeof(unit), err);
}

/* The end cannot pass the last file: units that are missing there stay missing until recovery
 * writes them from the data. */
void dledger_log_end_index_at(struct dledger_log *log, int64_t index)
{
    uint64_t end = (uint64_t)(index + 1) * DLEDGER_ENTRY_INDEX_SIZE_BYTES;
    uint64_t limit = segment_list_limit(log->index);
    segment_list_set_end(log->index, end < limit ? end : limit);
}

void dledger_log_suspect_index(struct dledger_log *log, int64_t index)
{
    segment_list_suspect(log->index, (uint64_t)index * DLEDGER_ENTRY_INDEX_SIZE_BYTES);
}

/* A file goes when the second one begins at or below the entry that the log begins with. One file
 * always stays. */
int dledger_log_expire_index(struct dledger_log *log, int64_t index, struct err *err)
{
    if (index < 0 || segment_list_count(log->index) < 2 ||
        segment_list_start(log->index, 1) > (uint64_t)index * DLEDGER_ENTRY_INDEX_SIZE_BYTES) {
        return 0;
    }
    int r = segment_list_expire_first(log->index, err);
    return r < 0 ? r : 1;
}

/* RocketMQ's recovery: what is read, and where it stops */

struct headers {
    struct dledger_log *log;
    bool is_error_end;
    bool is_rebuilding;
    int64_t last_index;
    int64_t last_term;
    uint64_t position;
};

enum header_kind { HEADER_ENTRY, HEADER_BLANK, HEADER_END };

/* Reads the header at `position`; a failed read is an end or an error. */
static int read_header(struct headers *headers, uint64_t position, enum header_kind *ret_kind,
                       struct record_log_item *ret_item, struct err *err)
{
    struct segment_list *files = record_log_files(headers->log->data);
    uint64_t file_size = segment_list_file_size(files);
    uint64_t left = file_size - position % file_size;
    uint8_t at[DLEDGER_ENTRY_HEADER_SIZE_BYTES] = {0};
    *ret_kind = HEADER_END;
    if (segment_list_find(files, position) < 0 || left < DLEDGER_ENTRY_BLANK_SIZE_BYTES) {
        return 0;
    }
    size_t size = left < sizeof(at) ? (size_t)left : sizeof(at);
    int r = segment_list_read(files, position, at, size, err);
    if (r < 0) {
        return headers->is_error_end ? 0 : r;
    }
    if (bytes_get_be32(at) == DLEDGER_ENTRY_BLANK_MAGIC) {
        *ret_kind = HEADER_BLANK;
        return 0;
    }
    struct dledger_entry entry;
    dledger_entry_get(at, &entry);
    bool is_sound = size == sizeof(at) && entry.magic == DLEDGER_ENTRY_MAGIC &&
                    entry.size_bytes > DLEDGER_ENTRY_HEADER_SIZE_BYTES - 4 &&
                    entry.size_bytes <= left && entry.position == position && entry.index >= 0 &&
                    (uint64_t)entry.body_size_bytes + sizeof(at) == entry.size_bytes;
    if (is_sound) {
        *ret_kind = HEADER_ENTRY;
        *ret_item = (struct record_log_item){.kind = MESSAGE_RECORD,
                                             .position = position,
                                             .size_bytes = entry.size_bytes,
                                             .index = entry.index,
                                             .term = entry.term};
    }
    return 0;
}

/* Goes back from the third-last file to one whose first entry and its index unit agree, or to the
 * first of all: what is in front of an agreement was whole when that index unit was written. */
static int find_start(struct headers *headers, uint64_t *ret_start, struct err *err)
{
    struct segment_list *files = record_log_files(headers->log->data);
    for (size_t at = segment_list_recovery_start(files);; at--) {
        enum header_kind kind;
        struct record_log_item item;
        *ret_start = segment_list_start(files, at);
        int r = read_header(headers, *ret_start, &kind, &item, err);
        if (r == 0 && kind == HEADER_ENTRY) {
            r = dledger_log_index_agrees(headers->log, &item, err);
        }
        if (r < 0 && headers->is_error_end) {
            r = 0;
        }
        if (r != 0 || at == 0) {
            return r < 0 ? r : 0;
        }
    }
}

/* Takes one entry over; rebuilds its index unit from the first one on that disagrees. */
/* Takes one entry over; rebuilds its index unit from the first one on that disagrees. After one
 * disagreement no later unit is believed: it may agree by being older than the cut that made the
 * difference. */
static int accept_entry(struct headers *headers, const struct record_log_item *item,
                        struct err *err)
{
    struct dledger_log *log = headers->log;
    if (!headers->is_rebuilding) {
        int r = dledger_log_index_agrees(log, item, err);
        if (r < 0 && !headers->is_error_end) {
            return r;
        }
        if (r != 1) {
            headers->is_rebuilding = true;
            dledger_log_end_index_at(log, item->index - 1);
            event_emit(log->sink, EVENT_INDEX_REBUILT, item->position, "from index %" PRId64,
                       item->index);
        }
    }
    if (headers->is_rebuilding) {
        int r = dledger_log_write_index(log, item, err);
        if (r < 0) {
            return r;
        }
    }
    headers->last_index = item->index;
    headers->last_term = item->term;
    headers->position += item->size_bytes;
    return 0;
}

/* Goes from header to header, by their sizes alone, up to the first that does not follow: RocketMQ
 * never reads a body here, so an entry whose body was lost counts as whole. */
static int walk(struct headers *headers, struct err *err)
{
    struct segment_list *files = record_log_files(headers->log->data);
    uint64_t file_size = segment_list_file_size(files);
    for (;;) {
        enum header_kind kind;
        struct record_log_item item;
        int r = read_header(headers, headers->position, &kind, &item, err);
        if (r < 0) {
            return r;
        }
        if (kind == HEADER_BLANK) {
            headers->position += file_size - headers->position % file_size;
            continue;
        }
        bool is_next = kind == HEADER_ENTRY && item.term >= headers->last_term &&
                       (headers->last_index < 0 || item.index == headers->last_index + 1);
        if (!is_next) {
            return 0;
        }
        r = accept_entry(headers, &item, err);
        if (r < 0) {
            return r;
        }
    }
}

/* RocketMQ exits over a hole and over an end more than a file before the last file. Both are
 * refused as damage: going on would cut entries that were acknowledged. */
int dledger_log_recover(struct dledger_log *log, bool is_error_end, struct err *err)
{
    struct segment_list *files = record_log_files(log->data);
    size_t count = segment_list_count(files);
    if (count == 0) {
        dledger_log_end_index_at(log, -1);
        return 0;
    }
    uint64_t hole = segment_list_hole(files);
    if (hole != UINT64_MAX) {
        return err_set(err, ERR_CORRUPT, "dledger data: no file at %" PRIu64, hole);
    }
    struct headers headers = {
        .log = log, .is_error_end = is_error_end, .last_index = -1, .last_term = -1};
    int r = find_start(&headers, &headers.position, err);
    if (r == 0) {
        r = walk(&headers, err);
    }
    if (r < 0) {
        return r;
    }
    uint64_t last_start = segment_list_start(files, count - 1);
    if (last_start > headers.position &&
        last_start - headers.position > segment_list_file_size(files)) {
        return err_set(err, ERR_CORRUPT,
                       "dledger data ends at %" PRIu64
                       ", more than a file before the last file at %" PRIu64,
                       headers.position, last_start);
    }
    record_log_set_end(log->data, headers.position);
    dledger_log_set_last(log, headers.last_index, headers.last_term);
    dledger_log_end_index_at(log, headers.last_index);
    return 0;
}

/* Appending */

/* A group of one elects itself at each start. The term must be durable before an entry carries it,
 * and above what both the file and the log say: either may have been lost. */
int dledger_log_raise_term(struct dledger_log *log, struct err *err)
{
    int64_t seen = log->saved_term > log->end_term ? log->saved_term : log->end_term;
    log->term = (seen < 0 ? 0 : seen) + 1;
    char text[96];
    int n = snprintf(text, sizeof(text), "currTerm=%" PRId64 "\nvoteLeader=n0\n", log->term);
    int r = text_file_save(&log->currterm, text, (size_t)n, err);
    if (r == 0) {
        log->saved_term = log->term;
    }
    return r;
}

/* The entry that is next, with a record of that size in it. */
static struct record_log_item next_item(const struct dledger_log *log, uint64_t position,
                                        uint32_t record_size_bytes)
{
    return (struct record_log_item){
        .position = position,
        .size_bytes = record_size_bytes + DLEDGER_ENTRY_HEADER_SIZE_BYTES,
        .index = log->end_index + 1,
        .term = log->term,
    };
}

void dledger_log_put_header(const struct dledger_log *log, uint64_t position,
                            uint32_t record_size_bytes, uint8_t *header)
{
    struct record_log_item item = next_item(log, position, record_size_bytes);
    struct dledger_entry entry;
    entry_of(&item, &entry);
    dledger_entry_put(&entry, header);
}

/* Data first, then the index: an entry without its unit is rebuilt, a unit without its entry would
 * name bytes that are not there. */
int dledger_log_appended(struct dledger_log *log, uint64_t position, uint32_t record_size_bytes,
                         struct err *err)
{
    struct record_log_item item = next_item(log, position, record_size_bytes);
    log->end_index = item.index;
    log->end_term = item.term;
    return dledger_log_write_index(log, &item, err);
}

bool dledger_log_is_checkpoint_due(const struct dledger_log *log,
                                   const struct dledger_log_commit *commit)
{
    return log->saved.end_index != commit->end_index ||
           log->saved.committed_index != commit->committed_index;
}

/* Replaced whole, like all small files. It may be behind, which costs dispatching again, or be
 * lost, which leaves committedIndex unknown. */
int dledger_log_save_checkpoint(const struct dledger_log *log,
                                const struct dledger_log_commit *commit, struct err *err)
{
    char text[96];
    int n = snprintf(text, sizeof(text), "endIndex=%" PRId64 "\ncommittedIndex=%" PRId64 "\n",
                     commit->end_index, commit->committed_index);
    return text_file_save(&log->checkpoint, text, (size_t)n, err);
}

void dledger_log_checkpoint_saved(struct dledger_log *log, const struct dledger_log_commit *commit)
{
    log->saved = *commit;
}

int dledger_log_entry_end(struct dledger_log *log, int64_t index, uint64_t *ret_end,
                          int64_t *ret_term, struct err *err)
{
    uint8_t unit[DLEDGER_ENTRY_INDEX_SIZE_BYTES];
    uint64_t offset = (uint64_t)index * DLEDGER_ENTRY_INDEX_SIZE_BYTES;
    if (index < 0 || offset >= segment_list_end(log->index)) {
        return err_set(err, -ENODATA, "no index unit %" PRId64, index);
    }
    int r = segment_list_read(log->index, offset, unit, sizeof(unit), err);
    if (r < 0) {
        return r;
    }
    if ((int64_t)bytes_get_be64(unit + 16) != index) {
        return err_set(err, -ENODATA, "index unit %" PRId64 " is of another entry", index);
    }
    *ret_end = bytes_get_be64(unit + 4) + bytes_get_be32(unit + 12);
    *ret_term = (int64_t)bytes_get_be64(unit + 24);
    return 0;
}
