/* JSON through jansson, an object at a time: nothing here holds the whole document.  One file,
 * since it is one document: a function is an object of it. */
#include "reports/json.h"

#include "reports/cause_text.h"
#include "reports/explore_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#define DUMP_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII)

/* The stream with its first error kept. */
struct out {
    FILE *stream;
    int code;              /* of the first error; 0: none */
    const char *separator; /* before the next element of the list that is open */
};

/* The first error stays: what follows a full disk says nothing new. */
static void text(struct out *out, const char *words)
{
    if (fputs(words, out->stream) < 0 && out->code == 0) {
        out->code = errno == 0 ? -EIO : -errno;
    }
}

/* Writes one value and takes it over. NULL where a value was expected is want of memory; the
 * document stays well-formed and the report is called incomplete. */
static void value(struct out *out, json_t *json)
{
    if (json == NULL) {
        out->code = out->code == 0 ? -ENOMEM : out->code;
        text(out, "null");
        return;
    }
    if (json_dumpf(json, out->stream, DUMP_FLAGS | JSON_ENCODE_ANY) != 0 && out->code == 0) {
        out->code = errno == 0 ? -EIO : -errno;
    }
    json_decref(json);
}

static void begin_list(struct out *out, const char *name)
{
    (void)fprintf(out->stream, ",\n\"%s\": [", name);
    out->separator = "\n";
}

/* One object a line, so that grep and diff work on the document. */
static void element(struct out *out, json_t *json)
{
    text(out, out->separator);
    value(out, json);
    out->separator = ",\n";
}

static void end_list(struct out *out)
{
    text(out, "\n]");
}

/* JSON's integers are signed for jansson; a count that large is a mistake, and is at least not
 * negative. */
static json_t *number(uint64_t count)
{
    return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

/* A string that may hold bytes that are not UTF-8 (file names in a detail). */
static json_t *string(const char *words)
{
    json_t *json = json_string(words);
    char copy[ENDING_DETAIL_SIZE_BYTES];

    if (json != NULL) {
        return json;
    }
    (void)snprintf(copy, sizeof(copy), "%s", words);
    for (char *at = copy; *at != '\0'; at++) {
        if ((unsigned char)*at >= 0x80) {
            *at = '?';
        }
    }
    return json_string(copy);
}

static json_t *text_or_null(const char *words)
{
    return *words == '\0' ? json_null() : string(words);
}

/* Seeds are written as tokens have them. */
static json_t *hex(uint64_t seed)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%" PRIx64, seed);
    return json_string(digits);
}

json_t *json_properties(uint32_t bits)
{
    json_t *list = json_array();

    for (uint32_t i = 0; list != NULL && i < PROPERTY_COUNT; i++) {
        if ((bits & (UINT32_C(1) << i)) != 0) {
            (void)json_array_append_new(list, json_string(property_name((enum property)i)));
        }
    }
    return list;
}

static json_t *mechanisms(uint64_t bits)
{
    json_t *list = json_array();

    for (uint32_t i = 0; list != NULL && i < MECHANISM_COUNT; i++) {
        if ((bits >> i & 1) != 0) {
            (void)json_array_append_new(list, json_string(mechanism_name((enum mechanism)i)));
        }
    }
    return list;
}

static json_t *events(uint64_t bits)
{
    json_t *list = json_array();

    for (uint32_t i = 0; list != NULL && i < EVENT_COUNT; i++) {
        if ((bits & (UINT64_C(1) << i)) != 0) {
            (void)json_array_append_new(list, json_string(event_name((enum event)i)));
        }
    }
    return list;
}

/* All of them, with zeros: a reader need not know which there are. */
static json_t *outcomes(const uint64_t counts[OUTCOME_COUNT])
{
    json_t *object = json_object();

    for (uint32_t i = 0; object != NULL && i < OUTCOME_COUNT; i++) {
        (void)json_object_set_new(object, outcome_name((enum outcome)i), number(counts[i]));
    }
    return object;
}

/* Takes `json` over. A value that could not be made leaves its key out. */
static void set(json_t *object, const char *key, json_t *json)
{
    (void)json_object_set_new(object, key, json);
}

/* Each reason with its count; `uncounted`: and more, of which nobody knows how many. */
static json_t *left_out(const struct left_out *list)
{
    json_t *array = json_array();

    for (uint32_t i = 0; array != NULL && i < list->entry_count; i++) {
        const struct left_out_entry *entry = &list->entries[i];
        json_t *object = json_object();

        set(object, "reason", json_string(left_out_name(entry->reason)));
        set(object, "unit", json_string(left_out_unit_name(entry->unit, 1)));
        set(object, "count", number(entry->count));
        set(object, "uncounted", json_boolean(entry->is_uncounted));
        set(object, "scenarios", number(entry->scenario_count));
        set(object, "text", string(left_out_entry_text(entry)));
        (void)json_array_append_new(array, object);
    }
    return array;
}

/* Null where nothing was explored. The digest is text, since JSON's numbers have 53 bits in most
 * readers. */
static json_t *explored(const struct campaign_explore *explore)
{
    json_t *object;
    char digest[24];

    if (!campaign_explore_is_any(explore)) {
        return json_null();
    }
    object = json_object();
#define X(name) set(object, #name, number(explore->name));
    CAMPAIGN_EXPLORE_MAP(X)
#undef X
    set(object, "images_per_second", number(explore_text_rate(explore)));
    set(object, "not_judged", number(explore_text_unjudged(explore)));
    set(object, "peak_bytes", number(explore->peak_bytes));
    (void)snprintf(digest, sizeof(digest), "%016" PRIx64, explore->digest);
    set(object, "digest", json_string(digest));
    return object;
}

/* Counts only: percentages are for who reads them. */
static json_t *coverage(const struct campaign_coverage *row)
{
    json_t *object = json_object();

    set(object, "hits", number(row->hits));
    set(object, "reached", number(row->reached));
    set(object, "killed", number(row->killed));
    set(object, "kills", number(row->kills));
    set(object, "failed", number(row->failed));
    set(object, "planned", number(row->planned));
    set(object, "fired", number(row->fired));
    set(object, "checked", number(row->checked));
    set(object, "violations", number(row->violations));
    set(object, "image_violations", number(row->image_violations));
    return object;
}

/* By point name; points that nothing touched are left out of scenarios, kept in the whole. */
static json_t *coverage_table(const struct points *points, const struct campaign_coverage *rows,
                              bool with_untouched)
{
    json_t *object = json_object();

    for (uint32_t i = 0; object != NULL && i < points->count; i++) {
        if (with_untouched || rows[i].hits > 0 || rows[i].reached > 0 || rows[i].planned > 0) {
            set(object, points_name(points, i), coverage(&rows[i]));
        }
    }
    return object;
}

/* Both keys are always there; null says that the case had no fault. */
static void set_point(json_t *object, const char *target, uint32_t point, enum fault_kind kind)
{
    set(object, "point",
        point < POINTS_NONE ? json_string(points_name(points_of(target), point)) : json_null());
    set(object, "fault",
        point < POINTS_NONE && kind < FAULT_KIND_COUNT ? json_string(fault_kind_name(kind))
                                                       : json_null());
}

static void set_catch(json_t *object, const struct collect_scenario *seen)
{
    const struct campaign_scenario *scenario = &seen->scenario;

    set(object, "expect", json_properties(scenario->expect));
    set(object, "also", json_properties(scenario->also));
    set(object, "violated", json_properties(scenario->violated));
    set(object, "stopped_early", json_boolean(scenario->stopped_early));
    set(object, "first_catch_cases", number(scenario->first_catch_cases));
    set(object, "first_catch_us", number(scenario->first_catch_us));
    set(object, "first_catch_token",
        seen->caught_token == NULL ? json_null() : json_string(seen->caught_token));
    set(object, "control_run", number(scenario->control_run));
    set(object, "control_intact", number(scenario->control_intact));
}

/* Keys are only ever added: one that goes or changes its meaning needs another
 * JSON_SCHEMA_VERSION. */
static json_t *scenario_object(const struct collect_scenario *seen)
{
    const struct campaign_scenario *scenario = &seen->scenario;
    json_t *object = json_object();
    char hash[16];

    (void)snprintf(hash, sizeof(hash), "%06" PRIx32, scenario->hash24);
    set(object, "name", string(scenario->name));
    set(object, "path", string(scenario->path));
    set(object, "hash", json_string(hash));
    set(object, "seed", hex(scenario->seed));
    set(object, "target", string(scenario->target[0] == '\0' ? "engine" : scenario->target));
    set(object, "switches", string(scenario->switches));
    set(object, "as_expected", json_boolean(scenario->passed_all));
    set(object, "ended", json_boolean(seen->has_ended));
    set(object, "cut_short", json_boolean(scenario->is_cut_short));
    set(object, "sympathy", json_boolean(scenario->is_sympathy));
    set(object, "verdict", string(scenario->verdict));
    set(object, "enumerated", number(scenario->enumerated));
    set(object, "planned", number(scenario->planned));
    set(object, "run", number(scenario->run));
    set(object, "passed", number(scenario->passed));
    set(object, "failed", number(scenario->failed));
    set(object, "skipped", number(scenario->skipped));
    set(object, "left_out", left_out(&scenario->left_out));
    set(object, "outcomes", outcomes(scenario->outcomes));
    set(object, "reached_wanted", events(scenario->reached_wanted));
    set(object, "reached", events(scenario->reached));
    set(object, "duration_us", number(scenario->duration_us));
    set_catch(object, seen);
    set(object, "pass", number(scenario->pass));
    set(object, "explore", explored(&scenario->explore));
    set(object, "coverage", coverage_table(points_of(scenario->target), scenario->coverage, false));
    return object;
}

static json_t *cell_object(const struct collect_scenario *seen, const struct collect_cell *cell)
{
    json_t *object = json_object();

    set(object, "scenario", string(seen->scenario.name));
    set(object, "seed", hex(seen->scenario.seed));
    set(object, "role", json_string(campaign_role_name(cell->role)));
    set_point(object, seen->scenario.target, cell->point, cell->kind);
    set(object, "cases", number(cell->cases));
    set(object, "passed", number(cell->passed));
    set(object, "failed", number(cell->failed));
    set(object, "broken", number(cell->broken));
    set(object, "skipped", number(cell->skipped));
    set(object, "outcomes", outcomes(cell->outcomes));
    set(object, "duration_us", number(cell->duration_us));
    return object;
}

static json_t *failure_object(const struct collect_scenario *seen,
                              const struct collect_failure *failure)
{
    json_t *object = json_object();

    set(object, "scenario", string(seen->scenario.name));
    set(object, "role", json_string(campaign_role_name(failure->role)));
    set(object, "outcome", json_string(outcome_name(failure->outcome)));
    set(object, "violated", json_properties(failure->violated));
    set(object, "mechanisms", mechanisms(failure->mechanisms));
    set_point(object, seen->scenario.target, failure->point, failure->kind);
    set(object, "token", string(failure->token));
    set(object, "detail", string(failure->detail));
    return object;
}

static void set_counts(json_t *object, const struct campaign_cause *cause)
{
    const struct points *points = points_of(cause->simplest.target);
    json_t *kinds = json_object();
    json_t *places = json_object();

    for (uint32_t i = 0; i <= FAULT_KIND_COUNT; i++) {
        if (cause->kinds[i] > 0) {
            set(kinds, i == FAULT_KIND_COUNT ? "none" : fault_kind_name((enum fault_kind)i),
                number(cause->kinds[i]));
        }
    }
    for (uint32_t i = 0; i < points->count; i++) {
        if (cause->points[i] > 0) {
            set(places, points_name(points, i), number(cause->points[i]));
        }
    }
    set(object, "faults", kinds);
    set(object, "points", places);
}

static json_t *simplest_object(const struct campaign_simplest *simplest)
{
    json_t *object = json_object();

    set(object, "scenario", string(simplest->scenario));
    set(object, "rounds", number(simplest->round_count));
    set(object, "faults", number(simplest->fault_count));
    set(object, "messages", number(simplest->message_count));
    set(object, "items_lost", number(simplest->lost_count));
    set(object, "token", string(simplest->token));
    set(object, "detail", string(simplest->detail));
    return object;
}

static json_t *source_object(const struct campaign_source *source)
{
    json_t *object = json_object();

    set(object, "file", string(source->file));
    set(object, "line", number(source->line));
    set(object, "function", string(source->function));
    return object;
}

/* What it is by the runs before; null: nobody knows. */
static void set_state(json_t *object, const struct campaign_cause *cause)
{
    bool is_known = cause->state != CAMPAIGN_STATE_NONE;

    set(object, "state", is_known ? json_string(campaign_state_name(cause->state)) : json_null());
    set(object, "since", is_known ? string(cause->since) : json_null());
    set(object, "seen_runs", number(cause->seen_runs));
    set(object, "covered_runs", number(cause->covered_runs));
}

static json_t *past_array(const struct campaign_history *history, enum campaign_state state)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < history->past_count; i++) {
        const struct campaign_past *past = &history->pasts[i];

        if (past->state == state) {
            json_t *object = json_object();

            set(object, "fingerprint", string(past->fingerprint));
            set(object, "text", string(past->text));
            set(object, "since", string(past->since));
            set(object, "last_seen", string(past->last_seen));
            set(object, "token", string(past->token));
            (void)json_array_append_new(array, object);
        }
    }
    return array;
}

/* Causes of the runs before that this one did not see; null: they are not known. */
static json_t *history_object(const struct campaign_history *history)
{
    json_t *object;

    if (!history->is_known && history->note[0] == '\0') {
        return json_null();
    }
    object = json_object();
    set(object, "known", json_boolean(history->is_known));
    set(object, "runs", number(history->runs));
    set(object, "compared_with", text_or_null(history->compared_with));
    set(object, "resolved", past_array(history, CAMPAIGN_STATE_RESOLVED));
    set(object, "rare", past_array(history, CAMPAIGN_STATE_RARE));
    set(object, "not_covered", past_array(history, CAMPAIGN_STATE_NONE));
    set(object, "resolved_count", number(history->past_counts[CAMPAIGN_STATE_RESOLVED]));
    set(object, "rare_count", number(history->past_counts[CAMPAIGN_STATE_RARE]));
    set(object, "not_covered_count", number(history->past_counts[CAMPAIGN_STATE_NONE]));
    set(object, "note", string(history->note));
    return object;
}

static json_t *cause_object(const struct campaign_cause *cause)
{
    json_t *object = json_object();
    bool has_mechanism = cause->mechanism < MECHANISM_COUNT;
    json_t *scenarios = json_array();
    char text[CAUSE_TEXT_SIZE_BYTES];

    for (uint32_t i = 0; i < cause->scenario_count && i < CAMPAIGN_CAUSE_SCENARIOS_MAX; i++) {
        (void)json_array_append_new(scenarios, json_string(cause->scenarios[i]));
    }
    (void)cause_text_name(cause, text, sizeof(text));
    set(object, "fingerprint", json_string(cause->fingerprint));
    set(object, "text", string(text));
    set_state(object, cause);
    set(object, "mechanism",
        has_mechanism ? json_string(mechanism_name(cause->mechanism)) : json_null());
    set(object, "property",
        has_mechanism ? json_string(property_name(mechanism_property(cause->mechanism)))
                      : json_null());
    set(object, "outcome", json_string(outcome_name(cause->outcome)));
    set(object, "function", cause->function[0] == '\0' ? json_null() : string(cause->function));
    set(object, "place", json_string(mechanism_place_name(cause->place)));
    set(object, "is_name", json_boolean(cause->is_name));
    set(object, "merged", mechanisms(cause->merged));
    set(object, "mechanisms", mechanisms(cause->mechanisms));
    set(object, "cases", number(cause->case_count));
    set(object, "scenario_count", number(cause->scenario_count));
    set(object, "scenarios", scenarios);
    set_counts(object, cause);
    set(object, "simplest", simplest_object(&cause->simplest));
    set(object, "source", cause->source.line == 0 ? json_null() : source_object(&cause->source));
    set(object, "caller", cause->caller.line == 0 ? json_null() : source_object(&cause->caller));
    set(object, "capsule", cause->capsule[0] == '\0' ? json_null() : string(cause->capsule));
    return object;
}

/* What was cut, dropped or interrupted stands beside the counts: a document that looks whole is
 * whole. */
static json_t *totals_object(const struct collect *collect, const struct campaign_summary *summary)
{
    json_t *object = json_object();
    bool is_complete = summary->is_complete && !collect_is_incomplete(collect);

    set(object, "scenarios", number(summary->scenario_count));
    set(object, "passed", number(summary->passed));
    set(object, "failed", number(summary->failed));
    set(object, "skipped", number(summary->skipped));
    set(object, "left_out", left_out(&summary->left_out));
    set(object, "unexpected_scenarios", number(summary->unexpected));
    set(object, "unreached_points", number(summary->unreached_points));
    set(object, "causes", number(summary->cause_count + summary->causes_dropped));
    set(object, "failures_dropped", number(collect_failures_dropped(collect)));
    set(object, "duration_us", number(summary->duration_us));
    set(object, "budget_us", number(summary->budget_us));
    set(object, "passes", number(summary->passes));
    set(object, "cut_by_budget", json_boolean(summary->is_cut));
    set(object, "interrupted", json_boolean(summary->interrupted));
    set(object, "harness_broken", json_boolean(summary->harness_broken));
    set(object, "self_test", json_boolean(summary->is_self_test));
    set(object, "whole_suite", json_boolean(summary->whole_suite));
    set(object, "complete", json_boolean(is_complete));
    set(object, "exit_code", json_integer(summary->exit_code));
    return object;
}

/* What ran and where; null: not known. */
/* A part of a suite is a "shard"; all of them made one run is "merged". */
static json_t *shard(const struct campaign_summary *summary)
{
    const struct campaign_shard *from = &summary->shard;
    json_t *object = json_object();

    if (from->index > 0) {
        set(object, "i", json_integer(from->index));
        set(object, "from", text_or_null(from->from));
    }
    set(object, "n", json_integer(from->count));
    set(object, "suite", text_or_null(from->suite));
    set(object, "weights", text_or_null(from->weights));
    set(object, "parts", json_integer(summary->part_count));
    return object;
}

static json_t *identity(const struct campaign_summary *summary)
{
    const struct campaign_identity *from = &summary->identity;
    json_t *object = json_object();

    set(object, "revision", text_or_null(from->revision));
    set(object, "dirty", json_boolean(from->is_dirty));
    set(object, "program_hash", text_or_null(from->program_hash));
    set(object, "worker_hash", text_or_null(from->worker_hash));
    set(object, "compiler", text_or_null(from->compiler));
    set(object, "flags", text_or_null(from->flags));
    set(object, "system", text_or_null(from->system));
    set(object, "cores", number(from->cores));
    set(object, "memory_bytes", number(from->memory_bytes));
    set(object, "file_system", text_or_null(summary->stores.file_system));
    set(object, "rocketmq", real_place_json(from->real, from->real_count));
    return object;
}

/* The small objects come first, so that the head of the file is its summary. */
static void write_head(struct out *out, const struct collect *collect,
                       const struct campaign_summary *summary)
{
    struct campaign_coverage rows[POINTS_MAX];
    json_t *audit = json_null();

    (void)fprintf(out->stream,
                  "{\n\"schema_version\": %d,\n\"version\": \"%s\",\n\"seed\": \"%" PRIx64
                  "\",\n\"totals\": ",
                  JSON_SCHEMA_VERSION, KILLPOINT_VERSION, collect_seed(collect));
    value(out, totals_object(collect, summary));
    text(out, ",\n\"identity\": ");
    value(out, identity(summary));
    if (summary->shard.count > 0) {
        text(out, summary->shard.index > 0 ? ",\n\"shard\": " : ",\n\"merged\": ");
        value(out, shard(summary));
    }
    text(out, ",\n\"stores\": ");
    value(out, string(summary->stores.place));
    text(out, ",\n\"canary\": ");
    value(out, json_pack("{sbsbsbso}", "run", (int)summary->canary_run, "caught",
                         (int)summary->canary_caught, "engine_failed", (int)summary->canary_failed,
                         "text", string(summary->canary_text)));
    text(out, ",\n\"audit\": ");
    if (summary->audited) {
        audit = json_object();
        set(audit, "syscalls", number(summary->audit_syscalls));
        set(audit, "unannounced", number(summary->audit_unannounced));
    }
    value(out, audit);
    text(out, ",\n\"history\": ");
    value(out, history_object(&summary->history));
    text(out, ",\n\"explore\": ");
    value(out, explored(&summary->explore));
    const struct points *points = collect_coverage(collect, rows);
    text(out, ",\n\"coverage\": ");
    value(out, coverage_table(points, rows, true));
}

/* Every list but the causes goes over the scenarios. */
static void write_list(struct out *out, const char *name, const struct collect *collect,
                       void (*write)(struct out *out, const struct collect_scenario *seen))
{
    begin_list(out, name);
    for (uint32_t i = 0; i < collect_scenario_count(collect); i++) {
        write(out, collect_scenario_at(collect, i));
    }
    end_list(out);
}

static void write_scenario(struct out *out, const struct collect_scenario *seen)
{
    element(out, scenario_object(seen));
}

static void write_cells(struct out *out, const struct collect_scenario *seen)
{
    for (uint32_t i = 0; i < seen->cell_count; i++) {
        element(out, cell_object(seen, &seen->cells[i]));
    }
}

static void write_failures(struct out *out, const struct collect_scenario *seen)
{
    for (uint32_t i = 0; i < seen->failure_count; i++) {
        element(out, failure_object(seen, &seen->failures[i]));
    }
}

/* Written object by object: the model is in memory already, and the document would be as large
 * again. */
int json_write(FILE *stream, const struct collect *collect, const struct campaign_summary *summary,
               struct err *err)
{
    struct out out = {.stream = stream, .separator = ""};

    errno = 0;
    write_head(&out, collect, summary);
    write_list(&out, "scenarios", collect, write_scenario);
    write_list(&out, "cells", collect, write_cells);
    write_list(&out, "failures", collect, write_failures);
    begin_list(&out, "causes");
    for (uint32_t i = 0; i < summary->cause_count; i++) {
        element(&out, cause_object(&summary->causes[i]));
    }
    end_list(&out);
    text(&out, "\n}\n");
    if ((fflush(stream) != 0 || ferror(stream) != 0) && out.code == 0) {
        out.code = errno == 0 ? -EIO : -errno;
    }
    if (out.code != 0) {
        return err_set(err, out.code, "write the JSON report: %s", strerrordesc_np(-out.code));
    }
    return 0;
}
