/* Defects, guards and profiles: the run-time switches of the engine.
 *
 * A defect is a real, documented bug of RocketMQ's store, re-planted; it is named by what
 * it does.  A guard is a protection this engine has and RocketMQ lacks: what heals a store
 * also hides a defect, so each can be switched off. */
#ifndef STORE_QUIRK_H
#define STORE_QUIRK_H

#include <stdbool.h>
#include <stdint.h>

/* X(id, "name", SHOWN_BY, "what it protects") SHOWN_BY: LIVE or POWER (only power loss can
 * show what happens without it). */
#define QUIRK_GUARD_MAP(X)                                                                         \
    X(DURABLE_MARK, "durable-mark", LIVE,                                                          \
      "recovery is bounded by an offset that log and queues are synced to, not by timestamps")     \
    X(TAIL_ZERO, "tail-zero", LIVE, "bytes past a cut are zeroed before the next append")          \
    X(QUEUE_HEAL, "queue-heal", LIVE, "units past the mark are checked against the log")           \
    X(RECORD_CRC, "record-crc", LIVE, "the whole record is covered by a CRC, not only its body")   \
    X(FAIL_STOP, "fail-stop", LIVE, "after a failed sync of the log no put is acknowledged")       \
    X(NO_CUT_ON_ERROR, "no-cut-on-error", LIVE,                                                    \
      "a read error in recovery refuses the start; it is never the end of the log")                \
    X(DLEDGER_COMMIT, "dledger-commit", LIVE,                                                      \
      "DLedger entries past committedIndex are committed and dispatched before the first put")     \
    X(OFFSET_CLIP, "offset-clip", LIVE, "committed consumer offsets above max are lowered")        \
    X(DIR_SYNC, "dir-sync", POWER, "directory entries are durable before anything relies on them") \
    X(EXPIRY_ORDER, "expiry-order", POWER,                                                         \
      "queues and mark are synced before the log file under them goes")

/* One bit each. */
#define QUIRK_G(id) (UINT32_C(1) << QUIRK_GUARD_##id)

/* What RocketMQ lacked and would hide most defects of recovery. */
#define QUIRK_G_RECOVERY (QUIRK_G(DURABLE_MARK) | QUIRK_G(QUEUE_HEAL) | QUIRK_G(DLEDGER_COMMIT))

#define QUIRK_P(id) (UINT32_C(1) << QUIRK_PROFILE_##id)

/* X(id, "name", "issue", "corpus id", profiles, guards switched off, "what it does",
 *   whether its guards heal it when they are left on, "and how, or why not") */
#define QUIRK_DEFECT_MAP(X)                                                                        \
    X(DLEDGER_DUP_INFO, "dledger-dup-info", "#8032", "C01", QUIRK_P(ROCKETMQ_5_2_0),               \
      QUIRK_G_RECOVERY,                                                                            \
      "DLedger abnormal recovery asks every record for a DUP_INFO property and takes the first "   \
      "without one for the end of the log",                                                        \
      true, "the scan that bounds the log and heals the queues does not ask")                      \
    X(DLEDGER_MESSAGE_SIZE, "dledger-message-size", "#9084", "C02",                                \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G_RECOVERY,                         \
      "DLedger abnormal recovery adds up message sizes without the 48-byte entry headers and "     \
      "cuts the queues at that sum",                                                               \
      true, "queue-heal does not cut by a sum")                                                    \
    X(DLEDGER_NO_REDISPATCH, "dledger-no-redispatch", "#7355", "C03", 0, QUIRK_G_RECOVERY,         \
      "DLedger recovery after a crash dispatches nothing again", true,                             \
      "queue-heal completes the queues from the log")                                              \
    X(ABORT_IGNORES_LAG, "abort-ignores-lag", "ROCKETMQ-320", "C06", 0, QUIRK_G_RECOVERY,          \
      "a clean stop removes abort although the dispatcher is behind", true,                        \
      "the mark stays behind and recovery goes on from it")                                        \
    X(SYNC_ERROR_IGNORED, "sync-error-ignored", "#9713", "C16",                                    \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G(FAIL_STOP),                       \
      "a failed sync counts as flushed and its puts are acknowledged", true,                       \
      "fail-stop acknowledges nothing after a failed sync")                                        \
    X(SYNC_RETRY_BELIEVED, "sync-retry-believed", "#9713", "C16b", 0, QUIRK_G(FAIL_STOP),          \
      "a failed sync is tried again until it succeeds, and that success is believed", true,        \
      "fail-stop acknowledges nothing after a failed sync")                                        \
    X(OFFSET_BEFORE_APPEND, "offset-before-append", "#6570", "C20", 0, QUIRK_G(QUEUE_HEAL),        \
      "a rejected put uses up its queueOffset", false,                                             \
      "the hole is in the log itself, and no recovery can move a record")                          \
    X(DISPATCH_NO_EXPECT, "dispatch-no-expect", "ROCKETMQ-265", "C23", 0, QUIRK_G_RECOVERY,        \
      "dispatching a record again appends a second unit", true,                                    \
      "queue-heal writes each unit at its own index")                                              \
    X(PRE_BLANK_MAX_PHYSIC, "pre-blank-max-physic", "derived", "C29",                              \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G_RECOVERY,                         \
      "a pre-blank unit counts as a message that ends at 2 GiB, so the queue takes no more", true, \
      "queue-heal does not use the maximum physical offset")                                       \
    X(ZERO_LENGTH_FATAL, "zero-length-fatal", "#6904", "C33", 0, 0,                                \
      "a file of length 0, left by a kill between create and extend, stops the start", false,      \
      "no guard: RocketMQ fixed it in 5.1.3 where it was wrong")

/* X(id, "name", "what it is") */
#define QUIRK_PROFILE_MAP(X)                                                       \
    X(FIXED, "fixed", "no defect, every guard")                                    \
    X(ROCKETMQ_5_2_0, "rocketmq-5.2.0", "the defects of RocketMQ 5.2.0, no guard") \
    X(ROCKETMQ_5_3_3, "rocketmq-5.3.3", "the defects of RocketMQ 5.3.3, no guard")

enum quirk_guard {
#define X(id, ...) QUIRK_GUARD_##id,
    QUIRK_GUARD_MAP(X)
#undef X
        QUIRK_GUARD_COUNT
};

enum quirk_profile {
#define X(id, ...) QUIRK_PROFILE_##id,
    QUIRK_PROFILE_MAP(X)
#undef X
        QUIRK_PROFILE_COUNT
};

enum quirk_defect {
#define X(id, ...) QUIRK_DEFECT_##id,
    QUIRK_DEFECT_MAP(X)
#undef X
        QUIRK_DEFECT_COUNT
};

/* The switches of one store. */
struct quirk_set {
    uint32_t defects; /* bit per enum quirk_defect */
    uint32_t guards;  /* bit per enum quirk_guard */
};

struct quirk_guard_row {
    const char *name;
    bool is_shown_live;
    const char *help;
};

struct quirk_defect_row {
    const char *name;
    const char *issue;
    const char *corpus_id;
    uint32_t profiles;
    uint32_t guards_off;
    const char *help;
    bool is_healed; /* with its guards left on */
    const char *with_guards;
};

struct quirk_profile_row {
    const char *name;
    const char *help;
};

const struct quirk_guard_row *quirk_guard_row(enum quirk_guard guard);
const struct quirk_defect_row *quirk_defect_row(enum quirk_defect defect);
const struct quirk_profile_row *quirk_profile_row(enum quirk_profile profile);

/* By name; the _COUNT value when there is none. */
enum quirk_guard quirk_find_guard(const char *name);
enum quirk_defect quirk_find_defect(const char *name);
enum quirk_profile quirk_find_profile(const char *name);

struct quirk_set quirk_of_profile(enum quirk_profile profile);
/* Switches a defect on, and, unless `bare`, the guards of its row off. */
void quirk_plant(struct quirk_set *set, enum quirk_defect defect, bool bare);
bool quirk_has_defect(const struct quirk_set *set, enum quirk_defect defect);
bool quirk_has_guard(const struct quirk_set *set, enum quirk_guard guard);

#endif
