/* killpoint bench: what a case, an image, a put and a recovery cost, each beside its floor. */
#ifndef HARNESS_CLI_CMD_BENCH_H
#define HARNESS_CLI_CMD_BENCH_H

/* Takes its own words, argv[0] = "bench".  Returns the exit code of the program. */
int cmd_bench(int argc, char **argv);

#endif
