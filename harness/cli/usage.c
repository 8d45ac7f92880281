/* What killpoint can do. */
#include "harness/cli/usage.h"

#include "harness/case/suggest.h"
#include "harness/cli/cmd_bench.h"
#include "harness/cli/cmd_dump.h"
#include "harness/cli/cmd_explain.h"
#include "harness/cli/cmd_fsck.h"
#include "harness/cli/cmd_list.h"
#include "harness/cli/cmd_replay.h"
#include "harness/cli/cmd_run.h"

#include <string.h>

static const struct usage_command commands[] = {
    {"run", "[SCENARIO...]", "kill and fail the store at every point; judge each restart", cmd_run},
    {"replay", "TOKEN", "run one case again, exactly", cmd_replay},
    {"list", "WHAT", "points, scenarios, faults, properties, defects, guards, profiles", cmd_list},
    {"explain", "WORD", "what a point, fault, property, defect, guard, outcome or key means",
     cmd_explain},
    {"fsck", "DIR", "judge a store directory in the RocketMQ format", cmd_fsck},
    {"dump", "DIR", "show the files, records and units of a store directory", cmd_dump},
    {"bench", "", "what cases, puts and recoveries cost, beside their floors", cmd_bench},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

const struct usage_command *usage_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

void usage_help(FILE *stream)
{
    (void)fputs("Killpoint kills a message store at its write points and proves what survived.\n\n"
                "Examples:\n"
                "  killpoint run                          the default suite\n"
                "  killpoint run plain-sync --jobs 4      one scenario\n"
                "  killpoint replay TOKEN --keep DIR      one failure again, its store kept\n\n"
                "Commands (killpoint COMMAND --help):\n",
                stream);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        (void)fprintf(stream, "  %-8s %-15s %s\n", commands[i].name, commands[i].operands,
                      commands[i].summary);
    }
    (void)fputs(
        "\nOther:\n"
        "  --help, --version\n\n"
        "Results go to stdout, whose last line is \"cases: N passed, N failed, N skipped\";\n"
        "progress goes to stderr.\n"
        "Exit codes: 0 as expected; 1 not; 2 interrupted; 3 the harness is at fault;\n"
        "4 bad usage, scenario, token or directory; 5 nothing ran.\n",
        stream);
}

void usage_version(FILE *stream)
{
#ifdef FIU_ENABLE
    (void)fputs("killpoint " KILLPOINT_VERSION "\n", stream);
#else
    (void)fputs("killpoint " KILLPOINT_VERSION " (built without libfiu: cannot run cases)\n",
                stream);
#endif
}

void usage_unknown(const char *word)
{
    const char *names[COMMAND_COUNT];
    char hint[128];

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
    }
    (void)fprintf(stderr, "killpoint: '%s' is not a command%s (killpoint --help)\n", word,
                  suggest_phrase(word, names, COMMAND_COUNT, hint, sizeof(hint)));
}
