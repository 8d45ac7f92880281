/* The environment of GitHub Actions, and the writers of reports/ci. */
#include "harness/cli/run/run_github.h"

#include "reports/ci/annotations.h"
#include "reports/ci/step_summary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

static const char *environment(const char *name)
{
    const char *value = getenv(name); // NOLINT(concurrency-mt-unsafe): nothing sets it

    return value == NULL || *value == '\0' ? NULL : value;
}

/* Where the summary of the step lies if that is where it is to go; else NULL. */
static const char *step_path(const struct run_github *github)
{
    const char *path = environment("GITHUB_STEP_SUMMARY");

    return path == NULL || github->summary_path == NULL || strcmp(path, github->summary_path) == 0
               ? path
               : NULL;
}

int run_github_open(struct run_github *github, struct err *err)
{
    if (github->summary_path == NULL || step_path(github) != NULL) {
        return 0;
    }
    return whole_file_begin(&github->file, AT_FDCWD, github->summary_path, err);
}

/* Other commands of the step may have written there: what they left of the room is ours. */
static int append(const char *path, const struct collect *collect,
                  const struct campaign_summary *summary, const char *command, struct err *err)
{
    FILE *stream = fopen(path, "ae");
    struct stat status;
    size_t used = 0;

    if (stream == NULL) {
        return err_set(err, -errno, "write the summary '%s': %s", path, strerrordesc_np(errno));
    }
    if (fstat(fileno(stream), &status) == 0 && status.st_size > 0) {
        used = (size_t)status.st_size;
    }
    int r = step_summary_write(
        stream, collect, summary, command,
        used < STEP_SUMMARY_SIZE_BYTES_MAX ? STEP_SUMMARY_SIZE_BYTES_MAX - used : 0, err);
    if (fclose(stream) != 0 && r == 0) {
        r = err_set(err, -errno, "write the summary '%s': %s", path, strerrordesc_np(errno));
    }
    return r;
}

static int write_summary(struct run_github *github, const struct collect *collect,
                         const struct campaign_summary *summary, const char *command,
                         struct err *err)
{
    const char *path = step_path(github);

    if (path != NULL) {
        return append(path, collect, summary, command, err);
    }
    if (github->file.stream == NULL) {
        return 0;
    }
    int r = step_summary_write(github->file.stream, collect, summary, command,
                               STEP_SUMMARY_SIZE_BYTES_MAX, err);
    return r < 0 ? r : whole_file_finish(&github->file, err);
}

int run_github_write(struct run_github *github, const struct collect *collect,
                     const struct campaign_summary *summary, const char *command, struct err *err)
{
    const char *actions = environment("GITHUB_ACTIONS");

    if (github->has_annotations || (actions != NULL && strcmp(actions, "true") == 0)) {
        annotations_write(stdout, summary, command);
    }
    return write_summary(github, collect, summary, command, err);
}
