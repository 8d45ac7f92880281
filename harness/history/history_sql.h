/* SQLite's calls with our errors: a statement is prepared, bound, stepped and finished. */
#ifndef HARNESS_HISTORY_HISTORY_SQL_H
#define HARNESS_HISTORY_HISTORY_SQL_H

#include "store/base/err.h"

#include <stdint.h>

#include <jansson.h>
#include <sqlite3.h>

/* What a result code of SQLite, which `db` has last given, comes to: ERR_CORRUPT for a file that is
 * damaged or none of SQLite's, else a negated errno.  Sets `err` to what SQLite says. */
int history_sql_fail(sqlite3 *db, int code, struct err *err);

/* Runs statements that give no rows.  0, or as of history_sql_fail(). */
int history_sql_exec(sqlite3 *db, const char *sql, struct err *err);

/* `form` has a letter for each parameter: t a const char * (NULL is NULL; it must stay valid until
 * the statement is stepped), i an int64_t, p the same and NULL when it is negative, d a double. */
int history_sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement,
                        struct err *err);
/* Begins the statement again, with these values. */
int history_sql_bind(sqlite3_stmt *statement, struct err *err, const char *form, ...);
/* 1 with a row, 0 at the end, or negative. */
int history_sql_step(sqlite3_stmt *statement, struct err *err);
/* A statement of one use that gives no rows, prepared, bound, run and finished. */
int history_sql_run(sqlite3 *db, struct err *err, const char *sql, const char *form, ...);
/* The one number that `sql`, without parameters, gives; 0 rows: `otherwise`. */
int history_sql_number(sqlite3 *db, const char *sql, int64_t otherwise, int64_t *ret_number,
                       struct err *err);

/* A column's text; "" for NULL.  Valid until the next step. */
const char *history_sql_text(sqlite3_stmt *statement, int column);

/* All rows as a new array of objects, keys being the columns' names: one that begins with "is_" is
 * a boolean, one that ends in "_json" is JSON itself and loses that ending.  0 or negative. */
int history_sql_rows(sqlite3_stmt *statement, json_t **ret_rows, struct err *err);

#endif
