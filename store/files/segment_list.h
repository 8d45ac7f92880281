/* A row of fixed-size files named by the offset of their first byte (RocketMQ: MappedFileQueue,
 * DLedger: MmapFileList).  The list knows where its data ends; what the bytes mean is its owner's
 * business, and so are the points: the owner hands them in.
 *
 * Files are full-size and sparse from the beginning.  Nothing here locks. */
#ifndef STORE_FILES_SEGMENT_LIST_H
#define STORE_FILES_SEGMENT_LIST_H

#include "store/base/err.h"
#include "store/base/event.h"
#include "store/disk/disk.h"
#include "store/files/sync_batch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_LIST_NAME_DIGITS 20

/* The owner's points, by effect. */
struct segment_list_points {
    enum point list;
    enum point open;
    enum point size;
    enum point read;
    enum point seek;
    enum point create;
    enum point extend;
    enum point append;
    enum point sync;
    enum point sync_dir;
    enum point rewrite;
    enum point zero_tail;
    enum point cut_file;
    enum point expire;
};

struct segment_list_options {
    struct disk *disk;
    const struct event_sink *sink;
    const char *dir; /* copied */
    uint64_t file_size_bytes;
    const struct segment_list_points *points; /* must outlive the list */
    bool is_derived;                          /* recovery rebuilds it from the log */
    bool dir_sync;                            /* directory entries are synced with the data */
    bool tail_zero;                           /* stale bytes past the end are zeroed */
    bool second_sync;                         /* directories and zeroed tails are synced twice */
    bool zero_length_fatal;                   /* the defect of issue #6904 */
};

struct segment_list;

/* Loads the list: names and sizes; files are opened when first touched.  A missing directory is an
 * empty list.  A last file of length 0 is removed; in a derived list a file that is too short
 * counts as one (a failed sync may take the size back under a writer).  The end is that of the last
 * file until segment_list_set_end().  Returns ERR_CORRUPT for a file of another wrong size or a
 * misplaced one. */
int segment_list_open(const struct segment_list_options *options, struct segment_list **ret_list,
                      struct err *err);
/* The two halves of segment_list_open: an empty list, without a look at the disk ... */
int segment_list_new(const struct segment_list_options *options, struct segment_list **ret_list);
/* ... and what the directory holds. */
int segment_list_load(struct segment_list *list, struct err *err);
/* Closes the files; writes nothing. */
struct segment_list *segment_list_free(struct segment_list *list);

/* Files in the row, the spare one ahead of the data included; their size; the directory's path. */
size_t segment_list_count(const struct segment_list *list);
uint64_t segment_list_file_size(const struct segment_list *list);
const char *segment_list_dir(const struct segment_list *list);
/* First byte of file number `at` (0 is the oldest). */
uint64_t segment_list_start(const struct segment_list *list, size_t at);
/* Number of the file where RocketMQ's recoveries begin: the last three, or all there are. */
size_t segment_list_recovery_start(const struct segment_list *list);
/* Start of the first file; 0 without files. */
uint64_t segment_list_min(const struct segment_list *list);
/* End of the last file; 0 without files. */
uint64_t segment_list_limit(const struct segment_list *list);
/* Where the data ends: the next append goes there. */
uint64_t segment_list_end(const struct segment_list *list);
/* Moves the end; touches no file. */
void segment_list_set_end(struct segment_list *list, uint64_t end);
/* Number of the file that holds `offset`, or -1. */
int64_t segment_list_find(const struct segment_list *list, uint64_t offset);
/* Where the first file is due that is missing in the row, or of length 0; UINT64_MAX: none is. */
uint64_t segment_list_hole(const struct segment_list *list);
/* Takes note that nothing from `offset` on is known to be durable; before: 0. */
void segment_list_suspect(struct segment_list *list, uint64_t offset);
/* Writes what stands from there to the end again, as it is: a page that a failed sync dropped is
 * written only when it is dirtied again.  The files from there on and the directory are dirty
 * afterwards. */
int segment_list_rewrite(struct segment_list *list, struct err *err);

/* Reads within one file. */
int segment_list_read(struct segment_list *list, uint64_t offset, void *data, size_t size_bytes,
                      struct err *err);
/* Where the next bytes of the file that holds `offset` begin that may be other than zero, from
 * there on; the end of the file when it holds none. */
int segment_list_next_data(struct segment_list *list, uint64_t offset, uint64_t *ret_next_offset,
                           struct err *err);
/* Makes sure that the file holding `offset` exists: creates it and extends it to its full size.
 * Its directory entry is durable after the next round of syncs; that of the files before is first,
 * unless the list is derived: a list whose first files were lost would pass for one whose first
 * files expired.  Returns 1 when it was made. */
int segment_list_ensure(struct segment_list *list, uint64_t offset, struct err *err);
/* Writes at the end and moves it; on failure the end stays, and what a failed append may have left
 * behind is zeroed (and synced) before the next one.  The file must exist. */
int segment_list_append(struct segment_list *list, const void *data, size_t size_bytes,
                        struct err *err);
/* As segment_list_append, under another point of the owner's. */
int segment_list_append_as(struct segment_list *list, enum point point, const void *data,
                           size_t size_bytes, struct err *err);
/* Overwrites bytes within one file; the end stays. */
int segment_list_write(struct segment_list *list, enum point point, uint64_t offset,
                       const void *data, size_t size_bytes, struct err *err);

/* Zeroes what is not zero between the end and the end of its file, and syncs that; when the sync
 * fails the pages are spoilt, for the next attempt to find.
 * Returns how many bytes were zeroed, or a negative code. */
int64_t segment_list_zero_tail(struct segment_list *list, struct err *err);
/* Takes the bytes past the end for zero. */
void segment_list_trust_tail(struct segment_list *list);
/* Whether a failed append may have left bytes past the end. */
bool segment_list_is_tail_dirty(const struct segment_list *list);
/* Unlinks every file wholly beyond the end, the last first.  Returns how many. */
int segment_list_cut_files(struct segment_list *list, struct err *err);
/* The tail put right, in the order that a crash in between does no harm: files beyond the end go,
 * then, when the list zeroes tails, what is left past the end is zeroed and synced.  Returns how
 * many bytes were, or a negative code. */
int64_t segment_list_zero_past_end(struct segment_list *list, struct err *err);
/* Unlinks the last file; the end is then at most that of the one before. */
int segment_list_cut_last(struct segment_list *list, struct err *err);
/* Unlinks the first file (point expire), once earlier changes of the directory are durable: of two
 * unlinks the first alone may be undone, and a file would be missing in the row. */
int segment_list_expire_first(struct segment_list *list, struct err *err);

/* Adds every dirty file below `offset`, and the directory when entries of it are not durable.  A
 * batch that confirms gets the files that were synced only once, too. */
int segment_list_collect(struct segment_list *list, uint64_t offset, struct sync_batch *batch);
/* Takes note of what `batch` made durable in this list; the items are all its own. */
void segment_list_synced(struct segment_list *list, const struct sync_batch *batch);
/* The same for one item. */
void segment_list_synced_item(struct segment_list *list, const struct sync_batch_item *item);
/* Whether a file or the directory has changes that no sync covers yet. */
bool segment_list_is_dirty(const struct segment_list *list);
/* Whether a sync inside an append or of the directory failed: nothing the list says of durability
 * holds any more. */
bool segment_list_has_sync_failed(const struct segment_list *list);
/* Syncs all of it here and now. */
int segment_list_sync(struct segment_list *list, struct err *err);

#endif
