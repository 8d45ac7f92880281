/* killpoint list: what there is: points, scenarios, faults, properties, defects, guards, profiles.
 */
#ifndef HARNESS_CLI_CMD_LIST_H
#define HARNESS_CLI_CMD_LIST_H

/* Takes its own words, argv[0] = "list".  Returns the exit code of the program. */
int cmd_list(int argc, char **argv);

#endif
