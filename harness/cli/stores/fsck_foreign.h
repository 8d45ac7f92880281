/* What fsck says of what only the real RocketMQ writes, and of what it did not judge. */
#ifndef HARNESS_CLI_STORES_FSCK_FOREIGN_H
#define HARNESS_CLI_STORES_FSCK_FOREIGN_H

#include "harness/oracle/fsck/fsck.h"

#include <jansson.h>

/* A line each for what was judged besides log and queues, then for what was not judged. */
void fsck_foreign_print(const struct fsck_summary *summary);
/* The same lines of what was not judged, as an array of strings; the caller owns it. */
json_t *fsck_foreign_not_judged(const struct fsck_summary *summary);

#endif
