/* The seccomp filter of the audit: everything is held but what is known to leave no durable trace.
 * For audit.c alone. */
#ifndef HARNESS_AUDIT_AUDIT_FILTER_H
#define HARNESS_AUDIT_AUDIT_FILTER_H

#include "store/base/err.h"

/* Loads it into this process, for good. Returns 0 and the listener, or a negated errno. */
int audit_filter_load(int *ret_listener_fd, struct err *err);

#endif
