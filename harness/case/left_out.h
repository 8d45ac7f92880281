/* What a campaign did not run, try or judge: each reason with its count, so that nobody takes a
 * part for the whole. */
#ifndef HARNESS_CASE_LEFT_OUT_H
#define HARNESS_CASE_LEFT_OUT_H

#include <stdbool.h>
#include <stdint.h>

/* X(id, "name", "meaning"): why. The order is that of reports. */
#define LEFT_OUT_MAP(X)                                                                          \
    X(CAUGHT, "caught", "a caught defect asks for no more")                                      \
    X(CASES, "cases", "a seeded sample (--cases); `reached` is not asked of it")                 \
    X(DEPTH, "depth", "of depth 3, a sample is run (--depth full: all of it)")                   \
    X(TRACES, "traces", "of the faults before a power loss, a sample is tried")                  \
    X(RECOVERIES, "recoveries", "of the recoveries, a sample is cut by a power loss")            \
    X(THREADS, "threads", "the last hits of threads may not come again")                         \
    X(STOP_ON_TRACE, "stop-on-trace", "the run without a fault fails already (--stop-on-trace)") \
    X(MAX_FAILURES, "max-failures", "enough has failed (--max-failures)")                        \
    X(INTERRUPTED, "interrupted", "a signal ended the campaign before")                          \
    X(BUDGET, "budget", "the time of --budget was over before")                                  \
    X(SHARD, "shard", "another shard runs it: judged when all are merged")                       \
    X(BROKEN_OFF, "broken-off", "the harness could not go on")                                   \
    X(HITS, "hits-unknown", "the run without a fault failed: what else there is, nobody knows")  \
    X(CAPPED, "capped", "past the bound: families and samples only")                             \
    X(OVERFLOWED, "overflowed", "past what a token can name: the oldest count as durable")       \
    X(SKIPPED, "skipped", "the threads did not reach the planned fault")                         \
    X(NOT_JUDGED, "not-judged", "the oracle has no verdict on it")                               \
    X(NO_CONTROL, "no-control", "no control: without the defect no place for the fault")         \
    X(SYMPATHY, "sympathy", "the engine fails without the defect, too: not judged")              \
    X(NOT_LOADED, "not-loaded", "the scenario cannot be loaded or run")                          \
    X(TARGET, "target", "the target cannot do it (docs/TARGETS.md)")

enum left_out_reason {
#define X(id, ...) LEFT_OUT_##id,
    LEFT_OUT_MAP(X)
#undef X
        LEFT_OUT_REASON_COUNT
};

/* X(id, "one", "many"): what is counted. */
#define LEFT_OUT_UNIT_MAP(X)                         \
    X(CASE, "case", "cases")                         \
    X(IMAGE, "image", "images")                      \
    X(POSITION, "crash position", "crash positions") \
    X(TRACE, "trace", "traces")                      \
    X(PROPERTY, "property", "properties")            \
    X(SCENARIO, "scenario", "scenarios")             \
    X(FAULT, "fault of a row", "faults of rows")     \
    X(PHASE, "phase", "phases")                      \
    X(EVENT, "event", "events")

enum left_out_unit {
#define X(id, ...) LEFT_OUT_UNIT_##id,
    LEFT_OUT_UNIT_MAP(X)
#undef X
        LEFT_OUT_UNIT_COUNT
};

#define LEFT_OUT_TEXT_SIZE_BYTES 112

struct left_out_entry {
    enum left_out_reason reason;
    enum left_out_unit unit;
    uint64_t count;
    bool is_uncounted;                   /* and more, of which nobody knows how many */
    uint32_t scenario_count;             /* that say so: 1 but in a sum */
    char text[LEFT_OUT_TEXT_SIZE_BYTES]; /* more about the reason, or "" */
};

/* At most one entry for each reason and unit, in the order in which they came.  Plain data. */
struct left_out {
    uint32_t entry_count;
    struct left_out_entry entries[LEFT_OUT_REASON_COUNT * LEFT_OUT_UNIT_COUNT];
};

/* Adds `count` (0: nothing is added).  `text`, or "": more about the reason; the last one stays. */
void left_out_add(struct left_out *list, enum left_out_reason reason, enum left_out_unit unit,
                  uint64_t count, const char *text);
/* Says that there is more than anybody can count. */
void left_out_add_uncounted(struct left_out *list, enum left_out_reason reason,
                            enum left_out_unit unit, const char *text);
/* Adds all of `part`, which is one scenario's or a sum itself.  Texts that differ are dropped. */
void left_out_merge(struct left_out *sum, const struct left_out *part);
/* The entry of this reason and unit; NULL: nothing of it was left out. */
const struct left_out_entry *left_out_find(const struct left_out *list, enum left_out_reason reason,
                                           enum left_out_unit unit);
/* All that was left out in one unit, whatever the reason; `*ret_is_uncounted`: and more. */
uint64_t left_out_count(const struct left_out *list, enum left_out_unit unit,
                        bool *ret_is_uncounted);

/* The word of reports. A static string. */
const char *left_out_name(enum left_out_reason reason);
/* Its meaning in a line, for reports and `explain`. A static string. */
const char *left_out_help(enum left_out_reason reason);
/* The reason of that name; LEFT_OUT_REASON_COUNT when there is none. */
enum left_out_reason left_out_reason_find(const char *name);
/* "case" of one, "cases" of any other count. A static string. */
const char *left_out_unit_name(enum left_out_unit unit, uint64_t count);
/* What is to be said of an entry: its own text, or else the meaning of its reason. */
const char *left_out_entry_text(const struct left_out_entry *entry);

#endif
