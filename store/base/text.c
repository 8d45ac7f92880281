/* Appending to a text of fixed size (text.h). */
#include "store/base/text.h"

#include "store/base/ensure.h"

#include <string.h>

#define DIGITS_MAX 20 /* of 64 bits, with a sign */

size_t text_add(char *text, size_t size_bytes, size_t length, const char *piece)
{
    ENSURE(length < size_bytes);
    size_t piece_bytes = strnlen(piece, size_bytes - 1 - length);
    memcpy(text + length, piece, piece_bytes);
    text[length + piece_bytes] = '\0';
    return length + piece_bytes;
}

size_t text_add_number(char *text, size_t size_bytes, size_t length, int64_t number)
{
    char digits[DIGITS_MAX + 1];
    char *at = digits + DIGITS_MAX;
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    *at = '\0';
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0) {
        *--at = '-';
    }
    return text_add(text, size_bytes, length, at);
}
