/* LZ4 frames, a block at a time: a night of a million cases is never in memory (results_file.h). */
#include "harness/archive/results_file.h"

#include "harness/archive/run_dir.h"
#include "harness/archive/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include <lz4frame.h>

#define BLOCK_SIZE_BYTES (256 * 1024)
#define PACKED_NAME      RUN_DIR_RESULTS RESULTS_FILE_PACKED
#define PATH_SIZE_BYTES  1200

/* A packed file that is being read. */
struct unpacking {
    int fd;
    LZ4F_dctx *context;
    size_t used_bytes; /* of the block */
    size_t size_bytes;
    size_t wanted_bytes; /* 0: a frame has ended */
    uint8_t block[BLOCK_SIZE_BYTES];
};

/* The next block of the file: 1, 0 at its end, or -1 with errno. */
static int fill(struct unpacking *unpacking)
{
    ssize_t got;

    do {
        got = read(unpacking->fd, unpacking->block, sizeof(unpacking->block));
    } while (got < 0 && errno == EINTR);
    unpacking->used_bytes = 0;
    unpacking->size_bytes = got > 0 ? (size_t)got : 0;
    if (got == 0 && unpacking->wanted_bytes > 0) {
        errno = EBADMSG; /* it was cut off */
        return -1;
    }
    return got > 0 ? 1 : (int)got;
}

static ssize_t read_unpacked(void *cookie, char *buffer, size_t size_bytes)
{
    struct unpacking *unpacking = cookie;
    size_t out_bytes = 0;

    while (out_bytes == 0) {
        size_t in_bytes = unpacking->size_bytes - unpacking->used_bytes;
        size_t left_bytes = size_bytes;
        int r = in_bytes > 0 ? 1 : fill(unpacking);

        if (r <= 0) {
            return r;
        }
        in_bytes = unpacking->size_bytes - unpacking->used_bytes;
        unpacking->wanted_bytes =
            LZ4F_decompress(unpacking->context, buffer, &left_bytes,
                            unpacking->block + unpacking->used_bytes, &in_bytes, NULL);
        if (LZ4F_isError(unpacking->wanted_bytes)) {
            errno = EBADMSG;
            return -1;
        }
        unpacking->used_bytes += in_bytes;
        out_bytes = left_bytes;
    }
    return (ssize_t)out_bytes;
}

static int close_unpacked(void *cookie)
{
    struct unpacking *unpacking = cookie;

    (void)LZ4F_freeDecompressionContext(unpacking->context);
    (void)close(unpacking->fd); /* it was only read */
    free(unpacking);
    return 0;
}

static int open_packed(const char *path, FILE **ret_stream, struct err *err)
{
    const cookie_io_functions_t functions = {.read = read_unpacked, .close = close_unpacked};
    struct unpacking *unpacking = calloc(1, sizeof(*unpacking));

    if (unpacking == NULL) {
        return err_set(err, -ENOMEM, "no memory to unpack '%s'", path);
    }
    unpacking->wanted_bytes = 1; /* no frame at all is none that is whole */
    unpacking->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (unpacking->fd < 0) {
        int r = -errno;

        free(unpacking);
        return err_set(err, r, "open '%s': %s", path, strerrordesc_np(-r));
    }
    if (LZ4F_isError(LZ4F_createDecompressionContext(&unpacking->context, LZ4F_VERSION))) {
        unpacking->context = NULL;
        (void)close_unpacked(unpacking);
        return err_set(err, -ENOMEM, "no memory to unpack '%s'", path);
    }
    *ret_stream = fopencookie(unpacking, "r", functions);
    if (*ret_stream == NULL) {
        (void)close_unpacked(unpacking);
        return err_set(err, -ENOMEM, "no memory to unpack '%s'", path);
    }
    return 0;
}

int results_file_open(const char *dir, FILE **ret_stream, struct err *err)
{
    char path[PATH_SIZE_BYTES];
    char packed[PATH_SIZE_BYTES];

    (void)snprintf(path, sizeof(path), "%.1100s/" RUN_DIR_RESULTS, dir);
    (void)snprintf(packed, sizeof(packed), "%.1100s/" PACKED_NAME, dir);
    *ret_stream = fopen(path, "re");
    if (*ret_stream != NULL) {
        return 0;
    }
    if (errno == ENOENT && access(packed, F_OK) == 0) {
        return open_packed(packed, ret_stream, err);
    }
    return err_set(err, -errno, "open '%s': %s", path, strerrordesc_np(errno));
}

/* Buffers of a file that is being packed. */
struct packing {
    LZ4F_cctx *context;
    uint8_t in[BLOCK_SIZE_BYTES];
    uint8_t *out;
    size_t out_size_bytes;
};

/* `done_bytes` is what a function of LZ4 returned: the bytes it wrote, or its error. */
static int put(const struct packing *packing, size_t done_bytes, FILE *stream)
{
    if (LZ4F_isError(done_bytes)) {
        return -ENOMEM;
    }
    return fwrite(packing->out, 1, done_bytes, stream) == done_bytes ? 0 : -EIO;
}

static int pack_stream(struct packing *packing, int fd, FILE *stream)
{
    LZ4F_preferences_t how = LZ4F_INIT_PREFERENCES;
    ssize_t got;

    how.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    how.frameInfo.blockSizeID = LZ4F_max256KB;
    how.compressionLevel = LZ4F_compressionLevel_max() / 2;
    packing->out_size_bytes = LZ4F_compressBound(BLOCK_SIZE_BYTES, &how);
    packing->out = malloc(packing->out_size_bytes);
    if (packing->out == NULL ||
        LZ4F_isError(LZ4F_createCompressionContext(&packing->context, LZ4F_VERSION))) {
        return -ENOMEM;
    }
    int r = put(packing,
                LZ4F_compressBegin(packing->context, packing->out, packing->out_size_bytes, &how),
                stream);
    while (r == 0 && (got = read(fd, packing->in, sizeof(packing->in))) != 0) {
        if (got < 0) {
            return -errno;
        }
        r = put(packing,
                LZ4F_compressUpdate(packing->context, packing->out, packing->out_size_bytes,
                                    packing->in, (size_t)got, NULL),
                stream);
    }
    return r < 0 ? r
                 : put(packing,
                       LZ4F_compressEnd(packing->context, packing->out, packing->out_size_bytes,
                                        NULL),
                       stream);
}

static int pack_into(int fd, FILE *stream)
{
    struct packing *packing = calloc(1, sizeof(*packing));

    if (packing == NULL) {
        return -ENOMEM;
    }
    int r = pack_stream(packing, fd, stream);
    (void)LZ4F_freeCompressionContext(packing->context);
    free(packing->out);
    free(packing);
    return r;
}

int results_file_pack(int dir_fd, uint64_t *ret_saved_bytes, struct err *err)
{
    struct whole_file file;
    struct stat before;
    struct stat after;
    int fd = openat(dir_fd, RUN_DIR_RESULTS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    *ret_saved_bytes = 0;
    if (fd < 0) {
        return errno == ENOENT
                   ? 0
                   : err_set(err, -errno, "open '" RUN_DIR_RESULTS "': %s", strerrordesc_np(errno));
    }
    int r = whole_file_begin(&file, dir_fd, PACKED_NAME, err);
    if (r < 0) {
        goto out;
    }
    r = pack_into(fd, file.stream);
    if (r < 0) {
        whole_file_drop(&file);
        (void)err_set(err, r, "pack '" RUN_DIR_RESULTS "': %s", strerrordesc_np(-r));
        goto out;
    }
    r = whole_file_finish(&file, err);
    if (r < 0) {
        goto out;
    }
    if (fstat(fd, &before) == 0 && fstatat(dir_fd, PACKED_NAME, &after, 0) == 0 &&
        before.st_size > after.st_size) {
        *ret_saved_bytes = (uint64_t)(before.st_size - after.st_size);
    }
    r = unlinkat(dir_fd, RUN_DIR_RESULTS, 0) == 0
            ? 1
            : err_set(err, -errno, "remove '" RUN_DIR_RESULTS "': %s", strerrordesc_np(errno));
out:
    (void)close(fd);
    return r;
}
