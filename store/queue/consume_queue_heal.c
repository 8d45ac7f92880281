/* Healing: makes each unit of the scanned part of the log stand at exactly its index, whatever a
 * crash left there. */
#include "store/base/bytes.h"
#include "store/queue/consume_queue.h"
#include "store/queue/consume_queue_files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define UNIT CONSUME_QUEUE_UNIT_SIZE_BYTES

struct consume_queue_heal {
    int64_t next;                       /* index the next record should have; -1: not known */
    bool has_units;                     /* the scan met a record of this queue */
    struct consume_queue_block found;   /* as on disk */
    struct consume_queue_block pending; /* to be appended in one write */
};

int consume_queue_heal_begin(struct consume_queue *queue, int64_t known, struct err *err)
{
    queue->heal = malloc(sizeof(*queue->heal));
    if (queue->heal == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    queue->heal->next = -1;
    queue->heal->has_units = false;
    queue->heal->found.first = 0;
    queue->heal->found.count = 0;
    queue->heal->pending.first = 0;
    queue->heal->pending.count = 0;
    if (known >= 0 && known > consume_queue_first(queue)) {
        queue->heal->next = known;
        queue->heal->has_units = true;
        consume_queue_set_max(queue, known);
    }
    return 0;
}

/* Appends the pending run, in one write. It is not an append of the list's, which would move the
 * end: the units behind may be sound, and each is judged by itself when its record comes. */
static int flush_pending(struct consume_queue *queue, struct err *err)
{
    struct consume_queue_block *pending = &queue->heal->pending;
    if (pending->count == 0) {
        return 0;
    }
    int r = consume_queue_files_ensure(queue, pending->first, err);
    if (r < 0) {
        return r;
    }
    event_emit(queue->options->sink, EVENT_DISPATCH_BEHIND, (uint64_t)pending->first,
               "%s: %" PRId64 " units from %" PRId64, segment_list_dir(queue->files),
               pending->count, pending->first);
    /* Not as an append: what stands behind may be sound and is judged by itself. */
    r = segment_list_write(queue->files, consume_queue_points()->append,
                           (uint64_t)pending->first * UNIT, pending->units,
                           (size_t)pending->count * UNIT, err);
    if (r == 0) {
        pending->count = 0;
    }
    return r;
}

/* Whether the units before `index` in its file are all pre-blank or of expired records. A crash
 * inside the filling leaves zeros among them, and a queue with such a head would show consumers
 * units that point nowhere. */
static int is_head_sound(struct consume_queue *queue, int64_t index, uint64_t below,
                         bool *ret_is_sound, struct err *err)
{
    struct consume_queue_block block = {.count = 0};
    *ret_is_sound = true;
    for (int64_t i = index - index % queue->options->file_units; i < index; i++) {
        struct consume_queue_unit unit;
        int r = consume_queue_files_read_by_block(queue, i, &block, &unit, err);
        if (r < 0) {
            return r;
        }
        if (!consume_queue_unit_is_below(&unit, below) && !consume_queue_unit_is_pre_blank(&unit)) {
            *ret_is_sound = false;
            break;
        }
    }
    return 0;
}

/* Drops all files, the last first: they cannot be what leads up to the units to come. That happens
 * when a power loss took the first files of a queue and kept later ones, or kept files of a queue
 * that the log no longer reaches. */
static int drop_files(struct consume_queue *queue, struct err *err)
{
    int r = 0;
    if (consume_queue_has_files(queue)) {
        event_emit(queue->options->sink, EVENT_QUEUE_CUT, 0, "%s: files do not lead up to the log",
                   segment_list_dir(queue->files));
    }
    while (r == 0 && consume_queue_has_files(queue)) {
        r = segment_list_cut_last(queue->files, err);
    }
    return r;
}

/* The first record of a queue of which nothing is known fixes the queue's position. Its file is
 * there: with a sound head the queue goes on in it, else the head is filled again. The file is the
 * next one after those that are there: it is made. In all other cases what is there does not lead
 * up to this unit and goes. */
static int position(struct consume_queue *queue, const struct consume_queue_unit *unit,
                    int64_t index, struct err *err)
{
    int64_t first = index - index % queue->options->file_units;
    uint64_t at = (uint64_t)first * UNIT;
    bool is_sound = false;
    int r = 0;
    if (segment_list_find(queue->files, at) >= 0 && segment_list_hole(queue->files) > at) {
        r = is_head_sound(queue, index, (uint64_t)unit->physical_offset, &is_sound, err);
    } else if (!consume_queue_has_files(queue) || segment_list_limit(queue->files) != at ||
               segment_list_hole(queue->files) != UINT64_MAX) {
        r = drop_files(queue, err);
    }
    if (r < 0) {
        return r;
    }
    if (is_sound) {
        consume_queue_set_max(queue, index);
        return 0;
    }
    r = consume_queue_files_ensure(queue, index, err);
    if (r < 0) {
        return r;
    }
    return consume_queue_files_pre_blank(queue, index, err);
}

/* What stands at `index` on disk, read by the page: a scan meets the units of a queue in order.
 * Zeros when there is no such unit; a file behind a hole in the row counts as not there. */
static int found_unit(struct consume_queue *queue, int64_t index, const uint8_t **ret_at,
                      struct err *err)
{
    static const uint8_t none[UNIT];
    struct consume_queue_block *found = &queue->heal->found;
    *ret_at = none;
    int64_t file = segment_list_find(queue->files, (uint64_t)index * UNIT);
    if (!consume_queue_files_is_in(found, index)) {
        if (file < 0 || (uint64_t)index * UNIT >= segment_list_hole(queue->files)) {
            return 0;
        }
        int r = consume_queue_files_read_block(queue, index, found, err);
        if (r < 0) {
            return r;
        }
    }
    *ret_at = found->units + (index - found->first) * UNIT;
    return 0;
}

/* Keeps a unit for a write together with its neighbours. The run ends where the next unit is not
 * its neighbour, at a page's worth and at the end of a file, which no write may cross. */
static int add_pending(struct consume_queue *queue, int64_t index, const uint8_t *at,
                       struct err *err)
{
    struct consume_queue_block *pending = &queue->heal->pending;
    bool follows = pending->count > 0 && pending->count < CONSUME_QUEUE_BLOCK_UNITS &&
                   index == pending->first + pending->count &&
                   index % queue->options->file_units != 0;
    if (!follows) {
        int r = flush_pending(queue, err);
        if (r < 0) {
            return r;
        }
        pending->first = index;
    }
    memcpy(pending->units + pending->count * UNIT, at, UNIT);
    pending->count++;
    return 0;
}

/* Three ways out: the right unit stands there, and nothing is written, so that a store that needs
 * no repair sees none; zeros at or past the end are a unit that the dispatcher had not come to;
 * anything else is torn or of another life, and is overwritten in place. What is pending goes
 * first, to keep the units' order on disk. */
int consume_queue_heal_unit(struct consume_queue *queue, const struct consume_queue_unit *unit,
                            int64_t index, struct err *err)
{
    struct consume_queue_heal *heal = queue->heal;
    if (!heal->has_units) {
        int r = position(queue, unit, index, err);
        if (r < 0) {
            return r;
        }
        heal->next = index;
        heal->has_units = true;
        heal->found.count = 0;
    }
    uint8_t at[UNIT];
    const uint8_t *found = NULL;
    consume_queue_unit_encode(unit, at);
    int r = found_unit(queue, index, &found, err);
    if (r < 0) {
        return r;
    }
    if (memcmp(found, at, UNIT) != 0) {
        if (index >= heal->next && bytes_is_zero(found, UNIT)) {
            r = add_pending(queue, index, at, err);
        } else {
            r = flush_pending(queue, err);
            if (r == 0) {
                event_emit(queue->options->sink, EVENT_QUEUE_HEALED, (uint64_t)index,
                           "%s: unit %" PRId64, segment_list_dir(queue->files), index);
                r = segment_list_write(queue->files, POINT_QUEUE_HEAL, (uint64_t)index * UNIT, at,
                                       UNIT, err);
            }
        }
    }
    heal->next = index + 1 > heal->next ? index + 1 : heal->next;
    queue->max_physic = unit->physical_offset + unit->size_bytes;
    return r;
}

/* Whether a unit that is not zero stands at `index`, the first past the end: one that a crash kept
 * although the log lost its record. Only the event depends on it; the tail is zeroed in any case.
 * */
static int has_stale_unit(struct consume_queue *queue, int64_t index, bool *ret_has,
                          struct err *err)
{
    *ret_has = false;
    if (segment_list_find(queue->files, (uint64_t)index * UNIT) < 0) {
        return 0;
    }
    const uint8_t *at = NULL;
    int r = found_unit(queue, index, &at, err);
    if (r == 0) {
        *ret_has = !bytes_is_zero(at, UNIT);
    }
    return r;
}

int consume_queue_heal_finish(struct consume_queue *queue, uint64_t log_min, struct err *err)
{
    struct consume_queue_heal *heal = queue->heal;
    int r = flush_pending(queue, err);
    int64_t end = heal->next;
    if (r == 0 && !heal->has_units && log_min == 0 && consume_queue_first(queue) > 0) {
        /* Nothing ever expired: the first files were lost, and all units with the log. */
        r = drop_files(queue, err);
    }
    /* The scan met no record of this queue. Units of records below the log's first byte may stay,
     * since retention may not have come to their files yet; all others name records that the log
     * does not have. */
    if (r == 0 && !heal->has_units) {
        r = consume_queue_units_below(queue, log_min, &end, err);
    }
    bool has_stale = false;
    if (r == 0) {
        consume_queue_set_max(queue, end);
        r = has_stale_unit(queue, end, &has_stale, err);
    }
    if (has_stale) {
        event_emit(queue->options->sink, EVENT_QUEUE_CUT, (uint64_t)end, "%s: from unit %" PRId64,
                   segment_list_dir(queue->files), end);
    }
    queue->is_begun = consume_queue_has_files(queue);
    free(queue->heal);
    queue->heal = NULL;
    return r;
}
