/* killpoint shrink: a token or a capsule in, the smallest case that fails the same way out. */
#include "harness/archive/whole_file.h"
#include "harness/capsule/capsule.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/commands/plan_words.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "harness/cli/token_scenario.h"
#include "harness/scenario/scenario_print.h"
#include "harness/shrink/shrink.h"
#include "reports/paint.h"
#include "reports/result_text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define BUDGET_MS_DEFAULT 10000u
#define DETAIL_LINES_MAX  6

struct session {
    struct trial_options trial;
    const char *scenario_path;
    const char *output_path;
    bool is_json;
    enum paint_when colour;
    const char *text; /* the token or the path of the capsule, as given */
    bool is_capsule;
    struct candidate candidate;
    struct shrink_result result;
    char path[SCENARIO_PATH_SIZE_BYTES]; /* of the scenario that was written, or "" */
    char token[TOKEN_TEXT_SIZE_BYTES];   /* the smallest */
};

static const struct options_row rows[] = {
    {'o', "output", "FILE",
     "where the smaller scenario is written (default SCENARIO-shrunk.yaml, here)",
     OPTIONS_TEXT(struct session, output_path)},
    {0, "scenario", "FILE", "the scenario's file, when it is not in the suite",
     OPTIONS_TEXT(struct session, scenario_path)},
    {'b', "budget", "SECONDS", "ends with the smallest case so far (default 10)",
     OPTIONS_SECONDS(struct session, trial.budget_ms)},
    {0, "json", NULL, "the result as JSON on stdout", OPTIONS_FLAG(struct session, is_json)},
    {0, "dir", "DIR", "stores on a real directory instead of memory",
     OPTIONS_TEXT(struct session, trial.dir)},
    {'t', "timeout", "SECONDS", "a round that takes longer is `hung` (default 10)",
     OPTIONS_SECONDS(struct session, trial.timeout_ms)},
    {0, "color", "WHEN", "auto, always or never",
     OPTIONS_TAKEN(struct session, colour, paint_when_take)},
};

static const char *const examples[] = {
    "shrink plain-sync.3fa9c1@5eed:commitlog/append:17=torn:12",
    "shrink TOKEN -o small.yaml            and `replay TOKEN --scenario small.yaml`",
    NULL,
};

static const struct options_note notes[] = {
    {NULL, "Prints what it was and what is left, as sentences and as a scenario, and the token. "
           "Exit code 5 when the case is intact; 4 when it does not replay exactly."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "shrink",
    .operands = "TOKEN|CAPSULE",
    .one = "one token or capsule",
    .summary = "Makes a failing case as small as it can be while it fails the same way: fewer "
               "rounds, faults and messages, smaller files, fewer lost writes.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

static int load_token(struct session *session, struct err *err)
{
    struct token *token = &session->candidate.token;
    int r = token_parse(session->text, token, err);
    if (r < 0) {
        return r;
    }
    return token_scenario_load(token, session->text, session->scenario_path,
                               &session->candidate.scenario, err);
}

/* What a switch of the token did to the scenario of a capsule is part of it already, but for those
 * that no file can say. */
static void keep_switches(struct candidate *candidate)
{
    struct token *token = &candidate->token;
    const struct token all = *token;
    token->switch_count = 0;
    memset(token->switches, 0, sizeof(token->switches));
    for (uint32_t i = 0; i < all.switch_count; i++) {
        if (strncmp(all.switches[i], "skip/", 5) == 0 ||
            strncmp(all.switches[i], "weave/", 6) == 0) {
            memcpy(token->switches[token->switch_count++], all.switches[i],
                   TOKEN_SWITCH_SIZE_BYTES);
        }
    }
    memset(candidate->scenario.skipped, 0, sizeof(candidate->scenario.skipped));
    candidate->scenario.weave = 0;
}

static int load_capsule(struct session *session, struct err *err)
{
    struct candidate *candidate = &session->candidate;
    struct capsule *capsule = NULL;
    int r = 0;
    if (session->scenario_path != NULL) {
        return err_set(err, ERR_USAGE, "--scenario: a capsule has its own");
    }
    r = capsule_open(session->text, &capsule, err);
    if (r < 0) {
        return r;
    }
    r = capsule_token(capsule, &candidate->token, err);
    if (r < 0) {
        goto out;
    }
    r = capsule_scenario(capsule, &candidate->scenario, err);
    if (r < 0) {
        goto out;
    }
    if (candidate->scenario.base[0] != '\0') {
        r = err_set(err, ERR_USAGE,
                    "'%s' begins with a packed store, which a smaller scenario would have to name: "
                    "shrink its token",
                    session->text);
        goto out;
    }
    keep_switches(candidate);
    r = candidate_settle(candidate, err);
out:
    capsule_close(capsule);
    return r;
}

static int write_to(struct session *session, struct whole_file *file, struct err *err)
{
    struct candidate *candidate = &session->result.candidate;
    char path[PLACES_PATH_SIZE_BYTES];
    (void)fprintf(file->stream,
                  "# The smallest case that was found to fail as this one does:\n# %s\n"
                  "# It is replayed by:\n# %s replay '%s' --scenario %s\n",
                  session->text, places_command(path), session->token, session->path);
    /* A base is named as seen from here. */
    (void)snprintf(candidate->scenario.path, sizeof(candidate->scenario.path), "%s", session->path);
    int r = scenario_print(&candidate->scenario, file->stream);
    return r < 0 ? err_set(err, r, "write '%s'", session->path) : 0;
}

/* Whether the smallest case needs a file that is not there yet. */
static bool needs_file(const struct session *session)
{
    return session->result.is_workload_changed || session->is_capsule;
}

/* Only what is in no file yet is written. */
static int write_scenario(struct session *session, struct err *err)
{
    const struct candidate *candidate = &session->result.candidate;
    struct whole_file file;
    if (!needs_file(session)) {
        return 0;
    }
    int length =
        session->output_path != NULL
            ? snprintf(session->path, sizeof(session->path), "%s", session->output_path)
            : snprintf(session->path, sizeof(session->path), "%s.yaml", candidate->scenario.name);
    if (length < 0 || (size_t)length >= sizeof(session->path)) {
        return err_set(err, ERR_USAGE, "--output: the path is too long");
    }
    int r = whole_file_begin(&file, AT_FDCWD, session->path, err);
    if (r < 0) {
        return r;
    }
    r = write_to(session, &file, err);
    if (r == 0) {
        r = whole_file_finish(&file, err);
    }
    whole_file_drop(&file);
    return r;
}

static void print_row(const char *what, uint32_t before, uint32_t after)
{
    if (before != 0 || after != 0) {
        (void)printf("%-10s %-10" PRIu32 " %" PRIu32 "\n", what, before, after);
    }
}

static void print_table(const struct shrink_result *result)
{
    const struct candidate_size *before = &result->before.size;
    const struct candidate_size *after = &result->after.size;
    char old_time[PAINT_DURATION_SIZE_BYTES];
    char new_time[PAINT_DURATION_SIZE_BYTES];
    (void)printf("%-10s %-10s %s\n", "", "before", "after");
    print_row("rounds", before->rounds, after->rounds);
    print_row("faults", before->faults, after->faults);
    print_row("steps", before->steps, after->steps);
    print_row("messages", before->messages, after->messages);
    print_row("phases", before->phases, after->phases);
    print_row("queues", before->queues, after->queues);
    print_row("dropped", before->dropped, after->dropped);
    print_row("token", before->token_length, after->token_length);
    (void)printf("%-10s %-10s %s\n", "case", paint_duration(result->before.duration_us, old_time),
                 paint_duration(result->after.duration_us, new_time));
}

/* The text of the scenario, below its label. */
static void print_scenario(const struct scenario *scenario)
{
    char *text = NULL;
    char *rest = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return;
    }
    (void)scenario_print(scenario, file);
    (void)fclose(file);
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        (void)printf("    %s\n", line);
    }
    free(text);
}

static void print_text(const struct session *session)
{
    const struct shrink_result *result = &session->result;
    bool coloured = paint_is_wanted(session->colour, stdout);
    char goal[GOAL_TEXT_SIZE_BYTES];
    char duration[PAINT_DURATION_SIZE_BYTES];
    char place[PLACES_PATH_SIZE_BYTES];

    (void)printf("%sshrunk%s     %s\n", paint_begin(coloured, PAINT_STRONG),
                 paint_end(coloured, PAINT_STRONG), goal_print(&result->goal, goal));
    print_table(result);
    (void)printf("tried      %" PRIu64 " cases and images in %s%s\n", result->tried,
                 paint_duration(result->duration_us, duration),
                 result->is_cut ? ", then the time was up: there may be a smaller one (--budget)"
                                : "");
    if (needs_file(session)) {
        (void)printf("scenario   %s\n", session->path);
        print_scenario(&result->candidate.scenario);
    } else {
        (void)printf("scenario   %s, as it is: nothing of it can be left out\n",
                     result->candidate.scenario.path);
    }
    (void)printf("plan\n");
    plan_words_print(stdout, &result->candidate.token.plan, result->candidate.scenario.points,
                     "    ");
    result_text_detail(stdout, result->after.end.detail, "    ", DETAIL_LINES_MAX);
    (void)printf("replay     %s replay %s%s%s\n", places_command(place), session->token,
                 needs_file(session) ? " --scenario " : "", session->path);
}

static json_t *side_json(const struct shrink_side *side)
{
    const struct candidate_size *size = &side->size;
    return json_pack("{si si si si si si si si sI}", "rounds", size->rounds, "faults", size->faults,
                     "steps", size->steps, "messages", size->messages, "phases", size->phases,
                     "queues", size->queues, "dropped", size->dropped, "token_length",
                     size->token_length, "duration_us", (json_int_t)side->duration_us);
}

static void print_json(const struct session *session)
{
    const struct shrink_result *result = &session->result;
    bool has_mechanism = result->goal.mechanism != MECHANISM_COUNT;
    json_t *object = json_pack(
        "{si ss ss ss? ss ss? ss? so so sI sI sb}", "schema_version", 1, "token", session->text,
        "shrunk", session->token, "scenario", needs_file(session) ? session->path : NULL, "outcome",
        outcome_name(result->goal.outcome), "property",
        has_mechanism ? property_name(mechanism_property(result->goal.mechanism)) : NULL,
        "mechanism", has_mechanism ? mechanism_name(result->goal.mechanism) : NULL, "before",
        side_json(&result->before), "after", side_json(&result->after), "tried",
        (json_int_t)result->tried, "duration_us", (json_int_t)result->duration_us, "budget_used_up",
        (int)result->is_cut);
    (void)json_dumpf(object, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    (void)putchar('\n');
    json_decref(object);
}

static int shrink(struct session *session, int *ret_code, struct err *err)
{
    session->is_capsule = capsule_is_path(session->text);
    int r = session->is_capsule ? load_capsule(session, err) : load_token(session, err);
    if (r < 0) {
        return r;
    }
    r = shrink_run(&session->trial, &session->candidate, &session->result, err);
    if (r == SHRINK_INTACT) {
        *ret_code = EXIT_CODE_NOTHING;
        (void)fprintf(stderr, "killpoint: nothing to shrink: the case is intact\n");
        return 0;
    }
    if (r < 0) {
        return err_wrap(err, r, "shrink");
    }
    (void)token_print(&session->result.candidate.token, session->token, sizeof(session->token));
    r = write_scenario(session, err);
    if (r < 0) {
        return r;
    }
    if (session->is_json) {
        print_json(session);
    } else {
        print_text(session);
    }
    return 0;
}

int cmd_shrink(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session *session = calloc(1, sizeof(*session));
    struct err err = ERR_INIT;
    int code = EXIT_CODE_OK;

    if (session == NULL) {
        return EXIT_CODE_BROKEN;
    }
    session->trial.budget_ms = BUDGET_MS_DEFAULT;
    int r = options_parse(&command, &words, session, &err);
    if (r == 0) {
        session->text = argv[words.operand];
        r = shrink(session, &code, &err);
    }
    code = exit_code_end(r, code, &err);
    free(session);
    return code;
}
