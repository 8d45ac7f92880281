/* Paths of a store by kind. */
#include "store/disk/file_kind.h"

#include <stddef.h>
#include <string.h>

static const char *const roots[FILE_KIND_OTHER] = {
    [FILE_KIND_LOG] = "commitlog",
    [FILE_KIND_DLEDGER_DATA] = "dledger-n0/data",
    [FILE_KIND_DLEDGER_INDEX] = "dledger-n0/index",
    [FILE_KIND_DLEDGER_CHECKPOINT] = "dledger-n0/checkpoint",
    [FILE_KIND_CURRTERM] = "dledger-n0/currterm",
    [FILE_KIND_QUEUE] = "consumequeue",
    [FILE_KIND_CHECKPOINT] = "checkpoint",
    [FILE_KIND_OFFSETS] = "config",
    [FILE_KIND_ABORT] = "abort",
    [FILE_KIND_LOCK] = "lock",
};

enum file_kind file_kind_of(const char *path)
{
    unsigned kind = 0;
    for (; kind < FILE_KIND_OTHER; kind++) {
        size_t length = strlen(roots[kind]);
        if (strncmp(path, roots[kind], length) == 0 &&
            (path[length] == '\0' || path[length] == '/' || path[length] == '.')) {
            break;
        }
    }
    return (enum file_kind)kind;
}

bool file_kind_is_log(enum file_kind kind)
{
    return kind == FILE_KIND_LOG || kind == FILE_KIND_DLEDGER_DATA;
}
