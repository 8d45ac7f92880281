/* libyaml's document API, and error messages with the source line and a caret. */
#include "harness/yaml/yaml_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_SIZE_BYTES 240
#define LINE_BYTES_SHOWN   90
#define PATH_BYTES_SHOWN   100

/* Columns are characters, and a byte like this one is the rest of a character (UTF-8). */
static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Where line `number` (from 0) begins, and its length without the line break. An error at the end
 * of a file may name a line past the last: then the last one is shown. */
static const char *find_line(const struct yaml_reader *reader, size_t number, size_t *ret_size)
{
    const char *at = reader->text;
    const char *end = at + reader->text_size_bytes;
    for (; number > 0; number--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL) {
            break;
        }
        at = newline + 1;
    }
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    size_t size = (size_t)((newline != NULL ? newline : end) - at);
    if (size > 0 && at[size - 1] == '\r') {
        size--;
    }
    *ret_size = size;
    return at;
}

/* Copies the part of the line around `column` (in characters), tabs and controls as blanks, and
 * returns how many characters stand before the column in it. Control characters from a file would
 * otherwise reach the terminal, and a long line would push the caret off it. */
static size_t show_line(const char *line, size_t size, size_t column, char *shown)
{
    size_t first_column = column > LINE_BYTES_SHOWN / 2 && size > LINE_BYTES_SHOWN
                              ? column - LINE_BYTES_SHOWN / 2
                              : 0;
    size_t at = 0;
    for (size_t skip = first_column; skip > 0 && at < size; skip--) {
        at++;
        while (at < size && is_continuation(line[at])) {
            at++;
        }
    }
    size_t used = 0;
    while (at < size && used + 4 < LINE_BYTES_SHOWN) {
        char byte = line[at++];
        shown[used++] = (unsigned char)byte < ' ' ? ' ' : byte;
        while (at < size && is_continuation(line[at]) && used + 1 < LINE_BYTES_SHOWN) {
            shown[used++] = line[at++];
        }
    }
    shown[used] = '\0';
    return column - first_column;
}

/* Of a long path the end is shown, which tells files apart. */
static int set_error(const struct yaml_reader *reader, yaml_mark_t mark, struct err *err,
                     const char *message)
{
    char shown[LINE_BYTES_SHOWN];
    size_t size = 0;
    const char *path = reader->path;
    const char *line = find_line(reader, mark.line, &size);
    size_t caret = show_line(line, size, mark.column, shown);
    if (strlen(path) > PATH_BYTES_SHOWN) {
        path += strlen(path) - PATH_BYTES_SHOWN;
    }
    caret = caret < LINE_BYTES_SHOWN ? caret : LINE_BYTES_SHOWN;
    return err_set(err, ERR_USAGE, "%s:%zu:%zu: error: %s\n  %s\n  %*s^", path, mark.line + 1,
                   mark.column + 1, message, shown, (int)caret, "");
}

int yaml_reader_error(const struct yaml_reader *reader, const yaml_node_t *node, struct err *err,
                      const char *format, ...)
{
    char message[MESSAGE_SIZE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    return set_error(reader, node->start_mark, err, message);
}

static int parser_error(const struct yaml_reader *reader, const yaml_parser_t *parser,
                        struct err *err)
{
    char message[MESSAGE_SIZE_BYTES];
    snprintf(message, sizeof(message), "%s%s%s",
             parser->problem != NULL ? parser->problem : "this is no YAML",
             parser->context != NULL ? " " : "", parser->context != NULL ? parser->context : "");
    return set_error(reader, parser->problem_mark, err, message);
}

/* A second document would be ignored silently otherwise. */
static int check_end(struct yaml_reader *reader, yaml_parser_t *parser, struct err *err)
{
    yaml_document_t next;
    if (yaml_parser_load(parser, &next) == 0) {
        return parser_error(reader, parser, err);
    }
    const yaml_node_t *root = yaml_document_get_root_node(&next);
    int r = root == NULL ? 0 : yaml_reader_error(reader, root, err, "a file is one document only");
    yaml_document_delete(&next);
    return r;
}

/* libyaml calls an empty file a document without a root: no node, so no place but the start. */
static int check_root(const struct yaml_reader *reader, struct err *err)
{
    const yaml_node_t *root = yaml_reader_root(reader);
    if (root == NULL) {
        yaml_mark_t start = {0, 0, 0};
        return set_error(reader, start, err, "the file says nothing");
    }
    if (root->type != YAML_MAPPING_NODE) {
        return yaml_reader_error(reader, root, err, "expected 'key: value' lines");
    }
    return 0;
}

/* The parser goes at once; nodes carry their marks, and the text stays the caller's. */
int yaml_reader_init(struct yaml_reader *reader, const char *text, size_t text_size_bytes,
                     const char *path, struct err *err)
{
    yaml_parser_t parser;
    int r = 0;
    memset(reader, 0, sizeof(*reader));
    reader->path = path;
    reader->text = text;
    reader->text_size_bytes = text_size_bytes;
    if (yaml_parser_initialize(&parser) == 0) {
        return err_set(err, ERR_USAGE, "%s: out of memory", path);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, text_size_bytes);
    if (yaml_parser_load(&parser, &reader->document) == 0) {
        r = parser_error(reader, &parser, err);
        goto out;
    }
    reader->is_loaded = true;
    r = check_root(reader, err);
    if (r == 0) {
        r = check_end(reader, &parser, err);
    }
out:
    yaml_parser_delete(&parser);
    if (r < 0) {
        yaml_reader_done(reader);
    }
    return r;
}

void yaml_reader_done(struct yaml_reader *reader)
{
    if (reader->is_loaded) {
        yaml_document_delete(&reader->document);
        reader->is_loaded = false;
    }
}

/* libyaml's document API takes pointers it does not write through. */
static const yaml_node_t *node_at(const struct yaml_reader *reader, int index)
{
    return reader->document.nodes.start + index - 1;
}

const yaml_node_t *yaml_reader_root(const struct yaml_reader *reader)
{
    return reader->document.nodes.start == reader->document.nodes.top ? NULL : node_at(reader, 1);
}

size_t yaml_reader_count(const yaml_node_t *node)
{
    if (node->type == YAML_SEQUENCE_NODE) {
        return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    }
    if (node->type == YAML_MAPPING_NODE) {
        return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    }
    return 0;
}

const yaml_node_t *yaml_reader_item(const struct yaml_reader *reader, const yaml_node_t *list,
                                    size_t index)
{
    return node_at(reader, list->data.sequence.items.start[index]);
}

const yaml_node_t *yaml_reader_key(const struct yaml_reader *reader, const yaml_node_t *map,
                                   size_t index)
{
    return node_at(reader, map->data.mapping.pairs.start[index].key);
}

const yaml_node_t *yaml_reader_value(const struct yaml_reader *reader, const yaml_node_t *map,
                                     size_t index)
{
    return node_at(reader, map->data.mapping.pairs.start[index].value);
}

/* libyaml ends every scalar with a NUL, so without one inside it is a C string. */
const char *yaml_reader_scalar(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE ||
        memchr(node->data.scalar.value, '\0', node->data.scalar.length) != NULL) {
        return NULL;
    }
    return (const char *)node->data.scalar.value;
}

const yaml_node_t *yaml_reader_find(const struct yaml_reader *reader, const yaml_node_t *map,
                                    const char *key)
{
    for (size_t i = 0; map->type == YAML_MAPPING_NODE && i < yaml_reader_count(map); i++) {
        const char *text = yaml_reader_scalar(yaml_reader_key(reader, map, i));
        if (text != NULL && strcmp(text, key) == 0) {
            return yaml_reader_value(reader, map, i);
        }
    }
    return NULL;
}

const yaml_node_t *yaml_reader_place(const struct yaml_reader *reader, const char *section,
                                     const char *key)
{
    const yaml_node_t *at = yaml_reader_root(reader);
    const yaml_node_t *inner = section == NULL ? at : yaml_reader_find(reader, at, section);
    if (inner == NULL) {
        return at;
    }
    const yaml_node_t *value = yaml_reader_find(reader, inner, key);
    return value == NULL ? inner : value;
}

bool yaml_reader_has(const struct yaml_reader *reader, const char *section, const char *key)
{
    const yaml_node_t *at = yaml_reader_root(reader);
    at = section == NULL ? at : yaml_reader_find(reader, at, section);
    return at != NULL && yaml_reader_find(reader, at, key) != NULL;
}
