/* Opening the history, whatever state its file is in (history_db.h). */
#include "harness/history/history_db.h"

#include "harness/history/history_place.h"
#include "harness/history/history_schema.h"
#include "harness/history/history_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/file.h>

#define PATH_SIZE_BYTES 1024
/* For one writer after the other; each needs a tenth of a second. */
#define BUSY_MS 30000

struct history_db {
    sqlite3 *handle;
    char path[PATH_SIZE_BYTES];
    char note[HISTORY_DB_NOTE_SIZE_BYTES];
    bool has_log;
};

/* "wal", "delete": what it is now, or negative. */
static int ask_journal(struct history_db *db, const char *sql, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int r = history_sql_prepare(db->handle, sql, &statement, err);

    if (r < 0) {
        return r;
    }
    r = history_sql_step(statement, err);
    db->has_log = r == 1 && strcmp(history_sql_text(statement, 0), "wal") == 0;
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

/* Who is not let in for the moment to change the mode uses the one that there is: both are safe. */
static int choose_journal(struct history_db *db, const char *root, struct err *err)
{
    struct err own = ERR_INIT;
    const char *remote = history_place_of(root);
    int r = ask_journal(
        db, remote == NULL ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = DELETE", &own);

    if (r == -EBUSY || r == -EROFS) {
        r = ask_journal(db, "PRAGMA journal_mode", &own);
    }
    if (r < 0) {
        return err_set(err, r, "%s", own.text);
    }
    if (!db->has_log) {
        (void)snprintf(db->note, sizeof(db->note),
                       "'%.200s' has a rollback journal, no write-ahead log: its file system is "
                       "%s",
                       db->path, remote == NULL ? "without shared memory" : remote);
    }
    return history_sql_exec(db->handle, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", err);
}

/* What a file says of itself. */
struct owner {
    int64_t application;
    int64_t version;
    int64_t tables; /* all that are in it */
    int64_t ours;   /* of them by the names of ours */
};

static int read_owner(sqlite3 *handle, struct owner *ret_owner, struct err *err)
{
    const struct {
        const char *sql;
        int64_t *number;
    } rows[] = {
        {"PRAGMA application_id", &ret_owner->application},
        {"PRAGMA user_version", &ret_owner->version},
        {"SELECT count(*) FROM sqlite_master", &ret_owner->tables},
        {"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN " HISTORY_SCHEMA_TABLES,
         &ret_owner->ours},
    };
    int r = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && r == 0; i++) {
        r = history_sql_number(handle, rows[i].sql, 0, rows[i].number, err);
    }
    return r;
}

/* Whose it is, and whether this program understands it.  An empty file is one to be begun.  Within
 * a transaction, for another process may begin it at this moment. */
static int check_owner(struct history_db *db, bool *ret_is_empty, struct err *err)
{
    struct owner owner = {.application = 0};
    int r = read_owner(db->handle, &owner, err);

    if (r < 0) {
        return r;
    }
    *ret_is_empty = owner.application == 0 && owner.version == 0 && owner.tables == 0;
    if (*ret_is_empty) {
        return 0;
    }
    if (owner.application != HISTORY_SCHEMA_APPLICATION) {
        return err_set(err, ERR_USAGE, "it is the database of another program");
    }
    if (owner.version > HISTORY_SCHEMA_VERSION) {
        return err_set(err, ERR_USAGE,
                       "it is of version %" PRId64 ", made by a later program; this one knows %d",
                       owner.version, HISTORY_SCHEMA_VERSION);
    }
    return owner.ours == HISTORY_SCHEMA_TABLE_COUNT
               ? 0
               : err_set(err, ERR_CORRUPT, "%" PRId64 " of its %d tables are there", owner.ours,
                         HISTORY_SCHEMA_TABLE_COUNT);
}

static int check_owner_alone(struct history_db *db, bool *ret_is_empty, struct err *err)
{
    int r = history_sql_exec(db->handle, "BEGIN", err);

    if (r < 0) {
        return r;
    }
    r = check_owner(db, ret_is_empty, err);
    history_db_rollback(db);
    return r;
}

/* Two may begin it at once: who comes second finds it begun. */
static int make_tables(struct history_db *db, struct err *err)
{
    char marks[128];
    bool is_empty = false;
    int r = history_db_begin(db, err);

    if (r < 0) {
        return r;
    }
    r = check_owner(db, &is_empty, err);
    if (r < 0 || !is_empty) {
        goto out;
    }
    r = history_sql_exec(db->handle, HISTORY_SCHEMA_SQL, err);
    if (r < 0) {
        goto out;
    }
    (void)snprintf(marks, sizeof(marks), "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   HISTORY_SCHEMA_APPLICATION, HISTORY_SCHEMA_VERSION);
    r = history_sql_exec(db->handle, marks, err);
    if (r < 0) {
        goto out;
    }
    return history_db_commit(db, err);
out:
    history_db_rollback(db);
    return r;
}

/* Every page is looked at: who finds damage only when it writes has lost a night. */
static int check_whole(struct history_db *db, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int r = history_sql_prepare(db->handle, "PRAGMA integrity_check(1)", &statement, err);

    if (r < 0) {
        return r;
    }
    r = history_sql_step(statement, err);
    if (r == 1 && strcmp(history_sql_text(statement, 0), "ok") != 0) {
        r = err_set(err, ERR_CORRUPT, "%.300s", history_sql_text(statement, 0));
    }
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

/* For who makes the file or moves it. Closing the descriptor, if there is one, lets go. */
static int hold_root(const char *root)
{
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    while (fd >= 0 && flock(fd, LOCK_EX) < 0 && errno == EINTR) {
    }
    return fd;
}

static int open_handle(struct history_db *db, const char *path, struct err *err)
{
    int code = sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

    if (code != SQLITE_OK) {
        return history_sql_fail(db->handle, code, err);
    }
    (void)sqlite3_extended_result_codes(db->handle, 1);
    (void)sqlite3_busy_timeout(db->handle, BUSY_MS);
    return 0;
}

static void close_handle(struct history_db *db)
{
    (void)sqlite3_close_v2(db->handle);
    db->handle = NULL;
}

/* A file that appears with its tables in it, or not at all: one that is empty was emptied by
 * somebody. */
static int make_file(const char *path, struct err *err)
{
    struct history_db db = {.handle = NULL};
    char journal[PATH_SIZE_BYTES + 16];

    (void)snprintf(db.path, sizeof(db.path), "%.1000s.new", path);
    /* What one left who was killed here. */
    (void)snprintf(journal, sizeof(journal), "%s-journal", db.path);
    (void)unlink(db.path);
    (void)unlink(journal);
    int r = open_handle(&db, db.path, err);
    if (r == 0) {
        r = make_tables(&db, err);
    }
    close_handle(&db);
    if (r == 0 && rename(db.path, path) != 0) {
        r = err_set(err, -errno, "cannot be made: %s", strerrordesc_np(errno));
    }
    if (r < 0) {
        (void)unlink(db.path);
    }
    return r;
}

/* Of those who come first, one makes it. */
static int make_missing(const char *root, const char *path, struct err *err)
{
    int r = 0;

    if (access(path, F_OK) == 0) {
        return 0;
    }
    int lock = hold_root(root);
    if (access(path, F_OK) != 0) {
        r = make_file(path, err);
    }
    if (lock >= 0) {
        (void)close(lock);
    }
    return r;
}

static int open_once(struct history_db *db, const char *root, struct err *err)
{
    bool is_empty = false;
    int r = open_handle(db, db->path, err);

    if (r < 0) {
        return r;
    }
    r = check_owner_alone(db, &is_empty, err);
    if (r < 0) {
        return r;
    }
    r = choose_journal(db, root, err);
    if (r < 0) {
        return r;
    }
    if (is_empty) {
        (void)snprintf(db->note, sizeof(db->note), "'%.200s' was empty: a new history was begun",
                       db->path);
    }
    return is_empty ? make_tables(db, err) : check_whole(db, err);
}

/* The log of changes goes with its file: beside a new one it would be taken for the new one's. */
static int rename_with_log(const char *path, const char *aside, struct err *err)
{
    static const char *const endings[] = {"-journal", "-wal", "-shm", ""};
    char from[PATH_SIZE_BYTES + 16];
    char to[PATH_SIZE_BYTES + 64];

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        (void)snprintf(from, sizeof(from), "%s%s", path, endings[i]);
        (void)snprintf(to, sizeof(to), "%s%s", aside, endings[i]);
        if (rename(from, to) != 0 && errno != ENOENT) {
            return err_set(err, -errno, "it is damaged, and cannot be moved aside: %s",
                           strerrordesc_np(errno));
        }
    }
    return 0;
}

/* A name that nothing has: what was moved aside before stays, too. */
static void name_aside(const struct history_db *db, char *ret_path, size_t path_size_bytes)
{
    time_t now = time(NULL);
    char text[32];
    struct tm utc;

    (void)gmtime_r(&now, &utc);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H%M%SZ", &utc);
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(ret_path, path_size_bytes, "%s.damaged-%s-%u", db->path, text, i);
        if (access(ret_path, F_OK) != 0) {
            return;
        }
    }
}

/* Opened once more under the lock: another process may have moved it meanwhile, and what lies here
 * now is its new one. */
static int move_aside(struct history_db *db, const char *root, struct err *err)
{
    char aside[PATH_SIZE_BYTES + 64];
    struct err why = ERR_INIT;
    int lock = hold_root(root);
    int r = open_once(db, root, &why);

    if (r != ERR_CORRUPT) {
        r = r < 0 ? err_set(err, r, "%s", why.text) : 0;
        goto out;
    }
    close_handle(db);
    name_aside(db, aside, sizeof(aside));
    r = rename_with_log(db->path, aside, err);
    if (r < 0) {
        goto out;
    }
    r = make_file(db->path, err);
    if (r < 0) {
        goto out;
    }
    r = open_once(db, root, err);
    (void)snprintf(db->note, sizeof(db->note),
                   "the history was damaged (%.80s): it lies in '%.200s' now, and a new one was "
                   "begun",
                   why.text, aside);
out:
    if (lock >= 0) {
        (void)close(lock);
    }
    return r;
}

int history_db_open(const char *root, struct history_db **ret_db, struct err *err)
{
    struct history_db *db = calloc(1, sizeof(*db));
    struct err own = ERR_INIT;

    if (db == NULL) {
        return err_set(err, -ENOMEM, "no memory for the history");
    }
    if ((size_t)snprintf(db->path, sizeof(db->path), "%s/" HISTORY_DB_NAME, root) >=
        sizeof(db->path)) {
        free(db);
        return err_set(err, -ENAMETOOLONG, "path of the history is too long");
    }
    int r = make_missing(root, db->path, &own);
    if (r == 0) {
        r = open_once(db, root, &own);
    }
    if (r == ERR_CORRUPT) {
        close_handle(db);
        r = move_aside(db, root, &own);
    }
    if (r < 0) {
        (void)err_set(err, r, "history '%.200s': %.250s", db->path, own.text);
        (void)history_db_close(db);
        return r;
    }
    *ret_db = db;
    return 0;
}

int history_db_open_memory(struct history_db **ret_db, struct err *err)
{
    struct history_db *db = calloc(1, sizeof(*db));

    if (db == NULL) {
        return err_set(err, -ENOMEM, "no memory for a history");
    }
    int r = open_handle(db, ":memory:", err);
    if (r == 0) {
        r = make_tables(db, err);
    }
    if (r < 0) {
        (void)history_db_close(db);
        return r;
    }
    *ret_db = db;
    return 0;
}

struct history_db *history_db_close(struct history_db *db)
{
    if (db != NULL) {
        close_handle(db);
        free(db);
    }
    return NULL;
}

const char *history_db_note(const struct history_db *db)
{
    return db->note;
}

const char *history_db_path(const struct history_db *db)
{
    return db->path;
}

bool history_db_has_log(const struct history_db *db)
{
    return db->has_log;
}

int history_db_begin(struct history_db *db, struct err *err)
{
    return history_sql_exec(db->handle, "BEGIN IMMEDIATE", err);
}

int history_db_commit(struct history_db *db, struct err *err)
{
    return history_sql_exec(db->handle, "COMMIT", err);
}

/* One that failed may have been rolled back already. */
void history_db_rollback(struct history_db *db)
{
    if (sqlite3_get_autocommit(db->handle) == 0) {
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    }
}

void *history_db_handle(const struct history_db *db)
{
    return db->handle;
}
