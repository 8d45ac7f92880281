/* A plan in sentences, for who reads no tokens. */
#ifndef HARNESS_CLI_COMMANDS_PLAN_WORDS_H
#define HARNESS_CLI_COMMANDS_PLAN_WORDS_H

#include "harness/case/plan.h"

#include <stdio.h>

/* A line a step or fault, each begun with `indent`, in the order in which they happen. */
void plan_words_print(FILE *stream, const struct plan *plan, const struct points *points,
                      const char *indent);

#endif
