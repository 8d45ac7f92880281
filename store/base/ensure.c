/* Assertions that stay on: prints the condition and its place, then aborts. */
#include "store/base/ensure.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void ensure_failed(const char *condition, const char *file, int line,
                             const char *function)
{
    (void)fprintf(stderr, "%s:%d: %s: ENSURE(%s) failed\n", file, line, function, condition);
    (void)fflush(stderr); /* nobody is left to be told */
    abort();
}
