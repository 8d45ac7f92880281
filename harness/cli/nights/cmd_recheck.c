/* killpoint recheck: the oracle of this program over what earlier ones have kept. */
#include "harness/archive/run_file.h"
#include "harness/capsule/capsule_replay.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/nights/night_text.h"
#include "harness/cli/nights/nights.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "harness/cli/scenario_files.h"
#include "harness/power/trace/trace_file.h"
#include "harness/recheck/recheck.h"
#include "reports/collect.h"
#include "reports/result_text.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#define SWITCHES_MAX 8
#define LINES_SHOWN  6

struct session {
    const char *runs;
    const char *scenario; /* NULL: as the trace is called */
    const char *switches[SWITCHES_MAX];
    uint32_t switch_count;
    bool is_restarted;
    enum paint_when colour;
    struct screen screen;
    uint32_t passed;
    uint32_t failed;
    uint32_t skipped;
};

static int take_switch(void *session, const char *value, struct err *err)
{
    struct session *into = session;

    if (into->switch_count == SWITCHES_MAX) {
        return err_set(err, ERR_USAGE, "more than %d switches", SWITCHES_MAX);
    }
    into->switches[into->switch_count++] = value;
    return 0;
}

static const struct options_row rows[] = {
    {0, "restart", NULL, "restart the kept stores as well, with this engine",
     OPTIONS_FLAG(struct session, is_restarted)},
    {0, "scenario", "NAME|FILE", "of a trace (default: as it is called)",
     OPTIONS_TEXT(struct session, scenario)},
    {0,
     "switch",
     "WORD",
     "of a trace: a switch of its run; repeatable",
     {OPTIONS_KIND_TAKEN, 0, 0, 0, 0, take_switch}},
    {0, "runs", "DIR", "where run directories are (default $KILLPOINT_RUNS, runs)",
     OPTIONS_TEXT(struct session, runs)},
    {0, "color", "WHEN", "auto, always or never",
     OPTIONS_TAKEN(struct session, colour, paint_when_take)},
};

static const char *const examples[] = {
    "recheck latest",
    "recheck runs/latest/causes/01-record-lost/case.capsule",
    "recheck runs/latest/threads-plain-5eed.trace",
    NULL,
};

static const struct options_note notes[] = {
    {NULL,
     "Of a capsule the store as the crash left it and the recorded operations are judged, of a "
     "trace the operations; of a run all capsules and traces in its directory. Nothing is run, "
     "so what only a restart shows is not judged but counted as skipped, and said; --restart, "
     "or replay, shows it. Exit 1: something is violated; 5: nothing could be judged."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "recheck",
    .operands = "RUN|TRACE|CAPSULE",
    .one = "one run, trace or capsule",
    .summary = "Judges what an earlier run has kept by the oracle of this program.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

static void say_properties(struct screen *screen, const char *before, uint32_t violated)
{
    char text[512];

    if (violated != 0) {
        collect_properties_print(violated, text, sizeof(text));
        screen_line(screen, PAINT_PLAIN, "", "%s%s", before, text);
    }
}

/* What was found, or why nothing can be said. */
static void tell(struct session *session, const char *path, const struct recheck *recheck)
{
    struct screen *screen = &session->screen;
    bool is_judged = recheck->has_store || recheck->has_recording;
    char text[512];

    if (recheck->violated != 0) {
        session->failed++;
        collect_properties_print(recheck->violated, text, sizeof(text));
        screen_line(screen, PAINT_BAD, "violated", "%s: %s", path, text);
        result_text_detail(screen->stream, recheck->text, "          ", LINES_SHOWN);
    } else if (recheck->unseen != 0 || !is_judged) {
        session->skipped++;
        screen_line(screen, PAINT_WARNING, "unseen", "%s", path);
    } else {
        session->passed++;
        screen_line(screen, PAINT_GOOD, "intact", "%s", path);
    }
    say_properties(screen, "found now, beside what was recorded: ", recheck->added);
    say_properties(screen,
                   session->is_restarted
                       ? "recorded then, and not seen: "
                       : "recorded then; only a restart can show it (--restart): ",
                   recheck->unseen);
    if (recheck->gap[0] != '\0') {
        screen_line(screen, PAINT_PLAIN, "", "not judged to the end: %s", recheck->gap);
    }
}

/* The kept store once more under the whole protocol. */
static int restart(const struct capsule *capsule, struct recheck *recheck, struct err *err)
{
    const struct capsule_replay_options options = {.timeout_ms = 0};
    const uint32_t recorded =
        capsule_manifest(capsule)->end.violated | capsule_manifest(capsule)->restart.violated;
    struct scenario *scenario = malloc(sizeof(*scenario));
    struct token *token = calloc(1, sizeof(*token));
    struct campaign_case *ended = calloc(1, sizeof(*ended));
    struct err own = ERR_INIT;
    int r = scenario == NULL || token == NULL || ended == NULL
                ? err_set(err, -ENOMEM, "no memory for a case")
                : capsule_scenario(capsule, scenario, err);

    if (r < 0) {
        goto out;
    }
    (void)capsule_token(capsule, token, &own); /* for its name alone */
    r = capsule_replay_rest(&options, scenario, &token->plan, capsule_rest(capsule), ended, err);
    if (r < 0) {
        goto out;
    }
    recheck->violated |= ended->end.violated;
    recheck->unseen = 0;
    recheck->added = recheck->violated & ~recorded;
    if (recheck->text[0] == '\0') {
        (void)snprintf(recheck->text, sizeof(recheck->text), "%s", ended->end.detail);
    }
out:
    free(ended);
    free(token);
    free(scenario);
    return r;
}

static int look_at_capsule(struct session *session, const char *path, struct err *err)
{
    struct capsule *capsule = NULL;
    struct recheck *recheck = calloc(1, sizeof(*recheck));
    int r = recheck == NULL ? err_set(err, -ENOMEM, "no memory for a capsule")
                            : capsule_open(path, &capsule, err);

    if (r < 0) {
        goto out;
    }
    r = recheck_capsule(capsule, recheck, err);
    if (r == 0 && session->is_restarted) {
        r = restart(capsule, recheck, err);
    }
    if (r == 0) {
        tell(session, path, recheck);
    }
out:
    capsule = capsule_close(capsule);
    free(recheck);
    return r;
}

/* "…/threads-plain-5eed.trace" is of scenario threads-plain, seed 5eed. */
static int read_name(const char *path, char name[CAMPAIGN_NAME_SIZE_BYTES], uint64_t *ret_seed)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(base, '.');
    const char *dash = strrchr(base, '-');
    char *end = NULL;

    if (dot == NULL || dash == NULL || dash > dot ||
        (size_t)(dash - base) >= CAMPAIGN_NAME_SIZE_BYTES) {
        return ERR_USAGE;
    }
    *ret_seed = strtoull(dash + 1, &end, 16);
    (void)snprintf(name, CAMPAIGN_NAME_SIZE_BYTES, "%.*s", (int)(dash - base), base);
    return end == dot ? 0 : ERR_USAGE;
}

static int load_scenario(const struct session *session, const char *name, struct scenario *scenario,
                         struct err *err)
{
    struct scenario_files files = {.count = 0};
    char word[PLACES_PATH_SIZE_BYTES];
    char *words[] = {word, NULL};

    (void)snprintf(word, sizeof(word), "%s", session->scenario != NULL ? session->scenario : name);
    int r = scenario_files_load(&files, words, 1, err);
    if (r == 0 && files.count != 1) {
        r = err_set(err, ERR_USAGE, "'%.200s' is not one scenario", word);
    }
    if (r == 0) {
        *scenario = files.scenarios[0];
    }
    scenario_files_done(&files);
    for (uint32_t i = 0; r == 0 && i < session->switch_count; i++) {
        r = scenario_apply_switch(scenario, session->switches[i], err);
    }
    return r;
}

static int judge_trace(const struct session *session, const char *path, struct recheck *recheck,
                       struct err *err)
{
    struct scenario *scenario = malloc(sizeof(*scenario));
    struct trace *trace = trace_new(NULL);
    char name[CAMPAIGN_NAME_SIZE_BYTES] = "";
    uint64_t seed = 0;
    int r = scenario == NULL || trace == NULL ? err_set(err, -ENOMEM, "no memory for a trace") : 0;

    if (r == 0 && read_name(path, name, &seed) < 0 && session->scenario == NULL) {
        r = err_set(err, ERR_USAGE, "its name is not SCENARIO-SEED.trace: say --scenario");
    }
    if (r < 0) {
        goto out;
    }
    r = trace_file_load(trace, path, err);
    if (r < 0) {
        goto out;
    }
    r = load_scenario(session, name, scenario, err);
    if (r < 0) {
        goto out;
    }
    r = recheck_trace(scenario, seed, trace, recheck, err);
out:
    trace_free(trace);
    free(scenario);
    return r;
}

static int look_at_trace(struct session *session, const char *path, struct err *err)
{
    struct recheck *recheck = calloc(1, sizeof(*recheck));
    int r = recheck == NULL ? err_set(err, -ENOMEM, "no memory for a trace")
                            : judge_trace(session, path, recheck, err);

    if (r == 0) {
        tell(session, path, recheck);
    }
    free(recheck);
    return r;
}

/* One of many that cannot be judged does not keep the others from it. */
static void skip(struct session *session, const char *path, const struct err *err)
{
    session->skipped++;
    screen_line(&session->screen, PAINT_WARNING, "skipped", "%s: %s", path, err->text);
}

/* In order of their names, as causes are numbered. */
static int look_at_all(struct session *session, const char *dir, const char *pattern,
                       int (*look)(struct session *session, const char *path, struct err *err),
                       struct err *err)
{
    char text[RUN_FILE_PATH_SIZE_BYTES + 64];
    glob_t found;

    (void)snprintf(text, sizeof(text), "%s/%s", dir, pattern);
    int code = glob(text, 0, NULL, &found);
    if (code == GLOB_NOMATCH) {
        return 0;
    }
    if (code != 0) {
        return err_set(err, -EIO, "'%s' cannot be looked through", dir);
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct err own = ERR_INIT;

        if (look(session, found.gl_pathv[i], &own) < 0) {
            skip(session, found.gl_pathv[i], &own);
        }
    }
    globfree(&found);
    return 0;
}

/* The switches of a run are those of its scenarios, "@one@two". */
static void take_switches(struct session *session, char *text)
{
    char *rest = NULL;

    for (char *word = strtok_r(text, "@", &rest);
         word != NULL && session->switch_count < SWITCHES_MAX; word = strtok_r(NULL, "@", &rest)) {
        session->switches[session->switch_count++] = word;
    }
}

static int look_at_run(struct session *session, const char *word, struct err *err)
{
    struct run_file file;
    char switches[256];
    int r = run_file_open(session->runs, word, &file, err);

    if (r < 0) {
        return r;
    }
    (void)snprintf(
        switches, sizeof(switches), "%s",
        night_text_of(json_array_get(json_object_get(file.report, "scenarios"), 0), "switches"));
    take_switches(session, switches);
    r = look_at_all(session, file.path, "causes/*/case.capsule", look_at_capsule, err);
    if (r == 0) {
        r = look_at_all(session, file.path, "*.trace", look_at_trace, err);
    }
    session->switch_count = 0; /* they point into this frame */
    if (r == 0 && session->passed + session->failed + session->skipped == 0) {
        (void)printf("%s has kept neither a capsule nor a trace: nothing to judge\n", file.path);
    }
    run_file_done(&file);
    return r;
}

static int look_at(struct session *session, const char *word, struct err *err)
{
    struct stat status;

    if (stat(word, &status) != 0 || S_ISDIR(status.st_mode)) {
        return look_at_run(session, word, err);
    }
    return trace_file_is_saved(word) ? look_at_trace(session, word, err)
                                     : look_at_capsule(session, word, err);
}

int cmd_recheck(int argc, char **argv)
{
    struct session session = {.runs = places_runs()};
    struct options_words words = {argc, argv, argc};
    struct err err = ERR_INIT;
    int code = EXIT_CODE_OK;
    int r = options_parse(&command, &words, &session, &err);

    if (r != 0) {
        return exit_code_end(r, code, &err);
    }
    session.screen = night_text_screen(session.colour, "");
    r = look_at(&session, argv[words.operand], &err);
    if (r == 0) {
        (void)printf("cases: %" PRIu32 " passed, %" PRIu32 " failed, %" PRIu32 " skipped\n",
                     session.passed, session.failed, session.skipped);
        code = session.failed > 0   ? EXIT_CODE_FAILED
               : session.passed > 0 ? EXIT_CODE_OK
                                    : EXIT_CODE_NOTHING;
    }
    return exit_code_end(r, code, &err);
}
