/* Statements of SQLite (history_sql.h). */
#include "harness/history/history_sql.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The primary code is in the low byte. */
static int code_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return -EROFS;
    case SQLITE_CANTOPEN:
        return -EACCES;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return ERR_USAGE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    default:
        return -EIO;
    }
}

int history_sql_fail(sqlite3 *db, int code, struct err *err)
{
    const char *says = db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(db);

    return err_set(err, code_of(code), "%.300s", says);
}

int history_sql_exec(sqlite3 *db, const char *sql, struct err *err)
{
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? 0 : history_sql_fail(db, code, err);
}

int history_sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement, struct err *err)
{
    int code = sqlite3_prepare_v2(db, sql, -1, ret_statement, NULL);

    return code == SQLITE_OK ? 0 : history_sql_fail(db, code, err);
}

static int bind_positive(sqlite3_stmt *statement, int place, int64_t number)
{
    return number < 0 ? sqlite3_bind_null(statement, place)
                      : sqlite3_bind_int64(statement, place, number);
}

static int bind_all(sqlite3_stmt *statement, const char *form, va_list values)
{
    int code = SQLITE_OK;

    (void)sqlite3_reset(statement); /* what the last step failed with was told by it */
    for (int i = 0; form[i] != '\0' && code == SQLITE_OK; i++) {
        switch (form[i]) {
        case 't':
            code = sqlite3_bind_text(statement, i + 1, va_arg(values, const char *), -1,
                                     SQLITE_STATIC);
            break;
        case 'i':
            code = sqlite3_bind_int64(statement, i + 1, va_arg(values, int64_t));
            break;
        case 'd':
            code = sqlite3_bind_double(statement, i + 1, va_arg(values, double));
            break;
        default:
            code = bind_positive(statement, i + 1, va_arg(values, int64_t));
            break;
        }
    }
    return code;
}

static int bind_or_fail(sqlite3_stmt *statement, const char *form, va_list values, struct err *err)
{
    int code = bind_all(statement, form, values);

    return code == SQLITE_OK ? 0 : history_sql_fail(sqlite3_db_handle(statement), code, err);
}

int history_sql_bind(sqlite3_stmt *statement, struct err *err, const char *form, ...)
{
    va_list values;

    va_start(values, form);
    int r = bind_or_fail(statement, form, values, err);
    va_end(values);
    return r;
}

int history_sql_step(sqlite3_stmt *statement, struct err *err)
{
    int code = sqlite3_step(statement);

    if (code == SQLITE_ROW) {
        return 1;
    }
    if (code == SQLITE_DONE) {
        return 0;
    }
    return history_sql_fail(sqlite3_db_handle(statement), code, err);
}

int history_sql_run(sqlite3 *db, struct err *err, const char *sql, const char *form, ...)
{
    sqlite3_stmt *statement = NULL;
    va_list values;
    int r = history_sql_prepare(db, sql, &statement, err);

    if (r < 0) {
        return r;
    }
    va_start(values, form);
    r = bind_or_fail(statement, form, values, err);
    va_end(values);
    if (r == 0) {
        r = history_sql_step(statement, err);
    }
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

int history_sql_number(sqlite3 *db, const char *sql, int64_t otherwise, int64_t *ret_number,
                       struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int r = history_sql_prepare(db, sql, &statement, err);

    if (r < 0) {
        return r;
    }
    r = history_sql_step(statement, err);
    *ret_number = r == 1 ? sqlite3_column_int64(statement, 0) : otherwise;
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

const char *history_sql_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    return text == NULL ? "" : (const char *)text;
}

static void set_column(json_t *object, sqlite3_stmt *statement, int column)
{
    const char *name = sqlite3_column_name(statement, column);
    size_t length = name == NULL ? 0 : strlen(name);
    char key[64];
    json_t *value = NULL;

    if (name == NULL) {
        return; /* no memory for it */
    }
    (void)snprintf(key, sizeof(key), "%s", name);
    if (length > 5 && length < sizeof(key) && strcmp(name + length - 5, "_json") == 0) {
        key[length - 5] = '\0';
        value = json_loads(history_sql_text(statement, column), JSON_DECODE_ANY, NULL);
    } else if (sqlite3_column_type(statement, column) == SQLITE_INTEGER) {
        int64_t number = sqlite3_column_int64(statement, column);

        value = strncmp(name, "is_", 3) == 0 ? json_boolean(number) : json_integer(number);
    } else if (sqlite3_column_type(statement, column) == SQLITE_FLOAT) {
        value = json_real(sqlite3_column_double(statement, column));
    } else if (sqlite3_column_type(statement, column) == SQLITE_TEXT) {
        value = json_string(history_sql_text(statement, column));
    }
    (void)json_object_set_new(object, key, value == NULL ? json_null() : value);
}

int history_sql_rows(sqlite3_stmt *statement, json_t **ret_rows, struct err *err)
{
    json_t *rows = json_array();
    int r;

    while ((r = history_sql_step(statement, err)) == 1) {
        json_t *object = json_object();

        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            set_column(object, statement, i);
        }
        (void)json_array_append_new(rows, object);
    }
    if (r < 0) {
        json_decref(rows);
        return r;
    }
    *ret_rows = rows;
    return rows == NULL ? err_set(err, -ENOMEM, "no memory for rows of the history") : 0;
}
