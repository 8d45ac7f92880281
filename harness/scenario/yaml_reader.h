/* A YAML file in memory that remembers where everything stands: libyaml behind a few questions. */
#ifndef HARNESS_SCENARIO_YAML_READER_H
#define HARNESS_SCENARIO_YAML_READER_H

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
void yaml_reader_done(struct yaml_reader *reader);

const yaml_node_t *yaml_reader_root(const struct yaml_reader *reader);
/* Items of a list, pairs of a mapping; 0 for a scalar. */
size_t yaml_reader_count(const yaml_node_t *node);
const yaml_node_t *yaml_reader_item(const struct yaml_reader *reader, const yaml_node_t *list,
                                    size_t index);
const yaml_node_t *yaml_reader_key(const struct yaml_reader *reader, const yaml_node_t *map,
                                   size_t index);
const yaml_node_t *yaml_reader_value(const struct yaml_reader *reader, const yaml_node_t *map,
                                     size_t index);
/* The text of a scalar without a NUL inside, or NULL for anything else. */
const char *yaml_reader_scalar(const yaml_node_t *node);

/* What an error of `key` in `section` (NULL: the root) points at: the value of `key`, or the
 * mapping when it is absent. */
const yaml_node_t *yaml_reader_place(const struct yaml_reader *reader, const char *section,
                                     const char *key);
/* Whether the file has `key`, in `section` or (NULL) at the root. */
bool yaml_reader_has(const struct yaml_reader *reader, const char *section, const char *key);

/* Sets `err` to "path:line:col: error: MESSAGE", the line and a caret under `node`; returns
 * ERR_USAGE. */
int yaml_reader_error(const struct yaml_reader *reader, const yaml_node_t *node, struct err *err,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
