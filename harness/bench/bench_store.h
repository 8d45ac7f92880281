/* Bench: puts against bare pwrite and fdatasync, and recovery against the size of the log. */
#ifndef HARNESS_BENCH_BENCH_STORE_H
#define HARNESS_BENCH_BENCH_STORE_H

#include "harness/bench/bench_rows.h"

int bench_store_async(const struct bench_options *options, struct bench_result *result,
                      struct err *err);
int bench_store_sync(const struct bench_options *options, struct bench_result *result,
                     struct err *err);
int bench_store_recovery(const struct bench_options *options, struct bench_result *result,
                         struct err *err);

#endif
