/* The fault points: every place where the store touches the disk has a name here.
 *
 * A point is an owner and an effect, never a file or a caller.  Its libfiu name is
 * "store/" + name.  Code that serves several owners (segment_list, text_file) is given
 * its owner's points, so each POINT_ identifier occurs once in store/ outside this file. */
#ifndef STORE_DISK_POINT_H
#define STORE_DISK_POINT_H

#include <stdbool.h>

enum point_op {
    POINT_OP_CREATE,
    POINT_OP_OPEN,
    POINT_OP_READ,
    POINT_OP_WRITE,
    POINT_OP_SYNC,
    POINT_OP_TRUNCATE,
    POINT_OP_RENAME,
    POINT_OP_UNLINK,
    POINT_OP_MKDIR,
    POINT_OP_SYNC_DIR,
    POINT_OP_LIST,
    POINT_OP_SIZE,
    POINT_OP_LOCK,
    POINT_OP_SEEK,
    POINT_OP_COUNT
};

/* X(id, "owner/effect", OP, "what is at stake") */
#define POINT_MAP(X)                                                                               \
    X(STORE_MKDIR, "store/mkdir", MKDIR, "a half-made directory tree must open again")             \
    X(STORE_SYNC_DIR, "store/sync-dir", SYNC_DIR, "the tree is durable before anything is in it")  \
    X(LOCK_CREATE, "lock/create", CREATE, "the lock file is no state: any rest of it is fine")     \
    X(LOCK_LOCK, "lock/lock", LOCK, "two brokers on one directory destroy it")                     \
    X(LOCK_WRITE, "lock/write", WRITE, "the lock file is no state: any rest of it is fine")        \
    X(LOCK_SYNC, "lock/sync", SYNC, "the lock file is no state: any rest of it is fine")           \
    X(ABORT_SIZE, "abort/size", SIZE, "not seen: recovery believes in a clean stop")               \
    X(ABORT_CREATE, "abort/create", CREATE, "not there: the next start believes in a clean stop")  \
    X(ABORT_WRITE, "abort/write", WRITE, "only existence counts: an empty file is enough")         \
    X(ABORT_SYNC, "abort/sync", SYNC, "only existence counts: an empty file is enough")            \
    X(ABORT_SYNC_DIR, "abort/sync-dir", SYNC_DIR, "existence is a directory entry")                \
    X(ABORT_UNLINK, "abort/unlink", UNLINK, "gone too early: normal recovery of a torn store")     \
    X(COMMITLOG_LIST, "commitlog/list", LIST, "an unseen file is lost with all after it")          \
    X(COMMITLOG_OPEN, "commitlog/open", OPEN, "an unopened file is lost with all after it")        \
    X(COMMITLOG_SIZE, "commitlog/size", SIZE, "a wrong size refuses the start")                    \
    X(COMMITLOG_READ, "commitlog/read", READ, "an error taken as the end of the log cuts it")      \
    X(COMMITLOG_SEEK, "commitlog/seek", SEEK, "an error taken for a hole leaves stale bytes")      \
    X(COMMITLOG_CREATE, "commitlog/create", CREATE, "a file of length 0 stops the start (#6904)")  \
    X(COMMITLOG_EXTEND, "commitlog/extend", TRUNCATE,                                              \
      "a file of length 0 stops the start (#6904)")                                                \
    X(COMMITLOG_APPEND, "commitlog/append", WRITE, "a torn record must be cut, a whole one kept")  \
    X(COMMITLOG_BLANK, "commitlog/blank", WRITE, "without it the log seems to end before a roll")  \
    X(COMMITLOG_SYNC, "commitlog/sync", SYNC, "the promise of every sync acknowledgement")         \
    X(COMMITLOG_SYNC_DIR, "commitlog/sync-dir", SYNC_DIR, "a file without its entry is lost")      \
    X(COMMITLOG_REWRITE, "commitlog/rewrite", WRITE,                                               \
      "what the cache holds need not be on the disk")                                              \
    X(COMMITLOG_ZERO_TAIL, "commitlog/zero-tail", WRITE, "stale records past a cut come back")     \
    X(COMMITLOG_CUT_FILE, "commitlog/cut-file", UNLINK, "the files past the end hold stale bytes") \
    X(COMMITLOG_EXPIRE, "commitlog/expire", UNLINK, "queues must not need what it removes")        \
    X(DLEDGER_LIST, "dledger/list", LIST, "an unseen file is lost with all after it")              \
    X(DLEDGER_OPEN, "dledger/open", OPEN, "an unopened file is lost with all after it")            \
    X(DLEDGER_SIZE, "dledger/size", SIZE, "a wrong size refuses the start")                        \
    X(DLEDGER_READ, "dledger/read", READ, "an error taken as the end of the log cuts it")          \
    X(DLEDGER_SEEK, "dledger/seek", SEEK, "an error taken for a hole leaves stale bytes")          \
    X(DLEDGER_CREATE, "dledger/create", CREATE, "a file of length 0 stops the start")              \
    X(DLEDGER_EXTEND, "dledger/extend", TRUNCATE, "a file of length 0 stops the start")            \
    X(DLEDGER_APPEND, "dledger/append", WRITE, "a torn entry must be cut, a whole one kept")       \
    X(DLEDGER_BLANK, "dledger/blank", WRITE, "without it the log seems to end before a roll")      \
    X(DLEDGER_SYNC, "dledger/sync", SYNC, "the promise of every sync acknowledgement")             \
    X(DLEDGER_SYNC_DIR, "dledger/sync-dir", SYNC_DIR, "a file without its entry is lost")          \
    X(DLEDGER_REWRITE, "dledger/rewrite", WRITE, "what the cache holds need not be on the disk")   \
    X(DLEDGER_ZERO_TAIL, "dledger/zero-tail", WRITE, "stale entries past a cut come back")         \
    X(DLEDGER_CUT_FILE, "dledger/cut-file", UNLINK, "the files past the end hold stale bytes")     \
    X(DLEDGER_EXPIRE, "dledger/expire", UNLINK, "queues must not need what it removes")            \
    X(DLEDGER_INDEX_LIST, "dledger-index/list", LIST, "the index is rebuilt from the data")        \
    X(DLEDGER_INDEX_OPEN, "dledger-index/open", OPEN, "the index is rebuilt from the data")        \
    X(DLEDGER_INDEX_SIZE, "dledger-index/size", SIZE, "the index is rebuilt from the data")        \
    X(DLEDGER_INDEX_READ, "dledger-index/read", READ, "an error is not a missing unit")            \
    X(DLEDGER_INDEX_SEEK, "dledger-index/seek", SEEK,                                              \
      "an error taken for a hole leaves stale bytes")                                              \
    X(DLEDGER_INDEX_CREATE, "dledger-index/create", CREATE, "the index is rebuilt from the data")  \
    X(DLEDGER_INDEX_EXTEND, "dledger-index/extend", TRUNCATE, "a file of length 0 must not stop")  \
    X(DLEDGER_INDEX_APPEND, "dledger-index/append", WRITE,                                         \
      "behind or torn: rebuilt from the data")                                                     \
    X(DLEDGER_INDEX_SYNC, "dledger-index/sync", SYNC, "the index may be behind, never believed")   \
    X(DLEDGER_INDEX_SYNC_DIR, "dledger-index/sync-dir", SYNC_DIR, "the index may be behind")       \
    X(DLEDGER_INDEX_REWRITE, "dledger-index/rewrite", WRITE,                                       \
      "what the cache holds need not be on the disk")                                              \
    X(DLEDGER_INDEX_ZERO_TAIL, "dledger-index/zero-tail", WRITE, "stale units past a cut")         \
    X(DLEDGER_INDEX_CUT_FILE, "dledger-index/cut-file", UNLINK, "stale units past a cut")          \
    X(DLEDGER_INDEX_EXPIRE, "dledger-index/expire", UNLINK, "only units of expired entries go")    \
    X(DLEDGER_CHECKPOINT_READ, "dledger-checkpoint/read", READ, "committedIndex unknown")          \
    X(DLEDGER_CHECKPOINT_SIZE, "dledger-checkpoint/size", SIZE, "committedIndex unknown")          \
    X(DLEDGER_CHECKPOINT_OPEN, "dledger-checkpoint/open", OPEN, "committedIndex unknown")          \
    X(DLEDGER_CHECKPOINT_CREATE, "dledger-checkpoint/create", CREATE, "the old one must survive")  \
    X(DLEDGER_CHECKPOINT_TRUNCATE, "dledger-checkpoint/truncate", TRUNCATE,                        \
      "a longer rest must not show")                                                               \
    X(DLEDGER_CHECKPOINT_WRITE, "dledger-checkpoint/write", WRITE, "the old one must survive")     \
    X(DLEDGER_CHECKPOINT_SYNC, "dledger-checkpoint/sync", SYNC, "renamed before its bytes: empty") \
    X(DLEDGER_CHECKPOINT_RENAME, "dledger-checkpoint/rename", RENAME, "old or new, never neither") \
    X(DLEDGER_CHECKPOINT_SYNC_DIR, "dledger-checkpoint/sync-dir", SYNC_DIR, "the rename may undo") \
    X(CURRTERM_READ, "currterm/read", READ, "a lost term may be used twice")                       \
    X(CURRTERM_SIZE, "currterm/size", SIZE, "a lost term may be used twice")                       \
    X(CURRTERM_OPEN, "currterm/open", OPEN, "a lost term may be used twice")                       \
    X(CURRTERM_CREATE, "currterm/create", CREATE, "the old term must survive")                     \
    X(CURRTERM_TRUNCATE, "currterm/truncate", TRUNCATE, "a longer rest must not show")             \
    X(CURRTERM_WRITE, "currterm/write", WRITE, "the old term must survive")                        \
    X(CURRTERM_SYNC, "currterm/sync", SYNC, "a term is durable before an entry carries it")        \
    X(CURRTERM_RENAME, "currterm/rename", RENAME, "old or new, never neither")                     \
    X(CURRTERM_SYNC_DIR, "currterm/sync-dir", SYNC_DIR, "a term is durable before it is used")     \
    X(QUEUE_LIST, "queue/list", LIST, "an unseen queue is an empty queue")                         \
    X(QUEUE_OPEN, "queue/open", OPEN, "an unopened file is lost with all after it")                \
    X(QUEUE_SIZE, "queue/size", SIZE, "a wrong size refuses the start")                            \
    X(QUEUE_READ, "queue/read", READ, "an error taken as an invalid unit cuts the queue")          \
    X(QUEUE_SEEK, "queue/seek", SEEK, "an error taken for a hole leaves stale bytes")              \
    X(QUEUE_MKDIR, "queue/mkdir", MKDIR, "a half-made topic must open again")                      \
    X(QUEUE_CREATE, "queue/create", CREATE, "a file of length 0 stops the start (#6904)")          \
    X(QUEUE_EXTEND, "queue/extend", TRUNCATE, "a file of length 0 stops the start (#6904)")        \
    X(QUEUE_APPEND, "queue/append", WRITE, "a torn unit points nowhere or loses its tag")          \
    X(QUEUE_PRE_BLANK, "queue/pre-blank", WRITE, "stopped inside, the queue must not go dead")     \
    X(QUEUE_HEAL, "queue/heal", WRITE, "the repair itself must be repeatable")                     \
    X(QUEUE_SYNC, "queue/sync", SYNC, "the mark must not pass unsynced units")                     \
    X(QUEUE_SYNC_DIR, "queue/sync-dir", SYNC_DIR, "a queue without its entry is lost")             \
    X(QUEUE_REWRITE, "queue/rewrite", WRITE, "what the cache holds need not be on the disk")       \
    X(QUEUE_CUT_TAIL, "queue/cut-tail", WRITE, "stale units past a cut come back (#495)")          \
    X(QUEUE_CUT_FILE, "queue/cut-file", UNLINK, "cutting too much is issue #8032")                 \
    X(QUEUE_EXPIRE, "queue/expire", UNLINK, "only units below the log's first file go")            \
    X(CHECKPOINT_SIZE, "checkpoint/size", SIZE, "missing means a full scan")                       \
    X(CHECKPOINT_OPEN, "checkpoint/open", OPEN, "unread means a full scan")                        \
    X(CHECKPOINT_READ, "checkpoint/read", READ, "unread means a full scan")                        \
    X(CHECKPOINT_CREATE, "checkpoint/create", CREATE, "missing means a full scan")                 \
    X(CHECKPOINT_EXTEND, "checkpoint/extend", TRUNCATE, "too short means a full scan")             \
    X(CHECKPOINT_WRITE, "checkpoint/write", WRITE, "a torn mark must not be believed")             \
    X(CHECKPOINT_SYNC, "checkpoint/sync", SYNC, "an old mark is safe, a future one is not")        \
    X(CHECKPOINT_SYNC_DIR, "checkpoint/sync-dir", SYNC_DIR, "missing means a full scan")           \
    X(OFFSETS_SIZE, "offsets/size", SIZE, "unread: every group begins again")                      \
    X(OFFSETS_OPEN, "offsets/open", OPEN, "unread: every group begins again")                      \
    X(OFFSETS_READ, "offsets/read", READ, "unread: every group begins again")                      \
    X(OFFSETS_CREATE, "offsets/create", CREATE, "the old offsets must survive")                    \
    X(OFFSETS_TRUNCATE, "offsets/truncate", TRUNCATE, "a longer rest must not show")               \
    X(OFFSETS_WRITE, "offsets/write", WRITE, "the old offsets must survive")                       \
    X(OFFSETS_SYNC, "offsets/sync", SYNC, "renamed before its bytes: empty (#5905)")               \
    X(OFFSETS_UNLINK, "offsets/unlink", UNLINK, "deleted before the new one is there (#5905)")     \
    X(OFFSETS_RENAME, "offsets/rename", RENAME, "old or new, never neither (#5905)")               \
    X(OFFSETS_SYNC_DIR, "offsets/sync-dir", SYNC_DIR, "the rename may be undone")

enum point {
#define X(id, name, op, stake) POINT_##id,
    POINT_MAP(X)
#undef X
        POINT_COUNT
};

/* "commitlog/append". */
const char *point_name(enum point point);
/* "store/commitlog/append", as libfiu knows it. */
const char *point_fiu_name(enum point point);
enum point_op point_op(enum point point);
/* What is lost when the operation is torn, fails or is not synced; one clause. */
const char *point_stake(enum point point);
/* Whether the point's operation changes the disk (or its durability). */
bool point_is_mutating(enum point point);
/* Whether the point syncs the log or names a file of it: what an acknowledgement may rest on. */
bool point_is_log_sync(enum point point);
/* "write", "sync-dir". */
const char *point_op_name(enum point_op op);
/* Finds a point by its name; POINT_COUNT when there is none. */
enum point point_find(const char *name);

#endif
