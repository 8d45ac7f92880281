/* A store as its files show it: what judge_read() fills and all judges look at.
 *
 * Everything in it is used again from store to store, so a case allocates nothing. */
#ifndef HARNESS_ORACLE_RULES_DISK_READER_H
#define HARNESS_ORACLE_RULES_DISK_READER_H

#include "harness/oracle/decode/disk_index.h"
#include "harness/oracle/decode/disk_log_scan.h"
#include "harness/oracle/decode/disk_mark.h"
#include "harness/oracle/decode/disk_offsets.h"
#include "harness/oracle/decode/disk_queue.h"
#include "harness/scenario/workload.h"
#include "store/format/types.h"

#define DISK_READER_DLEDGER_BASE "dledger-n0"

/* A record that was there before the first round. */
struct disk_reader_foreign {
    uint64_t offset;
    uint32_t size_bytes;
    uint32_t crc;    /* of its bytes */
    bool is_doubled; /* another record of the base has its queue and queueOffset */
};

/* Messages made again, kept from judgement to judgement of the same workload. */
struct disk_reader_cache {
    uint32_t hash24;
    uint64_t seed;
    uint32_t capacity;
    size_t size_bytes;
    struct workload_message *messages;
    uint8_t *is_made;
    uint32_t *first_record; /* 1 + index of the record that holds it, per message */
    struct workload_message scratch;
    bool has_base;                       /* a store was there before the first round */
    struct disk_reader_foreign *foreign; /* in ascending order of offsets */
    uint32_t foreign_count;
    uint64_t *flaws; /* what was wrong with the base's queues: hashes of findings, ascending */
    size_t flaw_capacity;
    uint32_t flaw_count;
    /* What WORKLOAD_GROUP had committed by then, per topic_index * queues + queue; -1: nothing */
    int64_t *foreign_commits;
};

struct disk_reader_dledger {
    bool has_checkpoint;
    int64_t end_index; /* -1: not there */
    int64_t committed_index;
    int64_t current_term;
};

struct judge_state {
    struct store_options options;
    struct disk_log log;
    struct disk_queues queues;
    struct disk_record *records;
    uint32_t record_count;
    size_t record_capacity;
    uint32_t damage_count;
    struct disk_log_damage damage; /* the first */
    struct disk_mark mark;
    uint64_t mark_offset; /* UINT64_MAX: no valid mark that matches the queues */
    struct disk_offsets offsets;
    struct disk_reader_dledger dledger;
    struct disk_index index; /* DLedger with the guard dledger-commit */
    const struct view *view; /* during a read */
    bool has_abort;
    struct disk_reader_cache *cache;
    bool is_cache_shared;     /* another state's, which frees it */
    struct judge_state *self; /* a judgement keeps its cursors in the queues of a const state */
};

/* Reads log, queues, index, mark, committed offsets and `abort` of the store in `view` into
 * `state`, and does not use the view afterwards. What is damaged is noted and judged later. 0,
 * -ENOMEM or the view's error. */
int disk_reader_read(struct judge_state *state, const struct view *view,
                     const struct store_options *options, struct err *err);

/* The record that stands at `offset`; NULL when none does. */
const struct disk_record *disk_reader_find(const struct judge_state *state, uint64_t offset);
/* The record's bytes as they stand in the log, size_bytes of them; valid until the next read. */
const uint8_t *disk_reader_bytes(const struct judge_state *state, const struct disk_record *record);
/* Where the records end that were there before the first round; 0: there were none. */
uint64_t disk_reader_foreign_end(const struct disk_reader_cache *cache);
/* The index of the log's last entry, -1 when it never had one.  False: a log without any record
 * that did not begin at 0 leaves open which entry was the last. */
bool disk_reader_last_entry(const struct judge_state *state, int64_t *ret_index);
/* Reads checkpoint and currterm of a DLedger base directory. 0 or the view's error. */
int disk_reader_dledger(struct disk_reader_dledger *dledger, const struct view *view,
                        const char *base, struct err *err);
/* Whether `abort` is there: 1, 0 or the view's error. */
int disk_reader_has_abort(const struct view *view, struct err *err);

#endif
