/* Scenarios as text: what is printed is read back as the same struct. */
#include "harness/scenario/scenario.h"
#include "harness/scenario/scenario_options.h"
#include "harness/scenario/scenario_print.h"
#include "harness/testkit/test.h"

#include <dirent.h>
#include <errno.h>

#include <sys/stat.h>

/* The structs are large: kept off the stack. */
static int make_scenarios(void **state)
{
    *state = calloc(2, sizeof(struct scenario));
    return *state == NULL;
}

static int drop_scenarios(void **state)
{
    free(*state);
    return 0;
}

static char *print(const struct scenario *scenario)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    assert_int_equal(scenario_print(scenario, file), 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

/* Prints scenarios[0], and reads it into scenarios[1], which must be the same: the whole struct,
 * since the hash leaves out the summary and the seed. */
static char *check_round_trip(struct scenario *scenarios)
{
    struct err err = ERR_INIT;
    char *text = print(&scenarios[0]);
    memset(&scenarios[1], 0, sizeof(scenarios[1]));
    if (scenario_parse(text, strlen(text), scenarios[0].path, &scenarios[1], &err) < 0) {
        fail_msg("%s\n%s", err.text, text);
    }
    if (scenarios[0].hash24 != scenarios[1].hash24 ||
        memcmp(&scenarios[0], &scenarios[1], sizeof(scenarios[0])) != 0) {
        fail_msg("%s is another than what was printed:\n%s", scenarios[0].path, text);
    }
    return text;
}

static uint32_t check_directory(struct scenario *scenarios, const char *directory)
{
    uint32_t count = 0;
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char path[1024];
        struct stat st;
        struct err err = ERR_INIT;
        size_t size = strlen(entry->d_name);
        (void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        if (entry->d_name[0] != '.' && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
            count += check_directory(scenarios, path);
        } else if (size > 5 && strcmp(entry->d_name + size - 5, ".yaml") == 0) {
            memset(&scenarios[0], 0, sizeof(scenarios[0]));
            test_ok(scenario_load(path, &scenarios[0], &err), err);
            free(check_round_trip(scenarios));
            count++;
        }
    }
    closedir(dir);
    return count;
}

static void prints_every_scenario_of_the_suite(void **state)
{
    assert_true(check_directory(*state, TEST_SOURCE_DIR "/scenarios") > 120);
}

/* Between them they have every key; held against the table below. */
static const char *const odd[] = {
    "name: rolling-sync\n"
    "summary: \"A '#: \\\" [x]\\n \\xe9 \\u2028 end \"\n"
    "start: 2026-02-03T04:05:06Z\n"
    "store: { mode: dledger, flush: async, services: threads, log_file_size: 4KiB,\n"
    "         queue_file_units: 40, index_file_units: 16, message_v2: true,\n"
    "         defects: [dledger-dup-info, sync-error-ignored.bare], guards_off: [offset-clip] }\n"
    "workload: { topics: 2, queues: 3, producers: 4, hosts: ipv6, phases: [\n"
    "  { put: 20, body: 64..256B, every: 200ms, tags: [a, '- {', \"\\xe9\\t\"], keys: 1,\n"
    "    properties: 2, compress: lz4, wait: false },\n"
    "  { commit_offsets: all }, { hold: dispatch, for: 5s }, { pause: 4s },\n"
    "  { put: 1, body: 5MiB, rejected: true }, { expire: 1h }, { truncate: 2 },\n"
    "  { restart: clean }, { restart: kill }, { put: 5 } ] }\n"
    "faults: [ { point: \"dledger/*\", fault: [kill, torn, 'short:3', eio, 'eio:once', 'eio:on',\n"
    "                                          'enospc:3', pod-kill], when: 2..9+2 },\n"
    "          { point: dledger/append, fault: kill, when: 7 },\n"
    "          { point: dledger/append, fault: 'eio:1', when: 7.. } ]\n"
    "depth: 3\n"
    "before: [\"remove:consumequeue/topic-0/0\", \"clock-jump:-1h\"]\n"
    "seed: 5eed\n"
    "audit: true\n"
    "disk_size: 256KiB\n"
    "reached: [recovery-after-first-file]\n"
    "forbid_events: [dup-info-check]\n"
    "expect: { violated: [queue-complete], also: [bounds, queue-true] }\n",
    "name: explored\n"
    "store: { profile: rocketmq-5.3.3, guards_off: [], defects: [offsets-in-place] }\n"
    "workload: { topics: ['%RETRY%g', 'a|b', '-'], phases: [ { put: 1, body: 0 } ] }\n"
    "faults: [ { point: '*', fault: ['power-loss:ext4', 'sync-eio:late', sync-lie] } ]\n"
    "explore: { bound: 9, random: 8, nested: 7, kills: 6, sync_faults: 5, interleavings: 4,\n"
    "           preemptions: 3, rot: 2, copies: 1 }\n",
    "name: threads\nstore: { services: threads }\nworkload: { phases: [ { put: 1 } ] }\n"
    "faults: [ { point: '*', fault: power-loss } ]\n",
    "name: planned\nworkload: { phases: [ { put: 1 } ] }\n"
    "plan: ['commitlog/append:1=kill', '', \n"
    "       'clock-jump:-1h,commitlog/append:1=short:9,commitlog/sync:2=eio:on']\n",
    "name: program\ntarget: program:example\nworkload: { phases: [ { put: 1 } ] }\n"
    "faults: [ { point: put/acknowledged, fault: kill } ]\n",
};

static void prints_odd_values(void **state)
{
    struct scenario *scenarios = *state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct err err = ERR_INIT;
        test_ok(scenario_parse(odd[i], strlen(odd[i]), "dir/a.yaml", &scenarios[0], &err), err);
        free(check_round_trip(scenarios));
    }
}

static bool has_key(const char *text, const char *key)
{
    char word[64];
    (void)snprintf(word, sizeof(word), "%s:", key);
    return strstr(text, word) != NULL;
}

/* A key that is added to the table and not printed would be lost from what is kept. `base` is in
 * the suite. */
static void knows_every_key(void **state)
{
    struct scenario *scenarios = *state;
    char *texts[sizeof(odd) / sizeof(odd[0])];
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct err err = ERR_INIT;
        test_ok(scenario_parse(odd[i], strlen(odd[i]), "dir/a.yaml", &scenarios[0], &err), err);
        texts[i] = print(&scenarios[0]);
    }
    for (size_t i = 0; i < scenario_options_count(); i++) {
        struct yaml_table_option row;
        bool is_printed = false;
        scenario_options_row(i, &row);
        for (size_t j = 0; j < sizeof(odd) / sizeof(odd[0]); j++) {
            is_printed |= has_key(texts[j], row.key);
        }
        if (!is_printed && strcmp(row.key, "base") != 0) {
            fail_msg("no text has the key '%s'", row.key);
        }
    }
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        free(texts[i]);
    }
}

/* Where the scenario is to lie, and how its base is called there. */
static void names_the_base_from_where_the_file_lies(void **state)
{
    static const struct {
        const char *path;
        const char *base;
        const char *line;
    } rows[] = {
        {"scenarios/a.yaml", "scenarios/bases/x.tar.gz", "base: x\n"},
        {"a.yaml", "scenarios/bases/x.tar.gz", "base: scenarios/bases/x.tar.gz\n"},
        {"scenarios/regress/a.yaml", "scenarios/bases/x.tar.gz", "base: ../bases/x.tar.gz\n"},
        {"other/deep/a.yaml", "scenarios/x.tar.gz", "base: ../../scenarios/x.tar.gz\n"},
        {"scenarios/a.yaml", "scenarios/x.tar.gz", "base: ./x.tar.gz\n"},
        {"scenarios/a.yaml", "/abs/x.tar.gz", "base: /abs/x.tar.gz\n"},
        {"/abs/a.yaml", "/abs/bases/x.tar.gz", "base: x\n"},
        {"/", "/abs/x.tar.gz", "base: abs/x.tar.gz\n"},
    };
    struct scenario *scenarios = *state;
    struct err err = ERR_INIT;
    test_ok(scenario_parse(odd[0], strlen(odd[0]), "a.yaml", &scenarios[0], &err), err);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)snprintf(scenarios[0].path, sizeof(scenarios[0].path), "%s", rows[i].path);
        (void)snprintf(scenarios[0].base, sizeof(scenarios[0].base), "%s", rows[i].base);
        char *text = print(&scenarios[0]);
        if (strstr(text, rows[i].line) == NULL) {
            fail_msg("%s: no %s in\n%s", rows[i].path, rows[i].line, text);
        }
        free(text);
    }
}

static void says_that_the_file_is_full(void **state)
{
    struct scenario *scenarios = *state;
    struct err err = ERR_INIT;
    test_ok(scenario_parse(odd[0], strlen(odd[0]), "a.yaml", &scenarios[0], &err), err);
    FILE *file = fopen("/dev/full", "we");
    assert_non_null(file);
    setbuf(file, NULL);
    assert_int_equal(scenario_print(&scenarios[0], file), -EIO);
    (void)fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(prints_every_scenario_of_the_suite, make_scenarios,
                                        drop_scenarios),
        cmocka_unit_test_setup_teardown(prints_odd_values, make_scenarios, drop_scenarios),
        cmocka_unit_test_setup_teardown(knows_every_key, make_scenarios, drop_scenarios),
        cmocka_unit_test_setup_teardown(names_the_base_from_where_the_file_lies, make_scenarios,
                                        drop_scenarios),
        cmocka_unit_test_setup_teardown(says_that_the_file_is_full, make_scenarios, drop_scenarios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
