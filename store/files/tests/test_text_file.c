/* Small files replaced whole: what a crash may leave beside them does no harm. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk_posix.h"
#include "store/files/text_file.h"

static const struct text_file_points points = {
    .size = POINT_OFFSETS_SIZE,
    .open = POINT_OFFSETS_OPEN,
    .read = POINT_OFFSETS_READ,
    .create = POINT_OFFSETS_CREATE,
    .truncate = POINT_OFFSETS_TRUNCATE,
    .write = POINT_OFFSETS_WRITE,
    .sync = POINT_OFFSETS_SYNC,
    .rename = POINT_OFFSETS_RENAME,
    .sync_dir = POINT_OFFSETS_SYNC_DIR,
};

struct fixture {
    struct tmpdir dir;
    struct text_file file;
    char text[64]; /* the last that parsed */
    struct err err;
};

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    tmpdir_make(&fixture->dir);
    diskstate_mkdir(fixture->dir.fd, "config");
    fixture->file = (struct text_file){.dir = "config", .path = "config/f", .points = &points};
    assert_int_equal(disk_posix_new(fixture->dir.fd, false, NULL, &fixture->file.disk), 0);
}

static void tear_down(struct fixture *fixture)
{
    disk_free(fixture->file.disk);
    tmpdir_remove(&fixture->dir);
}

/* Sound is what begins with "ok". */
static int parse(void *arg, const char *text, size_t size_bytes, struct err *err)
{
    struct fixture *fixture = arg;
    if (strncmp(text, "ok", 2) != 0) {
        return err_set(err, ERR_CORRUPT, "does not begin with ok");
    }
    snprintf(fixture->text, sizeof(fixture->text), "%.*s", (int)size_bytes, text);
    return 0;
}

static void loads_what_was_saved_over_a_longer_rest(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    assert_int_equal(text_file_load(&fixture.file, parse, &fixture, &fixture.err), 0);
    /* A crash before the rename left a longer file beside. */
    diskstate_write(fixture.dir.fd, "config/f.tmp", "ok and much, much more", 22);
    test_ok(text_file_save(&fixture.file, "ok 1", 4, &fixture.err), fixture.err);
    assert_int_equal(text_file_load(&fixture.file, parse, &fixture, &fixture.err), 1);
    assert_string_equal(fixture.text, "ok 1");
    assert_false(diskstate_exists(fixture.dir.fd, "config/f.tmp"));
    tear_down(&fixture);
}

/* The file, its .bak, and what comes of them; NULL: missing. */
struct load_case {
    const char *main;
    const char *bak;
    int expected;
    const char *text;
};

static void falls_back_to_bak_and_never_to_nothing(void **state)
{
    (void)state;
    static const struct load_case cases[] = {
        {NULL, NULL, 0, ""},
        {"ok main", "ok bak", 1, "ok main"},
        {NULL, "ok bak", 1, "ok bak"},
        {"", "ok bak", 1, "ok bak"},
        {"torn", "ok bak", 1, "ok bak"},
        {"torn", NULL, ERR_CORRUPT, ""},
        {"torn", "", ERR_CORRUPT, ""},
        {NULL, "torn", ERR_CORRUPT, ""},
        {"", "", 0, ""},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        set_up(&fixture);
        if (cases[i].main != NULL) {
            diskstate_write(fixture.dir.fd, "config/f", cases[i].main, strlen(cases[i].main));
        }
        if (cases[i].bak != NULL) {
            diskstate_write(fixture.dir.fd, "config/f.bak", cases[i].bak, strlen(cases[i].bak));
        }
        test_code(text_file_load(&fixture.file, parse, &fixture, &fixture.err), cases[i].expected);
        assert_string_equal(fixture.text, cases[i].text);
        tear_down(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_what_was_saved_over_a_longer_rest),
        cmocka_unit_test(falls_back_to_bak_and_never_to_nothing),
    };
    return cmocka_run_group_tests_name("store.text_file", tests, NULL, NULL);
}
