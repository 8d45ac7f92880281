/* What the rules of a policy made of a run: a row for each rule that was asked, and one for each
 * reason against it. */
#ifndef HARNESS_GATE_VERDICT_H
#define HARNESS_GATE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#define VERDICT_RULE_SIZE_BYTES   24
#define VERDICT_CELL_SIZE_BYTES   160
#define VERDICT_REASON_SIZE_BYTES 640

struct verdict_row {
    char rule[VERDICT_RULE_SIZE_BYTES];
    char wanted[VERDICT_CELL_SIZE_BYTES]; /* by the policy */
    char found[VERDICT_CELL_SIZE_BYTES];  /* in the run */
    bool holds;
    char reason[VERDICT_REASON_SIZE_BYTES]; /* why not, and what to do; "" where it holds */
};

/* Begins as zeros; verdict_done() frees the rows. */
struct verdict {
    struct verdict_row *rows;
    size_t row_count;
    size_t capacity;
    size_t failed_count; /* rows that do not hold */
    bool is_incomplete;  /* there was no memory for some row: it must not pass */
};

/* What a rule was asked and what it found; a static string, and two texts of the caller's. */
struct verdict_asked {
    const char *rule;
    const char *wanted;
    const char *found;
};

/* The rule holds. */
void verdict_hold(struct verdict *verdict, const struct verdict_asked *asked);
/* It does not, and why: one line, which ends with what to do. */
void verdict_fail(struct verdict *verdict, const struct verdict_asked *asked, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));
/* Whether the run may be released on. */
bool verdict_is_good(const struct verdict *verdict);
void verdict_done(struct verdict *verdict);

#endif
