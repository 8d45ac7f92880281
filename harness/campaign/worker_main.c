/* killpoint-worker: started by killpoint with a socket as descriptor 0; of no use by hand. */
#include "harness/base/limits.h"
#include "harness/campaign/worker.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    int type = 0;
    socklen_t size_bytes = sizeof(type);
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        (void)printf("killpoint-worker %s\n", KILLPOINT_VERSION);
        return 0;
    }
    if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size_bytes) < 0) {
        (void)fprintf(stderr, "killpoint-worker is started by killpoint; see 'killpoint --help'\n");
        return 4;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    limits_prepare();
    return worker_run(STDIN_FILENO);
}
