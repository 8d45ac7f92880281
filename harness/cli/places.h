/* Where things are: scenarios, the worker program, run directories, the name of this command. */
#ifndef HARNESS_CLI_PLACES_H
#define HARNESS_CLI_PLACES_H

#include "store/base/err.h"

#include <stddef.h>

#define PLACES_PATH_SIZE_BYTES 1024

/* The directory of scenarios: $KILLPOINT_SCENARIOS, ./scenarios, ../share/killpoint/scenarios
 * beside the program, the source tree it was built from.  0 or ERR_USAGE. */
int places_scenarios(char path[PLACES_PATH_SIZE_BYTES], struct err *err);
/* killpoint-worker: $KILLPOINT_WORKER, beside the program, ../libexec/killpoint/ from there.
 * 0 or ERR_BROKEN. */
int places_worker(char path[PLACES_PATH_SIZE_BYTES], struct err *err);
/* killpoint-bench, beside the worker.  0 or ERR_BROKEN. */
int places_bench(char path[PLACES_PATH_SIZE_BYTES], struct err *err);
/* What people type: "./run.sh" where there is one, the run.sh of the tree that the program was
 * built in, else "killpoint"; $KILLPOINT_COMMAND overrides all.  Returns `path`. */
const char *places_command(char path[PLACES_PATH_SIZE_BYTES]);
/* Where run directories go by default: $KILLPOINT_RUNS, or "runs". */
const char *places_runs(void);

#endif
