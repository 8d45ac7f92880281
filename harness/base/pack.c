/* gzip by libdeflate, tar by hand. */
#include "harness/base/pack.h"

#include "harness/base/input_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#define XXH_INLINE_ALL
#define XXH_NO_INLINE_HINTS 1
#include <xxhash.h>

#define PACKED_SIZE_BYTES_MAX   (8u << 20)
#define UNPACKED_SIZE_BYTES_MAX (64u << 20)
#define BLOCK_SIZE_BYTES        512u
/* Where the fields of a header lie, and the 12 bytes of a number. */
#define AT_SIZE           124u
#define AT_TYPE           156u
#define AT_PREFIX         345u
#define AT_SPARSE         386u
#define AT_IS_EXTENDED    482u
#define AT_REAL_SIZE      483u
#define AT_MORE_EXTENDED  504u
#define NAME_SIZE_BYTES   100u
#define PREFIX_SIZE_BYTES 155u
#define NUMBER_SIZE_BYTES 12u
#define SPARSE_HERE       4u
#define SPARSE_MORE       21u

struct pack {
    uint64_t hash;
    uint8_t *data;
    size_t size_bytes;
    size_t at;             /* of the next header */
    const uint8_t *header; /* of the entry just read */
    size_t content_at;     /* what is stored of it, behind the header's extensions */
    size_t content_size_bytes;
    uint64_t file_size_bytes;
    char long_name[PACK_PATH_SIZE_BYTES]; /* of the entry to come */
};

struct pack *pack_close(struct pack *pack)
{
    if (pack != NULL) {
        free(pack->data);
        free(pack);
    }
    return NULL;
}

uint64_t pack_hash(const struct pack *pack)
{
    return pack->hash;
}

static int read_packed(const char *path, uint8_t **ret_data, size_t *ret_size, struct err *err)
{
    FILE *file = NULL;
    int r = input_file_open(path, &file, err);
    if (r < 0) {
        return r;
    }
    uint8_t *data = malloc(PACKED_SIZE_BYTES_MAX + 1);
    if (data == NULL) {
        r = err_set(err, -ENOMEM, "read '%s': out of memory", path);
        goto out;
    }
    *ret_size = fread(data, 1, PACKED_SIZE_BYTES_MAX + 1, file);
    if (ferror(file)) {
        r = err_set(err, -EIO, "read '%s': %s", path, strerror(errno));
    } else if (*ret_size > PACKED_SIZE_BYTES_MAX) {
        r = err_set(err, ERR_CORRUPT, "'%s' is over 8 MiB: no packed store", path);
    } else {
        *ret_data = data;
        data = NULL;
    }
out:
    free(data);
    (void)fclose(file); /* it was only read */
    return r;
}

/* The trailer says how much there is, and anything may stand in it. */
static int unpack(struct pack *pack, const uint8_t *data, size_t size_bytes)
{
    const uint8_t *end = data + size_bytes;
    if (size_bytes < 18) {
        return ERR_CORRUPT;
    }
    uint32_t size = (uint32_t)end[-4] | (uint32_t)end[-3] << 8 | (uint32_t)end[-2] << 16 |
                    (uint32_t)end[-1] << 24;
    if (size == 0 || size > UNPACKED_SIZE_BYTES_MAX) {
        return ERR_CORRUPT;
    }
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    pack->data = malloc(size);
    if (decompressor == NULL || pack->data == NULL) {
        libdeflate_free_decompressor(decompressor);
        return -ENOMEM;
    }
    enum libdeflate_result result = libdeflate_gzip_decompress(decompressor, data, size_bytes,
                                                               pack->data, size, &pack->size_bytes);
    libdeflate_free_decompressor(decompressor);
    return result == LIBDEFLATE_SUCCESS ? 0 : ERR_CORRUPT;
}

int pack_open(const char *path, struct pack **ret_pack, struct err *err)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    int r = read_packed(path, &data, &size_bytes, err);
    if (r < 0) {
        return r;
    }
    struct pack *pack = calloc(1, sizeof(*pack));
    r = pack == NULL ? -ENOMEM : unpack(pack, data, size_bytes);
    if (r < 0) {
        pack_close(pack);
        (void)err_set(err, r, "'%s' %s", path,
                      r == -ENOMEM ? "cannot be unpacked: out of memory"
                                   : "is no gzip of at most 64 MiB");
        goto out;
    }
    pack->hash = XXH3_64bits(data, size_bytes);
    *ret_pack = pack;
out:
    free(data);
    return r;
}

/* Octal digits, ended by a space or a NUL; numbers past 8 GiB, which are written otherwise, are
 * refused. */
static bool read_number(const uint8_t *at, uint64_t *ret_number)
{
    uint64_t number = 0;
    uint32_t i = 0;
    while (i < NUMBER_SIZE_BYTES && at[i] >= '0' && at[i] <= '7') {
        number = number << 3 | (uint64_t)(at[i++] - '0');
    }
    *ret_number = number;
    return i > 0 && (i == NUMBER_SIZE_BYTES || at[i] == ' ' || at[i] == '\0');
}

/* Without "./" and the slash behind a directory; what climbs or begins at the root is refused. */
static bool take_path(const char *name, char path[PACK_PATH_SIZE_BYTES])
{
    while (name[0] == '.' && name[1] == '/') {
        name += 2;
    }
    size_t size = strlen(name);
    while (size > 0 && name[size - 1] == '/') {
        size--;
    }
    if (size >= PACK_PATH_SIZE_BYTES || name[0] == '/') {
        return false;
    }
    memcpy(path, name, size);
    path[size] = '\0';
    if (strcmp(path, ".") == 0) {
        path[0] = '\0';
    }
    for (const char *word = path; word != NULL; word = strchr(word, '/')) {
        word += *word == '/' ? 1 : 0;
        if (strncmp(word, "..", 2) == 0 && (word[2] == '/' || word[2] == '\0')) {
            return false;
        }
    }
    return true;
}

static bool take_name(struct pack *pack, char path[PACK_PATH_SIZE_BYTES])
{
    char name[PREFIX_SIZE_BYTES + NAME_SIZE_BYTES + 2];
    const char *header = (const char *)pack->header;
    if (pack->long_name[0] != '\0') {
        bool is_path = take_path(pack->long_name, path);
        pack->long_name[0] = '\0';
        return is_path;
    }
    /* The prefix is of POSIX' format; GNU's has other fields there, and two spaces for a version.
     */
    bool has_prefix = header[AT_PREFIX] != '\0' && memcmp(header + 257, "ustar\0", 6) == 0;
    (void)snprintf(name, sizeof(name), "%.155s%s%.100s", has_prefix ? header + AT_PREFIX : "",
                   has_prefix ? "/" : "", header);
    return take_path(name, path);
}

/* The header at `at`; 0 at the two empty blocks that end the archive. */
static int read_header(struct pack *pack)
{
    static const uint8_t zeros[BLOCK_SIZE_BYTES];
    uint64_t size = 0;
    if (pack->at + BLOCK_SIZE_BYTES > pack->size_bytes) {
        return ERR_CORRUPT;
    }
    pack->header = pack->data + pack->at;
    if (memcmp(pack->header, zeros, BLOCK_SIZE_BYTES) == 0) {
        return 0;
    }
    bool is_sparse = pack->header[AT_TYPE] == 'S';
    pack->content_at = pack->at + BLOCK_SIZE_BYTES;
    bool has_more = is_sparse && pack->header[AT_IS_EXTENDED] != 0;
    while (has_more) {
        if (pack->content_at + BLOCK_SIZE_BYTES > pack->size_bytes) {
            return ERR_CORRUPT;
        }
        has_more = pack->data[pack->content_at + AT_MORE_EXTENDED] != 0;
        pack->content_at += BLOCK_SIZE_BYTES;
    }
    if (!read_number(pack->header + AT_SIZE, &size) || size > pack->size_bytes - pack->content_at) {
        return ERR_CORRUPT;
    }
    pack->content_size_bytes = (size_t)size;
    pack->file_size_bytes = size;
    if (is_sparse && !read_number(pack->header + AT_REAL_SIZE, &pack->file_size_bytes)) {
        return ERR_CORRUPT;
    }
    size_t blocks = (pack->content_size_bytes + BLOCK_SIZE_BYTES - 1) / BLOCK_SIZE_BYTES;
    pack->at = pack->content_at + blocks * BLOCK_SIZE_BYTES;
    return 1;
}

/* A name that does not fit its header, in an entry of its own before it. */
static bool take_long_name(struct pack *pack)
{
    size_t size = pack->content_size_bytes;
    if (size == 0 || size > sizeof(pack->long_name)) {
        return false;
    }
    memcpy(pack->long_name, pack->data + pack->content_at, size);
    return pack->long_name[size - 1] == '\0' && pack->long_name[0] != '\0';
}

int pack_next(struct pack *pack, struct pack_entry *ret_entry, struct err *err)
{
    for (;;) {
        size_t at = pack->at;
        int r = read_header(pack);
        if (r == 0) {
            return 0;
        }
        uint8_t type = r < 0 ? 0 : pack->header[AT_TYPE];
        if (type == 'L' && take_long_name(pack)) {
            continue;
        }
        bool is_known = type == '0' || type == '5' || type == 'S';
        if (!is_known || !take_name(pack, ret_entry->path)) {
            return err_set(
                err, ERR_CORRUPT,
                "byte %zu of the archive is not the header of a file or a directory below '.'", at);
        }
        if (ret_entry->path[0] == '\0') {
            continue; /* the root */
        }
        ret_entry->is_dir = type == '5';
        ret_entry->size_bytes = ret_entry->is_dir ? 0 : pack->file_size_bytes;
        return 1;
    }
}

/* A walk over the pieces of a sparse file. */
struct pieces {
    struct pack *pack;
    int (*each)(void *arg, uint64_t offset, const uint8_t *data, size_t size_bytes);
    void *arg;
    uint64_t end; /* of the last piece, in the file */
    size_t used;  /* of the content */
    bool is_sound;
};

/* `count` places of the map at `at`; an empty one ends it. */
static int take_pieces(struct pieces *pieces, const uint8_t *at, uint32_t count)
{
    struct pack *pack = pieces->pack;
    for (uint32_t i = 0; i < count; i++, at += (size_t)2 * NUMBER_SIZE_BYTES) {
        uint64_t offset = 0;
        uint64_t size = 0;
        if (at[0] == '\0') {
            return 0;
        }
        pieces->is_sound = read_number(at, &offset) && read_number(at + NUMBER_SIZE_BYTES, &size) &&
                           offset >= pieces->end && offset <= pack->file_size_bytes &&
                           size <= pack->file_size_bytes - offset &&
                           size <= pack->content_size_bytes - pieces->used;
        if (!pieces->is_sound) {
            return ERR_CORRUPT;
        }
        const uint8_t *data = pack->data + pack->content_at + pieces->used;
        int r = size == 0 ? 0 : pieces->each(pieces->arg, offset, data, (size_t)size);
        if (r != 0) {
            return r;
        }
        pieces->end = offset + size;
        pieces->used += (size_t)size;
    }
    return 0;
}

int pack_data(struct pack *pack,
              int (*each)(void *arg, uint64_t offset, const uint8_t *data, size_t size_bytes),
              void *arg, struct err *err)
{
    if (pack->header[AT_TYPE] != 'S') {
        return pack->content_size_bytes == 0
                   ? 0
                   : each(arg, 0, pack->data + pack->content_at, pack->content_size_bytes);
    }
    struct pieces pieces = {.pack = pack, .each = each, .arg = arg, .is_sound = true};
    int r = take_pieces(&pieces, pack->header + AT_SPARSE, SPARSE_HERE);
    const uint8_t *more = pack->header + BLOCK_SIZE_BYTES;
    while (r == 0 && more < pack->data + pack->content_at) {
        r = take_pieces(&pieces, more, SPARSE_MORE);
        more += BLOCK_SIZE_BYTES;
    }
    if (!pieces.is_sound || (r == 0 && pieces.used != pack->content_size_bytes)) {
        return err_set(err, ERR_CORRUPT, "the map of a sparse file is damaged");
    }
    return r;
}

/* What is called for each piece of an entry. */
struct rewriting {
    const char *path;
    int (*each)(void *arg, const char *path, uint64_t offset, uint8_t *data, size_t size_bytes);
    void *arg;
    struct pack *pack;
};

static int rewrite_piece(void *arg, uint64_t offset, const uint8_t *data, size_t size_bytes)
{
    const struct rewriting *rewriting = arg;
    uint8_t *own = rewriting->pack->data + (data - rewriting->pack->data);
    return rewriting->each(rewriting->arg, rewriting->path, offset, own, size_bytes);
}

static int compress(const struct pack *pack, uint8_t **ret_data, size_t *ret_size_bytes)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(9);
    size_t bound = libdeflate_gzip_compress_bound(compressor, pack->size_bytes);
    uint8_t *data = malloc(bound);
    *ret_size_bytes =
        compressor == NULL || data == NULL
            ? 0
            : libdeflate_gzip_compress(compressor, pack->data, pack->size_bytes, data, bound);
    libdeflate_free_compressor(compressor);
    if (*ret_size_bytes == 0) {
        free(data);
        return -ENOMEM;
    }
    *ret_data = data;
    return 0;
}

int pack_rewrite(const char *path,
                 int (*each)(void *arg, const char *path, uint64_t offset, uint8_t *data,
                             size_t size_bytes),
                 void *arg, uint8_t **ret_data, size_t *ret_size_bytes, struct err *err)
{
    struct pack_entry entry;
    struct pack *pack = NULL;
    int r = pack_open(path, &pack, err);
    if (r < 0) {
        return r;
    }
    struct rewriting rewriting = {.path = entry.path, .each = each, .arg = arg, .pack = pack};
    do {
        r = pack_next(pack, &entry, err);
        if (r > 0 && !entry.is_dir) {
            int piece = pack_data(pack, rewrite_piece, &rewriting, err);
            r = piece < 0 ? piece : r;
        }
    } while (r > 0);
    if (r == 0) {
        r = compress(pack, ret_data, ret_size_bytes);
    }
    pack_close(pack);
    return r;
}
