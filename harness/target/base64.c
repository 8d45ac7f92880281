/* Three bytes are four characters. */
#include "harness/target/base64.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_text_length(size_t size_bytes)
{
    return (size_bytes + 2) / 3 * 4;
}

void base64_encode(const void *data, size_t size_bytes, char *ret_text)
{
    const uint8_t *from = data;
    char *to = ret_text;
    for (size_t i = 0; i < size_bytes; i += 3) {
        size_t left = size_bytes - i;
        uint32_t group = (uint32_t)from[i] << 16;
        group |= left > 1 ? (uint32_t)from[i + 1] << 8 : 0;
        group |= left > 2 ? from[i + 2] : 0;
        *to++ = alphabet[group >> 18];
        *to++ = alphabet[group >> 12 & 63];
        *to++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *to++ = left > 2 ? alphabet[group & 63] : '=';
    }
    *to = '\0';
}

json_t *base64_json(const void *data, size_t size_bytes)
{
    char *text = malloc(base64_text_length(size_bytes) + 1);
    if (text == NULL) {
        return NULL;
    }
    base64_encode(data, size_bytes, text);
    json_t *string = json_string(text);
    free(text);
    return string;
}

/* What a character stands for, or -1. */
static int value_of(char character)
{
    const char *found = character == '\0' ? NULL : strchr(alphabet, character);
    return found == NULL ? -1 : (int)(found - alphabet);
}

ssize_t base64_decode(const char *text, size_t length, void *ret_data)
{
    uint8_t *to = ret_data;
    size_t padding = 0;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=') {
        padding++;
    }
    if (length % 4 != 0) {
        return -EINVAL;
    }
    for (size_t i = 0; i < length; i += 4) {
        size_t missing = i + 4 == length ? padding : 0;
        uint32_t group = 0;
        for (size_t k = 0; k < 4; k++) {
            int value = k < 4 - missing ? value_of(text[i + k]) : 0;
            if (value < 0) {
                return -EINVAL;
            }
            group = group << 6 | (uint32_t)value;
        }
        const uint8_t bytes[3] = {(uint8_t)(group >> 16), (uint8_t)(group >> 8), (uint8_t)group};
        memcpy(to, bytes, 3 - missing);
        to += 3 - missing;
    }
    return to - (uint8_t *)ret_data;
}
