/* What a capsule says of itself comes back, and another version's is not read on. */
#include "harness/capsule/capsule_manifest.h"
#include "harness/testkit/test.h"

static struct capsule_manifest *make(void)
{
    struct capsule_manifest *manifest = calloc(1, sizeof(*manifest));
    assert_non_null(manifest);
    (void)snprintf(manifest->made_by, sizeof(manifest->made_by), "killpoint 0.2.0");
    (void)snprintf(manifest->scenario, sizeof(manifest->scenario), "plain");
    (void)snprintf(manifest->token, sizeof(manifest->token), "plain.000001@5eed:");
    (void)snprintf(manifest->no_recording, sizeof(manifest->no_recording), "no reason");
    manifest->end = (struct ending){.outcome = OUTCOME_VIOLATED,
                                    .violated = PROPERTY_BIT(BOUNDS) | PROPERTY_BIT(EXCLUSIVE),
                                    .checked = true,
                                    .acked_count = 5,
                                    .found_count = 4,
                                    .crashed_hash = UINT64_MAX,
                                    .recovered_hash = 1};
    (void)snprintf(manifest->end.detail, sizeof(manifest->end.detail), "bounds \"x\"\nand \\ more");
    manifest->restart = (struct ending){.outcome = OUTCOME_CRASHED, .signal = 11};
    manifest->store_hash = UINT64_C(0x0123456789abcdef);
    manifest->removed = (struct capsule_manifest_removed){true, 1, 2, 3, 4, 5};
    return manifest;
}

static void comes_back(void **state)
{
    (void)state;
    struct capsule_manifest *manifest = make();
    struct capsule_manifest *back = calloc(1, sizeof(*back));
    struct err err = ERR_INIT;
    char *text = NULL;
    assert_non_null(back);
    test_ok(capsule_manifest_print(manifest, &text, &err), err);
    test_ok(capsule_manifest_parse(text, strlen(text), back, &err), err);
    assert_memory_equal(back, manifest, sizeof(*back));
    free(text);
    free(back);
    free(manifest);
}

/* The engine's own words may be any bytes. */
static void text_that_is_not_utf8_is_kept_in_part(void **state)
{
    (void)state;
    struct capsule_manifest *manifest = make();
    struct capsule_manifest *back = calloc(1, sizeof(*back));
    struct err err = ERR_INIT;
    char *text = NULL;
    assert_non_null(back);
    (void)snprintf(manifest->end.detail, sizeof(manifest->end.detail),
                   "a\xff\xfe"
                   "b");
    test_ok(capsule_manifest_print(manifest, &text, &err), err);
    test_ok(capsule_manifest_parse(text, strlen(text), back, &err), err);
    assert_string_equal(back->end.detail, "a??b");
    free(text);
    free(back);
    free(manifest);
}

static void refused(const char *word, const char *other, int code)
{
    struct capsule_manifest *manifest = make();
    struct err err = ERR_INIT;
    char *text = NULL;
    test_row(other);
    test_ok(capsule_manifest_print(manifest, &text, &err), err);
    char *at = strstr(text, word);
    assert_non_null(at);
    assert_true(strlen(other) <= strlen(word));
    memset(at, ' ', strlen(word));
    memcpy(at, other, strlen(other));
    test_code(capsule_manifest_parse(text, strlen(text), manifest, &err), code);
    assert_true(err.text[0] != '\0');
    free(text);
    free(manifest);
}

static void what_is_not_known_is_refused(void **state)
{
    (void)state;
    refused("\"capsule\": 1", "\"capsule\": 2", ERR_USAGE);
    refused("\"capsule\": 1", "\"capsule\": x", ERR_CORRUPT);
    refused("\"violated\",", "\"vanished\",", ERR_USAGE);
    refused("\"exclusive\"", "\"elusive\"", ERR_USAGE);
    refused("\"acked\": 5", "\"acked\":-5", ERR_CORRUPT);
    refused("\"token\"", "\"tok\"", ERR_CORRUPT);
    refused("\"store_hash\": \"0123", "\"store_hash\": \"xyz3", ERR_CORRUPT);
    refused("\"restart\"", "\"res\"", ERR_CORRUPT);
    refused("\"body_bytes\": 2", "\"body_bytes\":{}", ERR_CORRUPT);
}

static void says_what_was_violated(void **state)
{
    (void)state;
    char text[64];
    struct capsule_manifest *manifest = make();
    capsule_manifest_say(&manifest->end, text, sizeof(text));
    assert_string_equal(text, "violated bounds exclusive");
    capsule_manifest_say(&manifest->end, text, 12);
    assert_string_equal(text, "violated bo");
    assert_false(capsule_manifest_is_same(&manifest->end, &manifest->restart));
    assert_true(capsule_manifest_is_same(&manifest->end, &manifest->end));
    free(manifest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(text_that_is_not_utf8_is_kept_in_part),
        cmocka_unit_test(what_is_not_known_is_refused),
        cmocka_unit_test(says_what_was_violated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
