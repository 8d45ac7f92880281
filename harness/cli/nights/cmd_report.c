/* killpoint report: the page of a run, made again. */
#include "harness/cli/exit_code.h"
#include "harness/cli/nights/nights.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "harness/cli/run/run_page.h"

#include <stdio.h>
#include <stdlib.h>

struct session {
    const char *runs;
    const char *out_path; /* NULL: report.html in the run directory */
};

static const struct options_row rows[] = {
    {'o', "output", "FILE",
     "write the page there (without links into the run directory; - is stdout)",
     OPTIONS_TEXT(struct session, out_path)},
    {0, "runs", "DIR", "where run directories are (default: runs)",
     OPTIONS_TEXT(struct session, runs)},
};

static const char *const examples[] = {
    "report                        of the newest run that came to its end",
    "report 3f9a1c -o /tmp/night.html",
    NULL,
};

static const struct options_command command = {
    .name = "report",
    .operands = "[RUN]",
    .summary =
        "Makes the page of a run again, from what its directory keeps: report.html, one file "
        "that needs no network.\n"
        "RUN: its directory, the beginning of its name, the digits at its end, `latest` (the "
        "default), `last`, or a report.json.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
};

static int make(const struct session *session, const char *word, struct err *err)
{
    char name[PLACES_PATH_SIZE_BYTES];
    const char *path = session->out_path;
    struct run_file file;
    int r = run_file_open(session->runs, word, &file, err);
    if (r < 0) {
        return r;
    }
    if (path == NULL && file.run == NULL) {
        r = err_set(err, ERR_USAGE, "'%s' is no run directory: say with -o where the page goes",
                    word);
        goto out;
    }
    path = path != NULL && path[0] == '-' && path[1] == '\0' ? "/dev/stdout" : path;
    r = run_page_write(&file, path, places_command(name), err);
    if (r == 0 && path == NULL) {
        (void)printf("%s/" RUN_PAGE_NAME "\n", file.path);
    }
out:
    run_file_done(&file);
    return r;
}

int cmd_report(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session session = {.runs = places_runs()};
    struct err err = ERR_INIT;
    int r = options_parse(&command, &words, &session, &err);
    if (r == 0 && argc - words.operand > 1) {
        r = err_set(&err, ERR_USAGE, "one run at a time: '%s' is one too many",
                    argv[words.operand + 1]);
    }
    if (r == 0) {
        r = make(&session, words.operand < argc ? argv[words.operand] : "latest", &err);
    }
    return exit_code_end(r, EXIT_CODE_OK, &err);
}
