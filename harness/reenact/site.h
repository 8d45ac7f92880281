/* A stack of calls, as the place in the store's source that it shows. */
#ifndef HARNESS_REENACT_SITE_H
#define HARNESS_REENACT_SITE_H

#include "harness/base/stack.h"

#include <stdbool.h>

#define SITE_FRAMES_MAX 8

/* The calls within store/, innermost first, without the seam to the disk and what is below it. */
struct site {
    uint32_t count; /* 0: not known */
    struct stack_frame frames[SITE_FRAMES_MAX];
};

/* Who has it done: the first call outside the folder of the innermost, for a folder is one idea;
 * else the next.  NULL: there is none. */
const struct stack_frame *site_caller(const struct site *site);
/* `is_owner`: without the files that serve several owners, too (store/files/), unless nothing else
 * is there. */
void site_of_frames(const struct stack_frame *frames, size_t count, bool is_owner,
                    struct site *ret_site);
/* The same of addresses in this program.  Starts a process. */
void site_of_stack(const uintptr_t *addresses, size_t count, bool is_owner, struct site *ret_site);

#endif
