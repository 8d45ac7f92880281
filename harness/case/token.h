/* The name of a case, which alone replays it:
 * SCENARIO.HASH6@SEED[@TARGET][@SWITCH...]:ROUND[+ROUND...]
 *
 * A target other than the engine is the first switch, "program:NAME" written "program/NAME", since
 * ':' ends the switches; "real-VERSION" as it is. */
#ifndef HARNESS_CASE_TOKEN_H
#define HARNESS_CASE_TOKEN_H

#include "harness/case/plan.h"

#define TOKEN_NAME_SIZE_BYTES   64
#define TOKEN_SWITCHES_MAX      8
#define TOKEN_SWITCH_SIZE_BYTES 48
#define TOKEN_TEXT_SIZE_BYTES   (PLAN_TEXT_SIZE_BYTES + 512)

struct token {
    char scenario[TOKEN_NAME_SIZE_BYTES];  /* [a-z0-9-]+ */
    uint32_t hash24;                       /* six hex digits */
    uint64_t seed;                         /* hex */
    char target[POINTS_TARGET_SIZE_BYTES]; /* as points_of() knows it */
    /* A profile, a defect, DEFECT.bare, no-GUARD, skip/POINT, weave/N, in the order given; not
     * checked here. */
    char switches[TOKEN_SWITCHES_MAX][TOKEN_SWITCH_SIZE_BYTES];
    uint32_t switch_count;
    struct plan plan;
};

/* The case's name, which token_parse takes back. Longest TOKEN_TEXT_SIZE_BYTES - 1 characters.
 * Returns the length, as snprintf. */
int token_print(const struct token *token, char *text, size_t text_size_bytes);
/* Only characters that no shell interprets.  0 or ERR_USAGE with the place in `err`. */
int token_parse(const char *text, struct token *ret_token, struct err *err);

#endif
