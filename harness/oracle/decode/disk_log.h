/* The oracle's reader of a log, plain or DLedger, and its bytes.  disk_log_list.h lists the files,
 * disk_log_scan.h walks the records in order, to the end that an independent scan finds.
 *
 * Two ways: `keep` holds all bytes read (a case's small store, whose records are compared with the
 * ledger); otherwise a window moves over the files (fsck of large stores).
 *
 * A scan trusts no length before it was held against the file, no offset before it was held
 * against the place it was read from, and no CRC that was not computed over these very bytes. What
 * fails one of these is where the log ends, or damage if a valid record follows. */
#ifndef HARNESS_ORACLE_DECODE_DISK_LOG_H
#define HARNESS_ORACLE_DECODE_DISK_LOG_H

#include "harness/oracle/decode/disk_record.h"
#include "harness/oracle/decode/view.h"
#include "store/base/err.h"

#define DISK_LOG_DIRECTORY_SIZE_BYTES 320
#define DISK_LOG_PATH_SIZE_BYTES      384
#define DISK_LOG_ENTRY_SIZE_BYTES     48 /* header of a DLedger entry */
#define DISK_LOG_PLAIN_DIRECTORY      "commitlog"
#define DISK_LOG_CHUNK_SIZE_BYTES     (UINT64_C(16) << 20) /* what one read takes at most */

struct disk_log_file {
    uint64_t start; /* its name: the physical offset of its first byte */
    uint64_t size_bytes;
    uint64_t bytes_at; /* keep: where in `bytes` */
    uint64_t loaded_bytes;
    size_t pages_at; /* keep: where in `page_hashes`; SIZE_MAX: unknown */
    bool is_old;     /* of the plain log that DLedger took over: in commitlog/, without entries */
};

/* Records that parsed, with the bytes that they were parsed from. */
struct disk_log_parsed {
    uint8_t *bytes;
    size_t bytes_capacity;
    struct disk_record *records; /* by ascending offset */
    uint32_t count;
    size_t capacity;
};

/* All that decides a scan besides the bytes. */
struct disk_log_manner {
    uint64_t file_size_bytes;
    bool is_dledger;
    bool is_lenient;
    bool is_resuming;
};

struct disk_log {
    char directory[DISK_LOG_DIRECTORY_SIZE_BYTES]; /* "commitlog", "dledger-n0/data" */
    bool is_dledger;
    bool keep;
    bool is_lenient;  /* the store writes no record CRC: only lengths and body CRC are checked */
    bool takes_slack; /* not ours: 20 bytes behind a multi-dispatch record's properties are no
                         damage */
    bool is_resuming; /* goes on after damage where a valid record follows */
    uint64_t file_size_bytes;

    struct disk_log_file *files;
    uint32_t file_count;
    uint32_t old_count;  /* the first files, of a plain log that DLedger took over */
    bool has_empty_file; /* files[file_count], which is not the log's: it has no byte */
    size_t file_capacity;
    uint8_t *bytes; /* what is kept, or the window */
    size_t bytes_size;
    size_t bytes_capacity;
    uint32_t window_file;
    uint64_t window_start;
    /* keep: what the scan before parsed, by which equal bytes at an equal place need no parsing and
     * no CRC again, and what this one parses. */
    struct disk_log_parsed before;
    struct disk_log_parsed now; /* its bytes are those above */
    uint32_t before_at;
    /* keep: the files of the scan before.  While they are as large, only pages that differ are read
     * and parsed again; when none does, what the scan found is delivered again. */
    struct disk_log_file *last_files;
    uint32_t last_file_count;
    size_t last_file_capacity;
    uint64_t *page_hashes; /* of all files; the lowest bit: differs from what was scanned */
    size_t page_count;
    size_t page_capacity;
    uint64_t *last_page_hashes;
    size_t last_page_capacity;
    bool is_scanned; /* it ended without damage and without an error, as `scanned_as` */
    bool is_patched; /* the bytes are those of the scan before, less the pages that differ */
    bool is_unchanged;
    struct disk_log_manner scanned_as;
    uint8_t *probe; /* disk_log_read_at() without keep */
    size_t probe_capacity;

    /* Of a scan. */
    uint64_t min_offset;
    uint64_t end_offset;
    const char *end_why; /* why it ended before the files did; NULL: they ended */
    uint32_t end_file;
    bool is_tail_zero;   /* what was read behind the end is zeros */
    int64_t entry_index; /* DLedger: of the last entry; -1: none */
    int64_t entry_term;
};

/* From where the bytes come. */
struct disk_log_input {
    struct disk_log *log;
    const struct view *view;
    struct err *err;
};

/* Frees everything, kept bytes and records included, whose pointers are void then. A log that is
 * all zeros is empty; after this it is so again. */
void disk_log_done(struct disk_log *log);

/* Reads the record that stands at `offset`. 1: `*ret_bytes` is valid until the next read; 0: there
 * is none; negative: the view's error. */
int disk_log_read_at(struct disk_log *log, const struct view *view, uint64_t offset,
                     struct disk_record *ret_record, const uint8_t **ret_bytes);

/* Makes `size_bytes` from `position` on readable at `*ret_at`, as far as the file has them, and
 * returns how many there are: perhaps more.  Valid until the next call.  Negative: the view's
 * error, -ENOMEM or -EFBIG (more than 2 GiB to keep). */
int64_t disk_log_need(const struct disk_log_input *input, uint32_t index, uint64_t position,
                      uint64_t size_bytes, const uint8_t **ret_at);
/* Moves `*position` in the file `path` to the next byte that is not zero; holes that the view knows
 * are not read.  1: there it is; 0: there is none; or the view's error. */
int disk_log_find_byte(const struct view *view, const char *path, uint64_t *position);
/* Why a record that parsed is none of this log's: it is not this place's, or not whole.  NULL: it
 * is one. */
const char *disk_log_refuse(const struct disk_log *log, const struct disk_record *record);

/* Whether what stands in the file is entries with records in them, not records. */
bool disk_log_has_entries(const struct disk_log *log, uint32_t file);
/* "commitlog/00000000000000004096". */
void disk_log_path(const struct disk_log *log, uint32_t file, char path[DISK_LOG_PATH_SIZE_BYTES]);
/* The file that holds `offset`; file_count when none does. */
uint32_t disk_log_find_file(const struct disk_log *log, uint64_t offset);
/* Writes a 20-digit file name and the NUL (21 bytes); returns where the NUL stands. */
char *disk_log_put_name(char *at, uint64_t start);
/* Parses a 20-digit file name; false when it is none. */
bool disk_log_parse_name(const char *name, uint64_t *ret_start);

#endif
