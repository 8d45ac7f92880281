/* Consumer offsets: see consumer_offsets.h. */
#include "store/queue/consumer_offsets.h"

#include "store/base/grow.h"
#include "store/base/text.h"
#include "store/files/text_rewrite.h"
#include "store/format/types.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE_BYTES_MAX 512 /* of TOPIC@GROUP */
#define DEPTH_MAX           32  /* of values that are skipped */

static const struct text_file_points points = {
    .size = POINT_OFFSETS_SIZE,
    .open = POINT_OFFSETS_OPEN,
    .read = POINT_OFFSETS_READ,
    .create = POINT_OFFSETS_CREATE,
    .truncate = POINT_OFFSETS_TRUNCATE,
    .write = POINT_OFFSETS_WRITE,
    .sync = POINT_OFFSETS_SYNC,
    .rename = POINT_OFFSETS_RENAME,
    .sync_dir = POINT_OFFSETS_SYNC_DIR,
};

struct entry {
    char *name; /* TOPIC@GROUP */
    int32_t queue_id;
    int64_t offset;
};

/* Ascending by name and queue id. */
struct table {
    struct entry *entries;
    uint32_t count;
    uint32_t capacity;
};

struct consumer_offsets {
    struct text_file file;
    struct table table;
    int64_t counter; /* dataVersion: grows with each save */
    struct consumer_offsets_defects defects;
    bool is_dirty;
};

static void table_done(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->entries[i].name);
    }
    free(table->entries);
    *table = (struct table){0};
}

/* The entry, or NULL; `ret_at`: its index, or where it would have to go. */
static struct entry *locate(const struct table *table, const char *name, int32_t queue_id,
                            size_t *ret_at)
{
    size_t low = 0;
    size_t high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct entry *entry = &table->entries[middle];
        int order = strcmp(entry->name, name);
        if (order == 0) {
            order = entry->queue_id < queue_id ? -1 : entry->queue_id > queue_id;
        }
        if (order == 0) {
            *ret_at = middle;
            return entry;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_at = low;
    return NULL;
}

/* Sets or inserts. The table has a bound, because it grows by what a file says: a damaged one must
 * not eat all memory. */
static int table_set(struct table *table, const char *name, int32_t queue_id, int64_t offset)
{
    size_t at = 0;
    struct entry *found = locate(table, name, queue_id, &at);
    if (found != NULL) {
        found->offset = offset;
        return 0;
    }
    if (table->count == CONSUMER_OFFSETS_COUNT_MAX) {
        return -ENOMEM;
    }
    int r = grow_array((void **)&table->entries, table->count, &table->capacity,
                       sizeof(*table->entries));
    if (r < 0) {
        return r;
    }
    char *copy = strdup(name);
    if (copy == NULL) {
        return -ENOMEM;
    }
    memmove(&table->entries[at + 1], &table->entries[at],
            (table->count - at) * sizeof(*table->entries));
    table->entries[at] = (struct entry){copy, queue_id, offset};
    table->count++;
    return 0;
}

int consumer_offsets_new(struct disk *disk, bool second_sync, struct consumer_offsets **ret_offsets)
{
    struct consumer_offsets *offsets = calloc(1, sizeof(*offsets));
    if (offsets == NULL) {
        return -ENOMEM;
    }
    offsets->file =
        (struct text_file){disk, CONSUMER_OFFSETS_DIR, CONSUMER_OFFSETS_DIR "/consumerOffset.json",
                           &points, second_sync};
    *ret_offsets = offsets;
    return 0;
}

struct consumer_offsets *consumer_offsets_free(struct consumer_offsets *offsets)
{
    if (offsets != NULL) {
        table_done(&offsets->table);
        free(offsets);
    }
    return NULL;
}

/* Reading JSON: what fastjson writes, and any JSON where the content does not matter. */

struct cursor {
    const char *text;
    size_t size;
    size_t at;
    struct err *err;
};

/* Every error of the reader names the byte where it stopped: that is how one tells a torn file from
 * one that another tool wrote. */
static int bad(struct cursor *cursor, const char *what)
{
    return err_set(cursor->err, ERR_CORRUPT, "%s at byte %zu", what, cursor->at);
}

/* The next character that is no white space, '\0' at the end. A NUL in the file is an end, too, and
 * is told from the real one by `at`. */
static char peek(struct cursor *cursor)
{
    while (cursor->at < cursor->size && cursor->text[cursor->at] != '\0' &&
           strchr(" \t\r\n", cursor->text[cursor->at]) != NULL) {
        cursor->at++;
    }
    return cursor->at < cursor->size ? cursor->text[cursor->at] : '\0';
}

/* Whether `c` comes next, which is then used up. The second condition keeps '\0' from matching the
 * end. */
static bool take(struct cursor *cursor, char c)
{
    if (peek(cursor) != c || cursor->at >= cursor->size) {
        return false;
    }
    cursor->at++;
    return true;
}

/* A string.  Into `ret` only names go, and no name of a topic or group has an escape; with `ret`
 * NULL the string is skipped. */
static int read_string(struct cursor *cursor, char *ret, size_t ret_size)
{
    if (!take(cursor, '"')) {
        return bad(cursor, "a string is missing");
    }
    size_t size = 0;
    while (cursor->at < cursor->size && cursor->text[cursor->at] != '"') {
        unsigned char c = (unsigned char)cursor->text[cursor->at];
        if (ret == NULL) {
            cursor->at += c == '\\' && cursor->at + 1 < cursor->size ? 2 : 1;
            continue;
        }
        if (c < 0x20 || c == '\\' || size + 1 >= ret_size) {
            return bad(cursor, "not a name");
        }
        ret[size++] = (char)c;
        cursor->at++;
    }
    if (cursor->at >= cursor->size) {
        return bad(cursor, "a string does not end");
    }
    cursor->at++;
    if (ret != NULL) {
        ret[size] = '\0';
    }
    return 0;
}

/* Reads a whole number in [min, max], by way of a buffer: the text need not end in a NUL where
 * strtoll would stop, and a number of too many digits is an error instead of a wrong value. */
static int read_integer(struct cursor *cursor, int64_t min, int64_t max, int64_t *ret_value)
{
    char digits[24];
    size_t size = 0;
    if (peek(cursor) == '-') {
        digits[size++] = cursor->text[cursor->at++];
    }
    while (cursor->at < cursor->size && size + 1 < sizeof(digits) &&
           cursor->text[cursor->at] >= '0' && cursor->text[cursor->at] <= '9') {
        digits[size++] = cursor->text[cursor->at++];
    }
    digits[size] = '\0';
    char *end = NULL;
    errno = 0;
    long long value = strtoll(digits, &end, 10);
    if (end == digits || *end != '\0' || errno != 0 || value < min || value > max) {
        return bad(cursor, "not a whole number in range");
    }
    *ret_value = value;
    return 0;
}

/* Skips any value: brackets must match, strings must end. It keeps its own stack, of a fixed depth,
 * because recursion would let a file of brackets exhaust the worker's stack. */
static int skip_value(struct cursor *cursor)
{
    char open[DEPTH_MAX];
    size_t depth = 0;
    do {
        char c = peek(cursor);
        if (c == '"') {
            int r = read_string(cursor, NULL, 0);
            if (r < 0) {
                return r;
            }
            continue;
        }
        if (cursor->at >= cursor->size) {
            return bad(cursor, "a value does not end");
        }
        if (c == '{' || c == '[') {
            if (depth == DEPTH_MAX) {
                return bad(cursor, "too deep");
            }
            open[depth++] = c == '{' ? '}' : ']';
        } else if (c == '}' || c == ']' || (c == ',' && depth == 0)) {
            if (depth == 0 || open[depth - 1] != c) {
                return bad(cursor, "a bracket does not match");
            }
            depth--;
        } else if (depth == 0 && strchr("+-.0123456789Eaeflnrstu", c) != NULL) {
            cursor->at += strspn(cursor->text + cursor->at, "+-.0123456789Eaeflnrstu");
            continue;
        } else if (depth == 0) {
            return bad(cursor, "not a value");
        }
        cursor->at++;
    } while (depth > 0);
    return 0;
}

/* One member of an object: goes on after ',', stops after '}'. A file cut anywhere ends with
 * neither, so a torn table is never read as a short one. Returns 1 to go on, 0 at the end. */
static int next_member(struct cursor *cursor, bool *is_first)
{
    if (take(cursor, '}')) {
        return 0;
    }
    if (!*is_first && !take(cursor, ',')) {
        return bad(cursor, "',' or '}' is missing");
    }
    *is_first = false;
    return 1;
}

/* 0:17; fastjson leaves the key bare, and the quoted form is what other tools make of it. */
static int read_queue(struct cursor *cursor, const char *name, struct table *table)
{
    int64_t queue_id = 0;
    int64_t offset = 0;
    bool is_quoted = take(cursor, '"');
    int r = read_integer(cursor, INT32_MIN, INT32_MAX, &queue_id);
    if (r < 0) {
        return r;
    }
    if (is_quoted && !take(cursor, '"')) {
        return bad(cursor, "'\"' is missing");
    }
    if (!take(cursor, ':')) {
        return bad(cursor, "':' is missing");
    }
    r = read_integer(cursor, -1, INT64_MAX, &offset);
    if (r < 0) {
        return r;
    }
    return table_set(table, name, (int32_t)queue_id, offset);
}

/* {0:17,1:16} */
static int read_queues(struct cursor *cursor, const char *name, struct table *table)
{
    if (!take(cursor, '{')) {
        return bad(cursor, "'{' is missing");
    }
    bool is_first = true;
    int r = 0;
    while ((r = next_member(cursor, &is_first)) == 1) {
        r = read_queue(cursor, name, table);
        if (r < 0) {
            return r;
        }
    }
    return r;
}

/* Reads an object whose member names are strings; `read_value` reads what follows each name. */
static int read_members(struct cursor *cursor, struct table *table,
                        int (*read_value)(struct cursor *, const char *, struct table *))
{
    if (!take(cursor, '{')) {
        return bad(cursor, "'{' is missing");
    }
    bool is_first = true;
    int r = 0;
    while ((r = next_member(cursor, &is_first)) == 1) {
        char name[NAME_SIZE_BYTES_MAX + 1];
        r = read_string(cursor, name, sizeof(name));
        if (r == 0 && !take(cursor, ':')) {
            r = bad(cursor, "':' is missing");
        }
        if (r == 0) {
            r = read_value(cursor, name, table);
        }
        if (r < 0) {
            return r;
        }
    }
    return r;
}

static int read_top_value(struct cursor *cursor, const char *name, struct table *table)
{
    return strcmp(name, "offsetTable") == 0 ? read_members(cursor, table, read_queues)
                                            : skip_value(cursor);
}

/* All of the text must be one value: what stands behind it would be the rest of a longer file that
 * was written over without being cut. */
static int read_document(struct cursor *cursor, struct table *table)
{
    int r = read_members(cursor, table, read_top_value);
    if (r == 0 && (peek(cursor) != '\0' || cursor->at < cursor->size)) {
        r = bad(cursor, "something follows the end");
    }
    return r;
}

/* Into a table of its own, which takes the place of the old one only when the last byte was right.
 * */
int consumer_offsets_parse(struct consumer_offsets *offsets, const char *text, size_t size_bytes,
                           struct err *err)
{
    struct cursor cursor = {text, size_bytes, 0, err};
    struct table table = {0};
    int r = read_document(&cursor, &table);
    if (r < 0) {
        table_done(&table);
        return r == -ENOMEM ? err_set(err, r, "too many consumer offsets") : r;
    }
    table_done(&offsets->table);
    offsets->table = table;
    return 0;
}

/* Writing */

static int print(struct buffer *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int print(struct buffer *text, const char *format, ...)
{
    char piece[2 * NAME_SIZE_BYTES_MAX + 64];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(piece, sizeof(piece), format, args);
    va_end(args);
    return buffer_append(text, piece, (size_t)size);
}

/* The text of the table, as RocketMQ indents it. */
static int print_table(const struct consumer_offsets *offsets, int64_t now_ms, struct buffer *text)
{
    const struct table *table = &offsets->table;
    int r = print(text,
                  "{\n\t\"dataVersion\":{\n\t\t\"counter\":%" PRId64
                  ",\n\t\t\"stateVersion\":0,\n\t\t\"timestamp\":%" PRId64
                  "\n\t},\n\t\"offsetTable\":{",
                  offsets->counter, now_ms);
    for (size_t i = 0; r == 0 && i < table->count; i++) {
        const struct entry *entry = &table->entries[i];
        bool is_new = i == 0 || strcmp(entry->name, table->entries[i - 1].name) != 0;
        if (is_new) {
            r = print(text, "%s\n\t\t\"%s\":{", i == 0 ? "" : "\n\t\t},", entry->name);
        }
        if (r == 0) {
            r = print(text, "%s%" PRId32 ":%" PRId64, is_new ? "" : ",", entry->queue_id,
                      entry->offset);
        }
    }
    if (r == 0) {
        r = print(text, "%s", table->count > 0 ? "\n\t\t}\n\t}\n}" : "}\n}");
    }
    return r;
}

/* The table in files and in use */

static int parse_file(void *arg, const char *text, size_t size_bytes, struct err *err)
{
    return consumer_offsets_parse(arg, text, size_bytes, err);
}

int consumer_offsets_load(struct consumer_offsets *offsets, struct err *err)
{
    int r = text_file_load(&offsets->file, parse_file, offsets, err);
    return r < 0 ? r : 0;
}

void consumer_offsets_plant(struct consumer_offsets *offsets,
                            const struct consumer_offsets_defects *defects)
{
    offsets->defects = *defects;
}

/* Whether a text is a table; takes nothing over. */
static int is_table(void *arg, const char *text, size_t size_bytes, struct err *err)
{
    struct consumer_offsets scratch = {.counter = 0};
    int r = consumer_offsets_parse(&scratch, text, size_bytes, err);
    (void)arg;
    table_done(&scratch.table);
    return r;
}

/* One of four ways: ours, or one of the three that RocketMQ once had. Only in place the .bak is
 * replaced by nothing but a text that parses; the other two do not ask. */
static int write_text(const struct consumer_offsets *offsets, const struct buffer *text,
                      struct err *err)
{
    const struct consumer_offsets_defects *defects = &offsets->defects;
    const char *data = (const char *)text->data;
    struct text_rewrite_options options = {
        .is_synced = !defects->delete_rename && !defects->in_place,
        .is_sound = defects->backup_pollution || defects->delete_rename ? NULL : is_table,
        .unlink = POINT_OFFSETS_UNLINK,
    };
    if (defects->delete_rename) {
        return text_rewrite_delete_rename(&offsets->file, &options, data, text->size_bytes, err);
    }
    return defects->in_place || defects->backup_pollution
               ? text_rewrite_in_place(&offsets->file, &options, data, text->size_bytes, err)
               : text_file_save(&offsets->file, data, text->size_bytes, err);
}

/* The counter grows even when the save fails: what a failed save left on the disk never has the
 * number of a later one. The table stays dirty then, and the service tries again. */
int consumer_offsets_save(struct consumer_offsets *offsets, int64_t now_ms, struct err *err)
{
    struct buffer text;
    buffer_init(&text, TEXT_FILE_SIZE_BYTES_MAX);
    offsets->counter++;
    int r = print_table(offsets, now_ms, &text);
    if (r < 0) {
        err_set(err, r, "print consumer offsets");
    } else {
        r = write_text(offsets, &text, err);
    }
    buffer_done(&text);
    if (r == 0) {
        offsets->is_dirty = false;
    }
    return r;
}

bool consumer_offsets_is_dirty(const struct consumer_offsets *offsets)
{
    return offsets->is_dirty;
}

/* Whether a name can be part of a key without escapes. The group may have an '@', the topic must
 * not: the first '@' of a key is where the topic ends. */
static bool is_plain(const char *name, bool may_have_at)
{
    for (const char *c = name; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == '"' || *c == '\\' || (*c == '@' && !may_have_at)) {
            return false;
        }
    }
    return name[0] != '\0';
}

static bool name_of(const char *topic, const char *group, char *ret_name)
{
    size_t length = text_add(ret_name, NAME_SIZE_BYTES_MAX, 0, topic);
    length = text_add(ret_name, NAME_SIZE_BYTES_MAX, length, "@");
    length = text_add(ret_name, NAME_SIZE_BYTES_MAX, length, group);
    return length == strlen(topic) + 1 + strlen(group);
}

/* The offset may go back: a consumer may be reset to read again. */
int consumer_offsets_set(struct consumer_offsets *offsets, const char *topic, const char *group,
                         int32_t queue_id, int64_t offset, struct err *err)
{
    char name[NAME_SIZE_BYTES_MAX];
    if (!is_plain(topic, false) || !is_plain(group, true) || !name_of(topic, group, name) ||
        offset < 0) {
        return err_set(err, ERR_USAGE, "cannot commit %" PRId64 " for '%.64s' of '%.64s'", offset,
                       group, topic);
    }
    int r = table_set(&offsets->table, name, queue_id, offset);
    if (r < 0) {
        return err_set(err, r, "too many consumer offsets");
    }
    offsets->is_dirty = true;
    return 0;
}

int64_t consumer_offsets_get(const struct consumer_offsets *offsets, const char *topic,
                             const char *group, int32_t queue_id)
{
    char name[NAME_SIZE_BYTES_MAX];
    size_t at = 0;
    if (!name_of(topic, group, name) || !locate(&offsets->table, name, queue_id, &at)) {
        return -1;
    }
    return offsets->table.entries[at].offset;
}

size_t consumer_offsets_clip(struct consumer_offsets *offsets, consumer_offsets_limit limit,
                             void *arg)
{
    size_t lowered = 0;
    for (size_t i = 0; i < offsets->table.count; i++) {
        struct entry *entry = &offsets->table.entries[i];
        const char *at = strchr(entry->name, '@');
        if (at == NULL) {
            continue;
        }
        int64_t max = limit(arg, entry->name, (size_t)(at - entry->name), entry->queue_id);
        if (max >= 0 && entry->offset > max) {
            entry->offset = max;
            offsets->is_dirty = true;
            lowered++;
        }
    }
    return lowered;
}
