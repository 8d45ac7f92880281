/* The restart protocol of the oracle (docs/PROPERTIES.md): what is done with a crashed store.
 *
 * 1 read it; 2 open it and step until no service has work; 3 judge files, reads and ledger; 4 stop
 * as killed, open again, compare; 5 put three messages, stop cleanly, open, judge again. */
#ifndef HARNESS_RUN_PROTOCOL_H
#define HARNESS_RUN_PROTOCOL_H

#include "harness/run/driver.h"

struct protocol {
    const struct scenario *scenario;
    const struct workload *workload;
    uint64_t seed;
    struct shared *shared;
    int dir_fd;
    struct judge_state *judge;         /* prepared before the fork; used for the recovered store */
    const struct disk_observer *outer; /* an audit around the first recovery; or NULL */
};

/* Runs it; the verdict is in shared->verdict.  Returns 0, or negative when the harness itself
 * failed.  A store that does not open is a finding. */
int protocol_run(const struct protocol *protocol, struct err *err);

#endif
