/* What was sent, written, synced and answered, in which order, until the fault. */
#ifndef HARNESS_STORY_TIMELINE_H
#define HARNESS_STORY_TIMELINE_H

#include "harness/reenact/reenact.h"
#include "harness/story/page.h"

/* Adds HAPPENED.  Steps of the workload that went the same way are told once, with their number,
 * and what ran in the background by kind and count; the last steps in full. */
void timeline_tell(const struct reenact *reenact, struct page *page);
/* Adds FAULT: each fault of the plan, its operation, and the calls in the store that led there. */
void timeline_tell_faults(const struct reenact *reenact, struct page *page);
/* Adds FILES: those that the case changed or judged. */
void timeline_tell_files(const struct reenact *reenact, struct page *page);

#endif
