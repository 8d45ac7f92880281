/* A small workload, a ledger in which all of it is acknowledged, and a store made for it. */
#ifndef HARNESS_ORACLE_RULES_TESTS_JUDGE_FIXTURE_H
#define HARNESS_ORACLE_RULES_TESTS_JUDGE_FIXTURE_H

#include "harness/oracle/rules/judge.h"
#include "harness/testkit/storemaker.h"

#include <stdlib.h>
#include <string.h>

#define FIXTURE_MESSAGES  16u
#define FIXTURE_TOPICS    2u
#define FIXTURE_QUEUES    2u
#define FIXTURE_SEED      UINT64_C(0x5eed)
#define FIXTURE_START_MS  INT64_C(1767225600000)
#define FIXTURE_LATEST_MS (FIXTURE_START_MS + INT64_C(3600000)) /* that the clock has shown */
#define FIXTURE_LOG_BYTES 1024u
#define FIXTURE_UNITS     8u

struct fixture {
    struct scenario scenario;
    struct workload workload;
    struct workload_message messages[FIXTURE_MESSAGES + WORKLOAD_PROBES];
    struct ledger *ledger;
    struct storemaker maker;
    struct judge_state *state;
    struct judge_report report;
    struct storemaker_record places[FIXTURE_MESSAGES + WORKLOAD_PROBES];
    struct judge_context context;
};

static inline int64_t fixture_tags(const struct workload_message *message)
{
    /* The only tags are single ASCII letters, whose hash is the letter. */
    const char *text = (const char *)message->properties.data;
    for (size_t i = 0; i + 6 <= message->properties.size_bytes; i++) {
        if (memcmp(text + i, "TAGS\001", 5) == 0) {
            return text[i + 5];
        }
    }
    return 0;
}

static inline struct storemaker_message fixture_message(const struct fixture *fixture,
                                                        uint32_t index)
{
    const struct workload_message *made = &fixture->messages[index];
    const struct store_message *message = &made->message;
    return (struct storemaker_message){
        .topic = made->topic,
        .queue_id = message->queue_id,
        .flag = message->flag,
        .sys_flag = message->sys_flag & ~0x30,
        .queue_offset = -1,
        .born_timestamp_ms = message->born_timestamp_ms,
        .store_timestamp_ms = FIXTURE_START_MS + 1000 * (int64_t)index,
        .born_address = message->born_host.address,
        .born_address_size = message->born_host.address_size_bytes,
        .born_port = message->born_host.port,
        .reconsume_times = message->reconsume_times,
        .prepared_transaction_offset = message->prepared_transaction_offset,
        .body = message->body,
        .body_size_bytes = message->body_size_bytes,
        .properties = message->properties,
        .properties_size_bytes = message->properties_size_bytes,
        .tags_code = fixture_tags(made),
        /* Probes are put by another start of the store. */
        .entry_term = index < FIXTURE_MESSAGES ? 1 : 2,
    };
}

static inline void fixture_put(struct fixture *fixture, uint32_t index)
{
    struct storemaker_message message = fixture_message(fixture, index);
    fixture->places[index] = storemaker_put(&fixture->maker, &message);
}

static inline void fixture_acknowledge(struct fixture *fixture, uint32_t index)
{
    const struct storemaker_record *place = &fixture->places[index];
    const struct store_put_result result = {
        .status = STORE_PUT_OK,
        .queue_offset = place->queue_offset,
        .physical_offset = place->offset,
        .size_bytes = place->size_bytes,
        .store_timestamp_ms = FIXTURE_START_MS + 1000 * (int64_t)index,
    };
    ledger_note_sent(fixture->ledger, index);
    ledger_note_done(fixture->ledger, index, &result);
}

static inline void fixture_scenario(struct scenario *scenario, bool is_dledger)
{
    memset(scenario, 0, sizeof *scenario);
    scenario->points = &points_engine;
    scenario->start_ms = FIXTURE_START_MS;
    scenario->store.mode = is_dledger ? STORE_MODE_DLEDGER : STORE_MODE_COMMITLOG;
    scenario->store.flush = STORE_FLUSH_SYNC;
    scenario->store.log_file_size_bytes = FIXTURE_LOG_BYTES;
    scenario->store.queue_file_units = FIXTURE_UNITS;
    scenario->store.quirks = quirk_of_profile(QUIRK_PROFILE_FIXED);
    scenario->topics = FIXTURE_TOPICS;
    scenario->queues = FIXTURE_QUEUES;
    scenario->phase_count = 1;
    struct scenario_phase *phase = &scenario->phases[0];
    phase->kind = SCENARIO_PHASE_PUT;
    phase->count = FIXTURE_MESSAGES;
    phase->body_size_bytes_min = 40;
    phase->body_size_bytes_max = 120;
    phase->keys = 1;
    phase->properties = 1;
    phase->wait = true;
    phase->tag_count = 2;
    strcpy(phase->tags[0], "a");
    strcpy(phase->tags[1], "b");
}

/* The good store: all messages put and acknowledged, each queue's offset committed to its max. */
static inline void fixture_init(struct fixture *fixture, bool is_dledger)
{
    memset(fixture, 0, sizeof *fixture);
    fixture_scenario(&fixture->scenario, is_dledger);
    if (workload_make(&fixture->scenario, &fixture->workload, NULL) != 0) {
        abort();
    }
    uint32_t count = FIXTURE_MESSAGES + WORKLOAD_PROBES;
    fixture->ledger = calloc(1, ledger_size_bytes(count));
    fixture->state = judge_state_new();
    if (fixture->ledger == NULL || fixture->state == NULL) {
        abort();
    }
    ledger_reset(fixture->ledger, &fixture->scenario, count, FIXTURE_SEED);
    ledger_note_time(fixture->ledger, FIXTURE_LATEST_MS);
    fixture->maker.is_dledger = is_dledger;
    fixture->maker.with_crc = true;
    fixture->maker.log_file_size_bytes = FIXTURE_LOG_BYTES;
    fixture->maker.queue_file_units = FIXTURE_UNITS;
    storemaker_init(&fixture->maker);
    for (uint32_t i = 0; i < count; i++) {
        workload_message_init(&fixture->messages[i]);
        if (workload_message_make(&fixture->scenario, &fixture->workload, FIXTURE_SEED, i,
                                  &fixture->messages[i]) != 0) {
            abort();
        }
    }
    for (uint32_t i = 0; i < FIXTURE_MESSAGES; i++) {
        fixture_put(fixture, i);
        fixture_acknowledge(fixture, i);
    }
    fixture->context = (struct judge_context){.scenario = &fixture->scenario,
                                              .workload = &fixture->workload,
                                              .ledger = fixture->ledger,
                                              .seed = FIXTURE_SEED};
}

static inline void fixture_done(struct fixture *fixture)
{
    for (uint32_t i = 0; i < FIXTURE_MESSAGES + WORKLOAD_PROBES; i++) {
        workload_message_done(&fixture->messages[i]);
    }
    workload_done(&fixture->workload);
    storemaker_done(&fixture->maker);
    judge_state_free(fixture->state);
    free(fixture->ledger);
}

/* Reads and judges the store as it is now. */
static inline int fixture_judge(struct fixture *fixture)
{
    struct view view = storemaker_view(&fixture->maker);
    int r = judge_read(fixture->state, &view, &fixture->scenario.store, NULL);
    judge_report_clear(&fixture->report);
    if (r == 0) {
        judge_check(&fixture->context, fixture->state, &fixture->report);
    }
    return r;
}

#endif
