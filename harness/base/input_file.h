/* A file that a person named, opened to be read: what is no file is refused and never waited for.
 */
#ifndef HARNESS_BASE_INPUT_FILE_H
#define HARNESS_BASE_INPUT_FILE_H

#include "store/base/err.h"

#include <stdio.h>

/* Opens a regular file; the caller closes `*ret_file`.  0, a negated errno, or ERR_USAGE for what
 * is there and is none: a directory, a FIFO (opening one waits for its writer, which may never
 * come), a socket, a device (which may never end). */
int input_file_open(const char *path, FILE **ret_file, struct err *err)
    __attribute__((warn_unused_result));

#endif
