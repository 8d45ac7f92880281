/* The figures of a bench, read from what `bench --json` wrote.  Only ratios to floors, which were
 * measured in the same minute on the same machine: wall-clock figures of two days say nothing. */
#ifndef HARNESS_GATE_FIGURES_H
#define HARNESS_GATE_FIGURES_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define FIGURES_MAX             64
#define FIGURES_NAME_SIZE_BYTES 96

struct figure {
    char name[FIGURES_NAME_SIZE_BYTES];
    double ratio;
    bool is_more_better; /* a share of the floor; else a multiple of its cost */
};

struct figures {
    uint32_t count;
    struct figure rows[FIGURES_MAX];
};

/* Reads a file.  0, -errno, or ERR_CORRUPT with file and line, also when no figure in it has a
 * ratio. */
int figures_read(const char *path, struct figures *ret_figures, struct err *err);
/* The figure of that name, or NULL. */
const struct figure *figures_find(const struct figures *figures, const char *name);

#endif
