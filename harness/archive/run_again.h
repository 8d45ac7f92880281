/* The directory of a run that was killed or interrupted, made ready for the same run to go on. */
#ifndef HARNESS_ARCHIVE_RUN_AGAIN_H
#define HARNESS_ARCHIVE_RUN_AGAIN_H

#include "store/base/err.h"

#include <time.h>

/* Opens the run directory `name` and locks it, unless its process still runs: then ERR_USAGE.  What
 * is told again of the run, when it goes on, is removed; its journal and whatever else is kept
 * stays. `*ret_began`: when it began, by its name.  0, ERR_USAGE or -errno. */
int run_again_open(int root_fd, const char *name, int *ret_fd, time_t *ret_began, struct err *err);

#endif
