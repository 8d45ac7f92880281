/* From JSON to a struct.  Every field that a rule goes by is asked for by name and type. */
#include "harness/gate/evidence.h"

#include "harness/case/points.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* json_unpack_ex writes through these: its types are jansson's own. */
typedef json_int_t number;

static int damaged(const struct evidence_source *source, const char *what, const json_error_t *why,
                   struct err *err)
{
    return err_set(err, ERR_CORRUPT, "report of '%.200s': %s: %s", source->path, what, why->text);
}

#define UNPACK(json, what, ...) \
    (json_unpack_ex((json), &why, 0, __VA_ARGS__) == 0 ? 0 : damaged(source, (what), &why, err))

static void copy(char *text, size_t text_size_bytes, const char *from)
{
    (void)snprintf(text, text_size_bytes, "%s", from == NULL ? "" : from);
}

#define COPY(to, from) copy((to), sizeof(to), (from))

/* Text of a field that may be null, or not there in older reports. */
static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int read_totals(const struct evidence_source *source, struct evidence *to, struct err *err)
{
    json_error_t why;
    json_t *totals = json_object_get(source->report, "totals");
    number passed = 0;
    number failed = 0;
    number skipped = 0;
    number causes = 0;
    number unreached = 0;
    number duration_us = 0;
    number exit_code = 0;
    int interrupted = 0;
    int broken = 0;
    int cut = 0;
    int whole = 0;
    int r = UNPACK(totals, "totals", "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:b}",
                   "passed", &passed, "failed", &failed, "skipped", &skipped, "causes", &causes,
                   "unreached_points", &unreached, "duration_us", &duration_us, "exit_code",
                   &exit_code, "interrupted", &interrupted, "harness_broken", &broken,
                   "cut_by_budget", &cut, "whole_suite", &whole);
    to->passed = (uint64_t)passed;
    to->failed = (uint64_t)failed;
    to->skipped = (uint64_t)skipped;
    to->cause_count = (uint64_t)causes;
    to->unreached_points = (uint64_t)unreached;
    to->duration_us = (uint64_t)duration_us;
    to->exit_code = exit_code;
    to->is_interrupted = interrupted != 0;
    to->is_broken = broken != 0;
    to->is_cut = cut != 0;
    to->is_whole_suite = whole != 0;
    return r;
}

static int read_identity(const struct evidence_source *source, struct evidence *to, struct err *err)
{
    json_error_t why;
    json_t *identity = json_object_get(source->report, "identity");
    int dirty = 1;
    int r = UNPACK(identity, "identity", "{s:b}", "dirty", &dirty);
    to->is_dirty = dirty != 0;
    COPY(to->version, text_of(source->report, "version"));
    COPY(to->seed, text_of(source->report, "seed"));
    COPY(to->revision, text_of(identity, "revision"));
    COPY(to->compiler, text_of(identity, "compiler"));
    COPY(to->system, text_of(identity, "system"));
    COPY(to->file_system, text_of(identity, "file_system"));
    COPY(to->worker_hash, text_of(identity, "worker_hash"));
    if (strcmp(to->revision, "unknown") == 0) {
        to->revision[0] = '\0';
    }
    return r;
}

/* Null: there was no audit, or nothing was explored. */
static int read_checks(const struct evidence_source *source, struct evidence *to, struct err *err)
{
    json_error_t why;
    json_t *canary = json_object_get(source->report, "canary");
    json_t *audit = json_object_get(source->report, "audit");
    json_t *explore = json_object_get(source->report, "explore");
    number syscalls = 0;
    number unannounced = 0;
    number images = 0;
    int run = 0;
    int caught = 0;
    int failed = 0;
    int r = UNPACK(canary, "canary", "{s:b, s:b, s:b}", "run", &run, "caught", &caught,
                   "engine_failed", &failed);
    if (r == 0 && !json_is_null(audit)) {
        r = UNPACK(audit, "audit", "{s:I, s:I}", "syscalls", &syscalls, "unannounced",
                   &unannounced);
    }
    if (r == 0 && !json_is_null(explore)) {
        r = UNPACK(explore, "explore", "{s:I}", "judged", &images);
    }
    to->canary_run = run != 0;
    to->canary_caught = caught != 0;
    to->canary_failed = failed != 0;
    COPY(to->canary_text, text_of(canary, "text"));
    to->is_audited = json_is_object(audit);
    to->audit_syscalls = (uint64_t)syscalls;
    to->audit_unannounced = (uint64_t)unannounced;
    to->images = (uint64_t)images;
    return r;
}

/* The table that the sum is kept by, as the campaign chose it; NULL: none that is known here. */
static const struct points *table_of(const json_t *scenarios)
{
    const struct points *sum = NULL;
    for (size_t i = 0; i < json_array_size(scenarios); i++) {
        const char *target = text_of(json_array_get(scenarios, i), "target");
        const struct points *points = target == NULL ? NULL : points_of(target);
        sum = points == NULL ? sum : points_of_sum(sum, points);
    }
    return sum;
}

static int add_point(const struct evidence_source *source, const struct points *points,
                     const char *name, json_t *row, struct evidence_coverage *sum, struct err *err)
{
    json_error_t why;
    number hits = 0;
    number reached = 0;
    number killed = 0;
    number failed = 0;
    uint32_t point = points == NULL ? POINTS_NONE : points_find(points, name);
    int r = UNPACK(row, name, "{s:I, s:I, s:I, s:I}", "hits", &hits, "reached", &reached, "killed",
                   &killed, "failed", &failed);
    if (r < 0) {
        return r;
    }
    sum->point_count++;
    sum->reached += hits > 0 || reached > 0;
    if (point == POINTS_NONE) {
        sum->is_of_this_build = false;
    } else if (points_is_mutating(points, point)) {
        sum->writes += (uint64_t)hits;
        sum->killed += (uint64_t)killed;
    } else {
        sum->reads += (uint64_t)hits;
        sum->failed += (uint64_t)failed;
    }
    return 0;
}

/* Whether a point writes is known by its name: the points of another version would be taken for
 * what they are not, and one that is missing from the list would be covered. */
static int read_coverage(const struct evidence_source *source, struct evidence *to, struct err *err)
{
    json_t *coverage = json_object_get(source->report, "coverage");
    const struct points *points = table_of(json_object_get(source->report, "scenarios"));
    const char *name;
    json_t *row;
    if (!json_is_object(coverage)) {
        return err_set(err, ERR_CORRUPT, "report of '%.200s': coverage: expected an object",
                       source->path);
    }
    to->coverage.is_of_this_build = points != NULL && points->count == json_object_size(coverage);
    json_object_foreach(coverage, name, row)
    {
        int r = add_point(source, points, name, row, &to->coverage, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* Makes room for the elements of a list; NULL and ERR_CORRUPT when it is none. */
static int make_list(const struct evidence_source *source, json_t *list, const char *what,
                     size_t element_size_bytes, void **ret_list, struct err *err)
{
    if (!json_is_array(list)) {
        return err_set(err, ERR_CORRUPT, "report of '%.200s': %s: expected an array", source->path,
                       what);
    }
    *ret_list = calloc(json_array_size(list) + 1, element_size_bytes);
    return *ret_list == NULL ? err_set(err, -ENOMEM, "no memory for %s", what) : 0;
}

static int read_left_out(const struct evidence_source *source, struct evidence *to, struct err *err)
{
    json_error_t why;
    json_t *list = json_object_get(json_object_get(source->report, "totals"), "left_out");
    void *made = NULL;
    int r = make_list(source, list, "left_out", sizeof(*to->left_out), &made, err);
    to->left_out = made;
    for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
        struct evidence_left_out *entry = &to->left_out[to->left_out_count++];
        json_t *from = json_array_get(list, i);
        const char *reason = "";
        const char *unit = "";
        number count = 0;
        number scenarios = 0;
        int uncounted = 0;
        r = UNPACK(from, "left_out", "{s:s, s:s, s:I, s:I, s:b}", "reason", &reason, "unit", &unit,
                   "count", &count, "scenarios", &scenarios, "uncounted", &uncounted);
        COPY(entry->reason, reason);
        COPY(entry->unit, unit);
        COPY(entry->text, text_of(from, "text"));
        entry->count = (uint64_t)count;
        entry->scenario_count = (uint32_t)scenarios;
        entry->is_uncounted = uncounted != 0;
    }
    return r;
}

static bool has_text(json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_is_string(json_array_get(list, i)) &&
            strcmp(json_string_value(json_array_get(list, i)), text) == 0) {
            return true;
        }
    }
    return false;
}

/* As the campaign judges: a defect is caught when all came that it is there to show. */
static bool is_caught(json_t *expect, json_t *violated)
{
    for (size_t i = 0; i < json_array_size(expect); i++) {
        const char *name = json_string_value(json_array_get(expect, i));
        if (name == NULL || !has_text(violated, name)) {
            return false;
        }
    }
    return true;
}

static int read_scenario(const struct evidence_source *source, json_t *from,
                         struct evidence_scenario *to, struct err *err)
{
    json_error_t why;
    const char *name = "";
    const char *switches = "";
    const char *verdict = "";
    json_t *expect = NULL;
    json_t *violated = NULL;
    int as_expected = 0;
    int ended = 0;
    int cut_short = 0;
    int sympathy = 0;
    number run = 0;
    number failed = 0;
    int r = UNPACK(from, "scenarios", "{s:s, s:s, s:s, s:o, s:o, s:b, s:b, s:b, s:b, s:I, s:I}",
                   "name", &name, "switches", &switches, "verdict", &verdict, "expect", &expect,
                   "violated", &violated, "as_expected", &as_expected, "ended", &ended, "cut_short",
                   &cut_short, "sympathy", &sympathy, "run", &run, "failed", &failed);
    if (r == 0 && (!json_is_array(expect) || !json_is_array(violated))) {
        r = err_set(err, ERR_CORRUPT, "report of '%.200s': scenarios: '%.64s': expected arrays",
                    source->path, name);
    }
    COPY(to->name, name);
    COPY(to->switches, switches);
    COPY(to->verdict, verdict);
    to->is_defect = json_array_size(expect) > 0;
    to->is_as_expected = as_expected != 0;
    to->is_sympathy = sympathy != 0;
    /* A defect's row may say why it cannot be caught: then it is as expected without. */
    to->is_caught = !to->is_sympathy && (to->is_as_expected || is_caught(expect, violated));
    to->has_ended = ended != 0 && cut_short == 0;
    to->run = (uint64_t)run;
    to->failed = (uint64_t)failed;
    return r;
}

static int read_scenarios(const struct evidence_source *source, struct evidence *to,
                          struct err *err)
{
    json_t *list = json_object_get(source->report, "scenarios");
    void *made = NULL;
    int r = make_list(source, list, "scenarios", sizeof(*to->scenarios), &made, err);
    to->scenarios = made;
    for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
        r = read_scenario(source, json_array_get(list, i), &to->scenarios[to->scenario_count++],
                          err);
    }
    return r;
}

static int read_cause(const struct evidence_source *source, json_t *from, struct evidence_cause *to,
                      struct err *err)
{
    json_error_t why;
    const char *fingerprint = "";
    const char *outcome = "";
    const char *place = "";
    const char *token = "";
    const char *mechanism = text_of(from, "mechanism");
    const char *function = text_of(from, "function");
    number cases = 0;
    int r =
        UNPACK(from, "causes", "{s:s, s:s, s:s, s:I, s:{s:s}}", "fingerprint", &fingerprint,
               "outcome", &outcome, "place", &place, "cases", &cases, "simplest", "token", &token);
    COPY(to->fingerprint, fingerprint);
    COPY(to->state, text_of(from, "state"));
    COPY(to->since, text_of(from, "since"));
    COPY(to->token, token);
    to->case_count = (uint64_t)cases;
    if (mechanism != NULL) {
        (void)snprintf(to->text, sizeof(to->text), "%s in %s", mechanism, place);
    } else {
        (void)snprintf(to->text, sizeof(to->text), "%s%s%.100s", outcome,
                       function == NULL ? "" : " in ", function == NULL ? "" : function);
    }
    return r;
}

/* What a history calls rare and this run has not shown; there may be no history. */
static void read_rare(const struct evidence_source *source, struct evidence *to)
{
    json_t *list = json_object_get(json_object_get(source->report, "history"), "rare");
    for (size_t i = 0; i < json_array_size(list) && to->rare_count < EVIDENCE_RARE_MAX; i++) {
        const char *fingerprint = text_of(json_array_get(list, i), "fingerprint");
        if (fingerprint != NULL) {
            COPY(to->rare[to->rare_count], fingerprint);
            to->rare_count++;
        }
    }
}

static int read_causes(const struct evidence_source *source, struct evidence *to, struct err *err)
{
    json_t *list = json_object_get(source->report, "causes");
    void *made = NULL;
    int r = make_list(source, list, "causes", sizeof(*to->causes), &made, err);
    to->causes = made;
    for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
        r = read_cause(source, json_array_get(list, i), &to->causes[to->listed_count++], err);
    }
    read_rare(source, to);
    return r;
}

/* An option may be shortened: "--any" is "--anyway". */
static bool is_anyway(const char *word)
{
    return strlen(word) > 3 && strncmp(word, "--anyway", strlen(word)) == 0;
}

static void read_command(json_t *argv, struct evidence *to)
{
    size_t used = 0;
    for (size_t i = 0; i < json_array_size(argv); i++) {
        const char *word = json_string_value(json_array_get(argv, i));
        if (word == NULL) {
            continue;
        }
        to->is_anyway |= is_anyway(word);
        if (used < sizeof(to->command)) {
            used += (size_t)snprintf(to->command + used, sizeof(to->command) - used, "%s%s",
                                     used == 0 ? "" : " ", word);
        }
    }
}

/* A part of a suite says which; what was merged of all parts is none. */
static int read_shard(const struct evidence_source *source, struct evidence *to, struct err *err)
{
    json_error_t why;
    json_t *shard = json_object_get(source->report, "shard");
    number index = 0;
    number count = 0;
    int r = shard == NULL || json_is_null(shard)
                ? 0
                : UNPACK(shard, "shard", "{s:I, s:I}", "i", &index, "n", &count);
    to->shard_index = (uint64_t)index;
    to->shard_count = (uint64_t)count;
    return r;
}

static int read_run(const struct evidence_source *source, struct evidence *to, struct err *err)
{
    json_error_t why;
    const char *began = "";
    const char *state = "";
    json_t *argv = NULL;
    struct tm when = {.tm_year = 0};
    if (source->run == NULL) {
        return 0;
    }
    int r = UNPACK(source->run, "run.json", "{s:s, s:s, s:o}", "began", &began, "state", &state,
                   "argv", &argv);
    if (r == 0 && strptime(began, "%Y-%m-%dT%H:%M:%SZ", &when) == NULL) {
        r = err_set(err, ERR_CORRUPT, "run.json of '%.200s': began: '%.40s' is no time",
                    source->path, began);
    }
    to->has_run = true;
    to->began = timegm(&when);
    COPY(to->state, state);
    read_command(argv, to);
    return r;
}

int evidence_read(const struct evidence_source *source, struct evidence *ret_evidence,
                  struct err *err)
{
    static int (*const parts[])(const struct evidence_source *source, struct evidence *to,
                                struct err *err) = {read_totals,   read_identity, read_checks,
                                                    read_coverage, read_left_out, read_scenarios,
                                                    read_causes,   read_shard,    read_run};
    int r = 0;
    memset(ret_evidence, 0, sizeof(*ret_evidence));
    COPY(ret_evidence->id, source->id);
    COPY(ret_evidence->path, source->path);
    for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(parts[0]); i++) {
        r = parts[i](source, ret_evidence, err);
    }
    if (r < 0) {
        evidence_done(ret_evidence);
    }
    return r;
}

void evidence_done(struct evidence *evidence)
{
    free(evidence->left_out);
    free(evidence->scenarios);
    free(evidence->causes);
    evidence->left_out = NULL;
    evidence->scenarios = NULL;
    evidence->causes = NULL;
    evidence->left_out_count = 0;
    evidence->scenario_count = 0;
    evidence->listed_count = 0;
}
