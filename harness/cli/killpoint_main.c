/* The program: finds the subcommand and hands over. */
#include "harness/base/limits.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/commands/completion.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/options_complete.h"

#include <stdio.h>
#include <string.h>

static int show(void (*text)(FILE *stream))
{
    text(stdout);
    return exit_code_flushed(EXIT_CODE_OK);
}

static int put_completion(const char *shell)
{
    if (!completion_put(shell, stdout)) {
        (void)fprintf(stderr, "killpoint: --completion takes bash or zsh, not '%s'\n", shell);
        return EXIT_CODE_USAGE;
    }
    return exit_code_flushed(EXIT_CODE_OK);
}

int main(int argc, char **argv)
{
    static char run_word[] = "run";
    char *run_argv[] = {run_word, NULL};
    const struct command *command;

    limits_prepare();
    interrupt_install_end();
    /* No words at all: the default suite, as ./run.sh promises. */
    if (argc < 2) {
        return commands_find("run")->run(1, run_argv);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        return show(commands_help);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        return show(commands_version);
    }
    if (strcmp(argv[1], "--man") == 0) {
        return show(commands_man);
    }
    if (strcmp(argv[1], OPTIONS_COMPLETE) == 0) {
        commands_complete(argc - 2, argv + 2);
        return EXIT_CODE_OK;
    }
    if (strcmp(argv[1], "--completion") == 0) {
        return put_completion(argc > 2 ? argv[2] : "");
    }
    command = commands_find(argv[1]);
    if (command == NULL) {
        commands_unknown(argv[1]);
        return EXIT_CODE_USAGE;
    }
    return command->run(argc - 1, argv + 1);
}
