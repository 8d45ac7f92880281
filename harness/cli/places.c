/* Looks for the files that the command line needs. */
#include "harness/cli/places.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

static const char *environment(const char *name)
{
    const char *value = getenv(name); // NOLINT(concurrency-mt-unsafe): nothing sets it

    return value == NULL || *value == '\0' ? NULL : value;
}

static bool is_dir(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The directory of the running program, without a slash at the end; "" when unknown. */
static void program_dir(char path[PLACES_PATH_SIZE_BYTES])
{
    ssize_t length = readlink("/proc/self/exe", path, PLACES_PATH_SIZE_BYTES - 1);
    char *slash;

    path[length < 0 ? 0 : length] = '\0';
    slash = strrchr(path, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
}

static bool join(char path[PLACES_PATH_SIZE_BYTES], const char *dir, const char *name)
{
    return (size_t)snprintf(path, PLACES_PATH_SIZE_BYTES, "%s/%s", dir, name) <
           PLACES_PATH_SIZE_BYTES;
}

/* The tree that this file was compiled in. */
static void source_dir(char path[PLACES_PATH_SIZE_BYTES])
{
    const char *file = __FILE__;
    const char *end = strstr(file, "harness/cli/places.c");

    (void)snprintf(path, PLACES_PATH_SIZE_BYTES, "%.*s", end == NULL ? 0 : (int)(end - file), file);
}

int places_scenarios(char path[PLACES_PATH_SIZE_BYTES], struct err *err)
{
    const char *given = environment("KILLPOINT_SCENARIOS");
    char dir[PLACES_PATH_SIZE_BYTES];

    if (given != NULL) {
        if (!is_dir(given)) {
            return err_set(err, ERR_USAGE, "$KILLPOINT_SCENARIOS: '%s' is not a directory", given);
        }
        (void)snprintf(path, PLACES_PATH_SIZE_BYTES, "%s", given);
        return 0;
    }
    if (is_dir("scenarios")) {
        (void)snprintf(path, PLACES_PATH_SIZE_BYTES, "scenarios");
        return 0;
    }
    program_dir(dir);
    if (join(path, dir, "../share/killpoint/scenarios") && is_dir(path)) {
        return 0;
    }
    source_dir(dir);
    if (dir[0] != '\0' && join(path, dir, "scenarios") && is_dir(path)) {
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "there is no ./scenarios; set $KILLPOINT_SCENARIOS or name scenario files");
}

int places_worker(char path[PLACES_PATH_SIZE_BYTES], struct err *err)
{
    static const char *const below[] = {"killpoint-worker",
                                        "../libexec/killpoint/killpoint-worker"};
    const char *given = environment("KILLPOINT_WORKER");
    char dir[PLACES_PATH_SIZE_BYTES];

    if (given != NULL) {
        (void)snprintf(path, PLACES_PATH_SIZE_BYTES, "%s", given);
        return 0;
    }
    program_dir(dir);
    for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
        if (join(path, dir, below[i]) && access(path, X_OK) == 0) {
            return 0;
        }
    }
    return err_set(err, ERR_BROKEN, "killpoint-worker is not beside killpoint in '%s'", dir);
}

int places_bench(char path[PLACES_PATH_SIZE_BYTES], struct err *err)
{
    char worker[PLACES_PATH_SIZE_BYTES];
    int r = places_worker(worker, err);
    if (r < 0) {
        return r;
    }
    char *slash = strrchr(worker, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    if (!join(path, slash == NULL ? "." : worker, "killpoint-bench") || access(path, X_OK) < 0) {
        return err_set(err, ERR_BROKEN, "killpoint-bench is not beside the worker in '%.400s'",
                       slash == NULL ? "." : worker);
    }
    return 0;
}

const char *places_command(char path[PLACES_PATH_SIZE_BYTES])
{
    const char *given = environment("KILLPOINT_COMMAND");
    char dir[PLACES_PATH_SIZE_BYTES];
    char *found = NULL;

    (void)snprintf(path, PLACES_PATH_SIZE_BYTES, "%s", given == NULL ? "./run.sh" : given);
    if (given != NULL || access(path, X_OK) == 0) {
        return path;
    }
    program_dir(dir);
    if (join(path, dir, "../../run.sh") && access(path, X_OK) == 0) {
        found = realpath(path, NULL);
    }
    (void)snprintf(path, PLACES_PATH_SIZE_BYTES, "%s", found == NULL ? "killpoint" : found);
    free(found);
    return path;
}

const char *places_runs(void)
{
    const char *given = environment("KILLPOINT_RUNS");

    return given == NULL ? "runs" : given;
}
