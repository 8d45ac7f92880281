/* Heads, made and compared (run_head.h). */
#include "harness/cli/ahead/run_head.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The options that answers depend on: X(name on the command line, member, type of JSON). */
#define OPTION_MAP(X)                         \
    X("seeds", seed_count, uint32_t)          \
    X("cases", cases_max, uint64_t)           \
    X("depth", depth_override, uint32_t)      \
    X("depth full", depth_full, bool)         \
    X("timeout", timeout_ms, uint32_t)        \
    X("max-failures", failures_max, uint64_t) \
    X("stop-on-trace", stop_on_trace, bool)   \
    X("audit", audit, bool)                   \
    X("cross-check", cross_check, uint64_t)   \
    X("break image", break_image, bool)       \
    X("break memo", break_memo, bool)

/* Takes `value` over.  One that was not made for want of memory leaves its key out: then the head
 * is like no other. */
static void set(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

static json_t *options_object(const struct run_head_call *call)
{
    const struct supervisor_options *campaign = call->campaign;
    json_t *object = json_object();
    json_t *switches = json_array();

#define X(name, member, type)                                          \
    if (campaign->member != 0) {                                       \
        set(object, name, json_integer((json_int_t)campaign->member)); \
    }
    OPTION_MAP(X)
#undef X
    if (*call->target != NULL) {
        set(object, "target", json_string(*call->target));
    }
    for (uint32_t i = 0; i < campaign->switch_count; i++) {
        (void)json_array_append_new(switches, json_string(campaign->switches[i]));
    }
    set(object, "switch", switches);
    return object;
}

static json_t *words_array(const struct run_head_call *call)
{
    json_t *array = json_array();

    for (int i = 0; i < call->word_count; i++) {
        (void)json_array_append_new(array, json_string(call->words[i]));
    }
    return array;
}

static json_t *seed_text(uint64_t seed)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%" PRIx64, seed);
    return json_string(digits);
}

json_t *run_head_make(const struct run_head_call *call)
{
    const struct campaign_identity *identity = call->identity;
    json_t *host = json_object();
    json_t *head = json_object();

    set(head, "revision", json_string(identity->revision));
    set(head, "dirty", json_boolean(identity->is_dirty));
    set(head, "worker", json_string(identity->worker_hash));
    set(head, "build", json_string(identity->flags));
    set(head, "suite", json_string(call->shard->suite));
    set(head, "weights", json_string(call->shard->weights));
    set(head, "seed", seed_text(call->campaign->seed));
    set(head, "shards", json_integer(call->shard->count));
    set(head, "shard", json_integer(call->shard->index));
    set(head, "options", options_object(call));
    set(head, "scenarios", words_array(call));
    set(head, "jobs", json_integer(call->campaign->jobs));
    set(host, "system", json_string(identity->system));
    set(host, "cores", json_integer(identity->cores));
    set(host, "memory_bytes", json_integer((json_int_t)identity->memory_bytes));
    set(head, "host", host);
    return head;
}

static int adopt_switches(const json_t *options, struct supervisor_options *campaign)
{
    const json_t *array = json_object_get(options, "switch");

    campaign->switch_count = 0;
    if (json_array_size(array) > TOKEN_SWITCHES_MAX) {
        return ERR_CORRUPT;
    }
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *word = json_string_value(json_array_get(array, i));

        if (word == NULL || strlen(word) >= TOKEN_SWITCH_SIZE_BYTES) {
            return ERR_CORRUPT;
        }
        campaign->switches[campaign->switch_count++] = word;
    }
    return 0;
}

static int adopt_options(const json_t *head, struct run_head_call *call)
{
    struct supervisor_options *campaign = call->campaign;
    const json_t *options = json_object_get(head, "options");
    const char *seed = json_string_value(json_object_get(head, "seed"));
    json_int_t jobs = json_integer_value(json_object_get(head, "jobs"));

    if (!json_is_object(options) || seed == NULL) {
        return ERR_CORRUPT;
    }
    campaign->seed = strtoull(seed, NULL, 16);
    campaign->jobs =
        campaign->jobs == 0 && jobs > 0 && jobs <= 1024 ? (uint32_t)jobs : campaign->jobs;
#define X(name, member, type) \
    campaign->member = (type)json_integer_value(json_object_get(options, name));
    OPTION_MAP(X)
#undef X
    *call->target = json_string_value(json_object_get(options, "target"));
    return adopt_switches(options, campaign);
}

static int adopt_words(const json_t *head, struct run_head_call *call, char ***ret_words)
{
    const json_t *array = json_object_get(head, "scenarios");
    char **words = calloc(json_array_size(array) + 1, sizeof(*words));

    if (words == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < json_array_size(array); i++) {
        words[i] = strdup(json_is_string(json_array_get(array, i))
                              ? json_string_value(json_array_get(array, i))
                              : "");
        call->word_count = (int)i + 1;
    }
    *ret_words = words;
    call->words = words;
    return json_is_array(array) ? 0 : ERR_CORRUPT;
}

int run_head_adopt(const json_t *head, struct run_head_call *call, char ***ret_words,
                   struct err *err)
{
    int r = adopt_words(head, call, ret_words);

    if (r == 0) {
        r = adopt_options(head, call);
    }
    if (r < 0) {
        return err_set(err, r, "%s", r == -ENOMEM ? "out of memory" : "its first line is damaged");
    }
    return 0;
}

const char *run_head_besides(const json_t *head, const struct run_head_call *call)
{
    const json_t *options = json_object_get(head, "options");
    json_t *given = options_object(call);
    json_t *words = words_array(call);
    const char *besides = NULL;
    const char *name = NULL;
    json_t *value = NULL;

    if (call->word_count > 0 && !json_equal(words, json_object_get(head, "scenarios"))) {
        besides = "other scenarios";
    }
    json_object_foreach(given, name, value)
    {
        bool is_none = json_is_array(value) && json_array_size(value) == 0;

        if (!is_none && !json_equal(value, json_object_get(options, name))) {
            /* The key of the head, which lives on. */
            besides = json_is_array(value) ? "another switch or profile" : "other options";
        }
    }
    json_decref(words);
    json_decref(given);
    return besides;
}

/* In the order in which they are told: who has another build need not hear of the rest. */
static const struct {
    const char *key;
    const char *words;
} compared[] = {
    {"revision", "revision"},
    {"dirty", "revision"},
    {"build", "build"},
    {"suite", "suite"},
    {"weights", "weights"},
    {"seed", "seed"},
    {"shards", "number of shards"},
    {"options", "options"},
    {"scenarios", "scenarios"},
};

static bool is_alike(const json_t *left, const json_t *right, const char *key)
{
    const json_t *one = json_object_get(left, key);
    const json_t *other = json_object_get(right, key);

    return (one == NULL && other == NULL) || json_equal(one, other);
}

/* A clean revision is one engine wherever it was built; of changed sources only the bytes say. */
static bool is_other_build(const json_t *left, const json_t *right)
{
    const char *revision = json_string_value(json_object_get(left, "revision"));
    bool is_known = revision != NULL && strcmp(revision, "unknown") != 0 && *revision != '\0' &&
                    json_is_false(json_object_get(left, "dirty"));

    return !is_known && !is_alike(left, right, "worker");
}

const char *run_head_difference(const json_t *left, const json_t *right, char **ret_left,
                                char **ret_right)
{
    const char *key = NULL;
    const char *words = NULL;

    for (size_t i = 0; words == NULL && i < sizeof(compared) / sizeof(compared[0]); i++) {
        if (!is_alike(left, right, compared[i].key)) {
            key = compared[i].key;
            words = compared[i].words;
        }
        if (words == NULL && i == 1 && is_other_build(left, right)) {
            key = "worker";
            words = "build";
        }
    }
    *ret_left = key == NULL ? NULL : json_dumps(json_object_get(left, key), JSON_ENCODE_ANY);
    *ret_right = key == NULL ? NULL : json_dumps(json_object_get(right, key), JSON_ENCODE_ANY);
    return words;
}

static uint32_t number_of(const json_t *head, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(head, key));

    return number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
}

uint32_t run_head_shards(const json_t *head)
{
    return number_of(head, "shards");
}

uint32_t run_head_shard(const json_t *head)
{
    return number_of(head, "shard");
}
