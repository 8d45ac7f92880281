/* A file is known by its bytes. */
#include "harness/base/file_hash.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void write_file(const struct tmpdir *tmp, const char *name, size_t size_bytes, char last)
{
    int fd = openat(tmp->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    for (size_t i = 0; i < size_bytes; i++) {
        char byte = i + 1 == size_bytes ? last : (char)i;
        assert_int_equal(write(fd, &byte, 1), 1);
    }
    (void)close(fd);
}

static void equal_bytes_have_equal_hashes_and_no_others(void **state)
{
    static const struct {
        const char *name;
        size_t size_bytes;
        char last;
    } files[] = {{"a", 70000, 1}, {"b", 70000, 1}, {"c", 70000, 2}, {"d", 69999, 1}, {"e", 0, 0}};
    char hashes[5][FILE_HASH_TEXT_SIZE_BYTES];
    struct tmpdir tmp;

    (void)state;
    tmpdir_make(&tmp);
    for (unsigned i = 0; i < 5; i++) {
        char path[TMPDIR_PATH_SIZE_BYTES + 8];

        write_file(&tmp, files[i].name, files[i].size_bytes, files[i].last);
        (void)snprintf(path, sizeof(path), "%s/%s", tmp.path, files[i].name);
        assert_int_equal(file_hash_text(path, hashes[i]), 0);
        assert_int_equal(strlen(hashes[i]), 16);
    }
    assert_string_equal(hashes[0], hashes[1]);
    assert_string_not_equal(hashes[0], hashes[2]);
    assert_string_not_equal(hashes[0], hashes[3]);
    assert_string_equal(hashes[4], "2d06800538d394c2"); /* XXH3 of nothing */
    tmpdir_remove(&tmp);
}

static void what_cannot_be_read_has_none(void **state)
{
    char text[FILE_HASH_TEXT_SIZE_BYTES] = "x";

    (void)state;
    assert_int_equal(file_hash_text("/nowhere/at-all", text), -ENOENT);
    assert_string_equal(text, "");
    assert_int_equal(file_hash_text("/", text), ERR_USAGE);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_bytes_have_equal_hashes_and_no_others),
        cmocka_unit_test(what_cannot_be_read_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
