/* Workloads: steps out of phases, messages out of (scenario, seed, index). */
#include "harness/scenario/workload.h"

#include "harness/scenario/prng.h"
#include "store/base/ensure.h"
#include "store/base/text.h"
#include "store/format/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lz4frame.h>

#define BODY_SIZE_BYTES_MAX       (64u << 20)
#define PROPERTIES_SIZE_BYTES_MAX (256u << 10)
#define REJECTED_VALUE_SIZE_BYTES 33000
#define PROBE_BODY_SIZE_BYTES     48
#define NAME_END                  '\001'
#define VALUE_END                 '\002'

/* Eight bytes each, so that a body is text that compresses. */
static const char words[16][9] = {"ledger- ", "torn... ", "append+ ", "offset= ",
                                  "broker, ", "queue:: ", "commit; ", "record  ",
                                  "mmapped ", "flushed ", "restart ", "durable ",
                                  "segment ", "rolling ", "unit #1 ", "magic\n  "};

/* Two enums, since the driver's steps are not the file's phases: a phase of puts is many steps. */
static enum workload_step_kind step_kind(enum scenario_phase_kind kind)
{
    switch (kind) {
    case SCENARIO_PHASE_PUT:
        return WORKLOAD_PUT;
    case SCENARIO_PHASE_COMMIT_OFFSETS:
        return WORKLOAD_COMMIT_OFFSETS;
    case SCENARIO_PHASE_HOLD:
        return WORKLOAD_HOLD;
    case SCENARIO_PHASE_PAUSE:
        return WORKLOAD_PAUSE;
    case SCENARIO_PHASE_TRUNCATE:
        return WORKLOAD_TRUNCATE;
    case SCENARIO_PHASE_EXPIRE:
        return WORKLOAD_EXPIRE;
    case SCENARIO_PHASE_RESTART:
    default:
        return WORKLOAD_RESTART;
    }
}

int workload_make(const struct scenario *scenario, struct workload *ret_workload, struct err *err)
{
    struct workload workload = {NULL, 0, 0};
    uint32_t step_count = 0;
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        const struct scenario_phase *phase = &scenario->phases[i];
        step_count += phase->kind == SCENARIO_PHASE_PUT ? phase->count : 1;
    }
    workload.steps = calloc(step_count + 1, sizeof(*workload.steps));
    if (workload.steps == NULL) {
        return err_set(err, -ENOMEM, "%" PRIu32 " steps: out of memory", step_count);
    }
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        const struct scenario_phase *phase = &scenario->phases[i];
        bool is_put = phase->kind == SCENARIO_PHASE_PUT;
        for (uint32_t j = 0; j < (is_put ? phase->count : 1); j++) {
            struct workload_step *step = &workload.steps[workload.step_count++];
            step->kind = step_kind(phase->kind);
            step->phase = i;
            step->time_ms = is_put ? phase->every_ms : phase->for_ms;
            if (is_put) {
                step->message = workload.message_count++;
            }
        }
    }
    ENSURE(workload.step_count == step_count);
    *ret_workload = workload;
    return 0;
}

void workload_done(struct workload *workload)
{
    free(workload->steps);
    memset(workload, 0, sizeof(*workload));
}

void workload_message_init(struct workload_message *message)
{
    memset(message, 0, sizeof(*message));
    buffer_init(&message->body, BODY_SIZE_BYTES_MAX);
    buffer_init(&message->properties, PROPERTIES_SIZE_BYTES_MAX);
}

void workload_message_done(struct workload_message *message)
{
    buffer_done(&message->body);
    buffer_done(&message->properties);
}

void workload_topic_name(const struct scenario *scenario, uint32_t topic_index, char *text,
                         size_t text_size_bytes)
{
    if (scenario->has_topic_names) {
        (void)text_add(text, text_size_bytes, 0, scenario->topic_names[topic_index]);
        return;
    }
    size_t length = text_add(text, text_size_bytes, 0, "topic-");
    (void)text_add_number(text, text_size_bytes, length, topic_index);
}

/* The phase that puts message `index`; UINT32_MAX for a probe. Indexes count through all phases,
 * over restarts too, so a message keeps its index in every round. */
static uint32_t phase_of(const struct scenario *scenario, uint32_t index)
{
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        if (scenario->phases[i].kind != SCENARIO_PHASE_PUT) {
            continue;
        }
        if (index < scenario->phases[i].count) {
            return i;
        }
        index -= scenario->phases[i].count;
    }
    return UINT32_MAX;
}

/* A phase with one body size makes records of one size; others vary in every way. */
static bool is_varied(const struct scenario_phase *phase)
{
    return phase->body_size_bytes_min != phase->body_size_bytes_max;
}

/* Sixteen words for each draw: four bits of it choose one. A body of 4MiB would take half a million
 * draws otherwise, at every check of it. */
static void fill_text(struct prng *prng, uint8_t *at, size_t size_bytes)
{
    while (size_bytes > 0) {
        uint64_t bits = prng_next(prng);
        for (int i = 0; i < 16 && size_bytes > 0; i++, bits >>= 4) {
            size_t size = size_bytes < 8 ? size_bytes : 8;
            memcpy(at, words[bits & 15], size);
            at += size;
            size_bytes -= size;
        }
    }
}

/* The raw text is made behind the room for the frame, in the same buffer. */
static int make_compressed(struct prng *prng, struct buffer *body, size_t size_bytes)
{
    size_t bound = LZ4F_compressFrameBound(size_bytes, NULL);
    int r = buffer_reserve(body, bound + size_bytes);
    if (r < 0) {
        return -ENOMEM;
    }
    fill_text(prng, body->data + bound, size_bytes);
    size_t frame_size = LZ4F_compressFrame(body->data, bound, body->data + bound, size_bytes, NULL);
    if (LZ4F_isError(frame_size)) {
        return -ENOMEM;
    }
    body->size_bytes = frame_size;
    return 0;
}

/* A size of 0 is legal; the buffer may then have no memory at all. */
static int make_body(struct prng *prng, struct buffer *body, size_t size_bytes, bool compress)
{
    buffer_clear(body);
    if (compress) {
        return make_compressed(prng, body, size_bytes);
    }
    if (buffer_reserve(body, size_bytes) < 0) {
        return -ENOMEM;
    }
    if (size_bytes > 0) {
        fill_text(prng, body->data, size_bytes);
    }
    body->size_bytes = size_bytes;
    return 0;
}

/* NAME 0x01 VALUE 0x02, as in RocketMQ's properties string: pairs without a count, so neither
 * separator may stand in a name or value. */
static int add_property(struct buffer *properties, const char *name, const void *value,
                        size_t value_size_bytes)
{
    const char name_end = NAME_END;
    const char value_end = VALUE_END;
    if (buffer_append(properties, name, strlen(name)) < 0 ||
        buffer_append(properties, &name_end, 1) < 0 ||
        buffer_append(properties, value, value_size_bytes) < 0 ||
        buffer_append(properties, &value_end, 1) < 0) {
        return -ENOMEM;
    }
    return 0;
}

/* KEYS is one property with blanks between its words; each word names the message, so that an index
 * of keys could be checked against the log. */
static int add_keys(struct buffer *properties, uint32_t index, uint32_t count)
{
    char keys[32 * 16] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < count && used + 16 < sizeof(keys); i++) {
        int size = snprintf(keys + used, sizeof(keys) - used, "%sk%05" PRIu32 "-%02" PRIu32,
                            i == 0 ? "" : " ", index % 100000, i);
        used += size > 0 ? (size_t)size : 0;
    }
    return used == 0 ? 0 : add_property(properties, "KEYS", keys, used);
}

/* Each has a fixed width, so that a phase of one body size has records of one size. */
static int add_user_properties(struct prng *prng, struct buffer *properties, uint32_t count)
{
    int r = 0;
    for (uint32_t i = 0; i < count && r == 0; i++) {
        char name[16];
        char value[16];
        snprintf(name, sizeof(name), "p%" PRIu32, i);
        snprintf(value, sizeof(value), "%08" PRIx32, (uint32_t)prng_next(prng));
        r = add_property(properties, name, value, strlen(value));
    }
    return r;
}

/* Over what RocketMQ allows, which is a reason to refuse the message. */
static int add_oversize(struct buffer *properties)
{
    char *value = malloc(REJECTED_VALUE_SIZE_BYTES);
    if (value == NULL) {
        return -ENOMEM;
    }
    memset(value, 'x', REJECTED_VALUE_SIZE_BYTES);
    int r = add_property(properties, "oversize", value, REJECTED_VALUE_SIZE_BYTES);
    free(value);
    return r;
}

static int make_properties(struct prng *prng, const struct scenario_phase *phase, uint32_t index,
                           struct buffer *properties)
{
    buffer_clear(properties);
    int r = add_keys(properties, index, phase->keys);
    if (r == 0) {
        r = add_user_properties(prng, properties, phase->properties);
    }
    if (r == 0 && !phase->wait) {
        r = add_property(properties, "WAIT", "false", 5);
    }
    if (r == 0 && phase->tag_count > 0) {
        const char *tag = phase->tags[prng_below(prng, phase->tag_count)];
        r = add_property(properties, "TAGS", tag, strlen(tag));
    }
    if (r == 0 && phase->rejected && phase->body_size_bytes_max <= STORE_BODY_SIZE_BYTES_MAX) {
        r = add_oversize(properties);
    }
    /* Newer clients leave the last separator out. */
    if (r == 0 && properties->size_bytes > 0 && is_varied(phase) && prng_below(prng, 2) == 0) {
        properties->size_bytes--;
    }
    return r;
}

/* Version 6 addresses make another header length, which recovery must step over rightly. The
 * address itself says nothing; it is from the seed so that a record is no other's. */
static void make_born_host(struct prng *prng, bool is_v6, struct env_host *host)
{
    uint64_t bits = prng_next(prng);
    memset(host, 0, sizeof(*host));
    host->port = (int32_t)(1024 + (bits >> 32) % 60000);
    if (is_v6) {
        host->address_size_bytes = 16;
        host->address[0] = 0xfd;
        memcpy(host->address + 8, &bits, sizeof(bits));
        return;
    }
    host->address_size_bytes = 4;
    host->address[0] = 10;
    host->address[2] = (uint8_t)(bits >> 8);
    host->address[3] = (uint8_t)bits;
}

/* Small, plain and acknowledged like any other. */
static void make_probe_phase(struct scenario_phase *phase)
{
    memset(phase, 0, sizeof(*phase));
    phase->body_size_bytes_min = PROBE_BODY_SIZE_BYTES;
    phase->body_size_bytes_max = PROBE_BODY_SIZE_BYTES;
    phase->wait = true;
}

static void fill_message(struct prng *prng, const struct scenario *scenario,
                         const struct scenario_phase *phase, uint32_t index,
                         struct workload_message *message)
{
    struct store_message *put = &message->message;
    memset(put, 0, sizeof(*put));
    bool is_v6 = is_varied(phase) && prng_below(prng, 8) == 0;
    is_v6 |= scenario->hosts == SCENARIO_HOSTS_IPV6;
    put->topic = message->topic;
    put->queue_id = (int32_t)prng_below(prng, scenario->queues);
    put->flag = (int32_t)index + 1;
    put->sys_flag = (phase->compress_lz4 ? MESSAGE_SYSFLAG_COMPRESSED | MESSAGE_SYSFLAG_LZ4 : 0) |
                    (is_v6 ? MESSAGE_SYSFLAG_BORN_V6 : 0);
    put->born_timestamp_ms = scenario->start_ms + INT64_C(7) * index;
    make_born_host(prng, is_v6, &put->born_host);
    put->body = message->body.data;
    put->body_size_bytes = message->body.size_bytes;
    put->properties = (const char *)message->properties.data;
    put->properties_size_bytes = message->properties.size_bytes;
    put->wait = phase->wait;
}

int workload_message_make(const struct scenario *scenario, const struct workload *workload,
                          uint64_t seed, uint32_t index, struct workload_message *message)
{
    struct scenario_phase probe;
    struct prng prng;
    const struct scenario_phase *phase = &probe;
    make_probe_phase(&probe);
    prng_init(&prng, seed, index);
    message->phase = index < workload->message_count ? phase_of(scenario, index) : UINT32_MAX;
    if (message->phase != UINT32_MAX) {
        phase = &scenario->phases[message->phase];
    }
    message->rejected = phase->rejected;
    message->topic_index = (uint32_t)prng_below(&prng, scenario->topics);
    workload_topic_name(scenario, message->topic_index, message->topic, sizeof(message->topic));
    size_t size_bytes =
        (size_t)prng_between(&prng, phase->body_size_bytes_min, phase->body_size_bytes_max);
    int r = make_body(&prng, &message->body, size_bytes, phase->compress_lz4);
    if (r < 0) {
        return r;
    }
    r = make_properties(&prng, phase, index, &message->properties);
    if (r < 0) {
        return r;
    }
    fill_message(&prng, scenario, phase, index, message);
    return 0;
}
