/* What a run has to show for itself: its report and its run.json, read without trust.  A field that
 * is not there is damage, and never a zero. */
#ifndef HARNESS_GATE_EVIDENCE_H
#define HARNESS_GATE_EVIDENCE_H

#include "harness/case/campaign.h"
#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <jansson.h>

#define EVIDENCE_WORD_SIZE_BYTES 32
#define EVIDENCE_TEXT_SIZE_BYTES 256
#define EVIDENCE_RARE_MAX        32

/* What was left out for one reason, in one unit. */
struct evidence_left_out {
    char reason[EVIDENCE_WORD_SIZE_BYTES];
    char unit[EVIDENCE_WORD_SIZE_BYTES];
    uint64_t count;
    bool is_uncounted; /* and more, of which nobody knows how many */
    uint32_t scenario_count;
    char text[EVIDENCE_TEXT_SIZE_BYTES];
};

/* One scenario of one pass. */
struct evidence_scenario {
    char name[CAMPAIGN_NAME_SIZE_BYTES];
    char switches[EVIDENCE_TEXT_SIZE_BYTES];
    char verdict[EVIDENCE_TEXT_SIZE_BYTES];
    bool is_defect; /* it expects violations */
    bool is_caught; /* all of them came */
    bool is_as_expected;
    bool has_ended; /* and was not cut short */
    bool is_sympathy;
    uint64_t run;
    uint64_t failed;
};

struct evidence_cause {
    char fingerprint[EVIDENCE_WORD_SIZE_BYTES];
    char text[EVIDENCE_TEXT_SIZE_BYTES];  /* "record-lost in the log" */
    char state[EVIDENCE_WORD_SIZE_BYTES]; /* "new", "ongoing", "rare"; "": no history says */
    char since[EVIDENCE_WORD_SIZE_BYTES]; /* or "" */
    uint64_t case_count;
    char token[TOKEN_TEXT_SIZE_BYTES]; /* of the simplest case */
};

struct evidence_coverage {
    uint32_t point_count;
    uint32_t reached;
    uint64_t writes; /* hits of points that write, in runs without a fault */
    uint64_t killed; /* of them killed at */
    uint64_t reads;
    uint64_t failed;
    bool is_of_this_build; /* its points are those that this program knows */
};

/* Plain data but for the lists, which evidence_done() frees. */
struct evidence {
    char id[64]; /* of the run; "" of a lone report */
    char path[512];
    bool has_run; /* run.json was there; without it no began, state and command */
    time_t began;
    char state[EVIDENCE_WORD_SIZE_BYTES];
    char command[EVIDENCE_TEXT_SIZE_BYTES]; /* its words */
    bool is_anyway;                         /* --anyway is among them */
    uint64_t shard_index;                   /* from 1; 0: it is no part of a run */
    uint64_t shard_count;

    char version[EVIDENCE_WORD_SIZE_BYTES];
    char seed[EVIDENCE_WORD_SIZE_BYTES];
    char revision[64]; /* "": unknown */
    bool is_dirty;
    char compiler[EVIDENCE_TEXT_SIZE_BYTES];
    char system[EVIDENCE_TEXT_SIZE_BYTES];
    char file_system[EVIDENCE_WORD_SIZE_BYTES];
    char worker_hash[EVIDENCE_WORD_SIZE_BYTES];

    uint64_t passed;
    uint64_t failed;
    uint64_t skipped;
    uint64_t cause_count; /* those that are not listed, too */
    uint64_t unreached_points;
    uint64_t duration_us;
    uint64_t images;
    bool is_interrupted;
    bool is_broken;
    bool is_cut; /* by a budget, in some pass */
    bool is_whole_suite;
    int64_t exit_code;
    bool canary_run;
    bool canary_caught;
    bool canary_failed;
    char canary_text[EVIDENCE_TEXT_SIZE_BYTES];
    bool is_audited;
    uint64_t audit_syscalls;
    uint64_t audit_unannounced;
    struct evidence_coverage coverage;

    /* Causes that come and go, by the history, and have not come this time. */
    uint32_t rare_count;
    char rare[EVIDENCE_RARE_MAX][EVIDENCE_WORD_SIZE_BYTES];

    struct evidence_left_out *left_out;
    size_t left_out_count;
    struct evidence_scenario *scenarios;
    size_t scenario_count;
    struct evidence_cause *causes;
    size_t listed_count;
};

/* Where the documents come from.  `run` may be NULL: a report that lies by itself. */
struct evidence_source {
    const char *id;
    const char *path;
    json_t *report;
    json_t *run;
};

/* Reads both; the documents stay the caller's, and are not needed after.  0, -ENOMEM, or
 * ERR_CORRUPT with what is missing or of another type; on failure there is nothing to free. */
int evidence_read(const struct evidence_source *source, struct evidence *ret_evidence,
                  struct err *err);
/* Frees the lists; harmless twice. */
void evidence_done(struct evidence *evidence);

#endif
