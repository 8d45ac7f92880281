/* A file that a person named, opened to be read: what is no file is refused and never waited for.
 */
#ifndef HARNESS_BASE_INPUT_FILE_H
#define HARNESS_BASE_INPUT_FILE_H

#include "store/base/err.h"

#include <stddef.h>
#include <stdio.h>

/* Opens a regular file; the caller closes `*ret_file`.  0, a negated errno, or ERR_USAGE for what
 * is there and is none: a directory, a FIFO (opening one waits for its writer, which may never
 * come), a socket, a device (which may never end). */
int input_file_open(const char *path, FILE **ret_file, struct err *err)
    __attribute__((warn_unused_result));

/* Reads all of a regular file of at most `size_bytes_max`, a bound since what is named by mistake
 * may be a store's log of a gigabyte.  The caller frees `*ret_text`, which is not terminated.
 * 0, -ENOMEM, and what input_file_open() returns; ERR_USAGE when it is larger. */
int input_file_read(const char *path, size_t size_bytes_max, char **ret_text,
                    size_t *ret_size_bytes, struct err *err) __attribute__((warn_unused_result));

#endif
