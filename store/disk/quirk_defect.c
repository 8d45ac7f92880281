/* The table of the defects: bugs of RocketMQ, planted again.  What each profile has was read from
 * the classes of that version's jars; `source` names class and method. */
#include "store/base/ensure.h"
#include "store/disk/quirk.h"

#define PROFILE(id) (UINT32_C(1) << QUIRK_PROFILE_##id)
#define ALL_ROCKETMQ                                                               \
    (PROFILE(ROCKETMQ_4_9_7) | PROFILE(ROCKETMQ_5_2_0) | PROFILE(ROCKETMQ_5_3_3) | \
     PROFILE(ROCKETMQ_5_5_1))
#define ALL_MODELS "all ext4 xfs btrfs posix"

/* The name of a row, which the map of the header has. */
#define X(id, name) static const char name_of_##id[] = name;
QUIRK_DEFECT_MAP(X)
#undef X
#define NAME(id) .name = name_of_##id

static const struct quirk_defect_row quirk_defects[QUIRK_DEFECT_COUNT] = {
    [QUIRK_DEFECT_DLEDGER_DUP_INFO] =
        {
            NAME(DLEDGER_DUP_INFO),
            .issue = "#8032",
            .corpus_id = "C01",
            .profiles = PROFILE(ROCKETMQ_5_2_0),
            .source =
                "DLedgerCommitLog.dledgerRecoverAbnormally: checkMessageAndReturnSize(buffer, crc, true)",
            .guards_off = QUIRK_G_RECOVERY,
            .help =
                "DLedger abnormal recovery asks every record for a DUP_INFO property and takes the first without one for the end of the log",
            .is_healed = true,
            .with_guards = "the scan that bounds the log and heals the queues does not ask",
            .faults = "kill",
            .models = "",
            .time = "> 3 s",
            .properties = "queue-complete",
            .not_caught = "",
        },
    [QUIRK_DEFECT_DLEDGER_MESSAGE_SIZE] =
        {
            NAME(DLEDGER_MESSAGE_SIZE),
            .issue = "#9084",
            .corpus_id = "C02",
            .profiles = PROFILE(ROCKETMQ_5_2_0) | PROFILE(ROCKETMQ_5_3_3) | PROFILE(ROCKETMQ_5_5_1),
            .source =
                "DLedgerCommitLog.dledgerRecoverAbnormally: mmapFileOffset += size; compared with what DefaultMessageStore.recover passes, the queues' maximum, since 5.5.0 ConsumeQueueStore.getDispatchFromPhyOffset",
            .guards_off = QUIRK_G_RECOVERY,
            .help =
                "DLedger abnormal recovery adds up message sizes without the 48-byte entry headers and cuts the queues at that sum",
            .is_healed = true,
            .with_guards = "queue-heal does not cut by a sum",
            .faults = "kill",
            .models = "",
            .time = "> 3 s",
            .properties = "queue-complete",
            .not_caught = "",
        },
    [QUIRK_DEFECT_DLEDGER_NO_REDISPATCH] =
        {
            NAME(DLEDGER_NO_REDISPATCH),
            .issue = "#7355",
            .corpus_id = "C03",
            .profiles = PROFILE(ROCKETMQ_4_9_7),
            .source = "4.5.1 to 5.1.4 DLedgerCommitLog.recover, for both kinds of start",
            .guards_off = QUIRK_G_RECOVERY,
            .help = "DLedger recovery after a crash dispatches nothing again",
            .is_healed = true,
            .with_guards = "queue-heal completes the queues from the log",
            .faults = "kill, dispatch held",
            .models = "",
            .time = "> 3 s",
            .properties = "queue-complete",
            .not_caught = "",
        },
    [QUIRK_DEFECT_CHECKPOINT_AHEAD] =
        {
            NAME(CHECKPOINT_AHEAD),
            .issue = "#10073",
            .corpus_id = "C04",
            .profiles = PROFILE(ROCKETMQ_4_9_7) | PROFILE(ROCKETMQ_5_2_0) | PROFILE(ROCKETMQ_5_3_3),
            .source =
                "ConsumeQueue.putMessagePositionInfoWrapper: setLogicsMsgTimestamp; since 5.5.0 setTmpLogicsMsgTimestamp",
            .guards_off = QUIRK_G_RECOVERY,
            .help =
                "the checkpoint's time for the queues is that of the last unit in memory, while the queues are synced every 60 s only",
            .is_healed = true,
            .with_guards = "the mark passes nothing that is not synced",
            .faults = "power-loss",
            .models = ALL_MODELS,
            .time = "> 3 s",
            .properties = "queue-complete",
            .not_caught = "",
        },
    [QUIRK_DEFECT_NO_CHECKPOINT_SLACK] =
        {
            NAME(NO_CHECKPOINT_SLACK),
            .issue = "#1434",
            .corpus_id = "C05",
            .source = "",
            .guards_off = QUIRK_G_RECOVERY,
            .help =
                "recovery begins with the last file whose first record is as old as the checkpoint, without the 3 s of slack",
            .is_healed = true,
            .with_guards = "the mark, not a timestamp, says where recovery begins",
            .faults = "kill, dispatch held",
            .models = "",
            .time = "two files within 1 ms",
            .properties = "queue-complete",
            .not_caught = "",
        },
    [QUIRK_DEFECT_ABORT_IGNORES_LAG] =
        {
            NAME(ABORT_IGNORES_LAG),
            .issue = "ROCKETMQ-320",
            .corpus_id = "C06",
            .source = "",
            .guards_off = QUIRK_G_RECOVERY,
            .help = "a clean stop removes abort although the dispatcher is behind",
            .is_healed = true,
            .with_guards = "the mark stays behind and recovery goes on from it",
            .faults = "none: a clean stop, dispatch held",
            .models = "",
            .time = "",
            .properties = "queue-complete",
            .not_caught = "",
        },
    [QUIRK_DEFECT_HALF_RECORD_ACCEPTED] =
        {
            NAME(HALF_RECORD_ACCEPTED),
            .issue = "#467",
            .corpus_id = "C07",
            .source = "",
            .guards_off = QUIRK_G(RECORD_CRC),
            .help = "recovery takes a record whose lengths do not add up for whole",
            .is_healed = true,
            .with_guards = "record-crc takes no record that does not prove itself",
            .faults = "torn, power-loss",
            .models = ALL_MODELS,
            .time = "",
            .properties = "acked-survives",
            .not_caught = "",
        },
    [QUIRK_DEFECT_NORMAL_KEEPS_QUEUES] =
        {
            NAME(NORMAL_KEEPS_QUEUES),
            .issue = "#467",
            .corpus_id = "C07b",
            .source = "",
            .guards_off = QUIRK_G_RECOVERY | QUIRK_G(DIR_SYNC),
            .help =
                "recovery after what looks like a clean stop leaves the units of records that it cut from the log",
            .is_healed = true,
            .with_guards = "queue-heal ends each queue where the log ends",
            .faults = "power-loss, with abort-not-durable",
            .models = "all btrfs posix",
            .time = "",
            .properties = "queue-true",
            .not_caught = "",
        },
    [QUIRK_DEFECT_CUT_UNITS_RETURN] =
        {
            NAME(CUT_UNITS_RETURN),
            .issue = "#495",
            .corpus_id = "C10",
            .profiles = ALL_ROCKETMQ,
            .source =
                "ConsumeQueue.truncateDirtyLogicFiles and MappedFileQueue.truncateDirtyFiles: set positions, zero nothing",
            .guards_off = QUIRK_G(TAIL_ZERO) | QUIRK_G_RECOVERY,
            .help =
                "units that recovery cut stay in the file: behind fewer new ones they are units again after the next crash",
            .is_healed = true,
            .with_guards = "tail-zero zeroes them",
            .faults = "power-loss",
            .models = ALL_MODELS,
            .time = "",
            .properties = "queue-true",
            .not_caught = "",
        },
    [QUIRK_DEFECT_CUT_RECORDS_RETURN] =
        {
            NAME(CUT_RECORDS_RETURN),
            .issue = "#10666",
            .corpus_id = "C11",
            .profiles = ALL_ROCKETMQ,
            .source = "MappedFileQueue.truncateDirtyFiles: sets positions, zeroes nothing",
            .guards_off = QUIRK_G(TAIL_ZERO),
            .help =
                "records that recovery cut stay in the file: behind new ones of the same size they are records again after the next crash",
            .is_healed = true,
            .with_guards = "tail-zero zeroes them",
            .faults = "power-loss",
            .models = "all ext4 xfs posix",
            .time = "",
            .properties = "no-resurrection",
            .not_caught = "",
        },
    [QUIRK_DEFECT_PROPERTIES_UNCHECKED] =
        {
            NAME(PROPERTIES_UNCHECKED),
            .issue = "#7437",
            .corpus_id = "C12",
            .profiles = ALL_ROCKETMQ,
            .source =
                "CommitLog.checkMessageAndReturnSize: bodyCRC; MessageStoreConfig.enabledAppendPropCRC, since 5.2.0, is off",
            .guards_off = QUIRK_G(RECORD_CRC),
            .help = "only the body has a CRC: a record torn in its properties is taken for whole",
            .is_healed = true,
            .with_guards = "record-crc covers the whole record",
            .faults = "torn, power-loss",
            .models = ALL_MODELS,
            .time = "",
            .properties = "nothing-invented",
            .not_caught = "",
        },
    [QUIRK_DEFECT_TORN_UNIT_ACCEPTED] =
        {
            NAME(TORN_UNIT_ACCEPTED),
            .issue = "derived",
            .corpus_id = "C14",
            .profiles = ALL_ROCKETMQ,
            .source = "ConsumeQueue.recover: offset >= 0 && size > 0",
            .guards_off = QUIRK_G(QUEUE_HEAL),
            .help = "a unit is taken for whole when its offset and size are not 0, torn or not",
            .is_healed = true,
            .with_guards = "queue-heal compares each unit with its record",
            .faults = "torn, power-loss",
            .models = ALL_MODELS,
            .time = "",
            .properties = "queue-true",
            .not_caught = "",
        },
    [QUIRK_DEFECT_ENTRY_BODY_UNCHECKED] =
        {
            NAME(ENTRY_BODY_UNCHECKED),
            .issue = "derived",
            .corpus_id = "C15",
            .profiles = ALL_ROCKETMQ,
            .source = "DLedger 0.3.1.2 and 0.3.3.4 DLedgerMmapFileStore.recover",
            .guards_off = QUIRK_G(RECORD_CRC) | QUIRK_G_RECOVERY,
            .help =
                "DLedger recovery looks at the headers of entries only: a torn body stays in the log",
            .is_healed = true,
            .with_guards = "dledger-commit reads each entry, and record-crc each byte",
            .faults = "torn, power-loss",
            .models = ALL_MODELS,
            .time = "",
            .properties = "nothing-invented",
            .not_caught = "",
        },
    [QUIRK_DEFECT_SYNC_ERROR_IGNORED] =
        {
            NAME(SYNC_ERROR_IGNORED),
            .issue = "#9713",
            .corpus_id = "C16",
            .profiles = PROFILE(ROCKETMQ_4_9_7) | PROFILE(ROCKETMQ_5_2_0) | PROFILE(ROCKETMQ_5_3_3),
            .source =
                "4.9.7 MappedFile.flush, later DefaultMappedFile.flush: the position is set after the catch",
            .guards_off = QUIRK_G(FAIL_STOP),
            .help = "a failed sync counts as flushed and its puts are acknowledged",
            .is_healed = true,
            .with_guards = "fail-stop acknowledges nothing after a failed sync",
            .faults = "eio; sync-eio:clean, then power-loss",
            .models = ALL_MODELS,
            .time = "",
            .properties = "no-ack-after-failed-sync, acked-survives",
            .not_caught = "",
        },
    [QUIRK_DEFECT_SYNC_RETRY_BELIEVED] =
        {
            NAME(SYNC_RETRY_BELIEVED),
            .issue = "#9713",
            .corpus_id = "C16b",
            .profiles = PROFILE(ROCKETMQ_5_5_1),
            .source =
                "DefaultMappedFile.flush: the position stays; CommitLog$GroupCommitService.doCommit: up to 1000 more",
            .guards_off = QUIRK_G(FAIL_STOP),
            .help = "a failed sync is tried again until it succeeds, and that success is believed",
            .is_healed = true,
            .with_guards = "fail-stop acknowledges nothing after a failed sync",
            .faults = "eio; sync-eio:clean, then power-loss",
            .models = ALL_MODELS,
            .time = "",
            .properties = "no-ack-after-failed-sync, acked-survives",
            .not_caught = "",
        },
    [QUIRK_DEFECT_DISPATCH_BEFORE_FLUSH] =
        {
            NAME(DISPATCH_BEFORE_FLUSH),
            .issue = "#8239",
            .corpus_id = "C17",
            .profiles = PROFILE(ROCKETMQ_4_9_7) | PROFILE(ROCKETMQ_5_2_0),
            .source =
                "CommitLog.getConfirmOffset: getMaxOffset(); since 5.3.0 getFlushedWhere(). 4.9.7 DefaultMessageStore$ReputMessageService.isCommitLogAvailable",
            .guards_off = QUIRK_G(DURABLE_MARK) | QUIRK_G(OFFSET_CLIP),
            .help =
                "with sync flush a record is dispatched, and its offset committed, before it is synced",
            .with_guards =
                "an offset saved within the second before the checkpoint syncs the log is ahead all the same",
            .faults = "power-loss, log-flush held",
            .models = ALL_MODELS,
            .time = "> 10 s",
            .properties = "consumer-offset",
            .not_caught = "",
        },
    [QUIRK_DEFECT_FLUSH_LOOKUP_FROM_ZERO] =
        {
            NAME(FLUSH_LOOKUP_FROM_ZERO),
            .issue = "ROCKETMQ-270",
            .corpus_id = "C18",
            .source = "",
            .guards_off = QUIRK_G_RECOVERY,
            .help =
                "the flush of a queue that begins with a later file than the first looks for the file of offset 0, finds none and does nothing",
            .with_guards =
                "the mark believes the sync; only a queue that became shorter is found out",
            .faults = "power-loss, a queue directory removed",
            .models = ALL_MODELS,
            .time = "> 3 s",
            .properties = "queue-complete",
            .not_caught = "",
        },
    [QUIRK_DEFECT_FLUSHED_AFTER_TRUNCATE] =
        {
            NAME(FLUSHED_AFTER_TRUNCATE),
            .issue = "dledger 28a6b2a",
            .corpus_id = "C19",
            .source = "",
            .help =
                "a truncation does not pull the flushed position back: what is written below it counts as synced",
            .with_guards =
                "no guard looks at the position: DLedger 0.2.3 fixed it where it was wrong",
            .faults = "power-loss, truncate",
            .models = ALL_MODELS,
            .time = "",
            .properties = "acked-survives, loss-window",
            .not_caught = "",
        },
    [QUIRK_DEFECT_OFFSET_BEFORE_APPEND] =
        {
            NAME(OFFSET_BEFORE_APPEND),
            .issue = "#6570",
            .corpus_id = "C20",
            .source = "",
            .guards_off = QUIRK_G(QUEUE_HEAL),
            .help = "a rejected put uses up its queueOffset",
            .with_guards = "the hole is in the log itself, and no recovery can move a record",
            .faults = "none: a rejected put",
            .models = "",
            .time = "",
            .properties = "queue-true",
            .not_caught = "",
        },
    [QUIRK_DEFECT_DISPATCH_NO_EXPECT] =
        {
            NAME(DISPATCH_NO_EXPECT),
            .issue = "ROCKETMQ-265",
            .corpus_id = "C23",
            .source = "",
            .guards_off = QUIRK_G_RECOVERY,
            .help = "dispatching a record again appends a second unit",
            .is_healed = true,
            .with_guards = "queue-heal writes each unit at its own index",
            .faults = "kill",
            .models = "",
            .time = "",
            .properties = "queue-complete",
            .not_caught = "",
        },
    [QUIRK_DEFECT_EMPTY_QUEUE_FILE_FATAL] =
        {
            NAME(EMPTY_QUEUE_FILE_FATAL),
            .issue = "#9728",
            .corpus_id = "C27",
            .profiles = PROFILE(ROCKETMQ_5_2_0) | PROFILE(ROCKETMQ_5_3_3),
            .source =
                "ConsumeQueue.correctMinOffset: selectMappedBuffer(position - 20); 4.9.7 has no such probe, 5.5.1 asks for 20 bytes first",
            .help =
                "the start fails when a queue's last file has no unit yet: the probe for the first offset reads before it",
            .with_guards =
                "no guard removes a file that the next unit needs: RocketMQ #10109 fixed it where it was wrong",
            .faults = "power-loss",
            .models = ALL_MODELS,
            .time = "",
            .properties = "starts",
            .not_caught = "",
        },
    [QUIRK_DEFECT_ZERO_UNIT_ACCEPTED] =
        {
            NAME(ZERO_UNIT_ACCEPTED),
            .issue = "derived",
            .corpus_id = "C28",
            .profiles = ALL_ROCKETMQ,
            .source = "ConsumeQueue.truncateDirtyLogicFiles: for i == 0 the size is not asked",
            .guards_off = QUIRK_G_RECOVERY,
            .help =
                "cutting a queue takes a first unit of zeros for one below the cut, and stops there",
            .is_healed = true,
            .with_guards = "queue-heal does not cut by the units",
            .faults = "power-loss",
            .models = ALL_MODELS,
            .time = "",
            .properties = "queue-true",
            .not_caught = "",
        },
    [QUIRK_DEFECT_PRE_BLANK_MAX_PHYSIC] =
        {
            NAME(PRE_BLANK_MAX_PHYSIC),
            .issue = "derived",
            .corpus_id = "C29",
            .profiles = ALL_ROCKETMQ,
            .source = "ConsumeQueue.recover and fillPreBlank: size 0x7FFFFFFF",
            .guards_off = QUIRK_G_RECOVERY,
            .help =
                "a pre-blank unit counts as a message that ends at 2 GiB, so the queue takes no more",
            .is_healed = true,
            .with_guards = "queue-heal does not use the maximum physical offset",
            .faults = "kill, torn, a queue directory removed",
            .models = "",
            .time = "",
            .properties = "queue-complete",
            .not_caught = "",
        },
    [QUIRK_DEFECT_ZERO_LENGTH_FATAL] =
        {
            NAME(ZERO_LENGTH_FATAL),
            .issue = "#6904",
            .corpus_id = "C33",
            .profiles = PROFILE(ROCKETMQ_4_9_7),
            .source = "MappedFileQueue.doLoad: length not matched",
            .help = "a file of length 0, left by a kill between create and extend, stops the start",
            .with_guards = "no guard: RocketMQ fixed it in 5.1.3 where it was wrong",
            .faults = "kill",
            .models = "",
            .time = "",
            .properties = "starts",
            .not_caught = "",
        },
    [QUIRK_DEFECT_ABORT_NOT_DURABLE] =
        {
            NAME(ABORT_NOT_DURABLE),
            .issue = "derived",
            .corpus_id = "C36",
            .profiles = ALL_ROCKETMQ,
            .source = "DefaultMessageStore.createTempFile",
            .guards_off = QUIRK_G_RECOVERY | QUIRK_G(DIR_SYNC),
            .help = "the abort file is not synced: a start after a power loss may take the crash for a clean stop",
            .is_healed = true,
            .with_guards = "dir-sync syncs it before the first put",
            .faults = "power-loss",
            .models = "all btrfs posix",
            .time = "",
            .properties = "queue-complete",
            .not_caught = "",
        },
    [QUIRK_DEFECT_OFFSETS_DELETE_RENAME] =
        {
            NAME(OFFSETS_DELETE_RENAME),
            .issue = "#5905",
            .corpus_id = "C37",
            .profiles = PROFILE(ROCKETMQ_4_9_7),
            .source = "MixAll.string2File: .tmp, .bak, delete, renameTo",
            .help = "consumer offsets are written beside, the old file is deleted, the new one renamed to it, and nothing is synced",
            .with_guards = "no guard: RocketMQ 5.1.0 fixed it where it was wrong",
            .faults = "power-loss",
            .models = ALL_MODELS,
            .time = "> 10 s",
            .properties = "consumer-offset",
            .not_caught = "",
        },
    [QUIRK_DEFECT_OFFSETS_IN_PLACE] =
        {
            NAME(OFFSETS_IN_PLACE),
            .issue = "#9705",
            .corpus_id = "C38",
            .profiles = PROFILE(ROCKETMQ_5_2_0) | PROFILE(ROCKETMQ_5_3_3),
            .source =
                "MixAll.string2File; 5.5.1 ConfigManager.persist moves the file to .bak and syncs",
            .help = "consumer offsets and their .bak are rewritten in place, and nothing is synced",
            .with_guards = "no guard: RocketMQ #9706 fixed it where it was wrong",
            .faults = "power-loss",
            .models = ALL_MODELS,
            .time = "> 10 s",
            .properties = "consumer-offset",
            .not_caught = "",
        },
    [QUIRK_DEFECT_OFFSETS_BACKUP_POLLUTION] =
        {
            NAME(OFFSETS_BACKUP_POLLUTION),
            .issue = "#9705",
            .corpus_id = "C38b",
            .profiles = PROFILE(ROCKETMQ_5_2_0) | PROFILE(ROCKETMQ_5_3_3),
            .source =
                "MixAll.string2File: file2String(file) to .bak, whatever it holds; 5.5.1 ConfigManager.load deletes such a file",
            .help = "consumer offsets are rewritten in place, and a torn file is copied over the good .bak by the next save",
            .with_guards = "no guard: RocketMQ #9706 fixed it where it was wrong",
            .faults = "torn, then kill",
            .models = "",
            .time = "> 10 s",
            .properties = "starts",
            .not_caught = "",
        },
    [QUIRK_DEFECT_FLUSH_END_AFTER_SYNC] =
        {
            NAME(FLUSH_END_AFTER_SYNC),
            .issue = "derived",
            .corpus_id = "-",
            .source = "",
            .help = "the flusher reads the end of the log after its sync, and acknowledges what was appended meanwhile",
            .with_guards = "no guard repeats a sync that counts as done",
            .faults = "power-loss",
            .models = ALL_MODELS,
            .time = "",
            .properties = "acked-survives",
            .not_caught = "",
        },
    [QUIRK_DEFECT_LOGICS_OFFSET_AHEAD] =
        {
            NAME(LOGICS_OFFSET_AHEAD),
            .issue = "derived",
            .corpus_id = "-",
            .profiles = PROFILE(ROCKETMQ_5_5_1),
            .source =
                "ConsumeQueueStore$FlushConsumeQueueService.doFlush: no result is looked at, and MappedFileQueue.flush syncs one file; ConsumeQueueStore.isMappedFileMatchedRecover begins by the offset",
            .guards_off = QUIRK_G_RECOVERY,
            .help = "the checkpoint's offset for the queues is taken for synced after a flush that syncs one file of each queue, and recovery begins by it",
            .is_healed = true,
            .with_guards = "the mark passes nothing that is not synced",
            .faults = "power-loss",
            .models = ALL_MODELS,
            .time = "",
            .properties = "queue-complete, order-durable",
            .not_caught = "",
        },
};

const struct quirk_defect_row *quirk_defect_row(enum quirk_defect defect)
{
    ENSURE((unsigned)defect < QUIRK_DEFECT_COUNT);
    return &quirk_defects[defect];
}
