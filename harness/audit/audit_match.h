/* Whether a held system call is what its thread announced. For audit_serve.c alone. */
#ifndef HARNESS_AUDIT_AUDIT_MATCH_H
#define HARNESS_AUDIT_AUDIT_MATCH_H

#include "harness/audit/audit_shared.h"

enum audit_match {
    AUDIT_MATCH_HARMLESS,    /* it turns out to leave nothing durable: a pipe, a terminal */
    AUDIT_MATCH_ANNOUNCED,   /* *ret_call is the operation */
    AUDIT_MATCH_UNANNOUNCED, /* `text` says what it is */
};

/* The call is held: its thread's memory and descriptors can be read. */
enum audit_match audit_match_call(const struct audit_shared *shared,
                                  const struct seccomp_notif *notif, struct audit_slot *slot,
                                  struct audit_call **ret_call,
                                  char text[AUDIT_EFFECT_TEXT_SIZE_BYTES]);

#endif
