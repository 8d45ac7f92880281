/* Words of a campaign's options. */
#include "harness/cli/run/run_take.h"

#include "harness/campaign/supervisor_options.h"
#include "harness/cli/options.h"

#include <string.h>

int run_take_depth(void *campaign, const char *value, struct err *err)
{
    struct supervisor_options *options = campaign;
    uint64_t depth = 0;
    int r;

    if (strcmp(value, "full") == 0) {
        options->depth_full = true;
        return 0;
    }
    r = options_count("depth", value, 1, 3, &depth, err);
    if (r == 0) {
        options->depth_override = (uint32_t)depth;
    }
    return r;
}

int run_take_switch(void *campaign, const char *value, struct err *err)
{
    struct supervisor_options *options = campaign;

    if (strlen(value) >= TOKEN_SWITCH_SIZE_BYTES) {
        return err_set(err, ERR_USAGE, "switch '%s' is too long", value);
    }
    if (options->switch_count == TOKEN_SWITCHES_MAX) {
        return err_set(err, ERR_USAGE, "more than %d switches", TOKEN_SWITCHES_MAX);
    }
    options->switches[options->switch_count++] = value;
    return 0;
}

int run_take_profile(void *campaign, const char *value, struct err *err)
{
    if (quirk_find_profile(value) == QUIRK_PROFILE_COUNT) {
        return err_set(err, ERR_USAGE, "'%s' is no profile (killpoint list profiles)", value);
    }
    return run_take_switch(campaign, value, err);
}

int run_take_break(void *campaign, const char *value, struct err *err)
{
    struct supervisor_options *options = campaign;

    if (strcmp(value, "image") == 0) {
        options->break_image = true;
    } else if (strcmp(value, "memo") == 0) {
        options->break_memo = true;
    } else {
        return err_set(err, ERR_USAGE, "option '--break': '%s' is not image or memo", value);
    }
    return 0;
}

int run_take_keep_going(void *failures_max, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    *(uint64_t *)failures_max = 0;
    return 0;
}
