/* Knows the names that a store may have at each level. */
#include "harness/oracle/foreign/around.h"

#include "harness/oracle/decode/disk_grow.h"
#include "harness/oracle/decode/disk_log.h"
#include "harness/oracle/decode/disk_queue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_NAME_DIGITS 17u
#define DIGITS            "0123456789"

/* What kind of directory one is, by which the names in it are understood. */
enum level {
    LEVEL_ROOT,
    LEVEL_ROW,
    LEVEL_TOPICS,
    LEVEL_QUEUES,
    LEVEL_INDEX,
    LEVEL_DLEDGER,
    LEVEL_CONFIG
};

struct look {
    struct around *around;
    const struct view *view;
    struct err *err;
    bool has_dledger;
};

/* Names of one directory, each with 'd' or 'f' in front: a listing may not be nested. */
struct names {
    char *text;
    size_t size_bytes;
    size_t capacity;
};

static int add_name(void *arg, const char *name, bool is_dir)
{
    struct names *names = arg;
    size_t size = strlen(name) + 2;
    int r = disk_grow((void **)&names->text, &names->capacity, names->size_bytes + size, 1);
    if (r == 0) {
        names->text[names->size_bytes] = is_dir ? 'd' : 'f';
        memcpy(names->text + names->size_bytes + 1, name, size - 1);
        names->size_bytes += size;
    }
    return r;
}

static void note(struct look *look, enum around_kind kind, const char *path)
{
    struct around *around = look->around;
    if (around->counts[kind]++ == 0) {
        snprintf(around->first[kind], sizeof around->first[kind], "%s", path);
    }
}

static bool begins_with(const char *name, const char *begin)
{
    return strncmp(name, begin, strlen(begin)) == 0;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name);
    return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

static bool is_one_of(const char *name, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(name, *words) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_name(const struct names *names, const char *begin)
{
    for (size_t at = 0; at < names->size_bytes; at += strlen(names->text + at) + 1) {
        if (names->text[at] == 'f' && begins_with(names->text + at + 1, begin)) {
            return true;
        }
    }
    return false;
}

static bool is_rocksdb_file(const char *name)
{
    static const char *const words[] = {"CURRENT", "IDENTITY", "LOCK", "LOG", NULL};
    return is_one_of(name, words) || begins_with(name, "MANIFEST-") ||
           begins_with(name, "OPTIONS-") || begins_with(name, "LOG.old.") ||
           ends_with(name, ".sst") || ends_with(name, ".log") || ends_with(name, ".dbtmp");
}

/* Whether a file is one that is read; else it is noted. */
static void look_at_file(struct look *look, enum level level, const char *name, const char *path)
{
    static const char *const root[] = {"checkpoint", "abort", "abort.bak", "lock", NULL};
    static const char *const config[] = {"consumerOffset.json", "consumerOffset.json.bak",
                                         "consumerOffset.json.tmp", NULL};
    static const char *const dledger[] = {"checkpoint", "checkpoint.tmp", "checkpoint.bak",
                                          "currterm",   "currterm.tmp",   "currterm.bak",
                                          NULL};
    uint64_t start = 0;
    bool is_known = (level == LEVEL_ROOT && is_one_of(name, root)) ||
                    (level == LEVEL_CONFIG && is_one_of(name, config)) ||
                    (level == LEVEL_DLEDGER && is_one_of(name, dledger)) ||
                    (level == LEVEL_ROW && disk_log_parse_name(name, &start)) ||
                    (level == LEVEL_INDEX && strlen(name) == INDEX_NAME_DIGITS &&
                     strspn(name, DIGITS) == INDEX_NAME_DIGITS);
    if (is_known) {
        return;
    }
    enum around_kind kind = AROUND_STRAY_FILE;
    if (level == LEVEL_CONFIG) {
        kind = AROUND_CONFIG;
    } else if (level == LEVEL_ROOT && begins_with(name, "timerwheel")) {
        kind = AROUND_TIMER;
    } else if (level == LEVEL_ROOT &&
               (begins_with(name, "epochFileCheckpoint") || begins_with(name, "brokerIdentity"))) {
        kind = AROUND_EPOCH;
    }
    note(look, kind, path);
}

static int look_at_directory(struct look *look, enum level level, const char *path);

/* A directory in ROOT. */
static int look_at_part(struct look *look, const char *name, const char *path)
{
    static const struct {
        const char *name;
        enum level level;
    } parts[] = {{"commitlog", LEVEL_ROW},
                 {"consumequeue", LEVEL_TOPICS},
                 {"consumequeue_ext", LEVEL_TOPICS},
                 {"consumequeue_rocksdb", LEVEL_TOPICS},
                 {"batchconsumequeue", LEVEL_TOPICS},
                 {"index", LEVEL_INDEX},
                 {"config", LEVEL_CONFIG}};
    static const struct {
        const char *begin;
        enum around_kind kind;
    } others[] = {{"timer", AROUND_TIMER},
                  {"compaction", AROUND_COMPACTION},
                  {"transaction", AROUND_TRANSACTION},
                  {"rocksdb", AROUND_ROCKSDB}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strcmp(name, parts[i].name) == 0) {
            return look_at_directory(look, parts[i].level, path);
        }
    }
    if (begins_with(name, "dledger-")) {
        if (look->has_dledger) {
            note(look, AROUND_SECOND_DLEDGER, path);
            return 0;
        }
        look->has_dledger = true;
        return look_at_directory(look, LEVEL_DLEDGER, path);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (begins_with(name, others[i].begin)) {
            note(look, others[i].kind, path);
            return 0;
        }
    }
    note(look, AROUND_STRAY_DIRECTORY, path);
    return 0;
}

static int look_below(struct look *look, enum level level, const char *name, const char *path)
{
    if (level == LEVEL_ROOT) {
        return look_at_part(look, name, path);
    }
    if (level == LEVEL_TOPICS) {
        return look_at_directory(look, LEVEL_QUEUES, path);
    }
    int32_t queue_id = 0;
    bool is_row = level == LEVEL_QUEUES ? disk_queue_parse_id(name, &queue_id)
                                        : level == LEVEL_DLEDGER && (strcmp(name, "data") == 0 ||
                                                                     strcmp(name, "index") == 0);
    if (is_row) {
        return look_at_directory(look, LEVEL_ROW, path);
    }
    /* From 5.2.0 on the broker may keep its configuration in RocksDB, a folder a kind. */
    note(look, level == LEVEL_CONFIG ? AROUND_CONFIG : AROUND_STRAY_DIRECTORY, path);
    return 0;
}

/* Whether there is something to look at behind the name; what is no file is noted. */
static bool look_at_kind(struct look *look, const char *path)
{
    const struct view *view = look->view;
    int kind = view->kind != NULL ? view->kind(view->arg, path) : VIEW_FILE;
    static const enum around_kind others[] = {
        [VIEW_PIPE] = AROUND_PIPE, [VIEW_SOCKET] = AROUND_SOCKET, [VIEW_DEVICE] = AROUND_DEVICE};
    if (kind == VIEW_LINK) {
        int64_t size = view->size(view->arg, path);
        bool is_lost = size < 0 && size != -EISDIR;
        note(look, is_lost ? AROUND_LOST_LINK : AROUND_LINK, path);
        return !is_lost;
    }
    if (kind == VIEW_PIPE || kind == VIEW_SOCKET || kind == VIEW_DEVICE) {
        note(look, others[kind], path);
        return false;
    }
    return true;
}

static int look_at_names(struct look *look, enum level level, const char *path,
                         const struct names *names)
{
    bool is_rocksdb =
        level == LEVEL_TOPICS && has_name(names, "CURRENT") && has_name(names, "MANIFEST-");
    if (is_rocksdb) {
        note(look, AROUND_ROCKSDB, path);
        look->around->has_rocksdb_queues = true;
    }
    for (size_t at = 0; at < names->size_bytes; at += strlen(names->text + at) + 1) {
        const char *name = names->text + at + 1;
        char below[AROUND_PATH_SIZE_BYTES];
        int length = path[0] == '\0' ? snprintf(below, sizeof below, "%s", name)
                                     : snprintf(below, sizeof below, "%s/%s", path, name);
        if (length >= (int)sizeof below || (is_rocksdb && is_rocksdb_file(name)) ||
            !look_at_kind(look, below)) {
            continue;
        }
        if (names->text[at] == 'f') {
            look_at_file(look, level, name, below);
            continue;
        }
        int r = look_below(look, level, name, below);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* At most four levels deep: nothing below the folders that are known is gone into, and no loop of
 * links is. */
static int look_at_directory(struct look *look, enum level level, const char *path)
{
    struct names names = {NULL, 0, 0};
    int r = look->view->list(look->view->arg, path, add_name, &names);
    if (r < 0) {
        r = r == -ENOENT ? 0 : err_set(look->err, r, "list '%s'", path);
    } else {
        r = look_at_names(look, level, path, &names);
    }
    free(names.text);
    return r;
}

int around_look(struct around *around, const struct view *view, struct err *err)
{
    struct look look = {.around = around, .view = view, .err = err};
    memset(around, 0, sizeof *around);
    return look_at_directory(&look, LEVEL_ROOT, "");
}

bool around_print(const struct around *around, enum around_kind kind,
                  char line[AROUND_LINE_SIZE_BYTES])
{
    static const char *const words[] = {
#define X(id, word) word,
        AROUND_MAP(X)
#undef X
    };
    if (around->counts[kind] == 0) {
        return false;
    }
    if (around->counts[kind] == 1) {
        snprintf(line, AROUND_LINE_SIZE_BYTES, "%s: %s", words[kind], around->first[kind]);
    } else {
        snprintf(line, AROUND_LINE_SIZE_BYTES, "%s: %s, and %" PRIu64 " more", words[kind],
                 around->first[kind], around->counts[kind] - 1);
    }
    return true;
}
