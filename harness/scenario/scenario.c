/* Scenarios: loading, the checks that need more than one key, switches. */
#include "harness/scenario/scenario.h"

#include "harness/base/input_file.h"
#include "harness/base/suggest.h"
#include "harness/base/units.h"
#include "harness/scenario/scenario_base.h"
#include "harness/scenario/scenario_explore.h"
#include "harness/scenario/scenario_hash.h"
#include "harness/scenario/scenario_options.h"
#include "harness/scenario/scenario_target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDING              ".yaml"
#define FILE_SIZE_BYTES_MAX (1u << 20)
/* The oracle restarts a store some more times after the rounds of the workload. */
#define ROUNDS_MAX             (PLAN_ROUNDS_MAX - 2)
#define DEPTH_TWO_MESSAGES_MAX 8
/* What a record has besides body, properties, keys and named topics: fixed fields, topic, tags. */
#define RECORD_SIZE_BYTES_AROUND 256

uint32_t scenario_message_count(const struct scenario *scenario)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        if (scenario->phases[i].kind == SCENARIO_PHASE_PUT) {
            count += scenario->phases[i].count;
        }
    }
    return count;
}

uint32_t scenario_round_count(const struct scenario *scenario)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        count += scenario->phases[i].kind == SCENARIO_PHASE_RESTART ? 1 : 0;
    }
    return count;
}

/* The profiles that stand for a release; their defects are what that release does. */
static bool is_rocketmq(enum quirk_profile profile)
{
    return profile != QUIRK_PROFILE_FIXED;
}

static bool is_dledger_sync(const struct store_options *options)
{
    return options->mode == STORE_MODE_DLEDGER && options->flush == STORE_FLUSH_SYNC;
}

static uint64_t longest_topic_size(const struct scenario *scenario)
{
    size_t longest = 0;
    for (uint32_t i = 0; scenario->has_topic_names && i < scenario->topics; i++) {
        size_t size = strlen(scenario->topic_names[i]);
        longest = size > longest ? size : longest;
    }
    return longest;
}

/* A record that no log file can hold would be refused by the store at every put, and the scenario
 * would test nothing. */
static int check_put(const struct yaml_reader *reader, const struct scenario *scenario,
                     const struct scenario_phase *phase, struct err *err)
{
    const yaml_node_t *place = yaml_reader_place(reader, "workload", "phases");
    uint64_t record_size = RECORD_SIZE_BYTES_AROUND + longest_topic_size(scenario) +
                           phase->body_size_bytes_max + UINT64_C(24) * phase->properties +
                           UINT64_C(16) * phase->keys;
    uint32_t number = (uint32_t)(phase - scenario->phases);
    place = yaml_reader_item(reader, place, number);
    if (phase->rejected) {
        if (phase->body_size_bytes_min <= STORE_BODY_SIZE_BYTES_MAX &&
            phase->body_size_bytes_max > STORE_BODY_SIZE_BYTES_MAX) {
            return yaml_reader_error(reader, place, err,
                                     "a rejected body is over 4MiB always or never");
        }
        return 0;
    }
    if (phase->body_size_bytes_max > STORE_BODY_SIZE_BYTES_MAX) {
        return yaml_reader_error(reader, place, err,
                                 "a body over 4MiB is refused: say 'rejected: true'");
    }
    if (record_size > scenario->store.log_file_size_bytes) {
        return yaml_reader_error(reader, place, err,
                                 "records of up to %" PRIu64
                                 " bytes do not fit a log file of %" PRIu64,
                                 record_size, scenario->store.log_file_size_bytes);
    }
    return 0;
}

/* Messages, rounds and sizes are sums over phases: no single key is at fault, so the list of phases
 * is pointed at. */
static int check_workload(const struct yaml_reader *reader, const struct scenario *scenario,
                          struct err *err)
{
    const yaml_node_t *place = yaml_reader_place(reader, "workload", "phases");
    uint64_t messages = 0;
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        const struct scenario_phase *phase = &scenario->phases[i];
        if (phase->kind != SCENARIO_PHASE_PUT) {
            continue;
        }
        messages += phase->count;
        int r = check_put(reader, scenario, phase, err);
        if (r < 0) {
            return r;
        }
    }
    if (messages > SCENARIO_MESSAGES_MAX) {
        return yaml_reader_error(reader, place, err, "%" PRIu64 " messages, at most %d", messages,
                                 SCENARIO_MESSAGES_MAX);
    }
    if (scenario_round_count(scenario) > ROUNDS_MAX) {
        return yaml_reader_error(reader, place, err, "%" PRIu32 " rounds, at most %d",
                                 scenario_round_count(scenario), ROUNDS_MAX);
    }
    return 0;
}

/* The text of a plan must fit a token, whose last and longest part it is. */
static int check_plan(const struct yaml_reader *reader, const struct scenario *scenario,
                      struct err *err)
{
    if (!scenario->has_plan) {
        return 0;
    }
    if (scenario->fault_count > 0 || scenario->before_count > 0) {
        return yaml_reader_error(reader, yaml_reader_place(reader, NULL, "plan"), err,
                                 "'plan' stands instead of 'faults' and 'before'");
    }
    struct err own = ERR_INIT;
    if (plan_check_size(&scenario->plan, scenario->points, &own) < 0) {
        return yaml_reader_error(reader, yaml_reader_place(reader, NULL, "plan"), err, "%s",
                                 own.text);
    }
    return 0;
}

/* A row whose points only a store of the other mode has would plan nothing. */
static int check_modes(const struct yaml_reader *reader, const struct scenario *scenario,
                       struct err *err)
{
    const yaml_node_t *rows = yaml_reader_place(reader, NULL, "faults");
    bool is_dledger = scenario->store.mode == STORE_MODE_DLEDGER;
    for (uint32_t i = 0; scenario->points == &points_engine && i < scenario->fault_count; i++) {
        if (!scenario_fault_is_of_mode(&scenario->faults[i], scenario->points,
                                       scenario->store.mode)) {
            return yaml_reader_error(
                reader, yaml_reader_item(reader, rows, i), err,
                "'%s' is of the mode %s, this store's is %s", scenario->faults[i].point,
                is_dledger ? "commitlog" : "dledger", is_dledger ? "dledger" : "commitlog");
        }
    }
    return 0;
}

/* The target first: what follows asks its table of points. */
static int check(const struct yaml_reader *reader, const struct scenario *scenario, struct err *err)
{
    int r = scenario->points == &points_engine
                ? 0
                : scenario_target_check(scenario, scenario->target, reader, err);
    if (r < 0) {
        return r;
    }
    r = check_workload(reader, scenario, err);
    if (r < 0) {
        return r;
    }
    r = check_plan(reader, scenario, err);
    if (r < 0) {
        return r;
    }
    r = check_modes(reader, scenario, err);
    if (r < 0) {
        return r;
    }
    if (is_rocketmq(scenario->profile) && is_dledger_sync(&scenario->store)) {
        return yaml_reader_error(reader, yaml_reader_place(reader, "store", "profile"), err,
                                 "RocketMQ ignores the flush mode in DLedger: a rocketmq profile "
                                 "needs 'flush: async' there");
    }
    if (scenario->depth == 2 && scenario_message_count(scenario) > DEPTH_TWO_MESSAGES_MAX) {
        return yaml_reader_error(reader, yaml_reader_place(reader, NULL, "depth"), err,
                                 "depth 2 is for at most %d messages, this has %" PRIu32,
                                 DEPTH_TWO_MESSAGES_MAX, scenario_message_count(scenario));
    }
    return 0;
}

/* What a file that says nothing of a key means; the rows of scenario_options.c tell people the
 * same. */
static void set_defaults(struct scenario *scenario)
{
    scenario->points = &points_engine;
    memcpy(scenario->target, "engine", sizeof("engine"));
    scenario->start_ms = SCENARIO_START_MS;
    scenario->store.log_file_size_bytes = SCENARIO_LOG_FILE_SIZE_BYTES;
    scenario->store.queue_file_units = SCENARIO_QUEUE_FILE_UNITS;
    scenario->store.index_file_units = SCENARIO_INDEX_FILE_UNITS;
    scenario->topics = 1;
    scenario->queues = 1;
    scenario->producers = 1;
    scenario->depth = 1;
    scenario->explore = SCENARIO_EXPLORE_DEFAULT;
}

/* What a scenario is explored under follows from its rows and its plan, so it is settled last, and
 * the hash is of the settled struct. */
static int read_whole(const struct yaml_reader *reader, const char *base_path,
                      struct scenario *scenario, struct err *err)
{
    set_defaults(scenario);
    int r = scenario_options_read(reader, scenario, err);
    if (r < 0) {
        return r;
    }
    r = scenario_base_settle(reader, base_path, scenario, err);
    if (r < 0) {
        return r;
    }
    r = check(reader, scenario, err);
    if (r < 0) {
        return r;
    }
    r = scenario_explore_settle(reader, scenario, err);
    if (r < 0) {
        return r;
    }
    scenario->hash24 = scenario_hash(scenario);
    return 0;
}

/* Read into a struct of its own: a caller's scenario stays what it was when the text is wrong. */
static int parse(const struct yaml_reader *reader, const char *base_path,
                 struct scenario *ret_scenario, struct err *err)
{
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    if (scenario == NULL) {
        return err_set(err, -ENOMEM, "%s: out of memory", reader->path);
    }
    snprintf(scenario->path, sizeof(scenario->path), "%s", reader->path);
    int r = read_whole(reader, base_path, scenario, err);
    if (r == 0) {
        *ret_scenario = *scenario;
    }
    free(scenario);
    return r;
}

int scenario_parse(const char *text, size_t text_size_bytes, const char *path,
                   struct scenario *ret_scenario, struct err *err)
{
    return scenario_parse_over(text, text_size_bytes, path, NULL, ret_scenario, err);
}

int scenario_parse_over(const char *text, size_t text_size_bytes, const char *path,
                        const char *base_path, struct scenario *ret_scenario, struct err *err)
{
    struct yaml_reader reader;
    int r = yaml_reader_init(&reader, text, text_size_bytes, path, err);
    if (r < 0) {
        return r;
    }
    r = parse(&reader, base_path, ret_scenario, err);
    yaml_reader_done(&reader);
    return r;
}

/* Checks that a run does without: it notes the one, and fails by the other when all is over. */
static int lint(const struct yaml_reader *reader, const struct scenario *scenario, struct err *err)
{
    char name[TOKEN_NAME_SIZE_BYTES];
    if (strcmp(scenario_file_name(reader->path, name), scenario->name) != 0) {
        return yaml_reader_error(reader, yaml_reader_place(reader, NULL, "name"), err,
                                 "the scenario is called '%s' and its file '%s': tokens begin with "
                                 "the name, and find the file by it",
                                 scenario->name, name);
    }
    if (scenario->fault_count == 0 && !scenario->has_plan) {
        return yaml_reader_error(reader, yaml_reader_place(reader, NULL, "faults"), err,
                                 "neither 'faults' nor 'plan': no fault would be tried; such as "
                                 "faults: [ { point: \"*\", fault: [kill] } ]");
    }
    return 0;
}

int scenario_lint(const char *text, size_t text_size_bytes, const char *path,
                  struct scenario *ret_scenario, struct err *err)
{
    struct yaml_reader reader;
    int r = yaml_reader_init(&reader, text, text_size_bytes, path, err);
    if (r < 0) {
        return r;
    }
    r = parse(&reader, NULL, ret_scenario, err);
    if (r == 0) {
        r = lint(&reader, ret_scenario, err);
    }
    yaml_reader_done(&reader);
    return r;
}

const char *scenario_file_name(const char *path, char name[TOKEN_NAME_SIZE_BYTES])
{
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    size_t length = strlen(base);
    if (length > strlen(ENDING) && strcmp(base + length - strlen(ENDING), ENDING) == 0) {
        length -= strlen(ENDING);
    }
    if (length >= TOKEN_NAME_SIZE_BYTES) {
        length = TOKEN_NAME_SIZE_BYTES - 1;
    }
    memcpy(name, base, length);
    name[length] = '\0';
    return name;
}

int scenario_read_file(const char *path, char **ret_text, size_t *ret_size, struct err *err)
{
    return input_file_read(path, FILE_SIZE_BYTES_MAX, ret_text, ret_size, err);
}

int scenario_load(const char *path, struct scenario *ret_scenario, struct err *err)
{
    char *text = NULL;
    size_t size = 0;
    int r = scenario_read_file(path, &text, &size, err);
    if (r == 0) {
        r = scenario_parse(text, size, path, ret_scenario, err);
    }
    free(text);
    return r;
}

/* A plan names points, which are indexes of the other target's table: it cannot be carried over.
 * Fault rows have patterns, and are matched again; what cannot be is left out. */
int scenario_set_target(struct scenario *scenario, const char *target, struct err *err)
{
    const struct points *points = points_of(target);
    if (points == NULL) {
        return err_set(err, ERR_USAGE,
                       "'%.64s' is no target: expected engine, program:NAME or "
                       "real-VERSION",
                       target);
    }
    target = points == &points_engine ? "engine" : target;
    if (strcmp(scenario->target, target) == 0) {
        return 0;
    }
    int r = points == &points_engine ? 0 : scenario_target_check(scenario, target, NULL, err);
    if (r < 0) {
        return r;
    }
    if (scenario->has_plan && points != scenario->points) {
        return err_set(err, ERR_USAGE, "'plan' names points of the target '%s', this is '%s'",
                       scenario->target, target);
    }
    r = scenario_target_adapt(scenario, target, err);
    if (r < 0) {
        return r;
    }
    scenario->points = points;
    snprintf(scenario->target, sizeof(scenario->target), "%s", target);
    scenario->hash24 = scenario_hash(scenario);
    return 0;
}

#define IS_SYNC(op) (POINT_OP_##op == POINT_OP_SYNC || POINT_OP_##op == POINT_OP_SYNC_DIR)

/* Every word that could have been meant is a candidate; points that cannot be skipped are not,
 * which the empty string stands for. */
static int unknown_switch(const char *word, struct err *err)
{
    static const char *const words[] = {
#define X(id, name, ...) name,
        QUIRK_PROFILE_MAP(X)
#undef X
#define X(id, name) name,
            QUIRK_DEFECT_MAP(X)
#undef X
#define X(id, name, ...) ("no-" name),
                QUIRK_GUARD_MAP(X)
#undef X
#define X(id, name, op, ...) (IS_SYNC(op) ? "skip/" name : ""),
                    POINT_MAP(X)
#undef X
    };
    char hint[96];
    return err_set(
        err, ERR_USAGE,
        "unknown switch '%.64s': expected a profile, DEFECT, DEFECT.bare, no-GUARD, "
        "skip/POINT or weave/N%s",
        word, suggest_phrase(word, words, sizeof(words) / sizeof(words[0]), hint, sizeof(hint)));
}

/* The sync at this point returns 0 and does nothing. */
static int apply_skip(struct scenario *scenario, const char *name, struct err *err)
{
    static const char *const names[] = {
#define X(id, name, op, ...) (IS_SYNC(op) ? name : ""),
        POINT_MAP(X)
#undef X
    };
    char hint[96];
    uint32_t point = points_find(&points_engine, name);
    if (point == POINTS_NONE) {
        return err_set(err, ERR_USAGE, "switch 'skip/%.64s': there is no such point%s", name,
                       suggest_phrase(name, names, points_engine.count, hint, sizeof(hint)));
    }
    if (names[point][0] == '\0') {
        return err_set(err, ERR_USAGE,
                       "switch 'skip/%.64s': only a sync can be skipped, this is a %s%s", name,
                       points_op_name(&points_engine, point),
                       suggest_phrase(name, names, points_engine.count, hint, sizeof(hint)));
    }
    scenario->skipped[point / 64] |= UINT64_C(1) << (point % 64);
    return 0;
}

/* Services run inside each other's disk calls, as this seed has them. */
static int apply_weave(struct scenario *scenario, const char *number, struct err *err)
{
    uint64_t weave = 0;
    if (!units_parse_count(number, UINT32_MAX, &weave) || weave == 0) {
        return err_set(err, ERR_USAGE, "switch 'weave/%.32s': expected a number from 1", number);
    }
    scenario->weave = weave;
    return 0;
}

/* It replaces whatever was said of quirks before, by the file or a switch: a defect or guard counts
 * only behind it. */
static int apply_profile(struct scenario *scenario, enum quirk_profile profile, struct err *err)
{
    if (is_rocketmq(profile) && is_dledger_sync(&scenario->store)) {
        return err_set(err, ERR_USAGE,
                       "profile '%s': RocketMQ ignores the flush mode in DLedger, and scenario "
                       "'%s' has 'flush: sync'",
                       quirk_profile_row(profile)->name, scenario->name);
    }
    scenario->profile = profile;
    scenario->store.quirks = quirk_of_profile(profile);
    return 0;
}

/* The hash is not made again: a token has its switches beside the hash, so one scenario has one. */
int scenario_apply_switch(struct scenario *scenario, const char *word, struct err *err)
{
    static const char bare[] = ".bare";
    static const char skip[] = "skip/";
    static const char weave[] = "weave/";
    char name[TOKEN_SWITCH_SIZE_BYTES];
    struct quirk_set *quirks = &scenario->store.quirks;
    size_t size = strlen(word);
    if (size >= sizeof(name)) {
        return unknown_switch(word, err);
    }
    if (scenario->points != &points_engine) {
        return err_set(err, ERR_USAGE,
                       "switch '%s': only the target 'engine' has any, this is '%s'", word,
                       scenario->target);
    }
    enum quirk_profile profile = quirk_find_profile(word);
    if (profile != QUIRK_PROFILE_COUNT) {
        return apply_profile(scenario, profile, err);
    }
    if (strncmp(word, "no-", 3) == 0 && quirk_find_guard(word + 3) != QUIRK_GUARD_COUNT) {
        quirks->guards &= ~(UINT32_C(1) << quirk_find_guard(word + 3));
        return 0;
    }
    if (strncmp(word, skip, strlen(skip)) == 0) {
        return apply_skip(scenario, word + strlen(skip), err);
    }
    if (strncmp(word, weave, strlen(weave)) == 0) {
        return apply_weave(scenario, word + strlen(weave), err);
    }
    memcpy(name, word, size + 1);
    bool is_bare = size > strlen(bare) && strcmp(name + size - strlen(bare), bare) == 0;
    if (is_bare) {
        name[size - strlen(bare)] = '\0';
    }
    enum quirk_defect defect = quirk_find_defect(name);
    if (defect == QUIRK_DEFECT_COUNT) {
        return unknown_switch(word, err);
    }
    quirk_plant(quirks, defect, is_bare);
    return 0;
}

bool scenario_is_rehearsed(const struct scenario *scenario, const struct plan *plan)
{
    for (uint32_t i = 0; i < POINTS_MAX; i++) {
        if (scenario_skips(scenario, i)) {
            return true;
        }
    }
    return scenario->weave != 0 || plan_is_explored(plan);
}
