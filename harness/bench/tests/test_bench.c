/* Every figure of the bench is measured, and stands beside what it claims to stand beside. */
#include "harness/bench/bench.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <string.h>

/* So short that no figure means anything: what is tested is that each is there. */
#define DURATION_MS 20

static void measures_each_row_once_beside_its_floor(void **state)
{
    static struct bench_result result;
    struct bench_options options = {.duration_ms = DURATION_MS};
    struct err err = ERR_INIT;
    uint32_t floored = 0;

    (void)state;
    struct tmpdir dir;
    tmpdir_make(&dir);
    (void)snprintf(options.dir, sizeof(options.dir), "%s", dir.path);
    test_ok(bench_run(&options, &result, &err), err);
    assert_true(result.count >= 10);
    for (uint32_t i = 0; i < result.count; i++) {
        const struct bench_row *row = &result.rows[i];
        assert_true(row->name[0] != '\0' && row->unit[0] != '\0');
        if (!(row->value > 0)) {
            fail_msg("%s: %f %s", row->name, row->value, row->unit);
        }
        if (row->floor > 0) {
            floored++;
            assert_true(row->ratio > 0 && row->floor_name[0] != '\0');
        }
        for (uint32_t k = 0; k < i; k++) {
            assert_string_not_equal(row->name, result.rows[k].name);
        }
    }
    assert_true(floored >= 5);
    tmpdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_each_row_once_beside_its_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
