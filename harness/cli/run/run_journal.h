/* The journal of a call of `run`: begun beside its reports, or taken up again by --resume. */
#ifndef HARNESS_CLI_RUN_RUN_JOURNAL_H
#define HARNESS_CLI_RUN_RUN_JOURNAL_H

#include "harness/case/campaign.h"
#include "store/base/err.h"

struct run_session;

/* Of --resume: finds the run that was killed, and takes options, scenarios and shard from it; what
 * the call has besides must be the same.  0, ERR_USAGE, ERR_CORRUPT, or negative. */
int run_journal_resume(struct run_session *session, struct err *err);
/* Once scenarios, build and shard are known: that they are still those of the run.  0 or ERR_USAGE
 * with the first that is not. */
int run_journal_check(struct run_session *session, struct err *err);
/* Once there is a run directory: begins its journal, or opens the one that is there.  Runs by the
 * clock and those of --last-failed have none.  0 or negative. */
int run_journal_begin(struct run_session *session, struct err *err);
/* After all else is written: the journal of a whole run that came to its end goes; that of a shard
 * stays.  0, or what it could not be written for. */
int run_journal_end(struct run_session *session, const struct campaign_summary *summary,
                    struct err *err);
/* Drops what it holds. */
void run_journal_drop(struct run_session *session);

#endif
