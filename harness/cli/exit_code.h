/* The exit codes of the program, and how an error becomes one. */
#ifndef HARNESS_CLI_EXIT_CODE_H
#define HARNESS_CLI_EXIT_CODE_H

#include "store/base/err.h"

enum exit_code {
    EXIT_CODE_OK = 0,          /* as expected */
    EXIT_CODE_FAILED = 1,      /* a property violated, hung, crashed, a defect not caught */
    EXIT_CODE_INTERRUPTED = 2, /* by a signal */
    EXIT_CODE_BROKEN = 3,      /* the harness: contradiction, not fired, own disk full */
    EXIT_CODE_USAGE = 4,       /* bad usage, scenario, token, directory */
    EXIT_CODE_NOTHING = 5      /* nothing ran */
};

/* Says `err` on stderr behind "killpoint: " and returns its exit code: ERR_USAGE and what a path
 * given by the user can be guilty of are 4, everything else is 3. */
enum exit_code exit_code_fail(const struct err *err, int r);

/* At the end of a command: `code`, or EXIT_CODE_BROKEN, said on stderr, when stdout did not take
 * all of the results. */
int exit_code_flushed(int code);

/* How a command ends: `code`, as above, when `r` is not negative; else as exit_code_fail. */
int exit_code_end(int r, int code, const struct err *err);

#endif
