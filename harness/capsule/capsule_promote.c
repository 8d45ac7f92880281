/* From a capsule's scenario and token to a file, tried before it is given (capsule_promote.h). */
#include "harness/capsule/capsule_promote.h"

#include "harness/campaign/replay.h"
#include "harness/scenario/scenario_print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct promotion {
    const struct capsule *capsule;
    const struct capsule_promote_options *options;
    struct token token;
    struct scenario scenario;
    struct scenario again; /* as its text is read */
    char base_path[SCENARIO_PATH_SIZE_BYTES];
};

static int check_name(const char *name, struct err *err)
{
    size_t length = strlen(name);
    if (length == 0 || length >= TOKEN_NAME_SIZE_BYTES ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length) {
        return err_set(err, ERR_USAGE,
                       "'%.80s' cannot be a scenario's name: expected [a-z0-9-], as of a file "
                       "NAME.yaml",
                       name);
    }
    return 0;
}

/* What stands in the token alone would be lost. */
static int check_switches(const struct promotion *promotion, struct err *err)
{
    const struct scenario *scenario = &promotion->scenario;
    if (scenario_is_threaded(scenario)) {
        return err_set(err, ERR_USAGE,
                       "a run of threads, or of another program, is not repeated by its plan");
    }
    for (uint32_t i = 0; i < POINTS_MAX; i++) {
        if (scenario_skips(scenario, i)) {
            return err_set(err, ERR_USAGE, "no key of a scenario says skip/%s",
                           points_name(scenario->points, i));
        }
    }
    if (scenario->weave != 0) {
        return err_set(err, ERR_USAGE, "no key of a scenario says weave/N");
    }
    return 0;
}

/* A planted defect is to be caught; all else is a finding, to be mended. */
static bool is_planted(const struct scenario *scenario)
{
    return scenario->expect != 0;
}

/* The text of a plan has no summary but what it did. */
static void set_summary(struct promotion *promotion)
{
    const struct ending *end = &capsule_manifest(promotion->capsule)->end;
    char said[160];
    capsule_manifest_say(end, said, sizeof(said));
    (void)snprintf(promotion->scenario.summary, sizeof(promotion->scenario.summary),
                   "One case of %.64s, which was %.150s.", promotion->token.scenario, said);
}

static void set_case(struct promotion *promotion)
{
    struct scenario *scenario = &promotion->scenario;
    const struct ending *end = &capsule_manifest(promotion->capsule)->end;
    bool has_defect = is_planted(scenario);
    memcpy(scenario->name, promotion->options->name, strlen(promotion->options->name) + 1);
    set_summary(promotion);
    scenario->fault_count = 0;
    scenario->before_count = 0;
    scenario->depth = 1;
    scenario->is_explored = false;
    scenario->models = 0;
    scenario->audit_all = false;
    scenario->reached = 0; /* by a whole campaign, not by one case */
    scenario->has_seed = true;
    scenario->seed = promotion->token.seed;
    scenario->has_plan = true;
    scenario->plan = promotion->token.plan;
    scenario->plan.round_count = scenario->plan.round_count == 0 ? 1 : scenario->plan.round_count;
    /* What the defect breaks in the run without a fault, too. */
    scenario->also = has_defect ? (scenario->expect | scenario->also) & ~end->violated : 0;
    scenario->expect = has_defect ? end->violated : 0;
}

static int set_base(struct promotion *promotion, struct capsule_promoted *promoted, struct err *err)
{
    struct scenario *scenario = &promotion->scenario;
    const char *path = promotion->options->path;
    if (scenario->base[0] == '\0') {
        return 0;
    }
    if (path == NULL) {
        return err_set(err, ERR_USAGE,
                       "the scenario begins with a store, which needs a place "
                       "beside it: name a file by -o");
    }
    memcpy(promotion->base_path, scenario->base, sizeof(promotion->base_path));
    (void)snprintf(promoted->base_name, sizeof(promoted->base_name), "%s.tar.gz", scenario->name);
    const char *slash = strrchr(path, '/');
    int directory = slash == NULL ? 0 : (int)(slash + 1 - path);
    (void)snprintf(scenario->path, sizeof(scenario->path), "%s", path);
    int size =
        snprintf(scenario->base, sizeof(scenario->base), "%.*s%s", directory == 0 ? 2 : directory,
                 directory == 0 ? "./" : path, promoted->base_name);
    return size < 0 || (size_t)size >= sizeof(scenario->base)
               ? err_set(err, ERR_USAGE, "the path of the base is too long")
               : 0;
}

static int print(const struct promotion *promotion, char **ret_text, struct err *err)
{
    size_t size = 0;
    FILE *file = open_memstream(ret_text, &size);
    if (file == NULL) {
        return err_set(err, -ENOMEM, "no memory for a scenario");
    }
    (void)fprintf(file, "# Made by `promote` of a capsule by %s, of\n# %s\n",
                  capsule_manifest(promotion->capsule)->made_by,
                  capsule_token_text(promotion->capsule));
    int r = scenario_print(&promotion->scenario, file);
    if (fclose(file) != 0 && r == 0) {
        r = -ENOMEM;
    }
    return r < 0 ? err_set(err, r, "print the scenario") : 0;
}

/* What its text comes to, which is what others will run. */
static int try_it(struct promotion *promotion, struct capsule_promoted *promoted, struct err *err)
{
    uint32_t identical = 0;
    const struct ending *recorded = &capsule_manifest(promotion->capsule)->end;
    bool has_base = promotion->base_path[0] != '\0';
    int r = scenario_parse_over(promoted->text, strlen(promoted->text), promotion->options->name,
                                has_base ? promotion->base_path : NULL, &promotion->again, err);
    if (r < 0) {
        return r;
    }
    memcpy(promotion->token.scenario, promotion->again.name, sizeof(promotion->token.scenario));
    promotion->token.hash24 = promotion->again.hash24;
    const struct replay_options replay = {.scenario = &promotion->again,
                                          .token = &promotion->token,
                                          .dir = promotion->options->dir,
                                          .timeout_ms = promotion->options->timeout_ms};
    r = replay_run(&replay, &promoted->ended, &identical, err);
    if (r < 0) {
        return err_wrap(err, r, "the scenario made of it");
    }
    promoted->verdict = capsule_replay_verdict(recorded, &promoted->ended.end);
    if (promoted->verdict == CAPSULE_REPLAY_OTHER) {
        char then[160];
        char now[160];
        capsule_manifest_say(recorded, then, sizeof(then));
        capsule_manifest_say(&promoted->ended.end, now, sizeof(now));
        return err_set(err, ERR_USAGE, "not promoted: it was %s, and the scenario made of it is %s",
                       then, now);
    }
    return 0;
}

static int promote(struct promotion *promotion, struct capsule_promoted *promoted, struct err *err)
{
    int r = check_name(promotion->options->name, err);
    if (r < 0) {
        return r;
    }
    r = capsule_token(promotion->capsule, &promotion->token, err);
    if (r < 0) {
        return r;
    }
    r = capsule_scenario(promotion->capsule, &promotion->scenario, err);
    if (r < 0) {
        return r;
    }
    r = check_switches(promotion, err);
    if (r < 0) {
        return r;
    }
    set_case(promotion);
    r = set_base(promotion, promoted, err);
    if (r < 0) {
        return r;
    }
    r = print(promotion, &promoted->text, err);
    return r < 0 ? r : try_it(promotion, promoted, err);
}

int capsule_promote(const struct capsule *capsule, const struct capsule_promote_options *options,
                    struct capsule_promoted *ret_promoted, struct err *err)
{
    struct promotion *promotion = calloc(1, sizeof(*promotion));
    if (promotion == NULL) {
        return err_set(err, -ENOMEM, "no memory for a scenario");
    }
    promotion->capsule = capsule;
    promotion->options = options;
    memset(ret_promoted, 0, sizeof(*ret_promoted));
    int r = promote(promotion, ret_promoted, err);
    if (r < 0) {
        free(ret_promoted->text);
        ret_promoted->text = NULL;
    }
    free(promotion);
    return r;
}
