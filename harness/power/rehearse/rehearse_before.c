/* What is done to a rehearsed store between two rounds.  Whoever touches the files from outside
 * finds them at rest: what the steps leave is durable, and a new recording begins on it. */
#include "harness/drive/round.h"
#include "harness/power/disk/image_tree.h"
#include "harness/power/rehearse/rehearsal.h"
#include "harness/scenario/prng.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COPY_STREAM     UINT64_C(0xc0b1)
#define CHECKPOINT_PATH "checkpoint"

/* A new recording begins on what the next round runs on. */
static int begin_anew(struct rehearsal *rehearsal, uint32_t round, struct err *err)
{
    struct image *base = image_clone(rehearsal->cached);
    if (base == NULL) {
        return err_set(err, -ENOMEM, "out of memory for an image");
    }
    rehearse_state_leave(rehearsal, trace_done_count(rehearsal->trace));
    rehearse_state_rebase(rehearsal, base, round);
    rehearsal->round_done = 0;
    return 0;
}

/* A hot copy in the making. */
struct copy {
    const struct plan_before *before;
    struct replica_walk walk; /* the store that goes on below the copy */
    struct image *image;      /* the copy */
    struct image_name **names;
    uint32_t count;
};

/* The names at the begin of the copy: directories are made, files are to be copied. */
static int take_names(struct copy *copy, const struct image *from)
{
    copy->names = calloc(from->entry_count + 1, sizeof(struct image_name *));
    copy->image = image_new();
    if (copy->names == NULL || copy->image == NULL) {
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < from->entry_count; i++) {
        const struct image_entry *entry = &from->entries[i];
        if (image_tree_is_dir(entry)) {
            int r = image_tree_add(copy->image, entry->name->path, IMAGE_NO_FILE);
            if (r < 0) {
                return r;
            }
        } else if (strcmp(entry->name->path, CHECKPOINT_PATH) != 0) {
            entry->name->ref_count++;
            copy->names[copy->count++] = entry->name;
        }
    }
    return 0;
}

/* Names stand in depth-first order. */
static void put_in_order(struct copy *copy, uint64_t seed)
{
    uint32_t order = copy->before->order;
    struct prng prng;
    prng_init(&prng, seed ^ order, COPY_STREAM);
    for (uint32_t i = 0; order != 0 && i + 1 < copy->count; i++) {
        uint32_t left = copy->count - i;
        uint32_t other = order == 1 ? copy->count - 1 - i : i + (uint32_t)prng_below(&prng, left);
        if (order == 1 && other <= i) {
            break;
        }
        struct image_name *name = copy->names[i];
        copy->names[i] = copy->names[other];
        copy->names[other] = name;
    }
}

/* A file as it is now; one that is gone is not copied. */
static int copy_file(struct copy *copy, const char *path)
{
    const struct image *from = copy->walk.replica.image;
    const struct image_entry *entry = image_tree_find(from, path);
    uint32_t slot = 0;
    if (entry == NULL || image_tree_is_dir(entry)) {
        return 0;
    }
    int r = image_tree_create(copy->image, path, &slot);
    if (r == 0) {
        struct image_file *file = &copy->image->files[slot];
        image_content_unref(file->content);
        file->content = from->files[entry->file].content;
        file->content->ref_count++;
    }
    return r;
}

static int copy_files(struct copy *copy, size_t round_done, struct err *err)
{
    const struct plan_before *before = copy->before;
    uint64_t span = before->upto_count - before->from_count;
    for (uint32_t i = 0; i < copy->count; i++) {
        uint64_t done = copy->count < 2 ? 0 : i * span / (copy->count - 1);
        int r = replica_walk_seek(&copy->walk, round_done + before->from_count + done, err);
        if (r < 0) {
            return r;
        }
        r = copy_file(copy, copy->names[i]->path);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* Only what was acknowledged before the copy began is in it for sure, and what was persisted; what
 * a truncate has cut since may be in it. */
static void waive_since(struct rehearsal *rehearsal)
{
    struct ledger *ledger = rehearsal->shared->ledger;
    const struct ledger *begun = rehearsal->now.ledger;
    for (uint32_t i = 0; i < rehearsal->options.workload->message_count; i++) {
        struct ledger_message *message = &ledger->messages[i];
        if (atomic_load(&begun->messages[i].done_seq) == 0) {
            message->is_waived = 1;
        }
        if (atomic_load(&message->was_cut) == 2 && atomic_load(&begun->messages[i].was_cut) != 2) {
            atomic_store(&message->was_cut, 1);
        }
    }
    for (uint32_t i = 0; i < ledger->queue_count; i++) {
        struct ledger_commit *commit = &ledger->commits[i];
        int64_t ceiling = atomic_load(&begun->commits[i].ceiling);
        atomic_store(&commit->persisted, atomic_load(&begun->commits[i].persisted));
        /* The file may have been copied before the open lowered what is in it. */
        if (ceiling < 0 || ceiling > atomic_load(&commit->ceiling)) {
            atomic_store(&commit->ceiling, ceiling);
        }
    }
    ledger_note_tampered(ledger);
}

static int copy_from_trace(struct rehearsal *rehearsal, struct copy *copy, struct err *err)
{
    size_t begin = rehearsal->round_done + copy->before->from_count;
    struct rehearse_state state;
    int r = replica_walk_seek(&copy->walk, begin, err);
    if (r < 0) {
        return r;
    }
    r = take_names(copy, copy->walk.replica.image);
    if (r < 0) {
        return r;
    }
    put_in_order(copy, rehearsal->options.seed);
    r = copy_files(copy, rehearsal->round_done, err);
    if (r < 0) {
        return r;
    }
    return rehearse_state(rehearsal, begin, &state, NULL, err);
}

static void copy_done(struct copy *copy)
{
    for (uint32_t i = 0; i < copy->count; i++) {
        image_tree_name_unref(copy->names[i]);
    }
    free(copy->names);
    image_free(replica_walk_done(&copy->walk));
}

static int hot_copy(struct rehearsal *rehearsal, const struct plan_before *before, uint32_t round,
                    struct err *err)
{
    const struct recording recording = rehearse_sync_recording(rehearsal);
    struct copy copy = {.before = before};
    if (before->from_count > before->upto_count ||
        rehearsal->round_done + before->upto_count > trace_done_count(rehearsal->trace)) {
        return err_set(err, ERR_USAGE,
                       "before round %u there are no operations %u to %u to copy by", round + 1,
                       before->from_count, before->upto_count);
    }
    if (replica_walk_init(&copy.walk, &recording, rehearse_sync_tracks_reverts(rehearsal)) < 0) {
        return err_set(err, -ENOMEM, "out of memory for an image");
    }
    int r = copy_from_trace(rehearsal, &copy, err);
    copy_done(&copy);
    if (r < 0) {
        image_free(copy.image);
        return err_wrap(err, r, "make a hot copy");
    }
    waive_since(rehearsal);
    image_free(rehearsal->cached);
    rehearsal->cached = copy.image;
    return begin_anew(rehearsal, round, err);
}

static int apply(struct rehearsal *rehearsal, const struct plan_before *before, uint32_t round,
                 struct err *err)
{
    struct shared *shared = rehearsal->shared;
    const struct place place = {.image = rehearsal->cached, .dir_fd = -1};
    if (before->kind == PLAN_BEFORE_COPY) {
        return hot_copy(rehearsal, before, round, err);
    }
    struct err why = ERR_INIT;
    int r = round_before(shared, &place, before, &why);
    if (r < 0) {
        return err_set(err, r, "before round %u %s", round + 1, why.text);
    }
    if (before->kind == PLAN_BEFORE_CLOCK_JUMP) {
        rehearsal->has_lost = false;
        trace_note(rehearsal->trace, TRACE_NOTE_CLOCK, atomic_load(&shared->now_ms), 0);
        return 0;
    }
    return begin_anew(rehearsal, round, err);
}

int rehearse_before(struct rehearsal *rehearsal, uint32_t round, struct err *err)
{
    if (round >= rehearsal->plan.round_count) {
        return 0;
    }
    const struct plan_round *planned = &rehearsal->plan.rounds[round];
    for (uint32_t i = 0; i < planned->before_count; i++) {
        int r = apply(rehearsal, &planned->before[i], round, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}
