/* What a run must show before the engine that it tested may be released: a YAML file that people
 * keep beside the engine.  It is read by policy_file.h; gate.h holds a run against it. */
#ifndef HARNESS_GATE_POLICY_H
#define HARNESS_GATE_POLICY_H

#include "harness/case/campaign.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define POLICY_NAMES_MAX        1024
#define POLICY_LIMITS_MAX       64
#define POLICY_KNOWN_MAX        128
#define POLICY_TEXT_SIZE_BYTES  128
#define POLICY_ISSUE_SIZE_BYTES 256
#define POLICY_PATH_SIZE_BYTES  1024
#define POLICY_CAUSE_SIZE_BYTES 13 /* a cause's fingerprint */

/* What a baseline writes where only a person can say what is true; no policy with it is read. */
#define POLICY_PLACEHOLDER "FIXME"

/* Which revision may be released. */
enum policy_revision {
    POLICY_REVISION_CLEAN, /* a commit, without changes against it */
    POLICY_REVISION_ANY,
    POLICY_REVISION_NAMED /* that very commit, without changes */
};

/* A cause that is known, and may still occur. */
struct policy_known {
    char cause[POLICY_CAUSE_SIZE_BYTES];
    char what[POLICY_TEXT_SIZE_BYTES];
    char issue[POLICY_ISSUE_SIZE_BYTES];
    char owner[POLICY_TEXT_SIZE_BYTES];
    time_t expires; /* the first second, UTC, of the last day on which it holds */
    bool is_rare;   /* it need not occur in every run */
    size_t line;    /* in the policy, from 1 */
};

/* The most that may be left out for one reason, in each of its units. */
struct policy_limit {
    enum left_out_reason reason;
    uint64_t most;
};

/* Hundredths of a percent, so that 99.95% is a whole number. */
#define POLICY_PERCENT 100u

/* Plain data, large: keep it off the stack. */
struct policy {
    char path[POLICY_PATH_SIZE_BYTES];
    char name[CAMPAIGN_NAME_SIZE_BYTES];
    char summary[POLICY_ISSUE_SIZE_BYTES];
    /* run: */
    enum policy_revision revision;
    char commit[64]; /* of POLICY_REVISION_NAMED: its first digits */
    int64_t age_ms;  /* at most; 0: any */
    bool needs_audit;
    /* scenarios: */
    bool needs_whole_suite;
    uint32_t name_count;
    char names[POLICY_NAMES_MAX][CAMPAIGN_NAME_SIZE_BYTES];
    /* least: */
    uint64_t scenarios_least;
    uint64_t cases_least; /* images among them */
    uint64_t images_least;
    /* coverage: in POLICY_PERCENT */
    uint32_t points_least;
    uint32_t writes_least;
    uint32_t reads_least;
    /* left_out: */
    uint64_t left_out_most;
    uint32_t limit_count;
    struct policy_limit limits[POLICY_LIMITS_MAX];
    /* bench: */
    char bench_path[POLICY_PATH_SIZE_BYTES]; /* of the last release's figures; "": not asked */
    uint32_t bench_worse;                    /* at most, in POLICY_PERCENT */
    /* known: */
    uint32_t known_count;
    struct policy_known known[POLICY_KNOWN_MAX];
};

/* The entry for a cause; NULL: it is not known. */
const struct policy_known *policy_find_known(const struct policy *policy, const char *cause);
/* "2027-01-31" of a time, UTC.  Returns `text`. */
const char *policy_day(time_t when, char text[16]);

#endif
