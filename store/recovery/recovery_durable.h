/* What recovery makes durable: the directories, a mark that no longer holds, and, after an unclean
 * stop, again whatever it read from the cache. */
#ifndef STORE_RECOVERY_RECOVERY_DURABLE_H
#define STORE_RECOVERY_RECOVERY_DURABLE_H

#include "store/recovery/recovery_bound.h"

/* Takes note from where on nothing is known to be durable: the mark; all of it without one. */
void recovery_durable_suspect(struct engine *engine, const struct checkpoint_page *page,
                              const struct recovery_bound *bound);
/* Guard dir-sync: the tree is durable before anything is in it.  After a crash nobody knows, and no
 * abort file means a clean stop only together with a mark: the first life may have ended before. */
int recovery_durable_sync_dirs(struct engine *engine, const struct recovery_found *found,
                               const struct recovery_bound *bound, struct err *err);
/* A rejected mark goes before anything is mended: half-mended queues could fit it again.  One that
 * is gone already may be so in the cache only. */
int recovery_durable_drop_mark(struct engine *engine, const struct checkpoint_page *page,
                               const struct recovery_bound *bound, struct err *err);
/* Guard restart-rewrite: after an unclean stop nothing read from the cache is believed durable.  It
 * is written again, since a page that a failed sync dropped is clean, and synced with every
 * directory.  RocketMQ takes all it read for flushed. */
int recovery_durable_rewrite(struct engine *engine, const struct recovery_found *found,
                             const struct recovery_bound *bound, bool is_trusted, struct err *err);
/* Writes a list again from where nothing is known to be durable, and syncs it. */
int recovery_durable_rewrite_list(struct segment_list *files, struct err *err);

#endif
