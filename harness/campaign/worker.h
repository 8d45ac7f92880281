/* The worker: a lean process that runs cases one after another for a campaign. */
#ifndef HARNESS_CAMPAIGN_WORKER_H
#define HARNESS_CAMPAIGN_WORKER_H

/* Serves requests on `fd` (harness/work/wire.h) until the stream ends.  Returns an exit status.
 */
int worker_run(int fd);

#endif
