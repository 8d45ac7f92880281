/* The table of fault points. */
#include "store/disk/point.h"

#include "store/base/ensure.h"

#include <string.h>

struct point_row {
    const char *name;
    const char *fiu_name;
    enum point_op op;
    const char *stake;
};

static const struct point_row point_rows[POINT_COUNT] = {
#define X(id, row_name, row_op, row_stake) \
    [POINT_##id] = {row_name, "store/" row_name, POINT_OP_##row_op, row_stake},
    POINT_MAP(X)
#undef X
};

static const char *const point_op_names[POINT_OP_COUNT] = {
    [POINT_OP_CREATE] = "create", [POINT_OP_OPEN] = "open",
    [POINT_OP_READ] = "read",     [POINT_OP_WRITE] = "write",
    [POINT_OP_SYNC] = "sync",     [POINT_OP_TRUNCATE] = "truncate",
    [POINT_OP_RENAME] = "rename", [POINT_OP_UNLINK] = "unlink",
    [POINT_OP_MKDIR] = "mkdir",   [POINT_OP_SYNC_DIR] = "sync-dir",
    [POINT_OP_LIST] = "list",     [POINT_OP_SIZE] = "size",
    [POINT_OP_LOCK] = "lock",     [POINT_OP_SEEK] = "seek",
};

static const struct point_row *row_of(enum point point)
{
    ENSURE((unsigned)point < POINT_COUNT);
    return &point_rows[point];
}

const char *point_name(enum point point)
{
    return row_of(point)->name;
}

const char *point_fiu_name(enum point point)
{
    return row_of(point)->fiu_name;
}

enum point_op point_op(enum point point)
{
    return row_of(point)->op;
}

const char *point_stake(enum point point)
{
    return row_of(point)->stake;
}

bool point_is_mutating(enum point point)
{
    switch (row_of(point)->op) {
    case POINT_OP_CREATE:
    case POINT_OP_WRITE:
    case POINT_OP_SYNC:
    case POINT_OP_TRUNCATE:
    case POINT_OP_RENAME:
    case POINT_OP_UNLINK:
    case POINT_OP_MKDIR:
    case POINT_OP_SYNC_DIR:
    case POINT_OP_LOCK:
        return true;
    case POINT_OP_OPEN:
    case POINT_OP_READ:
    case POINT_OP_SEEK:
    case POINT_OP_LIST:
    case POINT_OP_SIZE:
    case POINT_OP_COUNT:
        break;
    }
    return false;
}

bool point_is_log_sync(enum point point)
{
    return point == POINT_COMMITLOG_SYNC || point == POINT_COMMITLOG_SYNC_DIR ||
           point == POINT_DLEDGER_SYNC || point == POINT_DLEDGER_SYNC_DIR;
}

const char *point_op_name(enum point_op op)
{
    ENSURE((unsigned)op < POINT_OP_COUNT);
    return point_op_names[op];
}

enum point point_find(const char *name)
{
    unsigned point = 0;
    while (point < POINT_COUNT && strcmp(point_rows[point].name, name) != 0) {
        point++;
    }
    return (enum point)point;
}
