/* What a rehearsal knows of any moment of its recording. */
#include "harness/power/rehearse/rehearsal.h"

#include <errno.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

void rehearse_state_reset(struct rehearsal *rehearsal)
{
    memset(&rehearsal->journal, 0, sizeof(rehearsal->journal));
    rehearsal->now.state = rehearsal->start.state;
    memcpy(rehearsal->now.ledger, rehearsal->start.ledger,
           ledger_size_bytes(rehearsal->message_capacity));
    if (rehearsal->has_promise) {
        promise_done(&rehearsal->promise);
        rehearsal->has_promise = false;
    }
    memset(&rehearsal->lies, 0, sizeof(rehearsal->lies));
    rehearsal->is_lied = false;
    rehearsal->is_offset_lied = false;
    rehearsal->is_persist_lied = false;
}

void rehearse_state_leave(const struct rehearsal *rehearsal, size_t done)
{
    const struct rehearse_witness *witness = rehearsal->options.witness;
    if (witness != NULL && trace_count(rehearsal->trace) > 0) {
        witness->left(witness->arg, rehearsal, done);
    }
}

void rehearse_state_rebase(struct rehearsal *rehearsal, struct image *image, uint32_t round)
{
    struct shared *shared = rehearsal->shared;
    image_free(rehearsal->base);
    rehearsal->base = image;
    trace_clear(rehearsal->trace);
    rehearsal->first_round = round;
    rehearsal->first_done = 0;
    rehearsal->has_lost = false;
    rehearsal->start.state = (struct journal_state){
        .now_ms = atomic_load(&shared->now_ms),
        .events = atomic_load(&shared->events),
        .round = round,
        .next_step = atomic_load(&shared->next_step),
    };
    memcpy(rehearsal->start.ledger, shared->ledger, ledger_size_bytes(rehearsal->message_capacity));
    rehearse_state_reset(rehearsal);
}

void rehearse_state_forget(struct rehearsal *rehearsal, struct image *origin)
{
    shared_reset(rehearsal->shared, rehearsal->options.scenario, rehearsal->message_capacity,
                 rehearsal->options.seed);
    rehearsal->is_over = false;
    rehearsal->is_at_rest = false;
    rehearsal->round_done = 0;
    rehearse_state_rebase(rehearsal, origin, 0);
}

void rehearse_state_waive(const struct rehearsal *rehearsal, struct ledger *ledger,
                          uint64_t promised_end, bool is_lied)
{
    const struct judge_context context = {
        .scenario = rehearsal->options.scenario,
        .workload = rehearsal->options.workload,
        .ledger = ledger,
        .is_promise_bounded = true,
        .promised_end = promised_end,
        .is_lied = is_lied,
    };
    for (uint32_t i = 0; i < rehearsal->options.workload->message_count; i++) {
        if (atomic_load(&ledger->messages[i].done_seq) != 0 &&
            !judge_promise_is_owed(&context, i)) {
            ledger->messages[i].is_waived = 1;
        }
    }
}

int rehearse_state_image(struct rehearsal *rehearsal, size_t done, struct image **ret_image,
                         struct err *err)
{
    const struct recording recording = rehearse_sync_recording(rehearsal);
    struct replica_walk walk;
    if (replica_walk_init(&walk, &recording, rehearse_sync_tracks_reverts(rehearsal)) < 0) {
        return err_set(err, -ENOMEM, "out of memory for an image");
    }
    int r = replica_walk_seek(&walk, done, err);
    *ret_image = replica_walk_done(&walk);
    if (r < 0) {
        *ret_image = image_free(*ret_image);
    }
    return r;
}

/* A sync that said 0 and has nothing durable.  One that a switch took out is no lie: it is missing
 * from the engine. */
static bool is_lie(void *arg, const struct trace_entry *entry)
{
    const struct disk_fault *fault =
        rehearse_sync_fault(arg, entry->round, entry->point, entry->hit);
    return fault != NULL && fault->is_lie && entry->result >= 0;
}

static bool is_offsets_point(uint32_t point)
{
    return point == POINT_OFFSETS_SYNC || point == POINT_OFFSETS_SYNC_DIR;
}

/* What was known just before the end of an operation. */
static int seek_known(struct rehearsal *rehearsal, size_t done, struct err *err)
{
    journal_seek(&rehearsal->journal, rehearsal->trace, journal_sequence(rehearsal->trace, done),
                 &rehearsal->now.state, rehearsal->now.ledger);
    int r = promise_seek(&rehearsal->promise, done, is_lie, rehearsal);
    return r < 0 ? err_set(err, r, "out of memory for the promises of a trace") : 0;
}

/* A file goes back to its last good sync: what was acknowledged since, ahead of any, is gone for
 * good, and a later sync does not bring it back. */
static int waive_reverted(struct rehearsal *rehearsal, size_t done, struct err *err)
{
    int r = seek_known(rehearsal, done, err);
    if (r == 0) {
        rehearse_state_waive(rehearsal, rehearsal->now.ledger, promise_end(&rehearsal->promise),
                             rehearsal->is_lied);
    }
    return r;
}

/* The offsets' file is replaced as a whole: when a sync of the new one lied there may be neither,
 * until the next persist. */
static void note_lie(struct rehearsal *rehearsal, const struct trace_entry *entry)
{
    if (is_lie(rehearsal, entry)) {
        rehearsal->is_lied = true;
        rehearsal->is_persist_lied |= is_offsets_point(entry->point);
    }
}

/* Follows the syncs that failed or lied. */
static int seek_syncs(struct rehearsal *rehearsal, uint64_t sequence, struct err *err)
{
    const struct recording recording = rehearse_sync_recording(rehearsal);
    struct trace_event event;
    int r = 0;
    while (r == 0 && trace_next(rehearsal->trace, &rehearsal->lies, sequence, &event)) {
        const struct trace_entry *entry = &event.entry;
        if (entry->is_note && entry->note == TRACE_NOTE_PERSISTED) {
            rehearsal->is_offset_lied = rehearsal->is_persist_lied;
            rehearsal->is_persist_lied = false;
        }
        if (!event.is_end || (entry->op != POINT_OP_SYNC && entry->op != POINT_OP_SYNC_DIR)) {
            continue;
        }
        note_lie(rehearsal, entry);
        if (recording_sync(&recording, entry) == RECORDING_SYNC_REVERT) {
            r = waive_reverted(rehearsal, rehearsal->lies.done - 1, err);
        }
    }
    return r;
}

/* No persist is owed that a lie took back; nor is a restart's, which lowered the offsets. */
static void waive_offsets(const struct rehearsal *rehearsal, struct ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->queue_count; i++) {
        if (rehearsal->is_offset_lied || rehearsal->is_persist_lied) {
            atomic_store(&ledger->commits[i].persisted, -1);
            atomic_store(&ledger->commits[i].ceiling, -1);
        }
    }
}

static int seek(struct rehearsal *rehearsal, size_t done, struct err *err)
{
    const struct recording recording = rehearse_sync_recording(rehearsal);
    uint64_t sequence = journal_sequence(rehearsal->trace, done);
    if (sequence < rehearsal->journal.sequence) {
        rehearse_state_reset(rehearsal);
    }
    if (!rehearsal->has_promise) {
        int r = promise_init(&rehearsal->promise, &recording,
                             rehearse_sync_tracks_reverts(rehearsal), err);
        if (r < 0) {
            return r;
        }
        rehearsal->has_promise = true;
    }
    int r = seek_syncs(rehearsal, sequence, err);
    if (r < 0) {
        return r;
    }
    return seek_known(rehearsal, done, err);
}

/* What of a message decides an outcome; the numbers of the sequence do not. */
struct hashed_message {
    uint64_t physical_offset;
    int64_t queue_offset;
    int64_t store_timestamp_ms;
    uint32_t size_bytes;
    uint32_t status;
    uint32_t gone_after;
    uint8_t is_sent;
    uint8_t is_done;
    uint8_t was_cut;
    uint8_t is_promised;
};

struct hashed_commit {
    int64_t last;
    int64_t persisted;
    int64_t lowest_max;
    int64_t cut_from_max;
    int64_t ceiling;
};

struct hashed_rest {
    uint64_t events;
    uint64_t ack_after_failed;
    int64_t now_ms;
    int64_t latest_ms; /* where the clock was set back */
    int64_t expired_before_ms;
    uint32_t round;
    uint32_t restarts;
    uint32_t was_tampered;
    uint32_t is_lied;
    uint64_t is_offset_lied;
};

static void hash_messages(const struct rehearsal *rehearsal, const struct rehearse_state *state,
                          uint64_t *hash)
{
    const struct ledger *ledger = rehearsal->now.ledger;
    const struct judge_context context = {
        .scenario = rehearsal->options.scenario,
        .workload = rehearsal->options.workload,
        .ledger = rehearsal->now.ledger,
        .is_promise_bounded = true,
        .promised_end = state->promised_end,
        .is_lied = state->is_lied,
    };
    for (uint32_t i = 0; i < rehearsal->options.workload->message_count; i++) {
        const struct ledger_message *message = &ledger->messages[i];
        struct hashed_message hashed;
        memset(&hashed, 0, sizeof(hashed));
        hashed.is_sent = atomic_load(&message->sent_seq) != 0;
        hashed.is_done = atomic_load(&message->done_seq) != 0;
        if (hashed.is_done != 0) {
            hashed.physical_offset = message->physical_offset;
            hashed.queue_offset = message->queue_offset;
            hashed.store_timestamp_ms = message->store_timestamp_ms;
            hashed.size_bytes = message->size_bytes;
            hashed.status = message->status;
            hashed.is_promised = judge_promise_is_owed(&context, i);
        }
        hashed.gone_after = message->gone_after;
        hashed.was_cut = (uint8_t)atomic_load(&message->was_cut);
        *hash = XXH3_64bits_withSeed(&hashed, sizeof(hashed), *hash);
    }
}

static uint64_t hash_state(const struct rehearsal *rehearsal, const struct rehearse_state *state)
{
    const struct ledger *ledger = rehearsal->now.ledger;
    uint64_t hash = 0;
    struct hashed_rest rest;
    hash_messages(rehearsal, state, &hash);
    for (uint32_t i = 0; i < ledger->queue_count; i++) {
        const struct ledger_commit *commit = &ledger->commits[i];
        const struct hashed_commit hashed = {
            atomic_load(&commit->last), atomic_load(&commit->persisted),
            atomic_load(&commit->lowest_max), atomic_load(&commit->cut_from_max),
            atomic_load(&commit->ceiling)};
        hash = XXH3_64bits_withSeed(&hashed, sizeof(hashed), hash);
    }
    memset(&rest, 0, sizeof(rest));
    rest.events = state->events & rehearsal->options.scenario->forbid;
    rest.ack_after_failed = atomic_load(&ledger->ack_after_failed_seq) != 0;
    rest.now_ms = state->now_ms;
    int64_t latest_ms = atomic_load(&ledger->latest_ms);
    rest.latest_ms = latest_ms > state->now_ms ? latest_ms : 0;
    rest.expired_before_ms = atomic_load(&ledger->expired_before_ms);
    rest.round = state->round;
    rest.restarts = ledger->restarts;
    rest.was_tampered = atomic_load(&ledger->was_tampered) | atomic_load(&ledger->was_rotten) << 1 |
                        atomic_load(&ledger->is_untaken) << 2;
    rest.is_lied = state->is_lied;
    rest.is_offset_lied = rehearsal->is_offset_lied || rehearsal->is_persist_lied;
    return XXH3_64bits_withSeed(&rest, sizeof(rest), hash);
}

/* Between two rounds nothing is in flight and nothing is lost: all is owed that is not waived, and
 * what is waived may differ from store to store. */
static void come_to_rest(const struct rehearsal *rehearsal, struct rehearse_state *state)
{
    state->round = state->round == 0 ? 0 : state->round - 1; /* the last that ran */
    state->promised_end = UINT64_MAX;
    state->is_lied = false;
    state->hash =
        XXH3_64bits_withSeed(rehearsal->now.ledger, ledger_size_bytes(rehearsal->message_capacity),
                             hash_state(rehearsal, state));
}

int rehearse_state(struct rehearsal *rehearsal, size_t done, struct rehearse_state *ret_state,
                   struct ledger *ledger, struct err *err)
{
    int r = seek(rehearsal, done, err);
    if (r < 0) {
        return r;
    }
    const struct journal_state *known = &rehearsal->now.state;
    *ret_state = (struct rehearse_state){
        .now_ms = known->now_ms,
        .events = known->events,
        .round = known->round,
        .next_step = known->next_step,
        .promised_end = promise_end(&rehearsal->promise),
        .is_lied = rehearsal->is_lied,
    };
    ret_state->hash = hash_state(rehearsal, ret_state);
    if (rehearsal->is_at_rest && rehearsal->has_lost) {
        *ret_state = rehearsal->lost; /* no hand has touched the image since */
    } else if (rehearsal->is_at_rest) {
        come_to_rest(rehearsal, ret_state);
    }
    if (ledger != NULL) {
        memcpy(ledger, rehearsal->now.ledger, ledger_size_bytes(rehearsal->message_capacity));
        waive_offsets(rehearsal, ledger);
    }
    return 0;
}

int rehearse_state_take(struct rehearsal *rehearsal, size_t done, struct err *err)
{
    struct shared *shared = rehearsal->shared;
    struct rehearse_state state;
    int r = rehearse_state(rehearsal, done, &state, shared->ledger, err);
    if (r == 0) {
        atomic_store(&shared->now_ms, state.now_ms);
        atomic_store(&shared->events, state.events);
        atomic_store(&shared->next_step, state.next_step);
    }
    return r;
}
