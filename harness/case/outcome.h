/* How a case ended. */
#ifndef HARNESS_CASE_OUTCOME_H
#define HARNESS_CASE_OUTCOME_H

/* X(id, "name", "meaning").  `not-fired` and `harness-broken` speak against the harness (exit 3),
 * never against the store.  The order is that of the counts in reports. */
#define OUTCOME_MAP(X)                                                    \
    X(INTACT, "intact", "every property holds")                           \
    X(VIOLATED, "violated", "at least one property does not hold")        \
    X(HUNG, "hung", "a round did not end within its time limit")          \
    X(CRASHED, "crashed", "the engine died by a signal that nobody sent") \
    X(REFUSED, "refused", "the store did not open where it had to")       \
    X(NOT_FIRED, "not-fired", "the planned fault was never reached")      \
    X(HARNESS_BROKEN, "harness-broken", "the harness contradicts itself") \
    X(SKIPPED, "skipped", "not judged, and why is said")

enum outcome {
#define X(id, ...) OUTCOME_##id,
    OUTCOME_MAP(X)
#undef X
        OUTCOME_COUNT
};

/* The word of reports and `list outcomes`. A static string. */
const char *outcome_name(enum outcome outcome);
/* Its meaning in a line, for `explain`. A static string. */
const char *outcome_help(enum outcome outcome);
/* The outcome of that name, whole and in lower case; OUTCOME_COUNT when there is none. */
enum outcome outcome_find(const char *name);

#endif
