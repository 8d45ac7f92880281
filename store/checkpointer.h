/* Writes the checkpoint page with the durable mark, and the DLedger checkpoint.  The mark never
 * passes what is synced: log, queues and directories first, then the page. */
#ifndef STORE_CHECKPOINTER_H
#define STORE_CHECKPOINTER_H

#include "store/flusher.h"

struct checkpointer_round {
    struct flusher_round flush;
    bool is_forced; /* guard durable-mark: the round syncs log and queues first */
    struct checkpoint_page page;
    bool has_page; /* to be written */
    struct dledger_log_commit commit;
    bool has_commit; /* to be written */
    int page_result;
    int commit_result;
    struct err err;
};

bool checkpointer_has_work(const struct engine *engine);

/* The parts of a round: begin, end and finish want the store's lock; sync and write do not. */
int checkpointer_begin(struct engine *engine, struct checkpointer_round *round, struct err *err);
void checkpointer_sync(struct checkpointer_round *round);
int checkpointer_end(struct engine *engine, struct checkpointer_round *round, struct err *err);
void checkpointer_write(struct engine *engine, struct checkpointer_round *round);
int checkpointer_finish(struct engine *engine, struct checkpointer_round *round, struct err *err);

/* A whole round under one lock. */
int checkpointer_run(struct engine *engine, struct err *err);
/* Writes a page whose mark is `mark`, which must be durable already. */
int checkpointer_write_mark(struct engine *engine, const struct checkpoint_mark *mark,
                            struct err *err);

#endif
