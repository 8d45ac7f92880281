/* HASH6 of a token: which version of a scenario it was made for. */
#ifndef HARNESS_SCENARIO_SCENARIO_HASH_H
#define HARNESS_SCENARIO_SCENARIO_HASH_H

#include "harness/scenario/scenario_data.h"

/* 24 bits of everything that decides which cases there are and how they run, the table of points
 * included; not of what is only said of them (path, summary), nor the seed and the switches, which
 * a token has beside the hash. */
uint32_t scenario_hash(const struct scenario *scenario);

#endif
