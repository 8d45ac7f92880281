/* Framing: a type, a size, a body. */
#include "harness/work/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/uio.h>

struct wire_head {
    uint32_t type;
    uint32_t size_bytes;
};

/* How a result travels: the scalars of struct campaign_case and of its end, then detail and hits as
 * needed. */
struct wire_result_head {
    uint32_t hit_rounds;
    uint32_t detail_size_bytes;
};

#define WIRE_CASE_SCALARS_SIZE_BYTES offsetof(struct campaign_case, plan)
#define WIRE_END_SCALARS_SIZE_BYTES  offsetof(struct ending, detail)

void wire_message_done(struct wire_message *message)
{
    free(message->body);
    memset(message, 0, sizeof(*message));
}

static int send_all(int fd, struct iovec *parts, size_t count)
{
    while (count > 0) {
        struct msghdr header;
        memset(&header, 0, sizeof(header));
        header.msg_iov = parts;
        header.msg_iovlen = count;
        ssize_t sent = sendmsg(fd, &header, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            return -errno;
        }
        size_t left = (size_t)sent;
        while (count > 0 && left >= parts[0].iov_len) {
            left -= parts[0].iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts[0].iov_base = (uint8_t *)parts[0].iov_base + left;
            parts[0].iov_len -= left;
        }
    }
    return 0;
}

/* sendmsg() wants pointers that are not const; it does not write through them. */
static struct iovec part(const void *data, size_t size_bytes)
{
    union {
        const void *in;
        void *out;
    } pointer = {.in = data};
    return (struct iovec){pointer.out, size_bytes};
}

int wire_send(int fd, enum wire_type type, const void *head, size_t head_size_bytes,
              const void *tail, size_t tail_size_bytes)
{
    struct wire_head frame = {(uint32_t)type, (uint32_t)(head_size_bytes + tail_size_bytes)};
    struct iovec parts[3] = {part(&frame, sizeof(frame)), part(head, head_size_bytes),
                             part(tail, tail_size_bytes)};
    return send_all(fd, parts, 3);
}

static int receive_all(int fd, void *data, size_t size_bytes)
{
    uint8_t *at = data;
    while (size_bytes > 0) {
        ssize_t got = read(fd, at, size_bytes);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? -errno : -EPIPE;
        }
        at += got;
        size_bytes -= (size_t)got;
    }
    return 0;
}

int wire_receive(int fd, struct wire_message *message)
{
    struct wire_head frame;
    int r = receive_all(fd, &frame, sizeof(frame));
    if (r < 0) {
        return r;
    }
    if (frame.type > WIRE_EXPLORED || frame.size_bytes > WIRE_BODY_SIZE_BYTES_MAX) {
        return ERR_BROKEN;
    }
    if (frame.size_bytes + 1 > message->capacity_bytes) {
        uint8_t *grown = realloc(message->body, (size_t)frame.size_bytes + 1);
        if (grown == NULL) {
            return -ENOMEM;
        }
        message->body = grown;
        message->capacity_bytes = (size_t)frame.size_bytes + 1;
    }
    message->type = (enum wire_type)frame.type;
    message->size_bytes = frame.size_bytes;
    r = receive_all(fd, message->body, frame.size_bytes);
    message->body[frame.size_bytes] = 0; /* texts need no other end */
    return r;
}

int wire_send_result(int fd, const struct campaign_case *ended, bool with_hits)
{
    uint8_t head[sizeof(struct wire_result_head) + WIRE_CASE_SCALARS_SIZE_BYTES +
                 WIRE_END_SCALARS_SIZE_BYTES];
    struct wire_result_head lengths = {
        with_hits ? ended->round_count + 1 : 0,
        (uint32_t)strlen(ended->end.detail),
    };
    if (lengths.hit_rounds > PLAN_ROUNDS_MAX) {
        lengths.hit_rounds = PLAN_ROUNDS_MAX;
    }
    memcpy(head, &lengths, sizeof(lengths));
    memcpy(head + sizeof(lengths), ended, WIRE_CASE_SCALARS_SIZE_BYTES);
    memcpy(head + sizeof(lengths) + WIRE_CASE_SCALARS_SIZE_BYTES, &ended->end,
           WIRE_END_SCALARS_SIZE_BYTES);
    struct wire_head frame = {
        WIRE_RESULT,
        (uint32_t)(sizeof(head) + lengths.detail_size_bytes +
                   lengths.hit_rounds * sizeof(ended->hits[0])),
    };
    struct iovec parts[4] = {part(&frame, sizeof(frame)), part(head, sizeof(head)),
                             part(ended->end.detail, lengths.detail_size_bytes),
                             part(ended->hits, lengths.hit_rounds * sizeof(ended->hits[0]))};
    return send_all(fd, parts, 4);
}

int wire_read_result(const struct wire_message *message, struct campaign_case *ret_case)
{
    struct wire_result_head lengths;
    size_t case_bytes = sizeof(lengths) + WIRE_CASE_SCALARS_SIZE_BYTES;
    size_t fixed_bytes = case_bytes + WIRE_END_SCALARS_SIZE_BYTES;
    if (message->size_bytes < fixed_bytes) {
        return ERR_BROKEN;
    }
    memcpy(&lengths, message->body, sizeof(lengths));
    if (lengths.hit_rounds > PLAN_ROUNDS_MAX ||
        lengths.detail_size_bytes >= sizeof(ret_case->end.detail) ||
        message->size_bytes != fixed_bytes + lengths.detail_size_bytes +
                                   lengths.hit_rounds * sizeof(ret_case->hits[0])) {
        return ERR_BROKEN;
    }
    memset(ret_case, 0, sizeof(*ret_case));
    memcpy(ret_case, message->body + sizeof(lengths), WIRE_CASE_SCALARS_SIZE_BYTES);
    memcpy(&ret_case->end, message->body + case_bytes, WIRE_END_SCALARS_SIZE_BYTES);
    memcpy(ret_case->end.detail, message->body + fixed_bytes, lengths.detail_size_bytes);
    memcpy(ret_case->hits, message->body + fixed_bytes + lengths.detail_size_bytes,
           lengths.hit_rounds * sizeof(ret_case->hits[0]));
    return 0;
}
