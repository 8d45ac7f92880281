/* A parser for the little JSON that consumerOffset.json is. */
#include "harness/oracle/decode/disk_offsets.h"

#include "harness/oracle/decode/disk_grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE_BYTES_MAX (64u << 20)
#define DEPTH_MAX           32

struct parser {
    const char *at;
    const char *end;
    struct disk_offsets *offsets;
    bool is_out_of_memory;
};

void disk_offsets_init(struct disk_offsets *offsets)
{
    memset(offsets, 0, sizeof *offsets);
}

void disk_offsets_done(struct disk_offsets *offsets)
{
    free(offsets->entries);
    free(offsets->names);
    free(offsets->text);
    memset(offsets, 0, sizeof *offsets);
}

const char *disk_offsets_key(const struct disk_offsets *offsets, const struct disk_offset *entry)
{
    return offsets->names + entry->key_at;
}

static char peek(struct parser *parser)
{
    while (parser->at < parser->end && (*parser->at == ' ' || *parser->at == '\t' ||
                                        *parser->at == '\n' || *parser->at == '\r')) {
        parser->at++;
    }
    return parser->at < parser->end ? *parser->at : '\0';
}

static bool take(struct parser *parser, char expected)
{
    if (peek(parser) != expected) {
        return false;
    }
    parser->at++;
    return true;
}

/* A string as it stands between its quotes, escapes and all. */
static bool take_string(struct parser *parser, const char **ret_text, size_t *ret_size_bytes)
{
    if (!take(parser, '"')) {
        return false;
    }
    *ret_text = parser->at;
    while (parser->at < parser->end && *parser->at != '"') {
        parser->at += *parser->at == '\\' ? 2 : 1;
    }
    if (parser->at >= parser->end) {
        return false;
    }
    *ret_size_bytes = (size_t)(parser->at - *ret_text);
    parser->at++;
    return true;
}

static bool take_integer(struct parser *parser, int64_t *ret_value)
{
    bool is_quoted = take(parser, '"');
    bool is_negative = take(parser, '-');
    int64_t value = 0;
    size_t digits = 0;
    while (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9') {
        if (value > (INT64_MAX - 9) / 10) {
            return false;
        }
        value = value * 10 + (*parser->at - '0');
        parser->at++;
        digits++;
    }
    *ret_value = is_negative ? -value : value;
    return digits > 0 && (!is_quoted || take(parser, '"'));
}

static bool skip_scalar(struct parser *parser)
{
    const char *text = NULL;
    size_t size = 0;
    if (peek(parser) == '"') {
        return take_string(parser, &text, &size);
    }
    const char *start = parser->at;
    while (parser->at < parser->end && strchr(",:{}[] \t\r\n\"", *parser->at) == NULL) {
        parser->at++;
    }
    return parser->at > start;
}

/* Skips any value by its brackets; fastjson's unquoted keys are scalars like any other. */
static bool skip_value(struct parser *parser)
{
    char closing[DEPTH_MAX];
    size_t depth = 0;
    do {
        char next = peek(parser);
        if (next == '{' || next == '[') {
            if (depth == DEPTH_MAX) {
                return false;
            }
            closing[depth++] = next == '{' ? '}' : ']';
            parser->at++;
        } else if (depth > 0 && next == closing[depth - 1]) {
            depth--;
            parser->at++;
        } else if (depth > 0 && (next == ',' || next == ':')) {
            parser->at++;
        } else if (!skip_scalar(parser)) {
            return false;
        }
    } while (depth > 0);
    return true;
}

static bool add_entry(struct parser *parser, const char *key, size_t key_size, int64_t queue_id,
                      int64_t offset)
{
    struct disk_offsets *offsets = parser->offsets;
    struct disk_offset *entries =
        disk_grow(offsets->entries, &offsets->capacity, offsets->count + 1u, sizeof *entries);
    char *names =
        disk_grow(offsets->names, &offsets->names_capacity, offsets->names_size + key_size + 1, 1);
    offsets->entries = entries != NULL ? entries : offsets->entries;
    offsets->names = names != NULL ? names : offsets->names;
    if (entries == NULL || names == NULL) {
        parser->is_out_of_memory = true;
        return false;
    }
    memcpy(names + offsets->names_size, key, key_size);
    names[offsets->names_size + key_size] = '\0';
    entries[offsets->count++] = (struct disk_offset){.key_at = offsets->names_size,
                                                     .key_size_bytes = (uint32_t)key_size,
                                                     .queue_id = (int32_t)queue_id,
                                                     .offset = offset};
    offsets->names_size += key_size + 1;
    return true;
}

/* {0:5,1:7} */
static bool parse_queues(struct parser *parser, const char *key, size_t key_size)
{
    if (!take(parser, '{')) {
        return false;
    }
    if (take(parser, '}')) {
        return true;
    }
    do {
        int64_t queue_id = 0;
        int64_t offset = 0;
        if (!take_integer(parser, &queue_id) || !take(parser, ':') ||
            !take_integer(parser, &offset) || queue_id < 0 || queue_id > INT32_MAX ||
            !add_entry(parser, key, key_size, queue_id, offset)) {
            return false;
        }
    } while (take(parser, ','));
    return take(parser, '}');
}

/* {"topic@group":{...},...} */
static bool parse_table(struct parser *parser)
{
    if (!take(parser, '{')) {
        return false;
    }
    if (take(parser, '}')) {
        return true;
    }
    do {
        const char *key = NULL;
        size_t key_size = 0;
        if (!take_string(parser, &key, &key_size) || !take(parser, ':') ||
            !parse_queues(parser, key, key_size)) {
            return false;
        }
    } while (take(parser, ','));
    return take(parser, '}');
}

static bool parse_all(struct parser *parser)
{
    if (!take(parser, '{')) {
        return false;
    }
    if (take(parser, '}')) {
        return peek(parser) == '\0';
    }
    do {
        const char *key = NULL;
        size_t key_size = 0;
        if (!take_string(parser, &key, &key_size) || !take(parser, ':')) {
            return false;
        }
        bool is_table = key_size == 11 && memcmp(key, "offsetTable", 11) == 0;
        if (is_table ? !parse_table(parser) : !skip_value(parser)) {
            return false;
        }
    } while (take(parser, ','));
    return take(parser, '}') && peek(parser) == '\0';
}

/* 1: read and parsed; 0: missing, empty or unparsable. */
static int read_file(struct disk_offsets *offsets, const struct view *view, const char *path,
                     struct err *err)
{
    offsets->count = 0;
    offsets->names_size = 0;
    int64_t size = view->size(view->arg, path);
    if (size == -ENOENT) {
        return 0;
    }
    if (size < 0) {
        return err_set(err, (int)size, "size of '%s'", path);
    }
    offsets->has_file = offsets->has_file || path[strlen(path) - 1] != 'k';
    if (size > TEXT_SIZE_BYTES_MAX) {
        return 0;
    }
    char *text = disk_grow(offsets->text, &offsets->text_capacity, (size_t)size + 1, 1);
    if (text == NULL) {
        return err_set(err, -ENOMEM, "read '%s'", path);
    }
    offsets->text = text;
    int64_t n = view->read(view->arg, path, 0, text, (size_t)size);
    if (n < 0) {
        return err_set(err, (int)n, "read '%s'", path);
    }
    struct parser parser = {text, text + n, offsets, false};
    bool is_sound = parse_all(&parser);
    if (parser.is_out_of_memory) {
        return err_set(err, -ENOMEM, "parse '%s'", path);
    }
    if (!is_sound) {
        offsets->count = 0;
    }
    return is_sound ? 1 : 0;
}

int disk_offsets_read(struct disk_offsets *offsets, const struct view *view, struct err *err)
{
    offsets->has_file = false;
    offsets->is_unsound = false;
    offsets->is_backup = false;
    offsets->path = DISK_OFFSETS_PATH;
    int r = read_file(offsets, view, DISK_OFFSETS_PATH, err);
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    offsets->is_unsound = offsets->has_file;
    r = read_file(offsets, view, DISK_OFFSETS_PATH ".bak", err);
    if (r > 0) {
        offsets->is_backup = true;
        offsets->path = DISK_OFFSETS_PATH ".bak";
    }
    return r < 0 ? r : 0;
}

int64_t disk_offsets_find(const struct disk_offsets *offsets, const char *topic, const char *group,
                          int32_t queue_id)
{
    size_t topic_size = strlen(topic);
    for (uint32_t i = 0; i < offsets->count; i++) {
        const struct disk_offset *entry = &offsets->entries[i];
        const char *key = disk_offsets_key(offsets, entry);
        if (entry->queue_id == queue_id && strncmp(key, topic, topic_size) == 0 &&
            key[topic_size] == '@' && strcmp(key + topic_size + 1, group) == 0) {
            return entry->offset;
        }
    }
    return -1;
}
