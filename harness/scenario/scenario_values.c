/* Readers for the values of a scenario. Everything here is user input: nothing is asserted. */
#include "harness/scenario/scenario_values.h"

#include "harness/base/suggest.h"
#include "harness/base/units.h"
#include "harness/case/property.h"
#include "harness/yaml/yaml_values.h"
#include "store/base/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define HINT_SIZE_BYTES 96

#define READER(name) YAML_TABLE_READER(scenario_values_##name)
/* Complains about `node` of the reader it stands in. */
#define COMPLAIN(...) yaml_reader_error(walk->reader, node, walk->err, __VA_ARGS__)
/* The same of the list that `node` is an item of: no item is too many by itself. */
#define COMPLAIN_OF_LIST(...) yaml_reader_error(walk->reader, walk->list, walk->err, __VA_ARGS__)

static const char *const event_names[] = {EVENT_MAP(NAMES_NAME)};
static const char *const property_names[] = {PROPERTY_MAP(NAMES_NAME)};
static const char *const guard_names[] = {QUIRK_GUARD_MAP(NAMES_NAME)};
static const char *const defect_names[] = {QUIRK_DEFECT_MAP(NAMES_NAME_ONLY)};

static struct scenario_values_context *owner(const struct yaml_table_walk *walk)
{
    return walk->owner;
}

/* The name becomes the first part of tokens: what the shell or a path would take apart is
 * refused. */
READER(name)
{
    size_t size = strlen(text);
    if (size == 0 || size >= TOKEN_NAME_SIZE_BYTES ||
        strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != size) {
        return COMPLAIN("'%.40s' is no scenario name: [a-z0-9-], 1 to %d characters", text,
                        TOKEN_NAME_SIZE_BYTES - 1);
    }
    memcpy(owner(walk)->scenario->name, text, size + 1);
    return 0;
}

READER(summary)
{
    if (strlen(text) >= SCENARIO_SUMMARY_SIZE_BYTES) {
        return COMPLAIN("the summary is over %d bytes", SCENARIO_SUMMARY_SIZE_BYTES - 1);
    }
    memcpy(owner(walk)->scenario->summary, text, strlen(text) + 1);
    return 0;
}

/* timegm and strptime know no time zone but the 'Z' that is asked for.  */
READER(start)
{
    struct tm when;
    memset(&when, 0, sizeof(when));
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &when);
    if (end == NULL || *end != '\0') {
        return COMPLAIN("expected a time, as in 2026-01-01T00:00:00Z, found '%.40s'", text);
    }
    time_t seconds = timegm(&when);
    if (seconds <= 0 || seconds > INT32_MAX) {
        return COMPLAIN("%s is out of range: 1970 to 2037", text);
    }
    owner(walk)->scenario->start_ms = (int64_t)seconds * 1000;
    return 0;
}

/* Only the word: what lies there is looked at when all keys are known (scenario_base.h). */
READER(base)
{
    if (*text == '\0' || strlen(text) >= SCENARIO_PATH_SIZE_BYTES) {
        return COMPLAIN("expected the name of a packed store");
    }
    memcpy(owner(walk)->scenario->base, text, strlen(text) + 1);
    return 0;
}

/* Read twice, the first time before all other keys: the target's table decides which points there
 * are. */
READER(target_name)
{
    struct scenario *scenario = owner(walk)->scenario;
    const struct points *points = *text == '\0' ? NULL : points_of(text);
    if (points == NULL) {
        return COMPLAIN("'%.48s' is no target: expected engine, program:NAME (NAME of "
                        "[a-z0-9-]) or real-VERSION",
                        text);
    }
    scenario->points = points;
    memcpy(scenario->target, text, strlen(text) + 1);
    return 0;
}

READER(seed)
{
    if (!units_parse_hex(text, &owner(walk)->scenario->seed)) {
        return COMPLAIN("expected a seed, 1 to 16 hex digits, found '%.40s'", text);
    }
    owner(walk)->scenario->has_seed = true;
    return 0;
}

/* It decides the quirks, and is none of them: it lies outside of its section's struct. */
READER(profile)
{
    int profile = yaml_values_find(walk, node, text, "word", target->words, target->word_count);
    if (profile < 0) {
        return ERR_USAGE;
    }
    owner(walk)->scenario->profile = (enum quirk_profile)profile;
    return 0;
}

/* One of `defects:`.  With the suffix the guards of its row stay on. */
READER(defect)
{
    static const char bare[] = ".bare";
    char name[64];
    char hint[HINT_SIZE_BYTES];
    snprintf(name, sizeof(name), "%s", text);
    size_t size = strlen(name);
    bool is_bare = size > strlen(bare) && strcmp(name + size - strlen(bare), bare) == 0;
    if (is_bare) {
        name[size - strlen(bare)] = '\0';
    }
    enum quirk_defect defect = quirk_find_defect(name);
    if (defect == QUIRK_DEFECT_COUNT) {
        return COMPLAIN("unknown defect '%s'%s", name,
                        suggest_phrase(name, defect_names, QUIRK_DEFECT_COUNT, hint, sizeof(hint)));
    }
    *(is_bare ? &owner(walk)->planted_bare : &owner(walk)->planted) |= UINT64_C(1) << defect;
    return 0;
}

READER(guard_off)
{
    int guard = yaml_values_find(walk, node, text, "guard", guard_names, QUIRK_GUARD_COUNT);
    if (guard < 0) {
        return ERR_USAGE;
    }
    owner(walk)->guards_off |= UINT32_C(1) << guard;
    return 0;
}

/* "64..256B": the left side may leave its unit to the right. */
static bool parse_size_range(const char *text, uint64_t *ret_min, uint64_t *ret_max)
{
    char left[48];
    const char *dots = strstr(text, "..");
    if (dots == NULL) {
        if (!units_parse_size(text, ret_min)) {
            return false;
        }
        *ret_max = *ret_min;
        return true;
    }
    const char *right = dots + 2;
    size_t left_size = (size_t)(dots - text);
    if (left_size + 8 >= sizeof(left) || !units_parse_size(right, ret_max)) {
        return false;
    }
    memcpy(left, text, left_size);
    left[left_size] = '\0';
    if (left_size > 0 && strspn(left, "0123456789") == left_size) {
        snprintf(left + left_size, sizeof(left) - left_size, "%.8s",
                 right + strspn(right, "0123456789"));
    }
    return units_parse_size(left, ret_min);
}

/* Over 4MiB only a rejected message may be, which is known when the whole phase is (scenario.c). */
READER(body)
{
    struct scenario_phase *phase = owner(walk)->phase;
    if (!parse_size_range(text, &phase->body_size_bytes_min, &phase->body_size_bytes_max)) {
        return COMPLAIN("expected a size or a range of sizes, as in 64..256B, found '%.40s'", text);
    }
    if (phase->body_size_bytes_min > phase->body_size_bytes_max) {
        return COMPLAIN("'%.40s' is reversed: the smaller size stands first", text);
    }
    if (phase->body_size_bytes_max > target->max) {
        return COMPLAIN("%s is out of range: 0 to 16MiB", text);
    }
    return 0;
}

READER(tag)
{
    struct scenario_phase *phase = owner(walk)->phase;
    if (phase->tag_count == SCENARIO_TAGS_MAX) {
        return COMPLAIN_OF_LIST("more than %d tags", SCENARIO_TAGS_MAX);
    }
    /* 1 and 2 end a name and a value in a record's properties: a tag with one would be two. */
    if (*text == '\0' || strlen(text) >= SCENARIO_TAG_SIZE_BYTES ||
        strpbrk(text, "\001\002") != NULL) {
        return COMPLAIN("a tag has 1 to %d bytes, none of them a separator",
                        SCENARIO_TAG_SIZE_BYTES - 1);
    }
    memcpy(phase->tags[phase->tag_count++], text, strlen(text) + 1);
    return 0;
}

/* As RocketMQ's TopicValidator has them, but up to the 255 bytes that a record has room for. */
static int add_topic(struct yaml_table_walk *walk, const yaml_node_t *node)
{
    static const char allowed[] = "%|-_0123456789"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    struct scenario *scenario = owner(walk)->scenario;
    const char *text = yaml_table_text(walk, node);
    if (text == NULL) {
        return ERR_USAGE;
    }
    size_t size = strlen(text);
    if (size == 0 || size > STORE_TOPIC_SIZE_BYTES_MAX || strspn(text, allowed) != size) {
        return COMPLAIN("a topic has 1 to %d of [%%|a-zA-Z0-9_-], found '%.40s'",
                        STORE_TOPIC_SIZE_BYTES_MAX, text);
    }
    if (strcmp(text, "SCHEDULE_TOPIC_XXXX") == 0) {
        return COMPLAIN("'%s' is RocketMQ's own: no delayed message is put", text);
    }
    for (uint32_t i = 0; i < scenario->topics; i++) {
        if (strcmp(scenario->topic_names[i], text) == 0) {
            return COMPLAIN("the topic '%.40s' is named twice", text);
        }
    }
    memcpy(scenario->topic_names[scenario->topics++], text, size + 1);
    return 0;
}

READER(topics)
{
    struct scenario *scenario = owner(walk)->scenario;
    if (node->type != YAML_SEQUENCE_NODE) {
        text = yaml_table_text(walk, node);
        return text == NULL ? ERR_USAGE : yaml_values_count(walk, node, text, target);
    }
    size_t count = yaml_reader_count(node);
    if (count == 0 || count > SCENARIO_TOPICS_MAX) {
        return COMPLAIN("%zu topics, expected 1 to %d", count, SCENARIO_TOPICS_MAX);
    }
    scenario->topics = 0;
    scenario->has_topic_names = true;
    for (size_t i = 0; i < count; i++) {
        int r = add_topic(walk, yaml_reader_item(walk->reader, node, i));
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* The file says a word where the struct has a flag. */
READER(compress)
{
    static const char *const words[] = {"none", "lz4"};
    int index = yaml_values_find(walk, node, text, "compression", words, 2);
    owner(walk)->phase->compress_lz4 = index == 1;
    return index < 0 ? ERR_USAGE : 0;
}

/* A pattern that matches nothing is a misspelt one, and would plan nothing. */
READER(point)
{
    char hint[HINT_SIZE_BYTES];
    if (strlen(text) >= sizeof(owner(walk)->fault->point)) {
        return COMPLAIN("'%.40s...' is too long for a point", text);
    }
    memcpy(owner(walk)->fault->point, text, strlen(text) + 1);
    for (uint32_t point = 0; point < owner(walk)->scenario->points->count; point++) {
        if (scenario_fault_matches(owner(walk)->fault, owner(walk)->scenario->points, point)) {
            return 0;
        }
    }
    return COMPLAIN("no point matches '%s'%s", text,
                    points_suggest(owner(walk)->scenario->points, text, hint, sizeof(hint)));
}

/* A row names kinds of faults, a plan single ones: one image of a power loss belongs there. */
READER(fault_word)
{
    struct scenario_fault *row = owner(walk)->fault;
    struct err err = ERR_INIT;
    if (row->fault_count == sizeof(row->faults) / sizeof(row->faults[0])) {
        return COMPLAIN("too many faults in one row");
    }
    struct fault *fault = &row->faults[row->fault_count];
    if (fault_parse_word(text, fault, &row->arg_given[row->fault_count], &err) < 0) {
        return COMPLAIN("%s", err.text);
    }
    if (fault->kind == FAULT_POWER_LOSS && fault->loss.has_choice) {
        return COMPLAIN("a row takes 'power-loss:%s', whatever is kept; one image is a 'plan:'",
                        loss_model_name(fault->loss.model));
    }
    row->kinds |= UINT32_C(1) << fault->kind;
    row->fault_count++;
    return 0;
}

/* "5", "1..", "2..9", "1..+3", "2..9+2". */
static bool parse_when(const char *text, struct scenario_fault *row)
{
    char word[48];
    uint64_t first = 0;
    uint64_t last = UINT32_MAX;
    uint64_t step = 1;
    if (strlen(text) >= sizeof(word)) {
        return false;
    }
    memcpy(word, text, strlen(text) + 1);
    char *dots = strstr(word, "..");
    if (dots == NULL) {
        if (!units_parse_count(word, UINT32_MAX, &first)) {
            return false;
        }
        last = first;
    } else {
        char *right = dots + 2;
        char *plus = strchr(right, '+');
        *dots = '\0';
        if (plus != NULL) {
            *plus = '\0';
            if (!units_parse_count(plus + 1, UINT32_MAX, &step)) {
                return false;
            }
        }
        if (!units_parse_count(word, UINT32_MAX, &first) ||
            (*right != '\0' && !units_parse_count(right, UINT32_MAX, &last))) {
            return false;
        }
    }
    row->when_first = (uint32_t)first;
    row->when_last = (uint32_t)last;
    row->when_step = (uint32_t)step;
    return first >= 1 && first <= last && step >= 1;
}

/* The range is inclusive at both ends, and hits count from 1, as in tokens. */
READER(when)
{
    if (!parse_when(text, owner(walk)->fault)) {
        return COMPLAIN("expected hits from 1, as in 5, 1.., 2..9 or 1..+3, found '%.40s'", text);
    }
    return 0;
}

READER(before)
{
    struct scenario *scenario = owner(walk)->scenario;
    struct err err = ERR_INIT;
    if (scenario->before_count == PLAN_BEFORE_MAX) {
        return COMPLAIN_OF_LIST("more than %d steps", PLAN_BEFORE_MAX);
    }
    if (plan_before_parse(text, &scenario->before[scenario->before_count], &err) < 0) {
        return COMPLAIN("%s", err.text);
    }
    scenario->before_count++;
    return 0;
}

/* An empty text is a round without a fault, so has_plan and not the count says that there is a
 * plan. */
READER(plan_round)
{
    struct scenario *scenario = owner(walk)->scenario;
    struct plan *plan = &scenario->plan;
    struct err err = ERR_INIT;
    if (plan->round_count == PLAN_ROUNDS_MAX) {
        return COMPLAIN_OF_LIST("more than %d rounds", PLAN_ROUNDS_MAX);
    }
    if (plan_round_parse(text, scenario->points, &plan->rounds[plan->round_count], &err) < 0) {
        return COMPLAIN("%s", err.text);
    }
    plan->round_count++;
    scenario->has_plan = true;
    return 0;
}

READER(event)
{
    int event = yaml_values_find(walk, node, text, "event", event_names, EVENT_COUNT);
    if (event < 0) {
        return ERR_USAGE;
    }
    *(uint64_t *)target->at |= UINT64_C(1) << event;
    return 0;
}

READER(property)
{
    int property = yaml_values_find(walk, node, text, "property", property_names, PROPERTY_COUNT);
    if (property < 0) {
        return ERR_USAGE;
    }
    *(uint32_t *)target->at |= UINT32_C(1) << property;
    return 0;
}
