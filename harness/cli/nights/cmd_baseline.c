/* killpoint baseline: a policy for the gate, from a run that was good enough. */
#include "harness/archive/whole_file.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/nights/night_evidence.h"
#include "harness/cli/nights/nights.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "harness/gate/baseline.h"

#include <fcntl.h>
#include <unistd.h>

struct session {
    const char *path; /* of the policy; NULL: stdout */
    const char *runs;
};

static const struct options_row rows[] = {
    {'o', "output", "FILE", "the policy's file, which must not be there yet; default stdout",
     OPTIONS_TEXT(struct session, path)},
    {0, "runs", "DIR", "where run directories are (default $KILLPOINT_RUNS, runs)",
     OPTIONS_TEXT(struct session, runs)},
};

static const char *const examples[] = {"baseline -o release.yaml", "baseline runs/latest", NULL};

static const struct options_note notes[] = {
    {NULL, "What the run reached is what the next must reach, with a tenth of room in counts. Its "
           "causes are listed with FIXME for issue, owner and day, which gate refuses until "
           "somebody has filled them in."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "baseline",
    .operands = "[RUN]",
    .summary = "Writes a policy for gate from a run (default: the newest).",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

/* A policy is kept by people: what they wrote into the last one is not written over. */
static int put(const struct session *session, const struct evidence *evidence, struct err *err)
{
    struct whole_file file;
    if (session->path == NULL) {
        return baseline_write(stdout, evidence, err);
    }
    if (access(session->path, F_OK) == 0) {
        return err_set(err, ERR_USAGE, "'%s' is there already", session->path);
    }
    int r = whole_file_begin(&file, AT_FDCWD, session->path, err);
    if (r < 0) {
        return r;
    }
    r = baseline_write(file.stream, evidence, err);
    if (r < 0) {
        whole_file_drop(&file);
        return r;
    }
    return whole_file_finish(&file, err);
}

int cmd_baseline(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session session = {.runs = places_runs()};
    struct evidence evidence;
    struct err err = ERR_INIT;
    int r = options_parse(&command, &words, &session, &err);
    if (r != 0) {
        return exit_code_end(r, EXIT_CODE_OK, &err);
    }
    r = night_evidence_read(&words, session.runs, &evidence, &err);
    if (r < 0) {
        return exit_code_end(r, EXIT_CODE_OK, &err);
    }
    r = put(&session, &evidence, &err);
    evidence_done(&evidence);
    return exit_code_end(r, EXIT_CODE_OK, &err);
}
