/* The line of each cause: see story_causes.h. */
#include "harness/story/story_causes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take_frame(const struct stack_frame *frame, struct campaign_source *source)
{
    (void)snprintf(source->file, sizeof(source->file), "%s", frame->file);
    (void)snprintf(source->function, sizeof(source->function), "%s", frame->function);
    source->line = frame->line;
}

/* The scenario of the case, with the switches of its token. */
static bool find_scenario(const struct token *token, const struct scenario *scenarios,
                          uint32_t scenario_count, struct scenario *ret_scenario)
{
    uint32_t i = 0;
    while (i < scenario_count && (strcmp(scenarios[i].name, token->scenario) != 0 ||
                                  scenarios[i].hash24 != token->hash24)) {
        i++;
    }
    if (i == scenario_count) {
        return false;
    }
    *ret_scenario = scenarios[i];
    for (uint32_t k = 0; k < token->switch_count; k++) {
        if (scenario_apply_switch(ret_scenario, token->switches[k], NULL) < 0) {
            return false;
        }
    }
    return true;
}

static void find_source(struct campaign_cause *cause, const struct scenario *scenarios,
                        uint32_t scenario_count, struct token *token, struct scenario *scenario)
{
    struct story_source source = {0};
    struct err err = ERR_INIT;
    if (token_parse(cause->simplest.token, token, &err) < 0 ||
        !find_scenario(token, scenarios, scenario_count, scenario) ||
        story_source(scenario, token, cause->mechanism, &source, &err) < 0) {
        return;
    }
    take_frame(&source.at, &cause->source);
    take_frame(&source.caller, &cause->caller);
}

void story_causes_find(struct campaign_summary *summary, const struct scenario *scenarios,
                       uint32_t scenario_count, bool (*must_stop)(const void *arg), const void *arg)
{
    struct token *token = malloc(sizeof(*token));
    struct scenario *scenario = malloc(sizeof(*scenario));
    for (uint32_t i = 0; token != NULL && scenario != NULL && i < summary->cause_count &&
                         i < STORY_CAUSES_MAX && (must_stop == NULL || !must_stop(arg));
         i++) {
        find_source(&summary->causes[i], scenarios, scenario_count, token, scenario);
    }
    free(token);
    free(scenario);
}

int story_causes_tell(const struct campaign_cause *cause, const struct scenario *scenarios,
                      uint32_t scenario_count, struct story *ret_story, struct figures *ret_figures,
                      struct err *err)
{
    struct token *token = malloc(sizeof(*token));
    struct scenario *scenario = malloc(sizeof(*scenario));
    int r = token == NULL || scenario == NULL ? err_set(err, -ENOMEM, "out of memory")
                                              : token_parse(cause->simplest.token, token, err);
    if (r < 0) {
        goto out;
    }
    if (!find_scenario(token, scenarios, scenario_count, scenario)) {
        r = err_set(err, ERR_USAGE, "scenario '%s' is none of those that were run",
                    token->scenario);
        goto out;
    }
    r = story_tell_figures(scenario, token, cause->mechanism, ret_story, ret_figures, err);
out:
    free(token);
    free(scenario);
    return r;
}
