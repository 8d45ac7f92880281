/* From causes to lines (cause_lines.h). */
#include "harness/cli/run/cause_lines.h"

#include "harness/story/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a story is told of. */
struct told {
    struct token token;
    struct scenario scenario;
};

static int load(struct told *told, const struct scenario *scenarios, uint32_t scenario_count,
                const char *text)
{
    uint32_t i = 0;
    int r = token_parse(text, &told->token, NULL);
    if (r < 0) {
        return r;
    }
    while (i < scenario_count && strcmp(scenarios[i].name, told->token.scenario) != 0) {
        i++;
    }
    if (i == scenario_count) {
        return ERR_USAGE;
    }
    told->scenario = scenarios[i];
    r = scenario_set_target(&told->scenario, told->token.target, NULL);
    for (uint32_t k = 0; r == 0 && k < told->token.switch_count; k++) {
        r = scenario_apply_switch(&told->scenario, told->token.switches[k], NULL);
    }
    return r;
}

static void take(const struct stack_frame *frame, struct campaign_source *ret_source)
{
    ret_source->line = frame->line;
    (void)snprintf(ret_source->file, sizeof(ret_source->file), "%s", frame->file);
    (void)snprintf(ret_source->function, sizeof(ret_source->function), "%s", frame->function);
}

void cause_lines_find(const struct scenario *scenarios, uint32_t scenario_count,
                      struct campaign_cause *causes, uint32_t cause_count)
{
    struct told *told = malloc(sizeof(*told));
    for (uint32_t i = 0; told != NULL && i < cause_count && i < CAUSE_LINES_MAX; i++) {
        struct campaign_cause *cause = &causes[i];
        struct story_source source;
        if (load(told, scenarios, scenario_count, cause->simplest.token) == 0 &&
            story_source(&told->scenario, &told->token, cause->mechanism, &source, NULL) == 0) {
            take(&source.at, &cause->source);
            take(&source.caller, &cause->caller);
        }
    }
    free(told);
}
