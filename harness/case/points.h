/* The table of points of what is under test: the moments at which a fault can strike it.
 *
 * Each target has its own table.  The engine's is that of its fault points, in their order, so that
 * there an index is an enum point; of a program that we see from outside, and of the real RocketMQ,
 * there are moments that the harness counts.  Everywhere else a point is an index in the table of
 * the case's target, so who counts or plans need not know what is under test.
 *
 * A target is named "engine", "program:NAME" or "real-VERSION"; one that is not named is the
 * engine. */
#ifndef HARNESS_CASE_POINTS_H
#define HARNESS_CASE_POINTS_H

#include "harness/case/fault.h"
#include "store/disk/point.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No table has more: what is counted per point fits arrays of this size. */
#define POINTS_MAX ((uint32_t)POINT_COUNT)
/* Behind the last index of any table. */
#define POINTS_NONE POINTS_MAX

#define POINTS_TARGET_SIZE_BYTES 48

struct points_row {
    const char *name;  /* "commitlog/append" */
    enum point_op op;  /* POINT_OP_COUNT: a moment that is no operation of a disk */
    const char *stake; /* what is at stake, for people */
};

struct points {
    const struct points_row *rows;
    uint32_t count;
};

extern const struct points points_engine;
/* Of every "program:NAME"; its rows by name. */
enum { POINTS_PUT_ACKNOWLEDGED, POINTS_CLOCK_MS };
extern const struct points points_program;
/* Of every "real-VERSION", the real RocketMQ; its first rows are those of a program. */
extern const struct points points_real;
#define POINTS_REAL_PREFIX "real-"

/* The table of a target; NULL when no target is called so. */
const struct points *points_of(const char *target);
/* Whether what is under test is a process of its own, asked through the line protocol. */
static inline bool points_is_program(const struct points *points)
{
    return points == &points_program || points == &points_real;
}
/* The table that a sum over scenarios is kept by, of what it was kept by (NULL: nothing yet) and
 * what comes next: the engine's as soon as there is one of its, since indexes do not mix. */
const struct points *points_of_sum(const struct points *sum, const struct points *next);

/* POINTS_NONE when there is none. */
uint32_t points_find(const struct points *points, const char *name);
/* The name as scenarios and tokens write it. A static string; `index` must be within the table. */
const char *points_name(const struct points *points, uint32_t index);
/* What a fault there puts at stake, for `list points`. A static string. */
const char *points_stake(const struct points *points, uint32_t index);
/* "write", "sync-dir"; "moment" of what is no operation. */
const char *points_op_name(const struct points *points, uint32_t index);
/* Whether the fault can happen there.  At a moment the process can only die. */
bool points_takes(const struct points *points, uint32_t index, enum fault_kind kind);
/* Whether it can be killed there: reading changes nothing, so that a kill would be no case. */
bool points_is_mutating(const struct points *points, uint32_t index);
/* suggest_phrase() over the names of the table. */
const char *points_suggest(const struct points *points, const char *name, char *text,
                           size_t text_size_bytes);

#endif
