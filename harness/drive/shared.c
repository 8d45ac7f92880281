/* Shared memory of a worker, and the crash handlers that write to it. */
#include "harness/drive/shared.h"

#include "harness/base/stack.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

/* The handlers have no argument of ours, so the mapping they write to is found through this. It is
 * set once a process, before any case. */
static struct shared *crash_target;

/* The ledger lies behind the struct in the same mapping, so that forks find both at one address. */
static size_t mapping_size_bytes(uint32_t message_capacity)
{
    return sizeof(struct shared) + ledger_size_bytes(message_capacity);
}

enum shared_exit shared_exit_of(int r)
{
    if (r == -ETIMEDOUT) {
        return SHARED_EXIT_HUNG;
    }
    return r == ERR_STOPPED ? SHARED_EXIT_DIED : SHARED_EXIT_BROKEN;
}

int shared_map(uint32_t message_capacity, struct shared **ret_shared, struct err *err)
{
    void *memory = mmap(NULL, mapping_size_bytes(message_capacity), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return err_set(err, -errno, "map %zu bytes of shared memory",
                       mapping_size_bytes(message_capacity));
    }
    struct shared *shared = memory;
    shared->ledger = (struct ledger *)(shared + 1);
    *ret_shared = shared;
    return 0;
}

void shared_reset(struct shared *shared, const struct scenario *scenario, uint32_t message_capacity,
                  uint64_t seed)
{
    atomic_store(&shared->now_ms, scenario->start_ms);
    atomic_store(&shared->events, 0);
    atomic_store(&shared->enospc_seen, 0);
    atomic_store(&shared->arm.enospc_injected, 0);
    atomic_store(&shared->denied, 0);
    atomic_store(&shared->next_step, 0);
    shared->round = 0;
    shared->round_err.code = 0;
    shared->round_err.text[0] = '\0';
    atomic_store(&shared->crash_signal, 0);
    shared->crash_frame_count = 0;
    memset(shared->restart.recovery_hits, 0, sizeof(shared->restart.recovery_hits));
    ending_clear(&shared->ending);
    order_clear(shared->order);
    arm_round(&shared->arm, NULL);
    ledger_reset(shared->ledger, scenario, message_capacity, seed);
}

int64_t shared_now_ms(void *shared)
{
    const struct shared *from = shared;
    return atomic_load(&from->now_ms);
}

/* Threads see real time beside the virtual. */
int64_t shared_trace_ms(void *shared)
{
    const struct shared *from = shared;
    int64_t now_ms = atomic_load(&from->now_ms);
    int64_t latest_ms = atomic_load(&from->ledger->latest_ms);
    return from->ledger->is_threads && latest_ms > now_ms ? latest_ms : now_ms;
}

struct shared *shared_unmap(struct shared *shared, uint32_t message_capacity)
{
    if (shared != NULL) {
        (void)munmap(shared, mapping_size_bytes(message_capacity));
    }
    return NULL;
}

/* Runs in a process that is broken: it writes to memory that is mapped already and dies by the
 * same signal, so that the parent sees it. Only the first crash counts, for a second may come of
 * the first. */
static void on_crash(int signal_number)
{
    struct shared *shared = crash_target;
    if (shared != NULL && atomic_exchange(&shared->crash_signal, signal_number) == 0) {
        void *frames[SHARED_STACK_FRAMES_MAX];
        int count = backtrace(frames, SHARED_STACK_FRAMES_MAX);
        for (int i = 0; i < count; i++) {
            shared->crash_stack[i] = (uint64_t)(uintptr_t)frames[i] - shared->crash_base;
        }
        shared->crash_frame_count = count < 0 ? 0 : (uint32_t)count;
    }
    (void)signal(signal_number, SIG_DFL);
    (void)raise(signal_number);
}

void shared_catch_crashes(struct shared *shared)
{
    crash_target = shared;
    shared->crash_base = stack_load_base();
    /* The first call of backtrace() allocates; make it here and not in a broken process. */
    void *frame[1];
    (void)backtrace(frame, 1);
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_crash;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    for (size_t i = 0; i < sizeof(crash_signals) / sizeof(crash_signals[0]); i++) {
        (void)sigaction(crash_signals[i], &action, NULL);
    }
}
