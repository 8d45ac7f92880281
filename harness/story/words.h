/* The store's files and operations in words that need no knowledge of RocketMQ. */
#ifndef HARNESS_STORY_WORDS_H
#define HARNESS_STORY_WORDS_H

#include "store/disk/point.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(id, "name", "what it is for").  A role that files of the store have. */
#define WORDS_ROLE_MAP(X)                                                                         \
    X(LOG, "log", "every message, one record after the other; what is promised to senders")       \
    X(INDEX, "log index", "where each entry of the log begins; can be made again from the log")   \
    X(QUEUE, "queue",                                                                             \
      "a list of 20-byte units, each pointing at one record of the log; consumers find messages " \
      "by them alone")                                                                            \
    X(MARK, "mark",                                                                               \
      "the file `checkpoint`: up to where log and queues are known to be whole, so that a start " \
      "need not look below it")                                                                   \
    X(OFFSETS, "offsets", "how far each group of consumers has come")                             \
    X(ABORT, "abort",                                                                             \
      "a file that is there while the store runs: found at a start, it tells of "                 \
      "a crash")                                                                                  \
    X(COMMITTED, "commit index", "up to which entry DLedger's log is agreed upon")                \
    X(TERM, "term", "the number of DLedger's election")                                           \
    X(LOCK, "lock", "keeps a second process out")                                                 \
    X(TREE, "directories", "what the files lie in")

enum words_role {
#define X(id, name, help) WORDS_##id,
    WORDS_ROLE_MAP(X)
#undef X
        WORDS_ROLE_COUNT
};

#define WORDS_PLACE_SIZE_BYTES 128

/* Whose the point is. */
enum words_role words_role(enum point point);
const char *words_role_name(enum words_role role);
const char *words_role_help(enum words_role role);
/* What its operation does to that, to follow the name: "written", "synced", "file made". What
 * belongs together (a file that is written anew beside the old one and renamed) has one word. */
const char *words_effect(enum point point);
/* What an operation did that took something away: "this deleted the file that held the missing
 * unit". */
void words_removal(enum point point, char text[WORDS_PLACE_SIZE_BYTES]);
/* "unit", "units": by how many there are. */
const char *words_units(uint64_t count);
/* Which file it is: "log", "queue topic-0/1", "log from 65536"; of what has only one file, its
 * role. */
void words_place(const char *path, char text[WORDS_PLACE_SIZE_BYTES]);

#endif
