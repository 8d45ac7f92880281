/* The DLedger log of a group of one: entries around records, the index list beside them, the
 * current term and the committed index (RocketMQ: DLedgerMmapFileStore, MemberState). */
#ifndef STORE_LOG_DLEDGER_LOG_H
#define STORE_LOG_DLEDGER_LOG_H

#include "store/log/record_log.h"

#include <stdbool.h>
#include <stdint.h>

#define DLEDGER_LOG_DIR       "dledger-n0"
#define DLEDGER_LOG_DATA_DIR  DLEDGER_LOG_DIR "/data"
#define DLEDGER_LOG_INDEX_DIR DLEDGER_LOG_DIR "/index"

/* Format: docs/FORMAT.md, "DLedger". */
extern const struct record_log_format dledger_log_format;

struct dledger_log_options {
    struct segment_list_options files; /* dir, size and points are filled in */
    uint32_t index_file_units;
};

struct dledger_log;

/* Loads the index list, currterm and the DLedger checkpoint; `data` stays the caller's. */
int dledger_log_open(const struct dledger_log_options *options, struct record_log *data,
                     struct dledger_log **ret_log, struct err *err);
/* Closes the index's files; writes nothing. The data list is its owner's. */
struct dledger_log *dledger_log_free(struct dledger_log *log);

/* The index list, for who syncs, cuts and expires it. */
struct segment_list *dledger_log_index_files(struct dledger_log *log);
/* Index of the last entry, or -1. */
int64_t dledger_log_end_index(const struct dledger_log *log);
/* committedIndex as the DLedger checkpoint had it at open, or -1. */
int64_t dledger_log_saved_committed_index(const struct dledger_log *log);
/* Takes what recovery found: the last entry (index and term, -1 and -1 when there is none). */
void dledger_log_set_last(struct dledger_log *log, int64_t index, int64_t term);

/* Whether the index list has the unit of the entry at `item`; 1, 0, or a negative code. */
int dledger_log_index_agrees(struct dledger_log *log, const struct record_log_item *item,
                             struct err *err);
/* Writes the index unit of an entry at its place. */
int dledger_log_write_index(struct dledger_log *log, const struct record_log_item *item,
                            struct err *err);
/* Ends the index list after `index`; the units past it are garbage. */
void dledger_log_end_index_at(struct dledger_log *log, int64_t index);
/* Takes note that no index unit from `index` on is known to be durable. */
void dledger_log_suspect_index(struct dledger_log *log, int64_t index);
/* Unlinks index files wholly below the entry `index`; one a call. Returns 1 when it did. */
int dledger_log_expire_index(struct dledger_log *log, int64_t index, struct err *err);

/* RocketMQ's DLedgerMmapFileStore.recover(): headers and index only, the last three files.  Sets
 * the data's end.  Returns ERR_CORRUPT where RocketMQ exits.  `is_error_end`: a failed read counts
 * as the end.  Source: docs/FORMAT.md, "DLedger recovery". */
int dledger_log_recover(struct dledger_log *log, bool is_error_end, struct err *err);

/* Raises the term above all terms seen and makes it durable. */
int dledger_log_raise_term(struct dledger_log *log, struct err *err);
/* Puts the entry header in front of a record of `record_size_bytes` at `header`. */
void dledger_log_put_header(const struct dledger_log *log, uint64_t position,
                            uint32_t record_size_bytes, uint8_t *header);
/* The entry just written to the data is the last one now.  Its index unit is appended; a failure of
 * that is returned, but the entry stands: recovery rebuilds the unit. */
int dledger_log_appended(struct dledger_log *log, uint64_t position, uint32_t record_size_bytes,
                         struct err *err);
/* endIndex and committedIndex as they go into the DLedger checkpoint. */
struct dledger_log_commit {
    int64_t end_index;
    int64_t committed_index;
};

/* Whether they differ from what was last written. */
bool dledger_log_is_checkpoint_due(const struct dledger_log *log,
                                   const struct dledger_log_commit *commit);
/* Writes them; durable when it returns 0.  Touches no state: needs no lock. */
int dledger_log_save_checkpoint(const struct dledger_log *log,
                                const struct dledger_log_commit *commit, struct err *err);
/* Takes note that they are written. */
void dledger_log_checkpoint_saved(struct dledger_log *log, const struct dledger_log_commit *commit);
/* Where the entry `index` ends, by the index list: 0, -ENODATA when it does not say, or -errno. */
int dledger_log_entry_end(struct dledger_log *log, int64_t index, uint64_t *ret_end,
                          int64_t *ret_term, struct err *err);

#endif
