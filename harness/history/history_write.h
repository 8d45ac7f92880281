/* Runs and figures, taken into the history. */
#ifndef HARNESS_HISTORY_HISTORY_WRITE_H
#define HARNESS_HISTORY_HISTORY_WRITE_H

#include "harness/history/history_db.h"

#include <stdint.h>

#include <jansson.h>

/* Adds the run that is called `id`, a run directory's name, within a transaction that has begun;
 * `report` is what `run --json` writes, `run` its run.json, or NULL.  One that is there already
 * stays; self-tests and shards are none.  0, ERR_USAGE when the report lacks what it must have, or
 * as of the database. */
int history_write_run(struct history_db *db, const char *id, const json_t *report,
                      const json_t *run, struct err *err);

/* Adds the runs below `root` that have ended and are not there: those of a process that was killed
 * before it did, of a history that was lost, of merged shards.  A transaction each.  What cannot be
 * read is passed over; `*ret_count`: how many were added.  0 or as of the database. */
int history_write_missing(struct history_db *db, const char *root, uint32_t *ret_count,
                          struct err *err);

/* Adds what `bench --json` shows, measured at `at` ("2026-11-22T02:00:01Z") by a program of
 * `revision` on `system`.  A transaction. */
int history_write_bench(struct history_db *db, const char *at, const char *revision,
                        const char *system, const json_t *figures, struct err *err);

#endif
