/* From a token to its scenario. */
#include "harness/cli/token_scenario.h"
#include "harness/testkit/test.h"

static int load(const char *text, const char *path, struct scenario *scenario, struct err *err)
{
    struct token token;
    test_ok(token_parse(text, &token, err), *err);
    return token_scenario_load(&token, text, path, scenario, err);
}

/* Its own version only, by its file or from the suite. */
static void finds_the_version_that_the_token_names(void **state)
{
    static const char path[] = TEST_SOURCE_DIR "/scenarios/plain-sync.yaml";
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    struct err err = ERR_INIT;
    char text[128];
    (void)state;
    assert_non_null(scenario);
    test_ok(scenario_load(path, scenario, &err), err);
    (void)snprintf(text, sizeof(text), "plain-sync.%06x@5eed@no-offset-clip:", scenario->hash24);
    memset(scenario, 0, sizeof(*scenario));
    test_ok(load(text, path, scenario, &err), err);
    assert_string_equal(scenario->name, "plain-sync");
    /* Its switches are left to the caller. */
    assert_true(quirk_has_guard(&scenario->store.quirks, QUIRK_GUARD_OFFSET_CLIP));
    assert_int_equal(setenv("KILLPOINT_SCENARIOS", TEST_SOURCE_DIR "/scenarios", 1), 0);
    test_ok(load(text, NULL, scenario, &err), err);
    test_code(load("plain-sync.000001@5eed:", path, scenario, &err), ERR_USAGE);
    test_contains(err.text, "another version of scenario 'plain-sync' (000001");
    test_code(load("plain-sink.000001@5eed:", NULL, scenario, &err), ERR_USAGE);
    test_contains(err.text, "plain-sync");
    free(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_version_that_the_token_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
