/* Cases without a file (candidate.h). */
#include "harness/shrink/candidate.h"

#include "harness/scenario/scenario_print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int print(const struct scenario *scenario, char **ret_text, size_t *ret_size)
{
    FILE *file = open_memstream(ret_text, ret_size);
    if (file == NULL) {
        return -ENOMEM;
    }
    int r = scenario_print(scenario, file);
    return fclose(file) == 0 ? r : -ENOMEM;
}

int candidate_settle(struct candidate *candidate, struct err *err)
{
    char path[SCENARIO_PATH_SIZE_BYTES];
    char *text = NULL;
    size_t size = 0;
    int r = print(&candidate->scenario, &text, &size);
    if (r < 0) {
        free(text);
        return err_set(err, r, "out of memory");
    }
    (void)snprintf(path, sizeof(path), "%s", candidate->scenario.path);
    r = scenario_parse(text, size, path, &candidate->scenario, err);
    free(text);
    if (r < 0) {
        return r;
    }
    (void)snprintf(candidate->token.scenario, sizeof(candidate->token.scenario), "%s",
                   candidate->scenario.name);
    candidate->token.hash24 = candidate->scenario.hash24;
    return 0;
}

int candidate_apply(const struct candidate *candidate, struct scenario *ret_scenario,
                    struct err *err)
{
    const struct token *token = &candidate->token;
    *ret_scenario = candidate->scenario;
    int r = scenario_set_target(ret_scenario, token->target, err);
    for (uint32_t i = 0; r == 0 && i < token->switch_count; i++) {
        r = scenario_apply_switch(ret_scenario, token->switches[i], err);
    }
    return r;
}

static uint32_t count_dropped(const struct loss *loss)
{
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < loss->item_count; i++) {
        dropped += loss_keeps(loss, i) ? 0 : 1;
    }
    return dropped;
}

struct candidate_size candidate_size(const struct candidate *candidate)
{
    const struct scenario *scenario = &candidate->scenario;
    const struct plan *plan = &candidate->token.plan;
    char text[TOKEN_TEXT_SIZE_BYTES];
    struct candidate_size size = {
        .rounds = scenario_round_count(scenario),
        .faults = plan_hit_count(plan),
        .messages = scenario_message_count(scenario),
        .phases = scenario->phase_count,
        .queues = scenario->topics * scenario->queues,
        .token_length = (uint32_t)token_print(&candidate->token, text, sizeof(text)),
    };
    size.rounds = plan->round_count > size.rounds ? plan->round_count : size.rounds;
    for (uint32_t r = 0; r < plan->round_count; r++) {
        size.steps += plan->rounds[r].before_count;
        for (uint32_t i = 0; i < plan->rounds[r].hit_count; i++) {
            const struct fault *fault = &plan->rounds[r].hits[i].fault;
            size.dropped += fault->kind == FAULT_POWER_LOSS ? count_dropped(&fault->loss) : 0;
        }
    }
    return size;
}
