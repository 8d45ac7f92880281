/* What a path of a store is, told from its name alone (docs/FORMAT.md).  The oracle has a reading
 * of its own and must not use this one. */
#ifndef STORE_DISK_FILE_KIND_H
#define STORE_DISK_FILE_KIND_H

#include <stdbool.h>

enum file_kind {
    FILE_KIND_LOG,
    FILE_KIND_DLEDGER_DATA,
    FILE_KIND_DLEDGER_INDEX,
    FILE_KIND_DLEDGER_CHECKPOINT,
    FILE_KIND_CURRTERM,
    FILE_KIND_QUEUE,
    FILE_KIND_CHECKPOINT,
    FILE_KIND_OFFSETS,
    FILE_KIND_ABORT,
    FILE_KIND_LOCK,
    FILE_KIND_OTHER,
    FILE_KIND_COUNT
};

/* A directory is of the kind of its files, and a file that is to take another's place (.tmp, .bak)
 * of the kind of that. */
enum file_kind file_kind_of(const char *path);
/* Whether records lie in it. */
bool file_kind_is_log(enum file_kind kind);

#endif
