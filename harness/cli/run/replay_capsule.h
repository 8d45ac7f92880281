/* What `replay CAPSULE` does and says. */
#ifndef HARNESS_CLI_RUN_REPLAY_CAPSULE_H
#define HARNESS_CLI_RUN_REPLAY_CAPSULE_H

#include "harness/capsule/capsule_replay.h"

/* Runs it and prints both parts, as JSON if wanted.  0 with the program's exit code, or negative.
 */
int replay_capsule(const char *path, const struct capsule_replay_options *options, bool is_json,
                   bool is_coloured, int *ret_code, struct err *err);

#endif
