/* The memory that a worker shares with the processes of a case: it survives the kill. */
#ifndef HARNESS_DRIVE_SHARED_H
#define HARNESS_DRIVE_SHARED_H

#include "harness/case/ending.h"
#include "harness/oracle/order/order.h"
#include "harness/oracle/rules/judge.h"
#include "harness/oracle/rules/ledger.h"
#include "harness/plan/arm.h"
#include "store/base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SHARED_STACK_FRAMES_MAX 32
/* Bytes kept for the recorded operations of a trace run; pages are only used when written. */
#define SHARED_TAPE_SIZE_BYTES (UINT64_C(256) << 20)

/* How a process of a case ended, as its exit status says it.  No value is one that an exit() in the
 * engine would give: such a process has not done what it was forked for. */
enum shared_exit {
    SHARED_EXIT_DONE = 101,        /* the workload is over and the store stopped cleanly */
    SHARED_EXIT_RESTART = 102,     /* a restart step; the next round goes on */
    SHARED_EXIT_TERMINATED = 103,  /* SIGTERM was obeyed before the grace was over */
    SHARED_EXIT_OPEN_FAILED = 104, /* the store did not open; `round_err` says why */
    SHARED_EXIT_HUNG = 105, /* a service never runs dry, or a put is never answered; `round_err` */
    SHARED_EXIT_BROKEN = 106, /* the harness itself failed; `round_err` says why */
    SHARED_EXIT_DIED = 107    /* the program under test died; `round_err`, `crash_signal` */
};

/* How a process ends that failed with the code `r`. */
enum shared_exit shared_exit_of(int r);

/* How far the restart protocol came, and what it noted on its way. */
struct shared_restart {
    _Atomic uint32_t is_complete;       /* judged to the end: then the case's ending says how */
    uint32_t step;                      /* of the protocol, where it stopped */
    uint32_t opened;                    /* stores opened without an error */
    uint32_t recovery_hits[POINTS_MAX]; /* of the first open */
    struct judge_report report;
};

struct shared {
    _Atomic int64_t now_ms;       /* virtual time; goes on in the next round */
    _Atomic uint64_t events;      /* bit per enum event, of all rounds and the protocol */
    _Atomic uint32_t next_step;   /* of the workload: the one after the step in flight */
    _Atomic uint32_t enospc_seen; /* operations that failed for want of room, injected or not */
    _Atomic int32_t denied; /* an errno: the machine or a limit, not a fault, failed an operation */
    uint32_t round;
    uint32_t timeout_ms; /* for an answer of a program under test */
    struct err round_err;
    /* A crash of the engine: the signal and where it was. */
    _Atomic int32_t crash_signal;
    uint64_t crash_stack[SHARED_STACK_FRAMES_MAX];
    uint32_t crash_frame_count;
    uint64_t crash_base; /* where the program is loaded: the stack is relative to it */
    struct shared_restart restart;
    struct ending ending; /* of the case, as far as its processes have come */
    struct arm arm;
    struct order *order;   /* order-durable; NULL: not judged. Memory that all forks share */
    struct ledger *ledger; /* behind this struct, at the same address in every fork */
};

/* Maps zeroed memory for `message_capacity` messages. */
int shared_map(uint32_t message_capacity, struct shared **ret_shared, struct err *err);
/* As at the begin of a case: nothing has happened, nothing is armed. */
void shared_reset(struct shared *shared, const struct scenario *scenario, uint32_t message_capacity,
                  uint64_t seed);
/* Virtual time; `shared` is the struct, for those who take a clock with an argument. */
int64_t shared_now_ms(void *shared);
/* The same for a trace: with services in threads, the latest time that the store was shown. */
int64_t shared_trace_ms(void *shared);
/* `message_capacity` is that of the mapping. Returns NULL; NULL is none. Processes forked before
 * keep theirs. */
struct shared *shared_unmap(struct shared *shared, uint32_t message_capacity);

/* Stores where the engine died when it crashes in this process (or a fork of it): handlers for
 * SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL that write `shared` and die by the same signal. */
void shared_catch_crashes(struct shared *shared);

#endif
