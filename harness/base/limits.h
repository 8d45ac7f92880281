/* What the machine and the user's shell allow the harness itself (ulimit): made ready for, told
 * apart from what a store does wrong, and explained. */
#ifndef HARNESS_BASE_LIMITS_H
#define HARNESS_BASE_LIMITS_H

#include <stdbool.h>

#define LIMITS_REMEDY_SIZE_BYTES 160
#define LIMITS_TEXT_SIZE_BYTES   256

/* Makes of each limit that would kill this process, and those it starts, one that is told by an
 * error: a file that grows too long is EFBIG, not SIGXFSZ.  Of processor time there is no error:
 * SIGXCPU comes one second before the SIGKILL that names nothing.  Raises the limit of open files
 * as far as that is allowed, up to what a store can need. */
void limits_prepare(void);

/* Whether an operation that failed with this errno was denied by the machine or by a limit: EMFILE
 * where few files may be open (where many may, it is a leak), EFBIG where files may not grow, a
 * quota, memory, ENFILE.  Of ENOSPC the caller must know who made it. */
bool limits_is_denial(int code);

/* What a person does about it: "raise the limit of open files (ulimit -n, 16 now)"; "" when there
 * is nothing to be done by a limit.  Takes an errno, or ETIME for used up processor time.  Returns
 * `text`. */
const char *limits_remedy(int code, char text[LIMITS_REMEDY_SIZE_BYTES]);
/* What was denied, and the remedy: "too many files are open: raise the limit of …". */
const char *limits_explain(int code, char text[LIMITS_TEXT_SIZE_BYTES]);

#endif
