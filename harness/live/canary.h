/* The canary: an acknowledged message removed behind the oracle's back, which every campaign must
 * catch; a pipeline that does not is broken, whatever else it reports. */
#ifndef HARNESS_LIVE_CANARY_H
#define HARNESS_LIVE_CANARY_H

#include "harness/oracle/rules/ledger.h"

/* The scenario that is struck, as YAML. */
const char *canary_scenario_text(void);
#define CANARY_SCENARIO_PATH "canary"

/* Zeroes the last acknowledged record of the stopped store in `dir_fd`.  0, -ENOENT when no message
 * was acknowledged, or -errno when its record could not be reached: then nothing was removed, and
 * the canary says nothing of the oracle. */
int canary_strike(const struct ledger *ledger, const struct scenario *scenario, int dir_fd);

#endif
