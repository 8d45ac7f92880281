/* A trace as bytes: what trace_pack, trace_unpack, trace_save and trace_load of trace.h do. For
 * trace.c alone. */
#ifndef HARNESS_POWER_TRACE_TRACE_FILE_H
#define HARNESS_POWER_TRACE_TRACE_FILE_H

#include "harness/power/trace/trace.h"

int trace_file_pack(const struct trace *trace, uint8_t **ret_data, size_t *ret_size_bytes,
                    struct err *err);
int trace_file_unpack(struct trace *trace, const uint8_t *data, size_t size_bytes, struct err *err);
int trace_file_save(const struct trace *trace, const char *path, struct err *err);
bool trace_file_is_saved(const char *path);
int trace_file_load(struct trace *trace, const char *path, struct err *err);

#endif
