/* What workers answered, in the order in which they did, in a file of the run directory: a killed
 * run goes on after it, and several runs of one suite are made one.
 *
 *   {"journal":1, …}                                  which run it is: whoever opens it compares
 *   {"k":"…16 hex…","load":"steady","t":…, …}         a scenario was given to the workers
 *   {"k":"…16 hex…","t":…,"r":{…}}                    an answer; k is a hash of all that was asked
 *   {"end":"plain-sync","seed":"5eed","t":…,"us":…}   a scenario has ended
 *   {"end":"","t":…}                                  and so has the run
 *
 * `t` is the time of the run in us, of which a run that goes on takes no account of the pause.
 * Lines are written one after the other and reach the file, not the disk, at flushes: a process
 * that is killed leaves whole lines and at most one torn, which is cut off by who goes on. */
#ifndef HARNESS_WORK_WORK_JOURNAL_H
#define HARNESS_WORK_WORK_JOURNAL_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define WORK_JOURNAL_FILE_NAME "journal.jsonl"

struct work_journal;

/* Begins one in the directory; `head` is copied.  0, -EEXIST, another -errno, or -ENOMEM. */
int work_journal_create(int dir_fd, const json_t *head, struct work_journal **ret_journal,
                        struct err *err);
/* Opens the file `path` to be read.  With `is_resumed` it is cut behind its last whole line, and
 * behind the last scenario that ended when the one after is of threads: no two runs of it are the
 * same, so that it begins anew.  0, -errno, -ENOMEM, or ERR_CORRUPT when it is no journal. */
int work_journal_open(const char *path, bool is_resumed, struct work_journal **ret_journal,
                      struct err *err);
/* Writes out what is not yet; takes NULL, returns NULL. */
struct work_journal *work_journal_close(struct work_journal *journal);

/* As it was created with; lives as long as the journal. */
const json_t *work_journal_head(const struct work_journal *journal);
/* Whether the run came to its end when it was opened. */
bool work_journal_is_ended(const struct work_journal *journal);
/* The `t` of its last line. */
uint64_t work_journal_duration_us(const struct work_journal *journal);
/* How long the scenario ran; 0 when it did not end here. */
uint64_t work_journal_scenario_us(const struct work_journal *journal, const char *name,
                                  uint64_t seed);

/* The next line of this key that was there when it was opened, each once; NULL: none is left.
 * `*ret_line` is the caller's reference.  0, -ENOENT, or -EBADMSG when the line is damaged. */
int work_journal_take(struct work_journal *journal, uint64_t key, json_t **ret_line);

/* Adds a line: `key`, and the members of `line`, which is taken over (NULL: no memory).  After an
 * error nothing more is written.  0 or negative; the first error again by work_journal_error(). */
int work_journal_put(struct work_journal *journal, uint64_t key, json_t *line);
/* Adds a line without a key. */
int work_journal_put_end(struct work_journal *journal, json_t *line);
/* What is put is in the file. */
int work_journal_flush(struct work_journal *journal);
/* The first that writing failed with, as 0 or negative, with words in `err`. */
int work_journal_error(const struct work_journal *journal, struct err *err);

#endif
