/* One directory a cause (capsule_keep.h). */
#include "harness/capsule/capsule_keep.h"

#include "harness/archive/whole_file.h"
#include "harness/capsule/capsule_make.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#define PATH_SIZE_BYTES CAPSULE_KEEP_PATH_SIZE_BYTES
/* Threads may need a few runs to fail again. */
#define TRIES_MAX 3

struct keeping {
    const struct capsule_keep_options *options;
    struct campaign_cause *cause;
    char dir[PATH_SIZE_BYTES];
    char trace_path[PATH_SIZE_BYTES];
    struct token token;
    struct scenario scenario;
    struct campaign_case ended;
};

static int make_dir(const char *path, struct err *err)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST
               ? 0
               : err_set(err, -errno, "make directory '%s': %s", path, strerror(errno));
}

static int write_text(const struct keeping *keeping, const char *name, const char *text,
                      struct err *err)
{
    char path[PATH_SIZE_BYTES + 32];
    struct whole_file file;
    (void)snprintf(path, sizeof(path), "%s/%s", keeping->dir, name);
    int r = whole_file_begin(&file, AT_FDCWD, path, err);
    if (r < 0) {
        return r;
    }
    /* What fails here is found again by finish. */
    (void)fprintf(file.stream, "%s\n", text);
    return whole_file_finish(&file, err);
}

static int load(struct keeping *keeping, struct err *err)
{
    const struct capsule_keep_options *options = keeping->options;
    uint32_t i = 0;
    int r = token_parse(keeping->cause->simplest.token, &keeping->token, err);
    if (r < 0) {
        return r;
    }
    while (i < options->scenario_count &&
           strcmp(options->scenarios[i].name, keeping->token.scenario) != 0) {
        i++;
    }
    if (i == options->scenario_count) {
        return err_set(err, ERR_USAGE, "scenario '%s' is none of a file's",
                       keeping->token.scenario);
    }
    keeping->scenario = options->scenarios[i];
    r = scenario_set_target(&keeping->scenario, keeping->token.target, err);
    for (uint32_t k = 0; r == 0 && k < keeping->token.switch_count; k++) {
        r = scenario_apply_switch(&keeping->scenario, keeping->token.switches[k], err);
    }
    return r;
}

/* Images of a run of threads are made of the trace that was kept of it. */
static const char *trace_of(struct keeping *keeping)
{
    (void)snprintf(keeping->trace_path, sizeof(keeping->trace_path), "%.300s/%s-%" PRIx64 ".trace",
                   keeping->options->run_dir, keeping->token.scenario, keeping->token.seed);
    bool is_lost = keeping->cause->simplest.lost_count > 0 ||
                   strstr(keeping->cause->simplest.token, "power-loss") != NULL;
    return scenario_is_threaded(&keeping->scenario) && is_lost &&
                   access(keeping->trace_path, F_OK) == 0
               ? keeping->trace_path
               : NULL;
}

static int make(struct keeping *keeping, struct err *err)
{
    const struct capsule_keep_options *options = keeping->options;
    char path[PATH_SIZE_BYTES + 32];
    uint32_t identical = 0;
    int r = load(keeping, err);
    if (r < 0) {
        return r;
    }
    (void)snprintf(path, sizeof(path), "%s/case.capsule", keeping->dir);
    const struct replay_options replay = {.scenario = &keeping->scenario,
                                          .token = &keeping->token,
                                          .dir = options->dir,
                                          .timeout_ms = options->timeout_ms,
                                          .trace_path = trace_of(keeping)};
    const struct capsule_make_options how = {
        .path = path, .made_by = options->made_by, .no_bodies = options->no_bodies};
    for (uint32_t i = 0; i < TRIES_MAX; i++) {
        r = capsule_make(&replay, &how, &keeping->ended, &identical, err);
        if (r < 0) {
            return r;
        }
        if (!keeping->ended.passed) {
            (void)snprintf(keeping->cause->capsule, sizeof(keeping->cause->capsule), "%.500s",
                           path);
            return 0;
        }
    }
    (void)unlink(path);
    return err_set(err, ERR_USAGE, "run again, the case did not fail");
}

const char *capsule_keep_path(const char *run_dir, uint32_t number,
                              const struct campaign_cause *cause,
                              char path[CAPSULE_KEEP_PATH_SIZE_BYTES])
{
    const char *word = cause->mechanism == MECHANISM_COUNT ? outcome_name(cause->outcome)
                                                           : mechanism_name(cause->mechanism);
    (void)snprintf(path, CAPSULE_KEEP_PATH_SIZE_BYTES, "%.380s/causes/%02" PRIu32 "-%s", run_dir,
                   number, word);
    return path;
}

static int keep(struct keeping *keeping, uint32_t number, struct err *err)
{
    const struct campaign_cause *cause = keeping->cause;
    struct err own = ERR_INIT;
    (void)capsule_keep_path(keeping->options->run_dir, number, cause, keeping->dir);
    int r = make_dir(keeping->dir, err);
    if (r < 0) {
        return r;
    }
    r = write_text(keeping, "TOKEN", cause->simplest.token, err);
    if (r < 0) {
        return r;
    }
    r = write_text(keeping, "detail.txt", cause->simplest.detail, err);
    if (r < 0) {
        return r;
    }
    r = make(keeping, &own);
    return r < 0 ? write_text(keeping, "NO-CAPSULE", own.text, err) : 0;
}

int capsule_keep(const struct capsule_keep_options *options, struct campaign_cause *causes,
                 uint32_t cause_count, struct err *err)
{
    char path[PATH_SIZE_BYTES];
    if (cause_count == 0) {
        return 0;
    }
    struct keeping *keeping = calloc(1, sizeof(*keeping));
    if (keeping == NULL) {
        return err_set(err, -ENOMEM, "no memory for a capsule");
    }
    keeping->options = options;
    (void)snprintf(path, sizeof(path), "%.400s/causes", options->run_dir);
    int r = make_dir(path, err);
    for (uint32_t i = 0; r == 0 && i < cause_count && i < CAPSULE_KEEP_MAX; i++) {
        keeping->cause = &causes[i];
        r = causes[i].simplest.token[0] == '\0' ? 0 : keep(keeping, i + 1, err);
    }
    free(keeping);
    return r;
}
