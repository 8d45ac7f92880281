/* A trace as bytes, and as one file: magic, version, CRC, then the entries compressed with LZ4.
 * Points are kept by name. */
#ifndef HARNESS_POWER_TRACE_TRACE_FILE_H
#define HARNESS_POWER_TRACE_TRACE_FILE_H

#include "harness/power/trace/trace.h"

int trace_file_save(const struct trace *trace, const char *path, struct err *err)
    __attribute__((warn_unused_result));
/* Fills an empty trace. ERR_CORRUPT for damage, ERR_USAGE for another version's points. */
int trace_file_load(struct trace *trace, const char *path, struct err *err)
    __attribute__((warn_unused_result));
/* Whether the file begins as a saved trace does; false too when it cannot be read. */
bool trace_file_is_saved(const char *path);
/* Writes it to a descriptor, for another process to load.  ERR_BROKEN when that was not possible.
 */
int trace_file_leave(const struct trace *trace, int fd, struct err *err)
    __attribute__((warn_unused_result));
/* The same to and from memory; `*ret_data` is malloc'ed, the caller frees it. */
int trace_file_pack(const struct trace *trace, uint8_t **ret_data, size_t *ret_size_bytes,
                    struct err *err) __attribute__((warn_unused_result));
int trace_file_unpack(struct trace *trace, const uint8_t *data, size_t size_bytes, struct err *err)
    __attribute__((warn_unused_result));

#endif
