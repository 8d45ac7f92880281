/* The fault words: names, which operation has which, text both ways. */
#include "harness/case/fault.h"

#include "harness/base/suggest.h"
#include "harness/base/units.h"
#include "store/base/ensure.h"
#include "store/base/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OP(id) (1u << POINT_OP_##id)

/* What changes the disk or its durability; the process can die at each of these. A lock is among
 * them: it is the first thing a start does to the disk, so a process can die on either side of it.
 * A read is not: to die before it leaves the same files as to die before the next write. */
#define OPS_MUTATING                                                                          \
    (OP(CREATE) | OP(WRITE) | OP(SYNC) | OP(TRUNCATE) | OP(RENAME) | OP(UNLINK) | OP(MKDIR) | \
     OP(SYNC_DIR) | OP(LOCK))

/* The columns of FAULT_KIND_MAP. */
struct kind_row {
    const char *name;
    const char *help;
    bool takes_arg;
};

static const struct kind_row kinds[] = {
#define X(id, name, takes_arg, help) {name, help, takes_arg},
    FAULT_KIND_MAP(X)
#undef X
};

/* What a kind can strike, and what becomes of the round by it: docs/FAULTS.md as a table. */
struct kind_traits {
    uint32_t ops;         /* bit per enum point_op */
    const char *argument; /* as it stands behind the name, for people */
    bool kills;
    bool is_explored; /* only the memory disk can do it */
};

static const struct kind_traits traits[FAULT_KIND_COUNT] = {
    [FAULT_KILL] = {OPS_MUTATING, "", .kills = true},
    [FAULT_KILL_AFTER] = {OPS_MUTATING, "", .kills = true},
    [FAULT_TORN] = {OP(WRITE), "N", .kills = true},
    [FAULT_SHORT] = {OP(WRITE) | OP(READ), .argument = "N"},
    [FAULT_EIO] = {OPS_MUTATING | OP(OPEN) | OP(READ) | OP(SEEK) | OP(LIST) | OP(SIZE),
                   .argument = "once|on|K"},
    [FAULT_ENOSPC] = {OP(CREATE) | OP(WRITE) | OP(TRUNCATE) | OP(RENAME) | OP(MKDIR),
                      .argument = "once|on|K"},
    [FAULT_POD_KILL] = {OPS_MUTATING, "N", .kills = true},
    [FAULT_POWER_LOSS] = {OPS_MUTATING, "MODEL[:CHOICE]", .kills = true, .is_explored = true},
    [FAULT_SYNC_EIO] = {OP(SYNC) | OP(SYNC_DIR), "clean|revert|late", .is_explored = true},
    [FAULT_SYNC_LIE] = {OP(SYNC) | OP(SYNC_DIR), "", .is_explored = true},
};

static const char *const kind_names[] = {FAULT_KIND_MAP(NAMES_NAME)};

static const struct kind_row *row_of(enum fault_kind kind)
{
    ENSURE((unsigned)kind < FAULT_KIND_COUNT);
    return &kinds[kind];
}

static const struct kind_traits *traits_of(enum fault_kind kind)
{
    ENSURE((unsigned)kind < FAULT_KIND_COUNT);
    return &traits[kind];
}

static const char *const sync_names[] = {FAULT_SYNC_MAP(NAMES_NAME)};
static const char *const sync_helps[] = {FAULT_SYNC_MAP(NAMES_HELP)};

const char *fault_sync_name(enum fault_sync sync)
{
    ENSURE((unsigned)sync < FAULT_SYNC_COUNT);
    return sync_names[sync];
}

const char *fault_sync_help(enum fault_sync sync)
{
    ENSURE((unsigned)sync < FAULT_SYNC_COUNT);
    return sync_helps[sync];
}

const char *fault_kind_name(enum fault_kind kind)
{
    return row_of(kind)->name;
}

const char *fault_kind_help(enum fault_kind kind)
{
    return row_of(kind)->help;
}

bool fault_kind_takes_arg(enum fault_kind kind)
{
    return row_of(kind)->takes_arg;
}

const char *fault_kind_argument(enum fault_kind kind)
{
    return traits_of(kind)->argument;
}

enum fault_kind fault_find_kind(const char *name)
{
    return (enum fault_kind)names_find(kind_names, FAULT_KIND_COUNT, name);
}

bool fault_applies(enum fault_kind kind, enum point_op op)
{
    return (traits_of(kind)->ops & 1u << op) != 0;
}

bool fault_kills(enum fault_kind kind)
{
    return traits_of(kind)->kills;
}

bool fault_is_explored(enum fault_kind kind)
{
    return traits_of(kind)->is_explored;
}

bool fault_can_last(enum fault_kind kind)
{
    return kind == FAULT_EIO || kind == FAULT_ENOSPC;
}

/* One fault has one text, since tokens are compared and hashed as text: an argument is never left
 * out where the kind takes one, and `:once` is never written. */
int fault_print(const struct fault *fault, char *text, size_t text_size_bytes)
{
    const char *name = fault_kind_name(fault->kind);
    if (fault->kind == FAULT_POWER_LOSS) {
        char loss[LOSS_TEXT_SIZE_BYTES];
        loss_print(&fault->loss, loss, sizeof(loss));
        return snprintf(text, text_size_bytes, "%s:%s", name, loss);
    }
    if (fault->kind == FAULT_SYNC_EIO) {
        return snprintf(text, text_size_bytes, "%s:%s", name,
                        fault_sync_name((enum fault_sync)fault->arg));
    }
    if (fault_kind_takes_arg(fault->kind)) {
        return snprintf(text, text_size_bytes, "%s:%" PRIu64, name, fault->arg);
    }
    if (fault_can_last(fault->kind) && fault->lasting == FAULT_ON) {
        return snprintf(text, text_size_bytes, "%s:on", name);
    }
    if (fault_can_last(fault->kind) && fault->lasting == FAULT_TIMES) {
        return snprintf(text, text_size_bytes, "%s:%" PRIu32, name, fault->times);
    }
    return snprintf(text, text_size_bytes, "%s", name);
}

static int parse_sync(const char *arg, struct fault *fault, struct err *err)
{
    char hint[96];
    fault->arg = names_find(sync_names, FAULT_SYNC_COUNT, arg);
    if (fault->arg < FAULT_SYNC_COUNT) {
        return 0;
    }
    return err_set(err, ERR_USAGE, "'sync-eio:%.48s': expected clean, revert or late%s", arg,
                   suggest_phrase(arg, sync_names, FAULT_SYNC_COUNT, hint, sizeof(hint)));
}

/* The choice of a power loss has a grammar of its own (loss.h); its errors do not know which word
 * they stand in. */
static int parse_loss(const char *arg, struct fault *fault, struct err *err)
{
    int r = loss_parse(arg, &fault->loss, err);
    return r < 0 ? err_wrap(err, r, "'power-loss:%.48s'", arg) : 0;
}

/* A torn write of 0 bytes is a kill before it and may be asked for. A short one of 0 bytes is not:
 * the disk would go on with the rest for ever. */
static int parse_arg(const char *arg, struct fault *fault, struct err *err)
{
    const char *name = fault_kind_name(fault->kind);
    if (fault->kind == FAULT_POWER_LOSS) {
        return parse_loss(arg, fault, err);
    }
    if (fault->kind == FAULT_SYNC_EIO) {
        return parse_sync(arg, fault, err);
    }
    if (!units_parse_count(arg, UINT32_MAX, &fault->arg)) {
        return err_set(err, ERR_USAGE, "'%s:%.48s': expected a number, as in '%s:8'", name, arg,
                       name);
    }
    if (fault->kind == FAULT_SHORT && fault->arg == 0) {
        return err_set(err, ERR_USAGE, "'short:0': at least one byte is done");
    }
    return 0;
}

/* "once", "on" or a number of operations; "eio:1" is "eio", so that equal faults are equal. */
static int parse_lasting(const char *arg, struct fault *fault, struct err *err)
{
    const char *name = fault_kind_name(fault->kind);
    uint64_t times = 0;
    if (strcmp(arg, "once") == 0) {
        return 0;
    }
    if (strcmp(arg, "on") == 0) {
        fault->lasting = FAULT_ON;
        return 0;
    }
    if (!units_parse_count(arg, UINT32_MAX, &times) || times == 0) {
        return err_set(err, ERR_USAGE,
                       "'%s:%.48s': expected 'once', 'on' or a number of operations from 1", name,
                       arg);
    }
    if (times > 1) {
        fault->lasting = FAULT_TIMES;
        fault->times = (uint32_t)times;
    }
    return 0;
}

/* Of a misspelt one the nearest name is told. */
static int find_kind(const char *name, enum fault_kind *ret_kind, struct err *err)
{
    char hint[96];
    *ret_kind = fault_find_kind(name);
    if (*ret_kind != FAULT_KIND_COUNT) {
        return 0;
    }
    return err_set(err, ERR_USAGE, "unknown fault '%.64s'%s", name,
                   suggest_phrase(name, kind_names, FAULT_KIND_COUNT, hint, sizeof(hint)));
}

/* Nothing of `ret_fault` is touched unless all of it is right: callers parse into arrays that they
 * go on using. */
int fault_parse_word(const char *text, struct fault *ret_fault, bool *ret_arg_given,
                     struct err *err)
{
    char word[FAULT_TEXT_SIZE_BYTES];
    struct fault fault;
    if (strlen(text) >= sizeof(word)) {
        return err_set(err, ERR_USAGE, "'%.32s...' is too long for a fault", text);
    }
    snprintf(word, sizeof(word), "%s", text);
    memset(&fault, 0, sizeof(fault));
    char *arg = strchr(word, ':');
    if (arg != NULL) {
        *arg++ = '\0';
    }
    int r = find_kind(word, &fault.kind, err);
    if (r == 0 && arg != NULL) {
        if (fault_kind_takes_arg(fault.kind)) {
            r = parse_arg(arg, &fault, err);
        } else if (fault_can_last(fault.kind)) {
            r = parse_lasting(arg, &fault, err);
        } else {
            r = err_set(err, ERR_USAGE, "'%s' takes no argument, found ':%.48s'", word, arg);
        }
    }
    if (r == 0) {
        *ret_fault = fault;
        *ret_arg_given = arg != NULL;
    }
    return r;
}

/* A scenario's word may stand for many faults, a token names one. */
static int need_arg(const struct fault *fault, bool arg_given, struct err *err)
{
    if (fault->kind == FAULT_POWER_LOSS && (!arg_given || !fault->loss.has_choice)) {
        return err_set(err, ERR_USAGE,
                       "'power-loss' needs a model and what it keeps, as in 'power-loss:%s:k3d2'",
                       loss_model_name(fault->loss.model));
    }
    if (arg_given || !fault_kind_takes_arg(fault->kind)) {
        return 0;
    }
    const char *name = fault_kind_name(fault->kind);
    if (fault->kind == FAULT_SYNC_EIO) {
        return err_set(err, ERR_USAGE, "'%s' needs a kind: clean, revert or late", name);
    }
    return err_set(err, ERR_USAGE, "'%s' needs a number, as in '%s:8'", name, name);
}

int fault_parse(const char *text, struct fault *ret_fault, struct err *err)
{
    struct fault fault;
    bool arg_given = false;
    int r = fault_parse_word(text, &fault, &arg_given, err);
    if (r < 0) {
        return r;
    }
    r = need_arg(&fault, arg_given, err);
    if (r == 0) {
        *ret_fault = fault;
    }
    return r;
}
