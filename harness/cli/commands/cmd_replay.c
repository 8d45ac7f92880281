/* killpoint replay: a token in, or a capsule, the same case again. */
#include "harness/campaign/replay.h"
#include "harness/capsule/capsule_make.h"
#include "harness/cli/build_id.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/run/replay_capsule.h"
#include "harness/cli/token_scenario.h"
#include "reports/collect.h"
#include "reports/json.h"
#include "reports/paint.h"
#include "reports/result_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

struct session {
    struct replay_options replay;
    bool is_json;
    enum paint_when colour;
    const char *text; /* the token as given */
    const char *scenario_path;
    const char *target; /* another than the token's; or NULL */
    char retargeted[TOKEN_TEXT_SIZE_BYTES];
    const char *capsule_path; /* where one is written; or NULL */
    bool no_bodies;           /* in it */
    struct token token;
    struct scenario scenario;
    struct campaign_case first;
    uint32_t identical;
    bool is_anyway;        /* whatever version the scenario is of */
    bool is_other_version; /* and it is another: nothing passes */
};

static const struct options_row rows[] = {
    {'k', "keep", "DIR",
     "keep the store as crashed, as stopped cleanly and as the whole protocol left it",
     OPTIONS_TEXT(struct session, replay.keep_dir)},
    {0, "scenario", "FILE", "the scenario's file, when it is not in the suite",
     OPTIONS_TEXT(struct session, scenario_path)},
    {0, "target", "NAME",
     "the same plan over another target that has its points: another version of RocketMQ",
     OPTIONS_TEXT(struct session, target)},
    {0, "trace", "FILE",
     "judge again from a kept recording: of a `services: threads` run, or by --save-trace",
     OPTIONS_TEXT(struct session, replay.trace_path)},
    {0, "save-trace", "FILE", "keep the recording that the image of an explored case is made of",
     OPTIONS_TEXT(struct session, replay.save_path)},
    {0, "capsule", "FILE", "keep the whole case in one file, which replays by itself",
     OPTIONS_TEXT(struct session, capsule_path)},
    {0, "no-bodies", NULL,
     "with --capsule: a filler in place of bodies, keys and users' properties",
     OPTIONS_FLAG(struct session, no_bodies)},
    {'n', "times", "N", "run it N times and say how many were identical",
     OPTIONS_COUNT(struct session, replay.times, 1, 1000000)},
    {'g', "gdb", NULL, "stop right before the fault with gdb on the store's process",
     OPTIONS_FLAG(struct session, replay.gdb)},
    {0, "json", NULL, "the result as JSON on stdout", OPTIONS_FLAG(struct session, is_json)},
    {0, "anyway", NULL, "also when the scenario is of another version by now: never passes",
     OPTIONS_FLAG(struct session, is_anyway)},
    {0, "dir", "DIR", "store on a real directory instead of memory",
     OPTIONS_TEXT(struct session, replay.dir)},
    {'t', "timeout", "SECONDS", "a round that takes longer is `hung` (default 10)",
     OPTIONS_SECONDS(struct session, replay.timeout_ms)},
    {0, "color", "WHEN", "auto, always or never",
     OPTIONS_TAKEN(struct session, colour, paint_when_take)},
};

static const char *const examples[] = {
    "replay plain-sync.3fa9c1@5eed:commitlog/append:17=torn:12",
    "replay TOKEN --keep /tmp/seen         and look at both stores",
    "replay TOKEN --times 100              is it the same every time?",
    "replay TOKEN --capsule seen.capsule   and send the file to whoever mends it",
    "replay seen.capsule                   is it mended?",
    NULL,
};

static const struct options_note notes[] = {
    {"keep", "The store as it crashed in DIR/crashed, as the clean stop after its recovery left it "
             "in DIR/stopped, and, as the whole protocol left it (killed once more), in "
             "DIR/recovered. None may exist."},
    {"gdb", "It finds the process stopped at its fault point; `up` leads to the engine, `c` lets "
            "the fault strike. An explored case has no process: `--keep` its store."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "replay",
    .operands = "TOKEN|CAPSULE",
    .one = "one token or capsule",
    .summary = "Runs one case again.  The token says all: scenario, seed, switches, faults.  A "
               "capsule also holds the store: that is restarted first, then the case is run.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

/* The token's case over another target: one with the same points, or its plan means nothing. */
static int set_target(struct session *session, struct err *err)
{
    struct token *token = &session->token;

    if (points_of(session->target) != points_of(token->target)) {
        return err_set(err, ERR_USAGE,
                       "option '--target': '%.48s' has not the points of the token's target '%s'",
                       session->target, token->target);
    }
    int r = scenario_set_target(&session->scenario, session->target, err);
    if (r == 0) {
        (void)snprintf(token->target, sizeof(token->target), "%s", session->scenario.target);
        token->hash24 = session->scenario.hash24;
        (void)token_print(token, session->retargeted, sizeof(session->retargeted));
        session->text = session->retargeted;
    }
    return r;
}

/* The scenario of the token, its switches applied; another version of it only when asked for. */
static int load(struct session *session, struct err *err)
{
    const struct token *token = &session->token;
    int r = session->is_anyway
                ? token_scenario_load_any(token, session->text, session->scenario_path,
                                          &session->scenario, err)
                : token_scenario_load(token, session->text, session->scenario_path,
                                      &session->scenario, err);

    session->is_other_version = r == 0 && token->hash24 != session->scenario.hash24;
    if (r == 0 && session->target != NULL) {
        r = set_target(session, err);
    }
    for (uint32_t i = 0; r == 0 && i < token->switch_count; i++) {
        r = scenario_apply_switch(&session->scenario, token->switches[i], err);
    }
    return r;
}

static const char *verdict_of(const struct session *session)
{
    const struct campaign_case *first = &session->first;

    if (session->is_other_version) {
        return "of another version: it says nothing of the token's own case";
    }
    if (session->scenario.expect != 0) {
        return first->passed ? "as the scenario expects" : "not what the scenario expects";
    }
    return first->passed ? "as expected" : "";
}

/* Said before all else: what follows looks like the case that was asked for. */
static void print_version(const struct session *session)
{
    if (session->is_other_version) {
        (void)printf("version    the token is of %06" PRIx32 ", scenario '%s' is %06" PRIx32
                     " by now: its plan is tried on another scenario\n",
                     session->token.hash24, session->token.scenario, session->scenario.hash24);
    }
}

/* What counts: nothing of another version passes, and faults that it has no place for are no
 * failure. */
enum count { COUNT_PASSED, COUNT_FAILED, COUNT_SKIPPED };

static enum count count_of(const struct session *session)
{
    const struct campaign_case *first = &session->first;
    bool is_elsewhere =
        session->is_other_version && (first->passed || first->end.outcome == OUTCOME_NOT_FIRED);

    if (first->end.outcome == OUTCOME_SKIPPED || is_elsewhere) {
        return COUNT_SKIPPED;
    }
    return first->passed ? COUNT_PASSED : COUNT_FAILED;
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
    if (session->target != NULL) {
        (void)printf("token      %s\n", session->text);
    }
    if (session->replay.times > 1) {
        (void)printf("identical  %" PRIu32 " of %" PRIu32 " runs\n", session->identical,
                     session->replay.times);
    }
    if (session->capsule_path != NULL) {
        (void)printf("capsule    %s\n", session->capsule_path);
    }
    if (session->replay.keep_dir != NULL) {
        (void)printf("kept       in %s: crashed, stopped (of a case that came so far), recovered\n",
                     session->replay.keep_dir);
    }
    enum count count = count_of(session);
    (void)printf("cases: %d passed, %d failed, %d skipped\n", count == COUNT_PASSED,
                 count == COUNT_FAILED, count == COUNT_SKIPPED);
}

static json_t *hash_text(uint64_t hash)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%016" PRIx64, hash);
    return json_string(digits);
}

static void print_json(const struct session *session)
{
    struct campaign_identity identity = {.real_count = 0};
    const struct campaign_case *first = &session->first;
    json_t *object = json_pack(
        "{si ss ss sb so si si sb si si si so so sI si si}", "schema_version", 1, "token",
        session->text, "outcome", outcome_name(first->end.outcome), "passed",
        (int)(count_of(session) == COUNT_PASSED), "violated", json_properties(first->end.violated),
        "planned", first->hit_count, "fired", first->fired_count, "checked",
        (int)first->end.checked, "signal", first->end.signal, "acked", first->end.acked_count,
        "found", first->end.found_count, "crashed_hash", hash_text(first->end.crashed_hash),
        "recovered_hash", hash_text(first->end.recovered_hash), "duration_us",
        (json_int_t)first->duration_us, "times",
        session->replay.times == 0 ? 1 : session->replay.times, "identical", session->identical);
    (void)json_object_set_new(object, "other_version", json_boolean(session->is_other_version));
    build_id_add_target(&identity, session->scenario.target);
    (void)json_object_set_new(object, "rocketmq",
                              real_place_json(identity.real, identity.real_count));
    /* What a store said need not be UTF-8: then there is no such key, and the rest stands. */
    (void)json_object_set_new(object, "detail", json_string(first->end.detail));

    (void)json_dumpf(object, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    (void)putchar('\n');
    json_decref(object);
}

static int exit_code_of(const struct session *session)
{
    const struct campaign_case *first = &session->first;
    bool is_manual = !scenario_is_threaded(&session->scenario);

    if (session->is_other_version && count_of(session) == COUNT_SKIPPED) {
        return EXIT_CODE_NOTHING;
    }
    if (!first->passed && collect_is_broken(first->end.outcome)) {
        return EXIT_CODE_BROKEN;
    }
    /* With services: manual a case is a pure function of its token. */
    if (is_manual && session->replay.times > 1 && session->identical < session->replay.times) {
        return EXIT_CODE_BROKEN;
    }
    return first->passed ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static int run(struct session *session, struct err *err)
{
    struct campaign_identity identity;
    char made_by[256];
    build_id_get("", &identity);
    build_id_line(&identity, made_by, sizeof(made_by));
    const struct capsule_make_options capsule = {
        .path = session->capsule_path, .made_by = made_by, .no_bodies = session->no_bodies};
    return session->capsule_path == NULL
               ? replay_run(&session->replay, &session->first, &session->identical, err)
               : capsule_make(&session->replay, &capsule, &session->first, &session->identical,
                              err);
}

/* Of a capsule: what has no meaning there would be left out in silence. */
static int replay_kept(const struct session *session, int *ret_code, struct err *err)
{
    const struct replay_options *replay = &session->replay;
    if (session->scenario_path != NULL || session->capsule_path != NULL ||
        session->target != NULL || replay->trace_path != NULL || replay->save_path != NULL ||
        replay->gdb || replay->times > 0) {
        return err_set(err, ERR_USAGE,
                       "with a capsule go only --keep, --dir, --timeout, --json and --color");
    }
    const struct capsule_replay_options options = {
        .dir = replay->dir, .timeout_ms = replay->timeout_ms, .keep_dir = replay->keep_dir};
    return replay_capsule(session->text, &options, session->is_json,
                          paint_is_wanted(session->colour, stdout), ret_code, err);
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
    if (!session->is_json) {
        print_version(session);
    }
    session->replay.scenario = &session->scenario;
    session->replay.token = &session->token;
    r = run(session, err);
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
    r = options_parse(&command, &words, session, &err);
    if (r == 0) {
        session->text = argv[words.operand];
        if (capsule_is_path(session->text)) {
            r = replay_kept(session, &code, &err);
        } else {
            r = replay(session, &err);
            code = r == 0 ? exit_code_of(session) : code;
        }
    }
    code = exit_code_end(r, code, &err);
    free(session);
    return code;
}
