/* Scenarios: loading, the checks that need more than one key, switches, the hash of tokens. */
#define XXH_INLINE_ALL
/* gcc -Og refuses what always_inline asks of it. */
#define XXH_NO_INLINE_HINTS 1
#include "harness/scenario/scenario.h"

#include "harness/case/suggest.h"
#include "harness/case/units.h"
#include "harness/scenario/scenario_explore.h"
#include "harness/scenario/scenario_options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#define FILE_SIZE_BYTES_MAX (1u << 20)
/* The oracle restarts a store some more times after the rounds of the workload. */
#define ROUNDS_MAX             (PLAN_ROUNDS_MAX - 2)
#define DEPTH_TWO_MESSAGES_MAX 8
/* What a record has besides body, properties and keys: fixed fields, topic, tags. */
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

/* '*' in `pattern` stands for any characters. */
static bool matches(const char *pattern, const char *name)
{
    const char *star = NULL;
    const char *retry = NULL;
    while (*name != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            retry = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star + 1;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

bool scenario_fault_matches(const struct scenario_fault *fault, enum point point)
{
    return matches(fault->point, point_name(point));
}

bool scenario_fault_strikes(const struct scenario_fault *fault, enum point point, uint32_t hit)
{
    return hit >= fault->when_first && hit <= fault->when_last &&
           (hit - fault->when_first) % fault->when_step == 0 &&
           scenario_fault_matches(fault, point);
}

static bool is_rocketmq(enum quirk_profile profile)
{
    return profile != QUIRK_PROFILE_FIXED;
}

static bool is_dledger_sync(const struct store_options *options)
{
    return options->mode == STORE_MODE_DLEDGER && options->flush == STORE_FLUSH_SYNC;
}

static int check_put(const struct yaml_reader *reader, const struct scenario *scenario,
                     const struct scenario_phase *phase, struct err *err)
{
    const yaml_node_t *place = yaml_reader_place(reader, "workload", "phases");
    uint64_t record_size = RECORD_SIZE_BYTES_AROUND + phase->body_size_bytes_max +
                           UINT64_C(24) * phase->properties + UINT64_C(16) * phase->keys;
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
    return 0;
}

static int check(const struct yaml_reader *reader, const struct scenario *scenario, struct err *err)
{
    int r = check_workload(reader, scenario, err);
    if (r == 0) {
        r = check_plan(reader, scenario, err);
    }
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

__attribute__((format(printf, 2, 3))) static void hash_line(XXH3_state_t *state, const char *format,
                                                            ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (size > 0) {
        XXH3_64bits_update(state, line, (size_t)size < sizeof(line) ? (size_t)size : sizeof(line));
    }
}

static void hash_phase(XXH3_state_t *state, const struct scenario_phase *phase)
{
    hash_line(state, "phase %d %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRId64 "\n", (int)phase->kind,
              phase->count, phase->body_size_bytes_min, phase->body_size_bytes_max,
              phase->every_ms);
    for (uint32_t i = 0; i < phase->tag_count; i++) {
        hash_line(state, "tag %s\n", phase->tags[i]);
    }
    hash_line(state, "%" PRIu32 " %" PRIu32 " %d %d %d %d %" PRId64 " %d\n", phase->keys,
              phase->properties, phase->compress_lz4, phase->wait, phase->rejected,
              (int)phase->service, phase->for_ms, (int)phase->restart);
}

static void hash_fault(XXH3_state_t *state, const struct scenario_fault *row)
{
    hash_line(state, "fault %s %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", row->point, row->when_first,
              row->when_last, row->when_step);
    for (uint32_t i = 0; i < row->fault_count; i++) {
        char text[FAULT_TEXT_SIZE_BYTES];
        fault_print(&row->faults[i], text, sizeof(text));
        hash_line(state, "%s %d\n", text, row->arg_given[i]);
    }
}

static void hash_store(XXH3_state_t *state, const struct store_options *store)
{
    hash_line(state, "store %d %d %d %" PRIu64 " %" PRIu32 " %" PRIu32 " %d\n", (int)store->mode,
              (int)store->flush, (int)store->services, store->log_file_size_bytes,
              store->queue_file_units, store->index_file_units, store->message_v2);
    hash_line(state, "quirks %" PRIx32 " %" PRIx32 "\n", store->quirks.defects,
              store->quirks.guards);
}

static void hash_plan(XXH3_state_t *state, const struct scenario *scenario)
{
    char text[PLAN_TEXT_SIZE_BYTES];
    struct plan_round before;
    memset(&before, 0, sizeof(before));
    memcpy(before.before, scenario->before, sizeof(before.before));
    before.before_count = scenario->before_count;
    plan_round_print(&before, text, sizeof(text));
    hash_line(state, "before ");
    XXH3_64bits_update(state, text, strlen(text));
    plan_print(&scenario->plan, text, sizeof(text));
    hash_line(state, "\nplan %d ", scenario->has_plan);
    XXH3_64bits_update(state, text, strlen(text));
}

/* Only where it applies: the tokens of other scenarios stay what they are. */
static void hash_explore(XXH3_state_t *state, const struct scenario *scenario)
{
    const struct scenario_explore *explore = &scenario->explore;
    if (!scenario->is_explored) {
        return;
    }
    hash_line(state,
              "explore %" PRIx32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32
              " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
              scenario->models, explore->bound, explore->random, explore->nested, explore->kills,
              explore->sync_faults, explore->interleavings, explore->preemptions, explore->rot,
              explore->copies);
}

/* Everything that decides which cases there are and how they run; not what is only said of them
 * (path, summary), nor the seed, which a token has beside the hash. */
static uint32_t hash24_of(const struct scenario *scenario)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    hash_line(&state, "scenario %s %" PRId64 "\n", scenario->name, scenario->start_ms);
    hash_store(&state, &scenario->store);
    hash_line(&state, "workload %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", scenario->topics,
              scenario->queues, scenario->producers);
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        hash_phase(&state, &scenario->phases[i]);
    }
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        hash_fault(&state, &scenario->faults[i]);
    }
    hash_plan(&state, scenario);
    hash_line(&state,
              "\nrest %" PRIu32 " %d %" PRIu64 " %" PRIx64 " %" PRIx64 " %" PRIx32 " %" PRIx32 "\n",
              scenario->depth, scenario->audit_all, scenario->tmpfs_size_bytes, scenario->reached,
              scenario->forbid, scenario->expect, scenario->also);
    hash_explore(&state, scenario);
    for (unsigned point = 0; point < POINT_COUNT; point++) {
        hash_line(&state, "%s\n", point_name((enum point)point));
    }
    return (uint32_t)(XXH3_64bits_digest(&state) & 0xFFFFFF);
}

int scenario_parse(const char *text, size_t text_size_bytes, const char *path,
                   struct scenario *ret_scenario, struct err *err)
{
    struct yaml_reader reader;
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    if (scenario == NULL) {
        return err_set(err, -ENOMEM, "%s: out of memory", path);
    }
    int r = yaml_reader_init(&reader, text, text_size_bytes, path, err);
    if (r < 0) {
        goto out;
    }
    snprintf(scenario->path, sizeof(scenario->path), "%s", path);
    r = scenario_options_read(&reader, scenario, err);
    if (r == 0) {
        r = check(&reader, scenario, err);
    }
    if (r == 0) {
        r = scenario_explore_settle(&reader, scenario, err);
    }
    if (r == 0) {
        scenario->hash24 = hash24_of(scenario);
        *ret_scenario = *scenario;
    }
    yaml_reader_done(&reader);
out:
    free(scenario);
    return r;
}

static int read_file(const char *path, char **ret_text, size_t *ret_size, struct err *err)
{
    int r = 0;
    char *text = NULL;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return err_set(err, -errno, "open '%s': %s", path, strerror(errno));
    }
    text = malloc(FILE_SIZE_BYTES_MAX + 1);
    if (text == NULL) {
        r = err_set(err, -ENOMEM, "read '%s': out of memory", path);
        goto out;
    }
    size_t size = fread(text, 1, FILE_SIZE_BYTES_MAX + 1, file);
    if (ferror(file)) {
        r = err_set(err, -EIO, "read '%s': %s", path, strerror(errno));
    } else if (size > FILE_SIZE_BYTES_MAX) {
        r = err_set(err, ERR_USAGE, "'%s' is over 1 MiB: no scenario", path);
    } else {
        *ret_text = text;
        *ret_size = size;
        text = NULL;
    }
out:
    free(text);
    (void)fclose(file); /* it was only read */
    return r;
}

int scenario_load(const char *path, struct scenario *ret_scenario, struct err *err)
{
    char *text = NULL;
    size_t size = 0;
    int r = read_file(path, &text, &size, err);
    if (r == 0) {
        r = scenario_parse(text, size, path, ret_scenario, err);
    }
    free(text);
    return r;
}

#define IS_SYNC(op) (POINT_OP_##op == POINT_OP_SYNC || POINT_OP_##op == POINT_OP_SYNC_DIR)

static int unknown_switch(const char *word, struct err *err)
{
    static const char *const words[] = {
#define X(id, name, ...) name,
        QUIRK_PROFILE_MAP(X) QUIRK_DEFECT_MAP(X)
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
    enum point point = point_find(name);
    if (point == POINT_COUNT) {
        return err_set(err, ERR_USAGE, "switch 'skip/%.64s': there is no such point%s", name,
                       suggest_phrase(name, names, POINT_COUNT, hint, sizeof(hint)));
    }
    if (names[point][0] == '\0') {
        return err_set(err, ERR_USAGE,
                       "switch 'skip/%.64s': only a sync can be skipped, this is a %s%s", name,
                       point_op_name(point_op(point)),
                       suggest_phrase(name, names, POINT_COUNT, hint, sizeof(hint)));
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

/* One row: "store.log_file_size: size, 1KiB to 1GiB, default 64KiB\n  help\n". */
static int print_row(const struct scenario_option *row, char *text, size_t text_size_bytes)
{
    const char *section = scenario_options_section_name(row->section);
    return snprintf(text, text_size_bytes, "%s%s%s: %s%s%s, %s%s\n  %s\n", section,
                    *section == '\0' ? "" : ".", row->key, row->type,
                    *row->range == '\0' ? "" : ", ", row->range,
                    *row->fallback == '\0' ? "required where it has a meaning" : "default ",
                    row->fallback, row->help);
}

bool scenario_explain_row(size_t index, char *text, size_t text_size_bytes)
{
    struct scenario_option row;
    if (index >= scenario_options_count()) {
        return false;
    }
    scenario_options_row(index, &row);
    print_row(&row, text, text_size_bytes);
    return true;
}

static bool is_called(const struct scenario_option *row, const char *word)
{
    char name[96];
    const char *section = scenario_options_section_name(row->section);
    int size = (int)strcspn(section, "[");
    snprintf(name, sizeof(name), "%.*s.%s", size, section, row->key);
    return strcmp(row->key, word) == 0 || strcmp(name, word) == 0;
}

bool scenario_explain(const char *word, char *text, size_t text_size_bytes)
{
    const char *keys[128];
    struct scenario_option row;
    size_t key_count = 0;
    size_t used = 0;
    for (size_t i = 0; i < scenario_options_count(); i++) {
        scenario_options_row(i, &row);
        if (key_count < sizeof(keys) / sizeof(keys[0])) {
            keys[key_count++] = row.key;
        }
        if (is_called(&row, word) && used < text_size_bytes) {
            int size = print_row(&row, text + used, text_size_bytes - used);
            used += size > 0 ? (size_t)size : 0;
        }
    }
    if (used == 0) {
        char hint[96];
        snprintf(text, text_size_bytes, "no key of scenarios is called '%.64s'%s", word,
                 suggest_phrase(word, keys, key_count, hint, sizeof(hint)));
    }
    return used > 0;
}
