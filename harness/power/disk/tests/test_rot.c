/* Decay: exactly one bit or one sector changes, and never the length. */
#include "harness/power/disk/rot.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/stat.h>

#define FILE_SIZE_BYTES 1300

struct fixture {
    struct tmpdir dir;
    uint8_t bytes[FILE_SIZE_BYTES];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    tmpdir_make(&f->dir);
    for (size_t i = 0; i < sizeof(f->bytes); i++) {
        f->bytes[i] = (uint8_t)(i * 7 + 1) | 1;
    }
    diskstate_write(f->dir.fd, "commitlog/0", f->bytes, sizeof(f->bytes));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    tmpdir_remove(&f->dir);
    free(f);
    return 0;
}

static int rot(struct fixture *f, const char *text, struct err *err)
{
    struct plan_before step;
    test_ok(plan_before_parse(text, &step, err), *err);
    return rot_file(f->dir.fd, &step, err);
}

/* The file is what the fixture expects. */
static void assert_file(const struct fixture *f)
{
    uint8_t bytes[2 * FILE_SIZE_BYTES];
    int fd = openat(f->dir.fd, "commitlog/0", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, bytes, sizeof(bytes)), FILE_SIZE_BYTES);
    close(fd);
    assert_memory_equal(bytes, f->bytes, FILE_SIZE_BYTES);
}

static void a_bit_is_flipped_and_flipped_back(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(rot(f, "rot:commitlog/0@1299.7", &err), err);
    f->bytes[1299] ^= 0x80;
    assert_file(f);
    test_ok(rot(f, "rot:commitlog/0@0.0", &err), err);
    f->bytes[0] ^= 0x01;
    assert_file(f);
    test_ok(rot(f, "rot:commitlog/0@0.0", &err), err);
    f->bytes[0] ^= 0x01;
    assert_file(f);
}

static void a_sector_is_zeroed_up_to_the_end_of_the_file(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    test_ok(rot(f, "rot:commitlog/0@700.z", &err), err);
    memset(f->bytes + 512, 0, 512);
    assert_file(f);
    test_ok(rot(f, "rot:commitlog/0@1299.z", &err), err);
    memset(f->bytes + 1024, 0, FILE_SIZE_BYTES - 1024);
    assert_file(f);
}

static void what_is_not_there_cannot_decay(void **state)
{
    static const char *const rows[] = {"rot:commitlog/0@1300.0",     "rot:commitlog/0@1300.z",
                                       "rot:commitlog/0@99999999.0", "rot:commitlog/1@0.0",
                                       "rot:commitlog/0/1@0.0",      "rot:commitlog@0.0"};
    struct fixture *f = *state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct err err = ERR_INIT;
        test_row(rows[i]);
        test_code(rot(f, rows[i], &err), ERR_USAGE);
        test_contains(err.text, "decay");
        assert_file(f);
    }
}

static void a_link_is_not_followed(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    assert_int_equal(symlinkat("commitlog/0", f->dir.fd, "link"), 0);
    assert_true(rot(f, "rot:link@0.0", &err) < 0);
    assert_file(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_bit_is_flipped_and_flipped_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sector_is_zeroed_up_to_the_end_of_the_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_there_cannot_decay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_is_not_followed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
