/* What one judgement asked of its image (prune.h): the hooks of the memory disk, and the list that
 * they make.
 *
 * Each hook is called before its operation, unless it says so, and writes down the questions whose
 * answers the operation depends on.  A question is not asked twice, nor when the answers so far and
 * the run's own changes imply it.  All are about the image as it was when the recording began: a
 * file goes by the path that it had then, whatever it is called now. */
#ifndef HARNESS_RUN_PRUNE_RECORD_H
#define HARNESS_RUN_PRUNE_RECORD_H

#include "harness/run/prune_answer.h"
#include "harness/run/prune_path.h"

struct prune_record;

/* `paths` outlives the record.  NULL when out of memory. */
struct prune_record *prune_record_new(struct prune_paths *paths);
struct prune_record *prune_record_free(struct prune_record *record);

/* Begins: from here on the image calls the hooks.  0 or -ENOMEM. */
int prune_record_begin(struct prune_record *record, struct image *image);
/* Ends, if it began.  Returns 0 and what was asked, in order and valid until the next beginning, or
 * why it could not be written down: -ENOMEM, -ENOBUFS. */
int prune_record_end(struct prune_record *record, const struct prune_asked **ret_asked,
                     size_t *ret_count);
bool prune_record_is_of(const struct prune_record *record, const struct image *image);

/* What is at the path, and at those above it. */
void prune_record_path(struct prune_record *record, const char *path);
void prune_record_list(struct prune_record *record, const char *path);
/* For removing and renaming: all names below a directory. */
void prune_record_below(struct prune_record *record, const char *path);
void prune_record_rename(struct prune_record *record, const char *from, const char *to);

/* After the operation: what is now at the path, and all names below, are the run's own doing. */
void prune_record_made(struct prune_record *record, const char *path);
/* After the operation: the file is new. */
void prune_record_created(struct prune_record *record, uint32_t file);

/* By file, an index of the image's. */
void prune_record_size(struct prune_record *record, uint32_t file);
void prune_record_read(struct prune_record *record, uint32_t file, uint64_t offset,
                       uint64_t size_bytes);
void prune_record_write(struct prune_record *record, uint32_t file, uint64_t offset,
                        uint64_t size_bytes);
void prune_record_truncate(struct prune_record *record, uint32_t file, uint64_t size_bytes);

#endif
