/* Writes runs/UTC-id/ while a campaign runs. */
#include "harness/archive/run_dir.h"

#include "harness/archive/past_runs.h"
#include "harness/archive/run_again.h"
#include "harness/archive/run_json.h"
#include "harness/archive/stale.h"
#include "harness/archive/whole_file.h"
#include "store/base/grow.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>

#include <jansson.h>

#define PATH_SIZE_BYTES 512
#define NAME_SIZE_BYTES 64
#define LATEST          "latest"
/* Of each kind of failure so many, however many there are of the kinds before it. */
#define KEPT_OF_A_KIND 2

/* How many failures of a scenario, with the same root or outcome, have a directory. */
struct kept {
    uint64_t kind;
    uint32_t count;
};

struct run_dir {
    struct run_dir_options options;
    char name[NAME_SIZE_BYTES];
    char path[PATH_SIZE_BYTES];
    int root_fd;
    int fd;
    struct whole_file results;
    json_t *scenarios;  /* a row each, or NULL */
    json_t *unexpected; /* name and path of those that failed, or NULL */
    json_t *hashes;     /* of each scenario, by its name, or NULL */
    struct run_json_begun begun;
    struct run_json_counts counts;
    struct kept *kept; /* the kinds of failures that have a directory */
    uint32_t kept_count;
    uint32_t kept_capacity;
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

/* UTC time, and behind it the fraction of the second in 24 bits: names sort in the order in which
 * the runs began, those of one second, too. */
static void make_name(struct run_dir *dir)
{
    struct timespec now;
    struct tm utc;
    size_t length;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    dir->begun.began = now.tv_sec;
    (void)gmtime_r(&dir->begun.began, &utc);
    length = strftime(dir->name, sizeof(dir->name), "%Y-%m-%dT%H%M%SZ", &utc);
    (void)snprintf(dir->name + length, sizeof(dir->name) - length, "-%06x",
                   (unsigned)(((uint64_t)now.tv_nsec << 24) / UINT64_C(1000000000)));
}

/* Of two that choose one name, one is told, and chooses again. */
static int make_dir_of_run(struct run_dir *dir, struct err *err)
{
    do {
        make_name(dir);
        if ((size_t)snprintf(dir->path, sizeof(dir->path), "%s/%s", dir->options.root, dir->name) >=
            sizeof(dir->path)) {
            return err_set(err, -ENAMETOOLONG, "path of the run directory is too long");
        }
        if (mkdirat(dir->root_fd, dir->name, 0777) == 0) {
            int r = open_dir_at(dir->root_fd, dir->name, &dir->fd, err);
            if (r == 0) {
                stale_hold(dir->fd);
            }
            return r;
        }
    } while (errno == EEXIST);
    return err_set(err, -errno, "make directory '%s': %s", dir->path, strerrordesc_np(errno));
}

/* A directory that is there already, of a run that was killed. */
static int go_on(struct run_dir *dir, struct err *err)
{
    if ((size_t)snprintf(dir->name, sizeof(dir->name), "%s", dir->options.again) >=
            sizeof(dir->name) ||
        (size_t)snprintf(dir->path, sizeof(dir->path), "%s/%s", dir->options.root, dir->name) >=
            sizeof(dir->path)) {
        return err_set(err, -ENAMETOOLONG, "path of the run directory is too long");
    }
    return run_again_open(dir->root_fd, dir->name, &dir->fd, &dir->begun.began, err);
}

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
    r = dir->options.again == NULL ? make_dir_of_run(dir, err) : go_on(dir, err);
    if (r < 0) {
        return r;
    }
    return whole_file_begin(&dir->results, dir->fd, RUN_DIR_RESULTS, err);
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
    json_decref(dir->unexpected);
    json_decref(dir->hashes);
    free(dir->kept);
    if (dir->fd >= 0 && !dir->is_finished && dir->counts.results == 0) {
        (void)stale_remove(dir->root_fd, dir->fd, dir->name);
    }
    if (dir->fd >= 0) {
        (void)close(dir->fd);
    }
    if (dir->root_fd >= 0) {
        (void)close(dir->root_fd);
    }
    free(dir);
    return NULL;
}

int run_dir_fd(const struct run_dir *dir)
{
    return dir->fd;
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
    set(object, "crashed_hash", run_json_hash(ended->end.crashed_hash));
    set(object, "recovered_hash", run_json_hash(ended->end.recovered_hash));
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
    (void)snprintf(name, sizeof(name), "failures/%03" PRIu64 "-%s-%s",
                   dir->counts.failures_kept + 1, first_word(ended), scenario->name);
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
    dir->counts.failures_kept += r == 0;
    (void)close(fd);
    return r;
}

/* One word for all failures of a scenario that are likely to have one cause. */
static uint64_t kind_of(const struct campaign_scenario *scenario, const struct campaign_case *ended)
{
    uint64_t kind = UINT64_C(0xcbf29ce484222325);

    for (const char *at = scenario->name; *at != '\0'; at++) {
        kind = (kind ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    }
    kind = (kind ^ (uint64_t)ended->end.outcome) * UINT64_C(0x100000001b3);
    return (kind ^ (uint64_t)mechanism_root(ended->end.mechanisms)) * UINT64_C(0x100000001b3);
}

/* Whether a failure gets a directory: the first of one kind must not take the room of all others.
 */
static bool is_kept(struct run_dir *dir, const struct campaign_scenario *scenario,
                    const struct campaign_case *ended)
{
    uint64_t kind = kind_of(scenario, ended);
    uint32_t i = 0;

    while (i < dir->kept_count && dir->kept[i].kind != kind) {
        i++;
    }
    if (i < dir->kept_count && dir->kept[i].count == KEPT_OF_A_KIND) {
        return false;
    }
    if (dir->counts.failures_kept >= dir->options.failures_max) {
        return false;
    }
    if (i == dir->kept_count) {
        if (grow_array((void **)&dir->kept, i, &dir->kept_capacity, sizeof(*dir->kept)) < 0) {
            return false;
        }
        dir->kept[dir->kept_count++] = (struct kept){kind, 0};
    }
    dir->kept[i].count++;
    return true;
}

/* Should the process be killed, this is what is known of its run. */
static int write_begun(const struct run_dir *dir, struct err *err)
{
    json_t *run = run_json_begin(&dir->begun);
    int r = run == NULL ? err_set(err, -ENOMEM, "no memory for " RUN_DIR_BEGUN)
                        : run_json_write(run, dir->fd, RUN_DIR_BEGUN, err);

    json_decref(run);
    return r;
}

static void on_campaign_began(void *arg, uint32_t scenario_count, uint64_t seed, uint32_t workers)
{
    struct run_dir *dir = arg;
    struct err err = ERR_INIT;

    (void)scenario_count;
    dir->begun.version = dir->options.version;
    dir->begun.identity = dir->options.identity;
    dir->begun.argc = dir->options.argc;
    dir->begun.argv = dir->options.argv;
    dir->begun.is_usual = dir->options.is_usual;
    dir->begun.seed = seed;
    dir->begun.workers = workers;
    dir->begun.shard = dir->options.shard;
    note(dir, write_begun(dir, &err), &err);
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
    if (dir->counts.results < dir->options.results_max) {
        dir->counts.results++;
        note(dir, write_result(dir, scenario->path, ended, token, &err), &err);
    } else {
        dir->counts.results_dropped++;
    }
    if (!ended->passed && ended->end.outcome != OUTCOME_SKIPPED) {
        if (is_kept(dir, scenario, ended)) {
            note(dir, write_failure(dir, scenario, ended, token, &err), &err);
        }
        dir->counts.failures++;
    }
}

/* Which version of the scenario a token of it names: years later, somebody may hold one. */
static void note_hash(struct run_dir *dir, const struct campaign_scenario *scenario)
{
    char digits[16];

    if (dir->hashes == NULL) {
        dir->hashes = json_object();
    }
    (void)snprintf(digits, sizeof(digits), "%06" PRIx32, scenario->hash24);
    set(dir->hashes, scenario->name, json_string(digits));
}

/* For `run --last-failed`: a scenario may fail without a case that does.  A path need not be UTF-8.
 */
static void note_unexpected(struct run_dir *dir, const struct campaign_scenario *scenario)
{
    json_t *row = json_object();

    if (scenario->passed_all || scenario->is_cut_short) {
        json_decref(row);
        return;
    }
    (void)json_object_set_new(row, "name", json_string(scenario->name));
    (void)json_object_set_new(row, "path", json_string(scenario->path));
    if (dir->unexpected == NULL) {
        dir->unexpected = json_array();
    }
    (void)json_array_append_new(dir->unexpected, row);
}

/* Whoever begins the next run learns from it what to expect. */
static void on_scenario_ended(void *arg, const struct campaign_scenario *scenario)
{
    struct run_dir *dir = arg;
    json_t *row = past_runs_row_json(scenario, dir->begun.workers);

    note_hash(dir, scenario);
    note_unexpected(dir, scenario);
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

/* A new link under a name of its own, renamed over the old: `latest` is never missing, and several
 * runs may end at once. */
static int point_latest(const struct run_dir *dir, struct err *err)
{
    char link[NAME_SIZE_BYTES + 16];

    (void)snprintf(link, sizeof(link), ".latest.%s", dir->name);
    (void)unlinkat(dir->root_fd, link, 0);
    if (symlinkat(dir->name, dir->root_fd, link) != 0 ||
        renameat(dir->root_fd, link, dir->root_fd, LATEST) != 0) {
        return err_set(err, -errno, "point '%s/" LATEST "' at '%s': %s", dir->options.root,
                       dir->name, strerrordesc_np(errno));
    }
    return 0;
}

static int write_run(const struct run_dir *dir, const struct campaign_summary *summary,
                     struct err *err)
{
    json_t *run = run_json_begin(&dir->begun);
    int r;

    if (run == NULL) {
        return err_set(err, -ENOMEM, "no memory for " RUN_DIR_JSON);
    }
    run_json_end(run, &dir->counts, summary, dir->scenarios, dir->hashes);
    if (dir->unexpected != NULL) {
        (void)json_object_set(run, "unexpected", dir->unexpected);
    }
    r = run_json_write(run, dir->fd, RUN_DIR_JSON, err);
    json_decref(run);
    if (r == 0) {
        (void)unlinkat(dir->fd, RUN_DIR_BEGUN, 0);
    }
    return r;
}

/* `latest` is pointed here only when everything is in place, and only at a run that came to its
 * end: who compares nights must not take half of one for a whole. */
int run_dir_finish(struct run_dir *dir, const struct campaign_summary *summary, struct err *err)
{
    struct err own = ERR_INIT;
    bool is_whole = !summary->interrupted && !summary->is_broken_off;

    if (!dir->is_finished) {
        dir->is_finished = true;
        note(dir, whole_file_finish(&dir->results, &own), &own);
        note(dir, write_run(dir, summary, &own), &own);
        if (dir->first.code == 0 && is_whole) {
            note(dir, point_latest(dir, &own), &own);
        }
    }
    if (dir->first.code != 0) {
        return err_set(err, dir->first.code, "run directory '%s': %s", dir->path, dir->first.text);
    }
    return 0;
}
