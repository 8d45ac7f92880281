/* How a case ended, whoever ran it: in processes on real files, or in memory on an image.  Filled
 * along the way: a round that fails, the restart protocol, and who compares the two. */
#ifndef HARNESS_CASE_ENDING_H
#define HARNESS_CASE_ENDING_H

#include "harness/case/mechanism.h"
#include "harness/case/outcome.h"

#include <stdbool.h>
#include <stdint.h>

#define ENDING_DETAIL_SIZE_BYTES 3072
/* Beside a place: what is wrong is an entry of a directory there, and not the bytes of a file. */
#define ENDING_IS_NAME 0x80

/* Plain data: lies in shared memory, and goes through a pipe as bytes.  All 0: intact so far. */
struct ending {
    enum outcome outcome;
    int32_t signal;      /* crashed: by which signal */
    uint64_t mechanisms; /* bit per enum mechanism: what is wrong, of which the properties follow */
    uint64_t first; /* of them what broke first: the others may come of it (judge_report_mark()) */
    /* Per mechanism of the set where it showed first: enum mechanism_place, and ENDING_IS_NAME. */
    uint8_t places[MECHANISM_COUNT];
    uint32_t violated;   /* bit per enum property */
    bool checked;        /* the oracle judged the store to the end */
    bool is_reused;      /* from step 3 on by an equal recovered store (protocol_memo.h) */
    bool is_rechecked;   /* run in full all the same, and agrees */
    uint32_t sent_count; /* messages that were put, whatever the answer; probes left out */
    uint32_t acked_count;
    uint32_t found_count;    /* records in the recovered log */
    uint32_t recovered_crc;  /* of the recovered state, as `idempotent` compares it */
    uint64_t crashed_hash;   /* of all file names and bytes right after the last faulted round */
    uint64_t recovered_hash; /* and when the oracle had judged the restarted store */
    char detail[ENDING_DETAIL_SIZE_BYTES]; /* the violations, a line each, or the reason */
};

/* As all 0, without touching what is behind the end of the detail. */
void ending_clear(struct ending *ending);
/* The engine or the harness failed: that is the outcome, whatever was found before. */
void ending_fail(struct ending *ending, enum outcome outcome, int32_t signal, const char *text);
/* The oracle has come to its end and found this set of mechanisms, of which `first` broke first,
 * each at its place, besides those
 * that are noted already, and with it the properties that it violates; `text` becomes the detail
 * unless there is one.  A store that broke `starts` and never opened is
 * refused. */
void ending_judge(struct ending *ending, uint64_t mechanisms, uint64_t first,
                  const uint8_t places[MECHANISM_COUNT], const char *text, bool has_opened);

#endif
