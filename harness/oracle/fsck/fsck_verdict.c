/* A finding's weight, by how the store was stopped. */
#include "harness/oracle/fsck/fsck_verdict.h"

#include <inttypes.h>
#include <stdio.h>

/* A finding that recovery is bound to repair is pending, not a violation, when no recovery has
 * run since the crash. */
void fsck_verdict_add(void *arg, const struct disk_finding *finding)
{
    struct fsck *fsck = arg;
    bool is_pending = fsck->is_pending_possible && finding->is_repairable;
    if (is_pending) {
        fsck->summary->pending_count++;
    } else {
        fsck->summary->violation_count++;
        fsck->summary->violated |= UINT32_C(1) << finding->property;
    }
    if (fsck->listener != NULL) {
        char line[FSCK_LINE_SIZE_BYTES];
        snprintf(line, sizeof line, "%s%s %s@%" PRIu64 ": %s", is_pending ? "pending " : "",
                 property_name(finding->property), finding->file, finding->offset, finding->text);
        fsck->listener->found(fsck->listener->arg, finding, is_pending, line);
    }
}
