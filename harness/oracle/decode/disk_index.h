/* The oracle's reader of DLedger's index list: compares each entry's unit as the log is walked.
 *
 * A window moves over the files, so a list of any length takes the same memory. */
#ifndef HARNESS_ORACLE_DECODE_DISK_INDEX_H
#define HARNESS_ORACLE_DECODE_DISK_INDEX_H

#include "harness/oracle/decode/disk_log.h"
#include "harness/oracle/decode/disk_record.h"
#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/decode/view.h"
#include "store/base/err.h"

#define DISK_INDEX_UNIT_SIZE_BYTES 32u
/* A file of the list in every RocketMQ (DLedgerConfig: 5 * 1024 * 1024 units); it refuses to
 * load a list with another. */
#define DISK_INDEX_FILE_SIZE_BYTES      (UINT64_C(5242880) * DISK_INDEX_UNIT_SIZE_BYTES)
#define DISK_INDEX_WINDOW_SIZE_BYTES    8192u
#define DISK_INDEX_DIRECTORY_SIZE_BYTES 320

struct disk_index {
    char directory[DISK_INDEX_DIRECTORY_SIZE_BYTES]; /* "dledger-n0/index"; empty: not looked at */
    uint64_t *starts;                                /* of its files, by their names */
    size_t file_capacity;
    uint32_t file_count;
    uint64_t window_at; /* logical offset */
    uint32_t window_size_bytes;
    uint8_t window[DISK_INDEX_WINDOW_SIZE_BYTES];

    /* What the comparisons found. */
    uint64_t wrong_count;
    struct disk_record wrong; /* the first entry whose unit is not its own */
    bool is_wrong_absent;     /* no file has it */
    uint8_t wrong_unit[DISK_INDEX_UNIT_SIZE_BYTES];
    uint64_t end;           /* logical offset: behind the unit of the last entry */
    bool has_stale_units;   /* what was read behind `end` is not all zeros */
    uint64_t stale_at;      /* logical offset of the first such byte */
    bool has_outdated;      /* no entry of the first file is as new as was asked */
    uint64_t last_entry_at; /* then: where in the log its last entry began */
};

/* Frees what the index holds; it is empty then and may be listed again. All zeros is an empty
 * one. */
void disk_index_done(struct disk_index *index);

/* Lists the files of BASE/index; with `base` NULL nothing is listed, and nothing compared later.
 * 0, -ENOMEM or the view's error. */
int disk_index_list(struct disk_index *index, const struct view *view, const char *base,
                    struct err *err);
/* The size of the first file that RocketMQ does not load, else that of all of them: 0 without a
 * file, or the view's error. */
int64_t disk_index_file_size(const struct disk_index *index, const struct view *view);
/* Compares the unit of the record's entry and counts a wrong one. 0 or the view's error. */
int disk_index_compare(struct disk_index *index, const struct view *view,
                       const struct disk_record *record);
/* Looks at what stands behind the unit of the last entry (-1: there is none), to the end of the
 * last file. 0 or the view's error. */
int disk_index_look_at_tail(struct disk_index *index, const struct view *view, int64_t last_entry);
/* Whether all entries of the first file began below `limit`, by the position that its last unit
 * has; a list of one file is in use.  0 or the view's error. */
int disk_index_look_at_head(struct disk_index *index, const struct view *view, uint64_t limit);
/* Where in which file the first byte behind the end stands that is not zero. */
uint64_t disk_index_stale_path(const struct disk_index *index, char path[DISK_LOG_PATH_SIZE_BYTES]);
/* `rebuild-equal`: one line for all wrong units; recovery is bound to repair them. */
void disk_index_report(const struct disk_index *index, const struct disk_sink *sink);

#endif
