/* Defects, guards, profiles and ways: the run-time switches of the engine.
 *
 * A defect is a real, documented bug of RocketMQ's store, re-planted; it is named by what
 * it does.  A guard is a protection this engine has and RocketMQ lacks: what heals a store
 * also hides a defect, so each can be switched off.  A way is what one release does otherwise than
 * another without its being a bug; it comes with a profile only. */
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

/* X(id, "name"): their rows are in quirk.c. */
#define QUIRK_DEFECT_MAP(X)                                 \
    X(DLEDGER_DUP_INFO, "dledger-dup-info")                 \
    X(DLEDGER_MESSAGE_SIZE, "dledger-message-size")         \
    X(DLEDGER_NO_REDISPATCH, "dledger-no-redispatch")       \
    X(CHECKPOINT_AHEAD, "checkpoint-ahead-of-queues")       \
    X(NO_CHECKPOINT_SLACK, "no-checkpoint-slack")           \
    X(ABORT_IGNORES_LAG, "abort-ignores-lag")               \
    X(HALF_RECORD_ACCEPTED, "half-record-accepted")         \
    X(NORMAL_KEEPS_QUEUES, "normal-keeps-queues")           \
    X(CUT_UNITS_RETURN, "cut-units-return")                 \
    X(CUT_RECORDS_RETURN, "cut-records-return")             \
    X(PROPERTIES_UNCHECKED, "properties-unchecked")         \
    X(TORN_UNIT_ACCEPTED, "torn-unit-accepted")             \
    X(ENTRY_BODY_UNCHECKED, "entry-body-unchecked")         \
    X(SYNC_ERROR_IGNORED, "sync-error-ignored")             \
    X(SYNC_RETRY_BELIEVED, "sync-retry-believed")           \
    X(DISPATCH_BEFORE_FLUSH, "dispatch-before-flush")       \
    X(FLUSH_LOOKUP_FROM_ZERO, "flush-lookup-from-zero")     \
    X(FLUSHED_AFTER_TRUNCATE, "flushed-after-truncate")     \
    X(OFFSET_BEFORE_APPEND, "offset-before-append")         \
    X(DISPATCH_NO_EXPECT, "dispatch-no-expect")             \
    X(EMPTY_QUEUE_FILE_FATAL, "empty-queue-file-fatal")     \
    X(ZERO_UNIT_ACCEPTED, "zero-unit-accepted")             \
    X(PRE_BLANK_MAX_PHYSIC, "pre-blank-max-physic")         \
    X(ZERO_LENGTH_FATAL, "zero-length-fatal")               \
    X(ABORT_NOT_DURABLE, "abort-not-durable")               \
    X(OFFSETS_DELETE_RENAME, "offsets-delete-rename")       \
    X(OFFSETS_IN_PLACE, "offsets-in-place")                 \
    X(OFFSETS_BACKUP_POLLUTION, "offsets-backup-pollution") \
    X(FLUSH_END_AFTER_SYNC, "flush-end-after-sync")         \
    X(LOGICS_OFFSET_AHEAD, "logics-offset-ahead")

/* X(id, "name", "what it is") */
#define QUIRK_PROFILE_MAP(X)                                                       \
    X(FIXED, "fixed", "no defect, every guard")                                    \
    X(ROCKETMQ_4_9_7, "rocketmq-4.9.7", "the defects of RocketMQ 4.9.7, no guard") \
    X(ROCKETMQ_5_2_0, "rocketmq-5.2.0", "the defects of RocketMQ 5.2.0, no guard") \
    X(ROCKETMQ_5_3_3, "rocketmq-5.3.3", "the defects of RocketMQ 5.3.3, no guard") \
    X(ROCKETMQ_5_5_1, "rocketmq-5.5.1", "the defects of RocketMQ 5.5.1, no guard")

/* X(id, "name", profiles, "source", "what it is") The last two words of a profile's name stand for
 * it in quirk.c. */
#define QUIRK_WAY_MAP(X)                                                                          \
    X(LOGICS_KEPT, "logics-offset-unknown", PROFILE_4_9_7() | PROFILE_5_2_0() | PROFILE_5_3_3(),  \
      "StoreCheckpoint.flush: 40 bytes, 4.9.7 24",                                                \
      "bytes 40 to 47 of the checkpoint stay as they are")                                        \
    X(LOGICS_BOUND, "start-by-offset", PROFILE_5_5_1(),                                           \
      "ConsumeQueueStore.isMappedFileMatchedRecover, CommitLog.isMappedFileMatchedRecover",       \
      "the scan begins with the last file, of ten, whose first record is whole and not past "     \
      "logicsPhysicalOffset, after a clean stop the queues' maximum; and the cut of #9084 "       \
      "compares that offset")                                                                     \
    X(CUT_AFTER_SCAN, "cut-after-scan", PROFILE_5_5_1(), "ConsumeQueueStore.truncateDirty",       \
      "whether the queues know more than the log is asked after the scan, which dispatches")      \
    X(NORMAL_FROM_QUEUES, "normal-from-queues", PROFILE_5_3_3() | PROFILE_5_5_1(),                \
      "CommitLog.recoverNormally, since 5.3.2",                                                   \
      "a plain log is scanned after a clean stop from the file of the queues' maximum, and what " \
      "lies past that is dispatched")                                                             \
    X(REPUT_FROM_QUEUES, "reput-from-queues", PROFILE_4_9_7(),                                    \
      "DefaultMessageStore.start: setReputFromOffset(maxPhysicalPosInLogicQueue)",                \
      "every start dispatches what lies past the queues' maximum before it takes a put")          \
    X(LEADER_COMMITS, "leader-commits",                                                           \
      PROFILE_4_9_7() | PROFILE_5_2_0() | PROFILE_5_3_3() | PROFILE_5_5_1(),                      \
      "DLedgerEntryPusher$QuorumAckChecker, DLedgerRoleChangeHandler",                            \
      "DLedger: what lies past committedIndex is committed and dispatched before the first put")  \
    X(CONFIRM_AT_RECOVERY, "confirm-at-recovery",                                                 \
      PROFILE_5_2_0() | PROFILE_5_3_3() | PROFILE_5_5_1(),                                        \
      "CommitLog.setConfirmOffset in recoverNormally and recoverAbnormally",                      \
      "the scan of a plain log sets confirmPhyOffset to where its last record begins")            \
    X(TIMES_BY_FLUSH, "times-by-flush",                                                           \
      PROFILE_4_9_7() | PROFILE_5_2_0() | PROFILE_5_3_3() | PROFILE_5_5_1(),                      \
      "MappedFileQueue.flush: getStoreTimestamp(), 0 in a file that was loaded",                  \
      "a start leaves physicMsgTimestamp to the first flush of what is appended after it")        \
    X(DLEDGER_LENGTH, "dledger-length-fatal",                                                     \
      PROFILE_4_9_7() | PROFILE_5_2_0() | PROFILE_5_3_3() | PROFILE_5_5_1(),                      \
      "DLedger 0.3.1.2 and 0.3.3.4 MmapFileList.load",                                            \
      "a DLedger file of length 0 stops the start")

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

enum quirk_way {
#define X(id, ...) QUIRK_WAY_##id,
    QUIRK_WAY_MAP(X)
#undef X
        QUIRK_WAY_COUNT
};

enum quirk_defect {
#define X(id, ...) QUIRK_DEFECT_##id,
    QUIRK_DEFECT_MAP(X)
#undef X
        QUIRK_DEFECT_COUNT
};

/* The switches of one store. */
struct quirk_set {
    uint64_t defects; /* bit per enum quirk_defect */
    uint32_t guards;  /* bit per enum quirk_guard */
    uint32_t ways;    /* bit per enum quirk_way */
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
    uint32_t profiles;   /* that have it: bit per enum quirk_profile */
    const char *source;  /* in them: class and method; "": in none */
    uint32_t guards_off; /* what hides it: bit per enum quirk_guard */
    const char *help;
    bool is_healed;          /* with its guards left on */
    const char *with_guards; /* how they heal it, or why they do not */
    const char *faults;      /* that show it */
    const char *models;      /* of power loss; "": other faults show it */
    const char *time;        /* virtual, beyond what the puts take; "": none */
    const char *properties;  /* that it violates */
    const char *not_caught;  /* why; "": it is caught */
};

struct quirk_way_row {
    const char *name;
    uint32_t profiles; /* bit per enum quirk_profile */
    const char *source;
    const char *help;
};

struct quirk_profile_row {
    const char *name;
    const char *help;
};

/* The rows of the tables, for who lists or explains them; the enum must be in range. */
const struct quirk_guard_row *quirk_guard_row(enum quirk_guard guard);
const struct quirk_defect_row *quirk_defect_row(enum quirk_defect defect);
const struct quirk_way_row *quirk_way_row(enum quirk_way way);
const struct quirk_profile_row *quirk_profile_row(enum quirk_profile profile);

/* By name; the _COUNT value when there is none. */
enum quirk_guard quirk_find_guard(const char *name);
enum quirk_defect quirk_find_defect(const char *name);
enum quirk_profile quirk_find_profile(const char *name);

/* The defects and guards of a profile, as a set that a scenario may change. */
struct quirk_set quirk_of_profile(enum quirk_profile profile);
/* Switches a defect on, and, unless `bare`, the guards of its row off. */
void quirk_plant(struct quirk_set *set, enum quirk_defect defect, bool bare);
/* Whether the bug is planted, the protection on, or the release's way taken, in this set. */
bool quirk_has_defect(const struct quirk_set *set, enum quirk_defect defect);
bool quirk_has_guard(const struct quirk_set *set, enum quirk_guard guard);
bool quirk_has_way(const struct quirk_set *set, enum quirk_way way);

#endif
