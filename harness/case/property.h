/* What must hold after a restart (docs/PROPERTIES.md). */
#ifndef HARNESS_CASE_PROPERTY_H
#define HARNESS_CASE_PROPERTY_H

#include <stdint.h>

/* X(id, "name", "holds when").  The order is that of the bits, which the hash of a scenario holds:
 * a new one goes to the end, or the tokens of all defects are another version's. */
#define PROPERTY_MAP(X)                                                                           \
    X(STARTS, "starts", "the store opens, or refuses clearly while an injected error lasts")      \
    X(ACKED_SURVIVES, "acked-survives",                                                           \
      "every promised acknowledged message is there, once, unaltered")                            \
    X(QUEUE_TRUE, "queue-true", "every unit points at its own record")                            \
    X(QUEUE_COMPLETE, "queue-complete", "every indexable record has exactly one unit")            \
    X(OFFSETS_UNIQUE, "offsets-unique", "no two records share (topic, queue, queueOffset)")       \
    X(NOTHING_INVENTED, "nothing-invented", "the log holds only what was sent")                   \
    X(NO_RESURRECTION, "no-resurrection",                                                         \
      "no record returns that a restart or a truncate had removed")                               \
    X(BOUNDS, "bounds", "min <= max, and the next queueOffset given out is max")                  \
    X(CONSUMER_OFFSET, "consumer-offset", "committed offsets are neither lost nor beyond max")    \
    X(IDEMPOTENT, "idempotent", "a second restart changes nothing")                               \
    X(REBUILD_EQUAL, "rebuild-equal", "the units equal those rebuilt from the log alone")         \
    X(BOUNDED_RECOVERY, "bounded-recovery", "nothing below a valid mark was rewritten")           \
    X(NO_ACK_AFTER_FAILED_SYNC, "no-ack-after-failed-sync",                                       \
      "no put is acknowledged after a sync of the log returned an error")                         \
    X(ORDER_DURABLE, "order-durable", "in every trace, what is relied on was durable before")     \
    X(READS_AGREE, "reads-agree", "what store_get serves is what the files say")                  \
    X(LOG_CLEAN, "log-clean", "no event that the scenario forbids")                               \
    X(LOSS_WINDOW, "loss-window", "the log is durable within the period of its flush")            \
    X(OFFSETS_FRESH, "offsets-fresh", "a commit is in the file within the period of its persist") \
    X(EXCLUSIVE, "exclusive", "an open store refuses a second process, and goes on")

enum property {
#define X(id, ...) PROPERTY_##id,
    PROPERTY_MAP(X)
#undef X
        PROPERTY_COUNT
};

/* The word of scenarios, reports and docs/PROPERTIES.md. A static string. */
const char *property_name(enum property property);
/* When it holds, in a line. A static string. */
const char *property_help(enum property property);
/* PROPERTY_COUNT when there is none. */
enum property property_find(const char *name);

/* A set of properties is a uint32_t with bit `id` for each: scenarios expect one, cases violate
 * one. */
#define PROPERTY_BIT(id) (UINT32_C(1) << PROPERTY_##id)

/* Not judged of a program, which is seen from outside only (docs/TARGETS.md). */
#define PROPERTY_SEEN_FROM_INSIDE                                                               \
    (PROPERTY_BIT(ORDER_DURABLE) | PROPERTY_BIT(BOUNDED_RECOVERY) | PROPERTY_BIT(LOSS_WINDOW) | \
     PROPERTY_BIT(OFFSETS_FRESH) | PROPERTY_BIT(EXCLUSIVE) |                                    \
     PROPERTY_BIT(NO_ACK_AFTER_FAILED_SYNC) | PROPERTY_BIT(LOG_CLEAN))
/* Not judged with services in threads: no virtual time, and they write meanwhile. */
#define PROPERTY_WITHOUT_THREADS \
    (PROPERTY_BIT(LOSS_WINDOW) | PROPERTY_BIT(OFFSETS_FRESH) | PROPERTY_BIT(EXCLUSIVE))

#endif
