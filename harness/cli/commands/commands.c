/* The subcommands in one table, and what --help says of them. */
#include "harness/cli/commands/commands.h"

#include "harness/base/suggest.h"
#include "harness/cli/build_id.h"
#include "harness/cli/nights/nights.h"
#include "harness/cli/options_complete.h"
#include "harness/cli/places.h"
#include "harness/cli/stores/stores.h"

#include <string.h>

static const struct command rows[] = {
    {"run", "[SCENARIO...]", "kill and fail the store at every point; judge each restart", cmd_run},
    {"replay", "TOKEN|CAPSULE", "run one case again, exactly", cmd_replay},
    {"promote", "CAPSULE", "make a scenario of one case, to be kept", cmd_promote},
    {"why", "TOKEN|CAPSULE", "the story of one case, and the source line to start at", cmd_why},
    {"shrink", "TOKEN|CAPSULE", "make a failing case as small as it can be", cmd_shrink},
    {"merge", "RUN...", "make one run of all shards of a suite", cmd_merge},
    {"new", "NAME|FILE", "write a scenario to begin with, a comment at each key", cmd_new},
    {"check", "[SCENARIO...]", "read scenarios and say what is wrong with them; run none",
     cmd_check},
    {"list", "WHAT", "points, scenarios, faults, properties, keys… (list --help: all)", cmd_list},
    {"explain", "WORD...", "what a word means: any that is printed, and any scenario", cmd_explain},
    {"fsck", "DIR|CAPSULE", "judge a store directory in the RocketMQ format", cmd_fsck},
    {"dump", "DIR|TRACE|CAPSULE", "show the files, records and units of a store, or a saved trace",
     cmd_dump},
    {"recover", "DIR...", "have the real RocketMQ recover stores, and say what it reads",
     cmd_recover},
    {"gate", "[RUN]", "may it ship? a run, held against the policy of a release", cmd_gate},
    {"baseline", "[RUN]", "write such a policy from a run", cmd_baseline},
    {"report", "[RUN]", "the page of a run, made again", cmd_report},
    {"history", "[CAUSE|SCENARIO|weights]", "causes, counts and times of earlier runs",
     cmd_history},
    {"diff", "RUN RUN|last", "what one run has that another had not", cmd_diff},
    {"recheck", "RUN|TRACE|CAPSULE", "this oracle over what a run has kept, nothing run again",
     cmd_recheck},
    {"bench", "", "what cases, puts and recoveries cost, beside their floors", cmd_bench},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

const struct command *commands_find(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

void commands_help(FILE *stream)
{
    (void)fputs("Killpoint kills a message store at its write points and proves what survived.\n\n"
                "Examples:\n"
                "  killpoint run                          the default suite\n"
                "  killpoint run plain-sync --jobs 4      one scenario\n"
                "  killpoint replay TOKEN --keep DIR      one failure again, its store kept\n\n"
                "Commands (killpoint COMMAND --help):\n",
                stream);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        (void)fprintf(stream, "  %-8s %-15s %s\n", rows[i].name, rows[i].operands, rows[i].summary);
    }
    (void)fputs(
        "\nOther:\n"
        "  --help, --version\n"
        "  --completion bash|zsh   a script for that shell to source\n\n"
        "Results go to stdout, whose last line is \"cases: N passed, N failed, N skipped\";\n"
        "progress goes to stderr.\n"
        "Exit codes: 0 as expected; 1 not; 2 interrupted; 3 the harness is at fault;\n"
        "4 bad usage, scenario, token or directory; 5 nothing ran.\n",
        stream);
}

/* "[SCENARIO...]" with what is in capitals italic. */
static void put_synopsis(const struct command *command, FILE *stream)
{
    bool is_italic = false;

    (void)fprintf(stream, ".SY killpoint\n.B %s\n[\\fIOPTION\\fR...]\n", command->name);
    for (const char *at = command->operands; *at != '\0'; at++) {
        bool is_capital = *at >= 'A' && *at <= 'Z';

        if (is_capital != is_italic) {
            (void)fputs(is_capital ? "\\fI" : "\\fR", stream);
            is_italic = is_capital;
        }
        (void)fputc(*at, stream);
    }
    (void)fprintf(stream, "%s%s.YS\n", is_italic ? "\\fR" : "",
                  *command->operands == '\0' ? "" : "\n");
}

/* Each command writes its own section, from its own table. */
void commands_man(FILE *stream)
{
    char option[] = "--man";

    (void)fputs(".\\\" begin synopsis\n", stream);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        put_synopsis(&rows[i], stream);
    }
    (void)fputs(".\\\" end synopsis\n.\\\" begin commands\n", stream);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char name[16];
        char *argv[] = {name, option, NULL};

        (void)snprintf(name, sizeof(name), "%s", rows[i].name);
        (void)rows[i].run(2, argv);
    }
    (void)fputs(".\\\" end commands\n", stream);
}

void commands_complete(int count, char **words)
{
    char option[] = OPTIONS_COMPLETE;
    const struct command *command = count > 1 ? commands_find(words[0]) : NULL;
    char *name = count > 0 ? words[0] : NULL;

    if (command != NULL) {
        /* Behind the name comes the option: the words' own order is name, option, words. */
        words[-1] = name;
        words[0] = option;
        (void)command->run(count + 1, words - 1);
        return;
    }
    for (size_t i = 0; i < ROW_COUNT && count < 2; i++) {
        if (name == NULL || strncmp(rows[i].name, name, strlen(name)) == 0) {
            (void)printf("%s\t%s\n", rows[i].name, rows[i].summary);
        }
    }
}

void commands_version(FILE *stream)
{
    struct campaign_identity identity;
    char worker[PLACES_PATH_SIZE_BYTES] = "";

    (void)places_worker(worker, NULL);
    build_id_get(worker, &identity);
    build_id_print(&identity, stream);
#ifndef FIU_ENABLE
    (void)fputs("built without libfiu: cannot run cases\n", stream);
#endif
}

void commands_unknown(const char *word)
{
    const char *names[ROW_COUNT];
    char hint[128];

    for (size_t i = 0; i < ROW_COUNT; i++) {
        names[i] = rows[i].name;
    }
    (void)fprintf(stderr, "killpoint: '%s' is not a command%s (killpoint --help)\n", word,
                  suggest_phrase(word, names, ROW_COUNT, hint, sizeof(hint)));
}
