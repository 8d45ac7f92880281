/* killpoint-bench: started by killpoint, which reads a struct bench_answer; of no use by hand. */
#include "harness/bench/bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/stat.h>

static int measure(const char *dir, const char *duration_ms)
{
    struct bench_options options = {.duration_ms = (uint32_t)strtoul(duration_ms, NULL, 10)};
    struct err err = ERR_INIT;
    static struct bench_answer answer;
    (void)snprintf(options.dir, sizeof(options.dir), "%s", dir);
    answer.code = bench_run(&options, &answer.result, &err);
    (void)snprintf(answer.text, sizeof(answer.text), "%s", err.text);
    const char *at = (const char *)&answer;
    for (size_t left = sizeof(answer); left > 0;) {
        ssize_t put = write(STDOUT_FILENO, at, left);
        if (put <= 0) {
            return 1;
        }
        at += put;
        left -= (size_t)put;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct stat status;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("killpoint-bench %s\n", KILLPOINT_VERSION);
        return 0;
    }
    if (argc != 3 || fstat(STDOUT_FILENO, &status) < 0 || !S_ISFIFO(status.st_mode)) {
        (void)fprintf(stderr,
                      "killpoint-bench is started by killpoint; see 'killpoint bench --help'\n");
        return 4;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    return measure(argv[1], argv[2]);
}
