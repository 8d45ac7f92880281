/* How far a campaign is: a bar with ETA on a terminal, otherwise a counter line every 5 % or 30 s.
 * Draws on one stream and knows how to get out of the way of a message. */
#ifndef REPORTS_PROGRESS_H
#define REPORTS_PROGRESS_H

#include "reports/collect.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What a scenario is taken to need, from an earlier run of it. */
struct progress_expected {
    const char *name;
    uint64_t cases;
    uint64_t worker_us; /* of all workers together; 0: it was never run */
};

struct progress {
    FILE *stream;
    bool is_off;
    bool is_bar;
    bool is_drawn;      /* the bar stands on the screen now */
    uint64_t budget_us; /* the campaign ends when so much time is over; 0: when its work is */
    uint64_t began_us;
    uint64_t drawn_us;       /* when the bar or counter was last written */
    uint32_t drawn_steps;    /* counter: the twentieths it last told */
    uint32_t scenario_count; /* that the campaign has in all */
    uint32_t workers;
    const struct progress_expected *expected; /* of each scenario of a pass */
    uint32_t expected_count;
    uint64_t typical_us; /* what a scenario that was never run is taken to need */
    uint64_t total_us;   /* of all scenarios and workers together; never changes */
};

/* Where the campaign stands. */
struct progress_state {
    uint32_t scenarios_done;
    uint64_t done; /* cases and images */
    uint64_t failed;
    uint64_t eta_us;  /* from the work left at the speed so far, or the budget; 0: unknown */
    uint32_t percent; /* of the expected work, or of the budget; it never goes back */
    const char *name; /* the scenario that runs now */
};

/* Draws nothing yet. `stream` stays the caller's; `is_off` makes every later call do nothing. */
void progress_init(struct progress *progress, FILE *stream, bool is_off);
/* What the scenarios need, one row each; the caller keeps them while the campaign runs. */
void progress_expect(struct progress *progress, const struct progress_expected *expected,
                     uint32_t count);
/* The campaign begins now, on a clock that never goes back; all times below are of that clock, in
 * microseconds. */
void progress_begin(struct progress *progress, uint32_t scenario_count, uint32_t workers,
                    uint64_t now_us);
/* Draws if it is time to; cheap when it is not. */
void progress_tick(struct progress *progress, const struct collect *collect, uint64_t now_us);
/* Takes the bar off the screen; call it before anything else is printed. */
void progress_clear(struct progress *progress);
/* Reads the state off the collected model. */
struct progress_state progress_state(const struct progress *progress, const struct collect *collect,
                                     uint64_t now_us);

#endif
