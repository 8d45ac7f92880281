/* The subcommands about runs that are over, one file each (rules: commands.h). */
#ifndef HARNESS_CLI_NIGHTS_NIGHTS_H
#define HARNESS_CLI_NIGHTS_NIGHTS_H

int cmd_baseline(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_gate(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_recheck(int argc, char **argv);
int cmd_report(int argc, char **argv);

#endif
