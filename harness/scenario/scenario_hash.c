/* The hash of a parsed scenario, over text, so that neither padding nor byte order is in it. */
#define XXH_INLINE_ALL
/* gcc -Og refuses what always_inline asks of it. */
#define XXH_NO_INLINE_HINTS 1
#include "harness/scenario/scenario_hash.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <xxhash.h>

/* Values go in as words with separators: two neighbouring fields cannot trade digits, and a field
 * that is added to a struct changes no hash until it is written here. */
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

/* Enums go in as numbers: their order is part of what tokens rely on. */
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

/* Only where they are other than ever: the tokens of other scenarios stay what they are. */
static void hash_names(XXH3_state_t *state, const struct scenario *scenario)
{
    for (uint32_t i = 0; scenario->has_topic_names && i < scenario->topics; i++) {
        hash_line(state, "topic %s\n", scenario->topic_names[i]);
    }
    if (scenario->hosts != SCENARIO_HOSTS_MIXED) {
        hash_line(state, "hosts %d\n", (int)scenario->hosts);
    }
}

/* Whether an argument was given is a part of the row: `torn` is many cases, `torn:1` is one. */
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

/* Quirks after profile, defects and guards are one set: two ways to write it are one scenario. */
static void hash_store(XXH3_state_t *state, const struct store_options *store)
{
    hash_line(state, "store %d %d %d %" PRIu64 " %" PRIu32 " %" PRIu32 " %d\n", (int)store->mode,
              (int)store->flush, (int)store->services, store->log_file_size_bytes,
              store->queue_file_units, store->index_file_units, store->message_v2);
    hash_line(state, "quirks %" PRIx64 " %" PRIx32 "\n", store->quirks.defects,
              store->quirks.guards);
    if (store->quirks.ways != 0) {
        hash_line(state, "ways %" PRIx32 "\n", store->quirks.ways);
    }
}

/* The steps are printed as a round of their own, so that they have the text that tokens have. A
 * plan can be longer than a line, so it is hashed apart. */
static void hash_plan(XXH3_state_t *state, const struct scenario *scenario)
{
    char text[PLAN_TEXT_SIZE_BYTES];
    struct plan_round before;
    memset(&before, 0, sizeof(before));
    memcpy(before.before, scenario->before, sizeof(before.before));
    before.before_count = scenario->before_count;
    plan_round_print(&before, scenario->points, text, sizeof(text));
    hash_line(state, "before ");
    XXH3_64bits_update(state, text, strlen(text));
    plan_print(&scenario->plan, scenario->points, text, sizeof(text));
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

uint32_t scenario_hash(const struct scenario *scenario)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    hash_line(&state, "scenario %s %" PRId64 "\n", scenario->name, scenario->start_ms);
    hash_store(&state, &scenario->store);
    hash_line(&state, "workload %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", scenario->topics,
              scenario->queues, scenario->producers);
    hash_names(&state, scenario);
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
    if (scenario->base[0] != '\0') {
        hash_line(&state, "base %" PRIx64 "\n", scenario->base_hash);
    }
    /* The engine is not named: its tokens were there before there were targets. */
    if (scenario->points != &points_engine) {
        hash_line(&state, "target %s\n", scenario->target);
    }
    /* Tokens name points, and a point that is renamed or moved makes them another version's. */
    for (uint32_t point = 0; point < scenario->points->count; point++) {
        hash_line(&state, "%s\n", points_name(scenario->points, point));
    }
    return (uint32_t)(XXH3_64bits_digest(&state) & 0xFFFFFF);
}
