/* A YAML file in memory that remembers where everything stands: libyaml behind a few questions. */
#ifndef HARNESS_YAML_YAML_READER_H
#define HARNESS_YAML_YAML_READER_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>

#include <yaml.h>

struct yaml_reader {
    const char *path; /* as errors name it; the caller's */
    const char *text; /* the caller's, until yaml_reader_done */
    size_t text_size_bytes;
    yaml_document_t document;
    bool is_loaded;
};

/* Parses one document whose root is a mapping.  0 or ERR_USAGE. */
int yaml_reader_init(struct yaml_reader *reader, const char *text, size_t text_size_bytes,
                     const char *path, struct err *err);
/* Frees the document; nodes and texts taken from it are gone. Harmless after a failed init. */
void yaml_reader_done(struct yaml_reader *reader);

/* The mapping that is the file; NULL when it says nothing. */
const yaml_node_t *yaml_reader_root(const struct yaml_reader *reader);
/* Items of a list, pairs of a mapping; 0 for a scalar. */
size_t yaml_reader_count(const yaml_node_t *node);
/* Item `index` of a list, below its count. The node is the document's. */
const yaml_node_t *yaml_reader_item(const struct yaml_reader *reader, const yaml_node_t *list,
                                    size_t index);
/* The key of pair `index` of a mapping, in the file's order. */
const yaml_node_t *yaml_reader_key(const struct yaml_reader *reader, const yaml_node_t *map,
                                   size_t index);
/* Its value. */
const yaml_node_t *yaml_reader_value(const struct yaml_reader *reader, const yaml_node_t *map,
                                     size_t index);
/* The text of a scalar without a NUL inside, or NULL for anything else. */
const char *yaml_reader_scalar(const yaml_node_t *node);

/* The value of `key` in a mapping; NULL when it is not there, or `map` is none. */
const yaml_node_t *yaml_reader_find(const struct yaml_reader *reader, const yaml_node_t *map,
                                    const char *key);
/* Where to point when two keys do not go together: the value of `key` in `section` (NULL: at the
 * root), or what encloses it when the file leaves it out. */
const yaml_node_t *yaml_reader_place(const struct yaml_reader *reader, const char *section,
                                     const char *key);
/* Whether the file has `key`, in `section` or (NULL) at the root. */
bool yaml_reader_has(const struct yaml_reader *reader, const char *section, const char *key);

/* Sets `err` to "path:line:col: error: MESSAGE", the line and a caret under `node`; returns
 * ERR_USAGE. */
int yaml_reader_error(const struct yaml_reader *reader, const yaml_node_t *node, struct err *err,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
