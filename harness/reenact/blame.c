/* From what is wrong to who did it (blame.h). */
#include "harness/reenact/blame.h"

#include "harness/reenact/history.h"
#include "store/base/event.h"

#include <stdlib.h>
#include <string.h>

/* A unit of a queue, or the head of a record: enough to tell one from another. */
#define BLAME_WINDOW_BYTES 20

const char *blame_help(enum blame_kind kind)
{
    static const char *const helps[] = {
#define X(id, help) [BLAME_##id] = (help),
        BLAME_MAP(X)
#undef X
    };
    return kind < BLAME_COUNT ? helps[kind] : "";
}

/* The first entry that broke the rule; false: it is no rule of order, or was kept. */
static bool find_premature(const struct reenact *reenact, enum mechanism mechanism,
                           struct blame *ret_blame)
{
    const struct trace *traces[REENACT_PARTS_MAX];
    struct trace_entry entry;
    for (uint32_t i = 0; i < reenact->part_count; i++) {
        traces[i] = reenact->parts[i].trace;
    }
    if (!rehearse_order_first(reenact->rehearsal, traces, reenact->part_count, mechanism,
                              &ret_blame->part, &ret_blame->entry)) {
        return false;
    }
    trace_get(traces[ret_blame->part], ret_blame->entry, &entry);
    bool is_ack = entry.is_note && entry.note == TRACE_NOTE_ACKED;
    ret_blame->kind = is_ack ? BLAME_ACKED : BLAME_PREMATURE;
    return true;
}

/* The last operation that the plan had fail while the process lived on.  A write that failed has
 * left its bytes or none; a look or a sync that failed leaves what the store made of it. */
static bool find_failed(const struct reenact *reenact, bool is_loss, struct blame *ret_blame)
{
    for (uint32_t i = reenact->strike_count; i > 0; i--) {
        const struct reenact_strike *strike = &reenact->strikes[i - 1];
        enum fault_kind kind = strike->hit.fault.kind;
        bool is_write = strike->entry.op == POINT_OP_WRITE;
        if ((fault_can_last(kind) || kind == FAULT_SYNC_EIO) && (is_loss || !is_write)) {
            *ret_blame = (struct blame){.kind = BLAME_FAILED, .strike = strike};
            return true;
        }
    }
    return false;
}

/* The answer that promised the record at this place of the log. */
static bool find_promise(const struct reenact *reenact, const struct finding *finding,
                         struct blame *ret_blame)
{
    const char *name = strrchr(finding->file, '/');
    uint64_t at = finding->offset + (name == NULL ? 0 : strtoull(name + 1, NULL, 10));
    for (uint32_t p = 0; p < reenact->part_count; p++) {
        const struct trace *trace = reenact->parts[p].trace;
        for (size_t i = 0; i < trace_count(trace); i++) {
            struct trace_entry entry;
            trace_get(trace, i, &entry);
            if (entry.is_note && entry.note == TRACE_NOTE_ACKED &&
                entry.values[1] == STORE_PUT_OK && (uint64_t)entry.values[3] == at) {
                *ret_blame = (struct blame){.kind = BLAME_ACKED, .part = p, .entry = i};
                return true;
            }
        }
    }
    return false;
}

/* The last operation of a part that changed anything (`is_any`: or looked), before the store was
 * open in its first restart. */
static bool find_last_in(const struct reenact_part *part, bool is_any, size_t *ret_entry)
{
    bool is_found = false;
    for (size_t i = 0; i < trace_count(part->trace); i++) {
        struct trace_entry entry;
        trace_get(part->trace, i, &entry);
        if (part->is_restart && entry.is_note && entry.note == TRACE_NOTE_OPENED) {
            break;
        }
        if (!entry.is_note && (is_any || point_is_mutating(entry.point))) {
            *ret_entry = i;
            is_found = true;
        }
    }
    return is_found;
}

static void find_last(const struct reenact *reenact, bool is_any, struct blame *ret_blame)
{
    for (uint32_t p = reenact->part_count; p > 0; p--) {
        size_t entry = 0;
        if (find_last_in(&reenact->parts[p - 1], is_any, &entry)) {
            *ret_blame = (struct blame){.kind = BLAME_LAST, .part = p - 1, .entry = entry};
            return;
        }
    }
}

/* The mark that the first restart went by, when the power had failed before: what lies below it
 * was not looked at. */
static bool find_mark(const struct reenact *reenact, struct blame *ret_blame)
{
    const struct reenact_part *part =
        reenact->part_count == 0 ? NULL : &reenact->parts[reenact->part_count - 1];
    struct history_change change;
    bool is_believed = false;
    if (part == NULL || !part->is_restart || reenact->strike_count == 0 ||
        reenact->strikes[reenact->strike_count - 1].hit.fault.kind != FAULT_POWER_LOSS) {
        return false;
    }
    for (size_t i = 0; i < trace_count(part->trace); i++) {
        struct trace_entry entry;
        trace_get(part->trace, i, &entry);
        if (entry.is_note && entry.note == TRACE_NOTE_OPENED) {
            break;
        }
        is_believed |= entry.is_note && entry.note == TRACE_NOTE_EVENT &&
                       (entry.values[0] == EVENT_MARK_USED ||
                        entry.values[0] == EVENT_RECOVERY_AFTER_FIRST_FILE);
    }
    if (!is_believed || !history_before_restart(reenact, "checkpoint", 0, &change)) {
        return false;
    }
    *ret_blame = (struct blame){.kind = BLAME_MARKED, .part = change.part, .entry = change.entry};
    return true;
}

/* What should be there and is not. */
static bool is_loss(enum mechanism mechanism)
{
    const uint64_t losses = MECHANISM_BIT(RECORD_LOST) | MECHANISM_BIT(UNIT_MISSING) |
                            MECHANISM_BIT(FILE_MISSING) | MECHANISM_BIT(COMMIT_LOST) |
                            MECHANISM_BIT(LOG_DAMAGED);
    return (losses >> mechanism & 1) != 0;
}

/* Offsets are given out by where a queue ends: the last operation that moved that back, before the
 * record with the wrong one was written. */
static bool find_cut(const struct reenact *reenact, struct blame *blame)
{
    for (uint32_t p = blame->part + 1; p > 0; p--) {
        const struct trace *trace = reenact->parts[p - 1].trace;
        size_t end = p - 1 == blame->part ? blame->entry : trace_count(trace);
        for (size_t i = end; i > 0; i--) {
            struct trace_entry entry;
            trace_get(trace, i - 1, &entry);
            if (!entry.is_note && entry.result >= 0 &&
                (entry.point == POINT_QUEUE_CUT_TAIL || entry.point == POINT_QUEUE_CUT_FILE)) {
                *blame = (struct blame){.kind = BLAME_CUT, .part = p - 1, .entry = i - 1};
                return true;
            }
        }
    }
    return false;
}

static bool is_of_offsets(enum mechanism mechanism)
{
    const uint64_t offsets =
        MECHANISM_BIT(OFFSET_TWICE) | MECHANISM_BIT(OFFSET_GAP) | MECHANISM_BIT(NEXT_OFFSET);
    return (offsets >> mechanism & 1) != 0;
}

/* The restart's last write there, of whatever: that it wrote at all is what is wrong. */
static bool find_rewrite(const struct reenact *reenact, const struct finding *finding,
                         struct blame *ret_blame)
{
    uint32_t last = reenact->part_count - 1;
    const struct reenact_part *part = &reenact->parts[last];
    for (size_t i = trace_count(part->trace); part->is_restart && i > 0; i--) {
        struct trace_entry entry;
        trace_get(part->trace, i - 1, &entry);
        if (!entry.is_note && entry.op == POINT_OP_WRITE &&
            strcmp(entry.path, finding->file) == 0 && entry.offset == finding->offset) {
            *ret_blame = (struct blame){.kind = BLAME_WROTE, .part = last, .entry = i - 1};
            return true;
        }
    }
    return false;
}

/* By the bytes that the finding is about. */
static bool find_by_bytes(const struct reenact *reenact, enum mechanism mechanism,
                          const struct finding *finding, struct blame *ret_blame)
{
    struct history_change change;
    if (finding == NULL || finding->file[0] == '\0') {
        return false;
    }
    if (mechanism == MECHANISM_REWRITTEN_BELOW_MARK && reenact->part_count > 0 &&
        find_rewrite(reenact, finding, ret_blame)) {
        return true;
    }
    bool is_found =
        history_last(reenact, finding->file, finding->offset, BLAME_WINDOW_BYTES, false, &change) ||
        history_last(reenact, finding->file, finding->offset, BLAME_WINDOW_BYTES, true, &change);
    if (is_found) {
        enum blame_kind kind = change.is_removal ? BLAME_REMOVED : BLAME_WROTE;
        *ret_blame = (struct blame){.kind = kind, .part = change.part, .entry = change.entry};
        if (kind == BLAME_REMOVED || !is_loss(mechanism)) {
            return true;
        }
    }
    /* Nobody took it away: then what promised it did so too early, or it was never made. */
    if (mechanism == MECHANISM_RECORD_LOST && find_promise(reenact, finding, ret_blame)) {
        return true;
    }
    if (is_loss(mechanism) && find_mark(reenact, ret_blame)) {
        return true;
    }
    ret_blame->kind = is_found ? BLAME_MADE : BLAME_NONE;
    return is_found;
}

/* A rule of time is broken when the clock moves, which no call of the store does: then it is who
 * wrote what stayed behind. */
static void find_overdue(const struct reenact *reenact, const struct finding *finding,
                         struct blame *ret_blame)
{
    struct trace_entry entry;
    struct history_change change;
    if (!blame_entry(reenact, ret_blame, &entry) || !entry.is_note ||
        entry.note == TRACE_NOTE_ACKED || finding == NULL ||
        !history_last(reenact, finding->file, finding->offset, BLAME_WINDOW_BYTES, true, &change)) {
        return;
    }
    *ret_blame = (struct blame){.kind = BLAME_OVERDUE, .part = change.part, .entry = change.entry};
}

void blame_find(const struct reenact *reenact, enum mechanism mechanism,
                const struct finding *findings, size_t finding_count, struct blame *ret_blame)
{
    const struct finding *finding =
        mechanism == MECHANISM_COUNT
            ? NULL
            : finding_of(findings, finding_count, mechanism_property(mechanism));
    memset(ret_blame, 0, sizeof(*ret_blame));
    if (mechanism != MECHANISM_COUNT && find_premature(reenact, mechanism, ret_blame)) {
        find_overdue(reenact, finding, ret_blame);
        return;
    }
    if (find_failed(reenact, mechanism != MECHANISM_COUNT && is_loss(mechanism), ret_blame)) {
        return;
    }
    if (!find_by_bytes(reenact, mechanism, finding, ret_blame)) {
        find_last(reenact, mechanism == MECHANISM_OPEN_REFUSED, ret_blame);
    }
    if (mechanism != MECHANISM_COUNT && is_of_offsets(mechanism)) {
        (void)find_cut(reenact, ret_blame);
    }
}

bool blame_entry(const struct reenact *reenact, const struct blame *blame,
                 struct trace_entry *ret_entry)
{
    if (blame->kind == BLAME_NONE) {
        return false;
    }
    if (blame->strike != NULL) {
        *ret_entry = blame->strike->entry;
    } else {
        trace_get(reenact->parts[blame->part].trace, blame->entry, ret_entry);
    }
    return true;
}

size_t blame_stack(const struct reenact *reenact, const struct blame *blame,
                   uintptr_t addresses[STACK_FRAMES_MAX])
{
    struct trace_entry entry;
    if (blame->strike != NULL) {
        memcpy(addresses, blame->strike->stack, blame->strike->stack_count * sizeof(addresses[0]));
        return blame->strike->stack_count;
    }
    if (!blame_entry(reenact, blame, &entry)) {
        return 0;
    }
    return witness_stack(reenact->parts[blame->part].witness, entry.begin_sequence, addresses);
}
