/* killpoint gate: may what was tested be released?  A run, held against a policy. */
#include "harness/archive/whole_file.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/nights/night_evidence.h"
#include "harness/cli/nights/nights.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "harness/gate/gate.h"
#include "harness/gate/policy_file.h"
#include "reports/paint.h"
#include "reports/release/gate_page.h"
#include "reports/release/gate_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

struct session {
    const char *policy_path;
    const char *bench_path;    /* NULL: none given */
    const char *markdown_path; /* NULL: none wanted */
    const char *runs;
    enum paint_when colour;
    bool is_verbose;

    struct policy *policy;
    struct evidence evidence;
    struct ratios base;
    struct ratios now;
    struct verdict verdict;
};

static const struct options_row rows[] = {
    {'p', "policy", "FILE", "what the run must show (killpoint list policy-keys)",
     OPTIONS_TEXT(struct session, policy_path)},
    {0, "bench", "FILE", "this build's figures, as bench --json FILE wrote them",
     OPTIONS_TEXT(struct session, bench_path)},
    {'m', "markdown", "FILE", "write the page of the release",
     OPTIONS_TEXT(struct session, markdown_path)},
    {0, "runs", "DIR", "where run directories are (default $KILLPOINT_RUNS, runs)",
     OPTIONS_TEXT(struct session, runs)},
    {0, "color", "WHEN", "auto, always or never",
     OPTIONS_TAKEN(struct session, colour, paint_when_take)},
    {'v', "verbose", NULL, "a line for each rule that holds, too",
     OPTIONS_FLAG(struct session, is_verbose)},
};

static const char *const examples[] = {
    "gate --policy release.yaml --markdown release.md",
    "gate --policy release.yaml --bench bench.json runs/latest",
    NULL,
};

static const struct options_note notes[] = {
    {NULL, "RUN is a run's directory, its name or as much of it as no other has, its report.json, "
           "`latest` or `last`; without it, the newest of all, so that a run which was killed is "
           "never passed over in silence."},
    {NULL,
     "The exit status is 0 when every rule holds, 1 when one does not, whatever the run's own "
     "was: a run that failed by known causes alone may ship."},
    {"policy", "`killpoint baseline` writes one. A mistake in it is exit 4."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "gate",
    .operands = "[RUN]",
    .summary = "Holds a run against the policy of a release: exit 0 when it may ship, 1 when not.\n"
               "Each reason is one line, and ends with what to do.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

static int read_figures(struct session *session, struct err *err)
{
    int r = 0;
    if (session->policy->bench_path[0] == '\0') {
        return session->bench_path == NULL
                   ? 0
                   : err_set(err, ERR_USAGE,
                             "option '--bench': the policy '%s' has no 'bench' to compare with",
                             session->policy_path);
    }
    r = ratios_read(session->policy->bench_path, &session->base, err);
    if (r == 0 && session->bench_path != NULL) {
        r = ratios_read(session->bench_path, &session->now, err);
    }
    /* A file that was named and holds something else: a mistake in the call. */
    return r == ERR_CORRUPT ? ERR_USAGE : r;
}

static int write_page(const struct session *session, const struct gate_case *asked, struct err *err)
{
    struct whole_file file;
    int r = 0;
    if (session->markdown_path == NULL) {
        return 0;
    }
    r = whole_file_begin(&file, AT_FDCWD, session->markdown_path, err);
    if (r < 0) {
        return r;
    }
    r = gate_page_write(file.stream, asked, &session->verdict, KILLPOINT_VERSION, err);
    if (r < 0) {
        whole_file_drop(&file);
        return r;
    }
    return whole_file_finish(&file, err);
}

static int judge(struct session *session, const struct options_words *words, struct err *err)
{
    int r = 0;
    session->policy = calloc(1, sizeof(*session->policy));
    if (session->policy == NULL) {
        return err_set(err, -ENOMEM, "no memory for a policy");
    }
    r = policy_file_load(session->policy_path, session->policy, err);
    if (r < 0) {
        return r;
    }
    r = night_evidence_read(words, session->runs, &session->evidence, err);
    if (r < 0) {
        return r;
    }
    r = read_figures(session, err);
    if (r < 0) {
        return r;
    }
    const struct gate_case asked = {
        .policy = session->policy,
        .evidence = &session->evidence,
        .base = session->policy->bench_path[0] == '\0' ? NULL : &session->base,
        .now = session->bench_path == NULL ? NULL : &session->now,
        .now_s = time(NULL),
    };
    gate_judge(&asked, &session->verdict);
    gate_text_write(stdout, &asked, &session->verdict, paint_is_wanted(session->colour, stdout),
                    session->is_verbose);
    return write_page(session, &asked, err);
}

int cmd_gate(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct err err = ERR_INIT;
    int code = EXIT_CODE_OK;
    struct session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        return EXIT_CODE_BROKEN;
    }
    session->runs = places_runs();
    int r = options_parse(&command, &words, session, &err);
    if (r != 0) {
        goto out;
    }
    if (session->policy_path == NULL) {
        r = err_set(&err, ERR_USAGE,
                    "gate by which policy? --policy FILE (killpoint baseline writes one)");
        goto out;
    }
    r = judge(session, &words, &err);
    code = verdict_is_good(&session->verdict) ? EXIT_CODE_OK : EXIT_CODE_FAILED;
out:
    verdict_done(&session->verdict);
    evidence_done(&session->evidence);
    free(session->policy);
    free(session);
    return exit_code_end(r, code, &err);
}
