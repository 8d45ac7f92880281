/* What happens in each round of a case: steps before it, then faults at hits. */
#ifndef HARNESS_CASE_PLAN_H
#define HARNESS_CASE_PLAN_H

#include "harness/case/fault.h"

#define PLAN_ROUNDS_MAX      8
#define PLAN_HITS_MAX        8
#define PLAN_BEFORE_MAX      4
#define PLAN_PATH_SIZE_BYTES 96
/* Longest printed plan. */
#define PLAN_TEXT_SIZE_BYTES 2048

struct plan_hit {
    enum point point;
    uint32_t hit; /* from 1 */
    struct fault fault;
};

enum plan_before_kind { PLAN_BEFORE_REMOVE, PLAN_BEFORE_CLOCK_JUMP };

/* A step before a round: "remove:consumequeue/T/0", "clock-jump:-1h". */
struct plan_before {
    enum plan_before_kind kind;
    int64_t arg_ms;                  /* clock-jump */
    char path[PLAN_PATH_SIZE_BYTES]; /* remove: consumequeue[/TOPIC/QUEUE] */
};

struct plan_round {
    struct plan_before before[PLAN_BEFORE_MAX];
    uint32_t before_count;
    struct plan_hit hits[PLAN_HITS_MAX];
    uint32_t hit_count;
};

/* Plain data: compared and copied as bytes, so always initialise with memset 0 or plan_parse. */
struct plan {
    struct plan_round rounds[PLAN_ROUNDS_MAX];
    uint32_t round_count;
};

/* "ROUND+ROUND", ROUND = steps and hits joined by ','; HIT = POINT:N=FAULT[:ARG].  An empty round
 * has no fault.  Returns the length, as snprintf. */
int plan_print(const struct plan *plan, char *text, size_t text_size_bytes);
int plan_round_print(const struct plan_round *round, char *text, size_t text_size_bytes);
int plan_parse(const char *text, struct plan *ret_plan, struct err *err);
/* As plan_parse, for a text that begins at `column` (from 1) of what the user wrote. */
int plan_parse_at(const char *text, size_t column, struct plan *ret_plan, struct err *err);
int plan_round_parse(const char *text, struct plan_round *ret_round, struct err *err);
int plan_before_parse(const char *text, struct plan_before *ret_before, struct err *err);
/* The last round that has a fault, or -1. */
int plan_last_faulted_round(const struct plan *plan);

#endif
