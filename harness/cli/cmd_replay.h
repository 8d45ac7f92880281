/* killpoint replay: one case again, from its token. */
#ifndef HARNESS_CLI_CMD_REPLAY_H
#define HARNESS_CLI_CMD_REPLAY_H

/* Takes its own words, argv[0] = "replay".  Returns the exit code of the program. */
int cmd_replay(int argc, char **argv);

#endif
