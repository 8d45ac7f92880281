/* The clock that only goes forward, for measuring how long something took. */
#ifndef HARNESS_BASE_MONOTONIC_H
#define HARNESS_BASE_MONOTONIC_H

#include <stdint.h>

/* Nanoseconds, or microseconds, since some moment of the past: only differences mean something. */
int64_t monotonic_ns(void);
int64_t monotonic_us(void);

#endif
