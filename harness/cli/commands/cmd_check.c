/* killpoint check: scenario files read and judged, none run. */
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/scenario_files.h"
#include "harness/scenario/scenario.h"
#include "reports/paint.h"
#include "store/base/grow.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A scenario that is right, for whoever is called the same. */
struct right {
    char name[TOKEN_NAME_SIZE_BYTES];
    char path[512];
};

struct session {
    bool is_quiet;

    struct scenario *scenario; /* the one that is looked at */
    struct right *rights;
    uint32_t right_count;
    uint32_t right_capacity;
    uint32_t wrong_count;
};

static const struct options_row rows[] = {
    {'q', "quiet", NULL, "say nothing of files that are right",
     OPTIONS_FLAG(struct session, is_quiet)},
};

static const char *const examples[] = {
    "check scenarios/mine.yaml",
    "check scenarios --quiet                every file below it; only mistakes are told",
    NULL,
};

static const struct options_note notes[] = {
    {NULL, "A mistake is shown with its line, a caret and what to do. Besides what keeps a "
           "scenario from running, it is one when the file is called otherwise than the scenario,"
           " when two have the same name, and when neither `faults` nor `plan` says what to try. "
           "How many cases a file has tells `run --dry-run`."},
    {NULL, "Exit 0: all are right; 4: one is not."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "check",
    .operands = "[SCENARIO...]",
    .summary = "Reads scenarios and says what is wrong with them.  Runs nothing.\n"
               "SCENARIO: a name, a file or a directory; none: every scenario there is.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

static int check_name_is_free(const struct session *session, const char *path, struct err *err)
{
    for (uint32_t i = 0; i < session->right_count; i++) {
        if (strcmp(session->rights[i].path, path) != 0 &&
            strcmp(session->rights[i].name, session->scenario->name) == 0) {
            return err_set(err, ERR_USAGE, "%s: error: '%s' is called '%s', too", path,
                           session->rights[i].path, session->scenario->name);
        }
    }
    return 0;
}

static int look(struct session *session, const char *path, struct err *err)
{
    char *text = NULL;
    size_t size = 0;
    int r = scenario_read_file(path, &text, &size, err);

    if (r < 0) {
        return r;
    }
    r = scenario_lint(text, size, path, session->scenario, err);
    free(text);
    return r < 0 ? r : check_name_is_free(session, path, err);
}

static int note_right(struct session *session, const char *path, struct err *err)
{
    int r = grow_array((void **)&session->rights, session->right_count, &session->right_capacity,
                       sizeof(*session->rights));

    if (r < 0) {
        return err_set(err, r, "no memory for the names of scenarios");
    }
    struct right *right = &session->rights[session->right_count++];
    memcpy(right->name, session->scenario->name, sizeof(right->name));
    (void)snprintf(right->path, sizeof(right->path), "%s", path);
    if (!session->is_quiet) {
        (void)printf("ok  %s\n", path);
    }
    return 0;
}

/* A file's mistake is a result; that there is no memory is none. */
static int check(void *arg, const char *path, struct err *err)
{
    struct session *session = arg;
    struct err own = ERR_INIT;
    int r = look(session, path, &own);

    if (r == -ENOMEM) {
        return err_set(err, r, "%s", own.text);
    }
    if (r == 0) {
        return note_right(session, path, err);
    }
    session->wrong_count++;
    (void)printf("%s\n", own.text);
    return 0;
}

static int check_all(struct session *session, char *const *words, int count, struct err *err)
{
    session->scenario = malloc(sizeof(*session->scenario));
    if (session->scenario == NULL) {
        return err_set(err, -ENOMEM, "no memory for a scenario");
    }
    int r = scenario_files_each(words, count, check, session, err);
    uint32_t checked = session->right_count + session->wrong_count;

    free(session->scenario);
    free(session->rights);
    if (r < 0) {
        return r;
    }
    (void)printf("%" PRIu32 " scenario%s checked, %" PRIu32 " wrong\n", checked,
                 paint_plural(checked), session->wrong_count);
    return 0;
}

int cmd_check(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session session = {.is_quiet = false};
    struct err err = ERR_INIT;
    int r = options_parse(&command, &words, &session, &err);

    if (r == 0) {
        r = check_all(&session, argv + words.operand, argc - words.operand, &err);
    }
    return exit_code_end(r, session.wrong_count > 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK, &err);
}
