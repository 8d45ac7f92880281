/* Options against each other, and against the scenarios (run_check.h). */
#include "harness/cli/run/run_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

/* The switches must be words, and must fit each scenario, before anything runs. */
static int check_switches(const struct scenario_files *files,
                          const struct supervisor_options *campaign, struct err *err)
{
    struct scenario *copy = malloc(sizeof(*copy));
    int r = 0;

    if (copy == NULL) {
        return err_set(err, -ENOMEM, "no memory");
    }
    for (uint32_t i = 0; r == 0 && i < files->count; i++) {
        *copy = files->scenarios[i];
        for (uint32_t k = 0; r == 0 && k < campaign->switch_count; k++) {
            r = scenario_apply_switch(copy, campaign->switches[k], err);
        }
        if (r < 0) {
            (void)err_wrap(err, r, "scenario '%s'", copy->name);
        }
    }
    free(copy);
    return r;
}

static int check_dir(const char *dir, struct err *err)
{
    struct stat status;

    if (dir == NULL) {
        return 0;
    }
    if (stat(dir, &status) != 0) {
        return err_set(err, ERR_USAGE, "option '--dir': '%s': %s", dir, strerrordesc_np(errno));
    }
    if (!S_ISDIR(status.st_mode)) {
        return err_set(err, ERR_USAGE, "option '--dir': '%s' is not a directory", dir);
    }
    return 0;
}

/* Two options that say different things about the same. */
static int check_together(const struct supervisor_options *campaign, struct err *err)
{
    if (campaign->budget_ms != 0 && campaign->seed_count != 0) {
        return err_set(err, ERR_USAGE,
                       "options '--budget' and '--seeds': a budget takes seeds as its time allows");
    }
    return 0;
}

int run_check_options(const struct supervisor_options *campaign, struct err *err)
{
    int r = check_together(campaign, err);
    return r < 0 ? r : check_dir(campaign->dir, err);
}

int run_check_scenarios(struct scenario_files *files, const char *target,
                        const struct supervisor_options *campaign, struct err *err)
{
    int r = target == NULL ? 0 : scenario_files_set_target(files, target, err);
    return r < 0 ? r : check_switches(files, campaign, err);
}
