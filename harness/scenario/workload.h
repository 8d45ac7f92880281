/* The workload of a scenario as a flat list of steps, and its messages, each a pure function of
 * (scenario, seed, index): the oracle makes a message again instead of remembering it. */
#ifndef HARNESS_SCENARIO_WORKLOAD_H
#define HARNESS_SCENARIO_WORKLOAD_H

#include "harness/scenario/scenario.h"
#include "store/base/buffer.h"

enum workload_step_kind {
    WORKLOAD_PUT,
    WORKLOAD_COMMIT_OFFSETS,
    WORKLOAD_HOLD,
    WORKLOAD_PAUSE,
    WORKLOAD_TRUNCATE,
    WORKLOAD_EXPIRE,
    WORKLOAD_RESTART
};

/* One thing that a producer or an operator does; each put is a step of its own. */
struct workload_step {
    enum workload_step_kind kind;
    uint32_t phase;   /* its phase in the scenario */
    uint32_t message; /* put: index of the message, from 0 */
    int64_t
        time_ms; /* put: virtual time that passes before it; hold, pause, expire: for how long */
};

struct workload {
    struct workload_step *steps;
    uint32_t step_count;
    uint32_t message_count;
};

/* The last messages are the oracle's own: it puts WORKLOAD_PROBES more after a restart, with
 * indices message_count .. message_count + WORKLOAD_PROBES - 1, made by the same function. */
#define WORKLOAD_PROBES 3

/* Makes the list of steps of all rounds, in order. The caller frees it with workload_done. 0 or
 * -ENOMEM. */
int workload_make(const struct scenario *scenario, struct workload *ret_workload, struct err *err);
/* Frees the steps; the struct is empty afterwards. */
void workload_done(struct workload *workload);

/* A message with the memory it lives in. */
struct workload_message {
    struct store_message message; /* points into the buffers below */
    char topic[STORE_TOPIC_SIZE_BYTES_MAX + 1];
    uint32_t topic_index;
    uint32_t phase; /* UINT32_MAX for a probe */
    bool rejected;  /* the store must refuse it */
    struct buffer body;
    struct buffer properties;
};

/* An empty message, to be made as often as one likes. Needs no memory yet. */
void workload_message_init(struct workload_message *message);
/* Frees its buffers. */
void workload_message_done(struct workload_message *message);
/* Makes message `index` of `scenario` under `seed`.  Its FLAG is index + 1, which is how a record
 * is recognised; topic, queue, tags, keys, body and properties follow from the seed.  Buffers are
 * reused from call to call.  0 or -ENOMEM. */
int workload_message_make(const struct scenario *scenario, const struct workload *workload,
                          uint64_t seed, uint32_t index, struct workload_message *message);
/* The name that the scenario has for it, or "topic-0" for 0. */
void workload_topic_name(const struct scenario *scenario, uint32_t topic_index, char *text,
                         size_t text_size_bytes);
/* The one consumer group of every workload. */
#define WORKLOAD_GROUP "group-a"

#endif
