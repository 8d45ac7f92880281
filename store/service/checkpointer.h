/* Writes the checkpoint page with the durable mark, and the DLedger checkpoint.  The mark never
 * passes what is synced: log, queues and directories first, then the page.
 *
 * Guard second-sync: the mark lags by a round.  A round syncs what was synced only once, too, and
 * writes the page that the round before was begun with: a sync that lied is made up for by then,
 * and one that fails late has failed. */
#ifndef STORE_SERVICE_CHECKPOINTER_H
#define STORE_SERVICE_CHECKPOINTER_H

#include "store/service/flusher.h"

struct checkpointer_round {
    struct flusher_round flush;
    bool is_forced; /* guard durable-mark: the round syncs log and queues first */
    struct checkpoint_page page;
    struct checkpoint_page next_page; /* of the moment when the round began */
    bool has_page;                    /* to be written */
    struct dledger_log_commit commit;
    bool has_commit; /* to be written */
    int page_result;
    int commit_result;
    struct err err;
};

/* Whether there is something that a new page could say. */
bool checkpointer_has_work(const struct engine *engine);

/* The parts of a round: begin, end and finish want the store's lock; sync and write do not. */
int checkpointer_begin(struct engine *engine, struct checkpointer_round *round, struct err *err);
/* Syncs it. Nothing is known of it until checkpointer_end has looked at the results. */
void checkpointer_sync(struct checkpointer_round *round);
/* Takes the results over. When a sync failed there is no page to write: a mark that passes units
 * which were never synced makes the next start trust zeros. */
int checkpointer_end(struct engine *engine, struct checkpointer_round *round, struct err *err);
/* Writes and syncs the page, and DLedger's checkpoint. */
void checkpointer_write(struct engine *engine, struct checkpointer_round *round);
/* Takes note of what is saved now, or that the save failed and may come out of the disk later. */
int checkpointer_finish(struct engine *engine, struct checkpointer_round *round, struct err *err);

/* Rounds until the mark stands at the end of what is dispatched, or cannot get there. */
int checkpointer_run_to_end(struct engine *engine, struct err *err);
/* Writes a page whose mark may be lower than the one before, which must not come back: synced twice
 * with the guard second-sync. */
int checkpointer_save_page(struct engine *engine, const struct checkpoint_page *page,
                           struct err *err);
/* Writes a page whose mark is `mark`, which must be durable already, for good. */
int checkpointer_write_mark(struct engine *engine, const struct checkpoint_mark *mark,
                            struct err *err);

#endif
