/* killpoint why: a token or a capsule in, the story of its case out. */
#include "harness/capsule/capsule.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/token_scenario.h"
#include "harness/story/story_json.h"
#include "reports/screen.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#define WIDTH_MAX 100u

struct session {
    const char *scenario_path;
    bool is_json;
    const char *text; /* the token or the path of the capsule, as given */
    struct token token;
    struct scenario scenario;
    struct story story;
    struct figures figures;
};

static const struct options_row rows[] = {
    {0, "scenario", "FILE", "the scenario's file, when it is not in the suite",
     OPTIONS_TEXT(struct session, scenario_path)},
    {0, "json", NULL, "the story as JSON on stdout, with the figures of its case",
     OPTIONS_FLAG(struct session, is_json)},
};

static const char *const examples[] = {
    "why dledger-dup-info-8032.cc7368@5eed:dledger/append:6=kill-after",
    "why seen.capsule                      of a case that was sent",
    NULL,
};

static const struct options_note notes[] = {
    {NULL,
     "The case is run again in memory, so there is no story of a program outside, of services "
     "in threads, and of a pod-kill.  Source lines need addr2line(1)."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "why",
    .operands = "TOKEN|CAPSULE",
    .one = "one token or capsule",
    .summary = "Tells the story of one case, for somebody who knows nothing of it: what was sent, "
               "written, synced and answered; what struck, from which source line; what reached "
               "the disk and which loss decides; what the restart did; which bytes are wrong, and "
               "who wrote them.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

static int tell(struct session *session, struct err *err)
{
    return story_tell_figures(&session->scenario, &session->token, MECHANISM_COUNT, &session->story,
                              session->is_json ? &session->figures : NULL, err);
}

static int tell_token(struct session *session, struct err *err)
{
    int r = token_parse(session->text, &session->token, err);
    if (r < 0) {
        return r;
    }
    r = token_scenario_load(&session->token, session->text, session->scenario_path,
                            &session->scenario, err);
    if (r < 0) {
        return r;
    }
    for (uint32_t i = 0; i < session->token.switch_count; i++) {
        r = scenario_apply_switch(&session->scenario, session->token.switches[i], err);
        if (r < 0) {
            return r;
        }
    }
    return tell(session, err);
}

/* Its scenario has the switches applied, and its base lies in it. */
static int tell_capsule(struct session *session, struct err *err)
{
    struct capsule *capsule = NULL;
    if (session->scenario_path != NULL) {
        return err_set(err, ERR_USAGE, "--scenario: a capsule has its own");
    }
    int r = capsule_open(session->text, &capsule, err);
    if (r < 0) {
        return r;
    }
    r = capsule_token(capsule, &session->token, err);
    if (r < 0) {
        goto out;
    }
    r = capsule_scenario(capsule, &session->scenario, err);
    if (r < 0) {
        goto out;
    }
    r = tell(session, err);
out:
    capsule_close(capsule);
    return r;
}

static void print_json(const struct session *session)
{
    json_t *object = story_json(session->text, &session->story, &session->figures);
    (void)json_dumpf(object, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    (void)putchar('\n');
    json_decref(object);
}

static void print_text(const struct session *session)
{
    unsigned width = screen_width(stdout);
    page_print(&session->story.page, stdout, width < WIDTH_MAX ? width : WIDTH_MAX);
}

int cmd_why(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session *session = calloc(1, sizeof(*session));
    struct err err = ERR_INIT;
    if (session == NULL) {
        return EXIT_CODE_BROKEN;
    }
    int r = options_parse(&command, &words, session, &err);
    if (r == 0) {
        session->text = argv[words.operand];
        r = capsule_is_path(session->text) ? tell_capsule(session, &err)
                                           : tell_token(session, &err);
    }
    if (r == 0 && session->is_json) {
        print_json(session);
    } else if (r == 0) {
        print_text(session);
    }
    free(session);
    return exit_code_end(r, EXIT_CODE_OK, &err);
}
