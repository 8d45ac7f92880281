/* A scenario struct as YAML, by libyaml's emitter: it knows what must be quoted. */
#include "harness/scenario/scenario_print.h"

#include "harness/base/units.h"
#include "harness/case/property.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/scenario_options.h"
#include "store/base/names.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <yaml.h>

/* The first failure is kept, and nothing is written behind it. */
struct sink {
    yaml_emitter_t emitter;
    int r;
};

enum layout { LAYOUT_LINES, LAYOUT_INLINE };

static void emit(struct sink *sink, yaml_event_t *event, int is_made)
{
    if (sink->r < 0 || is_made == 0) {
        sink->r = sink->r < 0 ? sink->r : -ENOMEM;
        return;
    }
    if (yaml_emitter_emit(&sink->emitter, event) == 0) {
        sink->r = sink->emitter.error == YAML_MEMORY_ERROR ? -ENOMEM : -EIO;
    }
}

/* An event that is made and not emitted would leak, so none is made after a failure. */
#define EMIT(sink, made)                  \
    do {                                  \
        yaml_event_t event;               \
        if ((sink)->r == 0) {             \
            emit((sink), &event, (made)); \
        }                                 \
    } while (0)

static void put_text(struct sink *sink, const char *text)
{
    EMIT(sink, yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                            (int)strlen(text), 1, 1, YAML_ANY_SCALAR_STYLE));
}

__attribute__((format(printf, 3, 4))) static void put_value(struct sink *sink, const char *key,
                                                            const char *format, ...)
{
    char text[PLAN_TEXT_SIZE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (key != NULL) {
        put_text(sink, key);
    }
    put_text(sink, text);
}

static void begin_map(struct sink *sink, enum layout layout)
{
    EMIT(sink, yaml_mapping_start_event_initialize(
                   &event, NULL, NULL, 1,
                   layout == LAYOUT_INLINE ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE));
}

static void end_map(struct sink *sink)
{
    EMIT(sink, yaml_mapping_end_event_initialize(&event));
}

static void begin_list(struct sink *sink, const char *key, enum layout layout)
{
    put_text(sink, key);
    EMIT(sink, yaml_sequence_start_event_initialize(
                   &event, NULL, NULL, 1,
                   layout == LAYOUT_INLINE ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE));
}

static void end_list(struct sink *sink)
{
    EMIT(sink, yaml_sequence_end_event_initialize(&event));
}

static void put_count(struct sink *sink, const char *key, uint64_t value, uint64_t fallback)
{
    if (value != fallback) {
        put_value(sink, key, "%" PRIu64, value);
    }
}

static void put_size(struct sink *sink, const char *key, uint64_t value, uint64_t fallback)
{
    char text[32];
    if (value != fallback) {
        units_print_size(value, text, sizeof(text));
        put_value(sink, key, "%s", text);
    }
}

static void put_duration(struct sink *sink, const char *key, int64_t value)
{
    char text[32];
    units_print_duration(value, text, sizeof(text));
    put_value(sink, key, "%s", text);
}

static void put_flag(struct sink *sink, const char *key, bool value, bool fallback)
{
    if (value != fallback) {
        put_value(sink, key, "%s", value ? "true" : "false");
    }
}

static void put_word(struct sink *sink, enum scenario_options_section section, const char *key,
                     uint32_t value)
{
    put_value(sink, key, "%s", scenario_options_word(section, key, value));
}

/* A list of the words whose bits are set; nothing when there is none. */
static void put_bits(struct sink *sink, const char *key, uint64_t bits, const char *const *words,
                     size_t word_count)
{
    if (bits == 0) {
        return;
    }
    begin_list(sink, key, LAYOUT_INLINE);
    for (size_t i = 0; i < word_count; i++) {
        if ((bits >> i & 1) != 0) {
            put_text(sink, words[i]);
        }
    }
    end_list(sink);
}

/* What is on besides the profile's.  A defect that is named plainly switches its guards off; where
 * one of them is on all the same, it was planted bare, and those that are off are named. */
static void put_quirks(struct sink *sink, const struct scenario *scenario)
{
    static const char *const guard_names[] = {QUIRK_GUARD_MAP(NAMES_NAME)};
    const struct quirk_set *quirks = &scenario->store.quirks;
    struct quirk_set said = quirk_of_profile(scenario->profile);
    uint64_t planted = quirks->defects & ~said.defects;
    if (scenario->profile != QUIRK_PROFILE_FIXED) {
        put_value(sink, "profile", "%s", quirk_profile_row(scenario->profile)->name);
    }
    if (planted != 0) {
        begin_list(sink, "defects", LAYOUT_INLINE);
    }
    for (unsigned i = 0; i < QUIRK_DEFECT_COUNT; i++) {
        const struct quirk_defect_row *row = quirk_defect_row((enum quirk_defect)i);
        bool is_bare = (row->guards_off & quirks->guards) != 0;
        if ((planted >> i & 1) != 0) {
            quirk_plant(&said, (enum quirk_defect)i, is_bare);
            put_value(sink, NULL, "%s%s", row->name, is_bare ? ".bare" : "");
        }
    }
    if (planted != 0) {
        end_list(sink);
    }
    put_bits(sink, "guards_off", said.guards & ~quirks->guards, guard_names, QUIRK_GUARD_COUNT);
}

/* Mode and flush always: they are what a reader asks first.  A program says services by itself. */
static void put_store(struct sink *sink, const struct scenario *scenario)
{
    const struct store_options *store = &scenario->store;
    put_text(sink, "store");
    begin_map(sink, LAYOUT_INLINE);
    put_word(sink, SCENARIO_OPTIONS_STORE, "mode", store->mode);
    put_word(sink, SCENARIO_OPTIONS_STORE, "flush", store->flush);
    if (store->services != STORE_SERVICES_MANUAL) {
        put_word(sink, SCENARIO_OPTIONS_STORE, "services", store->services);
    }
    put_size(sink, "log_file_size", store->log_file_size_bytes, SCENARIO_LOG_FILE_SIZE_BYTES);
    put_count(sink, "queue_file_units", store->queue_file_units, SCENARIO_QUEUE_FILE_UNITS);
    put_count(sink, "index_file_units", store->index_file_units, SCENARIO_INDEX_FILE_UNITS);
    put_flag(sink, "message_v2", store->message_v2, false);
    put_quirks(sink, scenario);
    end_map(sink);
}

static void put_body(struct sink *sink, const struct scenario_phase *phase)
{
    char min[32];
    char max[32];
    units_print_size(phase->body_size_bytes_min, min, sizeof(min));
    units_print_size(phase->body_size_bytes_max, max, sizeof(max));
    if (phase->body_size_bytes_min != phase->body_size_bytes_max) {
        put_value(sink, "body", "%s..%s", min, max);
    } else if (phase->body_size_bytes_min != SCENARIO_BODY_SIZE_BYTES) {
        put_value(sink, "body", "%s", min);
    }
}

static void put_messages(struct sink *sink, const struct scenario_phase *phase)
{
    put_value(sink, "put", "%" PRIu32, phase->count);
    put_body(sink, phase);
    if (phase->every_ms != 0) {
        put_duration(sink, "every", phase->every_ms);
    }
    if (phase->tag_count > 0) {
        begin_list(sink, "tags", LAYOUT_INLINE);
        for (uint32_t i = 0; i < phase->tag_count; i++) {
            put_text(sink, phase->tags[i]);
        }
        end_list(sink);
    }
    put_count(sink, "keys", phase->keys, 0);
    put_count(sink, "properties", phase->properties, 0);
    if (phase->compress_lz4) {
        put_value(sink, "compress", "lz4");
    }
    put_flag(sink, "wait", phase->wait, true);
    put_flag(sink, "rejected", phase->rejected, false);
}

static void put_phase(struct sink *sink, const struct scenario_phase *phase)
{
    begin_map(sink, LAYOUT_INLINE);
    switch (phase->kind) {
    case SCENARIO_PHASE_PUT:
        put_messages(sink, phase);
        break;
    case SCENARIO_PHASE_COMMIT_OFFSETS:
        put_word(sink, SCENARIO_OPTIONS_PHASE, "commit_offsets", phase->count);
        break;
    case SCENARIO_PHASE_HOLD:
        put_word(sink, SCENARIO_OPTIONS_PHASE, "hold", phase->service);
        put_duration(sink, "for", phase->for_ms);
        break;
    case SCENARIO_PHASE_PAUSE:
        put_duration(sink, "pause", phase->for_ms);
        break;
    case SCENARIO_PHASE_TRUNCATE:
        put_value(sink, "truncate", "%" PRIu32, phase->count);
        break;
    case SCENARIO_PHASE_EXPIRE:
        put_duration(sink, "expire", phase->for_ms);
        break;
    case SCENARIO_PHASE_RESTART:
        put_word(sink, SCENARIO_OPTIONS_PHASE, "restart", phase->restart);
        break;
    }
    end_map(sink);
}

static void put_workload(struct sink *sink, const struct scenario *scenario)
{
    put_text(sink, "workload");
    begin_map(sink, LAYOUT_LINES);
    if (scenario->has_topic_names) {
        begin_list(sink, "topics", LAYOUT_INLINE);
        for (uint32_t i = 0; i < scenario->topics; i++) {
            put_text(sink, scenario->topic_names[i]);
        }
        end_list(sink);
    } else {
        put_count(sink, "topics", scenario->topics, 1);
    }
    put_count(sink, "queues", scenario->queues, 1);
    put_count(sink, "producers", scenario->producers, 1);
    if (scenario->hosts != SCENARIO_HOSTS_MIXED) {
        put_word(sink, SCENARIO_OPTIONS_WORKLOAD, "hosts", scenario->hosts);
    }
    begin_list(sink, "phases", LAYOUT_LINES);
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        put_phase(sink, &scenario->phases[i]);
    }
    end_list(sink);
    end_map(sink);
}

/* Whether an argument was given is a part of the row: `eio:once` is `eio`, and another text. */
static void put_fault_word(struct sink *sink, const struct fault *fault, bool arg_given)
{
    char text[FAULT_TEXT_SIZE_BYTES];
    fault_print(fault, text, sizeof(text));
    if (!arg_given) {
        (void)snprintf(text, sizeof(text), "%s", fault_kind_name(fault->kind));
    } else if (strchr(text, ':') == NULL) {
        (void)snprintf(text, sizeof(text), "%s:once", fault_kind_name(fault->kind));
    }
    put_text(sink, text);
}

static void put_when(struct sink *sink, const struct scenario_fault *row)
{
    char last[16] = "";
    char step[16] = "";
    if (row->when_first == row->when_last && row->when_step == 1) {
        put_value(sink, "when", "%" PRIu32, row->when_first);
        return;
    }
    if (row->when_last != UINT32_MAX) {
        (void)snprintf(last, sizeof(last), "%" PRIu32, row->when_last);
    }
    if (row->when_step != 1) {
        (void)snprintf(step, sizeof(step), "+%" PRIu32, row->when_step);
    }
    if (row->when_first != 1 || *last != '\0' || *step != '\0') {
        put_value(sink, "when", "%" PRIu32 "..%s%s", row->when_first, last, step);
    }
}

static void put_fault_rows(struct sink *sink, const struct scenario *scenario)
{
    if (scenario->fault_count == 0) {
        return;
    }
    begin_list(sink, "faults", LAYOUT_LINES);
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *row = &scenario->faults[i];
        begin_map(sink, LAYOUT_INLINE);
        put_value(sink, "point", "%s", row->point);
        begin_list(sink, "fault", LAYOUT_INLINE);
        for (uint32_t j = 0; j < row->fault_count; j++) {
            put_fault_word(sink, &row->faults[j], row->arg_given[j]);
        }
        end_list(sink);
        put_when(sink, row);
        end_map(sink);
    }
    end_list(sink);
}

/* Steps and rounds have the text that tokens have. */
static void put_round(struct sink *sink, const struct plan_round *round,
                      const struct points *points)
{
    char text[PLAN_TEXT_SIZE_BYTES];
    plan_round_print(round, points, text, sizeof(text));
    put_text(sink, text);
}

static void put_plan(struct sink *sink, const struct scenario *scenario)
{
    if (scenario->before_count > 0) {
        begin_list(sink, "before", LAYOUT_INLINE);
        for (uint32_t i = 0; i < scenario->before_count; i++) {
            const struct plan_round round = {.before = {scenario->before[i]}, .before_count = 1};
            put_round(sink, &round, scenario->points);
        }
        end_list(sink);
    }
    if (scenario->has_seed) {
        put_value(sink, "seed", "%" PRIx64, scenario->seed);
    }
    if (scenario->has_plan) {
        begin_list(sink, "plan", LAYOUT_LINES);
        for (uint32_t i = 0; i < scenario->plan.round_count; i++) {
            put_round(sink, &scenario->plan.rounds[i], scenario->points);
        }
        end_list(sink);
    }
}

/* A file that no power is lost in must not have the section at all. */
static void put_explore(struct sink *sink, const struct scenario *scenario)
{
    const struct scenario_explore *said = &scenario->explore;
    struct scenario_explore fallback = SCENARIO_EXPLORE_DEFAULT;
    if (scenario->store.services == STORE_SERVICES_THREADS) {
        fallback.kills = 0;
        fallback.nested = 0;
    }
    if (!scenario->is_explored || memcmp(said, &fallback, sizeof(fallback)) == 0) {
        return;
    }
    put_text(sink, "explore");
    begin_map(sink, LAYOUT_INLINE);
    put_count(sink, "bound", said->bound, fallback.bound);
    put_count(sink, "random", said->random, fallback.random);
    put_count(sink, "nested", said->nested, fallback.nested);
    put_count(sink, "kills", said->kills, fallback.kills);
    put_count(sink, "sync_faults", said->sync_faults, fallback.sync_faults);
    put_count(sink, "interleavings", said->interleavings, fallback.interleavings);
    put_count(sink, "preemptions", said->preemptions, fallback.preemptions);
    put_count(sink, "rot", said->rot, fallback.rot);
    put_count(sink, "copies", said->copies, fallback.copies);
    end_map(sink);
}

static void put_expect(struct sink *sink, const struct scenario *scenario)
{
    static const char *const event_names[] = {EVENT_MAP(NAMES_NAME)};
    static const char *const property_names[] = {PROPERTY_MAP(NAMES_NAME)};
    put_bits(sink, "reached", scenario->reached, event_names, EVENT_COUNT);
    put_bits(sink, "forbid_events", scenario->forbid, event_names, EVENT_COUNT);
    if (scenario->expect == 0) {
        return;
    }
    put_text(sink, "expect");
    begin_map(sink, LAYOUT_LINES);
    put_bits(sink, "violated", scenario->expect, property_names, PROPERTY_COUNT);
    put_bits(sink, "also", scenario->also, property_names, PROPERTY_COUNT);
    end_map(sink);
}

/* How many bytes of `path` are the directory it lies in, with its last slash. */
static size_t directory_size(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash + 1 - path);
}

/* The path of the base from the directory of the scenario: over what both have in common.  Of one
 * that cannot be told so it is the absolute path. */
static void seen_from(const struct scenario *scenario, char *text, size_t text_size_bytes)
{
    const char *from = scenario->path;
    const char *base = scenario->base;
    size_t size = directory_size(from);
    size_t common = 0;
    size_t used = 0;
    for (size_t i = 0; i < size && from[i] == base[i]; i++) {
        common = from[i] == '/' ? i + 1 : common;
    }
    if ((*from == '/' && size > 0) != (*base == '/') || strstr(from + common, "..") != NULL) {
        char absolute[PATH_MAX];
        (void)snprintf(text, text_size_bytes, "%s",
                       realpath(base, absolute) == NULL ? base : absolute);
        return;
    }
    *text = '\0';
    for (size_t i = common; i < size; i++) {
        if (from[i] == '/') {
            used += (size_t)snprintf(text + used, text_size_bytes - used, "../");
        }
    }
    (void)snprintf(text + used, text_size_bytes - used, "%s%s",
                   used == 0 && strchr(base + common, '/') == NULL ? "./" : "", base + common);
}

/* What lies in bases/ beside the file is named without its directory. */
static void put_base(struct sink *sink, const struct scenario *scenario)
{
    static const char beside[] = "bases/";
    static const char end[] = ".tar.gz";
    char text[PATH_MAX];
    if (scenario->base[0] == '\0') {
        return;
    }
    seen_from(scenario, text, sizeof(text));
    size_t size = strlen(text);
    size_t around = strlen(beside) + strlen(end);
    bool is_beside = size > around && strncmp(text, beside, strlen(beside)) == 0 &&
                     strcmp(text + size - strlen(end), end) == 0 &&
                     strchr(text + strlen(beside), '/') == NULL;
    if (is_beside) {
        put_value(sink, "base", "%.*s", (int)(size - around), text + strlen(beside));
    } else {
        put_value(sink, "base", "%s", text);
    }
}

static void put_start(struct sink *sink, const struct scenario *scenario)
{
    char text[32];
    struct tm when;
    time_t seconds = (time_t)(scenario->start_ms / 1000);
    if (scenario->start_ms != SCENARIO_START_MS && gmtime_r(&seconds, &when) != NULL) {
        (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &when);
        put_value(sink, "start", "%s", text);
    }
}

static void put_scenario(struct sink *sink, const struct scenario *scenario)
{
    begin_map(sink, LAYOUT_LINES);
    put_value(sink, "name", "%s", scenario->name);
    if (scenario->summary[0] != '\0') {
        put_value(sink, "summary", "%s", scenario->summary);
    }
    put_start(sink, scenario);
    if (scenario->points != &points_engine) {
        put_value(sink, "target", "%s", scenario->target);
    }
    put_store(sink, scenario);
    put_base(sink, scenario);
    put_workload(sink, scenario);
    put_fault_rows(sink, scenario);
    put_count(sink, "depth", scenario->depth, 1);
    put_plan(sink, scenario);
    put_explore(sink, scenario);
    put_flag(sink, "audit", scenario->audit_all, false);
    put_size(sink, "disk_size", scenario->tmpfs_size_bytes, 0);
    put_expect(sink, scenario);
    end_map(sink);
}

int scenario_print(const struct scenario *scenario, FILE *file)
{
    struct sink sink = {.r = 0};
    if (yaml_emitter_initialize(&sink.emitter) == 0) {
        return -ENOMEM;
    }
    yaml_emitter_set_output_file(&sink.emitter, file);
    yaml_emitter_set_unicode(&sink.emitter, 1);
    yaml_emitter_set_width(&sink.emitter, -1);
    EMIT(&sink, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    EMIT(&sink, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
    put_scenario(&sink, scenario);
    EMIT(&sink, yaml_document_end_event_initialize(&event, 1));
    EMIT(&sink, yaml_stream_end_event_initialize(&event));
    yaml_emitter_delete(&sink.emitter);
    return sink.r;
}
