/* What every test includes first: cmocka, its prerequisites in the right order, and a few
 * assertions that say what went wrong.  The only file that includes cmocka.h. */
#ifndef HARNESS_TESTKIT_TEST_H
#define HARNESS_TESTKIT_TEST_H

#include "store/base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* How many elements an array has. */
#define TEST_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fails unless `r` is 0, and then says what `err` (a struct err) says. */
#define test_ok(r, err)                                                                    \
    do {                                                                                   \
        int test_r = (r);                                                                  \
        if (test_r != 0) {                                                                 \
            fail_msg("%s returned %d (%s): %s", #r, test_r, err_name(test_r), (err).text); \
        }                                                                                  \
    } while (0)

/* Fails unless `r` is the code `expected`. */
#define test_code(r, expected)                                                         \
    do {                                                                               \
        int test_r = (r);                                                              \
        int test_expected = (expected);                                                \
        if (test_r != test_expected) {                                                 \
            fail_msg("%s returned %d (%s), expected %s", #r, test_r, err_name(test_r), \
                     err_name(test_expected));                                         \
        }                                                                              \
    } while (0)

/* Fails unless `text` contains `part`. */
#define test_contains(text, part)                        \
    do {                                                 \
        if (strstr((text), (part)) == NULL) {            \
            fail_msg("'%s' lacks '%s'", (text), (part)); \
        }                                                \
    } while (0)

/* A row of a table test failed: says which one before the assertion's own words. */
#define test_row(name) print_message("             row: %s\n", (name))

#endif
