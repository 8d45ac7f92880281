/* Packed stores: what tar wrote is read, holes, long names and all; what is damaged is refused. */
#include "harness/base/pack.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define LONG_NAME                                                                             \
    "a-name-that-is-longer-than-the-hundred-bytes-that-a-header-has-for-it-and-so-stands-in-" \
    "an-entry-of-its-own-before-it"

struct found {
    char text[4096];
    size_t piece_count;
    uint64_t last_offset;
    uint8_t last_byte;
};

static int note_piece(void *arg, uint64_t offset, const uint8_t *data, size_t size_bytes)
{
    struct found *found = arg;
    found->piece_count++;
    found->last_offset = offset + size_bytes - 1;
    found->last_byte = data[size_bytes - 1];
    return 0;
}

static int read_all(const char *path, struct found *found, struct err *err)
{
    struct pack *pack = NULL;
    struct pack_entry entry;
    memset(found, 0, sizeof(*found));
    int r = pack_open(path, &pack, err);
    while (r == 0 && (r = pack_next(pack, &entry, err)) > 0) {
        size_t used = strlen(found->text);
        snprintf(found->text + used, sizeof(found->text) - used, "%s%s %llu\n", entry.path,
                 entry.is_dir ? "/" : "", (unsigned long long)entry.size_bytes);
        r = entry.is_dir ? 0 : pack_data(pack, note_piece, found, err);
    }
    pack_close(pack);
    return r;
}

static void run(const char *dir, const char *format)
{
    char command[2048];
    snprintf(command, sizeof(command), "cd '%s' && %s", dir, format);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): tar is what makes such files
}

static void what_tar_wrote_is_read(void **state)
{
    struct tmpdir dir;
    struct found found;
    struct err err = ERR_INIT;
    char path[512];
    (void)state;
    tmpdir_make(&dir);
    run(dir.path,
        "mkdir -p s/d && printf abc >s/d/" LONG_NAME " && : >s/empty && truncate -s 1G s/hole"
        " && printf x | dd of=s/hole bs=1 seek=1000000000 conv=notrunc status=none"
        " && tar -C s --sort=name -cSf - . | gzip -9n >p.tar.gz");
    snprintf(path, sizeof(path), "%s/p.tar.gz", dir.path);
    test_ok(read_all(path, &found, &err), err);
    assert_string_equal(found.text, "d/ 0\nd/" LONG_NAME " 3\nempty 0\nhole 1073741824\n");
    assert_true(found.last_offset >= 1000000000 && found.last_offset < 1000004096);
    tmpdir_remove(&dir);
}

/* More pieces than the header has room for, and than one block behind it. */
static void many_pieces(void **state)
{
    struct tmpdir dir;
    struct found found;
    struct err err = ERR_INIT;
    char path[512];
    (void)state;
    tmpdir_make(&dir);
    run(dir.path, "mkdir s && for i in $(seq 40); do printf y |"
                  " dd of=s/f bs=1 seek=$((i * 1000000)) conv=notrunc status=none; done"
                  " && tar -C s -cSf - . | gzip -9n >p.tar.gz");
    snprintf(path, sizeof(path), "%s/p.tar.gz", dir.path);
    test_ok(read_all(path, &found, &err), err);
    assert_true(found.piece_count >= 40);
    assert_int_equal(found.last_offset, 40000000);
    assert_int_equal(found.last_byte, 'y');
    tmpdir_remove(&dir);
}

/* As who takes something out of each file would. */
static int blank_piece(void *arg, const char *path, uint64_t offset, uint8_t *data,
                       size_t size_bytes)
{
    size_t *count = arg;
    (void)offset;
    assert_true(strcmp(path, "d/sparse") == 0 || strcmp(path, "d/plain") == 0);
    memset(data, '-', size_bytes);
    (*count)++;
    return 0;
}

static void rewritten_it_differs_in_bytes_alone(void **state)
{
    struct tmpdir dir;
    struct found before;
    struct found after;
    struct err err = ERR_INIT;
    char path[512];
    uint8_t *data = NULL;
    size_t size = 0;
    size_t count = 0;
    (void)state;
    tmpdir_make(&dir);
    run(dir.path,
        "mkdir d && printf words >d/plain && truncate -s 3M d/sparse && printf end >>d/sparse"
        " && tar -cSf - d | gzip >s.tar.gz");
    snprintf(path, sizeof(path), "%s/s.tar.gz", dir.path);
    test_ok(read_all(path, &before, &err), err);
    test_ok(pack_rewrite(path, blank_piece, &count, &data, &size, &err), err);
    assert_int_equal(count, before.piece_count);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    free(data);
    test_ok(read_all(path, &after, &err), err);
    assert_string_equal(after.text, before.text);
    assert_int_equal(after.piece_count, before.piece_count);
    assert_int_equal(after.last_offset, before.last_offset);
    assert_int_equal(after.last_byte, '-');
    run(dir.path, "rm -r d && tar -xzf s.tar.gz && [ \"$(cat d/plain)\" = ----- ]");
    tmpdir_remove(&dir);
}

static void what_is_no_store_is_refused(void **state)
{
    static const char *const made[] = {
        "printf nothing >p.tar.gz",
        "printf nothing | gzip >p.tar.gz",
        "mkdir s && ln -s /etc s/link && tar -C s -cf - . | gzip >p.tar.gz",
        "mkdir s && mkfifo s/pipe && tar -C s -cf - . | gzip >p.tar.gz",
        "mkdir s && : >a && tar -C s -Pcf - ../a | gzip >p.tar.gz",
        "mkdir s && : >s/a && tar -Pcf - \"$PWD/s\" | gzip >p.tar.gz",
        "mkdir s && echo abc >s/a && tar -C s -cf - . | gzip | head -c 90 >p.tar.gz",
        "mkdir s && echo abc >s/a && tar -C s -cf - . | head -c 1100 | gzip >p.tar.gz",
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(made); i++) {
        struct tmpdir dir;
        struct found found;
        struct err err = ERR_INIT;
        char path[512];
        tmpdir_make(&dir);
        run(dir.path, made[i]);
        snprintf(path, sizeof(path), "%s/p.tar.gz", dir.path);
        assert_int_equal(read_all(path, &found, &err), ERR_CORRUPT);
        assert_true(err.text[0] != '\0');
        tmpdir_remove(&dir);
    }
}

/* Every byte of the unpacked archive may be anything: it is read or refused. */
static void damage_does_no_harm(void **state)
{
    struct tmpdir dir;
    char path[512];
    (void)state;
    tmpdir_make(&dir);
    run(dir.path, "mkdir s && printf y | dd of=s/f bs=1 seek=1000000 status=none && echo abc >s/a"
                  " && tar -C s -cSf t.tar .");
    snprintf(path, sizeof(path), "%s/p.tar.gz", dir.path);
    for (unsigned i = 0; i < 120; i++) {
        char command[256];
        struct found found;
        struct err err = ERR_INIT;
        snprintf(
            command, sizeof(command),
            "cp t.tar u.tar && printf '\\%o' | dd of=u.tar bs=1 seek=%u conv=notrunc status=none"
            " && gzip -c u.tar >p.tar.gz",
            (i * 37) % 256, 512 * (1 + i % 3) + (i * 29) % 512);
        run(dir.path, command);
        int r = read_all(path, &found, &err);
        assert_true(r == 0 || (r == ERR_CORRUPT && err.text[0] != '\0'));
    }
    tmpdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_tar_wrote_is_read),
        cmocka_unit_test(many_pieces),
        cmocka_unit_test(rewritten_it_differs_in_bytes_alone),
        cmocka_unit_test(what_is_no_store_is_refused),
        cmocka_unit_test(damage_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
