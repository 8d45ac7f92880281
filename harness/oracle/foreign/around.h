/* What lies in a store's directory and is not judged: each kind is told in a line, so that nobody
 * takes silence for a verdict. */
#ifndef HARNESS_ORACLE_FOREIGN_AROUND_H
#define HARNESS_ORACLE_FOREIGN_AROUND_H

#include "harness/oracle/decode/view.h"
#include "store/base/err.h"

#define AROUND_PATH_SIZE_BYTES 512
#define AROUND_LINE_SIZE_BYTES 700

/* X(id, "one of it") in the order in which they are told. */
#define AROUND_MAP(X)                                             \
    X(PIPE, "FIFO in the place of a file")                        \
    X(SOCKET, "socket in the place of a file")                    \
    X(DEVICE, "device in the place of a file")                    \
    X(LOST_LINK, "symbolic link that leads nowhere or in a loop") \
    X(LINK, "symbolic link, followed")                            \
    X(STRAY_FILE, "file that no reader of a store knows")         \
    X(STRAY_DIRECTORY, "folder that no reader of a store knows")  \
    X(SECOND_DLEDGER, "DLedger directory besides the first")      \
    X(ROCKSDB, "RocksDB database")                                \
    X(TIMER, "file of the timer wheel or its log")                \
    X(EPOCH, "file of the controller: epochs, identity")          \
    X(COMPACTION, "folder of compaction")                         \
    X(TRANSACTION, "folder of transaction states")                \
    X(CONFIG, "config file")

enum around_kind {
#define X(id, ...) AROUND_##id,
    AROUND_MAP(X)
#undef X
        AROUND_COUNT
};

struct around {
    uint64_t counts[AROUND_COUNT];
    char first[AROUND_COUNT][AROUND_PATH_SIZE_BYTES];
    bool has_rocksdb_queues;
};

/* Looks through the whole directory.  0, -ENOMEM or the view's error. */
int around_look(struct around *around, const struct view *view, struct err *err);
/* The line about a kind; false: there is nothing of it. */
bool around_print(const struct around *around, enum around_kind kind,
                  char line[AROUND_LINE_SIZE_BYTES]);

#endif
