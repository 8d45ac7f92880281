/* manifest.json, written and read (capsule_manifest.h). */
#include "harness/capsule/capsule_manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static void set(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

/* What a store says of itself need not be UTF-8, which JSON is. */
static json_t *print_text(const char *text)
{
    char plain[ENDING_DETAIL_SIZE_BYTES];
    size_t i = 0;
    for (; i < sizeof(plain) - 1 && text[i] != '\0'; i++) {
        plain[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    }
    plain[i] = '\0';
    return json_string(plain);
}

static json_t *print_hash(uint64_t hash)
{
    char digits[24];
    (void)snprintf(digits, sizeof(digits), "%016" PRIx64, hash);
    return json_string(digits);
}

static json_t *print_ending(const struct ending *ending)
{
    json_t *object = json_object();
    json_t *violated = json_array();
    for (uint32_t i = 0; i < PROPERTY_COUNT; i++) {
        if ((ending->violated >> i & 1) != 0) {
            (void)json_array_append_new(violated, json_string(property_name((enum property)i)));
        }
    }
    set(object, "outcome", json_string(outcome_name(ending->outcome)));
    set(object, "violated", violated);
    set(object, "signal", json_integer(ending->signal));
    set(object, "checked", json_boolean(ending->checked));
    set(object, "acked", json_integer(ending->acked_count));
    set(object, "found", json_integer(ending->found_count));
    set(object, "crashed_hash", print_hash(ending->crashed_hash));
    set(object, "recovered_hash", print_hash(ending->recovered_hash));
    set(object, "detail", print_text(ending->detail));
    return object;
}

static json_t *print_removed(const struct capsule_manifest_removed *removed)
{
    json_t *object = json_object();
    if (!removed->is_any) {
        json_decref(object);
        return json_null();
    }
    set(object, "what",
        json_string("bodies, KEYS, values of users' properties, files that hold none of the "
                    "store's own structures, the recording: a filler of the same length; checksums "
                    "are right again.  Kept: topics, tags, hosts, times, offsets, unique keys, and "
                    "in index/ the hashes of keys.  Of `seeded` bodies the seed makes each byte "
                    "again when the capsule is opened."));
    set(object, "bodies", json_integer((json_int_t)removed->bodies));
    set(object, "body_bytes", json_integer((json_int_t)removed->body_bytes));
    set(object, "values", json_integer((json_int_t)removed->values));
    set(object, "loose_bytes", json_integer((json_int_t)removed->loose_bytes));
    set(object, "seeded", json_integer((json_int_t)removed->seeded));
    return object;
}

int capsule_manifest_print(const struct capsule_manifest *manifest, char **ret_text,
                           struct err *err)
{
    json_t *object = json_object();
    set(object, "capsule", json_integer(CAPSULE_MANIFEST_VERSION));
    set(object, "made_by", print_text(manifest->made_by));
    set(object, "scenario", json_string(manifest->scenario));
    set(object, "token", json_string(manifest->token));
    set(object, "passed", json_boolean(manifest->passed));
    set(object, "case", print_ending(&manifest->end));
    set(object, "restart", print_ending(&manifest->restart));
    set(object, "store_hash", print_hash(manifest->store_hash));
    set(object, "no_recording",
        manifest->no_recording[0] == '\0' ? json_null() : print_text(manifest->no_recording));
    set(object, "removed", print_removed(&manifest->removed));
    *ret_text = json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    json_decref(object);
    return *ret_text == NULL ? err_set(err, -ENOMEM, "no memory for a manifest") : 0;
}

/* Reading. */

static int wrong(const char *key, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "no or another '%s' than there can be", key);
}

static int take_text(const json_t *object, const char *key, char *text, size_t text_size_bytes,
                     struct err *err)
{
    const char *value = json_string_value(json_object_get(object, key));
    if (value == NULL || (size_t)snprintf(text, text_size_bytes, "%s", value) >= text_size_bytes) {
        return wrong(key, err);
    }
    return 0;
}

static int take_hash(const json_t *object, const char *key, uint64_t *ret_hash, struct err *err)
{
    char text[17];
    char *end = NULL;
    int r = take_text(object, key, text, sizeof(text), err);
    if (r < 0) {
        return r;
    }
    *ret_hash = strtoull(text, &end, 16);
    return end == text || *end != '\0' ? wrong(key, err) : 0;
}

static int take_count(const json_t *object, const char *key, uint64_t most, uint64_t *ret_count,
                      struct err *err)
{
    const json_t *value = json_object_get(object, key);
    json_int_t count = json_integer_value(value);
    if (!json_is_integer(value) || count < 0 || (uint64_t)count > most) {
        return wrong(key, err);
    }
    *ret_count = (uint64_t)count;
    return 0;
}

static int take_violated(const json_t *object, uint32_t *ret_violated, struct err *err)
{
    const json_t *violated = json_object_get(object, "violated");
    if (!json_is_array(violated)) {
        return wrong("violated", err);
    }
    for (size_t i = 0; i < json_array_size(violated); i++) {
        const char *name = json_string_value(json_array_get(violated, i));
        enum property property = name == NULL ? PROPERTY_COUNT : property_find(name);
        if (property == PROPERTY_COUNT) {
            return err_set(err, ERR_USAGE, "a property '%.64s' that this program does not know",
                           name == NULL ? "?" : name);
        }
        *ret_violated |= UINT32_C(1) << (uint32_t)property;
    }
    return 0;
}

static int take_numbers(const json_t *object, struct ending *ret_ending, struct err *err)
{
    uint64_t signal = 0;
    uint64_t acked = 0;
    uint64_t found = 0;
    int r = take_count(object, "signal", 255, &signal, err);
    if (r < 0) {
        return r;
    }
    r = take_count(object, "acked", UINT32_MAX, &acked, err);
    if (r < 0) {
        return r;
    }
    r = take_count(object, "found", UINT32_MAX, &found, err);
    if (r < 0) {
        return r;
    }
    ret_ending->signal = (int32_t)signal;
    ret_ending->acked_count = (uint32_t)acked;
    ret_ending->found_count = (uint32_t)found;
    ret_ending->checked = json_is_true(json_object_get(object, "checked"));
    return 0;
}

static int take_ending(const json_t *manifest, const char *key, struct ending *ret_ending,
                       struct err *err)
{
    const json_t *object = json_object_get(manifest, key);
    char name[32];
    int r = take_text(object, "outcome", name, sizeof(name), err);
    if (r < 0) {
        return r;
    }
    ret_ending->outcome = outcome_find(name);
    if (ret_ending->outcome == OUTCOME_COUNT) {
        return err_set(err, ERR_USAGE, "an outcome '%s' that this program does not know", name);
    }
    r = take_violated(object, &ret_ending->violated, err);
    if (r < 0) {
        return r;
    }
    r = take_numbers(object, ret_ending, err);
    if (r < 0) {
        return r;
    }
    r = take_hash(object, "crashed_hash", &ret_ending->crashed_hash, err);
    if (r < 0) {
        return r;
    }
    r = take_hash(object, "recovered_hash", &ret_ending->recovered_hash, err);
    if (r < 0) {
        return r;
    }
    return take_text(object, "detail", ret_ending->detail, sizeof(ret_ending->detail), err);
}

static int take_removed(const json_t *manifest, struct capsule_manifest_removed *removed,
                        struct err *err)
{
    struct {
        const char *key;
        uint64_t *count;
    } counts[] = {{"bodies", &removed->bodies},
                  {"body_bytes", &removed->body_bytes},
                  {"values", &removed->values},
                  {"loose_bytes", &removed->loose_bytes},
                  {"seeded", &removed->seeded}};
    const json_t *object = json_object_get(manifest, "removed");
    removed->is_any = json_is_object(object);
    for (size_t i = 0; removed->is_any && i < sizeof(counts) / sizeof(counts[0]); i++) {
        int r = take_count(object, counts[i].key, INT64_MAX, counts[i].count, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* Another version's is not read on: its fields may mean something else. */
static int take_version(const json_t *object, struct err *err)
{
    uint64_t version = 0;
    int r = take_count(object, "capsule", INT32_MAX, &version, err);
    if (r < 0) {
        return r;
    }
    if (version != CAPSULE_MANIFEST_VERSION) {
        return err_set(err, ERR_USAGE, "format %" PRIu64 ", this program reads format %d", version,
                       CAPSULE_MANIFEST_VERSION);
    }
    return 0;
}

static int take_all(const json_t *object, struct capsule_manifest *manifest, struct err *err)
{
    int r = take_version(object, err);
    if (r < 0) {
        return r;
    }
    r = take_text(object, "made_by", manifest->made_by, sizeof(manifest->made_by), err);
    if (r < 0) {
        return r;
    }
    r = take_text(object, "scenario", manifest->scenario, sizeof(manifest->scenario), err);
    if (r < 0) {
        return r;
    }
    r = take_text(object, "token", manifest->token, sizeof(manifest->token), err);
    if (r < 0) {
        return r;
    }
    manifest->passed = json_is_true(json_object_get(object, "passed"));
    r = take_ending(object, "case", &manifest->end, err);
    if (r < 0) {
        return r;
    }
    r = take_ending(object, "restart", &manifest->restart, err);
    if (r < 0) {
        return r;
    }
    r = take_hash(object, "store_hash", &manifest->store_hash, err);
    if (r < 0) {
        return r;
    }
    if (!json_is_null(json_object_get(object, "no_recording"))) {
        r = take_text(object, "no_recording", manifest->no_recording,
                      sizeof(manifest->no_recording), err);
    }
    return r < 0 ? r : take_removed(object, &manifest->removed, err);
}

int capsule_manifest_parse(const char *text, size_t text_size_bytes,
                           struct capsule_manifest *ret_manifest, struct err *err)
{
    json_error_t error;
    json_t *object = json_loadb(text, text_size_bytes, JSON_REJECT_DUPLICATES, &error);
    if (object == NULL) {
        return err_set(err, ERR_CORRUPT, "line %d: %s", error.line, error.text);
    }
    memset(ret_manifest, 0, sizeof(*ret_manifest));
    int r = take_all(object, ret_manifest, err);
    json_decref(object);
    return r;
}

void capsule_manifest_say(const struct ending *ending, char *text, size_t text_size_bytes)
{
    int used = snprintf(text, text_size_bytes, "%s", outcome_name(ending->outcome));
    for (uint32_t i = 0; i < PROPERTY_COUNT && used >= 0 && (size_t)used < text_size_bytes; i++) {
        if ((ending->violated >> i & 1) != 0) {
            used += snprintf(text + used, text_size_bytes - (size_t)used, " %s",
                             property_name((enum property)i));
        }
    }
}

bool capsule_manifest_is_same(const struct ending *one, const struct ending *other)
{
    return one->outcome == other->outcome && one->violated == other->violated;
}
