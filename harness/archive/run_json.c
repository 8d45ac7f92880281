/* The objects of run.json. */
#include "harness/archive/run_json.h"

#include "harness/archive/whole_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* Takes `value` over.  One that was not made for want of memory leaves its key out. */
static void set(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

static json_t *number(uint64_t count)
{
    return json_integer((json_int_t)count);
}

/* Null where nobody knows. */
static json_t *text_or_null(const char *text)
{
    return *text == '\0' ? json_null() : json_string(text);
}

json_t *run_json_hash(uint64_t hash)
{
    char digits[24];

    if (hash == 0) {
        return json_null();
    }
    (void)snprintf(digits, sizeof(digits), "%016" PRIx64, hash);
    return json_string(digits);
}

/* Two runs can be told apart, and be compared, only by what ran and where. */
static void set_identity(json_t *object, const struct run_json_begun *begun)
{
    static const struct campaign_identity unknown;
    const struct campaign_identity *from = begun->identity == NULL ? &unknown : begun->identity;
    json_t *build = json_object();
    json_t *host = json_object();

    set(build, "revision", text_or_null(from->revision));
    set(build, "dirty", json_boolean(from->is_dirty));
    set(build, "program_hash", text_or_null(from->program_hash));
    set(build, "worker_hash", text_or_null(from->worker_hash));
    set(build, "compiler", text_or_null(from->compiler));
    set(build, "flags", text_or_null(from->flags));
    set(build, "rocketmq", real_place_json(from->real, from->real_count));
    set(object, "build", build);
    set(host, "system", text_or_null(from->system));
    set(host, "cores", json_integer(from->cores));
    set(host, "memory_bytes", number(from->memory_bytes));
    set(host, "workers", json_integer(begun->workers));
    set(object, "host", host);
}

/* A part of a suite is a "shard"; all of them made one run is "merged". */
static void set_shard(json_t *object, const struct campaign_shard *shard)
{
    json_t *part = json_object();

    if (shard->index > 0) {
        set(part, "i", json_integer(shard->index));
        set(part, "from", text_or_null(shard->from));
    }
    set(part, "n", json_integer(shard->count));
    set(part, "suite", text_or_null(shard->suite));
    set(part, "weights", text_or_null(shard->weights));
    set(object, shard->index > 0 ? "shard" : "merged", part);
}

json_t *run_json_begin(const struct run_json_begun *begun)
{
    json_t *object = json_object();
    json_t *argv = json_array();
    char text[32];
    struct tm utc;

    set(object, "schema_version", json_integer(RUN_JSON_SCHEMA_VERSION));
    set(object, "version", json_string(begun->version));
    for (int i = 0; i < begun->argc; i++) {
        json_t *word = json_string(begun->argv[i]);

        /* A path that is not UTF-8 is not worth losing the file for. */
        (void)json_array_append_new(argv, word == NULL ? json_string("?") : word);
    }
    set(object, "argv", argv);
    (void)snprintf(text, sizeof(text), "%" PRIx64, begun->seed);
    set(object, "seed", json_string(text));
    (void)gmtime_r(&begun->began, &utc);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    set(object, "began", json_string(text));
    set_identity(object, begun);
    set(object, "usual", json_boolean(begun->is_usual));
    if (begun->shard != NULL && begun->shard->count > 0) {
        set_shard(object, begun->shard);
    }
    return object;
}

/* What has no line in results.jsonl is counted beside what has: an image that passed, a failure
 * like those before it, what came after the last that was wanted. */
static json_t *totals_object(const struct run_json_counts *counts,
                             const struct campaign_summary *summary)
{
    uint64_t cases = summary->passed + summary->failed + summary->skipped;
    json_t *object = json_object();

    set(object, "scenarios", json_integer(summary->scenario_count));
    set(object, "passed", number(summary->passed));
    set(object, "failed", number(summary->failed));
    set(object, "skipped", number(summary->skipped));
    set(object, "causes", number(summary->cause_count + summary->causes_dropped));
    set(object, "unexpected_scenarios", json_integer(summary->unexpected));
    set(object, "duration_us", number(summary->duration_us));
    set(object, "budget_us", number(summary->budget_us));
    set(object, "passes", json_integer(summary->passes));
    set(object, "cut_by_budget", json_boolean(summary->is_cut));
    set(object, "interrupted", json_boolean(summary->interrupted));
    set(object, "complete", json_boolean(summary->is_complete));
    set(object, "canary_caught", json_boolean(summary->canary_caught));
    set(object, "exit_code", json_integer(summary->exit_code));
    set(object, "results", number(counts->results));
    set(object, "results_dropped", number(counts->results_dropped));
    set(object, "cases_without_result",
        number(cases > counts->results ? cases - counts->results : 0));
    set(object, "failures", number(counts->failures));
    set(object, "failures_kept", number(counts->failures_kept));
    return object;
}

static const char *state_of(const struct campaign_summary *summary)
{
    if (summary->interrupted) {
        return "interrupted";
    }
    return summary->is_broken_off ? "broken-off" : "ended";
}

void run_json_end(json_t *run, const struct run_json_counts *counts,
                  const struct campaign_summary *summary, json_t *rows, json_t *hashes)
{
    set(run, "state", json_string(state_of(summary)));
    set(run, "stores", json_string(summary->stores.place));
    set(json_object_get(run, "host"), "file_system", text_or_null(summary->stores.file_system));
    set(run, "totals", totals_object(counts, summary));
    set(run, "scenarios", json_incref(rows));
    set(run, "hashes", json_incref(hashes));
}

void run_json_kill(json_t *run, uint64_t results)
{
    json_t *totals = json_object();

    set(totals, "interrupted", json_true());
    set(totals, "complete", json_false());
    set(totals, "results", number(results));
    set(run, "state", json_string("killed"));
    set(run, "totals", totals);
}

int run_json_write(const json_t *run, int dir_fd, const char *name, struct err *err)
{
    struct whole_file file;
    char *text = json_dumps(run, JSON_INDENT(2) | JSON_ENSURE_ASCII);

    if (text == NULL) {
        return err_set(err, -ENOMEM, "no memory for %s", name);
    }
    int r = whole_file_begin(&file, dir_fd, name, err);
    if (r == 0) {
        /* An error here is found again by finish. */
        (void)fprintf(file.stream, "%s\n", text);
        r = whole_file_finish(&file, err);
    }
    free(text);
    return r;
}
