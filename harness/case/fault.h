/* The faults of the model, as words: what can happen at a hit of a point.
 * Which one applies to which operation is the table of docs/FAULTS.md. */
#ifndef HARNESS_CASE_FAULT_H
#define HARNESS_CASE_FAULT_H

#include "harness/case/loss.h"
#include "store/base/err.h"
#include "store/disk/point.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(id, "name", takes an argument, "what real event it stands for") */
#define FAULT_KIND_MAP(X)                                                                     \
    X(KILL, "kill", false, "SIGKILL before the operation: OOM killer, kill -9, pod eviction") \
    X(KILL_AFTER, "kill-after", false, "SIGKILL right after the operation")                   \
    X(TORN, "torn", true, "the first N bytes reach the file, then SIGKILL")                   \
    X(SHORT, "short", true, "the operation does N bytes and returns N")                       \
    X(EIO, "eio", false, "the device reports an error")                                       \
    X(ENOSPC, "enospc", false, "the file system is full")                                     \
    X(POD_KILL, "pod-kill", true,                                                             \
      "SIGTERM, N disk operations (threads: N ms) of grace, SIGKILL: what Kubernetes does")   \
    X(POWER_LOSS, "power-loss", true,                                                         \
      "the plug is pulled while the operation is in flight: un-synced effects may be lost")   \
    X(SYNC_EIO, "sync-eio", true,                                                             \
      "fsync fails; what becomes of the dirty pages is the file system's affair")             \
    X(SYNC_LIE, "sync-lie", false, "the device says 0 and has nothing durable")

enum fault_kind {
#define X(id, ...) FAULT_##id,
    FAULT_KIND_MAP(X)
#undef X
        FAULT_KIND_COUNT
};

/* How long an errno fault lasts. */
enum fault_lasting {
    FAULT_ONCE, /* this hit only (default) */
    FAULT_ON,   /* disk-wide, from this hit to the end of the round */
    FAULT_TIMES /* this hit and the next `times - 1` such operations */
};

/* What a failed sync leaves (ATC'20, "Can applications recover from fsync failures?").
 * X(id, "name", "what becomes of the dirty pages") */
#define FAULT_SYNC_MAP(X)                                                                      \
    X(CLEAN, "clean", "ext4, xfs: each dirty page reached the disk or not; all are clean now") \
    X(REVERT, "revert", "btrfs: contents, size and mapping are those of the last good sync")   \
    X(LATE, "late", "ext4 data=journal: 0 now, nothing durable; the next sync reports it")

enum fault_sync {
#define X(id, name, help) FAULT_SYNC_##id,
    FAULT_SYNC_MAP(X)
#undef X
        FAULT_SYNC_COUNT
};

/* Longest printed fault. */
#define FAULT_TEXT_SIZE_BYTES (LOSS_TEXT_SIZE_BYTES + 16)

struct fault {
    enum fault_kind kind;
    uint64_t arg; /* torn, short: bytes; pod-kill: operations of grace; sync-eio: fault_sync */
    enum fault_lasting lasting;
    uint32_t times;   /* with FAULT_TIMES */
    struct loss loss; /* with power-loss */
};

/* "clean", "revert", "late". A static string. */
const char *fault_sync_name(enum fault_sync sync);
/* Which file system does it, and what it does. A static string. */
const char *fault_sync_help(enum fault_sync sync);
/* Faults that only the memory disk can do: their cases are explored, never run on real files. */
bool fault_is_explored(enum fault_kind kind);
/* Whether the kind returns an error and lets the process go on, so that it can last (`:on`, `:K`).
 * A failed sync does so too, but what it leaves is named by its own argument. */
bool fault_can_last(enum fault_kind kind);

/* The word of scenarios and tokens. A static string. */
const char *fault_kind_name(enum fault_kind kind);
/* The real event it stands for. A static string. */
const char *fault_kind_help(enum fault_kind kind);
/* Whether a token needs something behind the name. `eio` and `enospc` take an argument and do not
 * need it: false. */
bool fault_kind_takes_arg(enum fault_kind kind);
/* What stands behind the name, for people: "N", "MODEL[:CHOICE]", "on|K"; "" when nothing does. */
const char *fault_kind_argument(enum fault_kind kind);
/* FAULT_KIND_COUNT when there is none. */
enum fault_kind fault_find_kind(const char *name);

/* Whether the model has this fault for this operation. */
bool fault_applies(enum fault_kind kind, enum point_op op);
/* Whether the round ends by it: the process is dead, or the machine without power.  What is planned
 * for a later hit of the same point cannot come to pass then, and no error was returned by it. */
bool fault_kills(enum fault_kind kind);

/* "torn:128", "eio:on", "enospc:3", "sync-eio:late", "power-loss:all:k3d2".  Returns the length, as
 * snprintf. */
int fault_print(const struct fault *fault, char *text, size_t text_size_bytes);
/* Parses all of `text`. `err` says what is wrong with a suggestion.  0 or ERR_USAGE. */
int fault_parse(const char *text, struct fault *ret_fault, struct err *err);
/* As fault_parse, but a word that takes an argument may stand without it, as scenarios write it;
 * then `*ret_arg_given` is false, and it stands for all: every length, model, kind of failed sync.
 * A power loss may have a model and no choice. */
int fault_parse_word(const char *text, struct fault *ret_fault, bool *ret_arg_given,
                     struct err *err);

#endif
