/* The payload of a saved trace, before it is compressed. */
#ifndef HARNESS_POWER_TRACE_TRACE_CODEC_H
#define HARNESS_POWER_TRACE_TRACE_CODEC_H

#include "harness/power/trace/trace.h"
#include "store/base/buffer.h"

/* 0, -EMSGSIZE or -ENOMEM. */
int trace_codec_put(const struct trace *trace, struct buffer *buffer)
    __attribute__((warn_unused_result));
/* Fills a trace that was cleared.  The bytes may be anybody's: 0, ERR_CORRUPT, ERR_USAGE for a
 * point, operation or note that is not ours, -ENOMEM; `*ret_left_bytes` says how far it came, and
 * the trace must be cleared again. */
int trace_codec_take(struct trace *trace, const uint8_t *data, size_t size_bytes,
                     size_t *ret_left_bytes) __attribute__((warn_unused_result));

#endif
