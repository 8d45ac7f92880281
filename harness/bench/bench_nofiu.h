/* Bench: a fault point as a build without libfiu has it. */
#ifndef HARNESS_BENCH_BENCH_NOFIU_H
#define HARNESS_BENCH_BENCH_NOFIU_H

#include <stdint.h>

/* Passes `count` points; returns how many failed, which is none. */
uint64_t bench_nofiu_loop(uint64_t count);

#endif
