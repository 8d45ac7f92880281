/* The names of outcomes. */
#include "harness/case/outcome.h"

#include "store/base/ensure.h"
#include "store/base/names.h"

static const char *const names[] = {OUTCOME_MAP(NAMES_NAME)};
static const char *const helps[] = {OUTCOME_MAP(NAMES_HELP)};

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
    return (enum outcome)names_find(names, OUTCOME_COUNT, name);
}
