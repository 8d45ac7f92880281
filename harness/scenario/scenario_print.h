/* A scenario as the text of its file: what shrinks a case, or keeps one, writes a file that a
 * person reads and `replay TOKEN --scenario FILE` takes. */
#ifndef HARNESS_SCENARIO_SCENARIO_PRINT_H
#define HARNESS_SCENARIO_SCENARIO_PRINT_H

#include "harness/scenario/scenario_data.h"

#include <stdio.h>

/* Writes YAML that scenario_parse() reads back into the same struct, with the same hash.  Keys that
 * say no more than their default are left out; comments and the order of the keys are not kept.  A
 * `base` is named as seen from where `scenario->path` lies, so whoever writes to another place sets
 * that first.  Switches that no key stands for (skip/POINT, weave/N) are not written: they stay in
 * the token.  0, -ENOMEM, or -EIO when the file takes no more. */
int scenario_print(const struct scenario *scenario, FILE *file);

#endif
