/* A trace as bytes (trace_file.h).
 *
 *   header   magic 8, version 4, CRC-32 of the rest of the header and the payload 4, raw size 8
 *   payload  an LZ4 frame of what trace_codec.c writes
 *
 * All integers are big-endian. */
#include "harness/power/trace/trace_file.h"

#include "harness/base/input_file.h"
#include "harness/power/trace/trace_codec.h"
#include "store/base/buffer.h"
#include "store/base/bytes.h"
#include "store/base/crc32.h"
#include "store/base/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include <lz4frame.h>

#define TRACE_FILE_MAGIC             "KPTRACE\n"
#define TRACE_FILE_VERSION           3U
#define TRACE_FILE_HEADER_SIZE_BYTES 24U
#define TRACE_FILE_CRC_FROM          16U
#define TRACE_FILE_SIZE_BYTES_MAX    (UINT64_C(4) << 30)
/* LZ4 cannot make more of a byte than this: a larger size in the header is a lie. */
#define TRACE_FILE_RATIO_MAX 256U

/* Header and payload of `raw` in one malloc'ed block. */
static int compress(const struct buffer *raw, uint8_t **ret_data, size_t *ret_size_bytes)
{
    size_t bound = LZ4F_compressFrameBound(raw->size_bytes, NULL);
    uint8_t *data = malloc(TRACE_FILE_HEADER_SIZE_BYTES + bound);
    size_t packed = 0;

    if (data == NULL) {
        return -ENOMEM;
    }
    packed = LZ4F_compressFrame(data + TRACE_FILE_HEADER_SIZE_BYTES, bound, raw->data,
                                raw->size_bytes, NULL);
    if (LZ4F_isError(packed)) {
        free(data);
        return -EIO;
    }
    memcpy(data, TRACE_FILE_MAGIC, 8);
    bytes_put_be32(data + 8, TRACE_FILE_VERSION);
    bytes_put_be64(data + 16, raw->size_bytes);
    *ret_size_bytes = TRACE_FILE_HEADER_SIZE_BYTES + packed;
    bytes_put_be32(data + 12,
                   crc32_of(data + TRACE_FILE_CRC_FROM, *ret_size_bytes - TRACE_FILE_CRC_FROM));
    *ret_data = data;
    return 0;
}

int trace_file_pack(const struct trace *trace, uint8_t **ret_data, size_t *ret_size_bytes,
                    struct err *err)
{
    struct buffer raw;
    int r = 0;

    buffer_init(&raw, TRACE_FILE_SIZE_BYTES_MAX);
    r = trace_codec_put(trace, &raw);
    if (r == 0) {
        r = compress(&raw, ret_data, ret_size_bytes);
    }
    buffer_done(&raw);
    if (r < 0) {
        return err_set(err, r, "pack a trace of %zu entries: %s", trace_count(trace), strerror(-r));
    }
    return 0;
}

/* Decompresses into `raw`, which has room for exactly `raw_size_bytes`. */
static int decompress(const uint8_t *data, size_t size_bytes, uint8_t *raw, size_t raw_size_bytes)
{
    LZ4F_dctx *context = NULL;
    size_t in_bytes = size_bytes;
    size_t out_bytes = raw_size_bytes;
    size_t left = 0;

    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
        return -ENOMEM;
    }
    left = LZ4F_decompress(context, raw, &out_bytes, data, &in_bytes, NULL);
    (void)LZ4F_freeDecompressionContext(context);
    return left == 0 && out_bytes == raw_size_bytes && in_bytes == size_bytes ? 0 : ERR_CORRUPT;
}

/* What the header says: 0 and the raw size, or what is wrong. */
static int check_header(const uint8_t *data, size_t size_bytes, uint64_t *ret_raw_size_bytes,
                        struct err *err)
{
    if (size_bytes < TRACE_FILE_HEADER_SIZE_BYTES || memcmp(data, TRACE_FILE_MAGIC, 8) != 0) {
        return err_set(err, ERR_CORRUPT, "not a trace");
    }
    if (bytes_get_be32(data + 8) != TRACE_FILE_VERSION) {
        return err_set(err, ERR_USAGE, "a trace of version %u, this is version %u",
                       bytes_get_be32(data + 8), TRACE_FILE_VERSION);
    }
    if (bytes_get_be32(data + 12) !=
        crc32_of(data + TRACE_FILE_CRC_FROM, size_bytes - TRACE_FILE_CRC_FROM)) {
        return err_set(err, ERR_CORRUPT, "damaged: the checksum of bytes %u to %zu does not match",
                       TRACE_FILE_CRC_FROM, size_bytes);
    }
    *ret_raw_size_bytes = bytes_get_be64(data + 16);
    if (*ret_raw_size_bytes > TRACE_FILE_SIZE_BYTES_MAX ||
        *ret_raw_size_bytes / TRACE_FILE_RATIO_MAX > size_bytes) {
        return err_set(err, ERR_CORRUPT, "impossible size %" PRIu64, *ret_raw_size_bytes);
    }
    return 0;
}

static int cannot_unpack(int r, size_t raw_size_bytes, size_t left_bytes, struct err *err)
{
    if (r == ERR_USAGE) {
        return err_set(err, r, "made by another version: it has points that are not here");
    }
    if (r == ERR_CORRUPT) {
        return err_set(err, r, "damaged before byte %zu of %zu unpacked",
                       raw_size_bytes - left_bytes, raw_size_bytes);
    }
    return err_set(err, r, "unpack a trace: %s", err_name(r));
}

int trace_file_unpack(struct trace *trace, const uint8_t *data, size_t size_bytes, struct err *err)
{
    size_t left_bytes = 0;
    uint64_t raw_size_bytes = 0;
    uint8_t *raw = NULL;
    int r = check_header(data, size_bytes, &raw_size_bytes, err);

    trace_clear(trace);
    if (r < 0) {
        return r;
    }
    raw = malloc((size_t)raw_size_bytes + 1);
    if (raw == NULL) {
        return err_set(err, -ENOMEM, "unpack a trace: out of memory");
    }
    r = decompress(data + TRACE_FILE_HEADER_SIZE_BYTES, size_bytes - TRACE_FILE_HEADER_SIZE_BYTES,
                   raw, (size_t)raw_size_bytes);
    if (r == 0) {
        r = trace_codec_take(trace, raw, (size_t)raw_size_bytes, &left_bytes);
    }
    free(raw);
    if (r < 0) {
        trace_clear(trace);
        return cannot_unpack(r, (size_t)raw_size_bytes, left_bytes, err);
    }
    return 0;
}

static int write_all(int fd, const uint8_t *data, size_t size_bytes)
{
    size_t done_bytes = 0;

    while (done_bytes < size_bytes) {
        ssize_t put = write(fd, data + done_bytes, size_bytes - done_bytes);

        if (put < 0 && errno != EINTR) {
            return -errno;
        }
        done_bytes += put > 0 ? (size_t)put : 0;
    }
    return 0;
}

int trace_file_leave(const struct trace *trace, int fd, struct err *err)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    int r = trace_file_pack(trace, &data, &size_bytes, err);

    if (r < 0) {
        return r;
    }
    r = write_all(fd, data, size_bytes);
    free(data);
    if (r < 0) {
        return err_set(err, ERR_BROKEN, "the trace could not be handed on: %s", strerror(-r));
    }
    return 0;
}

/* Under another name first: a trace that is there is a whole one. */
static int write_file(const char *path, const uint8_t *data, size_t size_bytes)
{
    char temporary[PATH_MAX];
    int length = snprintf(temporary, sizeof(temporary), "%s.tmp", path);
    int r = 0;
    int fd = -1;

    if (length < 0 || (size_t)length >= sizeof(temporary)) {
        return -ENAMETOOLONG;
    }
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        return -errno;
    }
    r = write_all(fd, data, size_bytes);
    if (close(fd) < 0 && r == 0) {
        r = -errno;
    }
    if (r == 0 && rename(temporary, path) < 0) {
        r = -errno;
    }
    if (r < 0) {
        (void)unlink(temporary);
    }
    return r;
}

int trace_file_save(const struct trace *trace, const char *path, struct err *err)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    int r = trace_file_pack(trace, &data, &size_bytes, err);

    if (r < 0) {
        return r;
    }
    r = write_file(path, data, size_bytes);
    free(data);
    if (r < 0) {
        return err_set(err, r, "write trace '%s': %s", path, strerror(-r));
    }
    return 0;
}

/* Reads the whole file into one malloc'ed block. */
static int read_file(const char *path, uint8_t **ret_data, size_t *ret_size_bytes, struct err *err)
{
    struct stat status = {0};
    uint8_t *data = NULL;
    size_t done_bytes = 0;
    ssize_t got = 1;
    FILE *file = NULL;
    int r = input_file_open(path, &file, err);
    if (r < 0) {
        return r;
    }
    int fd = fileno(file);
    if (fstat(fd, &status) < 0) {
        r = -errno;
    } else if ((uint64_t)status.st_size > TRACE_FILE_SIZE_BYTES_MAX) {
        r = -EFBIG;
    } else {
        data = malloc((size_t)status.st_size + 1);
        r = data == NULL ? -ENOMEM : 0;
    }
    while (r == 0 && got > 0 && done_bytes < (size_t)status.st_size) {
        got = read(fd, data + done_bytes, (size_t)status.st_size - done_bytes);
        r = got < 0 ? -errno : 0;
        done_bytes += got > 0 ? (size_t)got : 0;
    }
    (void)fclose(file);
    if (r < 0) {
        free(data);
        return err_set(err, r, "%s", strerror(-r));
    }
    ENSURE(data != NULL);
    *ret_data = data;
    *ret_size_bytes = done_bytes;
    return 0;
}

bool trace_file_is_saved(const char *path)
{
    char magic[8] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = fd < 0 ? -1 : pread(fd, magic, sizeof(magic), 0);

    if (fd >= 0) {
        (void)close(fd);
    }
    return got == (ssize_t)sizeof(magic) && memcmp(magic, TRACE_FILE_MAGIC, sizeof(magic)) == 0;
}

int trace_file_load(struct trace *trace, const char *path, struct err *err)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    int r = read_file(path, &data, &size_bytes, err);

    if (r < 0) {
        return err_wrap(err, r, "read trace '%s'", path);
    }
    r = trace_file_unpack(trace, data, size_bytes, err);
    free(data);
    return r < 0 ? err_wrap(err, r, "trace '%s'", path) : 0;
}
