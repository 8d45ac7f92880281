/* The scenario that a token was made of. */
#ifndef HARNESS_CLI_TOKEN_SCENARIO_H
#define HARNESS_CLI_TOKEN_SCENARIO_H

#include "harness/scenario/scenario.h"

/* Loads it from the file `path`, or, when that is NULL, from the suite by its name, for the token's
 * target; `text` is the token for errors.  Refuses another version of it, and says where that was
 * (old_version.h).  The token's switches are not applied yet.  0, ERR_USAGE, or -errno. */
int token_scenario_load(const struct token *token, const char *text, const char *path,
                        struct scenario *ret_scenario, struct err *err);
/* The same of any version: whoever asks for it must not take what it finds for the token's case. */
int token_scenario_load_any(const struct token *token, const char *text, const char *path,
                            struct scenario *ret_scenario, struct err *err);

#endif
