/* What decides a run of the restart protocol from step 3 on, as one number. */
#ifndef HARNESS_DRIVE_PROTOCOL_KEY_H
#define HARNESS_DRIVE_PROTOCOL_KEY_H

#include "harness/drive/protocol.h"

/* The key by which protocol_memo.h knows the store on `image` again that `target` has recovered and
 * settled: its disk (`disk_hash` is the image's hash), the clock, seed and round, and what the open
 * store serves by.  The ledger is not in it: files are judged against it every time.  With
 * `is_memo_blind` the log is left out on purpose.  0 or -ENOMEM. */
int protocol_key(const struct protocol *protocol, struct target *target, const struct image *image,
                 uint64_t disk_hash, uint64_t *ret_key);

#endif
