/* Removes an acknowledged message from a stopped store. */
#include "harness/live/canary.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CANARY_ZEROS_SIZE_BYTES 4096

const char *canary_scenario_text(void)
{
    return "name: canary\n"
           "summary: An acknowledged message is removed behind the oracle's back.\n"
           "store: { mode: commitlog, flush: sync, services: manual, log_file_size: 64KiB,"
           " queue_file_units: 100 }\n"
           "workload: { topics: 1, queues: 1, producers: 1, phases: [ { put: 5, body: 64..64B } ] }\n"
           "faults: [ { point: commitlog/append, fault: [kill], when: 1 } ]\n"
           "expect: intact\n";
}

static const struct ledger_message *last_acked(const struct ledger *ledger)
{
    const struct ledger_message *last = NULL;
    for (uint32_t i = 0; i < ledger->message_capacity; i++) {
        const struct ledger_message *message = &ledger->messages[i];
        if (atomic_load(&message->done_seq) != 0 && message->status == STORE_PUT_OK &&
            (last == NULL || message->physical_offset > last->physical_offset)) {
            last = message;
        }
    }
    return last;
}

int canary_strike(const struct ledger *ledger, const struct scenario *scenario, int dir_fd)
{
    static const uint8_t zeros[CANARY_ZEROS_SIZE_BYTES];
    const struct ledger_message *victim = last_acked(ledger);
    if (victim == NULL) {
        return -ENOENT;
    }
    if (victim->size_bytes > sizeof(zeros)) {
        return -EFBIG;
    }
    uint64_t size_bytes = scenario->store.log_file_size_bytes;
    char path[64];
    (void)snprintf(path, sizeof(path), "commitlog/%020" PRIu64,
                   victim->physical_offset / size_bytes * size_bytes);
    int fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    ssize_t written =
        pwrite(fd, zeros, victim->size_bytes, (off_t)(victim->physical_offset % size_bytes));
    int r = written < 0 ? -errno : 0;
    (void)close(fd);
    return r;
}
