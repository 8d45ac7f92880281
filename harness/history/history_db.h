/* The file of the history: history.sqlite beside the run directories, SQLite's.
 *
 * Several processes may use it at once, and each may be killed at any moment: what a call wrote is
 * there whole or not at all.  On a local file system it has a write-ahead log, elsewhere, where
 * that does not work, a rollback journal.  A file that is damaged is moved aside and a new one
 * begun. */
#ifndef HARNESS_HISTORY_HISTORY_DB_H
#define HARNESS_HISTORY_HISTORY_DB_H

#include "store/base/err.h"

#include <stdbool.h>

#define HISTORY_DB_NAME "history.sqlite"

#define HISTORY_DB_NOTE_SIZE_BYTES 400

struct history_db;

/* Opens the one below `root`, the directory of run directories, and makes it where it is missing;
 * it waits for other writers, at most half a minute.  The caller closes it.
 * 0 or negative: ERR_USAGE for a database of somebody else or of a later program, which stays as it
 * is. */
int history_db_open(const char *root, struct history_db **ret_db, struct err *err);
/* One in memory, empty, of which nothing stays. */
int history_db_open_memory(struct history_db **ret_db, struct err *err);
/* NULL is none; returns NULL.  What was not committed is undone. */
struct history_db *history_db_close(struct history_db *db);

/* What is to be said of it: that a damaged file was moved aside and where to, that it has no
 * write-ahead log and why; or "".  Lives as long as `db`. */
const char *history_db_note(const struct history_db *db);
/* "runs/history.sqlite"; "" of one in memory. */
const char *history_db_path(const struct history_db *db);
/* Whether it has a write-ahead log. */
bool history_db_has_log(const struct history_db *db);

/* One transaction, of which there is one writer at a time.  0 or negative. */
int history_db_begin(struct history_db *db, struct err *err);
int history_db_commit(struct history_db *db, struct err *err);
void history_db_rollback(struct history_db *db);

/* The connection, for the other files of this room (a sqlite3 *). */
void *history_db_handle(const struct history_db *db);

#endif
