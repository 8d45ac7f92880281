/* What happens in each round of a case: steps before it, then faults at hits. */
#ifndef HARNESS_CASE_PLAN_H
#define HARNESS_CASE_PLAN_H

#include "harness/case/points.h"

#define PLAN_ROUNDS_MAX      8
#define PLAN_HITS_MAX        8
#define PLAN_BEFORE_MAX      4
#define PLAN_PATH_SIZE_BYTES 96
/* Of a plan as text; a longer one is refused when it is parsed. */
#define PLAN_TEXT_SIZE_BYTES 2048

/* One fault and where it strikes: the `hit`-th time in the round that `point` is passed. */
struct plan_hit {
    uint32_t point; /* in the table of the case's target */
    uint32_t hit;   /* from 1 */
    struct fault fault;
};

enum plan_before_kind {
    PLAN_BEFORE_REMOVE,
    PLAN_BEFORE_CLOCK_JUMP,
    PLAN_BEFORE_ROT,
    PLAN_BEFORE_COPY
};

#define PLAN_ROT_SECTOR 8 /* instead of a bit: the 512 B sector that holds the byte is zeroed */

/* A step before a round: "remove:consumequeue/T/0", "clock-jump:-1h",
 * "rot:commitlog/00000000000000000000@1234.5" (bit 5 of a byte; ".z": its sector is zeroed),
 * "copy:120-310.2" (a hot copy, begun when 120 operations of the last round had ended and over at
 * 310, is opened instead; files copied in order 2: 0 by name, 1 backwards, else a seeded one).
 * What the format cannot show (abort, lock, currterm, consumerOffset.json) is not rotted. */
struct plan_before {
    enum plan_before_kind kind;
    int64_t arg_ms;                  /* clock-jump */
    char path[PLAN_PATH_SIZE_BYTES]; /* remove: consumequeue[/TOPIC/QUEUE]; rot: the file */
    uint64_t offset;                 /* rot */
    uint32_t bit;                    /* rot: 0..7 or PLAN_ROT_SECTOR */
    uint32_t from_count;             /* copy */
    uint32_t upto_count;
    uint32_t order;
};

/* What is done before a round and what strikes within it. A round ends when its workload does, or
 * at the first fault that kills. */
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
 * has no fault.  `points` is the table of the target that the plan is for.  Returns the length, as
 * snprintf. */
int plan_print(const struct plan *plan, const struct points *points, char *text,
               size_t text_size_bytes);
/* One round, without a '+'. As plan_print. */
int plan_round_print(const struct plan_round *round, const struct points *points, char *text,
                     size_t text_size_bytes);
/* Parses all of `text`; only what plan_print writes, and a few longer forms of the same. Refuses
 * points and faults that the table does not have, more than fits the struct, and faults that
 * exclude each other in a round. 0, or ERR_USAGE with the column; then `ret_plan` is untouched. */
int plan_parse(const char *text, const struct points *points, struct plan *ret_plan,
               struct err *err);
/* As plan_parse, for a text that begins at `column` (from 1) of what the user wrote. */
int plan_parse_at(const char *text, const struct points *points, size_t column,
                  struct plan *ret_plan, struct err *err);
/* One round, as scenarios list them under `plan:`; columns count from its first character. */
int plan_round_parse(const char *text, const struct points *points, struct plan_round *ret_round,
                     struct err *err);
/* One step, as under `before:`. A path is taken only if it cannot lead out of the store's
 * directory: the step deletes or alters what it names. */
int plan_before_parse(const char *text, struct plan_before *ret_before, struct err *err);
/* Whether the plan's text fits PLAN_TEXT_SIZE_BYTES.  0 or ERR_USAGE. */
int plan_check_size(const struct plan *plan, const struct points *points, struct err *err);
/* The last round that has a fault (a power loss is one), or -1. */
int plan_last_faulted_round(const struct plan *plan);
/* Faults of all its rounds. */
uint32_t plan_hit_count(const struct plan *plan);
/* Whether it has what only the memory disk can do: fault_is_explored(), or a hot copy. */
bool plan_is_explored(const struct plan *plan);
/* Whether its last round is a hot copy or decay alone, on which nothing runs: the store is judged
 * as it lies there.  A plan of no rounds does not. */
bool plan_ends_at_rest(const struct plan *plan);

#endif
