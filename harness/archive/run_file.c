/* From a word to a run directory. */
#include "harness/archive/run_file.h"

#include "harness/archive/run_dir.h"
#include "harness/base/input_file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

/* Of a report, as reports/json.h writes it: older ones lack fields that readers rely on. */
#define SCHEMA_VERSION_LEAST 3

/* They are called after their time; `latest` is one of them again. */
static int is_run(const struct dirent *entry)
{
    return entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
}

int run_file_list(const char *runs, char ***ret_names, size_t *ret_count, struct err *err)
{
    struct dirent **entries = NULL;
    int count = scandir(runs, &entries, is_run, alphasort);
    char **names;

    *ret_names = NULL;
    *ret_count = 0;
    if (count < 0) {
        return errno == ENOENT ? 0 : err_set(err, -errno, "read '%s': %s", runs, strerror(errno));
    }
    names = calloc((size_t)count + 1, sizeof(*names));
    for (int i = 0; i < count; i++) {
        if (names != NULL && (names[*ret_count] = strdup(entries[i]->d_name)) != NULL) {
            (*ret_count)++;
        }
        free(entries[i]);
    }
    free(entries);
    if (*ret_count < (size_t)count || names == NULL) {
        run_file_list_free(names, *ret_count);
        *ret_count = 0;
        return err_set(err, -ENOMEM, "no memory for the names in '%s'", runs);
    }
    *ret_names = names;
    return 0;
}

void run_file_list_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
}

static bool is_called(const char *name, const char *word)
{
    const char *id = strrchr(name, '-');

    return strncmp(name, word, strlen(word)) == 0 ||
           (id != NULL && *word != '\0' && strncmp(id + 1, word, strlen(word)) == 0);
}

/* One whose whole name it is comes before all that only begin so. */
static int choose(const char *runs, const char *word, char *const *names, size_t count,
                  const char **ret_name, struct err *err)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], word) == 0) {
            *ret_name = names[i];
            return 0;
        }
        if (is_called(names[i], word)) {
            *ret_name = names[i];
            found++;
        }
    }
    if (found == 0) {
        return err_set(err, ERR_USAGE,
                       "no run '%.100s' in '%s'%s%s (or name a directory, `latest`, `last`)", word,
                       runs, count == 0 ? ", which has none" : "; the newest is ",
                       count == 0 ? "" : names[count - 1]);
    }
    if (found > 1) {
        return err_set(err, ERR_USAGE,
                       "%zu runs in '%s' are called '%.100s…', such as %s: say more", found, runs,
                       word, *ret_name);
    }
    return 0;
}

static int find_by_name(const char *runs, const char *word, char *ret_path, struct err *err)
{
    char **names = NULL;
    size_t count = 0;
    const char *name = NULL;
    int r = run_file_list(runs, &names, &count, err);

    if (r < 0) {
        return r;
    }
    if (strcmp(word, "last") == 0 && count > 0) {
        name = names[count - 1];
    } else {
        r = choose(runs, word, names, count, &name, err);
    }
    if (r == 0 && snprintf(ret_path, RUN_FILE_PATH_SIZE_BYTES, "%s/%s", runs, name) >=
                      RUN_FILE_PATH_SIZE_BYTES) {
        r = err_set(err, -ENAMETOOLONG, "path of run '%s' is too long", name);
    }
    run_file_list_free(names, count);
    return r;
}

static bool is_dir(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* `latest` is a symbolic link; whoever joins two nights by their names wants the run's own. */
static int find_latest(const char *runs, char *ret_path, struct err *err)
{
    char link[RUN_FILE_PATH_SIZE_BYTES + 8];
    char resolved[PATH_MAX];
    const char *name;

    (void)snprintf(link, sizeof(link), "%s/latest", runs);
    if (realpath(link, resolved) == NULL) {
        return err_set(err, ERR_USAGE, "no run in '%s' came to its end yet: there is no `latest`",
                       runs);
    }
    name = strrchr(resolved, '/') + 1;
    if (snprintf(ret_path, RUN_FILE_PATH_SIZE_BYTES, "%s/%s", runs, name) >=
        RUN_FILE_PATH_SIZE_BYTES) {
        return err_set(err, -ENAMETOOLONG, "path of run '%s' is too long", name);
    }
    return 0;
}

int run_file_find(const char *runs, const char *word, char ret_path[RUN_FILE_PATH_SIZE_BYTES],
                  struct err *err)
{
    if (strcmp(word, "latest") == 0) {
        return find_latest(runs, ret_path, err);
    }
    if (strchr(word, '/') == NULL && !is_dir(word)) {
        return find_by_name(runs, word, ret_path, err);
    }
    if (!is_dir(word)) {
        return err_set(err, ERR_USAGE, "'%.200s' is not a directory of a run", word);
    }
    if (snprintf(ret_path, RUN_FILE_PATH_SIZE_BYTES, "%s", word) >= RUN_FILE_PATH_SIZE_BYTES) {
        return err_set(err, -ENAMETOOLONG, "path of run '%.100s…' is too long", word);
    }
    for (size_t i = strlen(ret_path); i > 1 && ret_path[i - 1] == '/'; i--) {
        ret_path[i - 1] = '\0';
    }
    return 0;
}

static int read_json(const char *path, json_t **ret_json, struct err *err)
{
    json_error_t where;
    FILE *file = NULL;
    int r = input_file_open(path, &file, err);

    if (r < 0) {
        return r;
    }
    *ret_json = json_loadf(file, JSON_REJECT_DUPLICATES, &where);
    (void)fclose(file); /* it was only read */
    if (*ret_json == NULL) {
        return err_set(err, ERR_CORRUPT, "%s:%d: %s", path, where.line, where.text);
    }
    return 0;
}

static int check_report(const struct run_file *file, const char *path, struct err *err)
{
    json_int_t version = json_integer_value(json_object_get(file->report, "schema_version"));

    if (!json_is_object(json_object_get(file->report, "totals")) ||
        !json_is_array(json_object_get(file->report, "causes"))) {
        return err_set(err, ERR_CORRUPT, "%s:1: not a report of `run --json`", path);
    }
    if (version < SCHEMA_VERSION_LEAST) {
        return err_set(err, ERR_CORRUPT, "%s:1: schema_version %lld, but %d is needed: made before",
                       path, (long long)version, SCHEMA_VERSION_LEAST);
    }
    return 0;
}

static int read_in_dir(const char *path, const char *name, json_t **ret_json, struct err *err)
{
    char inside[RUN_FILE_PATH_SIZE_BYTES + 32];

    (void)snprintf(inside, sizeof(inside), "%s/%s", path, name);
    return read_json(inside, ret_json, err);
}

/* Why there is no report is said by run.json, when there is one. */
static int explain_missing(const struct run_file *file, int r, struct err *err)
{
    const char *state = json_string_value(json_object_get(file->run, "state"));

    if (r != -ENOENT) {
        return r;
    }
    if (file->run == NULL) {
        return err_set(err, ERR_USAGE, "'%.200s' is not the directory of a run that has ended",
                       file->path);
    }
    return err_set(err, ERR_USAGE, "run '%.200s' has no report (state: %s)", file->path,
                   state == NULL ? "unknown" : state);
}

static int read_dir(struct run_file *file, struct err *err)
{
    char report[RUN_FILE_PATH_SIZE_BYTES + 32];
    const char *slash = strrchr(file->path, '/');
    int r = read_in_dir(file->path, RUN_DIR_JSON, &file->run, err);

    (void)snprintf(file->id, sizeof(file->id), "%.63s", slash == NULL ? file->path : slash + 1);
    if (r < 0 && r != -ENOENT) {
        return r;
    }
    r = read_in_dir(file->path, RUN_DIR_REPORT, &file->report, err);
    if (r < 0) {
        return explain_missing(file, r, err);
    }
    (void)snprintf(report, sizeof(report), "%s/%s", file->path, RUN_DIR_REPORT);
    return check_report(file, report, err);
}

static int read_lone(struct run_file *file, struct err *err)
{
    int r = read_json(file->path, &file->report, err);

    return r < 0 ? r : check_report(file, file->path, err);
}

static int read_found(const char *runs, const char *word, struct run_file *file, struct err *err)
{
    int r = run_file_find(runs, word, file->path, err);

    return r < 0 ? r : read_dir(file, err);
}

static bool is_file(const char *word)
{
    struct stat status;

    return stat(word, &status) == 0 && !S_ISDIR(status.st_mode);
}

int run_file_open(const char *runs, const char *word, struct run_file *ret_file, struct err *err)
{
    struct run_file file = {.report = NULL};
    int r;

    if (is_file(word)) {
        (void)snprintf(file.path, sizeof(file.path), "%s", word);
        r = read_lone(&file, err);
    } else {
        r = read_found(runs, word, &file, err);
    }
    if (r < 0) {
        run_file_done(&file);
        return r;
    }
    *ret_file = file;
    return 0;
}

void run_file_done(struct run_file *file)
{
    json_decref(file->report);
    json_decref(file->run);
    file->report = NULL;
    file->run = NULL;
}
