/* killpoint fsck: judges any store directory in the RocketMQ format. */
#ifndef HARNESS_CLI_CMD_FSCK_H
#define HARNESS_CLI_CMD_FSCK_H

/* Takes its own words, argv[0] = "fsck".  Returns the exit code of the program. */
int cmd_fsck(int argc, char **argv);

#endif
