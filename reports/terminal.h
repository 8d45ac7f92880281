/* The terminal: a listener that shows progress on one stream (stderr) and results on another
 * (stdout).  It shows; nothing it does can change an outcome. */
#ifndef REPORTS_TERMINAL_H
#define REPORTS_TERMINAL_H

#include "harness/case/listener.h"
#include "reports/collect.h"
#include "reports/paint.h"
#include "reports/progress.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct terminal;

struct terminal_options {
    FILE *out; /* results, all of them */
    FILE *err; /* progress */
    enum paint_when colour;
    bool is_quiet;   /* no progress; results are the same */
    bool is_verbose; /* a line per scenario, tables */
    /* The model of the same campaign; its listener must be told before this one's. */
    const struct collect *collect;
    const char *command; /* what stands before "replay TOKEN": "./run.sh" */
    const char *version;
    const struct progress_expected
        *expected; /* a row per scenario; valid while the campaign runs */
    uint32_t expected_count;
    uint64_t budget_us; /* the campaign ends when so much time is over; 0: when its work is */
    /* Set by a signal handler, cleared here: say what runs now.  May be NULL. */
    volatile sig_atomic_t *status_wanted;
};

/* NULL when there is no memory.  The streams stay the caller's. */
struct terminal *terminal_new(const struct terminal_options *options);
/* Frees it; the streams and the model are the caller's. NULL is nothing to do. Returns NULL. */
struct terminal *terminal_free(struct terminal *terminal);
/* What is to be told of the campaign, behind the model's listener; valid until terminal_free(). */
struct listener terminal_listener(struct terminal *terminal);

/* Where the reports of this campaign lie; shown at its end.  Copied. */
void terminal_set_report_place(struct terminal *terminal, const char *place);
/* Something beside the campaign that went wrong (a report that cannot be written); shown right
 * above the last line.  The first one stays.  Copied. */
void terminal_set_problem(struct terminal *terminal, const char *problem);

#endif
