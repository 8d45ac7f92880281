/* The subcommands about a store directory that somebody has, one file each (rules: commands.h). */
#ifndef HARNESS_CLI_STORES_STORES_H
#define HARNESS_CLI_STORES_STORES_H

int cmd_dump(int argc, char **argv);
int cmd_fsck(int argc, char **argv);
int cmd_recover(int argc, char **argv);

#endif
