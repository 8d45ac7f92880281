/* Plain values: what each reader takes, and the words it refuses with. */
#include "harness/testkit/test.h"
#include "harness/yaml/yaml_values.h"

#include <string.h>

typedef YAML_TABLE_READER(reader_function);

/* Reads the value of "v: TEXT". */
static int read_value(reader_function *read, const char *text,
                      const struct yaml_table_target *target, struct err *err)
{
    char file[128];
    struct yaml_reader reader;
    struct yaml_table_walk walk = {.reader = &reader, .err = err};
    (void)snprintf(file, sizeof(file), "v: %s\n", text);
    assert_int_equal(yaml_reader_init(&reader, file, strlen(file), "t.yaml", err), 0);
    const yaml_node_t *node = yaml_reader_find(&reader, yaml_reader_root(&reader), "v");
    int r = read(&walk, node, yaml_reader_scalar(node), target);
    yaml_reader_done(&reader);
    return r;
}

static const char *const words[] = {"clean", "kill"};

static void takes_what_is_in_range(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    uint32_t count = 0;
    uint64_t wide = 0;
    int64_t duration_ms = 0;
    bool flag = false;
    uint32_t word = 9;
    const struct yaml_table_target to_count = {&count, 0, 100, NULL, 0};
    const struct yaml_table_target to_wide = {&wide, 0, UINT64_MAX / 4, NULL, 0};
    const struct yaml_table_target to_duration = {&duration_ms, 0, 0, NULL, 0};
    const struct yaml_table_target to_flag = {&flag, 0, 0, NULL, 0};
    const struct yaml_table_target to_word = {&word, 0, 0, words, 2};
    assert_int_equal(read_value(yaml_values_count, "100", &to_count, &err), 0);
    assert_int_equal(count, 100);
    assert_int_equal(read_value(yaml_values_number, "5000000000", &to_wide, &err), 0);
    assert_true(wide == 5000000000);
    assert_int_equal(read_value(yaml_values_size, "4KiB", &to_wide, &err), 0);
    assert_true(wide == 4096);
    assert_int_equal(read_value(yaml_values_duration, "36h", &to_duration, &err), 0);
    assert_true(duration_ms == 36 * 3600 * 1000);
    assert_int_equal(read_value(yaml_values_flag, "true", &to_flag, &err), 0);
    assert_true(flag);
    assert_int_equal(read_value(yaml_values_word, "kill", &to_word, &err), 0);
    assert_int_equal(word, 1);
}

static void refuses_and_leaves_the_target(void **state)
{
    (void)state;
    uint64_t at = 77;
    const struct yaml_table_target target = {&at, 4096, 8192, words, 2};
    static const struct {
        reader_function *read;
        const char *text;
        const char *says;
    } table[] = {
        {yaml_values_count, "many", "expected a number, found 'many'"},
        {yaml_values_count, "-1", "expected a number, found '-1'"},
        {yaml_values_count, "8193", "8193 is out of range: 4096 to 8192"},
        {yaml_values_number, "99999999999999999999", "expected a number"},
        {yaml_values_size, "4 KB", "expected a size, as in 4KiB, found '4 KB'"},
        {yaml_values_size, "1KiB", "1KiB is out of range: 4KiB to 8KiB"},
        {yaml_values_duration, "-1h", "expected a duration, as in 200ms, 5s, 3m or 1h"},
        {yaml_values_flag, "yes", "expected true or false, found 'yes'"},
        {yaml_values_word, "klean", "unknown word 'klean'; did you mean 'clean'?"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct err err = ERR_INIT;
        assert_int_equal(read_value(table[i].read, table[i].text, &target, &err), ERR_USAGE);
        if (strstr(err.text, table[i].says) == NULL) {
            fail_msg("expected \"%s\", got \"%s\"", table[i].says, err.text);
        }
        assert_true(at == 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_is_in_range),
        cmocka_unit_test(refuses_and_leaves_the_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
