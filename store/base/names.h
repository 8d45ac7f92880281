/* The names of an enum whose members stand in one X(id, "name", ...) table: what its printers, its
 * parsers and its "did you mean" share. */
#ifndef STORE_BASE_NAMES_H
#define STORE_BASE_NAMES_H

#include <stddef.h>
#include <string.h>

/* A column of such a table, to fill an array in the enum's order: {OUTCOME_MAP(NAMES_NAME)}. */
#define NAMES_NAME(id, name, ...) name,
/* The same of a table that has no third column. */
#define NAMES_NAME_ONLY(id, name) name,
/* Of a table whose third column is its help. */
#define NAMES_HELP(id, name, help) help,

/* The place of `name` among the `count` names; `count` when there is none, which is what enums call
 * their ..._COUNT. */
static inline size_t names_find(const char *const *names, size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && strcmp(names[i], name) != 0) {
        i++;
    }
    return i;
}

#endif
