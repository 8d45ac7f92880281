/* Golden files: the bytes of an on-disk structure as a hexdump.
 *
 * Two hexadecimal digits a byte; white space and everything from '#' to the end of the line is
 * skipped; "00*N" stands for N (decimal) times that byte. */
#ifndef HARNESS_TESTKIT_GOLDEN_H
#define HARNESS_TESTKIT_GOLDEN_H

#include "store/base/buffer.h"

#include <stddef.h>

/* Loads a hexdump into `ret_bytes` (initialised here; the caller ends with buffer_done).  Aborts
 * when the file is missing or damaged. */
void golden_load(const char *path, struct buffer *ret_bytes);

/* Fails the test where `data` differs from the golden file, naming the first differing offset. */
void golden_assert_equal(const char *path, const void *data, size_t size_bytes);

#endif
