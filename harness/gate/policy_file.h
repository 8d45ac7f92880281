/* A policy's file, from YAML to a struct.  Its keys are in policy_options.h. */
#ifndef HARNESS_GATE_POLICY_FILE_H
#define HARNESS_GATE_POLICY_FILE_H

#include "harness/gate/policy.h"
#include "store/base/err.h"

/* Reads a policy; a path in it is relative to its file.  0, -errno of the file, -ENOMEM, or
 * ERR_USAGE with line and caret, also for a placeholder that nobody has filled in. */
int policy_file_load(const char *path, struct policy *ret_policy, struct err *err);
/* The same from a text; `path` is what errors name. */
int policy_file_parse(const char *text, size_t text_size_bytes, const char *path,
                      struct policy *ret_policy, struct err *err);
#endif
