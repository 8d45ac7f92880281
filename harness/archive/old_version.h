/* Where a version of a scenario was that a token names: among the runs that were kept, else in the
 * history of its file. */
#ifndef HARNESS_ARCHIVE_OLD_VERSION_H
#define HARNESS_ARCHIVE_OLD_VERSION_H

#include "harness/case/token.h"

#include <stdbool.h>
#include <stddef.h>

/* So many run directories, and so many versions of the file, from the newest on. */
#define OLD_VERSION_RUNS_MAX    500
#define OLD_VERSION_COMMITS_MAX 100

#define OLD_VERSION_TEXT_SIZE_BYTES 256

/* Says in a few words which commit had the version of `token->scenario` whose hash the token has:
 * "commit 4836dfb7c4f7 of 2026-11-27 had it", or that none is known.  `runs`: where run directories
 * are; `path`: the scenario's file today.  Each version in the history is hashed as today's program
 * does it, so one from before a change of points or defaults is found by a run only.  Takes up to a
 * second; needs git for the second half, and says nothing of it where there is none.  Returns
 * whether it was found. */
bool old_version_find(const struct token *token, const char *runs, const char *path,
                      char ret_text[OLD_VERSION_TEXT_SIZE_BYTES]);

#endif
