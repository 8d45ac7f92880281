/* Reads golden hexdumps. */
#include "harness/testkit/golden.h"

#include "harness/testkit/test.h"
#include "store/base/ensure.h"

#include <ctype.h>
#include <stdlib.h>

#define GOLDEN_SIZE_BYTES_MAX (16u * 1024 * 1024)

static int digit_of(int c)
{
    return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* The next character that is neither white space nor part of a comment. */
static int next_digit(FILE *file)
{
    bool is_comment = false;
    int c;
    do {
        c = fgetc(file);
        is_comment = c == '#' || (is_comment && c != '\n');
    } while (c != EOF && (is_comment || isspace(c)));
    return c;
}

/* The number of a "*N" that may follow a byte; 1 without. */
static unsigned read_repeat(FILE *file)
{
    int c = fgetc(file);
    unsigned count = 1;
    if (c == '*') {
        ENSURE(fscanf(file, "%9u", &count) == 1);
    } else if (c != EOF) {
        ungetc(c, file);
    }
    return count;
}

void golden_load(const char *path, struct buffer *ret_bytes)
{
    buffer_init(ret_bytes, GOLDEN_SIZE_BYTES_MAX);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "golden file '%s' is missing\n", path);
        abort();
    }
    for (int high = next_digit(file); high != EOF; high = next_digit(file)) {
        int low = fgetc(file);
        ENSURE(isxdigit(high) && isxdigit(low));
        uint8_t byte = (uint8_t)(digit_of(high) * 16 + digit_of(low));
        for (unsigned count = read_repeat(file); count > 0; count--) {
            ENSURE(buffer_append(ret_bytes, &byte, 1) == 0);
        }
    }
    fclose(file);
}

void golden_assert_equal(const char *path, const void *data, size_t size_bytes)
{
    struct buffer golden;
    golden_load(path, &golden);
    const uint8_t *bytes = data;
    size_t common_bytes = size_bytes < golden.size_bytes ? size_bytes : golden.size_bytes;
    for (size_t i = 0; i < common_bytes; i++) {
        if (bytes[i] != golden.data[i]) {
            fail_msg("'%s' differs at %zu: %02x, golden %02x", path, i, bytes[i], golden.data[i]);
        }
    }
    if (size_bytes != golden.size_bytes) {
        fail_msg("'%s': %zu bytes, golden %zu", path, size_bytes, golden.size_bytes);
    }
    buffer_done(&golden);
}
