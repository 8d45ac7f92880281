/* The second opinion on images: a check of one image against the trace that shares no code with
 * persist.c and builds nothing.  An image that it refuses is the harness's own error, never a
 * finding. */
#ifndef HARNESS_POWER_LEGAL_LEGAL_H
#define HARNESS_POWER_LEGAL_LEGAL_H

#include "harness/case/loss.h"
#include "harness/power/trace/recording.h"

struct legal;

/* Reads the whole trace once; the recording stays the caller's. */
int legal_new(const struct recording *recording, enum loss_model model, struct legal **ret_legal,
              struct err *err);
struct legal *legal_free(struct legal *legal);

/* Whether a power loss just before the end of the `done`-th ended operation can leave `image`:
 * every name and kind of entry, every size, and every 512 B sector of every page must be a version
 * that the model lets survive; pages mixed of versions at most one a file; what was synced must be
 * there.  Returns 0, or -EILSEQ with the place and the reason in `err`, or -ENOMEM. */
int legal_check(struct legal *legal, size_t done, struct image *image, struct err *err);

#endif
