/* A draft has less in it than a capsule, and what it has comes back. */
#include "harness/capsule/capsule_file.h"
#include "harness/capsule/capsule_ledger.h"
#include "harness/power/disk/image_tree.h"
#include "harness/testkit/test.h"

#include <unistd.h>

#include <sys/mman.h>

static void make(struct capsule_file *file)
{
    struct ledger *ledger = calloc(1, ledger_size_bytes(2));
    struct err err = ERR_INIT;
    char *text = NULL;
    uint32_t slot = 0;
    assert_non_null(ledger);
    memset(file, 0, sizeof(*file));
    ledger->message_capacity = 2;
    const struct rest rest = {.ledger = ledger, .round = 1};
    test_ok(capsule_ledger_print(&rest, &text, &err), err);
    file->ledger_text = (struct capsule_file_member){(uint8_t *)text, strlen(text)};
    file->image = image_new();
    assert_non_null(file->image);
    assert_int_equal(image_tree_create(file->image, "lock", &slot), 0);
    free(ledger);
}

static int pass(struct capsule_file *file, bool is_draft, struct capsule_file *ret_file,
                struct err *err)
{
    int fd = memfd_create("capsule", MFD_CLOEXEC);
    const struct view store = image_view(file->image);
    assert_true(fd >= 0);
    test_ok(capsule_file_write(fd, file, &store, err), *err);
    int r = capsule_file_read(fd, is_draft, ret_file, err);
    (void)close(fd);
    return r;
}

static void a_draft_is_no_capsule(void **state)
{
    (void)state;
    struct capsule_file file;
    struct capsule_file back;
    struct err err = ERR_INIT;
    make(&file);
    test_code(pass(&file, false, &back, &err), ERR_CORRUPT);
    test_contains(err.text, "manifest.json");
    assert_null(back.image);
    test_ok(pass(&file, true, &back, &err), err);
    assert_int_equal(back.rest.round, 1);
    assert_int_equal(back.rest.ledger->message_capacity, 2);
    assert_ptr_equal(back.rest.place.image, back.image);
    assert_true(image_hash(back.image) == image_hash(file.image));
    capsule_file_done(&back);
    capsule_file_done(&file);
}

static void members_come_back(void **state)
{
    (void)state;
    struct capsule_file file;
    struct capsule_file back;
    struct err err = ERR_INIT;
    make(&file);
    assert_int_equal(capsule_file_set(&file.recording, "a recording"), 0);
    assert_int_equal(capsule_file_set(&file.detail, ""), 0);
    test_ok(pass(&file, true, &back, &err), err);
    assert_int_equal(back.recording.size_bytes, strlen("a recording"));
    assert_string_equal((char *)back.recording.data, "a recording");
    assert_int_equal(back.rest.trace_size_bytes, back.recording.size_bytes);
    assert_int_equal(back.detail.size_bytes, 0);
    assert_null(back.base.data);
    capsule_file_done(&back);
    capsule_file_done(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_is_no_capsule),
        cmocka_unit_test(members_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
