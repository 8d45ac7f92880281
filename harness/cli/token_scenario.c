/* From a token to its scenario (token_scenario.h). */
#include "harness/cli/token_scenario.h"

#include "harness/cli/scenario_files.h"

#include <inttypes.h>

int token_scenario_load(const struct token *token, const char *text, const char *path,
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
    if (token->hash24 != ret_scenario->hash24) {
        return err_set(err, ERR_USAGE,
                       "token was made for another version of scenario '%s' (%06" PRIx32
                       ", this one is %06" PRIx32 ")",
                       token->scenario, token->hash24, ret_scenario->hash24);
    }
    return 0;
}
