/* What failed in the newest run: read from the directory that it left (run_dir.h). */
#ifndef HARNESS_ARCHIVE_LAST_RUN_H
#define HARNESS_ARCHIVE_LAST_RUN_H

#include "harness/case/token.h"
#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define LAST_RUN_SCENARIOS_MAX 512
/* Of each scenario the first so many tokens, and no more than this in all: to see quickly whether
 * something is mended, not to run it all. */
#define LAST_RUN_TOKENS_PER_SCENARIO 3
#define LAST_RUN_TOKENS_MAX          64
#define LAST_RUN_PATH_SIZE_BYTES     512

struct last_run {
    char path[LAST_RUN_PATH_SIZE_BYTES]; /* of its directory; "": there was none */
    bool is_interrupted;
    uint64_t seed;
    uint64_t failed; /* cases that failed */
    uint32_t scenario_count;
    /* In which any failed; and the file of each, "" where no line of the run says. */
    char scenarios[LAST_RUN_SCENARIOS_MAX][TOKEN_NAME_SIZE_BYTES];
    char paths[LAST_RUN_SCENARIOS_MAX][LAST_RUN_PATH_SIZE_BYTES];
    uint32_t token_counts[LAST_RUN_SCENARIOS_MAX];
    uint32_t token_count;
    char tokens[LAST_RUN_TOKENS_MAX][TOKEN_TEXT_SIZE_BYTES];
    bool is_control[LAST_RUN_TOKENS_MAX]; /* of a defect's case on another profile than the run's */
};

/* Reads the newest directory below `root` that has a run.json: it was completed or interrupted. One
 * without is still being written, or its process was killed.  `ret_run` is large: keep it off the
 * stack.  0 (also when there is none), -errno, or ERR_CORRUPT with the file and line. */
int last_run_read(const char *root, struct last_run *ret_run, struct err *err);

#endif
