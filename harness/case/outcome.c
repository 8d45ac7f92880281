/* The names of outcomes. */
#include "harness/case/outcome.h"

#include "store/base/ensure.h"

#include <string.h>

static const char *const names[] = {
#define X(id, name, help) name,
    OUTCOME_MAP(X)
#undef X
};

static const char *const helps[] = {
#define X(id, name, help) help,
    OUTCOME_MAP(X)
#undef X
};

const char *outcome_name(enum outcome outcome)
{
    ENSURE((unsigned)outcome < OUTCOME_COUNT);
    return names[outcome];
}

const char *outcome_help(enum outcome outcome)
{
    ENSURE((unsigned)outcome < OUTCOME_COUNT);
    return helps[outcome];
}

enum outcome outcome_find(const char *name)
{
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            return (enum outcome)i;
        }
    }
    return OUTCOME_COUNT;
}
