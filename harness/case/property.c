/* The names of properties. */
#include "harness/case/property.h"

#include "store/base/ensure.h"

#include <string.h>

static const char *const names[] = {
#define X(id, name, help) name,
    PROPERTY_MAP(X)
#undef X
};

static const char *const helps[] = {
#define X(id, name, help) help,
    PROPERTY_MAP(X)
#undef X
};

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
    for (unsigned i = 0; i < PROPERTY_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            return (enum property)i;
        }
    }
    return PROPERTY_COUNT;
}
