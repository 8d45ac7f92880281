/* What the first restart after the crash did, event by event. */
#ifndef HARNESS_STORY_RESTART_H
#define HARNESS_STORY_RESTART_H

#include "harness/base/printer.h"
#include "harness/reenact/reenact.h"
#include "harness/story/page.h"
#include "store/base/event.h"

/* Adds RESTART: what was read by kind and count, then every event that the store reported and every
 * change that it made, in order; the same in a row to one file is one row. */
void restart_tell(const struct reenact *reenact, struct page *page);
/* Adds "`dup-info-check` at byte 0 of the log". */
void restart_say_event(enum event event, int64_t offset, struct printer *text);
/* The part that is the restart; NULL: the case has none. */
const struct reenact_part *restart_part(const struct reenact *reenact);
/* The last event before entry `before` that says why something was refused or cut; false: none. */
bool restart_reason(const struct reenact_part *part, size_t before, struct trace_entry *ret_event);

#endif
