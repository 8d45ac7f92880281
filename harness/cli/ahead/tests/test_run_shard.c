/* Which shard it is, by the option and by the environments of the systems there are. */
#include "harness/cli/ahead/run_shard.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <unistd.h>

static const char *const variables[] = {
    "KILLPOINT_SHARD",      "CI_NODE_INDEX",          "CI_NODE_TOTAL",
    "CIRCLE_NODE_INDEX",    "CIRCLE_NODE_TOTAL",      "BUILDKITE_PARALLEL_JOB",
    "SLURM_ARRAY_TASK_ID",  "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
    "JOB_COMPLETION_INDEX", "KILLPOINT_SHARD_COUNT",  "BUILDKITE_PARALLEL_JOB_COUNT",
};

/* "NAME=value NAME=value": and nothing else is there. */
static void set_environment(const char *words)
{
    char copy[256];
    char *rest = NULL;
    for (size_t i = 0; i < TEST_COUNT(variables); i++) {
        (void)unsetenv(variables[i]);
    }
    (void)snprintf(copy, sizeof(copy), "%s", words);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        assert_non_null(value);
        *value = '\0';
        (void)setenv(word, value + 1, 1);
    }
}

static const struct {
    const char *given;
    const char *environment;
    uint32_t index;
    uint32_t count;
    const char *from;
} right[] = {
    {NULL, "", 0, 0, ""},
    {"2/4", "", 2, 4, "--shard"},
    {"1/1", "", 1, 1, "--shard"},
    {"4096/4096", "", 4096, 4096, "--shard"},
    {"3/5", "KILLPOINT_SHARD=2/4 CI_NODE_INDEX=1 CI_NODE_TOTAL=9", 3, 5, "--shard"},
    {NULL, "KILLPOINT_SHARD=2/4 CI_NODE_INDEX=1 CI_NODE_TOTAL=9", 2, 4, "KILLPOINT_SHARD"},
    {NULL, "CI_NODE_INDEX=1 CI_NODE_TOTAL=9", 1, 9, "CI_NODE_INDEX"},
    {NULL, "CI_NODE_TOTAL=1", 0, 0, ""},
    {NULL, "CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=1", 0, 0, ""},
    {NULL, "CIRCLE_NODE_INDEX=3 CIRCLE_NODE_TOTAL=4", 4, 4, "CIRCLE_NODE_INDEX"},
    {NULL, "BUILDKITE_PARALLEL_JOB=0 BUILDKITE_PARALLEL_JOB_COUNT=4", 1, 4,
     "BUILDKITE_PARALLEL_JOB"},
    {NULL, "SLURM_ARRAY_TASK_ID=12 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=10", 3, 4,
     "SLURM_ARRAY_TASK_ID"},
    {NULL, "JOB_COMPLETION_INDEX=3 KILLPOINT_SHARD_COUNT=4", 4, 4, "JOB_COMPLETION_INDEX"},
    {NULL, "KILLPOINT_SHARD=", 0, 0, ""},
};

static void who_says_it_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(right); i++) {
        struct campaign_shard shard;
        struct err err = ERR_INIT;
        test_row(right[i].environment);
        set_environment(right[i].environment);
        test_ok(run_shard_find(right[i].given, &shard, &err), err);
        assert_int_equal(shard.index, right[i].index);
        assert_int_equal(shard.count, right[i].count);
        assert_string_equal(shard.from, right[i].from);
    }
}

static const struct {
    const char *given;
    const char *environment;
    const char *who;
} wrong[] = {
    {"", "", "--shard"},
    {"0/4", "", "--shard"},
    {"5/4", "", "--shard"},
    {"1/0", "", "--shard"},
    {"1", "", "--shard"},
    {"1/4/2", "", "--shard"},
    {"-1/4", "", "--shard"},
    {" 1/4", "", "--shard"},
    {"1/4097", "", "--shard"},
    {"1/99999999999999999999", "", "--shard"},
    {NULL, "KILLPOINT_SHARD=two", "KILLPOINT_SHARD"},
    {NULL, "CI_NODE_INDEX=0 CI_NODE_TOTAL=4", "CI_NODE_INDEX"},
    {NULL, "CI_NODE_INDEX=1", "CI_NODE_TOTAL"},
    {NULL, "CI_NODE_INDEX=x CI_NODE_TOTAL=4", "CI_NODE_INDEX"},
    {NULL, "CIRCLE_NODE_INDEX=4 CIRCLE_NODE_TOTAL=4", "CIRCLE_NODE_INDEX"},
    {NULL, "SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=10",
     "SLURM_ARRAY_TASK_ID"},
    {NULL, "JOB_COMPLETION_INDEX=3", "KILLPOINT_SHARD_COUNT"},
};

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(wrong); i++) {
        struct campaign_shard shard;
        struct err err = ERR_INIT;
        test_row(wrong[i].given == NULL ? wrong[i].environment : wrong[i].given);
        set_environment(wrong[i].environment);
        test_code(run_shard_find(wrong[i].given, &shard, &err), ERR_USAGE);
        test_contains(err.text, wrong[i].who);
    }
    set_environment("");
}

/* A scenario that is in no table weighs what the others do. */
static void the_table_shares_out(void **state)
{
    static const char text[] =
        "name: %c\nsummary: s\nworkload: { topics: 1, phases: [ { put: 1 } ] }\n"
        "faults: [ { point: \"*\", fault: [kill] } ]\n";
    (void)state;
    struct scenario *scenarios = calloc(2, sizeof(*scenarios));
    struct supervisor_options campaign = {.scenarios = scenarios, .scenario_count = 2};
    struct scenario_files files = {.scenarios = scenarios, .count = 2};
    struct campaign_shard shard = {.index = 2, .count = 2};
    struct split *split = NULL;
    struct err err = ERR_INIT;
    struct tmpdir tmp;
    char path[TMPDIR_PATH_SIZE_BYTES + 16];
    assert_non_null(scenarios);
    tmpdir_make(&tmp);
    (void)snprintf(path, sizeof(path), "%s/weights", tmp.path);
    for (int i = 0; i < 2; i++) {
        char one[sizeof(text)];
        char file[TMPDIR_PATH_SIZE_BYTES + 16];
        (void)snprintf(one, sizeof(one), "name: %c%s", 'a' + i, text + strlen("name: %c"));
        (void)snprintf(file, sizeof(file), "%s/%c", tmp.path, 'a' + i);
        FILE *stream = fopen(file, "we");
        assert_non_null(stream);
        (void)fputs(one, stream);
        (void)fclose(stream);
        test_ok(scenario_parse(one, strlen(one), file, &scenarios[i], &err), err);
    }
    test_code(run_shard_split(path, &files, &shard, &campaign, &split, &err), ERR_USAGE);
    FILE *stream = fopen(path, "we");
    assert_non_null(stream);
    (void)fputs(
        "{\"scenarios\": [{\"name\": \"a\", \"switches\": \"\", \"cases\": 1, \"images\": 0, "
        "\"worker_us\": 5}]}\n",
        stream);
    (void)fclose(stream);
    test_ok(run_shard_split(path, &files, &shard, &campaign, &split, &err), err);
    assert_int_equal(campaign.shard, 1);
    assert_int_equal(strlen(shard.suite), 16);
    assert_int_equal(strlen(shard.weights), 16);
    assert_true(split_has_all(split, 0, 0) && split_has_all(split, 1, 1));
    (void)split_free(split);
    (void)truncate(path, 4);
    test_code(run_shard_split(path, &files, &shard, &campaign, &split, &err), ERR_USAGE);
    test_contains(err.text, "weights");
    free(scenarios);
    tmpdir_remove(&tmp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_says_it_is_known),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(the_table_shares_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
