/* Entries to phrases, and phrases to steps (beats.h). */
#include "harness/story/beats.h"

#include "harness/story/words.h"
#include "store/base/event.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PHRASE_SIZE_BYTES 64

struct beats {
    uint32_t count;
    char phrases[BEATS_PHRASES_MAX][PHRASE_SIZE_BYTES];
};

struct beats *beats_new(void)
{
    return calloc(1, sizeof(struct beats));
}

struct beats *beats_free(struct beats *beats)
{
    free(beats);
    return NULL;
}

const char *beats_phrase(const struct beats *beats, uint32_t phrase)
{
    return phrase < beats->count ? beats->phrases[phrase] : "";
}

/* The phrase's number; past the room, the last stands for all that is new. */
static uint8_t number_of(struct beats *beats, const char *text)
{
    for (uint32_t i = 0; i < beats->count; i++) {
        if (strcmp(beats->phrases[i], text) == 0) {
            return (uint8_t)i;
        }
    }
    if (beats->count == BEATS_PHRASES_MAX) {
        return BEATS_PHRASES_MAX - 1;
    }
    (void)snprintf(beats->phrases[beats->count], PHRASE_SIZE_BYTES, "%s",
                   beats->count == BEATS_PHRASES_MAX - 1 ? "other operations" : text);
    return (uint8_t)beats->count++;
}

/* Which events of a round are worth a word: what follows from operations that are told is not. */
static bool is_telling(int64_t event)
{
    static const enum event events[] = {
        EVENT_LOG_ROLLED,     EVENT_SYNC_FAILED, EVENT_SERVICE_FAILED, EVENT_FAIL_STOP,
        EVENT_DISK_FULL,      EVENT_ABORT_KEPT,  EVENT_STOPPED_BEHIND, EVENT_RECOVERY_ABNORMAL,
        EVENT_DUP_INFO_CHECK, EVENT_LOG_CUT,     EVENT_QUEUE_CUT,      EVENT_OFFSETS_CLIPPED,
        EVENT_TRUNCATED,
    };
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (event == (int64_t)events[i]) {
            return true;
        }
    }
    return false;
}

/* "" when the note has none. */
static void say_note(const struct trace_entry *entry, char text[PHRASE_SIZE_BYTES])
{
    text[0] = '\0';
    switch (entry->note) {
    case TRACE_NOTE_SENT:
        (void)snprintf(text, PHRASE_SIZE_BYTES, "sent");
        break;
    case TRACE_NOTE_ACKED:
        (void)snprintf(text, PHRASE_SIZE_BYTES, "answered %s",
                       entry->values[1] == STORE_PUT_OK
                           ? "OK"
                           : types_put_status_name((enum store_put_status)entry->values[1]));
        break;
    case TRACE_NOTE_COMMITTED:
        (void)snprintf(text, PHRASE_SIZE_BYTES, "offset committed");
        break;
    case TRACE_NOTE_CLOSED:
        (void)snprintf(text, PHRASE_SIZE_BYTES, "stopped cleanly");
        break;
    case TRACE_NOTE_OPENED:
        (void)snprintf(text, PHRASE_SIZE_BYTES, "open");
        break;
    case TRACE_NOTE_EVENT:
        if (is_telling(entry->values[0])) {
            (void)snprintf(text, PHRASE_SIZE_BYTES, "event %s",
                           event_name((enum event)entry->values[0]));
        }
        break;
    case TRACE_NOTE_ROUND:
    case TRACE_NOTE_PERSISTED:
    case TRACE_NOTE_CUT:
    case TRACE_NOTE_CUT_MAX:
    case TRACE_NOTE_MAX:
    case TRACE_NOTE_EXPIRY:
    case TRACE_NOTE_TAMPERED:
    case TRACE_NOTE_STEP:
    case TRACE_NOTE_CLOCK:
    case TRACE_NOTE_HELD:
    case TRACE_NOTE_COUNT:
        break;
    }
}

static void say_operation(const struct trace_entry *entry, char text[PHRASE_SIZE_BYTES])
{
    bool is_there = entry->result == -EEXIST || entry->result == -ENOENT;
    text[0] = '\0';
    if ((!point_is_mutating(entry->point) && (entry->result >= 0 || is_there)) || is_there) {
        return;
    }
    int used = snprintf(text, PHRASE_SIZE_BYTES, "%s %s", words_role_name(words_role(entry->point)),
                        words_effect(entry->point));
    if (entry->result < 0 && used > 0 && used < PHRASE_SIZE_BYTES) {
        (void)snprintf(text + used, (size_t)(PHRASE_SIZE_BYTES - used), " FAILED (%s)",
                       err_name((int)entry->result));
    }
}

/* A step in the making: the phrases of all of it, in order. */
struct making {
    struct beats *beats;
    struct beats_step step;
    uint8_t *phrases;
    uint32_t count;
    uint32_t capacity;
    uint32_t first; /* of the chain: the first put */
    uint32_t last;  /* one past the last answer, or put */
    uint32_t answer_count;
};

static void begin_step(struct making *making, const struct trace_entry *entry)
{
    memset(&making->step, 0, sizeof(making->step));
    making->step.time_ms = entry->time_ms;
    making->step.round = entry->round;
    making->step.repeat = 1;
    making->step.is_start = entry->is_note && entry->note == TRACE_NOTE_ROUND;
    making->count = 0;
    making->first = UINT32_MAX;
    making->last = 0;
    making->answer_count = 0;
}

static void add_phrase(struct making *making, const struct trace_entry *entry)
{
    char text[PHRASE_SIZE_BYTES];
    if (entry->is_note) {
        say_note(entry, text);
    } else {
        say_operation(entry, text);
        making->step.operation_count += text[0] == '\0' ? 0 : 1;
    }
    if (text[0] == '\0' || making->count == making->capacity) {
        return;
    }
    bool is_sent = entry->is_note && entry->note == TRACE_NOTE_SENT;
    if (is_sent && making->first == UINT32_MAX) {
        making->first = making->count;
        making->step.has_message = true;
        making->step.first_message = (uint32_t)entry->values[0];
        making->step.time_ms = entry->time_ms;
    }
    making->phrases[making->count++] = number_of(making->beats, text);
    bool is_answer = entry->is_note && entry->note == TRACE_NOTE_ACKED;
    making->answer_count += is_answer ? 1 : 0;
    if (is_sent || is_answer) {
        making->last = making->count;
    }
}

/* Splits the phrases into the chain and what is behind. */
static void end_step(struct making *making)
{
    struct beats_step *step = &making->step;
    if (making->answer_count == 0) {
        making->last = making->count; /* nothing was promised yet */
    }
    for (uint32_t i = 0; i < making->count; i++) {
        uint8_t phrase = making->phrases[i];
        bool is_chain = i >= making->first && i < making->last;
        if (is_chain && step->chain_count > 0 && step->chain[step->chain_count - 1] == phrase) {
            continue;
        }
        if (is_chain && step->chain_count < BEATS_CHAIN_MAX) {
            step->chain[step->chain_count++] = phrase;
        } else if (step->behind[phrase] < UINT16_MAX) {
            step->behind[phrase]++;
        }
    }
}

static bool is_like(const struct beats_step *a, const struct beats_step *b)
{
    return a->has_message && b->has_message && a->round == b->round &&
           b->first_message == a->first_message + a->repeat && a->chain_count == b->chain_count &&
           memcmp(a->chain, b->chain, a->chain_count) == 0;
}

static void add_to(struct beats_step *sum, const struct beats_step *step, bool is_repeat)
{
    sum->repeat += is_repeat ? 1 : 0;
    sum->operation_count += step->operation_count;
    for (uint32_t i = 0; i < BEATS_PHRASES_MAX; i++) {
        sum->behind[i] = (uint16_t)(sum->behind[i] + step->behind[i]);
    }
}

static uint32_t put_step(struct making *making, struct beats_step *steps, uint32_t count,
                         uint32_t capacity)
{
    end_step(making);
    if (making->count == 0) {
        return count;
    }
    if (count > 0 && is_like(&steps[count - 1], &making->step)) {
        add_to(&steps[count - 1], &making->step, true);
        return count;
    }
    if (count == capacity) {
        add_to(&steps[count - 1], &making->step, false);
        return count;
    }
    steps[count] = making->step;
    return count + 1;
}

uint32_t beats_steps(struct beats *beats, const struct trace *trace, size_t done,
                     struct beats_step *steps, uint32_t capacity)
{
    struct making making = {.beats = beats, .capacity = (uint32_t)trace_count(trace)};
    struct trace_cursor cursor = {0, 0};
    struct trace_event event;
    uint32_t count = 0;
    size_t ended = 0;
    making.phrases = calloc((size_t)making.capacity + 1, 1);
    if (making.phrases == NULL || capacity == 0) {
        free(making.phrases);
        return 0;
    }
    making.first = UINT32_MAX;
    while (ended <= done && trace_next(trace, &cursor, UINT64_MAX, &event)) {
        const struct trace_entry *entry = &event.entry;
        ended += event.is_end && !entry->is_note ? 1 : 0;
        if (entry->is_note && (entry->note == TRACE_NOTE_ROUND || entry->note == TRACE_NOTE_STEP)) {
            count = put_step(&making, steps, count, capacity);
            begin_step(&making, entry);
            making.step.number =
                entry->note == TRACE_NOTE_STEP ? (uint32_t)entry->values[0] - 1 : 0;
        }
        if (ended <= done && (entry->is_note || event.is_end)) {
            add_phrase(&making, entry);
        }
    }
    count = put_step(&making, steps, count, capacity);
    free(making.phrases);
    return count;
}
