/* Colours, durations and percentages as people read them. */
#include "reports/paint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A dumb terminal has no cursor to move: an editor's shell, most often. */
bool paint_is_terminal(FILE *stream)
{
    int fd = fileno(stream);
    const char *term = getenv("TERM"); // NOLINT(concurrency-mt-unsafe)

    return fd >= 0 && isatty(fd) == 1 && (term == NULL || strcmp(term, "dumb") != 0);
}

/* What the user says on the command line comes before the environment. */
bool paint_is_wanted(enum paint_when when, FILE *stream)
{
    const char *no_color = getenv("NO_COLOR"); // NOLINT(concurrency-mt-unsafe)

    if (when != PAINT_AUTO) {
        return when == PAINT_ALWAYS;
    }
    return (no_color == NULL || *no_color == '\0') && paint_is_terminal(stream);
}

int paint_when_take(void *ret_when, const char *word, struct err *err)
{
    static const char *const words[] = {"auto", "always", "never"};

    for (int i = 0; i < 3; i++) {
        if (strcmp(word, words[i]) == 0) {
            *(enum paint_when *)ret_when = (enum paint_when)i;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "option '--color': '%s' is not auto, always or never", word);
}

/* The order is that of enum paint_tone. */
const char *paint_begin(bool wanted, enum paint_tone tone)
{
    static const char *const escapes[] = {"",         "\033[32m", "\033[1;31m",
                                          "\033[33m", "\033[1m",  "\033[2m"};

    return wanted ? escapes[tone] : "";
}

const char *paint_end(bool wanted, enum paint_tone tone)
{
    return wanted && tone != PAINT_PLAIN ? "\033[0m" : "";
}

/* Two figures that matter at most: nobody compares microseconds of minutes. */
const char *paint_duration(uint64_t duration_us, char text[PAINT_DURATION_SIZE_BYTES])
{
    uint64_t seconds = duration_us / 1000000;
    size_t size_bytes = PAINT_DURATION_SIZE_BYTES;

    if (duration_us < 1000) {
        (void)snprintf(text, size_bytes, "%" PRIu64 " us", duration_us);
    } else if (seconds == 0) {
        (void)snprintf(text, size_bytes, "%" PRIu64 " ms", duration_us / 1000);
    } else if (seconds < 60) {
        (void)snprintf(text, size_bytes, "%" PRIu64 ".%" PRIu64 " s", seconds,
                       duration_us / 100000 % 10);
    } else if (seconds < 3600) {
        (void)snprintf(text, size_bytes, "%" PRIu64 "m%02" PRIu64 "s", seconds / 60, seconds % 60);
    } else {
        (void)snprintf(text, size_bytes, "%" PRIu64 "h%02" PRIu64 "m", seconds / 3600,
                       seconds / 60 % 60);
    }
    return text;
}

const char *paint_percent(uint64_t part, uint64_t all, char text[PAINT_DURATION_SIZE_BYTES])
{
    uint64_t per_mille;

    if (all == 0) {
        (void)snprintf(text, PAINT_DURATION_SIZE_BYTES, "-");
        return text;
    }
    /* Rounded down, so that only the whole is called 100 %. */
    per_mille = part >= all ? 1000 : (uint64_t)((double)part * 1000.0 / (double)all);
    (void)snprintf(text, PAINT_DURATION_SIZE_BYTES, "%" PRIu64 ".%" PRIu64 " %%", per_mille / 10,
                   per_mille % 10);
    return text;
}

const char *paint_count(uint64_t count, char text[PAINT_DURATION_SIZE_BYTES])
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
    size_t used = 0;

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            text[used++] = ',';
        }
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

/* In tenths, by integers: the product of a petabyte and ten still fits. */
const char *paint_bytes(uint64_t size_bytes, char text[PAINT_DURATION_SIZE_BYTES])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    uint64_t tenths = size_bytes / 1024 * 10 + size_bytes % 1024 * 10 / 1024;
    size_t unit = 0;

    if (size_bytes < 1024) {
        (void)snprintf(text, PAINT_DURATION_SIZE_BYTES, "%" PRIu64 " B", size_bytes);
        return text;
    }
    while (tenths >= 10240) {
        tenths /= 1024;
        unit++;
    }
    (void)snprintf(text, PAINT_DURATION_SIZE_BYTES, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10,
                   tenths % 10, units[unit]);
    return text;
}

const char *paint_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}
