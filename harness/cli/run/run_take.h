/* What the options of `run` whose values are words set in the campaign: functions for rows of its
 * option table (harness/cli/options.h).  Each returns 0, or ERR_USAGE with the word that it does
 * not take. */
#ifndef HARNESS_CLI_RUN_RUN_TAKE_H
#define HARNESS_CLI_RUN_RUN_TAKE_H

#include "store/base/err.h"

/* `campaign` is a struct supervisor_options; switches are kept as they are given, not copied. */
int run_take_depth(void *campaign, const char *value, struct err *err);
int run_take_switch(void *campaign, const char *value, struct err *err);
int run_take_profile(void *campaign, const char *value, struct err *err);
/* May be given more than once: then both are broken. */
int run_take_break(void *campaign, const char *value, struct err *err);
/* The default, said aloud: takes back a --max-failures before it, a uint64_t. */
int run_take_keep_going(void *failures_max, const char *value, struct err *err);

#endif
