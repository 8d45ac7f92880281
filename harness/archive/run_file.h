/* An earlier run, found by how a person names it, and what it left: its report and its run.json.
 *
 * The names: a run directory or a report file by its path; `latest`, the newest run that came to
 * its end; `last`, the newest of all; the name of a directory below the runs, or as much of its
 * beginning, or of the six digits at its end, as no other has. */
#ifndef HARNESS_ARCHIVE_RUN_FILE_H
#define HARNESS_ARCHIVE_RUN_FILE_H

#include "store/base/err.h"

#include <stddef.h>

#include <jansson.h>

#define RUN_FILE_PATH_SIZE_BYTES 1024

/* Owned by the caller, who calls run_file_done(). */
struct run_file {
    char path[RUN_FILE_PATH_SIZE_BYTES]; /* of the directory, or of the file that was named */
    char id[64];                         /* the directory's name; "" of a lone report file */
    json_t *report;                      /* what `run --json` writes; never NULL */
    json_t *run;                         /* run.json; NULL of a lone report file */
};

/* The directory of a run below `runs`, whatever is in it; `word` may be a path to one.  0, -errno,
 * or ERR_USAGE when no run, or more than one, is called so. */
int run_file_find(const char *runs, const char *word, char ret_path[RUN_FILE_PATH_SIZE_BYTES],
                  struct err *err);
/* Finds and reads it.  A run that was killed has no report, which is said.  0, -errno, ERR_USAGE,
 * or ERR_CORRUPT with file and line; on failure there is nothing to undo. */
int run_file_open(const char *runs, const char *word, struct run_file *ret_file, struct err *err);
/* Drops what was read; harmless twice. */
void run_file_done(struct run_file *file);

/* The names of the run directories below `runs`, the oldest first, for
 * run_file_list_free(); 0 and NULL where there is none, or no `runs`.  0 or -errno, and then there
 * is nothing to free. */
int run_file_list(const char *runs, char ***ret_names, size_t *ret_count, struct err *err);
/* Frees such a list; NULL is none. */
void run_file_list_free(char **names, size_t count);

#endif
