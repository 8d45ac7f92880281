/* Bench: live cases per second against bare forks, and the cost of a fault point. */
#ifndef HARNESS_BENCH_BENCH_LIVE_H
#define HARNESS_BENCH_BENCH_LIVE_H

#include "harness/bench/bench_rows.h"

int bench_live_cases(const struct bench_options *options, struct bench_result *result,
                     struct err *err);
int bench_live_points(const struct bench_options *options, struct bench_result *result,
                      struct err *err);

#endif
