/* The figures of a bench, read from what `bench --json` wrote.  Only ratios to floors, which were
 * measured in the same minute on the same machine: wall-clock figures of two days say nothing. */
#ifndef HARNESS_GATE_RATIOS_H
#define HARNESS_GATE_RATIOS_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define RATIOS_MAX             64
#define RATIOS_NAME_SIZE_BYTES 96

struct ratio {
    char name[RATIOS_NAME_SIZE_BYTES];
    double ratio;
    bool is_more_better; /* a share of the floor; else a multiple of its cost */
};

struct ratios {
    uint32_t count;
    struct ratio rows[RATIOS_MAX];
};

/* Reads a file.  0, -errno, or ERR_CORRUPT with file and line, also when no figure in it has a
 * ratio. */
int ratios_read(const char *path, struct ratios *ret_ratios, struct err *err);
/* The figure of that name, or NULL. */
const struct ratio *ratios_find(const struct ratios *figures, const char *name);

#endif
