/* Defects, guards and profiles: the run-time switches of the engine.
 *
 * A defect is a real, documented bug of RocketMQ's store, re-planted; it is named by what
 * it does.  A guard is a protection this engine has and RocketMQ lacks: what heals a store
 * also hides a defect, so each can be switched off. */
#ifndef STORE_DISK_QUIRK_H
#define STORE_DISK_QUIRK_H

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
    X(RESTART_REWRITE, "restart-rewrite", POWER,                                                   \
      "after an unclean stop what was read from the cache is written again and synced")            \
    X(DIR_SYNC, "dir-sync", POWER, "directory entries are durable before anything relies on them") \
    X(EXPIRY_ORDER, "expiry-order", POWER,                                                         \
      "queues and mark are synced before the log file under them goes")                            \
    X(SECOND_SYNC, "second-sync", POWER,                                                           \
      "the mark passes only what two syncs cover: one that lied or fails late does no harm")

/* One bit each. */
#define QUIRK_G(id) (UINT32_C(1) << QUIRK_GUARD_##id)

/* What RocketMQ lacked and would hide most defects of recovery. */
#define QUIRK_G_RECOVERY (QUIRK_G(DURABLE_MARK) | QUIRK_G(QUEUE_HEAL) | QUIRK_G(DLEDGER_COMMIT))

#define QUIRK_P(id) (UINT32_C(1) << QUIRK_PROFILE_##id)

/* X(id, "name", "issue", "corpus id", profiles, guards switched off, "what it does",
 *   whether its guards heal it when they are left on, "and how, or why not",
 *   "faults needed", "models of power loss that show it", "virtual time needed",
 *   "properties violated", "why nothing can catch it": "" for all that are caught) */
#define QUIRK_DEFECT_MAP(X)                                                                        \
    X(DLEDGER_DUP_INFO, "dledger-dup-info", "#8032", "C01", QUIRK_P(ROCKETMQ_5_2_0),               \
      QUIRK_G_RECOVERY,                                                                            \
      "DLedger abnormal recovery asks every record for a DUP_INFO property and takes "             \
      "the first without one for the end of the log",                                              \
      true, "the scan that bounds the log and heals the queues does not ask", "kill", "", "> 3 s", \
      "queue-complete", "")                                                                        \
    X(DLEDGER_MESSAGE_SIZE, "dledger-message-size", "#9084", "C02",                                \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G_RECOVERY,                         \
      "DLedger abnormal recovery adds up message sizes without the 48-byte entry "                 \
      "headers and cuts the queues at that sum",                                                   \
      true, "queue-heal does not cut by a sum", "kill", "", "> 3 s", "queue-complete", "")         \
    X(DLEDGER_NO_REDISPATCH, "dledger-no-redispatch", "#7355", "C03", 0, QUIRK_G_RECOVERY,         \
      "DLedger recovery after a crash dispatches nothing again", true,                             \
      "queue-heal completes the queues from the log", "kill, dispatch held", "", "> 3 s",          \
      "queue-complete", "")                                                                        \
    X(CHECKPOINT_AHEAD, "checkpoint-ahead-of-queues", "#10073", "C04",                             \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G_RECOVERY,                         \
      "the checkpoint's time for the queues is that of the last unit in memory, while "            \
      "the queues are synced every 60 s only",                                                     \
      true, "the mark passes nothing that is not synced", "power-loss",                            \
      "all ext4 xfs btrfs posix", "> 3 s", "queue-complete", "")                                   \
    X(NO_CHECKPOINT_SLACK, "no-checkpoint-slack", "#1434", "C05", 0, QUIRK_G_RECOVERY,             \
      "recovery begins with the last file whose first record is as old as the "                    \
      "checkpoint, without the 3 s of slack",                                                      \
      true, "the mark, not a timestamp, says where recovery begins", "kill, dispatch held", "",    \
      "two files within 1 ms", "queue-complete", "")                                               \
    X(ABORT_IGNORES_LAG, "abort-ignores-lag", "ROCKETMQ-320", "C06", 0, QUIRK_G_RECOVERY,          \
      "a clean stop removes abort although the dispatcher is behind", true,                        \
      "the mark stays behind and recovery goes on from it", "none: a clean stop, dispatch held",   \
      "", "", "queue-complete", "")                                                                \
    X(HALF_RECORD_ACCEPTED, "half-record-accepted", "#467", "C07", 0, QUIRK_G(RECORD_CRC),         \
      "recovery takes a record whose lengths do not add up for whole", true,                       \
      "record-crc takes no record that does not prove itself", "torn, power-loss",                 \
      "all ext4 xfs btrfs posix", "", "acked-survives", "")                                        \
    X(NORMAL_KEEPS_QUEUES, "normal-keeps-queues", "#467", "C07b", 0,                               \
      QUIRK_G_RECOVERY | QUIRK_G(DIR_SYNC),                                                        \
      "recovery after what looks like a clean stop leaves the units of records that it "           \
      "cut from the log",                                                                          \
      true, "queue-heal ends each queue where the log ends", "power-loss, with abort-not-durable", \
      "all btrfs posix", "", "queue-true", "")                                                     \
    X(CUT_UNITS_RETURN, "cut-units-return", "#495", "C10",                                         \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G(TAIL_ZERO) | QUIRK_G_RECOVERY,    \
      "units that recovery cut stay in the file: behind fewer new ones they are units "            \
      "again after the next crash",                                                                \
      true, "tail-zero zeroes them", "power-loss", "all ext4 xfs btrfs posix", "", "queue-true",   \
      "")                                                                                          \
    X(CUT_RECORDS_RETURN, "cut-records-return", "#10666", "C11",                                   \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G(TAIL_ZERO),                       \
      "records that recovery cut stay in the file: behind new ones of the same size "              \
      "they are records again after the next crash",                                               \
      true, "tail-zero zeroes them", "power-loss", "all ext4 xfs posix", "", "no-resurrection",    \
      "")                                                                                          \
    X(PROPERTIES_UNCHECKED, "properties-unchecked", "#7437", "C12",                                \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G(RECORD_CRC),                      \
      "only the body has a CRC: a record torn in its properties is taken for whole", true,         \
      "record-crc covers the whole record", "torn, power-loss", "all ext4 xfs btrfs posix", "",    \
      "nothing-invented", "")                                                                      \
    X(TORN_UNIT_ACCEPTED, "torn-unit-accepted", "derived", "C14",                                  \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G(QUEUE_HEAL),                      \
      "a unit is taken for whole when its offset and size are not 0, torn or not", true,           \
      "queue-heal compares each unit with its record", "torn, power-loss",                         \
      "all ext4 xfs btrfs posix", "", "queue-true", "")                                            \
    X(ENTRY_BODY_UNCHECKED, "entry-body-unchecked", "derived", "C15",                              \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G(RECORD_CRC) | QUIRK_G_RECOVERY,   \
      "DLedger recovery looks at the headers of entries only: a torn body stays in the "           \
      "log",                                                                                       \
      true, "dledger-commit reads each entry, and record-crc each byte", "torn, power-loss",       \
      "all ext4 xfs btrfs posix", "", "nothing-invented", "")                                      \
    X(SYNC_ERROR_IGNORED, "sync-error-ignored", "#9713", "C16",                                    \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G(FAIL_STOP),                       \
      "a failed sync counts as flushed and its puts are acknowledged", true,                       \
      "fail-stop acknowledges nothing after a failed sync",                                        \
      "eio; sync-eio:clean, then power-loss", "all ext4 xfs btrfs posix", "",                      \
      "no-ack-after-failed-sync, acked-survives", "")                                              \
    X(SYNC_RETRY_BELIEVED, "sync-retry-believed", "#9713", "C16b", 0, QUIRK_G(FAIL_STOP),          \
      "a failed sync is tried again until it succeeds, and that success is believed", true,        \
      "fail-stop acknowledges nothing after a failed sync",                                        \
      "eio; sync-eio:clean, then power-loss", "all ext4 xfs btrfs posix", "",                      \
      "no-ack-after-failed-sync, acked-survives", "")                                              \
    X(DISPATCH_BEFORE_FLUSH, "dispatch-before-flush", "#8239", "C17", QUIRK_P(ROCKETMQ_5_2_0),     \
      QUIRK_G(DURABLE_MARK) | QUIRK_G(OFFSET_CLIP),                                                \
      "with sync flush a record is dispatched, and its offset committed, before it is "            \
      "synced",                                                                                    \
      false,                                                                                       \
      "an offset saved within the second before the checkpoint syncs the log is ahead "            \
      "all the same",                                                                              \
      "power-loss, log-flush held", "all ext4 xfs btrfs posix", "> 10 s", "consumer-offset", "")   \
    X(FLUSH_LOOKUP_FROM_ZERO, "flush-lookup-from-zero", "ROCKETMQ-270", "C18", 0,                  \
      QUIRK_G_RECOVERY,                                                                            \
      "the flush of a queue that begins with a later file than the first looks for the "           \
      "file of offset 0, finds none and does nothing",                                             \
      false, "the mark believes the sync; only a queue that became shorter is found out",          \
      "power-loss, a queue directory removed", "all ext4 xfs btrfs posix", "> 3 s",                \
      "queue-complete", "")                                                                        \
    X(FLUSHED_AFTER_TRUNCATE, "flushed-after-truncate", "dledger 28a6b2a", "C19", 0, 0,            \
      "a truncation does not pull the flushed position back: what is written below it "            \
      "counts as synced",                                                                          \
      false, "no guard looks at the position: DLedger 0.2.3 fixed it where it was wrong",          \
      "power-loss, truncate", "all ext4 xfs btrfs posix", "", "acked-survives", "")                \
    X(OFFSET_BEFORE_APPEND, "offset-before-append", "#6570", "C20", 0, QUIRK_G(QUEUE_HEAL),        \
      "a rejected put uses up its queueOffset", false,                                             \
      "the hole is in the log itself, and no recovery can move a record", "none: a rejected put",  \
      "", "", "queue-true", "")                                                                    \
    X(DISPATCH_NO_EXPECT, "dispatch-no-expect", "ROCKETMQ-265", "C23", 0, QUIRK_G_RECOVERY,        \
      "dispatching a record again appends a second unit", true,                                    \
      "queue-heal writes each unit at its own index", "kill", "", "", "queue-complete", "")        \
    X(EMPTY_QUEUE_FILE_FATAL, "empty-queue-file-fatal", "#9728", "C27",                            \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), 0,                                        \
      "the start fails when a queue's last file has no unit yet: the probe for the "               \
      "first offset reads before it",                                                              \
      false,                                                                                       \
      "no guard removes a file that the next unit needs: RocketMQ #10109 fixed it where "          \
      "it was wrong",                                                                              \
      "power-loss", "all ext4 xfs btrfs posix", "", "starts", "")                                  \
    X(ZERO_UNIT_ACCEPTED, "zero-unit-accepted", "derived", "C28",                                  \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G_RECOVERY,                         \
      "cutting a queue takes a first unit of zeros for one below the cut, and stops "              \
      "there",                                                                                     \
      true, "queue-heal does not cut by the units", "power-loss", "all ext4 xfs btrfs posix", "",  \
      "queue-true", "")                                                                            \
    X(PRE_BLANK_MAX_PHYSIC, "pre-blank-max-physic", "derived", "C29",                              \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G_RECOVERY,                         \
      "a pre-blank unit counts as a message that ends at 2 GiB, so the queue takes no "            \
      "more",                                                                                      \
      true, "queue-heal does not use the maximum physical offset",                                 \
      "kill, torn, a queue directory removed", "", "", "queue-complete", "")                       \
    X(ZERO_LENGTH_FATAL, "zero-length-fatal", "#6904", "C33", 0, 0,                                \
      "a file of length 0, left by a kill between create and extend, stops the start", false,      \
      "no guard: RocketMQ fixed it in 5.1.3 where it was wrong", "kill", "", "", "starts", "")     \
    X(ABORT_NOT_DURABLE, "abort-not-durable", "derived", "C36",                                    \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), QUIRK_G_RECOVERY | QUIRK_G(DIR_SYNC),     \
      "the abort file is not synced: a start after a power loss may take the crash for "           \
      "a clean stop",                                                                              \
      true, "dir-sync syncs it before the first put", "power-loss", "all btrfs posix", "",         \
      "queue-complete", "")                                                                        \
    X(OFFSETS_DELETE_RENAME, "offsets-delete-rename", "#5905", "C37", 0, 0,                        \
      "consumer offsets are written beside, the old file is deleted, the new one "                 \
      "renamed to it, and nothing is synced",                                                      \
      false, "no guard: RocketMQ 5.1.0 fixed it where it was wrong", "power-loss",                 \
      "all ext4 xfs btrfs posix", "> 10 s", "consumer-offset", "")                                 \
    X(OFFSETS_IN_PLACE, "offsets-in-place", "#9705", "C38",                                        \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), 0,                                        \
      "consumer offsets and their .bak are rewritten in place, and nothing is synced", false,      \
      "no guard: RocketMQ #9706 fixed it where it was wrong", "power-loss",                        \
      "all ext4 xfs btrfs posix", "> 10 s", "consumer-offset", "")                                 \
    X(OFFSETS_BACKUP_POLLUTION, "offsets-backup-pollution", "#9705", "C38b",                       \
      QUIRK_P(ROCKETMQ_5_2_0) | QUIRK_P(ROCKETMQ_5_3_3), 0,                                        \
      "consumer offsets are rewritten in place, and a torn file is copied over the good "          \
      ".bak by the next save",                                                                     \
      false, "no guard: RocketMQ #9706 fixed it where it was wrong", "torn, then kill", "",        \
      "> 10 s", "starts", "")                                                                      \
    X(FLUSH_END_AFTER_SYNC, "flush-end-after-sync", "derived", "-", 0, 0,                          \
      "the flusher reads the end of the log after its sync, and acknowledges what was "            \
      "appended meanwhile",                                                                        \
      false, "no guard repeats a sync that counts as done", "power-loss",                          \
      "all ext4 xfs btrfs posix", "", "acked-survives", "")

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
    const char *faults;
    const char *models; /* of power loss; "": other faults show it */
    const char *time;   /* virtual, beyond what the puts take; "": none */
    const char *properties;
    const char *not_caught; /* why; "": it is caught */
};

struct quirk_profile_row {
    const char *name;
    const char *help;
};

/* The rows of the tables, for who lists or explains them; the enum must be in range. */
const struct quirk_guard_row *quirk_guard_row(enum quirk_guard guard);
const struct quirk_defect_row *quirk_defect_row(enum quirk_defect defect);
const struct quirk_profile_row *quirk_profile_row(enum quirk_profile profile);

/* By name; the _COUNT value when there is none. */
enum quirk_guard quirk_find_guard(const char *name);
enum quirk_defect quirk_find_defect(const char *name);
enum quirk_profile quirk_find_profile(const char *name);

/* The defects and guards of a profile, as a set that a scenario may change. */
struct quirk_set quirk_of_profile(enum quirk_profile profile);
/* Switches a defect on, and, unless `bare`, the guards of its row off. */
void quirk_plant(struct quirk_set *set, enum quirk_defect defect, bool bare);
/* Whether the bug is planted, or the protection on, in this set. */
bool quirk_has_defect(const struct quirk_set *set, enum quirk_defect defect);
bool quirk_has_guard(const struct quirk_set *set, enum quirk_guard guard);

#endif
