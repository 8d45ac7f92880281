/* What the pictures of one case are drawn from: every operation that changed something with what
 * was sent and answered between them, where else along the way a crash would have been bad, what
 * the files held at each stage, and what became of each message.
 *
 * Plain data of a fixed size, for it lies in memory that outlives the process which fills it: an
 * engine that dies while a crash is tried leaves what was found before. */
#ifndef HARNESS_FIGURES_FIGURES_H
#define HARNESS_FIGURES_FIGURES_H

#include "harness/case/fault.h"
#include "harness/case/outcome.h"
#include "harness/reenact/reenact.h"

#define FIGURES_FILES_MAX    40
#define FIGURES_OPS_MAX      700
#define FIGURES_NOTES_MAX    500
#define FIGURES_STRIKES_MAX  8
#define FIGURES_CRASHES_MAX  800
#define FIGURES_MESSAGES_MAX 400
#define FIGURES_STAGES_MAX   3
#define FIGURES_RECORDS_MAX  200
#define FIGURES_UNITS_MAX    400
#define FIGURES_QUEUES_MAX   16
#define FIGURES_SPANS_MAX    32
#define FIGURES_PLAN_BYTES   160
#define FIGURES_NAME_BYTES   96
#define FIGURES_NO_OP        UINT32_MAX

/* An operation that changed the disk or its durability, in the order in which they ended. */
struct figures_op {
    uint32_t part; /* of the case: a power loss or a hand in the files begins a new one */
    uint32_t done; /* so many of its part had ended before */
    uint32_t point;
    uint32_t hit;
    uint32_t round;
    uint32_t file;       /* in files */
    uint32_t covered_by; /* the operation that made it durable; FIGURES_NO_OP: none did */
    bool is_restart;     /* of the first restart after the crash */
    enum point_op op;
    uint64_t offset;
    uint64_t size_bytes;
    int64_t result;
    int64_t time_ms;
};

/* What the harness noted between two operations. */
struct figures_note {
    uint32_t before_op; /* so many operations had ended */
    enum trace_note note;
    bool is_restart;
    int64_t value;
    int64_t status; /* of an answer */
};

struct figures_strike {
    uint32_t before_op;
    uint32_t point;
    uint32_t hit;
    uint32_t round;
    uint32_t file;
    enum fault_kind kind;
};

/* The power lost during an operation of the case, and the store restarted and judged. */
struct figures_crash {
    uint32_t op;
    bool is_kept;                  /* all that was written survived; else only what was synced */
    uint8_t outcome;               /* enum outcome */
    char plan[FIGURES_PLAN_BYTES]; /* of its token, behind the ':'; "": too long */
};

enum figures_unit_state {
    FIGURES_UNIT_TRUE,     /* it points at the record that it should */
    FIGURES_UNIT_DANGLING, /* at nothing, or into the middle of something */
    FIGURES_UNIT_OTHER,    /* at a record of another queue or place */
    FIGURES_UNIT_EMPTY     /* zeros or a pre-blank: it says that there is nothing */
};

struct figures_record {
    uint64_t offset;
    uint32_t size_bytes;
    int32_t message; /* -1: none of the workload's */
    uint32_t queue;  /* in queues; UINT32_MAX: none that is told */
    int64_t queue_offset;
};

struct figures_unit {
    uint32_t queue;
    enum figures_unit_state state;
    uint64_t index;
    uint64_t offset;
    uint32_t size_bytes;
};

struct figures_queue {
    char name[FIGURES_NAME_BYTES]; /* "topic-0/1" */
    uint64_t min;
    uint64_t max;
};

struct figures_span {
    uint64_t start;
    uint64_t size_bytes;
};

/* The files of the store at one moment, as the oracle reads them. */
struct figures_stage {
    char name[24]; /* "before", "crashed", "recovered"; "end" of a case without a crash */
    bool has_abort;
    uint64_t log_min;
    uint64_t log_end;
    uint64_t mark; /* UINT64_MAX: none that is valid */
    uint32_t record_count;
    uint32_t unit_count;
    uint32_t queue_count;
    uint32_t span_count;
    uint32_t left_out;                            /* records and units that found no room */
    struct figures_span spans[FIGURES_SPANS_MAX]; /* the files of the log */
    struct figures_record records[FIGURES_RECORDS_MAX];
    struct figures_queue queues[FIGURES_QUEUES_MAX];
    struct figures_unit units[FIGURES_UNITS_MAX];
};

struct figures_message {
    uint32_t message;
    bool is_sent;
    bool is_answered;
    int32_t status;   /* enum store_put_status */
    bool is_left;     /* its record was on the disk that the restart found */
    bool is_found;    /* and in the log after it */
    bool is_in_queue; /* and its queue has a unit that points at it */
};

struct figures {
    bool is_there;
    uint32_t ops_left_out;   /* the first ones */
    uint32_t notes_left_out; /* the last ones */
    uint32_t messages_left_out;
    uint32_t crash_positions; /* that there were to try */
    uint32_t in_flight;       /* 1 + the crash that is being tried; 0: none is */
    uint32_t file_count;
    uint32_t op_count;
    uint32_t note_count;
    uint32_t strike_count;
    uint32_t crash_count;
    uint32_t stage_count;
    uint32_t message_count;
    char files[FIGURES_FILES_MAX][FIGURES_NAME_BYTES]; /* the last one stands for all others */
    struct figures_op ops[FIGURES_OPS_MAX];
    struct figures_note notes[FIGURES_NOTES_MAX];
    struct figures_strike strikes[FIGURES_STRIKES_MAX];
    struct figures_crash crashes[FIGURES_CRASHES_MAX];
    struct figures_stage stages[FIGURES_STAGES_MAX];
    struct figures_message messages[FIGURES_MESSAGES_MAX];
};

/* Fills what the recordings show: files, operations, notes, strikes and messages. `figures` is all
 * 0. */
void figures_take(const struct reenact *reenact, struct figures *figures);

#endif
