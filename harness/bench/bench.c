/* Rows of a bench, and the order in which they are measured. */
#include "harness/bench/bench.h"

#include "harness/base/monotonic.h"
#include "harness/bench/bench_explore.h"
#include "harness/bench/bench_live.h"
#include "harness/bench/bench_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double bench_now_s(void)
{
    return (double)monotonic_ns() / 1e9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, uint32_t count)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

struct bench_row *bench_add(struct bench_result *result, const char *name, const char *unit,
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

void bench_set_floor(struct bench_row *row, const char *name, double floor, double ratio)
{
    (void)snprintf(row->floor_name, sizeof(row->floor_name), "%s", name);
    row->floor = floor;
    row->ratio = ratio;
}

void bench_set_target(struct bench_row *row, const char *target, bool is_met)
{
    (void)snprintf(row->target, sizeof(row->target), "%s", target);
    row->has_target = true;
    row->is_met = is_met;
}

int bench_run(const struct bench_options *options, struct bench_result *ret_result, struct err *err)
{
    static int (*const parts[])(const struct bench_options *, struct bench_result *,
                                struct err *) = {
        bench_live_cases,      bench_live_points, bench_explore_images, bench_explore_growth,
        bench_explore_workers, bench_store_async, bench_store_sync,     bench_store_recovery,
    };
    memset(ret_result, 0, sizeof(*ret_result));
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        int r = parts[i](options, ret_result, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}
