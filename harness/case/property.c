/* The names of properties. */
#include "harness/case/property.h"

#include "store/base/ensure.h"
#include "store/base/names.h"

static const char *const names[] = {PROPERTY_MAP(NAMES_NAME)};
static const char *const helps[] = {PROPERTY_MAP(NAMES_HELP)};

const char *property_name(enum property property)
{
    ENSURE((unsigned)property < PROPERTY_COUNT);
    return names[property];
}

const char *property_help(enum property property)
{
    ENSURE((unsigned)property < PROPERTY_COUNT);
    return helps[property];
}

enum property property_find(const char *name)
{
    return (enum property)names_find(names, PROPERTY_COUNT, name);
}
