/* killpoint explain: what a word of Killpoint means. */
#ifndef HARNESS_CLI_CMD_EXPLAIN_H
#define HARNESS_CLI_CMD_EXPLAIN_H

/* Takes its own words, argv[0] = "explain".  Returns the exit code of the program. */
int cmd_explain(int argc, char **argv);

#endif
