/* Numbers with units: one table for durations, one for sizes, each largest first. */
#include "harness/base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit duration_units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit size_units[] = {
    {"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"B", 1}};

#define DURATION_MS_MAX UINT64_C(3153600000000)
#define SIZE_BYTES_MAX  (UINT64_C(1) << 50)
#define UNIT_COUNT      4

/* Reads digits at `*text` and moves it behind them. The bound is tested before the digit is added,
 * so that no value wraps around into the allowed range. */
static bool take_digits(const char **text, uint64_t value_max, uint64_t *ret_value)
{
    const char *at = *text;
    uint64_t value = 0;
    if (*at < '0' || *at > '9') {
        return false;
    }
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (value > (value_max - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *text = at;
    *ret_value = value;
    return true;
}

bool units_parse_count(const char *text, uint64_t count_max, uint64_t *ret_count)
{
    uint64_t count = 0;
    if (count_max < 9) {
        /* take_digits() needs room for one digit below its bound. */
        if (!take_digits(&text, 9, &count) || count > count_max) {
            return false;
        }
    } else if (!take_digits(&text, count_max, &count)) {
        return false;
    }
    if (*text != '\0') {
        return false;
    }
    *ret_count = count;
    return true;
}

/* Upper case is refused: a seed has one text, and tokens are compared as text. */
bool units_parse_hex(const char *text, uint64_t *ret_value)
{
    uint64_t value = 0;
    size_t size = strlen(text);
    if (size == 0 || size > 16) {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text >= '0' && *text <= '9') {
            value = value << 4 | (uint64_t)(*text - '0');
        } else if (*text >= 'a' && *text <= 'f') {
            value = value << 4 | (uint64_t)(*text - 'a' + 10);
        } else {
            return false;
        }
    }
    *ret_value = value;
    return true;
}

static bool find_factor(const struct unit *units, const char *name, uint64_t *ret_factor)
{
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (strcmp(units[i].name, name) == 0) {
            *ret_factor = units[i].factor;
            return true;
        }
    }
    return false;
}

/* The product cannot overflow: it is held against the largest duration before it is made. */
bool units_parse_duration(const char *text, int64_t *ret_ms)
{
    bool is_negative = *text == '-';
    uint64_t value = 0;
    uint64_t factor = 0;
    text += is_negative ? 1 : 0;
    if (!take_digits(&text, DURATION_MS_MAX, &value)) {
        return false;
    }
    if (!find_factor(duration_units, text, &factor)) {
        /* Only nothing needs no unit. */
        if (*text != '\0' || value != 0) {
            return false;
        }
        factor = 1;
    }
    if (value > DURATION_MS_MAX / factor) {
        return false;
    }
    int64_t duration_ms = (int64_t)(value * factor);
    *ret_ms = is_negative ? -duration_ms : duration_ms;
    return true;
}

bool units_parse_size(const char *text, uint64_t *ret_size_bytes)
{
    uint64_t value = 0;
    uint64_t factor = 1;
    if (!take_digits(&text, SIZE_BYTES_MAX, &value)) {
        return false;
    }
    if (*text != '\0' && !find_factor(size_units, text, &factor)) {
        return false;
    }
    if (value > SIZE_BYTES_MAX / factor) {
        return false;
    }
    *ret_size_bytes = value * factor;
    return true;
}

/* Nothing is "0ms" and "0B", not "0h": zero is divided by every unit. */
static const struct unit *largest_unit(const struct unit *units, uint64_t value)
{
    for (size_t i = 0; i + 1 < UNIT_COUNT; i++) {
        if (value != 0 && value % units[i].factor == 0) {
            return &units[i];
        }
    }
    return &units[UNIT_COUNT - 1];
}

int units_print_duration(int64_t duration_ms, char *text, size_t text_size_bytes)
{
    uint64_t value = duration_ms < 0 ? 0 - (uint64_t)duration_ms : (uint64_t)duration_ms;
    const struct unit *unit = largest_unit(duration_units, value);
    return snprintf(text, text_size_bytes, "%s%" PRIu64 "%s", duration_ms < 0 ? "-" : "",
                    value / unit->factor, unit->name);
}

int units_print_size(uint64_t size_bytes, char *text, size_t text_size_bytes)
{
    const struct unit *unit = largest_unit(size_units, size_bytes);
    return snprintf(text, text_size_bytes, "%" PRIu64 "%s", size_bytes / unit->factor, unit->name);
}
