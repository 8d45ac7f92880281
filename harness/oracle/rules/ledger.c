/* What the harness knows of a case: sends, answers, commits, and the syncs that cover them.
 *
 * Lives in shared memory and is written from the store's threads, so each field has one
 * writer or is atomic. */
#include "harness/oracle/rules/ledger.h"

#include "store/base/ensure.h"

#include <string.h>

size_t ledger_size_bytes(uint32_t message_capacity)
{
    return sizeof(struct ledger) + (size_t)message_capacity * sizeof(struct ledger_message);
}

/* A commit's fields are -1 until there is one: 0 is an offset that can be committed. */
void ledger_reset(struct ledger *ledger, const struct scenario *scenario, uint32_t message_capacity,
                  uint64_t seed)
{
    memset(ledger, 0, ledger_size_bytes(message_capacity));
    ledger->seed = seed;
    ledger->message_capacity = message_capacity;
    ledger->queue_count = scenario->topics * scenario->queues;
    ENSURE(ledger->queue_count <= LEDGER_QUEUES_MAX);
    ledger->is_threads = scenario_is_threaded(scenario);
    ledger->is_sync = scenario->store.flush == STORE_FLUSH_SYNC;
    atomic_store(&ledger->is_untaken, scenario->base[0] != '\0');
    for (uint32_t i = 0; i < LEDGER_QUEUES_MAX; i++) {
        atomic_store(&ledger->commits[i].last, -1);
        atomic_store(&ledger->commits[i].persisted, -1);
        atomic_store(&ledger->commits[i].persisting, -1);
        atomic_store(&ledger->commits[i].lowest_max, -1);
        atomic_store(&ledger->commits[i].cut_from_max, -1);
        atomic_store(&ledger->commits[i].ceiling, -1);
    }
}

uint64_t ledger_next_seq(struct ledger *ledger)
{
    return atomic_fetch_add(&ledger->seq, 1) + 1;
}

/* A sync of the last round was of another process; a persist that it began has not ended. */
void ledger_begin_round(struct ledger *ledger)
{
    atomic_store(&ledger->failed_log_sync_seq, 0);
    atomic_store(&ledger->sync_began_seq, 0);
    atomic_store(&ledger->good_sync_began_seq, 0);
    for (uint32_t i = 0; i < ledger->queue_count; i++) {
        atomic_store(&ledger->commits[i].is_persisting, 0);
    }
}

void ledger_note_sent(struct ledger *ledger, uint32_t message)
{
    ENSURE(message < ledger->message_capacity);
    struct ledger_message *entry = &ledger->messages[message];
    entry->round = ledger->round;
    atomic_store(&entry->sent_seq, ledger_next_seq(ledger));
}

/* An answer after a failed sync of the log is wrong unless a sync from before the failure covers
 * the put: the pages may have been dropped, and a later sync that returns 0 proves nothing of
 * them. */
static void watch_fail_stop(struct ledger *ledger, uint32_t message, uint64_t done_seq)
{
    uint64_t failed_seq = atomic_load(&ledger->failed_log_sync_seq);
    const struct ledger_message *entry = &ledger->messages[message];
    uint64_t sent_seq = atomic_load(&entry->sent_seq);
    if (failed_seq == 0 || done_seq < failed_seq ||
        sent_seq < atomic_load(&ledger->good_sync_began_seq)) {
        return;
    }
    /* An asynchronous answer of another thread may have been decided before the failure. */
    if (ledger->is_threads && !ledger->is_sync && sent_seq < failed_seq) {
        return;
    }
    uint64_t none = 0;
    if (atomic_compare_exchange_strong(&ledger->ack_after_failed_seq, &none, done_seq)) {
        atomic_store(&ledger->ack_after_failed_message, message);
    }
}

/* done_seq is stored last: who sees it sees the answer, though a kill strikes in between. */
void ledger_note_done(struct ledger *ledger, uint32_t message,
                      const struct store_put_result *result)
{
    ENSURE(message < ledger->message_capacity);
    struct ledger_message *entry = &ledger->messages[message];
    entry->status = (uint32_t)result->status;
    entry->queue_offset = result->queue_offset;
    entry->physical_offset = result->physical_offset;
    entry->size_bytes = result->size_bytes;
    entry->store_timestamp_ms = result->store_timestamp_ms;
    uint64_t done_seq = ledger_next_seq(ledger);
    atomic_store(&entry->done_seq, done_seq);
    if (result->status == STORE_PUT_OK) {
        watch_fail_stop(ledger, message, done_seq);
    }
}

void ledger_note_sync_began(struct ledger *ledger)
{
    atomic_store(&ledger->sync_began_seq, ledger_next_seq(ledger));
}

/* Only the first failure of a round counts: from it on every answer is under suspicion. */
void ledger_note_sync_ended(struct ledger *ledger, int64_t result)
{
    if (result < 0) {
        uint64_t none = 0;
        atomic_compare_exchange_strong(&ledger->failed_log_sync_seq, &none,
                                       ledger_next_seq(ledger));
        return;
    }
    uint64_t began_seq = atomic_load(&ledger->sync_began_seq);
    uint64_t failed_seq = atomic_load(&ledger->failed_log_sync_seq);
    if (failed_seq == 0 || began_seq < failed_seq) {
        atomic_store(&ledger->good_sync_began_seq, began_seq);
    }
}

/* A ceiling that a restart has set is lifted by a commit beyond it, which was made on purpose. */
void ledger_note_commit(struct ledger *ledger, uint32_t queue, int64_t offset)
{
    ENSURE(queue < LEDGER_QUEUES_MAX);
    struct ledger_commit *commit = &ledger->commits[queue];
    int64_t ceiling = atomic_load(&commit->ceiling);
    if (ceiling >= 0 && offset > ceiling) {
        atomic_store(&commit->ceiling, offset);
    }
    atomic_store(&commit->round, ledger->round);
    atomic_store(&commit->last, offset);
}

void ledger_note_persist_began(struct ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->queue_count; i++) {
        struct ledger_commit *commit = &ledger->commits[i];
        bool is_this_round = atomic_load(&commit->round) == ledger->round;
        atomic_store(&commit->persisting, is_this_round ? atomic_load(&commit->last) : -1);
        atomic_store(&commit->is_persisting, 1);
    }
}

void ledger_note_persisted(struct ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->queue_count; i++) {
        struct ledger_commit *commit = &ledger->commits[i];
        int64_t value = atomic_load(&commit->last);
        if (atomic_load(&commit->is_persisting) != 0) {
            value = atomic_load(&commit->persisting);
        } else if (atomic_load(&commit->round) != ledger->round) {
            /* A commit of an earlier round may never have reached the store that persists now. */
            value = -1;
        }
        atomic_store(&commit->is_persisting, 0);
        if (value >= 0) {
            atomic_store(&commit->persisted, value);
            atomic_store(&commit->lowest_max, -1);
        }
    }
}

void ledger_note_max(struct ledger *ledger, uint32_t queue, int64_t max_offset)
{
    ENSURE(queue < LEDGER_QUEUES_MAX);
    struct ledger_commit *commit = &ledger->commits[queue];
    int64_t lowest = atomic_load(&commit->lowest_max);
    if (lowest < 0 || max_offset < lowest) {
        atomic_store(&commit->lowest_max, max_offset);
    }
    /* After a truncate no open has clipped yet, and cut_from_max says so. */
    int64_t ceiling = atomic_load(&commit->ceiling);
    if (atomic_load(&commit->cut_from_max) < 0 && (ceiling < 0 || max_offset < ceiling)) {
        atomic_store(&commit->ceiling, max_offset);
    }
}

void ledger_note_cut(struct ledger *ledger, uint32_t queue, int64_t max_offset)
{
    ENSURE(queue < LEDGER_QUEUES_MAX);
    if (max_offset > atomic_load(&ledger->commits[queue].cut_from_max)) {
        atomic_store(&ledger->commits[queue].cut_from_max, max_offset);
    }
}

/* Clocks are read under the store's locks or by one thread: what a race between two readings loses
 * is less than a millisecond. */
void ledger_note_time(struct ledger *ledger, int64_t now_ms)
{
    if (now_ms > atomic_load_explicit(&ledger->latest_ms, memory_order_relaxed)) {
        atomic_store_explicit(&ledger->latest_ms, now_ms, memory_order_relaxed);
    }
}

void ledger_note_tampered(struct ledger *ledger)
{
    atomic_store(&ledger->was_tampered, 1);
}

void ledger_note_rotten(struct ledger *ledger)
{
    ledger_note_tampered(ledger);
    atomic_store(&ledger->was_rotten, 1);
}

/* The store has clipped its offsets by now, so what a truncate left above them is excused no
 * longer. */
void ledger_note_opened(struct ledger *ledger)
{
    atomic_store(&ledger->was_tampered, 0);
    atomic_store(&ledger->is_untaken, 0);
    for (uint32_t i = 0; i < ledger->queue_count; i++) {
        atomic_store(&ledger->commits[i].cut_from_max, -1);
    }
}

bool ledger_is_acked(const struct ledger_message *message)
{
    return atomic_load(&message->done_seq) != 0 && message->status == STORE_PUT_OK;
}

bool ledger_was_sent(const struct ledger *ledger, uint32_t message)
{
    return message < ledger->message_capacity &&
           atomic_load(&ledger->messages[message].sent_seq) != 0;
}

uint32_t ledger_count_sent(const struct ledger *ledger, uint32_t message_count)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < message_count; i++) {
        count += ledger_was_sent(ledger, i) ? 1 : 0;
    }
    return count;
}

uint32_t ledger_count_acked(const struct ledger *ledger, uint32_t message_count)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < message_count; i++) {
        count += ledger_is_acked(&ledger->messages[i]) ? 1 : 0;
    }
    return count;
}
