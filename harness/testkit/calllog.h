/* What a test's store did to its disk, as a line: "POINT:PATH@OFFSET+SIZE " of each call that
 * changed it and succeeded; the place of writes only.  A 20-digit name loses its leading zeros. */
#ifndef HARNESS_TESTKIT_CALLLOG_H
#define HARNESS_TESTKIT_CALLLOG_H

#include "store/disk/disk.h"

#define CALLLOG_SIZE_BYTES 4096

struct calllog {
    char text[CALLLOG_SIZE_BYTES];
};

/* Notes into `log`, which must outlive the disk. */
struct disk_observer calllog_observer(struct calllog *log);
void calllog_clear(struct calllog *log);

#endif
