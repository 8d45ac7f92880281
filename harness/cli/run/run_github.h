/* What a run leaves on the pages of GitHub: a summary of the step, and a note at the line of each
 * new cause. */
#ifndef HARNESS_CLI_RUN_RUN_GITHUB_H
#define HARNESS_CLI_RUN_RUN_GITHUB_H

#include "harness/archive/whole_file.h"
#include "reports/collect.h"

struct run_github {
    const char *summary_path; /* NULL: $GITHUB_STEP_SUMMARY, or none */
    bool has_annotations;     /* or $GITHUB_ACTIONS is `true` */
    struct whole_file file;   /* of a path that was given */
};

/* Begins the summary's file, before anything runs: a path that cannot be written is told at once.
 * That of the environment is appended to, in the end: earlier words of the step stay.  0 or -errno.
 */
int run_github_open(struct run_github *github, struct err *err);
/* Writes the summary, and annotations to stdout.  0, -ENOMEM, or -errno. */
int run_github_write(struct run_github *github, const struct collect *collect,
                     const struct campaign_summary *summary, const char *command, struct err *err);

#endif
