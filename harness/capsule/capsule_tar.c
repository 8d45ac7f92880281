/* libarchive makes and reads the tar.  The frame is unpacked by lz4 itself, which holds its
 * checksum against the content and knows where it ends. */
#include "harness/capsule/capsule_tar.h"

#include "harness/power/disk/image_tree.h"
#include "store/base/buffer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include <lz4frame.h>

#define PIECE_SIZE_BYTES (256u << 10)
#define NAME_SIZE_BYTES  1024

static const uint8_t zeros[PIECE_SIZE_BYTES];

/* Writing. */

struct writer {
    struct archive *archive;
    const struct view *store;
    struct err *err;
    uint64_t written_bytes;
    uint32_t entry_count;
    uint8_t page[VIEW_PAGE_SIZE_BYTES];
};

static int archive_failed(const struct writer *writer, const char *name)
{
    const char *text = archive_error_string(writer->archive);
    int code = archive_errno(writer->archive);
    return err_set(writer->err, code > 0 ? -code : -EIO, "write '%s' of a capsule: %s", name,
                   text == NULL ? "no reason is given" : text);
}

static struct archive_entry *entry_make(const char *name, uint64_t size_bytes, bool is_dir)
{
    struct archive_entry *entry = archive_entry_new();
    if (entry != NULL) {
        archive_entry_set_pathname(entry, name);
        archive_entry_set_filetype(entry, is_dir ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(entry, is_dir ? 0755 : 0644);
        archive_entry_set_size(entry, (la_int64_t)size_bytes);
        /* The same case is the same capsule: no time, no owner. */
        archive_entry_set_mtime(entry, 0, 0);
    }
    return entry;
}

static int put_bytes(const struct writer *writer, const char *name, const void *data,
                     size_t size_bytes)
{
    la_ssize_t put = archive_write_data(writer->archive, data, size_bytes);
    return put == (la_ssize_t)size_bytes ? 0 : archive_failed(writer, name);
}

static int put_member(const struct writer *writer, const struct capsule_tar_member *member)
{
    struct archive_entry *entry = entry_make(member->name, member->size_bytes, false);
    if (entry == NULL) {
        return err_set(writer->err, -ENOMEM, "no memory for a capsule");
    }
    int r = archive_write_header(writer->archive, entry);
    archive_entry_free(entry);
    if (r != ARCHIVE_OK) {
        return archive_failed(writer, member->name);
    }
    return put_bytes(writer, member->name, member->data, member->size_bytes);
}

static int cannot_read(const struct writer *writer, const char *path, int r)
{
    return err_set(writer->err, r, "read '%s' of the store: %s", path, strerror(-r));
}

/* The next page of a file, at or behind `at`, that is not all zeros. */
struct page {
    uint64_t offset;
    size_t size_bytes; /* short at the file's end only; 0: there is none */
};

/* Its bytes are in writer->page. */
static int next_page(struct writer *writer, const char *path, uint64_t at, uint64_t end,
                     struct page *ret_page)
{
    const struct view *store = writer->store;
    *ret_page = (struct page){end, 0};
    while (at < end) {
        int64_t next = view_next(store, path, at);
        if (next < 0) {
            return cannot_read(writer, path, (int)next);
        }
        at = (uint64_t)next / VIEW_PAGE_SIZE_BYTES * VIEW_PAGE_SIZE_BYTES;
        if (at >= end) {
            return 0;
        }
        int64_t got = store->read(store->arg, path, at, writer->page, sizeof(writer->page));
        if (got <= 0) {
            return cannot_read(writer, path, got < 0 ? (int)got : -EIO);
        }
        if (memcmp(writer->page, zeros, (size_t)got) != 0) {
            *ret_page = (struct page){at, (size_t)got};
            return 0;
        }
        at += (uint64_t)got;
    }
    return 0;
}

/* What lies between two holes. */
struct extent {
    uint64_t offset;
    uint64_t end;
};

static void add_extent(struct archive_entry *entry, const struct extent *extent)
{
    if (extent->end > extent->offset) {
        archive_entry_sparse_add_entry(entry, (la_int64_t)extent->offset,
                                       (la_int64_t)(extent->end - extent->offset));
    }
}

/* Where the holes are is said before the bytes. */
static int map_file(struct writer *writer, const char *path, uint64_t size_bytes,
                    struct archive_entry *entry)
{
    struct extent extent = {0, 0};
    uint64_t held_bytes = 0;
    while (extent.end < size_bytes) {
        struct page page;
        int r = next_page(writer, path, extent.end, size_bytes, &page);
        if (r < 0) {
            return r;
        }
        if (page.size_bytes == 0) {
            break;
        }
        if (page.offset > extent.end) {
            add_extent(entry, &extent);
            extent.offset = page.offset;
        }
        extent.end = page.offset + page.size_bytes;
        held_bytes += page.size_bytes;
    }
    if (held_bytes == size_bytes) {
        return 0; /* no hole */
    }
    add_extent(entry, &extent);
    if (held_bytes == 0) {
        archive_entry_sparse_add_entry(entry, 0, 0);
    }
    return 0;
}

/* libarchive counts what lies in a hole, and does not look at it. */
static int put_hole(const struct writer *writer, const char *name, uint64_t size_bytes)
{
    while (size_bytes > 0) {
        size_t size = size_bytes < sizeof(zeros) ? (size_t)size_bytes : sizeof(zeros);
        int r = put_bytes(writer, name, zeros, size);
        if (r < 0) {
            return r;
        }
        size_bytes -= size;
    }
    return 0;
}

static int put_content(struct writer *writer, const char *path, uint64_t size_bytes)
{
    uint64_t at = 0;
    while (at < size_bytes) {
        struct page page;
        int r = next_page(writer, path, at, size_bytes, &page);
        if (r < 0) {
            return r;
        }
        r = put_hole(writer, path, page.offset - at);
        if (r < 0) {
            return r;
        }
        r = put_bytes(writer, path, writer->page, page.size_bytes);
        if (r < 0) {
            return r;
        }
        writer->written_bytes += page.size_bytes;
        at = page.offset + page.size_bytes;
    }
    return 0;
}

static int put_file(struct writer *writer, const char *path)
{
    char name[NAME_SIZE_BYTES];
    int64_t size = writer->store->size(writer->store->arg, path);
    if (size < 0) {
        return cannot_read(writer, path, (int)size);
    }
    if ((uint64_t)size > CAPSULE_TAR_FILE_SIZE_BYTES_MAX ||
        writer->written_bytes > CAPSULE_TAR_CONTENT_SIZE_BYTES_MAX / 2) {
        return err_set(writer->err, ERR_USAGE, "the store is too large for a capsule at '%s'",
                       path);
    }
    (void)snprintf(name, sizeof(name), CAPSULE_TAR_STORE "/%s", path);
    struct archive_entry *entry = entry_make(name, (uint64_t)size, false);
    if (entry == NULL) {
        return err_set(writer->err, -ENOMEM, "no memory for a capsule");
    }
    int r = map_file(writer, path, (uint64_t)size, entry);
    if (r == 0 && archive_write_header(writer->archive, entry) != ARCHIVE_OK) {
        r = archive_failed(writer, name);
    }
    archive_entry_free(entry);
    if (r < 0) {
        return r;
    }
    return put_content(writer, path, (uint64_t)size);
}

/* Directories whose names are still to be listed: a store has few levels. */
struct listing {
    struct writer *writer;
    char path[NAME_SIZE_BYTES / 2];
};

static int put_directory(struct writer *writer, const char *path);

static int put_name(void *arg, const char *name, bool is_dir)
{
    const struct listing *listing = arg;
    struct writer *writer = listing->writer;
    char path[NAME_SIZE_BYTES / 2];
    int length = snprintf(path, sizeof(path), "%s%s%s", listing->path,
                          listing->path[0] == '\0' ? "" : "/", name);
    if (length < 0 || (size_t)length >= sizeof(path) ||
        ++writer->entry_count > CAPSULE_TAR_ENTRIES_MAX) {
        return err_set(writer->err, ERR_USAGE, "the store has too many or too long names");
    }
    return is_dir ? put_directory(writer, path) : put_file(writer, path);
}

/* `path`: "" is the root. */
static int put_directory(struct writer *writer, const char *path)
{
    char name[NAME_SIZE_BYTES];
    struct listing listing = {.writer = writer};
    (void)snprintf(listing.path, sizeof(listing.path), "%s", path);
    (void)snprintf(name, sizeof(name), CAPSULE_TAR_STORE "%s%s", path[0] == '\0' ? "" : "/", path);
    struct archive_entry *entry = entry_make(name, 0, true);
    if (entry == NULL) {
        return err_set(writer->err, -ENOMEM, "no memory for a capsule");
    }
    int r = archive_write_header(writer->archive, entry);
    archive_entry_free(entry);
    if (r != ARCHIVE_OK) {
        return archive_failed(writer, name);
    }
    r = writer->store->list(writer->store->arg, path, put_name, &listing);
    if (r < 0 && writer->err->text[0] == '\0') {
        return cannot_read(writer, path, r);
    }
    return r;
}

static int open_archive(struct writer *writer, int fd)
{
    writer->archive = archive_write_new();
    if (writer->archive == NULL) {
        return err_set(writer->err, -ENOMEM, "no memory for a capsule");
    }
    if (archive_write_set_format_pax_restricted(writer->archive) != ARCHIVE_OK ||
        archive_write_add_filter_lz4(writer->archive) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(writer->archive, 1) != ARCHIVE_OK ||
        archive_write_open_fd(writer->archive, fd) != ARCHIVE_OK) {
        return archive_failed(writer, "the beginning");
    }
    return 0;
}

int capsule_tar_write(int fd, const struct capsule_tar_member *members, uint32_t count,
                      const struct view *store, struct err *err)
{
    struct err own = ERR_INIT;
    struct writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL) {
        return err_set(err, -ENOMEM, "no memory for a capsule");
    }
    writer->store = store;
    writer->err = &own;
    int r = open_archive(writer, fd);
    for (uint32_t i = 0; r == 0 && i < count; i++) {
        r = put_member(writer, &members[i]);
    }
    if (r < 0) {
        goto out;
    }
    r = put_directory(writer, "");
    if (r == 0 && archive_write_close(writer->archive) != ARCHIVE_OK) {
        r = archive_failed(writer, "the end");
    }
out:
    (void)archive_write_free(writer->archive);
    free(writer);
    return r < 0 ? err_set(err, r, "%s", own.text) : 0;
}

/* Reading. */

static int read_whole(int fd, uint8_t **ret_data, size_t *ret_size_bytes, struct err *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0) {
        return err_set(err, -errno, "%s", strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return err_set(err, ERR_CORRUPT, "is no regular file");
    }
    if ((uint64_t)status.st_size > CAPSULE_TAR_PACKED_SIZE_BYTES_MAX) {
        return err_set(err, ERR_CORRUPT, "is over 256 MiB: no capsule is");
    }
    size_t size = (size_t)status.st_size;
    uint8_t *data = malloc(size + 1);
    if (data == NULL) {
        return err_set(err, -ENOMEM, "no memory for %zu bytes", size);
    }
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(fd, data + done, size - done, (off_t)done);
        if (got <= 0) {
            int r = got < 0 ? -errno : -EIO;
            free(data);
            return err_set(err, r, "%s", strerror(-r));
        }
        done += (size_t)got;
    }
    *ret_data = data;
    *ret_size_bytes = size;
    return 0;
}

/* One frame, whole, with nothing behind it. */
static int unpack(LZ4F_dctx *context, const uint8_t *data, size_t size_bytes, struct buffer *raw,
                  struct err *err)
{
    size_t used = 0;
    size_t left = 1;
    while (left != 0) {
        size_t in = size_bytes - used;
        size_t out = PIECE_SIZE_BYTES;
        if (raw->size_bytes + out > CAPSULE_TAR_CONTENT_SIZE_BYTES_MAX) {
            return err_set(err, ERR_CORRUPT, "has more than 1 GiB in it: no capsule has");
        }
        if (buffer_reserve(raw, raw->size_bytes + out) < 0) {
            return err_set(err, -ENOMEM, "no memory for what is in it");
        }
        left = LZ4F_decompress(context, raw->data + raw->size_bytes, &out, data + used, &in, NULL);
        if (LZ4F_isError(left)) {
            return err_set(err, ERR_CORRUPT, "%s: %s at byte %zu",
                           used == 0 && raw->size_bytes == 0 ? "is no capsule" : "is damaged",
                           LZ4F_getErrorName(left), used);
        }
        used += in;
        raw->size_bytes += out;
        if (left != 0 && in == 0 && out == 0) {
            return err_set(err, ERR_CORRUPT, "is cut off at byte %zu", used);
        }
    }
    return used == size_bytes ? 0 : err_set(err, ERR_CORRUPT, "has bytes behind its end");
}

struct reader {
    const struct capsule_tar_taker *taker;
    struct archive *archive;
    struct archive_entry *entry;
    struct err *err;
};

/* Below the root by plain names only.  An image is no directory, but what is written of it is. */
static bool is_plain(const char *path)
{
    size_t length = strlen(path);
    if (length == 0 || length >= NAME_SIZE_BYTES / 2) {
        return false;
    }
    for (const char *at = path; at != NULL; at = strchr(at, '/')) {
        at += at != path ? 1 : 0;
        size_t size = strcspn(at, "/");
        bool is_dots = size <= 2 && strspn(at, ".") >= size;
        if (size == 0 || is_dots) {
            return false;
        }
    }
    return true;
}

static int damaged(const struct reader *reader, const char *name, const char *what)
{
    return err_set(reader->err, ERR_CORRUPT, "member '%.200s' %s", name, what);
}

static int take_pieces(const struct reader *reader, const char *name, uint64_t size_bytes,
                       struct image_content *content)
{
    for (;;) {
        const void *data = NULL;
        size_t size = 0;
        la_int64_t offset = 0;
        int r = archive_read_data_block(reader->archive, &data, &size, &offset);
        if (r == ARCHIVE_EOF) {
            return 0;
        }
        if (r != ARCHIVE_OK || offset < 0 || (uint64_t)offset > size_bytes ||
            size > size_bytes - (uint64_t)offset) {
            return damaged(reader, name, "has a damaged map of its holes");
        }
        if (size > 0 && image_content_write(content, (uint64_t)offset, data, size) < 0) {
            return err_set(reader->err, -ENOMEM, "no memory for '%s'", name);
        }
    }
}

static int take_store_file(const struct reader *reader, const char *path, uint64_t size_bytes)
{
    struct image *image = reader->taker->image;
    struct image_content *content = NULL;
    uint32_t slot = 0;
    if (image_tree_create(image, path, &slot) < 0 ||
        image_tree_own_content(&image->files[slot], &content) < 0 ||
        image_content_truncate(content, size_bytes) < 0) {
        return err_set(reader->err, -ENOMEM, "no memory for '%s'", path);
    }
    return take_pieces(reader, path, size_bytes, content);
}

/* `name` begins with the store's. */
static int take_store(const struct reader *reader, const char *name, uint64_t size_bytes,
                      bool is_dir)
{
    struct image *image = reader->taker->image;
    const char *path = name + strlen(CAPSULE_TAR_STORE);
    if (*path == '\0' || strcmp(path, "/") == 0) {
        return is_dir ? 0 : damaged(reader, name, "is no directory");
    }
    char plain[NAME_SIZE_BYTES / 2];
    if ((size_t)snprintf(plain, sizeof(plain), "%s", path + 1) >= sizeof(plain)) {
        return damaged(reader, name, "has too long a name");
    }
    size_t length = strlen(plain);
    if (is_dir && length > 0 && plain[length - 1] == '/') {
        plain[length - 1] = '\0';
    }
    if (!is_plain(plain)) {
        return damaged(reader, name, "lies elsewhere than in the store");
    }
    if (image_tree_find(image, plain) != NULL || image_tree_check_parents(image, plain) < 0) {
        return damaged(reader, name, "stands twice, or before its directory");
    }
    if (!is_dir) {
        return take_store_file(reader, plain, size_bytes);
    }
    int r = image_tree_add(image, plain, IMAGE_NO_FILE);
    return r < 0 ? err_set(reader->err, r, "no memory for '%s'", plain) : 0;
}

static int take_member(const struct reader *reader, const char *name, uint64_t size_bytes)
{
    const struct capsule_tar_taker *taker = reader->taker;
    uint8_t *data = malloc((size_t)size_bytes + 1);
    if (data == NULL) {
        return err_set(reader->err, -ENOMEM, "no memory for '%s'", name);
    }
    la_ssize_t got = archive_read_data(reader->archive, data, (size_t)size_bytes);
    if (got != (la_ssize_t)size_bytes) {
        free(data);
        return damaged(reader, name, "is cut off");
    }
    data[size_bytes] = '\0';
    int r = taker->member(taker->arg, name, data, (size_t)size_bytes);
    if (r < 0) {
        free(data);
        return r == ERR_CORRUPT ? damaged(reader, name, "is none of a capsule's, or stands twice")
                                : err_set(reader->err, r, "member '%s'", name);
    }
    return 0;
}

static int take_entry(const struct reader *reader)
{
    const char *name = archive_entry_pathname(reader->entry);
    la_int64_t size = archive_entry_size(reader->entry);
    __LA_MODE_T type = archive_entry_filetype(reader->entry);
    size_t store_length = strlen(CAPSULE_TAR_STORE);
    if (name == NULL) {
        return damaged(reader, "?", "has a name that is none");
    }
    if ((type != AE_IFREG && type != AE_IFDIR) || archive_entry_hardlink(reader->entry) != NULL) {
        return damaged(reader, name, "is neither a file nor a directory");
    }
    if (size < 0 || (uint64_t)size > CAPSULE_TAR_FILE_SIZE_BYTES_MAX) {
        return damaged(reader, name, "has an impossible size");
    }
    if (strncmp(name, CAPSULE_TAR_STORE, store_length) == 0 &&
        (name[store_length] == '/' || name[store_length] == '\0')) {
        return take_store(reader, name, (uint64_t)size, type == AE_IFDIR);
    }
    if (type == AE_IFDIR || (uint64_t)size > CAPSULE_TAR_PACKED_SIZE_BYTES_MAX) {
        return damaged(reader, name, "is none of a capsule's");
    }
    return take_member(reader, name, (uint64_t)size);
}

static int take_all(struct reader *reader, const struct buffer *raw)
{
    if (archive_read_support_format_tar(reader->archive) != ARCHIVE_OK ||
        archive_read_open_memory(reader->archive, raw->data, raw->size_bytes) != ARCHIVE_OK) {
        return err_set(reader->err, ERR_CORRUPT, "has no archive in it");
    }
    for (uint32_t i = 0; i <= CAPSULE_TAR_ENTRIES_MAX; i++) {
        int r = archive_read_next_header(reader->archive, &reader->entry);
        if (r == ARCHIVE_EOF) {
            return 0;
        }
        if (r != ARCHIVE_OK) {
            const char *text = archive_error_string(reader->archive);
            return err_set(reader->err, ERR_CORRUPT, "has a damaged archive in it: %.200s",
                           text == NULL ? "no header" : text);
        }
        r = take_entry(reader);
        if (r < 0) {
            return r;
        }
    }
    return err_set(reader->err, ERR_CORRUPT, "has too many members");
}

static int take_archive(const struct capsule_tar_taker *taker, const struct buffer *raw,
                        struct err *err)
{
    struct reader reader = {.taker = taker, .archive = archive_read_new(), .err = err};
    if (reader.archive == NULL) {
        return err_set(err, -ENOMEM, "no memory");
    }
    int r = take_all(&reader, raw);
    (void)archive_read_free(reader.archive);
    return r;
}

int capsule_tar_read(int fd, const struct capsule_tar_taker *taker, struct err *err)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    LZ4F_dctx *context = NULL;
    struct buffer raw;
    int r = read_whole(fd, &data, &size_bytes, err);
    if (r < 0) {
        return r;
    }
    buffer_init(&raw, CAPSULE_TAR_CONTENT_SIZE_BYTES_MAX);
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
        r = err_set(err, -ENOMEM, "no memory");
        goto out;
    }
    r = unpack(context, data, size_bytes, &raw, err);
    if (r == 0) {
        r = take_archive(taker, &raw, err);
    }
out:
    (void)LZ4F_freeDecompressionContext(context);
    buffer_done(&raw);
    free(data);
    return r;
}
