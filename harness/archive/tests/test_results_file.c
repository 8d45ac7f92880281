/* Results are read the same, packed or not; what is damaged is an error. */
#include "harness/archive/results_file.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

/* `count` lines that are alike, as results are. */
static void write_lines(const struct tmpdir *tmp, unsigned count)
{
    int fd = openat(tmp->fd, "results.jsonl", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *file = fdopen(fd, "w");

    assert_non_null(file);
    for (unsigned i = 0; i < count; i++) {
        (void)fprintf(file, "{\"token\":\"plain-sync.4333e4@5eed:log/put:%u=kill\",\"us\":%u}\n", i,
                      i * 2654435761u % 9973);
    }
    assert_int_equal(fclose(file), 0);
}

/* How many lines there are, each as it was written; or a negated errno. */
static int count_lines(const struct tmpdir *tmp)
{
    char *line = NULL;
    size_t capacity = 0;
    FILE *file = NULL;
    unsigned count = 0;

    assert_int_equal(results_file_open(tmp->path, &file, NULL), 0);
    errno = 0;
    while (getline(&line, &capacity, file) > 0 && strchr(line, '\n') != NULL) {
        char start[96];

        (void)snprintf(start, sizeof(start),
                       "{\"token\":\"plain-sync.4333e4@5eed:log/put:%u=kill\"", count);
        assert_int_equal(strncmp(line, start, strlen(start)), 0);
        count++;
    }
    int r = ferror(file) ? -errno : (int)count;
    free(line);
    assert_int_equal(fclose(file), 0);
    return r;
}

static void packed_is_read_the_same(void **state)
{
    static const unsigned counts[] = {0, 1, 5000, 40000};

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct tmpdir tmp;
        uint64_t saved_bytes = 0;

        tmpdir_make(&tmp);
        write_lines(&tmp, counts[i]);
        assert_int_equal(count_lines(&tmp), counts[i]);
        assert_int_equal(results_file_pack(tmp.fd, &saved_bytes, NULL), 1);
        assert_int_equal(faccessat(tmp.fd, "results.jsonl", F_OK, 0), -1);
        assert_int_equal(count_lines(&tmp), counts[i]);
        if (counts[i] > 1000) {
            assert_true(saved_bytes > counts[i] * 40);
        }
        assert_int_equal(results_file_pack(tmp.fd, &saved_bytes, NULL), 0); /* once is enough */
        tmpdir_remove(&tmp);
    }
}

static void a_damaged_one_is_an_error(void **state)
{
    struct tmpdir tmp;
    struct stat status;
    uint64_t saved_bytes = 0;

    (void)state;
    tmpdir_make(&tmp);
    write_lines(&tmp, 20000);
    assert_int_equal(results_file_pack(tmp.fd, &saved_bytes, NULL), 1);
    int fd = openat(tmp.fd, "results.jsonl.lz4", O_RDWR | O_CLOEXEC);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(ftruncate(fd, status.st_size / 2), 0);
    assert_int_equal(count_lines(&tmp), -EBADMSG);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(count_lines(&tmp), -EBADMSG);
    assert_int_equal(pwrite(fd, "these are no results", 20, 0), 20);
    assert_int_equal(count_lines(&tmp), -EBADMSG);
    (void)close(fd);
    tmpdir_remove(&tmp);
}

static void none_is_said(void **state)
{
    struct tmpdir tmp;
    FILE *file = NULL;
    struct err err = ERR_INIT;

    (void)state;
    tmpdir_make(&tmp);
    assert_int_equal(results_file_open(tmp.path, &file, &err), -ENOENT);
    assert_non_null(strstr(err.text, "results.jsonl"));
    tmpdir_remove(&tmp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_is_read_the_same),
        cmocka_unit_test(a_damaged_one_is_an_error),
        cmocka_unit_test(none_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
