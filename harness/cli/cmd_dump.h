/* killpoint dump: shows what is in a store directory. */
#ifndef HARNESS_CLI_CMD_DUMP_H
#define HARNESS_CLI_CMD_DUMP_H

/* Takes its own words, argv[0] = "dump".  Returns the exit code of the program. */
int cmd_dump(int argc, char **argv);

#endif
