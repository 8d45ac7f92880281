/* killpoint run: scenarios in, outcomes out. */
#ifndef HARNESS_CLI_CMD_RUN_H
#define HARNESS_CLI_CMD_RUN_H

/* Takes its own words, argv[0] = "run".  Returns the exit code of the program. */
int cmd_run(int argc, char **argv);

#endif
