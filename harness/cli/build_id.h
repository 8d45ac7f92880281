/* Which build this is and on which machine it runs, for --version and every report. */
#ifndef HARNESS_CLI_BUILD_ID_H
#define HARNESS_CLI_BUILD_ID_H

#include "harness/case/campaign.h"

#include <stdio.h>

/* Fills all of it; what cannot be found out stays empty.  `worker_path`: killpoint-worker, which is
 * read for its hash; "": not known. */
void build_id_get(const char *worker_path, struct campaign_identity *ret_identity);
/* Adds what `target` is made of when it is a real RocketMQ, unless that is there already; one that
 * is not ready is left out, since it will not run. */
void build_id_add_target(struct campaign_identity *identity, const char *target);
/* "killpoint 0.2.0", and behind it a line each for revision, binaries, compiler and machine. */
void build_id_print(const struct campaign_identity *identity, FILE *stream);

/* The same in one line, for files that outlive the build: "killpoint 0.2.0, revision, compiler". */
void build_id_line(const struct campaign_identity *identity, char *text, size_t text_size_bytes);

#endif
