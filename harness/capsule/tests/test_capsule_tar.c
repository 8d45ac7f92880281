/* The archive comes back as it was, lists as any tar, and nothing hostile or damaged is taken. */
#include "harness/capsule/capsule_tar.h"
#include "harness/power/disk/image_tree.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <lz4frame.h>

#define INDEX_SIZE_BYTES 167772160u
#define RAW_SIZE_BYTES   (1u << 20)

struct fixture {
    struct tmpdir dir;
    struct image *image;
    int fd; /* of the archive */
    struct err err;
    uint32_t members;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    tmpdir_make(&fixture->dir);
    fixture->image = image_new();
    assert_non_null(fixture->image);
    fixture->fd = openat(fixture->dir.fd, "a.capsule", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fixture->fd >= 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    image_free(fixture->image);
    (void)close(fixture->fd);
    tmpdir_remove(&fixture->dir);
    free(fixture);
    return 0;
}

static void put(struct image *image, const char *path, uint64_t size_bytes)
{
    struct image_content *content = NULL;
    uint32_t slot = 0;
    assert_int_equal(image_tree_create(image, path, &slot), 0);
    assert_int_equal(image_tree_own_content(&image->files[slot], &content), 0);
    assert_int_equal(image_content_truncate(content, size_bytes), 0);
}

static void put_at(struct image *image, const char *path, uint64_t offset, const char *text)
{
    struct image_content *content = NULL;
    struct image_entry *entry = image_tree_find(image, path);
    assert_non_null(entry);
    assert_int_equal(image_tree_own_content(&image->files[entry->file], &content), 0);
    assert_true(image_content_write(content, offset, (const uint8_t *)text, strlen(text)) > 0);
}

/* Files of all kinds: empty, whole, all hole, holes at every end. */
static void fill(struct image *image)
{
    assert_int_equal(image_tree_add(image, "d", IMAGE_NO_FILE), 0);
    assert_int_equal(image_tree_add(image, "d/empty-dir", IMAGE_NO_FILE), 0);
    put(image, "d/empty", 0);
    put(image, "d/hole", INDEX_SIZE_BYTES);
    put(image, "d/index", INDEX_SIZE_BYTES);
    put_at(image, "d/index", 0, "the first entries");
    put_at(image, "d/index", 40960 - 3, "over the border of a page");
    put_at(image, "d/index", INDEX_SIZE_BYTES - 3, "end");
    put(image, "d/middle", 20000);
    put_at(image, "d/middle", 9000, "in the middle");
    put(image, "short", 5);
    put_at(image, "short", 0, "12345");
}

static int take(void *arg, const char *name, uint8_t *data, size_t size_bytes)
{
    struct fixture *fixture = arg;
    if (strcmp(name, "known") != 0) {
        return ERR_CORRUPT;
    }
    fixture->members++;
    assert_int_equal(size_bytes, 5);
    assert_memory_equal(data, "words", 6);
    free(data);
    return 0;
}

static void write_it(struct fixture *fixture, const char *name)
{
    const struct capsule_tar_member members[] = {{name, "words", 5}};
    const struct view store = image_view(fixture->image);
    assert_int_equal(ftruncate(fixture->fd, 0), 0);
    assert_int_equal(lseek(fixture->fd, 0, SEEK_SET), 0);
    test_ok(capsule_tar_write(fixture->fd, members, 1, &store, &fixture->err), fixture->err);
}

static int read_it(struct fixture *fixture, uint64_t *ret_hash)
{
    struct image *image = image_new();
    assert_non_null(image);
    const struct capsule_tar_taker taker = {take, fixture, image};
    fixture->err.text[0] = '\0';
    int r = capsule_tar_read(fixture->fd, &taker, &fixture->err);
    *ret_hash = image_hash(image);
    image_free(image);
    return r;
}

static void comes_back_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    uint64_t hash = 0;
    fill(fixture->image);
    write_it(fixture, "known");
    test_ok(read_it(fixture, &hash), fixture->err);
    assert_int_equal(fixture->members, 1);
    assert_true(hash == image_hash(fixture->image));
}

/* Two indexes of 160 MiB cost a few blocks, and no more when they are unpacked. */
static void holes_cost_nothing(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture->image);
    write_it(fixture, "known");
    assert_true(lseek(fixture->fd, 0, SEEK_END) < 4096);
}

static size_t unpack(const struct fixture *fixture, uint8_t *raw)
{
    static uint8_t packed[RAW_SIZE_BYTES];
    LZ4F_dctx *context = NULL;
    ssize_t got = pread(fixture->fd, packed, sizeof(packed), 0);
    size_t in = (size_t)got;
    size_t out = RAW_SIZE_BYTES;
    assert_true(got > 0);
    assert_false(LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)));
    assert_int_equal(LZ4F_decompress(context, raw, &out, packed, &in, NULL), 0);
    (void)LZ4F_freeDecompressionContext(context);
    return out;
}

static void pack(const struct fixture *fixture, const uint8_t *raw, size_t size_bytes)
{
    static uint8_t packed[RAW_SIZE_BYTES + 1024];
    size_t size = LZ4F_compressFrame(packed, sizeof(packed), raw, size_bytes, NULL);
    assert_false(LZ4F_isError(size));
    assert_int_equal(ftruncate(fixture->fd, 0), 0);
    assert_int_equal(pwrite(fixture->fd, packed, size, 0), (ssize_t)size);
}

static void refused(struct fixture *fixture, const char *part)
{
    uint64_t hash = 0;
    test_code(read_it(fixture, &hash), ERR_CORRUPT);
    test_contains(fixture->err.text, part);
}

static void names_that_climb_are_refused(void **state)
{
    static const char *const names[] = {
        "crashed/../../evil", "crashed/..", "crashed/a/../../b", "crashed//evil", "crashed/./a",
        "/etc/evil",          "../evil",    "unknown",           "crashed/a/b",
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < TEST_COUNT(names); i++) {
        test_row(names[i]);
        write_it(fixture, names[i]);
        refused(fixture, "member '");
    }
}

/* Some other entry than a file or a directory, as libarchive writes it. */
static void write_special(const struct fixture *fixture, unsigned type, const char *link)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    assert_int_equal(ftruncate(fixture->fd, 0), 0);
    assert_int_equal(lseek(fixture->fd, 0, SEEK_SET), 0);
    assert_int_equal(archive_write_set_format_pax(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter_lz4(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_open_fd(archive, fixture->fd), ARCHIVE_OK);
    archive_entry_set_pathname(entry, "crashed/special");
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    if (type == AE_IFLNK) {
        archive_entry_set_symlink(entry, link);
    } else if (link != NULL) {
        archive_entry_set_hardlink(entry, link);
    }
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    archive_entry_free(entry);
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}

static void links_and_devices_are_refused(void **state)
{
    struct fixture *fixture = *state;
    write_special(fixture, AE_IFLNK, "/etc/passwd");
    refused(fixture, "neither a file nor a directory");
    write_special(fixture, AE_IFREG, "/etc/passwd");
    refused(fixture, "neither a file nor a directory");
    write_special(fixture, AE_IFIFO, NULL);
    refused(fixture, "neither a file nor a directory");
    write_special(fixture, AE_IFCHR, NULL);
    refused(fixture, "neither a file nor a directory");
}

/* The sizes in the archive are anybody's. */
static void impossible_sizes_are_refused(void **state)
{
    static const char said[] = "GNU.sparse.realsize=4294967296";
    static const char lie[] = "GNU.sparse.realsize=9999999999";
    static uint8_t raw[RAW_SIZE_BYTES];
    struct fixture *fixture = *state;
    put(fixture->image, "big", UINT64_C(4294967296));
    put_at(fixture->image, "big", 0, "x");
    write_it(fixture, "known");
    size_t size = unpack(fixture, raw);
    uint8_t *at = memmem(raw, size, said, strlen(said));
    assert_non_null(at);
    memcpy(at, lie, strlen(lie));
    pack(fixture, raw, size);
    refused(fixture, "impossible size");
}

/* A few bytes that unpack to more than any capsule. */
static void a_bomb_is_refused(void **state)
{
    static uint8_t raw[RAW_SIZE_BYTES];
    static uint8_t packed[RAW_SIZE_BYTES];
    struct fixture *fixture = *state;
    LZ4F_cctx *context = NULL;
    off_t at = 0;
    assert_false(LZ4F_isError(LZ4F_createCompressionContext(&context, LZ4F_VERSION)));
    size_t size = LZ4F_compressBegin(context, packed, sizeof(packed), NULL);
    for (uint32_t i = 0; i <= CAPSULE_TAR_CONTENT_SIZE_BYTES_MAX / sizeof(raw); i++) {
        assert_int_equal(pwrite(fixture->fd, packed, size, at), (ssize_t)size);
        at += (off_t)size;
        size = LZ4F_compressUpdate(context, packed, sizeof(packed), raw, sizeof(raw) / 2, NULL);
        size += LZ4F_compressUpdate(context, packed + size, sizeof(packed) - size, raw,
                                    sizeof(raw) / 2, NULL);
    }
    (void)LZ4F_freeCompressionContext(context);
    refused(fixture, "more than 1 GiB");
}

/* With any byte changed it is no longer taken, but where the content stays the same: in a run of
 * zeros it does not matter how far back the packer looks. */
static void damage_anywhere_is_found(void **state)
{
    struct fixture *fixture = *state;
    uint64_t hash = 0;
    fill(fixture->image);
    write_it(fixture, "known");
    off_t size = lseek(fixture->fd, 0, SEEK_END);
    off_t found = 0;
    for (off_t at = 0; at < size; at++) {
        uint8_t byte = 0;
        assert_int_equal(pread(fixture->fd, &byte, 1, at), 1);
        uint8_t flipped = byte ^ (uint8_t)(1u << (at % 8));
        assert_int_equal(pwrite(fixture->fd, &flipped, 1, at), 1);
        int r = read_it(fixture, &hash);
        if (r != ERR_CORRUPT && hash != image_hash(fixture->image)) {
            fail_msg("byte %ld is not held by anything", (long)at);
        }
        found += r == ERR_CORRUPT ? 1 : 0;
        assert_int_equal(pwrite(fixture->fd, &byte, 1, at), 1);
    }
    test_ok(read_it(fixture, &hash), fixture->err);
    assert_true(found > size * 9 / 10);
}

static void cut_off_anywhere_is_found(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture->image);
    write_it(fixture, "known");
    for (off_t size = lseek(fixture->fd, 0, SEEK_END) - 1; size >= 0; size--) {
        assert_int_equal(ftruncate(fixture->fd, size), 0);
        refused(fixture, "");
    }
}

static void bytes_behind_the_end_are_refused(void **state)
{
    struct fixture *fixture = *state;
    write_it(fixture, "known");
    assert_int_equal(pwrite(fixture->fd, "x", 1, lseek(fixture->fd, 0, SEEK_END)), 1);
    refused(fixture, "behind its end");
}

static void foreign_files_are_refused(void **state)
{
    static const char gzip[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00 and more";
    static uint8_t noise[4096];
    struct fixture *fixture = *state;
    refused(fixture, ""); /* empty */
    assert_int_equal(pwrite(fixture->fd, gzip, sizeof(gzip), 0), (ssize_t)sizeof(gzip));
    refused(fixture, "is no capsule");
    memset(noise, 'n', sizeof(noise));
    pack(fixture, noise, sizeof(noise));
    refused(fixture, "archive");
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(comes_back_as_it_was),
        ROW(holes_cost_nothing),
        ROW(names_that_climb_are_refused),
        ROW(links_and_devices_are_refused),
        ROW(impossible_sizes_are_refused),
        ROW(a_bomb_is_refused),
        ROW(damage_anywhere_is_found),
        ROW(cut_off_anywhere_is_found),
        ROW(bytes_behind_the_end_are_refused),
        ROW(foreign_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
