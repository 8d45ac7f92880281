/* A scenario over a packed store: where that is looked for, what it decides, what cannot be asked
 * of it. */
#include "harness/scenario/scenario.h"
#include "harness/scenario/scenario_hash.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <stdlib.h>

#define HEAD  "name: n\nworkload: { phases: [ { put: 3 } ] }\n"
#define PACK  " && tar -C s --sort=name --mtime=@0 -cSf - . | gzip -9n >bases/b.tar.gz"
#define FIRST "00000000000000000000"

struct place {
    struct tmpdir dir;
    char path[512]; /* of the scenario */
    struct scenario scenario;
    struct err err;
};

/* A store of empty files in bases/b.tar.gz; the words are file names and sizes. */
static struct place *set_up(const char *command)
{
    struct place *place = calloc(1, sizeof(*place));
    char text[1024];
    assert_non_null(place);
    tmpdir_make(&place->dir);
    snprintf(place->path, sizeof(place->path), "%s/a.yaml", place->dir.path);
    snprintf(text, sizeof(text), "cd '%s' && mkdir s bases && cd s && %s && cd .." PACK,
             place->dir.path, command);
    assert_int_equal(system(text), 0); // NOLINT(cert-env33-c): tar is what makes such files
    return place;
}

static void tear_down(struct place *place)
{
    tmpdir_remove(&place->dir);
    free(place);
}

static int parse(struct place *place, const char *text)
{
    memset(&place->err, 0, sizeof(place->err));
    return scenario_parse(text, strlen(text), place->path, &place->scenario, &place->err);
}

#define PLAIN                                                                  \
    "mkdir -p commitlog consumequeue/t/0 && truncate -s 8192 commitlog/" FIRST \
    " && truncate -s 8192 commitlog/00000000000000008192 && truncate -s 400 consumequeue/t/0/" FIRST
#define DLEDGER                                                                             \
    "mkdir -p dledger-n0/data dledger-n0/index && truncate -s 65536 dledger-n0/data/" FIRST \
    " && truncate -s 167772160 dledger-n0/index/" FIRST

static void mode_and_sizes_are_the_bases(void **state)
{
    (void)state;
    struct place *place = set_up(PLAIN);
    test_ok(parse(place, HEAD "base: b\n"), place->err);
    assert_int_equal(place->scenario.store.mode, STORE_MODE_COMMITLOG);
    assert_int_equal(place->scenario.store.log_file_size_bytes, 8192);
    assert_int_equal(place->scenario.store.queue_file_units, 20);
    tear_down(place);
    place = set_up(DLEDGER);
    test_ok(parse(place, HEAD "base: b\n"), place->err);
    assert_int_equal(place->scenario.store.mode, STORE_MODE_DLEDGER);
    assert_int_equal(place->scenario.store.log_file_size_bytes, 65536);
    assert_int_equal(place->scenario.store.index_file_units, 5242880);
    tear_down(place);
}

/* As RocketMQ leaves a store that was killed before its first put. */
static void a_store_without_records_gives_no_size(void **state)
{
    (void)state;
    struct place *place = set_up("mkdir commitlog consumequeue && echo x >abort");
    test_ok(parse(place, HEAD "base: b\n"), place->err);
    assert_int_equal(place->scenario.store.mode, STORE_MODE_COMMITLOG);
    assert_true(place->scenario.store.log_file_size_bytes > 0);
    tear_down(place);
    place = set_up("mkdir -p commitlog dledger-n0/data");
    test_ok(parse(place, HEAD "base: b\n"), place->err);
    assert_int_equal(place->scenario.store.mode, STORE_MODE_DLEDGER);
    tear_down(place);
}

static void a_path_is_one_beside_the_scenario(void **state)
{
    (void)state;
    struct place *place = set_up(PLAIN);
    char text[1024];
    test_ok(parse(place, HEAD "base: ./bases/b.tar.gz\n"), place->err);
    snprintf(text, sizeof(text), HEAD "base: %s/bases/b.tar.gz\n", place->dir.path);
    test_ok(parse(place, text), place->err);
    tear_down(place);
}

/* A token holds for these bytes. */
static void the_hash_is_of_the_bases_bytes_too(void **state)
{
    (void)state;
    struct place *place = set_up(PLAIN);
    struct place *other = set_up(PLAIN " && echo x >more");
    test_ok(parse(place, HEAD "base: b\n"), place->err);
    test_ok(parse(other, HEAD "base: b\n"), other->err);
    assert_int_not_equal(place->scenario.hash24, other->scenario.hash24);
    uint32_t hash24 = place->scenario.hash24;
    test_ok(parse(place, HEAD "store: { log_file_size: 8KiB, queue_file_units: 20 }\n"),
            place->err);
    assert_int_not_equal(place->scenario.hash24, hash24);
    test_ok(parse(place, HEAD "base: ./bases/b.tar.gz\n"), place->err);
    assert_int_equal(place->scenario.hash24, hash24);
    tear_down(other);
    tear_down(place);
}

static void what_contradicts_the_base_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *rest;
        const char *message;
    } rows[] = {
        {"base: other\n", "a.yaml:3:7: error: open '"},
        {"base: b\nstore: { mode: dledger }\n",
         "a.yaml:4:16: error: the base is a store in mode commitlog"},
        {"base: b\nstore: { log_file_size: 64KiB }\n",
         "a.yaml:4:25: error: the base has another 'log_file_size': 8192"},
        {"base: b\nstore: { queue_file_units: 100 }\n", "'queue_file_units': 20"},
        {"base: b\ntarget: program:x\n", "a.yaml:3:7: error: 'base' is for the engine"},
        {"base: b\nbefore: [\"rot:checkpoint@0.1\"]\n", "a.yaml:3:7: error: over a 'base' no file"},
    };
    (void)state;
    struct place *place = set_up(PLAIN);
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        char text[512];
        snprintf(text, sizeof(text), HEAD "%s", rows[i].rest);
        test_row(rows[i].rest);
        test_code(parse(place, text), ERR_USAGE);
        test_contains(place->err.text, rows[i].message);
    }
    test_code(
        parse(place, "name: n\nbase: b\nworkload: { phases: [ { put: 3 }, { truncate: 1 } ] }\n"),
        ERR_USAGE);
    test_contains(place->err.text, "over a 'base' nothing is truncated");
    tear_down(place);
}

static void what_is_no_store_of_one_size_is_refused(void **state)
{
    static const struct {
        const char *command;
        const char *message;
    } rows[] = {
        {"echo x >file", "has no log in commitlog/"},
        {"mkdir commitlog && echo x >commitlog/file", "has no log in commitlog/"},
        {PLAIN " && truncate -s 4096 commitlog/00000000000000016384",
         "log files of 8192 and of 4096 bytes"},
        {"mkdir -p commitlog consumequeue/t/0 && truncate -s 400 consumequeue/t/0/" FIRST,
         "has no log in commitlog/"},
        {"ln -s / commitlog", "is not the header of a file or a directory"},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct place *place = set_up(rows[i].command);
        test_row(rows[i].command);
        test_code(parse(place, HEAD "base: b\n"), ERR_USAGE);
        test_contains(place->err.text, rows[i].message);
        tear_down(place);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mode_and_sizes_are_the_bases),
        cmocka_unit_test(a_store_without_records_gives_no_size),
        cmocka_unit_test(a_path_is_one_beside_the_scenario),
        cmocka_unit_test(the_hash_is_of_the_bases_bytes_too),
        cmocka_unit_test(what_contradicts_the_base_is_refused_with_its_place),
        cmocka_unit_test(what_is_no_store_of_one_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
