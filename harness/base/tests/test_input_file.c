/* What is named as a file: read when it is one, refused at once when it is not. */
#include "harness/base/input_file.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static void reads_a_file(void **state)
{
    struct tmpdir dir;
    struct err err = ERR_INIT;
    char path[TMPDIR_PATH_SIZE_BYTES + 16];
    char text[8] = "";
    FILE *file = NULL;
    (void)state;
    tmpdir_make(&dir);
    (void)snprintf(path, sizeof(path), "%s/file", dir.path);
    file = fopen(path, "we");
    assert_true(fputs("words", file) >= 0);
    assert_int_equal(fclose(file), 0);
    test_ok(input_file_open(path, &file, &err), err);
    assert_int_equal(fread(text, 1, sizeof(text), file), 5);
    assert_string_equal(text, "words");
    (void)fclose(file);
    tmpdir_remove(&dir);
}

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    (void)close(fd);
}

static void refuses_what_is_none(void **state)
{
    struct tmpdir dir;
    struct err err = ERR_INIT;
    char path[TMPDIR_PATH_SIZE_BYTES + 16];
    FILE *file = NULL;
    (void)state;
    tmpdir_make(&dir);
    test_code(input_file_open(dir.path, &file, &err), ERR_USAGE);
    test_contains(err.text, "is a directory, not a file");
    (void)snprintf(path, sizeof(path), "%s/fifo", dir.path);
    assert_int_equal(mkfifo(path, 0600), 0);
    test_code(input_file_open(path, &file, &err), ERR_USAGE);
    test_contains(err.text, "fifo' is a FIFO, not a file");
    (void)snprintf(path, sizeof(path), "%s/socket", dir.path);
    make_socket(path);
    test_code(input_file_open(path, &file, &err), ERR_USAGE);
    test_contains(err.text, "socket");
    test_code(input_file_open("/dev/zero", &file, &err), ERR_USAGE);
    test_contains(err.text, "is a device, not a file");
    (void)snprintf(path, sizeof(path), "%s/nothing", dir.path);
    test_code(input_file_open(path, &file, &err), -ENOENT);
    test_contains(err.text, "No such file");
    tmpdir_remove(&dir);
}

static void reads_all_of_a_file_of_some_size(void **state)
{
    struct tmpdir dir;
    struct err err = ERR_INIT;
    char path[TMPDIR_PATH_SIZE_BYTES + 16];
    char *text = NULL;
    size_t size = 0;
    (void)state;
    tmpdir_make(&dir);
    (void)snprintf(path, sizeof(path), "%s/file", dir.path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("12345678", file);
    assert_int_equal(fclose(file), 0);
    test_ok(input_file_read(path, 8, &text, &size, &err), err);
    assert_int_equal(size, 8);
    assert_memory_equal(text, "12345678", 8);
    free(text);
    test_code(input_file_read(path, 7, &text, &size, &err), ERR_USAGE);
    test_contains(err.text, "file' is over 7B");
    test_code(input_file_read(dir.path, 7, &text, &size, &err), ERR_USAGE);
    tmpdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_file),
        cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(reads_all_of_a_file_of_some_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
