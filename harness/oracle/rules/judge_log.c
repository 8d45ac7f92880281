/* Finds every message again in the log, by its FLAG, and compares it with what was sent. */
#include "harness/oracle/rules/judge_log.h"

#include "harness/oracle/rules/judge_base.h"
#include "harness/oracle/rules/judge_queue.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_SIZE_BYTES_MAX    (32u << 20)
#define PREPARED_SIZE_BYTES_MAX (1u << 20)
#define SYSFLAG_HOSTS_V6        0x30
#define PROPERTY_END            0x02

struct check {
    const struct judge_context *context;
    const struct judge_state *state;
    const struct disk_sink *sink;
    uint32_t message_count; /* probes included */
    uint64_t expired_file;  /* start of the log file that was looked at last */
    int64_t expired_last_ms;
};

/* A lost record's file may be gone, too: its name is then computed from the file size. */
static struct disk_finding finding_of(const struct check *check, enum mechanism mechanism,
                                      uint64_t offset, char path[DISK_LOG_PATH_SIZE_BYTES])
{
    const struct disk_log *log = &check->state->log;
    uint64_t size = log->file_size_bytes == 0 ? 1 : log->file_size_bytes;
    uint64_t start = offset - offset % size;
    uint32_t file = disk_log_find_file(log, offset);
    if (file < log->file_count) {
        start = log->files[file].start;
    }
    snprintf(path, DISK_LOG_PATH_SIZE_BYTES, "%s/%020" PRIu64, log->directory, start);
    return (struct disk_finding){.mechanism = mechanism, .file = path, .offset = offset - start};
}

/* Room for all messages of the workload and the probes, none of them found yet; those made for
 * another scenario or seed are void. 0 or -ENOMEM. */
static int prepare_cache(const struct check *check)
{
    struct disk_reader_cache *cache = check->state->cache;
    const struct judge_context *context = check->context;
    if (cache->capacity < check->message_count) {
        struct workload_message *messages =
            realloc(cache->messages, check->message_count * sizeof *messages);
        cache->messages = messages != NULL ? messages : cache->messages;
        uint8_t *is_made = realloc(cache->is_made, check->message_count);
        cache->is_made = is_made != NULL ? is_made : cache->is_made;
        uint32_t *first =
            realloc(cache->first_record, check->message_count * sizeof *cache->first_record);
        cache->first_record = first != NULL ? first : cache->first_record;
        if (messages == NULL || is_made == NULL || first == NULL) {
            return -ENOMEM;
        }
        for (uint32_t i = cache->capacity; i < check->message_count; i++) {
            workload_message_init(&messages[i]);
        }
        /* A message points into itself: moved, it must be made again. */
        memset(is_made, 0, check->message_count);
        cache->size_bytes = 0;
        cache->capacity = check->message_count;
    }
    if (cache->hash24 != context->scenario->hash24 || cache->seed != context->seed) {
        memset(cache->is_made, 0, cache->capacity);
        cache->size_bytes = 0;
        cache->hash24 = context->scenario->hash24;
        cache->seed = context->seed;
    }
    memset(cache->first_record, 0, check->message_count * sizeof *cache->first_record);
    return 0;
}

/* The message as it was sent; NULL: no memory. */
static const struct workload_message *make_message(const struct check *check, uint32_t index)
{
    struct disk_reader_cache *cache = check->state->cache;
    const struct judge_context *context = check->context;
    if (cache->is_made[index] != 0) {
        return &cache->messages[index];
    }
    bool is_kept = cache->size_bytes < CACHE_SIZE_BYTES_MAX;
    struct workload_message *message = is_kept ? &cache->messages[index] : &cache->scratch;
    if (workload_message_make(context->scenario, context->workload, context->seed, index, message) <
        0) {
        return NULL;
    }
    if (is_kept) {
        cache->is_made[index] = 1;
        cache->size_bytes += message->body.size_bytes + message->properties.size_bytes;
    }
    return message;
}

/* The record's properties, less the __CRC32# and the separator that may have been put before it. */
static bool are_properties_same(const struct disk_record *record, const uint8_t *bytes,
                                const struct store_message *sent)
{
    uint32_t size = disk_record_user_properties_size(record);
    const uint8_t *at = bytes + record->properties_at;
    size_t sent_size = sent->properties_size_bytes;
    bool is_separated = size == sent_size + 1 && record->crc != DISK_RECORD_CRC_ABSENT &&
                        at[size - 1] == PROPERTY_END;
    return (size == sent_size || is_separated) &&
           (sent_size == 0 || memcmp(at, sent->properties, sent_size) == 0);
}

/* A host is its address and a port of four bytes, most significant first (docs/FORMAT.md,
 * section 2). */
static bool is_host_same(const struct disk_record *record, const uint8_t *bytes,
                         const struct env_host *sent)
{
    const uint8_t *at = bytes + record->born_host_at;
    uint32_t size = sent->address_size_bytes;
    return record->born_host_size_bytes == size + 4 && memcmp(at, sent->address, size) == 0 &&
           bytes_get_be32(at + size) == (uint32_t)sent->port;
}

/* What of the record is not as it was sent; NULL: nothing. */
static const char *find_difference(const struct disk_record *record, const uint8_t *bytes,
                                   const struct workload_message *made)
{
    const struct store_message *sent = &made->message;
    if (record->topic_size_bytes != strlen(sent->topic) ||
        memcmp(bytes + record->topic_at, sent->topic, record->topic_size_bytes) != 0) {
        return "topic";
    }
    if (record->queue_id != sent->queue_id) {
        return "queue";
    }
    if (record->body_size_bytes != sent->body_size_bytes ||
        (sent->body_size_bytes > 0 &&
         memcmp(bytes + record->body_at, sent->body, sent->body_size_bytes) != 0)) {
        return "body";
    }
    if (!are_properties_same(record, bytes, sent)) {
        return "properties";
    }
    if ((record->sys_flag & ~SYSFLAG_HOSTS_V6) != (sent->sys_flag & ~SYSFLAG_HOSTS_V6)) {
        return "sysFlag";
    }
    if (record->born_timestamp_ms != sent->born_timestamp_ms) {
        return "bornTimestamp";
    }
    if (!is_host_same(record, bytes, &sent->born_host)) {
        return "bornHost";
    }
    if (record->reconsume_times != sent->reconsume_times ||
        record->prepared_transaction_offset != sent->prepared_transaction_offset) {
        return "reconsumeTimes or preparedTransactionOffset";
    }
    return NULL;
}

/* The record is not what was sent, or not alone. */
static void blame_sent(const struct check *check, const struct disk_record *record, uint32_t index,
                       const char *difference)
{
    const struct ledger_message *entry = &check->context->ledger->messages[index];
    const struct disk_reader_cache *cache = check->state->cache;
    char what[192];
    char path[DISK_LOG_PATH_SIZE_BYTES];
    /* What decayed where no recovery looks stays in the log; what is served of it is judged by the
     * reads. */
    if (difference != NULL && atomic_load(&check->context->ledger->was_rotten) != 0) {
        return;
    }
    enum mechanism mechanism =
        difference == NULL ? MECHANISM_RECORD_TWICE : MECHANISM_RECORD_ALTERED;
    const struct disk_finding where =
        finding_of(check, ledger_is_acked(entry) ? mechanism : MECHANISM_RECORD_INVENTED,
                   record->offset, path);
    judge_queue_describe(&check->state->queues, record, what, sizeof what);
    if (difference == NULL) {
        disk_sink_add(check->sink, &where,
                      "the message is in the log twice, expected once, at %" PRIu64 ", found %s",
                      check->state->records[cache->first_record[index] - 1].offset, what);
        return;
    }
    const struct workload_message *made = make_message(check, index);
    disk_sink_add(check->sink, &where,
                  "the record's %s was altered, expected it as sent to topic %.64s queue "
                  "%" PRId32 ", found %s",
                  difference, made == NULL ? "?" : made->topic,
                  made == NULL ? -1 : made->message.queue_id, what);
}

/* A record that somebody sent: is it the message, and is it the only one? */
static int judge_sent(const struct check *check, const struct disk_record *record, uint32_t index)
{
    uint32_t *first = &check->state->cache->first_record[index];
    if (*first != 0) {
        blame_sent(check, record, index, NULL);
        return 0;
    }
    *first = (uint32_t)(record - check->state->records) + 1;
    if (record->is_as_sent) {
        return 0; /* judged before, as part of the same reading */
    }
    const struct workload_message *made = make_message(check, index);
    if (made == NULL) {
        return -ENOMEM;
    }
    const char *difference = find_difference(record, disk_reader_bytes(check->state, record), made);
    check->state->self->records[*first - 1].is_as_sent = difference == NULL;
    if (difference != NULL) {
        blame_sent(check, record, index, difference);
    }
    return 0;
}

/* Every record is somebody's or invented: its FLAG, 1 + the message's number, says whose, and a
 * number that was never sent is nobody's. */
static int judge_records(const struct check *check)
{
    for (uint32_t i = 0; i < check->state->record_count; i++) {
        const struct disk_record *record = &check->state->records[i];
        uint32_t index = (uint32_t)record->flag - 1;
        if (judge_base_has(check->state, record)) {
            continue;
        }
        if (index < check->message_count && ledger_was_sent(check->context->ledger, index)) {
            int r = judge_sent(check, record, index);
            if (r < 0) {
                return r;
            }
            continue;
        }
        char what[192];
        char path[DISK_LOG_PATH_SIZE_BYTES];
        const struct disk_finding where =
            finding_of(check, MECHANISM_RECORD_INVENTED, record->offset, path);
        judge_queue_describe(&check->state->queues, record, what, sizeof what);
        disk_sink_add(check->sink, &where,
                      "a record that was never sent, expected nothing, found FLAG %" PRId32 ", %s",
                      record->flag, what);
    }
    return 0;
}

/* The store time of the last record of a log file, as the ledger remembers it. */
static int64_t last_time_in_file(struct check *check, uint64_t file_start, uint64_t file_end)
{
    if (check->expired_file == file_start) {
        return check->expired_last_ms;
    }
    uint64_t last_offset = 0;
    int64_t last_ms = 0;
    for (uint32_t i = 0; i < check->message_count; i++) {
        const struct ledger_message *entry = &check->context->ledger->messages[i];
        bool is_in_file = ledger_is_acked(entry) && entry->physical_offset >= file_start &&
                          entry->physical_offset < file_end;
        if (is_in_file && entry->physical_offset >= last_offset &&
            atomic_load(&entry->was_cut) == 0) {
            last_offset = entry->physical_offset;
            last_ms = entry->store_timestamp_ms;
        }
    }
    check->expired_file = file_start;
    check->expired_last_ms = last_ms;
    return last_ms;
}

/* The retention rule, recomputed: the whole file had to be old enough, and another had to stay. */
static bool may_have_expired(struct check *check, const struct ledger_message *entry)
{
    const struct disk_log *log = &check->state->log;
    int64_t before_ms = atomic_load(&check->context->ledger->expired_before_ms);
    if (before_ms <= 0 || entry->store_timestamp_ms >= before_ms || log->file_count == 0 ||
        log->file_size_bytes == 0) {
        return false;
    }
    uint64_t file_start = entry->physical_offset - entry->physical_offset % log->file_size_bytes;
    uint64_t file_end = file_start + log->file_size_bytes;
    return log->min_offset >= file_end &&
           last_time_in_file(check, file_start, file_end) < before_ms;
}

/* A message that is not in L. That it is gone is noted even when that is right: from the first
 * restart without it on it must stay away (no-resurrection). */
static void judge_absent(struct check *check, uint32_t index)
{
    struct ledger_message *entry = &check->context->ledger->messages[index];
    if (entry->gone_after == 0) {
        entry->gone_after = check->context->ledger->restarts;
    }
    if (atomic_load(&entry->was_cut) != 0 || !judge_promise_is_owed(check->context, index) ||
        may_have_expired(check, entry)) {
        return;
    }
    char path[DISK_LOG_PATH_SIZE_BYTES];
    const struct disk_finding where =
        finding_of(check, MECHANISM_RECORD_LOST, entry->physical_offset, path);
    const struct disk_log *log = &check->state->log;
    disk_sink_add(check->sink, &where,
                  "acknowledged message %" PRIu32 " (queueOffset %" PRId64
                  ") is lost, expected it at %" PRIu64 ", found a log of %" PRIu32
                  " records from %" PRIu64 " to %" PRIu64,
                  index, entry->queue_offset, entry->physical_offset, check->state->record_count,
                  log->min_offset, log->end_offset);
}

/* Whether it lies where the answer said; a program outside need not know a record's size. */
static bool is_where_told(const struct ledger_message *entry, const struct disk_record *record)
{
    return entry->physical_offset == record->offset &&
           entry->queue_offset == record->queue_offset &&
           (entry->size_bytes == record->size_bytes || entry->size_bytes == LEDGER_SIZE_UNTOLD);
}

/* A message that is in L and unaltered: it must not have been gone before, and must be where its
 * producer was told. */
static void judge_present(struct check *check, uint32_t index, const struct disk_record *record)
{
    const struct ledger_message *entry = &check->context->ledger->messages[index];
    bool was_cut = atomic_load(&entry->was_cut) == 2;
    bool is_back = was_cut || entry->gone_after != 0;
    bool is_moved = ledger_is_acked(entry) && !is_where_told(entry, record);
    if (!is_back && !is_moved) {
        return; /* nearly always, and words are dear */
    }
    char path[DISK_LOG_PATH_SIZE_BYTES];
    char what[192];
    judge_queue_describe(&check->state->queues, record, what, sizeof what);
    if (is_back) {
        const struct disk_finding where =
            finding_of(check, MECHANISM_RECORD_BACK, record->offset, path);
        disk_sink_add(check->sink, &where, "%s is back, expected it gone since %s %" PRIu32, what,
                      was_cut ? "a truncate; restarts:" : "restart", entry->gone_after);
    }
    if (is_moved) {
        const struct disk_finding where =
            finding_of(check, MECHANISM_RECORD_MOVED, record->offset, path);
        disk_sink_add(check->sink, &where,
                      "the record is not where it was acknowledged, expected queueOffset %" PRId64
                      " at %" PRIu64 ", %" PRIu32 " bytes, found %s",
                      entry->queue_offset, entry->physical_offset,
                      entry->size_bytes == LEDGER_SIZE_UNTOLD ? 0 : entry->size_bytes, what);
    }
}

const char *judge_log_difference(const struct judge_context *context,
                                 const struct judge_state *state, const struct disk_record *record,
                                 const uint8_t *bytes, uint32_t index)
{
    struct check check = {.context = context, .state = state};
    check.message_count = context->workload->message_count + WORKLOAD_PROBES;
    if (index >= state->cache->capacity && prepare_cache(&check) < 0) {
        return "memory";
    }
    const struct workload_message *made = make_message(&check, index);
    return made == NULL ? "memory" : find_difference(record, bytes, made);
}

/* What is made in the parent is made once for all forks; past PREPARED_SIZE_BYTES_MAX a fork
 * would pay more for the page tables than for making messages again. */
int judge_log_prepare(const struct judge_context *context, const struct judge_state *state)
{
    const struct disk_reader_cache *cache = state->cache;
    struct check check = {.context = context, .state = state};
    check.message_count = context->workload->message_count + WORKLOAD_PROBES;
    int r = prepare_cache(&check);
    for (uint32_t i = 0;
         r == 0 && i < check.message_count && cache->size_bytes < PREPARED_SIZE_BYTES_MAX; i++) {
        r = make_message(&check, i) == NULL ? -ENOMEM : 0;
    }
    return r;
}

/* Records first, of which each message keeps its first; then messages, with theirs or without. */
int judge_log_check(const struct judge_context *context, const struct judge_state *state,
                    const struct disk_sink *sink)
{
    uint32_t count = context->workload->message_count + WORKLOAD_PROBES;
    struct check check = {
        .context = context, .state = state, .sink = sink, .expired_file = UINT64_MAX};
    check.message_count =
        count < context->ledger->message_capacity ? count : context->ledger->message_capacity;
    int r = prepare_cache(&check);
    if (r < 0) {
        return r;
    }
    r = judge_records(&check);
    if (r < 0) {
        return r;
    }
    judge_base_check(state, sink);
    for (uint32_t i = 0; i < check.message_count; i++) {
        uint32_t first = state->cache->first_record[i];
        if (!ledger_was_sent(context->ledger, i)) {
            continue;
        }
        if (first == 0) {
            judge_absent(&check, i);
        } else {
            judge_present(&check, i, &state->records[first - 1]);
        }
    }
    /* What decayed where no recovery looks stays in the log, and is refused when it is read. */
    if (state->damage_count > 0 && atomic_load(&context->ledger->was_rotten) == 0) {
        char path[DISK_LOG_PATH_SIZE_BYTES];
        const struct disk_finding where =
            finding_of(&check, MECHANISM_LOG_DAMAGED, state->damage.offset, path);
        disk_sink_add(sink, &where,
                      "a damaged record inside the log: %s; the log goes on at %" PRIu64,
                      state->damage.why, state->damage.resumes_at);
    }
    return 0;
}
