/* `killpoint bench`: each figure beside its floor, measured in the same run, because machines are
 * noisy and only ratios can be trusted.  A program of its own, static as the worker is: its forks
 * cost what those of live cases cost. */
#ifndef HARNESS_BENCH_BENCH_H
#define HARNESS_BENCH_BENCH_H

#include "harness/bench/bench_rows.h"

/* What killpoint-bench writes to its standard output, as bytes. */
struct bench_answer {
    int32_t code; /* 0, or why nothing was measured, in words: */
    char text[ERR_TEXT_SIZE_BYTES];
    struct bench_result result;
};

/* Measures everything.  The process must have one thread and be of no other use. */
int bench_run(const struct bench_options *options, struct bench_result *ret_result,
              struct err *err);

#endif
