/* What the real RocketMQ makes of stores that a crash left: each is copied, recovered, many in one
 * process, and read whole (docs/ROCKETMQ.md).
 *
 * Such a recovery runs no service, takes no lock and is no start of a broker.  So a sample of the
 * stores, and each that is refused or not wholly read, is opened by a whole start in a process of
 * its own, too, and both must say the same: where they do not, nothing that this says counts. */
#ifndef HARNESS_TARGET_REAL_RECOVERY_H
#define HARNESS_TARGET_REAL_RECOVERY_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

/* A store to recover, and the sizes of its files, which RocketMQ must be told. */
struct real_recovery_store {
    const char *path; /* a directory, which is not changed */
    bool is_dledger;
    uint64_t log_file_size_bytes;
    uint32_t queue_file_units;
    uint32_t index_file_units;
};

struct real_recovery_options {
    const char *target;     /* "real-VERSION" */
    const char *dir;        /* where copies are made, below it; NULL: /dev/shm */
    uint32_t timeout_ms;    /* of one store */
    uint32_t whole_percent; /* of the stores, opened by a whole start, too */
    uint64_t seed;          /* which of them */
};

/* What became of one. */
struct real_recovery_result {
    uint32_t index;      /* of the store */
    const json_t *state; /* "error", or "log_min", "log_max", "records" and "queues"; the caller's
                            of the call alone */
    bool is_refused;
    bool is_unread; /* a unit or record could not be read */
    bool has_whole; /* it was opened by a whole start, too, which said the same */
};

/* `done` is called for each store, in their order.  0; ERR_USAGE: the target is not ready here, or
 * a directory cannot be read; ERR_BROKEN: the two ways disagree, or the program does not keep to
 * the protocol; -ETIMEDOUT: it hangs. */
int real_recovery_run(const struct real_recovery_options *options,
                      const struct real_recovery_store *stores, uint32_t store_count,
                      void (*done)(void *arg, const struct real_recovery_result *result), void *arg,
                      struct err *err);

#endif
