/* From the archive of one run to the words of the next (last_failed.h). */
#include "harness/cli/run/last_failed.h"

#include "harness/archive/last_run.h"
#include "harness/campaign/replay.h"
#include "harness/capsule/capsule_manifest.h"
#include "harness/cli/exit_code.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct last_failed {
    struct last_failed_call call;
    struct last_run run;
    char *list[LAST_RUN_SCENARIOS_MAX + 1];
    char target[POINTS_TARGET_SIZE_BYTES];
    char switches[TOKEN_SWITCHES_MAX][TOKEN_SWITCH_SIZE_BYTES];
    uint64_t passed;
    uint64_t failed;
    /* Of one token at a time: */
    struct scenario scenario;
    struct campaign_scenario described;
    struct token token;
    struct campaign_case ended;
};

struct last_failed *last_failed_free(struct last_failed *last)
{
    free(last);
    return NULL;
}

/* What to load: the file that the run had, else the name. */
static char **words_of(struct last_failed *last, int *ret_count)
{
    struct last_run *run = &last->run;
    for (uint32_t i = 0; i < run->scenario_count; i++) {
        bool has_file = run->paths[i][0] != '\0' && access(run->paths[i], F_OK) == 0;
        last->list[i] = has_file ? run->paths[i] : run->scenarios[i];
    }
    *ret_count = (int)run->scenario_count;
    return last->list;
}

static void say(const struct last_failed *last)
{
    const struct last_run *run = &last->run;
    const char *word = run->is_interrupted ? " (interrupted)" : "";
    if (run->path[0] == '\0') {
        (void)printf("no run is in '%s'\n", last->call.runs);
    } else if (run->scenario_count == 0) {
        (void)printf("nothing failed in the last run, %s%s\n", run->path, word);
    } else {
        (void)printf(
            "LAST FAILED in %s%s: %" PRIu64 " %s of %" PRIu32 " %s; first %" PRIu32 " of them\n",
            run->path, word, run->failed, run->failed == 1 ? "case" : "cases", run->scenario_count,
            run->scenario_count == 1 ? "scenario" : "scenarios", run->token_count);
    }
}

static bool is_of_campaign(const char *word)
{
    return strncmp(word, "weave/", 6) != 0; /* of a single case */
}

/* The token's target and switches, as those of a campaign. */
static void take_call(struct last_failed *last, const struct token *token)
{
    struct supervisor_options *campaign = last->call.campaign;
    (void)snprintf(last->target, sizeof(last->target), "%s", token->target);
    for (uint32_t i = 0; i < token->switch_count; i++) {
        if (is_of_campaign(token->switches[i])) {
            memcpy(last->switches[campaign->switch_count], token->switches[i],
                   sizeof(last->switches[0]));
            campaign->switches[campaign->switch_count] = last->switches[campaign->switch_count];
            campaign->switch_count++;
        }
    }
}

/* What the last run was called with decides what failed in it.  Any of its tokens has it, but those
 * of a defect's controls. */
static void take_options(struct last_failed *last)
{
    struct supervisor_options *campaign = last->call.campaign;
    bool is_given = campaign->switch_count > 0 || *last->call.target != NULL;
    if (campaign->seed == last->call.seed_default) {
        campaign->seed = last->run.seed;
    }
    for (uint32_t i = 0; i < last->run.token_count && !is_given; i++) {
        if (!last->run.is_control[i] && token_parse(last->run.tokens[i], &last->token, NULL) == 0) {
            take_call(last, &last->token);
            is_given = true;
        }
    }
    if (last->target[0] != '\0' && strcmp(last->target, "engine") != 0) {
        *last->call.target = last->target;
    }
    for (uint32_t i = 0; i < campaign->switch_count; i++) {
        (void)printf("  with --switch %s\n", campaign->switches[i]);
    }
}

int last_failed_load(const struct last_failed_call *call, struct last_failed **ret_last,
                     struct err *err)
{
    int count = 0;
    struct last_failed *last = calloc(1, sizeof(*last));
    if (last == NULL) {
        return err_set(err, -ENOMEM, "no memory for the last run");
    }
    last->call = *call;
    *ret_last = last;
    int r = last_run_read(call->runs, &last->run, err);
    if (r < 0) {
        return r;
    }
    say(last);
    char **words = words_of(last, &count);
    if (count == 0) {
        return 0;
    }
    take_options(last);
    return scenario_files_load(call->files, words, count, err);
}

static int load_token(struct last_failed *last, const char *text, struct err *err)
{
    const struct scenario_files *files = last->call.files;
    int r = token_parse(text, &last->token, err);
    if (r < 0) {
        return r;
    }
    uint32_t i = 0;
    while (i < files->count && strcmp(files->scenarios[i].name, last->token.scenario) != 0) {
        i++;
    }
    if (i == files->count) {
        return err_set(err, ERR_USAGE, "its scenario is not there");
    }
    last->scenario = files->scenarios[i];
    r = scenario_set_target(&last->scenario, last->token.target, err);
    if (r == 0 && last->scenario.hash24 != last->token.hash24) {
        r = err_set(err, ERR_USAGE, "it is of another version of its scenario");
    }
    if (r == 0 && scenario_is_threaded(&last->scenario)) {
        r = err_set(err, ERR_USAGE, "no two runs of threads, or of another program, are the same");
    }
    for (uint32_t k = 0; r == 0 && k < last->token.switch_count; k++) {
        r = scenario_apply_switch(&last->scenario, last->token.switches[k], err);
    }
    return r;
}

static void tell(struct last_failed *last, const struct listener *archive, const char *text)
{
    if (archive->case_ended == NULL) {
        return;
    }
    memset(&last->described, 0, sizeof(last->described));
    (void)snprintf(last->described.name, sizeof(last->described.name), "%s", last->scenario.name);
    (void)snprintf(last->described.path, sizeof(last->described.path), "%s", last->scenario.path);
    archive->case_ended(archive->arg, &last->described, &last->ended, text);
}

static int run_one(struct last_failed *last, const struct listener *archive, const char *text)
{
    struct err err = ERR_INIT;
    uint32_t identical = 0;
    char said[512];
    const struct replay_options replay = {.scenario = &last->scenario,
                                          .token = &last->token,
                                          .dir = last->call.campaign->dir,
                                          .timeout_ms = last->call.campaign->timeout_ms};
    int r = load_token(last, text, &err);
    if (r == 0) {
        r = replay_run(&replay, &last->ended, &identical, &err);
    }
    if (r < 0) {
        (void)printf("  %-12s %s\n    %s\n", "not run", text, err.text);
        return r == -ENOMEM ? r : 0;
    }
    last->passed += last->ended.passed ? 1 : 0;
    last->failed += last->ended.passed ? 0 : 1;
    capsule_manifest_say(&last->ended.end, said, sizeof(said));
    (void)printf("  %-12s %s\n    %s\n", last->ended.passed ? "now passes" : "still fails", text,
                 said);
    tell(last, archive, text);
    return 0;
}

int last_failed_replay(struct last_failed *last, const struct listener *archive, struct err *err)
{
    for (uint32_t i = 0; i < last->run.token_count && !last->call.campaign->dry_run; i++) {
        int r = run_one(last, archive, last->run.tokens[i]);
        if (r < 0) {
            return err_set(err, r, "run the cases that failed");
        }
        (void)fflush(stdout);
    }
    return 0;
}

void last_failed_add(const struct last_failed *last, struct campaign_summary *summary)
{
    summary->passed += last->passed;
    summary->failed += last->failed;
    if (last->failed > 0 &&
        (summary->exit_code == EXIT_CODE_OK || summary->exit_code == EXIT_CODE_NOTHING)) {
        summary->exit_code = EXIT_CODE_FAILED;
    }
}
