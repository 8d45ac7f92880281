/* The words of Killpoint as tables, made from the X-macros that define them: points (of
 * the engine, of programs), faults, properties, outcomes, defects, guards, profiles, ways, events,
 * scenario keys.  What `list` prints and `explain` looks up. */
#ifndef HARNESS_CLI_WORDS_WORD_TABLE_H
#define HARNESS_CLI_WORDS_WORD_TABLE_H

#include "harness/case/points.h"

#include <stdio.h>

#include <jansson.h>

/* Each table is a JSON array of objects that all have the same keys, `name` the first, in the
 * order in which they are shown.  Values are strings or arrays of strings. */
struct word_table {
    const char *name;     /* "points" */
    const char *singular; /* "point" */
    json_t *(*make)(void);
};

/* Ends with a row whose name is NULL. */
const struct word_table *word_table_all(void);
/* By its plural name; NULL when there is none. */
const struct word_table *word_table_find(const char *name);

/* Those of one target. */
json_t *word_table_points(const struct points *points);

/* Columns under their keys, the last one unpadded. */
void word_table_print(const json_t *rows, FILE *stream);
/* {"schema_version":1,"NAME":[ an object a line ]} */
void word_table_print_json(const char *name, const json_t *rows, FILE *stream);
/* One row as "key: value" lines behind "SINGULAR NAME". */
void word_table_explain(const struct word_table *table, json_t *row, FILE *stream);

#endif
