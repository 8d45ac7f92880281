/* Errors to exit codes. */
#include "harness/cli/exit_code.h"

#include "harness/base/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum exit_code code_of(int r)
{
    switch (r) {
    case ERR_USAGE:
    case -ENOENT:
    case -ENOTDIR:
    case -EISDIR:
    case -EACCES:
    case -EPERM:
    case -EROFS:
    case -ENAMETOOLONG:
    case -ELOOP:
        return EXIT_CODE_USAGE;
    default:
        return EXIT_CODE_BROKEN;
    }
}

enum exit_code exit_code_fail(const struct err *err, int r)
{
    char remedy[LIMITS_REMEDY_SIZE_BYTES] = "";
    (void)fflush(stdout);
    if (r != ERR_USAGE) {
        (void)limits_remedy(-r, remedy);
    }
    (void)fprintf(stderr, "killpoint: %s%s%s\n", err->text[0] == '\0' ? err_name(r) : err->text,
                  remedy[0] == '\0' ? "" : ": ", remedy);
    return code_of(r);
}

int exit_code_flushed(int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return code;
    }
    (void)fprintf(stderr, "killpoint: standard output did not take the results%s%s\n",
                  errno == 0 ? "" : ": ", errno == 0 ? "" : strerrordesc_np(errno));
    return EXIT_CODE_BROKEN;
}

int exit_code_end(int r, int code, const struct err *err)
{
    return r < 0 ? (int)exit_code_fail(err, r) : exit_code_flushed(code);
}
