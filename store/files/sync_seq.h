/* How far the writes of one file are synced.  A write has a number; a sync covers the writes up to
 * one.  What two syncs cover is confirmed: the first may have lied or may report its failure only
 * to the second (guard second-sync). */
#ifndef STORE_FILES_SYNC_SEQ_H
#define STORE_FILES_SYNC_SEQ_H

#include <stdbool.h>
#include <stdint.h>

struct sync_seq {
    uint64_t written;   /* grows with each write */
    uint64_t synced;    /* `written` when last synced */
    uint64_t confirmed; /* up to here a second sync returned, too */
};

static inline bool sync_seq_is_dirty(const struct sync_seq *seq)
{
    return seq->written != seq->synced;
}

static inline bool sync_seq_is_unconfirmed(const struct sync_seq *seq)
{
    return seq->written != seq->confirmed;
}

/* A sync of the writes up to `covered` returned 0. */
static inline void sync_seq_done(struct sync_seq *seq, uint64_t covered)
{
    uint64_t twice = covered < seq->synced ? covered : seq->synced;
    seq->confirmed = seq->confirmed > twice ? seq->confirmed : twice;
    seq->synced = seq->synced > covered ? seq->synced : covered;
}

#endif
