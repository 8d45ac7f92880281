/* The log that holds the records: a segment list plus the rules both log modes share: rolling with
 * a blank, appending, reading item by item.  What an item looks like is the format's business:
 * commitlog.c (plain records) and dledger_log.c (entries around records). */
#ifndef STORE_LOG_RECORD_LOG_H
#define STORE_LOG_RECORD_LOG_H

#include "store/files/segment_list.h"
#include "store/format/message.h"

#include <stdbool.h>
#include <stdint.h>

/* What stands at a position of the log. */
struct record_log_item {
    enum message_kind kind;
    uint64_t position;        /* of the item's byte 0 */
    uint32_t size_bytes;      /* header included; of a blank: to the end of its file */
    int64_t index;            /* DLedger, else -1 */
    int64_t term;             /* DLedger, else -1 */
    struct message_view view; /* valid for a record, until the log is read again */
};

struct record_log_check {
    struct message_check message;
    bool place; /* the item must say that it stands where it stands */
};

struct record_log_format {
    const char *name;
    const struct segment_list_points *points;
    enum point blank;
    uint32_t header_size_bytes; /* in front of the record */
    bool is_blank_whole;        /* a blank is written to the end of the file, zeros and all */
    void (*put_blank)(uint8_t *at, uint32_t size_bytes);
    /* How many bytes parse needs, by the first of them; 0: nothing sound stands there. */
    uint32_t (*needs)(const uint8_t *at, size_t available_bytes);
    /* Parses at `item->position`; fills the rest of the item. */
    void (*parse)(const uint8_t *at, size_t available_bytes, const struct record_log_check *check,
                  struct record_log_item *item);
};

struct record_log;

/* Loads the files; see segment_list_open.  `format` must outlive the log. */
int record_log_open(const struct record_log_format *format,
                    const struct segment_list_options *options, struct record_log **ret_log,
                    struct err *err);
/* Closes the files; writes nothing. */
struct record_log *record_log_free(struct record_log *log);

/* The files below it, for who syncs, cuts and expires them. */
struct segment_list *record_log_files(struct record_log *log);
/* The format it was opened with. */
const struct record_log_format *record_log_format_of(const struct record_log *log);
/* The first byte of its first file, and the byte after its last item. The end is where recovery or
 * the last append put it, never where a file happens to end. */
uint64_t record_log_min(const struct record_log *log);
uint64_t record_log_end(const struct record_log *log);
/* Moves the end; bytes read ahead are forgotten. */
void record_log_set_end(struct record_log *log, uint64_t end);

/* Reads what stands at `position`; nothing at or past `limit` is looked at.
 * BROKEN also stands for "nothing there".  Returns 0 or a negative code when the disk failed. */
int record_log_read(struct record_log *log, uint64_t position, uint64_t limit,
                    const struct record_log_check *check, struct record_log_item *ret_item,
                    struct err *err);

/* Whether an item of `size_bytes` fits a file at all. */
bool record_log_fits(const struct record_log *log, uint64_t size_bytes);
/* Makes room for an item of `size_bytes`: writes a blank and creates the next file when it must.
 * Afterwards the item's place is record_log_end().  Returns 0, or a negative code with
 * *ret_is_create telling whether a file could not be made. */
int record_log_make_room(struct record_log *log, uint32_t size_bytes, bool *ret_is_create,
                         struct err *err);
/* Appends an item, whole in one write; record_log_make_room came before. */
int record_log_append(struct record_log *log, const void *data, uint32_t size_bytes,
                      struct err *err);

#endif
