/* The keys of a file in one table: how each is read, its range, its default, and what it means. One
 * walk reads a file by such a table; `list` and the documentation show the same rows to people. */
#ifndef HARNESS_YAML_YAML_TABLE_H
#define HARNESS_YAML_YAML_TABLE_H

#include "harness/yaml/yaml_reader.h"

#include <stdint.h>

/* Rows of one table. */
#define YAML_TABLE_ROWS_MAX 96

/* What people are told of a key.  Static strings. */
struct yaml_table_option {
    unsigned section; /* the mapping it belongs to; the same word in two is two keys */
    const char *key;
    const char *type;     /* "size", "list of words", ... */
    const char *range;    /* "" when the type says it all */
    const char *fallback; /* the default; "" when it is required */
    const char *help;
};

/* Where a value goes and what it may be. */
struct yaml_table_target {
    void *at;
    uint64_t min;
    uint64_t max;
    const char *const *words;
    size_t word_count;
};

struct yaml_table;

/* A file that is being read. */
struct yaml_table_walk {
    const struct yaml_reader *reader;
    const struct yaml_table *table;
    void *owner;             /* of who reads: what its readers fill in besides the target */
    const yaml_node_t *list; /* within a list of scalars */
    struct err *err;
};

/* The shape of all readers.  Of a scalar, or an item of a list of such, `node` is its place and
 * `text` what it says; of any other value `text` is NULL.  What is read lands at `target` or with
 * the owner.  0 or ERR_USAGE with the place. */
#define YAML_TABLE_READER(name)                                                             \
    int name(struct yaml_table_walk *walk, __attribute__((unused)) const yaml_node_t *node, \
             __attribute__((unused)) const char *text,                                      \
             __attribute__((unused)) const struct yaml_table_target *target)

/* What a value is before its reader sees it. */
enum yaml_table_shape {
    YAML_TABLE_SCALAR,
    YAML_TABLE_LIST,         /* the reader is called for each item */
    YAML_TABLE_ITEM_OR_LIST, /* the same; a list of one may stand without brackets */
    YAML_TABLE_SECTION,      /* a mapping, read by the rows of its section into a struct */
    YAML_TABLE_NODE          /* the reader looks for itself */
};

struct yaml_table_row {
    struct yaml_table_option option;
    enum yaml_table_shape shape;
    unsigned inner; /* of a section: whose rows read it */
    YAML_TABLE_READER((*read));
    size_t offset; /* in the struct of the section */
    uint64_t min;
    uint64_t max;
    const char *const *words;
    size_t word_count;
    /* Of a section of which one key says what it is about: that key's number, from 1; 0: the key
     * is none of those.  Such a key may always be missing. */
    uint32_t choice;
    uint32_t choices; /* bits 1 << choice that this key belongs to; 0: to any */
};

struct yaml_table {
    const struct yaml_table_row *rows;
    size_t row_count; /* at most YAML_TABLE_ROWS_MAX */
};

/* What is read of one mapping. */
struct yaml_table_section {
    unsigned section;
    void *base;                                   /* the struct that its rows' offsets are of */
    const yaml_node_t *seen[YAML_TABLE_ROWS_MAX]; /* the keys, in the table's order */
};

/* The row of `key` in `section`; the table's row_count when there is none. */
size_t yaml_table_find(const struct yaml_table *table, unsigned section, const char *key);

/* Reads the mapping `node` into the section's struct, which must hold the defaults: a key that the
 * file leaves out leaves its field as it is.  0 or ERR_USAGE with the place: an unknown key, one
 * that stands twice, a required one that is missing, a value that its reader refuses. */
int yaml_table_read(struct yaml_table_walk *walk, const yaml_node_t *node,
                    struct yaml_table_section *state);
/* Which key of those that say what a section is about stands there, as its number; the others must
 * belong to it.  0 when none does.  ERR_USAGE with the place of a second, or of a stranger; `what`
 * names two such: "'put' and 'restart' are two WHAT". */
int yaml_table_choose(struct yaml_table_walk *walk, const struct yaml_table_section *state,
                      const char *what, uint32_t *ret_choice);

/* The scalar's text, which lives as long as the document; NULL with the error set when `node` is
 * none. */
const char *yaml_table_text(struct yaml_table_walk *walk, const yaml_node_t *node);
/* 0, or ERR_USAGE: a list is wanted. */
int yaml_table_need_list(struct yaml_table_walk *walk, const yaml_node_t *node);

#endif
