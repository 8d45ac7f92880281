/* The figures of a bench, as its parts fill them in. */
#ifndef HARNESS_BENCH_BENCH_ROWS_H
#define HARNESS_BENCH_BENCH_ROWS_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define BENCH_DIR_SIZE_BYTES  512
#define BENCH_ROWS_MAX        24
#define BENCH_TEXT_SIZE_BYTES 96

/* Plain data: goes through a pipe as bytes. */
struct bench_row {
    char name[BENCH_TEXT_SIZE_BYTES];
    double value;
    char unit[24];
    double floor; /* in the same unit; 0: none */
    char floor_name[BENCH_TEXT_SIZE_BYTES];
    double ratio;        /* value against floor, as the target says it; 0: none */
    bool is_more_better; /* the ratio is a share of the floor; else a multiple of its cost */
    char target[BENCH_TEXT_SIZE_BYTES];
    bool has_target;
    bool is_met;
    char note[BENCH_TEXT_SIZE_BYTES]; /* p99 and the like, or "" */
};

struct bench_result {
    struct bench_row rows[BENCH_ROWS_MAX];
    uint32_t count;
};

/* How long each figure is measured, and where the files of the put figures lie. */
struct bench_options {
    char dir[BENCH_DIR_SIZE_BYTES]; /* a directory on a real file system */
    uint32_t duration_ms;
};

/* Adds a row; past the last there is room for, the last is written over. */
struct bench_row *bench_rows_add(struct bench_result *result, const char *name, const char *unit,
                                 double value);
void bench_rows_set_floor(struct bench_row *row, const char *name, double floor, double ratio);
/* The same where a larger ratio is the better one. */
void bench_rows_set_floor_share(struct bench_row *row, const char *name, double floor,
                                double ratio);
void bench_rows_set_target(struct bench_row *row, const char *target, bool is_met);
double bench_rows_now_s(void);
/* Sorts `values` and returns the middle one. */
double bench_rows_median(double *values, uint32_t count);

#endif
