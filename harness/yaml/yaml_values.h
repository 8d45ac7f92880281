/* How values are read that mean the same in every file: numbers, sizes, flags, words. */
#ifndef HARNESS_YAML_YAML_VALUES_H
#define HARNESS_YAML_YAML_VALUES_H

#include "harness/yaml/yaml_table.h"

YAML_TABLE_READER(yaml_values_count);    /* uint32_t */
YAML_TABLE_READER(yaml_values_number);   /* uint64_t */
YAML_TABLE_READER(yaml_values_size);     /* uint64_t */
YAML_TABLE_READER(yaml_values_duration); /* int64_t, not negative */
YAML_TABLE_READER(yaml_values_flag);     /* bool */
YAML_TABLE_READER(yaml_values_word);     /* an enum of 32 bits: its place in `words` */

/* The place of `text`, which is the scalar `node`, in `words`, or -1 with the error set: "unknown
 * WHAT". */
int yaml_values_find(struct yaml_table_walk *walk, const yaml_node_t *node, const char *text,
                     const char *what, const char *const *words, size_t word_count);

#endif
