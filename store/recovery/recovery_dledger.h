/* What recovery does in a DLedger log alone; in a plain one each of these does nothing.  With the
 * guard dledger-commit the data decides: the scan finds the end, the index list is put right by it,
 * and all of it is committed.  Without, the entries' headers decide, and the DLedger checkpoint
 * says what is committed. */
#ifndef STORE_RECOVERY_RECOVERY_DLEDGER_H
#define STORE_RECOVERY_RECOVERY_DLEDGER_H

#include "store/recovery/recovery_open.h"
#include "store/recovery/recovery_scan.h"

/* Whether headers alone decide where the log ends. */
bool recovery_dledger_is_by_headers(const struct engine *engine);
/* By headers: ends the log there, and tells what is committed. */
int recovery_dledger_judge(struct engine *engine, const struct record_log_check *check,
                           struct err *err);
/* By data: puts the index unit of a scanned entry right. */
int recovery_dledger_check_index(struct engine *engine, const struct record_log_item *item,
                                 struct err *err);
/* Ends entries and index list after the entry `index`. */
void recovery_dledger_set_last(struct engine *engine, int64_t index, int64_t term);
/* By data: what the scan found is committed, and synced before anything follows it. */
int recovery_dledger_commit(struct engine *engine, const struct recovery_found *found,
                            const struct recovery_scan *scan, struct err *err);

#endif
