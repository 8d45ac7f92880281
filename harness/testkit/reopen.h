/* A store's directory in a given state, opened, and told as three lines: what recovery said, what
 * it did to the disk, and what is in the store now.
 *
 * A state comes from the store itself, killed before one of its disk calls (reopen_life), or from
 * storemaker (`maker`, then reopen_made), and diskstate may damage either.  All is small: log files
 * of 1024 bytes, records of 200 (entries of 248), queue and index files of four units. */
#ifndef HARNESS_TESTKIT_REOPEN_H
#define HARNESS_TESTKIT_REOPEN_H

#include "harness/testkit/storemaker.h"
#include "harness/testkit/tmpdir.h"
#include "store/store.h"

#define REOPEN_RECORD_SIZE_BYTES 200
#define REOPEN_LINE_SIZE_BYTES   4096

struct reopen_line {
    char text[REOPEN_LINE_SIZE_BYTES];
    size_t last_at; /* where the last word begins */
    unsigned count; /* how often it came */
};

struct reopen {
    struct tmpdir dir;
    struct storemaker maker;
    struct store_options options;
    struct env env;
    int64_t now_ms;
    bool has_faults; /* libfiu is asked */
    bool tells_all;  /* the lock and the abort file, too */
    struct disk *disk;
    struct store *store;
    struct err err;
    struct reopen_line events;  /* "name@offset" */
    struct reopen_line effects; /* "point FILE@offset+size", "xN" for repetitions */

    /* The kill that a life waits for. */
    enum point kill_point; /* POINT_COUNT: none */
    unsigned kill_hit;
    bool is_killed;
    struct tmpdir killed_dir;
};

struct reopen *reopen_new(enum store_mode mode);
void reopen_free(struct reopen *reopen);

/* In a life: a put into queue 0 of `topic`; services stepped while they have work. */
void reopen_put(struct reopen *reopen, const char *topic);
void reopen_step(struct reopen *reopen, enum store_service service);
/* Flushes, dispatches and writes marks to the end. */
void reopen_settle(struct reopen *reopen);

/* Opens the store, runs `life` and kills it: right before the `hit`-th call of `point` since
 * `life` began, or with POINT_COUNT at its end.  Fails when that call does not come. */
void reopen_life(struct reopen *reopen, void (*life)(struct reopen *), enum point point,
                 unsigned hit);
/* The same, ended by a clean stop; the kill may come in the stop. */
void reopen_life_stopped(struct reopen *reopen, void (*life)(struct reopen *), enum point point,
                         unsigned hit);

/* Opens the store and kills it in its start, right before the `hit`-th call of `point`. */
void reopen_start_killed(struct reopen *reopen, enum point point, unsigned hit);

/* A record of 200 bytes by storemaker; `message` may be NULL, and its body is filled in. */
struct storemaker_record reopen_make(struct reopen *reopen, const char *topic,
                                     const struct storemaker_message *message);
/* Writes what storemaker made, and the directories of an open store. */
void reopen_made(struct reopen *reopen);

/* Opens the store, closed before; `events` and `effects` are of this start alone. */
int reopen_open(struct reopen *reopen);
void reopen_close(struct reopen *reopen, bool graceful);

/* Opens the store and fails unless the three lines are these.  Contents: "log MIN..MAX", then
 * "TOPIC MIN..MAX" of queue 0 of t and u; the same after the services ran and after a put to t,
 * each with the pages on disk, since these tell what recovery left in memory: the mark, times since
 * the state began, DLedger's committed index.  With every guard on each unit must serve its record,
 * and after a clean stop a scan of all of it must find nothing to mend. */
void reopen_expect_at(struct reopen *reopen, const char *events, const char *effects,
                      const char *contents, int line);
#define reopen_expect(reopen, events, effects, contents) \
    reopen_expect_at((reopen), (events), (effects), (contents), __LINE__)
/* Opens the store and fails unless it is refused with this code, and a text that has `part`. */
void reopen_expect_refusal(struct reopen *reopen, int code, const char *part);

#endif
