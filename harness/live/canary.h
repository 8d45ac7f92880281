/* The canary: an acknowledged message removed behind the oracle's back, which every campaign must
 * catch; a pipeline that does not is broken, whatever else it reports. */
#ifndef HARNESS_LIVE_CANARY_H
#define HARNESS_LIVE_CANARY_H

#include "harness/oracle/rules/ledger.h"

/* The scenario that is struck, as YAML. */
const char *canary_scenario_text(void);
#define CANARY_SCENARIO_PATH "canary"

/* Zeroes the last acknowledged record of the stopped store in `dir_fd`, file of the log and all.
 * When nothing can be removed nothing is, and the oracle then finds nothing: the campaign fails. */
void canary_strike(const struct ledger *ledger, const struct scenario *scenario, int dir_fd);

#endif
