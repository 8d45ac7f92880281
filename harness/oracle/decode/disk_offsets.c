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
    const char *key; /* "topic@group", of the object that is being parsed */
    size_t key_size_bytes;
    bool is_out_of_memory;
};

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

/* The next byte that is no white space, and steps to it; NUL at the end, which no JSON has. */
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

/* fastjson writes map keys that are numbers without quotes; other writers quote them. An offset
 * that would overflow is refused: it was not written by a store. */
static bool take_integer(struct parser *parser, int64_t *ret_value)
{
    bool is_quoted = take(parser, '"');
    bool is_negative = take(parser, '-');
    int64_t value = 0;
    size_t digits = 0;
    while (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9') {
        int64_t digit = is_negative ? '0' - *parser->at : *parser->at - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            return false;
        }
        parser->at++;
        digits++;
    }
    *ret_value = value;
    return digits > 0 && (!is_quoted || take(parser, '"'));
}

/* Anything up to the next punctuation: true, null, a number, or a key without quotes. */
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

/* Entries refer to names by place, for the array of names moves as it grows. */
static bool add_entry(struct parser *parser, int64_t queue_id, int64_t offset)
{
    struct disk_offsets *offsets = parser->offsets;
    size_t key_size = parser->key_size_bytes;
    if (disk_grow((void **)&offsets->entries, &offsets->capacity, offsets->count + 1u,
                  sizeof *offsets->entries) < 0 ||
        disk_grow((void **)&offsets->names, &offsets->names_capacity,
                  offsets->names_size + key_size + 1, 1) < 0) {
        parser->is_out_of_memory = true;
        return false;
    }
    memcpy(offsets->names + offsets->names_size, parser->key, key_size);
    offsets->names[offsets->names_size + key_size] = '\0';
    offsets->entries[offsets->count++] = (struct disk_offset){.key_at = offsets->names_size,
                                                              .key_size_bytes = (uint32_t)key_size,
                                                              .queue_id = (int32_t)queue_id,
                                                              .offset = offset};
    offsets->names_size += key_size + 1;
    return true;
}

/* {member,member}, perhaps none. */
static bool parse_object(struct parser *parser, bool (*parse_member)(struct parser *parser))
{
    if (!take(parser, '{')) {
        return false;
    }
    if (take(parser, '}')) {
        return true;
    }
    do {
        if (!parse_member(parser)) {
            return false;
        }
    } while (take(parser, ','));
    return take(parser, '}');
}

/* 0:5 */
static bool parse_queue(struct parser *parser)
{
    int64_t queue_id = 0;
    int64_t offset = 0;
    return take_integer(parser, &queue_id) && take(parser, ':') && take_integer(parser, &offset) &&
           queue_id >= 0 && queue_id <= INT32_MAX && add_entry(parser, queue_id, offset);
}

/* "topic@group":{0:5,1:7} */
static bool parse_group(struct parser *parser)
{
    return take_string(parser, &parser->key, &parser->key_size_bytes) && take(parser, ':') &&
           parse_object(parser, parse_queue);
}

/* "offsetTable":{...}, or a member that is none of ours. */
static bool parse_table(struct parser *parser)
{
    static const char name[] = "offsetTable";
    const char *key = NULL;
    size_t size = 0;
    if (!take_string(parser, &key, &size) || !take(parser, ':')) {
        return false;
    }
    bool is_table = size == sizeof name - 1 && memcmp(key, name, size) == 0;
    return is_table ? parse_object(parser, parse_group) : skip_value(parser);
}

/* 0, -ENOMEM or the view's error; `*ret_state` says what the file is. */
static int read_file(struct disk_offsets *offsets, const struct view *view, const char *path,
                     enum disk_offsets_state *ret_state, struct err *err)
{
    offsets->count = 0;
    offsets->names_size = 0;
    *ret_state = DISK_OFFSETS_MISSING;
    int64_t size = view->size(view->arg, path);
    if (size == -ENOENT) {
        return 0;
    }
    if (size < 0) {
        return err_set(err, (int)size, "size of '%s'", path);
    }
    *ret_state = size == 0 ? DISK_OFFSETS_EMPTY : DISK_OFFSETS_UNSOUND;
    if (size == 0 || size > TEXT_SIZE_BYTES_MAX) {
        return 0;
    }
    if (disk_grow((void **)&offsets->text, &offsets->text_capacity, (size_t)size + 1, 1) < 0) {
        return err_set(err, -ENOMEM, "read '%s'", path);
    }
    int64_t n = view->read(view->arg, path, 0, offsets->text, (size_t)size);
    if (n < 0) {
        return err_set(err, (int)n, "read '%s'", path);
    }
    struct parser parser = {.at = offsets->text, .end = offsets->text + n, .offsets = offsets};
    bool is_sound = parse_object(&parser, parse_table) && peek(&parser) == '\0';
    if (parser.is_out_of_memory) {
        return err_set(err, -ENOMEM, "parse '%s'", path);
    }
    if (is_sound) {
        *ret_state = DISK_OFFSETS_SOUND;
        return 0;
    }
    offsets->count = 0;
    offsets->unsound_at = (uint64_t)(parser.at < parser.end ? parser.at - offsets->text : n);
    return 0;
}

/* A main file that was cut short must not count as an empty one: its offsets would look lost
 * though .bak has them, and RocketMQ falls back to it as well. */
int disk_offsets_read(struct disk_offsets *offsets, const struct view *view, struct err *err)
{
    offsets->is_backup = false;
    offsets->backup = DISK_OFFSETS_MISSING;
    offsets->path = DISK_OFFSETS_PATH;
    int r = read_file(offsets, view, DISK_OFFSETS_PATH, &offsets->main, err);
    if (r < 0) {
        return r;
    }
    offsets->has_file = offsets->main != DISK_OFFSETS_MISSING;
    offsets->is_unsound = offsets->has_file && offsets->main != DISK_OFFSETS_SOUND;
    if (offsets->main == DISK_OFFSETS_SOUND) {
        return 0;
    }
    uint64_t main_unsound_at = offsets->unsound_at;
    r = read_file(offsets, view, DISK_OFFSETS_PATH ".bak", &offsets->backup, err);
    if (r < 0) {
        return r;
    }
    if (offsets->backup == DISK_OFFSETS_SOUND) {
        offsets->is_backup = true;
        offsets->path = DISK_OFFSETS_PATH ".bak";
    }
    offsets->unsound_at =
        offsets->main == DISK_OFFSETS_UNSOUND ? main_unsound_at : offsets->unsound_at;
    return 0;
}

int64_t disk_offsets_find(const struct disk_offsets *offsets, const char *key, int32_t queue_id)
{
    for (uint32_t i = 0; i < offsets->count; i++) {
        const struct disk_offset *entry = &offsets->entries[i];
        if (entry->queue_id == queue_id && strcmp(disk_offsets_key(offsets, entry), key) == 0) {
            return entry->offset;
        }
    }
    return -1;
}
