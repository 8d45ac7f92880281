/* From a token to its scenario (token_scenario.h). */
#include "harness/cli/token_scenario.h"

#include "harness/archive/old_version.h"
#include "harness/cli/places.h"
#include "harness/cli/scenario_files.h"

#include <inttypes.h>

int token_scenario_load_any(const struct token *token, const char *text, const char *path,
                            struct scenario *ret_scenario, struct err *err)
{
    int r = path != NULL ? scenario_load(path, ret_scenario, err)
                         : scenario_files_find(token->scenario, ret_scenario, err);
    if (r < 0) {
        return err_wrap(err, r, "token '%s'", text);
    }
    /* The token says what it was made for, whatever the scenario is for by itself. */
    r = scenario_set_target(ret_scenario, token->target, err);
    if (r < 0) {
        return err_wrap(err, r, "token '%s'", text);
    }
    return 0;
}

int token_scenario_load(const struct token *token, const char *text, const char *path,
                        struct scenario *ret_scenario, struct err *err)
{
    char found[OLD_VERSION_TEXT_SIZE_BYTES];
    char command[PLACES_PATH_SIZE_BYTES];
    int r = token_scenario_load_any(token, text, path, ret_scenario, err);
    if (r < 0 || token->hash24 == ret_scenario->hash24) {
        return r;
    }
    (void)old_version_find(token, places_runs(), ret_scenario->path, found);
    return err_set(err, ERR_USAGE,
                   "token was made for another version of scenario '%s' (%06" PRIx32
                   ", this one is %06" PRIx32 "): %s; '%.100s run %s' runs this one, and replay "
                   "--anyway tries the token's plan on it",
                   token->scenario, token->hash24, ret_scenario->hash24, found,
                   places_command(command), path == NULL ? token->scenario : path);
}
