/* Bench: images recovered and judged per second, how that grows, and what a second worker adds. */
#ifndef HARNESS_BENCH_BENCH_EXPLORE_H
#define HARNESS_BENCH_BENCH_EXPLORE_H

#include "harness/bench/bench_rows.h"

/* A 64 KiB store, against its bytes copied, checked and indexed in memory. */
int bench_explore_images(const struct bench_options *options, struct bench_result *result,
                         struct err *err);
/* Longer workloads: into a store of the same size, and into one that grows with them. */
int bench_explore_growth(const struct bench_options *options, struct bench_result *result,
                         struct err *err);
int bench_explore_workers(const struct bench_options *options, struct bench_result *result,
                          struct err *err);

#endif
