/* Shrinking a scenario (cut_workload.h). */
#include "harness/shrink/cut_workload.h"

#include "harness/base/number_set.h"
#include "harness/shrink/delta.h"
#include "harness/shrink/replan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PASSES_MAX          6
#define LOG_FILE_SIZE_LEAST 1024u
#define QUEUE_UNITS_LEAST   2u
/* Of each phase, at most, when files are made to roll early. */
#define ROLL_COUNT_MAX 8u
/* What scenario.c asks for around a body, its topic left out. */
#define RECORD_SIZE_BYTES_AROUND 256u
#define TOPIC_SIZE_BYTES_AROUND  8u

struct cut {
    struct trial *trial;
    struct candidate *best;    /* fails */
    struct candidate *next;    /* being tried */
    struct number_set *intact; /* scenarios that failed no more */
    uint32_t phase;            /* that a number belongs to; PHASES_ALL: all of them */
};

#define PHASES_ALL UINT32_MAX

/* A trial begins as a copy of the best so far, which its caller changes. */
static struct scenario *begin(struct cut *cut)
{
    memcpy(cut->next, cut->best, sizeof(*cut->next));
    return &cut->next->scenario;
}

/* How the last torn write of the best was placed: its like in a smaller record is as far from the
 * end. */
static void note_torn(struct cut *cut)
{
    uint64_t sizes[64];
    const struct plan *plan = &cut->best->token.plan;
    int round = plan_last_faulted_round(plan);
    cut->trial->torn_rest_bytes = 0;
    if (round < 0) {
        return;
    }
    const struct plan_round *last = &plan->rounds[round];
    const struct plan_hit hit = last->hits[last->hit_count - 1];
    if (hit.fault.kind != FAULT_TORN && hit.fault.kind != FAULT_SHORT) {
        return;
    }
    memcpy(cut->next, cut->best, sizeof(*cut->next));
    struct plan_round *without = &cut->next->token.plan.rounds[round];
    memset(&without->hits[--without->hit_count], 0, sizeof(without->hits[0]));
    uint32_t count = trial_writes(cut->trial, cut->next, (uint32_t)round, hit.point, sizes, 64);
    if (hit.hit <= count && sizes[hit.hit - 1] > hit.fault.arg) {
        cut->trial->torn_rest_bytes = sizes[hit.hit - 1] - hit.fault.arg;
    }
}

/* Ends a trial: what fails is the best.  Passes come by the same scenario again. */
static bool take(struct cut *cut)
{
    struct err err = ERR_INIT;
    if (trial_is_over(cut->trial) || candidate_settle(cut->next, &err) < 0 ||
        cut->next->scenario.hash24 == cut->best->scenario.hash24) {
        return false;
    }
    uint64_t key = (uint64_t)cut->next->scenario.hash24 << 8 | cut->next->token.plan.round_count;
    if (number_set_add(cut->intact, key) != 1 || !replan_find(cut->trial, cut->next)) {
        return false;
    }
    struct candidate *best = cut->next;
    cut->next = cut->best;
    cut->best = best;
    note_torn(cut);
    return true;
}

static bool is_meant(const struct cut *cut, const struct scenario *scenario, uint32_t phase)
{
    return scenario->phases[phase].kind == SCENARIO_PHASE_PUT &&
           (cut->phase == PHASES_ALL || cut->phase == phase);
}

/* Messages: no phase puts more than this. */
static bool fails_with_count(void *arg, uint64_t count)
{
    struct cut *cut = arg;
    struct scenario *scenario = begin(cut);
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        if (is_meant(cut, scenario, i) && scenario->phases[i].count > count) {
            scenario->phases[i].count = (uint32_t)count;
        }
    }
    return take(cut);
}

static uint32_t largest_count(const struct cut *cut)
{
    const struct scenario *scenario = &cut->best->scenario;
    uint32_t largest = 0;
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        if (is_meant(cut, scenario, i) && scenario->phases[i].count > largest) {
            largest = scenario->phases[i].count;
        }
    }
    return largest;
}

/* Of all phases together, then of each, the last first: what comes late rests on what came before.
 */
static bool cut_counts(struct cut *cut)
{
    uint32_t before = scenario_message_count(&cut->best->scenario);
    cut->phase = PHASES_ALL;
    (void)delta_least(1, largest_count(cut), fails_with_count, cut);
    for (uint32_t i = cut->best->scenario.phase_count; i-- > 0;) {
        cut->phase = i;
        uint32_t count = largest_count(cut);
        if (count > 1) {
            (void)delta_least(1, count, fails_with_count, cut);
        }
    }
    return scenario_message_count(&cut->best->scenario) < before;
}

struct phases {
    struct cut *cut;
    struct scenario *whole;
};

/* A restart that is left out takes its round along when the plan has nothing in it. */
static bool fails_with_phases(void *arg, const bool *kept, size_t count)
{
    struct phases *phases = arg;
    struct scenario *scenario = begin(phases->cut);
    scenario->phase_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept[i]) {
            scenario->phases[scenario->phase_count++] = phases->whole->phases[i];
        }
    }
    if (scenario->phase_count == 0) {
        return false; /* a workload needs a phase */
    }
    memset(&scenario->phases[scenario->phase_count], 0,
           (SCENARIO_PHASES_MAX - scenario->phase_count) * sizeof(scenario->phases[0]));
    return take(phases->cut);
}

static bool cut_phases(struct cut *cut)
{
    bool kept[SCENARIO_PHASES_MAX];
    struct phases phases = {cut, malloc(sizeof(*phases.whole))};
    uint32_t count = cut->best->scenario.phase_count;
    if (phases.whole == NULL) {
        return false;
    }
    *phases.whole = cut->best->scenario;
    memset(kept, 1, sizeof(kept));
    size_t left = delta_minimize(kept, count, fails_with_phases, &phases);
    free(phases.whole);
    return left < count;
}

/* Byte for byte: what lies between the members is 0 in both, or they are not merged. */
static bool are_alike(const struct scenario_phase *a, const struct scenario_phase *b)
{
    struct scenario_phase like = *b;
    like.count = a->count;
    return a->kind == SCENARIO_PHASE_PUT &&
           memcmp((const uint8_t *)a, (const uint8_t *)&like, sizeof(like)) == 0;
}

static void remove_phase(struct scenario *scenario, uint32_t phase)
{
    memmove(&scenario->phases[phase], &scenario->phases[phase + 1],
            (scenario->phase_count - phase - 1) * sizeof(scenario->phases[0]));
    memset(&scenario->phases[--scenario->phase_count], 0, sizeof(scenario->phases[0]));
}

/* Puts that differ in nothing are one phase. */
static bool merge_puts(struct cut *cut)
{
    bool is_less = false;
    for (uint32_t i = cut->best->scenario.phase_count; i-- > 1;) {
        struct scenario *scenario = begin(cut);
        if (are_alike(&scenario->phases[i - 1], &scenario->phases[i])) {
            scenario->phases[i - 1].count += scenario->phases[i].count;
            remove_phase(scenario, i);
            is_less |= take(cut);
        }
    }
    return is_less;
}

/* A round of the plan in which nothing is done, and the restart before it, in one. */
static bool cut_rounds(struct cut *cut)
{
    bool is_less = false;
    for (uint32_t i = cut->best->scenario.phase_count; i-- > 0;) {
        uint32_t round = 0;
        for (uint32_t k = 0; k < i; k++) {
            round += cut->best->scenario.phases[k].kind == SCENARIO_PHASE_RESTART ? 1 : 0;
        }
        struct scenario *scenario = begin(cut);
        struct plan *plan = &cut->next->token.plan;
        if (scenario->phases[i].kind != SCENARIO_PHASE_RESTART || round >= plan->round_count ||
            plan->rounds[round].hit_count + plan->rounds[round].before_count > 0) {
            continue;
        }
        remove_phase(scenario, i);
        memmove(&plan->rounds[round], &plan->rounds[round + 1],
                (plan->round_count - round - 1) * sizeof(plan->rounds[0]));
        memset(&plan->rounds[--plan->round_count], 0, sizeof(plan->rounds[0]));
        is_less |= take(cut);
    }
    return is_less;
}

/* Numbers of the scenario. */
static uint32_t *producers_of(struct scenario *scenario)
{
    return &scenario->producers;
}

static uint32_t *queues_of(struct scenario *scenario)
{
    return &scenario->queues;
}

static uint32_t *topics_of(struct scenario *scenario)
{
    return &scenario->topics;
}

static uint32_t *units_of(struct scenario *scenario)
{
    return &scenario->store.queue_file_units;
}

struct number {
    struct cut *cut;
    uint32_t *(*of)(struct scenario *scenario);
};

static bool fails_with_number(void *arg, uint64_t value)
{
    struct number *number = arg;
    struct scenario *scenario = begin(number->cut);
    *number->of(scenario) = (uint32_t)value;
    return take(number->cut);
}

static bool bring_down(struct cut *cut, uint32_t *(*of)(struct scenario *scenario), uint32_t least)
{
    struct number number = {cut, of};
    uint32_t before = *of(&cut->best->scenario);
    return before > least && delta_least(least, before, fails_with_number, &number) < before;
}

/* The largest body that a record in a log file of this size can have. */
static uint64_t body_that_fits(const struct scenario *scenario, const struct scenario_phase *phase,
                               uint64_t file_size_bytes)
{
    uint64_t around = RECORD_SIZE_BYTES_AROUND + TOPIC_SIZE_BYTES_AROUND +
                      UINT64_C(24) * phase->properties + UINT64_C(16) * phase->keys;
    for (uint32_t i = 0; scenario->has_topic_names && i < scenario->topics; i++) {
        around += strlen(scenario->topic_names[i]);
    }
    return around < file_size_bytes ? file_size_bytes - around : 0;
}

/* What files hold, for a roll after few messages. */
struct filling {
    uint64_t log_file_size_bytes; /* 0: as it is */
    uint32_t records;             /* in each of them */
    uint32_t queue_file_units;    /* 0: as it is */
};

static void fill(struct scenario *scenario, const struct filling *filling, uint32_t count)
{
    if (filling->queue_file_units != 0) {
        scenario->store.queue_file_units = filling->queue_file_units;
    }
    if (filling->log_file_size_bytes != 0) {
        scenario->store.log_file_size_bytes = filling->log_file_size_bytes;
    }
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        struct scenario_phase *phase = &scenario->phases[i];
        if (phase->kind != SCENARIO_PHASE_PUT || phase->rejected) {
            continue;
        }
        if (filling->log_file_size_bytes != 0) {
            phase->body_size_bytes_max =
                body_that_fits(scenario, phase, filling->log_file_size_bytes / filling->records);
            phase->body_size_bytes_min = phase->body_size_bytes_max;
        }
        phase->count = phase->count < count ? phase->count : count;
    }
}

/* Smaller files only for fewer messages: by themselves they make nothing simpler. */
static bool roll_early(struct cut *cut, const struct filling *filling)
{
    uint32_t before = scenario_message_count(&cut->best->scenario);
    cut->phase = PHASES_ALL;
    for (uint32_t count = 1; count < largest_count(cut) && count <= ROLL_COUNT_MAX; count++) {
        struct scenario *scenario = begin(cut);
        fill(scenario, filling, count);
        if (scenario_message_count(scenario) < before && take(cut)) {
            return true;
        }
    }
    return false;
}

static bool cut_files(struct cut *cut)
{
    static const struct filling fillings[] = {
        {.queue_file_units = QUEUE_UNITS_LEAST},
        {.queue_file_units = QUEUE_UNITS_LEAST + 1},
        {.log_file_size_bytes = LOG_FILE_SIZE_LEAST, .records = 1},
        {.log_file_size_bytes = 2 * LOG_FILE_SIZE_LEAST, .records = 2},
        {LOG_FILE_SIZE_LEAST, 1, QUEUE_UNITS_LEAST},
    };
    bool is_less = false;
    for (size_t i = 0; i < sizeof(fillings) / sizeof(fillings[0]); i++) {
        if (cut->best->scenario.base[0] == '\0') {
            is_less |= roll_early(cut, &fillings[i]);
        }
    }
    return is_less;
}

static bool fails_with_file_size(void *arg, uint64_t kibibytes)
{
    struct cut *cut = arg;
    begin(cut)->store.log_file_size_bytes = kibibytes * 1024;
    return take(cut);
}

/* A size that need not be told is simpler than a small one; where it matters, a small one is. */
static bool cut_queue_files(struct cut *cut)
{
    struct number number = {cut, units_of};
    if (cut->best->scenario.base[0] != '\0' ||
        cut->best->scenario.store.queue_file_units == SCENARIO_QUEUE_FILE_UNITS) {
        return false;
    }
    return fails_with_number(&number, SCENARIO_QUEUE_FILE_UNITS) ||
           bring_down(cut, units_of, QUEUE_UNITS_LEAST);
}

static bool cut_log_files(struct cut *cut)
{
    uint64_t kibibytes = cut->best->scenario.store.log_file_size_bytes / 1024;
    uint64_t usual = SCENARIO_LOG_FILE_SIZE_BYTES / 1024;
    if (cut->best->scenario.base[0] != '\0' || kibibytes == usual) {
        return false;
    }
    return fails_with_file_size(cut, usual) ||
           delta_least(1, kibibytes, fails_with_file_size, cut) < kibibytes;
}

/* Of each phase. */
static bool fails_with_body(void *arg, uint64_t size_bytes)
{
    struct cut *cut = arg;
    struct scenario *scenario = begin(cut);
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        struct scenario_phase *phase = &scenario->phases[i];
        if (is_meant(cut, scenario, i) && phase->body_size_bytes_max > size_bytes) {
            phase->body_size_bytes_min = size_bytes;
            phase->body_size_bytes_max = size_bytes;
        }
    }
    return take(cut);
}

static uint64_t largest_body(const struct cut *cut)
{
    const struct scenario *scenario = &cut->best->scenario;
    uint64_t largest = 0;
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        if (is_meant(cut, scenario, i) && scenario->phases[i].body_size_bytes_max > largest) {
            largest = scenario->phases[i].body_size_bytes_max;
        }
    }
    return largest;
}

/* A few sizes that a person would choose, not the least possible one to the byte: that would be
 * another story (a record that just fits) than the one told. */
static bool cut_bodies(struct cut *cut)
{
    static const uint64_t sizes[] = {0, 1, 16, 64, 128, 256, 512, 1024, 2048, 4096};
    bool is_less = false;
    for (uint32_t turn = 0; turn <= cut->best->scenario.phase_count; turn++) {
        cut->phase = turn == 0 ? PHASES_ALL : turn - 1;
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            if (sizes[i] >= largest_body(cut)) {
                break;
            }
            if (fails_with_body(cut, sizes[i])) {
                is_less = true;
                break;
            }
        }
    }
    return is_less;
}

static void make_plain(struct scenario_phase *phase)
{
    phase->tag_count = 0;
    memset(phase->tags, 0, sizeof(phase->tags));
    phase->keys = 0;
    phase->properties = 0;
    phase->compress_lz4 = false;
    if (phase->body_size_bytes_min < phase->body_size_bytes_max) {
        phase->body_size_bytes_min = phase->body_size_bytes_max;
    }
}

static void make_untimed(struct scenario_phase *phase)
{
    phase->every_ms = 0;
}

static void make_waiting(struct scenario_phase *phase)
{
    phase->wait = true;
}

/* Messages without what does not matter: of all phases, or of each. */
static bool simplify(struct cut *cut, void (*make)(struct scenario_phase *phase))
{
    bool is_less = false;
    for (uint32_t turn = 0; turn <= cut->best->scenario.phase_count; turn++) {
        struct scenario *scenario = begin(cut);
        cut->phase = turn == 0 ? PHASES_ALL : turn - 1;
        for (uint32_t i = 0; i < scenario->phase_count; i++) {
            if (is_meant(cut, scenario, i)) {
                make(&scenario->phases[i]);
            }
        }
        bool is_taken = take(cut);
        is_less |= is_taken;
        if (turn == 0 && is_taken) {
            break;
        }
    }
    return is_less;
}

/* Names, addresses and a second record version. */
static bool cut_names(struct cut *cut)
{
    struct scenario *scenario = begin(cut);
    scenario->has_topic_names = false;
    memset(scenario->topic_names, 0, sizeof(scenario->topic_names));
    scenario->hosts = SCENARIO_HOSTS_MIXED;
    scenario->store.message_v2 = false;
    return take(cut);
}

static bool pass(struct cut *cut)
{
    bool is_less = cut_counts(cut);
    is_less |= cut_phases(cut);
    is_less |= cut_rounds(cut);
    is_less |= cut_files(cut);
    is_less |= bring_down(cut, producers_of, 1);
    is_less |= bring_down(cut, queues_of, 1);
    if (!cut->best->scenario.has_topic_names) {
        is_less |= bring_down(cut, topics_of, 1);
    }
    return is_less;
}

static bool cut_details(struct cut *cut)
{
    bool is_less = simplify(cut, make_plain);
    is_less |= simplify(cut, make_waiting);
    is_less |= simplify(cut, make_untimed);
    is_less |= cut_names(cut);
    is_less |= cut_bodies(cut);
    is_less |= merge_puts(cut);
    is_less |= cut_queue_files(cut);
    is_less |= cut_log_files(cut);
    return is_less;
}

int cut_workload_run(struct trial *trial, struct candidate *candidate, struct err *err)
{
    struct cut cut = {trial, malloc(sizeof(*cut.best)), malloc(sizeof(*cut.next)), number_set_new(),
                      PHASES_ALL};
    int r = 0;
    if (cut.best == NULL || cut.next == NULL || cut.intact == NULL) {
        r = err_set(err, -ENOMEM, "out of memory");
        goto out;
    }
    *cut.best = *candidate;
    note_torn(&cut);
    bool is_less = true;
    for (int i = 0; i < PASSES_MAX && is_less && !trial_is_over(trial); i++) {
        is_less = pass(&cut);
        is_less |= cut_details(&cut);
    }
    r = cut.best->scenario.hash24 != candidate->scenario.hash24 ? 1 : 0;
    *candidate = *cut.best;
out:
    free(cut.best);
    free(cut.next);
    number_set_free(cut.intact);
    return r;
}
