/* Judging image after image in one process (explore_judge.h). */
#include "harness/power/explore/explore_judge.h"

#include "harness/drive/protocol.h"
#include "harness/power/disk/image_tree.h"
#include "harness/power/disk/place.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct explore_judge {
    struct rehearse_options options;
    /* Manual services, whatever recorded the trace: what is judged twice must end the same. */
    struct scenario scenario;
    struct shared *shared;
    struct protocol_memory *memory;
    struct protocol_memo *memo;
    bool is_blind;
    const struct disk_observer *outer;
    struct trace *journal;
    uint32_t message_capacity;
};

int explore_judge_new(const struct rehearse_options *options, struct explore_judge **ret_judge,
                      struct err *err)
{
    struct explore_judge *judge = calloc(1, sizeof(*judge));
    if (judge == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    judge->options = *options;
    judge->scenario = *options->scenario;
    judge->scenario.store.services = STORE_SERVICES_MANUAL;
    judge->options.scenario = &judge->scenario;
    judge->message_capacity = options->workload->message_count + WORKLOAD_PROBES;
    judge->memo = protocol_memo_new(options->seed);
    int r = shared_map(judge->message_capacity, &judge->shared, err);
    if (r == 0 && judge->memo == NULL) {
        r = err_set(err, -ENOMEM, "out of memory for the oracle");
    }
    if (r == 0) {
        r = protocol_memory_new(&judge->scenario, options->workload, options->seed, &judge->memory,
                                err);
    }
    if (r < 0) {
        explore_judge_free(judge);
        return r;
    }
    *ret_judge = judge;
    return 0;
}

struct explore_judge *explore_judge_free(struct explore_judge *judge)
{
    if (judge != NULL) {
        judge->memory = protocol_memory_free(judge->memory);
        judge->shared = shared_unmap(judge->shared, judge->message_capacity);
        judge->memo = protocol_memo_free(judge->memo);
        free(judge);
    }
    return NULL;
}

void explore_judge_begin(struct explore_judge *judge, bool is_blind)
{
    protocol_memo_clear(judge->memo);
    judge->is_blind = is_blind;
}

void explore_judge_watch(struct explore_judge *judge, const struct disk_observer *outer,
                         struct trace *journal)
{
    judge->outer = outer;
    judge->journal = journal;
}

const struct judge_report *explore_judge_report(const struct explore_judge *judge)
{
    return &judge->shared->restart.report;
}

uint32_t explore_judge_step(const struct explore_judge *judge)
{
    return judge->shared->restart.step;
}

/* The shared memory as the processes of a case would find it after the crash. */
static void set_shared(struct explore_judge *judge, const struct rehearse_state *state,
                       const struct ledger *ledger)
{
    struct shared *shared = judge->shared;
    memcpy(shared->ledger, ledger, ledger_size_bytes(judge->message_capacity));
    atomic_store(&shared->now_ms, state->now_ms);
    atomic_store(&shared->events, state->events);
    atomic_store(&shared->next_step, state->next_step);
    atomic_store(&shared->enospc_seen, 0);
    shared->round = state->round + 1;
    shared->ledger->round = state->round + 1;
    shared->round_err.text[0] = '\0';
    ledger_begin_round(shared->ledger);
    ending_clear(&shared->ending);
}

uint64_t explore_judge_digest(const struct ending *ending)
{
    size_t length = strlen(ending->detail);
    uint64_t words[4] = {ending->violated, ending->recovered_crc,
                         (uint64_t)ending->found_count << 8 | (uint64_t)ending->outcome,
                         length == 0 ? 0 : XXH3_64bits(ending->detail, length)};
    return XXH3_64bits(words, sizeof(words));
}

static int judge_place(struct explore_judge *judge, const struct rehearse_state *state,
                       const struct ledger *ledger, const struct place *place,
                       struct protocol_memo *memo, struct ending *ret_ending)
{
    struct err err = ERR_INIT;
    struct ending *ending = &judge->shared->ending;
    struct protocol protocol = {
        .scenario = judge->options.scenario,
        .workload = judge->options.workload,
        .seed = judge->options.seed,
        .shared = judge->shared,
        .place = *place,
        .memory = judge->memory,
        .memo = memo,
        .outer = judge->outer,
        .journal = judge->journal,
        .is_memo_blind = judge->is_blind,
        .is_power_loss = !state->is_kill,
        .promised_end = state->promised_end,
        .is_lied = state->is_lied,
    };
    set_shared(judge, state, ledger);
    int r = protocol_run(&protocol, &err);
    if (r < 0) {
        /* A store that never comes to rest has ended, too, with what it broke until then. */
        const struct judge_report *report = &judge->shared->restart.report;
        ending_judge(ending, report->mechanisms, report->first, report->places, "", true);
        ending_fail(ending, r == -ETIMEDOUT ? OUTCOME_HUNG : OUTCOME_HARNESS_BROKEN, 0, err.text);
    }
    if (ending->outcome != OUTCOME_INTACT) {
        ending->sent_count =
            ledger_count_sent(judge->shared->ledger, judge->options.workload->message_count);
    }
    memcpy(ret_ending, ending, offsetof(struct ending, detail) + strlen(ending->detail) + 1);
    return r == -ETIMEDOUT ? 0 : r;
}

int explore_judge_place(struct explore_judge *judge, const struct rehearse_state *state,
                        const struct ledger *ledger, const struct place *place,
                        struct ending *ret_ending)
{
    return judge_place(judge, state, ledger, place, NULL, ret_ending);
}

int explore_judge_run(struct explore_judge *judge, const struct rehearse_state *state,
                      const struct ledger *ledger, struct image *image, bool in_full,
                      struct ending *ret_ending)
{
    struct place place = {.image = image, .dir_fd = -1};
    return judge_place(judge, state, ledger, &place, in_full ? NULL : judge->memo, ret_ending);
}

uint32_t explore_judge_order(const struct rehearsal *rehearsal, struct ending *ret_ending)
{
    struct judge_report report;
    judge_report_clear(&report);
    uint32_t count = rehearse_order(rehearsal, &report);
    if (count > 0) {
        ending_judge(ret_ending, report.mechanisms, report.first, report.places, report.text, true);
    }
    return count;
}

bool explore_judge_break(struct image *image)
{
    static const uint8_t garbage[] = "bytes that nobody ever wrote";
    for (uint32_t i = 0; i < image->entry_count; i++) {
        const struct image_entry *entry = &image->entries[i];
        struct image_content *content = NULL;
        if (!image_tree_is_dir(entry) &&
            image->files[entry->file].content->size_bytes > sizeof(garbage)) {
            return image_tree_own_content(&image->files[entry->file], &content) == 0 &&
                   image_content_write(content, 0, garbage, sizeof(garbage)) >= 0;
        }
    }
    return false;
}
