/* The order in which the figures are measured. */
#include "harness/bench/bench.h"

#include "harness/bench/bench_explore.h"
#include "harness/bench/bench_live.h"
#include "harness/bench/bench_store.h"

#include <string.h>

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
