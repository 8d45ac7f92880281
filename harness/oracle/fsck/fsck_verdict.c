/* A finding's weight: by how the store was stopped, and by who will start it. */
#include "harness/oracle/fsck/fsck_verdict.h"

#include "store/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

/* DLedger looks at an entry's header and never into its body: a torn record behind a whole header
 * stays in the log, in all versions. */
static bool is_entry_kept(const struct fsck *fsck, uint64_t offset)
{
    uint8_t header[DISK_LOG_ENTRY_SIZE_BYTES] = {0};
    uint32_t file = disk_log_find_file(&fsck->log, offset);
    if (file == fsck->log.file_count || !disk_log_has_entries(&fsck->log, file)) {
        return false;
    }
    char path[DISK_LOG_PATH_SIZE_BYTES];
    disk_log_path(&fsck->log, file, path);
    int64_t n = fsck->view->read(fsck->view->arg, path, offset - fsck->log.files[file].start,
                                 header, sizeof header);
    uint32_t size = bytes_get_be32(header + 4);
    return n == (int64_t)sizeof header && bytes_get_be32(header) == 1 &&
           bytes_get_be64(header + 24) == offset && size > sizeof header &&
           bytes_get_be32(header + 44) == size - sizeof header;
}

/* DLedger begins with its third file from the end. */
static bool is_index_rewritten(const struct fsck *fsck, uint64_t offset)
{
    uint32_t count = fsck->log.file_count;
    return disk_log_find_file(&fsck->log, offset) + 3 >= count;
}

static uint32_t versions_that_cut(const struct fsck *fsck)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < FSCK_VERSION_COUNT; i++) {
        mask |= fsck->starts.of[i].cuts_ahead ? UINT32_C(1) << i : 0;
    }
    return mask;
}

/* The versions whose next start mends it, as bits. */
static uint32_t menders(const struct fsck *fsck, const struct disk_finding *finding)
{
    const uint32_t own = UINT32_C(1) << FSCK_VERSION_KILLPOINT;
    uint32_t mask = 0;
    switch (finding->repair) {
    case DISK_REPAIR_NONE:
        return 0;
    case DISK_REPAIR_ADD:
        /* What a version's known bug cuts of whole queues is held against that version alone. */
        mask = fsck->options->as != NULL ? fsck->starts.record_mask : fsck->starts.uncut_mask;
        break;
    case DISK_REPAIR_TORN:
        mask = FSCK_VERSION_ALL;
        break;
    case DISK_REPAIR_REWRITE:
        break;
    case DISK_REPAIR_CUT:
        mask = versions_that_cut(fsck);
        break;
    case DISK_REPAIR_TAIL:
        mask = is_entry_kept(fsck, finding->place) ? 0 : FSCK_VERSION_ALL;
        break;
    case DISK_REPAIR_INDEX:
        mask = is_index_rewritten(fsck, finding->place) ? FSCK_VERSION_ALL : 0;
        break;
    case DISK_REPAIR_FILE:
    case DISK_REPAIR_KEYS:
        mask = FSCK_VERSION_ALL;
        break;
    }
    return (mask & ~fsck->starts.refusing) | own;
}

/* A version that does not know what stands in the log did not write it, and is not asked. */
static bool is_mended_by_every(const struct fsck *fsck, uint32_t mask)
{
    uint32_t every = FSCK_VERSION_ROCKETMQ_ALL & ~fsck->starts.not_knowing;
    return (mask & every) == every;
}

/* Without --as nothing is pending after a clean stop: a store that was closed has nothing to
 * repair, and what is wrong with it was not left by a crash. */
static bool is_pending(struct fsck *fsck, const struct disk_finding *finding)
{
    uint32_t mask = menders(fsck, finding);
    if (fsck->options->recovered) {
        return false;
    }
    if (fsck->options->as != NULL) {
        return (mask & (UINT32_C(1) << fsck->options->as->id)) != 0;
    }
    if (!fsck->is_pending_possible) {
        return false;
    }
    if (is_mended_by_every(fsck, mask)) {
        return true;
    }
    bool is_trusted = mask != 0 && fsck->summary->has_mark;
    fsck->trusting_count += is_trusted;
    fsck->trusting |= is_trusted ? UINT32_C(1) << mechanism_property(finding->mechanism) : 0;
    return is_trusted;
}

/* Each thing to do is counted once, though several properties may speak of it. */
static void add_price(struct fsck_price *price, const struct disk_finding *finding)
{
    switch (finding->repair) {
    case DISK_REPAIR_NONE:
        break;
    case DISK_REPAIR_ADD:
        price->added_count++;
        break;
    case DISK_REPAIR_TORN:
    case DISK_REPAIR_REWRITE:
        price->torn_count += mechanism_property(finding->mechanism) == PROPERTY_QUEUE_TRUE;
        break;
    case DISK_REPAIR_CUT:
        price->cut_count += mechanism_property(finding->mechanism) == PROPERTY_QUEUE_TRUE;
        break;
    case DISK_REPAIR_TAIL:
        price->tail_count++;
        break;
    case DISK_REPAIR_INDEX:
        price->index_count++;
        break;
    case DISK_REPAIR_FILE:
        price->file_count++;
        break;
    case DISK_REPAIR_KEYS:
        price->keys_count++;
        break;
    }
}

void fsck_verdict_add(void *arg, const struct disk_finding *finding)
{
    struct fsck *fsck = arg;
    bool is_mended = is_pending(fsck, finding);
    if (is_mended) {
        fsck->summary->pending_count++;
        add_price(&fsck->summary->price, finding);
    } else {
        fsck->summary->violation_count++;
        fsck->summary->violated |= UINT32_C(1) << mechanism_property(finding->mechanism);
    }
    if (fsck->listener != NULL) {
        char line[FSCK_LINE_SIZE_BYTES];
        snprintf(line, sizeof line, "%s%s %s@%" PRIu64 ": %s", is_mended ? "pending " : "",
                 property_name(mechanism_property(finding->mechanism)), finding->file,
                 finding->offset, finding->text);
        fsck->listener->found(fsck->listener->arg, finding, is_mended, line);
    }
}

/* What is whole now and will not be: the price of a start as the version asked for. */
static void judge_cut(struct fsck *fsck)
{
    const struct fsck_version *version = fsck->options->as;
    if (version == NULL || fsck->options->recovered ||
        fsck->summary->next[version->id].cut_count == 0) {
        return;
    }
    const char *why = (fsck->starts.not_knowing & (UINT32_C(1) << version->id)) != 0
                          ? "it does not know records of version 2"
                      : version->dledger_scan == FSCK_VERSION_SCAN_DUP_INFO
                          ? "issue #8032: it takes the first record with properties for the end"
                          : "issue #9084: it sums up records without the headers of their entries";
    const struct disk_finding where = {
        .mechanism = MECHANISM_UNIT_MISSING, .file = "consumequeue", .offset = 0};
    disk_sink_add(&fsck->sink, &where,
                  "the next start as %s cuts %" PRIu64
                  " units of records that are in the log, from %" PRIu64
                  " on, and nothing brings them back (%s)",
                  version->of, fsck->summary->next[version->id].cut_count,
                  fsck->starts.of[version->id].cut_at, why);
}

/* RocketMQ has one size of index files, and no setting for it. */
static void judge_index_size(struct fsck *fsck)
{
    const struct fsck_version *version = fsck->options->as;
    uint64_t size = fsck->summary->index_file_size_bytes;
    if (version == NULL || version->id == FSCK_VERSION_KILLPOINT || size == 0 ||
        size == DISK_INDEX_FILE_SIZE_BYTES) {
        return;
    }
    const struct disk_finding where = {.mechanism = MECHANISM_FILE_SIZE,
                                       .file = fsck->index.directory};
    disk_sink_add(&fsck->sink, &where,
                  "%s does not load index files of %" PRIu64 " bytes, expected %" PRIu64,
                  version->of, size, DISK_INDEX_FILE_SIZE_BYTES);
}

void fsck_verdict_end(struct fsck *fsck)
{
    struct fsck_summary *summary = fsck->summary;
    judge_index_size(fsck);
    judge_cut(fsck);
    if (!summary->has_mark && fsck->trusting_count > 0) {
        summary->pending_count -= fsck->trusting_count;
        summary->violation_count += fsck->trusting_count;
        summary->violated |= fsck->trusting;
        if (fsck->listener != NULL && fsck->listener->note != NULL) {
            fsck->listener->note(fsck->listener->arg,
                                 "the durable mark lies past the log's end and is void: not every "
                                 "RocketMQ repairs what is called pending above");
        }
    }
    summary->refusing = fsck->starts.refusing;
    summary->verdict = summary->violation_count > 0 ? FSCK_VERDICT_VIOLATED
                       : summary->pending_count > 0 ? FSCK_VERDICT_REPAIRABLE
                                                    : FSCK_VERDICT_INTACT;
}
