/* killpoint replay: a token in, the same case again. */
#include "harness/campaign/replay.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/scenario_files.h"
#include "reports/collect.h"
#include "reports/paint.h"
#include "reports/result_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum {
    OPTION_KEEP = 1,
    OPTION_GDB,
    OPTION_TIMES,
    OPTION_JSON,
    OPTION_DIR,
    OPTION_TIMEOUT,
    OPTION_SCENARIO,
    OPTION_TRACE,
    OPTION_SAVE_TRACE,
    OPTION_COLOR
};

static const struct options_row rows[] = {
    {OPTION_KEEP, 'k', "keep", "DIR",
     "keep the store as crashed and as the whole protocol left it"},
    {OPTION_SCENARIO, 0, "scenario", "FILE", "the scenario's file, when it is not in the suite"},
    {OPTION_TRACE, 0, "trace", "FILE",
     "judge again from a kept recording: of a `services: threads` run, or by --save-trace"},
    {OPTION_SAVE_TRACE, 0, "save-trace", "FILE",
     "keep the recording that the image of an explored case is made of"},
    {OPTION_TIMES, 'n', "times", "N", "run it N times and say how many were identical"},
    {OPTION_GDB, 'g', "gdb", NULL, "stop right before the fault with gdb on the store's process"},
    {OPTION_JSON, 0, "json", NULL, "the result as JSON on stdout"},
    {OPTION_DIR, 0, "dir", "DIR", "store on a real directory instead of memory"},
    {OPTION_TIMEOUT, 't', "timeout", "SECONDS", "a round that takes longer is `hung` (default 10)"},
    {OPTION_COLOR, 0, "color", "WHEN", "auto, always or never"},
};

static const char *const examples[] = {
    "replay plain-sync.3fa9c1@5eed:commitlog/append:17=torn:12",
    "replay TOKEN --keep /tmp/seen         and look at both stores",
    "replay TOKEN --times 100              is it the same every time?",
    NULL,
};

static const struct options_command command = {
    .name = "replay",
    .operands = "TOKEN",
    .summary = "Runs one case again.  The token says all: scenario, seed, switches, faults.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
};

struct session {
    struct replay_options replay;
    bool is_json;
    enum paint_when colour;
    const char *text; /* the token as given */
    const char *scenario_path;
    struct token token;
    struct scenario scenario;
    struct campaign_case first;
    uint32_t identical;
};

static int take_option(void *arg, int id, const char *value, struct err *err)
{
    struct session *session = arg;
    uint64_t count = 0;
    int r;

    switch (id) {
    case OPTION_KEEP:
        session->replay.keep_dir = value;
        return 0;
    case OPTION_SCENARIO:
        session->scenario_path = value;
        return 0;
    case OPTION_TRACE:
        session->replay.trace_path = value;
        return 0;
    case OPTION_SAVE_TRACE:
        session->replay.save_path = value;
        return 0;
    case OPTION_GDB:
        session->replay.gdb = true;
        return 0;
    case OPTION_TIMES:
        r = options_count("times", value, 1, 1000000, &count, err);
        session->replay.times = (uint32_t)count;
        return r;
    case OPTION_DIR:
        session->replay.dir = value;
        return 0;
    case OPTION_TIMEOUT:
        return options_seconds("timeout", value, &session->replay.timeout_ms, err);
    case OPTION_COLOR:
        return paint_when_parse(value, &session->colour)
                   ? 0
                   : err_set(err, ERR_USAGE, "option '--color': '%s' is not auto, always or never",
                             value);
    default:
        session->is_json = true;
        return 0;
    }
}

/* The scenario of the token, its switches applied; refuses another version of it. */
static int load(struct session *session, struct err *err)
{
    const struct token *token = &session->token;
    int r = session->scenario_path != NULL
                ? scenario_load(session->scenario_path, &session->scenario, err)
                : scenario_files_find(token->scenario, &session->scenario, err);

    if (r < 0) {
        return err_wrap(err, r, "token '%s'", session->text);
    }
    /* The token says what it was made for, whatever the scenario is for by itself. */
    r = scenario_set_target(&session->scenario, token->target, err);
    if (r < 0) {
        return err_wrap(err, r, "token '%s'", session->text);
    }
    if (token->hash24 != session->scenario.hash24) {
        return err_set(err, ERR_USAGE,
                       "token was made for another version of scenario '%s' (%06" PRIx32
                       ", this one is %06" PRIx32 ")",
                       token->scenario, token->hash24, session->scenario.hash24);
    }
    for (uint32_t i = 0; r == 0 && i < token->switch_count; i++) {
        r = scenario_apply_switch(&session->scenario, token->switches[i], err);
    }
    return r;
}

static const char *verdict_of(const struct session *session)
{
    const struct campaign_case *first = &session->first;

    if (session->scenario.expect != 0) {
        return first->passed ? "as the scenario expects" : "not what the scenario expects";
    }
    return first->passed ? "as expected" : "";
}

static void print_text(const struct session *session)
{
    const struct campaign_case *first = &session->first;
    bool coloured = paint_is_wanted(session->colour, stdout);
    enum paint_tone tone = first->passed ? PAINT_GOOD : PAINT_BAD;
    const char *verdict = verdict_of(session);
    char properties[512];
    char duration[PAINT_DURATION_SIZE_BYTES];

    collect_properties_print(first->end.violated, properties, sizeof(properties));
    (void)printf("%s%s%s%s%s%s%s\n", paint_begin(coloured, tone), outcome_name(first->end.outcome),
                 paint_end(coloured, tone), *properties == '\0' ? "" : " ", properties,
                 *verdict == '\0' ? "" : "  ", verdict);
    result_text_detail(stdout, first->end.detail, "    ", 40);
    (void)printf("faults     %" PRIu32 " of %" PRIu32 " fired; %s\n", first->fired_count,
                 first->hit_count,
                 first->end.checked ? "the store was judged to the end" : "not judged to the end");
    (void)printf("messages   %" PRIu32 " acknowledged, %" PRIu32 " records found\n",
                 first->end.acked_count, first->end.found_count);
    (void)printf("store      crashed %016" PRIx64 ", recovered %016" PRIx64 "\n",
                 first->end.crashed_hash, first->end.recovered_hash);
    (void)printf("time       %s\n", paint_duration(first->duration_us, duration));
    if (session->replay.times > 1) {
        (void)printf("identical  %" PRIu32 " of %" PRIu32 " runs\n", session->identical,
                     session->replay.times);
    }
    if (session->replay.keep_dir != NULL) {
        (void)printf("kept       %s/crashed, %s/recovered\n", session->replay.keep_dir,
                     session->replay.keep_dir);
    }
    (void)printf("cases: %d passed, %d failed, %d skipped\n", first->passed,
                 !first->passed && first->end.outcome != OUTCOME_SKIPPED,
                 !first->passed && first->end.outcome == OUTCOME_SKIPPED);
}

static json_t *hash_text(uint64_t hash)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%016" PRIx64, hash);
    return json_string(digits);
}

static json_t *violated_names(uint32_t bits)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < PROPERTY_COUNT; i++) {
        if ((bits & (UINT32_C(1) << i)) != 0) {
            (void)json_array_append_new(list, json_string(property_name((enum property)i)));
        }
    }
    return list;
}

static void print_json(const struct session *session)
{
    const struct campaign_case *first = &session->first;
    json_t *object = json_object();

    (void)json_object_set_new(object, "schema_version", json_integer(1));
    (void)json_object_set_new(object, "token", json_string(session->text));
    (void)json_object_set_new(object, "outcome", json_string(outcome_name(first->end.outcome)));
    (void)json_object_set_new(object, "passed", json_boolean(first->passed));
    (void)json_object_set_new(object, "violated", violated_names(first->end.violated));
    (void)json_object_set_new(object, "planned", json_integer(first->hit_count));
    (void)json_object_set_new(object, "fired", json_integer(first->fired_count));
    (void)json_object_set_new(object, "checked", json_boolean(first->end.checked));
    (void)json_object_set_new(object, "signal", json_integer(first->end.signal));
    (void)json_object_set_new(object, "acked", json_integer(first->end.acked_count));
    (void)json_object_set_new(object, "found", json_integer(first->end.found_count));
    (void)json_object_set_new(object, "crashed_hash", hash_text(first->end.crashed_hash));
    (void)json_object_set_new(object, "recovered_hash", hash_text(first->end.recovered_hash));
    (void)json_object_set_new(object, "duration_us", json_integer((json_int_t)first->duration_us));
    (void)json_object_set_new(object, "times",
                              json_integer(session->replay.times == 0 ? 1 : session->replay.times));
    (void)json_object_set_new(object, "identical", json_integer(session->identical));
    (void)json_object_set_new(object, "detail", json_string(first->end.detail));
    (void)json_dumpf(object, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    (void)putchar('\n');
    json_decref(object);
}

static int exit_code_of(const struct session *session)
{
    const struct campaign_case *first = &session->first;
    bool is_manual = !scenario_is_threaded(&session->scenario);

    if (!first->passed && collect_is_broken(first->end.outcome)) {
        return EXIT_CODE_BROKEN;
    }
    /* With services: manual a case is a pure function of its token. */
    if (is_manual && session->replay.times > 1 && session->identical < session->replay.times) {
        return EXIT_CODE_BROKEN;
    }
    return first->passed ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static int replay(struct session *session, struct err *err)
{
    int r = token_parse(session->text, &session->token, err);

    if (r == 0) {
        r = load(session, err);
    }
    if (r < 0) {
        return r;
    }
    session->replay.scenario = &session->scenario;
    session->replay.token = &session->token;
    r = replay_run(&session->replay, &session->first, &session->identical, err);
    if (r == 0 && session->is_json) {
        print_json(session);
    } else if (r == 0) {
        print_text(session);
    }
    return r;
}

int cmd_replay(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session *session = calloc(1, sizeof(*session));
    struct err err = ERR_INIT;
    int code = EXIT_CODE_OK;
    int r;

    if (session == NULL) {
        return EXIT_CODE_BROKEN;
    }
    r = options_parse(&command, &words, take_option, session, &err);
    if (r == 0 && argc - words.operand != 1) {
        r = err_set(&err, ERR_USAGE, "replay takes one token (killpoint replay --help)");
    }
    if (r == 0) {
        session->text = argv[words.operand];
        r = replay(session, &err);
        code = r == 0 ? exit_code_of(session) : code;
    }
    if (r < 0) {
        code = (int)exit_code_fail(&err, r);
    } else {
        code = exit_code_flushed(code);
    }
    free(session);
    return code;
}
