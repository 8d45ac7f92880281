/* Writes runs/UTC-id/ while a campaign runs. */
#include "harness/archive/run_dir.h"

#include "harness/archive/past_runs.h"
#include "harness/archive/whole_file.h"
#include "store/base/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/random.h>
#include <sys/stat.h>

#include <jansson.h>

#define PATH_SIZE_BYTES 512
#define NAME_SIZE_BYTES 64
#define LATEST          "latest"
#define LATEST_NEW      ".latest.new"

struct run_dir {
    struct run_dir_options options;
    char name[NAME_SIZE_BYTES];
    char path[PATH_SIZE_BYTES];
    int root_fd;
    int fd;
    struct whole_file results;
    json_t *scenarios; /* a row each, or NULL */
    uint64_t seed;
    uint32_t workers;
    time_t began;
    uint64_t results_count;
    uint64_t results_dropped;
    uint64_t failure_count;
    bool has_failures_dir;
    bool is_finished;
    struct err first; /* code 0: none */
};

/* Keeps the first error. Errors come after the fact, while cases run on: the first one says what
 * went wrong, the others follow from it. */
static void note(struct run_dir *dir, int r, const struct err *err)
{
    if (r < 0 && dir->first.code == 0) {
        dir->first = *err;
        dir->first.code = r;
    }
}

/* As `mkdir -p`: a part that exists is fine, whoever made it meanwhile. */
static int make_dirs(const char *path, struct err *err)
{
    char part[PATH_SIZE_BYTES];

    if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part)) {
        return err_set(err, -ENAMETOOLONG, "path of the run directories is too long");
    }
    for (char *at = part + 1;; at++) {
        char kept = *at;

        if (kept != '/' && kept != '\0') {
            continue;
        }
        *at = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            return err_set(err, -errno, "make directory '%s': %s", part, strerrordesc_np(errno));
        }
        *at = kept;
        if (kept == '\0') {
            return 0;
        }
    }
}

/* All else is relative to this descriptor: a program that is told to work elsewhere still writes
 * here. */
static int open_dir_at(int at_fd, const char *path, int *ret_fd, struct err *err)
{
    int fd = openat(at_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return err_set(err, -errno, "open directory '%s': %s", path, strerrordesc_np(errno));
    }
    *ret_fd = fd;
    return 0;
}

/* UTC time and three random bytes: unique without a lock. Two campaigns may begin within one
 * second; names sort by time all the same. */
static void make_name(struct run_dir *dir)
{
    uint8_t id[3];
    struct tm utc;
    size_t length;

    dir->began = time(NULL);
    (void)gmtime_r(&dir->began, &utc);
    if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id)) {
        uint32_t pid = (uint32_t)getpid();

        memcpy(id, &pid, sizeof(id));
    }
    length = strftime(dir->name, sizeof(dir->name), "%Y-%m-%dT%H%M%SZ", &utc);
    (void)snprintf(dir->name + length, sizeof(dir->name) - length, "-%02x%02x%02x", id[0], id[1],
                   id[2]);
}

/* mkdirat without a check before: of two with one name, one fails. */
static int open_in_root(struct run_dir *dir, struct err *err)
{
    int r = make_dirs(dir->options.root, err);

    if (r < 0) {
        return r;
    }
    r = open_dir_at(AT_FDCWD, dir->options.root, &dir->root_fd, err);
    if (r < 0) {
        return r;
    }
    make_name(dir);
    if ((size_t)snprintf(dir->path, sizeof(dir->path), "%s/%s", dir->options.root, dir->name) >=
        sizeof(dir->path)) {
        return err_set(err, -ENAMETOOLONG, "path of the run directory is too long");
    }
    if (mkdirat(dir->root_fd, dir->name, 0777) != 0) {
        return err_set(err, -errno, "make directory '%s': %s", dir->path, strerrordesc_np(errno));
    }
    r = open_dir_at(dir->root_fd, dir->name, &dir->fd, err);
    if (r < 0) {
        return r;
    }
    return whole_file_begin(&dir->results, dir->fd, "results.jsonl", err);
}

int run_dir_open(const struct run_dir_options *options, struct run_dir **ret_dir, struct err *err)
{
    struct run_dir *dir = calloc(1, sizeof(*dir));
    int r;

    if (dir == NULL) {
        return err_set(err, -ENOMEM, "no memory for the run directory");
    }
    dir->options = *options;
    if (dir->options.results_max == 0) {
        dir->options.results_max = RUN_DIR_RESULTS_MAX_DEFAULT;
    }
    if (dir->options.failures_max == 0) {
        dir->options.failures_max = RUN_DIR_FAILURES_MAX_DEFAULT;
    }
    dir->root_fd = -1;
    dir->fd = -1;
    r = open_in_root(dir, err);
    if (r < 0) {
        run_dir_free(dir);
        return r;
    }
    *ret_dir = dir;
    return 0;
}

/* results.jsonl of a campaign that was not finished stays under its temporary name: whoever reads
 * the directory sees that it is incomplete. */
struct run_dir *run_dir_free(struct run_dir *dir)
{
    if (dir == NULL) {
        return NULL;
    }
    if (dir->results.stream != NULL) {
        (void)fclose(dir->results.stream);
    }
    json_decref(dir->scenarios);
    if (dir->fd >= 0) {
        (void)close(dir->fd);
    }
    if (dir->root_fd >= 0) {
        (void)close(dir->root_fd);
    }
    free(dir);
    return NULL;
}

const char *run_dir_path(const struct run_dir *dir)
{
    return dir->path;
}

static json_t *property_names(uint32_t bits)
{
    json_t *list = json_array();

    for (uint32_t i = 0; list != NULL && i < PROPERTY_COUNT; i++) {
        if ((bits & (UINT32_C(1) << i)) != 0) {
            (void)json_array_append_new(list, json_string(property_name((enum property)i)));
        }
    }
    return list;
}

static json_t *mechanism_names(uint64_t set)
{
    json_t *list = json_array();

    for (uint32_t i = 0; list != NULL && i < MECHANISM_COUNT; i++) {
        if ((set >> i & 1) != 0) {
            (void)json_array_append_new(list, json_string(mechanism_name((enum mechanism)i)));
        }
    }
    return list;
}

/* Hashes are text in JSON: its numbers have 53 bits in most readers. */
static json_t *hash_text(uint64_t hash)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%016" PRIx64, hash);
    return json_string(digits);
}

static json_t *number(uint64_t count)
{
    return json_integer((json_int_t)count);
}

/* Takes `value` over.  One that was not made for want of memory leaves its key out. */
static void set(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

/* The line of results.jsonl.  The token holds scenario, seed, switches, points, hits and faults. */
static json_t *case_object(const struct campaign_case *ended, const char *token)
{
    json_t *object = json_object();

    set(object, "token", json_string(token));
    set(object, "role", json_string(campaign_role_name(ended->role)));
    set(object, "outcome", json_string(outcome_name(ended->end.outcome)));
    set(object, "passed", json_boolean(ended->passed));
    set(object, "violated", property_names(ended->end.violated));
    set(object, "mechanisms", mechanism_names(ended->end.mechanisms));
    set(object, "fired", json_integer(ended->fired_count));
    set(object, "checked", json_boolean(ended->end.checked));
    set(object, "signal", json_integer(ended->end.signal));
    set(object, "us", number(ended->duration_us));
    set(object, "acked", json_integer(ended->end.acked_count));
    set(object, "found", json_integer(ended->end.found_count));
    set(object, "crashed_hash", hash_text(ended->end.crashed_hash));
    set(object, "recovered_hash", hash_text(ended->end.recovered_hash));
    return object;
}

/* A line each, flushed with the file: a campaign of a million cases keeps none of them in
 * memory. */
static int write_result(struct run_dir *dir, const char *path, const struct campaign_case *ended,
                        const char *token, struct err *err)
{
    json_t *object = case_object(ended, token);
    int r = 0;

    /* Where its scenario is, for who runs again what failed.  A path need not be UTF-8. */
    if (!ended->passed) {
        set(object, "path", json_string(path));
    }

    errno = 0;
    if (object == NULL) {
        return err_set(err, -ENOMEM, "no memory for a result");
    }
    if (json_dumpf(object, dir->results.stream, JSON_COMPACT | JSON_ENSURE_ASCII) != 0 ||
        fputc('\n', dir->results.stream) == EOF) {
        r = err_set(err, errno == 0 ? -EIO : -errno, "write '%s/results.jsonl': %s", dir->path,
                    strerrordesc_np(errno));
    }
    json_decref(object);
    return r;
}

/* The property that names a failure's directory; the outcome where there is none. */
static const char *first_word(const struct campaign_case *ended)
{
    for (uint32_t i = 0; i < PROPERTY_COUNT; i++) {
        if ((ended->end.violated & (UINT32_C(1) << i)) != 0) {
            return property_name((enum property)i);
        }
    }
    return outcome_name(ended->end.outcome);
}

static int write_text(int dir_fd, const char *name, const char *text, const char *ending,
                      struct err *err)
{
    struct whole_file file;
    int r = whole_file_begin(&file, dir_fd, name, err);

    if (r < 0) {
        return r;
    }
    /* An error here is found again by finish. */
    (void)fprintf(file.stream, "%s%s", text, ending);
    return whole_file_finish(&file, err);
}

static int make_failures_dir(struct run_dir *dir, struct err *err)
{
    if (dir->has_failures_dir) {
        return 0;
    }
    if (mkdirat(dir->fd, "failures", 0777) != 0) {
        return err_set(err, -errno, "make directory '%s/failures': %s", dir->path,
                       strerrordesc_np(errno));
    }
    dir->has_failures_dir = true;
    return 0;
}

/* The directory is filled under a name that begins with a dot, then renamed. A directory half
 * filled would be taken for a failure without a detail. The temporary one of a run that died is
 * used again. */
static int write_failure(struct run_dir *dir, const struct campaign_scenario *scenario,
                         const struct campaign_case *ended, const char *token, struct err *err)
{
    char name[PATH_SIZE_BYTES];
    char temporary[] = "failures/.new";
    int fd = -1;
    int r = make_failures_dir(dir, err);

    if (r < 0) {
        return r;
    }
    (void)snprintf(name, sizeof(name), "failures/%03" PRIu64 "-%s-%s", dir->failure_count + 1,
                   first_word(ended), scenario->name);
    if (mkdirat(dir->fd, temporary, 0777) != 0 && errno != EEXIST) {
        return err_set(err, -errno, "make directory '%s/%s': %s", dir->path, name,
                       strerrordesc_np(errno));
    }
    r = open_dir_at(dir->fd, temporary, &fd, err);
    if (r < 0) {
        return r;
    }
    r = write_text(fd, "TOKEN", token, "\n", err);
    if (r == 0) {
        r = write_text(fd, "detail.txt", ended->end.detail, "\n", err);
    }
    if (r == 0 && renameat(dir->fd, temporary, dir->fd, name) != 0) {
        r = err_set(err, -errno, "rename to '%s': %s", name, strerrordesc_np(errno));
    }
    (void)close(fd);
    return r;
}

static void on_campaign_began(void *arg, uint32_t scenario_count, uint64_t seed, uint32_t workers)
{
    struct run_dir *dir = arg;

    (void)scenario_count;
    dir->seed = seed;
    dir->workers = workers;
}

/* A skipped case is no failure: it was not judged, and its line in results.jsonl says so. */
static void on_case_ended(void *arg, const struct campaign_scenario *scenario,
                          const struct campaign_case *ended, const char *token)
{
    struct run_dir *dir = arg;
    struct err err = ERR_INIT;

    /* After an error nothing more is written: one clear sentence, not a thousand. */
    if (dir->first.code != 0) {
        return;
    }
    if (dir->results_count < dir->options.results_max) {
        dir->results_count++;
        note(dir, write_result(dir, scenario->path, ended, token, &err), &err);
    } else {
        dir->results_dropped++;
    }
    if (!ended->passed && ended->end.outcome != OUTCOME_SKIPPED) {
        if (dir->failure_count < dir->options.failures_max) {
            note(dir, write_failure(dir, scenario, ended, token, &err), &err);
        }
        dir->failure_count++;
    }
}

/* Whoever begins the next run learns from it what to expect. */
static void on_scenario_ended(void *arg, const struct campaign_scenario *scenario)
{
    struct run_dir *dir = arg;
    json_t *row = past_runs_row_json(scenario, dir->workers);

    if (row == NULL) {
        return;
    }
    if (dir->scenarios == NULL) {
        dir->scenarios = json_array();
    }
    (void)json_array_append_new(dir->scenarios, row);
}

struct listener run_dir_listener(struct run_dir *dir)
{
    return (struct listener){.arg = dir,
                             .campaign_began = on_campaign_began,
                             .case_ended = on_case_ended,
                             .scenario_ended = on_scenario_ended};
}

/* Null where nobody knows. */
static json_t *text_or_null(const char *text)
{
    return *text == '\0' ? json_null() : json_string(text);
}

/* Two runs can be told apart, and be compared, only by what ran and where. */
static void set_identity(json_t *object, const struct run_dir *dir,
                         const struct campaign_summary *summary)
{
    const struct campaign_identity *from = &summary->identity;
    json_t *build = json_object();
    json_t *host = json_object();

    set(build, "revision", text_or_null(from->revision));
    set(build, "dirty", json_boolean(from->is_dirty));
    set(build, "program_hash", text_or_null(from->program_hash));
    set(build, "worker_hash", text_or_null(from->worker_hash));
    set(build, "compiler", text_or_null(from->compiler));
    set(build, "flags", text_or_null(from->flags));
    set(object, "build", build);
    set(host, "system", text_or_null(from->system));
    set(host, "cores", json_integer(from->cores));
    set(host, "memory_bytes", number(from->memory_bytes));
    set(host, "workers", json_integer(dir->workers));
    set(host, "file_system", text_or_null(summary->stores.file_system));
    set(object, "host", host);
}

static json_t *explore_object(const struct campaign_explore *explore)
{
    json_t *object = json_object();

#define X(name) set(object, #name, number(explore->name));
    CAMPAIGN_EXPLORE_MAP(X)
#undef X
    set(object, "peak_bytes", number(explore->peak_bytes));
    set(object, "digest", hash_text(explore->digest));
    return object;
}

/* What was dropped is counted beside what is there: no limit is silent. */
static json_t *totals_object(const struct run_dir *dir, const struct campaign_summary *summary)
{
    json_t *object = json_object();

    set(object, "scenarios", json_integer(summary->scenario_count));
    set(object, "passed", number(summary->passed));
    set(object, "failed", number(summary->failed));
    set(object, "skipped", number(summary->skipped));
    set(object, "causes", number(summary->cause_count + summary->causes_dropped));
    set(object, "duration_us", number(summary->duration_us));
    set(object, "budget_us", number(summary->budget_us));
    set(object, "passes", json_integer(summary->passes));
    set(object, "cut_by_budget", json_boolean(summary->is_cut));
    set(object, "interrupted", json_boolean(summary->interrupted));
    set(object, "canary_caught", json_boolean(summary->canary_caught));
    set(object, "exit_code", json_integer(summary->exit_code));
    set(object, "results", number(dir->results_count));
    set(object, "results_dropped", number(dir->results_dropped));
    set(object, "failures", number(dir->failure_count));
    return object;
}

static json_t *run_object(const struct run_dir *dir, const struct campaign_summary *summary)
{
    json_t *object = json_object();
    json_t *argv = json_array();
    char text[32];
    struct tm utc;

    set(object, "schema_version", json_integer(RUN_DIR_SCHEMA_VERSION));
    set(object, "version", json_string(dir->options.version));
    for (int i = 0; i < dir->options.argc; i++) {
        json_t *word = json_string(dir->options.argv[i]);

        /* A path that is not UTF-8 is not worth losing the file for. */
        (void)json_array_append_new(argv, word == NULL ? json_string("?") : word);
    }
    set(object, "argv", argv);
    (void)snprintf(text, sizeof(text), "%" PRIx64, dir->seed);
    set(object, "seed", json_string(text));
    (void)gmtime_r(&dir->began, &utc);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    set(object, "began", json_string(text));
    set_identity(object, dir, summary);
    set(object, "stores", json_string(summary->stores.place));
    set(object, "totals", totals_object(dir, summary));
    set(object, "usual", json_boolean(dir->options.is_usual));
    set(object, "scenarios", json_incref(dir->scenarios));
    if (campaign_explore_is_any(&summary->explore)) {
        set(object, "explore", explore_object(&summary->explore));
    }
    return object;
}

static int write_run(const struct run_dir *dir, const struct campaign_summary *summary,
                     struct err *err)
{
    json_t *object = run_object(dir, summary);
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    int r;

    json_decref(object);
    if (text == NULL) {
        return err_set(err, -ENOMEM, "no memory for run.json");
    }
    r = write_text(dir->fd, "run.json", text, "\n", err);
    free(text);
    return r;
}

/* A new link under another name, renamed over the old: `latest` is never missing. */
static int point_latest(const struct run_dir *dir, struct err *err)
{
    (void)unlinkat(dir->root_fd, LATEST_NEW, 0);
    if (symlinkat(dir->name, dir->root_fd, LATEST_NEW) != 0 ||
        renameat(dir->root_fd, LATEST_NEW, dir->root_fd, LATEST) != 0) {
        return err_set(err, -errno, "point '%s/" LATEST "' at '%s': %s", dir->options.root,
                       dir->name, strerrordesc_np(errno));
    }
    return 0;
}

/* `latest` is pointed here only when everything is in place: it never names a directory without its
 * run.json. */
int run_dir_finish(struct run_dir *dir, const struct campaign_summary *summary, struct err *err)
{
    struct err own = ERR_INIT;

    if (!dir->is_finished) {
        dir->is_finished = true;
        note(dir, whole_file_finish(&dir->results, &own), &own);
        note(dir, write_run(dir, summary, &own), &own);
        if (dir->first.code == 0) {
            note(dir, point_latest(dir, &own), &own);
        }
    }
    if (dir->first.code != 0) {
        return err_set(err, dir->first.code, "run directory '%s': %s", dir->path, dir->first.text);
    }
    return 0;
}
