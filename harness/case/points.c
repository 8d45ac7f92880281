/* The tables of points, one a target. */
#include "harness/case/points.h"

#include "harness/base/suggest.h"
#include "store/base/ensure.h"

#include <assert.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

static const struct points_row engine_rows[] = {
#define X(id, name, op, stake) {name, POINT_OP_##op, stake},
    POINT_MAP(X)
#undef X
};

#define MOMENTS                                                                \
    [POINTS_PUT_ACKNOWLEDGED] = {"put/acknowledged", POINT_OP_COUNT,           \
                                 "what was acknowledged must be there again"}, \
    [POINTS_CLOCK_MS] = {"clock/ms", POINT_OP_COUNT,                           \
                         "a moment that no request chose: services are at work"}

static const struct points_row program_rows[] = {MOMENTS};
static const struct points_row real_rows[] = {MOMENTS};

static_assert(COUNT_OF(engine_rows) == POINT_COUNT, "an index is an enum point");
static_assert(COUNT_OF(program_rows) <= POINT_COUNT, "arrays have a place for each point");
static_assert(COUNT_OF(real_rows) <= POINT_COUNT, "arrays have a place for each point");

const struct points points_engine = {engine_rows, COUNT_OF(engine_rows)};
const struct points points_program = {program_rows, COUNT_OF(program_rows)};
const struct points points_real = {real_rows, COUNT_OF(real_rows)};

static bool is_prefixed(const char *text, const char *prefix, const char *characters)
{
    size_t size = strlen(prefix);
    return strncmp(text, prefix, size) == 0 && text[size] != '\0' &&
           text[size + strspn(text + size, characters)] == '\0' &&
           strlen(text) < POINTS_TARGET_SIZE_BYTES;
}

/* An empty name is the engine too: structs that were zeroed, and tokens from before there were
 * targets, name none. */
const struct points *points_of(const char *target)
{
    if (*target == '\0' || strcmp(target, "engine") == 0) {
        return &points_engine;
    }
    if (is_prefixed(target, POINTS_REAL_PREFIX, NAME_CHARACTERS ".")) {
        return &points_real;
    }
    return is_prefixed(target, "program:", NAME_CHARACTERS) ? &points_program : NULL;
}

const struct points *points_of_sum(const struct points *sum, const struct points *next)
{
    return sum == NULL || next == &points_engine ? next : sum;
}

uint32_t points_find(const struct points *points, const char *name)
{
    for (uint32_t i = 0; i < points->count; i++) {
        if (strcmp(points->rows[i].name, name) == 0) {
            return i;
        }
    }
    return POINTS_NONE;
}

/* An index comes from our own tables or was checked when it was parsed; one past the end is a
 * mistake of ours. */
static const struct points_row *row_at(const struct points *points, uint32_t index)
{
    ENSURE(index < points->count);
    return &points->rows[index];
}

const char *points_name(const struct points *points, uint32_t index)
{
    return row_at(points, index)->name;
}

const char *points_stake(const struct points *points, uint32_t index)
{
    return row_at(points, index)->stake;
}

const char *points_op_name(const struct points *points, uint32_t index)
{
    enum point_op op = row_at(points, index)->op;
    return op == POINT_OP_COUNT ? "moment" : point_op_name(op);
}

/* A program that we see from outside has no operations to fail, only moments at which it dies. */
bool points_takes(const struct points *points, uint32_t index, enum fault_kind kind)
{
    enum point_op op = row_at(points, index)->op;
    return op == POINT_OP_COUNT ? kind == FAULT_KILL || kind == FAULT_POD_KILL
                                : fault_applies(kind, op);
}

bool points_is_mutating(const struct points *points, uint32_t index)
{
    return points_takes(points, index, FAULT_KILL);
}

const char *points_suggest(const struct points *points, const char *name, char *text,
                           size_t text_size_bytes)
{
    const char *names[POINT_COUNT];
    for (uint32_t i = 0; i < points->count; i++) {
        names[i] = points->rows[i].name;
    }
    return suggest_phrase(name, names, points->count, text, text_size_bytes);
}
