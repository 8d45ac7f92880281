/* A small table of its own: sections, lists, choices, and what a file may get wrong in each. */
#include "harness/testkit/test.h"
#include "harness/yaml/yaml_values.h"

#include <string.h>

enum { ROOT, INNER, DUTY };

struct inner {
    uint32_t size;
    bool is_open;
};

struct outer {
    uint64_t number;
    uint32_t mode;
    struct inner inner;
    uint32_t sum;
};

static YAML_TABLE_READER(add_one)
{
    uint32_t one = 0;
    struct yaml_table_target each = {&one, 1, 9, NULL, 0};
    int r = yaml_values_count(walk, node, text, &each);
    *(uint32_t *)target->at += one;
    return r;
}

static const char *const modes[] = {"slow", "fast"};

static const struct yaml_table_row rows[] = {
    {.option = {ROOT, "number", "number", "", "", ""},
     .read = yaml_values_number,
     .offset = offsetof(struct outer, number),
     .min = 1,
     .max = UINT64_C(1) << 40},
    {.option = {ROOT, "mode", "word", "", "slow", ""},
     .read = yaml_values_word,
     .offset = offsetof(struct outer, mode),
     .words = modes,
     .word_count = 2},
    {.option = {ROOT, "inner", "section", "", "none", ""},
     .shape = YAML_TABLE_SECTION,
     .inner = INNER,
     .offset = offsetof(struct outer, inner)},
    {.option = {ROOT, "sum", "list", "", "[]", ""},
     .shape = YAML_TABLE_LIST,
     .read = add_one,
     .offset = offsetof(struct outer, sum)},
    {.option = {INNER, "size", "number", "", "", ""},
     .read = yaml_values_count,
     .offset = offsetof(struct inner, size),
     .max = 100},
    {.option = {INNER, "open", "flag", "", "false", ""},
     .read = yaml_values_flag,
     .offset = offsetof(struct inner, is_open)},
    {.option = {DUTY, "walk", "number", "", "", ""},
     .read = yaml_values_count,
     .offset = offsetof(struct inner, size),
     .max = 100,
     .choice = 1,
     .choices = 1u << 1},
    {.option = {DUTY, "sit", "number", "", "", ""},
     .read = yaml_values_count,
     .offset = offsetof(struct inner, size),
     .max = 100,
     .choice = 2,
     .choices = 1u << 2},
    {.option = {DUTY, "fast", "flag", "", "false", ""},
     .read = yaml_values_flag,
     .offset = offsetof(struct inner, is_open),
     .choices = 1u << 1},
};

static const struct yaml_table table = {rows, sizeof(rows) / sizeof(rows[0])};

static int read_section(const char *text, unsigned section, void *base, uint32_t *ret_choice,
                        struct err *err)
{
    struct yaml_reader reader;
    struct yaml_table_walk walk = {.reader = &reader, .table = &table, .err = err};
    struct yaml_table_section state = {section, base, {NULL}};
    int r = yaml_reader_init(&reader, text, strlen(text), "t.yaml", err);
    assert_int_equal(r, 0);
    r = yaml_table_read(&walk, yaml_reader_root(&reader), &state);
    if (r == 0 && ret_choice != NULL) {
        r = yaml_table_choose(&walk, &state, "duties", ret_choice);
    }
    yaml_reader_done(&reader);
    return r;
}

static void reads_every_shape(void **state)
{
    (void)state;
    struct outer outer = {.mode = 7};
    struct err err = ERR_INIT;
    assert_int_equal(read_section("number: 99999999999\nmode: fast\n"
                                  "inner: { size: 3, open: true }\nsum: [ 1, 2, 3 ]\n",
                                  ROOT, &outer, NULL, &err),
                     0);
    assert_true(outer.number == 99999999999);
    assert_int_equal(outer.mode, 1);
    assert_int_equal(outer.inner.size, 3);
    assert_true(outer.inner.is_open);
    assert_int_equal(outer.sum, 6);
}

static void leaves_a_field_whose_key_is_missing(void **state)
{
    (void)state;
    struct outer outer = {.mode = 7, .sum = 5};
    struct err err = ERR_INIT;
    assert_int_equal(read_section("number: 1\n", ROOT, &outer, NULL, &err), 0);
    assert_int_equal(outer.mode, 7);
    assert_int_equal(outer.sum, 5);
}

static void refuses_with_the_place(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } table_of_errors[] = {
        {"mode: fast\n", "t.yaml:1:1: error: the key 'number' is missing"},
        {"number: 1\nmoed: fast\n", "t.yaml:2:1: error: unknown key 'moed'; did you mean 'mode'?"},
        {"number: 1\nnumber: 2\n", "t.yaml:2:1: error: duplicate key 'number', first on line 1"},
        {"number: 0\n", "t.yaml:1:9: error: 0 is out of range: 1 to 1099511627776"},
        {"number: [1]\n", "t.yaml:1:9: error: expected a single value, found a list"},
        {"number: 1\ninner: 4\n", "t.yaml:2:8: error: expected 'key: value' pairs"},
        {"number: 1\ninner: { open: true }\n", "t.yaml:2:8: error: the key 'size' is missing"},
        {"number: 1\nsum: 4\n", "t.yaml:2:6: error: expected a list, as in [a, b]"},
        {"number: 1\nsum: [ 1, ten ]\n", "t.yaml:2:11: error: expected a number, found 'ten'"},
        {"number: 1\nsize: 4\n", "t.yaml:2:1: error: unknown key 'size'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(table_of_errors) / sizeof(table_of_errors[0]); i++) {
        struct outer outer = {.mode = 0};
        struct err err = ERR_INIT;
        assert_int_equal(read_section(table_of_errors[i].text, ROOT, &outer, NULL, &err),
                         ERR_USAGE);
        if (strncmp(err.text, table_of_errors[i].says, strlen(table_of_errors[i].says)) != 0) {
            fail_msg("expected \"%s\", got \"%s\"", table_of_errors[i].says, err.text);
        }
    }
}

static void one_key_says_what_a_section_is_about(void **state)
{
    (void)state;
    struct inner inner = {0};
    struct err err = ERR_INIT;
    uint32_t choice = 9;
    assert_int_equal(read_section("walk: 4\nfast: true\n", DUTY, &inner, &choice, &err), 0);
    assert_int_equal(choice, 1);
    assert_int_equal(read_section("fast: true\n", DUTY, &inner, &choice, &err), 0);
    assert_int_equal(choice, 0);
    assert_int_equal(read_section("walk: 4\nsit: 1\n", DUTY, &inner, &choice, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "'walk' and 'sit' are two duties"));
    assert_int_equal(read_section("sit: 4\nfast: true\n", DUTY, &inner, &choice, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "t.yaml:2:1: error: 'fast' does not belong to 'sit'"));
}

static void finds_the_row_of_a_key_in_its_section(void **state)
{
    (void)state;
    assert_int_equal(yaml_table_find(&table, ROOT, "number"), 0);
    assert_int_equal(yaml_table_find(&table, DUTY, "fast"), 8);
    assert_int_equal(yaml_table_find(&table, INNER, "number"), table.row_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_shape),
        cmocka_unit_test(leaves_a_field_whose_key_is_missing),
        cmocka_unit_test(refuses_with_the_place),
        cmocka_unit_test(one_key_says_what_a_section_is_about),
        cmocka_unit_test(finds_the_row_of_a_key_in_its_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
