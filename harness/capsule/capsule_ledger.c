/* One table of fields for both directions (capsule_ledger.h). */
#include "harness/capsule/capsule_ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define MESSAGES_MAX (SCENARIO_MESSAGES_MAX + WORKLOAD_PROBES)

/* X(type, field).  Numbers of 64 bits are written as signed ones: all bits set is -1. */
#define REST_MAP(X)           \
    X(int64_t, now_ms)        \
    X(uint64_t, events)       \
    X(uint32_t, round)        \
    X(uint32_t, next_step)    \
    X(uint64_t, promised_end) \
    X(bool, is_lied)          \
    X(bool, is_kill)

#define LEDGER_MAP(X)                     \
    X(uint64_t, seed)                     \
    X(uint32_t, message_capacity)         \
    X(uint32_t, queue_count)              \
    X(uint64_t, seq)                      \
    X(uint64_t, failed_log_sync_seq)      \
    X(uint64_t, ack_after_failed_seq)     \
    X(uint32_t, ack_after_failed_message) \
    X(int64_t, expired_before_ms)         \
    X(int64_t, latest_ms)                 \
    X(uint32_t, round)                    \
    X(bool, is_threads)                   \
    X(bool, is_sync)                      \
    X(uint32_t, was_tampered)             \
    X(uint32_t, is_untaken)               \
    X(uint32_t, was_rotten)               \
    X(uint64_t, sync_began_seq)           \
    X(uint64_t, good_sync_began_seq)      \
    X(uint32_t, restarts)

#define COMMIT_MAP(X)          \
    X(int64_t, last)           \
    X(int64_t, persisted)      \
    X(int64_t, lowest_max)     \
    X(int64_t, persisting)     \
    X(uint32_t, round)         \
    X(uint32_t, is_persisting) \
    X(int64_t, cut_from_max)   \
    X(int64_t, ceiling)

#define MESSAGE_MAP(X)             \
    X(uint64_t, sent_seq)          \
    X(uint64_t, done_seq)          \
    X(uint32_t, status)            \
    X(uint32_t, round)             \
    X(int64_t, queue_offset)       \
    X(uint64_t, physical_offset)   \
    X(uint32_t, size_bytes)        \
    X(uint32_t, was_cut)           \
    X(uint32_t, gone_after)        \
    X(int64_t, store_timestamp_ms) \
    X(uint32_t, is_waived)

/* A field that is new in the ledger belongs into the tables above, or a capsule would forget it. */
_Static_assert(sizeof(struct ledger_message) == 72, "MESSAGE_MAP has every field");
_Static_assert(sizeof(struct ledger_commit) == 56, "COMMIT_MAP has every field");
_Static_assert(offsetof(struct ledger, commits) == 112, "LEDGER_MAP has every field");

#define PUT(type, field) put(object, #field, (json_int_t)from->field);

static void put(json_t *object, const char *key, json_int_t value)
{
    (void)json_object_set_new(object, key, json_integer(value));
}

static json_t *print_commit(const struct ledger_commit *from)
{
    json_t *object = json_object();
    COMMIT_MAP(PUT)
    return object;
}

static json_t *print_message(uint32_t index, const struct ledger_message *from)
{
    json_t *object = json_object();
    put(object, "index", (json_int_t)index);
    MESSAGE_MAP(PUT)
    return object;
}

/* Messages that were never sent are left out. */
static json_t *print_ledger(const struct ledger *from)
{
    json_t *object = json_object();
    json_t *commits = json_array();
    json_t *messages = json_array();
    LEDGER_MAP(PUT)
    for (uint32_t i = 0; i < from->queue_count; i++) {
        (void)json_array_append_new(commits, print_commit(&from->commits[i]));
    }
    for (uint32_t i = 0; i < from->message_capacity; i++) {
        if (ledger_was_sent(from, i)) {
            (void)json_array_append_new(messages, print_message(i, &from->messages[i]));
        }
    }
    (void)json_object_set_new(object, "commits", commits);
    (void)json_object_set_new(object, "messages", messages);
    return object;
}

static json_t *print_rest(const struct rest *from)
{
    json_t *object = json_object();
    REST_MAP(PUT)
    (void)json_object_set_new(object, "ledger", print_ledger(from->ledger));
    return object;
}

int capsule_ledger_print(const struct rest *rest, char **ret_text, struct err *err)
{
    json_t *object = print_rest(rest);
    *ret_text = json_dumps(object, JSON_INDENT(1) | JSON_ENSURE_ASCII);
    json_decref(object);
    return *ret_text == NULL ? err_set(err, -ENOMEM, "no memory for a ledger") : 0;
}

/* Reading.  The first field that is missing or of another kind is kept. */

struct taking {
    const json_t *object;
    const char *missing;
};

static json_int_t take(struct taking *taking, const char *key, json_int_t least, json_int_t most)
{
    const json_t *value = json_object_get(taking->object, key);
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < least || number > most) {
        taking->missing = taking->missing == NULL ? key : taking->missing;
        return least > 0 ? least : 0;
    }
    return number;
}

#define LEAST_int64_t  INT64_MIN
#define LEAST_uint64_t INT64_MIN
#define LEAST_uint32_t 0
#define LEAST_bool     0
#define MOST_int64_t   INT64_MAX
#define MOST_uint64_t  INT64_MAX
#define MOST_uint32_t  UINT32_MAX
#define MOST_bool      1
#define TAKE(type, field) \
    to->field = (type)take(&taking, #field, (json_int_t)LEAST_##type, (json_int_t)MOST_##type);

static int missing(const struct taking *taking, const char *what, struct err *err)
{
    return taking->missing == NULL
               ? 0
               : err_set(err, ERR_CORRUPT, "%s: no or another '%s' than there can be", what,
                         taking->missing);
}

static int parse_commits(const json_t *commits, struct ledger *ledger, struct err *err)
{
    if (json_array_size(commits) != ledger->queue_count) {
        return err_set(err, ERR_CORRUPT, "not one of 'commits' a queue");
    }
    for (uint32_t i = 0; i < ledger->queue_count; i++) {
        struct taking taking = {.object = json_array_get(commits, i)};
        struct ledger_commit *to = &ledger->commits[i];
        COMMIT_MAP(TAKE)
        int r = missing(&taking, "a commit", err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int parse_messages(const json_t *messages, struct ledger *ledger, struct err *err)
{
    for (size_t i = 0; i < json_array_size(messages); i++) {
        struct taking taking = {.object = json_array_get(messages, i)};
        json_int_t index = take(&taking, "index", 0, (json_int_t)ledger->message_capacity - 1);
        struct ledger_message *to = &ledger->messages[index];
        MESSAGE_MAP(TAKE)
        if (to->status >= STORE_PUT_STATUS_COUNT) {
            taking.missing = "status";
        }
        int r = missing(&taking, "a message", err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int parse_ledger(const json_t *object, struct ledger **ret_ledger, struct err *err)
{
    struct taking taking = {.object = object};
    json_int_t capacity = take(&taking, "message_capacity", 1, MESSAGES_MAX);
    int r = missing(&taking, "the ledger", err);
    if (r < 0) {
        return r;
    }
    struct ledger *to = calloc(1, ledger_size_bytes((uint32_t)capacity));
    if (to == NULL) {
        return err_set(err, -ENOMEM, "no memory for a ledger");
    }
    LEDGER_MAP(TAKE)
    if (to->queue_count > LEDGER_QUEUES_MAX) {
        taking.missing = "queue_count";
    }
    if (to->ack_after_failed_message >= to->message_capacity) {
        taking.missing = "ack_after_failed_message";
    }
    r = missing(&taking, "the ledger", err);
    if (r < 0) {
        goto out;
    }
    r = parse_commits(json_object_get(object, "commits"), to, err);
    if (r < 0) {
        goto out;
    }
    r = parse_messages(json_object_get(object, "messages"), to, err);
    if (r < 0) {
        goto out;
    }
    for (uint32_t i = to->queue_count; i < LEDGER_QUEUES_MAX; i++) {
        to->commits[i] = (struct ledger_commit){.last = -1,
                                                .persisted = -1,
                                                .lowest_max = -1,
                                                .persisting = -1,
                                                .cut_from_max = -1,
                                                .ceiling = -1};
    }
    *ret_ledger = to;
    return 0;
out:
    free(to);
    return r;
}

static int parse_rest(const json_t *object, struct rest *to, struct ledger **ret_ledger,
                      struct err *err)
{
    struct taking taking = {.object = object};
    REST_MAP(TAKE)
    if (to->round >= PLAN_ROUNDS_MAX) {
        taking.missing = "round";
    }
    int r = missing(&taking, "what is known", err);
    if (r < 0) {
        return r;
    }
    r = parse_ledger(json_object_get(object, "ledger"), ret_ledger, err);
    if (r == 0) {
        to->ledger = *ret_ledger;
    }
    return r;
}

int capsule_ledger_parse(const char *text, size_t text_size_bytes, struct rest *ret_rest,
                         struct ledger **ret_ledger, struct err *err)
{
    json_error_t error;
    json_t *object = json_loadb(text, text_size_bytes, JSON_REJECT_DUPLICATES, &error);
    if (object == NULL) {
        return err_set(err, ERR_CORRUPT, "line %d: %s", error.line, error.text);
    }
    int r = parse_rest(object, ret_rest, ret_ledger, err);
    json_decref(object);
    return r;
}
