/* Rows of a bench. */
#include "harness/bench/bench_rows.h"

#include "harness/base/monotonic.h"

#include <stdio.h>
#include <stdlib.h>

double bench_rows_now_s(void)
{
    return (double)monotonic_ns() / 1e9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_rows_median(double *values, uint32_t count)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

struct bench_row *bench_rows_add(struct bench_result *result, const char *name, const char *unit,
                                 double value)
{
    static const struct bench_row empty;
    struct bench_row *row =
        &result->rows[result->count < BENCH_ROWS_MAX - 1 ? result->count++ : BENCH_ROWS_MAX - 1];
    *row = empty;
    (void)snprintf(row->name, sizeof(row->name), "%s", name);
    (void)snprintf(row->unit, sizeof(row->unit), "%s", unit);
    row->value = value;
    return row;
}

void bench_rows_set_floor(struct bench_row *row, const char *name, double floor, double ratio)
{
    (void)snprintf(row->floor_name, sizeof(row->floor_name), "%s", name);
    row->floor = floor;
    row->ratio = ratio;
}

void bench_rows_set_floor_share(struct bench_row *row, const char *name, double floor, double ratio)
{
    bench_rows_set_floor(row, name, floor, ratio);
    row->is_more_better = true;
}

void bench_rows_set_target(struct bench_row *row, const char *target, bool is_met)
{
    (void)snprintf(row->target, sizeof(row->target), "%s", target);
    row->has_target = true;
    row->is_met = is_met;
}
