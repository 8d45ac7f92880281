/* What CMake knew when the program was linked (kit/build_revision.cmake writes the source, again
 * only when something of it changed, so that a commit costs one small compilation and the links).
 */
#ifndef HARNESS_CLI_BUILD_REVISION_H
#define HARNESS_CLI_BUILD_REVISION_H

#include <stdbool.h>

/* 40 hexadecimal digits, or "unknown" outside of a repository that has this tree. */
extern const char build_revision_commit[];
/* Sources differ from that commit. */
extern const bool build_revision_is_dirty;
/* "GNU 12.2.0" */
extern const char build_revision_compiler[];
/* "RelWithDebInfo: -O2 -g -DNDEBUG" */
extern const char build_revision_flags[];

#endif
