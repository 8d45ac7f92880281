/* `offsets-fresh`: a consumer offset that was committed is in the offsets' file within the period
 * of its persist and one step of the scheduler, by virtual time, on any run of services that are
 * stepped.  In the file: in what lies under its name, however it came there. */
#ifndef HARNESS_ORACLE_ORDER_ORDER_OFFSETS_H
#define HARNESS_ORACLE_ORDER_ORDER_OFFSETS_H

#include "harness/oracle/order/order.h"

#define ORDER_OFFSETS_KEY_SIZE_BYTES  320
#define ORDER_OFFSETS_QUEUES_MAX      256u
#define ORDER_OFFSETS_COMMITS_MAX     8u
#define ORDER_OFFSETS_TEXT_SIZE_BYTES 65536u

/* Commits of one queue of a group that the file does not hold yet, in their order. */
struct order_offsets_queue {
    uint32_t count;
    int32_t queue_id;
    int64_t offsets[ORDER_OFFSETS_COMMITS_MAX];
    int64_t since_ms[ORDER_OFFSETS_COMMITS_MAX];
    char key[ORDER_OFFSETS_KEY_SIZE_BYTES]; /* "topic@group" */
};

/* The bytes under one name, as the operations made them. */
struct order_offsets_text {
    uint32_t size_bytes;
    uint8_t data[ORDER_OFFSETS_TEXT_SIZE_BYTES];
};

struct order_offsets {
    struct order_offsets_queue queues[ORDER_OFFSETS_QUEUES_MAX];
    uint32_t queue_count;
    bool is_full;     /* more than there is room for: nothing is judged any more */
    bool is_over;     /* a commit was overdue: no more in this round */
    int64_t since_ms; /* nothing counts as committed before: the end of a hold, a failed persist */
    int64_t next_ms;  /* nothing is overdue up to then */
    struct order_offsets_text main;
    struct order_offsets_text fresh; /* .tmp */
};

/* Which commit is overdue. */
struct order_offsets_overdue {
    const struct order_offsets_queue *queue;
    int64_t age_ms;
};

/* Forgets commits and bytes. */
void order_offsets_clear(struct order_offsets *offsets);
/* A round begins: what was committed in the last one died with its process. */
void order_offsets_round(struct order_offsets *offsets);
/* The persist rests until then. */
void order_offsets_held(struct order_offsets *offsets, int64_t until_ms);
/* A commit is about to be told to the store. */
void order_offsets_committed(struct order_offsets *offsets, const struct order_commit *commit,
                             int64_t now_ms);
/* An operation ended; those on the file and what it is made of are looked at. */
void order_offsets_ended(struct order_offsets *offsets, const struct disk_call *op, int64_t result,
                         int64_t now_ms);
/* Whether a commit is overdue; once a round. */
bool order_offsets_find(struct order_offsets *offsets, int64_t now_ms,
                        struct order_offsets_overdue *ret_overdue);

#endif
